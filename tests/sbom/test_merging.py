"""An image's own document in that of the project."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gates.core.documents import DocumentError
from gates.sbom import merging, writing
from gates.sbom.component import Bom
from gates.sbom.merging import Image
from tests.sbom.support import ROOT, gather, lock, package, strict

IMAGE: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {
        "component": {"type": "container", "bom-ref": "c0", "name": "acme/app:1.0"},
        "tools": {"components": [{"type": "application", "group": "aquasecurity", "name": "trivy", "version": "0.74.0", "bom-ref": "t"}]},
    },
    "components": [
        {"type": "operating-system", "bom-ref": "os", "name": "debian", "version": "13"},
        {"type": "library", "bom-ref": "pkg:pypi/a@1.0", "name": "a", "version": "1.0", "purl": "pkg:pypi/a@1.0"},
        {"type": "library", "name": "alone", "version": "1", "purl": "pkg:deb/debian/alone@1"},
    ],
    "dependencies": [{"ref": "c0", "dependsOn": ["os"]}, {"ref": "os", "dependsOn": ["pkg:pypi/a@1.0"]}],
}


def read(**changes: Any) -> Image:
    document = {key: value for key, value in {**IMAGE, **changes}.items() if value is not None}
    return merging.read_image(json.dumps(document).encode(), "image.json")


def project() -> Bom:
    return gather(lock([package("a")], production=["a"])).bom


def merged(image: Image, **more: Any) -> dict[str, Any]:
    document = merging.with_image(writing.document(project(), "1.6", "0.1.0", None) | more, image)
    strict(writing.rendered(document))
    return document


def test_the_image_stands_below_the_root_with_its_own_graph() -> None:
    document = merged(read())
    needs = {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}
    assert needs[ROOT.component.ref] == ["image/c0", "pkg:pypi/a@1.0"]
    assert needs["image/c0"] == ["image/os", "image/pkg:deb/debian/alone@1"]  # what nothing led to hangs on the image
    assert needs["image/os"] == ["image/pkg:pypi/a@1.0"]
    assert [each["bom-ref"] for each in document["components"]] == [
        *("pkg:pypi/a@1.0", "image/c0", "image/os", "image/pkg:pypi/a@1.0", "image/pkg:deb/debian/alone@1")
    ]
    assert document["compositions"][1]["aggregate"] == "unknown"
    assert [each["name"] for each in document["metadata"]["tools"]["components"]] == ["gates", "trivy"]


def test_refs_are_moved_wherever_they_stand() -> None:
    inner = {"type": "library", "bom-ref": "inner", "name": "inner", "version": "1", "purl": "pkg:pypi/inner@1"}
    changes = {
        "components": [{"type": "library", "bom-ref": "os", "name": "os", "components": [inner]}],
        "dependencies": [{"ref": "c0", "dependsOn": ["os"]}, {"ref": "os", "dependsOn": ["inner"]}],
        "compositions": [{"aggregate": "complete", "assemblies": ["os"], "dependencies": ["os"], "vulnerabilities": ["v"]}],
        "vulnerabilities": [{"bom-ref": "v", "id": "CVE-1", "affects": [{"ref": "inner"}]}],
    }
    image = read(**changes)
    assert image.compositions == (
        {"aggregate": "complete", "assemblies": ["image/os"], "dependencies": ["image/os"], "vulnerabilities": ["image/v"]},
    )
    assert image.vulnerabilities[0] == {"bom-ref": "image/v", "id": "CVE-1", "affects": [{"ref": "image/inner"}]}
    assert [part.ref for part in merging.parts(image)] == ["image/inner"]
    assert merged(image)["vulnerabilities"] == list(image.vulnerabilities)


def vulnerability(ref: str, *affects: str, **more: Any) -> dict[str, Any]:
    return {"bom-ref": ref, "id": "CVE-2026-1", "affects": [{"ref": each} for each in affects], **more}


def test_what_both_say_of_a_component_is_one_entry() -> None:
    theirs = [
        vulnerability("v1", "os", "pkg:pypi/a@1.0", ratings=[{"severity": "high"}]),
        vulnerability("v2", "os"),
    ]
    ours = vulnerability(
        "W-1/CVE-2026-1", "image/pkg:pypi/a@1.0", analysis={"state": "exploitable"}, properties=[{"name": "gates:waiver", "value": "W-1"}]
    )
    found = merged(read(vulnerabilities=theirs), vulnerabilities=[ours])["vulnerabilities"]
    assert [(each["bom-ref"], [target["ref"] for target in each["affects"]]) for each in found] == [
        ("W-1/CVE-2026-1", ["image/pkg:pypi/a@1.0"]),
        ("image/v1", ["image/os"]),
    ]
    assert (found[0]["ratings"], found[0]["analysis"]) == ([{"severity": "high"}], {"state": "exploitable"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metadata": None}, "does not describe a container image"),
        ({"metadata": {"component": {"type": "application", "name": "x"}}}, "does not describe a container image"),
        ({"bomFormat": None, "spdxVersion": "SPDX-2.3"}, "SPDX"),
        ({"dependencies": [{"ref": "c0", "dependsOn": ["nowhere"]}]}, "its dependencies name 'nowhere', which is no component"),
        ({"components": [{"type": "library", "bom-ref": "c0", "name": "x"}]}, "the bom-ref 'c0' is given twice"),
    ],
)
def test_what_is_no_such_document_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read(**changes)


def test_tools_of_old_documents_become_components() -> None:
    tools = [{"vendor": "anchore", "name": "syft", "version": "1.0"}]
    image = read(specVersion="1.4", metadata={"component": IMAGE["metadata"]["component"], "tools": tools})
    assert image.tools == ({"type": "application", "name": "syft", "version": "1.0"},)
    assert read(annotations=[]).left == ("annotations",)
