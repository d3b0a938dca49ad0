"""The only way to git: plumbing that runs nothing and believes nothing that the repository's configuration says.

Nothing here writes to the repository, reaches the network, or lets a word given by a user become an option of git.
Paths are relative to the top of the work tree. Functions raise GateUnavailable where git cannot answer in full.
"""

import os
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Final, NamedTuple

from gates.core import process
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, UsageError
from gates.core.patterns import lazy

GITLINK: Final = "160000"  # the mode of a submodule's entry
SYMLINK: Final = "120000"

_NOWHERE: Final = os.devnull
# Whatever a key of the repository's configuration could run, hide, slow down or send is set here, where it cannot be overridden.
_OPTIONS: Final = (
    "--no-pager",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={_NOWHERE}"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "core.commitGraph=false"),  # a cache that could hide parents
    *("-c", f"core.excludesFile={_NOWHERE}"),  # what is ignored must not differ from user to user
    *("-c", f"core.attributesFile={_NOWHERE}"),
    *("-c", "core.ignoreCase=false"),  # it would make .gitignore hide more
    *("-c", "core.warnAmbiguousRefs=true"),  # see `resolve`
    *("-c", "core.bigFileThreshold=1m"),  # larger blobs are streamed, not held in memory
    *("-c", "core.deltaBaseCacheLimit=128m"),
    *("-c", "core.alternateRefsCommand=:"),
    *("-c", "core.sshCommand=:"),
    *("-c", "credential.helper="),
    *("-c", "submodule.recurse=false"),
    *("-c", "diff.ignoreSubmodules=none"),
    *("-c", "protocol.allow=never"),
    *("-c", "safe.bareRepository=explicit"),
)
_ENVIRONMENT: Final = {
    "LC_ALL": "C",  # a few messages are read
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": _NOWHERE,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": _NOWHERE,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_OID: Final = lazy(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHALLOW: Final = "the clone is shallow and lacks history; complete it with git fetch --unshallow (fetch-depth: 0 in CI)"


class Repository(NamedTuple):
    """A work tree and how git is asked about it. `environment` and `program` are for this module alone."""

    top: str  # absolute
    git_dir: str  # absolute
    head: str  # commit id, "" on an unborn branch
    object_format: str  # "sha1" or "sha256"
    shallow: bool
    index_file: str  # absolute, "" for the repository's own
    program: str
    environment: Mapping[str, str]


class Entry(NamedTuple):
    """A path in the index. A path in conflict has one entry for each of its stages 1 to 3."""

    mode: str
    oid: str
    stage: int
    path: str
    sparse: bool = False  # left out of the work tree by a sparse checkout


class Untracked(NamedTuple):
    paths: list[str]  # those that end in "/" are nested repositories, which git does not look into
    unread: list[tuple[str, str]]  # directories that git could not look into, with its reason


class Change(NamedTuple):
    """What a commit did at a path to the blobs that were asked for: `before` are those that its parents had there, `after` is the one
    that it has, "" where it has another or none.
    """

    commit: str
    path: str
    before: frozenset[str]
    after: str


class GitObject(NamedTuple):
    """An object and its content. `read(n)` gives the next n bytes, fewer only at the end, b"" after it; it counts until the next
    object is asked for. It raises GateUnavailable for damage that shows up midway in a large object.
    """

    oid: str
    kind: str  # "blob", "tree", "commit", "tag"; "missing" for one that is not there or is damaged
    size: int
    read: Callable[[int], bytes]


# the repository


def discover(start: str, environment: Mapping[str, str], *, explicit: bool, deadline: Deadline) -> Repository | None:
    """The work tree around the absolute directory `start`; None where there is none.

    GIT_INDEX_FILE of the environment counts unless the directory was named explicitly: a hook judges what is being committed.
    All other GIT_* are ignored. Raises UsageError for a bare repository, GateUnavailable for a damaged or a foreign one.
    """
    if not os.path.isdir(start):
        raise UsageError(f"{start} is no directory")
    around, own_git_dir = _surroundings(start)
    program = process.find_tool("git", environment, around)
    hardened = _hardened(environment, around)
    index_file = "" if explicit else environment.get("GIT_INDEX_FILE", "")
    if index_file:
        index_file = os.path.normpath(os.path.join(start, index_file))
        if not os.path.isfile(index_file):  # git would take it for an empty index
            raise UsageError(f"GIT_INDEX_FILE names {index_file}, which is not there")
        hardened["GIT_INDEX_FILE"] = index_file
    done = _described(program, start, hardened, deadline)
    if done.status and _is_foreign(done.stderr):
        if not _is_trusted(program, around, environment, deadline):
            raise GateUnavailable(f"{around} belongs to another user; allow it with: git config --global --add safe.directory {around}")
        # Named outright, a repository is not asked for its owner; -c safe.directory is not heard by every version.
        done = _described(program, around, {**hardened, "GIT_DIR": own_git_dir, "GIT_WORK_TREE": around}, deadline)
    if done.status:
        _explain(start, around, done.stderr)
        return None
    lines = done.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]
    head = lines.pop() if _OID.fullmatch(lines[-1]) else ""
    if len(lines) != 4:
        raise GateUnavailable(f"the path of the repository around {start!r} has a line break in it; move it")
    top, git_dir = os.path.normpath(lines[0]), os.path.normpath(lines[1])
    _check_layout(start, top, git_dir)
    if top != around:
        if process.is_inside(os.path.realpath(program), top) or process.is_inside(program, top):
            program = process.find_tool("git", environment, top)
        hardened = _hardened(environment, top)
    hardened.update(GIT_DIR=git_dir, GIT_WORK_TREE=top)  # so that core.worktree and core.bare have no say
    if index_file:
        hardened["GIT_INDEX_FILE"] = index_file
    return Repository(top, git_dir, head, lines[2], lines[3] == "true", index_file, program, hardened)


def _hardened(environment: Mapping[str, str], outside: str) -> dict[str, str]:
    hardened = process.clean_environment(environment, outside=outside)
    hardened.update(_ENVIRONMENT)
    if os.name != "nt":
        hardened["HOME"] = _NOWHERE  # before 2.32, git does not know GIT_CONFIG_GLOBAL
    return hardened


def _described(program: str, directory: str, environment: Mapping[str, str], deadline: Deadline) -> process.Completed:
    words = ("--show-toplevel", "--absolute-git-dir", "--show-object-format", "--is-shallow-repository", "--revs-only", "HEAD")
    return process.run(
        [program, *_OPTIONS, "rev-parse", *words],
        cwd=directory,
        environment=environment,
        deadline=deadline,
        timeout=process.UNTIL_DEADLINE,
    )


def _explain(start: str, around: str, stderr: bytes) -> None:
    """Raises what git's refusal means, unless it means that there is no repository."""
    reason = process.complaint(stderr)
    if b"must be run in a work tree" in stderr or b"safe.bareRepository" in stderr:
        raise UsageError(f"{start} lies in a bare repository or in git's own directory; name a work tree")
    if b"not a git repository" not in stderr:
        raise GateUnavailable(f"git cannot read the repository around {start}: {reason}")
    if around:
        raise GateUnavailable(f"{os.path.join(around, '.git')} is damaged: git says {reason!r}")


def _surroundings(start: str) -> tuple[str, str]:
    """The nearest directory upwards that has a `.git`, and where that leads; empty where there is none."""
    directory = os.path.realpath(start)
    while True:
        entry = os.path.join(directory, ".git")
        # An empty directory is none: git passes it by, and there is nothing in it to be damaged.
        if os.path.lexists(entry) and not (os.path.isdir(entry) and not os.listdir(entry)):
            return directory, _git_directory(directory)
        parent = os.path.dirname(directory)
        if parent == directory:
            return "", ""
        directory = parent


def _git_directory(top: str) -> str:
    """Where the `.git` of a work tree leads, "" where it leads nowhere."""
    entry = os.path.join(top, ".git")
    if os.path.isfile(entry):  # of a linked work tree or a submodule
        with open(entry, "rb") as file:
            words = file.read(1 << 16).rstrip(b"\r\n")
        return os.path.normpath(os.path.join(top, os.fsdecode(words[8:]))) if words.startswith(b"gitdir: ") else ""
    return entry if os.path.isdir(entry) else ""


def _check_layout(start: str, top: str, git_dir: str) -> None:
    """core.worktree could name another directory, and then that one would be judged in place of this."""
    own = _git_directory(top)
    if not (process.is_inside(os.path.realpath(start), os.path.realpath(top)) and own and os.path.samefile(own, git_dir)):
        raise GateUnavailable(f"{git_dir} says that its work tree is {top}, which is not where it lies; unset its core.worktree")


def _is_foreign(stderr: bytes) -> bool:
    return b"dubious ownership" in stderr or b"is owned by someone else" in stderr


def _is_trusted(program: str, top: str, environment: Mapping[str, str], deadline: Deadline) -> bool:
    """Whether the user's or the system's configuration (never the repository's) declares the directory safe."""
    values: list[str] = []
    for level in ("--system", "--global"):
        done = process.run(
            [program, "config", level, "--null", "--type=path", "--get-all", "safe.directory"],
            cwd=os.path.abspath(os.sep),
            environment={**process.clean_environment(environment, ["XDG_CONFIG_HOME"], outside=top), "LC_ALL": "C"},
            deadline=deadline,
            timeout=process.UNTIL_DEADLINE,
        )
        values += os.fsdecode(done.stdout).split("\0")[:-1]
    trusted = False
    for value in values:
        if not value:
            trusted = False  # an empty value takes back what came before it
        elif value == "*" or os.path.realpath(value) == top:
            trusted = True
        elif value.endswith("/*"):
            trusted = trusted or process.is_inside(top, os.path.realpath(value[:-2]))
    return trusted


# running git


def _start(repository: Repository, words: Sequence[str], deadline: Deadline, feed: Iterator[bytes] | None = None) -> process.Program:
    argv = [repository.program, *_OPTIONS, *words]
    return process.start(argv, cwd=repository.top, environment=repository.environment, deadline=deadline, feed=feed)


def _run(repository: Repository, words: Sequence[str], deadline: Deadline, stdin: bytes = b"") -> process.Completed:
    return process.run(
        [repository.program, *_OPTIONS, *words],
        cwd=repository.top,
        environment=repository.environment,
        deadline=deadline,
        timeout=process.UNTIL_DEADLINE,
        stdin=stdin,
    )


def _output(repository: Repository, words: Sequence[str], deadline: Deadline) -> bytes:
    done = _run(repository, words, deadline)
    if done.status:
        raise _failure(words[0], done.status, done.stderr)
    return done.stdout


def _failure(command: str, status: int, stderr: bytes) -> GateUnavailable:
    return GateUnavailable(f"git {command} failed with status {status}: {process.complaint(stderr)}")


def _pieces(program: process.Program, command: str, end: bytes) -> Iterator[str]:
    """What the program writes, cut at each `end`. Raises GateUnavailable at the end if it failed or stopped in the middle."""
    mark = end.decode()
    rest = b""
    while block := program.read():
        whole, found, tail = block.rpartition(end)
        if found:
            yield from os.fsdecode(rest + whole).split(mark)
            rest = tail
        else:
            rest += block
    if status := program.wait():
        raise _failure(command, status, program.stderr)
    if rest:
        raise GateUnavailable(f"git {command} stopped in the middle of its answer")


# the configuration


def remote_url(repository: Repository, remote: str, deadline: Deadline) -> str:
    """The first address of the remote as the repository's own configuration has it, "" where it has none. The remote is not asked."""
    words = ("config", "--local", "--no-includes", "--null", "--get-all", f"remote.{remote}.url")
    done = _run(repository, words, deadline)
    if done.status == 1:  # there is no such key
        return ""
    if done.status:
        raise _failure("config", done.status, done.stderr)
    return os.fsdecode(done.stdout).split("\0")[0]


# the index and the work tree


def tracked(repository: Repository, deadline: Deadline) -> Iterator[Entry]:
    """Everything in the index, by path."""
    words = ("ls-files", "-s", "-t", "-z")
    with _start(repository, words, deadline) as program:
        for piece in _pieces(program, words[0], b"\0"):
            meta, _, path = piece.partition("\t")
            tag, mode, oid, stage = meta.split(" ")
            yield Entry(mode, oid, int(stage), path, tag == "S")


_UNREAD_DIRECTORY: Final = lazy(r"warning: could not open directory '(.*)': (.*)")
_UNREAD_IGNORES: Final = lazy(r"warning: unable to access '.*': .*")


def untracked(repository: Repository, deadline: Deadline) -> Untracked:
    """Files of the work tree that are neither in the index nor ignored (by .gitignore files and the repository's info/exclude)."""
    words = ("ls-files", "--others", "--exclude-standard", "-z")
    with _start(repository, words, deadline) as program:
        paths = list(_pieces(program, words[0], b"\0"))
        unread: list[tuple[str, str]] = []
        # git goes on after a directory that it cannot open, and its status does not tell.
        for line in os.fsdecode(program.stderr).splitlines():
            if found := _UNREAD_DIRECTORY.fullmatch(line):
                unread.append((found[1], f"cannot be opened: {found[2]}"))
            elif not _UNREAD_IGNORES.fullmatch(line):  # a .gitignore that cannot be read hides nothing
                unread.append(("", f"git ls-files: {process.complaint(os.fsencode(line))}"))
    return Untracked(paths, unread)


def is_ignored(repository: Repository, paths: Iterable[str], deadline: Deadline) -> set[str]:
    """Those of the paths that are ignored and not in the index."""
    stdin = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
    if not stdin:
        return set()
    # check-ignore refuses literal pathspecs; with the ./ in front, a name that begins with a colon is no magic either.
    bent = repository._replace(environment={**repository.environment, "GIT_LITERAL_PATHSPECS": "0"})
    done = _run(bent, ("check-ignore", "-z", "--stdin"), deadline, stdin)
    if done.status not in (0, 1):  # 1: none of them
        raise _failure("check-ignore", done.status, done.stderr)
    return {path[2:] for path in os.fsdecode(done.stdout).split("\0")[:-1]}


def staged(repository: Repository, deadline: Deadline) -> list[Entry]:
    """What a commit of the index would add or change; everything in it where there is no commit yet. Deletions are left out."""
    if not repository.head:
        return list(tracked(repository, deadline))
    words = ("diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none", repository.head)
    entries: list[Entry] = []
    conflicts = False
    with _start(repository, (*words, "--"), deadline) as program:
        pieces = _pieces(program, words[0], b"\0")
        for meta in pieces:
            _, mode, _, oid, status = meta.split(" ")
            path = next(pieces)
            if status == "U":
                conflicts = True
            elif status != "D":
                entries.append(Entry(mode, oid, 0, path))
    if conflicts:
        entries = [entry for entry in tracked(repository, deadline) if entry.stage] + entries
    return entries


# commits


def resolve(repository: Repository, revision: str, deadline: Deadline) -> str:
    """The commit that a user's word names. Raises UsageError where it names none, or more than one thing."""
    if not revision or revision.startswith("-") or not revision.isprintable():
        raise UsageError(f"{revision!r} is no name of a commit")
    done = _run(repository, ("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"), deadline)
    if b"is ambiguous" in done.stderr:  # git would prefer a tag to the branch of that name: whoever may tag would choose
        raise UsageError(f"{revision!r} names a branch and a tag; write it in full, as in refs/heads/main or refs/remotes/origin/main")
    oid = done.stdout.decode("ascii", "replace").strip()
    if done.status or not _OID.fullmatch(oid):
        raise UsageError(f"{revision!r} names no commit of this repository; fetch it first")
    return oid


def resolve_range(repository: Repository, range_: str, deadline: Deadline) -> str:
    """The range A..B with both ends as commit ids; an end that is left out is HEAD."""
    first, dots, last = range_.partition("..")
    if not dots or last.startswith(".") or not (first or last):
        raise UsageError(f"{range_!r} is no range; write it A..B")
    return "..".join(side if _OID.fullmatch(side) else resolve(repository, side or "HEAD", deadline) for side in (first, last))


def _revisions(repository: Repository, range_: str, deadline: Deadline) -> tuple[str, ...]:
    """Words for rev-list. What a shallow clone lacks would count as nothing, so it is refused."""
    if repository.shallow:
        raise GateUnavailable(_SHALLOW)
    if not range_:
        return ("--all",)  # HEAD too, and that of other work trees
    first, _, last = resolve_range(repository, range_, deadline).partition("..")
    # An id that was given may be that of a file or a folder: excluded, it would hide what the commits bring in.
    return (f"{last}^{{commit}}", f"^{first}^{{commit}}")


def default_branch(repository: Repository, deadline: Deadline) -> str:
    """The branch that the clone's origin calls its default one; "" where the clone does not know."""
    done = _run(repository, ("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"), deadline)
    return done.stdout.decode("utf-8", "surrogateescape").strip().removeprefix("refs/remotes/origin/") if not done.status else ""


def head_date(repository: Repository, deadline: Deadline) -> date:
    """The committer date of HEAD in UTC."""
    if not repository.head:
        raise GateUnavailable("there is no commit yet, so HEAD has no date")
    answer = _output(repository, ("rev-list", "--timestamp", "--max-count=1", repository.head, "--"), deadline)
    try:
        return datetime.fromtimestamp(int(answer.split()[0]), UTC).date()
    except (ValueError, IndexError, OverflowError, OSError) as error:
        raise GateUnavailable(f"commit {repository.head} has a date out of this world") from error


def commits(repository: Repository, range_: str, deadline: Deadline) -> list[str]:
    """The commits of A..B, or with "" of every ref and HEAD; newest first."""
    words = ("rev-list", *_revisions(repository, range_, deadline), "--")
    with _start(repository, words, deadline) as program:
        return list(_pieces(program, words[0], b"\n"))


def commit_count(repository: Repository, range_: str, deadline: Deadline) -> int:
    return int(_output(repository, ("rev-list", "--count", *_revisions(repository, range_, deadline), "--"), deadline))


# objects


def objects(repository: Repository, range_: str, deadline: Deadline) -> Iterator[tuple[str, str]]:
    """(id, one path or name it has) of every commit, annotated tag and blob that A..B adds, or with "" that any ref or HEAD reaches.

    Each comes once. With git before 2.32 there are trees among them. An object that is missing raises GateUnavailable in the end.
    """
    revisions = _revisions(repository, range_, deadline)
    listing = ("rev-list", "--objects", "--missing=error", *revisions)
    try:
        # Two walks, because a walk can leave out trees alone only by leaving out blobs too; the first is short.
        yield from _listed(repository, (*listing, "--filter=tree:0", "--filter-provided-objects", "--"), deadline)
    except _OldGit:
        yield from _listed(repository, (*listing, "--"), deadline)
        return
    yield from _listed(repository, (*listing, "--filter=object:type=blob", "--filter-provided-objects", "--"), deadline)


class _OldGit(Exception):
    """This git does not know an option."""


def _listed(repository: Repository, words: Sequence[str], deadline: Deadline) -> Iterator[tuple[str, str]]:
    with _start(repository, words, deadline) as program:
        try:
            for line in _pieces(program, words[0], b"\n"):
                oid, _, path = line.partition(" ")
                yield oid, path
        except GateUnavailable as error:
            if program.stderr.startswith(b"usage:") or b"filter-provided-objects" in program.stderr:
                raise _OldGit from error
            raise


def pack_order(repository: Repository, deadline: Deadline) -> list[str]:
    """Every object there is, reachable or not, as they lie in the packs, where a delta stands near its base: in this order `contents`
    takes half the time.
    """
    words = ("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered", "--buffer")
    with _start(repository, words, deadline) as program:
        return list(_pieces(program, words[0], b"\n"))


def blob_at(repository: Repository, commit: str, path: str, deadline: Deadline) -> bytes | None:
    """The file that a commit (an id, see `resolve`) has at a path; None where it has none. A symbolic link is refused."""
    if not _OID.fullmatch(commit):
        raise ValueError(f"{commit!r} is no commit id")
    answer = os.fsdecode(_output(repository, ("ls-tree", "-z", "--full-tree", commit, "--", path), deadline))
    for record in answer.split("\0")[:-1]:
        meta, _, name = record.partition("\t")
        mode, kind, oid = meta.split(" ")
        if name == path and kind == "blob":
            if mode == SYMLINK:
                raise GateUnavailable(f"{path} is a symbolic link in commit {commit}; make it a file")
            return _output(repository, ("cat-file", "blob", oid), deadline)
    return None


_RENAMES: Final = 20  # moves of one file that are followed


def file_versions(repository: Repository, commit: str, path: str, deadline: Deadline) -> list[tuple[str, str]]:
    """(commit, blob) of each version of the file among a commit (an id) and all before it, parents first; moves are followed back."""
    if not _OID.fullmatch(commit):
        raise ValueError(f"{commit!r} is no commit id")
    if repository.shallow:
        raise GateUnavailable(_SHALLOW)
    found: list[tuple[str, str]] = []
    tip = commit
    for _ in range(_RENAMES):
        versions = _versions(repository, tip, path, deadline)
        found[:0] = [(each, oid) for each, oid, _ in versions if oid]
        added = next((each for each, _, status in versions if status == "A"), "")
        path = _moved_from(repository, added, path, deadline) if added else ""
        if not path:
            return found
        tip = f"{added}^"
    raise GateUnavailable(f"the file was moved more than {_RENAMES} times")


def _versions(repository: Repository, tip: str, path: str, deadline: Deadline) -> list[tuple[str, str, str]]:
    """(commit, blob, git's status letter) of what happened at one path; the blob is "" where the commit took the file away."""
    walk = ("rev-list", "--reverse", "--topo-order", "--full-history", f"{tip}^{{commit}}", "--", path)
    with _start(repository, walk, deadline) as program:
        walked = list(_pieces(program, walk[0], b"\n"))
    words = ("diff-tree", "--stdin", "-r", "-m", "--root", "--raw", "-z", "--no-renames", "--no-abbrev", "--", path)
    found: list[tuple[str, str, str]] = []
    with _start(repository, words, deadline, iter([_lines(walked)])) as program:
        commit = ""
        pieces = _pieces(program, words[0], b"\0")
        for piece in pieces:
            if not piece.startswith(":"):
                commit = piece
                continue
            next(pieces)  # the path
            _, mode, _, oid, status = piece.split(" ")
            record = (commit, oid if mode.startswith("100") else "", status)
            if record not in found[-2:]:  # a merge is told of once for each parent
                found.append(record)
    return found


def _moved_from(repository: Repository, commit: str, path: str, deadline: Deadline) -> str:
    """The path that the file had before this commit moved it here, "" where it is new."""
    words = ("diff-tree", "-r", "-M", "--diff-filter=R", "--raw", "-z", "--no-commit-id", "--no-abbrev", commit)
    pieces = iter(os.fsdecode(_output(repository, words, deadline)).split("\0")[:-1])
    for _ in pieces:
        before, after = next(pieces), next(pieces)
        if after == path:
            return before
    return ""


def changes(repository: Repository, oids: Collection[str], range_: str, deadline: Deadline) -> list[Change]:
    """Where the blobs came and went, oldest commit first, among the commits of A..B, or with "" of all that a ref or HEAD reaches.

    A merge counts where it differs from all its parents, and where it brings a blob to a path from a side that the walk leaves out.
    An object that no commit's tree holds (a commit, a tag, a blob that a tag names) is in none.
    """
    wanted = frozenset(oids)
    if not wanted:
        return []
    found: list[Change] = []
    seen: set[tuple[str, str]] = set()
    parents: dict[str, int] = {}
    commit = ""
    pairs: dict[str, list[tuple[str, str]]] = {}  # of that commit: blobs before and after by path, one for each parent that differs

    def close() -> None:
        for path, sides in pairs.items():
            before = wanted.intersection(old for old, _ in sides)
            after = sides[0][1] if sides[0][1] in wanted else ""
            if len(sides) == parents.get(commit, 1):
                if before or after:
                    found.append(Change(commit, path, before, after))
            elif after and (path, after) not in seen:
                found.append(Change(commit, path, frozenset(), after))
            seen.add((path, after))
        pairs.clear()

    for next_commit, record, path in _records(repository, range_, parents, deadline):
        if next_commit != commit:
            close()
            commit = next_commit
        modes, old, new, _ = record.rsplit(" ", 3)
        if old in wanted or new in wanted or commit in parents:
            # The commit that a submodule stands at is no content of this repository.
            old_mode, new_mode = modes[1:].split(" ")
            pairs.setdefault(path, []).append(("" if old_mode == GITLINK else old, "" if new_mode == GITLINK else new))
    close()
    return found


def brought(repository: Repository, range_: str, deadline: Deadline) -> set[str]:
    """The blobs that the commits of A..B put where they were not before. Those that stood elsewhere, or once, are among them; `objects`
    leaves them out.
    """
    parents: dict[str, int] = {}
    found: set[str] = set()
    merged: dict[tuple[str, str, str], int] = {}  # parents that differ; one that does not has it there already
    for commit, record, path in _records(repository, range_, parents, deadline):
        _, mode, old, new, status = record.split(" ")
        if status == "D" or mode == GITLINK or old == new:
            continue
        if commit in parents:
            merged[commit, path, new] = merged.get((commit, path, new), 0) + 1
        else:
            found.add(new)
    return found.union(new for (commit, _, new), differing in merged.items() if differing == parents[commit])


def files_named(repository: Repository, wanted: Callable[[str], bool], range_: str, deadline: Deadline) -> list[tuple[str, str, str]]:
    """(commit, path, blob) of the regular files with such a path that the commits of A..B, or with "" of all that a ref or HEAD reaches,
    brought in; each path and blob once, with its oldest commit, oldest first. A merge into the range brings along what it merges.
    """
    found: dict[tuple[str, str], str] = {}
    asked: dict[str, bool] = {}  # most paths come again and again
    for commit, record, path in _records(repository, range_, {}, deadline):
        if path not in asked:
            asked[path] = wanted(path)
        if asked[path]:
            _, mode, _, oid, _ = record.split(" ")
            if mode.startswith("100"):  # no link, no submodule, not deleted
                found.setdefault((path, oid), commit)
    return [(commit, path, oid) for (path, oid), commit in found.items()]


def _records(repository: Repository, range_: str, parents: dict[str, int], deadline: Deadline) -> Iterator[tuple[str, str, str]]:
    """(commit, git's raw record, path) for each path where a commit differs from a parent, parents before children. How many parents a
    merge has is put into `parents` before its records come.
    """
    revisions = _revisions(repository, range_, deadline)
    with _start(repository, ("rev-list", "--reverse", "--date-order", "--parents", *revisions, "--"), deadline) as walk:
        # -m: what only a merge brought in, or took out, differs from all its parents, and each is told of.
        words = ("diff-tree", "--stdin", "-r", "-m", "--root", "--raw", "-z", "--no-renames", "--no-abbrev")
        with _start(repository, (*words, "--ignore-submodules=none"), deadline, _noting_merges(walk, parents)) as program:
            commit = ""
            pieces = _pieces(program, words[0], b"\0")
            for piece in pieces:
                if piece.startswith(":"):
                    yield commit, piece, next(pieces)
                else:
                    commit = piece
        if status := walk.wait():
            raise _failure("rev-list", status, walk.stderr)


def _noting_merges(walk: process.Program, parents: dict[str, int]) -> Iterator[bytes]:
    """The lines of the walk, each a commit and its parents, as they come."""
    rest = b""
    while block := walk.read():
        whole, end, tail = block.rpartition(b"\n")
        if not end:
            rest += block
            continue
        lines, rest = rest + whole, tail
        for line in lines.split(b"\n"):
            if (count := line.count(b" ")) > 1:
                parents[line[: line.index(b" ")].decode("ascii")] = count
        yield lines + end
    if rest:
        raise GateUnavailable("git rev-list stopped in the middle of its answer")


def paths_at(repository: Repository, commit: str, oids: Collection[str], deadline: Deadline) -> dict[str, list[str]]:
    """Those of the blobs that the commit's tree has, each with its paths there."""
    words = ("ls-tree", "-r", "-z", "--full-tree", commit)
    found: dict[str, list[str]] = {}
    with _start(repository, words, deadline) as program:
        for piece in _pieces(program, words[0], b"\0"):
            meta, _, path = piece.partition("\t")
            mode, _, oid = meta.split(" ")
            if oid in oids and mode != GITLINK:
                found.setdefault(oid, []).append(path)
    return found


def at_refs(repository: Repository, oids: Collection[str], deadline: Deadline) -> set[str]:
    """Those of the blobs that the tree of a ref's own commit has, not only that of one before it."""
    words = ("rev-list", "--objects", "--no-walk", "--missing=error", *_revisions(repository, "", deadline), "--")
    return {oid for oid, _ in _listed(repository, words, deadline) if oid in oids}


def commit_times(repository: Repository, oids: Collection[str], deadline: Deadline) -> dict[str, int]:
    """When the commits with these ids were committed, in seconds since 1970."""
    if not oids:
        return {}
    words = ("rev-list", "--no-walk=unsorted", "--timestamp", "--stdin")
    done = _run(repository, words, deadline, _lines(oids))
    if done.status:
        raise _failure(words[0], done.status, done.stderr)
    pairs = (line.split(" ") for line in done.stdout.decode("ascii").splitlines())
    return {oid: int(time) for time, oid in pairs}


# contents

_AT_ONCE: Final = 1 << 20  # bytes; an object up to this size is read before it is handed out
_FED: Final = 512  # ids that go to git together
_GIVE_UP: Final = 8  # runs in a row that ended before a single answer: then it is not the objects


def contents(repository: Repository, oids: Iterable[str], deadline: Deadline) -> Iterator[GitObject]:
    """The objects with these full ids, in order. One that is missing or damaged comes as "missing", and the others still come."""
    source = iter(oids)
    waiting: deque[str] = deque()  # given to git, not answered yet
    buffered = True
    silent = 0
    while True:
        try:
            yield from _batch(repository, source, waiting, buffered, deadline)
            return
        except _Died as death:
            silent = silent + 1 if death.silent else 0
            if silent > _GIVE_UP or not (waiting or death.handed_out):
                raise _failure("cat-file", death.status, death.stderr) from death
            # What killed it is the first object without an answer, unless a signal took answers along that it had buffered:
            # then it starts again without a buffer, so that the same death tells.
            if not death.handed_out and not (buffered and death.status < 0):
                yield _missing(waiting.popleft())
            buffered = False


class _Died(Exception):
    """cat-file ended too early: before any answer (silent), or within an object that had been handed out."""

    def __init__(self, program: process.Program, *, silent: bool, handed_out: bool = False) -> None:
        super().__init__()
        self.status = program.wait()
        self.stderr = program.stderr
        self.silent = silent
        self.handed_out = handed_out


def _batch(repository: Repository, source: Iterator[str], waiting: deque[str], buffered: bool, deadline: Deadline) -> Iterator[GitObject]:
    """One run of cat-file. When it raises _Died, `waiting` holds what it owes."""

    def feed() -> Iterator[bytes]:
        if waiting:  # what an earlier run owes
            yield _lines(waiting)
        while chunk := list(islice(source, _FED)):
            waiting.extend(chunk)
            yield _lines(chunk)

    words = ("cat-file", "--batch", "--buffer") if buffered else ("cat-file", "--batch")
    with _start(repository, words, deadline, feed()) as program:
        output = _Output(program)
        silent = True
        while header := output.line():
            silent = False
            oid, kind, *rest = header.decode("utf-8", "replace").split(" ")
            if not waiting or oid != waiting[0]:
                raise GateUnavailable(f"git cat-file answered for {oid!r}, which is not what it was asked for")
            if not rest:  # "missing"
                yield _missing(waiting.popleft())
                continue
            size = int(rest[0])
            if size <= _AT_ONCE:
                data = output.take(size)
                if len(data) < size:
                    raise _Died(program, silent=silent)
                yield GitObject(waiting.popleft(), kind, size, _Whole(data).read)
            else:
                large = _Large(output, oid, size)
                yield GitObject(waiting.popleft(), kind, size, large.read)
                if not large.skip():
                    raise _Died(program, silent=silent, handed_out=True)
            output.take(1)  # the line feed after each
        if waiting or program.wait() or next(source, None) is not None:
            raise _Died(program, silent=silent)


def _lines(oids: Iterable[str]) -> bytes:
    return "".join([f"{oid}\n" for oid in oids]).encode("ascii")


def _missing(oid: str) -> GitObject:
    def read(_: int) -> bytes:
        raise GateUnavailable(f"object {oid} is missing or damaged")

    return GitObject(oid, "missing", 0, read)


class _Output:
    """The lines and counted parts of a program's output."""

    __slots__ = ("_at", "_block", "_program")

    def __init__(self, program: process.Program) -> None:
        self._program = program
        self._block = b""
        self._at = 0

    def line(self) -> bytes:
        """Without its end; b"" where the output is over."""
        end = self._block.find(b"\n", self._at)
        while end < 0:
            block = self._program.read()
            if not block:
                return b""
            self._block = self._block[self._at :] + block
            self._at = 0
            end = self._block.find(b"\n")
        line = self._block[self._at : end]
        self._at = end + 1
        return line

    def take(self, count: int) -> bytes:
        """The next so many bytes, fewer only where the output is over."""
        end = self._at + count
        if end <= len(self._block):
            part = self._block[self._at : end]
            self._at = end
            return part
        parts = [self._block[self._at :]]
        missing = count - len(parts[0])
        self._block, self._at = b"", 0
        while missing and (block := self._program.read()):
            if len(block) > missing:
                parts.append(block[:missing])
                self._block, self._at = block, missing
                break
            parts.append(block)
            missing -= len(block)
        return b"".join(parts)


class _Whole:
    """An object that is in memory."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read(self, count: int) -> bytes:
        start, self._at = self._at, self._at + count
        return self._data[start : self._at]


class _Large:
    """An object that comes out of git while it is read."""

    __slots__ = ("_oid", "_output", "_over", "_rest", "_whole")

    def __init__(self, output: _Output, oid: str, size: int) -> None:
        self._output = output
        self._oid = oid
        self._rest = size
        self._whole = True
        self._over = False

    def read(self, count: int) -> bytes:
        if self._over:
            raise ValueError(f"object {self._oid} was read after the next one had been asked for")
        part = self._take(count)
        if not self._whole:
            raise GateUnavailable(f"object {self._oid} is damaged")
        return part

    def skip(self) -> bool:
        """Passes over what was not read; False where the object turned out to be cut short."""
        self._over = True
        while self._rest and self._whole:
            self._take(process.BLOCK)
        return self._whole

    def _take(self, count: int) -> bytes:
        count = min(count, self._rest)
        part = self._output.take(count)
        self._whole = len(part) == count
        self._rest -= len(part)
        return part


# names

_NOT_IN_BRANCH_NAMES: Final = lazy(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock/")


def valid_branch_name(name: str) -> bool:
    """Whether git would take it as the name of a branch (git check-ref-format --branch, without its @{-1} short hand)."""
    return (
        name not in ("", "HEAD")
        and not name.startswith(("-", "/", "."))
        and not name.endswith(("/", ".", ".lock"))
        and not _NOT_IN_BRANCH_NAMES.search(name)
    )
