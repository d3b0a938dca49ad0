"""The container gate beside hadolint and checkov, on Dockerfiles of your choice: `python -m benchmarks.container FOLDER`.

FOLDER holds the Dockerfiles, under any names; the repository has none to give, since they are other people's. Each tool gets the same
copies. hadolint judges Dockerfiles by fewer rules of security and more of style, checkov by fewer of both; what is compared is the time
until a developer has an answer.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.measure import Place, Sample, ratio, timed
from benchmarks.protection import Case

LIMIT = 300.0  # seconds for one run


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.container", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default=sys.executable, help="of the environment that has gates")
    parser.add_argument("--hadolint", default="hadolint")
    parser.add_argument("--checkov", default="", help="left out where it is not named: it takes seconds to start")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    files = sorted(path for path in options.folder.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        place = Place(top, {"PATH": os.environ["PATH"], "HOME": scratch}, top / "output", LIMIT)
        for name, chosen in (("one Dockerfile", files[:1]), (f"{len(files)} Dockerfiles", files)):
            copies = repository(top / name.replace(" ", "-"), chosen)
            print(table(name, measured(cases(copies, options), place, options.rounds)))
    return 0


def repository(top: Path, files: Sequence[Path]) -> Path:
    """Each file in a folder of its own, under the one name that every tool knows."""
    for number, file in enumerate(files):
        folder = top / f"{number:03}"
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_bytes(file.read_bytes())
    subprocess.run(["git", "init", "-q", "-b", "main", str(top)], check=True)
    subprocess.run(["git", "-C", str(top), "add", "-A"], check=True)
    return top


def cases(top: Path, options: argparse.Namespace) -> list[Case]:
    """gates first. An exit status that says findings, or files that cannot be read, is one of a run that did its work."""
    python = os.path.abspath(options.python)
    found = [Case("gates container", [python, "-I", "-m", "gates", "container", "check", "--quiet", "--repo", str(top)], -1)]
    found.append(Case("hadolint", [options.hadolint, "--no-fail", "--format", "json", *map(str, sorted(top.glob("*/Dockerfile")))], 0))
    if options.checkov:
        quiet = ["--quiet", "--compact", "--soft-fail", "--framework", "dockerfile"]
        found.append(Case("checkov", [options.checkov, "--directory", str(top), *quiet], 0))
    return found


def measured(cases: Sequence[Case], place: Place, rounds: int) -> dict[str, list[Sample]]:
    """After one warm-up run each, in turn, every other round the other way round."""
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for number in range(rounds + 1):
        for case in cases if number % 2 == 0 else cases[::-1]:
            sample = timed(case.command, place)
            if sample.code not in ((0, 1, 3) if case.code < 0 else (case.code,)):
                raise SystemExit(f"{case.name} did not do its work: it ended with {sample.code}")
            if number:
                samples[case.name].append(sample)
    return samples


def table(name: str, samples: dict[str, list[Sample]]) -> str:
    (_, ours), *_ = samples.items()
    lines = [
        f"{name}; {platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC).date()}",
        "",
        "| whole process | wall, median s | CPU, median s | gates takes of its time |",
        "|---|---|---|---|",
    ]
    for tool, runs in samples.items():
        against = ratio(ours, runs)
        lines.append(
            f"| {tool} | {median(run.wall for run in runs):.2f} | {median(run.cpu for run in runs):.2f} |"
            f" {against.value:.2f} ({against.low:.2f} to {against.high:.2f}) |"
        )
    return "\n".join((*lines, ""))


if __name__ == "__main__":
    sys.exit(main())
