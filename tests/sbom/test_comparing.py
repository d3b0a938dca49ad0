"""Two SBOMs, one beside the other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.sbom import comparing, reading
from gates.sbom.comparing import Comparison

Object = dict[str, Any]
ONE, TWO = "1" * 64, "2" * 64


def component(name: str, version: str = "1.0", **more: Any) -> Object:
    return {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}", **more}


def bom(*components: Object, root: Object | None = None) -> comparing.Summary:
    main = root or {"type": "application", "name": "acme", "version": "1.0"}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": main}, "components": list(components)}
    return comparing.summary(reading.read(json.dumps(document, indent=1).encode(), "a.json"))


def hashed(*hashes: str, algorithm: str = "SHA-256") -> list[Object]:
    return [{"alg": algorithm, "content": each} for each in hashes]


def file(name: str, *hashes: str) -> Object:
    return {"type": "distribution", "url": f"https://example.org/packages/{name}", "hashes": hashed(*hashes)}


def compared(before: Object, after: Object) -> Comparison:
    return comparing.compare(bom(before), bom(after))


def test_of_the_same_document_there_is_nothing_to_say() -> None:
    same = bom(component("a", licenses=[{"license": {"id": "MIT"}}], hashes=hashed(ONE)))
    found = comparing.compare(same, same)
    assert not any((found.added, found.removed, found.versions, found.licences, found.suppliers, found.hashes, found.other_root))


def test_added_and_removed_packages_are_told_with_version_and_licence() -> None:
    mit = [{"license": {"id": "MIT"}}]
    found = comparing.compare(bom(component("a"), component("b", licenses=mit)), bom(component("a"), component("c", "2", licenses=mit)))
    assert [(str(each.package), each.versions, each.licences) for each in found.added] == [("pkg:pypi/c", ("2",), ("MIT",))]
    assert [(str(each.package), each.versions) for each in found.removed] == [("pkg:pypi/b", ("1.0",))]


def test_packages_of_equal_names_are_told_apart_by_their_ecosystem() -> None:
    npm = {"type": "library", "name": "six", "version": "1.0", "purl": "pkg:npm/six@1.0"}
    found = comparing.compare(bom(component("six")), bom(npm))
    assert [str(each.package) for each in found.added] == ["pkg:npm/six"]
    assert [str(each.package) for each in found.removed] == ["pkg:pypi/six"]


def test_names_are_compared_as_their_ecosystem_writes_them() -> None:
    found = comparing.compare(bom(component("Zope.Interface")), bom(component("zope-interface")))
    assert (found.added, found.removed) == ((), ())


@pytest.mark.parametrize(
    ("kind", "before", "after", "direction"),
    [
        ("pypi", ["1.9"], ["1.10"], "upgrade"),
        ("pypi", ["1.0"], ["1.0rc1"], "downgrade"),
        ("npm", ["1.0.0-rc.2"], ["1.0.0-rc.10"], "upgrade"),
        ("cargo", ["2.0.0"], ["1.9.9"], "downgrade"),
        ("golang", ["v1.2.0"], ["v1.10.0"], "upgrade"),
        ("npm", ["1.0.0", "2.0.0"], ["2.0.0", "3.0.0"], "upgrade"),
        ("npm", ["1.0.0", "3.0.0"], ["2.0.0"], ""),
        ("npm", ["1.0.0"], ["1.0.0", "2.0.0"], ""),
        ("deb", ["1:1.0-1"], ["1:1.0-2"], ""),
        ("pypi", ["not a version"], ["1.0"], ""),
    ],
)
def test_the_direction_is_told_where_it_can_be(kind: str, before: list[str], after: list[str], direction: str) -> None:
    def listed(versions: list[str]) -> list[Object]:
        return [{"type": "library", "name": "x", "purl": f"pkg:{kind}/x@{version.replace(' ', '%20')}"} for version in versions]

    (found,) = comparing.compare(bom(*listed(before)), bom(*listed(after))).versions
    assert found.direction == direction
    assert set(found.before) == set(before) - set(after)
    assert set(found.after) == set(after) - set(before)


def test_versions_that_stay_are_not_told() -> None:
    (found,) = comparing.compare(bom(component("a", "1"), component("a", "2")), bom(component("a", "2"), component("a", "10"))).versions
    assert (found.before, found.after) == (("1",), ("10",))


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        ([{"license": {"id": "MIT"}}], [{"license": {"id": "GPL-3.0-only"}}], True),
        ([{"license": {"id": "MIT"}}], [{"license": {"name": "mit"}}], False),
        ([{"license": {"id": "MIT"}}], [{"expression": "MIT"}], False),
        ([{"expression": "MIT OR Apache-2.0"}], [{"expression": "MIT  OR\tApache-2.0"}], False),
        ([{"license": {"id": "MIT"}}], [], True),
        ([{"license": {"id": "MIT"}}, {"license": {"id": "0BSD"}}], [{"license": {"id": "0BSD"}}, {"license": {"id": "MIT"}}], False),
        ([3, None, {"license": []}], [], False),
    ],
)
def test_licences(before: list[Any], after: list[Any], differs: bool) -> None:
    found = compared(component("a", "1", licenses=before), component("a", "2", licenses=after))
    assert bool(found.licences) == differs


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        ({"supplier": {"name": "A"}}, {"supplier": {"name": "B"}}, True),
        ({"author": "A"}, {"supplier": {"name": "A"}}, False),
        ({"publisher": "A"}, {"authors": [{"name": "A"}]}, False),
        ({"supplier": {"name": "A"}}, {}, True),
    ],
)
def test_suppliers(before: Object, after: Object, differs: bool) -> None:
    assert bool(compared(component("a", **before), component("a", **after)).suppliers) == differs


REPLACED, UNCERTAIN, FINE = "replaced", "uncertain", "fine"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"hashes": hashed(ONE)}, {"hashes": hashed(TWO)}, REPLACED),
        ({"hashes": hashed("ab" * 32)}, {"hashes": hashed("AB" * 32)}, FINE),
        ({}, {"hashes": hashed(ONE)}, FINE),
        ({"hashes": hashed(ONE)}, {}, UNCERTAIN),
        ({"hashes": hashed(ONE)}, {"hashes": hashed("3" * 128, algorithm="SHA-512")}, UNCERTAIN),
        ({"hashes": hashed(ONE)}, {"hashes": [*hashed(ONE), *hashed("3" * 128, algorithm="SHA-512")]}, FINE),
        (
            {"hashes": [*hashed(ONE), *hashed("3" * 128, algorithm="SHA-512")]},
            {"hashes": [*hashed(ONE), *hashed("4" * 128, algorithm="SHA-512")]},
            REPLACED,
        ),
        # hashes of all files at one place
        ({"hashes": hashed(ONE, TWO)}, {"hashes": hashed(TWO, ONE)}, FINE),
        ({"hashes": hashed(ONE)}, {"hashes": hashed(ONE, TWO)}, UNCERTAIN),
        ({"hashes": hashed(ONE, "3" * 64)}, {"hashes": hashed(ONE, TWO)}, UNCERTAIN),
        # files with names
        ({"externalReferences": [file("a.whl", ONE)]}, {"externalReferences": [file("a.whl", TWO)]}, REPLACED),
        ({"externalReferences": [file("a.whl", ONE)]}, {"externalReferences": [file("b.whl", TWO)]}, UNCERTAIN),
        ({"externalReferences": [file("a.whl", ONE)]}, {"externalReferences": [file("a.whl", ONE), file("b.whl", TWO)]}, UNCERTAIN),
        (
            {"externalReferences": [file("a.whl", ONE), file("b.whl", ONE)]},
            {"externalReferences": [file("a.whl", TWO), file("c.whl", ONE)]},
            REPLACED,
        ),
        ({"externalReferences": [file("a.whl", ONE)]}, {"hashes": hashed(ONE)}, FINE),
        ({"externalReferences": [file("a.whl", ONE)]}, {"hashes": hashed(TWO)}, REPLACED),
        ({"hashes": hashed(ONE)}, {"externalReferences": [file("a.whl", TWO)]}, REPLACED),
        (
            {"hashes": hashed(ONE), "properties": [{"name": "gates:artifact", "value": "a-cp312.whl"}]},
            {"hashes": hashed(TWO), "properties": [{"name": "gates:artifact", "value": "a-cp313.whl"}]},
            UNCERTAIN,
        ),
        (
            {"hashes": hashed(ONE), "properties": [{"name": "gates:artifact", "value": "a.whl"}]},
            {"externalReferences": [file("a.whl", TWO)]},
            REPLACED,
        ),
    ],
)
def test_hashes_of_one_version(before: Object, after: Object, expected: str) -> None:
    found = compared(component("a", **before), component("a", **after)).hashes
    assert (FINE if not found else REPLACED if found[0].replaced else UNCERTAIN) == expected


@pytest.mark.parametrize(
    ("before", "after", "replaced"),
    [
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1?arch=amd64", True),
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1?arch=arm64", False),
        ("pkg:pypi/a@1?file_name=a.whl", "pkg:pypi/a@1?file_name=b.whl", False),
        ("pkg:pypi/a@1?download_url=https://x.example/a", "pkg:pypi/a@1?download_url=https://y.example/a", True),
        ("pkg:pypi/a@1", "pkg:pypi/a@1?repository_url=https://y.example", True),
    ],
)
def test_what_is_another_file_and_what_is_another_place(before: str, after: str, replaced: bool) -> None:
    (found,) = compared(component("a", purl=before, hashes=hashed(ONE)), component("a", purl=after, hashes=hashed(TWO))).hashes
    assert found.replaced == replaced


def test_another_version_may_have_another_hash() -> None:
    assert compared(component("a", "1", hashes=hashed(ONE)), component("a", "2", hashes=hashed(TWO))).hashes == ()
    unversioned = {"type": "file", "name": "/etc/motd"}
    assert compared({**unversioned, "hashes": hashed(ONE)}, {**unversioned, "hashes": hashed(TWO)}).hashes == ()


def test_a_version_in_several_places_has_the_hashes_of_all() -> None:
    twice = bom(component("a", hashes=hashed(ONE)), component("a", hashes=hashed(TWO)))
    assert comparing.compare(twice, bom(component("a", hashes=hashed(TWO, ONE)))).hashes == ()


def test_what_is_accepted_is_one_change_and_not_the_next() -> None:
    first, second = (compared(component("a", hashes=hashed(ONE)), component("a", hashes=hashed(now))).hashes[0] for now in (TWO, "3" * 64))
    assert first.subject != second.subject
    assert first.subject.startswith("pkg:pypi/a@1.0 ")


def test_names_that_read_alike_are_two_subjects() -> None:
    def listed(value: str) -> list[Object]:
        return [
            {"type": "library", "group": group, "name": name, "version": "1", "hashes": hashed(value)}
            for group, name in (("a", "b/c"), ("a/b", "c"))
        ]

    found = comparing.compare(bom(*listed(ONE)), bom(*listed(TWO))).hashes
    assert len({each.subject for each in found}) == 2


def test_what_is_described_counts_too() -> None:
    def root(version: str, licence: str, value: str) -> Object:
        return component("acme", version, type="application", licenses=[{"license": {"id": licence}}], hashes=hashed(value))

    found = comparing.compare(bom(component("a"), root=root("1", "MIT", ONE)), bom(component("a"), root=root("1", "0BSD", TWO)))
    assert [str(each.package) for each in found.licences] == ["pkg:pypi/acme"]
    assert [each.replaced for each in found.hashes] == [True]
    assert not found.other_root
    assert comparing.compare(bom(component("a")), bom(component("a"), root=root("1", "MIT", ONE))).other_root


def test_parts_of_components_are_compared() -> None:
    found = compared(
        component("a", components=[component("b", hashes=hashed(ONE))]), component("a", components=[component("b", hashes=hashed(TWO))])
    )
    assert [str(each.package) for each in found.hashes] == ["pkg:pypi/b"]


def test_thousands_of_versions_of_one_package_take_no_square() -> None:
    many = bom(*(component("a", f"1.{number}") for number in range(2000)))
    other = bom(*(component("a", f"2.{number}") for number in range(2000)))
    (found,) = comparing.compare(many, other).versions
    assert found.direction == "upgrade"
    assert found.before[-1] == "1.1999"


KEYS = (
    *("name", "version", "purl", "hashes", "alg", "content", "licenses", "license", "id", "externalReferences", "type", "url"),
    *("components", "properties", "supplier", "authors", "group", "value"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "SHA-256", ONE, "pkg:pypi/a@1", "distribution", "://?&=#"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=4), st.lists(JSON, max_size=4))
def test_whatever_a_document_holds_it_is_compared_both_ways(before: list[Any], after: list[Any]) -> None:
    one, other = bom(*before), bom(*after)
    there, back = comparing.compare(one, other), comparing.compare(other, one)
    assert [each.package for each in there.added] == [each.package for each in back.removed]
    assert [(each.before, each.after) for each in there.versions] == [(each.after, each.before) for each in back.versions]
    assert [each.package for each in there.hashes if each.replaced] == [each.package for each in back.hashes if each.replaced]
    for each in (one, other):
        same = comparing.compare(each, each)
        assert not any((same.added, same.removed, same.versions, same.licences, same.suppliers, same.hashes))
