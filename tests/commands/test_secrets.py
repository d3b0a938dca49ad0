"""`gates secrets` as a person meets it: every source, every bad input, exit codes and the report."""

from __future__ import annotations

import os
import random
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from tests.commands.conftest import Command
from tests.core.conftest import Maker
from tests.detect.expand import expand

TOKEN = expand("{github:ghp_}", 1).decode()
OTHER = expand("{github:ghp_}", 2).decode()
LEAK = f"token = '{TOKEN}'\n"


def rules(found: dict[str, object]) -> list[str]:
    return [each["rule"] for each in found["findings"]]  # type: ignore[attr-defined]  # parsed JSON


def paths(found: dict[str, object]) -> list[str]:
    return [each["location"]["path"] for each in found["findings"]]  # type: ignore[attr-defined]  # parsed JSON


def test_a_clean_tree_passes_with_its_scope(gates: Command, repository: Maker) -> None:
    repository.write("a.py", "x = 1\n")
    repository.commit()
    repository.write("b.txt", "untracked\n")
    answer = gates("secrets", "--format", "json", at=repository.top)
    assert answer.code == 0
    assert answer.report["verdict"] == "pass"
    assert answer.gate("secrets")["scope"]["files"] == 2
    assert answer.gate("secrets")["scope"]["bytes"] == 16


def test_a_leak_fails_and_is_never_shown(gates: Command, repository: Maker) -> None:
    repository.write("src/settings.py", "import os\n" + LEAK)
    repository.commit()
    answer = gates("secrets", at=repository.top)
    assert answer.code == 1
    assert "src/settings.py:2:10 critical secrets/github-pat" in answer.stdout
    assert "fix:" in answer.stdout
    assert answer.stdout.splitlines()[-1].startswith("FAIL 1 blocking")
    assert not any(TOKEN[at : at + 8] in answer.stdout for at in range(4, len(TOKEN) - 8))


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "github"])
def test_no_format_shows_a_secret(gates: Command, repository: Maker, format_: str) -> None:
    repository.write("a.py", LEAK + f"both = '{TOKEN}' '{OTHER}'\n")
    repository.commit()
    answer = gates("secrets", "--format", format_, at=repository.top)
    assert answer.code == 1
    for token in (TOKEN, OTHER):
        assert not any(token[at : at + 8] in answer.stdout + answer.stderr for at in range(4, len(token) - 8))


def test_untracked_files_are_in_scope_and_ignored_ones_are_not(gates: Command, repository: Maker) -> None:
    repository.write(".gitignore", "local/\n")
    repository.commit()
    repository.write("local/a.txt", LEAK)
    assert gates("secrets", at=repository.top).code == 0
    repository.write("new.txt", LEAK)
    assert gates("secrets", at=repository.top).code == 1


def test_a_path_is_walked_in_full_and_is_relative_to_where_one_stands(gates: Command, repository: Maker) -> None:
    repository.write(".gitignore", "logs/\n")
    repository.write("sub/logs/run.log", LEAK)
    repository.commit()
    answer = gates("secrets", "logs", "--format", "json", at=repository.top / "sub")
    assert answer.code == 1
    assert paths(answer.gate("secrets")) == ["sub/logs/run.log"]


def test_a_tree_outside_the_repository_has_no_say_in_how_it_is_judged(gates: Command, repository: Maker, tmp_path: Path) -> None:
    outside = Maker(tmp_path / "elsewhere")
    outside.write("security/gates.toml", "not toml at all [")
    outside.write("keys/a.txt", LEAK)
    answer = gates("secrets", os.fspath(outside.top), "--format", "json", at=repository.top)
    assert answer.code == 1
    assert paths(answer.gate("secrets")) == ["keys/a.txt"]
    assert answer.report["policy"]["source"] == "default"


def test_the_index_is_judged_and_not_the_work_tree(gates: Command, repository: Maker) -> None:
    repository.commit()
    repository.write("a.txt", LEAK)
    repository.git("add", "a.txt")
    repository.write("a.txt", "cleaned, but not staged\n")
    assert gates("secrets", "--staged", at=repository.top).code == 1
    repository.git("add", "a.txt")
    repository.write("a.txt", LEAK)
    assert gates("secrets", "--staged", at=repository.top).code == 0


def test_the_first_commit_is_judged_too(gates: Command, repository: Maker) -> None:
    repository.write("a.txt", LEAK)
    repository.git("add", "a.txt")
    answer = gates("secrets", "--staged", "--format", "json", at=repository.top)
    assert (answer.code, paths(answer.gate("secrets"))) == (1, ["a.txt"])
    assert answer.report["repository"]["head"] in (None, "")


