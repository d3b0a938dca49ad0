from __future__ import annotations

import pytest

from gates.commits.sources import cliff as reader
from gates.commits.sources.fates import fates, settled, unreached
from gates.core.documents import DocumentError
from tests.commits.sources.shared import names

PARSERS = """[git]
commit_parsers = [
  { message = '^feat', group = 'F' },
  { message = '^doc', group = 'D' },
  { message = '^chore', skip = true },
]
"""
ACCEPTED = ("feat", "docs", "chore", "zzz")


def states(source: str, types: tuple[str, ...] = ACCEPTED) -> list[str]:
    (found,) = reader.read(source.encode(), "cliff.toml")
    return [fate.state for fate in fates(found, types).values()]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ["shown", "shown", "shown", "shown"]),
        ("[git]\nfilter_commits = true\n", ["shown", "shown", "shown", "shown"]),
        (PARSERS, ["shown", "shown", "hidden", "shown"]),
        (PARSERS + "filter_commits = true\n", ["shown", "shown", "hidden", "lost"]),
        (PARSERS + "conventional_commits = false\n", ["shown", "shown", "hidden", "lost"]),
        (PARSERS + "conventional_commits = false\n[changelog]\nbody = '{{ commits }}'\n", ["shown", "shown", "hidden", "shown"]),
        ("[git]\ncommit_parsers = []\n", ["shown"] * 4),
        ("[git]\nfilter_commits = true\ncommit_parsers = []\n", ["lost"] * 4),
        ("[git]\ncommit_parsers = [{message='.*', group='A'}, {message='^chore', skip=true}]\n", ["shown"] * 4),
        ("[git]\ncommit_parsers = [{message='^chore', skip=true}, {message='.*', group='A'}]\n", ["shown", "shown", "hidden", "shown"]),
        ("[git]\ncommit_parsers = [{message='^chore\\(deps\\)', skip=true}, {message='.*', group='A'}]\n", ["shown"] * 4),
        (
            "[git]\nfilter_commits=true\ncommit_parsers = [{message='^(feat|docs)(\\(.+\\))?!?:', group='A'}]\n",
            ["shown", "shown", "lost", "lost"],
        ),
        ("[git]\nfilter_commits=true\ncommit_parsers = [{message='^feat\\(.+\\): ', group='A'}]\n", ["shown", "lost", "lost", "lost"]),
        ("[git]\nfilter_commits=true\ncommit_parsers = [{message='(?i)^FEAT', group='A'}]\n", ["shown", "lost", "lost", "lost"]),
        ("[git]\nfilter_commits=true\ncommit_parsers = [{message='^feat', body='x', group='A'}]\n", ["lost"] * 4),
        ("[git]\nfilter_commits=true\ncommit_parsers = [{sha='0', skip=true}, {footer='x', skip=true}]\n", ["lost"] * 4),
    ],
)
def test_the_first_parser_that_matches_decides(source: str, expected: list[str]) -> None:
    assert states(source) == expected


def test_pyproject() -> None:
    source = '[tool.git-cliff.git]\ncommit_parsers = [{message = "^feat"}]\n'
    (found,) = reader.read(source.encode(), "pyproject.toml")
    assert [(each.pattern, each.location.line) for each in found.parsers] == [("^feat", 2)]
    assert reader.read(b"[tool.other]\n", "pyproject.toml") == []


@pytest.mark.parametrize(
    "source",
    [
        "[git]\ncommit_parsers = [{message = '(?=x)y'}]\n",
        "[git]\ncommit_parsers = [{message = '('}]\n",
        "[git]\ncommit_parsers = [{message = ''}]\n",
        "[git]\ncommit_parsers = [{message = 1}]\n",
        "[git]\ncommit_parsers = ['^feat']\n",
        "[git]\ncommit_parsers = '^feat'\n",
        "[git]\ncommit_parsers = [{message = '^feat', skip = 'yes'}]\n",
        "[git]\ncommit_parsers = [" + "{message = 'x'}, " * 501 + "]\n",
        "git = 1\n",
        "[git\n",
    ],
)
def test_what_cannot_be_read_is_refused(source: str) -> None:
    with pytest.raises(DocumentError):
        reader.read(source.encode(), "cliff.toml")


def test_a_wrong_expression_is_refused_with_its_line() -> None:
    with pytest.raises(DocumentError) as caught:
        reader.read(b"[git]\ncommit_parsers = [\n  {message = '^feat'},\n  {message = '('},\n]\n", "cliff.toml")
    assert caught.value.line == 4


def test_what_is_settled_is_a_plain_list() -> None:
    (found,) = reader.read((PARSERS + "filter_commits = true\n").encode(), "cliff.toml")
    plain = settled(found, ("docs", "chore", "zzz"))
    assert (names(plain), plain.parsers, plain.rest) == (["docs", "chore-", "feat"], (), "lost")
    assert [each.location.line for each in plain.types or ()] == [4, 5, 3]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^feat", []),
        ("^fea", []),
        ("^feature", ["feature"]),
        ("^(feat|feature)", ["feature"]),
        ("^(?:wip|feat)(\\(.+\\))?: ", ["wip"]),
        ("(?i)^wip", ["wip"]),
        ("^feats?", []),
        ("^Merge", []),
        (".*security", []),
        (".*", []),
    ],
)
def test_words_that_nobody_may_write_are_named(pattern: str, expected: list[str]) -> None:
    (found,) = reader.read(f"[git]\ncommit_parsers = [{{message = '{pattern}'}}]\n".encode(), "cliff.toml")
    assert [each.name for each in unreached(found, ("feat", "fix"))] == expected
    (found,) = reader.read(f"[git]\ncommit_parsers = [{{message = '{pattern}', skip = true}}]\n".encode(), "cliff.toml")
    assert unreached(found, ("feat", "fix")) == []


def test_is_source() -> None:
    paths = ["cliff.toml", ".cliff.toml", ".github/cliff.toml", "pyproject.toml", "crates/a/cliff.toml", "x.toml"]
    assert [reader.is_source(path) for path in paths] == [True, True, True, True, False, False]
