"""What is found does not depend on how the work falls to threads and batches, nor on the order of the files."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from gates.core import scope
from gates.core.deadline import Deadline
from gates.core.finding import Finding
from gates.core.gate import Context, Scanned, Selection, Skipped, Unread
from gates.secrets import sources
from gates.secrets.gate import GATE, Options
from tests.core.conftest import Maker, make
from tests.detect.expand import expand

__all__ = ["make"]

TEMPLATES = ("{github:ghp_}", "glpat-{alnum:20}", "AKIA{base32:16}", "xoxb-{digits:12}-{digits:13}-{alnum:24}", "dop_v1_{hex:64}")
Answer = tuple[list[tuple[object, ...]], tuple[int, int, int], list[str]]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small and large files, with and without secrets, in several encodings, some equal, some empty."""
    top = tmp_path_factory.mktemp("tree")
    dice = random.Random(5)
    for number in range(300):
        lines = [f"line {dice.random()}" for _ in range(dice.choice((0, 1, 5, 200, 4_000)))]
        for _ in range(dice.choice((0, 0, 0, 0, 1, 3))):
            token = expand(dice.choice(TEMPLATES), dice.randrange(20)).decode()
            lines.insert(dice.randrange(len(lines) + 1), f"key = '{token}'")
        data = "\n".join(lines).encode(dice.choice(("utf-8", "utf-8", "utf-8", "utf-16-le", "utf-16", "utf-32")))
        place = top / f"{number % 7}" / f"{number}.txt"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
    (top / "link").symlink_to("0/0.txt")
    (top / "large.log").write_bytes(b"nothing here\n" * 400_000 + expand("{github:ghp_}", 99) + b"\n" + b"nor here\n" * 200_000)
    return top


def answer(tree: Path) -> Answer:
    context = Context(
        root=os.fspath(tree),
        repository=None,
        selection=Selection("paths", (".",)),
        excluded=lambda path: "by policy" if path.startswith("3/") else "",
        today=date(2026, 11, 20),
        deadline=Deadline(120.0),
        tool_timeout=60.0,
        environment=os.environ,
        offline=True,
        progress=lambda done, total, unit: None,
    )
    findings: list[tuple[object, ...]] = []
    scanned: list[Scanned] = []
    skipped: list[str] = []
    for event in GATE.check(context, Options()):
        match event:
            case Finding():
                findings.append((event.rule.id, event.location, event.subject, event.message, dict(event.data), event.frame))
            case Scanned():
                scanned.append(event)
            case Skipped():
                skipped.append(event.path)
            case Unread():
                pytest.fail(f"{event}")
    (total,) = scanned
    return findings, total, sorted(skipped)


@pytest.fixture(scope="module")
def expected(tree: Path) -> Answer:
    findings, total, skipped = answer(tree)
    files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink() and path.parent.name != "3"]
    assert len(findings) > 60
    assert (total[0], total[1]) == (len(files), sum(path.stat().st_size for path in files))
    assert len(skipped) == 1 + len(list((tree / "3").iterdir()))
    return findings, total, skipped


@pytest.mark.parametrize("cores", [1, 2, 4])
@pytest.mark.parametrize("batch", [1, 7, 500])
@pytest.mark.parametrize("small", [0, 300, 1 << 22])
def test_threads_and_batches(tree: Path, expected: Answer, monkeypatch: pytest.MonkeyPatch, cores: int, batch: int, small: int) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(sources, "_MORE_LANES_AFTER", 0)
    monkeypatch.setattr(sources, "_BATCH", batch)
    monkeypatch.setattr(sources, "_SMALL", small)
    assert answer(tree) == expected


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_files(tree: Path, expected: Answer, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    listed = scope.files

    def shuffled(context: Context) -> Iterator[scope.File | Skipped | Unread]:
        found = list(listed(context))
        random.Random(seed).shuffle(found)
        return iter(found)

    monkeypatch.setattr(scope, "files", shuffled)
    assert answer(tree) == expected


@pytest.mark.parametrize(("block", "lanes"), [(64, 1), (1 << 22, 2)])
def test_history_on_one_thread_and_on_two(
    make: Callable[..., Maker], monkeypatch: pytest.MonkeyPatch, tree: Path, block: int, lanes: int
) -> None:
    maker = make()
    for number in range(12):
        for template in TEMPLATES:
            maker.write(f"{number}.txt", expand(template, number) + b"\n" * number)
        maker.commit(f"{number}", 1_700_000_000 + number)
    monkeypatch.setattr(os, "cpu_count", lambda: lanes)
    monkeypatch.setattr(sources, "_MORE_LANES_AFTER", 0)
    monkeypatch.setattr(sources, "_BATCH", 2)
    monkeypatch.setattr(sources, "BLOCK", block)
    context = Context(
        os.fspath(maker.top), maker.found(), Selection("history"), lambda path: "", date(2026, 11, 20), Deadline(60.0), 60.0,
        os.environ, True, lambda done, total, unit: None,
    )  # fmt: skip
    findings = [event for event in GATE.check(context, Options()) if isinstance(event, Finding)]
    assert len(findings) == 12
    assert [finding.location and finding.location.path for finding in findings] == sorted(f"{number}.txt" for number in range(12))
