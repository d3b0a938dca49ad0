from __future__ import annotations

import io
from datetime import date

import pytest

from gates import registry
from gates.commands import explain
from gates.core.errors import UsageError
from gates.core.world import World
from gates.report import rules_page
from tests.report import sample

RULES = (sample.TOKEN, sample.GENERIC, sample.SHELL, sample.ASSERT, sample.CONTEXT)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(explain, "every_rule", lambda: RULES)
    return World({}, "/", date(2026, 11, 21), io.BytesIO(), io.StringIO(), io.StringIO())


def test_every_rule_of_every_gate_and_of_none_is_known_once() -> None:
    ids = [rule.id for rule in explain.every_rule()]
    assert len(set(ids)) == len(ids)
    assert {"policy/changed", "waivers/expired"} <= set(ids)
    assert {rule.partition("/")[0] for rule in ids} >= set(registry.NAMES)


def _said(world: World, *argv: str) -> str:
    assert explain.run("explain", list(argv), world) == 0
    assert isinstance(world.stdout, io.StringIO)
    return world.stdout.getvalue()


def test_all_that_the_record_knows_is_said(world: World) -> None:
    text = _said(world, "secrets/acme-token")
    for part in (
        "secrets/acme-token  critical",
        sample.TOKEN.summary,
        f"why: {sample.TOKEN.why}",
        f"fix: {sample.TOKEN.remedy}",
        f"control: {sample.TOKEN.control}",
        *(f"  {reference}" for reference in sample.TOKEN.references),
        "CWE-798",
        "how to waive",
        "    rule: secrets/acme-token",
    ):
        assert part in text


def test_a_name_without_its_gate_is_enough(world: World) -> None:
    assert _said(world, "Acme-Token").startswith("secrets/acme-token")


@pytest.mark.parametrize(
    ("wanted", "near"),
    [("secrets/acme-tokn", "secrets/acme-token"), ("shell-injektion", "code/shell-injection"), ("shell", "code/shell-injection")],
)
def test_an_unknown_rule_is_a_usage_error_with_the_nearest(world: World, wanted: str, near: str) -> None:
    with pytest.raises(UsageError, match=f"no rule is called '{wanted}' \\(did you mean {near}"):
        _said(world, wanted)


def test_a_name_that_two_gates_have_is_not_guessed() -> None:
    twin = sample.SHELL._replace(id="workflows/shell-injection")
    with pytest.raises(UsageError, match=r"more than one rule .* code/shell-injection or workflows/shell-injection"):
        explain.find("shell-injection", (*RULES, twin))


def test_without_a_rule_all_are_listed_by_gate(world: World) -> None:
    lines = _said(world).splitlines()
    assert [line for line in lines if line and not line.startswith(" ")][:3] == ["secrets (2)", "code (2)", "protection (1)"]
    assert all(any(line.startswith(f"  {rule.id} ") for line in lines) for rule in RULES)


def test_the_name_of_a_gate_lists_its_rules(world: World) -> None:
    lines = _said(world, "code").splitlines()
    assert lines[0] == "code (2)"
    assert not any("secrets/" in line for line in lines)


def test_an_advisory_gate_waives_the_advisory_not_the_rule() -> None:
    text = explain.explanation(sample.SHELL._replace(id="deps/vulnerable-package"))
    assert "rule: ADVISORY-ID" in text
    assert "purl: pkg:TYPE/NAME" in text


def test_markdown_is_the_page_of_all_rules(world: World) -> None:
    assert _said(world, "--markdown") == rules_page.render(RULES)


def test_markdown_of_one_rule_is_refused(world: World) -> None:
    with pytest.raises(UsageError, match="--markdown"):
        _said(world, "--markdown", "secrets/acme-token")
