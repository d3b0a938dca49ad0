"""The commands that are compared, and what each says that it found."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.generate import Planted


class Account(NamedTuple):
    """What a scanner reports; -1 where it does not say how much it looked at."""

    found: frozenset[Planted]
    files: int
    bytes: int


class Tool(NamedTuple):
    """`proof` is the same scan as `command` with a report that `read` understands, in the file that replaces REPORT.

    A floor has neither. `code` is the one exit status that the work may end with.
    """

    name: str
    command: tuple[str, ...]
    code: int = 0
    proof: tuple[str, ...] = ()
    read: Callable[[str, str], Account] | None = None  # (report, standard output); raises ValueError or KeyError
    once: bool = False  # so slow that one timed run must do


class Toolbox(NamedTuple):
    """Absolute paths of the programs, "" for one that is missing."""

    python: str
    gates: str
    kingfisher: str
    detect_secrets: str
    detect_secrets_hook: str


REPORT = "{report}"


def toolbox(python: str) -> Toolbox:
    """The programs of the environment that `python` belongs to, then those on PATH."""
    folder = Path(python).parent  # not resolved: in a virtual environment the link's folder has the scripts

    def find(name: str) -> str:
        return shutil.which(name, path=str(folder)) or shutil.which(name) or ""

    # The wheel's command is a Python script around this program; its start-up is not Kingfisher's.
    native = next(iter(sorted(folder.parent.glob("[Ll]ib/**/site-packages/kingfisher/bin/kingfisher*"))), None)
    return Toolbox(python, find("gates"), str(native or find("kingfisher")), find("detect-secrets"), find("detect-secrets-hook"))


def versions(python: str) -> dict[str, str]:
    code = (
        "import importlib.metadata as m, json, platform\n"
        "found = {'python': platform.python_version()}\n"
        "for d in m.distributions():\n"
        "    if d.metadata['Name'].lower() in ('gates', 'hyperscan', 'bandit', 'kingfisher-bin', 'detect-secrets'):\n"
        "        found[d.metadata['Name'].lower()] = d.version\n"
        "print(json.dumps(found))"
    )
    found: dict[str, str] = json.loads(subprocess.run([python, "-c", code], stdout=subprocess.PIPE, check=True).stdout)
    git = subprocess.run(["git", "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout
    return found | {"git": git.split()[2]}


def gates(box: Toolbox, *words: str, secret: bool = True) -> Tool:
    command = (box.gates, *words) if box.gates else ()
    return Tool("gates", command, int(secret), (*command, "--format", f"json={REPORT}"), read_gates)


def kingfisher(box: Toolbox, *words: str, secret: bool = True) -> Tool:
    """Defaults, but for the network and for archives, which `gates` does not open either."""
    offline = ("--no-validate", "--no-update-check", "--no-extract-archives")
    command = (box.kingfisher, "scan", *words, *offline) if box.kingfisher else ()
    return Tool("kingfisher", command, 200 * secret, (*command, "--format", "json", "--output", REPORT), read_kingfisher)


def detect_secrets(box: Toolbox, root: Path) -> Tool:
    command = (box.detect_secrets, "-C", str(root), "scan", "--all-files", "--no-verify", ".") if box.detect_secrets else ()
    return Tool("detect-secrets", command, 0, command, read_detect_secrets, once=True)


def detect_secrets_hook(box: Toolbox, path: str, *, secret: bool) -> Tool:
    """As pre-commit calls it: with the names of the staged files."""
    command = (box.detect_secrets_hook, "--no-verify", path) if box.detect_secrets_hook else ()
    proof = (box.detect_secrets_hook, "--no-verify", "--json", path)
    return Tool("detect-secrets", command, int(secret), proof, read_detect_secrets)


def read_gates(report: str, output: str) -> Account:
    document = json.loads(report)
    if document["complete"] is not True:
        reasons = [f"{gate['gate']}: {gate['reason'] or gate['errors']}" for gate in document["gates"] if gate["status"] == "error"]
        raise ValueError(f"the run is not complete: {reasons}")
    found, files, size = set(), 0, 0
    for gate in document["gates"]:
        if gate["gate"] == "secrets":
            files, size = gate["scope"]["files"] + len(gate["scope"]["skipped"]), gate["scope"]["bytes"]
            for finding in gate["findings"]:
                location = finding["location"]
                found.add(Planted(location["path"], location["line"], finding["data"].get("first_commit", "")))
    return Account(frozenset(found), files, size)


def read_kingfisher(report: str, output: str) -> Account:
    summary = json.loads(output.strip().splitlines()[-1])
    found = set()
    for entry in json.loads(report)["findings"]:
        finding: dict[str, Any] = entry["finding"]
        commit = finding.get("git_metadata", {}).get("commit", {}).get("id", "")
        found.add(Planted(finding["path"], finding["line"], commit))
    return Account(frozenset(found), summary["blobs_scanned"], summary["bytes_scanned"])


def read_detect_secrets(report: str, output: str) -> Account:
    results = json.loads(output)["results"] if output.strip() else {}
    return Account(frozenset(Planted(path, hit["line_number"]) for path, hits in results.items() for hit in hits), -1, -1)
