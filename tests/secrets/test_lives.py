"""A secret's life in real histories: what is one finding, where it is reported, and what later commits leave as it is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Command, gates
from tests.core.conftest import Maker, make
from tests.detect.expand import expand

__all__ = ["gates", "make"]

TOKENS = [expand("{github:ghp_}", number).decode() for number in range(4)]
OLD, NEW, OTHER, _ = TOKENS
DAY = 86_400
START = 1_700_000_000  # 2023-11-14
Finding = dict[str, Any]


def day(number: int) -> int:
    return START + number * DAY


@pytest.fixture
def repository(make: Callable[..., Maker]) -> Maker:
    return make()


def found(gates: Command, repository: Maker, *selection: str) -> list[Finding]:
    answer = gates("secrets", *(selection or ("--history",)), "--format", "json", at=repository.top)
    assert answer.code in (0, 1), answer.stdout
    assert not any(token in answer.stdout for token in TOKENS)
    findings: list[Finding] = answer.gate("secrets")["findings"]
    return findings


def place(finding: Finding) -> tuple[str, int, str | None]:
    return finding["location"]["path"], finding["location"]["line"], finding["location"]["commit"]


def leak(repository: Maker, path: str, token: str = OLD, *, when: int, above: int = 0) -> str:
    repository.write(path, "#\n" * above + f"token = '{token}'\n")
    return repository.commit(f"write {path}", day(when))


def remove(repository: Maker, *paths: str, when: int) -> str:
    repository.git("rm", "-q", *paths)
    return repository.commit(f"remove {paths}", day(when))


# one life


def test_what_was_edited_and_removed_is_one_finding_where_it_came_in(gates: Command, repository: Maker) -> None:
    repository.commit("start", day(0))
    first = leak(repository, "a.py", when=1)
    leak(repository, "a.py", when=2, above=5)
    removed = remove(repository, "a.py", when=3)
    repository.commit("later", day(4))
    (finding,) = found(gates, repository)
    assert place(finding) == ("a.py", 1, first)
    assert finding["message"].endswith(f"; first in {first[:12]} (2023-11-15), removed in {removed[:12]} (2023-11-17)")
    expected = {
        "occurrences": 1, "lines": [1], "first_commit": first, "first_date": "2023-11-15", "last_commit": removed,
        "last_date": "2023-11-17", "at_head": False, "removed": True, "commits": 3, "moved": [], "paths": ["a.py"],
    }  # fmt: skip
    assert {key: finding["data"][key] for key in expected} == expected


def test_what_still_stands_is_shown_where_it_stands_and_is_the_trees_finding(gates: Command, repository: Maker) -> None:
    first = leak(repository, "a.py", when=1)
    last = leak(repository, "a.py", when=2, above=5)
    repository.write("b.py")
    repository.commit("elsewhere", day(3))
    (finding,) = found(gates, repository)
    assert place(finding) == ("a.py", 6, None)
    assert finding["message"].endswith(f"; first in {first[:12]} (2023-11-15), still at HEAD")
    data = finding["data"]
    assert (data["at_head"], data["removed"], data["last_commit"], data["occurrences"]) == (True, False, last, 1)
    (of_tree,) = found(gates, repository, ".")
    assert of_tree["fingerprint"] == finding["fingerprint"]


def test_what_moved_is_one_life_with_all_its_paths(gates: Command, repository: Maker) -> None:
    first = leak(repository, "a.py", when=1)
    repository.write("sub/x")
    repository.git("mv", "a.py", "sub/b.py")
    moved = repository.commit("move", day(2))
    (finding,) = found(gates, repository)
    assert place(finding) == ("sub/b.py", 1, None)
    assert finding["message"].endswith(f"; first in {first[:12]} (2023-11-15, as a.py), still at HEAD")
    assert (finding["data"]["moved"], finding["data"]["paths"]) == ([moved], ["a.py", "sub/b.py"])
    removed = remove(repository, "sub/b.py", when=3)
    (finding,) = found(gates, repository)
    assert place(finding) == ("a.py", 1, first)
    assert (finding["data"]["last_commit"], finding["data"]["moved"]) == (removed, [moved])
    assert ", once at 1 other path too, removed in" in finding["message"]


def test_each_path_where_it_stands_is_a_finding_and_the_others_are_none(gates: Command, repository: Maker) -> None:
    leak(repository, "a.py", when=1)
    leak(repository, "b.py", when=2, above=1)
    leak(repository, "c.py", when=3, above=2)
    remove(repository, "a.py", when=4)
    findings = found(gates, repository)
    assert [place(each) for each in findings] == [("b.py", 2, None), ("c.py", 3, None)]
    assert [each["data"]["paths"] for each in findings] == [["a.py", "b.py", "c.py"]] * 2
    of_tree = found(gates, repository, ".")
    assert {each["fingerprint"] for each in findings} == {each["fingerprint"] for each in of_tree}


def test_what_came_back_stands_again(gates: Command, repository: Maker) -> None:
    first = leak(repository, "a.py", when=1)
    remove(repository, "a.py", when=2)
    back = leak(repository, "a.py", when=3, above=3)
    (finding,) = found(gates, repository)
    assert place(finding) == ("a.py", 4, None)
    assert (finding["data"]["first_commit"], finding["data"]["last_commit"]) == (first, back)
    removed = remove(repository, "a.py", when=4)
    (finding,) = found(gates, repository)
    assert (place(finding), finding["data"]["last_commit"]) == (("a.py", 1, first), removed)


def test_a_rotated_secret_is_another_life(gates: Command, repository: Maker) -> None:
    first = leak(repository, "a.py", when=1)
    rotated = leak(repository, "a.py", NEW, when=2)
    old, new = sorted(found(gates, repository), key=lambda finding: str(finding["data"]["first_date"]))
    assert (place(old), place(new)) == (("a.py", 1, first), ("a.py", 1, None))
    assert (old["data"]["last_commit"], old["data"]["removed"], new["data"]["first_commit"]) == (rotated, True, rotated)
    assert old["fingerprint"] != new["fingerprint"]


def test_occurrences_are_those_of_the_file_and_not_of_all_its_versions(gates: Command, repository: Maker) -> None:
    for number in range(1, 4):
        repository.write("a.py", f"# {number}\n" + f"token = '{OLD}'\n" * number)
        repository.commit(f"{number}", day(number))
    (finding,) = found(gates, repository)
    assert (finding["data"]["occurrences"], finding["data"]["lines"], finding["data"]["commits"]) == (3, [2, 3, 4], 3)


def test_many_paths_are_listed_in_part(gates: Command, repository: Maker) -> None:
    for number in range(30):
        repository.write(f"{number:02}.py", f"'{OLD}'")
    repository.commit("many", day(1))
    remove(repository, *(f"{number:02}.py" for number in range(30)), when=2)
    (finding,) = found(gates, repository)
    assert finding["data"]["paths"] == [f"{number:02}.py" for number in range(20)]
    assert "once at 29 other paths too" in finding["message"]


def test_odd_names_and_names_that_are_not_utf8(gates: Command, repository: Maker) -> None:
    leak(repository, "new\nline\x1b.py", when=1)
    repository.write(b"caf\xe9.py", f"token = '{OLD}'\n")
    repository.commit("copy", day(2))
    remove(repository, "new\nline\x1b.py", when=3)
    (finding,) = found(gates, repository)
    assert finding["location"]["path"] == "caf\\xe9.py"
    for format_ in ("text", "sarif", "github"):
        answer = gates("secrets", "--history", "--format", format_, at=repository.top)
        assert answer.code == 1
        assert "\x1b" not in answer.stdout


# branches, merges, messages


def test_what_another_branch_still_has_is_not_removed(gates: Command, repository: Maker) -> None:
    first = leak(repository, "a.py", when=1)
    repository.git("branch", "other")
    removed = remove(repository, "a.py", when=2)
    (finding,) = found(gates, repository)
    assert place(finding) == ("a.py", 1, first)
    assert finding["message"].endswith(", not at HEAD, but on another branch or tag")
    assert (finding["data"]["removed"], finding["data"]["at_head"], finding["data"]["last_commit"]) == (False, False, removed)
    repository.git("branch", "-q", "-D", "other")
    (after,) = found(gates, repository)
    assert after["data"]["removed"] is True
    assert after["fingerprint"] == finding["fingerprint"]


def test_what_only_another_branch_ever_had_is_found(gates: Command, repository: Maker) -> None:
    repository.commit("start", day(0))
    repository.git("checkout", "-q", "-b", "other")
    first = leak(repository, "a.py", when=1)
    repository.git("checkout", "-q", "main")
    (finding,) = found(gates, repository)
    assert place(finding) == ("a.py", 1, first)
    assert finding["data"]["removed"] is False


def test_the_merge_that_brings_it_is_not_where_it_came_in(gates: Command, repository: Maker) -> None:
    repository.commit("start", day(0))
    repository.git("checkout", "-q", "-b", "side")
    first = leak(repository, "a.py", when=1)
    removed = remove(repository, "a.py", when=2)
    repository.git("checkout", "-q", "main")
    repository.commit("main", day(3))
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    (finding,) = found(gates, repository)
    assert place(finding) == ("a.py", 1, first)
    assert (finding["data"]["last_commit"], finding["data"]["commits"]) == (removed, 2)


def test_a_merge_with_a_branch_that_had_it_is_not_where_it_went(gates: Command, repository: Maker) -> None:
    leak(repository, "a.py", when=1)
    repository.git("checkout", "-q", "-b", "side")
    repository.write("b.py")
    repository.commit("side", day(2))
    repository.git("checkout", "-q", "main")
    removed = remove(repository, "a.py", when=3)
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    repository.git("branch", "-q", "-d", "side")
    (finding,) = found(gates, repository)
    assert (finding["data"]["last_commit"], finding["data"]["removed"]) == (removed, True)


def test_a_merge_that_itself_brings_or_takes_it_is_told(gates: Command, repository: Maker) -> None:
    leak(repository, "old.py", when=1)
    repository.git("checkout", "-q", "-b", "side")
    repository.write("b.py")
    repository.commit("side", day(2))
    repository.git("checkout", "-q", "main")
    repository.commit("main", day(3))
    repository.git("merge", "-q", "--no-commit", "--no-ff", "side")
    repository.git("rm", "-q", "-f", "old.py")
    merge = leak(repository, "new.py", NEW, when=4)
    new, old = found(gates, repository)
    assert (place(new), new["data"]["first_commit"]) == (("new.py", 1, None), merge)
    assert old["data"]["last_commit"] == merge


def test_what_a_merge_left_behind_went_with_no_commit(gates: Command, repository: Maker) -> None:
    repository.commit("start", day(0))
    repository.git("checkout", "-q", "-b", "side")
    first = leak(repository, "a.py", when=1)
    repository.git("checkout", "-q", "main")
    repository.commit("main", day(2))
    repository.git("merge", "-q", "-s", "ours", "-m", "merge", "side")
    repository.git("branch", "-q", "-d", "side")
    (finding,) = found(gates, repository)
    assert place(finding) == ("a.py", 1, first)
    assert finding["message"].endswith(", not at HEAD")
    assert (finding["data"]["removed"], finding["data"]["last_commit"]) == (True, first)


def test_messages_of_commits_and_tags_have_no_path(gates: Command, repository: Maker) -> None:
    said = repository.commit(f"with {OLD}", day(1))
    repository.git("tag", "-a", "-m", f"with {NEW}", "v1", GIT_COMMITTER_DATE=f"{day(2)} +0000")
    tag = repository.git("rev-parse", "v1")
    of_commit, of_tag = found(gates, repository)
    assert place(of_commit)[::2] == (f"commit {said[:12]}", said)
    assert place(of_tag)[::2] == (f"tag {tag[:12]}", tag)
    assert of_commit["message"].endswith(f"; first in {said[:12]} (2023-11-15)")
    assert (of_commit["data"]["removed"], of_commit["data"]["at_head"]) == (False, False)


@pytest.mark.parametrize("message_first", [True, False])
def test_a_message_and_a_file_are_one_life(gates: Command, repository: Maker, message_first: bool) -> None:
    if message_first:
        said = repository.commit(f"with {OLD}", day(1))
        leak(repository, "a.py", when=2)
    else:
        leak(repository, "a.py", when=1)
        said = repository.commit(f"with {OLD}", day(2))
    first = repository.git("rev-list", "--max-parents=0", "HEAD")
    name = f"commit {said[:12]}"
    (finding,) = found(gates, repository)
    assert place(finding)[0] == "a.py"
    assert (finding["data"]["first_commit"], finding["data"]["commits"]) == (first, 2)
    assert finding["data"]["paths"] == ([name, "a.py"] if message_first else ["a.py", name])
    remove(repository, "a.py", when=3)
    (finding,) = found(gates, repository)
    assert place(finding)[0] == (name if message_first else "a.py")
    assert finding["data"]["removed"] is False


def test_a_blob_that_only_a_tag_names_is_found(gates: Command, repository: Maker) -> None:
    repository.commit("start", day(0))
    blob = repository.blob(f"token = '{OLD}'".encode())
    repository.git("tag", "key", blob)
    (finding,) = found(gates, repository)
    assert place(finding) == (f"blob {blob[:12]}", 1, blob)


def test_an_unborn_branch_has_a_history_all_the_same(gates: Command, repository: Maker) -> None:
    first = leak(repository, "a.py", when=1)
    repository.git("checkout", "-q", "--orphan", "empty")
    (finding,) = found(gates, repository)
    assert place(finding) == ("a.py", 1, first)
    assert "on another branch or tag" in finding["message"]


def test_a_submodule_and_a_link_are_no_obstacle(gates: Command, repository: Maker, tmp_path: Path) -> None:
    commit = repository.commit(f"with {OLD}", day(1))
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},inner")
    repository.git("commit", "-q", "-m", "its own submodule", GIT_COMMITTER_DATE=f"{day(2)} +0000")
    repository.git("update-index", "--add", "--cacheinfo", f"120000,{repository.blob(NEW.encode())},link")
    repository.git("commit", "-q", "-m", "a link to a secret", GIT_COMMITTER_DATE=f"{day(3)} +0000")
    said, link = found(gates, repository)
    assert (place(said)[0], place(link)[0]) == (f"commit {commit[:12]}", "link")


def test_sha256_repositories(gates: Command, make: Callable[..., Maker]) -> None:
    repository = make("long", "--object-format=sha256")
    first = leak(repository, "a.py", when=1)
    remove(repository, "a.py", when=2)
    (finding,) = found(gates, repository)
    assert place(finding) == ("a.py", 1, first)


# what later commits leave as it is


def test_no_later_commit_changes_the_finding_of_what_is_gone(gates: Command, repository: Maker) -> None:
    """And the one who waived it need not look again, unless it comes back."""
    leak(repository, "a.py", when=1)
    leak(repository, "z.py", when=2)
    remove(repository, "a.py", "z.py", when=3)
    (before,) = found(gates, repository)
    leak(repository, "a.py", NEW, when=4)  # another secret at the same path
    leak(repository, "0.py", when=5)  # the same one comes back elsewhere
    (standing,) = [each for each in found(gates, repository) if each["data"]["first_commit"] == before["data"]["first_commit"]]
    assert place(standing)[0] == "0.py"
    assert standing["fingerprint"] != before["fingerprint"]
    remove(repository, "0.py", when=6)
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side", day(7))
    (after,) = [each for each in found(gates, repository) if each["data"]["first_commit"] == before["data"]["first_commit"]]
    assert (place(after), after["fingerprint"]) == (place(before), before["fingerprint"])


def waive(repository: Maker, *fingerprints: str) -> None:
    text = "version: 1\nwaivers:\n"
    for number, fingerprint in enumerate(fingerprints):
        text += f"""  - id: W-{number}
    gate: secrets
    kind: risk
    fingerprint: {fingerprint}
    reason: revoked, and nobody can use it
    owner: "@acme/sec"
    created: 2026-11-01
    sunset: 2026-12-01
