"""Kingfisher with its own rules, without the network: https://mongodb.github.io/kingfisher/"""

from __future__ import annotations

import json
import os

from gates.core.errors import GateUnavailable
from gates.secrets.engines.engine import FILES, Broken, Engine, Outcome, Tell, Workshop, supported

_LEAST = (2, 14)  # the first whose report these words are known to bring
_FOUND = 200  # "findings, none of them known to work"


def scan(workshop: Workshop, tell: Tell) -> Outcome:
    _check_version(workshop)
    done = workshop.run(
        "kingfisher",
        *("scan", FILES, "--no-validate", "--no-update-check", "--quiet", "--format", "json"),
        *("--no-ignore", "--no-dedup", "--no-limits", "--no-extract-archives", "--git-history", "none", "--confidence", "medium"),
        # Its rules take seconds to compile.
        *("--rule-cache-dir", workshop.cache or os.path.join(workshop.path, "cache")),
    )
    if done.status != _FOUND:  # something is found in every run: the canary
        raise Broken(f"it ended with status {done.status}")
    # One document to a line: the report, then a summary.
    try:
        report = json.loads(done.stdout.partition(b"\n")[0])
    except (ValueError, RecursionError):
        raise Broken("its report is not JSON") from None  # the cause quotes the report
    match report:
        case {
            "findings": [*findings],
            "audit": {"summary": {"scan_partial": 0, "scan_failed": 0, "pending": 0}},
            "metadata": {"kingfisher_version": str(version), "summary": {"findings": int(count), "bytes_scanned": int(size)}},
        }:
            if count != len(findings):
                raise Broken("its report holds another number of findings than it counts")
            for finding in findings:
                _tell(finding, tell)
            return Outcome(version, size)
        case _:
            raise Broken("its report is of an unknown form, or says that something was not scanned")


def _tell(finding: object, tell: Tell) -> None:
    match finding:
        case {"rule": {"id": str(rule)}, "finding": {"path": str(name), "snippet": str(value), "line": int(line)}}:
            tell(name, rule, value.encode("utf-8", "surrogatepass"), line, line)
        case _:
            raise Broken("its report has an entry of an unknown form")


def _check_version(workshop: Workshop) -> None:
    done = workshop.run("kingfisher", "--version", "--no-update-check")
    version = done.stdout.decode("ascii", "replace").strip().rpartition(" ")[2]
    if done.status or not supported(version, _LEAST):
        raise GateUnavailable(f"this kingfisher cannot be used; it takes {_LEAST[0]}.{_LEAST[1]} or a later {_LEAST[0]}")


ENGINE = Engine("kingfisher", "pip install kingfisher-bin", scan, keeps=True)
