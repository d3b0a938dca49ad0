"""Reads a seccomp profile as Docker does, and notes what Docker refuses or passes over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Literal, NamedTuple

from gates.container.seccomp.profile import ACTIONS, Condition, Entry, Filter, Flaw, Kernel, Profile, Word
from gates.container.seccomp.syscalls import KNOWN
from gates.core.documents import DocumentError, Node, read_json
from gates.core.documents.table import nearest
from gates.core.finding import Location

MAX_BYTES = 1 << 20
OPERATORS = ("NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ")
FLAGS = tuple(f"SECCOMP_FILTER_FLAG_{name}" for name in ("TSYNC", "LOG", "SPEC_ALLOW", "WAIT_KILLABLE_RECV"))
# https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp
_ARCHITECTURES = (
    "X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390 S390X PARISC PARISC64 RISCV64 "
    "LOONGARCH64 M68K SH SHEB"
)
ARCHITECTURES = frozenset(_ARCHITECTURES.split())
# Docker's words in `arches`, as of November 2026; of those some never match, and its own profile names them all the same
_DOCKER = (
    "x86 amd64 x32 arm arm64 loong64 loongarch64 mips mips64 mips64n32 mipsel mipsel64 mips3l64n32 ppc ppc64 ppc64le riscv64 s390 s390x"
)
_ARCHITECTURE_WORDS = tuple(f"SCMP_ARCH_{name}" for name in sorted(ARCHITECTURES))
DOCKER_ARCHITECTURES = frozenset(_DOCKER.split())
_CAPABILITIES = (  # https://man7.org/linux/man-pages/man7/capabilities.7.html
    "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK "
    "IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP "
    "SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME "
    "SYS_TTY_CONFIG WAKE_ALARM"
)
CAPABILITIES = tuple(f"CAP_{name}" for name in _CAPABILITIES.split())
_TOP_KEYS = ("defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "syscalls", "flags", "listenerPath")
_ENTRY_KEYS = ("names", "name", "action", "errnoRet", "errno", "args", "comment", "includes", "excludes")
_LONGEST = 1 << 64
_NULL = Node(None, 0, 0)
_MOST = 1000  # flaws that are told
_GUESSED = 100  # words for which a likely meaning is sought


class _Table(NamedTuple):
    """Go's reader, Docker's, does not care for the case of a key."""

    keys: Mapping[str, Node]
    location: Location

    def get(self, key: str) -> Node:
        return self.keys.get(key.lower(), _NULL)


def looks_like(document: Node) -> bool:
    """Whether a JSON document is a profile, or the configuration of an OCI runtime that holds one."""
    return _find(document) is not None


def read(data: bytes, path: str) -> Profile:
    """Raises DocumentError for what is no JSON object. An object without a profile's keys is an empty profile: Docker takes it for one."""
    document = read_json(data, path, max_bytes=MAX_BYTES)
    if not isinstance(document.value, dict):
        raise DocumentError("a seccomp profile is a JSON object", path, document.line)
    found = _find(document) or document
    return _Reader(path).profile(found)._replace(nested=found is not document)


