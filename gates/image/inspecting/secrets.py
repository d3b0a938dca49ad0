"""Secrets in files of layers, and files that are there to hold them: of every layer, seen at the end or not.

What a package brings to everybody is no secret of whoever built the image: that is told in one line for each package. What lies where
package managers without checksums put packages of others, and in documentation, is never graver than medium.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from gates.core.finding import Finding, Rule, Severity
from gates.core.patterns import lazy
from gates.detect.kinds import Kind
from gates.detect.places import IN_TEST, is_test, lowered
from gates.image.inspecting.about import About, told
from gates.image.inspecting.lanes import Digests, Hit
from gates.image.inspecting.owners import is_bookkeeping
from gates.image.inspecting.walk import Fate
from gates.image.rules import contents as rules

_LISTED: Final = 20
_OTHERS = lazy(
    r"(?:.+/)?node_modules/(?!\.cache/).+|usr/(?:local/)?share/(?:doc|man|info)/.+|go/pkg/mod/.+|usr/local/go/.+|(?:.+/)?\.?cargo/registry/.+"
    r"|(?:.+/)?\.m2/repository/.+|(?:.+/)?gems/[^/]+-[0-9][^/]*/.+|usr/local/share/\.cache/yarn/.+|opt/conda/pkgs/.+"
)
_OF_OTHERS: Final = "in a package or documentation of others, so no graver than medium"
_SNAKEOIL: Final = "etc/ssl/private/ssl-cert-snakeoil.key"
_OF_NOBODY: Final = "made when ssl-cert was installed, for a certificate that nobody trusts"


_What = TypeVar("_What")


class Sensitive(NamedTuple):
    path: str
    kind: Kind
    digests: Digests | None


class Found(NamedTuple):
    """A hit or a sensitive file in a layer of that number. `place` is where it lies with links followed, which names it in the report."""

    place: str
    layer: int
    fate: Fate | None
    package: str  # that brings the file as it is, "" for none
    what: Hit | Sensitive


def told_of(hit: Hit) -> bool:
    """In the lists that package managers keep, names and digests look like secrets that are known by their place."""
    return not (hit.match.family.reader and is_bookkeeping(hit.path))


def findings(about: About, found: Sequence[Found]) -> Iterator[Finding]:
    own = [each for each in found if not each.package]
    hits = [(each, each.what) for each in own if isinstance(each.what, Hit)]
    leaking = {each.place for each, _ in hits}
    yield from _secrets(about, [(each, hit) for each, hit in hits if not _OTHERS.fullmatch(each.place)])
    yield from _of_others(about, [(each, hit) for each, hit in hits if _OTHERS.fullmatch(each.place)])
    named = [(each, each.what) for each in own if isinstance(each.what, Sensitive)]
    # Of a file that is a key and nothing else, the key that was found in it says it all.
    yield from _sensitive(about, [(each, what) for each, what in named if not (what.kind.key and each.place in leaking)])
    yield from _packages(about, [each for each in found if each.package])


def _secrets(about: About, hits: Sequence[tuple[Found, Hit]]) -> Iterator[Finding]:
    groups: dict[tuple[str, str, bytes], list[tuple[Found, Hit]]] = {}
    for each, hit in hits:
        groups.setdefault((each.place, hit.match.family.id, hit.match.identity), []).append((each, hit))
    taken: dict[str, int] = {}
    for (place, family, _), group in groups.items():
        each, hit = _shown(group)
        match = hit.match
        # Two secrets of a file may share their 24 bits: the second is told apart by its ordinal.
        subject = f"{place}:{family}:{match.subject}"
        taken[subject] = taken.get(subject, 0) + 1
        if taken[subject] > 1:
            subject = f"{subject}-{taken[subject]}"
        severity, why = _judged(max(one.match.severity for _, one in group), place)
        notes = [match.redacted, *({"invalid": ["wrong in its structure"], "valid": ["its structure checks out"]}.get(match.structure, []))]
        notes += [f"in {match.encoding}"] if match.encoding else []
        notes += [f"{len(group)} times"] if len(group) > 1 else []
        message = f"{_at(place, match.line)} holds {match.family.title} ({'; '.join(notes + why)}), {about.where(each.layer, each.fate)}"
        data: dict[str, object] = {
            "path": place,
            "family": family,
            "structure": match.structure,
            "line": match.line,
            "occurrences": len(group),
            **_fate(group),
        }
        remedy = f"{_ways_out(each)}; {match.family.remedy}"
        yield told(about, rules.SECRET_IN_LAYER, message, subject, layer=each.layer, severity=severity, remedy=remedy, data=data)


def _of_others(about: About, hits: Sequence[tuple[Found, Hit]]) -> Iterator[Finding]:
    """One finding for each file: sources that come with test vectors have dozens in one."""
    groups: dict[str, list[tuple[Found, Hit]]] = {}
    for each, hit in hits:
        groups.setdefault(each.place, []).append((each, hit))
    for place, group in groups.items():
        each, hit = max(group, key=lambda pair: (pair[1].match.severity, -pair[1].match.start))
        shown, _ = _shown(group)
        severity, why = _judged(hit.match.severity, place)
        values = len({(one.match.family.id, one.match.identity) for _, one in group})
        more = f" and {values - 1} more" if values > 1 else ""
        notes = "; ".join((hit.match.redacted, *why))
        message = f"{_at(place, hit.match.line)} holds {hit.match.family.title}{more} ({notes}), {about.where(shown.layer, shown.fate)}"
        families = sorted({one.match.family.id for _, one in group})
        data: dict[str, object] = {"path": place, "families": families, "line": hit.match.line, "secrets": values, **_fate(group)}
        remedy = f"nothing, unless the package is your own: then {hit.match.family.remedy}"
        yield told(about, rules.SECRET_IN_LAYER, message, place, layer=shown.layer, severity=severity, remedy=remedy, data=data)


def _sensitive(about: About, named: Sequence[tuple[Found, Sensitive]]) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[tuple[Found, Sensitive]]] = {}
    for each, what in named:
        groups.setdefault((each.place, what.kind.id), []).append((each, what))
    for (place, kind_id), group in groups.items():
        each, what = _shown(group)
        severity, why = _judged(what.kind.severity, place)
        notes = f" ({'; '.join(why)})" if why else ""
        message = f"/{place} is {what.kind.title}{notes}, {about.where(each.layer, each.fate)}"
        data = {"path": place, "kind": kind_id, **_fate(group)}
        subject = f"{place}:{kind_id}"
        remedy = f"{_ways_out(each)}; {what.kind.rotate}"
        yield told(about, rules.SENSITIVE_FILE, message, subject, layer=each.layer, severity=severity, remedy=remedy, data=data)


def _packages(about: About, found: Sequence[Found]) -> Iterator[Finding]:
    groups: dict[tuple[str, bool], list[Found]] = {}
    for each in found:
        groups.setdefault((each.package, isinstance(each.what, Hit)), []).append(each)
    for (package, is_hit), group in groups.items():
        paths = list(dict.fromkeys(each.place for each in group))
        rule: Rule = rules.SECRET_IN_LAYER if is_hit else rules.SENSITIVE_FILE
        what = "what looks like a secret" if is_hit else "what looks like a file of credentials"
        more = f" and {len(paths) - 1} more" if paths[1:] else ""
        message = (
            f"the package {package} brings {what} to everybody who installs it (/{paths[0]}{more}), {about.where(group[0].layer, None)}"
        )
        kinds = {each.what.match.family.id if isinstance(each.what, Hit) else each.what.kind.id for each in group}
        data = {"owner": package, "paths": paths[:_LISTED], "files": len(paths), "kinds": sorted(kinds)}
        remedy = "nothing, unless the package is your own: then take it out there, and change it"
        subject = f"package {package}"
        layer = group[0].layer
        yield told(about, rule, message, subject, layer=layer, severity=Severity.LOW, remedy=remedy, data=data)


def _shown(group: Sequence[tuple[Found, _What]]) -> tuple[Found, _What]:
    """The one that can be seen at the end, else the last that was there."""
    return min(group, key=lambda pair: (pair[0].fate is not None, -pair[0].layer if pair[0].fate else pair[0].layer))


def _fate(group: Sequence[tuple[Found, object]]) -> Mapping[str, object]:
    ends = [each.fate for each, _ in group]
    last = None if None in ends else max(end.layer for end in ends if end)
    return {"layers": sorted({each.layer for each, _ in group}), "removed_in_layer": last}


def _judged(severity: Severity, place: str) -> tuple[Severity, list[str]]:
    why = []
    if is_test(place):
        severity = lowered(severity)
        why.append(IN_TEST)
    for holds, reason in ((_OTHERS.fullmatch(place) is not None, _OF_OTHERS), (place == _SNAKEOIL, _OF_NOBODY)):
        if holds and severity > Severity.MEDIUM:
            severity = Severity.MEDIUM
            why.append(reason)
    return severity, why


def _at(place: str, line: int) -> str:
    return f"/{place} (line {line})"


def _ways_out(each: Found) -> str:
    if each.fate:
        return "make and remove it in one RUN, or hand it to the build with RUN --mount=type=secret: what a later layer removes is kept"
    return "rebuild without it: name the file in .dockerignore, or hand it to the build with RUN --mount=type=secret"
