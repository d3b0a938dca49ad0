"""`gates sbom diff`: what changed from one SBOM to the next; another hash of the same version blocks.

It is the gate over two files, so what it finds is waived, ranked and reported as any finding. `--format` means what it means for every
gate, with the comparison in front of the report (text), in it (json), or in its place (markdown, for release notes).
"""

from __future__ import annotations

import json
import os

from gates import runner
from gates.commands import output, sbom_differences, session
from gates.commands.console import write_file
from gates.commands.options import FORMATS, Common, Output, Parser, add_common, read_common
from gates.core.errors import UsageError
from gates.core.gate import Selection
from gates.core.report import Report
from gates.core.world import World
from gates.sbom.comparing import Comparison
from gates.sbom.diff_gate import diff_gate

_FORMATS = (*FORMATS, "markdown")


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    common = _to_file(read_common(parsed, world, _FORMATS), parsed.output)
    kept: list[Comparison] = []
    gate = diff_gate(parsed.before, parsed.after, world.directory, kept.append)
    # The two files are what the command was given, wherever they lie: the policy is that of the repository around, if there is one.
    request = session.Request((gate,), {gate.name: Selection("message")}, {}, whole=False)
    prepared = session.prepare(common, request, world)
    prepared.judging.exceptions()  # a broken list is refused whether or not something is found
    report = session.run(prepared)
    _write(kept[0] if kept else None, report, common, world)
    return runner.EXIT[report.verdict]


def parser(name: str) -> Parser:
    parser = Parser(name, "what changed from one SBOM to the next: packages, versions, licences, suppliers, hashes; CycloneDX in JSON")
    parser.add_argument("before", metavar="BEFORE", help="the SBOM of the last release")
    parser.add_argument("after", metavar="AFTER", help="the one of this release")
    parser.add_argument("--output", default="", metavar="FILE", help="where the format without a file goes (default: stdout)")
    add_common(parser, _FORMATS)
    return parser


def _to_file(common: Common, path: str) -> Common:
    if not path:
        return common
    if all(each.file for each in common.outputs):
        raise UsageError("--output: every --format names a file already")
    return common._replace(outputs=tuple(each if each.file else Output(each.format, path) for each in common.outputs))


def _write(comparison: Comparison | None, report: Report, common: Common, world: World) -> None:
    """Files first, as every report is written."""
    ours = [each for each in common.outputs if each.format in ("text", "json", "markdown")]
    for each in sorted(ours, key=lambda each: not each.file):
        text = _rendered(each, comparison, report, common, world)
        if each.file:
            write_file(os.path.join(world.directory, each.file), text)
        else:
            world.stdout.write(text)
    output.write(report, common._replace(outputs=tuple(each for each in common.outputs if each not in ours)), world)


def _rendered(each: Output, comparison: Comparison | None, report: Report, common: Common, world: World) -> str:
    if each.format == "markdown":
        return sbom_differences.notes(comparison, report)
    told = output.render(report, each, common, world, most=sbom_differences.SHOWN)
    if comparison is None:
        return told
    if each.format == "json":
        from gates.report.json import dump, plain

        return dump({**json.loads(told), "comparison": plain(sbom_differences.plain(comparison))})
    return told if common.quiet else f"{sbom_differences.text(comparison)}\n{told}"