"""
    repository.write("security/waivers.yaml", text)


def test_a_waiver_for_what_is_gone_does_not_cover_its_return_in_another_file(gates: Command, repository: Maker) -> None:
    leak(repository, "a.py", when=1)
    base = remove(repository, "a.py", when=2)
    (gone,) = found(gates, repository)
    waive(repository, gone["fingerprint"])
    assert gates("secrets", "--history", at=repository.top).code == 0
    leak(repository, "b.py", when=3)
    for selection in (["--history"], ["--range", f"{base}..HEAD"], []):
        assert gates("secrets", *selection, at=repository.top).code == 1
    remove(repository, "b.py", when=4)
    assert gates("secrets", "--history", at=repository.top).code == 0
    assert gates("secrets", "--range", f"{base}..HEAD", at=repository.top).code == 1  # the range knows of no a.py


def test_one_waiver_covers_a_file_in_the_tree_and_in_the_history(gates: Command, repository: Maker) -> None:
    leak(repository, "a.py", when=1)
    leak(repository, "b.py", when=2)
    remove(repository, "a.py", when=3)
    (of_tree,) = found(gates, repository, ".")
    waive(repository, of_tree["fingerprint"])
    assert gates("secrets", at=repository.top).code == 0
    assert gates("secrets", "--history", at=repository.top).code == 0


def test_a_copy_of_what_is_waived_is_not_covered(gates: Command, repository: Maker) -> None:
    base = leak(repository, "a.py", when=1)
    (old,) = found(gates, repository)
    waive(repository, old["fingerprint"])
    leak(repository, "b.py", when=2)
    for selection in (["--history"], ["--range", f"{base}..HEAD"], []):
        answer = gates("secrets", *selection, "--format", "json", at=repository.top)
        assert answer.code == 1
        assert [each["location"]["path"] for each in answer.gate("secrets")["findings"] if each["blocking"]] == ["b.py"]


def test_what_moved_into_a_test_is_judged_by_where_it_was(gates: Command, repository: Maker) -> None:
    leak(repository, "src/a.py", when=1)
    leak(repository, "tests/test_a.py", when=2)
    code, test = found(gates, repository)
    assert (code["severity"], test["severity"]) == ("critical", "high")
    remove(repository, "src/a.py", when=3)
    (finding,) = found(gates, repository)
    assert (place(finding)[0], finding["severity"]) == ("tests/test_a.py", "critical")
    assert "place" not in finding["data"]
    remove(repository, "tests/test_a.py", when=4)
    (finding,) = found(gates, repository)
    assert (place(finding)[0], finding["severity"]) == ("src/a.py", "critical")


def test_what_was_only_ever_in_tests_is_judged_so(gates: Command, repository: Maker) -> None:
    leak(repository, "tests/a.py", when=1)
    leak(repository, "tests/b.py", when=2)
    remove(repository, "tests/a.py", "tests/b.py", when=3)
    (finding,) = found(gates, repository)
    assert (finding["severity"], finding["data"]["place"]) == ("high", "test")


# ranges, filters, exclusions


def test_a_range_reports_what_stands_at_its_end_there_and_what_is_gone_where_it_came_in(gates: Command, repository: Maker) -> None:
    base = leak(repository, "before.py", OTHER, when=1)
    first = leak(repository, "gone.py", when=2)
    leak(repository, "stays.py", NEW, when=3)
    removed = remove(repository, "gone.py", when=4)
    leak(repository, "stays.py", NEW, when=5, above=2)
    gone, stays = found(gates, repository, "--range", f"{base}..HEAD")
    assert (place(gone), place(stays)) == (("gone.py", 1, first), ("stays.py", 3, None))
    assert gone["data"]["last_commit"] == removed
    later, *others = found(gates, repository, "--range", f"{base}..{removed}")
    assert [place(each)[:2] for each in (later, *others)] == [("gone.py", 1), ("stays.py", 1)]
    assert others[0]["message"].endswith(f", still at {removed[:12]}")


def test_a_range_says_nothing_of_the_same_value_at_paths_that_it_leaves_alone(gates: Command, repository: Maker) -> None:
    base = leak(repository, "a.py", when=1)
    leak(repository, "b.py", when=2, above=1)
    (finding,) = found(gates, repository, "--range", f"{base}..HEAD")
    assert place(finding)[0] == "b.py"


def test_a_range_sees_old_files_in_new_places_and_what_comes_back(gates: Command, repository: Maker) -> None:
    """They are no new objects, and a list of new objects would not have them."""
    leak(repository, "samples/a.py", when=1)
    leak(repository, "b.py", NEW, when=2)
    base = remove(repository, "b.py", when=3)
    repository.git("mv", "samples/a.py", "a.py")
    leak(repository, "b.py", NEW, when=4)
    assert [place(each)[0] for each in found(gates, repository, "--range", f"{base}..HEAD")] == ["a.py", "b.py"]
    later = repository.git("rev-parse", "HEAD")
    repository.git("update-index", "--chmod=+x", "a.py")
    repository.git("commit", "-q", "-m", "only the mode")
    assert found(gates, repository, "--range", f"{later}..HEAD") == []


def test_a_range_is_not_blamed_for_what_it_merges_from_the_target(gates: Command, repository: Maker) -> None:
    repository.commit("start", day(0))
    repository.git("checkout", "-q", "-b", "side")
    repository.write("side.py")
    repository.commit("side", day(1))
    repository.git("checkout", "-q", "main")
    leak(repository, "a.py", when=2)
    repository.git("checkout", "-q", "side")
    repository.git("merge", "-q", "--no-ff", "-m", "catch up", "main")
    assert found(gates, repository, "--range", "main..side") == []


def test_a_key_that_moved_is_one_finding(gates: Command, repository: Maker) -> None:
    """The rules for files that should not be there know that the life tells of all its paths."""
    repository.write("id_rsa", expand("{pem:rsa}\n"))
    repository.commit("key", day(1))
    repository.write("keys/x")
    repository.git("mv", "id_rsa", "keys/id_rsa")
    repository.commit("move", day(2))
    remove(repository, "keys/id_rsa", when=3)
    (finding,) = found(gates, repository)
    assert finding["data"]["paths"] == ["id_rsa", "keys/id_rsa"]


def test_a_path_filters_the_life_too(gates: Command, repository: Maker) -> None:
    first = leak(repository, "old/a.py", when=1)
    leak(repository, "new/a.py", when=2)
    remove(repository, "old/a.py", when=3)
    repository.write("old/x")
    repository.commit("keep the folder", day(4))
    (finding,) = found(gates, repository, "--history", "old")
    assert (place(finding), finding["data"]["paths"]) == (("old/a.py", 1, first), ["old/a.py"])


def test_excluded_paths_are_no_part_of_a_life_and_are_listed(gates: Command, repository: Maker) -> None:
    first = leak(repository, "src/a.py", when=1)
    leak(repository, "samples/a.py", when=2)
    remove(repository, "src/a.py", when=3)
    repository.write(
        "security/gates.toml",
        """[[exclude]]