def _find(document: Node) -> Node | None:
    if not isinstance(document.value, dict):
        return None
    keys = {key.lower() for key in document.value}
    if {"defaultaction", "syscalls"} <= keys:
        return document
    linux = document.value.get("linux")
    inner = linux.value.get("seccomp") if linux and isinstance(linux.value, dict) else None
    return inner if inner and isinstance(inner.value, dict) else None


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path
        self._flaws: list[Flaw] = []
        self._guesses: dict[tuple[str, int], str] = {}

    def profile(self, node: Node) -> Profile:
        table = self._table(node)
        self._misspelt(table, _TOP_KEYS)
        action = table.get("defaultAction")
        given = action.value not in (None, "")
        default = self._action(action, "defaultAction") if given else ""
        architectures = self._architectures(table)
        for flag in self._words(table.get("flags"), "flags"):
            if flag.text not in FLAGS:
                self._flaw(f"flag {flag.text}", f"unknown flag {flag.text!r}{self._near(flag.text, FLAGS)}", flag.location)
        entries = tuple(self._entries(table.get("syscalls")))
        if entries and not given:
            self._flaw("defaultAction", "defaultAction is missing, and the runtime refuses the profile", table.location)
        errno = self._number(table.get("defaultErrnoRet"), "defaultErrnoRet")
        place = self._at(action) if action.value is not None else table.location
        mapped = bool(table.get("archMap").value)
        return Profile(self._path, default, errno, architectures, entries, tuple(self._flaws), place, mapped)

    def _entries(self, node: Node) -> Iterator[Entry]:
        for number, item in enumerate(self._items(node, "syscalls"), start=1):
            if not isinstance(item.value, dict):
                self._flaw(f"entry {number}", "an entry of syscalls is no object, and Docker refuses the profile", self._at(item))
                continue
            yield self._entry(self._table(item), number)

    def _entry(self, table: _Table, number: int) -> Entry:
        names = tuple(self._words(table.get("names"), f"entry {number}: names"))
        single = table.get("name")
        if isinstance(single.value, str) and single.value:
            if names:
                message = f"name {single.value!r} and names stand in one entry, and Docker refuses the profile"
                self._flaw(f"name {single.value}", message, self._at(single))
            names = (*names, Word(single.value, self._at(single)))
        about = names[0].text if names else f"entry {number}"
        self._misspelt(table, _ENTRY_KEYS, about)
        if not names:
            self._flaw(about, "an entry of syscalls names no system call, so it does nothing", table.location, minor=True)
        for name in names:
            if name.text not in KNOWN:
                message = f"unknown system call {name.text!r}, which the runtime passes over in silence{self._near(name.text, KNOWN)}"
                self._flaw(f"system call {name.text}", message, name.location)
        action = table.get("action")
        if action.value is None:
            self._flaw(f"{about}: action", f"the entry of {about} has no action, and the runtime refuses the profile", table.location)
        return Entry(
            names,
            self._action(action, f"{about}: action") if action.value is not None else "",
            self._number(table.get("errnoRet"), f"{about}: errnoRet"),
            self._conditions(table.get("args"), about),
            self._filter(table.get("includes"), about, "includes"),
            self._filter(table.get("excludes"), about, "excludes"),
            table.location,
        )

    def _conditions(self, node: Node, about: str) -> tuple[Condition, ...]:
        conditions = []
        for item in self._items(node, f"{about}: args"):
            if not isinstance(item.value, dict):
                self._flaw(f"{about}: args", f"a condition of {about} is no object, and Docker refuses the profile", self._at(item))
                continue
            table = self._table(item)
            argument, value, second = (self._number(table.get(key), f"{about}: {key}") for key in ("index", "value", "valueTwo"))
            written = table.get("op").value
            operator = written.removeprefix("SCMP_CMP_") if isinstance(written, str) and written.startswith("SCMP_CMP_") else ""
            if operator not in OPERATORS:
                message = f"a condition of {about} compares with {written!r}, which no runtime knows"
                self._flaw(f"{about}: op", message, table.location)
            elif argument is not None and argument > 5:
                self._flaw(f"{about}: index", f"a condition of {about} asks for argument {argument}; they are 0 to 5", table.location)
            else:
                conditions.append(Condition(argument or 0, operator, value or 0, second or 0))
        return tuple(conditions)

    def _filter(self, node: Node, about: str, key: str) -> Filter:
        if node.value is None:
            return Filter()
        if not isinstance(node.value, dict):
            self._flaw(f"{about}: {key}", f"{key} of {about} is no object, and Docker refuses the profile", self._at(node))
            return Filter()
        table = self._table(node)
        self._misspelt(table, ("caps", "arches", "minKernel"), f"{about}: {key}")
        capabilities = tuple(self._words(table.get("caps"), f"{about}: caps"))
        architectures = tuple(self._words(table.get("arches"), f"{about}: arches"))
        for word in capabilities:
            if word.text not in CAPABILITIES:
                message = f"no capability is named {word.text!r}, so {key} of {about} never sees it{self._near(word.text, CAPABILITIES)}"
                self._flaw(f"{about}: {key}: {word.text}", message, word.location)
        for word in architectures:
            if word.text not in DOCKER_ARCHITECTURES:
                message = f"{key} of {about} names the architecture {word.text!r}, which Docker calls otherwise (amd64, arm64, s390x …)"
                self._flaw(f"{about}: {key}: {word.text}", f"{message} and never sees", word.location, kind="architectures")
        kernel = self._kernel(table.get("minKernel"), about)
        return Filter(tuple(word.text for word in capabilities), tuple(word.text for word in architectures), kernel)

    def _kernel(self, node: Node, about: str) -> Kernel | None:
        if node.value in (None, ""):
            return None
        parts = node.value.split(".") if isinstance(node.value, str) else []
        if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 4 and int(part) < 256 for part in parts):
            self._flaw(
                f"{about}: minKernel", f"minKernel of {about} is no version such as 4.8, and Docker refuses the profile", self._at(node)
            )
            return None
        return int(parts[0]), int(parts[1])

    def _architectures(self, table: _Table) -> tuple[str, ...]:
        plain = list(self._words(table.get("architectures"), "architectures"))
        mapped = []
        for item in self._items(table.get("archMap"), "archMap"):
            if not isinstance(item.value, dict):
                self._flaw("archMap", "an entry of archMap is no object, and Docker refuses the profile", self._at(item))
                continue
            entry = self._table(item)
            mapped += [
                *self._words(Node([entry.keys.get("architecture", item)], item.line, item.column), "archMap"),
                *self._words(entry.get("subArchitectures"), "archMap"),
            ]
        if plain and mapped:
            message = "architectures and archMap stand in one profile, and Docker refuses it"
            self._flaw("architectures", message, self._at(table.get("archMap")), kind="architectures")
        for word in (*plain, *mapped):
            if word.text.removeprefix("SCMP_ARCH_") not in ARCHITECTURES or not word.text.startswith("SCMP_ARCH_"):
                message = f"unknown architecture {word.text!r}{self._near(word.text, _ARCHITECTURE_WORDS)}"
                self._flaw(f"architecture {word.text}", message, word.location, kind="architectures")
        return tuple(dict.fromkeys(word.text.removeprefix("SCMP_ARCH_") for word in (*plain, *mapped)))

    def _action(self, node: Node, subject: str) -> str:
        if isinstance(node.value, str) and node.value in ACTIONS:
            return node.value
        near = self._near(node.value, ACTIONS) if isinstance(node.value, str) else ""
        self._flaw(subject, f"{subject} {node.value!r} is none that a runtime knows{near}", self._at(node))
        return ""

    def _number(self, node: Node, subject: str) -> int | None:
        value = node.value
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LONGEST:
            return value
        self._flaw(subject, f"{subject} is no whole number of 64 bits, and Docker refuses the profile", self._at(node))
        return None

    def _words(self, node: Node, subject: str) -> Iterator[Word]:
        for item in self._items(node, subject):
            if isinstance(item.value, str):
                yield Word(item.value, self._at(item))
            else:
                self._flaw(subject, f"{subject} holds what is no text, and Docker refuses the profile", self._at(item))

    def _items(self, node: Node, subject: str) -> list[Node]:
        if node.value is None:
            return []
        if isinstance(node.value, list):
            return node.value
        self._flaw(subject, f"{subject} is no list, and Docker refuses the profile", self._at(node))
        return []

    def _table(self, node: Node) -> _Table:
        value = node.value if isinstance(node.value, dict) else {}
        keys: dict[str, Node] = {}
        for key, item in value.items():
            if key.lower() in keys:
                self._flaw(f"key {key}", f"{key!r} is there twice, in other letters; the last one counts", self._at(item))
            keys[key.lower()] = item
        return _Table(keys, self._at(node))

    def _misspelt(self, table: _Table, known: tuple[str, ...], about: str = "the profile") -> None:
        """A key that is nearly one of Docker's. Others are somebody's notes, and harm nothing."""
        spelt = {key.lower(): key for key in known}
        for key, node in table.keys.items():
            near = "" if key in spelt else self._guess(key, known)
            if near:
                message = f"{about} has a key {key!r}, which Docker passes over in silence; did you mean {near!r}?"
                self._flaw(f"{about}: {key}", message, self._at(node))

    def _guess(self, key: str, known: tuple[str, ...]) -> str:
        found = self._guesses.get((key, id(known)))
        if found is None and len(self._guesses) < _GUESSED:
            spelt = {name.lower(): name for name in known if name != "comment"}
            found = next((spelt[name] for name in get_close_matches(key[:100], spelt, n=1, cutoff=0.8)), "")
            self._guesses[key, id(known)] = found
        return found or ""

    def _near(self, word: str, known: Collection[str]) -> str:
        """The hint behind a word that is not known; none any more after many of them."""
        return nearest(word, known) if len(self._flaws) < _GUESSED else ""

    def _at(self, node: Node) -> Location:
        return Location(self._path, node.key_line or node.line, node.key_column or node.column)

    def _flaw(
        self,
        subject: str,
        message: str,
        location: Location,
        *,
        kind: Literal["invalid", "architectures"] = "invalid",
        minor: bool = False,
    ) -> None:
        if len(self._flaws) < _MOST:
            self._flaws.append(Flaw(kind, subject, message, location, minor))
        elif len(self._flaws) == _MOST:
            self._flaws.append(Flaw("invalid", "more", "more is wrong than is told here", location))
