from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core import git, waivers_history
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable
from gates.core.waivers import Terms, Waiver, Waivers
from gates.core.waivers_history import History, Past, Renewals
from tests.core.conftest import Maker

FILE = "security/waivers.yaml"
FIRST = date(2026, 1, 1)


def past(day: int, words: str = "a reason", *, id: str = "W-1", scope: str = "CVE-1") -> Past:
    return Past(id, scope, FIRST + timedelta(day), (words, ""))


def counted(*versions: Sequence[Past]) -> Renewals:
    return waivers_history.count(versions)["W-1"]


def test_an_entry_that_never_changed_was_never_renewed() -> None:
    assert counted([past(10)]) == counted([past(10)], [past(10)]) == Renewals(0, False)


def test_each_later_sunset_is_a_renewal() -> None:
    assert counted([past(10)], [past(20, "b")], [past(20, "b")], [past(30, "c")]) == Renewals(2, False)


def test_a_nearer_sunset_is_none_and_neither_is_the_way_back_to_the_old_one() -> None:
    assert counted([past(20)], [past(10)], [past(20)]).times == 0


def test_a_branch_that_is_behind_makes_no_difference() -> None:
    assert counted([past(10)], [past(20)], [past(10)], [past(20)]).times == 1


def test_neither_a_gap_nor_another_id_starts_the_count_anew() -> None:
    assert counted([past(10)], [], [past(20)]).times == 1
    assert counted([past(10, id="W-7")], [past(20, id="W-8")], [past(30)]).times == 2
    assert counted([past(10, scope="other")], [past(20)]).times == 1
    assert counted([past(10, id="W-7", scope="other")], [past(20)]).times == 0


def test_an_old_reason_is_told_from_a_new_one() -> None:
    assert counted([past(10)], [past(20)]).unchanged
    assert not counted([past(10)], [past(20)], [past(20, "mended")]).unchanged
    assert not counted([past(10)], [past(20, "b")], [past(20, "b")]).unchanged
    assert counted([past(10)], [past(20, "b")], [past(30, "b")]).unchanged


@given(st.lists(st.lists(st.builds(past, st.integers(0, 50), id=st.sampled_from(["W-1", "W-2"])), max_size=2), max_size=8))
def test_time_only_adds_to_the_count(versions: list[list[Past]]) -> None:
    last = [past(60)]
    counts = [waivers_history.count([*versions[:place], last])["W-1"].times for place in range(len(versions) + 1)]
    assert counts == sorted(counts)
    twice = [version for version in versions for _ in range(2)]
    assert waivers_history.count([*twice, last]) == waivers_history.count([*versions, last])


def listed(sunset: str, reason: str = "a reason that is long", extra: str = "") -> str:
    return f"version: 1\nwaivers:\n  - {{id: W-1, gate: deps, rule: CVE-1, reason: {reason}, sunset: {sunset}{extra}}}\n"


def read(repository: Maker, path: str = FILE) -> History:
    found = repository.found()
    return waivers_history.read(found, found.head, {path: (repository.top / path).read_bytes()}, Deadline(20))


@pytest.fixture
def repository(make: Callable[..., Maker]) -> Maker:
    return make()


def test_the_history_of_the_file_is_read(repository: Maker) -> None:
    repository.write(FILE, listed("2026-01-10"))
    repository.commit("one", 1_700_000_000)
    repository.write("other", "x")
    repository.commit("not about the list", 1_700_000_100)
    repository.write(FILE, "waivers: [\n")  # broken, and never in force
    repository.commit("two", 1_700_000_200)
    repository.write(FILE, listed("2026-01-20"))
    repository.commit("three", 1_700_000_300)
    repository.write(FILE, listed("2026-01-30"))  # not committed yet
    history = read(repository)
    assert (history.renewals["W-1"], history.unknown) == (Renewals(2, True), "")
    assert history.ids == {"W-1"}


def test_a_file_that_moved_keeps_its_history(repository: Maker) -> None:
    repository.write("ignored.yaml", listed("2026-01-10"))
    repository.commit("one", 1_700_000_000)
    (repository.top / "security").mkdir()
    repository.git("mv", "ignored.yaml", FILE)
    repository.commit("moved", 1_700_000_100)
    repository.write(FILE, listed("2026-01-20"))
    repository.commit("renewed", 1_700_000_200)
    assert read(repository).renewals["W-1"].times == 1


