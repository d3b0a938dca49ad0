"""Runs the works, tool against tool: `python -m benchmarks.speed [staged|tree|packages|history|product ...]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

from benchmarks import install, materials, tables, tools
from benchmarks.materials import Material
from benchmarks.measure import Place, Sample, ratio, timed, weighed
from benchmarks.tools import REPORT, Account, Tool, Toolbox

ROOT = Path(__file__).resolve().parent.parent
CPUS = 2  # every tool is held to the same two, whatever the machine has
LIMIT = 900.0  # seconds for one run
MB = 1_000_000


class Goal(NamedTuple):
    """What `gates` must reach. `limit` is a factor for "faster" and "within", else seconds or megabytes."""

    kind: Literal["faster", "within", "seconds", "peak", "installed"]
    limit: float
    against: str = ""


class Case(NamedTuple):
    """`gates` comes first among the tools; they run in turn, forwards and backwards."""

    name: str
    material: Material
    directory: Path
    tools: tuple[Tool, ...]
    goals: tuple[Goal, ...]
    rounds: int


class Bench(NamedTuple):
    box: Toolbox
    materials: Path
    scratch: Path
    rounds: int  # 0: each work's own number
    today: date

    def place(self, directory: Path, name: str) -> Place:
        home = self.materials / "home"  # kept, so that the tools' caches are warm
        home.mkdir(parents=True, exist_ok=True)
        nowhere = "http://127.0.0.1:9"  # beside each tool's own switch: nothing here may reach a network
        environment = {
            "PATH": os.pathsep.join((str(Path(self.box.python).parent), os.environ.get("PATH", os.defpath))),
            "HOME": str(home), "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1", "http_proxy": nowhere, "https_proxy": nowhere,
        }  # fmt: skip
        return Place(directory, environment, self.scratch / f"{name.replace(' ', '-')}.out", LIMIT)


def staged(bench: Bench) -> list[Case]:
    cases = []
    for name, secret in (("clean", False), ("with a finding", True)):
        material = materials.staged(bench.scratch / f"staged-{secret}", bench.today, secret=secret)
        root = material.root
        compared = (
            tools.gates(bench.box, "secrets", "--staged", secret=secret),
            tools.kingfisher(bench.box, ".", "--staged", secret=secret),
            tools.detect_secrets_hook(bench.box, "service/deploy.py", secret=secret),
            Tool("python -c pass", (bench.box.python, "-c", "pass")),
        )
        goals = (Goal("faster", 6, "kingfisher"), Goal("within", 5, "python -c pass"), Goal("peak", 40))
        cases.append(Case(name, material, root, compared, goals, 25))
    return cases


def tree(bench: Bench) -> list[Case]:
    material = materials.tree(bench.materials, bench.box.python)
    compared = (*scanners(bench, material), tools.detect_secrets(bench.box, material.root), cat(material.root))
    return [Case("", material, desk(bench), compared, (Goal("faster", 5, "kingfisher"), Goal("peak", 80)), 9)]


def packages(bench: Bench) -> list[Case]:
    material = materials.packages(bench.materials, bench.box.python)
    goals = (Goal("faster", 4, "kingfisher"), Goal("within", 1.5, "cat"))
    return [Case("", material, desk(bench), (*scanners(bench, material), cat(material.root)), goals, 5)]


def history(bench: Bench) -> list[Case]:
    material = materials.history(bench.materials, bench.box.python)
    everything = "git cat-file --batch-all-objects --batch --buffer --unordered > /dev/null"
    compared = (
        tools.gates(bench.box, "secrets", "--history"),
        tools.kingfisher(bench.box, "."),
        Tool("git cat-file", ("sh", "-c", everything)),
    )
    goals = (Goal("faster", 2.5, "kingfisher"), Goal("within", 4, "git cat-file"), Goal("peak", 300))
    return [Case("", material, material.root, compared, goals, 5)]


def product(bench: Bench) -> list[Case]:
    material = materials.product(bench.scratch / "product", bench.today)
    staged_only = material._replace(bytes=0, planted=material.planted[:1])
    commit, run = tools.gates(bench.box, "run", "--stage", "commit"), tools.gates(bench.box, "run")
    return [
        Case("gates run --stage commit", staged_only, material.root, (commit,), (Goal("seconds", 1),), 9),
        Case("gates run", material, material.root, (run,), (Goal("seconds", 20),), 3),
    ]


WORKS: dict[str, Callable[[Bench], list[Case]]] = {
    "staged": staged, "tree": tree, "packages": packages, "history": history, "product": product,
}  # fmt: skip


def scanners(bench: Bench, material: Material) -> tuple[Tool, Tool]:
    return tools.gates(bench.box, "secrets", str(material.root)), tools.kingfisher(bench.box, str(material.root))


def cat(root: Path) -> Tool:
    """Reading every byte with system calls alone; the shell passes the names on."""
    return Tool("cat", ("sh", "-c", 'find "$1" -type f -print0 | xargs -0 cat > /dev/null', "sh", str(root)))


def desk(bench: Bench) -> Path:
    """An empty repository to start from, so that no policy but the default judges the material."""
    root = bench.scratch / "desk"
    if not root.exists():
        root.mkdir()
        materials.git(root, "init", "-q")
    return root


def compare(case: Case, bench: Bench) -> dict[str, Any]:
    """Each tool proves that it does the work, which warms it up, then all run in turn."""
    accounts, wrong, samples, peaks = dict[str, Account](), dict[str, str](), dict[str, list[Sample]](), dict[str, int]()
    for tool in case.tools:
        samples[tool.name] = []
        accounts[tool.name], wrong[tool.name] = prove(tool, case, bench)
    for turn in range(bench.rounds or case.rounds):
        for tool in case.tools if turn % 2 == 0 else case.tools[::-1]:
            if not wrong[tool.name] and not (tool.once and turn):
                place = bench.place(case.directory, tool.name)
                sample = timed(tool.command, place)
                samples[tool.name].append(sample)
                wrong[tool.name] = disagreement(tool, sample.code, case, place)
    for tool in case.tools:
        if not wrong[tool.name] and not tool.once and sys.platform == "linux":
            place = bench.place(case.directory, tool.name)
            weight = weighed(tool.command, place)
            peaks[tool.name], wrong[tool.name] = weight.peak, disagreement(tool, weight.code, case, place)
    good = {name: runs for name, runs in samples.items() if runs and not wrong[name]}
    return {
        "name": case.name,
        "material": {"files": case.material.files, "bytes": case.material.bytes, "note": case.material.note},
        "planted": len(case.material.planted),
        "tools": [
            {"name": tool.name, "command": shown(tool, case), "wrong": wrong[tool.name], "files": accounts[tool.name].files,
             "bytes": accounts[tool.name].bytes, "findings": len(accounts[tool.name].found), "peak": peaks.get(tool.name),
             "wall": [run.wall for run in samples[tool.name]], "cpu": [run.cpu for run in samples[tool.name]]}
            for tool in case.tools
        ],
        "goals": [judged(goal, good, peaks) for goal in case.goals],
    }  # fmt: skip


def prove(tool: Tool, case: Case, bench: Bench) -> tuple[Account, str]:
    """The tool's own account of one run, and what is wrong with it: a scanner that looked at nothing must not win."""
    nothing = Account(frozenset(), -1, -1)
    if not tool.command:
        return nothing, "missing"
    place = bench.place(case.directory, tool.name)
    if tool.read is None:
        timed(tool.command, place)
        return nothing, ""
    report = place.output.with_suffix(".report")
    report.unlink(missing_ok=True)
    code = timed([word.replace(REPORT, str(report)) for word in tool.proof], place).code
    if code != tool.code:
        return nothing, f"failed: exit status {code}, expected {tool.code}: {last_line(place)}"
    try:
        account = tool.read(report.read_text() if report.exists() else "", place.output.read_text())
    except (ValueError, KeyError) as error:
        return nothing, f"failed: unusable report: {type(error).__name__}: {error}"
    for secret in case.material.planted:
        if not any(
            (hit.path == secret.path or hit.path.endswith(f"/{secret.path}"))
            and hit.line == secret.line
            and secret.commit in ("", hit.commit)
            for hit in account.found
        ):
            return account, f"failed: did not report the secret at {secret.path}:{secret.line} {secret.commit}".rstrip()
    if account.files == 0:
        return account, f"failed: looked at no file: {last_line(place)}"
    # Peers may leave out kinds of files by default; what they looked at is in the table.
    if tool.name == "gates" and account.bytes < case.material.bytes:
        return account, f"failed: looked at {account.bytes:,} of {case.material.bytes:,} bytes"
    return account, ""


