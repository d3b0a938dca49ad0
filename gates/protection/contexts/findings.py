"""What is judged of a context becomes a finding, with the keys that every finding of the gate carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.github.workflow import Job, Workflow

_SHOWN_NAMES = 5
_SHOWN_LENGTH = 120


class Verdict(NamedTuple):
    """What a rule says of a context on a branch, wherever the context is listed. `replacement`: the name it certainly meant to be."""

    rule: Rule
    message: str
    severity: Severity | None = None  # the rule's own
    emitters: tuple[Mapping[str, object], ...] = ()
    hint: str = ""
    replacement: str = ""

    @property
    def how_bad(self) -> Severity:
        return self.rule.severity if self.severity is None else self.severity


def emitter(workflow: Workflow | str, job: Job, name: str) -> dict[str, object]:
    """`workflow`: the file in which the job stands."""
    return {"workflow": workflow if isinstance(workflow, str) else workflow.path, "line": job.line, "job": job.id, "name": name}


def about(verdict: Verdict, location: Location | None, subject: str, branch: str, context: str = "") -> Finding:
    data: dict[str, object] = {"context": context, "branch": branch, "emitters": list(verdict.emitters), "hint": verdict.hint}
    if verdict.replacement:
        data["replacement"] = verdict.replacement
    return finding(verdict.rule, verdict.message, location, subject, severity=verdict.severity, data=data)


def worst(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """One verdict for each rule: the gravest, with the emitters of all."""
    by_rule: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_rule.setdefault(verdict.rule.id, []).append(verdict)
    for same in by_rule.values():
        emitters = {(str(one["workflow"]), str(one["job"]), str(one["name"])): one for verdict in same for one in verdict.emitters}
        yield max(same, key=lambda verdict: verdict.how_bad)._replace(emitters=tuple(emitters.values()))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By place, each subject of a rule once in a file: where a list says the same twice, an ordinal tells the second from the first."""
    seen: dict[tuple[str, str, str], int] = {}
    ordered = []
    for found in sorted(findings, key=_place):
        path = found.location.path if found.location else ""
        key = (found.rule.id, path, found.subject)
        seen[key] = seen.get(key, 0) + 1
        ordered.append(found if seen[key] == 1 else found._replace(subject=f"{found.subject} #{seen[key]}"))
    return ordered


def _place(found: Finding) -> tuple[str, int, int, str, str, str]:
    where = found.location or Location("")
    return where.path, where.line, where.column, found.rule.id, found.subject, found.message


def shown(name: str) -> str:
    """For messages: quoted, with what cannot be seen escaped."""
    text = name if len(name) <= _SHOWN_LENGTH else f"{name[: _SHOWN_LENGTH - 1]}…"
    return repr(text)


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    some = ", ".join(shown(name) for name in names[:_SHOWN_NAMES])
    return some if len(names) <= _SHOWN_NAMES else f"{some} and {len(names) - _SHOWN_NAMES} more"
