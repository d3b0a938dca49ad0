"""Scanning beside reading: complete, in a fixed order, and never waiting for a lane that broke down."""

from __future__ import annotations

import threading

import pytest

from gates.core.deadline import Deadline
from gates.detect.scan import Scanner
from gates.image.inspecting.lanes import Lanes
from tests.detect.expand import expand
from tests.detect.samples import scanner

TOKEN = expand("{github:ghp_}")


class _Broken(Scanner):
    def __init__(self) -> None:
        pass

    def suspects(self, pieces: object) -> dict[int, object]:  # type: ignore[override]
        raise MemoryError

    def stream(self, read: object, block: int = 0) -> object:  # type: ignore[override]
        raise MemoryError


def pieces(data: bytes, size: int = 70_000) -> object:
    chunks = [data[at : at + size] for at in range(0, len(data), size)][::-1]
    return lambda count: chunks.pop() if chunks else b""


def test_everything_is_scanned_and_the_order_is_fixed() -> None:
    with Lanes(scanner, Deadline(60)) as lanes:
        for number in range(300):
            lanes.put(f"{number:03}", TOKEN if number % 3 == 0 else b"nothing")
        assert lanes.stream("large", b"head ", pieces(b"x " * 500_000 + TOKEN)) == 1_000_040  # type: ignore[arg-type]
        lanes.put("utf-16", ("key = " + TOKEN.decode()).encode("utf-16"))
        lanes.begin(1)
        lanes.put("000", TOKEN)
        found = [(hit.layer, hit.path) for hit in lanes.finish().hits]
        assert found == [*((0, f"{number:03}") for number in range(0, 300, 3)), (0, "large"), (0, "utf-16"), (1, "000")]


def test_a_lane_that_breaks_down_is_told_and_holds_nobody_up() -> None:
    def work() -> None:
        with Lanes(_Broken, Deadline(60)) as broken:
            for number in range(1000):
                broken.put(str(number), b"x" * 100_000)
                broken.stream("large", b"x", pieces(b"y" * 9_000_000))  # type: ignore[arg-type]
            broken.finish()

    caught: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert isinstance(caught[0], MemoryError)


def test_a_reader_that_breaks_down_holds_nobody_up() -> None:
    def read(count: int) -> bytes:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"), Lanes(scanner, Deadline(60)) as lanes:
        lanes.stream("large", TOKEN, read)


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    with Lanes(scanner, Deadline(60)) as lanes:
        lanes.put("a", TOKEN)
    assert threading.active_count() == before
