"""`gates sbom check`: the gate, over the SBOMs named or those of the policy, with a table of what each holds."""

from __future__ import annotations

from collections.abc import Iterator

from gates import runner
from gates.commands import output, session
from gates.commands.options import Common, Parser, add_common, read_common
from gates.core.gate import Selection
from gates.core.world import World
from gates.report.escape import printable
from gates.sbom.completeness import TITLES, Completeness, Row
from gates.sbom.gate import GATE, check_gate
from gates.sbom.staleness import UNCOMPARED


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    common = read_common(parsed, world)
    tables: list[Completeness] = []
    gate = check_gate(tables.append)
    flags: dict[str, object] = {"profile": parsed.profile} if parsed.profile else {}
    if parsed.groups:
        flags["groups"] = tuple(parsed.groups)
    selection = Selection("paths", tuple(parsed.files)) if parsed.files else Selection()
    request = session.Request((gate,), {gate.name: selection}, {gate.name: flags}, whole=False, anywhere=True)
    report = session.run(session.prepare(common, request, world))
    if _as_text(common) and tables:
        world.stdout.write("\n\n".join("\n".join(_table(table)) for table in tables) + "\n\n")
    output.write(report, common, world)
    if _as_text(common):
        for skipped in (each for result in report.gates for each in result.skipped if each.reason.startswith(UNCOMPARED)):
            world.stdout.write(f"{printable(skipped.path)}: {skipped.reason}\n")
    return runner.EXIT[report.verdict]


def parser(name: str) -> Parser:
    parser = Parser(name, "whether an SBOM is valid, holds together, is complete, and lists what the lock files of the repository do")
    parser.add_argument("files", nargs="*", metavar="FILE", help="CycloneDX in JSON, 1.2 to 1.7 (default: those of the policy)")
    for flag in GATE.flags:
        action = "append" if flag.many else "store"
        parser.add_argument(flag.name, dest=flag.field, action=action, metavar=flag.metavar, choices=flag.choices or None, help=flag.help)
    add_common(parser)
    return parser


def _as_text(common: Common) -> bool:
    return not common.quiet and any(each.format == "text" and not each.file for each in common.outputs)


def _table(table: Completeness) -> Iterator[str]:
    components = f"{table.components} component{'' if table.components == 1 else 's'}"
    yield f"{printable(table.path)}: CycloneDX {table.spec}, {components}, by {TITLES[table.profile]}"
    width = max(len(row.element.name) for row in table.rows)
    for row in table.rows:
        yield f"  {row.element.name:{width}}  {'required' if row.required else '-':8}  {_held(row)}"


def _held(row: Row) -> str:
    if row.element.document:
        return "yes" if row.held else "no"
    share = f" ({100 * row.held // row.of} %)" if row.of else ""
    return f"{row.held} of {row.of}{share}"
