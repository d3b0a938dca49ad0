from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import DocumentError, Node, read_yaml
from gates.github.expressions import UNKNOWN, Open, Unknown
from gates.github.matrix import SINGLE, Expansion, Hole, expand

PATH = "w.yml"


def expanded(source: str) -> Expansion:
    return expand(read_yaml(source.encode(), PATH), {}, PATH)


def contexts(expansion: Expansion) -> list[object]:
    return [expansion.context(index) for index in range(expansion.legs)]


def test_no_matrix_is_one_leg_without_a_suffix() -> None:
    assert expand(None, {}, PATH) is SINGLE
    assert list(SINGLE.suffixes()) == [""]
    assert SINGLE.context(0) == {}


def test_contexts_follow_the_order_of_the_suffixes() -> None:
    found = expanded("{a: [1, 2], b: [x, y], exclude: [{a: 1, b: y}], include: [{b: x, more: 1}, {a: 2, more: 2}, {a: 3, k: v}]}")
    assert list(found.suffixes()) == [" (1, x)", " (2, x)", " (2, y)", " (3, v)"]
    assert contexts(found) == [
        {"a": 1, "b": "x", "more": 1},
        {"a": 2, "b": "x", "more": 2},
        {"a": 2, "b": "y", "more": 2},
        {"a": 3, "k": "v"},
    ]
    assert found.column("a") == [1, 2, 2, 3]
    assert found.column("B") == ["x", "x", "y", None]
    assert found.column("more") == [1, 2, 2, None]
    assert found.complete
    assert not found.maybe


def test_a_dynamic_include_leaves_the_known_legs_open() -> None:
    found = expanded("{a: [1], include: '${{ fromJSON(vars.X) }}'}")
    assert list(found.suffixes()) == [" (1)", (Hole(UNKNOWN, ""),)]
    assert contexts(found) == [Open({"a": 1}), UNKNOWN]
    assert found.maybe == {1}
    assert not found.complete


def test_an_include_that_may_match_adds_a_leg_that_may_be() -> None:
    found = expanded("{a: ['${{ vars.X }}'], include: [{a: 1, b: 2}]}")
    assert found.maybe == {1}
    assert contexts(found) == [{"a": Unknown(), "b": UNKNOWN}, {"a": 1, "b": 2}]


def test_an_expression_as_a_key_makes_the_whole_matrix_dynamic() -> None:
    found = expanded("{'${{ insert }}': '${{ fromJSON(vars.X) }}'}")
    assert found.context(0) == UNKNOWN
    assert not found.complete


def test_problems_name_their_line() -> None:
    with pytest.raises(DocumentError, match="empty list") as caught:
        expanded("a: [1]\nb: []\n")
    assert (caught.value.path, caught.value.line) == (PATH, 2)
    with pytest.raises(DocumentError, match="more than") as caught:
        expanded(f"a: [1]\ninclude: [{', '.join(['{b: 1}'] * 2000)}]\n")
    assert caught.value.line == 2


def test_huge_values_are_not_multiplied() -> None:
    values = ", ".join(f"'{'x' * 1000}{index}'" for index in range(16))
    found = expanded(f"{{a: [{values}], b: [{values}]}}")
    assert max(len(suffix) for suffix in found.suffixes()) < 300


SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from(["a", "A", "", "1", "${{ vars.X }}", "${{ x", "🦄"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abC"), inner, max_size=2), max_leaves=4
)
ENTRIES = st.lists(st.dictionaries(st.sampled_from(["a", "b", "A", "x"]), VALUES, max_size=3), max_size=4)
MATRICES = st.fixed_dictionaries(
    {},
    optional={
        "a": st.lists(VALUES, min_size=1, max_size=3) | VALUES,
        "b": st.lists(VALUES, min_size=1, max_size=3),
        "include": ENTRIES | VALUES,
        "exclude": ENTRIES | VALUES,
    },
)


def node(value: object) -> Node:
    if isinstance(value, dict):
        return Node({key: node(item)._replace(key_line=1) for key, item in value.items()}, 1, 1)
    if isinstance(value, list):
        return Node([node(item) for item in value], 1, 1)
    return Node(value, 1, 1)  # type: ignore[arg-type]


@given(MATRICES | VALUES)
def test_any_matrix_has_legs_or_is_refused(value: object) -> None:
    try:
        found = expand(node(value), {}, PATH)
    except DocumentError:
        return
    assert len(found.suffixes()) == found.legs == len(contexts(found))
    for key in ("a", "b", "x", "missing"):
        assert len(found.column(key)) == found.legs


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3), st.lists(st.sampled_from("xyz"), min_size=1, max_size=3), st.data())
def test_exclude_takes_away_what_it_names_and_include_puts_it_back(a: list[str], b: list[str], data: st.DataObject) -> None:
    gone = {"a": data.draw(st.sampled_from(a)), "b": data.draw(st.sampled_from(b))}
    if set(a) == {gone["a"]} and set(b) == {gone["b"]}:
        return
    left = expand(node({"a": a, "b": b, "exclude": [gone]}), {}, PATH)
    assert list(left.suffixes()) == [f" ({one}, {other})" for one in a for other in b if {"a": one, "b": other} != gone]
    back = expand(node({"a": a, "b": b, "exclude": [gone], "include": [gone]}), {}, PATH)
    assert list(back.suffixes()) == [*left.suffixes(), f" ({gone['a']}, {gone['b']})"]
