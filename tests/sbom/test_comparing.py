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
CP312, CP313, SDIST = "a-1.0-cp312-cp312-win_amd64.whl", "a-1.0-cp313-cp313-win_amd64.whl", "a-1.0.tar.gz"


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


def listing(*hashes: str) -> Object:
    return {"type": "distribution", "url": "pkg:pypi/a@1.0", "hashes": hashed(*hashes)}


def artifact(name: str, *hashes: str) -> Object:
    return {"hashes": hashed(*hashes), "properties": [{"name": "gates:artifact", "value": name}]}


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
        ({"hashes": hashed(ONE)}, {"hashes": hashed(ONE, TWO)}, REPLACED),
        ({"hashes": hashed(ONE, TWO)}, {"hashes": hashed(ONE)}, UNCERTAIN),
        ({"hashes": hashed(ONE, "3" * 64)}, {"hashes": hashed(ONE, TWO)}, REPLACED),
        ({"externalReferences": [listing(ONE)]}, {"externalReferences": [listing(ONE, TWO)]}, UNCERTAIN),
        ({"externalReferences": [listing(ONE, "3" * 64)]}, {"externalReferences": [listing(ONE, TWO)]}, UNCERTAIN),
        ({"externalReferences": [listing(ONE)]}, {"externalReferences": [listing(TWO)]}, REPLACED),
        ({"externalReferences": [listing(ONE, TWO)]}, {"externalReferences": [file(CP312, ONE)]}, UNCERTAIN),
        ({"externalReferences": [listing(ONE, TWO)]}, {"externalReferences": [file(CP312, "3" * 64)]}, REPLACED),
        (
            {"externalReferences": [listing(ONE), file(CP312, TWO)]},
            {"externalReferences": [listing(ONE), file(CP312, "3" * 64)]},
            REPLACED,
        ),
        # what is told by the other side alone
        ({"hashes": hashed(ONE)}, {"externalReferences": [file(CP312, ONE), file(CP313, TWO)]}, UNCERTAIN),
        ({"hashes": hashed(ONE)}, {"externalReferences": [file(CP312, ONE, TWO)]}, REPLACED),
        ({"hashes": hashed(ONE, TWO)}, {"externalReferences": [file(CP312, ONE), file(CP313, "3" * 64)]}, REPLACED),
        ({"hashes": hashed(ONE, TWO)}, {"externalReferences": [file(CP312, ONE), file(CP313, TWO, "3" * 64)]}, REPLACED),
        # files with names
        ({"externalReferences": [file(CP312, ONE)]}, {"externalReferences": [file(CP312, TWO)]}, REPLACED),
        ({"externalReferences": [file(CP312, ONE)]}, {"externalReferences": [file(CP313, TWO)]}, UNCERTAIN),
        ({"externalReferences": [file(CP312, ONE)]}, {"externalReferences": [file(CP312, ONE), file(CP313, TWO)]}, UNCERTAIN),
        (
            {"externalReferences": [file(CP312, ONE), file(CP313, ONE)]},
            {"externalReferences": [file(CP312, TWO), file(SDIST, ONE)]},
            REPLACED,
        ),
        ({"externalReferences": [file(CP312, ONE)]}, {"hashes": hashed(ONE)}, FINE),
        ({"externalReferences": [file(CP312, ONE)]}, {"hashes": hashed(TWO)}, REPLACED),
        ({"hashes": hashed(ONE)}, {"externalReferences": [file(CP312, TWO)]}, REPLACED),
        (
            {"hashes": hashed(ONE), "properties": [{"name": "gates:artifact", "value": CP312}]},
            {"hashes": hashed(TWO), "properties": [{"name": "gates:artifact", "value": CP313}]},
            UNCERTAIN,
        ),
        (
            {"hashes": hashed(ONE), "properties": [{"name": "gates:artifact", "value": CP312}]},
            {"externalReferences": [file(CP312, TWO)]},
            REPLACED,
        ),
    ],
)
def test_hashes_of_one_version(before: Object, after: Object, expected: str) -> None:
    found = compared(component("a", **before), component("a", **after)).hashes
    assert (FINE if not found else REPLACED if found[0].replaced else UNCERTAIN) == expected


@pytest.mark.parametrize(
    ("name", "replaced"),
    [
        ("a-1.0-cp313-cp313-win_amd64.whl", False),
        ("a-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", False),
        ("a-1.0.tar.gz", False),
        ("A-1.0.0-cp312-cp312-macosx_11_0_arm64.whl", False),
        # the same file, whatever its name looks like
        ("A-1.0-cp312-cp312-win_amd64.whl", True),
        ("a-1.0-CP312-cp312-win_amd64.whl", True),
        ("a-1.0-cp312-cp312-win_amd64.whl ", True),
        ("a-1.0.0-cp312-cp312-win_amd64.whl", True),
        ("a-1.0-1-cp312-cp312-win_amd64.whl", True),
        ("a-1.0-cp311.cp312-cp312-win_amd64.whl", True),
        # no file of this package and version
        ("x", True),
        ("b-1.0-cp313-cp313-win_amd64.whl", True),
        ("a-2.0-cp313-cp313-win_amd64.whl", True),
        ("a-2.0.tar.gz", True),
        ("a-1.0-cp313-cp313-anyx.whl", True),
        ("a-1.0-cp313x-cp313-win_amd64.whl", True),
        ("a-1.0-cp313-nonex-win_amd64.whl", True),
        ("a-1.0-x-cp313-cp313-win_amd64.whl", True),
        ("a-1.0-cp312-cp312-win_amd64.whlx", True),
        (f"a-1.0-{'.'.join(['cp313'] * 40)}-{'.'.join(['cp313'] * 40)}-win_amd64.whl", True),
    ],
)
def test_another_name_is_another_file_only_where_its_tags_differ(name: str, replaced: bool) -> None:
    (found,) = compared(component("a", **artifact(CP312, ONE)), component("a", **artifact(name, TWO))).hashes
    assert found.replaced == replaced


