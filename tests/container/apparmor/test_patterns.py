"""What a pattern of AppArmor takes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.container.apparmor.patterns import reaches


@pytest.mark.parametrize(
    "target",
    [
        *("unconfined", '"unconfined"', ":root:unconfined", ":root://unconfined", "un*", "**", "*", "un?onfined", "u[m-o]confined"),
        *("{unconfined,x}", "{x,un{a,confined}}", "un[^a]onfined", "u{,x}nconfined", r"un\confined"),
    ],
)
def test_it_takes_in_a_name(target: str) -> None:
    assert reaches(target, "unconfined")


@pytest.mark.parametrize("target", ["", "agent", "un", "unconfinedx", "{a,b}", "un[^c]onfined", r"un\*", "@{name}", "docker-*", ":ns:a"])
def test_it_takes_in_others(target: str) -> None:
    assert not reaches(target, "unconfined")


@given(st.text(st.sampled_from("*?[]{},^\\-uncofied:/"), max_size=200))
def test_whatever_is_written_has_an_answer(target: str) -> None:
    assert reaches(target, "unconfined") in (True, False)


@pytest.mark.parametrize("target", ["{,}" * 5000, "*a" * 5000, "{" * 5000])
def test_a_long_pattern_takes_no_long_time(target: str) -> None:
    reaches(target, "unconfined")
