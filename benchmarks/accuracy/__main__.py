"""Runs the scanners over the corpus and over clean code: `python -m benchmarks.accuracy [TOOL ...]`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import speed, tables, tools
from benchmarks.accuracy import clean, corpus, peers, report, score
from benchmarks.accuracy.corpus import Sample
from benchmarks.materials import Material

LIMIT = 7200.0  # seconds; detect-secrets reads three million lines in half an hour
PAGE = speed.ROOT / "docs" / "benchmarks.md"


def main(arguments: Sequence[str] | None = None) -> int:
    options = parsed(arguments)
    samples = corpus.corpus(options.seed)
    if options.write:
        corpus.write(samples, options.write)
        print(", ".join(f"{count:,} {part}" for part, count in Counter(sample.part for sample in samples).items()))
        return 0
    results: dict[str, Any] = json.loads(options.json.read_text()) if options.json and options.json.exists() else {}
    if options.write_docs:
        PAGE.write_text(tables.with_accuracy(report.section(results), PAGE.read_text()))
        return 0
    if not options.shown:
        results = run(options, samples, results)
        if options.json:
            options.json.write_text(json.dumps(results, indent=1) + "\n")
        print(report.table(results["tools"]))
    if options.misses is not None:
        print(
            "\n".join(
                report.misses(tool, options.misses) for tool in results["tools"] if not options.tools or tool["name"] in options.tools
            )
        )
    return 0


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("tools", nargs="*", metavar="TOOL", help="gates, kingfisher, detect-secrets, credsweeper; all by default")
    parser.add_argument("--python", default=sys.executable, help="of the environment that has gates and its peers")
    parser.add_argument("--gates", default="", metavar="PROGRAM", help="another gates than that environment's")
    parser.add_argument("--credsweeper", default="", metavar="PROGRAM", help="where it has an environment of its own")
    parser.add_argument("--materials", type=Path, default=speed.ROOT / "benchmarks" / ".materials", help="kept between runs")
    parser.add_argument("--seed", type=int, default=corpus.SEED, help="another seed draws other values")
    parser.add_argument("--write", type=Path, metavar="DIR", help="only write the corpus there, with labels.json")
    parser.add_argument("--only", choices=("corpus", "clean"), help="leave the other out; its earlier results stay")
    parser.add_argument("--misses", nargs="*", metavar="MEASURE", help=f"list what each tool got wrong: {', '.join(score.MEASURES)}, clean")
    parser.add_argument("--shown", action="store_true", help="run nothing; read the --json file")
    parser.add_argument("--json", type=Path, help="results; those of tools that were not run now stay, if they are over the same files")
    parser.add_argument(
        "--write-docs", action="store_true", help="run nothing; write the section of docs/benchmarks.md from the --json file"
    )
    options = parser.parse_args(arguments)
    if (options.write_docs or options.shown) and not (options.json and options.json.exists()):
        parser.error("this needs --json FILE with the results of a run")
    return options


def run(options: argparse.Namespace, samples: list[Sample], earlier: dict[str, Any]) -> dict[str, Any]:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: speed.CPUS])
    options.materials.mkdir(parents=True, exist_ok=True)
    folder = options.materials.resolve()
    box = tools.toolbox(os.path.abspath(options.python))
    box = box._replace(gates=options.gates or box.gates)
    known = peers.peers(box, options.credsweeper or peers.find_credsweeper(box.python))
    if unknown := set(options.tools) - {peer.name for peer in known}:
        raise SystemExit(f"no such tool: {', '.join(sorted(unknown))}")
    trees = clean.trees(folder, box.python)
    here = speed.machine(box)
    scratch = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
    bench = speed.Bench(box, folder, scratch, 1, datetime.now(UTC).date())
    about = {
        "corpus": {"seed": options.seed, "samples": dict(Counter(sample.part for sample in samples)), "digest": corpus.digest(samples)},
        "clean": {"note": trees.note, "lines": sum(clean.lines(trees).values())},
    }
    # Results over other files do not stand in one table with these.
    same = all(earlier.get(key) == value for key, value in about.items())
    old = {tool["name"]: tool for tool in earlier.get("tools", []) if same}
    found = []
    try:
        root = scratch / "corpus"
        corpus.write(samples, root)
        for peer in known:
            if options.tools and peer.name not in options.tools:
                found += [old[peer.name]] if peer.name in old else []
                continue
            found.append(judged(peer, bench, root, samples, trees, options.only, old.get(peer.name, {})))
    finally:
        shutil.rmtree(scratch)
    return {"machine": here, **about, "tools": found}


def judged(
    peer: peers.Peer, bench: speed.Bench, root: Path, samples: list[Sample], trees: Material, only: str | None, old: dict[str, Any]
) -> dict[str, Any]:
    result: dict[str, Any] = {"wrong": {}, "wall": {}} | old | {"name": peer.name, "version": peer.version}
    for what, scanned in (("corpus", root), ("clean", trees.root)):
        if only and only != what:
            result["wrong"].setdefault(what, "" if what in result["wall"] else "not run")
            continue
        place = bench.place(speed.desk(bench), f"{peer.name}-{what}")._replace(limit=LIMIT)
        outcome = peers.scan(peer, scanned, place)
        result["wrong"][what], result["wall"][what] = outcome.wrong, outcome.wall
        if outcome.wrong:
            print(f"{peer.name}, {what}: {outcome.wrong}", file=sys.stderr)
        elif what == "corpus":
            result["score"] = score.scored(samples, outcome.hits)
        else:
            result["noise"] = score.noise(outcome.hits, clean.lines(trees))
    return result


if __name__ == "__main__":
    sys.exit(main())
