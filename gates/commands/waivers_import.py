"""`gates waivers import [FILE...]`: entries from the ignore lists of other tools; what cannot be translated is listed."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gates.commands import waivers_editing
from gates.commands.options import Parser
from gates.commands.waivers_editing import Opened
from gates.core import source, waivers_edit, waivers_ignores, waivers_import
from gates.core.accountability import owner_problem
from gates.core.errors import UsageError
from gates.core.policy import IGNORE_FILES
from gates.core.waivers_found import Run
from gates.core.waivers_ignores import Ignored, Left
from gates.core.waivers_import import Imported
from gates.core.world import World


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    if problem := owner_problem(parsed.owner):
        raise UsageError(f"--owner: {problem}")
    opened = waivers_editing.open_list(parsed, world)
    waivers_editing.refuse_future(opened)
    ignored = _named(opened, parsed.files, parsed.form) if parsed.files else _usual(opened)
    found = _run(opened, parsed.report, ignored)
    imported = waivers_import.drafts(ignored, found, opened.waivers, parsed.owner, opened.today)
    first = waivers_editing.next_number(opened)
    entries = [draft.fields(f"W-{number:04}") for number, draft in enumerate(imported.drafts, first)]
    if entries and not parsed.dry_run:
        waivers_editing.write(opened, {opened.path: waivers_edit.add(opened.data, opened.path, entries)})
    waivers_editing.say(world, *_told(imported, first, opened, parsed.dry_run))
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "turns the ignore lists of other tools into entries; the lists themselves stay as they are")
    add = parser.add_argument
    usual = ", ".join((*waivers_ignores.USUAL, *IGNORE_FILES, f"{waivers_ignores.WORKFLOWS}/*.yml"))
    add("files", nargs="*", metavar="FILE", help=f"the lists (default: those of {usual} that there are)")
    add("--form", default="", choices=tuple(waivers_ignores.READERS), metavar="FORM", help="what the files are, if their names do not tell")
    add("--owner", required=True, metavar="@TEAM", help="who answers for the entries that name nobody")
    add(
        "--from", dest="report", default="", metavar="REPORT.json", help="the report that tells the packages (default: gates deps runs now)"
    )
    add("--dry-run", action="store_true", help="only say what would be written")
    waivers_editing.add_options(parser, runs=True)
    return parser


def _named(opened: Opened, files: list[str], kind: str) -> list[Ignored | Left]:
    ignored: list[Ignored | Left] = []
    for path in files:
        data = source.read_regular(os.path.join(opened.world.directory, path), path)
        if data is None:
            raise UsageError("no such file", path)
        ignored += waivers_ignores.read(data, path, kind or waivers_ignores.form(path))
    return ignored


def _usual(opened: Opened) -> list[Ignored | Left]:
    """Of the files that stand where the tools look for them."""
    tree = opened.session.trusted
    ignored: list[Ignored | Left] = []
    read = []
    for path in (*waivers_ignores.USUAL, *IGNORE_FILES, *opened.session.policy.files.ignore_files, *_workflows(opened)):
        if path not in read and (data := tree.read(path)) is not None:
            read.append(path)
            ignored += waivers_ignores.read(data, path, waivers_ignores.form(path))
    if not read:
        raise UsageError("there is no ignore list in its usual place; name the files")
    return ignored


def _workflows(opened: Opened) -> Iterator[str]:
    folder = os.path.join(opened.session.place.root, waivers_ignores.WORKFLOWS)
    if os.path.isdir(folder):
        for name in sorted(os.listdir(folder)):
            if name.endswith((".yml", ".yaml")):
                yield f"{waivers_ignores.WORKFLOWS}/{name}"


def _run(opened: Opened, report: str, ignored: list[Ignored | Left]) -> Run:
    gates = waivers_editing.advisory_gates()
    if report or (gates and waivers_import.needs_run(ignored)):
        found = waivers_editing.last_run(opened, report, gates)
        waivers_editing.refuse_broken(found, gates)
        return found
    return Run((), {}, complete=True)


def _told(imported: Imported, first: int, opened: Opened, dry: bool) -> Iterator[str]:
    for number, draft in enumerate(imported.drafts, first):
        sources = ", ".join(f"{path}:{line}" for path, line in draft.sources)
        note = f"; {draft.note}" if draft.note else ""
        yield f"W-{number:04} {draft.rule} in {draft.purl} until {draft.sunset} ({sources}{note})"
    for left in imported.left:
        yield f"not imported: {left.path}:{left.line} {left.what}: {left.why}"
    count = len(imported.drafts)
    written = "would be written" if dry else f"written; review and commit {opened.path}" if count else "written"
    yield f"{count} {'entry' if count == 1 else 'entries'} {written}"
    for path in () if dry else waivers_import.files_still_read(imported, (*IGNORE_FILES, *opened.session.policy.files.ignore_files)):
        yield f"{path} is still read; remove the lines that were imported"
