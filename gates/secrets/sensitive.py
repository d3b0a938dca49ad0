"""Files that should not be in a repository, whatever the families find in them: environment files, key files, stores of credentials."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple, TypeVar

from gates.core import git, scope
from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.core.gate import Context
from gates.detect.kinds import EXAMPLE, EXAMPLES, Kind, kinds
from gates.detect.places import IN_TEST, is_test, lowered
from gates.detect.proofs import HEAD

_CONTROL = "`.env` and run-log payloads never committed; `.env` git-ignored"
SENSITIVE = Rule(
    "secrets/sensitive-file",
    Severity.HIGH,
    "a file that is there to hold credentials: an environment file, a private key, a login, a store of passwords",
    "it holds credentials by its nature, whether or not a family knows their form, and what somebody saves in it next goes along to "
    "every clone, fork and backup",
    "take it out of the index with git rm --cached, have .gitignore name it, and change every credential that was in it: whoever "
    "could read the repository may have them",
    references=("https://git-scm.com/docs/gitignore",),
    control=_CONTROL,
    cwe=(538,),
)
NOT_IGNORED = Rule(
    "secrets/dotenv-not-ignored",
    Severity.MEDIUM,
    "an environment file that git does not ignore",
    "a .env is written to hold credentials, and one git add . is enough to bring it into the history for ever",
    "add its name to .gitignore, and keep a .env.example without values for others to fill in",
    references=("https://git-scm.com/docs/gitignore",),
    control=_CONTROL,
    cwe=(538,),
)
RULES = (SENSITIVE, NOT_IGNORED)


class Named(NamedTuple):
    """A file that may be sensitive by its name. `where` is its absolute path, or the id of its blob."""

    path: str
    commit: str  # that brought it in, for one of a range or history
    where: str


_WORK_TREE = ("tree", "paths")
_ENVIRONMENT = ("dotenv", "direnv")
_LISTED = 20


class _Proven(NamedTuple):
    path: str
    commit: str
    kind: Kind


def is_named(path: str) -> bool:
    """Whether the name is reason to look at the content."""
    return bool(kinds(path))


_Entry = TypeVar("_Entry")


def noting(entries: Iterable[_Entry], named: list[Named]) -> Iterator[_Entry]:
    """The same entries; the files among them that may be sensitive are put down in `named`."""
    for entry in entries:
        if isinstance(entry, scope.File) and is_named(entry.path):
            named.append(Named(entry.path, "", entry.absolute))
        yield entry


def findings(context: Context, named: Collection[Named], leaking: Collection[str]) -> Iterator[Finding]:
    """`leaking` are the paths in which a secret was found: of a file that is a key and nothing else, that says it all."""
    proven = list(dict.fromkeys(_proven(context, named)))
    suspects = [each for each in proven if each.kind is not EXAMPLE]
    uncommitted: set[str] = set()
    if proven and context.repository is not None and context.selection.kind in _WORK_TREE:
        ignored = git.is_ignored(context.repository, [each.path for each in suspects], context.deadline)  # a PATH is walked in full
        suspects = [each for each in suspects if each.path not in ignored]
        tracked = {entry.path for entry in git.tracked(context.repository, context.deadline)}
        uncommitted = {each.path for each in suspects if each.kind.id in _ENVIRONMENT and each.path not in tracked}
        examples = [each.path for each in proven if each.kind is EXAMPLE]
        yield from _unwritten(context, context.repository, examples, tracked | uncommitted)
    seen: set[tuple[str, str]] = set()
    for path, commit, kind in suspects:
        if (path, kind.id) in seen or (kind.key and path in leaking):
            continue
        seen.add((path, kind.id))  # the oldest of a file's versions is first
        if path in uncommitted:
            yield _finding(NOT_IGNORED, f"{kind.title}, neither committed nor git-ignored", Location(path), kind.id)
        else:
            remedy = f"take it out of the index with git rm --cached, have .gitignore name it, and {kind.rotate}"
            yield _finding(SENSITIVE, kind.title, Location(path, commit=commit), kind.id, kind.severity, remedy)


def _proven(context: Context, named: Collection[Named]) -> Iterator[_Proven]:
    """Those whose content bears out the name, in the same order. What cannot be read is left out: the scan has said so."""
    if context.selection.kind in _WORK_TREE:
        for each in named:
            try:
                descriptor = scope.open_regular(each.where)
                with open(descriptor, "rb") as file:
                    head = file.read(HEAD)
            except OSError:
                continue
            yield from _judged(each, head)
        return
    if context.repository is None or not named:
        return
    by_blob: dict[str, list[Named]] = {}
    for each in named:
        by_blob.setdefault(each.where, []).append(each)
    judged: dict[Named, _Proven] = {}
    for found in git.contents(context.repository, by_blob, context.deadline):
        if found.kind == "blob":
            head = found.read(HEAD)
            judged.update((each, proven) for each in by_blob[found.oid] for proven in _judged(each, head))
    yield from (judged[each] for each in named if each in judged)


def _judged(named: Named, head: bytes) -> Iterator[_Proven]:
    kind = next((kind for kind in kinds(named.path) if kind.proof(head)), None)
    if kind is not None:
        yield _Proven(named.path, named.commit, kind)


def _unwritten(context: Context, repository: git.Repository, examples: Iterable[str], known: Collection[str]) -> Iterator[Finding]:
    """One finding for all environment files that examples ask people to write and that git would then take along."""
    wanted = {beside: example for example in examples if (beside := _beside(example)) not in known}
    open_ = sorted(
        wanted.keys() - git.is_ignored(repository, wanted, context.deadline), key=lambda path: (is_test(path), path.count("/"), path)
    )
    if open_:
        example, *others = (wanted[path] for path in open_)
        more = f" (and {len(others)} more like it)" if others else ""
        message = f"nothing makes git ignore the {_name(open_[0])} that {_name(example)} is for{more}"
        yield _finding(NOT_IGNORED, message, Location(example), "example", data={"paths": open_[:_LISTED]})


def _beside(example: str) -> str:
    """What an example is copied to: `.env.local` for `.env.local.example`."""
    folder, slash, name = example.rpartition("/")
    start, *rest = (part for part in re.split(r"(?=[._-])", name) if part)
    return folder + slash + start + "".join(part for part in rest if part[1:].lower() not in EXAMPLES)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _finding(
    rule: Rule,
    message: str,
    location: Location,
    subject: str,
    severity: Severity | None = None,
    remedy: str = "",
    data: dict[str, object] | None = None,
) -> Finding:
    severity = rule.severity if severity is None else severity
    details: dict[str, object] = {"kind": subject, **(data or {})}
    if is_test(location.path):
        severity, message = lowered(severity), f"{message} ({IN_TEST})"
        details["place"] = "test"
    return finding(rule, message, location, subject, severity=severity, remedy=remedy, data=details)
