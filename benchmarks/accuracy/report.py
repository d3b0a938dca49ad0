"""The results as Markdown, and what was missed as lines."""

from __future__ import annotations

from typing import Any

from benchmarks import tables
from benchmarks.accuracy.score import MEASURES

EXPLAINED = """\
## Accuracy of the secrets gate

Written by `python -m benchmarks.accuracy --write-docs --json FILE`. All tools looked at the same files, each with its defaults and without
a network; `benchmarks/README.md` says how it measures. A recall counts a sample as found when a finding names its line or one beside it.
For a tool that gives no severity of its own every finding blocks.
"""


def section(results: dict[str, Any]) -> str:
    counts = ", ".join(f"{count:,} {part}" for part, count in results["corpus"]["samples"].items())
    trees = f"{results['clean']['note']}, {results['clean']['lines']:,} lines"
    about = f"Corpus of seed {results['corpus']['seed']}: {counts}. Clean code: {trees}."
    return "\n".join((EXPLAINED, tables.machine(results["machine"]) + "\n", about + "\n", table(results["tools"])))


def table(found: list[dict[str, Any]]) -> str:
    """One column per tool; a tool that did not run says so in its column."""
    rows = [["measure", "goal", *(f"{tool['name']} {tool['version']}".strip() for tool in found)]]
    for key, measure in MEASURES.items():
        rows.append([measure.name, measure.goal, *(share(tool, key) for tool in found)])
    rows.append(["clean code, findings per million lines", "≤ 5", *(per_million(tool, "findings") for tool in found)])
    rows.append(["clean code, at a severity that blocks", "0", *(per_million(tool, "blocking") for tool in found)])
    rows.append(["wall time, corpus", "", *(wall(tool, "corpus") for tool in found)])
    rows.append(["wall time, clean code", "", *(wall(tool, "clean") for tool in found)])
    lines = ["| " + " | ".join(tables.escaped(cell) for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"


def share(tool: dict[str, Any], measure: str) -> str:
    if tool["wrong"].get("corpus"):
        return str(tool["wrong"]["corpus"])
    total, reported = tool["score"]["total"].get(measure, 0), tool["score"]["reported"].get(measure, 0)
    if measure == "broken":
        return f"{reported} of {total}"
    return f"{reported / total:.3f} ({reported:,}/{total:,})" if total else "none"


def per_million(tool: dict[str, Any], kind: str) -> str:
    if tool["wrong"].get("clean"):
        return str(tool["wrong"]["clean"])
    count, lines = tool["noise"][kind], tool["noise"]["lines"]
    return f"{count * 1e6 / lines:.1f} ({count:,})"


def wall(tool: dict[str, Any], what: str) -> str:
    return "" if tool["wrong"].get(what) else tables.seconds(tool["wall"][what])


def misses(tool: dict[str, Any], measures: list[str]) -> str:
    """Names of files and samples, never a value."""
    parts = [f"# {tool['name']}"]
    for key in [key for key in MEASURES if key in measures or not measures]:
        wrong = tool.get("score", {}).get("wrong", {}).get(key, [])
        parts += [f"## {MEASURES[key].name}: {len(wrong)}", *wrong]
    noise = tool.get("noise", {})
    if "clean" in measures or not measures:
        parts += [f"## clean code: {noise.get('findings', 0)}", *(f"{count} {rule}" for rule, count in noise.get("rules", {}).items())]
        parts += noise.get("places", [])
    return "\n".join(parts) + "\n"
