from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core import waivers
from gates.core.errors import UsageError
from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.core.policy import ExceptionFiles
from gates.core.source import Source
from gates.core.waivers import Match, Terms, Waivers

TODAY = date(2026, 11, 20)
KNOWN: waivers.Known = {
    "secrets": frozenset({"secrets/private-key-rsa", "secrets/generic"}),
    "code": frozenset({"code/bandit-b101"}),
    "deps": frozenset({"deps/vulnerable-package", "deps/lock-stale"}),
    "image": None,
    "container": None,
}
FINGERPRINT = "0123456789abcdef" * 2
FILE = "security/waivers.yaml"
FILES = ExceptionFiles()
LIST = "security/pip-audit-ignore.txt"

DEPS: dict[str, object] = {
    "id": "W-1",
    "gate": "deps",
    "rule": "CVE-2023-32681",
    "purl": "pkg:pypi/requests",
    "reason": "redirects are disabled in our only client",
    "owner": "'@acme/sec'",
    "created": "2026-11-01",
    "sunset": "2027-01-15",
}
CODE = {**DEPS, "gate": "code", "rule": "code/bandit-b101", "paths": "[src/**]", "purl": None}
SECRET = {**DEPS, "gate": "secrets", "rule": None, "purl": None, "kind": "false-positive", "fingerprint": f"'{FINGERPRINT}'"}
IMAGE = {**DEPS, "gate": "image", "image": "ghcr.io/acme/app", "purl": None}


def written(*entries: Mapping[str, object], terms: str = "") -> str:
    lines = ["version: 1", *([f"policy: {terms}"] if terms else []), "waivers:" if entries else "waivers: []"]
    for entry in entries:
        fields = [f"{key}: {value}" for key, value in entry.items() if value is not None]
        lines += [f"  - {fields[0]}", *(f"    {field}" for field in fields[1:])]
    return "\n".join(lines) + "\n"


def load(text: str = "", plain: str = "", today: date = TODAY, files: ExceptionFiles = FILES) -> Waivers:
    content = {path: data.encode() for path, data in ((FILE, text), (LIST, plain)) if data}
    return waivers.load(Source("tree", content.get), files, KNOWN, today)


def refusal(text: str = "", plain: str = "") -> str:
    with pytest.raises(UsageError) as caught:
        load(text, plain)
    assert caught.value.line
    return str(caught.value)


def advisory(**data: object) -> Finding:
    rule = Rule("deps/vulnerable-package", Severity.HIGH, "s", "w", "r")
    package = {"name": "requests", "version": "2.30.0", "purl": "pkg:pypi/requests@2.30.0"}
    known: dict[str, object] = {"package": package, "aliases": ["CVE-2023-32681"], "fix_versions": ["2.31.0"], **data}
    return finding(rule, "m", Location("uv.lock", 3), "PYSEC-2023-74 pkg:pypi/requests@2.30.0", data=known)


def at(rule: str, path: str) -> Finding:
    return finding(Rule(rule, Severity.HIGH, "s", "w", "r"), "m", Location(path, 1), "subject")


def match(listed: Waivers, found: Finding, fingerprint: str = "f" * 32, today: date = TODAY) -> Match:
    return waivers.match(listed, found, fingerprint, today)


# Loading


def test_no_files_are_no_waivers() -> None:
    assert load() == Waivers()


def test_the_example_of_the_contract_is_read() -> None:
    vex = "{state: not_affected, justification: code_not_reachable}"
    terms = '{max_days: 90, warn_days: 14, max_renewals: 3, stale: warn, never: ["secrets/private-key-*"]}'
    found = load(written({**DEPS, "kind": "risk", "until_fixed": "true", "vex": vex}, terms=terms))
    assert found.terms == Terms(never=("secrets/private-key-*",))
    (entry,) = found.entries
    assert (entry.id, entry.kind, entry.rules, entry.owner, entry.sunset) == (
        "W-1",
        "risk",
        ("CVE-2023-32681",),
        "@acme/sec",
        date(2027, 1, 15),
    )
    assert (entry.path, entry.line, entry.until_fixed) == (FILE, 4, True)
    assert entry.vex is not None
    assert entry.vex.state == "not_affected"


