"""What git says about a repository, whatever the repository wants it to say."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gates.core import git
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, UsageError
from gates.core.process import ToolTimedOut

from .conftest import Maker

New = Callable[..., Maker]
posix = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")


def whole(found: git.GitObject) -> bytes:
    return found.read(found.size + 1)


def everything(repository: git.Repository, range_: str = "") -> dict[str, str]:
    return dict(git.objects(repository, range_, Deadline(20)))


def is_exact(maker: Maker, oid: str, content: bytes, deadline: Deadline) -> bool:
    (found,) = git.contents(maker.found(), [oid], deadline)
    return found.kind == "blob" and found.size == len(content) and whole(found) == content


# finding the repository


def test_the_work_tree_is_found_from_below(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("a/b/c")
    head = maker.commit()
    found = git.discover(str(maker.top / "a" / "b"), os.environ, explicit=False, deadline=deadline)
    assert found is not None
    assert found[:6] == (str(maker.top), str(maker.top / ".git"), head, "sha1", False, "")


def test_no_work_tree_is_none(tmp_path: Path, deadline: Deadline) -> None:
    assert git.discover(str(tmp_path), os.environ, explicit=True, deadline=deadline) is None


def test_a_missing_directory_is_a_usage_error(tmp_path: Path, deadline: Deadline) -> None:
    with pytest.raises(UsageError, match="is no directory"):
        git.discover(str(tmp_path / "none"), os.environ, explicit=True, deadline=deadline)


def test_an_unborn_branch_has_no_head(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("a")
    maker.git("add", "a")
    repository = maker.found()
    assert repository.head == ""
    assert [entry.path for entry in git.staged(repository, deadline)] == ["a"]
    assert everything(repository) == {}
    assert git.commits(repository, "", deadline) == []
    assert git.commit_count(repository, "", deadline) == 0
    with pytest.raises(GateUnavailable, match="no commit yet"):
        git.head_date(repository, deadline)
    with pytest.raises(UsageError, match="'HEAD' names no commit"):
        git.resolve(repository, "HEAD", deadline)


def test_sha256_repositories_are_read(make: New, deadline: Deadline) -> None:
    maker = make("repository", "--object-format=sha256")
    maker.write("a", "one")
    first = maker.commit()
    maker.write("b", "two")
    second = maker.commit()
    repository = maker.found()
    assert (repository.head, repository.object_format) == (second, "sha256")
    oid = maker.git("rev-parse", "HEAD:b")
    assert git.blob_at(repository, second, "b", deadline) == b"two"
    assert is_exact(maker, oid, b"two", deadline)
    assert oid in everything(repository, f"{first}..{second}")
    assert git.changes(repository, [oid], "", deadline) == [git.Change(second, "b", frozenset(), oid)]
    assert git.paths_at(repository, second, [oid], deadline) == {oid: ["b"]}
    assert git.commit_times(repository, [second], deadline) == {second: 1_700_000_000}
    assert git.staged(repository, deadline) == []


def test_linked_work_trees_are_read(make: New, tmp_path: Path, deadline: Deadline) -> None:
    maker = make()
    maker.write("a")
    maker.commit()
    linked = Maker((tmp_path / "linked").resolve())
    maker.git("worktree", "add", "-q", "-b", "other", str(linked.top))
    linked.write("b")
    linked.git("add", "b")
    repository = linked.found()
    assert repository.top == str(linked.top)
    assert [entry.path for entry in git.staged(repository, deadline)] == ["b"]
    assert [entry.path for entry in git.tracked(repository, deadline)] == ["a", "b"]


def test_a_detached_head_of_another_work_tree_is_history_too(make: New, tmp_path: Path) -> None:
    maker = make()
    maker.write("a")
    maker.commit()
    linked = Maker(tmp_path / "linked")
    maker.git("worktree", "add", "-q", "--detach", str(linked.top))
    linked.write("b", "only there")
    linked.commit()
    assert linked.git("rev-parse", "HEAD:b") in everything(maker.found())


def test_submodules_are_work_trees_of_their_own(make: New, deadline: Deadline) -> None:
    inner, outer = make("inner"), make("outer")
    inner.write("a")
    inner.commit()
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.top), "module")
    repository = Maker(outer.top / "module").found()
    assert repository.top == str(outer.top / "module")
    assert [entry.path for entry in git.tracked(repository, deadline)] == ["a"]


@pytest.mark.parametrize("place", ["bare", "inside"])
def test_a_bare_repository_is_a_usage_error(make: New, deadline: Deadline, place: str) -> None:
    maker = make()
    maker.git("init", "-q", "--bare", "bare")
    start = maker.top / ("bare" if place == "bare" else ".git")
    with pytest.raises(UsageError, match="name a work tree"):
        git.discover(str(start), os.environ, explicit=True, deadline=deadline)


def test_another_work_tree_named_by_the_configuration_is_refused(make: New) -> None:
    victim, decoy = make("victim"), make("decoy")
    victim.git("config", "core.worktree", str(decoy.top))
    with pytest.raises(GateUnavailable, match=r"core\.worktree"):
        victim.found()


def test_the_work_tree_around_it_named_by_the_configuration_is_refused(make: New) -> None:
    outer, inner = make("outer"), make("outer/inner")
    inner.git("config", "core.worktree", str(outer.top))
    with pytest.raises(GateUnavailable, match=r"core\.worktree"):
        inner.found()


@pytest.mark.parametrize(("name", "content"), [("HEAD", "junk"), ("config", "[junk"), ("config", "[core]\nrepositoryformatversion = 99\n")])
def test_a_damaged_repository_is_not_taken_for_none(make: New, name: str, content: str) -> None:
    maker = make()
    (maker.top / ".git" / name).write_text(content)
    with pytest.raises(GateUnavailable):
        maker.found()


def test_a_git_file_that_leads_nowhere_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(GateUnavailable, match="is damaged"):
        Maker(tmp_path).found()


def test_git_in_the_tree_is_not_used(make: New, tmp_path: Path) -> None:
    maker = make()
    maker.write("bin/git", f"#!/bin/sh\ntouch {tmp_path}/canary\n")
    (maker.top / "bin" / "git").chmod(0o755)
    maker.found({**os.environ, "PATH": f"{maker.top}/bin:bin:{os.environ['PATH']}"})
    assert not (tmp_path / "canary").exists()


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() != 0, reason="only root can give files away")
class TestForeignOwner:
    @pytest.fixture
    def foreign(self, make: New) -> Maker:
        maker = make("foreign")
        maker.write("a")
        maker.commit()
        maker.write("new")
        for directory, _, names in os.walk(maker.top):
            for name in (".", *names):
                os.chown(os.path.join(directory, name), 12345, 12345)
        return maker

    def home(self, tmp_path: Path, *values: str) -> dict[str, str]:
        home = tmp_path / "home"
        home.mkdir()
        (home / ".gitconfig").write_text("[safe]\n" + "".join(f"directory = {value}\n" for value in values))
        return {"PATH": os.environ["PATH"], "HOME": str(home)}

    def test_is_refused_with_the_way_out(self, foreign: Maker, tmp_path: Path) -> None:
        with pytest.raises(GateUnavailable, match=r"git config --global --add safe\.directory"):
            foreign.found(self.home(tmp_path, "/elsewhere"))

    @pytest.mark.parametrize("values", [("{top}",), ("*",), ("{parent}/*",), ("*", "", "{top}")])
    def test_is_read_where_the_user_allows_it(self, foreign: Maker, tmp_path: Path, deadline: Deadline, values: tuple[str, ...]) -> None:
        named = [value.format(top=foreign.top, parent=foreign.top.parent) for value in values]
        repository = foreign.found(self.home(tmp_path, *named))
        assert [entry.path for entry in git.tracked(repository, deadline)] == ["a"]
        assert git.untracked(repository, deadline).paths == ["new"]
        assert len(everything(repository)) == 2

    @pytest.mark.parametrize("values", [("*", ""), ("{top}/a",), ("{parent}",)])
    def test_is_refused_where_the_user_does_not_mean_it(self, foreign: Maker, tmp_path: Path, values: tuple[str, ...]) -> None:
        named = [value.format(top=foreign.top, parent=foreign.top.parent) for value in values]
        with pytest.raises(GateUnavailable, match="belongs to another user"):
            foreign.found(self.home(tmp_path, *named))

    def test_cannot_allow_itself(self, foreign: Maker, tmp_path: Path) -> None:
        with (foreign.top / ".git" / "config").open("a") as config:
            config.write("[safe]\ndirectory = *\n")
        with pytest.raises(GateUnavailable, match="belongs to another user"):
            foreign.found(self.home(tmp_path))


# the environment of the caller


def test_git_variables_of_the_caller_do_not_count(make: New, deadline: Deadline) -> None:
    maker, other = make("mine"), make("other")
    maker.write("a")
    maker.commit()
    other.write("secret")
    other.commit()
    hostile = {
        "GIT_DIR": str(other.top / ".git"),
        "GIT_WORK_TREE": str(other.top),
        "GIT_OBJECT_DIRECTORY": str(other.top / ".git" / "objects"),
        "GIT_NAMESPACE": "x",
        "GIT_CEILING_DIRECTORIES": str(maker.top),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": "false",
        "GIT_CONFIG_PARAMETERS": "'core.worktree'='/'",
        "GIT_REPLACE_REF_BASE": "refs/heads/",
        "GIT_EXEC_PATH": str(other.top),
        "GIT_TRACE": "2",
    }
    repository = maker.found({**os.environ, **hostile}, explicit=False)
    assert repository.top == str(maker.top)
    assert [entry.path for entry in git.tracked(repository, deadline)] == ["a"]
    assert git.untracked(repository, deadline) == git.Untracked([], [])


def test_the_index_of_a_hook_counts(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("a")
    maker.commit()
    maker.write("b")
    maker.git("add", "b", GIT_INDEX_FILE=".git/next")
    maker.write("c")
    maker.git("add", "c")
    hook = {**os.environ, "GIT_INDEX_FILE": ".git/next"}
    repository = maker.found(hook, explicit=False)
    assert repository.index_file == str(maker.top / ".git" / "next")
    assert "b" in [entry.path for entry in git.staged(repository, deadline)]
    assert "c" not in [entry.path for entry in git.staged(repository, deadline)]
    named = maker.found(hook, explicit=True)
    assert [entry.path for entry in git.staged(named, deadline)] == ["c"]


def test_an_index_that_is_not_there_is_no_empty_one(make: New) -> None:
    with pytest.raises(UsageError, match="GIT_INDEX_FILE"):
        make().found({**os.environ, "GIT_INDEX_FILE": ".git/none"}, explicit=False)


def test_a_damaged_index_is_an_error(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("a")
    maker.commit()
    repository = maker.found()
    (maker.top / ".git" / "index").write_bytes(b"junk")
    with pytest.raises(GateUnavailable, match=r"git diff-index failed with status 128: fatal: .*index"):
        git.staged(repository, deadline)
    with pytest.raises(GateUnavailable):
        list(git.tracked(repository, deadline))


# nothing of the repository runs or decides

CANARIES = """
[core]
    fsmonitor = {canary}
    hooksPath = {hooks}
    sshCommand = {canary}
    pager = {canary}
    editor = {canary}
    askPass = {canary}
    gitProxy = {canary}
    alternateRefsCommand = {canary}
    untrackedCache = true
    commitGraph = true
