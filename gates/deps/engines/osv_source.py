"""Asks an OSV service about pins, and reads its answers as strictly as its schema is written: https://ossf.github.io/osv-schema/"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Final, NamedTuple

from gates.core.errors import GateUnavailable
from gates.core.gate import Context
from gates.core.network import Client, Network, Unreachable, place
from gates.deps.engines.osv_server import Record
from gates.deps.engines.pins import Pin
from gates.inventory.package import canonical

ASKING: Final = 8  # questions at the same time
PAGES: Final = 100  # of one answer


class Answer(NamedTuple):
    """Of an OSV source, about one pin: what pip-audit is given, and the ids of the records that it could not read."""

    records: tuple[Record, ...]
    unreadable: tuple[str, ...]


def ask(base: str, pins: Sequence[Pin], known: Pin | None, context: Context, network: Network) -> dict[Pin, Answer]:
    """The canary first: a source that does not know it is told nothing else."""
    answers: dict[Pin, Answer] = {}
    if known:
        with Client(network) as client:
            answers[known] = _fetch(client, base, known, context)
        if not answers[known].records:
            raise GateUnavailable(ignorant(place(base), known))
    left = [pin for pin in pins if pin not in answers]
    stop = Event()

    def work(share: Sequence[Pin]) -> list[tuple[Pin, Answer]]:
        got = []
        try:
            with Client(network) as client:
                for pin in share:
                    if stop.is_set():
                        break
                    got.append((pin, _fetch(client, base, pin, context)))
        except BaseException:
            stop.set()
            raise
        return got

    with ThreadPoolExecutor(ASKING) as pool:
        try:
            for got in pool.map(work, [share for first in range(ASKING) if (share := left[first::ASKING])]):
                answers.update(got)
                context.progress(len(answers), len(pins), "packages")
        finally:
            stop.set()
    return answers


def _fetch(client: Client, base: str, pin: Pin, context: Context) -> Answer:
    """Every page of the answer about one pin."""
    question = {"package": {"name": pin.name, "ecosystem": "PyPI"}, "version": str(pin.version)}
    records: list[Record] = []
    tokens = {""}
    token = ""
    for _ in range(PAGES):
        page = client.post_json(f"{base}/v1/query", {**question, "page_token": token} if token else question, context.deadline)
        found, token = _page(page, place(base))
        records.extend(found)
        if not token:
            return answer_of(pin, records, place(base))
        if token in tokens:
            break
        tokens.add(token)
    raise Unreachable(f"{place(base)} has no end of pages about {pin}; check the address")


def _page(page: object, source: str) -> tuple[list[Record], str]:
    """The records and the token of the next page, "" on the last."""
    if not isinstance(page, dict) or not page.keys() <= {"vulns", "next_page_token"}:
        raise Unreachable(f"{source} answered with something that is no answer of an OSV service; check the address")
    records, token = page.get("vulns", []), page.get("next_page_token", "")
    if not isinstance(records, list) or not isinstance(token, str):
        raise Unreachable(f"{source} answered with something that is no answer of an OSV service; check the address")
    return records, token


def answer_of(pin: Pin, records: Sequence[object], source: str) -> Answer:
    """What of it counts: each id once, without those that were withdrawn."""
    good: dict[str, Record] = {}
    bad: dict[str, None] = {}
    for record in records:
        identifier = record.get("id") if isinstance(record, Mapping) else None
        if not isinstance(record, Mapping) or not isinstance(identifier, str) or not ID.fullmatch(identifier):
            raise Unreachable(f"{source} gave an advisory about {pin} whose id cannot be read; check the address")
        withdrawn = record.get("withdrawn")
        if isinstance(withdrawn, str) and _TIMESTAMP.fullmatch(withdrawn):
            continue
        try:
            good.setdefault(identifier, _handed_on(pin, record))
        except (ValueError, TypeError):
            bad[identifier] = None
    return Answer(tuple(good.values()), tuple(bad))


ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")


def _handed_on(pin: Pin, record: Record) -> Record:
    """The part of a record that pip-audit reads, in a form that it neither drops nor stumbles over.

    Raises ValueError or TypeError where the record is not what its schema says: https://ossf.github.io/osv-schema/
    """
    schema = _text(record.get("schema_version", "1.0.0"))
    if not schema.startswith("1.") or record.get("withdrawn") is not None:
        raise ValueError
    # In one range: of several, pip-audit reads the first.
    events = [{"fixed": fixed} for part in _list(record.get("affected")) for fixed in _fixed(pin, part)]
    return {
        "id": record["id"],
        "schema_version": "1.0.0",
        "aliases": [_identifier(alias) for alias in _list(record.get("aliases") or [])],
        "summary": _text(record.get("summary") or record.get("details") or "N/A"),
        "affected": [{"package": {"name": pin.name, "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}],
    }


def _fixed(pin: Pin, part: object) -> list[str]:
    """The versions that fix the package by one entry of `affected`; none for another package."""
    from packaging.version import Version

    if not isinstance(part, Mapping):
        raise TypeError
    package = part.get("package")
    if package is None:  # commits of a repository
        return []
    if not isinstance(package, Mapping):
        raise TypeError
    if _text(package.get("ecosystem")) != "PyPI" or canonical(_text(package.get("name"))) != pin.name:
        return []
    fixed: list[str] = []
    for span in _list(part.get("ranges") or []):
        if not isinstance(span, Mapping):
            raise TypeError
        for event in _list(span.get("events")):
            if not isinstance(event, Mapping) or not event:
                raise TypeError
            values = {_text(key): _text(value) for key, value in event.items()}
            if span.get("type") == "ECOSYSTEM" and "fixed" in values:
                fixed.append(str(Version(values["fixed"])))
    return fixed


def _identifier(value: object) -> str:
    text = _text(value)
    if not ID.fullmatch(text):
        raise ValueError
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def names_of(record: Record) -> frozenset[str]:
    return frozenset([_text(record["id"]), *(_text(alias) for alias in _list(record["aliases"]))])


def fixes_of(record: Record) -> Iterator[str]:
    for part in _list(record["affected"]):
        for span in part["ranges"]:  # type: ignore[index]  # written by _handed_on
            for event in span["events"]:
                yield event["fixed"]


def ignorant(source: str, known: Pin) -> str:
    return f"{source} does not know the advisories of {known}, so its silence proves nothing; check the address, or the canary in [deps]"
