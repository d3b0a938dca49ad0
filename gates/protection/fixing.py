"""Writes the name that a required context was meant to be over the one that nothing reports, and touches nothing else of the file."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from gates.core.finding import Finding
from gates.github.requirement import RequiredContext

_MARK = "\ufeff"  # places count without it


class Fix(NamedTuple):
    """`old` and `new` are names of contexts; `line` and `column` are where the old one's text starts, its quote included."""

    path: str
    line: int
    column: int
    old: str
    new: str


def fixes(findings: Iterable[Finding], contexts: Iterable[RequiredContext]) -> list[Fix]:
    """By place: every listing, in a JSON file, of a context of which a finding says for certain what was meant by it."""
    meant: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in findings:
        replacement = each.data.get("replacement")
        if isinstance(replacement, str) and each.location:
            meant[each.location.path, str(each.data["context"])].add(replacement)
    found = set()
    for context in contexts:
        where = context.location
        news = meant.get((where.path, context.name), set())
        if len(news) == 1 and where.path.endswith(".json"):
            found.add(Fix(where.path, where.line, where.column, context.name, *news))
    return sorted(found)


def applied(data: bytes, fixes: Iterable[Fix]) -> tuple[bytes, list[Fix]]:
    """The file with the names changed, and the fixes that were made. A name that is spelt in another way than JSON's own is left alone."""
    text = data.decode("utf-8")
    mark = _MARK if text.startswith(_MARK) else ""
    lines = text.removeprefix(_MARK).split("\n")
    made = []
    for fix in sorted(fixes, reverse=True):  # from the end, so that the places before stay
        line = lines[fix.line - 1] if fix.line <= len(lines) else ""
        before, after = line[: fix.column - 1], line[fix.column - 1 :]
        for old in {json.dumps(fix.old), json.dumps(fix.old, ensure_ascii=False)}:
            if after.startswith(old):
                lines[fix.line - 1] = before + json.dumps(fix.new, ensure_ascii=False) + after[len(old) :]
                made.append(fix)
                break
    return (mark + "\n".join(lines)).encode(), made[::-1]