[pager]
    ls-files = true
    rev-list = true
[diff]
    external = {canary}
    ignoreSubmodules = all
    noprefix = true
    renames = copies
    orderFile = {hooks}/order
[diff "trap"]
    textconv = {canary}
    command = {canary}
[filter "trap"]
    clean = {canary}
    smudge = {canary}
    process = {canary}
    required = true
[merge "trap"]
    driver = {canary}
[gpg]
    program = {canary}
[log]
    showSignature = true
[credential]
    helper = {canary}
[alias]
    ls-files = !{canary}
    rev-list = !{canary}
[uploadpack]
    packObjectsHook = {canary}
[submodule]
    recurse = true
[protocol]
    allow = always
[protocol "ext"]
    allow = always
[extensions]
    partialClone = origin
[remote "origin"]
    url = ext::{canary}
    promisor = true
    partialclonefilter = blob:none
    uploadpack = {canary}
    vcs = ext
"""


@pytest.fixture
def trapped(make: New, tmp_path: Path) -> tuple[Maker, Path]:
    """A repository in which everything that git could run is a canary, and the place where the canary would sing."""
    maker = make("trapped")
    song = tmp_path / "song"
    canary = tmp_path / "canary"
    canary.write_text(f'#!/bin/sh\necho "$0 $*" >> {song}\nexit 0\n')
    canary.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc", "fsmonitor-watchman"):
        (hooks / name).symlink_to(canary)
        (maker.top / ".git" / "hooks").mkdir(exist_ok=True)
        (maker.top / ".git" / "hooks" / name).symlink_to(canary)
    inner = make("trapped/inner")
    inner.write("x")
    inner.commit()
    maker.write("a.txt", "one\n")
    maker.write("gone.txt", "lazy\n")
    maker.write(".gitattributes", "* diff=trap filter=trap merge=trap\n")
    maker.git("-c", "core.hooksPath=/dev/null", "-c", "advice.addEmbeddedRepo=false", "add", "-A")
    maker.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "one")
    maker.write("a.txt", "two\n")
    maker.git("-c", "core.hooksPath=/dev/null", "add", "a.txt")
    maker.write("untracked.txt")
    maker.loose(maker.git("rev-parse", "HEAD:gone.txt")).unlink()
    for each in (maker, inner):
        with (each.top / ".git" / "config").open("a") as config:
            config.write(CANARIES.format(canary=canary, hooks=hooks))
        (each.top / ".git" / "objects" / "info" / "alternates").write_text(f"{tmp_path}\n")
    return maker, song


@posix
def test_the_canary_can_sing(trapped: tuple[Maker, Path]) -> None:
    maker, song = trapped
    subprocess.run(["git", "status"], cwd=maker.top, capture_output=True)
    assert song.exists()


@posix
def test_no_function_runs_anything_of_the_repository(trapped: tuple[Maker, Path]) -> None:
    maker, song = trapped
    repository = maker.found()
    deadline = Deadline(20)
    tracked = list(git.tracked(repository, deadline))
    assert [entry.path for entry in tracked] == [".gitattributes", "a.txt", "gone.txt", "inner"]
    assert git.untracked(repository, deadline).paths == ["untracked.txt"]
    assert git.is_ignored(repository, ["a.txt", "b"], deadline) == set()
    assert [entry.path for entry in git.staged(repository, deadline)] == ["a.txt"]
    git.head_date(repository, deadline)
    head = git.resolve(repository, "HEAD", deadline)
    assert git.commits(repository, "", deadline) == [head]
    assert git.commit_count(repository, "", deadline) == 1
    with pytest.raises(GateUnavailable, match="missing blob object"):
        everything(repository)
    assert everything(repository, f"{head}..{head}") == {}
    assert git.blob_at(repository, head, "a.txt", deadline) == b"one\n"
    oids = [entry.oid for entry in tracked if entry.mode != git.GITLINK]
    assert [found.kind for found in git.contents(repository, oids, deadline)] == ["blob", "blob", "missing"]
    assert {change.after for change in git.changes(repository, oids, "", deadline)} == {oids[0], oids[2]}
    assert git.paths_at(repository, head, oids, deadline).keys() == {oids[0], oids[2]}
    assert not song.exists(), song.read_text()


def test_replace_refs_and_grafts_change_nothing(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("a", "secret")
    first = maker.commit()
    secret = maker.git("rev-parse", "HEAD:a")
    maker.write("a", "harmless")
    second = maker.commit()
    maker.git("replace", secret, maker.blob(b"nothing"))
    maker.git("replace", "--graft", second)
    (maker.top / ".git" / "info" / "grafts").write_text(f"{second}\n")
    repository = maker.found()
    assert git.commits(repository, f"{second}..main", deadline) == []
    assert first in git.commits(repository, "", deadline)
    assert is_exact(maker, secret, b"secret", deadline)
    assert git.blob_at(repository, first, "a", deadline) == b"secret"


def test_a_commit_graph_that_lies_changes_nothing(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.commit()
    maker.git("commit-graph", "write", "--reachable")
    graph = maker.top / ".git" / "objects" / "info" / "commit-graph"
    graph.chmod(0o644)
    graph.write_bytes(graph.read_bytes()[:-60] + bytes(60))
    maker.commit("two")
    assert git.commit_count(maker.found(), "", deadline) == 2


@pytest.mark.parametrize("key", ["core.excludesFile", "core.ignoreCase"])
def test_the_configuration_hides_no_untracked_file(make: New, tmp_path: Path, deadline: Deadline, key: str) -> None:
    (tmp_path / "hide").write_text("*\n")
    maker = make()
    maker.write(".gitignore", "SECRET.ENV\n")
    maker.write("secret.env")
    maker.git("config", key, {"core.excludesFile": str(tmp_path / "hide")}.get(key, "true"))
    home = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "ignore").write_text("*\n")
    (tmp_path / ".gitconfig").write_text(f"[core]\nexcludesFile = {tmp_path}/hide\n")
    assert git.untracked(maker.found(home), deadline).paths == [".gitignore", "secret.env"]


# the index and the work tree


def test_names_of_any_bytes_come_through(make: New, deadline: Deadline) -> None:
    names = [
        b"new\nline",
        b"tab\t",
        b"esc\x1b[31m",
        b"\xff\xfe",
        b'"quoted"',
        b" space ",
        b":colon",
        b"-dash",
        b"*",
        "ü".encode(),
        b"d\xff/x",
    ]
    maker = make()
    maker.commit()
    for name in names:
        maker.write(name, name)
    expected = sorted(os.fsdecode(name) for name in names)
    repository = maker.found()
    assert sorted(git.untracked(repository, deadline).paths) == expected
    maker.git("add", "-A")
    assert sorted(entry.path for entry in git.staged(repository, deadline)) == expected
    assert sorted(entry.path for entry in git.tracked(repository, deadline)) == expected
    head = maker.commit()
    repository = maker.found()
    for name in names:
        assert git.blob_at(repository, head, os.fsdecode(name), deadline) == name
    oids = {entry.oid: entry.path for entry in git.tracked(repository, deadline)}
    changes = {git.Change(head, path, frozenset(), oid) for oid, path in oids.items()}
    assert set(git.changes(repository, oids, "", deadline)) == changes
    assert git.paths_at(repository, head, oids, deadline) == {oid: [path] for oid, path in oids.items()}
    assert oids.keys() <= everything(repository).keys()


def test_staged_is_what_a_commit_would_bring(make: New, deadline: Deadline) -> None:
    maker = make()
    for name in ("changed", "deleted", "moved", "same"):
        maker.write(name, name)
    maker.commit()
    maker.write("changed", "in the index")
    maker.write("added")
    maker.git("rm", "-q", "deleted")
    maker.git("mv", "moved", "there")
    maker.git("add", "-A")
    maker.write("changed", "in the work tree")
    maker.write("untracked")
    entries = git.staged(maker.found(), deadline)
    assert [entry.path for entry in entries] == ["added", "changed", "there"]
    contents = list(git.contents(maker.found(), [entry.oid for entry in entries], deadline))
    assert [whole(found) for found in contents] == [b"content\n", b"in the index", b"moved"]


def test_links_and_submodules_are_staged_with_their_mode(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.commit()
    head = make("repository/inner").commit()
    (maker.top / "link").symlink_to("target")
    maker.git("add", "-A")
    assert [entry[:2] for entry in git.staged(maker.found(), deadline)] == [
        (git.GITLINK, head),
        (git.SYMLINK, maker.git("rev-parse", ":link")),
    ]


def test_every_side_of_a_conflict_is_staged(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("a", "base")
    base = maker.commit()
    maker.write("a", "ours")
    maker.commit()
    maker.git("checkout", "-q", "-b", "side", base)
    maker.write("a", "theirs")
    maker.commit()
    subprocess.run(["git", "merge", "main"], cwd=maker.top, capture_output=True)
    entries = git.staged(maker.found(), deadline)
    assert [(entry.path, entry.stage) for entry in entries] == [("a", 1), ("a", 2), ("a", 3)]
    found = git.contents(maker.found(), [entry.oid for entry in entries], deadline)
    assert {whole(each) for each in found} == {b"base", b"ours", b"theirs"}


def test_sparse_paths_are_marked(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("in/a")
    maker.write("out/b")
    maker.commit()
    maker.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
    assert [(entry.path, entry.sparse) for entry in git.tracked(maker.found(), deadline)] == [("in/a", False), ("out/b", True)]


def test_ignored_files_are_told_apart(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write(".gitignore", "*.log\nbuild/\n")
    for name in ("a.log", "kept.log", "build/x", "b\n.log", "c"):
        maker.write(name)
    maker.git("add", "-f", "kept.log")
    repository = maker.found()
    asked = ["a.log", "kept.log", "build/x", "b\n.log", "c", "*", ":x.log", ":(top)c"]
    assert git.is_ignored(repository, asked, deadline) == {"a.log", "build/x", "b\n.log", ":x.log"}
    assert git.is_ignored(repository, [], deadline) == set()
    assert git.untracked(repository, deadline).paths == [".gitignore", "c"]


def test_nested_repositories_end_in_a_slash(make: New, deadline: Deadline) -> None:
    maker, inner = make(), make("repository/deep/inner")
    inner.write("hidden")
    inner.commit()
    assert git.untracked(maker.found(), deadline).paths == ["deep/inner/"]


def test_a_linked_ignore_file_is_no_trouble(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("rules", "*\n")
    (maker.top / ".gitignore").symlink_to("rules")
    assert git.untracked(maker.found(), deadline) == git.Untracked([".gitignore", "rules"], [])


def pretend(tmp_path: Path, repository: git.Repository, script: str) -> git.Repository:
    """The repository with a stand-in for git, for faults that git cannot be made to show."""
    program = tmp_path / "stand-in"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return repository._replace(program=str(program))


@posix
def test_a_directory_that_git_cannot_open_is_told(make: New, tmp_path: Path, deadline: Deadline) -> None:
    # as git 2.39 does it, which goes on and exits with 0
    script = r"""printf 'a\0'; echo "warning: could not open directory 'priv/x y/': Permission denied" >&2; echo 'error: huh' >&2"""
    found = git.untracked(pretend(tmp_path, make().found(), script), deadline)
    assert found == git.Untracked(["a"], [("priv/x y/", "cannot be opened: Permission denied"), ("", "git ls-files: error: huh")])


@posix
def test_an_answer_that_stops_in_the_middle_is_an_error(make: New, tmp_path: Path, deadline: Deadline) -> None:
    with pytest.raises(GateUnavailable, match="stopped in the middle"):
        git.untracked(pretend(tmp_path, make().found(), r"printf 'a\0b'"), deadline)


@posix
def test_a_git_that_hangs_is_stopped(make: New, tmp_path: Path) -> None:
    with pytest.raises(ToolTimedOut):
        git.untracked(pretend(tmp_path, make().found(), "sleep 60"), Deadline(0.3))


# commits


def test_the_date_of_head_is_in_utc(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.git(
        "commit", "-q", "--allow-empty", "-m", "x", GIT_COMMITTER_DATE="2026-01-01T01:00:00+0300", GIT_AUTHOR_DATE="2020-01-01T00:00:00Z"
    )
    assert git.head_date(maker.found(), deadline) == date(2025, 12, 31)


@pytest.mark.parametrize("when", ["99999999999999", "9999999999999999999999"])
def test_a_date_out_of_this_world_is_an_error_or_a_date(make: New, deadline: Deadline, when: str) -> None:
    maker = make()
    tree = maker.git("write-tree")
    raw = f"tree {tree}\nauthor a <a> 1 +0000\ncommitter a <a> {when} +0000\n\nx\n"
    maker.git("update-ref", "HEAD", maker.git("hash-object", "-w", "-t", "commit", "--stdin", "--literally", stdin=raw.encode()))
    with pytest.raises(GateUnavailable, match="out of this world"):
        git.head_date(maker.found(), deadline)


def test_words_resolve_to_commits(make: New, deadline: Deadline) -> None:
    maker = make()
    first = maker.commit("one")
    second = maker.commit("two")
    maker.git("tag", "-a", "-m", "x", "v1", first)
    repository = maker.found()
    for word, oid in {"HEAD": second, "main": second, "HEAD~1": first, "v1": first, first: first, first[:12]: first}.items():
        assert git.resolve(repository, word, deadline) == oid
    assert git.resolve_range(repository, "v1..", deadline) == f"{first}..{second}"
    assert git.commits(repository, "HEAD~1..HEAD", deadline) == [second]
    assert git.commits(repository, "", deadline) == [second, first]
    assert git.commit_count(repository, "v1..main", deadline) == 1


@pytest.mark.parametrize(
    "word", ["", "-x", "--all", "--output=/tmp/x", "none", "^HEAD", "HEAD..HEAD", "HEAD:a", "a\nb", "a\0b", "HEAD --all"]
)
def test_other_words_are_usage_errors(make: New, deadline: Deadline, word: str) -> None:
    maker = make()
    maker.write("a")
    maker.commit()
    with pytest.raises(UsageError):
        git.resolve(maker.found(), word, deadline)


@pytest.mark.parametrize("word", ["", "HEAD", "..", "HEAD...HEAD", "none..HEAD", "--all..HEAD"])
def test_other_ranges_are_usage_errors(make: New, deadline: Deadline, word: str) -> None:
    maker = make()
    maker.commit()
    with pytest.raises(UsageError):
        git.resolve_range(maker.found(), word, deadline)


def test_a_tag_does_not_stand_in_for_the_branch_of_its_name(make: New, deadline: Deadline) -> None:
    maker = make()
    first = maker.commit("trusted")
    maker.git("update-ref", "refs/remotes/origin/main", first)
    maker.git("tag", "origin/main", maker.commit("forged"))
    maker.git("config", "core.warnAmbiguousRefs", "false")
    with pytest.raises(UsageError, match="a branch and a tag"):
        git.resolve(maker.found(), "origin/main", deadline)
    assert git.resolve(maker.found(), "refs/remotes/origin/main", deadline) == first


def test_a_shallow_clone_has_no_history_to_judge(make: New, tmp_path: Path, deadline: Deadline) -> None:
    maker = make()
    for number in range(3):
        maker.write("a", str(number))
        maker.commit()
    maker.git("clone", "-q", "--depth=2", f"file://{maker.top}", str(tmp_path / "clone"))
    repository = Maker(tmp_path / "clone").found()
    assert repository.shallow
    assert git.staged(repository, deadline) == []
    for range_ in ("", "HEAD~1..HEAD"):
        with pytest.raises(GateUnavailable, match="shallow"):
            list(git.objects(repository, range_, deadline))
        with pytest.raises(GateUnavailable, match="shallow"):
            git.commits(repository, range_, deadline)
        with pytest.raises(GateUnavailable, match="shallow"):
            git.changes(repository, ["x"], range_, deadline)


def test_files_of_a_commit_are_read(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("security/gates.toml", "x = 1")
    maker.write("star*", "star")
    (maker.top / "link").symlink_to("star*")
    commit = maker.commit()
    repository = maker.found()
    assert git.blob_at(repository, commit, "security/gates.toml", deadline) == b"x = 1"
    assert git.blob_at(repository, commit, "star*", deadline) == b"star"
    for absent in ("security", "security/", "none", "s*", "security/gates", "--help", ":(glob)*"):
        assert git.blob_at(repository, commit, absent, deadline) is None
    with pytest.raises(GateUnavailable, match="symbolic link"):
        git.blob_at(repository, commit, "link", deadline)
    for oid, path in (("1" * 40, "x"), (commit, "../x")):
        with pytest.raises(GateUnavailable, match="git ls-tree failed"):
            git.blob_at(repository, oid, path, deadline)
    with pytest.raises(ValueError, match="no commit id"):
        git.blob_at(repository, "--help", "x", deadline)


# objects


def test_every_reachable_object_is_listed_once(make: New) -> None:
    maker = make()
    maker.write("a", "one")
    maker.write("copy/of/a", "one")
    first = maker.commit()
    blobs = {maker.git("rev-parse", "HEAD:a")}
    maker.git("checkout", "-q", "-b", "side")
    maker.write("b", "side")
    side = maker.commit()
    blobs.add(maker.git("rev-parse", "HEAD:b"))
    maker.git("checkout", "-q", "main")
    maker.write("c", "main")
    main = maker.commit()
    blobs.add(maker.git("rev-parse", "HEAD:c"))
    tagged, annotated, unreachable = (maker.blob(name) for name in (b"tagged", b"annotated", b"unreachable"))
    maker.git("tag", "blob", tagged)
    maker.git("tag", "-a", "-m", "x", "annotated", annotated)
    maker.git("update-ref", "refs/odd/place", maker.git("commit-tree", "-m", "odd", f"{main}^{{tree}}"))
    tree = maker.git("mktree", stdin=b"100644 blob " + maker.blob(b"in a tagged tree").encode() + b"\tx\n")
    maker.git("tag", "tree", tree)
    listed = list(git.objects(maker.found(), "", Deadline(20)))
    expected = {*blobs, tagged, annotated, first, side, main, maker.git("rev-parse", "annotated"), maker.git("rev-parse", "refs/odd/place")}
    assert {oid for oid, _ in listed} == expected | {maker.git("rev-parse", f"{tree}:x")}
    assert len(listed) == len(expected) + 1
    assert unreachable not in dict(listed)


def test_a_range_lists_what_it_brings_in_even_if_it_takes_it_out_again(make: New) -> None:
    maker = make()
    maker.write("a", "old")
    base = maker.commit()
    maker.write("secret", "oops")
    oops = maker.git("hash-object", "secret")
    first = maker.commit()
    (maker.top / "secret").unlink()
    maker.write("b", "new")
    second = maker.commit()
    assert everything(maker.found(), f"{base}..HEAD") == {first: "", second: "", oops: "secret", maker.git("rev-parse", "HEAD:b"): "b"}
    for revision in (oops, maker.git("rev-parse", f"{first}^{{tree}}")):  # excluded, they would hide the secret
        with pytest.raises(GateUnavailable):
            everything(maker.found(), f"{revision}..HEAD")


@posix
def test_git_before_2_32_lists_the_same_and_trees(make: New, tmp_path: Path, deadline: Deadline) -> None:
    maker = make()
    maker.write("d/a", "one")
    maker.commit()
    repository = maker.found()
    script = (
        f"""case "$*" in *--filter-provided-objects*) echo 'usage: git rev-list' >&2; exit 129;; esac; exec {repository.program} "$@" """
    )
    listed = dict(git.objects(pretend(tmp_path, repository, script), "", deadline))
    assert everything(repository).items() <= listed.items()
    kinds = [found.kind for found in git.contents(repository, listed, deadline)]
    assert sorted(kinds) == ["blob", "commit", "tree", "tree"]


@pytest.mark.parametrize("what", ["HEAD:a", "HEAD:d", "HEAD~1", "HEAD~1^{tree}"])
def test_a_hole_in_history_is_an_error(make: New, what: str) -> None:
    maker = make()
    maker.commit("empty")
    maker.write("a")
    maker.write("d/x")
    maker.commit()
    maker.write("b")
    maker.commit()
    maker.loose(maker.git("rev-parse", what)).unlink()
    with pytest.raises(GateUnavailable, match="git rev-list failed"):
        everything(maker.found())


@pytest.mark.parametrize("content", ["junk\n", "1" * 40 + "\n", ""])
def test_a_broken_ref_is_an_error(make: New, content: str) -> None:
    maker = make()
    maker.commit()
    (maker.top / ".git" / "refs" / "heads" / "broken").write_text(content)
    with pytest.raises(GateUnavailable, match="git rev-list failed"):
        everything(maker.found())


def test_changes_tell_where_a_blob_came_and_went(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("a", "first")
    first = maker.commit(when=1_700_000_000)
    blob = maker.git("rev-parse", "HEAD:a")
    maker.write("a", "other")
    second = maker.commit(when=1_700_000_100)
    maker.write("a", "first")
    maker.write("copy", "first")
    third = maker.commit(when=1_700_000_200)
    maker.git("mv", "a", "moved")
    fourth = maker.commit(when=1_700_000_300)
    none, held = frozenset[str](), frozenset([blob])
    later = [git.Change(third, "a", none, blob), git.Change(third, "copy", none, blob)]
    later += [git.Change(fourth, "a", held, ""), git.Change(fourth, "moved", none, blob)]
    repository = maker.found()
    assert git.changes(repository, [blob, "1" * 40], "", deadline) == [
        git.Change(first, "a", none, blob),
        git.Change(second, "a", held, ""),
        *later,
    ]
    assert git.changes(repository, [], "", deadline) == []
    assert git.changes(repository, [blob], f"{second}..HEAD", deadline) == later
    assert git.paths_at(repository, repository.head, [blob], deadline) == {blob: ["copy", "moved"]}


def test_changes_know_what_only_a_merge_brought_or_took(make: New, deadline: Deadline) -> None:
    maker = make()
    maker.write("a", "base")
    maker.write("taken", "secret")
    base = maker.commit()
    maker.write("b", "main")
    main = maker.commit(when=1_700_000_300)
    maker.git("checkout", "-q", "-b", "side", base)
    maker.write("c", "side")
    side = maker.commit(when=1_700_000_200)
    maker.git("checkout", "-q", "main")
    maker.git("merge", "-q", "--no-commit", "--no-ff", "side")
    maker.write("evil", "only in the merge")
    maker.git("rm", "-q", "-f", "taken")
    merge = maker.commit(when=1_700_000_400)
    evil, taken, of_side = (maker.git("rev-parse", name) for name in ("HEAD:evil", f"{base}:taken", "HEAD:c"))
    none = frozenset[str]()
    assert sorted(git.changes(maker.found(), [evil, taken, of_side], "", deadline)) == sorted(
        [
            git.Change(base, "taken", none, taken),
            git.Change(side, "c", none, of_side),
            git.Change(merge, "evil", none, evil),
            git.Change(merge, "taken", frozenset([taken]), ""),
        ]
    )
    # Of a side that the range leaves out, the merge is all there is to tell of.
    assert git.changes(maker.found(), [of_side], f"{side}..HEAD", deadline) == [git.Change(merge, "c", none, of_side)]
    assert git.changes(maker.found(), [of_side], f"{main}..HEAD", deadline) == [git.Change(side, "c", none, of_side)]


def test_a_merge_that_takes_one_side_changes_nothing(make: New, deadline: Deadline) -> None:
    """The side that took the blob out did it, not each merge that brings it together with one that still had it."""
    maker = make()
    maker.write("a", "secret")
    first = maker.commit()
    blob = maker.git("rev-parse", "HEAD:a")
    maker.git("checkout", "-q", "-b", "side")
    maker.write("b")
    maker.commit(when=1_700_000_100)
    maker.git("checkout", "-q", "main")
    maker.git("rm", "-q", "a")
    removed = maker.commit(when=1_700_000_200)
    maker.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    changes = git.changes(maker.found(), [blob], "", deadline)
    assert [(change.commit, change.after) for change in changes] == [(first, blob), (removed, "")]


def test_changes_of_many_commits_with_merges_of_many_parents(make: New, deadline: Deadline) -> None:
    """The walk's lines are longer than a pipe's block and are cut anywhere."""
    maker = make()
    data = [b"blob\nmark :1\ndata 6\nsecret\n"]
    for number in range(2, 3_002):
        parents = b"from :%d\n" % (number - 1) if number > 2 else b""
        parents += b"".join(b"merge :%d\n" % other for other in range(number - 2, max(1, number - 6), -1)) if number % 10 == 0 else b""
        edit = b"M 100644 :1 a\n" if number % 100 == 2 else b"D a\n" if number % 100 == 50 else b""
        data.append(b"commit refs/heads/main\nmark :%d\ncommitter A <a@b> %d +0000\ndata 1\nx\n" % (number, 1_700_000_000 + number))
        data.append(parents + edit + b"\n")
    maker.git("fast-import", "--quiet", stdin=b"".join(data))
    blob = maker.git("rev-parse", "main~2999:a")
    changes = git.changes(maker.found(), [blob], "", deadline)
    assert [bool(change.after) for change in changes] == [True, False] * 30


def test_brought_are_the_blobs_in_new_places(make: New, deadline: Deadline) -> None:
    maker = make()
    for name in ("stays", "moves", "copied", "mode"):
        maker.write(name, name)
    base = maker.commit(when=1_700_000_000)
    maker.git("checkout", "-q", "-b", "side")
    maker.git("mv", "moves", "moved")
    maker.write("copy", "copied")
    maker.write("new", "new")
    maker.git("update-index", "--chmod=+x", "mode")
    maker.git("update-index", "--add", "--cacheinfo", f"160000,{base},inner")
    maker.commit(when=1_700_000_100)
    maker.git("checkout", "-q", "main")
    maker.write("of-main", "of main")
    maker.commit(when=1_700_000_200)
    maker.git("checkout", "-q", "side")
    maker.git("merge", "-q", "--no-commit", "--no-ff", "main")
    maker.write("evil", "evil")
    maker.git("add", "evil")
    maker.git("commit", "-q", "-m", "merge")
    expected = {maker.git("rev-parse", f"HEAD:{name}") for name in ("moved", "copy", "new", "evil")}
    assert git.brought(maker.found(), "main..side", deadline) == expected
    assert git.brought(maker.found(), "side..side", deadline) == set()


def test_at_refs_tells_what_a_ref_itself_has(make: New, deadline: Deadline) -> None:
    maker = make()
    for name in ("gone", "here", "there"):
        maker.write(name, name)
    maker.commit()
    maker.git("branch", "other")
    blobs = {name: maker.git("rev-parse", f"HEAD:{name}") for name in ("gone", "here", "there")}
    maker.git("rm", "-q", "gone", "there")
    maker.commit()
    maker.git("checkout", "-q", "other")
    maker.git("rm", "-q", "gone")
    maker.commit()
    maker.git("checkout", "-q", "main")
    assert git.at_refs(maker.found(), blobs.values(), deadline) == {blobs["here"], blobs["there"]}
    assert git.paths_at(maker.found(), maker.found().head, blobs.values(), deadline) == {blobs["here"]: ["here"]}


def test_the_commit_of_a_submodule_is_no_blob(make: New, deadline: Deadline) -> None:
    maker = make()
    commit = maker.commit("first")
    maker.git("update-index", "--add", "--cacheinfo", f"160000,{commit},inner")
    maker.git("commit", "-q", "-m", "a repository that is its own submodule")
    assert git.changes(maker.found(), [commit], "", deadline) == []
    assert git.paths_at(maker.found(), maker.found().head, [commit], deadline) == {}


def test_times_of_commits(make: New, deadline: Deadline) -> None:
    maker = make()
    commits = {maker.commit(when=when): when for when in (1_700_000_000, 100_000_000, 4_000_000_000)}
    assert git.commit_times(maker.found(), commits, deadline) == commits
    assert git.commit_times(maker.found(), [], deadline) == {}


# contents

SIZES = [0, 1, 4096, git._AT_ONCE - 1, git._AT_ONCE, git._AT_ONCE + 1, 3 * git._AT_ONCE + 5]


@pytest.mark.parametrize("packed", [False, True])
def test_contents_come_in_order_whatever_their_size(make: New, deadline: Deadline, packed: bool) -> None:
    maker = make()
    data = [os.urandom(64) * (size // 64 + 1) for size in SIZES]
    blobs = [part[:size] for part, size in zip(data, SIZES, strict=True)] * 2
    for number, blob in enumerate(blobs):
        maker.write(f"f{number}", blob)
    maker.commit()
    oids = [maker.git("rev-parse", f"HEAD:f{number}") for number in range(len(blobs))]
    if packed:
        maker.git("repack", "-q", "-a", "-d")
    for found, blob, oid in zip(git.contents(maker.found(), iter(oids), deadline), blobs, oids, strict=True):
        assert (found.oid, found.kind, found.size) == (oid, "blob", len(blob))
        parts = list(iter(lambda: found.read(700_001), b""))  # noqa: B023 - used at once
        assert b"".join(parts) == blob
        assert all(len(part) == 700_001 for part in parts[:-1])


def test_what_was_not_read_is_passed_over(make: New, deadline: Deadline) -> None:
    maker = make()
    large = os.urandom(3 * git._AT_ONCE)
    oids = [maker.blob(large), maker.blob(b"small"), maker.blob(large + b"!"), maker.blob(b"last")]
    contents = git.contents(maker.found(), oids, deadline)
    first = next(contents)
    assert first.read(10) == large[:10]
    assert next(contents).oid == oids[1]
    with pytest.raises(ValueError, match="after the next one"):
        first.read(10)
    assert next(contents).oid == oids[2]
    assert whole(next(contents)) == b"last"
    assert list(contents) == []


def test_many_objects_are_asked_for_as_they_are_read(make: New, deadline: Deadline) -> None:
    maker = make()
    oids = [maker.blob(b"a"), maker.blob(b"b")]
    asked = 0

    def source() -> Iterator[str]:
        nonlocal asked
        for number in range(20_000):
            asked += 1
            yield oids[number % 2]

    contents = git.contents(maker.found(), source(), deadline)
    next(contents)
    assert asked < 15_000
    assert sum(1 for found in contents if found.size == 1) == 19_999


def test_a_missing_object_is_told_and_the_others_come(make: New, deadline: Deadline) -> None:
    maker = make()
    oids = [maker.blob(b"one"), "1" * 40, maker.blob(b"two")]
    kinds = []
    for found in git.contents(maker.found(), oids, deadline):
        kinds.append((found.oid, found.kind))
        if found.kind == "missing":
            with pytest.raises(GateUnavailable, match="missing or damaged"):
                found.read(1)
    assert kinds == [(oids[0], "blob"), (oids[1], "missing"), (oids[2], "blob")]


def damage(place: Path, keep: float) -> None:
    place.chmod(stat.S_IRUSR | stat.S_IWUSR)
    data = place.read_bytes()
    place.write_bytes(data[: int(len(data) * keep)] + bytes(len(data) - int(len(data) * keep)))


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("size", [100, 50_000, git._AT_ONCE - 100])
def test_damaged_objects_are_told_and_the_others_come(make: New, deadline: Deadline, size: int, keep: float) -> None:
    maker = make()
    oids = [maker.blob(os.urandom(size)) for _ in range(9)]
    hurt = {*oids[2:4], oids[5], *oids[7:]}
    for oid in hurt:
        damage(maker.loose(oid), keep)
    found = [
        (each.oid, each.kind, len(whole(each)) if each.kind == "blob" else size) for each in git.contents(maker.found(), oids, deadline)
    ]
    assert found == [(oid, "missing" if oid in hurt else "blob", size) for oid in oids]


def test_damage_midway_in_a_large_object_is_told_and_the_others_come(make: New, deadline: Deadline) -> None:
    maker = make()
    oids = [maker.blob(b"before"), maker.blob(os.urandom(5 * git._AT_ONCE)), maker.blob(b"after")]
    damage(maker.loose(oids[1]), 0.7)
    seen = []
    for found in git.contents(maker.found(), oids, deadline):
        if found.size < 100:
            seen.append(whole(found))
        else:
            with pytest.raises(GateUnavailable, match=f"object {oids[1]} is damaged"):
                whole(found)
    assert seen == [b"before", b"after"]
    assert [found.size for found in git.contents(maker.found(), oids, deadline)] == [6, 5 * git._AT_ONCE, 5]


@pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
def test_a_damaged_pack_gives_whole_objects_or_none(make: New, deadline: Deadline, at: float) -> None:
    maker = make()
    blobs = {f"f{number}": os.urandom(3_000) for number in range(40)}
    for name, blob in blobs.items():
        maker.write(name, blob)
    maker.commit()
    oids = {maker.git("rev-parse", f"HEAD:{name}"): blob for name, blob in blobs.items()}
    maker.git("repack", "-q", "-a", "-d")
    (pack,) = (maker.top / ".git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    data = bytearray(pack.read_bytes())
    start = int(len(data) * at)
    data[start : start + 9_000] = bytes(9_000)
    pack.write_bytes(data)
    found = {each.oid: whole(each) if each.kind == "blob" else None for each in git.contents(maker.found(), oids, deadline)}
    assert list(found) == list(oids)
    assert all(found[oid] in (blob, None) for oid, blob in oids.items())
    assert 1 <= sum(content is None for content in found.values()) <= 6


@posix
def test_a_git_that_crashes_over_an_object_loses_only_that_one(make: New, tmp_path: Path, deadline: Deadline) -> None:
    """A crash takes answers along that were still in git's buffer."""
    maker = make()
    oids = [maker.blob(b"%d" % number) for number in range(20)]
    repository = maker.found()
    (tmp_path / "crash.py").write_text(f"""
import os, subprocess, sys
buffered = "--buffer" in sys.argv
answers = b""
for line in sys.stdin:
    if line.strip() == {oids[12]!r}:
        os.kill(os.getpid(), 9)
    answers += subprocess.run([{repository.program!r}, "cat-file", "--batch"], input=line.encode(), capture_output=True).stdout
    if not buffered:
        os.write(1, answers)
        answers = b""
os.write(1, answers)
""")
    crashing = pretend(tmp_path, repository, f'exec {sys.executable} {tmp_path}/crash.py "$@"')
    found = [(each.oid, each.kind) for each in git.contents(crashing, oids, deadline)]
    assert found == [(oid, "missing" if oid == oids[12] else "blob") for oid in oids]


