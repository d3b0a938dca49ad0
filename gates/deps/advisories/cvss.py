"""Base scores of CVSS vectors: https://www.first.org/cvss/v3.1/specification-document (7) and https://www.first.org/cvss/v2/guide (3.2).

A vector of version 4 has no formula but a table of some hundred classes; it is not scored here.
"""

from __future__ import annotations

import math

from gates.core.finding import Severity

_V3_WEIGHTS = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "S": {"U": 0.0, "C": 1.0},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_V3_PRIVILEGES_CHANGED = {"N": 0.85, "L": 0.68, "H": 0.5}  # where the scope changes, privileges hinder less
_V2_WEIGHTS = {
    "AV": {"L": 0.395, "A": 0.646, "N": 1.0},
    "AC": {"H": 0.35, "M": 0.61, "L": 0.71},
    "Au": {"M": 0.45, "S": 0.56, "N": 0.704},
    "C": {"N": 0.0, "P": 0.275, "C": 0.660},
    "I": {"N": 0.0, "P": 0.275, "C": 0.660},
    "A": {"N": 0.0, "P": 0.275, "C": 0.660},
}


def severity(vector: str) -> Severity | None:
    """By the rating scale of its version; None for a vector that is not understood, and for any of version 4."""
    if vector.startswith(("CVSS:3.0/", "CVSS:3.1/")):
        score = base_score_v3(vector)
        return None if score is None else _rated(score)
    score = base_score_v2(vector)
    # The older scale ends at high: https://nvd.nist.gov/vuln-metrics/cvss
    return None if score is None else min(_rated(max(score, 0.1)), Severity.HIGH)


def _rated(score: float) -> Severity:
    for severity, least in ((Severity.CRITICAL, 9.0), (Severity.HIGH, 7.0), (Severity.MEDIUM, 4.0), (Severity.LOW, 0.1)):
        if score >= least:
            return severity
    return Severity.INFO


def base_score_v3(vector: str) -> float | None:
    metrics = _metrics(vector.partition("/")[2], _V3_WEIGHTS)
    if metrics is None:
        return None
    changed = metrics["S"] == "C"
    weight = {name: weights[metrics[name]] for name, weights in _V3_WEIGHTS.items()}
    if changed:
        weight["PR"] = _V3_PRIVILEGES_CHANGED[metrics["PR"]]
    lost = 1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"])
    impact = 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15 if changed else 6.42 * lost
    if impact <= 0:
        return 0.0
    exploitability = 8.22 * weight["AV"] * weight["AC"] * weight["PR"] * weight["UI"]
    return _rounded_up(min((1.08 if changed else 1.0) * (impact + exploitability), 10.0))


def _rounded_up(score: float) -> float:
    """To one decimal, in whole numbers, so that 4.000002 of a binary fraction stays 4.0."""
    scaled = round(score * 100_000)
    return scaled / 100_000 if scaled % 10_000 == 0 else (math.floor(scaled / 10_000) + 1) / 10


def base_score_v2(vector: str) -> float | None:
    metrics = _metrics(vector.removeprefix("(").removesuffix(")"), _V2_WEIGHTS)
    if metrics is None:
        return None
    weight = {name: weights[metrics[name]] for name, weights in _V2_WEIGHTS.items()}
    impact = 10.41 * (1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"]))
    exploitability = 20 * weight["AV"] * weight["AC"] * weight["Au"]
    score = (0.6 * impact + 0.4 * exploitability - 1.5) * (1.176 if impact else 0.0)
    return round(max(score, 0.0), 1)


def _metrics(text: str, weights: dict[str, dict[str, float]]) -> dict[str, str] | None:
    """The base metrics, each given once with a known value; temporal and environmental ones may follow."""
    metrics: dict[str, str] = {}
    for part in text.split("/"):
        name, colon, value = part.partition(":")
        if not colon or name in metrics:
            return None
        metrics[name] = value
    known = all(metrics.get(name, "") in values for name, values in weights.items())
    return metrics if known else None
