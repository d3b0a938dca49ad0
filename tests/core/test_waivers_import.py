from __future__ import annotations

from datetime import date

import pytest

from gates.core import waivers_edit, waivers_export, waivers_ignores, waivers_import
from gates.core.errors import UsageError
from gates.core.policy import ExceptionFiles
from gates.core.purl import parse_purl
from gates.core.source import Source
from gates.core.waivers import Known, Terms, Waivers, load
from gates.core.waivers_found import Found, Run
from gates.core.waivers_ignores import Ignored, Left
from gates.core.waivers_import import Imported, drafts

TODAY = date(2026, 11, 20)
FILE = "security/waivers.yaml"
KNOWN: Known = {"deps": frozenset({"deps/vulnerable-package"})}
REASON = "redirects are disabled in our only client"


def found(ids: str, purl: str, path: str = "uv.lock") -> Found:
    names = tuple(ids.split())
    subject = f"{names[0]} {purl}"
    return Found("deps", "deps/vulnerable-package", subject, f"{hash(subject) & 0xFFFF:032x}", "m", path, 1, names, parse_purl(purl))


RUN = Run(
    (
        found("PYSEC-2023-74 CVE-2023-32681 GHSA-1-2-3", "pkg:pypi/requests@2.19.0"),
        found("CVE-2024-2", "pkg:npm/minimist@1.2.0", "package-lock.json"),
        found("CVE-2024-2", "pkg:npm/%40acme/minimist@0.0.8", "package-lock.json"),
        found("GHSA-4-5-6 1085674", "pkg:npm/lodash@4.17.15", "package-lock.json"),
    ),
    {"deps": "fail"},
    complete=True,
)


def imported(*ignored: Ignored | Left, listed: Waivers = Waivers(), run: Run = RUN) -> Imported:  # noqa: B008 - immutable
    return drafts(ignored, run, listed, "@acme/sec", TODAY)


def listing(*imports: Imported) -> Waivers:
    """The entries as the loader reads them: an import that it would refuse fails here."""
    made = [draft for each in imports for draft in each.drafts]
    data = waivers_edit.add(None, FILE, [draft.fields(f"W-{number:04}") for number, draft in enumerate(made, 1)])
    return load(Source("tree", {FILE: data}.get), ExceptionFiles(), KNOWN, TODAY)


def test_an_entry_with_everything_is_taken_as_it_is() -> None:
    purl = parse_purl("pkg:pypi/requests")
    ignored = Ignored("CVE-2023-32681", "ignore.txt", 3, date(2027, 1, 15), REASON, "@x", "https://t.example", date(2026, 11, 1), (purl,))
    (entry,) = listing(imported(ignored)).entries
    assert (entry.rules, entry.purl, entry.sunset, entry.created) == (("CVE-2023-32681",), purl, date(2027, 1, 15), date(2026, 11, 1))
    assert (entry.reason, entry.owner, entry.ticket) == (REASON, "@x", "https://t.example")


def test_what_has_no_end_gets_two_weeks_and_is_to_be_reviewed() -> None:
    (entry,) = listing(imported(Ignored("CVE-2023-32681", ".trivyignore", 3, reason="no fix yet"))).entries
    assert (entry.created, entry.sunset, entry.owner) == (TODAY, date(2026, 12, 4), "@acme/sec")
    assert entry.reason == "imported from .trivyignore: review (no fix yet)"


def test_the_run_tells_the_packages() -> None:
    result = imported(Ignored("cve-2024-2", "a", 1), Ignored("1085674", "b", 2), Ignored("CVE-1999-1", "c", 3))
    assert [(draft.rule, str(draft.purl)) for draft in result.drafts] == [
        ("cve-2024-2", "pkg:npm/minimist"),
        ("cve-2024-2", "pkg:npm/%40acme/minimist"),
        ("1085674", "pkg:npm/lodash"),
    ]
    assert [(left.path, left.line, left.what) for left in result.left] == [("c", 3, "CVE-1999-1")]
    assert len(listing(result).entries) == 3


def test_two_lists_that_say_the_same_make_one_entry_with_the_nearer_end() -> None:
    result = imported(
        Ignored("CVE-2023-32681", ".trivyignore", 1, date(2027, 1, 15), REASON),
        Ignored("GHSA-1-2-3", "osv-scanner.toml", 7, date(2026, 12, 24), "another reason that is long enough"),
    )
    (draft,) = result.drafts
    assert (draft.rule, draft.sunset, draft.sources) == (
        "CVE-2023-32681",
        date(2026, 12, 24),
        ((".trivyignore", 1), ("osv-scanner.toml", 7)),
    )
    assert draft.reason == f"{REASON}; another reason that is long enough"


