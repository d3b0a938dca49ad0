"""`gates waivers add`: an entry for a finding that a run has made, and for nothing else."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from datetime import date

from gates import registry
from gates.commands import waivers_editing
from gates.commands.options import Parser
from gates.core import waivers_edit, waivers_found
from gates.core.errors import UsageError
from gates.core.globs import problem
from gates.core.purl import Purl, parse_purl
from gates.core.waivers import KINDS
from gates.core.waivers_edit import Fields
from gates.core.waivers_found import Found, Run
from gates.core.world import World


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    purl = _purl(parsed.purl) if parsed.purl else None
    if parsed.gate and parsed.gate not in registry.NAMES:
        raise UsageError(f"--gate: unknown gate {parsed.gate!r}; the gates are {', '.join(registry.NAMES)}")
    opened = waivers_editing.open_list(parsed, world)
    waivers_editing.refuse_future(opened)
    sunset = waivers_editing.read_end(parsed, opened.today)
    gates = (parsed.gate,) if parsed.gate else waivers_editing.advisory_gates() if purl else registry.NAMES
    found = choose(waivers_editing.last_run(opened, parsed.report, gates), parsed.finding, purl, gates)
    refuse_covered(found)
    if opened.waivers.terms.forbids(found[0].rule):
        raise UsageError(f"no waiver may cover {found[0].rule}; the list names it under never", opened.path)
    number = f"W-{waivers_editing.next_number(opened):04}"
    entry = draft(found, purl, parsed, number, opened.today, sunset)
    changed = waivers_edit.add(opened.data, opened.path, [entry])
    told = waivers_editing.renewed(opened, number, parsed.kind, changed)  # of an entry that covered the same
    waivers_editing.write(opened, {opened.path: changed})
    covered = ", ".join(dict.fromkeys(map(str, found)))
    waivers_editing.say(world, f"{number} covers {covered} until {sunset}{told}; review and commit {opened.path}")
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "adds an entry for a finding; one that no run has made is refused")
    add = parser.add_argument
    add("finding", metavar="FINDING", help="its fingerprint, as far as it is needed to tell it from others, or an advisory id")
    add("purl", nargs="?", default="", metavar="PURL", help="with an advisory id: the package, such as pkg:pypi/requests")
    add("--from", dest="report", default="", metavar="REPORT.json", help="the report that has the finding (default: the gates run now)")
    add("--gate", default="", metavar="GATE", help="look only at this gate's findings")
    add("--owner", required=True, metavar="@TEAM", help="who answers for it: @user, @organisation/team or an e-mail address")
    add("--reason", required=True, help="why this is acceptable, for a stranger")
    waivers_editing.add_end(parser)
    add("--kind", default="risk", choices=KINDS, metavar="KIND", help=f"{', '.join(KINDS)} (default: risk)")
    add("--until-fixed", action="store_true", help="it also ends when a fixed version exists")
    add("--ticket", default="", metavar="URL", help="where the work on it is tracked")
    add("--approved-by", default="", metavar="NAME", help="who agreed to it")
    waivers_editing.add_options(parser, runs=True)
    return parser


def _purl(text: str) -> Purl:
    try:
        return parse_purl(text)
    except ValueError as error:
        raise UsageError(f"{text!r}: {error}") from None


def choose(run: Run, finding: str, purl: Purl | None, gates: Sequence[str]) -> list[Found]:
    """The findings that the words of the command line mean: all of one advisory in one package, or one. Raises UsageError."""
    try:
        return waivers_found.by_advisory(run, finding, purl, gates) if purl else [waivers_found.by_fingerprint(run, finding, gates)]
    except UsageError:
        waivers_editing.refuse_broken(run, tuple(gates))
        raise


def refuse_covered(found: Sequence[Found]) -> None:
    ids = dict.fromkeys(each.waived_by for each in found)
    if "" not in ids:
        raise UsageError(f"{found[0]} is covered already, by {', '.join(ids)}; gates waivers renew prolongs an entry")


def draft(found: Sequence[Found], purl: Purl | None, parsed: Namespace, number: str, today: date, sunset: date) -> Fields:
    """The entry, its fields in the order that the documentation has them in. Raises UsageError."""
    first = found[0]
    by_advisory = next((each for each in first.ids if each.lower() == parsed.finding.lower()), "")
    if by_advisory and parsed.kind != "risk" and len({each.fingerprint for each in found}) > 1:
        raise UsageError(f"a {parsed.kind} is about one finding; name it by its fingerprint: {', '.join(map(str, found))}")
    entry: dict[str, str | bool | tuple[str, ...]] = {"id": number, "gate": first.gate, "kind": parsed.kind}
    entry["rule"] = by_advisory or (first.ids[0] if first.ids else first.rule)
    if package := purl or (first.purl._replace(version="") if first.purl else None):
        entry["purl"] = str(package)
    if first.ids and parsed.kind == "risk":
        # The advisory in that package, whatever its version; named by a fingerprint, in that file alone.
        if not by_advisory and first.path:
            entry |= {"fingerprint": first.fingerprint} if problem(first.path) or set(first.path) & set("*?") else {"paths": (first.path,)}
    else:
        entry["fingerprint"] = first.fingerprint
    entry |= {"reason": " ".join(parsed.reason.split()), "owner": parsed.owner, "created": today.isoformat(), "sunset": sunset.isoformat()}
    optional = {"until_fixed": parsed.until_fixed, "ticket": parsed.ticket, "approved_by": parsed.approved_by}
    return entry | {key: value for key, value in optional.items() if value}
