"""The protection gate over half a million check names, beside a program that only loads the same files: `python -m benchmarks.protection`.

There is no peer that resolves check names; reading the YAML is the floor under any that would.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.measure import Place, Sample, ratio, timed

LIMIT = 120.0  # seconds for one run
WORKFLOWS, JOBS, VALUES = 200, 10, 16  # two vectors of 16 values: 256 legs, as many as GitHub allows
_FLOOR = """
import sys, yaml
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        yaml.load(file, yaml.CSafeLoader)
"""
_JOB = """\
  job{workflow}_{job}:
    runs-on: ${{{{ matrix.os }}}}
    strategy:
      matrix:
        os: [{systems}]
        version: [{versions}]
    steps:
      - uses: actions/checkout@v5
      - run: make test
"""


class Case(NamedTuple):
    name: str
    command: list[str]
    code: int  # the exit status of a run that did its work


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.protection", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="of the environment that has gates")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    python = os.path.abspath(options.python)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        place = Place(folder, {"PATH": os.environ["PATH"], "HOME": scratch}, folder / "output", LIMIT)
        print(table(measured(list(cases(python, folder)), place, options.rounds)))
    return 0


def cases(python: str, folder: Path) -> Iterator[Case]:
    """The floor first. A context of each workflow is required; in the last case one more, which nothing reports."""
    contexts = [f"job{number}_3 (system3, 3.7)" for number in range(WORKFLOWS)]
    clean, drifted = (
        repository(folder / name, more) for name, more in (("clean", contexts), ("drifted", [*contexts, "job1_1 (system99, 3.1)"]))
    )
    files = sorted(map(str, (clean / ".github/workflows").iterdir()))
    yield Case("PyYAML (C) loads the workflows", [python, "-I", "-c", _FLOOR, *files], 0)
    check = [python, "-I", "-m", "gates", "protection", "check", "--quiet", "--fail-on", "high", "--repo"]
    yield Case("gates protection, in order", [*check, str(clean)], 0)
    yield Case("gates protection, one context missing", [*check, str(drifted)], 1)


def repository(top: Path, contexts: Sequence[str]) -> Path:
    workflows = top / ".github/workflows"
    workflows.mkdir(parents=True)
    (top / "branch-protection").mkdir()
    systems = ", ".join(f"system{number}" for number in range(VALUES))
    versions = ", ".join(f'"3.{number}"' for number in range(VALUES))
    for number in range(WORKFLOWS):
        jobs = (_JOB.format(workflow=number, job=job, systems=systems, versions=versions) for job in range(JOBS))
        (workflows / f"w{number}.yml").write_text("on: [pull_request, merge_group]\njobs:\n" + "".join(jobs))
    # Only the required checks: what else a branch is asked for is no matter of names.
    checks = {"strict": True, "checks": [{"context": context, "app_id": 15368} for context in contexts]}
    (top / "branch-protection/main.json").write_text(json.dumps({"required_status_checks": checks}, indent=1))
    subprocess.run(["git", "init", "-q", "-b", "main", str(top)], check=True)
    return top


def measured(cases: Sequence[Case], place: Place, rounds: int) -> dict[str, list[Sample]]:
    """After one warm-up run each, in turn, every other round the other way round."""
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for number in range(rounds + 1):
        for case in cases if number % 2 == 0 else cases[::-1]:
            sample = timed(case.command, place)
            if sample.code != case.code:
                raise SystemExit(f"{case.name} did not do its work: it ended with {sample.code}, expected {case.code}")
            if number:
                samples[case.name].append(sample)
    return samples


def table(samples: dict[str, list[Sample]]) -> str:
    (floor, beside), *_ = samples.items()
    where = f"{platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC).date()}"
    lines = [
        f"{WORKFLOWS} workflows, {JOBS} jobs each, {VALUES * VALUES} legs each; {where}",
        "",
        f"| whole process | wall, median s | CPU, median s | time of {floor} = 1 |",
        "|---|---|---|---|",
    ]
    for name, runs in samples.items():
        against = ratio(runs, beside)
        spread = f"{against.value:.2f} ({against.low:.2f} to {against.high:.2f})"
        lines.append(f"| {name} | {median(run.wall for run in runs):.2f} | {median(run.cpu for run in runs):.2f} | {spread} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