@pytest.mark.parametrize(
    "entry", [DEPS, CODE, SECRET, IMAGE, {**CODE, "rule": "[code/bandit-b101]"}, {**DEPS, "owner": "sec@acme.example"}]
)
def test_good_entries(entry: dict[str, object]) -> None:
    assert len(load(written(entry)).entries) == 1


def test_a_settled_matter_may_run_two_years() -> None:
    assert load(written({**SECRET, "sunset": "2028-10-31"}))
    assert "at most 730" in refusal(written({**SECRET, "sunset": "2028-11-01"}))
    assert "at most 90" in refusal(written({**SECRET, "kind": "risk", "sunset": "2027-01-31"}))
    assert load(written({**DEPS, "sunset": "2027-01-30"}))
    assert load(written({**DEPS, "sunset": "2027-03-31"}, terms="{max_days: 180}"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sunst": "2027-01-15"}, "unknown key 'sunst' in an entry of 'waivers'; did you mean 'sunset'?"),
        ({"sunset": None}, "'sunset' is missing"),
        ({"sunset": ""}, "not empty"),
        ({"sunset": "2027-02-30"}, "no day of the calendar"),
        ({"sunset": "2026-10-01"}, "lies before 'created'"),
        ({"created": "2026-11-21"}, "lies in the future"),
        ({"created": None}, "'created' is missing"),
        ({"owner": None}, "'owner' is missing"),
        ({"owner": "somebody"}, "'owner' must be @user"),
        ({"owner": "'@acme/sec, @x'"}, "'owner' must be @user"),
        ({"reason": "later"}, "at least 15 characters"),
        ({"reason": None}, "'reason' is missing"),
        ({"id": "7"}, "'id' must be text"),
        ({"id": "CVE-1"}, "'id' must be W-"),
        ({"gate": "dep"}, "unknown gate 'dep'; did you mean 'deps'?"),
        ({"kind": "wontfix"}, "'kind' must be one of"),
        ({"kind": "false-positive"}, "needs the 'fingerprint'"),
        ({"rule": "CVE-2023-*"}, "is a wildcard"),
        ({"rule": "deps/unknown"}, "unknown rule 'deps/unknown'"),
        ({"rule": "code/bandit-b101"}, "is no rule of the gate 'deps'"),
        ({"rule": None}, "needs a 'rule' or a 'fingerprint'"),
        ({"rule": "[]"}, "one id or a list"),
        ({"purl": None}, "needs both 'rule' and 'purl'"),
        ({"purl": "requests"}, "'purl': no package URL"),
        ({"purl": ""}, "'purl' must be text, not empty"),
        ({"versions": "vers:npm/<1.0.0"}, "a 'purl' of the same type"),
        ({"versions": "'*'"}, "no version range"),
        ({"paths": "['**']"}, "must name what it covers"),
        ({"paths": "[/etc]"}, "relative to the repository"),
        ({"paths": "[]"}, "'paths' is empty"),
        ({"fingerprint": "abc"}, "32 lower-case hex digits"),
        ({"vex": "{state: not_affected}"}, "needs a 'justification'"),
        ({"vex": "{state: fine}"}, "'state' must be one of"),
        ({"until_fixed": "yes"}, "'until_fixed' must be true or false"),
        ({"image": "x"}, "'image' has no meaning for deps"),
        ({"ticket": "later"}, "'ticket' must be a URL"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named(change: dict[str, object], message: str) -> None:
    assert message in refusal(written({**DEPS, **change}))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({**CODE, "paths": None}, "needs a 'fingerprint' or 'paths'"),
        ({**CODE, "rule": "code/bandit-b999"}, "unknown rule"),
        ({**CODE, "purl": "pkg:pypi/x"}, "'purl' has no meaning for code"),
        ({**CODE, "until_fixed": "true"}, "'until_fixed' has no meaning"),
        ({**SECRET, "fingerprint": None, "rule": "secrets/generic", "kind": None, "paths": "[a]"}, "needs the 'fingerprint'"),
        ({**IMAGE, "image": None}, "or both 'rule' and 'image'"),
    ],
)
def test_scope_is_in_the_terms_of_the_gate(entry: dict[str, object], message: str) -> None:
    assert message in refusal(written(entry))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("waivers: []\n", "'version' is missing"),
        ("version: 2\nwaivers: []\n", "'version' must be 1"),
        ("version: 1\n", "'waivers' is missing"),
        ("version: 1\nwaivers:\n", "must be a list, not empty"),
        ("version: 1\nwaiver: []\nwaivers: []\n", "waivers.yaml:2: unknown key 'waiver'"),
        ("[]\n", "must be a table, not a list"),
        (written(terms="{max_days: 400}"), "between 1 and 366"),
        (written(terms="{stale: no}"), "'stale' must be one of"),
        (written(terms="{never: ['*']}"), "is no rule id"),
        (written(terms="{never: [secrets/nothing-*]}"), "names no known rule"),
        (written(terms="{never: [secret/generic]}"), "there is no gate 'secret'"),
        (written(DEPS, DEPS), "duplicate id W-1; security/waivers.yaml:3 has it already"),
        (written({**SECRET, "rule": "secrets/private-key-rsa"}, terms="{never: ['secrets/private-key-*']}"), "lists it under never"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(text: str, message: str) -> None:
    assert message in refusal(text)


def test_number_of_entries_is_limited() -> None:
    many = [{**DEPS, "id": f"W-{number}"} for number in range(2001)]
    assert len(load(written(*many[:2000])).entries) == 2000
    assert "more than 2000" in refusal(written(*many))


def test_a_file_that_is_named_must_exist() -> None:
    for files in (ExceptionFiles(file="x.yaml"), ExceptionFiles(ignore_files=("x.txt",))):
        with pytest.raises(UsageError, match="no such"):
            load(files=files)


# Plain lists


def test_plain_list_is_read() -> None:
    found = load(plain="# header\n\nCVE-2024-1234  # sunset: 2027-01-15 owner: @x reason: not reachable, note: see docs\r\n")
    (entry,) = found.entries
    assert (entry.id, entry.gate, entry.rules, entry.line) == ("CVE-2024-1234", "deps", ("CVE-2024-1234",), 3)
    assert (entry.owner, entry.reason, entry.sunset) == ("@x", "not reachable, note: see docs", date(2027, 1, 15))
    assert match(found, advisory(aliases=["cve-2024-1234"])).live


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("CVE-2024-1234", "has no sunset"),
        ("CVE-2024-1234 # owner: @x reason: because of that", "has no sunset"),
        ("CVE-2024-1234 # sunset: 2027-01-15 reason: because of that", "has no owner"),
        ("CVE-2024-1234 # sunset: 2027-01-15 owner: @x", "has no reason"),
        ("CVE-2024-1234 # sunset: soon owner: @x reason: because of that", "days of the calendar"),
        ("CVE-2024-1234 # sunset: 2027-02-19 owner: @x reason: because of that", "91 days after today; at most 90"),
        ("CVE-2024-1234 # sunst: 2027-01-15 owner: @x reason: because of that", "unknown field 'sunst'; did you mean 'sunset'?"),
        ("CVE-2024-1234 # sunset: 2027-01-15 sunset: 2028-01-15", "given twice"),
        ("CVE-2024-1234 CVE-2024-1 # sunset: 2027-01-15", "one advisory id"),
        ("CVE-2024-* # sunset: 2027-01-15", "one advisory id"),
    ],
)
def test_plain_list_lines_are_refused_with_their_place(line: str, message: str) -> None:
    found = refusal(plain=f"# list\n{line}\n")
    assert message in found
    assert found.startswith(f"{LIST}:2: ")


