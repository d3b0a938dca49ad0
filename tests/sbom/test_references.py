"""What refers to what, and what nothing leads to."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.sbom import references
from gates.sbom.validation import schema
from tests.sbom.documents import Json, component, document, loaded


def dangling(content: Json) -> dict[str, str]:
    return {ref: mentions[0].key for ref, mentions in references.dangling(references.read(loaded(content))).items()}


def unreached(content: Json) -> list[str]:
    found = loaded(content)
    return [each.name for each in references.unreached(found, references.edges(found))]


def test_a_document_that_holds_together_has_nothing_to_say_of() -> None:
    content = document(component("a"), component("b"))
    found = references.read(loaded(content))
    assert (references.duplicates(found), references.dangling(found), unreached(content)) == ({}, {}, [])


@pytest.mark.parametrize(
    ("where", "value", "key"),
    [
        ("dependencies", [{"ref": "gone"}], "ref"),
        ("dependencies", [{"ref": "root", "dependsOn": ["gone"]}], "dependsOn"),
        ("dependencies", [{"ref": "root", "provides": ["gone"]}], "provides"),
        ("compositions", [{"aggregate": "complete", "assemblies": ["gone"]}], "assemblies"),
        ("compositions", [{"aggregate": "complete", "dependencies": ["gone"]}], "dependencies"),
        ("compositions", [{"aggregate": "complete", "vulnerabilities": ["gone"]}], "vulnerabilities"),
        ("vulnerabilities", [{"id": "CVE-2026-1", "affects": [{"ref": "gone"}]}], "ref"),
        ("annotations", [{"subjects": ["gone"], "text": "x"}], "subjects"),
        ("declarations", {"claims": [{"target": "gone"}]}, "target"),
        ("citations", [{"attributedTo": "gone"}], "attributedTo"),
    ],
)
def test_a_reference_to_nothing_is_found_wherever_it_stands(where: str, value: object, key: str) -> None:
    assert dangling(document(component("a"), **{where: value})) == {"gone": key}


def test_anything_with_a_bom_ref_can_be_referred_to() -> None:
    content = document(component("a"), services=[{"bom-ref": "api", "name": "api"}], vulnerabilities=[{"bom-ref": "v1", "affects": []}])
    content["compositions"] = [{"bom-ref": "c", "aggregate": "complete", "assemblies": ["api"], "vulnerabilities": ["v1"]}]
    content["annotations"] = [{"subjects": ["c", "root"]}]
    assert dangling(content) == {}


def test_what_is_no_reference_is_left_alone() -> None:
    content = document(component("a", evidence={"identity": {"field": "purl", "tools": ["root"]}}), signature={"algorithm": "RS256"})
    content["metadata"]["tools"] = [{"name": "x"}]
    content["components"][0]["properties"] = [{"name": "ref", "value": "nothing"}]
    assert dangling(content) == {}


def test_other_documents_are_not_looked_into() -> None:
    serial = "3e671687-395b-41f5-a30f-a58921a69b79"
    content = document(component("a"), serialNumber=f"urn:uuid:{serial}")
    content["vulnerabilities"] = [
        {"affects": [{"ref": "urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1#x"}]},
        {"affects": [{"ref": f"urn:cdx:{serial}/1#pkg%3Apypi%2Fa%401.0"}]},
        {"affects": [{"ref": f"urn:cdx:{serial}/1#gone"}]},
    ]
    assert dangling(content) == {"gone": "ref"}


def test_every_kind_of_reference_of_the_newest_schema_is_known() -> None:
    """A property whose values are of the type refType or refLinkType in the schema of any version."""
    names = set()
    for version in ("1.2-strict", "1.3-strict", "1.4", "1.5", "1.6", "1.7"):
        names |= set(_referring(schema(f"bom-{version}.SNAPSHOT.schema.json")))
    links = {"source", "destination"}  # of a service's data, into other documents alone
    assert names - {"bom-ref"} - links <= references._REFERRING


def _referring(node: object) -> list[str]:
    if isinstance(node, list):
        return [name for each in node for name in _referring(each)]
    if not isinstance(node, dict):
        return []
    properties = node.get("properties", {})
    here = [name for name, value in properties.items() if _is_reference(value)] if isinstance(properties, dict) else []
    return here + [name for value in node.values() for name in _referring(value)]


def _is_reference(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    if re.search(r"/(refType|refLinkType|bomLinkElementType|cryptoRefArray)$", json.dumps(value.get("$ref", "")).strip('"')):
        return True
    inner = [each for key in ("anyOf", "oneOf", "allOf") for each in value.get(key, ())]
    return any(map(_is_reference, [*inner, value.get("items")]))


def test_a_bom_ref_that_stands_twice_is_found_with_its_lines() -> None:
    content = document(component("a"), component("b", **{"bom-ref": "pkg:pypi/a@1.0"}))
    (lines,) = references.duplicates(references.read(loaded(content))).values()
    assert len(lines) == 2


def test_dependencies_of_one_component_that_are_listed_twice_are_found_and_count_together() -> None:
    content = document(component("a"), component("b"))
    content["dependencies"] = [{"ref": "root", "dependsOn": ["pkg:pypi/a@1.0"]}, {"ref": "root", "dependsOn": ["pkg:pypi/b@1.0"]}]
    assert list(references.edges(loaded(content)).repeated) == ["root"]
    assert unreached(content) == []


def test_what_no_way_leads_to_is_found() -> None:
    content = document(component("a"), component("b"), component("c"), component("d"))
    a, b, c, d = (each["bom-ref"] for each in content["components"])
    content["dependencies"] = [{"ref": "root", "dependsOn": [a]}, {"ref": a, "dependsOn": [b]}, {"ref": c, "dependsOn": [d, a]}, {"ref": d}]
    assert unreached(content) == ["c", "d"]


def test_a_circle_is_walked_once_and_one_apart_is_not_reached() -> None:
    content = document(component("a"), component("b"), component("c"), component("d"))
    a, b, c, d = (each["bom-ref"] for each in content["components"])
    content["dependencies"] = [
        *({"ref": "root", "dependsOn": [a]}, {"ref": a, "dependsOn": [b]}, {"ref": b, "dependsOn": [a]}),
        *({"ref": c, "dependsOn": [d]}, {"ref": d, "dependsOn": [c]}),
    ]
    assert unreached(content) == ["c", "d"]


def test_what_a_component_is_made_of_is_reached_with_it_and_what_that_needs_too() -> None:
    content = document(component("outer", components=[component("inner"), component("unnamed", **{"bom-ref": None})]), component("far"))
    content["dependencies"] = [
        {"ref": "root", "dependsOn": ["pkg:pypi/outer@1.0"]},
        {"ref": "pkg:pypi/inner@1.0", "dependsOn": ["pkg:pypi/far@1.0"]},
    ]
    assert unreached(content) == []
    content["dependencies"][0]["dependsOn"] = ["pkg:pypi/inner@1.0"]
    assert unreached(content) == ["outer", "unnamed"]


def test_parts_of_what_is_described_are_reached() -> None:
    content = document()
    content["metadata"]["component"]["components"] = [component("part")]
    assert unreached(content) == []


def test_a_service_may_lead_to_a_component() -> None:
    content = document(component("a"), services=[{"bom-ref": "api", "name": "api"}])
    content["dependencies"] = [{"ref": "root", "dependsOn": ["api"]}, {"ref": "api", "dependsOn": ["pkg:pypi/a@1.0"]}]
    assert unreached(content) == []


_NAMES = st.sampled_from("abcdefg")


@given(st.dictionaries(_NAMES, st.lists(_NAMES, max_size=4)), st.sets(_NAMES))
def test_reached_is_what_a_walk_from_the_root_passes(needs: dict[str, list[str]], held: set[str]) -> None:
    content = document(*(component(name, **{"bom-ref": name}) for name in sorted(held)))
    content["metadata"]["component"]["bom-ref"] = "a"
    content["dependencies"] = [{"ref": ref, "dependsOn": targets} for ref, targets in needs.items()]
    reached, border = {"a"}, {"a"}
    while border := {target for ref in border for target in needs.get(ref, ())} - reached:
        reached |= border
    assert unreached(content) == sorted(held - reached)
