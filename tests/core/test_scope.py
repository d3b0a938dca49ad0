"""Every file is looked at once, or is named with the reason why not."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gates.core import git, scope
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, UsageError
from gates.core.gate import Context, Kind, Selection, Skipped, Unread

from .conftest import Maker

New = Callable[..., Maker]
posix = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")


def context_of(
    root: Path | str,
    *paths: str,
    kind: Kind = "paths",
    repository: git.Repository | None = None,
    excluded: Callable[[str], str] = lambda _: "",
    seconds: float = 20,
) -> Context:
    return Context(
        root=str(root),
        repository=repository,
        selection=Selection(kind, paths),
        excluded=excluded,
        today=date(2026, 1, 1),
        deadline=Deadline(seconds),
        tool_timeout=20,
        environment={},
        offline=True,
        progress=lambda done, total, unit: None,
    )


def tree(maker: Maker, excluded: Callable[[str], str] = lambda _: "") -> list[scope.File | Skipped | Unread]:
    return list(scope.files(context_of(maker.top, kind="tree", repository=maker.found(), excluded=excluded)))


def walk(root: Path, *paths: str, excluded: Callable[[str], str] = lambda _: "") -> list[scope.File | Skipped | Unread]:
    return list(scope.files(context_of(root, *paths, excluded=excluded)))


def read(found: list[scope.File | Skipped | Unread]) -> list[str]:
    return [each.path for each in found if isinstance(each, scope.File)]


def skipped(found: list[scope.File | Skipped | Unread]) -> dict[str, str]:
    assert not [each for each in found if isinstance(each, Unread)]
    return {each.path: each.reason for each in found if isinstance(each, Skipped)}


def unread(found: list[scope.File | Skipped | Unread]) -> dict[str, str]:
    return {each.path: each.message for each in found if isinstance(each, Unread)}


@pytest.fixture
def own_place() -> Iterator[Path]:
    """A directory of an ordinary user, which the test is for a while: root can read everything."""
    with tempfile.TemporaryDirectory() as place:
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(place, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(place).resolve()
        finally:
            if is_root:
                os.seteuid(0)


# the work tree


def test_tracked_and_untracked_files_are_looked_at_but_not_ignored_ones(make: New) -> None:
    maker = make()
    for path in ("a", "d/b", "d/deep/er/c", "ignored.log", "kept.log"):
        maker.write(path)
    maker.write(".gitignore", "*.log\n")
    maker.git("add", "a", "d")
    maker.git("add", "-f", "kept.log")
    found = tree(maker)
    assert read(found) == [".gitignore", "a", "kept.log", "d/b", "d/deep/er/c"]
    assert skipped(found) == {}
    assert all(isinstance(each, scope.File) and each.absolute == str(maker.top / each.path) for each in found)


def test_a_path_in_conflict_is_looked_at_once(make: New) -> None:
    maker = make()
    maker.write("a", "work tree")
    stages = "".join(f"100644 {maker.blob(b'%d' % stage)} {stage}\ta\n" for stage in (1, 2, 3))
    maker.git("update-index", "--index-info", stdin=stages.encode())
    assert read(tree(maker)) == ["a"]


def test_what_is_no_regular_file_is_skipped_by_name(make: New, tmp_path: Path) -> None:
    maker = make()
    for path in ("gone", "was-a-file", "was-a-pipe", "dir-gone/a", "dir-is-a-file/a", "stays"):
        maker.write(path)
    maker.git("add", "-A")
    maker.commit()
    for path in ("gone", "was-a-file", "was-a-pipe", "dir-gone/a", "dir-is-a-file/a"):
        (maker.top / path).unlink()
    (maker.top / "dir-gone").rmdir()
    (maker.top / "dir-is-a-file").rmdir()
    (maker.top / "dir-is-a-file").write_text("x")
    maker.write("was-a-file/inner")
    os.mkfifo(maker.top / "was-a-pipe")
    (maker.top / "link").symlink_to("stays")
    (maker.top / "loop").symlink_to("loop")
    (maker.top / "dangling").symlink_to("/nowhere")
    maker.git("add", "link")
    make("repository/nested").write("x")
    module = make("repository/module")
    module.commit()
    maker.git("-c", "advice.addEmbeddedRepo=false", "add", "module")
    found = tree(maker)
    assert read(found) == ["dir-is-a-file", "stays", "was-a-file/inner"]
    assert skipped(found) == {
        "gone": "not in the work tree",
        "dir-gone/a": "not in the work tree",
        "dir-is-a-file/a": "not in the work tree",
        "was-a-file": "a directory in the work tree",
        "was-a-pipe": "no regular file (a pipe, socket or device)",
        "link": "a symbolic link; its target is judged where it lies",
        "loop": "a symbolic link; its target is judged where it lies",
        "dangling": "a symbolic link; its target is judged where it lies",
        "nested": "a repository of its own; it is judged on its own",
        "module": "a submodule; it is judged on its own",
    }


def test_a_directory_that_became_a_link_is_not_followed(make: New, tmp_path: Path) -> None:
    maker = make()
    maker.write("d/e/a")
    maker.write("d/b")
    maker.commit()
    outside = tmp_path / "outside"
    (maker.top / "d").rename(outside)
    (maker.top / "d").symlink_to(outside)
    found = tree(maker)
    assert read(found) == []
    assert skipped(found) == {
        "d": "a symbolic link; its target is judged where it lies",
        "d/b": "below a symbolic link",
        "d/e/a": "below a symbolic link",
    }


def test_sparse_paths_say_so_and_count_where_they_are_there_all_the_same(make: New) -> None:
    maker = make()
    for path in ("in/a", "out/b", "out/c", "far/d"):
        maker.write(path)
    maker.commit()
    maker.git("sparse-checkout", "set", "in")
    maker.write("out/b", "put back")
    found = tree(maker)
    assert read(found) == ["in/a", "out/b"]
    assert skipped(found) == {"out/c": "left out by the sparse checkout", "far/d": "left out by the sparse checkout"}


def test_exclusions_of_the_policy_are_skipped_with_its_reason(make: New) -> None:
    maker = make()
    maker.write("data/a")
    maker.write("b")
    found = tree(maker, lambda path: "test data" if path.startswith("data/") else "")
    assert read(found) == ["b"]
    assert skipped(found) == {"data/a": "test data"}
    assert skipped(walk(maker.top, "data", excluded=lambda path: "test data")) == {"data/a": "test data"}


@posix
def test_names_of_any_bytes_are_files(make: New) -> None:
    names = [b"new\nline", b"esc\x1b[31m", b"\xff\xfe", b"d\xff/x", b"-rf", b":x"]
    maker = make()
    for name in names:
        maker.write(name)
    assert sorted(read(tree(maker))) == sorted(map(os.fsdecode, names))
    assert sorted(read(walk(maker.top, "."))) == sorted(map(os.fsdecode, names))
    maker.git("add", "-A")
    for each in tree(maker):
        assert isinstance(each, scope.File)
        os.close(scope.open_regular(each.absolute))


def test_a_tree_outside_git_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(GateUnavailable, match="no git work tree"):
        scope.files(context_of(tmp_path, kind="tree"))


def test_other_selections_are_no_matter_of_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'staged'"):
        scope.files(context_of(tmp_path, kind="staged"))


@posix
def test_a_directory_that_cannot_be_listed_is_unread(own_place: Path) -> None:
    maker = Maker(own_place)
    maker.git("init", "-q")
    maker.write("open/a")
    maker.write("shut/b")
    maker.git("add", "-A")
    maker.write("shut-too/c")
    for name in ("shut", "shut-too"):
        (maker.top / name).chmod(0)
    found = tree(maker)
    assert read(found) == ["open/a"]
    assert unread(found).keys() == {"shut/b", "shut/", "shut-too/"}
    walked = walk(maker.top, ".")
    assert read(walked) == ["open/a"]
    assert unread(walked) == {"shut": "cannot be read: Permission denied", "shut-too": "cannot be read: Permission denied"}
    assert unread(walk(maker.top, "shut")).keys() == {"shut"}
    for name in ("shut", "shut-too"):
        (maker.top / name).chmod(0o700)


# paths that were named


def test_a_directory_is_walked_in_full_but_for_git(make: New) -> None:
    maker = make()
    for path in ("a", "d/b", "d/deep/c", "x.log", "d/.gitignore", "z"):
        maker.write(path)
    maker.write(".gitignore", "*.log\nd\n")
    maker.commit()
    found = walk(maker.top, ".")
    assert read(found) == [".gitignore", "a", "x.log", "z", "d/.gitignore", "d/b", "d/deep/c"]
    assert skipped(found) == {".git": "git's own"}
    assert read(walk(maker.top, "d", "a")) == ["d/.gitignore", "d/b", "d/deep/c", "a"]


def test_a_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert walk(tmp_path, "a") == [scope.File("a", str(tmp_path / "a"))]
    assert walk(tmp_path, "./a") == [scope.File("a", str(tmp_path / "a"))]


def test_overlapping_paths_give_each_file_once(tmp_path: Path) -> None:
    Maker(tmp_path).write("d/e/a")
    Maker(tmp_path).write("d/b")
    assert read(walk(tmp_path, "d/e", ".", "d/e/a", "d")) == ["d/e/a", "d/b"]


def test_repositories_inside_are_skipped_unless_named(make: New) -> None:
    maker, inner = make(), make("repository/d/inner")
    inner.write("x")
    maker.write("d/a")
    maker.write("d/linked/.git", "gitdir: /elsewhere\n")
    maker.write("d/linked/y")
    found = walk(maker.top, "d")
    assert read(found) == ["d/a"]
    assert skipped(found) == dict.fromkeys(("d/inner", "d/linked"), "a repository of its own; it is judged on its own")
    assert read(walk(maker.top, "d/inner")) == ["d/inner/x"]
    assert read(walk(maker.top, ".", "d/inner")) == ["d/a", "d/inner/x"]


def test_what_merely_bears_the_name_git_hides_nothing(tmp_path: Path) -> None:
    Maker(tmp_path).write("d/.git/secret")
    Maker(tmp_path).write("d/a")
    Maker(tmp_path).write("e/.git", "not gitdir: /elsewhere\n")
    Maker(tmp_path).write("e/b")
    Maker(tmp_path).write("f/.git/HEAD", "ref: refs/heads/main\n")
    (tmp_path / ".git").mkdir()
    assert read(walk(tmp_path, ".")) == ["d/a", "d/.git/secret", "e/.git", "e/b", "f/.git/HEAD"]


def test_links_are_never_followed(tmp_path: Path) -> None:
    Maker(tmp_path).write("outside/secret")
    Maker(tmp_path).write("root/a")
    root = tmp_path / "root"
    (root / "up").symlink_to("..")
    (root / "out").symlink_to(tmp_path / "outside")
    found = walk(root, ".")
    assert read(found) == ["a"]
    assert skipped(found) == dict.fromkeys(("up", "out"), "a symbolic link; its target is judged where it lies")
    assert unread(walk(root, "out")) == {"out": scope.NO_REGULAR_FILE}
    assert unread(walk(root, "out/secret")) == {"out/secret": scope.NO_REGULAR_FILE}
    assert read(walk(root, "out/secret")) == []


@posix
def test_pipes_sockets_and_devices_are_skipped_and_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_text("x")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        found = walk(tmp_path, ".")
    assert read(found) == ["a"]
    assert skipped(found) == dict.fromkeys(("pipe", "socket"), "no regular file (a pipe, socket or device)")


def test_a_path_without_a_regular_file_is_unread(tmp_path: Path) -> None:
    (tmp_path / "empty" / "deep").mkdir(parents=True)
    (tmp_path / "a").write_text("x")
    found = walk(tmp_path, "empty", "a")
    assert read(found) == ["a"]
    assert unread(found) == {"empty": "holds no regular file"}


def test_a_path_with_nothing_but_excluded_files_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert skipped(walk(tmp_path, "a", excluded=lambda _: "why")) == {"a": "why"}


@pytest.mark.parametrize("path", ["none", "a/none", "../outside", "/etc", "..", "d/../../x"])
def test_a_path_that_is_not_there_is_a_usage_error_before_anything_is_looked_at(tmp_path: Path, path: str) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a").write_text("x")
    (tmp_path / "outside").write_text("x")
    with pytest.raises(UsageError):
        scope.files(context_of(tmp_path / "root", "a", path))


@contextmanager
def dug(place: Path, name: str, depth: int) -> Iterator[None]:
    """Directories in directories with a file "a" at the bottom, taken away again one by one: who else cleans up may do it recursively."""
    here = os.open(place, os.O_RDONLY)
    below = 0

    def step(to: str) -> None:
        nonlocal here
        here, left = os.open(to, os.O_RDONLY, dir_fd=here), here
        os.close(left)

    try:
        for _ in range(depth):
            os.mkdir(name, dir_fd=here)
            step(name)
            below += 1
        os.close(os.open("a", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        yield
    finally:
        with suppress(FileNotFoundError):
            os.unlink("a", dir_fd=here)
        for _ in range(below):
            step("..")
            os.rmdir(name, dir_fd=here)
        os.close(here)


@posix
def test_depth_is_no_limit(tmp_path: Path) -> None:
    with dug(tmp_path, "d", 1050):
        assert read(walk(tmp_path, ".")) == ["d/" * 1050 + "a"]


@posix
def test_a_path_too_long_for_the_system_is_unread(tmp_path: Path) -> None:
    with dug(tmp_path, "d" * 250, 20):
        assert set(unread(walk(tmp_path, ".")).values()) == {"cannot be read: File name too long", scope.NO_REGULAR_FILE}


def test_a_walk_ends_at_the_deadline(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(GateUnavailable, match="time is over"):
        list(scope.files(context_of(tmp_path, ".", seconds=0)))


@given(
    st.recursive(
        st.sampled_from(["file", "link", "pipe"]),
        lambda children: st.dictionaries(st.sampled_from(["a", "b", ".git", "é"]), children, max_size=3),
        max_leaves=12,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@posix
def test_what_is_there_is_what_is_looked_at_and_skipped(tmp_path_factory: pytest.TempPathFactory, shape: object) -> None:
    root = tmp_path_factory.mktemp("root")
    expected: dict[str, bool] = {}

    def build(place: Path, node: object) -> None:
        if isinstance(node, dict):
            place.mkdir(exist_ok=True)
            for name, child in node.items():
                # a file of that name would make its directory a repository
                build(place / name, {} if name == ".git" and child == "file" else child)
            return
        expected[str(place.relative_to(root))] = node == "file"
        if node == "file":
            place.write_text("x")
        elif node == "link":
            place.symlink_to("anywhere")
        else:
            os.mkfifo(place)

    build(root / "top", shape)
    found = walk(root, ".")
    seen = {each.path: isinstance(each, scope.File) for each in found if not isinstance(each, Unread)}
    assert seen == expected
    assert len([each for each in found if not isinstance(each, Unread)]) == len(expected)


# filters


def test_paths_filter_by_whole_names() -> None:
    assert scope.is_selected("a/b", ())
    assert scope.is_selected("a/b", ("a",))
    assert scope.is_selected("a/b", ("x", "./a/"))
    assert scope.is_selected("a/b", (".",))
    assert scope.is_selected("a/b", ("a/b",))
    assert not scope.is_selected("ab", ("a",))
    assert not scope.is_selected("a", ("a/b",))


# reading


def test_a_regular_file_is_opened_for_reading(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\r\ncontent\x1a")
    descriptor = scope.open_regular(str(tmp_path / "a"))
    assert os.read(descriptor, 100) == b"\r\ncontent\x1a"
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)


@posix
def test_nothing_else_is_opened(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("x")
    (tmp_path / "link").symlink_to("target")
    os.mkfifo(tmp_path / "pipe")
    before = len(os.listdir("/dev/fd"))
    for path in (tmp_path / "link", tmp_path / "pipe", tmp_path, Path("/dev/null"), tmp_path / "none"):
        with pytest.raises(OSError, match=r"\[Errno"):
            scope.open_regular(str(path))
    assert len(os.listdir("/dev/fd")) == before


def test_a_link_is_refused_where_the_system_has_no_flag_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "target").write_text("x")
    (tmp_path / "link").symlink_to("target")
    monkeypatch.setattr(scope, "_O_NOFOLLOW", 0)
    with pytest.raises(OSError, match="symbolic link"):
        scope.open_regular(str(tmp_path / "link"))


def test_many_files_are_listed_without_a_look_at_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for directory in range(5):
        for name in range(40):
            Maker(tmp_path).write(f"d{directory}/f{name}")
    looks = 0
    real = os.lstat

    def counting(*arguments: object, **named: object) -> os.stat_result:
        nonlocal looks
        looks += 1
        return real(*arguments, **named)  # type: ignore[arg-type] # passed on as they came

    monkeypatch.setattr(os, "lstat", counting)
    assert len(read(walk(tmp_path, "."))) == 200
    assert looks < 10
