"""Which samples a scanner reported, and what that makes of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from benchmarks.accuracy.clean import TREES
from benchmarks.accuracy.corpus import Sample
from benchmarks.accuracy.peers import Hit

NEAR = 1  # lines: some scanners name the line of the key, others the line of the value
PLAIN_BASE64 = "base64-"  # how the templates with one level of it are named


class Measure(NamedTuple):
    """A row of the table: the share of `samples` that count as reported."""

    name: str
    goal: str
    better: str  # "high" or "low"


MEASURES = {
    "published": Measure("provider tokens in their published shape", "≥ 0.99", "high"),
    "wrapped": Measure("the same, wrapped in base64", "≥ 0.99", "high"),
    "encoded": Measure("the same, base64 twice, hex, URL and unicode escapes, split over strings", "", "high"),
    "odd": Measure("hard positives: credentials in odd formats", "≥ 0.97", "high"),
    "blocked": Measure("of all these, those that must block: reported at a severity that blocks", "", "high"),
    "broken": Measure("broken checksum, reported at a severity that blocks", "0", "low"),
    "harmless": Measure("hard negatives reported", "≤ 0.018", "low"),
    "harmless-blocked": Measure("hard negatives reported at a severity that blocks", "", "low"),
}


def measure_of(sample: Sample) -> str:
    """The row a sample counts in."""
    if sample.part != "wrapped":
        return sample.part
    form = sample.name.rpartition(" in ")[2]
    return "wrapped" if form.startswith(PLAIN_BASE64) and "twice" not in form and "powershell" not in form else "encoded"


def scored(samples: Iterable[Sample], hits: Iterable[Hit]) -> dict[str, Any]:
    """Counts per measure, and by name what was missed or wrongly reported."""
    by_path: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_path[hit.path].append(hit)
    total, reported = Counter[str](), Counter[str]()
    wrong: dict[str, list[str]] = defaultdict(list)

    def count(measure: str, sample: Sample, found: list[Hit]) -> None:
        total[measure] += 1
        reported[measure] += bool(found)
        if bool(found) != (MEASURES[measure].better == "high"):
            rules = ", ".join(sorted({hit.rule for hit in found}))
            wrong[measure].append(f"{sample.path}  {sample.kind}: {sample.name}{f'  [{rules}]' if rules else ''}")

    for sample in samples:
        found = by_path.get(sample.path, [])
        blocking = [hit for hit in found if hit.blocking]
        if sample.part == "broken":
            count("broken", sample, near(sample, blocking))  # another finding may be about the file itself
        elif sample.part == "harmless":
            count("harmless", sample, found)
            count("harmless-blocked", sample, blocking)
        else:
            count(measure_of(sample), sample, near(sample, found))
            if sample.blocking:
                count("blocked", sample, near(sample, blocking))
    return {"total": dict(total), "reported": dict(reported), "wrong": dict(wrong)}


def near(sample: Sample, hits: Iterable[Hit]) -> list[Hit]:
    return [hit for hit in hits if sample.first - NEAR <= hit.line <= sample.last + NEAR]


def noise(hits: Iterable[Hit], lines: dict[str, int]) -> dict[str, Any]:
    """Findings per tree, rule and severity, and the files they are in."""
    counted = [hit for hit in hits if hit.path.partition("/")[0] in TREES]
    return {
        "lines": sum(lines.values()),
        "findings": len(counted),
        "blocking": sum(hit.blocking for hit in counted),
        "trees": dict(Counter(hit.path.partition("/")[0] for hit in counted)),
        "severities": dict(Counter(hit.severity or "none" for hit in counted)),
        "rules": dict(Counter(hit.rule for hit in counted).most_common()),
        "places": sorted(f"{hit.path}:{hit.line}  {hit.severity} {hit.rule}".rstrip() for hit in counted),
    }
