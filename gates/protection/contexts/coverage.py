"""Jobs on pull requests that no branch asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from gates.core.finding import Finding, Location, Severity
from gates.github.emission import Emission, Name
from gates.github.names import match
from gates.protection.contexts.conditions import skipped_by
from gates.protection.contexts.findings import Verdict, about, emitter, listed
from gates.protection.contexts.views import Key, View, key_of
from gates.protection.options import Options
from gates.protection.rules import contexts as rules

_MOST: Final = 199  # jobs that are listed one by one


def unrequired(views: Sequence[View], options: Options) -> Iterator[Finding]:
    """One finding for each job, however many legs it has and branches it is missing from; of very many jobs the last finding tells
    their number. A branch that may differ from the rest for a reason is not asked.
    """
    excused = {entry.branch for entry in options.differs}
    found: dict[Key, tuple[Emission, View, dict[str, Sequence[Name]]]] = {}
    for view in views:
        dynamic = {key_of(emission) for _, emission in view.reports.patterns}
        for emission in view.emissions if view.branch not in excused else ():
            names = _unrequired(emission, view, key_of(emission) in dynamic)
            if names:
                found.setdefault(key_of(emission), (emission, view, {}))[2][view.branch] = names
    for key, (emission, view, by_branch) in islice(found.items(), _MOST):
        link = view.links(emission)[-1]
        branches = list(by_branch)
        same, *others = by_branch.values()
        # Nearly always a job is missing from all lists alike, and then with the very same names.
        names = same if all(other == same for other in others) else [name for some in by_branch.values() for name in some]
        message = f"{_listed(names)} is reported on pull requests into {', '.join(branches)}, and nothing requires it"
        emitters = (emitter(link.workflow, link.job, _shown(names[0])),)
        verdict = Verdict(rules.UNREQUIRED, message, Severity.HIGH if options.require_all else None, emitters)
        where = Location(link.workflow.path, link.job.line, link.job.column)
        subject = key[1] if len(key) == 2 else f"{key[0]}: {' / '.join(key[1:])}"
        yield about(verdict, where, subject, ", ".join(branches))
    if len(found) > _MOST:
        emission, view, by_branch = next(islice(found.values(), _MOST, None))
        message = f"{len(found) - _MOST} more jobs are reported on pull requests, and nothing requires them; only {_MOST} are listed"
        verdict = Verdict(rules.UNREQUIRED, message, Severity.HIGH if options.require_all else None)
        link = view.links(emission)[-1]
        where = Location(link.workflow.path, link.job.line, link.job.column)
        yield about(verdict, where, "more jobs", ", ".join(by_branch))


def _unrequired(emission: Emission, view: View, dynamic: bool) -> Sequence[Name]:
    found = view.reached(emission)
    if not found or found[0].filtered:
        return ()
    names: Sequence[Name] = emission.names
    if dynamic or not view.required.isdisjoint(names):
        names = [name for name in names if not _required(name, view)]
    if not names or any(skipped_by(link, found)[0] == "always" for link in view.links(emission)):
        return ()
    key = key_of(emission)
    if any(key[:length] in view.blocking for length in range(2, len(key) + 1)):
        return ()
    return names


def _listed(names: Sequence[Name]) -> str:
    """As a person reads them: names that a run completes can look alike."""
    return listed(list(dict.fromkeys(name if isinstance(name, str) else name.shown for name in names)))


def _shown(name: Name) -> str:
    return name if isinstance(name, str) else name.shown


def _required(name: Name, view: View) -> bool:
    """A name with a hole counts as required where some required context may be it, as nobody can say that it is not."""
    if isinstance(name, str):
        return name in view.required
    return any(match(name, context) != "no" for context in view.required if context not in view.reports.exact)
