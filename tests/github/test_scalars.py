from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import Node, Value
from gates.github.scalars import text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (False, "false"),
        (None, ""),
        ("", ""),
        (" 3.10 ", " 3.10 "),
        (0, "0"),
        (10, "10"),
        (-7, "-7"),
        (3.10, "3.1"),
        (1.0, "1"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333333"),
        (0.0001, "0.0001"),
        (0.00001, "1E-05"),
        (123456789012345, "123456789012345"),
        (1234567890123456, "1.23456789012346E+15"),
        (1e15, "1E+15"),
        (1e100, "1E+100"),
        (10**400, "Infinity"),
        (-(10**400), "-Infinity"),
        (float("nan"), "NaN"),
        ({}, "Object"),
        ([Node("a", 1, 1)], "Array"),
    ],
)
def test_values_are_written_as_github_writes_them(value: Value, written: str) -> None:
    assert text(value) == written


@given(st.integers(min_value=-(10**14), max_value=10**14))
def test_whole_numbers_of_fourteen_digits_are_written_as_they_are(number: int) -> None:
    assert text(number) == str(number)


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_a_number_keeps_fifteen_digits(number: float) -> None:
    assert float(text(number)) == pytest.approx(number, rel=1e-14)