# Dates


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC"])
def test_waiver_counts_through_its_sunset_day_wherever_it_is_judged(zone: str) -> None:
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        found = load(written(DEPS))
        assert match(found, advisory(), today=date(2027, 1, 15)).applied(date(2027, 1, 15)) is not None
        after = match(found, advisory(), today=date(2027, 1, 16))
        assert (after.live, [entry.id for entry in after.ended]) == ((), ["W-1"])
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()


def test_applied_waiver_is_as_the_report_shows_it() -> None:
    applied = match(load(written(DEPS)), advisory()).applied(TODAY)
    assert applied == ("W-1", "risk", "@acme/sec", date(2027, 1, 15), "redirects are disabled in our only client", 56)


def test_ended_waivers_say_why() -> None:
    (entry,) = load(written({**DEPS, "until_fixed": "true"})).entries
    assert waivers.why_ended(entry, advisory(fix_versions=[]), TODAY) == ""
    assert waivers.why_ended(entry, advisory(), TODAY) == "waiver W-1 ended: fixed in 2.31.0"
    assert waivers.why_ended(entry, advisory(), date(2027, 1, 16)) == "waiver W-1 ended on 2027-01-15"
    assert "not known" in waivers.why_ended(entry, advisory(fix_versions=None), TODAY)


