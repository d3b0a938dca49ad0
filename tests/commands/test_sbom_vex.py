"""`gates sbom vex`: what the exceptions say, in two forms, of all or of what one SBOM lists."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.commands.conftest import Command
from tests.core.conftest import Maker


@pytest.fixture
def waived(repository: Maker) -> Maker:
    account = '    owner: "@acme/sec"\n    created: 2026-11-01\n    sunset: 2026-12-01\n'
    repository.write(
        "security/waivers.yaml",
        "version: 1\nwaivers:\n"
        "  - id: W-0001\n    gate: deps\n    rule: CVE-2023-32681\n    purl: pkg:pypi/requests\n"
        f"    reason: redirects are disabled in our only client\n{account}"
        "  - id: W-0002\n    gate: deps\n    rule: CVE-2019-10906\n    purl: pkg:pypi/jinja2\n"
        f"    reason: nobody else writes our templates\n    vex: {{state: not_affected, justification: code_not_reachable}}\n{account}",
    )
    components = [{"type": "library", "name": "requests", "purl": f"pkg:pypi/requests@{version}"} for version in ("2.19.0", "2.18.0")]
    main = {"type": "application", "name": "acme", "version": "1.0", "purl": "pkg:pypi/acme@1.0"}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": main}, "components": components}
    repository.write("acme.cdx.json", json.dumps(document))
    repository.commit("exceptions")
    return repository


def said(gates: Command, waived: Maker, *words: str) -> dict[str, Any]:
    answer = gates("sbom", "vex", *words, at=waived.top)
    assert answer.code == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_it_says_what_the_export_of_the_waivers_says(gates: Command, waived: Maker) -> None:
    for form, name in (("cyclonedx", "cyclonedx-vex"), ("openvex", "openvex")):
        exported = gates("waivers", "export", "--to", name, "--product", "pkg:pypi/acme@1.0", at=waived.top)
        answer = gates("sbom", "vex", "--format", form, "--product", "pkg:pypi/acme@1.0", at=waived.top)
        assert (answer.code, answer.stdout) == (0, exported.stdout)


def test_of_an_sbom_it_says_nothing_that_is_not_listed(gates: Command, waived: Maker) -> None:
    found = said(gates, waived, "--sbom", "acme.cdx.json")
    assert found["metadata"]["component"]["purl"] == "pkg:pypi/acme@1.0"
    assert [each["purl"] for each in found["components"]] == ["pkg:pypi/requests@2.18.0", "pkg:pypi/requests@2.19.0"]
    assert [each["id"] for each in found["vulnerabilities"]] == ["CVE-2023-32681"] * 2
    assert {each["analysis"]["state"] for each in found["vulnerabilities"]} == {"exploitable"}
    references = [each["bom-ref"] for each in (*found["components"], *found["vulnerabilities"])]
    assert len(set(references)) == len(references)


def test_it_keeps_to_the_schema_of_cyclonedx(gates: Command, waived: Maker) -> None:
    from gates.sbom import reading, validation

    for words in ((), ("--sbom", "acme.cdx.json")):
        answer = gates("sbom", "vex", *words, at=waived.top)
        assert validation.problems(reading.read(answer.stdout.encode(), "vex.json")) == []


def test_openvex_is_about_what_the_sbom_describes(gates: Command, waived: Maker) -> None:
    found = said(gates, waived, "--format", "openvex", "--sbom", "acme.cdx.json")
    assert [each["status"] for each in found["statements"]] == ["affected", "affected"]
    assert {each["products"][0]["@id"] for each in found["statements"]} == {"pkg:pypi/acme@1.0"}
    other = said(gates, waived, "--format", "openvex", "--sbom", "acme.cdx.json", "--product", "pkg:oci/acme@1")
    assert {each["products"][0]["@id"] for each in other["statements"]} == {"pkg:oci/acme@1"}


def test_where_nothing_is_waived_cyclonedx_says_so_and_openvex_cannot(gates: Command, repository: Maker) -> None:
    repository.write("a.txt", "")
    repository.commit("nothing is waived")
    assert json.loads(gates("sbom", "vex", at=repository.top).stdout)["vulnerabilities"] == []
    answer = gates("sbom", "vex", "--format", "openvex", at=repository.top)
    assert (answer.code, "there is nothing to say" in answer.stderr) == (2, True)


def test_it_goes_into_a_file_and_is_the_same_again(gates: Command, waived: Maker) -> None:
    for name in ("one.json", "two.json"):
        answer = gates("sbom", "vex", "--sbom", "acme.cdx.json", "--output", name, at=waived.top)
        assert (answer.code, answer.stdout) == (0, "")
    assert (waived.top / "one.json").read_bytes() == (waived.top / "two.json").read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--sbom", "missing.json"), "no such file"),
        (("--sbom", "security/waivers.yaml"), "CycloneDX"),
        (("--author", "a"), "--author to openvex"),
        (("--product", "x"), "no package URL"),
        (("--format", "spdx"), "invalid choice"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(gates: Command, waived: Maker, words: tuple[str, ...], told: str) -> None:
    answer = gates("sbom", "vex", *words, at=waived.top)
    assert (answer.code, answer.stdout) == (2, "")
    assert told in answer.stderr
