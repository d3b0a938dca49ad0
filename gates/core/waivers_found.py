"""The findings that a waiver can be about, from a run of now or from the JSON report of one before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from gates.core.documents import Table, plain, read_json
from gates.core.documents.node import DocumentError
from gates.core.errors import UsageError
from gates.core.patterns import lazy
from gates.core.purl import Purl, parse_purl, same_package
from gates.core.report import GateResult, Judged
from gates.core.waivers import ADVISORY_GATES

MAX_REPORT = 64 << 20  # bytes

_PREFIX = lazy(r"[0-9a-f]{4,32}")
_BY_ADVISORY = "vulnerable-package"  # the rule whose findings are waived by the advisory that they name


class Found(NamedTuple):
    """`ids` are the advisory's, its own first: empty for a finding that is about none. `waived_by` is "" or the id of the waiver."""

    gate: str
    rule: str
    subject: str
    fingerprint: str
    message: str
    path: str  # "" where it has no place
    line: int
    ids: tuple[str, ...] = ()
    purl: Purl | None = None
    waived_by: str = ""

    def is_advisory(self, name: str) -> bool:
        return name.lower() in map(str.lower, self.ids)

    def __str__(self) -> str:
        package = f" {self.purl}" if self.purl else ""
        place = f"{self.path}:{self.line}" if self.path and self.line else self.path or self.gate
        return f"{self.ids[0] if self.ids else self.rule}{package} in {place} ({self.fingerprint[:12]})"


class Run(NamedTuple):
    """What a run says. `status` is by gate; `complete`: none of them broke down. `stale` are the ids of the entries that it calls so."""

    found: tuple[Found, ...]
    status: Mapping[str, str]
    complete: bool
    stale: frozenset[str] = frozenset()


def of_results(results: Iterable[GateResult]) -> Run:
    results = tuple(results)
    found = tuple(_judged(result.gate, judged) for result in results for judged in result.findings)
    status = {result.gate: result.status for result in results}
    return Run(found, status, "error" not in status.values(), _stale(found))


def of_report(data: bytes, path: str) -> Run:
    """Of a file that `--format json` wrote. Raises DocumentError for any other."""
    top = Table(read_json(data, path, max_bytes=MAX_REPORT), path, "the report")
    if "schema_version" not in top or "gates" not in top:
        raise DocumentError("is no report of gates; write one with --format json=FILE", path)
    if top.whole("schema_version") != 1:
        raise top.error("'schema_version' must be 1: the report was written by another version of gates", "schema_version")
    found: list[Found] = []
    status: dict[str, str] = {}
    for gate in top.tables("gates", None):
        name = gate.text("gate")
        status[name] = gate.text("status")
        found += (_reported(name, each) for each in gate.tables("findings", None))
    return Run(tuple(found), status, top.flag("complete"), _stale(found))


def _stale(found: Iterable[Found]) -> frozenset[str]:
    return frozenset(each.subject for each in found if each.rule == "waivers/stale")


def _judged(gate: str, judged: Judged) -> Found:
    found = judged.finding
    place = found.location
    waiver = judged.waiver
    return Found(
        gate,
        found.rule.id,
        found.subject,
        judged.fingerprint,
        found.message,
        place.path if place else "",
        place.line if place else 0,
        _ids(gate, found.rule.id, found.subject, found.data),
        _purl(found.data),
        waiver.id if waiver and waiver.kind != "baseline" else "",
    )


def _reported(gate: str, table: Table) -> Found:
    location, waiver, data = (_object(table, key) for key in ("location", "waiver", "data"))
    rule, subject = table.text("rule"), table.text("subject")
    line = location.get("line")
    place = (str(location.get("path", "")), line if isinstance(line, int) else 0)
    waived_by = str(waiver.get("id", "")) if waiver.get("kind") != "baseline" else ""
    ids = _ids(gate, rule, subject, data)
    return Found(gate, rule, subject, table.text("fingerprint"), table.text("message"), *place, ids, _purl(data), waived_by)


def _object(table: Table, key: str) -> Mapping[str, object]:
    node = table.node(key)
    value = plain(node) if node else None
    return value if isinstance(value, dict) else {}


def _ids(gate: str, rule: str, subject: str, data: Mapping[str, object]) -> tuple[str, ...]:
    if gate not in ADVISORY_GATES or rule != f"{gate}/{_BY_ADVISORY}":
        return ()
    aliases = data.get("aliases")
    names = [name for name in aliases if isinstance(name, str)] if isinstance(aliases, list | tuple) else []
    return tuple(dict.fromkeys((*subject.split()[:1], *names)))


def _purl(data: Mapping[str, object]) -> Purl | None:
    package = data.get("package")
    purl = package.get("purl") if isinstance(package, Mapping) else None
    try:
        return parse_purl(purl) if isinstance(purl, str) else None
    except ValueError:
        return None


# Which of them is meant


def by_fingerprint(run: Run, prefix: str, gates: Collection[str]) -> Found:
    """The one finding whose fingerprint starts so. Raises UsageError."""
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(
            f"{prefix!r} is no fingerprint, 4 to 32 hex digits; an advisory goes with its package, as in CVE-2024-1 pkg:pypi/name"
        )
    found = [each for each in run.found if each.fingerprint.startswith(prefix) and each.gate in gates]
    if not found:
        raise UsageError(f"no finding has a fingerprint that starts with {prefix}; a waiver covers what a run has found")
    if len({each.fingerprint for each in found}) > 1:
        raise UsageError(f"{prefix} is short: it starts {_some(found)}")
    return found[0]


def by_advisory(run: Run, advisory: str, purl: Purl, gates: Collection[str]) -> list[Found]:
    """All findings of the advisory in the package, at least one. Raises UsageError."""
    named = [each for each in run.found if each.gate in gates and each.is_advisory(advisory)]
    found = [each for each in named if each.purl and same_package(purl, each.purl)]
    if not found:
        others = f"; it is found in {_some(named)}" if named else ""
        raise UsageError(f"no finding is about {advisory} in {purl}{others}; a waiver covers what a run has found")
    return found


def packages(run: Run, advisory: str) -> list[Purl]:
    """The packages that the advisory was found in, without their versions."""
    found = (each.purl._replace(version="") for each in run.found if each.purl and each.is_advisory(advisory))
    return list(dict.fromkeys(found))


def same_advisory(run: Run, advisory: str) -> tuple[str, ...]:
    """All ids of it that the run knows, in lower case and sorted; itself alone where the run knows nothing of it."""
    ids = {name.lower() for each in run.found if each.is_advisory(advisory) for name in each.ids}
    return tuple(sorted(ids or {advisory.lower()}))


def broken(run: Run, gates: Collection[str]) -> list[str]:
    return [gate for gate, status in run.status.items() if status == "error" and gate in gates]


def _some(found: Sequence[Found]) -> str:
    return ", ".join(map(str, found[:5])) + (", …" if len(found) > 5 else "")
