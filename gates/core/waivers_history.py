"""How often each exception was prolonged, counted in the history of the list: the entry itself could leave it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from gates.core import git
from gates.core.deadline import Deadline
from gates.core.documents import DocumentError, plain, read_yaml
from gates.core.documents.table import parse_day
from gates.core.errors import GateUnavailable
from gates.core.finding import Finding, Location, finding
from gates.core.patterns import lazy
from gates.core.waivers import RENEWALS_UNKNOWN, RENEWED_TOO_OFTEN, RENEWED_UNCHANGED, Waiver, Waivers, list_fields, name

_NUMBERED = lazy(r"W-([0-9]{1,9})")
_SCOPE = ("gate", "rule", "purl", "versions", "paths", "image", "fingerprint")


class Past(NamedTuple):
    """An entry in one version of a list. `scope` is what it covers, `words` why and where it is worked on."""

    id: str
    scope: str
    sunset: date
    words: tuple[str, str]


class Renewals(NamedTuple):
    """`unchanged`: the last of them kept reason and ticket."""

    times: int = 0
    unchanged: bool = False


class History(NamedTuple):
    """By the id of the entry. `unknown` is why nothing is known, "" where all is. `ids` are all that the lists ever held."""

    renewals: Mapping[str, Renewals] = MappingProxyType({})
    ids: frozenset[str] = frozenset()
    unknown: str = ""

    def counts(self) -> dict[str, int]:
        return {entry: renewals.times for entry, renewals in self.renewals.items()}


def read(repository: git.Repository | None, commit: str, data: Mapping[str, bytes], deadline: Deadline) -> History:
    """`data` are the lists as they are now, by path; `commit` is the newest of their history, "" where there is none yet.

    What the history lacks, and what git cannot read, makes it unknown as a whole.
    """
    if repository is None:
        return History(unknown="the list lies in no git work tree")
    renewals: dict[str, Renewals] = {}
    ids: set[str] = set()
    try:
        for path, now in data.items():
            before = _contents(repository, commit, path, deadline) if commit else []
            versions = [entries(version, path) for version in (*before, now)]
            renewals |= count(versions)
            ids.update(entry.id for version in versions for entry in version)
    except GateUnavailable as error:
        return History(unknown=str(error))
    return History(renewals, frozenset(ids))


def count(versions: Sequence[Sequence[Past]]) -> dict[str, Renewals]:
    """For the entries of the last version; the versions come in order.

    A renewal is a sunset later than all before it, of the entry with that id or of one that covers the same: another id, an entry that
    was gone for a while, or a branch that is behind make no difference.
    """
    by_id: list[dict[str, list[Past]]] = []
    for version in versions:
        known: dict[str, list[Past]] = {}
        for entry in version:
            known.setdefault(f"id {entry.id.lower()}", []).append(entry)
            known.setdefault(f"scope {entry.scope}", []).append(entry)
        by_id.append(known)
    return {entry.id: _renewals(entry, by_id) for entry in (versions[-1] if versions else ())}


def _renewals(entry: Past, versions: Iterable[Mapping[str, Sequence[Past]]]) -> Renewals:
    times = 0
    latest: Past | None = None
    words_before: tuple[str, str] | None = None
    for known in versions:
        same = (*known.get(f"id {entry.id.lower()}", ()), *known.get(f"scope {entry.scope}", ()))
        if not same:
            continue
        found = max(same, key=lambda each: each.sunset)
        if latest is None or found.sunset > latest.sunset:
            if latest is not None:
                times += 1
                words_before = latest.words
            latest = found
        elif found.sunset == latest.sunset:
            latest = found  # its words may have been mended since
    return Renewals(times, words_before == entry.words)


def entries(data: bytes, path: str) -> list[Past]:
    """What an old version of a list held, as far as it can be read: one that cannot is none that was ever in force."""
    return list(_of_file(data, path) if path.endswith((".yaml", ".yml")) else _of_list(data))


def _of_file(data: bytes, path: str) -> Iterator[Past]:
    try:
        document = plain(read_yaml(data, path))
    except DocumentError:
        return
    listed = document.get("waivers") if isinstance(document, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        sunset = parse_day(str(entry.get("sunset"))) if isinstance(entry, dict) else None
        if sunset is not None and isinstance(entry.get("id"), str):
            scope = " ".join(_flat(entry.get(key)) for key in _SCOPE)
            words = (" ".join(str(entry.get("reason", "")).split()), str(entry.get("ticket", "")))
            yield Past(entry["id"], scope, sunset, words)


def _flat(value: object) -> str:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return repr(sorted(str(item).lower() for item in items))


def _of_list(data: bytes) -> Iterator[Past]:
    for line in data.decode("utf-8", "replace").splitlines():
        content, _, comment = line.partition("#")
        try:
            fields = list_fields(comment.strip())
        except ValueError:
            continue
        sunset = parse_day(fields.get("sunset", ""))
        if content.strip() and sunset is not None:
            yield Past(content.strip(), content.strip().lower(), sunset, (fields.get("reason", ""), fields.get("ticket", "")))


def _contents(repository: git.Repository, commit: str, path: str, deadline: Deadline) -> list[bytes]:
    """The file's versions in order, each blob as often as it stood there."""
    versions = git.file_versions(repository, commit, path, deadline)
    blobs: dict[str, bytes] = {}
    for blob in git.contents(repository, dict.fromkeys(oid for _, oid in versions), deadline):
        if blob.kind != "blob":
            raise GateUnavailable(f"an old version of {path} is missing from the repository")
        blobs[blob.oid] = blob.read(blob.size)
    return [blobs[oid] for _, oid in versions]


# What the history gives rise to


def findings(history: History, waivers: Waivers, today: date) -> Iterator[Finding]:
    """About the accepted risks that still count: false positives and test data may run as long as they are right."""
    risks = [waiver for waiver in waivers.entries if waiver.kind == "risk" and waiver.sunset >= today]
    if risks and history.unknown:
        message = f"how often {len(risks)} accepted risk{' was' if len(risks) == 1 else 's were'} renewed is not known: {history.unknown}"
        yield finding(RENEWALS_UNKNOWN, message, Location(risks[0].path), "renewals")
        return
    for waiver in risks:
        renewals = history.renewals.get(waiver.id, Renewals())
        if renewals.times > waivers.terms.max_renewals:
            message = f"{name(waiver)} was renewed {renewals.times} times; at most {waivers.terms.max_renewals} are allowed"
            yield finding(RENEWED_TOO_OFTEN, message, Location(waiver.path, waiver.line), waiver.id)
        if renewals.unchanged:
            message = f"{name(waiver)} was renewed with its old reason; say why it holds on, or name a ticket"
            yield finding(RENEWED_UNCHANGED, message, Location(waiver.path, waiver.line), waiver.id)


def matters(waivers: Waivers) -> bool:
    """Whether anything is counted: reading the history takes time."""
    return any(waiver.kind == "risk" for waiver in waivers.entries)


def next_number(waivers: Sequence[Waiver], history: History) -> int:
    """Behind every W-NNNN that is or was in a list: an id that comes back would inherit the renewals of another."""
    ids = {*history.ids, *(waiver.id for waiver in waivers)}
    return 1 + max((int(match[1]) for each in ids if (match := _NUMBERED.fullmatch(each))), default=0)