# Matching


@pytest.mark.parametrize(
    ("change", "covers"),
    [
        ({}, True),
        ({"rule": "cve-2023-32681"}, True),
        ({"rule": "PYSEC-2023-74"}, True),
        ({"rule": "deps/vulnerable-package"}, True),
        ({"rule": "[CVE-2000-1, CVE-2023-32681]"}, True),
        ({"rule": "CVE-2023-3268"}, False),
        ({"purl": "pkg:pypi/Requests"}, True),
        ({"purl": "pkg:npm/requests"}, False),
        ({"purl": "pkg:pypi/requests@2.30.0"}, True),
        ({"purl": "pkg:pypi/requests@2.29.0"}, False),
        ({"versions": "vers:pypi/<2.31"}, True),
        ({"versions": "vers:pypi/>=2.31"}, False),
        ({"paths": "[uv.lock]"}, True),
        ({"paths": "[other.lock]"}, False),
        ({"fingerprint": "'" + "f" * 32 + "'"}, True),
        ({"fingerprint": f"'{FINGERPRINT}'"}, False),
    ],
)
def test_every_given_field_must_match(change: dict[str, object], covers: bool) -> None:
    assert bool(match(load(written({**DEPS, **change})), advisory()).live) is covers


@pytest.mark.parametrize("data", [{"package": None}, {"package": {"purl": "nonsense"}}, {"package": {}}, {"package": []}])
def test_a_finding_that_does_not_say_its_package_is_not_covered(data: dict[str, object]) -> None:
    assert match(load(written(DEPS)), advisory(**data)) == Match()


@pytest.mark.parametrize(
    ("image", "covers"),
    [
        ("ghcr.io/acme/app", True),
        ("ghcr.io/acme/app:1.2", True),
        ("ghcr.io/acme/app:1.2@sha256:abc", True),
        ("ghcr.io/acme/app2", False),
        (None, False),
    ],
)
def test_an_image_is_named_with_or_without_its_tag(image: str | None, covers: bool) -> None:
    found = advisory(image=image)
    found = found._replace(rule=found.rule._replace(id="image/vulnerable-package"))
    assert bool(match(load(written(IMAGE)), found).live) is covers


def test_rule_and_path_of_code() -> None:
    listed = load(written(CODE))
    assert match(listed, at("code/bandit-b101", "src/a.py")).live
    assert not match(listed, at("code/bandit-b101", "a.py")).live
    assert not match(listed, at("code/bandit-b102", "src/a.py")).live
    assert not match(listed, at("secrets/generic", "src/a.py")).live
    assert not match(listed, at("code/bandit-b101", "src/a.py")._replace(location=None)).live


def test_fingerprint_covers_only_findings_of_its_gate() -> None:
    listed = load(written(SECRET))
    assert match(listed, at("secrets/generic", "a"), FINGERPRINT).live
    assert not match(listed, at("code/bandit-b101", "a"), FINGERPRINT).live


def test_nothing_covers_what_is_under_never() -> None:
    listed = load(written(SECRET, terms="{never: ['secrets/private-key-*']}"))
    assert match(listed, at("secrets/private-key-rsa", "a"), FINGERPRINT) == Match()
    assert match(listed, at("secrets/generic", "a"), FINGERPRINT).live


def test_first_of_several_is_applied_and_all_are_matched() -> None:
    listed = load(written({**DEPS, "id": "W-2"}, DEPS, {**DEPS, "id": "W-3", "sunset": "2026-11-19"}))
    found = match(listed, advisory())
    assert [entry.id for entry in found.live] == ["W-2", "W-1"]
    assert [entry.id for entry in found.ended] == ["W-3"]


