"""`gates run`: every gate of the policy, side by side, and the built-in checks of policy and waivers."""

from __future__ import annotations

import os
from argparse import Namespace

from gates import registry, runner
from gates.commands import output, session
from gates.commands.console import write_file
from gates.commands.options import Common, Parser, add_common, checked_range, read_common, read_day
from gates.core import baseline
from gates.core.accountability import Account, owner_problem, reason_problem
from gates.core.errors import GateUnavailable, UsageError
from gates.core.gate import Gate, Selection
from gates.core.report import Report
from gates.core.world import World
from gates.report import facts

_LONGEST_BASELINE = 366  # days


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    common = read_common(parsed, world)
    names = tuple(dict.fromkeys(parsed.gates)) or (registry.STAGES[parsed.stage] if parsed.stage else registry.NAMES)
    gates = tuple(registry.load(gate) for gate in names)
    range_ = _range(parsed.stage, parsed.range, world)
    if parsed.history and parsed.stage:
        raise UsageError("--history goes without --stage: a stage says what is looked at")
    selections = {gate.name: selection(gate, parsed.stage, range_, history=parsed.history) for gate in gates}
    request = session.Request(gates, selections, {}, whole=True, stage=parsed.stage)
    account = _account(parsed, common)
    prepared = session.prepare(common, request, world)
    report = session.run(prepared)
    if account is not None:
        return write_baseline(report, prepared, account)
    output.write(report, common, world)
    return runner.EXIT[report.verdict]


def parser(name: str) -> Parser:
    parser = Parser(name, "runs every gate of the policy, or the gates named, side by side")
    add = parser.add_argument
    add("gates", nargs="*", metavar="GATE", help=f"only these: {', '.join(registry.NAMES)}")
    add("--stage", default="", choices=tuple(registry.STAGES), metavar="STAGE", help=f"the moment: {', '.join(registry.STAGES)}")
    add("--range", default="", metavar="A..B", help="the commits of the pull request, with --stage pull-request")
    add("--history", action="store_true", help="gates that can look at all commits do, instead of at the tree")
    group = parser.add_argument_group("adopting gates in a repository with old findings")
    add = group.add_argument
    add("--write-baseline", action="store_true", help="accept what is found now in security/baseline.json, until the sunset")
    add("--owner", default="", metavar="@TEAM", help="who answers for the baseline")
    add("--sunset", default="", metavar="YYYY-MM-DD", help="the last day of the baseline")
    add("--reason", default="found when the gates were adopted", help="why the baseline is acceptable until then")
    add_common(parser)
    return parser


def selection(gate: Gate, stage: str, range_: str, *, history: bool = False) -> Selection:
    """What a gate looks at: the index at a commit, the commits of a pull request, all commits, else the tree."""
    if stage == "commit" and "staged" in gate.selections:
        return Selection("staged")
    if stage == "pull-request" and "range" in gate.selections:
        return Selection("range", (), range_)
    if history and "history" in gate.selections:
        return Selection("history")
    return Selection()


def _range(stage: str, given: str, world: World) -> str:
    """The pull request's commits: as given, or from what the CI says its target branch is."""
    if stage != "pull-request":
        if given:
            raise UsageError("--range goes with --stage pull-request")
        return ""
    if given:
        return checked_range(given)
    if branch := world.environment.get("GITHUB_BASE_REF"):
        return checked_range(f"refs/remotes/origin/{branch}..HEAD")
    if base := world.environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"):
        return checked_range(f"{base}..HEAD")
    raise UsageError("--stage pull-request needs --range A..B, as in --range origin/main..HEAD")


def _account(parsed: Namespace, common: Common) -> Account | None:
    """Who answers for the baseline, None where none is to be written."""
    if not parsed.write_baseline:
        if parsed.owner or parsed.sunset:
            raise UsageError("--owner and --sunset go with --write-baseline")
        return None
    sunset = read_day("--sunset", parsed.sunset) if parsed.sunset else None
    if sunset is None or not parsed.owner:
        raise UsageError("--write-baseline needs --owner @team and --sunset YYYY-MM-DD: an exception is somebody's, and ends")
    if problem := owner_problem(parsed.owner) or reason_problem(parsed.reason):
        raise UsageError(f"--write-baseline: {problem}")
    if not 0 <= (sunset - common.today).days <= _LONGEST_BASELINE:
        raise UsageError(f"--sunset: {sunset} must lie between today and {_LONGEST_BASELINE} days from now")
    return Account(parsed.owner, parsed.reason, sunset)


def write_baseline(report: Report, prepared: session.Session, account: Account) -> int:
    """Writes the findings that nothing covers yet; the other gates' parts of the file stay."""
    if prepared.common.policy_ref or prepared.place.repository is None:
        raise UsageError("--write-baseline writes to the work tree, so it goes without --policy-ref and inside a repository")
    broken = [result.gate for result in report.gates if result.status == "error"]
    if broken:
        raise GateUnavailable(f"no baseline was written: {', '.join(broken)} could not run, so what is there is not known")
    exceptions = prepared.judging.exceptions()
    sections = dict(exceptions.baseline.sections)
    for result in report.gates:
        if result.gate in registry.NAMES and result.status != "skip":  # of a gate that did not look, what it found before stays
            found = {each.fingerprint: each.finding for each in result.findings if not each.waiver or each.waiver.kind == "baseline"}
            sections[result.gate] = baseline.section(found, account, exceptions.waivers.terms)
    path = prepared.policy.files.baseline
    place = os.path.join(prepared.place.root, path)
    folder = os.path.dirname(place)
    if os.path.realpath(folder) != folder:  # it is read without links, and written the same way
        raise UsageError("its folder is reached through a symbolic link; put a folder there", path)
    os.makedirs(folder, exist_ok=True)
    write_file(place, baseline.write({gate: section for gate, section in sections.items() if section.fingerprints}).decode())
    written = sum(len(section.fingerprints) for section in sections.values())
    prepared.world.stdout.write(f"{path}: {facts.count(written, 'finding')} accepted until {account.sunset}; review and commit the file\n")
    return 0