paths = ["samples/**"]
gates = ["secrets"]
owner = "@acme/sec"
reason = "samples that open nothing at all"
sunset = 2026-12-31
""",
    )
    answer = gates("secrets", "--history", "--format", "json", at=repository.top)
    (finding,) = answer.gate("secrets")["findings"]
    assert (answer.code, place(finding), finding["data"]["paths"]) == (1, ("src/a.py", 1, first), ["src/a.py"])
    assert [each["path"] for each in answer.gate("secrets")["scope"]["skipped"]] == ["samples/a.py"]


def test_the_same_history_gives_the_same_bytes(gates: Command, repository: Maker, tmp_path: Path) -> None:
    for number in range(6):
        leak(repository, f"{number % 3}.py", TOKENS[number % 4], when=number)
    repository.git("checkout", "-q", "-b", "side", "HEAD~3")
    leak(repository, "side.py", when=2)
    repository.git("checkout", "-q", "main")
    repository.git("repack", "-q", "-a", "-d")
    subprocess.run(["git", "clone", "-q", "--mirror", repository.top, tmp_path / "twin" / ".git"], check=True, capture_output=True)
    twin = Maker(tmp_path / "twin")
    twin.git("config", "core.bare", "false")
    twin.git("reset", "-q", "--hard")
    twin.git("repack", "-q", "-a", "-d", "--depth=1")
    outputs = {
        gates("secrets", "--history", "--format", "json", "--no-timing", at=each.top).stdout for each in (repository, repository, twin)
    }
    assert len(outputs) == 1


def test_a_date_out_of_this_world_is_left_out(gates: Command, repository: Maker) -> None:
    leak(repository, "a.py", when=1)
    raw = repository.git("cat-file", "commit", "HEAD")
    odd = repository.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw.replace(str(day(1)), "9" * 17).encode())
    repository.git("update-ref", "refs/heads/main", odd)
    (finding,) = found(gates, repository)
    assert finding["data"]["first_date"] == ""
    assert finding["message"].endswith(f"; first in {odd[:12]}, still at HEAD")