def test_branches_are_part_of_it_and_what_was_not_merged_is_not(repository: Maker) -> None:
    repository.write(FILE, listed("2026-01-10"))
    repository.commit("one", 1_700_000_000)
    repository.git("checkout", "-q", "-b", "side")
    repository.write(FILE, listed("2026-01-20"))
    repository.commit("renewed on the side", 1_700_000_100)
    repository.git("checkout", "-q", "main")
    repository.write("other", "x")
    repository.commit("main moves on", 1_700_000_200)
    assert read(repository).renewals["W-1"].times == 0
    repository.git("merge", "-q", "--no-edit", "side")
    assert read(repository).renewals["W-1"].times == 1


def test_a_removed_file_and_an_unborn_branch_have_a_short_history(repository: Maker) -> None:
    repository.write(FILE, listed("2026-01-10"))
    assert read(repository).renewals["W-1"].times == 0
    repository.commit("one", 1_700_000_000)
    repository.git("rm", "-q", FILE)
    repository.commit("gone", 1_700_000_100)
    repository.write(FILE, listed("2026-01-20"))
    assert read(repository).renewals["W-1"].times == 1


def test_plain_lists_are_counted_too(repository: Maker) -> None:
    path = "security/pip-audit-ignore.txt"
    for number, day in enumerate(("2026-01-10", "2026-01-20")):
        repository.write(path, f"CVE-1 # sunset: {day} owner: @a reason: as ever it was\n# a comment\n")
        repository.commit(day, 1_700_000_000 + number)
    assert read(repository, path).renewals == {"CVE-1": Renewals(1, True)}


def test_what_is_not_known_is_said(repository: Maker, tmp_path: Path) -> None:
    for day in ("2026-01-10", "2026-01-20"):
        repository.write(FILE, listed(day))
        repository.commit(day)
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repository.top}", str(tmp_path / "shallow")], check=True)
    shallow = Maker(tmp_path / "shallow")
    assert "shallow" in read(shallow).unknown
    assert waivers_history.read(None, "", {}, Deadline(20)).unknown


def test_a_lost_version_makes_it_unknown(repository: Maker) -> None:
    repository.write(FILE, listed("2026-01-10"))
    repository.commit("one", 1_700_000_000)
    oid = repository.git("rev-parse", f"HEAD:{FILE}")
    repository.write(FILE, listed("2026-01-20"))
    repository.commit("two", 1_700_000_100)
    repository.loose(oid).unlink()
    assert "missing" in read(repository).unknown


def waiver(number: int, *, kind: str = "risk", sunset: date = date(2026, 12, 1)) -> Waiver:
    return Waiver(f"W-{number}", "deps", kind, ("CVE-1",), "@a", "reason", None, sunset, FILE, number)


def test_findings_are_about_accepted_risks_that_still_count() -> None:
    waivers = Waivers((waiver(1), waiver(2, kind="test-data"), waiver(3, sunset=date(2026, 11, 1)), waiver(4)), Terms(max_renewals=3))
    many = {f"W-{number}": Renewals(4, True) for number in (1, 2, 3)} | {"W-4": Renewals(3, False)}
    found = list(waivers_history.findings(History(many), waivers, date(2026, 11, 20)))
    assert [(each.rule.id, each.subject) for each in found] == [("waivers/renewed-too-often", "W-1"), ("waivers/renewed-unchanged", "W-1")]
    (unknown,) = waivers_history.findings(History(unknown="shallow"), waivers, date(2026, 11, 20))
    assert unknown.rule.id == "waivers/renewals-unknown"
    assert "2 accepted risks were renewed is not known: shallow" in unknown.message
    assert not list(waivers_history.findings(History(unknown="shallow"), Waivers((waiver(2, kind="test-data"),)), date(2026, 11, 20)))


def test_numbers_go_on_behind_all_there_were() -> None:
    assert waivers_history.next_number([], History()) == 1
    assert waivers_history.next_number([waiver(7)], History(ids=frozenset({"W-0011", "W-x", "CVE-99"}))) == 12


def test_versions_of_a_file_are_told_in_order(repository: Maker) -> None:
    oids = []
    for number in range(3):
        repository.write("a", f"{number}\n")
        repository.commit(str(number), 1_700_000_000 + number)
        oids.append(repository.git("rev-parse", "HEAD:a"))
    found = repository.found()
    assert [oid for _, oid in git.file_versions(found, found.head, "a", Deadline(20))] == oids
    assert git.file_versions(found, found.head, "b", Deadline(20)) == []
    with pytest.raises(ValueError, match="no commit id"):
        git.file_versions(found, "HEAD", "a", Deadline(20))
    with pytest.raises(GateUnavailable, match="shallow"):
        git.file_versions(found._replace(shallow=True), found.head, "a", Deadline(20))
