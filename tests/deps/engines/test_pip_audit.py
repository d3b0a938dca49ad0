"""The real pip-audit, against doubles of the services that it asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core import network, process
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, UsageError
from gates.core.network import Network
from gates.deps.advisory import Advisory, Audit, Database, Verdict
from gates.deps.engines import osv_source, pip_audit
from gates.deps.engines.pins import pin_from
from gates.deps.engines.pip_audit import audit, audit_against
from gates.inventory.package import Package
from tests.deps.support import context, package
from tests.doubles.http import Fault, closed_port
from tests.doubles.index import CANARY as INDEX_CANARY
from tests.doubles.index import Authority, ProxyDouble, vulnerability
from tests.doubles.osv import CANARY, OsvDouble, Record, record

SECRET = "s3cr3t-t0k3n"
PLAIN = Network(timeout=10)

RECORDS = [
    CANARY,
    # Two databases about one vulnerability: pip-audit folds them into one, and drops the id of the second.
    record("PYSEC-2018-28", "requests", ["2.19.0"], fixed=["2.20.0"], aliases=["CVE-2018-18074"]),
    record("GHSA-x84v-xcm2-53pg", "requests", ["2.19.0"], fixed=["2.20.0"], aliases=["CVE-2018-18074"]),
    # Each branch has a range of its own: pip-audit reads the first.
    {
        **record("PYSEC-2019-10", "django", ["2.2", "1.11.20"]),
        "affected": [
            {
                "package": {"name": "django", "ecosystem": "PyPI"},
                "versions": ["2.2", "1.11.20"],
                "ranges": [
                    {"type": "GIT", "repo": "https://git.example.invalid/django", "events": [{"introduced": "0"}, {"fixed": "0123abc"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.11.21"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "2.2"}, {"fixed": "2.2.2"}]},
                ],
            }
        ],
    },
    record("PYSEC-2022-99", "redis", ["4.0.0"], withdrawn="2023-01-01T00:00:00Z"),
    # What pip-audit leaves out with a warning, or stumbles over:
    record("PYSEC-2026-1", "newer", ["1.0"], schema_version="2.0.0"),
    {**record("PYSEC-2026-2", "odd", ["1.0"]), "published": "yesterday"},
    record("PYSEC-2026-3", "unfixable", ["1.0"], fixed=["not a version"]),
    record("PYSEC-2026-4", "torch", ["2.1.0"], fixed=["2.2.0"]),
    record("CVE-2026-5", "torch", ["2.1.0+cu12"], aliases=["PYSEC-2026-4"]),
    record("GHSA-aaaa-bbbb-cccc", "zope-interface", ["5.0"], fixed=["5.1"]),
]

PACKAGES = [
    package("requests", "2.19.0"),
    package("requests", "2.32.0", 20),  # two versions of one name, as for two platforms
    package("requests", "2.19", 30, "requirements.txt"),  # another spelling of the first
    package("django", "2.2"),
    package("redis", "4.0.0"),
    package("newer", "1.0"),
    package("odd", "1.0"),
    package("unfixable", "1.0"),
    package("torch", "2.1.0+cu12"),
    package("zope-interface", "5.0"),
    package("flask", "3.0.0"),
]


class Canaried(NamedTuple):
    """One run in a repository and an environment full of things that would show in `marker`, or in the answer, had they any effect."""

    audit: Audit
    marker: Path
    asked: list[tuple[str, str]]
    elsewhere: list[tuple[str, str]]
    left: list[str]


def booby_trap(root: Path, marker: Path) -> dict[str, str]:
    """Fills the repository; the environment that leads to it."""
    trap = f"open({str(marker)!r}, 'a').write(__file__ + chr(10))\n"
    site = root / "home" / ".local" / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    site.mkdir(parents=True)
    names = [
        "setup.py",
        "sitecustomize.py",
        "usercustomize.py",
        "conftest.py",
        "requests.py",
        "tomli.py",
        "pip.py",
        "pip_audit.py",
        "json.py",
    ]
    for folder in (root, site):
        for name in names:
            (folder / name).write_text(trap)
        (folder / "canary.pth").write_text(f"import os; open({str(marker)!r}, 'a').write('pth')\n")
    (root / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "setup"\nbackend-path = ["."]\n')
    (root / "pylock.toml").write_text('lock-version = "1.0"\n[[packages]]\nname = "evil"\nversion = "1.0"\n')
    (root / "requirements.txt").write_text("./\n")
    settings = root / "pip.conf"
    settings.write_text("[global]\nindex-url = https://packages.corp.internal/simple\npython = ./python\n")
    programs = root / "bin"
    programs.mkdir()
    for name in ("pip", "pip-audit", "python", "python3"):
        (programs / name).write_text(f"#!/bin/sh\necho {name} >> '{marker}'\n")
        (programs / name).chmod(0o755)
    home = root / "home"
    (home / ".config" / "pip").mkdir(parents=True)
    (home / ".config" / "pip" / "pip.conf").write_text("no settings at all")
    (home / ".netrc").write_text(f"default login me password {SECRET}\n")
    return {
        "HOME": str(home),
        "PATH": f"{programs}{os.pathsep}.{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(root),
        "PYTHONSTARTUP": str(root / "setup.py"),
        "PYTHONHOME": str(root),
        "PYTHONUSERBASE": str(home / ".local"),
        "PYTHONINSPECT": "1",
        "PIPAPI_PYTHON_LOCATION": str(programs / "python"),
        "PIP_CONFIG_FILE": str(settings),
        "PIP_INDEX_URL": "https://packages.corp.internal/simple",
        "PIP_PYTHON": str(programs / "python"),
        "PIP_AUDIT_OUTPUT": str(root / "hijacked.json"),
        "PIP_AUDIT_FORMAT": "markdown",
        "PIP_AUDIT_VULNERABILITY_SERVICE": "esms",
        "PIP_AUDIT_DESC": "off",
        "PIP_AUDIT_PROGRESS_SPINNER": "on",
        "PIP_AUDIT_LOGLEVEL": "nonsense",
        "HTTP_PROXY": "http://proxy.example.invalid:1",
        "http_proxy": "http://proxy.example.invalid:1",
        "ALL_PROXY": "http://proxy.example.invalid:1",
        "REQUESTS_CA_BUNDLE": str(root / "none.pem"),
        "VIRTUAL_ENV": str(root),
    }


@pytest.fixture(scope="module")
def canaried(tmp_path_factory: pytest.TempPathFactory) -> Canaried:
    root = tmp_path_factory.mktemp("repository")
    marker = tmp_path_factory.mktemp("marker") / "ran"
    temporary = tmp_path_factory.mktemp("temporary")
    before = os.getcwd()
    with pytest.MonkeyPatch.context() as patch, OsvDouble(RECORDS) as source, OsvDouble([]) as other:
        environment = {**booby_trap(root, marker), "PIP_AUDIT_OSV_URL": f"{other.url}/v1/query"}
        for name, value in environment.items():
            if name not in ("PATH", "PYTHONHOME"):
                patch.setenv(name, value)
        patch.setattr("tempfile.tempdir", str(temporary))
        os.chdir(root)
        try:
            done = audit(PACKAGES, context(root, environment=environment), osv_url=source.url, network=PLAIN)
        finally:
            os.chdir(before)
        return Canaried(done, marker, source.questions(), other.questions(), os.listdir(temporary))


def of(found: Audit, name: str, version: str) -> Verdict:
    return next(verdict for verdict in found.verdicts if (verdict.package.name, verdict.package.version) == (name, version))


def ids(verdict: Verdict) -> list[str]:
    return [advisory.id for advisory in verdict.advisories]


def test_nothing_of_the_repository_or_the_environment_runs(canaried: Canaried) -> None:
    assert not canaried.marker.exists(), canaried.marker.read_text()
    assert canaried.elsewhere == []
    assert canaried.left == []


def test_the_traps_work_where_somebody_walks_into_them(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    (tmp_path / "repository").mkdir()
    environment = booby_trap(tmp_path / "repository", marker)
    for argv, names in (
        ([sys.executable, "-c", ""], ("PYTHONPATH",)),
        ([sys.executable, "-m", "pip_audit"], ("PYTHONPATH",)),
        (["pip-audit"], ("PATH",)),
    ):
        marker.unlink(missing_ok=True)
        chosen = {"PATH": os.environ["PATH"], **{name: environment[name] for name in names}}
        program = argv[0] if os.path.isabs(argv[0]) else str(tmp_path / "repository" / "bin" / argv[0])
        subprocess.run([program, *argv[1:]], env=chosen, cwd=tmp_path, capture_output=True, check=False)
        assert marker.read_text()


def test_there_is_one_verdict_for_each_package_in_order(canaried: Canaried) -> None:
    assert [verdict.package for verdict in canaried.audit.verdicts] == PACKAGES
    assert (canaried.audit.engine, canaried.audit.version) == ("pip-audit", pip_audit.version())
    assert canaried.audit.database.source.startswith("http://127.0.0.1:")


def test_a_vulnerable_version_has_its_advisory_under_every_name(canaried: Canaried) -> None:
    assert of(canaried.audit, "requests", "2.19.0").advisories == (
        Advisory(
            "PYSEC-2018-28",
            ("CVE-2018-18074", "GHSA-x84v-xcm2-53pg"),
            "PYSEC-2018-28 in requests",
            None,
            "https://osv.dev/vulnerability/PYSEC-2018-28",
            ("2.20.0",),
        ),
    )
    assert of(canaried.audit, "requests", "2.19") == of(canaried.audit, "requests", "2.19.0")._replace(package=PACKAGES[2])
    assert of(canaried.audit, "requests", "2.32.0").advisories == ()
    assert of(canaried.audit, "flask", "3.0.0").advisories == ()
    assert ids(of(canaried.audit, "zope-interface", "5.0")) == ["GHSA-aaaa-bbbb-cccc"]


def test_the_fixes_are_those_of_every_branch(canaried: Canaried) -> None:
    assert of(canaried.audit, "django", "2.2").advisories[0].fixed == ("1.11.21", "2.2.2")


def test_a_withdrawn_advisory_does_not_count(canaried: Canaried) -> None:
    assert of(canaried.audit, "redis", "4.0.0") == Verdict(PACKAGES[4])


def test_a_record_that_pip_audit_would_drop_leaves_the_package_undetermined(canaried: Canaried) -> None:
    assert of(canaried.audit, "newer", "1.0").unreadable == ("PYSEC-2026-1",)
    assert of(canaried.audit, "unfixable", "1.0").unreadable == ("PYSEC-2026-3",)
    assert ids(of(canaried.audit, "odd", "1.0")) == ["PYSEC-2026-2"]


def test_a_local_version_is_asked_about_under_its_public_one_too(canaried: Canaried) -> None:
    (advisory,) = of(canaried.audit, "torch", "2.1.0+cu12").advisories
    assert {advisory.id, *advisory.aliases} == {"CVE-2026-5", "PYSEC-2026-4"}
    assert advisory.fixed == ("2.2.0",)
    assert {("torch", "2.1.0+cu12"), ("torch", "2.1.0")} <= set(canaried.asked)


def test_the_source_is_asked_once_for_each_version_and_for_the_canary_first(canaried: Canaried) -> None:
    assert canaried.asked[0] == ("jinja2", "2.10")
    assert len(canaried.asked) == len(set(canaried.asked)) == 12


# An OSV source with faults


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(pip_audit, "PAUSES", (0.0, 0.0))


@pytest.fixture
def not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """For faults that show before pip-audit has anything to do."""

    def run(*_: object, **__: object) -> process.Completed:
        raise AssertionError("pip-audit was started")

    monkeypatch.setattr(process, "run", run)


ONE = [package("requests", "2.19.0")]
FAULTS: tuple[Fault, ...] = (
    *("drop", "silent", "404", "410", "500", "429", "html", "truncated", "empty"),
    *("long-length", "short-length", "gzip", "redirect", "noise"),
)


def one_line(failure: pytest.ExceptionInfo[GateUnavailable]) -> str:
    message = str(failure.value)
    assert message.isprintable()
    assert "Traceback" not in message
    assert SECRET not in message
    return message


@pytest.mark.usefixtures("at_once", "not_started")
@pytest.mark.parametrize(
    ("fault", "canary"),
    # Without a canary nobody can tell "empty" from a source that found nothing; that is what the canary is for.
    [*((fault, pip_audit.CANARY) for fault in FAULTS), *((fault, None) for fault in FAULTS if fault != "empty")],
)
def test_a_faulty_source_is_no_pass(tmp_path: Path, fault: Fault, canary: pip_audit.Canary | None) -> None:
    with OsvDouble(RECORDS, fault) as source:
        address = source.url.replace("//", f"//me:{SECRET}@")
        with pytest.raises(GateUnavailable) as failure:
            audit(ONE, context(tmp_path), osv_url=address, network=PLAIN, canary=canary)
        assert one_line(failure).startswith(f"127.0.0.1:{source.port} ")


@pytest.mark.usefixtures("at_once", "not_started")
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "empty"])
def test_a_source_that_fails_after_the_canary_is_no_pass(tmp_path: Path, fault: Fault) -> None:
    class Later(OsvDouble):
        def answer(self, asked: Any) -> tuple[int, bytes]:
            self.fault = fault
            return super().answer(asked)

    with Later(RECORDS) as source, pytest.raises(GateUnavailable) as failure:
        audit([package(f"name-{number}", "1.0") for number in range(40)], context(tmp_path), osv_url=source.url, network=PLAIN)
    one_line(failure)


@pytest.mark.usefixtures("at_once", "not_started")
def test_a_source_that_is_slow_or_gone_is_no_pass(tmp_path: Path) -> None:
    with OsvDouble(RECORDS, "slow") as source, pytest.raises(GateUnavailable, match="did not answer within") as failure:
        audit(ONE, context(tmp_path), osv_url=source.url, network=Network(timeout=0.1))
    one_line(failure)
    with closed_port() as port, pytest.raises(GateUnavailable, match="refused the connection") as failure:
        audit(ONE, context(tmp_path), osv_url=f"http://127.0.0.1:{port}", network=PLAIN)
    one_line(failure)
    with OsvDouble(RECORDS, "slow") as source, pytest.raises(GateUnavailable, match="the gate's time is over") as failure:
        audit(ONE, context(tmp_path, seconds=0.3), osv_url=source.url, network=PLAIN)
    one_line(failure)


@pytest.mark.usefixtures("not_started")
@pytest.mark.parametrize("more", [{"loop": True}, {"endless": True}])
def test_pages_without_end_are_no_answer(tmp_path: Path, more: dict[str, bool]) -> None:
    with OsvDouble(RECORDS, loop=bool(more.get("loop")), endless=bool(more.get("endless"))) as source:
        with pytest.raises(GateUnavailable, match="no end of pages") as failure:
            audit(ONE, context(tmp_path), osv_url=source.url, network=PLAIN)
        one_line(failure)
        assert len(source.asked) <= osv_source.PAGES


@pytest.mark.usefixtures("not_started")
@pytest.mark.parametrize(
    "answer",
    [
        [],
        None,
        "",
        {"message": "unauthorized"},
        {"vulns": {}},
        {"vulns": None},
        {"vulns": [], "next_page_token": 1},
        {"vulns": ["PYSEC-1"]},
        {"vulns": [{}]},
        {"vulns": [{"id": ""}]},
        {"vulns": [{"id": "PYSEC-1\nforged"}]},
        {"vulns": [{"id": None}]},
        {"vulns": [{"id": "PYSEC-1", "withdrawn": "2026-01-01T00:00:00Z"}]},  # nothing is left of the canary
        {"vulns": [{"id": "PYSEC-1"}]},  # no record that can be read
    ],
)
def test_an_answer_of_another_shape_is_no_pass(tmp_path: Path, answer: object) -> None:
    class Odd(OsvDouble):
        def answer(self, asked: Any) -> tuple[int, bytes]:
            return 200, json.dumps(answer).encode()

    with Odd() as source, pytest.raises(GateUnavailable) as failure:
        audit(ONE, context(tmp_path), osv_url=source.url, network=PLAIN)
    one_line(failure)


@pytest.mark.usefixtures("at_once")
def test_an_answer_of_several_pages_is_read_to_its_end_and_two_failures_are_borne(tmp_path: Path) -> None:
    records = [CANARY, *(record(f"PYSEC-2026-{number}", "many", ["1.0"]) for number in range(5))]
    with OsvDouble(records, "500", times=2, page=2) as source:
        found = audit([package("many", "1.0")], context(tmp_path), osv_url=source.url, network=PLAIN)
    assert ids(found.verdicts[0]) == [f"PYSEC-2026-{number}" for number in range(5)]


@pytest.mark.usefixtures("not_started")
def test_a_source_that_does_not_know_the_canary_is_told_nothing_else(tmp_path: Path) -> None:
    with OsvDouble(RECORDS[1:]) as source, pytest.raises(GateUnavailable, match=r"does not know the advisories of jinja2 2\.10"):
        audit(ONE, context(tmp_path), osv_url=source.url, network=PLAIN)
    assert source.questions() == [("jinja2", "2.10")]


def test_the_canary_can_be_another_or_none_and_is_no_part_of_the_answer(tmp_path: Path) -> None:
    with OsvDouble(RECORDS[1:]) as source:
        own = audit(ONE, context(tmp_path), osv_url=source.url, network=PLAIN, canary=pip_audit.Canary("Zope.Interface", "5.0"))
        none = audit([package("flask", "3.0.0")], context(tmp_path), osv_url=source.url, network=PLAIN, canary=None)
    assert [verdict.package for verdict in own.verdicts] == ONE
    assert none.verdicts == (Verdict(package("flask", "3.0.0")),)


def test_the_canary_counts_where_the_inventory_has_it(tmp_path: Path) -> None:
    with OsvDouble(RECORDS) as source:
        found = audit([package("jinja2", "2.10.0")], context(tmp_path), osv_url=source.url, network=PLAIN)
    assert ids(found.verdicts[0]) == ["PYSEC-2019-217"]


@pytest.mark.usefixtures("not_started")
def test_offline_asks_nobody(tmp_path: Path) -> None:
    with OsvDouble(RECORDS) as source:
        for where, way in ((context(tmp_path, offline=True), PLAIN), (context(tmp_path), Network(offline=True))):
            for address in (source.url, ""):
                with pytest.raises(GateUnavailable, match="the run is offline; give --advisory-db"):
                    audit(ONE, where, osv_url=address, network=way)
        assert source.asked == []


@pytest.mark.usefixtures("not_started")
@pytest.mark.parametrize(
    "address",
    [
        "http://osv.corp.internal",
        "osv.corp.internal",
        "ftp://osv.corp.internal",
        "https://",
        "https://osv.corp.internal/v1/query",
        "https://osv.corp.internal?a",
    ],
)
def test_an_address_that_can_be_forged_is_a_usage_error(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError, match="--osv-url"):
        audit(ONE, context(tmp_path), osv_url=address, network=PLAIN)


# What is asked about


@pytest.mark.usefixtures("not_started")
def test_a_canary_that_is_no_pin_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the canary"):
        audit(ONE, context(tmp_path), network=PLAIN, canary=pip_audit.Canary("jinja2", "*"))


@pytest.mark.usefixtures("not_started")
def test_an_audit_of_nothing_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(GateUnavailable, match="no package"):
        audit([], context(tmp_path), network=PLAIN)
    with pytest.raises(GateUnavailable, match="no package"):
        audit_against([], context(tmp_path), lambda *_: [], Database("a folder"))


@pytest.mark.usefixtures("not_started")
@pytest.mark.parametrize("name", ["requests", 'x"\n[evil]', "../x", "", "a/b", "ü"])
@pytest.mark.parametrize("version", ["2.*", "", "2004d", ">=2", '1"\n', "1.0/../2.0", "1.0"])
def test_what_is_no_pin_names_its_line(tmp_path: Path, name: str, version: str) -> None:
    if (name, version) == ("requests", "1.0"):
        return
    with pytest.raises(UsageError, match=r"^requirements\.txt:7: .* is no pin") as failure:
        audit([package(name, version, 7, "requirements.txt")], context(tmp_path), network=PLAIN)
    assert str(failure.value).isprintable()


@pytest.mark.usefixtures("not_started")
def test_a_package_that_no_index_has_is_not_told_to_anybody(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="PyPI alone"):
        audit([Package("npm", "lodash", "4.17.15", "package-lock.json", 1)], context(tmp_path), network=PLAIN)
    with pytest.raises(ValueError, match="not from an index"):
        audit([*ONE, package("acme", "1.0")._replace(source="./acme")], context(tmp_path), network=PLAIN)


# Advisories at hand


def test_advisories_at_hand_are_asked_offline_and_without_a_canary(tmp_path: Path) -> None:
    def lookup(ecosystem: str, name: str, version: str) -> Sequence[Record]:
        assert ecosystem == "PyPI"
        return [
            found for found in RECORDS if found["affected"][0]["package"]["name"] == name and version in found["affected"][0]["versions"]
        ]

    database = Database("advisories.zip", "sha256:0123", records=len(RECORDS))
    found = audit_against(PACKAGES, context(tmp_path, offline=True), lookup, database)
    assert found.database == database
    assert [ids(verdict) for verdict in found.verdicts][:4] == [["PYSEC-2018-28"], [], ["PYSEC-2018-28"], ["PYSEC-2019-10"]]
    with pytest.raises(GateUnavailable, match=r"advisories\.zip does not know the advisories of jinja2 2\.11"):
        audit_against(ONE, context(tmp_path), lookup, database, canary=pip_audit.Canary("jinja2", "2.11"))


ODD = (None, True, 0, "", "x", [], {}, [None], [{}], ["x"], {"x": None})


def damaged(whole: Any) -> Iterator[Any]:
    """The document with each of its parts, in turn, gone or replaced by each odd value."""
    yield from ODD
    if isinstance(whole, dict):
        for key in whole:
            yield {other: value for other, value in whole.items() if other != key}
            yield from ({**whole, key: part} for part in damaged(whole[key]))
    elif isinstance(whole, list):
        for place, item in enumerate(whole):
            yield from ([*whole[:place], part, *whole[place + 1 :]] for part in damaged(item))


def test_a_record_that_is_damaged_anywhere_never_makes_a_package_look_clean(tmp_path: Path) -> None:
    whole = record("PYSEC-1", "x", ["1.0"], fixed=["1.1"], aliases=["CVE-1"], details="y", withdrawn=None)
    fields = {key: value for key, value in whole.items() if key != "id"}
    records = [{**broken, "id": f"PYSEC-{place}"} for place, broken in enumerate(damaged(fields)) if isinstance(broken, dict)]
    packages = [package(f"package-{place}", "1.0") for place in range(len(records))]
    by_name = {asked.name: found for asked, found in zip(packages, records, strict=True)}
    assert len(records) > 200
    found = audit_against(packages, context(tmp_path), lambda ecosystem, name, version: [by_name[name]], Database("a folder"))
    clean = [by_name[verdict.package.name] for verdict in found.verdicts if not verdict.advisories and not verdict.unreadable]
    assert clean == []


# pip-audit's own service, behind a proxy that plays it


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


RELEASES = {
    **INDEX_CANARY,
    ("requests", "2.19.0"): [
        vulnerability("PYSEC-2018-28", ["CVE-2018-18074"], ["2.20.0"]),
        {**vulnerability("PYSEC-1"), "withdrawn": "x"},
    ],
    ("flask", "3.0.0"): [],
    ("torch", "2.1.0+cu12"): [],
    ("torch", "2.1.0"): [vulnerability("PYSEC-2026-4", [], ["2.2.0"])],
}
SERVED = [package("requests", "2.19.0"), package("flask", "3.0.0"), package("torch", "2.1.0+cu12")]


def by_service(tmp_path: Path, proxy: ProxyDouble, packages: Sequence[Package] = SERVED, timeout: float = 10) -> Audit:
    way = Network(proxy.url.replace("//", f"//me:{SECRET}@"), str(proxy.authority.bundle), timeout=timeout)
    return audit(packages, context(tmp_path), network=way)


def test_the_default_service_is_asked_through_the_proxy_and_with_the_bundle(tmp_path: Path, authority: Authority) -> None:
    with ProxyDouble(authority, RELEASES) as proxy:
        found = by_service(tmp_path, proxy)
    assert [ids(verdict) for verdict in found.verdicts] == [["PYSEC-2018-28"], [], ["PYSEC-2026-4"]]
    advisory = found.verdicts[0].advisories[0]
    assert (advisory.aliases, advisory.fixed, advisory.summary) == (("CVE-2018-18074",), ("2.20.0",), "PYSEC-2018-28 A long article.")
    assert len(proxy.asked) == 5
    assert proxy.login[0].startswith("Basic ")
    assert found.notes == ()


def test_a_package_that_the_service_does_not_know_is_no_pass(tmp_path: Path, authority: Authority) -> None:
    with ProxyDouble(authority, RELEASES) as proxy, pytest.raises(GateUnavailable, match=r"does not know acme-core; .* private") as failure:
        by_service(tmp_path, proxy, [*SERVED, package("acme-core", "1.0")])
    one_line(failure)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("404", "does not know"),
        ("html", "not JSON"),
        ("empty", "does not know the advisories of jinja2"),
        ("410", "failed with status 410"),
    ],
)
def test_a_service_that_is_wrong_is_no_pass(tmp_path: Path, authority: Authority, fault: Fault, cause: str) -> None:
    with ProxyDouble(authority, RELEASES, fault) as proxy, pytest.raises(GateUnavailable, match=cause) as failure:
        by_service(tmp_path, proxy, ONE)
    one_line(failure)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("fault", "attempts", "cause"),
    [("500", 2, "failed with status 500"), ("drop", 1, "refused or broke off the connection"), ("slow", 1, "did not answer in time")],
)
def test_a_service_that_fails_is_asked_again(
    tmp_path: Path, authority: Authority, fault: Fault, attempts: int, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pip_audit, "ATTEMPTS", attempts)
    with ProxyDouble(authority, RELEASES, fault) as proxy, pytest.raises(GateUnavailable, match=rf"{cause} \({attempts} att") as failure:
        by_service(tmp_path, proxy, ONE, timeout=1)
    one_line(failure)
    assert len(proxy.asked) == attempts


@pytest.mark.usefixtures("at_once")
def test_a_service_that_recovers_is_believed_and_the_failure_noted(tmp_path: Path, authority: Authority) -> None:
    with ProxyDouble(authority, RELEASES, "500", times=1) as proxy:
        found = by_service(tmp_path, proxy, ONE)
    assert ids(found.verdicts[0]) == ["PYSEC-2018-28"]
    assert found.notes == ("attempt 1: the package index's JSON API failed with status 500",)


@pytest.mark.usefixtures("at_once")
def test_a_proxy_or_a_certificate_that_is_wrong_is_told(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pip_audit, "ATTEMPTS", 1)
    with closed_port() as port, pytest.raises(GateUnavailable, match="through the proxy") as failure:
        audit(ONE, context(tmp_path), network=Network(f"http://me:{SECRET}@127.0.0.1:{port}", timeout=5))
    one_line(failure)
    with ProxyDouble(authority, RELEASES) as proxy, pytest.raises(GateUnavailable, match="certificate that is not trusted") as failure:
        audit(ONE, context(tmp_path), network=Network(proxy.url, timeout=5))
    one_line(failure)
    assert proxy.asked == []


# pip-audit itself


def test_pip_audit_must_be_there_and_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise pip_audit.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(pip_audit.metadata, "version", absent)
    with pytest.raises(GateUnavailable, match=r"pip-audit is not installed; pip install 'gates\[deps\]'"):
        audit(ONE, context(tmp_path), network=PLAIN)
    for old in ("2.9.0", "2", "x", ""):
        monkeypatch.setattr(pip_audit.metadata, "version", lambda name, found=old: found)
        with pytest.raises(GateUnavailable, match=r"is too old, 2\.10\.0 is needed"):
            pip_audit.version()
    for new in ("2.10", "2.10.0", "2.11.0rc1", "3.0"):
        monkeypatch.setattr(pip_audit.metadata, "version", lambda name, found=new: found)
        assert pip_audit.version() == new


def test_every_flag_with_a_default_is_given() -> None:
    service = ("--vulnerability-service", "pypi")
    assert pip_audit.command(service, "/project", "/report", "/cache", 15.0) == [
        *(sys.executable, "-I", "-X", "utf8", "-W", "ignore", "-m", "pip_audit", "--locked", "--vulnerability-service", "pypi"),
        *("--format", "json", "--aliases", "on", "--desc", "on", "--progress-spinner", "off", "--timeout", "15"),
        *("--cache-dir", "/cache", "--output", "/report", "/project"),
    ]


def test_the_lock_file_holds_names_and_versions_alone() -> None:
    pins = [pin_from("Zope.Interface", "5.0.0-rc1"), pin_from("torch", "2.1.0+cu12")]
    assert pip_audit.pylock(pins).decode() == (
        'lock-version = "1.0"\ncreated-by = "gates"\n'
        '\n[[packages]]\nname = "zope-interface"\nversion = "5.0.0rc1"\n'
        '\n[[packages]]\nname = "torch"\nversion = "2.1.0+cu12"\n'
    )


@pytest.fixture
def no_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[process.Completed | bytes]]:
    """Runs of pip-audit that are played: a report, or how it ended without one."""
    played: list[process.Completed | bytes] = []

    def run(argv: Sequence[str], **_: object) -> process.Completed:
        ending = played.pop(0)
        if isinstance(ending, process.Completed):
            return ending
        Path(argv[argv.index("--output") + 1]).write_bytes(ending)
        return process.Completed(0, b"", b"No known vulnerabilities found\n")

    monkeypatch.setattr(process, "run", run)
    monkeypatch.setattr(pip_audit, "PAUSES", (0.0, 0.0))
    return played  # type: ignore[return-value]


def report(*entries: object) -> bytes:
    return json.dumps({"dependencies": list(entries), "fixes": []}).encode()


KNOWN = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-1", "fix_versions": [], "aliases": [], "description": "x"}]}
CLEAN = {"name": "requests", "version": "2.19.0", "vulns": []}


def hit(**changed: object) -> dict[str, object]:
    return {**CLEAN, "vulns": [{"id": "PYSEC-2", "fix_versions": ["2.20"], "aliases": ["CVE-1"], "description": "N/A", **changed}]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"dependencies": {}}',
        report(),
        report(CLEAN),  # without the canary
        report(KNOWN),  # without the package
        report(KNOWN, {"name": "requests", "skip_reason": "not found"}),
        report(KNOWN, {**CLEAN, "skip_reason": ""}),
        report(KNOWN, CLEAN, CLEAN),
        report(KNOWN, CLEAN, {**CLEAN, "name": "evil"}),
        report(KNOWN, {**CLEAN, "version": "2.19.1"}),
        report(KNOWN, {**CLEAN, "version": "nonsense"}),
        report(KNOWN, {**CLEAN, "version": None}),
        report(KNOWN, {"name": "requests", "version": "2.19.0"}),
        report(KNOWN, {**CLEAN, "vulns": {}}),
        report(KNOWN, {**CLEAN, "vulns": ["PYSEC-2"]}),
        report(KNOWN, hit(id="")),
        report(KNOWN, hit(id=None)),
        report(KNOWN, hit(id="PYSEC 2\n")),
        report(KNOWN, hit(aliases=[1])),
        report(KNOWN, hit(aliases=None)),
        report(KNOWN, hit(fix_versions=["x"])),
        report(KNOWN, hit(fix_versions=[None])),
        report(KNOWN, hit(fix_versions="2.20")),
        report(KNOWN, hit(description=None)),
        report({**KNOWN, "vulns": []}, CLEAN),
    ],
)
def test_a_report_that_is_not_full_is_no_pass(tmp_path: Path, no_source: list[process.Completed | bytes], content: bytes) -> None:
    no_source.append(content)
    with pytest.raises(GateUnavailable) as failure:
        audit(ONE, context(tmp_path), network=PLAIN)
    one_line(failure)


def test_a_full_report_is_believed_whatever_the_exit_status(tmp_path: Path, no_source: list[process.Completed | bytes]) -> None:
    no_source.append(report(KNOWN, hit()))
    (verdict,) = audit(ONE, context(tmp_path), network=PLAIN).verdicts
    (advisory,) = verdict.advisories
    assert advisory[:4] == ("PYSEC-2", ("CVE-1",), "", None)
    assert advisory.fixed == ("2.20",)


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("", "pip-audit gave no report, and ended with status 0"),
        (f"Traceback (most recent call last):\nKeyError: '{SECRET}'\n", "ended with status 0 and KeyError"),
        (f"python: No module named pip_audit {SECRET}", r"cannot be imported; pip install 'gates\[deps\]'"),
        (f"requests.exceptions.HTTPError: 418 Client Error: {SECRET}", "failed with status 418"),
        (f"requests.exceptions.InvalidProxyURL: http://me:{SECRET}@x", "through the proxy"),
    ],
)
def test_a_run_without_a_report_is_no_pass(tmp_path: Path, no_source: list[process.Completed | bytes], log: str, cause: str) -> None:
    no_source.extend([process.Completed(0, SECRET.encode(), log.encode())] * 3)
    with pytest.raises(GateUnavailable, match=cause) as failure:
        audit(ONE, context(tmp_path), network=PLAIN)
    one_line(failure)


@pytest.mark.parametrize(
    ("entry", "cause"),
    [(CLEAN, "left out an advisory about requests 2.19.0"), (hit(aliases=["CVE-2018-18074"]), ""), (hit(), "left out"), (KNOWN, "without")],
)
def test_what_the_source_said_must_be_in_the_report(
    tmp_path: Path, no_source: list[process.Completed | bytes], entry: dict[str, object], cause: str
) -> None:
    no_source.append(report(entry))
    with OsvDouble(RECORDS) as source:
        if not cause:
            assert ids(audit(ONE, context(tmp_path), osv_url=source.url, network=PLAIN, canary=None).verdicts[0]) == ["PYSEC-2"]
            return
        with pytest.raises(GateUnavailable, match=cause) as failure:
            audit(ONE, context(tmp_path), osv_url=source.url, network=PLAIN, canary=None)
    one_line(failure)


def test_an_advisory_that_nobody_gave_is_no_answer(tmp_path: Path, no_source: list[process.Completed | bytes]) -> None:
    no_source.append(report(hit()))
    with pytest.raises(GateUnavailable, match="reported an advisory that nobody gave"):
        audit_against(ONE, context(tmp_path), lambda *_: [], Database("a folder"))


def test_pip_audit_is_stopped_at_the_deadline(tmp_path: Path) -> None:
    with OsvDouble(RECORDS) as source:
        where = context(tmp_path)._replace(tool_timeout=0.05)
        with pytest.raises(GateUnavailable, match=r"pip-audit was stopped after 0\.05 s"):
            audit(ONE, where, osv_url=source.url, network=PLAIN)
        called_off = context(tmp_path)._replace(deadline=Deadline(0))
        with pytest.raises(GateUnavailable, match="time is over"):
            audit(ONE, called_off, osv_url=source.url, network=PLAIN)


# Properties

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["PYSEC-1", "1.0", "requests", "PyPI", "ECOSYSTEM"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("id", "aliases", "affected", "package", "name", "ecosystem", "ranges", "type", "events", "fixed", "introduced"),
                    *("withdrawn", "schema_version", "summary", "dependencies", "version", "vulns", "fix_versions", "skip_reason"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
PIN = pin_from("requests", "2.19.0")


@given(_json)
def test_any_document_is_a_full_report_or_none(document: object) -> None:
    try:
        hits = pip_audit.read_report(json.dumps(document).encode(), [PIN], "the source")
    except pip_audit._Broken as broken:
        assert broken.cause.isprintable()  # noqa: PT017 - it need not be raised
    else:
        assert set(hits) == {PIN}


@given(_json, st.lists(_json, max_size=2), _json)
def test_any_record_is_understood_or_leaves_the_package_undetermined(affected: object, aliases: object, more: object) -> None:
    given_record = {
        "id": "PYSEC-7",
        "affected": affected,
        "aliases": aliases,
        **(more if isinstance(more, dict) else {}),
    }
    try:
        answer = osv_source.answer_of(PIN, [given_record], "the source")
    except GateUnavailable:
        return
    if answer.records:
        assert isinstance(answer.records[0]["id"], str)
        assert list(osv_source.fixes_of(answer.records[0])) is not None
    elif not answer.unreadable:
        assert isinstance(given_record.get("withdrawn"), str)
