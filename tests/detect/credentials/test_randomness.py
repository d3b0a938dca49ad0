"""How much a value would take to guess: chance takes much, words and counting take little."""

from __future__ import annotations

import random
from string import ascii_letters, ascii_lowercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.detect.credentials.randomness import bits

WORDS = """
    password configuration authentication database connection settings application environment development production
    username description administrator international temperature participation relationship understanding environment
    buffer stream handler request response message session context template component container controller repository
    getElementById createElement toString setTimeout isInstanceOf addEventListener parseInteger readDirectory fileName
    some_variable_name max_connections read_only_replica content-type user-agent application.properties org.apache.commons
"""


def per_character(value: bytes) -> float:
    return bits(value) / len(value)


def chance(charset: str, length: int, count: int = 300) -> list[bytes]:
    dice = random.Random(f"{charset} {length}")
    return ["".join(dice.choices(charset, k=length)).encode() for _ in range(count)]


@pytest.mark.parametrize("word", WORDS.split())
def test_a_word_is_easily_guessed(word: str) -> None:
    assert per_character(word.encode()) < 4


@pytest.mark.parametrize(
    ("charset", "least"), [(ascii_letters + digits, 4.0), (ascii_lowercase, 4.0), ("0123456789abcdef", 3.0), (digits, 3.0)]
)
def test_chance_is_not(charset: str, least: float) -> None:
    values = [per_character(value) for value in chance(charset, 24)]
    assert sum(value >= least for value in values) >= 0.95 * len(values)


@pytest.mark.parametrize("length", [8, 12, 16, 20, 32])
def test_chance_and_words_of_one_length_lie_apart(length: int) -> None:
    letters = "".join(WORDS.split()).replace("_", "").replace("-", "").replace(".", "").lower()
    words = sorted(bits(letters[at : at + length].encode()) for at in range(0, len(letters) - length, 3))
    random_ones = sorted(bits(value) for value in chance(ascii_lowercase, length))
    assert words[len(words) * 9 // 10] < random_ones[len(random_ones) // 10]


@pytest.mark.parametrize(
    "value", ["", "a", "1", "-", "aaaaaaaa", "12345678", "2024", "00000000", "--------", "........", "1999", "98765432"]
)
def test_what_takes_no_thought_is_worth_little(value: str) -> None:
    assert bits(value.encode()) <= 27
    assert bits(value.encode() * 1) >= 0


@pytest.mark.parametrize("year", ["1999", "2024", "2031"])
def test_a_year_is_less_than_a_number(year: str) -> None:
    assert bits(year.encode()) < bits(b"4718")


def test_counting_is_less_than_a_number() -> None:
    assert bits(b"123456") < bits(b"730159")


@given(st.binary(max_size=300))
def test_no_value_is_worth_more_than_chance(value: bytes) -> None:
    assert 0 <= bits(value) <= 6.5 * len(value)


@given(st.text("0123456789abcdef-", max_size=100))
def test_hexadecimal_digits_are_worth_four_bits_at_most(value: str) -> None:
    assert bits(value.encode()) <= 4 * len(value)


@given(st.text(ascii_lowercase, min_size=3, max_size=60), st.text(ascii_lowercase, max_size=60))
def test_more_letters_are_never_worth_less(value: str, more: str) -> None:
    assert bits((value + more).encode()) >= min(bits(value.encode()), 4 * len(value))


@given(st.text(ascii_lowercase + "_" + digits, max_size=60))
def test_case_matters_to_the_shape_only(value: str) -> None:
    lower, upper = bits(value.encode()), bits(value.upper().encode())
    assert lower == upper


def test_work_grows_with_the_value_only() -> None:
    assert bits(b"q" * 100_000) > 0
    assert bits(b"aB1-" * 25_000) > 0