def test_an_end_beyond_the_limit_is_brought_forward_and_said() -> None:
    (draft,) = imported(Ignored("CVE-2023-32681", "a", 1, date(2030, 1, 1), REASON)).drafts
    assert (draft.sunset, draft.note) == (date(2027, 2, 18), "it had run until 2030-01-01")
    old = Ignored("CVE-2023-32681", "a", 1, date(2026, 12, 1), REASON, created=date(2020, 1, 1))
    (draft,) = imported(old).drafts
    assert (draft.created, draft.sunset, draft.note) == (TODAY, date(2026, 12, 1), "")
    short = Waivers(terms=Terms(max_days=7))
    (draft,) = imported(Ignored("CVE-2023-32681", "a", 1), listed=short).drafts
    assert draft.sunset == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("ignored", "listed", "why"),
    [
        (Ignored("CVE-2023-32681", "a", 1, date(2026, 11, 19), REASON), Waivers(), "ended on 2026-11-19"),
        (Ignored("CVE-2023-32681", "a", 1), Waivers(terms=Terms(never=("deps/vulnerable-*",))), "under never"),
        (Left("a", 1, "AVD-DS-0002", "is no advisory about a package"), Waivers(), "is no advisory"),
    ],
)
def test_what_is_not_imported_is_said(ignored: Ignored | Left, listed: Waivers, why: str) -> None:
    result = imported(ignored, listed=listed)
    assert not result.drafts
    assert why in result.left[0].why


def test_importing_twice_adds_nothing() -> None:
    lists = (Ignored("CVE-2023-32681", "a", 1), Ignored("CVE-2024-2", "a", 2))
    listed = listing(imported(*lists))
    again = imported(*lists, Ignored("PYSEC-2023-74", "b", 1), listed=listed)
    assert not again.drafts
    assert [left.why.partition(" in ")[0] for left in again.left] == [
        "W-0001 covers it",
        "W-0002 covers it",
        "W-0003 covers it",
        "W-0001 covers it",
    ]


def test_a_package_that_must_be_told_needs_a_run() -> None:
    purl = parse_purl("pkg:pypi/x")
    assert waivers_import.needs_run([Ignored("CVE-2024-1", "a", 1)])
    assert not waivers_import.needs_run([Ignored("CVE-2024-1", "a", 1, purls=(purl,)), Left("a", 2, "x", "y")])


LISTS = {
    ".trivyignore": "CVE-2023-32681 exp:2027-01-16 # redirects are disabled in our only client\nCVE-2024-2 exp:2026-12-02\n",
    ".trivyignore.yaml": (
        "vulnerabilities:\n  - {id: CVE-2023-32681, purls: ['pkg:pypi/requests'], paths: [uv.lock], expired_at: 2027-01-16,"
        f" statement: {REASON}}}\n"
    ),
    "osv-scanner.toml": f'[[IgnoredVulns]]\nid = "GHSA-1-2-3"\nignoreUntil = 2027-01-16T00:00:00Z\nreason = "{REASON}"\n',
    ".nsprc": '{"1085674": {"notes": "only used in a build script", "expiry": "2027-01-16"}}\n',
    "pip-audit-ignore.txt": f"CVE-2023-32681  # sunset: 2027-01-15 owner: @acme/sec reason: {REASON}\n",
}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("to", ["trivy", "osv"])
def test_what_is_imported_and_exported_and_imported_again_means_the_same(path: str, to: str) -> None:
    """The last day in UTC above all, which each tool writes in its own way."""
    first = listing(imported(*waivers_ignores.read(LISTS[path].encode(), path, waivers_ignores.form(path))))
    exported = waivers_export.export(first, TODAY, to)
    if path == ".trivyignore.yaml" and to == "osv":
        assert [left.why for left in exported.left] == ["paths have no counterpart"]
        return
    assert not exported.left
    kind = {"trivy": "trivy-yaml", "osv": "osv"}[to]
    second = listing(imported(*waivers_ignores.read(exported.text.encode(), "exported", kind)))
    meaning = [
        (entry.rules, str(entry.purl), entry.paths, entry.sunset) for entry in sorted(first.entries, key=lambda entry: str(entry.purl))
    ]
    again = [
        (entry.rules, str(entry.purl), entry.paths, entry.sunset) for entry in sorted(second.entries, key=lambda entry: str(entry.purl))
    ]
    assert again == meaning
    assert waivers_export.export(second, TODAY, to).text.count("2027-01-16") == exported.text.count("2027-01-16")


def test_a_draft_that_the_loader_refuses_is_no_draft() -> None:
    with pytest.raises(UsageError, match="'owner' must be"):
        listing(drafts([Ignored("CVE-2023-32681", "a", 1)], RUN, Waivers(), "nobody", TODAY))
