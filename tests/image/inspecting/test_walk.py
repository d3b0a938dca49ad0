"""What layers leave of one another: compared with a file system that is really laid out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.image.archive import Entry, Kind
from gates.image.inspecting.walk import Fate, Journal, Stack, Step


def laid(*layers: Sequence[Step]) -> tuple[Stack, list[dict[str, str]]]:
    """With everything watched; the places of each layer by path."""
    stack, places = Stack(), []
    for number, steps in enumerate(layers, 1):
        stack.begin(number)
        places.append({})
        for step in steps:
            if place := stack.lay(step):
                places[-1][step.path] = place
                stack.watch(place)
    return stack, places


def file(path: str) -> Step:
    return Step("file", path, "")


def step(kind: Kind, path: str, link: str = "") -> Step:
    return Step(kind, path, link)


@pytest.mark.parametrize(
    ("later", "fate"),
    [
        ([], None),
        ([file("other")], None),
        ([step("directory", "a")], None),
        ([step("whiteout", "a/b")], Fate(2, "deleted")),
        ([step("whiteout", "a")], Fate(2, "deleted")),
        ([step("whiteout", "a/bc")], None),
        ([step("opaque", "a")], Fate(2, "deleted")),
        ([step("opaque", ".")], Fate(2, "deleted")),
        ([step("opaque", "a/b")], None),
        ([file("a/b")], Fate(2, "overwritten")),
        ([step("symlink", "a/b", "c")], Fate(2, "overwritten")),
        ([file("a")], Fate(2, "overwritten")),
        ([step("symlink", "a", "c")], Fate(2, "overwritten")),
        ([step("directory", "a/b")], Fate(2, "overwritten")),
    ],
)
def test_fate_of_a_file(later: list[Step], fate: Fate | None) -> None:
    stack, _ = laid([step("directory", "a"), file("a/b")], later)
    assert stack.fate("a/b", 1) == fate


@pytest.mark.parametrize("order", [1, -1])
def test_whiteouts_speak_of_lower_layers_wherever_they_stand(order: int) -> None:
    stack, _ = laid([file("a/b"), file("a/c")], [step("opaque", "a"), step("whiteout", "a/b"), file("a/b")][::order])
    assert stack.fate("a/b", 1) is not None
    assert stack.fate("a/c", 1) == Fate(2, "deleted")
    assert stack.fate("a/b", 2) is None


def test_the_first_end_counts() -> None:
    stack, _ = laid([file("a")], [step("whiteout", "a")], [file("a")], [step("whiteout", "a")])
    assert stack.fate("a", 1) == Fate(2, "deleted")
    assert stack.fate("a", 3) == Fate(4, "deleted")


@pytest.mark.parametrize(
    ("links", "written", "place"),
    [
        ([("lib", "usr/lib")], "lib/x", "usr/lib/x"),
        ([("lib", "/usr/lib")], "lib/a/x", "usr/lib/a/x"),
        ([("usr/lib64", "lib")], "usr/lib64/x", "usr/lib/x"),
        ([("a", "b"), ("b", "c")], "a/x", "c/x"),
        ([("a/b", "../c/./d")], "a/b/x", "c/d/x"),
        ([("a", "../../..")], "a/x", "x"),
        ([("a", "b"), ("b", "a")], "a/x", "a/x"),
        ([("a", "b")], "a", "a"),
    ],
)
def test_links_in_the_folder_are_followed(links: list[tuple[str, str]], written: str, place: str) -> None:
    _, places = laid([step("symlink", path, target) for path, target in links], [file(written)])
    assert places[1][written] == place


def test_a_whiteout_through_a_link_hides_what_is_behind_it() -> None:
    stack, _ = laid([step("symlink", "lib", "usr/lib"), file("usr/lib/x")], [step("whiteout", "lib/x")])
    assert stack.fate("usr/lib/x", 1) == Fate(2, "deleted")


def test_what_a_whiteout_takes_away_with_a_folder_links_nowhere() -> None:
    _, places = laid([step("directory", "a"), step("symlink", "a/b", "/c")], [step("whiteout", "a"), file("a/b/d")])
    assert places[1]["a/b/d"] == "a/b/d"
    _, places = laid([step("directory", "a")], [step("symlink", "a/b", "/c"), step("opaque", "a"), step("whiteout", "a/b"), file("a/b/d")])
    assert places[1]["a/b/d"] == "c/d"


def test_a_folder_in_place_of_a_link_ends_it() -> None:
    _, places = laid([step("symlink", "lib", "usr/lib")], [step("directory", "lib"), file("lib/x")])
    assert places[1]["lib/x"] == "lib/x"


_names = st.sampled_from(["a", "b", "c"])
_paths = st.lists(_names, min_size=1, max_size=3).map("/".join)
_kinds = st.sampled_from(["file", "directory", "whiteout", "opaque"])
_layers = st.lists(st.lists(st.tuples(_kinds, _paths), max_size=6), min_size=1, max_size=5)


def _applied(layers: Sequence[Sequence[tuple[Kind, str]]]) -> dict[str, int]:
    """Path -> the layer that it is from, as unpacking one layer after the other leaves it; written the slow way."""
    tree: dict[str, int] = {}

    def remove(path: str, *, itself: bool) -> None:
        for each in [each for each in tree if each.startswith(f"{path}/") or (itself and each == path)]:
            del tree[each]

    for number, layer in enumerate(layers, 1):
        for kind, path in layer:
            if kind in ("whiteout", "opaque"):
                remove(path, itself=kind == "whiteout")
        for kind, path in layer:
            if kind not in ("whiteout", "opaque"):
                remove(path, itself=True) if kind == "file" else tree.pop(path, None)
                tree[path] = number
    return tree


def _is_sound(layer: Sequence[tuple[Kind, str]]) -> bool:
    """A layer has each path once, and nothing below a file."""
    files = {path for kind, path in layer if kind == "file"}
    present = [path for kind, path in layer if kind in ("file", "directory")]
    return len(set(present)) == len(present) and not any(path.startswith(f"{one}/") for one in files for _, path in layer)


@given(_layers.map(lambda layers: [layer if _is_sound(layer) else [] for layer in layers]))
def test_agrees_with_unpacking(layers: list[list[tuple[Kind, str]]]) -> None:
    stack, places = laid(*([Step(kind, path, "") for kind, path in layer] for layer in layers))
    standing = {place: number for number, layer in enumerate(places, 1) for place in layer.values() if stack.fate(place, number) is None}
    assert standing == _applied(layers)


@given(st.lists(st.tuples(_kinds, st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=9)), max_size=20))
def test_the_journal_gives_back_what_was_put_in(steps: list[tuple[Kind, str]]) -> None:
    journal = Journal()
    paths = [(kind, path.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")) for kind, path in steps]
    for kind, path in paths:
        journal.add(Entry(path, kind, 0, 0, 0, 0, "", lambda count: b""))
    assert [(step.kind, step.path) for step in journal.steps()] == paths
