"""A document's form: what stands where, and that it never differs for the same content."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from gates.core.purl import Purl
from gates.sbom import serial, writing
from gates.sbom.component import Bom, Component, Digest, Distribution, Licence
from gates.sbom.writing import Spec
from tests.sbom.support import ROOT, strict

WHOLE = Component(
    "pkg:npm/%40acme/a@1.0",
    "library",
    "@acme/a",
    "1.0",
    Purl("npm", "@acme", "a", "1.0"),
    licences=(Licence("MIT"),),
    digests=(Digest("SHA-256", "a" * 64),),
    supplier="Ann",
    supplier_from="Author",
    groups=("dev",),
    source="https://files.example.org/a.tgz",
    artifact="a.tgz",
    properties=(("gates:lock", "package-lock.json"),),
)
PLAIN = Component("pkg:pypi/b@2", "library", "b", "2", Purl("pypi", "", "b", "2"))


def bom(*parts: Component, **more: Any) -> Bom:
    edges = {"pkg:pypi/app@1": tuple(part.ref for part in parts), **{part.ref: () for part in parts}}
    return Bom(ROOT.component, {part.ref: part for part in parts}, edges, "pre-build", "complete", **more)


def written(bom: Bom, spec: Spec = "1.6", timestamp: int | None = 1_700_000_000) -> dict[str, Any]:
    text = writing.rendered(serial.sealed(writing.document(bom, spec, "0.1.0", timestamp)))
    strict(text)
    document: dict[str, Any] = json.loads(text)
    return document


@pytest.mark.parametrize("spec", writing.SPECS)
def test_a_component_tells_all_that_is_known(spec: Spec) -> None:
    document = written(bom(WHOLE, PLAIN, authors=("Ann",), properties=(("gates:group", "dev"),)), spec)
    assert list(document) == [
        *("$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies", "compositions")
    ]
    assert document["components"][0] == {
        "type": "library",
        "bom-ref": "pkg:npm/%40acme/a@1.0",
        "supplier": {"name": "Ann"},
        "group": "@acme",
        "name": "a",
        "version": "1.0",
        "scope": "optional",
        "hashes": [{"alg": "SHA-256", "content": "a" * 64}],
        "licenses": [{"license": {"id": "MIT", "acknowledgement": "declared"}}],
        "purl": "pkg:npm/%40acme/a@1.0?download_url=https://files.example.org/a.tgz",
        "properties": [
            {"name": "gates:artifact", "value": "a.tgz"},
            {"name": "gates:group", "value": "dev"},
            {"name": "gates:source", "value": "https://files.example.org/a.tgz"},
            {"name": "gates:supplier-from", "value": "Author"},
            {"name": "gates:lock", "value": "package-lock.json"},
        ],
    }
    assert document["components"][1]["scope"] == "required"
    assert document["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    assert document["metadata"]["authors"] == [{"name": "Ann"}]
    assert document["metadata"]["tools"]["components"] == [{"type": "application", "name": "gates", "version": "0.1.0"}]


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        ((Licence("MIT OR ISC"),), [{"expression": "MIT OR ISC", "acknowledgement": "declared"}]),
        ((Licence("LicenseRef-own"),), [{"expression": "LicenseRef-own", "acknowledgement": "declared"}]),
        ((Licence("", "BSD License", declared=False),), [{"license": {"name": "BSD License", "acknowledgement": "concluded"}}]),
        (
            (Licence("MIT", declared=False), Licence("MIT OR ISC")),
            [
                {"license": {"id": "MIT", "acknowledgement": "concluded"}},
                {"license": {"name": "MIT OR ISC", "acknowledgement": "declared"}},
            ],
        ),
    ],
)
def test_licences_take_one_of_the_forms_that_the_schema_has(licences: tuple[Licence, ...], expected: list[object]) -> None:
    assert written(bom(PLAIN._replace(licences=licences)))["components"][0]["licenses"] == expected


def test_files_of_which_one_is_installed_are_references() -> None:
    digest = (Digest("SHA-256", "a" * 64),)
    part = PLAIN._replace(distributions=(Distribution("b 2.whl", digest), Distribution("", digest), Distribution("c.whl", ())))
    assert written(bom(part))["components"][0]["externalReferences"] == [
        {"type": "distribution", "url": "b%202.whl", "hashes": [{"alg": "SHA-256", "content": "a" * 64}]},
        {
            "type": "distribution",
            "url": "pkg:pypi/b@2",
            "comment": "the digests of all files, of which one is installed",
            "hashes": [{"alg": "SHA-256", "content": "a" * 64}],
        },
        {"type": "distribution", "url": "c.whl"},
    ]


@pytest.mark.parametrize(
    ("source", "purl"),
    [
        ("git+https://git.example.org/b@abc", "pkg:pypi/b@2?vcs_url=git%2Bhttps://git.example.org/b%40abc"),
        ("https://files.example.org/b.whl", "pkg:pypi/b@2?download_url=https://files.example.org/b.whl"),
        ("../b", "pkg:pypi/b@2"),
    ],
)
def test_the_purl_tells_where_it_comes_from(source: str, purl: str) -> None:
    assert written(bom(PLAIN._replace(source=source)))["components"][0]["purl"] == purl


def test_without_a_date_there_is_no_timestamp() -> None:
    assert "timestamp" not in written(bom(PLAIN), timestamp=None)["metadata"]


def test_the_order_of_what_was_found_does_not_count() -> None:
    parts = [
        PLAIN._replace(ref=f"pkg:pypi/p{number}@1", name=f"p{number}", purl=Purl("pypi", "", f"p{number}", "1")) for number in range(20)
    ]
    first = json.dumps(written(bom(*parts)))
    random.Random(1).shuffle(parts)
    assert json.dumps(written(bom(*parts))) == first


def test_the_serial_number_is_that_of_the_content() -> None:
    one, other = written(bom(PLAIN)), written(bom(PLAIN._replace(version="3")))
    assert one["serialNumber"] != other["serialNumber"]
    assert serial.sealed({**one, "serialNumber": "urn:uuid:0"}) == one
    assert serial.sealed(dict(reversed(list(one.items()))))["serialNumber"] == one["serialNumber"]


def test_the_text_is_that_of_the_standard_writer() -> None:
    document = writing.document(bom(WHOLE, PLAIN), "1.6", 'quote " and \\ and é', None) | {
        "empty": [],
        "none": {},
        "flag": True,
        "null": None,
    }
    assert writing.rendered(document) == json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def test_a_path_that_is_no_text_is_shown() -> None:
    part = PLAIN._replace(properties=(("gates:lock", "a\udcff/uv.lock"),))
    assert written(bom(part))["components"][0]["properties"] == [{"name": "gates:lock", "value": "a\\xff/uv.lock"}]
