"""The schemas that editors use and the readers that decide agree: on what is good, on what is bad, and on the keys there are."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gates import registry
from gates.core import baseline, policy, waivers
from gates.core.documents import plain, read_toml, read_yaml
from gates.core.errors import UsageError
from gates.core.policy import ExceptionFiles
from gates.core.source import Source

SCHEMAS = Path(__file__).parents[2] / "gates" / "schemas"
TODAY = date(2026, 11, 20)
GATES = tuple(registry.load(name) for name in registry.NAMES)
NAMES = ("secrets", "deps", "code", "image", "container", "sbom", "protection", "commits", "workflows")


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    return found


def accepted(name: str, document: object) -> bool:
    as_json = json.loads(json.dumps(document, default=date.isoformat))
    return Draft202012Validator(schema(name)).is_valid(as_json)


@pytest.mark.parametrize("name", ["policy", "waivers", "baseline"])
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


# Policy


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_policy_schema_has_the_keys_that_the_gate_reads(gate: Any) -> None:
    assert set(schema("policy")["properties"][gate.name]["properties"]) == set(policy.policy_keys(gate))


def test_policy_schema_has_no_other_tables() -> None:
    assert set(schema("policy")["properties"]) == {*policy.TOP_KEYS, *registry.NAMES}
    assert schema("policy")["properties"]["exclude"]["items"]["properties"]["gates"]["items"]["enum"] == list(registry.NAMES)
    namespaces = "|".join((*registry.NAMES, *policy.BUILT_IN))
    assert schema("policy")["properties"]["rules"]["propertyNames"]["pattern"] == f"^({namespaces})/[a-z0-9-]+$"


ANSWERED = 'owner = "@a/b"\nreason = "because of good reasons"\nsunset = 2027-01-15\n'
GOOD_POLICIES = [
    "",
    'profile = "hardened"\n',
    "[secrets]\nrequired = true\ntimeout = 1.5\n",
    '[code]\nfail_on = "info"\n',
    f'[[exclude]]\npaths = ["tests/**"]\ngates = ["secrets"]\n{ANSWERED}',
    f'[rules."policy/changed"]\nseverity = "low"\n{ANSWERED}',
    '[rules."policy/changed"]\nseverity = "high"\n',
    '[network]\nproxy = "https://p.example"\nca_bundle = "ca.pem"\noffline = true\n',
    '[waivers]\nfile = "w.yaml"\nignore_files = ["a/b.txt"]\nbaseline = "b.json"\n',
]
BAD_POLICIES = [
    "unknown = 1\n",
    'profile = "lax"\n',
    '[secrets]\nfail_on = "HIGH"\n',
    '[secrets]\nrequired = "yes"\n',
    "[secrets]\ntimeout = 0\n",
    "[secrets]\nunknown = 1\n",
    f'[[exclude]]\npaths = []\ngates = ["secrets"]\n{ANSWERED}',
    f'[[exclude]]\npaths = ["**/*"]\ngates = ["secrets"]\n{ANSWERED}',
    f'[[exclude]]\npaths = ["/a"]\ngates = ["secrets"]\n{ANSWERED}',
    f'[[exclude]]\npaths = ["a/"]\ngates = ["secrets"]\n{ANSWERED}',
    f'[[exclude]]\npaths = ["a/../b"]\ngates = ["secrets"]\n{ANSWERED}',
    f'[[exclude]]\npaths = ["a**"]\ngates = ["secrets"]\n{ANSWERED}',
    f'[[exclude]]\npaths = ["a"]\ngates = ["nothing"]\n{ANSWERED}',
    '[[exclude]]\npaths = ["a"]\ngates = ["secrets"]\n',
    '[rules."nothing/x"]\nseverity = "low"\n',
    f'[rules."policy/changed"]\n{ANSWERED}',
    '[network]\nproxy = "p.example"\n',
    '[waivers]\nfile = "../w.yaml"\n',
    "[waivers]\nignore_files = 'a.txt'\n",
]


def policy_is_read(text: str) -> bool:
    files = {policy.POLICY_FILE: text.encode()}
    try:
        policy.read(Source("tree", files.get), GATES, registry.NAMES)
    except UsageError:
        return False
    return True


@pytest.mark.parametrize("text", GOOD_POLICIES)
def test_good_policies(text: str) -> None:
    assert policy_is_read(text)
    assert accepted("policy", plain(read_toml(text.encode(), "p")))


@pytest.mark.parametrize("text", BAD_POLICIES)
def test_bad_policies(text: str) -> None:
    assert not policy_is_read(text)
    assert not accepted("policy", plain(read_toml(text.encode(), "p")))


# Waivers

BASE = {
    "id": "W-1",
    "gate": "deps",
    "rule": "CVE-2023-32681",
    "purl": "pkg:pypi/requests",
    "reason": "redirects are disabled in our only client",
    "owner": "@acme/sec",
    "created": "2026-11-01",
    "sunset": "2027-01-15",
}
FINGERPRINT = "0123456789abcdef" * 2
GOOD_WAIVERS: list[dict[str, object]] = [
    {},
    {"versions": "vers:pypi/<2.31", "until_fixed": True, "ticket": "https://t.example/1", "approved_by": "x"},
    {"vex": {"state": "not_affected", "justification": "code_not_reachable", "response": ["update"]}},
    {"rule": ["CVE-2023-32681", "PYSEC-2023-74"]},
    {"gate": "secrets", "rule": None, "purl": None, "kind": "false-positive", "fingerprint": FINGERPRINT},
    {"gate": "code", "rule": "code/x", "purl": None, "paths": ["src/**"]},
    {"gate": "image", "purl": None, "image": "acme/app:1"},
]
BAD_WAIVERS: list[dict[str, object]] = [
    {"sunst": "2027-01-15"},
    {"sunset": None},
    {"sunset": "2027-13-15"},
    {"created": None},
    {"owner": "me"},
    {"reason": "later"},
    {"id": "1"},
    {"gate": "dependencies"},
    {"kind": "wontfix"},
    {"kind": "test-data"},
    {"rule": None},
    {"rule": "CVE-*"},
    {"rule": []},
    {"purl": None},
    {"purl": "requests"},
    {"versions": "vers:pypi/*"},
    {"image": "x"},
    {"until_fixed": "yes"},
    {"vex": {"state": "not_affected"}},
    {"vex": {"status": "x"}},
    {"fingerprint": "abc"},
    {"ticket": "later"},
    {"gate": "code", "rule": "code/x", "purl": None},
    {"gate": "code", "rule": "code/x", "paths": ["a"]},
    {"gate": "code", "rule": "code/x", "purl": None, "paths": ["**"]},
    {"gate": "code", "rule": "code/x", "purl": None, "paths": []},
    {"gate": "secrets", "rule": "secrets/x", "purl": None, "paths": ["a"]},
    {"gate": "image", "purl": None},
]


def waiver_file(change: dict[str, object], **top: object) -> dict[str, object]:
    entry = {key: value for key, value in {**BASE, **change}.items() if value is not None}
    return {"version": 1, "waivers": [entry], **top}


def waivers_are_read(document: object) -> bool:
    files = {"security/waivers.yaml": json.dumps(document).encode()}  # JSON without tabs is YAML
    try:
        waivers.load(Source("tree", files.get), ExceptionFiles(), waivers.known_rules((), NAMES), TODAY)
    except UsageError:
        return False
    return True


@pytest.mark.parametrize("change", GOOD_WAIVERS)
def test_good_waivers(change: dict[str, object]) -> None:
    assert waivers_are_read(waiver_file(change))
    assert accepted("waivers", waiver_file(change))


@pytest.mark.parametrize("change", BAD_WAIVERS)
def test_bad_waivers(change: dict[str, object]) -> None:
    assert not waivers_are_read(waiver_file(change))
    assert not accepted("waivers", waiver_file(change))


@pytest.mark.parametrize(
    ("terms", "good"),
    [
        ({"max_days": 90, "warn_days": 14, "max_renewals": 3, "stale": "warn", "never": ["secrets/private-key-*"]}, True),
        ({"max_days": 0}, False),
        ({"max_days": 367}, False),
        ({"warn_days": 91}, False),
        ({"stale": "no"}, False),
        ({"never": ["*"]}, False),
        ({"timezone": "UTC"}, False),
    ],
)
def test_terms_of_waivers(terms: dict[str, object], good: bool) -> None:
    document = waiver_file({}, policy=terms)
    assert waivers_are_read(document) is good
    assert accepted("waivers", document) is good


def test_waiver_schema_has_the_keys_that_the_reader_knows() -> None:
    found = schema("waivers")
    assert set(found["properties"]["policy"]["properties"]) == set(waivers.Terms._fields)
    assert found["$defs"]["waiver"]["properties"]["gate"]["enum"] == list(NAMES)


def test_the_readers_see_what_yaml_says() -> None:
    text = b"version: 1\nwaivers:\n  - {id: W-1, sunset: 2027-01-15}\n"
    assert plain(read_yaml(text, "w")) == {"version": 1, "waivers": [{"id": "W-1", "sunset": "2027-01-15"}]}


# Baseline

SECTION = {"owner": "@a/b", "reason": "because of good reasons", "sunset": "2027-01-15", "fingerprints": [FINGERPRINT]}


@pytest.mark.parametrize(
    ("document", "good"),
    [
        ({"version": 1, "gates": {}}, True),
        ({"version": 1, "gates": {"code": SECTION}}, True),
        ({"version": 2, "gates": {}}, False),
        ({"version": 1}, False),
        ({"version": 1, "gates": {"nothing": SECTION}}, False),
        ({"version": 1, "gates": {"code": {**SECTION, "owner": "me"}}}, False),
        ({"version": 1, "gates": {"code": {**SECTION, "fingerprints": ["x"]}}}, False),
        ({"version": 1, "gates": {"code": {**SECTION, "more": 1}}}, False),
        ({"version": 1, "gates": {"code": {"owner": "@a"}}}, False),
    ],
)
def test_baselines(document: dict[str, object], good: bool) -> None:
    try:
        baseline.read(json.dumps(document).encode(), "b", NAMES)
        read = True
    except UsageError:
        read = False
    assert read is good
    assert accepted("baseline", document) is good
