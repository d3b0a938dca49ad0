"""A database of advisories and a list of pins, drawn from a seed in the shapes that real ones have, about packages that do not exist."""

from __future__ import annotations

import copy
import json
import random
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

RECORDS = 2_700
PINS = 133
ODD_VERSIONS = 110  # entries of `versions` that PEP 440 does not know; the public database holds as many
WITHDRAWN = 10

_ODD = ("{}.{}-final-x", "r{}{}", "{}.{}dev-r{}", "2004{}d", "{}.{}.x", "{}.{}-SNAPSHOT", "v{}_{}")
_CVSS = (
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
)


class Material(NamedTuple):
    """`releases` are the versions of every package, ascending; `pins` are some of them, as a lock would name them."""

    records: list[dict[str, Any]]
    releases: dict[str, list[str]]
    pins: list[tuple[str, str]]


def draw(seed: int = 1, *, records: int = RECORDS, pins: int = PINS) -> Material:
    chance = random.Random(seed)
    names = [f"{chance.choice(('lib', 'py', 'web', 'data'))}-{word}{number}" for number in range(700) for word in (chance.choice(_WORDS),)]
    releases = {name: _history(chance) for name in names}
    # A few packages have many advisories, and most have one or two.
    weights = [1 / (place + 3) for place in range(len(names))]
    drawn: list[dict[str, Any]] = []
    number = 0
    while len(drawn) < records:
        number += 1
        name = chance.choices(names, weights)[0]
        drawn += _vulnerability(chance, number, name, releases[name])[: records - len(drawn)]
    for record in chance.sample([record for record in drawn if record["affected"][0].get("versions")], ODD_VERSIONS):
        numbers = [chance.randrange(9) for _ in range(3)]
        record["affected"][0]["versions"].append(chance.choice(_ODD).format(*numbers))
    for record in chance.sample(drawn, WITHDRAWN):
        record["withdrawn"] = "2024-03-01T00:00:00Z"
    pinned = chance.sample(names[:400], pins)
    return Material(drawn, releases, [(name, chance.choice(releases[name])) for name in sorted(pinned)])


_WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "inlet",
    "jasper",
    "krill",
    "lotus",
    "maple",
    "north",
    "onyx",
)


def _history(chance: random.Random) -> list[str]:
    """Releases of one package, in order, with the pre-releases, dashes and endings that people write."""
    versions = []
    for major in range(chance.choice((0, 1)), chance.randint(2, 5)):
        for minor in range(chance.randint(1, 6)):
            base = f"{major}.{minor}"
            if chance.random() < 0.3:
                versions += [
                    f"{base}{chance.choice(('.0', ''))}{suffix}" for suffix in ("a1", "b2", chance.choice(("rc1", "-rc2", ".rc.3")))
                ]
            versions += [f"{base}.{patch}" for patch in range(chance.randint(1, 9))]
            if chance.random() < 0.1:
                versions.append(f"{versions[-1]}.post1")
    return versions


def _vulnerability(chance: random.Random, number: int, name: str, releases: Sequence[str]) -> list[dict[str, Any]]:
    """One or two records about it, as the databases of PyPA and GitHub have."""
    year = chance.randint(2018, 2026)
    cve = f"CVE-{year}-{10_000 + number}"
    pysec, ghsa = f"PYSEC-{year}-{number}", f"GHSA-{_letters(chance)}-{_letters(chance)}-{_letters(chance)}"
    affected = _affected(chance, name, releases)
    kind = chance.random()
    found = []
    if kind < 0.75:
        record = _record(chance, pysec, [cve] + [ghsa] * (chance.random() < 0.4), [affected], year)
        if chance.random() < 0.08:
            record["severity"] = [{"type": "CVSS_V3", "score": chance.choice(_CVSS)}]
        found.append(record)
    if kind > 0.55:
        own = _affected(chance, name, releases) if chance.random() < 0.1 else {key: affected[key] for key in affected if key != "versions"}
        if not own.get("ranges"):
            own = copy.deepcopy(affected)
        record = _record(chance, ghsa, [cve] + [pysec] * (kind < 0.65), [own], year)
        record["severity"] = [{"type": "CVSS_V3", "score": chance.choice(_CVSS)}]
        record["database_specific"] = {"severity": chance.choice(("LOW", "MODERATE", "HIGH", "CRITICAL")), "cwe_ids": ["CWE-20"]}
        if chance.random() < 0.2:
            record["affected"].append(
                {
                    "package": {"ecosystem": "Go", "name": "example.org/module"},
                    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
                }
            )
        found.append(record)
    return found


