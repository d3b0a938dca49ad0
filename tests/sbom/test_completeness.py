"""Each element of each profile, with and without."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from gates.sbom import references
from gates.sbom.completeness import ELEMENTS, Completeness, assess
from gates.sbom.options import Profile
from gates.sbom.validation import licence_ids
from tests.sbom.documents import Json, component, document, loaded

PROFILES: tuple[Profile, ...] = ("ntia", "cisa-2025", "bsi")
BSI = [
    {"name": "bsi:component:filename", "value": "a-1.0-py3-none-any.whl"},
    {"name": "bsi:component:executable", "value": "non-executable"},
    {"name": "bsi:component:archive", "value": "archive"},
    {"name": "bsi:component:structured", "value": "structured"},
]


def whole() -> Json:
    """All that every profile asks for, of one component."""
    reachable = {"name": "Acme", "url": ["https://example.org"]}
    content = document(component("a", supplier=reachable, hashes=[{"alg": "SHA-512", "content": "0" * 128}], properties=copy.deepcopy(BSI)))
    content["metadata"]["authors"] = [{"name": "Acme", "email": "sbom@example.org"}]
    content["compositions"] = [{"aggregate": "complete", "assemblies": ["root"]}]
    return content


def table(content: Json, profile: Profile) -> Completeness:
    found = loaded(content)
    return assess(found, profile, references.edges(found), licence_ids())


def lacking(content: Json, profile: Profile) -> set[str]:
    return {row.element.name for row in table(content, profile).rows if row.required and row.held < row.of}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_whole_document_lacks_nothing(profile: Profile) -> None:
    assert lacking(whole(), profile) == set()


def test_each_profile_asks_for_what_it_lists() -> None:
    asked = {profile: {element.name for element in ELEMENTS if profile in element.profiles} for profile in PROFILES}
    assert asked["ntia"] == {"name", "version", "identifier", "supplier", "relationship", "main-component", "author", "timestamp"}
    assert asked["cisa-2025"] - asked["ntia"] == {"hash", "licence", "tool", "lifecycle"}
    assert asked["bsi"] - asked["ntia"] - asked["cisa-2025"] == {
        *("supplier-contact", "dependencies", "sha-512", "file-name", "executable", "archive", "structured"),
        *("author-contact", "format", "completeness", "vulnerabilities-apart"),
    }


def of_component(key: str, value: object = None) -> Callable[[Json], None]:
    def change(content: Json) -> None:
        content["components"][0].update({key: value})
        if value is None:
            del content["components"][0][key]

    return change


def of_metadata(key: str, value: object = None) -> Callable[[Json], None]:
    def change(content: Json) -> None:
        content["metadata"].update({key: value})
        if value is None:
            del content["metadata"][key]

    return change


@pytest.mark.parametrize(
    ("profile", "change", "missing"),
    [
        ("ntia", of_component("name", " "), {"name"}),
        ("ntia", of_component("version"), {"version"}),
        ("ntia", of_component("version", ""), {"version"}),
        ("ntia", of_component("purl"), {"identifier"}),
        ("ntia", of_component("purl", "pypi/a"), {"identifier"}),
        ("ntia", of_component("supplier"), {"supplier"}),
        ("ntia", of_component("supplier", {"name": ""}), {"supplier"}),
        ("ntia", lambda content: content.update(dependencies=[]), {"relationship"}),
        ("ntia", of_metadata("component"), {"main-component"}),
        ("ntia", of_metadata("authors"), {"author"}),
        ("ntia", of_metadata("timestamp"), {"timestamp"}),
        ("cisa-2025", of_component("hashes"), {"hash"}),
        ("cisa-2025", of_component("licenses"), {"licence"}),
        ("cisa-2025", of_component("licenses", [{"license": {"name": "MIT"}}]), {"licence"}),
        ("cisa-2025", of_component("licenses", [{"expression": "MIT AND"}]), {"licence"}),
        ("cisa-2025", of_metadata("tools"), {"tool"}),
        ("cisa-2025", of_metadata("tools", {"components": [{"type": "application", "name": "x"}]}), {"tool"}),
        ("cisa-2025", of_metadata("lifecycles"), {"lifecycle"}),
        ("bsi", of_component("supplier", {"name": "Ann"}), {"supplier-contact"}),
        ("bsi", of_component("hashes", [{"alg": "SHA-256", "content": "0" * 64}]), {"sha-512"}),
        ("bsi", of_component("properties", BSI[1:]), {"file-name"}),
        ("bsi", of_component("properties", [BSI[0], *BSI[2:]]), {"executable"}),
        ("bsi", of_component("properties", [*BSI[:2], BSI[3]]), {"archive"}),
        ("bsi", of_component("properties", BSI[:3]), {"structured"}),
        ("bsi", lambda content: content["dependencies"].pop(), {"dependencies"}),
        ("bsi", of_metadata("authors", [{"name": "Acme"}]), {"author-contact"}),
        ("bsi", lambda content: content.update(specVersion="1.5"), {"format"}),
        ("bsi", lambda content: content.pop("compositions"), {"completeness"}),
        ("bsi", lambda content: content.update(vulnerabilities=[{"id": "CVE-2026-1"}]), {"vulnerabilities-apart"}),
    ],
)
def test_what_is_taken_out_is_missed(profile: Profile, change: Callable[[Json], object], missing: set[str]) -> None:
    content = whole()
    change(content)
    assert lacking(content, profile) == missing


@pytest.mark.parametrize(
    ("profile", "take", "put"),
    [
        ("ntia", "purl", {"cpe": "cpe:2.3:a:acme:a:1.0:*:*:*:*:*:*:*"}),
        ("ntia", "purl", {"swid": {"tagId": "x", "name": "a"}}),
        ("ntia", "purl", {"swhid": ["swh:1:cnt:94a9ed024d3859793618152ea559a168bbcbb5e2"]}),
        ("ntia", "supplier", {"manufacturer": {"name": "Acme"}}),
        ("ntia", "supplier", {"authors": [{"name": "Ann"}]}),
        ("ntia", "supplier", {"publisher": "Acme"}),
        ("ntia", "supplier", {"author": "Ann"}),
        (
            "cisa-2025",
            "hashes",
            {"externalReferences": [{"type": "distribution", "url": "a.whl", "hashes": [{"alg": "MD5", "content": "0"}]}]},
        ),
        ("cisa-2025", "licenses", {"licenses": [{"expression": "GPL-2.0-only WITH Classpath-exception-2.0"}]}),
        ("cisa-2025", "licenses", {"licenses": [{"expression": "LicenseRef-acme OR mit"}]}),
        ("bsi", "supplier", {"manufacturer": {"contact": [{"email": "a@example.org"}]}, "publisher": "Acme"}),
        ("bsi", "hashes", {"externalReferences": [{"type": "distribution", "url": "a", "hashes": [{"alg": "SHA-512", "content": "0"}]}]}),
    ],
)
def test_an_element_may_be_told_in_another_way(profile: Profile, take: str, put: Json) -> None:
    content = whole()
    del content["components"][0][take]
    content["components"][0].update(put)
    assert lacking(content, profile) == set()


def test_an_author_and_a_tool_are_told_in_the_ways_of_each_version() -> None:
    content = whole()
    del content["metadata"]["authors"]
    for key in ("manufacture", "manufacturer", "supplier"):
        assert lacking({**content, "metadata": {**content["metadata"], key: {"name": "Acme"}}}, "ntia") == set()
    content["metadata"] |= {"authors": [{"email": "a@example.org"}], "tools": [{"vendor": "x", "name": "y", "version": "1"}]}
    assert lacking(content, "cisa-2025") == set()


def test_what_a_component_is_part_of_is_a_relationship() -> None:
    content = document(component("a", components=[component("b")]))
    assert lacking(content, "ntia") == set()


def test_a_need_of_itself_is_none() -> None:
    content = document(component("a"))
    content["dependencies"] = [{"ref": "root"}, {"ref": "pkg:pypi/a@1.0", "dependsOn": ["pkg:pypi/a@1.0"]}]
    assert lacking(content, "ntia") == {"relationship"}


def test_what_no_american_profile_asks_for_is_shown_for_bsi_alone() -> None:
    shown = {profile: {row.element.name for row in table(whole(), profile).rows} for profile in PROFILES}
    assert "hash" in shown["ntia"]
    assert shown["ntia"] == shown["cisa-2025"]
    assert "sha-512" in shown["bsi"] - shown["ntia"]
