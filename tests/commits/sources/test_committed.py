from __future__ import annotations

import pytest

from gates.commits.source import Source
from gates.commits.sources import committed
from gates.core.documents import DocumentError
from tests.commits.sources.support import drift, names, spelled


def read(text: str) -> Source:
    (source,) = committed.read(text.encode(), "committed.toml")
    return source


def test_the_file_stands_in_the_root() -> None:
    assert committed.is_source("committed.toml")
    assert not committed.is_source("a/committed.toml")


def test_its_default_types_stand_at_its_style() -> None:
    source = read('# x\nstyle = "conventional"\n')
    assert names(source) == ["fix", "feat", "chore", "docs", "style", "refactor", "perf", "test"]
    assert source.implied
    assert source.location[1:3] == (2, 9)
    assert source.header.max_length == 50


@pytest.mark.parametrize("style", ['style = "none"\n', "", 'style = "None"\nallowed_types = ["feat"]\n'])
def test_without_a_style_any_message_will_do(style: str) -> None:
    assert read(style).types is None
    assert not read(style).opaque


@pytest.mark.parametrize(
    ("types", "expected"), [('["feat", "fix"]', ([], [])), ('["feat"]', (["fix"], [])), ("[\n'feat',\n'fix', 'wip']", ([], ["wip"]))]
)
def test_types_of_the_file(types: str, expected: tuple[list[str], list[str]]) -> None:
    text = f'allowed_types = {types}\nstyle = "conventional"\nallowed_scopes = ["api"]\nsubject_length = 0\n'
    source = read(text)
    assert drift(read('style = "Conventional"\nallowed_types = ["feat", "fix"]'), source) == expected
    assert list(spelled(source, text)) == names(source)
    assert not source.implied
    assert source.header.scopes == ("api",)
    assert source.header.max_length == 0


def test_an_empty_list_allows_any_type() -> None:
    assert read('style = "conventional"\nallowed_types = []').types is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("style = 1", 1),
        ('style = "angular"', 1),
        ('style = "conventional"\nallowed_types = "feat"', 2),
        ("a = ", 1),
        ("\nsubject_length = -1", 2),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(DocumentError) as caught:
        read(text)
    assert caught.value.line == line
