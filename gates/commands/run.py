"""`gates run`: every gate of the policy, side by side, and the built-in checks of policy and waivers."""

from __future__ import annotations

from gates import registry
from gates.commands import session
from gates.commands.options import Parser, add_common, read_common
from gates.core.errors import UsageError
from gates.core.gate import Gate, Selection
from gates.core.world import World


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser().parse_args(argv)
    names = tuple(dict.fromkeys(parsed.gates)) or (registry.STAGES[parsed.stage] if parsed.stage else registry.NAMES)
    gates = tuple(registry.load(gate) for gate in names)
    if parsed.range and parsed.stage != "pull-request":
        raise UsageError("--range goes with --stage pull-request")
    selections = {gate.name: selection(gate, parsed.stage, parsed.range) for gate in gates}
    request = session.Request(gates, selections, {}, whole_run=not parsed.gates, stage=parsed.stage, write_baseline=parsed.write_baseline)
    return session.judge(read_common(parsed, world), request, world)


def parser() -> Parser:
    parser = Parser("run", "runs every gate of the policy, or the gates named, side by side")
    parser.add_argument("gates", nargs="*", metavar="GATE", help=f"only these: {', '.join(registry.NAMES)}")
    parser.add_argument(
        "--stage", default="", choices=("", *registry.STAGES), metavar="STAGE", help=f"the moment: {', '.join(registry.STAGES)}"
    )
    parser.add_argument("--range", default="", metavar="A..B", help="the pull request's commits, with --stage pull-request")
    parser.add_argument(
        "--write-baseline", action="store_true", help="accept what is found now in security/baseline.json, until its sunset"
    )
    add_common(parser)
    return parser


def selection(gate: Gate, stage: str, range_: str) -> Selection:
    """What a gate looks at: the index at a commit, the pull request's commits at a pull request, else the tree."""
    if stage == "commit" and "staged" in gate.selections:
        return Selection("staged")
    if stage == "pull-request" and range_ and "range" in gate.selections:
        return Selection("range", (), range_)
    return Selection()
