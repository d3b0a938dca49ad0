"""Which lists are held against which, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits.agreement import judge, unreadable
from gates.commits.options import Opaque, Options
from gates.commits.source import Kind, Listed, Role, Source
from gates.core.finding import Finding, Location, Severity
from gates.core.gate import Unread
from tests.commits import support
from tests.commits.support import TODAY

NO_OPTIONS = Options()
PATHS: dict[str, str] = {
    "commitizen": "pyproject.toml",
    "commitlint": ".commitlintrc.json",
    "committed": "committed.toml",
    "gitlint": ".gitlint",
    "semantic-pull-request": ".github/workflows/pr-title.yml",
    "table": "CONTRIBUTING.md",
    "release-please": "release-please-config.json",
}


def source(kind: Kind, types: str | None, role: Role = "accepts", *, line: int = 1, pattern: str = "", implied: bool = False) -> Source:
    """Types stand one a line, below the list's own line."""
    path = PATHS[kind]
    listed = None
    if types is not None:
        listed = tuple(
            Listed(name.rstrip("-"), Location(path, line + number, 3), name.endswith("-")) for number, name in enumerate(types.split(), 1)
        )
    return Source(kind, role, Location(path, line), listed, implied, pattern=pattern)


def told(sources: Sequence[Source], options: Options = NO_OPTIONS) -> list[Finding]:
    events = list(judge(sources, options, TODAY))
    assert all(isinstance(event, Finding) for event in events)
    return [event for event in events if isinstance(event, Finding)]


def rules(sources: Sequence[Source], options: Options = NO_OPTIONS) -> list[str]:
    return [finding.rule.id.removeprefix("commits/") for finding in told(sources, options) if finding.severity > Severity.INFO]


NAMES = st.lists(st.sampled_from(("feat", "fix", "docs", "perf", "test", "bump", "wip")), min_size=1, unique=True)


@given(one=NAMES, other=NAMES)
def test_two_accepting_lists_agree_exactly_if_they_hold_the_same_but_for_machine_types(one: list[str], other: list[str]) -> None:
    sources = [source("commitlint", " ".join(one)), source("gitlint", " ".join(other))]
    found = told(sources)
    assert [finding.rule.id for finding in found] == ["commits/type-lists-differ"] * ((set(one) - {"bump"}) != (set(other) - {"bump"}))
    if found:
        assert found[0].data["lacks"] == [name for name in one if name not in other and name != "bump"]
        assert found[0].data["adds"] == [name for name in other if name not in one and name != "bump"]
        assert all(repr(name) in found[0].message for name in set(one) ^ set(other) if name != "bump")


@given(one=NAMES, other=NAMES)
def test_the_order_in_which_sources_are_found_makes_no_difference(one: list[str], other: list[str]) -> None:
    sources = [source("commitlint", " ".join(one)), source("gitlint", " ".join(other)), source("table", " ".join(one), "tells")]
    assert _said(sources) == _said(sources[::-1])


def _said(sources: Sequence[Source]) -> list[str]:
    return sorted(finding.message for finding in told(sources))


def test_a_finding_names_each_type_who_lacks_it_and_both_places() -> None:
    (found,) = told(
        [source("commitizen", "feat fix docs", line=10), source("semantic-pull-request", "feat wip fix", "checks-title", line=7)]
    )
    assert found.message == (
        "action-semantic-pull-request (.github/workflows/pr-title.yml:7) lacks 'docs' (pyproject.toml:13) "
        "of commitizen (pyproject.toml:10) and has 'wip' (.github/workflows/pr-title.yml:9), which commitizen lacks; "
        "write the same list in both, and name the one to follow as `authority` in the policy"
    )
    assert found.location == Location(".github/workflows/pr-title.yml", 7)
    assert found.subject == "semantic-pull-request -docs +wip"
    assert found.data["sources"] == [
        {"path": ".github/workflows/pr-title.yml", "line": 7, "kind": "semantic-pull-request"},
        {"path": "pyproject.toml", "line": 10, "kind": "commitizen"},
    ]


def test_the_subject_changes_with_the_difference_so_that_a_waiver_covers_no_other() -> None:
    law = source("commitizen", "feat fix")
    (first,), (second,) = (told([law, source("gitlint", types)]) for types in ("feat", "feat fix wip"))
    assert first.subject != second.subject


def test_without_a_declared_authority_the_first_by_tool_is_compared_with_each_other() -> None:
    sources = [source("semantic-pull-request", "feat fix", "checks-title"), source("gitlint", "feat"), source("commitlint", "feat fix")]
    (found,) = told(sources)
    assert found.location == Location(".gitlint", 1)
    assert "of commitlint (.commitlintrc.json:1)" in found.message


def test_a_declared_authority_is_the_one_that_is_followed() -> None:
    sources = [source("commitlint", "feat fix"), source("gitlint", "feat")]
    (found,) = told(sources, Options(authority=".gitlint"))
    assert found.location == Location(".commitlintrc.json", 1)
    assert "the policy has it follow .gitlint:1" in found.message