def disagreement(tool: Tool, code: int, case: Case, place: Place) -> str:
    """Why a timed run does not count, "" when it ended and reported as the proof did."""
    if code != tool.code:
        return f"failed: exit status {code}, expected {tool.code}: {last_line(place)}"
    output = place.output.read_bytes() if tool.read else b""
    for secret in case.material.planted if tool.read else ():
        if secret.path.encode() not in output:
            return f"failed: a timed run did not report {secret.path}"
    return ""


def last_line(place: Place) -> str:
    text = place.output.with_suffix(".err").read_text(errors="replace").strip() or place.output.read_text(errors="replace").strip()
    return text.splitlines()[-1] if text else "no message"


def shown(tool: Tool, case: Case) -> str:
    words = [Path(tool.command[0]).name, *tool.command[1:]] if tool.command else []
    return " ".join(words).replace(str(case.material.root), "DIR")


def judged(goal: Goal, good: dict[str, list[Sample]], peaks: dict[str, int]) -> dict[str, Any]:
    """The goal with its measured value; `met` is None where a side of it could not be measured."""
    value = low = high = met = None
    runs, others = good.get("gates"), good.get(goal.against)
    if goal.kind == "faster" and runs and others:
        value, low, high = ratio(others, runs)
        met = value >= goal.limit
    elif goal.kind == "within" and runs and others:
        value, low, high = ratio(runs, others)
        met = value <= goal.limit
    elif goal.kind == "seconds" and runs:
        walls = [run.wall for run in runs]
        value, low, high = median(walls), min(walls), max(walls)
        met = value <= goal.limit
    elif goal.kind == "peak" and runs and "gates" in peaks:
        value = peaks["gates"] / MB
        met = value <= goal.limit
    return {**goal._asdict(), "value": value, "low": low, "high": high, "met": met}