@posix
@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$", "exit 0", "cat > /dev/null; exit 3", "echo; echo junk junk 3"])
def test_a_git_that_never_answers_is_an_error(make: New, tmp_path: Path, deadline: Deadline, script: str) -> None:
    maker = make()
    repository = pretend(tmp_path, maker.found(), script)
    with pytest.raises(GateUnavailable, match="git cat-file"):
        list(git.contents(repository, [f"{number:040x}" for number in range(1000)], deadline))


@posix
def test_an_answer_for_another_object_is_an_error(make: New, tmp_path: Path, deadline: Deadline) -> None:
    maker = make()
    asked, given = maker.blob(b"asked"), maker.blob(b"given")
    repository = pretend(tmp_path, maker.found(), f"echo {given} blob 5; echo given; cat > /dev/null")
    with pytest.raises(GateUnavailable, match="not what it was asked for"):
        list(git.contents(repository, [asked], deadline))


def test_an_iterator_that_is_dropped_leaves_no_process(make: New, deadline: Deadline) -> None:
    maker = make()
    oids = [maker.blob(os.urandom(100_000)) for _ in range(40)]
    contents = git.contents(maker.found(), oids, deadline)
    next(contents)
    contents.close()  # type: ignore[attr-defined] # it is a generator
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_an_object_whose_bytes_do_not_inflate_is_not_skipped(make: New, deadline: Deadline) -> None:
    maker = make()
    oid = maker.blob(b"x" * 1000)
    maker.loose(oid).chmod(0o644)
    maker.loose(oid).write_bytes(zlib.compress(b"blob 1000\0" + b"x" * 500))
    (found,) = git.contents(maker.found(), [oid], deadline)
    assert found.kind == "missing"


