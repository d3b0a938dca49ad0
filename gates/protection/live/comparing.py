"""What the files ask for against what GitHub has now.

A difference is a key that a file says and that is otherwise live; what no file mentions is not compared, but for required checks: a branch
that waits for a check that no file lists is what this is for. What could not be seen is told apart from what is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gates.core.errors import GateUnavailable
from gates.core.finding import Location
from gates.core.git import valid_branch_name
from gates.github.requirement import ANY_APP
from gates.github.rest import Api, Document, Missing, Refused, RulesetEntry
from gates.protection.live import classic_form, ruleset_form
from gates.protection.live.asked import Asked
from gates.protection.live.form_parts import Check, Malformed, pairs_of, sendable

_ABSENT = "absent"


class Live(NamedTuple):
    """What is there for one file. `form` is None where there is nothing: an unprotected branch, no ruleset of that name."""

    form: Document | None
    number: int = 0  # of a ruleset


class Difference(NamedTuple):
    """`asked` and `live` are as JSON has them; `live` is "absent" for what is not there, `asked` for what no file asks for."""

    label: str  # "branch 'main'", "ruleset 'main'"
    key: str  # with dots
    asked: object
    live: object
    location: Location


class Unseen(NamedTuple):
    """Something that could not be compared, and why."""

    path: str
    label: str
    reason: str


class Note(NamedTuple):
    text: str


class Comparison(NamedTuple):
    """Without differences and without anything unseen, all is as the files ask."""

    compared: int  # files
    differences: tuple[Difference, ...]
    unseen: tuple[Unseen, ...]
    notes: tuple[Note, ...]


def compare(api: Api, files: Sequence[Asked], branch: str = "") -> Comparison:
    """All files, or those about one branch."""
    compared = 0
    differences: list[Difference] = []
    unseen: list[Unseen] = []
    notes: list[Note] = []
    known = Known(api)
    numbers: set[int] = set()
    names: set[str] = set()
    for asked in files:
        try:
            if branch and not asked.covers(branch, known.default_branch):
                continue
            live = look(known, asked)
            names |= {branch} if branch else _branches(asked, known)
        except GateUnavailable as error:
            unseen.append(Unseen(asked.path, asked.label, str(error)))
            continue
        compared += 1
        numbers.add(live.number)
        differences += differing(asked, live)
        unseen += hidden(asked, live)
    for name in sorted(names):
        try:
            about = [asked for asked in files if asked.covers(name, known.default_branch)]
            found = list(_on_branch(known, name, about, numbers))
        except GateUnavailable as error:
            unseen.append(Unseen("", f"branch {name!r}", str(error)))
            continue
        differences += [each for each in found if isinstance(each, Difference)]
        notes += [each for each in found if isinstance(each, Note)]
    return Comparison(compared, tuple(differences), tuple(dict.fromkeys(unseen)), tuple(dict.fromkeys(notes)))


class Known:
    """What was asked already in this comparison: the list of rulesets and the default branch are the same for all files."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._rulesets: list[RulesetEntry] | None = None
        self._default_branch = ""

    def rulesets(self) -> list[RulesetEntry]:
        if self._rulesets is None:
            self._rulesets = self.api.rulesets()
        return self._rulesets

    def default_branch(self) -> str:
        self._default_branch = self._default_branch or self.api.repository().default_branch
        return self._default_branch


def look(known: Known, asked: Asked) -> Live:
    """What is live for the file. Raises GateUnavailable where that cannot be told."""
    try:
        return _classic(known.api, asked.name) if asked.kind == "classic" else _ruleset(known, asked.name)
    except Malformed as error:
        raise GateUnavailable(f"{asked.label} is live in a form that is not known: {error}") from None


def differing(asked: Asked, live: Live) -> list[Difference]:
    if live.form is None:
        return [Difference(asked.label, "", sendable(asked.form), _ABSENT, asked.location(()))]

    def one(key: tuple[str, ...], wanted: object, there: object) -> Difference:
        return Difference(asked.label, ".".join(key), sendable(wanted), sendable(there), asked.location(key))

    return [one(*each) for each in _unlike(asked.form, live.form, ())]


def hidden(asked: Asked, live: Live) -> list[Unseen]:
    """https://docs.github.com/rest/repos/rules#get-a-repository-ruleset: bypass actors are shown to those who may change them."""
    if live.form is None or asked.kind != "ruleset" or "bypass_actors" not in asked.form or "bypass_actors" in live.form:
        return []
    return [Unseen(asked.path, asked.label, "who may bypass it is unknown: GitHub does not show that to this token")]


# one thing


def _classic(api: Api, branch: str) -> Live:
    """A 404 means that there is no protection or that this token may not see it. It is believed to be the former only where the branch,
    which whoever reads the repository sees, is said to be unprotected, or where GitHub says so in words that it has for those alone who may
    see it, and whatever protects the branch instead is in sight.
    """
    if not valid_branch_name(branch):
        way_out = "GitHub's REST API knows no patterns; name a branch with [protection] branches"
        raise GateUnavailable(f"{branch!r} is no name of a branch, and {way_out}")
    try:
        return Live(classic_form.live_form(api.protection(branch)))
    except Missing as missing:
        rules = api.branch_rules(branch)
        try:
            seen = api.branch(branch)
        except Missing:
            raise missing from None
        if not seen.protected or (missing.said == "Branch not protected" and rules):
            return Live(None)
        raise Refused(f"{missing}; the branch is protected, and this takes a token with the Administration permission") from None