def test_nothing_staged_passes_and_says_so(gates: Command, repository: Maker) -> None:
    repository.commit()
    answer = gates("secrets", "--staged", "--format", "json", at=repository.top)
    assert answer.code == 0
    assert (answer.gate("secrets")["scope"]["files"], answer.gate("secrets")["reason"]) == (0, "nothing is staged")


def test_a_hook_judges_the_index_that_git_names(gates: Command, repository: Maker) -> None:
    """`git commit FILE` builds another index than .git/index."""
    repository.commit()
    repository.write("a.txt", LEAK)
    repository.git("add", "a.txt", GIT_INDEX_FILE=".git/next-index")
    named = {"GIT_INDEX_FILE": ".git/next-index"}
    assert gates("secrets", "--staged", at=repository.top, environment=named).code == 1
    assert gates("secrets", "--staged", at=repository.top).code == 0
    assert gates("secrets", "--staged", "--repo", ".", at=repository.top, environment=named).code == 0


def test_a_real_pre_commit_hook_blocks_the_commit(repository: Maker) -> None:
    import sys

    repository.commit()
    hook = repository.top / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {sys.executable} -m gates secrets --staged\n")
    hook.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": os.fspath(Path(__file__).parents[2])}
    repository.write("a.txt", LEAK)
    blocked = subprocess.run(["git", "commit", "-qam", "x", "--", "a.txt"], cwd=repository.top, env=environment, capture_output=True)
    repository.git("add", "a.txt")
    blocked = subprocess.run(["git", "commit", "-qm", "x"], cwd=repository.top, env=environment, capture_output=True)
    assert blocked.returncode == 1
    assert b"secrets/github-pat" in blocked.stdout + blocked.stderr
    repository.write("a.txt", "nothing\n")
    allowed = subprocess.run(["git", "commit", "-qam", "x"], cwd=repository.top, env=environment, capture_output=True)
    assert allowed.returncode == 0, allowed.stderr


def test_a_range_sees_what_a_later_commit_took_out(gates: Command, repository: Maker) -> None:
    base = repository.commit()
    repository.write("a.txt", LEAK)
    leaked = repository.commit("leak")
    repository.write("a.txt", "removed\n")
    repository.commit("remove")
    answer = gates("secrets", "--range", f"{base}..HEAD", "--format", "json", at=repository.top)
    assert answer.code == 1
    (found,) = answer.gate("secrets")["findings"]
    assert (found["location"]["path"], found["location"]["commit"]) == ("a.txt", leaked)
    assert answer.gate("secrets")["scope"]["commits"] == 2
    assert gates("secrets", "--range", "HEAD..HEAD", at=repository.top).code == 0


def test_history_finds_each_secret_once_with_the_commit_that_brought_it_in(gates: Command, repository: Maker) -> None:
    repository.write("a.txt", LEAK)
    first = repository.commit("leak", 1_700_000_000)
    repository.write("a.txt", "# moved\n" + LEAK)
    repository.commit("edit", 1_700_000_100)
    repository.write("a.txt", "gone\n")
    repository.commit("remove", 1_700_000_200)
    answer = gates("secrets", "--history", "--format", "json", at=repository.top)
    assert answer.code == 1
    (found,) = answer.gate("secrets")["findings"]
    assert (found["location"]["path"], found["location"]["commit"], found["location"]["line"]) == ("a.txt", first, 1)


def test_history_reads_messages_tags_and_other_branches(gates: Command, repository: Maker) -> None:
    repository.commit(f"message with {TOKEN}")
    repository.git("tag", "-a", "-m", f"tag with {OTHER}", "v1")
    repository.git("checkout", "-q", "-b", "other")
    third = expand("{github:ghp_}", 3).decode()
    repository.write("only-here.txt", third)
    repository.commit("other")
    repository.git("checkout", "-q", "main")
    answer = gates("secrets", "--history", "--format", "json", at=repository.top)
    assert answer.code == 1
    found = paths(answer.gate("secrets"))
    assert len(found) == 3
    assert "only-here.txt" in found


def test_history_of_a_shallow_clone_is_an_error(gates: Command, repository: Maker, tmp_path: Path) -> None:
    repository.commit("one")
    repository.commit("two")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{repository.top}", "clone"], cwd=tmp_path, check=True, capture_output=True
    )
    for selection in (["--history"], ["--range", "HEAD..HEAD"]):
        answer = gates("secrets", *selection, at=tmp_path / "clone")
        assert answer.code == 3
        assert "shallow" in answer.stdout


