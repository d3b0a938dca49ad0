"""One question to the registry, and an answer that counts only when it can be believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core import network as network_module
from gates.core.errors import GateUnavailable, UsageError
from gates.core.finding import Severity
from gates.core.network import Network
from gates.deps.advisory import Audit, Verdict
from gates.deps.engines import npm_bulk
from gates.deps.engines.npm_bulk import Question, Records, judge, read, records
from gates.deps.engines.registry import Registry
from gates.inventory.package import Package
from tests.deps.engines.npm_support import context, found, package, packages_of
from tests.doubles.npm_registry import KNOWN, LODASH, Double, Fault, advisory

SECRET = "not-to-be-shown-0123456789"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "PAUSES", (0.0, 0.0))


@pytest.fixture
def double() -> Iterator[Double]:
    with Double() as registry:
        yield registry


def ask(double: Double, tmp_path: Path, *packages: Package, timeout: float = 10.0, **more: Any) -> Audit:
    return npm_bulk.audit(packages, context(tmp_path), Registry(double.url), Network(timeout=timeout), **more)


def ids(verdict: Verdict) -> list[str]:
    return [advisory.id for advisory in verdict.advisories]


def test_each_version_has_its_own_verdict(double: Double, tmp_path: Path) -> None:
    wanted = [package("minimist", version) for version in ("1.2.6", "1.2.0", "1.2.4", "0.0.8", "1.2.0")]
    audit = ask(double, tmp_path, *wanted)
    assert [verdict.package for verdict in audit.verdicts] == wanted
    moderate, critical = "GHSA-vh95-rmgr-6w4m", "GHSA-xvch-5gv4-984h"
    assert [ids(verdict) for verdict in audit.verdicts] == [
        [],
        [moderate, critical],
        [critical],
        [moderate, critical],
        [moderate, critical],
    ]
    assert [advisory.severity for advisory in audit.verdicts[2].advisories] == [Severity.CRITICAL]
    assert audit.engine == "npm-bulk"
    assert audit.database.source == double.url.removeprefix("http://")
    assert audit.database.records == len(LODASH) + 4


def test_one_post_and_nothing_else(double: Double, tmp_path: Path) -> None:
    ask(double, tmp_path, package("qs", "6.7.0"), package("lodash", "4.17.21"), package("qs", "6.5.2"), package("qs", "6.7.0"))
    (request,) = double.requests
    assert (request.method, request.path) == ("POST", "/-/npm/v1/security/advisories/bulk")
    assert request.body == {"lodash": ["4.17.15", "4.17.21"], "qs": ["6.5.2", "6.7.0"]}
    assert request.headers["content-encoding"] == "gzip"
    assert "authorization" not in request.headers


def test_several_records_with_one_id_are_one_advisory(double: Double, tmp_path: Path) -> None:
    (verdict,) = ask(double, tmp_path, package("minimist", "1.2.4")).verdicts
    (only,) = verdict.advisories
    assert only.fixed == ("0.2.4", "1.2.6")
    assert only.aliases == ("7",)
    assert only.url == "https://github.com/advisories/GHSA-xvch-5gv4-984h"


@pytest.mark.parametrize(
    ("name", "affected", "safe", "fixed"),
    [
        ("lodash", "4.17.20", "4.17.21", ("4.17.21",)),  # <
        ("qs", "6.7.2", "6.7.3", ("6.5.3", "6.7.3")),  # >= < || >= <
        ("qs", "6.5.0", "6.6.0", ("6.5.3", "6.7.3")),
        ("ua-parser-js", "0.8.0", "0.8.1", ()),  # =
        ("left-only", "2.0.0", "2.0.1", ()),  # <=
        ("above", "1.0.1", "1.0.0", ()),  # >
        ("caret", "2.9.9", "3.0.0", ()),
        ("tilde", "2.1.9", "2.2.0", ()),
        ("hyphen", "1.5.0", "1.5.1", ()),
        ("wild", "2.9.9", "3.0.0", ()),
        ("ever-bad", "9.9.9", "", ()),  # *
        ("@babel/traverse", "7.23.2-beta.1", "7.23.2", ("7.23.2",)),
    ],
)
def test_every_form_of_range(double: Double, tmp_path: Path, name: str, affected: str, safe: str, fixed: tuple[str, ...]) -> None:
    bad, good = ask(double, tmp_path, package(name, affected), package(name, safe or affected)).verdicts
    assert bad.advisories
    assert bad.advisories[0].fixed == fixed
    assert bool(good.advisories) == (not safe)
    assert not bad.unreadable
    assert not good.unreadable


def test_severities_are_ours_and_an_unknown_one_is_none() -> None:
    words = ["info", "low", "moderate", "medium", "high", "critical", "HIGH", "none", "catastrophic", None]
    known = records([advisory(number, "", "x", "*", word, url=None) for number, word in enumerate(words)])
    assert [record.advisory.severity for record in known.readable] == [
        *(Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL, Severity.HIGH),
        *(None, None, None),
    ]


def test_an_unknown_severity_outweighs_a_known_one_of_the_same_id() -> None:
    both = [advisory(number, "GHSA-35jh-r3h4-6jhm", "x", "<2.0.0", severity) for number, severity in ((1, "low"), (2, "odd"))]
    (only,), _ = judge(records(both), "1.0.0")
    assert only.severity is None
    (only,), _ = judge(records([both[0], advisory(3, "GHSA-35jh-r3h4-6jhm", "x", "*", "high")]), "1.0.0")
    assert only.severity is Severity.HIGH
    assert only.fixed == ()  # the other record speaks of 2.0.0 too


def test_the_id_is_githubs_or_the_number_and_other_names_are_aliases() -> None:
    ghsa = advisory(7, "ghsa-35JH-r3h4-6jhm/", "x", "*", cves=["CVE-2021-23337", 4])
    plain = {**advisory(8, "", "x", "*"), "url": "https://packages.corp.internal/advisory/8"}
    first, second = (record.advisory for record in records([ghsa, plain]).readable)
    assert (first.id, first.aliases) == ("GHSA-35jh-r3h4-6jhm", ("CVE-2021-23337", "7"))
    assert (second.id, second.aliases) == ("8", ())


@pytest.mark.parametrize(
    "item",
    [
        {**LODASH[0], "vulnerable_versions": None},
        {**LODASH[0], "vulnerable_versions": 4},
        {key: value for key, value in LODASH[0].items() if key != "vulnerable_versions"},
        {key: value for key, value in LODASH[0].items() if key != "title"},
        {**LODASH[0], "title": ["x"]},
        {**LODASH[0], "severity": 3},
        {**LODASH[0], "vulnerable_versions": "before 4.17.21"},
        {**LODASH[0], "vulnerable_versions": "<4.17.21, >3"},
    ],
)
def test_an_advisory_that_cannot_be_understood_leaves_its_package_undetermined(tmp_path: Path, item: dict[str, Any]) -> None:
    with Double({**KNOWN, "odd": [item, LODASH[1]]}) as double:
        odd, other = ask(double, tmp_path, package("odd", "4.17.15"), package("qs", "6.7.0")).verdicts
    assert odd.unreadable == ("GHSA-35jh-r3h4-6jhm",)
    assert ids(odd) == ["GHSA-p6mc-m468-83gw"]
    assert ids(other) == ["GHSA-hrpp-h998-j3pp"]
    assert not other.unreadable


@pytest.mark.parametrize(
    "item", [None, "text", [], {}, {"title": "x"}, {**LODASH[0], "url": 3, "id": True}, {**LODASH[0], "url": None, "id": ""}]
)
def test_an_advisory_without_an_id_too(item: object) -> None:
    assert records([item]) == Records((), ("an advisory without an id",))


def test_a_version_that_is_none_leaves_its_package_undetermined(double: Double, tmp_path: Path) -> None:
    (verdict,) = ask(double, tmp_path, package("qs", "latest")).verdicts
    assert verdict.unreadable == ("GHSA-hrpp-h998-j3pp",)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("401", "does not let us in"),
        ("404", "does not offer this service"),
        ("405", "does not offer this service"),
        ("410", "does not offer this service"),
        ("500", "failed with status 500"),
        ("html", "web page"),
        ("error", "an error in place of advisories"),
        ("list", "no table of advisories"),
        ("empty", "knows no advisory for lodash 4.17.15, so its silence proves nothing"),
        ("nothing", "answered with nothing"),
        ("truncated", "broke its answer off"),
        ("half", "not JSON"),
        ("silent", "did not answer within 0.3 s"),
        ("bare gzip", "not JSON"),
        ("fields", "knows no advisory for lodash 4.17.15, so its silence proves nothing"),
        ("huge", "more than"),
        ("redirect", "which is not followed"),
        ("no canary", "knows no advisory for lodash 4.17.15, so its silence proves nothing"),
        ("wrong canary", "knows no advisory for lodash 4.17.15, so its silence proves nothing"),
        ("stranger", "answered about 'nobody-asked', which was not asked"),
        ("twice", "not JSON"),
    ],
)
def test_no_fault_of_the_registry_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, message: str) -> None:
    monkeypatch.setattr(network_module, "ANSWER_LIMIT", 4 << 20)
    with Double() as elsewhere, Double(fault=fault, elsewhere=elsewhere.url) as double:
        registry = Registry(double.url, SECRET)
        with pytest.raises(GateUnavailable, match=message) as refusal:
            npm_bulk.audit([package("qs", "6.7.0")], context(tmp_path), registry, Network(timeout=0.3 if fault == "silent" else 10.0))
        assert "\n" not in str(refusal.value)
        assert SECRET not in str(refusal.value)
        assert not elsewhere.requests
        assert all(request.method == "POST" for request in double.requests)


def test_a_registry_that_is_not_there(tmp_path: Path) -> None:
    with Double() as double:
        gone = double.url
    with pytest.raises(GateUnavailable, match="refused the connection"):
        npm_bulk.audit([package("qs", "6.7.0")], context(tmp_path), Registry(gone, SECRET), Network())


def test_offline_nothing_is_asked(double: Double, tmp_path: Path) -> None:
    with pytest.raises(GateUnavailable, match="offline"):
        npm_bulk.audit([package("qs", "6.7.0")], context(tmp_path), Registry(double.url), Network(offline=True))
    with pytest.raises(GateUnavailable, match="offline"):
        npm_bulk.audit([package("qs", "6.7.0")], context(tmp_path, offline=True), Registry(double.url), Network())
    assert not double.requests


def test_the_token_goes_along_and_is_told_to_nobody(tmp_path: Path) -> None:
    with Double(token=f"Bearer {SECRET}") as double:
        audit = npm_bulk.audit([package("qs", "6.7.0")], context(tmp_path), Registry(double.url, SECRET), Network())
        assert found(audit)
        assert SECRET not in repr(audit)
        with pytest.raises(GateUnavailable, match="check the credentials"):
            npm_bulk.audit([package("qs", "6.7.0")], context(tmp_path), Registry(double.url, SECRET, "Basic"), Network())


def test_private_names_are_sent_nowhere(double: Double, tmp_path: Path) -> None:
    wanted = [package("@acme/tool", "1.0.0"), package("acme-ui", "1.0.0"), package("@Acme/Tool", "2.0.0"), package("qs", "6.7.0")]
    audit = ask(double, tmp_path, *wanted, private=["@acme/*", "acme-*"])
    assert set(double.requests[0].body) == {"lodash", "qs"}
    assert [bool(verdict.advisories) for verdict in audit.verdicts] == [False, False, False, True]
    assert audit.notes == ["3 private names were not asked about"]


def test_where_all_names_are_private_nobody_is_asked(double: Double, tmp_path: Path) -> None:
    audit = ask(double, tmp_path, package("@acme/tool", "1.0.0"), private=["@acme/*"])
    assert not double.requests
    assert len(audit.verdicts) == 1
    assert audit.notes == ["1 private name was not asked about"]


@pytest.mark.parametrize(("private", "message"), [(["lod*"], "canary lodash is a private name"), (["a//b"], r"\[deps\] private: ")])
def test_wrong_private_names_are_the_users_error(double: Double, tmp_path: Path, private: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ask(double, tmp_path, package("qs", "6.7.0"), private=private)
    assert not double.requests


def test_a_package_that_is_from_no_registry_is_not_asked_about(double: Double, tmp_path: Path) -> None:
    verdicts = ask(
        double, tmp_path, package("qs", "6.7.0", source="git+ssh://git@example.org/qs.git"), package("minimist", "1.2.8")
    ).verdicts
    assert not verdicts[0].advisories
    assert set(double.requests[0].body) == {"lodash", "minimist"}


def test_a_scope_is_asked_of_its_own_registry_alone(double: Double, tmp_path: Path) -> None:
    with Double({"@acme/tool": [advisory(1, "GHSA-35jh-r3h4-6jhm", "@acme/tool", "<2.0.0")], "lodash": LODASH}) as acme:
        registry = Registry(double.url, "one", scopes={"@acme": Registry(acme.url, "two")})
        audit = npm_bulk.audit([package("@acme/tool", "1.0.0"), package("lodash", "4.17.15")], context(tmp_path), registry, Network())
        assert [request.body for request in double.requests] == [{"lodash": ["4.17.15"]}]
        assert [request.body for request in acme.requests] == [{"@acme/tool": ["1.0.0"], "lodash": ["4.17.15"]}]
        assert (double.requests[0].headers["authorization"], acme.requests[0].headers["authorization"]) == ("Bearer one", "Bearer two")
    assert [len(verdict.advisories) for verdict in audit.verdicts] == [1, 3]


def test_each_registry_must_know_the_canary(double: Double, tmp_path: Path) -> None:
    with Double({}) as acme:
        registry = Registry(double.url, scopes={"@acme": Registry(acme.url)})
        with pytest.raises(
            GateUnavailable, match=rf"{acme.url[7:]} knows no advisory .*; where @acme is private, name it under \[deps\] private"
        ):
            npm_bulk.audit([package("@acme/tool", "1.0.0"), package("qs", "6.7.0")], context(tmp_path), registry, Network())


def test_another_canary_or_none(tmp_path: Path) -> None:
    with Double({"own": [advisory(1, "GHSA-35jh-r3h4-6jhm", "own", "<2.0.0")]}) as double:
        assert not found(ask(double, tmp_path, package("qs", "6.7.0"), canary=("own", "1.0.0")))
        with pytest.raises(GateUnavailable, match=r"knows no advisory for own 2\.0\.0"):
            ask(double, tmp_path, package("qs", "6.7.0"), canary=("own", "2.0.0"))
        (note,) = ask(double, tmp_path, package("qs", "6.7.0"), canary=None).notes
        assert note.startswith("no canary was asked for")
        assert double.requests[-1].body == {"qs": ["6.7.0"]}


def test_a_package_of_another_ecosystem_is_a_mistake_of_the_caller(double: Double, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no npm package"):
        ask(double, tmp_path, Package("PyPI", "jinja2", "2.10", "uv.lock", 1))


def test_nothing_of_the_repository_decides(double: Double, tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    with Double({}) as evil:
        (root / ".npmrc").write_text(f"registry={evil.url}\nomit=dev\naudit-level=none\n")
        wanted = packages_of("groups")
        audit = npm_bulk.audit(wanted, context(root, npm_config_registry=evil.url), Registry(double.url), Network())
        assert not evil.requests
    assert {name for _, name, _ in found(audit)} == {"qs", "lodash"}


def test_fifteen_hundred_packages_are_one_question(tmp_path: Path) -> None:
    known = {
        **KNOWN,
        **{f"package-{n}": [advisory(n, "", f"package-{n}", "<2.0.0 || >=3.0.0 <3.1.0", url=None)] for n in range(0, 1500, 10)},
    }
    with Double(known) as double:
        audit = ask(double, tmp_path, *(package(f"package-{n}", f"{n % 4}.0.0") for n in range(1500)))
        assert len(double.requests) == 1
    assert len(audit.verdicts) == 1500
    assert sum(bool(verdict.advisories) for verdict in audit.verdicts) == 75


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "id": JSON,
        "url": JSON | st.just("https://github.com/advisories/GHSA-35jh-r3h4-6jhm"),
        "title": JSON,
        "severity": JSON | st.sampled_from(["low", "high"]),
        "vulnerable_versions": JSON | st.sampled_from(["*", "<2.0.0", ">=1.0.0 <1.2.0 || =3.0.0", "<", "~"]),
        "cves": JSON,
    },
)
QUESTION = Question(Registry("https://packages.corp.internal"), {"x": ["1.0.0"]})


@given(JSON | st.fixed_dictionaries({"x": st.lists(ITEMS | JSON, max_size=4)}))
def test_whatever_is_answered_is_read_or_refused(answer: object) -> None:
    try:
        known = read(json.loads(json.dumps(answer)), QUESTION).get("x", Records())
    except GateUnavailable:
        return
    advisories, unreadable = judge(known, "1.0.0")
    sent = answer.get("x", []) if isinstance(answer, dict) else []
    assert len(known.readable) + len(known.unreadable) <= len(sent)
    assert bool(known.readable or known.unreadable) == bool(sent)  # nothing that was sent is lost
    assert all(one.id for one in advisories)
    assert set(known.unreadable) <= set(unreadable)