def _ruleset(known: Known, name: str) -> Live:
    same = [entry for entry in known.rulesets() if entry.own and entry.name == name]
    if len(same) > 1:
        numbers = ", ".join(str(entry.id) for entry in same)
        raise GateUnavailable(f"the repository has {len(same)} rulesets named {name!r} ({numbers}); rename all but one")
    if not same:
        return Live(None)
    return Live(ruleset_form.live_form(known.api.ruleset(same[0].id)), same[0].id)


def _unlike(wanted: Document, there: Document, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object, object]]:
    for key, value in wanted.items():
        here = (*path, key)
        live = there.get(key, _ABSENT)
        if here == ("bypass_actors",) and live == _ABSENT:
            continue  # see `hidden`
        if key == "checks" and path[-1:] == (classic_form.CHECKS,):
            yield from _unlike_checks(pairs_of(wanted), pairs_of(there), here)
        elif isinstance(value, dict) and isinstance(live, dict):
            yield from _unlike(value, live, here)
            if here == ("rules",):  # a list in the file, and so the whole of it
                yield from (((*here, kind), _ABSENT, live[kind]) for kind in live if kind not in value)
        elif not _alike(value, live):
            yield here, value, live


def _unlike_checks(
    wanted: tuple[Check, ...], there: tuple[Check, ...], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], object, object]]:
    missing, surplus = _left_over(wanted, there), _left_over(there, wanted)
    for name in dict.fromkeys(name for name, _ in (*missing, *surplus)):
        ours = [_app(app) for each, app in missing if each == name]
        theirs = [_app(app) for each, app in surplus if each == name]
        yield (*path, name), ", ".join(ours) or _ABSENT, ", ".join(theirs) or _ABSENT


def _left_over(checks: tuple[Check, ...], others: tuple[Check, ...]) -> list[Check]:
    """Those that the others do not have."""
    apps: dict[str, set[int | None]] = {}
    for name, app in others:
        apps.setdefault(name, set()).add(app)
    return [
        (name, app) for name, app in checks if name not in apps or (app is not None and app not in apps[name] and None not in apps[name])
    ]


def _app(app: int | None) -> str:
    return "required" if app is None else "required from any app" if app == ANY_APP else f"required from app {app}"


def _alike(wanted: object, live: object) -> bool:
    """Of tables in a list, what the file says of each: servers fill in what it leaves out."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        return not any(True for _ in _unlike(wanted, live, ("",)))
    if isinstance(wanted, tuple) and isinstance(live, tuple):
        return len(wanted) == len(live) and all(map(_alike, wanted, live))
    return type(wanted) is type(live) and wanted == live


# one branch


def _branches(asked: Asked, known: Known) -> set[str]:
    return {known.default_branch() if name == "~DEFAULT_BRANCH" else name for name in asked.branches()}


def _on_branch(known: Known, branch: str, files: Sequence[Asked], numbers: set[int]) -> Iterator[Difference | Note]:
    """What the branch has beside the things that the files describe: checks that they do not list, rules that are not in force."""
    said = [contexts for asked in files if (contexts := asked.contexts()) is not None]
    listed = {name for contexts in said for name in contexts}
    rules = known.api.branch_rules(branch)
    yield from _not_in_force(branch, files, rules, known)
    if not said:
        return
    where = next(asked for asked in files if asked.contexts() is not None).location(())

    def surplus(name: str, by: str) -> Difference:
        return Difference(f"branch {branch!r}", f"{ruleset_form.CHECKS}.{name}", _ABSENT, f"required by {by}", where)

    for name, owner in _required_beside(rules, numbers):
        if name not in listed:
            by = f"a ruleset of {owner}" if owner else "a ruleset that no file holds"
            yield Note(f"branch {branch!r} also waits for {name!r}, required by {by}") if owner else surplus(name, by)
    if not any(asked.kind == "classic" for asked in files):
        elsewhere = {name for name, _ in _required_beside(rules, set())}
        try:
            contexts = known.api.branch(branch).contexts
        except (Missing, Refused):
            yield Note(f"whether a classic protection of branch {branch!r} requires more checks is not shown to this token")
        else:
            yield from (surplus(name, "its classic protection") for name in contexts if name not in {*listed, *elsewhere})


def _required_beside(rules: Iterable[Document], numbers: set[int]) -> Iterator[tuple[str, str]]:
    """Names of required checks of other rulesets than those, and whose they are: "" for the repository's own."""
    for rule in rules:
        parameters = rule.get("parameters")
        if rule.get("type") != ruleset_form.CHECKS or rule.get("ruleset_id") in numbers or not isinstance(parameters, dict):
            continue
        own = rule.get("ruleset_source_type", "Repository") == "Repository"
        for entry in parameters.get(ruleset_form.CHECKS) or ():
            if isinstance(entry, dict):
                yield str(entry.get("context", "")), "" if own else str(rule.get("ruleset_source", "an organization"))


def _not_in_force(branch: str, files: Iterable[Asked], rules: Sequence[Document], known: Known) -> Iterator[Difference]:
    """Rules of a file that the ruleset has, but that do not reach the branch."""
    present = {(rule.get("ruleset_id"), rule.get("type")) for rule in rules}
    for asked in files:
        kinds = asked.form.get("rules")
        if asked.kind != "ruleset" or asked.form.get("enforcement", "active") != "active" or not isinstance(kinds, dict):
            continue
        number = next((entry.id for entry in known.rulesets() if entry.own and entry.name == asked.name), 0)
        for kind in kinds if number else ():
            if (number, kind) not in present:
                what = f"not in force on branch {branch!r}"
                yield Difference(asked.label, f"rules.{kind}", "in force", what, asked.location(("rules", kind)))
