"""A gate's context for engines, a program that stands in for one, and a report as Trivy writes it."""

from __future__ import annotations

import copy
import json
import os
import stat
import sys
import textwrap
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from gates.core.deadline import Deadline
from gates.core.gate import Context, Selection
from gates.core.git import Repository
from gates.image.engines import trivy
from gates.image.engines.running import Settings
from gates.image.engines.targets import Asked
from gates.image.options import Options
from gates.image.package import Scan
from tests.doubles import images
from tests.doubles.images import Image, Layer
from tests.doubles.systems import Installed, debian
from tests.doubles.trivy_db import PYTHON, Advisory
from tests.doubles.trivy_db import write as write_database
from tests.image.tools import SEARCHED

TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADVISORIES = (
    Advisory("debian 13", "planted", "CVE-2026-10002", "2.0-1+deb13u2", "CRITICAL"),
    Advisory("debian 13", "unfixed", "CVE-2026-10003", status="will_not_fix"),
    Advisory("debian 13", "unrated", "CVE-2026-10006", "1.1", "UNKNOWN"),
    Advisory(PYTHON, "planted-python", "CVE-2026-10004", "1.1", aliases=("GHSA-aaaa-bbbb-cccc",)),
)
ID = "sha256:" + "1" * 64
PURL = "pkg:deb/debian/planted@2.0-1?arch=amd64&distro=debian-13.1"


def context(root: Path, *, repository: Repository | None = None, today: date = TODAY, **changes: Any) -> Context:
    made = Context(
        root=os.fspath(root),
        repository=repository,
        selection=Selection("message"),
        excluded=lambda path: "",
        today=today,
        deadline=Deadline(120.0),
        tool_timeout=60.0,
        environment={**os.environ, "PATH": SEARCHED},
        offline=True,
        progress=lambda done, total, unit: None,
    )
    return made._replace(**changes)


def system(*packages: Installed, release: str = "13.1", **more: Any) -> Image:
    """Debian with these packages, and what else is named by its path in it."""
    return Image((Layer({**debian(release, packages), **more}),))


def database(place: Path, updated: datetime = NOON - timedelta(hours=6), **metadata: Any) -> str:
    return os.fspath(write_database(place, ADVISORIES, updated, metadata=metadata))


# The stand-in

_STAND_IN = """\
#!{python}
import json, os, sys, time
log = {{"words": sys.argv[1:], "environment": dict(os.environ), "directory": os.getcwd(), "entries": os.listdir(".")}}
def named(flag):
    return sys.argv[sys.argv.index(flag) + 1] if flag in sys.argv else ""
for flag in ("--config", "--ignorefile"):
    if named(flag):
        log[flag] = open(named(flag)).read()
cache = [sys.argv[at + 1] for at, word in enumerate(sys.argv) if word == "--cache-dir"]
if cache and os.path.isdir(cache[-1]):
    log["cache"] = sorted(os.path.join(folder, name) for folder, _, names in os.walk(cache[-1]) for name in names)
if named("--input"):
    log["input"] = os.path.realpath(named("--input"))
with open({log!r}, "a") as file:
    file.write(json.dumps(log) + "\\n")
plan = json.load(open({plan!r}))
if "--version" in sys.argv:
    print(plan["version"])
    sys.exit(plan["version_status"])
time.sleep(plan["sleep"])
sys.stderr.write(plan["stderr"])
outputs = dict(json=named("--output"))
for at, word in enumerate(sys.argv):
    if word == "--output" and "=" in sys.argv[at + 1]:
        kind, _, path = sys.argv[at + 1].partition("=")
        outputs[kind] = path
for kind, text in plan["outputs"].items():
    if text is not None and sys.argv[1] != "convert":
        open(outputs[kind], "w", encoding="utf-8", errors="surrogatepass").write(text)
if sys.argv[1] == "convert":
    print(open(sys.argv[-1]).read(), file=open(named("--output"), "w"))
sys.exit(plan["status"])
"""


class StandIn(NamedTuple):
    """`path` is the PATH on which it is alone. What it does can be changed until it is started."""

    program: Path
    path: str
    log: Path

    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []


def stand_in(
    folder: Path,
    name: str = "trivy",
    *,
    version: str = "Version: 0.74.0",
    version_status: int = 0,
    outputs: Mapping[str, str | None] | None = None,
    status: int = 0,
    stderr: str = "",
    sleep: float = 0.0,
) -> StandIn:
    folder.mkdir(exist_ok=True)
    program, log, plan = folder / name, folder / "log", folder / "plan"
    written = {"json": json.dumps(document())} if outputs is None else dict(outputs)
    told = {"version": version, "version_status": version_status, "outputs": written, "status": status, "stderr": stderr, "sleep": sleep}
    plan.write_text(json.dumps(told))
    program.write_text(textwrap.dedent(_STAND_IN).format(python=sys.executable, log=os.fspath(log), plan=os.fspath(plan)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return StandIn(program, os.fspath(folder), log)


_DOCUMENT: dict[str, Any] = {
    "SchemaVersion": 2,
    "Trivy": {"Version": "0.74.0"},
    "CreatedAt": "2026-11-20T12:00:00.123456789Z",
    "ArtifactName": "image",
    "ArtifactType": "container_image",
    "Metadata": {
        "Size": 4096,
        "OS": {"Family": "debian", "Name": "13.1"},
        "ImageID": ID,
        "DiffIDs": ["sha256:" + "3" * 64],
        "RepoDigests": [f"acme/app@sha256:{'2' * 64}"],
    },
    "Results": [
        {
            "Target": "image (debian 13.1)",
            "Class": "os-pkgs",
            "Type": "debian",
            "Packages": [{"ID": "planted@2.0-1", "Name": "planted"}, {"ID": "other@1", "Name": "other"}],
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2026-10002",
                    "VendorIDs": ["DSA-1-1"],
                    "PkgName": "planted",
                    "PkgIdentifier": {"PURL": PURL, "UID": "0"},
                    "InstalledVersion": "2.0-1",
                    "FixedVersion": "2.0-1+deb13u2",
                    "Status": "fixed",
                    "Layer": {"DiffID": "sha256:" + "3" * 64},
                    "PrimaryURL": "https://avd.example.org/CVE-2026-10002",
                    "Title": "planted: a planted vulnerability",
                    "Severity": "HIGH",
                }
            ],
        }
    ],
}


def document(**changes: Any) -> dict[str, Any]:
    """A report with one finding, whose top-level fields can be replaced; None takes one away."""
    made = {**copy.deepcopy(_DOCUMENT), **changes}
    return {key: value for key, value in made.items() if value is not None}


def changed(*path: str | int, to: Any) -> str:
    """The report with another value at a place in it."""
    made: Any = document()
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return json.dumps(made)


class Tried(NamedTuple):
    """What a scan of an image by the stand-in takes: a test changes one thing of it."""

    root: Path
    image: Path
    db: str

    def scan(self, program: StandIn, *, digest: str = "", today: date = TODAY, **changes: Any) -> Scan:
        options = Options(**{"db": self.db, "trivy": os.fspath(program.program), **changes.pop("options", {})})
        given = context(self.root, today=today, **changes)
        return trivy.scan(Asked("image.tar", os.fspath(self.image)), Settings(options, digest), given)


def tried(tmp_path: Path) -> Tried:
    place = tmp_path / "image.tar"
    images.write(system(Installed("planted", "2.0-1")), place)
    root = tmp_path / "root"
    root.mkdir()
    return Tried(root, place, database(tmp_path / "db"))
