"""What is read as an SBOM, what is refused, and how it is told what it is."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import DocumentError
from gates.sbom import reading
from gates.sbom.reading import MAIN, VERSIONS, read
from tests.sbom.documents import component, document, loaded, written


def refused(data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        read(data, "bom.json")
    assert caught.value.path == "bom.json"
    return caught.value.message


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_that_json_is_written_in_is_read(version: str) -> None:
    assert loaded(document(component("a"), specVersion=version)).spec == version


def test_components_are_listed_with_what_they_are_part_of() -> None:
    inner = component("inner", components=[component("innermost")])
    content = document(component("first"), component("outer", components=[inner]))
    content["metadata"]["component"]["components"] = [component("part")]
    listed = loaded(content).components
    assert [each.name for each in listed] == ["part", "first", "outer", "inner", "innermost"]
    assert [each.holder for each in listed] == [MAIN, None, None, 2, 3]


def test_a_component_knows_its_line() -> None:
    found = read(b'{"bomFormat": "CycloneDX", "specVersion": "1.6",\n"components": [\n{"name": "a"},\n\n{"name": "b"}]}', "bom.json")
    assert [(each.name, each.line) for each in found.components] == [("a", 3), ("b", 5)]


def test_what_makes_no_sense_is_as_good_as_absent() -> None:
    found = loaded({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [7, {"name": 1, "purl": "npm:x"}, []], "metadata": 3})
    assert [(each.name, each.purl) for each in found.components] == [("", None)]
    assert found.main is None


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b'<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"/>', "CycloneDX in XML"),
        (b'\xef\xbb\xbf<bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>', "CycloneDX in XML"),
        (b'<rdf:RDF xmlns="http://spdx.org/rdf/terms#"/>', "an SPDX document in RDF/XML"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n", "an SPDX document in tag-value form"),
        (b"# made by hand\n\nSPDXVersion: SPDX-2.3\n", "an SPDX document in tag-value form"),
        (b"SPDXID: SPDXRef-DOCUMENT\nspdxVersion: SPDX-2.3\n", "an SPDX document in YAML"),
        (b"@prefix spdx: <http://spdx.org/rdf/terms#> .\n", "RDF in Turtle"),
        (b'{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT"}', "an SPDX document in JSON"),
        (b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}', "an SPDX 3 document in JSON-LD"),
        (b'{"sbom": {"spdxVersion": "SPDX-2.3"}}', "an SPDX document in the form of GitHub's export"),
        (b'{"artifacts": [], "descriptor": {"name": "syft"}, "schema": {"version": "16"}}', "JSON of Syft's own"),
        (b'{"SchemaVersion": 2, "ArtifactName": "x", "Results": []}', "JSON of Trivy's own"),
        (b'{"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}', "an OpenVEX document"),
        (b'{"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": []}', "a signed envelope"),
        (b'{"_type": "x", "predicateType": "https://cyclonedx.org/bom", "predicate": {}}', "an in-toto statement"),
        (b'{"version": 0, "detector": {}, "scanned": "x", "manifests": {}}', "GitHub's dependency graph"),
        (b"{}", "no SBOM that is known here"),
        (b'[{"bomFormat": "CycloneDX"}]', "JSON, but no table"),
        (gzip.compress(b"{}", mtime=0), "a gzip archive"),
        (b"PK\x03\x04rest", "a zip archive"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16 text"),
        (b"\x0a\x031.6\x18\x01\x00", "protocol buffers"),
        (b"hello", "no JSON"),
    ],
)
def test_another_format_is_named(data: bytes, name: str) -> None:
    assert name in refused(data)


def test_a_version_that_is_not_known_is_refused_with_those_that_are() -> None:
    assert "1.2 to 1.7" in refused(written(document(component("a"), specVersion="1.8")))
    assert "specVersion is missing" in refused(written(document(component("a"), specVersion=None)))


@pytest.mark.parametrize("broken", [b'{"bomFormat": "CycloneDX", "bomFormat": "CycloneDX"}', b'{"bomFormat": "CycloneDX",}', b'{"a": NaN}'])
def test_broken_json_is_refused(broken: bytes) -> None:
    assert refused(broken)


def test_a_document_with_too_many_values_is_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_VALUES", 40)
    assert "too many" in refused(b'{"bomFormat": "CycloneDX", "x": [' + b"0," * 50 + b"0]}")
    monkeypatch.setattr(reading, "MAX_BYTES", 60)
    assert "at most 60" in refused(b'{"bomFormat": "CycloneDX", "x": [' + b"0," * 50 + b"0]}")


def test_nesting_without_end_is_refused() -> None:
    assert "nested deeper" in refused(b'{"components":[' * 500)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*sorted(component("a")), "components", "x"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(DocumentError):
        assert read(data, "bom.json").spec in VERSIONS


@given(st.lists(_JSON, max_size=4), _JSON, _JSON)
def test_any_contents_of_a_document_are_read(components: list[object], metadata: object, dependencies: object) -> None:
    content = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components, "metadata": metadata, "dependencies": dependencies}
    assert len(loaded(content).components) >= sum(isinstance(each, dict) for each in components)
