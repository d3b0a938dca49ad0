from __future__ import annotations

import re

from gates.core.finding import Rule
from gates.report import rules_page
from tests.report import sample

FAMILY = sample.TOKEN._replace(references=("https://docs.example.com/tokens",))
MANY = tuple(FAMILY._replace(id=f"secrets/acme-{number:02}", summary=f"an Acme token of kind {number}") for number in range(12))


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| [")]


def test_many_rules_that_say_the_same_of_most_things_are_a_table() -> None:
    page = rules_page.render(MANY)
    assert len(rows(page)) == len(MANY)
    assert page.count(FAMILY.why) == page.count(f"Control: {FAMILY.control}") == page.count("[CWE-798]") == 1
    assert "###" not in page


def test_what_says_something_of_its_own_follows_the_table() -> None:
    odd = FAMILY._replace(id="secrets/acme-odd", why="it opens the door")
    page = rules_page.render((*MANY, odd))
    assert len(rows(page)) == len(MANY)
    assert page.count("### ") == 1
    assert page.index(MANY[-1].summary) < page.index("### secrets/acme-odd") < page.index("Why: it opens the door")
    assert page.count(f"Control: {FAMILY.control}") == 2


def test_what_only_some_share_stays_with_each() -> None:
    several = tuple(rule._replace(why=f"it opens door {number}") for number, rule in enumerate(MANY))
    page = rules_page.render(several)
    assert not rows(page)
    assert page.count("### ") == len(several)
    assert "Why: it opens door 7" in page
    assert page.count(f"Control: {FAMILY.control}") == 1


def test_no_word_of_a_rule_is_lost_in_a_table() -> None:
    rule = FAMILY._replace(summary="`a|b` or c|d", remedy="see <Settings> | *Keys*")
    row = rows(rules_page.render((rule, *MANY)))[-1]
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert row == (
        "| [secrets/acme-token](https://docs.example.com/tokens) | critical | `a\\|b` or c\\|d | see &lt;Settings> \\| \\*Keys\\* |"
    )


def test_each_gate_is_in_the_index() -> None:
    policy = Rule("policy/changed", sample.ASSERT.severity, "a change", "it can", "look")
    assert "- [secrets](#secrets): 12\n- [policy](#policy): 1\n" in rules_page.render((*MANY, policy))
