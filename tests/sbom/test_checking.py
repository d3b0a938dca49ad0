"""What is said of a document, how much of it, and how findings are told apart."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.core.finding import Finding, Severity
from gates.core.judging import fingerprint
from gates.sbom.checking import SHOWN, judge
from gates.sbom.completeness import Completeness
from gates.sbom.options import Profile
from gates.sbom.rules import RULES
from tests.sbom.documents import Json, component, document, findings, loaded, said


def of(content: Json, rule: str) -> list[Finding]:
    return [found for found in judge(loaded(content), "ntia") if found.rule.id == f"sbom/{rule}"]


def told(content: Json, rule: str) -> list[str]:
    return [found.message for found in of(content, rule)]


def unique(found: Iterable[Finding]) -> bool:
    prints = [fingerprint(each) for each in found]
    return len(set(prints)) == len(prints)


def test_a_good_document_has_nothing_to_say_of() -> None:
    assert list(judge(loaded(document(component("a"))), "ntia")) == []


def test_the_first_few_are_shown_and_the_others_counted() -> None:
    content = document(*(component(f"c{number}", licenses=None, colour="red") for number in range(100)))
    found = of(content, "invalid")
    assert len(found) == SHOWN + 1
    assert "80 more" in found[-1].message
    assert unique(found)


def test_unknown_licences_are_one_finding() -> None:
    (found,) = of(document(*(component(f"c{number}", licenses=None) for number in range(5)), component("last")), "licence-unknown")
    assert found.message == (
        "5 of 6 components have no licence that SPDX knows: c0 1.0 tells no licence; c1 1.0 tells no licence; c2 1.0 tells no licence; "
        "and 2 more"
    )


def test_a_supplier_that_no_lock_of_npm_tells_does_not_block() -> None:
    left = component("left", purl="pkg:npm/left@1.0", supplier=None)
    assert [found.severity for found in of(document(component("a"), left), "incomplete")] == [Severity.MEDIUM]
    found = of(document(component("a", supplier={"name": "NOASSERTION"}), left), "incomplete")
    assert [each.severity for each in found] == [Severity.HIGH, Severity.MEDIUM]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"purl": "pkg:pypi/a@2.0"}, "a 1.0 has the package URL of another version, pkg:pypi/a@2.0"),
        ({"purl": "pkg:pypi/b@1.0"}, "a 1.0 has the package URL of another package, pkg:pypi/b@1.0"),
    ],
)
def test_a_component_that_says_two_things_blocks(fields: dict[str, Any], message: str) -> None:
    (found,) = of(document(component("a", **fields)), "identity-missing")
    assert (found.message, found.severity) == (message, Severity.HIGH)


def test_what_the_schema_lets_pass_and_cannot_be_is_invalid() -> None:
    def hashes(*given: tuple[str, str]) -> list[str]:
        return told(document(component("a", hashes=[{"alg": name, "content": value} for name, value in given])), "invalid")

    assert hashes(("SHA-256", "a" * 64)) == []
    assert hashes(("SHA-512", "a" * 64)) == ["hashes of a 1.0: a SHA-512 has 128 digits, and this one 64"]
    assert hashes(("SHA-256", "a" * 64), ("SHA-256", "b" * 64)) == ["hashes of a 1.0: 2 different SHA-256 of one component"]
    content = document(component("a"), **{"$schema": "http://cyclonedx.org/schema/bom-1.2.schema.json"})
    assert told(content, "invalid") == ["$schema: it is the schema of 1.2, and specVersion is 1.6"]


def test_problems_without_end_are_counted_to_a_number() -> None:
    content = document(*(component(f"c{number}", colour="red") for number in range(1500)))
    assert "more than 480 more problems" in of(content, "invalid")[-1].message


def test_findings_of_two_versions_and_of_equal_components_are_told_apart() -> None:
    twins = [component("a", version, purl=f"pkg:pypi/b@{version}") for version in ("1.0", "1.0", "2.0")]
    found = of(document(*twins), "identity-missing")
    assert [each.subject for each in found] == ["pkg:pypi/b@1.0", "pkg:pypi/b@1.0 (2)", "pkg:pypi/b@2.0"]


def test_a_reference_to_nothing_is_told_once() -> None:
    content = document(component("a"))
    content["dependencies"].append({"ref": "pkg:pypi/b@1", "dependsOn": []})
    content["compositions"] = [{"aggregate": "complete", "dependencies": ["pkg:pypi/b@1"]}]
    assert told(content, "dangling-reference") == ["ref refers to 'pkg:pypi/b@1', which nothing has as its bom-ref and is named 2 times"]


def test_where_nothing_is_connected_one_finding_says_so() -> None:
    components = [component("a"), component("b")]
    assert told(document(*components, dependencies=None), "unreachable-component") == [
        "the SBOM lists no dependencies, so nothing leads to any of its 2 components"
    ]
    content = document(*components, dependencies=[{"ref": "root"}, {"ref": "pkg:pypi/a@1.0"}])
    assert told(content, "unreachable-component") == [
        "no dependency of what the SBOM describes is listed, so nothing leads to any of its 2 components"
    ]
    assert told(document(*components, metadata={}), "unreachable-component") == [
        "what the SBOM describes (metadata.component) is missing, so nothing leads to a component"
    ]
    content["dependencies"][0]["dependsOn"] = ["pkg:pypi/a@1.0"]
    assert told(content, "unreachable-component") == ["nothing leads to b 1.0"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"purl": None}, "a 1.0 has no package URL, CPE or other identifier"),
        ({"purl": "pypi/a"}, "a 1.0 has 'pypi/a' as its package URL, which is none"),
        ({"purl": "pkg:pypi/a@2.0"}, "a 1.0 has the package URL of another version, pkg:pypi/a@2.0"),
        ({"purl": None, "type": "file"}, None),
        ({"purl": None, "cpe": "cpe:2.3:a:acme:a:1.0:*:*:*:*:*:*:*"}, None),
        ({"purl": "pkg:pypi/a@1.0.0"}, None),
        ({"purl": "pkg:golang/example.org/a@v1.0"}, None),
        ({"purl": "pkg:pypi/a"}, None),
    ],
)
def test_a_component_is_known_by_an_identifier_of_its_version(fields: dict[str, Any], message: str | None) -> None:
    assert told(document(component("a", **fields)), "identity-missing") == ([message] if message else [])


@pytest.mark.parametrize(
    ("licences", "message"),
    [
        (None, "a 1.0 tells no licence"),
        ([], "a 1.0 tells no licence"),
        ([{"license": {"name": "BSD"}}], "a 1.0 has the licence 'BSD', which SPDX does not know"),
        ([{"expression": "BSD OR MIT"}], "a 1.0 has the licence 'BSD OR MIT', which SPDX does not know"),
        ([{"license": {"name": "BSD"}}, {"license": {"id": "ISC"}}], None),
        ([{"expression": "ISC OR MIT"}], None),
    ],
)
def test_a_licence_is_one_of_spdx(licences: object, message: str | None) -> None:
    assert told(document(component("a", licenses=licences)), "licence-unknown") == ([message] if message else [])


def test_what_is_incomplete_is_said_once_for_each_element_with_the_first_names() -> None:
    content = document(*(component(f"c{number}", supplier=None) for number in range(5)), component("last"))
    (found,) = of(content, "incomplete")
    assert found.subject == "supplier"
    assert found.message == (
        "5 of 6 components are without a supplier or producer, required by NTIA minimum elements (2021): c0 1.0, c1 1.0, c2 1.0 and 2 more"
    )
    assert dict(found.data) == {
        "profile": "ntia",
        "element": "supplier",
        "missing": 5,
        "of": 6,
        "components": [f"c{number} 1.0" for number in range(5)],
    }


def test_the_table_is_handed_out() -> None:
    tables: list[Completeness] = []
    list(judge(loaded(document(component("a"))), "cisa-2025", tables.append))
    assert [(table.path, table.profile, table.components) for table in tables] == [("bom.json", "cisa-2025", 1)]


def test_every_rule_serves_the_control_of_sboms() -> None:
    page = (Path(__file__).parents[2] / "docs/controls.md").read_text("utf-8")
    assert all(f"| {rule.control} |" in page for rule in RULES)


_KEYS = (
    *("bom-ref", "ref", "dependsOn", "name", "version", "purl", "type", "licenses", "license", "id", "expression", "supplier"),
    *("components", "hashes", "alg", "content", "properties", "authors", "tools", "dependencies", "externalReferences", "swid"),
)
_VALUES = st.recursive(
    st.none() | st.integers() | st.sampled_from(["a", "root", "pkg:pypi/a@1.0", "MIT", "", "gone", "library", "SHA-512"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["metadata", "components", "dependencies", "compositions", "vulnerabilities", "services"]), _VALUES))
def test_any_document_is_judged_and_its_findings_are_told_apart(content: Json) -> None:
    for profile in get_args(Profile):
        found = findings(judge(loaded({"bomFormat": "CycloneDX", "specVersion": "1.6", **content}), profile))
        assert unique(found)
        assert all("\n" not in said(each) for each in found)
