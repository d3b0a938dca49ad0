"""Which files a gate looks at: regular files in reach, everything else by name and with its reason."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from gates.core import git
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, UsageError
from gates.core.gate import Context, Skipped, Unread

NO_REGULAR_FILE: Final = "holds no regular file"

SUBMODULE: Final = "a submodule; it is judged on its own"
NESTED: Final = "a repository of its own; it is judged on its own"
_LINK: Final = "a symbolic link; its target is judged where it lies"
_BELOW_LINK: Final = "below a symbolic link"
_SPARSE: Final = "left out by the sparse checkout"
GONE: Final = "not in the work tree"
DIRECTORY: Final = "a directory in the work tree"
SPECIAL: Final = "no regular file (a pipe, socket or device)"
_GIT: Final = "git's own"
_OVER: Final = "the gate's time is over before all files were found"


class File(NamedTuple):
    path: str  # relative to the context's root, POSIX
    absolute: str


def files(context: Context) -> Iterator[File | Skipped | Unread]:
    """The files of the selections `tree` and `paths`, each once and in an order that does not change from run to run.

    A file may be gone, or be something else, by the time it is read: `open_regular` is the way to read it.
    Raises UsageError for a path that does not exist. A path of the selection in which there is no regular file comes as Unread.
    """
    kind = context.selection.kind
    if kind == "tree":
        if context.repository is None:
            raise GateUnavailable(f"{context.root} is no git work tree; name the paths to look at")
        return _tree(context, context.repository)
    if kind == "paths":
        require(context.root, context.selection.paths)
        return _paths(context)
    raise ValueError(f"the selection {kind!r} is no matter of files")


def require(root: str, paths: Sequence[str]) -> None:
    """Raises UsageError unless all paths exist below the root."""
    for path in paths:
        if os.path.isabs(path) or _normal(path).split("/", 1)[0] == "..":
            raise UsageError(f"{path!r} lies outside {root}; it needs a run of its own")
        if not os.path.lexists(os.path.join(root, path)):
            raise UsageError(f"{path!r} does not exist")


def is_selected(path: str, paths: Sequence[str]) -> bool:
    """Whether the paths of a selection, where they filter, let a path through; without any, all pass."""
    return not paths or any(wanted == "." or path == wanted or path.startswith(f"{wanted}/") for wanted in map(_normal, paths))


def open_regular(path: str) -> int:
    """A descriptor for reading. Never follows a link in the last place, never waits, and raises OSError for all but a regular file."""
    return open_sized(path)[0]


def open_sized(path: str) -> tuple[int, int]:
    """The same, and how many bytes the file says it has."""
    if not _O_NOFOLLOW and os.path.islink(path):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status.st_size


_O_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_FLAGS: Final = os.O_RDONLY | _O_NOFOLLOW | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))


def _normal(path: str) -> str:
    return os.path.normpath(path).replace(os.sep, "/")


def _reason(error: OSError) -> str:
    return f"cannot be read: {error.strerror or error}"


# the work tree


def _tree(context: Context, repository: git.Repository) -> Iterator[File | Skipped | Unread]:
    untracked = git.untracked(repository, context.deadline)
    for path, message in untracked.unread:
        yield Unread(path, 0, message)
    # What becomes of a path that is not there; grouped by directory, so that each is listed once.
    wanted: dict[str, dict[str, str]] = {}
    for entry in git.tracked(repository, context.deadline):
        if entry.mode == git.GITLINK:
            yield Skipped(entry.path, SUBMODULE)
            continue
        directory, _, name = entry.path.rpartition("/")
        wanted.setdefault(directory, {})[name] = _SPARSE if entry.sparse else GONE
    for path in untracked.paths:
        if path.endswith("/"):
            yield Skipped(path.rstrip("/"), NESTED)
            continue
        directory, _, name = path.rpartition("/")
        wanted.setdefault(directory, {}).setdefault(name, GONE)

    obstacles: dict[str, Skipped | Unread | None] = {"": None}
    for directory in sorted(wanted):
        if context.deadline.passed():
            raise GateUnavailable(_OVER)
        names = wanted[directory]
        prefix = f"{directory}/" if directory else ""
        absolute = os.path.join(repository.top, directory)
        obstacle = _obstacle(repository.top, directory, obstacles)
        kinds: dict[str, str] = {}
        if obstacle is None:
            try:
                kinds = _kinds(absolute, names)
            except OSError as error:
                obstacle = Unread(directory, 0, _reason(error))
        for name in sorted(names):
            path = prefix + name
            if reason := context.excluded(path):
                yield Skipped(path, reason)
            elif obstacle is not None:
                yield obstacle._replace(path=path)
            elif reason := kinds.get(name, names[name]):
                yield Skipped(path, reason)
            else:
                yield File(path, os.path.join(absolute, name))


def _kinds(directory: str, names: Iterable[str]) -> dict[str, str]:
    """Those of the names that are there: "" for a regular file, else why it is none. One listing, not a look at each file."""
    kinds: dict[str, str] = {}
    try:
        with os.scandir(directory) as listing:
            kinds = {entry.name: _kind(entry) for entry in listing if entry.name in names}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    for name in names:
        if name not in kinds:  # gone; or a file system that knows it by a name spelt otherwise (macOS)
            with suppress(FileNotFoundError):
                kinds[name] = _kind_of_mode(os.lstat(os.path.join(directory, name)).st_mode)
    return kinds


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_file(follow_symlinks=False):
        return ""
    if entry.is_symlink():
        return _LINK
    return DIRECTORY if entry.is_dir(follow_symlinks=False) else SPECIAL


def _kind_of_mode(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISLNK(mode):
        return _LINK
    return DIRECTORY if stat.S_ISDIR(mode) else SPECIAL


def _obstacle(top: str, directory: str, known: dict[str, Skipped | Unread | None]) -> Skipped | Unread | None:
    """What keeps the files of a directory out of reach; each directory on the way to it is looked at once."""
    places = [directory]
    while places[-1] not in known:
        places.append(places[-1].rpartition("/")[0])
    for place in reversed(places[:-1]):
        known[place] = known[place.rpartition("/")[0]] or _own_obstacle(top, place)
    return known[directory]


def _own_obstacle(top: str, directory: str) -> Skipped | Unread | None:
    try:
        mode = os.lstat(os.path.join(top, directory)).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None  # its listing will tell
    except OSError as error:
        return Unread(directory, 0, _reason(error))
    return Skipped(directory, _BELOW_LINK) if stat.S_ISLNK(mode) else None


# paths that were named


def _paths(context: Context) -> Iterator[File | Skipped | Unread]:
    given = context.selection.paths
    seen: set[str] = set()
    for path in given:
        empty = True
        for found in _walk(context.root, _normal(path), context.deadline):
            empty = empty and not isinstance(found, File)
            if len(given) > 1:  # they may overlap
                if found.path in seen:
                    continue
                seen.add(found.path)
            if isinstance(found, File) and (reason := context.excluded(found.path)):
                yield Skipped(found.path, reason)
            else:
                yield found
        if empty:
            yield Unread(path, 0, NO_REGULAR_FILE)


def _walk(root: str, path: str, deadline: Deadline) -> Iterator[File | Skipped | Unread]:
    start = os.path.join(root, path) if path != "." else root
    try:
        if link := _link_on_the_way(root, path):
            yield Skipped(path, _LINK if link == path else _BELOW_LINK)
            return
        kind = _kind_of_mode(os.lstat(start).st_mode)
    except OSError as error:
        yield Unread(path, 0, _reason(error))
        return
    if kind != DIRECTORY:
        yield File(path, start) if not kind else Skipped(path, kind)
        return
    waiting = [path if path != "." else ""]
    while waiting:
        directory = waiting.pop()
        if deadline.passed():
            raise GateUnavailable(_OVER)
        prefix = f"{directory}/" if directory else ""
        below: list[str] = []
        try:
            with os.scandir(os.path.join(root, directory)) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
            if any(entry.name == ".git" and _is_repository(entry) for entry in entries):
                if prefix + ".git" != _normal(f"{path}/.git"):
                    yield Skipped(directory, NESTED)
                    continue
                entries = [entry for entry in entries if entry.name != ".git"]
                yield Skipped(f"{prefix}.git", _GIT)
            for entry in entries:
                kind = _kind(entry)
                if not kind:
                    yield File(prefix + entry.name, entry.path)
                elif kind == DIRECTORY:
                    below.append(prefix + entry.name)
                else:
                    yield Skipped(prefix + entry.name, kind)
        except OSError as error:
            yield Unread(directory or ".", 0, _reason(error))
        waiting += reversed(below)


def _link_on_the_way(root: str, path: str) -> str:
    """The first symbolic link among a path and the directories above it, "" where there is none."""
    words = path.split("/")
    for count in range(1, len(words) + 1):
        place = "/".join(words[:count])
        if os.path.islink(os.path.join(root, place)):
            return place
    return ""


def _is_repository(entry: os.DirEntry[str]) -> bool:
    """Whether a `.git` is what the name says: what merely bears the name is walked like anything else."""
    if not entry.is_file():
        return os.path.isfile(os.path.join(entry.path, "HEAD")) and any(
            os.path.exists(os.path.join(entry.path, name)) for name in ("objects", "commondir")
        )
    try:
        descriptor = open_regular(entry.path)
    except OSError:
        return False  # it is listed for what it is, and what lies beside it is looked at
    with open(descriptor, "rb") as file:
        return file.read(8) == b"gitdir: "
