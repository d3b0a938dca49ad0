from __future__ import annotations

import pytest

from gates.commits.source import Listed, Parser, Source
from gates.commits.sources import semantic_release
from gates.commits.sources.fates import fates, settled, unreached
from gates.core.finding import Location
from tests.commits.sources.shared import names

HERE = Location("x", 1)
LIST = Source("release-please", "releases", HERE, (Listed("feat", Location("x", 2)), Listed("docs", Location("x", 3), True)))


def test_a_plain_list_says_it_all() -> None:
    found = fates(LIST, ("feat", "docs", "fix"))
    assert [(fate.state, fate.location.line) for fate in found.values()] == [("shown", 2), ("hidden", 3), ("lost", 1)]
    assert settled(LIST, ("feat",)) is LIST


def test_the_rest_can_be_hidden_or_shown() -> None:
    for rest in ("hidden", "shown"):
        source = LIST._replace(rest=rest)
        assert fates(source, ("fix",))["fix"].state == rest
        assert ("fix" + "-" * (rest == "hidden")) in names(settled(source, ("feat", "fix")))


def test_without_a_list_any_type_is_shown() -> None:
    assert fates(LIST._replace(types=None), ("fix",))["fix"].state == "shown"


def test_an_opaque_source_has_no_answer() -> None:
    source = LIST._replace(types=None, opaque="a program")
    with pytest.raises(ValueError, match="a program"):
        fates(source, ("feat",))
    assert settled(source, ("feat",)) is source
    assert unreached(source, ()) == []


def test_shown_types_that_nobody_may_write_are_named_but_not_those_of_a_default() -> None:
    assert [each.name for each in unreached(LIST, ("fix",))] == ["feat"]
    assert unreached(LIST._replace(implied=True), ("fix",)) == []


def test_parsers_come_before_the_list_and_patterns_of_python_match_from_the_start() -> None:
    source = LIST._replace(parsers=(Parser("feat", "python", HERE, True), Parser("at:", "python", HERE, True)))
    assert [fate.state for fate in fates(source, ("feat", "docs", "fixat")).values()] == ["hidden", "hidden", "lost"]


def test_an_exclusion_of_the_python_tool_hides_a_type() -> None:
    source = b"[tool.semantic_release.changelog]\nexclude_commit_patterns = ['''chore(?:\\([^)]*?\\))?: .+''', '''ci: .+''']\n"
    (found,) = semantic_release.read(source, "pyproject.toml")
    assert [fate.state for fate in fates(found, ("chore", "ci", "feat", "revert")).values()] == ["hidden", "hidden", "shown", "lost"]


def test_rules_of_the_analyzer_lose_nothing() -> None:
    source = b'{"plugins": [["@semantic-release/commit-analyzer", {"releaseRules": [{"type": "docs", "release": "patch"}]}]]}'
    (found,) = semantic_release.read(source, ".releaserc.json")
    assert names(settled(found, ("feat", "docs"))) == ["feat-", "docs"]
    assert names(settled(found, ("feat",))) == ["feat-", "docs"]
