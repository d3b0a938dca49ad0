"""The exceptions about advisories as other tools read them, each meaning at most what ours means.

Those tools never decide about a run of gates. What an entry says and a tool has no word for is not left out of the entry, which would
widen it: the entry is left out, and said to be. Formats: https://trivy.dev/latest/docs/configuration/filtering/#trivyignoreyaml,
https://google.github.io/osv-scanner/configuration/, https://github.com/anchore/grype (ignore rules).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from json import dumps
from typing import NamedTuple

from gates.core.accountability import live
from gates.core.purl import Purl
from gates.core.waivers import ADVISORY_GATES, Waiver, Waivers

GRYPE_TYPES = {"pypi": "python", "npm": "npm"}  # purl type -> what grype calls it


class Left(NamedTuple):
    """An entry that is not in the export, and why."""

    id: str
    why: str


class Item(NamedTuple):
    """One advisory of one entry."""

    waiver: Waiver
    advisory: str


class Exported(NamedTuple):
    text: str
    number: int  # of advisories
    left: tuple[Left, ...]


Obstacle = Callable[[Waiver], str]  # why the tool cannot be told of this entry, "" where it can


def export(waivers: Waivers, today: date, to: str) -> Exported:
    """The same waivers on the same day give the same bytes. `to` is one of `FORMS`."""
    obstacle, written = FORMS[to]
    items, left = select(waivers, today, obstacle)
    return Exported(written(items), len(items), left)


def select(waivers: Waivers, today: date, obstacle: Obstacle, *, images: bool = False) -> tuple[list[Item], tuple[Left, ...]]:
    """What still counts and is about advisories, by advisory and entry; and what is not exported. `images`: what is about one too."""
    items: list[Item] = []
    left: list[Left] = []
    for waiver in waivers.entries:
        if waiver.gate not in ADVISORY_GATES or not live(waiver.sunset, today):
            continue
        if why := _no_advisory(waiver, images) or obstacle(waiver):
            left.append(Left(waiver.id, why))
        else:
            items += (Item(waiver, advisory) for advisory in waiver.rules)
    return sorted(items, key=lambda item: (item.advisory, str(item.waiver.purl or ""), item.waiver.id)), tuple(left)


def _no_advisory(waiver: Waiver, images: bool) -> str:
    if not waiver.rules or any("/" in rule for rule in waiver.rules):
        return "it names no advisory"
    return "it covers one image, and the list would hold for all" if waiver.image and not images else ""


def _day_after(waiver: Waiver) -> date:
    """These tools stop at the beginning of the day that they are given."""
    return waiver.sunset + timedelta(1)


def _no_word_for(waiver: Waiver, *, purl: bool = True, paths: bool = True, versions: bool = False, until_fixed: bool = False) -> str:
    """The flags say what the tool can express; without `purl` it cannot tell versions of the package apart either."""
    if waiver.fingerprint:
        return "a fingerprint has no counterpart"
    if waiver.versions and not versions:
        return "a range of versions has no counterpart"
    if waiver.purl and waiver.purl.version and not purl:
        return "a single version has no counterpart"
    if waiver.paths and not paths:
        return "paths have no counterpart"
    if waiver.until_fixed and not until_fixed:
        return "until_fixed has no counterpart"
    return ""


# Trivy


def _not_for_trivy(waiver: Waiver) -> str:
    if any(mark in path for path in waiver.paths for mark in "[]{}"):
        return "brackets and braces in a path mean something else to Trivy"
    return _no_word_for(waiver)


def _trivy(items: Iterable[Item]) -> str:
    lines = ["# Written by gates waivers export. A day is the first on which Trivy reports the finding again.", "vulnerabilities:"]
    for waiver, advisory in items:
        lines.append(f"  - id: {_quoted(advisory)}")
        if waiver.purl:
            lines.append(f"    purls: [{_quoted(escaped(waiver.purl))}]")
        if waiver.paths:
            lines.append(f"    paths: [{', '.join(map(_quoted, waiver.paths))}]")
        lines += [f"    expired_at: {_day_after(waiver)}", f"    statement: {_quoted(_statement(waiver))}"]
    return _lines(lines, empty="vulnerabilities: []")


# osv-scanner


def _not_for_osv(waiver: Waiver) -> str:
    return _no_word_for(waiver, purl=False, paths=False)


def _osv(items: Iterable[Item]) -> str:
    """An id is ignored in every package; of several entries for one id the nearest end counts, for osv-scanner takes the first."""
    nearest: dict[str, Item] = {}
    for item in items:
        known = nearest.setdefault(item.advisory.lower(), item)
        if item.waiver.sunset < known.waiver.sunset:
            nearest[item.advisory.lower()] = item
    lines = ["# Written by gates waivers export. A moment is the first at which osv-scanner reports the finding again."]
    for waiver, advisory in nearest.values():
        lines += ["", "[[IgnoredVulns]]", f"id = {_quoted(advisory)}", f"ignoreUntil = {_day_after(waiver)}T00:00:00Z"]
        lines.append(f"reason = {_quoted(_statement(waiver))}")
    return _lines(lines)


# grype


def _not_for_grype(waiver: Waiver) -> str:
    if waiver.purl and waiver.purl.type not in GRYPE_TYPES:
        return f"packages of the type {waiver.purl.type} are not known here by grype's name"
    return _no_word_for(waiver, paths=False, until_fixed=True)


def _grype(items: Iterable[Item]) -> str:
    lines = ["# Written by gates waivers export. grype knows no last day: write this file anew for each scan.", "ignore:"]
    for waiver, advisory in items:
        lines.append(f"  - vulnerability: {_quoted(advisory)}")
        if waiver.until_fixed:
            lines.append("    fix-state: not-fixed")
        if waiver.purl:
            lines += [
                "    package:",
                f"      name: {_quoted(_literal(_name(waiver.purl)))}",
                f"      type: {GRYPE_TYPES[waiver.purl.type]}",
            ]
            if waiver.purl.version:
                lines.append(f"      version: {_quoted(waiver.purl.version)}")
        lines.append(f"    reason: {_quoted(_statement(waiver))}")
    return _lines(lines, empty="ignore: []")


def _literal(name: str) -> str:
    """grype takes the name for a regular expression, and matches it as a whole."""
    return "".join(f"\\{character}" if character in ".+*?()[]{}|^$\\" else character for character in name)


# What all write


def _name(purl: Purl) -> str:
    return "/".join(filter(None, (purl.namespace, purl.name)))


def escaped(purl: Purl) -> str:
    """The purl for programs: https://github.com/package-url/purl-spec."""
    from urllib.parse import quote

    path = "/".join(quote(part, safe="") for part in (*filter(None, purl.namespace.split("/")), purl.name))
    return f"pkg:{purl.type}/{path}" + (f"@{quote(purl.version, safe='')}" if purl.version else "")


def _statement(waiver: Waiver) -> str:
    return f"{waiver.id}, {waiver.owner}, until {waiver.sunset}: {waiver.reason}"


def _quoted(text: str) -> str:
    """In double quotes, as YAML and TOML read it alike: JSON's escapes, ASCII but for what has no short escape."""
    quoted = dumps(text, ensure_ascii=False)
    return "".join(character if character.isprintable() else _escape(ord(character)) for character in quoted)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _lines(lines: list[str], *, empty: str = "") -> str:
    """The lines; of a document that lists nothing the last one says so."""
    if empty and len(lines) == 2:
        lines = [lines[0], empty]
    return "".join(f"{line}\n" for line in lines)


FORMS: Mapping[str, tuple[Obstacle, Callable[[Iterable[Item]], str]]] = {
    "trivy": (_not_for_trivy, _trivy),
    "osv": (_not_for_osv, _osv),
    "grype": (_not_for_grype, _grype),
}