@pytest.mark.parametrize(
    ("authority", "why"),
    [
        ("nowhere.toml", "no commit types are listed in it"),
        ("release-please-config.json", "it says what a release shows"),
        ("committed.toml", "it lets any type through"),
        ("pyproject.toml", "its types cannot be told"),
    ],
)
def test_an_authority_that_lists_nothing_is_an_error(authority: str, why: str) -> None:
    sources = [
        source("commitizen", None)._replace(opaque="the plugin 'x' decides"),
        source("commitlint", "feat"),
        source("committed", None),
        source("release-please", "feat", "releases"),
    ]
    opaque = (Opaque("pyproject.toml", "@acme/sec", "the plugin has the same list", TODAY),)
    *_, event = judge(sources, Options(authority=authority, opaque=opaque), TODAY)
    assert isinstance(event, Unread)
    assert why in event.message


def test_a_pattern_is_asked_what_it_takes_and_not_compared_as_text() -> None:
    law = source("committed", "feat fix docs")
    assert rules([law, source("gitlint", None, pattern=r"^(f(eat|ix)|docs)(\(.+\))?: .+")]) == []
    assert rules([law, source("gitlint", None, pattern=r"^(?:docs|feat|fix): ")]) == []
    (found,) = told([law, source("gitlint", None, pattern=r"^(feat|fix|perf): ")])
    assert found.data["lacks"] == ["docs"]
    assert found.data["adds"] == ["perf"]


def test_a_pattern_that_takes_any_type_is_worse_than_a_tool_that_is_not_asked_for_types() -> None:
    law = source("commitlint", "feat fix")
    (open_pattern,) = told([law, source("gitlint", None, pattern=r"^\w+: .+")])
    (not_asked,) = told([law, source("committed", None)])
    assert (open_pattern.severity, not_asked.severity) == (Severity.HIGH, Severity.MEDIUM)
    assert "lets any type through, and commitlint (.commitlintrc.json:1) only 'feat' and 'fix'" in not_asked.message


def test_two_that_take_any_type_agree() -> None:
    assert rules([source("committed", None), source("gitlint", None, pattern=r"^\w+: .+")]) == []


def test_a_prompt_may_offer_less_and_nothing_else() -> None:
    law = source("commitizen", "feat fix docs")
    assert rules([law, source("commitizen", "feat", "tells")]) == []
    (found,) = told([law, source("gitlint", "feat fix docs"), source("commitizen", "feat hotfix", "tells")])
    assert found.message.startswith("the prompt of commitizen (pyproject.toml:1) has 'hotfix' (pyproject.toml:3), which commitizen")


def test_a_prompt_by_default_is_not_held_against_another_tools_list() -> None:
    law = Options(authority="committed.toml")
    prompt = source("commitizen", "feat fix", "tells", implied=True)
    assert rules([source("committed", "feat"), source("commitizen", "feat fix", implied=True), prompt], law) == ["type-lists-differ"]


def test_a_table_is_the_whole_list() -> None:
    law, titles = source("commitizen", "feat fix bump"), source("semantic-pull-request", "feat fix", "checks-title")
    assert rules([law, titles, source("table", "feat fix", "tells")]) == []
    assert rules([law, titles, source("table", "feat", "tells")]) == ["type-lists-differ"]
    assert rules([law, titles, source("table", "feat fix wip", "tells")]) == ["type-lists-differ"]


def test_where_only_a_table_lists_types_the_release_is_held_against_it() -> None:
    sources = [source("table", "feat fix", "tells"), source("release-please", "feat wip", "releases")]
    assert rules(sources) == ["unwritable-release-type", "type-lost-from-changelog"]


def test_a_default_list_is_said_to_be_one() -> None:
    (found,) = told([source("commitizen", "feat fix", implied=True), source("gitlint", "feat")])
    assert "of commitizen (pyproject.toml:1, by default of commitizen 4)" in found.message


def test_one_check_alone_is_only_noted() -> None:
    (found,) = told([source("gitlint", "feat"), source("table", "feat", "tells")])
    assert (found.rule.id, found.severity) == ("commits/single-source", Severity.INFO)
    (found,) = told([source("semantic-pull-request", "feat", "checks-title")])
    assert "says which types titles may have, and nothing that could be read does for commits" in found.message


def test_no_source_says_nothing() -> None:
    assert told([]) == []
    assert told([source("release-please", "feat", "releases")]) == []


@given(accepted=NAMES, shown=NAMES, hidden=NAMES, unreleased=NAMES)
def test_a_release_shows_only_what_may_be_written_and_loses_nothing_unawares(
    accepted: list[str], shown: list[str], hidden: list[str], unreleased: list[str]
) -> None:
    hidden = [f"{name}-" for name in hidden if name not in shown]
    release = source("release-please", " ".join([*shown, *hidden]), "releases")
    found = told([source("committed", " ".join(accepted)), release], Options(unreleased=tuple(unreleased)))
    unwritable = [finding.data["type"] for finding in found if finding.rule.id == "commits/unwritable-release-type"]
    (lost,) = [finding.data["types"] for finding in found if finding.rule.id == "commits/type-lost-from-changelog"] or [[]]
    assert unwritable == [name for name in shown if name not in accepted and name != "bump"]
    known = {*shown, *(name.rstrip("-") for name in hidden), *unreleased, "bump"}
    assert lost == [name for name in accepted if name not in known]


