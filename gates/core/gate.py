"""What a gate is, what it is given, and what it yields."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO, Literal, NamedTuple

from gates.core.deadline import Deadline
from gates.core.finding import Finding, Rule
from gates.core.git import Repository

Kind = Literal["tree", "paths", "staged", "range", "history", "stdin", "message"]


class Selection(NamedTuple):
    """What to look at. `tree` is tracked plus untracked-not-ignored files; `paths` walks the paths in full;
    with `staged`, `range` and `history` the paths filter. Paths are relative to `Context.root`. `message` is one text that the command
    was given: a commit message, a title.
    """

    kind: Kind = "tree"
    paths: tuple[str, ...] = ()
    range: str = ""  # "A..B", for kind "range"


class Context(NamedTuple):
    """The repository under test and the bounds of the work; everything a gate may know of the outside."""

    root: str  # absolute directory; locations are relative to it
    repository: Repository | None  # None where the selection is no git work tree
    selection: Selection
    excluded: Callable[[str], str]  # path -> the policy's reason for leaving it out of this gate, "" if it is in scope
    today: date
    deadline: Deadline
    tool_timeout: float  # seconds, for each outside program
    environment: Mapping[str, str]  # the caller's; programs get an allow-listed part of it (core/process)
    offline: bool
    progress: Callable[[int, int, str], None]  # (done, total or 0 when unknown, unit)
    stdin: BinaryIO | None = None  # there with selection "stdin" only
    proxy: str = ""  # the policy's, "" for none: what a gate sends goes this way
    ca_bundle: str = ""  # a file of certificates that are trusted besides the usual ones
    stage: str = ""  # the moment of the run, as `gates run --stage` names it; "" where none is named
    profile: Literal["baseline", "hardened"] = "baseline"  # the policy's


class Scanned(NamedTuple):
    """Positive evidence: this much was looked at. Yielded as often as convenient; the runner adds up."""

    files: int = 0
    bytes: int = 0
    commits: int = 0


class Skipped(NamedTuple):
    """In reach and left out on purpose."""

    path: str
    reason: str


class Unread(NamedTuple):
    """In scope and could not be judged: makes the gate's status `error`."""

    path: str
    line: int
    message: str


class ToolUsed(NamedTuple):
    name: str
    version: str


Event = Finding | Scanned | Skipped | Unread | ToolUsed


class Flag(NamedTuple):
    """A command-line option of one gate that fills a field of its options record."""

    name: str  # "--engine"
    field: str
    help: str
    metavar: str = ""  # empty for a switch
    policy: bool = True  # False: the field is set on the command line alone and is no key of the gate's policy table
    many: bool = False  # may be given several times; the field is a tuple
    short: str = ""  # "-r"
    choices: tuple[str, ...] = ()  # empty: anything
    is_path: bool = False  # as typed it is relative to the current directory; the gate gets it absolute


class Gate(NamedTuple):
    """`options` is a NamedTuple type whose fields, all with defaults, are the keys of the gate's policy table.

    `check` yields events as it goes and may raise NothingToJudge or GateUnavailable; it never prints, exits,
    reads the clock or the environment. `selections` are the kinds beyond `tree` that it understands. `refuse` raises UsageError for
    options that cannot be meant, before any gate starts.
    """

    name: str
    summary: str
    rules: tuple[Rule, ...]
    options: type
    check: Callable[[Context, Any], Iterator[Event]]  # Any: a record of the gate's own options type
    flags: tuple[Flag, ...] = ()
    selections: frozenset[Kind] = frozenset()
    refuse: Callable[[Context, Any], None] | None = None