def test_hashes_that_change_places_are_other_hashes() -> None:
    before = component("a", externalReferences=[file(CP312, ONE), file(CP313, TWO)])
    after = component("a", externalReferences=[file(CP312, TWO), file(CP313, ONE)])
    (found,) = compared(before, after).hashes
    assert found.replaced


@pytest.mark.parametrize(
    "second",
    [
        component("a", **artifact(CP312, TWO)),
        component("a", **artifact("y", TWO)),
        component("a", hashes=hashed(TWO)),
        component("a", "1.0.0", **artifact(CP312, TWO)),
        {"type": "library", "name": "a", "version": "1.0", **artifact(CP312, TWO)},
    ],
)
def test_a_second_component_of_the_version_with_another_hash_is_told(second: Object) -> None:
    one = component("a", **artifact(CP312, ONE))
    (found,) = comparing.compare(bom(one), bom(one, second)).hashes
    assert found.replaced


def test_a_package_that_has_lost_its_package_url_is_still_the_same() -> None:
    nameless = {"type": "library", "name": "A", "version": "1.0.0"}
    for before, after, number in ((ONE, TWO, 1), (ONE, ONE, 0)):
        there = comparing.compare(bom(component("a", hashes=hashed(before))), bom({**nameless, "hashes": hashed(after)}))
        back = comparing.compare(bom({**nameless, "hashes": hashed(before)}), bom(component("a", hashes=hashed(after))))
        assert [each.replaced for each in (*there.hashes, *back.hashes)] == [True] * 2 * number
        assert (len(there.added), len(there.removed)) == (1, 1)
    assert comparing.compare(bom(component("a", "2", hashes=hashed(ONE))), bom({**nameless, "hashes": hashed(TWO)})).hashes == ()


def test_of_several_packages_of_a_name_it_may_be_any() -> None:
    npm = {"type": "library", "name": "a", "version": "1.0", "purl": "pkg:npm/a@1.0", "hashes": hashed(TWO)}
    both = bom(component("a", hashes=hashed(ONE)), npm)
    for digest, number in ((ONE, 0), (TWO, 0), ("3" * 64, 1)):
        nameless = {"type": "library", "name": "a", "version": "1.0", "hashes": hashed(digest)}
        assert len(comparing.compare(both, bom(nameless)).hashes) == number


@pytest.mark.parametrize(("kind", "one", "other"), [("pypi", "4.16.0", "4.16"), ("pypi", "1.0", "v1.0"), ("npm", "1.0.0", "v1.0.0")])
def test_a_version_is_the_same_however_it_is_written(kind: str, one: str, other: str) -> None:
    def listed(version: str, value: str) -> Object:
        return {"type": "library", "name": "a", "purl": f"pkg:{kind}/a@{version}", "hashes": hashed(value)}

    (found,) = compared(listed(one, ONE), listed(other, TWO)).hashes
    assert (found.version, found.replaced) == (other, True)
    assert compared(listed(one, ONE), listed(other, ONE)).hashes == ()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"scope": "excluded"}, [(("required",), ("excluded",))]),
        ({"scope": "required"}, {"scope": "optional"}, [(("required",), ("optional",))]),
        ({"scope": "required"}, {}, []),
    ],
)
def test_scopes(before: Object, after: Object, told: list[Any]) -> None:
    found = compared(component("a", **before), component("a", **after)).scopes
    assert [(each.before, each.after) for each in found] == told


def test_another_name_of_what_is_described_is_told_whatever_its_package_url_says() -> None:
    def root(name: str) -> Object:
        return {"type": "application", "name": name, "version": "1", "purl": "pkg:pypi/acme@1"}

    found = comparing.compare(bom(component("a"), root=root("acme")), bom(component("a"), root=root("zzz")))
    assert (found.other_root, found.after.root_name) == (True, "zzz")


@pytest.mark.parametrize(
    ("before", "after", "replaced"),
    [
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1?arch=amd64", True),
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1?arch=arm64", False),
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1?arch=amd64&x=y", True),
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1", True),
        ("pkg:npm/a@1.0.0", "pkg:npm/a@1.0.0?arch=x", True),
        ("pkg:npm/a@1.0.0?arch=x", "pkg:npm/a@1.0.0?arch=y", True),
        (f"pkg:pypi/a@1?file_name={CP312}", f"pkg:pypi/a@1?file_name={CP313}", False),
        ("pkg:pypi/a@1?file_name=a.whl", "pkg:pypi/a@1?file_name=b.whl", True),
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


def test_thousands_of_files_of_one_version_take_no_square() -> None:
    def many(name: str, shift: int) -> Object:
        return component("a", externalReferences=[file(name.format(number), f"{number + shift:064x}") for number in range(4000)])

    for name in ("x{}", "a-1.0-cp{0}-cp{0}-win_amd64.whl"):
        (found,) = compared(many(name, 0), many(name, 5000)).hashes
        assert found.replaced
        assert compared(many(name, 0), many(name, 0)).hashes == ()


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
    for each in (one, other):
        same = comparing.compare(each, each)
        assert not any((same.added, same.removed, same.versions, same.licences, same.suppliers, same.scopes, same.hashes))