def test_a_corrupt_object_is_an_error_and_the_rest_is_still_reported(gates: Command, repository: Maker) -> None:
    repository.write("bad.txt", "to be damaged\n")
    repository.write("leak.txt", LEAK)
    repository.commit()
    oid = repository.git("rev-parse", "HEAD:bad.txt")
    loose = repository.loose(oid)
    loose.chmod(0o644)
    loose.write_bytes(b"garbage")
    answer = gates("secrets", "--history", "--format", "json", at=repository.top)
    assert answer.code in (1, 3)
    assert answer.report["complete"] is False
    assert answer.gate("secrets")["status"] == "error"


@pytest.mark.parametrize("size", [1_000, 2 << 20, 5 << 20])
def test_an_object_damaged_in_the_middle_does_not_hide_what_others_hold(gates: Command, repository: Maker, size: int) -> None:
    """Small objects are read at once, larger ones in parts, and the largest in a second pass: each notices the damage elsewhere."""
    repository.write("bad.bin", random.Random(1).randbytes(size))
    repository.write("leak.txt", LEAK)
    repository.commit()
    loose = repository.loose(repository.git("rev-parse", "HEAD:bad.bin"))
    data = bytearray(loose.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 64] = bytes(64)
    loose.chmod(0o644)
    loose.write_bytes(data)
    answer = gates("secrets", "--history", "--format", "json", at=repository.top)
    assert (answer.code, answer.report["complete"]) == (1, False)
    assert paths(answer.gate("secrets")) == ["leak.txt"]
    assert answer.gate("secrets")["status"] == "error"


def test_stdin_of_any_length_is_read(gates: Command, repository: Maker) -> None:
    noise = b"log line without anything\n" * 400_000
    answer = gates("secrets", "--stdin", "--format", "json", at=repository.top, stdin=noise + LEAK.encode() + noise)
    assert answer.code == 1
    (found,) = answer.gate("secrets")["findings"]
    assert (found["location"]["path"], found["location"]["line"]) == ("-", 400_001)
    assert gates("secrets", "--stdin", at=repository.top, stdin=b"").code == 0


def test_stdin_needs_no_repository(gates: Command, tmp_path: Path) -> None:
    assert gates("secrets", "--stdin", at=tmp_path, stdin=LEAK.encode()).code == 1


def test_a_secret_of_several_places_in_a_file_is_one_finding(gates: Command, repository: Maker) -> None:
    repository.write("a.txt", LEAK * 3)
    repository.commit()
    (found,) = gates("secrets", "--format", "json", at=repository.top).gate("secrets")["findings"]
    assert found["data"]["occurrences"] == 3
    assert found["data"]["lines"] == [1, 2, 3]


def test_the_fingerprint_survives_moved_lines_and_tells_secrets_apart(gates: Command, repository: Maker) -> None:
    repository.write("a.txt", LEAK)
    first = gates("secrets", "--format", "json", at=repository.top).gate("secrets")["findings"]
    repository.write("a.txt", "\n\n" + LEAK + OTHER + "\n")
    second = gates("secrets", "--format", "json", at=repository.top).gate("secrets")["findings"]
    assert first[0]["fingerprint"] in {each["fingerprint"] for each in second}
    assert len({each["fingerprint"] for each in second}) == 2


# bad input


def test_a_path_that_does_not_exist_is_a_usage_error(gates: Command, repository: Maker) -> None:
    answer = gates("secrets", "nowhere", at=repository.top)
    assert (answer.code, answer.stdout) == (2, "")
    assert answer.stderr == "gates: nowhere: no such file or directory\n"


def test_outside_a_repository_a_path_is_needed(gates: Command, tmp_path: Path) -> None:
    answer = gates("secrets", at=tmp_path)
    assert answer.code == 2
    assert "--repo" in answer.stderr


def test_an_empty_directory_is_an_error_of_the_gate(gates: Command, repository: Maker) -> None:
    (repository.top / "empty").mkdir()
    assert gates("secrets", "empty", at=repository.top).code == 3


def test_an_empty_repository_is_an_error_of_the_gate(gates: Command, repository: Maker) -> None:
    answer = gates("secrets", at=repository.top)
    assert answer.code == 3
    assert "looked at nothing" in answer.stdout


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_an_error_and_the_rest_is_still_reported(gates: Command, repository: Maker) -> None:
    repository.write("leak.txt", LEAK)
    repository.write("closed.txt", "x")
    (repository.top / "closed.txt").chmod(0)
    answer = gates("secrets", "--format", "json", at=repository.top)
    assert (answer.code, answer.report["complete"]) == (1, False)
    assert [each["path"] for each in answer.gate("secrets")["errors"]] == ["closed.txt"]


