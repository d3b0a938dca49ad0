"""Where the bytes come from: files, the index, a range of commits, all history, a stream."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from gates.core import git, scope
from gates.core.errors import GateUnavailable
from gates.core.gate import Context, Scanned, Skipped, Unread
from gates.detect.scan import BLOCK, Match, Scanner

_THREADS_ABOVE = 32 << 20  # bytes scanned before a second thread is worth its start
_OBJECTS_A_LANE = 2_000
_BATCH = 64  # files a lane takes at a time

_T = TypeVar("_T")


class Hit(NamedTuple):
    path: str
    commit: str
    match: Match


class Harvest(NamedTuple):
    """What a source gave: hits by path, line and column."""

    scanned: Scanned
    notes: list[Skipped | Unread]
    hits: list[Hit]


Source = Callable[[Context, Callable[[], Scanner]], Harvest]
