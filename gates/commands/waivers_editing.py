"""What the verbs that read or write the exception list share: their options, the list with its bytes, and the writing."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from gates import registry
from gates.commands import session
from gates.commands.console import write_file
from gates.commands.options import Common, Parser, read_common, read_day
from gates.core import source, waivers, waivers_found, waivers_history
from gates.core.errors import GateUnavailable, UsageError
from gates.core.gate import Selection
from gates.core.judging import Exceptions
from gates.core.source import Source
from gates.core.waivers import ADVISORY_GATES, Waivers
from gates.core.waivers_found import Run
from gates.core.world import World
from gates.report.escape import printable

# What `read_common` asks for and these verbs have no use for.
_UNUSED: Mapping[str, object] = {
    "format": (), "policy_ref": "", "fail_on": "", "offline": False, "timeout": "600", "quiet": False, "no_color": False, "no_timing": True,
}  # fmt: skip


class Opened(NamedTuple):
    """The list as it was read. `path` is the waiver file's name for messages and `place` where it is; `data` is None where it is not
    there yet.
    """

    session: session.Session
    common: Common
    world: World
    waivers: Waivers
    path: str
    place: str
    data: bytes | None
    today: date


def add_options(parser: Parser, *, trusted: bool = False, runs: bool = False) -> None:
    """Those of every verb; `trusted`: it can read from a commit; `runs`: it may run gates."""
    parser.set_defaults(**_UNUSED)
    group = parser.add_argument_group("options of every verb")
    add = group.add_argument
    add("--repo", default="", metavar="DIR", help="the repository (default: the git work tree around the current directory)")
    add("--policy", default="", metavar="FILE", help="policy file instead of security/gates.toml")
    if trusted:
        add("--policy-ref", default="", metavar="REF", help="take policy and waivers from this commit")
    add("--waivers", default="", metavar="FILE", help="waiver file instead of security/waivers.yaml")
    add("--today", default="", metavar="YYYY-MM-DD", help="the day to judge sunsets by (default: today in UTC)")
    if runs:
        add("--offline", action="store_true", help="use no network")
        add("--timeout", default="600", metavar="SECONDS", help="time for each outside tool (default: 600)")
        add("--quiet", action="store_true", help="no progress")


def add_end(parser: Parser) -> None:
    add = parser.add_mutually_exclusive_group(required=True).add_argument
    add("--sunset", default="", metavar="YYYY-MM-DD", help="the last day that it counts")
    add("--days", type=int, metavar="N", help="the same as a number of days from today")


def read_end(parsed: argparse.Namespace, today: date) -> date:
    """Raises UsageError for a day that has passed."""
    try:
        sunset = read_day("--sunset", parsed.sunset) if parsed.sunset else today + timedelta(parsed.days)
    except OverflowError:
        raise UsageError(f"--days: {parsed.days} is out of range") from None
    if sunset < today:
        raise UsageError(f"the last day would be {sunset}, which has passed; today is {today} in UTC")
    return sunset


def open_list(parsed: argparse.Namespace, world: World) -> Opened:
    """Raises UsageError, as for a list that is not in order."""
    common = read_common(parsed, world)
    gates = tuple(registry.load(gate) for gate in registry.NAMES)
    request = session.Request(gates, {gate.name: Selection() for gate in gates}, {}, whole=True)
    prepared = session.prepare(common, request, world)
    exceptions: Exceptions = prepared.judging.exceptions()
    path = common.waivers or prepared.policy.files.file
    place = os.path.realpath(os.path.join(world.directory, path)) if common.waivers else os.path.join(prepared.place.root, path)
    return Opened(prepared, common, world, exceptions.waivers, path, place, exceptions.waivers.data.get(path), common.today)


def refuse_future(opened: Opened) -> None:
    """For what writes `created`: a run of the real today would refuse the whole list."""
    if opened.today > opened.world.today:
        raise UsageError(f"--today: {opened.today} lies ahead, and an entry is written on the day that it is made")


def renewed(opened: Opened, entry: str, kind: str, changed: bytes) -> str:
    """What to say of the entry's renewals, counting the one that the changed list may be. Raises UsageError where it is one too many."""
    if kind != "risk":
        return ""
    after = opened.waivers._replace(data={**opened.waivers.data, opened.path: changed})
    history = session.history(opened.session, after)
    if history.unknown:
        return f" (how often it was renewed is not known: {history.unknown})"
    times, most = history.renewals[entry].times if entry in history.renewals else 0, opened.waivers.terms.max_renewals
    if times > most:
        raise UsageError(f"{entry} would be renewed for the {_ordinal(times)} time, and at most {most} are allowed; fix what it covers")
    return f", renewed {times} of {most} times" if times else ""


