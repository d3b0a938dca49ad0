"""What differs between two SBOMs, written: for a terminal, for release notes, for programs. Every name in it comes from the documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gates.core.report import Judged, Report
from gates.report.escape import markdown, markdown_cell, printable
from gates.report.facts import could_not_run, count
from gates.sbom.comparing import Change, Comparison, Package, Present, Rehashed, Summary

SHOWN = 200  # lines of a section, and findings in full: more is for programs to read
BUDGET = 60_000  # characters of the tables: GitHub takes 125,000 as the notes of a release
_LONG = 160  # characters of a value
_MANY = 8  # values in one place

Object = dict[str, Any]
Verdicts = Mapping[str, Judged]  # by subject


def verdicts(report: Report) -> Verdicts:
    return {judged.finding.subject: judged for result in report.gates if result.gate == "sbom" for judged in result.findings}


# for a terminal


def text(comparison: Comparison) -> str:
    return "".join(f"{line}\n" for line in _lines(comparison))


def _lines(comparison: Comparison) -> Iterator[str]:
    before, after = comparison.before, comparison.after
    yield f"{printable(_short(_root(before)))} -> {printable(_short(_root(after)))}: {_totals(comparison)}"
    if comparison.other_root:
        yield "the two describe different things"
    yield from _section("added", comparison.added, _present)
    yield from _section("removed", comparison.removed, _present)
    yield from _section("version changed", comparison.versions, _version)
    yield from _section("licence changed", comparison.licences, _change)
    yield from _section("supplier changed", comparison.suppliers, _change)
    yield from _section("scope changed", comparison.scopes, _change)
    yield from _section("hash changed", comparison.hashes, _rehashed)


def _section(title: str, entries: Sequence[Any], line: Callable[[Any], str]) -> Iterator[str]:
    if entries:
        yield ""
        yield f"{title} ({len(entries):,})"
        yield from (f"  {line(entry)}" for entry in entries[:SHOWN])
        if len(entries) > SHOWN:
            yield f"  and {len(entries) - SHOWN:,} more (--format json lists each)"


def _present(entry: Present) -> str:
    licences = f" ({_text(entry.licences)})" if entry.licences else ""
    return f"{_package(entry.package)} {_text(entry.versions)}{licences}"


def _version(entry: Change) -> str:
    return _change(entry) + (f" ({entry.direction})" if entry.direction else "")


def _change(entry: Change) -> str:
    return f"{_package(entry.package)} {_text(entry.before)} -> {_text(entry.after)}"


def _rehashed(entry: Rehashed) -> str:
    return f"{_package(entry.package)} {printable(_short(entry.version))}: {entry.why}"


def _package(package: Package) -> str:
    return printable(_short(str(package)))


def _text(values: Sequence[str]) -> str:
    return ", ".join(printable(value) for value in _few(values)) or "none"


# for release notes


class _Table(NamedTuple):
    """`number` is how many rows there are; `rows` are those that may be shown."""

    title: str
    head: tuple[str, ...]
    rows: Iterable[tuple[str, ...]]
    number: int


def notes(comparison: Comparison | None, report: Report) -> str:
    """GitHub's and GitLab's Markdown, short enough for the notes of a release. Without a comparison it says why there is none."""
    lines = [*_notes(comparison, verdicts(report))] if comparison else ["### Components", "", *_reasons(report)]
    return "".join(f"{line}\n" for line in lines)


def _reasons(report: Report) -> Iterator[str]:
    yield "The two SBOMs were not compared."
    yield ""
    for result in could_not_run(report):
        yield f"- {markdown(_short(result.reason))}"
        yield from (f"- {markdown(_short(error.path))}: {markdown(_short(error.message))}" for error in result.errors)


def _notes(comparison: Comparison, judged: Verdicts) -> Iterator[str]:
    yield "### Components"
    yield ""
    before, after = _root(comparison.before), _root(comparison.after)
    yield f"{markdown(_short(before))} → {markdown(_short(after))}: {_totals(comparison)}."
    if comparison.other_root:
        yield ""
        yield "**The two describe different things.**"
    left = BUDGET
    for table in _tables(comparison, judged):
        for line in _shown(table, left):
            left -= len(line) + 1
            yield line


def _tables(comparison: Comparison, judged: Verdicts) -> Iterator[_Table]:
    """What has to be looked into comes first."""
    hashes = ((*_hash_cells(entry), _verdict(judged.get(entry.subject))) for entry in comparison.hashes)
    yield _Table("Same version, other hash", ("package", "version", "what", "before", "now", ""), hashes, len(comparison.hashes))
    for title, present in (("Added", comparison.added), ("Removed", comparison.removed)):
        rows = ((_cell(entry.package), _cells(entry.versions), _cells(entry.licences)) for entry in present)
        yield _Table(title, ("package", "version", "licence"), rows, len(present))
    versions = ((_cell(entry.package), _cells(entry.before), _cells(entry.after), entry.direction) for entry in comparison.versions)
    yield _Table("Version changed", ("package", "before", "now", ""), versions, len(comparison.versions))
    for title, changes in (
        ("Licence changed", comparison.licences),
        ("Supplier changed", comparison.suppliers),
        ("Scope changed", comparison.scopes),
    ):
        said = ((_cell(entry.package), _cells(entry.before), _cells(entry.after)) for entry in changes)
        yield _Table(title, ("package", "before", "now"), said, len(changes))


def _shown(table: _Table, budget: int) -> Iterator[str]:
    """Rows as long as there are characters for them; what they are of, and how many there are, is said in any case."""
    if not table.number:
        return
    yield ""
    yield f"#### {table.title} ({table.number:,})"
    yield ""
    rows: list[str] = []
    for cells in table.rows:
        row = f"| {' | '.join(cells)} |"
        budget -= len(row) + 1
        if budget < 0 or len(rows) == SHOWN:
            break
        rows.append(row)
    if rows:
        yield f"| {' | '.join(table.head)} |"
        yield "|" + " --- |" * len(table.head)
        yield from rows
    if more := table.number - len(rows):
        yield from ("",) * bool(rows)
        yield f"… and {more:,} more."


def _hash_cells(entry: Rehashed) -> tuple[str, ...]:
    return _cell(entry.package), _cell(entry.version), entry.why, _cells(entry.before), _cells(entry.after)


def _cell(value: Package | str) -> str:
    return markdown_cell(_short(str(value)))


def _cells(values: Sequence[str]) -> str:
    return ", ".join(markdown_cell(value) for value in _few(values)) or "–"  # noqa: RUF001  # a dash in an empty cell


def _verdict(judged: Judged | None) -> str:
    if judged is None:
        return ""
    if judged.waiver:
        return f"waived by {markdown_cell(judged.waiver.id)} until {judged.waiver.sunset}"
    return "**blocks**" if judged.blocking else "does not block"


# for programs


def plain(comparison: Comparison) -> Object:
    """All of it, nothing cut."""
    return {
        "before": _side(comparison.before),
        "after": _side(comparison.after),
        "added": [_listed(entry) for entry in comparison.added],
        "removed": [_listed(entry) for entry in comparison.removed],
        "versions": [{**_both(entry), "direction": entry.direction} for entry in comparison.versions],
        "licences": [_both(entry) for entry in comparison.licences],
        "suppliers": [_both(entry) for entry in comparison.suppliers],
        "scopes": [_both(entry) for entry in comparison.scopes],
        "hashes": [
            {
                "package": str(entry.package),
                "version": entry.version,
                "replaced": entry.replaced,
                "why": entry.why,
                "before": list(entry.before),
                "after": list(entry.after),
                "subject": entry.subject,
            }
            for entry in comparison.hashes
        ],
    }


def _side(side: Summary) -> Object:
    root = {"package": str(side.root), "name": side.root_name, "version": side.root_version} if side.root else None
    return {"path": side.path, "root": root, "components": side.components}


def _listed(entry: Present) -> Object:
    return {"package": str(entry.package), "versions": list(entry.versions), "licences": list(entry.licences)}


def _both(entry: Change) -> Object:
    return {"package": str(entry.package), "before": list(entry.before), "after": list(entry.after)}


# for all


def _root(side: Summary) -> str:
    return f"{side.root_name} {side.root_version}".strip() if side.root else "what is not told"


def _totals(comparison: Comparison) -> str:
    parts = (
        (len(comparison.added), "added"),
        (len(comparison.removed), "removed"),
        (len(comparison.versions), "with other versions"),
        (len(comparison.licences), "with another licence"),
        (len(comparison.suppliers), "with another supplier"),
        (len(comparison.scopes), "with another scope"),
        (len(comparison.hashes), "with other hashes"),
    )
    differ = ", ".join(f"{number:,} {what}" for number, what in parts if number) or "no difference"
    return f"{count(comparison.after.components, 'component')}, {comparison.before.components:,} before; {differ}"


def _few(values: Sequence[str]) -> Iterator[str]:
    yield from map(_short, values[:_MANY])
    if len(values) > _MANY:
        yield f"and {len(values) - _MANY} more"


def _short(value: str) -> str:
    return value if len(value) <= _LONG else value[: _LONG - 1] + "…"
