"""gitleaks with its own rules: https://github.com/gitleaks/gitleaks#usage"""

from __future__ import annotations

import json
import mmap
import os
import re

from gates.core import process
from gates.core.errors import GateUnavailable
from gates.secrets.engines.engine import FILES, Broken, Engine, Outcome, Tell, Workshop, supported

_LEAST = (8, 27)  # older ones were not tried
_FOUND = 42  # the status that we ask for: its own is also the one of most errors
_CONFIGURATION = "gitleaks.toml"
_SCANNED = re.compile(rb"scanned ~(\d+) bytes \(")
# A program that `go install` built does not know its version, but Go's own record of it lies in the file (`go version -m`).
_MODULE = re.compile(rb"\nmod\tgithub\.com/(?:zricethezav|gitleaks)/gitleaks/v8\tv([0-9.]{1,20})[\t\n]")


def scan(workshop: Workshop, tell: Tell) -> Outcome:
    version = _version(workshop)
    with open(os.path.join(workshop.path, _CONFIGURATION), "w", encoding="ascii") as file:
        file.write("[extend]\nuseDefault = true\n")
    # The configuration is named, so neither a variable nor a file in the folder decides; the folder that it is started in, where it
    # looks for a list of findings to leave out, is ours.
    done = workshop.run(
        "gitleaks",
        *("dir", FILES, "--config", _CONFIGURATION, "--ignore-gitleaks-allow", "--exit-code", str(_FOUND)),
        *("--report-format", "json", "--report-path", "-", "--log-level", "info", "--no-banner", "--no-color"),
        *("--max-target-megabytes", "0", "--max-archive-depth", "0", "--max-decode-depth", "5"),
    )
    if done.status != _FOUND:  # something is found in every run: the canary
        raise Broken(f"it ended with status {done.status}")
    try:
        report = json.loads(done.stdout)
    except (ValueError, RecursionError):
        raise Broken("its report is not JSON") from None  # the cause quotes the report
    if not isinstance(report, list):
        raise Broken("its report is no list")
    for result in report:
        _tell(result, tell)
    scanned = _SCANNED.findall(done.stderr)
    if len(scanned) != 1:
        raise Broken("it does not say how much it scanned")
    return Outcome(version, int(scanned[0]))


def _tell(result: object, tell: Tell) -> None:
    match result:
        case {"File": str(name), "RuleID": str(rule), "Secret": str(value), "StartLine": int(line), "EndLine": int(end_line)}:
            tell(name, rule, value.encode("utf-8", "surrogatepass"), line, end_line)
        case _:
            raise Broken("its report has an entry of an unknown form")


def _version(workshop: Workshop) -> str:
    done = workshop.run("gitleaks", "version")
    version = done.stdout.decode("ascii", "replace").strip().removeprefix("v")
    if done.status or not version[:1].isdigit():
        version = _built_version(process.find_tool("gitleaks", workshop.environment, workshop.outside))
    if not supported(version, _LEAST):
        raise GateUnavailable(
            f"gitleaks {version or 'of an unknown version'} cannot be used; it takes {_LEAST[0]}.{_LEAST[1]} or a later 8"
        )
    return version


def _built_version(program: str) -> str:
    try:
        with open(program, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = _MODULE.search(content)
            return found[1].decode("ascii") if found else ""
    except (OSError, ValueError):  # ValueError: an empty file
        return ""


ENGINE = Engine("gitleaks", "https://github.com/gitleaks/gitleaks#installing", scan)