def _letters(chance: random.Random) -> str:
    return "".join(chance.choice("23456789cfghjmpqrvwx") for _ in range(4))


def _record(chance: random.Random, identifier: str, aliases: list[str], affected: list[dict[str, Any]], year: int) -> dict[str, Any]:
    return {
        "schema_version": chance.choice(("1.4.0", "1.6.0")),
        "id": identifier,
        "modified": f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T02:03:04.567890Z",
        "published": f"{year}-01-02T03:04:05Z",
        "aliases": aliases,
        "summary": f"A generated flaw, number {identifier}",
        "details": "Generated text that stands for a description. " * chance.randint(2, 25),
        "references": [{"type": "WEB", "url": f"https://example.org/{identifier}/{count}"} for count in range(chance.randint(1, 8))],
        "affected": affected,
    }


def _affected(chance: random.Random, name: str, releases: Sequence[str]) -> dict[str, Any]:
    """What `versions` and `ranges` say differs now and then, and either may be missing."""
    written = name if chance.random() > 0.002 else name.replace("-", "_").title()
    first, last = sorted(chance.sample(range(len(releases)), 2))
    package = {"name": written, "ecosystem": "PyPI", "purl": f"pkg:pypi/{name}"}
    kind = chance.random()
    introduced = "0" if chance.random() < 0.6 else releases[first]
    listed = list(releases[0 if introduced == "0" else first : last])
    if kind < 0.75:
        events = [{"introduced": introduced}, {"fixed": releases[last]}]
    elif kind < 0.9:
        events, listed = _branches(chance, releases)
    elif kind < 0.95:
        events = [{"introduced": introduced}]
        listed = list(releases[releases.index(introduced) if introduced != "0" else 0 :])
    elif kind < 0.98:
        events = [{"introduced": introduced}, {"last_affected": releases[last]}]
        listed.append(releases[last])
    else:
        events = [{"introduced": introduced}, {"fixed": releases[last]}, {"limit": chance.choice(("*", releases[-1]))}]
    if chance.random() < 0.1:
        chance.shuffle(events)
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    if chance.random() < 0.3:
        ranges.insert(
            chance.randrange(2),
            {"type": "GIT", "repo": "https://example.org/repository", "events": [{"introduced": "0"}, {"fixed": "0" * 40}]},
        )
    shape = chance.random()
    if shape < 0.1:
        return {"package": package, "ranges": ranges}
    if shape < 0.2:
        return {"package": package, "versions": listed or [releases[0]]}
    if shape < 0.25 and listed:
        listed.pop(chance.randrange(len(listed)))
    elif shape < 0.28:
        listed.append(chance.choice(releases))
    return {"package": package, "ranges": ranges, "versions": listed}


def _branches(chance: random.Random, releases: Sequence[str]) -> tuple[list[dict[str, str]], list[str]]:
    cuts = sorted(chance.sample(range(len(releases)), min(len(releases) // 2 * 2, chance.choice((4, 6)))))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=True))
    events = [event for start, end in pairs for event in ({"introduced": releases[start]}, {"fixed": releases[end]})]
    return events, [version for start, end in pairs for version in releases[start:end]]


def write_zip(path: Path, records: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            archive.writestr(f"{record['id']}.json", json.dumps(record))