def test_a_release_type_that_another_check_lets_through_can_be_written() -> None:
    sources = [source("committed", "feat"), source("gitlint", "feat fix"), source("release-please", "feat fix", "releases")]
    assert rules(sources) == ["type-lists-differ"]
    sources = [source("committed", "feat"), source("gitlint", None, pattern=".+"), source("release-please", "feat fix", "releases")]
    assert rules(sources) == ["type-lists-differ"]


def test_the_defaults_of_a_release_tool_know_the_usual_types_and_none_of_ones_own() -> None:
    release = source("release-please", "feat fix deps", "releases", implied=True)
    assert rules([source("committed", "feat fix docs chore"), release]) == []
    (_, found) = told([source("committed", "feat docs security"), release])
    assert found.data["types"] == ["security"]


def test_a_declaration_counts_on_its_sunset_day_and_stops_the_day_after() -> None:
    def event(sunset: date) -> Finding | Unread:
        options = Options(opaque=(Opaque("a.js", "@acme/sec", "the plugin has the same list", sunset),))
        return unreadable("a.js", 3, "it is a program", options, TODAY)

    declared, over = event(TODAY), event(date(2026, 11, 19))
    assert isinstance(declared, Finding)
    assert (declared.rule.id, declared.severity) == ("commits/source-unreadable", Severity.LOW)
    assert isinstance(over, Unread)
    assert "the declaration by @acme/sec ended on 2026-11-19" in over.message


def test_an_undeclared_source_that_cannot_be_read_says_which_entry_to_write() -> None:
    event = unreadable('a"b.js', 3, "it is a program", NO_OPTIONS, TODAY)
    assert isinstance(event, Unread)
    assert (event.path, event.line) == ('a"b.js', 3)
    assert event.message.endswith('[[commits.opaque]] with path = "a\\"b.js", owner, reason and sunset')


def test_two_lists_of_one_file_that_are_wrong_in_the_same_way_are_two_findings() -> None:
    sources = [source("committed", "feat"), source("table", "feat wip", "tells"), source("table", "feat wip", "tells", line=20)]
    assert [finding.subject for finding in told([source("gitlint", "feat"), *sources])] == ["table +wip", "table +wip #2"]


def test_a_list_that_nobody_reads_to_its_end_is_cut_in_the_message_and_whole_in_the_data() -> None:
    many = " ".join(f"t{number}" for number in range(1000))
    (found,) = told([source("committed", f"feat {many}"), source("gitlint", "feat")])
    assert len(found.message) < 2000
    assert "and 970 more of committed" in found.message
    assert found.data["lacks"] == many.split()


def test_what_cannot_be_seen_is_escaped() -> None:
    hostile = Source("gitlint", "accepts", Location(".gitlint", 1), (Listed("fe\x1b[2Jat\u202e", Location(".gitlint", 2)),))
    (found,) = told([source("committed", "feat"), hostile])
    assert found.message.isprintable()
    assert "\\x1b[2J" in found.message


EXPRESSION = "[tool.commitizen]\nname = \"cz_customize\"\n[tool.commitizen.customize]\nschema_pattern = '''{}'''\n"
COMMITTED_LIST = 'style = "conventional"\nallowed_types = ["feat", "fix", "docs"]\n'
BANG = r"(\(.+\))?!?: .+"


@pytest.mark.parametrize(
    ("pattern", "more"),
    [
        (f"^(feat|fix|docs){BANG}", None),
        (f"^(feat|fix|docs|new feature){BANG}", "new feature"),
        (rf"^(feat\w*|fix|docs){BANG}", "feata"),
        (f"(?i)^(feat|fix|docs){BANG}", "fiX"),
        ("feat|fix|docs", "fixa"),
    ],
)
def test_an_expression_that_takes_more_than_its_words_differs(pattern: str, more: str | None) -> None:
    events = support.found({"pyproject.toml": EXPRESSION.format(pattern), "committed.toml": COMMITTED_LIST})
    told = [each.data["type"] for each in events if isinstance(each, Finding) and each.rule.id == "commits/type-lists-differ"]
    assert told == ([] if more is None else [more])


def test_a_type_that_is_no_plain_word_agrees_where_both_have_it() -> None:
    pattern = EXPRESSION.format(f"^(feat|a/b){BANG}")
    listed = 'style = "conventional"\nallowed_types = ["feat", "a/b"]\n'
    events = support.found({"pyproject.toml": pattern, "committed.toml": listed})
    assert not [each for each in events if isinstance(each, Finding) and each.rule.id == "commits/type-lists-differ"]


def test_an_expression_whose_types_cannot_be_told_is_unread() -> None:
    pattern = EXPRESSION.format("^(?!.*b:)(?:(feat|fix|docs): .+|[ab]*a[ab]{14}b: .+)")
    events = support.found({"pyproject.toml": pattern, "committed.toml": COMMITTED_LIST})
    assert [each.path for each in events if isinstance(each, Unread)] == ["pyproject.toml"]
