"""Whether the lists of required contexts agree with themselves and with each other, and say who must report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gates.core.finding import Finding, Location
from gates.github.requirement import ANY_APP, Protection
from gates.protection.contexts.findings import Verdict, about, listed, shown
from gates.protection.contexts.views import View
from gates.protection.options import Options
from gates.protection.rules import contexts as rules


def subject(protection: Protection, branch: str, name: str) -> str:
    """One file of a classic protection is about one branch; the other forms can hold several."""
    return name if protection.kind == "classic" else f"{branch}: {name}"


def unpinned(views: Sequence[View]) -> Iterator[Finding]:
    """One finding for each list, whatever the number of contexts in it."""
    for protection, branch, reported in _once(views):
        pinned = {context.name for context in protection.contexts if context.app not in (None, ANY_APP)}
        for key in ("contexts", "checks"):
            free = [context for context in protection.contexts if context.listed == key and context.name in reported - pinned]
            if free:
                names = list(dict.fromkeys(context.name for context in free))
                message = (
                    f"any app may report {listed(names)}; list {'them' if len(names) > 1 else 'it'} with the id of GitHub Actions, 15368"
                )
                where = protection.checks_location or free[0].location
                yield about(Verdict(rules.UNPINNED_APP, message), where, subject(protection, branch, key), branch)


def inconsistent(views: Sequence[View]) -> Iterator[Finding]:
    for protection, branch, _ in _once(views):
        where = protection.checks_location
        names: dict[str, set[str]] = {"contexts": set(), "checks": set()}
        seen: set[tuple[str, str, int | None]] = set()
        for context in protection.contexts:
            key = (context.listed, context.name, context.app)  # a ruleset may ask for one name from two apps
            if key in seen:
                message = f"{shown(context.name)} is listed twice under {context.listed!r}; remove one"
                yield _about(message, context.location, protection, branch, context.name)
            seen.add(key)
            names[context.listed].add(context.name)
        one_only = sorted(names["contexts"] ^ names["checks"])
        if names["contexts"] and names["checks"] and one_only:
            message = f"'contexts' and 'checks' differ by {listed(one_only)}; keep one of the two lists"
            yield _about(message, where or protection.contexts[0].location, protection, branch, "contexts and checks")
        if where is not None and not protection.contexts:
            message = "the list of required checks is there and empty; name the contexts, or remove it"
            yield _about(message, where, protection, branch, "required_status_checks")


def differ(views: Sequence[View], options: Options) -> Iterator[Finding]:
    """Each branch against the first that requires anything, which is the default branch where that one does."""
    excused = {entry.branch for entry in options.differs}
    having = [view for view in views if view.required]
    for view in having[1:]:
        first = having[0]
        if view.required == first.required or excused & {view.branch, first.branch}:
            continue
        parts = [
            f"{one.branch} alone requires {listed(sorted(one.required - other.required))}"
            for one, other in ((first, view), (view, first))
            if one.required - other.required
        ]
        place = _place(view)
        message = f"{first.branch} and {view.branch} require different contexts: {', and '.join(parts)}; say under `differs` why"
        yield about(Verdict(rules.DIFFER, message), place, view.branch, view.branch)


def _place(view: View) -> Location | None:
    return next((each.checks_location or each.location for each in view.protections if each.contexts), None)


def _about(message: str, where: Location, protection: Protection, branch: str, name: str) -> Finding:
    return about(Verdict(rules.INCONSISTENT, message), where, subject(protection, branch, name), branch, name)


def _once(views: Sequence[View]) -> Iterator[tuple[Protection, str, frozenset[str]]]:
    """Each protection with the first of its branches, and the names that workflows report on pull requests into any."""
    reported: Mapping[int, set[str]] = {id(each): set() for view in views for each in view.protections}
    first: dict[int, tuple[Protection, str]] = {}
    for view in views:
        actual = {name for name, hits in view.reports.exact.items() if any(view.reached(hit.emission) for hit in hits)}
        for each in view.protections:
            first.setdefault(id(each), (each, view.branch))
            reported[id(each)].update(actual)
    for key, (protection, branch) in first.items():
        yield protection, branch, frozenset(reported[key])
