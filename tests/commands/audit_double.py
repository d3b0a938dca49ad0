"""A gate `deps` for tests of waivers: what it finds stands in `advisories.json` of the repository. It stands in for the gate itself,
whose findings have no place in the tree but a package, and whose sources are not reached by these tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gates import registry
from gates.core.errors import GateUnavailable, NothingToJudge
from gates.core.finding import Location, Rule, Severity, finding
from gates.core.gate import Context, Event, Gate, Scanned
from tests.core.conftest import Maker

VULNERABLE = Rule("deps/vulnerable-package", Severity.HIGH, "a package with a known vulnerability", "why", "update it")
STALE = Rule("deps/lock-stale", Severity.HIGH, "a lock file that is behind", "why", "lock again")
LOAD = registry.load


class Options(NamedTuple):
    pass


def check(context: Context, options: Options) -> Iterator[Event]:
    place = Path(context.root) / "advisories.json"
    if not place.exists():
        raise NothingToJudge("no lock file")
    listed = json.loads(place.read_text("utf-8"))
    yield Scanned(files=1, bytes=1)
    for each in listed:
        if each == "broken":
            raise GateUnavailable("the source cannot be reached")
        purl = each["purl"]
        data = {"package": {"purl": purl}, "aliases": each.get("aliases", []), "fix_versions": each.get("fix_versions", [])}
        path = each.get("path", "uv.lock")
        yield finding(VULNERABLE, f"{each['id']} in {purl}", Location(path, 3) if path else None, f"{each['id']} {purl}", data=data)


GATE = Gate("deps", "dependencies with known vulnerabilities", (VULNERABLE, STALE), Options, check)


def install(patch: pytest.MonkeyPatch, *names: str) -> None:
    """From here on the registry knows the gates of these names, or `code` and this one, by which it is `deps`."""
    patch.setattr(registry, "NAMES", names or ("code", "deps"))
    patch.setattr(registry, "load", lambda name: GATE if name == "deps" else LOAD(name))


def advisories(repository: Maker, *found: dict[str, Any] | str) -> None:
    repository.write("advisories.json", json.dumps(found))
