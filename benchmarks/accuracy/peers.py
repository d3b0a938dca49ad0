"""What each scanner reports, with its defaults and without a network: the commands of `benchmarks.tools`, read finding by finding."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import tools
from benchmarks.measure import Place, timed
from benchmarks.tools import REPORT, Toolbox


class Hit(NamedTuple):
    """`severity` is "" where the scanner gives none: then every finding blocks, since nothing tells it from another."""

    path: str  # relative to what was scanned
    line: int
    rule: str
    severity: str

    @property
    def blocking(self) -> bool:
        return self.severity in ("", "high", "critical")


class Peer(NamedTuple):
    """`program` is "" where it is not installed. `codes` are the exit statuses of a run that worked; `read` gets report and output."""

    name: str
    program: str
    version: str
    command: Callable[[Path], tuple[str, ...]]
    codes: tuple[int, ...]
    read: Callable[[str, str], Iterator[Hit]]


class Outcome(NamedTuple):
    """`wrong` says why the run does not count."""

    hits: frozenset[Hit]
    wall: float
    wrong: str


def peers(box: Toolbox, credsweeper: str) -> tuple[Peer, ...]:
    known = tools.versions(box.python)

    def secrets(root: Path) -> tuple[str, ...]:
        return tools.gates(box, "secrets", str(root)).proof

    def kingfisher(root: Path) -> tuple[str, ...]:
        return tools.kingfisher(box, str(root)).proof

    def detect_secrets(root: Path) -> tuple[str, ...]:
        return tools.detect_secrets(box, root).proof

    def sweep(root: Path) -> tuple[str, ...]:
        return (credsweeper, "--path", str(root), "--save-json", REPORT, "--no-stdout")

    return (
        Peer("gates", box.gates, known.get("gates", ""), secrets, (0, 1), read_gates),
        Peer("kingfisher", box.kingfisher, known.get("kingfisher-bin", ""), kingfisher, (0, 200), read_kingfisher),
        Peer("detect-secrets", box.detect_secrets, known.get("detect-secrets", ""), detect_secrets, (0,), read_detect_secrets),
        Peer("credsweeper", credsweeper, version(credsweeper), sweep, (0,), read_credsweeper),
    )


def version(program: str) -> str:
    if not program:
        return ""
    return subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]


def find_credsweeper(python: str) -> str:
    """Beside the other tools or on PATH: its model needs half a gigabyte, so it mostly has an environment of its own."""
    return shutil.which("credsweeper", path=str(Path(python).parent)) or shutil.which("credsweeper") or ""


def scan(peer: Peer, root: Path, place: Place) -> Outcome:
    """One run over `root`, timed."""
    if not peer.program:
        return Outcome(frozenset(), 0, "not installed")
    report = place.output.with_suffix(".report")
    report.unlink(missing_ok=True)
    sample = timed([word.replace(REPORT, str(report)) for word in peer.command(root)], place)
    if sample.code not in peer.codes:
        said = place.output.with_suffix(".err").read_text(errors="replace").strip().splitlines()
        return Outcome(frozenset(), sample.wall, f"failed: exit status {sample.code}: {said[-1] if said else 'no message'}")
    try:
        hits = frozenset(peer.read(report.read_text() if report.exists() else "", place.output.read_text(errors="replace")))
    except (ValueError, KeyError) as error:
        return Outcome(frozenset(), sample.wall, f"failed: unusable report: {type(error).__name__}: {error}")
    return Outcome(frozenset(hit._replace(path=hit.path.removeprefix(f"{root}/")) for hit in hits), sample.wall, "")


def read_gates(report: str, output: str) -> Iterator[Hit]:
    tools.read_gates(report, output)  # raises ValueError for a run that is not complete
    for gate in json.loads(report)["gates"]:
        for finding in gate["findings"] if gate["gate"] == "secrets" else ():
            location = finding["location"]
            yield Hit(location["path"], location["line"], finding["rule"], finding["severity"])


def read_kingfisher(report: str, output: str) -> Iterator[Hit]:
    for entry in json.loads(report)["findings"]:
        yield Hit(entry["finding"]["path"], entry["finding"]["line"], entry["rule"]["id"], "")


def read_detect_secrets(report: str, output: str) -> Iterator[Hit]:
    for path, hits in json.loads(output)["results"].items():
        for hit in hits:
            yield Hit(path, hit["line_number"], hit["type"], "")


def read_credsweeper(report: str, output: str) -> Iterator[Hit]:
    """Each credential may name several lines: a key and its value. Its severity is the rule's, not a judgement of the match."""
    for credential in json.loads(report):
        for line in credential["line_data_list"]:
            yield Hit(line["path"], line["line_num"], credential["rule"], "")
