"""Runs bandit on copies of the sources and reads its report as strictly as if it were hostile.

Copies with names of our own, because bandit leaves out paths that contain certain words, cannot be told a name that starts with a
dash, and reports a line by reading the file again; the copy is also what the frame and the hash of a finding are taken from.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from typing import NamedTuple, TypeVar

from gates.core import process
from gates.core.errors import GateUnavailable
from gates.core.finding import Severity
from gates.core.gate import Context

# Starting bandit costs about as much as judging this many bytes, so less than two of these is not worth a second process.
SMALL = 64 * 1024
# What one process gets at most, about 20 s of work: the time limit is for each process, and progress is told after each.
LARGE = 8 * 1024 * 1024
MANY = 1000  # file names on one command line; Windows takes 32 kB in all
REPORT_LIMIT = 256 * 1024 * 1024  # bytes
LOG_LIMIT = 512 * 1024  # bytes; well under what `process.run` keeps, because a failure that was cut off would look like none

# A file that each run must find fault with: proof that the tests were loaded and that a comment does not silence them.
CONTROL_NAME = "control.py"
CONTROL = b"""\
import pickle  # nosec
exec("")  # nosec
eval("")  # nosec: B307
subprocess.run("", shell=True)  # nosec
"""
CONTROL_TESTS = frozenset({"B102", "B307", "B403", "B602"})

# A test of bandit that raises is told on stderr alone, and the report looks as if the test had found nothing.
_TEST_FAILED = re.compile(r"Bandit internal error running: (\w+) on file \.[/\\]([\w.]+) at line (\d+)")


class Source(NamedTuple):
    path: str  # as reports name it
    copy: str  # its name in the workshop
    size: int  # bytes


class Issue(NamedTuple):
    """One result of bandit's report. Lines are 1-based; columns are 0-based and count bytes of UTF-8, as in Python's `ast`."""

    test: str  # "B602"
    severity: Severity  # ours
    bandit_severity: str  # "high", "medium", "low" or "undefined", as is `confidence`
    confidence: str
    line: int
    lines: tuple[int, ...]  # of the code that the issue is about; `line` is not always among them
    column: int
    end_column: int


class Judged(NamedTuple):
    """What bandit says of one source. `failures` are (line, what): with any of them the file was not looked at in full."""

    source: Source
    issues: tuple[Issue, ...]
    failures: tuple[tuple[int, str], ...]


class Broken(Exception):
    """A run of bandit gave no usable report."""


def version() -> str:
    try:
        return metadata.version("bandit")
    except metadata.PackageNotFoundError as error:
        raise GateUnavailable("bandit is not installed; pip install 'gates[code]'") from error


def put(workshop: str, name: str, content: bytes) -> None:
    """Adds a file to the workshop."""
    try:
        with open(os.path.join(workshop, name), "xb") as file:
            file.write(content)
    except OSError as error:
        raise GateUnavailable(f"the temporary directory cannot be written: {error.strerror}") from error


def judge(sources: Sequence[Source], workshop: str, context: Context, jobs: int) -> Iterator[tuple[Judged, ...]]:
    """What bandit says of each source, a batch at a time. `workshop` is a directory that holds the copies and nothing of the repository.

    Raises GateUnavailable when bandit cannot run, after every batch that could be judged was.
    """
    put(workshop, CONTROL_NAME, CONTROL)
    unavailable: GateUnavailable | None = None
    pool = ThreadPoolExecutor(jobs)
    try:
        runs = [pool.submit(_judge, batch, workshop, context) for batch in batches(sources, jobs)]
        for run in runs:
            try:
                yield run.result()
            except GateUnavailable as error:
                unavailable = unavailable or error
    finally:
        pool.shutdown(cancel_futures=True)
    if unavailable:
        raise unavailable


def batches(sources: Sequence[Source], jobs: int) -> list[list[Source]]:
    """Shares of about equal weight, enough of them to keep `jobs` processes busy and each within `LARGE` and `MANY`."""
    total = sum(source.size for source in sources)
    count = max(min(jobs, total // SMALL), -(-total // LARGE), -(-len(sources) // MANY), 1)
    by_size = sorted(sources, key=lambda source: (-source.size, source.path))
    return [share for first in range(count) if (share := by_size[first::count])]


def _judge(batch: Sequence[Source], workshop: str, context: Context) -> tuple[Judged, ...]:
    """One file that makes bandit itself fall over must not hide the others: the batch is halved until that file stands alone."""
    try:
        return _run(batch, workshop, context)
    except Broken as broken:
        _run_control(workshop, context)
        if len(batch) == 1:
            return (Judged(batch[0], (), ((0, f"bandit cannot judge this file: {broken}"),)),)
        middle = len(batch) // 2
        return _judge(batch[:middle], workshop, context) + _judge(batch[middle:], workshop, context)


def _run_control(workshop: str, context: Context) -> None:
    """Raises GateUnavailable when the fault is in bandit, not in what it was given."""
    try:
        _run((), workshop, context)
    except Broken as broken:
        raise GateUnavailable(f"bandit does not work: {broken}; reinstall it with pip install 'gates[code]'") from broken


def _run(batch: Sequence[Source], workshop: str, context: Context) -> tuple[Judged, ...]:
    # -q: above 50 files a progress bar would be written into the report; -x "": bandit leaves nothing out on its own.
    argv = [sys.executable, "-I", "-W", "ignore", "-m", "bandit", "-q", "-f", "json", "--ignore-nosec", "-x", "", CONTROL_NAME]
    try:
        done = process.run(
            [*argv, *(source.copy for source in batch)],
            cwd=workshop,
            # A home of its own: the list of tests is not taken from a cache that may be damaged.
            environment={**process.clean_environment(context.environment, outside=context.root), "HOME": workshop},
            deadline=context.deadline,
            timeout=context.tool_timeout,
            output_limit=REPORT_LIMIT,
            name="bandit",
        )
    except process.OutputTooLarge as error:
        raise Broken("its report is too long") from error
    if len(done.stderr) > LOG_LIMIT:
        raise Broken("its log is too long")
    if done.status != 1:  # "something was found", and the control always is
        raise Broken(f"it ended with status {done.status}")
    return read_report(done.stdout, done.stderr.decode("utf-8", "replace"), batch)


def read_report(report: bytes, log: str, batch: Sequence[Source]) -> tuple[Judged, ...]:
    """The report and the log of one run, held against what the run was given.

    Raises Broken unless the report accounts for every file, for each issue that it counts, and for the control.
    """
    try:
        document = json.loads(report)
    except (ValueError, RecursionError) as error:
        raise Broken("its report is not JSON") from error
    names = [CONTROL_NAME, *(source.copy for source in batch)]
    issues: dict[str, list[Issue]] = {name: [] for name in names}
    failures: dict[str, set[tuple[int, str]]] = {name: set() for name in names}
    for result in _take(document, "results", list):
        _of(issues, _take(result, "filename", str)).append(_issue(result))
    for problem in _take(document, "errors", list):
        _of(failures, _take(problem, "filename", str)).add((0, _explain(_take(problem, "reason", str))))
    for test, name, line in _TEST_FAILED.findall(log):
        _of(failures, name).add((int(line), f"bandit's own check {test} failed here; rewrite the line, or exclude the file in the policy"))

    metrics = _take(document, "metrics", dict)
    for name in names:
        if not failures[name] and _counted(metrics, name) != len(issues[name]):
            raise Broken("its report holds another number of findings than it counts")
    if failures[CONTROL_NAME] or not {issue.test for issue in issues[CONTROL_NAME]} >= CONTROL_TESTS:
        raise Broken("it did not find what is wrong with the control sample")
    return tuple(Judged(source, tuple(sorted(issues[source.copy], key=_place)), tuple(sorted(failures[source.copy]))) for source in batch)


def _issue(result: object) -> Issue:
    lines = _take(result, "line_range", list)
    if not all(isinstance(line, int) for line in lines):
        raise Broken("its report has a line that is no number")
    levels = _take(result, "issue_severity", str), _take(result, "issue_confidence", str)
    return Issue(
        test=_take(result, "test_id", str),
        severity=severity(*levels),
        bandit_severity=levels[0].lower(),
        confidence=levels[1].lower(),
        line=_take(result, "line_number", int),
        lines=tuple(lines),
        column=_take(result, "col_offset", int),
        end_column=_take(result, "end_col_offset", int),
    )


def severity(level: str, confidence: str) -> Severity:
    """Ours, for bandit's: its severity, one step lower where it is not confident. What it leaves undefined counts as high."""
    ours = {"LOW": Severity.LOW, "MEDIUM": Severity.MEDIUM}.get(level, Severity.HIGH)
    return Severity(ours - 1) if confidence == "LOW" and ours > Severity.LOW else ours


def _place(issue: Issue) -> tuple[int, int, str]:
    return issue.line, issue.column, issue.test


def _explain(reason: str) -> str:
    if reason.startswith("syntax error"):
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return f"not valid Python {python}, which gates runs on here; run it on another version, or exclude the file in the policy"
    return f"bandit could not look: {reason}"


def _counted(metrics: object, name: str) -> int:
    counts = _take(metrics, os.path.join(".", name), dict)
    return sum(_take(counts, f"SEVERITY.{level}", int) for level in ("UNDEFINED", "LOW", "MEDIUM", "HIGH"))


_Entry = TypeVar("_Entry")
_Kind = TypeVar("_Kind")


def _of(entries: Mapping[str, _Entry], reported: str) -> _Entry:
    """The entry of a file that the run was given; bandit puts ./ in front of its name."""
    entry = entries.get(os.path.basename(reported))
    if entry is None:
        raise Broken("its report names a file that it was not given")
    return entry


def _take(table: object, key: str, kind: type[_Kind]) -> _Kind:
    value = table.get(key) if isinstance(table, dict) else None
    if not isinstance(value, kind):
        raise Broken(f"its report has no {key} where one belongs")
    return value