ENTRIES = st.lists(
    st.builds(
        lambda base, change: {**base, **change},
        st.sampled_from([DEPS, CODE, SECRET, IMAGE]),
        st.sampled_from([{}, {"sunset": "2026-11-19"}, {"sunset": "2026-11-20"}, {"reason": "another reason, longer"}]),
    ),
    max_size=5,
).map(lambda entries: [{**entry, "id": f"W-{number}"} for number, entry in enumerate(entries)])
FOUND = st.sampled_from([advisory(), advisory(aliases=[]), at("code/bandit-b101", "src/a.py"), at("secrets/generic", "x")])


@given(ENTRIES, FOUND, st.sampled_from(["f" * 32, FINGERPRINT]), st.integers(0, 4))
def test_removing_a_waiver_never_covers_more(entries: list[dict[str, object]], found: Finding, fingerprint: str, gone: int) -> None:
    fewer = entries[:gone] + entries[gone + 1 :]
    if match(load(written(*fewer)), found, fingerprint).live:
        assert match(load(written(*entries)), found, fingerprint).live


@given(ENTRIES, FOUND, st.integers(0, 200))
def test_time_only_ends_waivers(entries: list[dict[str, object]], found: Finding, days: int) -> None:
    listed = load(written(*entries))
    if not match(listed, found, FINGERPRINT).live:
        assert not match(listed, found, FINGERPRINT, TODAY + timedelta(days)).live


# Findings about the list


def subjects(findings: Iterator[Finding]) -> list[str]:
    return [each.subject for each in findings]


def test_expired_and_expiring_are_told_apart_by_day() -> None:
    listed = load(written(DEPS))
    sunset = date(2027, 1, 15)
    for today, ended, ending in (
        (sunset + timedelta(1), ["W-1"], []),
        (sunset, [], ["W-1"]),
        (sunset - timedelta(14), [], ["W-1"]),
        (sunset - timedelta(15), [], []),
    ):
        assert (subjects(waivers.expired(listed, today)), subjects(waivers.expiring(listed, today))) == (ended, ending)
    (found,) = waivers.expired(listed, sunset + timedelta(1))
    assert (found.location, found.severity) == (Location(FILE, 3), Severity.LOW)


def test_stale_is_said_only_of_gates_that_saw_everything() -> None:
    listed = load(written(DEPS, {**CODE, "id": "W-2"}, {**CODE, "id": "W-3", "sunset": "2026-11-19"}))
    assert subjects(waivers.stale(listed, set(), {"deps", "code"}, TODAY)) == ["W-1", "W-2"]
    assert subjects(waivers.stale(listed, {"W-1"}, {"deps"}, TODAY)) == []
    assert subjects(waivers.stale(listed, set(), set(), TODAY)) == []


@pytest.mark.parametrize(("setting", "severities"), [("off", []), ("warn", [Severity.LOW]), ("fail", [Severity.HIGH])])
def test_what_stale_means_is_a_setting(setting: str, severities: list[Severity]) -> None:
    listed = load(written(DEPS, terms=f"{{stale: {setting}}}"))
    assert [each.severity for each in waivers.stale(listed, set(), {"deps"}, TODAY)] == severities


def test_live_waivers_and_lax_terms_are_weakenings() -> None:
    listed = load(written(DEPS, {**DEPS, "id": "W-2", "sunset": "2026-11-19"}, terms="{max_days: 100, stale: off, warn_days: 3}"))
    assert [entry.what for entry in listed.weakened(TODAY)] == [
        "waiver W-1 for CVE-2023-32681",
        "waivers: max_days = 100 (by default 90)",
        "waivers: warn_days = 3 (by default 14)",
        "waivers: stale = off (by default warn)",
    ]


def test_only_the_entries_of_the_gates_that_run_are_judged() -> None:
    assert [entry.id for entry in load(written(DEPS, {**CODE, "id": "W-2"})).of(["code"]).entries] == ["W-2"]


@given(st.binary(max_size=200) | st.text("version: 1\nwaivers-#[]{}W,", max_size=80).map(str.encode))
def test_any_bytes_are_waivers_or_a_usage_error(data: bytes) -> None:
    for path in (FILE, LIST):
        try:
            waivers.load(Source("tree", {path: data}.get), FILES, KNOWN, TODAY)
            blamed = path
        except UsageError as error:
            blamed = error.path
        assert blamed == path
