from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gates.inventory.python.graph import Need, Needs, trace

SIZE = 8
needs = st.lists(st.lists(st.integers(0, SIZE - 1), max_size=3), min_size=SIZE, max_size=SIZE)
roots = st.dictionaries(st.sampled_from(["", "dev", "x"]), st.lists(st.integers(0, SIZE - 1), max_size=3))


def reach(edges: list[list[int]], start: list[int]) -> dict[int, int]:
    """Distances, the slow way."""
    found = dict.fromkeys(start, 1)
    for _ in range(SIZE):
        for index, distance in list(found.items()):
            for target in edges[index]:
                found[target] = min(found.get(target, SIZE + 1), distance + 1)
    return found


@given(needs, roots)
def test_chains_are_shortest_and_groups_are_exact(edges: list[list[int]], wanted: dict[str, list[int]]) -> None:
    graph: list[Needs] = [{"": [Need((target,)) for target in targets]} for targets in edges]
    places = trace(graph, {group: [Need((target,)) for target in targets] for group, targets in wanted.items()})
    distances = reach(edges, [target for targets in wanted.values() for target in targets])
    by_group = {group: reach(edges, targets) for group, targets in wanted.items()}
    for index, place in enumerate(places):
        assert len(place.chain) == distances.get(index, 0)
        assert all(after in edges[before] for before, after in zip(place.chain, place.chain[1:], strict=False))
        assert place.direct == any(index in targets for targets in wanted.values())
        expected = sorted(group for group, found in by_group.items() if index in found)
        assert place.groups == (() if "" in expected else tuple(expected))


def test_extras_are_followed_where_they_are_asked_for_alone() -> None:
    graph: list[Needs] = [{"": [], "x": [Need((2,))]}, {"": [Need((0,), ("x",))]}, {}]
    assert [place.chain for place in trace(graph, {"": [Need((0,))]})] == [(0,), (), ()]
    assert [place.chain for place in trace(graph, {"": [Need((1,))]})] == [(1, 0), (1,), (1, 0, 2)]
