"""Work in the background: its result, and its failure, reach who waits for it."""

from __future__ import annotations

import threading

import pytest

from gates.core.background import Background


def test_the_work_starts_at_once_and_its_result_is_given_as_often_as_asked() -> None:
    started = threading.Event()
    work = Background(lambda: started.set() or 7)  # type: ignore[func-returns-value]  # None, and so 7
    assert started.wait(5)
    assert (work(), work()) == (7, 7)


def test_what_the_work_raised_is_raised_to_who_waits() -> None:
    def fails() -> int:
        raise LookupError("no engine")

    work = Background(fails)
    for _ in range(2):
        with pytest.raises(LookupError, match="no engine"):
            work()
