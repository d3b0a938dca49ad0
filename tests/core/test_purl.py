from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from gates.core.purl import Purl, in_range, parse_purl, parse_range, same_package, same_version


@pytest.mark.parametrize(
    ("text", "purl"),
    [
        ("pkg:pypi/Typing_Extensions@4.1", Purl("pypi", "", "typing-extensions", "4.1")),
        ("pkg:npm/%40Acme/ui@1.0.0", Purl("npm", "@acme", "ui", "1.0.0")),
        ("pkg:npm/@acme/ui", Purl("npm", "@acme", "ui")),
        ("pkg:deb/debian/libssl3@3.0.2-1%2Bb1?arch=amd64&distro=x", Purl("deb", "debian", "libssl3", "3.0.2-1+b1")),
        ("pkg:maven/org.Apache/Commons@1.0#a/b", Purl("maven", "org.Apache", "Commons", "1.0")),
    ],
)
def test_purls_are_read_in_canonical_form(text: str, purl: Purl) -> None:
    assert parse_purl(text) == purl
    assert parse_purl(str(purl)) == purl


@pytest.mark.parametrize(
    "text", ["", "requests", "pkg:pypi", "pkg:pypi/", "pkg:/requests", "pkg:pypi/requests@", "pkg:py pi/x", "pkg:pypi/@1"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="package URL"):
        parse_purl(text)


def test_version_counts_only_where_it_is_given() -> None:
    found = parse_purl("pkg:pypi/requests@2.0")
    assert same_package(parse_purl("pkg:pypi/Requests"), found)
    assert same_package(parse_purl("pkg:pypi/requests@2.0.0"), found)
    assert not same_package(parse_purl("pkg:pypi/requests@2.1"), found)
    assert not same_package(parse_purl("pkg:npm/requests"), found)
    assert not same_package(parse_purl("pkg:pypi/requests@2.0"), parse_purl("pkg:pypi/requests"))


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("vers:pypi/<2.31.0", ["2.30", "2.31.0rc1", "0"], ["2.31", "3", "no version"]),
        ("vers:pypi/>=1.0|<2|>=3", ["1.0", "1.9", "3", "9"], ["0.9", "2", "2.5"]),
        ("vers:pypi/1.0|=2.0", ["1.0.0", "2"], ["1.5"]),
        ("vers:pypi/>=1|!=1.5|<=2", ["1", "1.4", "2"], ["1.5", "2.1"]),
        ("vers:npm/>=1.0.0|<2.0.0", ["1.0.0", "1.9.9", "2.0.0-rc.1"], ["2.0.0", "1.0.0-a", "1.0"]),
    ],
)
def test_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    wanted = parse_range(text)
    assert [version for version in (*inside, *outside) if in_range(wanted, version)] == inside


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vers:pypi",
        "vers:pypi/",
        "vers:pypi/*",
        "vers:pypi/>=*",
        "vers:cargo/<1",
        "<1",
        "vers:pypi/>=1|>=2",
        "vers:pypi/1|1.0",
        "vers:pypi/x",
        "vers:npm/<1.0",
    ],
)
def test_ranges_that_say_too_little_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"range|version|bound"):
        parse_range(text)


NUMBER = st.integers(0, 12).map(str)
PYPI = st.tuples(
    st.sampled_from(["", "1!"]),
    st.lists(NUMBER, min_size=1, max_size=4).map(".".join),
    st.sampled_from(["", "a1", "b2", "rc1", ".alpha3", "-c", "_pre4"]),
    st.sampled_from(["", ".post1", "-2", "rev3", ".post"]),
    st.sampled_from(["", ".dev0", "dev3", ".dev"]),
    st.sampled_from(["", "+local", "+1.2", "+a.1"]),
).map("".join)


@given(PYPI, PYPI)
def test_python_versions_sort_as_packaging_sorts_them(one: str, other: str) -> None:
    lower = in_range(parse_range(f"vers:pypi/<{other.replace('+', '%2B')}"), one)
    assert lower is (Version(one) < Version(other))
    assert same_version("pypi", one, other) is (Version(one) == Version(other))


def test_npm_versions_sort_as_semantic_versioning_says() -> None:
    order = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"]
    for index, version in enumerate(order):
        below = parse_range(f"vers:npm/<{version}")
        assert [other for other in order if in_range(below, other)] == order[:index]


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_purl, parse_range):
        with suppress(ValueError):
            parse(text)
