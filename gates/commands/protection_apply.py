"""`gates protection apply`: makes live what the files ask for. A dry run unless told otherwise, and never in a pull request."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

from gates import registry
from gates.commands import protection_diff, protection_live, session
from gates.commands.gate import parser as gate_parser
from gates.commands.options import Parser, read_common
from gates.core.errors import GateUnavailable, UsageError
from gates.core.finding import Severity
from gates.core.gate import Selection
from gates.core.report import Judged
from gates.core.world import World
from gates.protection.live.applying import Change, Step, carry_out, plan
from gates.report import facts
from gates.report.escape import printable

_EVENTS = {"GITHUB_EVENT_NAME": ("pull_request",), "CI_PIPELINE_SOURCE": ("merge_request", "external_pull_request")}


def run(name: str, argv: list[str], world: World) -> int:
    """0: all is as the files ask. 1: something would be changed, or findings stand against it."""
    parsed = parser(name).parse_args(argv)
    _refuse_pull_request(world.environment)
    if parsed.record and not parsed.yes:
        raise UsageError("--record goes with --yes: a dry run changes nothing that could be recorded")
    opened = protection_live.open_(parsed, world)
    if opened.unread:
        unread = opened.unread[0]
        raise GateUnavailable(f"{unread.path}: {unread.label}: {unread.reason}; nothing was written")
    if not opened.files:
        left_out = "".join(f"; {note.text}" for note in opened.notes)
        raise GateUnavailable(f"there is no protection file to apply: no JSON in branch-protection/ or .github/rulesets/{left_out}")
    against = _against(parsed.repo, parsed.policy, world)
    # Records go where nothing else does, so that a program can read them.
    talk = world.stderr if parsed.yes and not parsed.record else world.stdout
    with opened.connect() as api:
        steps = plan(api, opened.files)
        _show(talk, [*_planned(steps), *(f"note: {note.text}" for note in opened.notes)])
        if against:
            found = facts.count(len(against), "finding")
            _show(talk, [*against, f"{opened.repository}: nothing was written: {found} of the gate in the way"])
            return 1
        if not steps:
            _show(talk, [f"{opened.repository}: nothing to do, {facts.count(len(opened.files), 'protection')} as the files ask"])
            return 0
        if not parsed.yes:
            _show(talk, [f"{opened.repository}: a dry run, nothing was written; --yes applies it"])
            return 1
        with _records(parsed.record, world) as stream:
            for step in steps:
                carry_out(api, step, lambda change: _record(stream, change, opened.repository, world))
        _show(talk, [f"{opened.repository}: applied and read again, {facts.count(len(steps), 'protection')} changed"])
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "writes the protection files to GitHub and reads them back; without --yes it shows what it would do")
    add = parser.add_argument
    add("--yes", action="store_true", help="write; otherwise it is a dry run, which exits 1 where something would change")
    add("--record", default="", metavar="FILE", help="add a JSON line for each change to this file (default: on stdout)")
    protection_live.add_options(parser)
    return parser


def _against(repo: str, policy: str, world: World) -> list[str]:
    """A line for each finding of the gate that stands against applying the files: applied, they would lock a branch or leave it open.
    Raises GateUnavailable where the gate could not judge everything.
    """
    gate = registry.load("protection")
    argv = [*(("--repo", repo) if repo else ()), *(("--policy", policy) if policy else ())]
    common = read_common(gate_parser(gate.name).parse_args(argv), world)
    report = session.run(session.prepare(common, session.Request((gate,), {gate.name: Selection()}, {}, whole=False), world))
    for error in (error for result in report.gates for error in result.errors):
        raise GateUnavailable(f"{error.path}:{error.line}: {error.message}; nothing was written")
    if not report.complete or any(result.status == "skip" for result in report.gates if result.gate == gate.name):
        raise GateUnavailable(f"{'; '.join(result.reason for result in report.gates)}; nothing was written")
    judged = [each for result in report.gates for each in result.findings]
    return [_line(each) for each in judged if each.blocking or (each.severity >= Severity.HIGH and not each.waiver)]


def _line(judged: Judged) -> str:
    where = judged.finding.location
    return f"{f'{where.path}:{where.line}: ' if where else ''}{judged.finding.message} [{judged.finding.rule.id}]"


def _refuse_pull_request(environment: Mapping[str, str]) -> None:
    """What a pull request proposes has not been reviewed."""
    for name, starts in _EVENTS.items():
        if environment.get(name, "").startswith(starts):
            raise UsageError(f"apply does not run for a pull request ({name} is {environment[name]}); run it on the protected branch")


def _planned(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        yield from map(protection_diff.line, step.differences)


def _show(stream: TextIO, lines: Sequence[str]) -> None:
    stream.write("".join(f"{printable(each)}\n" for each in lines))
    stream.flush()


@contextmanager
def _records(path: str, world: World) -> Iterator[TextIO]:
    """Opened before anything is written to GitHub: what cannot be recorded is not done."""
    if not path:
        yield world.stdout
        return
    with open(os.path.join(world.directory, path), "a", encoding="utf-8", newline="\n") as stream:
        yield stream


def _record(stream: TextIO, change: Change, repository: str, world: World) -> None:
    document = {
        "schema_version": 1,
        "date": world.today.isoformat(),
        "repository": repository,
        "file": change.path,
        "sha256": change.sha256,
        "branch": change.name if change.kind == "classic" else None,
        "ruleset": change.name if change.kind == "ruleset" else None,
        "endpoint": change.endpoint,
        "status": change.status or None,
        "before": change.before,
        "after": change.after,
        "missing": change.missing,
        "problem": change.problem or None,
    }
    stream.write(json.dumps(document) + "\n")
    stream.flush()
