"""`gates protection diff --live`: what the files ask for against what the branches have now."""

from __future__ import annotations

import json

from gates.commands import protection_live
from gates.commands.options import Parser
from gates.core.errors import GateUnavailable, UsageError
from gates.core.git import valid_branch_name
from gates.core.world import World
from gates.protection.live.comparing import Comparison, Difference, compare
from gates.report import facts
from gates.report.escape import printable, unicode

EQUAL, DIFFERENT, UNKNOWN = 0, 1, 3  # a difference goes before what could not be seen


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    if not parsed.live:
        raise UsageError("diff compares the files with what is live; say so with --live")
    if parsed.branch and not valid_branch_name(parsed.branch):
        raise UsageError(f"--branch: {parsed.branch!r} is no name of a branch")
    opened = protection_live.open_(parsed, world)
    if not opened.files and not opened.unread:
        left_out = "".join(f"; {note.text}" for note in opened.notes)
        raise GateUnavailable(f"there is no protection file to compare with: no JSON in branch-protection/ or .github/rulesets/{left_out}")
    with opened.connect() as api:
        found = compare(api, opened.files, parsed.branch)
    found = found._replace(unseen=(*opened.unread, *found.unseen), notes=(*opened.notes, *found.notes))
    if parsed.branch and not found.compared and not found.unseen:
        raise UsageError(f"--branch: no protection file is about {parsed.branch!r}")
    render = _json if parsed.format == "json" else text
    world.stdout.write(render(found, opened.repository))
    return DIFFERENT if found.differences else UNKNOWN if found.unseen or not found.compared else EQUAL


def parser(name: str) -> Parser:
    parser = Parser(name, "compares the protection files with what GitHub has; only what a file says is compared")
    add = parser.add_argument
    add("--live", action="store_true", help="ask GitHub; there is nothing else to compare with yet")
    add("--branch", default="", metavar="BRANCH", help="only what is about this branch (default: all that the files name)")
    add("--format", default="text", choices=("text", "json"), metavar="FORMAT", help="text or json (default: text)")
    protection_live.add_options(parser)
    return parser


def text(found: Comparison, repository: str) -> str:
    """A line for each difference, for whatever could not be seen, and for the whole."""
    lines = [line(difference) for difference in found.differences]
    lines += [f"{f'{unseen.path}: ' if unseen.path else ''}{unseen.label}: not compared: {unseen.reason}" for unseen in found.unseen]
    lines += [f"note: {note.text}" for note in found.notes]
    unseen = f"; {len(found.unseen)} could not be compared" if found.unseen else ""
    said = facts.count(len(found.differences), "difference") if found.differences or found.unseen else "as the files ask"
    lines.append(f"{repository}: {said}, {facts.count(found.compared, 'protection')} compared{unseen}")
    return "".join(f"{printable(each)}\n" for each in lines)


def line(difference: Difference) -> str:
    place = f"{difference.location.path}:{difference.location.line}"
    if not difference.key:
        return f"{place}: {difference.label}: not there"
    return f"{place}: {difference.label}: {difference.key}: the file says {_value(difference.asked)}, live is {_value(difference.live)}"


def _value(value: object) -> str:
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return written if len(written) <= 200 else f"{written[:197]}..."


def _json(found: Comparison, repository: str) -> str:
    verdict = "different" if found.differences else "unknown" if found.unseen or not found.compared else "equal"
    document = {
        "schema_version": 1,
        "repository": repository,
        "verdict": verdict,
        "complete": not found.unseen,
        "compared": found.compared,
        "differences": [
            {
                "path": each.location.path,
                "line": each.location.line,
                "column": each.location.column,
                "about": each.label,
                "key": each.key,
                "asked": each.asked,
                "live": each.live,
            }
            for each in found.differences
        ],
        "unseen": [{"path": each.path, "about": each.label, "reason": each.reason} for each in found.unseen],
        "notes": [note.text for note in found.notes],
    }
    return unicode(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"