def test_pipes_sockets_and_links_are_skipped_by_name(gates: Command, repository: Maker, tmp_path: Path) -> None:
    secret = tmp_path / "outside.txt"
    secret.write_text(LEAK)
    repository.write("tree/a.txt")
    os.mkfifo(repository.top / "tree/pipe")
    (repository.top / "tree/link").symlink_to(secret)
    (repository.top / "tree/folder").symlink_to(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(repository.top / "tree/socket"))
        answer = gates("secrets", "tree", "--format", "json", at=repository.top)
    assert answer.code == 0
    assert [each["path"] for each in answer.gate("secrets")["scope"]["skipped"]] == ["tree/folder", "tree/link", "tree/pipe", "tree/socket"]


@pytest.mark.parametrize("name", ["new\nline.txt", "esc\x1b[2Jape.txt", "-dash.txt", "::error::x", "ünï.txt", "tab\t.txt"])
def test_odd_names_are_found_and_shown_without_acting(gates: Command, repository: Maker, name: str) -> None:
    repository.write(name, LEAK)
    repository.git("add", "-A")
    staged = gates("secrets", "--staged", at=repository.top)
    repository.commit()
    for answer in (staged, gates("secrets", at=repository.top), gates("secrets", "--history", at=repository.top)):
        assert answer.code == 1
        assert "\x1b" not in answer.stdout
        assert answer.stdout.count("secrets/github-pat") == 1


def test_names_that_are_not_utf8_are_found(gates: Command, repository: Maker) -> None:
    repository.write(b"caf\xe9.txt", LEAK)
    repository.commit()
    (found,) = gates("secrets", "--format", "json", at=repository.top).gate("secrets")["findings"]
    assert found["location"]["path"] == "caf\\xe9.txt"
    assert found["location"]["path_bytes"]


def test_a_large_file_is_read_to_its_end(gates: Command, repository: Maker) -> None:
    filler = b"0123456789 nothing here\n" * 600_000
    repository.write("big.log", filler + LEAK.encode())
    answer = gates("secrets", "--format", "json", at=repository.top)
    (found,) = answer.gate("secrets")["findings"]
    assert found["location"]["line"] == 600_001
    assert answer.gate("secrets")["scope"]["bytes"] == len(filler) + len(LEAK)


def test_two_selections_are_a_usage_error(gates: Command, repository: Maker) -> None:
    assert gates("secrets", "--staged", "--history", at=repository.top).code == 2
    assert gates("secrets", "--range", "HEAD", at=repository.top).code == 2
    assert gates("secrets", "--stdin", "a", at=repository.top).code == 2


def test_an_unknown_revision_is_refused(gates: Command, repository: Maker) -> None:
    repository.commit()
    answer = gates("secrets", "--range", "nowhere..HEAD", at=repository.top)
    assert answer.code in (2, 3)
    assert "nowhere" in answer.stdout + answer.stderr


def test_a_hook_environment_of_another_repository_does_not_mislead(gates: Command, repository: Maker, tmp_path: Path) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", os.fspath(other)], check=True)
    repository.write("a.txt", LEAK)
    repository.git("add", "a.txt")
    answer = gates("secrets", "--staged", at=repository.top, environment={"GIT_DIR": os.fspath(other / ".git")})
    assert answer.code == 1


def test_the_cache_folder_is_private(gates: Command, repository: Maker, tmp_path: Path) -> None:
    repository.write("a.txt", "x")
    gates("secrets", at=repository.top, environment={"XDG_CACHE_HOME": os.fspath(tmp_path / "cache")})
    folder = tmp_path / "cache" / "gates"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in folder.iterdir())


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_cache_changes_nothing(gates: Command, repository: Maker, tmp_path: Path, damage: bytes | None) -> None:
    cache = {"XDG_CACHE_HOME": os.fspath(tmp_path / "cache")}
    repository.write("a.txt", LEAK)
    assert gates("secrets", at=repository.top, environment=cache).code == 1
    for kept in (tmp_path / "cache" / "gates").iterdir():
        good = kept.read_bytes()
        kept.write_bytes(good[: len(good) // 2] + b"\0" + good[len(good) // 2 + 1 :] if damage is None else damage)
    assert gates("secrets", at=repository.top, environment=cache).code == 1


def test_an_unwritable_cache_changes_nothing(gates: Command, repository: Maker, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    repository.write("a.txt", LEAK)
    assert gates("secrets", at=repository.top, environment={"XDG_CACHE_HOME": os.fspath(tmp_path / "file")}).code == 1


def test_a_cache_inside_the_scanned_tree_is_not_used(gates: Command, repository: Maker) -> None:
    repository.write("a.txt", "x")
    gates("secrets", at=repository.top, environment={"XDG_CACHE_HOME": os.fspath(repository.top / "cache")})
    assert not (repository.top / "cache").exists()
