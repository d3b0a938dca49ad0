"""The rule of OSV for whether a version is affected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from gates.deps.advisories.versions import Event, Range, affected, parser, problem

PYPI = parser("PyPI")
NPM = parser("npm")


def _range(*events: str) -> Range:
    """Of words such as "introduced 1.0"."""
    return tuple(Event(*event.split(" ")) for event in events)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("version", "events", "expected"),
    [
        ("0.0.1.dev0", ("introduced 0", "fixed 2.0"), True),
        ("2.0", ("introduced 0", "fixed 2.0"), False),
        ("2.0rc1", ("introduced 0", "fixed 2.0"), True),
        ("2.0.post1", ("introduced 0", "fixed 2.0"), False),
        ("1!0.1", ("introduced 0", "fixed 2.0"), False),
        ("2.0.0", ("introduced 0", "last_affected 2.0"), True),
        ("2.0.1", ("introduced 0", "last_affected 2.0"), False),
        ("1.5", ("fixed 2.0", "introduced 1.0"), True),  # events may stand in any order
        ("1.10", ("introduced 1.2", "fixed 1.9"), False),
        ("1.4", ("introduced 1.0", "fixed 1.3", "introduced 1.4", "fixed 1.5"), True),
        ("1.3", ("introduced 1.0", "fixed 1.3", "introduced 1.4", "fixed 1.5"), False),
        ("1.3", ("introduced 1.0", "fixed 1.3", "introduced 1.3", "fixed 1.5"), True),
        ("1.0", ("introduced 1.0", "last_affected 1.0"), True),
        ("1.1", ("introduced 1.0", "last_affected 1.0"), False),
        ("9", ("introduced 0",), True),
        ("9", ("introduced 0", "limit 5"), False),
        ("4", ("introduced 0", "limit 5"), True),
        ("9", ("introduced 0", "limit *"), True),
        ("9", ("introduced 0", "limit 5", "limit 10"), True),
        ("2.0+cu118", ("introduced 0", "fixed 2.0"), False),
        ("2.0+cu118", ("introduced 2.0", "last_affected 2.0"), True),  # 2.0+cu118 sorts behind 2.0, but is built from it
    ],
)
def test_ranges(version: str, events: tuple[str, ...], expected: bool) -> None:
    assert affected(version, (), [_range(*events)], PYPI) is expected


@pytest.mark.parametrize(
    ("version", "listed", "expected"),
    [
        ("1.0", ["1.0.0"], True),
        ("1.0.0-rc1", ["1.0rc1"], True),
        ("1.0", ["1.0.post1", "1.0rc1"], False),
        ("2.0+cu118", ["2.0.0"], True),
        ("2.0", ["2.0+cu118"], False),
        ("2004d", ["2004d"], True),
        ("1.0", ["2004d", "not a version", "1.0-final-x", "", "9" * 5_000], False),
    ],
)
def test_lists(version: str, listed: list[str], expected: bool) -> None:
    assert affected(version, listed, (), PYPI) is expected


@pytest.mark.parametrize(("parse", "version"), [(PYPI, "2004d"), (NPM, "1.2"), (NPM, "latest")])
def test_an_installed_version_that_cannot_be_compared_is_an_error(parse: object, version: str) -> None:
    with pytest.raises(ValueError, match="is no version of"):
        affected(version, ["1.0.0"], [_range("introduced 0")], parse)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "events",
    [
        ("fixed 1.0",),
        ("limit *",),
        ("introduced latest",),
        ("introduced 0", "fixed ?"),
        ("introduced 0", "limit x"),
        ("introduced 1.0", "fixed 1.0.0"),  # what it means is anybody's guess
        ("introduced 0", "fixed 0"),
        ("introduced *",),
    ],
)
def test_ranges_that_cannot_be_judged(events: tuple[str, ...]) -> None:
    assert problem(_range(*events), PYPI)


def test_a_range_may_end_and_start_again_in_one_version() -> None:
    assert problem(_range("introduced 0", "fixed 1.0", "introduced 1.0", "fixed 2.0"), PYPI) == ""


def test_npm_is_ordered_by_semantic_versioning() -> None:
    events = _range("introduced 1.0.0", "fixed 2.0.0-beta.2")
    assert affected("2.0.0-beta.1", (), [events], NPM)
    assert not affected("2.0.0-beta.10", (), [events], NPM)
    assert affected("1.2.3+build", ["1.2.3"], (), NPM)


_VERSIONS = st.builds(
    "{}{}.{}{}{}".format,
    st.sampled_from(["", "", "", "1!"]),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from(["", ".0", "a1", "b2", "rc1", ".post1", ".dev3", "rc1.post2.dev1"]),
    st.sampled_from(["", "", "", "+local.1"]),
)


@given(_VERSIONS, st.lists(st.tuples(st.sampled_from(["introduced", "fixed", "last_affected"]), _VERSIONS), min_size=1, max_size=6))
def test_a_version_is_affected_when_the_last_event_at_or_before_it_says_so(version: str, drawn: list[tuple[str, str]]) -> None:
    events: Range = tuple(Event(kind, text) for kind, text in drawn)  # type: ignore[arg-type]
    if problem(events, PYPI):
        return

    def judged(asked: Version) -> bool:
        said = False
        for kind, text in sorted(drawn, key=lambda event: Version(event[1])):
            if kind == "introduced" and Version(text) <= asked:
                said = True
            elif (kind == "fixed" and Version(text) <= asked) or (kind == "last_affected" and Version(text) < asked):
                said = False
        return said

    expected = judged(Version(version)) or judged(Version(Version(version).public))
    assert affected(version, (), [events], PYPI) is expected


@given(st.text(max_size=30), st.lists(st.text(max_size=20), max_size=5))
def test_any_text_is_compared_or_refused(version: str, listed: list[str]) -> None:
    for parse in (PYPI, NPM):
        try:
            assert affected(version, listed, [_range("introduced 0")], parse) is True
        except ValueError:
            assert version not in listed
