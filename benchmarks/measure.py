"""Times whole processes and weighs them with their children."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple


class Sample(NamedTuple):
    """One run. Seconds; `cpu` is user and system time with every child that was waited for; `code` is negative after a signal."""

    wall: float
    cpu: float
    code: int


class Place(NamedTuple):
    """Where a command runs. Its output goes to a file, as it would in a hook or a job; there is no terminal and no input."""

    directory: Path
    environment: Mapping[str, str]
    output: Path
    limit: float  # seconds, then its process group is killed


def timed(command: Sequence[str], place: Place) -> Sample:
    with started(command, place) as (pid, begin):
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - begin
    return Sample(wall, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status))


class Weight(NamedTuple):
    """`peak` in bytes."""

    peak: int
    code: int


def weighed(command: Sequence[str], place: Place) -> Weight:
    """The most that the process and its descendants held at one moment. Linux only: it reads /proc.

    Proportional set size, summed over the processes: a page that two of them share counts once. The largest high-water mark of a single
    process is the floor of the answer, for a peak between two looks. Looking costs time, so this run is never a timed one.
    """
    most = 0
    with started(command, place) as (pid, _):
        while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0):
            # Two processes with the very same account are one memory seen twice: a child between vfork and exec.
            accounts = {account for process in family(pid) if (account := read(f"/proc/{process}/smaps_rollup"))}
            most = max(most, sum(kib(account, "Pss:") for account in accounts))
            most = max([most, *(kib(read(f"/proc/{process}/status"), "VmHWM:") for process in family(pid))])
            time.sleep(0.001)
    return Weight(most * 1024, os.waitstatus_to_exitcode(ended[1]))


@contextmanager
def started(command: Sequence[str], place: Place) -> Iterator[tuple[int, float]]:
    """The process id and the moment of the start; the body waits for the process, and nothing of its group outlives the block."""
    # Descriptors instead of a Popen with buffers: the start itself is part of what is measured.
    with place.output.open("wb") as output, place.output.with_suffix(".err").open("wb") as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=place.directory, env=place.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
            start_new_session=True,
        )  # fmt: skip
        timer = threading.Timer(place.limit, kill, (process.pid,))
        timer.start()
        try:
            yield process.pid, begin
        finally:
            timer.cancel()
            kill(process.pid)
            process.returncode = 0  # the body has reaped it


def kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def family(pid: int) -> list[int]:
    """The process and its descendants; one that ends meanwhile is left out."""
    found = [pid]
    for process in found:
        try:
            threads = os.listdir(f"/proc/{process}/task")
        except OSError:
            continue
        for thread in threads:
            found += map(int, read(f"/proc/{process}/task/{thread}/children").split())
    return found


def read(path: str) -> str:
    """The text, "" when the process is gone."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def kib(text: str, field: str) -> int:
    for line in text.splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    return 0


class Ratio(NamedTuple):
    """Ratio of medians, with the lowest and highest ratio of two runs of the same round."""

    value: float
    low: float
    high: float


def ratio(above: Sequence[Sample], below: Sequence[Sample]) -> Ratio:
    each = [one.wall / other.wall for one, other in zip(above, below, strict=False)]
    return Ratio(median(run.wall for run in above) / median(run.wall for run in below), min(each), max(each))
