"""A lane in another process finds the same, and never passes for one that looked when it did not."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import IO

import pytest

from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable
from gates.core.gate import Context, Selection
from gates.detect.families import FAMILIES
from gates.detect.prefilter import open_engine
from gates.detect.scan import Scanner
from gates.image.inspecting import workers
from gates.image.inspecting.lanes import Hit, Lanes, Work, scanned
from tests.detect.expand import expand
from tests.detect.samples import scanner

TOKEN = expand("{github:ghp_}")
KEY = b"k" * 16


class Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, count: int) -> bytes:
        data, self._data = self._data[:count], self._data[count:]
        return data

    def drain(self) -> None:
        self._data = b""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(
        root=os.fspath(tmp_path),
        repository=None,
        selection=Selection("message"),
        excluded=lambda path: "",
        today=date(2026, 11, 1),
        deadline=Deadline(120),
        tool_timeout=60,
        environment=os.environ,
        offline=True,
        progress=lambda done, total, unit: None,
    )


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> workers.Settings:
    return workers.Settings(os.environ.get("GATES_TEST_CACHE", "") or os.fspath(tmp_path_factory.mktemp("cache")), KEY)


def works() -> Iterator[Work]:
    yield Work(1, [("a", b"nothing"), ("b", b"key = " + TOKEN), ("empty", b""), ("odd \udcff", b"\0" * 9000 + TOKEN)])
    yield Work(2, ("large", Reader(b"x " * 3_000_000 + TOKEN)))
    yield Work(3, [("c", ("key = " + TOKEN.decode()).encode("utf-16")), ("x.gz", gzip.compress(TOKEN)), ("a.lz4", b"\x04\x22\x4d\x18x")])


def unframed(hits: list[Hit]) -> list[Hit]:
    return [hit._replace(match=hit.match._replace(frame=None)) for hit in hits]


def test_another_process_finds_the_same(context: Context, settings: workers.Settings) -> None:
    here = Scanner(FAMILIES, open_engine(FAMILIES, settings.cache), "", KEY)
    found = workers.scan(works(), settings, context)
    expected = scanned(here, works(), Deadline(60))
    assert found == expected._replace(hits=unframed(expected.hits))
    assert [hit.path + hit.inner for hit in found.hits] == ["b", "odd \udcff", "large", "c", "x.gz!x"]
    assert [each.path for each in found.closed] == ["a.lz4"]


def test_what_a_report_does_not_show_does_not_leave_the_process(
    context: Context, settings: workers.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[bytes] = []

    def loads(data: bytes) -> object:
        answers.append(data)
        return load(data)

    load = workers.json.loads
    monkeypatch.setattr(workers.json, "loads", loads)
    assert workers.scan(works(), settings, context)
    assert answers
    assert not any(TOKEN in answer for answer in answers)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("raise SystemExit(3)", "ended with status 3"),
        ("import os; os.kill(os.getpid(), 9)", "ended with status -9"),
        ("import sys; sys.stdin.buffer.read()", "gave no answer"),
        ("import sys; sys.stdin.buffer.read(); print('[1, [], []]')", "looked at 1 of 3"),
    ],
)
def test_a_process_that_did_not_look_is_an_error(
    program: str, told: str, context: Context, settings: workers.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_PROGRAM", program)
    with pytest.raises(GateUnavailable, match=told):
        workers.scan(works(), settings, context)


def test_a_process_that_dies_holds_nobody_up(context: Context, settings: workers.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_PROGRAM", "raise SystemExit(3)")
    monkeypatch.setattr("gates.image.inspecting.lanes._WORTH_A_PROCESS", 0)

    def fill() -> None:
        with Lanes(scanner, Deadline(60), lambda works: workers.scan(works, settings, context), 2) as lanes:
            for number in range(500):
                lanes.put(str(number), b"x" * 100_000)
                lanes.stream("large", b"x", Reader(b"y" * 5_000_000).read)
            lanes.finish()

    with pytest.raises(GateUnavailable, match="ended with status 3"):
        fill()


def test_work_that_is_cut_short_is_no_answer(settings: workers.Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "work"
    place.write_bytes(b'["", "00"]\n[1, [["a", 10]]]\nshort')

    class Stdin:
        buffer: IO[bytes]

    with place.open("rb") as file:
        Stdin.buffer = file
        monkeypatch.setattr(sys, "stdin", Stdin)
        with pytest.raises(EOFError):
            workers.main()


def test_modules_are_not_found_in_the_tree_under_test(context: Context, tmp_path: Path) -> None:
    inside = os.fspath(tmp_path / "src")
    (tmp_path / "src").mkdir()
    (tmp_path.parent / "link").symlink_to(inside)
    path = ["", "relative", context.root, inside, os.fspath(tmp_path.parent / "link"), "/usr/lib/python3"]
    assert list(workers._places(path, context.root)) == ["/usr/lib/python3"]
    home = os.fspath(Path(workers.__file__).parents[3])
    assert list(workers._places([home, "relative"], home)) == [home]


def test_a_deadline_that_passes_is_an_error(context: Context, settings: workers.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_PROGRAM", "import time; time.sleep(600)")
    with pytest.raises(GateUnavailable, match="time is over"):
        workers.scan(works(), settings, context._replace(deadline=Deadline(0.5)))


def test_a_scan_that_raises_is_an_error(context: Context, settings: workers.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = "import gates.detect.scan as s; s.Scanner.stream = lambda *a: 1 / 0; "
    before, after = workers._PROGRAM.split("from gates", 1)
    monkeypatch.setattr(workers, "_PROGRAM", f"{before}{broken}from gates{after}")
    with pytest.raises(GateUnavailable, match="ended with status 1"):
        workers.scan(works(), settings, context)