def base_install(bench: Bench) -> dict[str, Any]:
    """What a pre-commit environment takes on the disk beyond an empty virtual environment."""
    size, wrong = install.size(bench.box.python, ROOT, bench.scratch / "environment")
    value = None if wrong else size / MB
    goal = {**Goal("installed", 60)._asdict(), "value": value, "low": None, "high": None, "met": None if wrong else size <= 60 * MB}
    return {"name": "base install", "material": None, "planted": 0, "tools": [], "goals": [goal], "wrong": wrong}


def machine(box: Toolbox) -> dict[str, Any]:
    model = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "cpu": model or platform.processor(), "cores": os.cpu_count(), "used": min(CPUS, os.cpu_count() or CPUS),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), "system": f"{platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[0], 1), "date": datetime.now(UTC).date().isoformat(), "versions": tools.versions(box.python),
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"{', '.join(WORKS)}; all of them by default")
    parser.add_argument("--materials", type=Path, default=ROOT / "benchmarks" / ".materials", help="kept between runs, about 1.5 GB")
    parser.add_argument("--python", default=sys.executable, help="of the environment that has gates and its peers")
    parser.add_argument("--rounds", type=int, default=0, help="timed runs of each tool; by default each work has its own number")
    parser.add_argument("--json", type=Path, default=None, help="results; works that were not run now keep their earlier ones")
    parser.add_argument("--prepare", action="store_true", help="only fetch and generate the materials")
    parser.add_argument("--write-docs", action="store_true", help="run nothing; write docs/benchmarks.md from the --json file")
    options = parser.parse_args(arguments)
    if unknown := set(options.works) - set(WORKS):
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    if options.write_docs:
        if not options.json:
            parser.error("--write-docs needs --json FILE")
        page = ROOT / "docs" / "benchmarks.md"
        page.write_text(tables.page(json.loads(options.json.read_text()), page.read_text()))
        return 0
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CPUS])
    options.materials.mkdir(parents=True, exist_ok=True)
    box = tools.toolbox(os.path.abspath(options.python))
    scratch = Path(tempfile.mkdtemp(prefix="run-", dir=options.materials.resolve()))
    bench = Bench(box, options.materials.resolve(), scratch, options.rounds, datetime.now(UTC).date())
    results: dict[str, Any] = json.loads(options.json.read_text()) if options.json and options.json.exists() else {}
    try:
        for work in options.works or WORKS:
            cases = WORKS[work](bench)
            if options.prepare:
                continue
            here = machine(box)
            found = [compare(case, bench) for case in cases] + ([base_install(bench)] if work == "product" else [])
            results[work] = {"machine": here, "cases": found}
            print(tables.work(work, results[work]), flush=True)
            if options.json:
                options.json.write_text(json.dumps(results, indent=2) + "\n")
    finally:
        shutil.rmtree(scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