def _ordinal(number: int) -> str:
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def next_number(opened: Opened) -> int:
    """For the first new entry."""
    return waivers_history.next_number(opened.waivers.entries, session.history(opened.session, opened.waivers))


def write(opened: Opened, changed: Mapping[str, bytes]) -> None:
    """Replaces the lists of these paths, after reading them as a run would. Raises UsageError, and then nothing was written."""
    prepared, common = opened.session, opened.common
    files, chosen = prepared.policy.files, None
    if common.waivers:
        files, chosen = files._replace(file=common.waivers), _over(source.named_file(opened.world.directory), changed)
    known = waivers.known_rules(prepared.request.gates, registry.NAMES)
    try:
        waivers.load(_over(prepared.trusted, changed), files, known, opened.today, chosen=chosen)
    except UsageError as error:
        raise UsageError(f"nothing was written: {error.message}") from None
    for path, data in changed.items():
        _replace(opened, path, data)


def _over(under: Source, changed: Mapping[str, bytes]) -> Source:
    return Source(under.name, lambda path: changed[path] if path in changed else under.read(path))


def _replace(opened: Opened, path: str, data: bytes) -> None:
    place = opened.place if path == opened.path else os.path.join(opened.session.place.root, path)
    folder = os.path.dirname(place)
    if os.path.realpath(folder) != folder:  # it is read without links, and written the same way
        raise UsageError("its folder is reached through a symbolic link; put a folder there", path)
    if source.read_regular(place, path) != opened.waivers.data.get(path):
        raise UsageError("was changed by someone else meanwhile; nothing was written", path)
    os.makedirs(folder, exist_ok=True)
    try:
        mode: int | None = stat.S_IMODE(os.stat(place).st_mode)
    except FileNotFoundError:
        mode = None
    write_file(place, data.decode("utf-8"), mode=mode)


def last_run(opened: Opened, report: str, gates: tuple[str, ...]) -> Run:
    """From the report of that name, else of a run of these gates now."""
    if report:
        return read_report(opened, report)
    prepared = opened.session
    chosen = tuple(gate for gate in prepared.request.gates if gate.name in gates)
    return waivers_found.of_results(session.run(prepared._replace(request=prepared.request._replace(gates=chosen))).gates)


def read_report(opened: Opened, name: str) -> Run:
    data = source.read_regular(os.path.join(opened.world.directory, name), name, waivers_found.MAX_REPORT)
    if data is None:
        raise UsageError("no such report; write one with gates run --format json=FILE", name)
    return waivers_found.of_report(data, name)


def refuse_broken(run: Run, gates: tuple[str, ...]) -> None:
    """For a finding that is not there: of a gate that could not run it is not known."""
    if broken := waivers_found.broken(run, gates):
        raise GateUnavailable(f"{', '.join(broken)} could not run, so what it would find is not known; gates run says why")


def advisory_gates() -> tuple[str, ...]:
    """Those of this version whose findings are about advisories in packages."""
    return tuple(name for name in registry.NAMES if name in ADVISORY_GATES)


def say(world: World, *lines: str) -> None:
    world.stdout.write("".join(f"{printable(line)}\n" for line in lines))