# names

BRANCH_PIECES = st.sampled_from(
    [
        "a",
        "main",
        "/",
        "//",
        ".",
        "..",
        ".lock",
        "@",
        "@{",
        "{",
        "-",
        "HEAD",
        "~",
        "^",
        ":",
        "?",
        "*",
        "[",
        "\\",
        " ",
        "\t",
        "\x7f",
        "é",
        "@{-1}",
    ]
)


@given(
    st.one_of(st.lists(BRANCH_PIECES, max_size=6).map("".join), st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8))
)
@example("@")
@example("@/x")
@example("HEAD")
@example("refs/heads/HEAD")
@example("a.lock/b")
@example("a/.b")
@example("a/b.")
@example("a./b")
@example("a/-b")
@settings(max_examples=150)
def test_branch_names_are_those_of_git(name: str) -> None:
    if not name:
        assert not git.valid_branch_name(name)
        return
    asked = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, cwd="/")
    assert git.valid_branch_name(name) == (asked.returncode == 0), name


def test_branch_names_hold_no_nul_and_are_judged_in_linear_time() -> None:
    assert not git.valid_branch_name("a\0b")
    assert git.valid_branch_name("a" * 1_000_000)
    assert not git.valid_branch_name("/." * 1_000_000)


def test_pack_order_names_every_object_once(make: Callable[..., Maker], deadline: Deadline) -> None:
    maker = make()
    for number in range(20):
        maker.write(f"{number}.txt", f"{number}\n" * 50)
        maker.commit(f"{number}", 1_700_000_000 + number)
    maker.git("repack", "-adq")
    maker.write("loose.txt", "loose\n")
    maker.commit("loose", 1_700_001_000)
    repository = maker.found()
    order = git.pack_order(repository, deadline)
    assert len(order) == len(set(order))
    assert {oid for oid, _ in git.objects(repository, "", deadline)} <= set(order)


# the configuration


def test_the_address_of_a_remote_is_that_of_the_repository_and_nobody_is_asked(make: Callable[..., Maker], deadline: Deadline) -> None:
    maker = make()
    assert git.remote_url(maker.found(), "origin", deadline) == ""
    maker.git("config", "url.https://evil.example.invalid/.insteadOf", "https://github.com/")
    maker.git("remote", "add", "origin", "https://github.com/acme/widget.git")
    maker.git("config", "--add", "remote.origin.url", "https://second.example.invalid/x/y")
    assert git.remote_url(maker.found(), "origin", deadline) == "https://github.com/acme/widget.git"
    maker.write("other", '[remote "origin"]\n\turl = https://third.example.invalid/x/y\n')
    maker.git("config", "include.path", str(maker.top / "other"))
    assert git.remote_url(maker.found(), "origin", deadline) == "https://github.com/acme/widget.git"


def test_a_configuration_that_is_broken_is_no_missing_remote(make: Callable[..., Maker], deadline: Deadline) -> None:
    maker = make()
    found = maker.found()
    (maker.top / ".git" / "config").write_text('[remote "origin"\n\turl = x\n')
    with pytest.raises(GateUnavailable, match="git config failed"):
        git.remote_url(found, "origin", deadline)
