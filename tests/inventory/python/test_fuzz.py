"""Whatever a file holds, a reader answers with an inventory or says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.core.errors import UsageError
from gates.inventory.package import Inventory
from gates.inventory.python import environment, manifest, pdm, pipfile, poetry, pylock, requirements, uv
from tests.inventory.edges import check
from tests.inventory.python.support import lock

READERS: dict[str, tuple[Callable[[bytes, str], object], str]] = {
    "uv": (uv.read, "uv-lock.toml"),
    "poetry": (poetry.read, "poetry-lock.toml"),
    "pdm": (pdm.read, "pdm-lock.toml"),
    "pylock": (pylock.read, "pylock-exported.toml"),
    "pipfile": (pipfile.read, "pipfile-lock.json"),
    "manifest": (manifest.read_manifest, "uv-manifest.toml"),
    "poetry-manifest": (manifest.read_manifest, "poetry-manifest.toml"),
    "requirements": (lambda data, path: requirements.read_requirements(path, lambda name: data if name == path else b""), "exported.txt"),
}
ODD = [
    *("", "0", "-1", "true", "[]", "{}", '""', "'x'", "[[]]", "[{}]", "1979-05-27", "nan", "null"),
    *('"' + "9" * 5000 + '"', '"\\u0000"', '"a @ x"'),
]


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=50)  # of each reader
@given(data=st.data())
def test_a_value_replaced_is_no_surprise(reader: str, data: st.DataObject) -> None:
    read, sample = READERS[reader]
    text = lock(sample).decode()
    values = [match.span(1) for match in re.finditer(r"[=:] ?(\".*?\"|\[.*?\]|\{.*\}|[0-9]+|true|false)", text)] or [(0, 0)]
    for _ in range(data.draw(st.integers(1, 3))):
        start, end = data.draw(st.sampled_from(values))
        text = text[:start] + data.draw(st.sampled_from(ODD)) + text[end:]
    survives(read, text.encode())


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=50)  # of each reader
@given(data=st.data())
def test_a_line_moved_or_lost_is_no_surprise(reader: str, data: st.DataObject) -> None:
    read, sample = READERS[reader]
    lines = lock(sample).decode().splitlines()
    for _ in range(data.draw(st.integers(1, 5))):
        line = lines.pop(data.draw(st.integers(0, len(lines) - 1)))
        if data.draw(st.booleans()):
            lines.insert(data.draw(st.integers(0, len(lines))), line)
    survives(read, "\n".join(lines).encode())


WORDS = [
    *("a", "==", "1.0", ";", "#", "-r", "-c", "-e", "--hash=", "sha256:00", "@", "https://", "${A}", "[", "]", "(", "'", '"'),
    *("--index-url", "git+", "/", ".", ",", "extra", "in", "*", "~=", "# via", "-", "=", ":", "%"),
]
pieces = st.sampled_from([*WORDS, " ", "\\\n", "\n", "\r", "\x0c", "\ufeff", "é", "\x00"])


@given(st.one_of(st.lists(pieces, max_size=30).map("".join), st.text()))
def test_any_requirements(text: str) -> None:
    survives(READERS["requirements"][0], text.encode("utf-8", "replace"))


@given(st.binary())
@pytest.mark.parametrize("reader", READERS)
def test_any_bytes(reader: str, data: bytes) -> None:
    survives(READERS[reader][0], data)


headers = st.lists(st.sampled_from(["Name", ":", " ", "a", "Version", "1", "\n", "\r", "=?utf-8?q?a?=", "é"]))


@given(st.one_of(st.binary(), headers.map(lambda parts: "".join(parts).encode())))
def test_any_metadata(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("site") / "a-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_bytes(data)
    (folder / "direct_url.json").write_bytes(data)
    survives(lambda _, path: environment.read_environment(path), b"", str(folder.parent))


def survives(read: Callable[[bytes, str], object], data: bytes, path: str = "x") -> None:
    problem = ""
    found: object = None
    try:
        found = read(data, path)
    except UsageError as error:
        problem = str(error)
    assert "\n" not in problem
    assert problem or found is not None
    if isinstance(found, Inventory):
        assert all(package.name and (package.version or package.source) for package in found.packages)
        check(found)
