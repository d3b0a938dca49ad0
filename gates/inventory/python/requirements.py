"""Requirements files as pip reads them: https://pip.pypa.io/en/stable/reference/requirements-file-format/

What pip would read in another way than a person sees it (another encoding, odd line ends, shortened options) is refused.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from gates.core.documents import DocumentError
from gates.core.documents.node import decode, quoted
from gates.core.errors import UsageError
from gates.core.patterns import lazy
from gates.inventory.package import Inventory, Package
from gates.inventory.python.annotations import Notes, placed, read_annotations
from gates.inventory.python.reading import MAX_BYTES, address, merged, parse_hash, parse_name, parse_version, unique

if TYPE_CHECKING:
    from packaging.requirements import Requirement

MAX_FILES = 200  # that one file may include, itself and through others
MAX_LINE = 1 << 20  # characters, continuation lines together: a package with thousands of hashes stays well below
MAX_REQUIREMENT = 4_000  # characters, without its options

Load = Callable[[str], bytes]

_PATTERNS = ("requirements*.txt", "*[-_.]requirements.txt")


def is_requirements(name: str) -> bool:
    """By its path alone. A file of constraints is none: it counts where a requirements file names it."""
    folder, _, leaf = name.replace("\\", "/").rpartition("/")
    leaf = leaf.lower()
    if any(fnmatchcase(leaf, pattern) for pattern in _PATTERNS):
        return True
    return folder.rpartition("/")[2].lower() == "requirements" and leaf.endswith(".txt") and not leaf.startswith("constraints")


def read_requirements(path: str, load: Load) -> Inventory:
    """The packages of a file and of all that it includes, those for other platforms too; `load` is asked for paths relative as `path` is.

    Raises UsageError where a file is missing, DocumentError where one cannot be understood or names a package without an exact version.
    """
    reading = _Reading(load)
    reading.file(path, False, ())
    packages = placed(merged(_packages(reading.requirements, _by_name(reading.constraints))), reading.notes)
    told = bool(packages) and all(package.needs is not None for package in packages)
    wanted = {"": tuple((package.name, package.version) for package in packages if package.direct)} if told else None
    return Inventory(path, "requirements", packages, "", None, wanted)


class _Line(NamedTuple):
    """A logical line: joined, without its comment."""

    path: str
    number: int  # of its first line
    text: str

    def error(self, message: str) -> DocumentError:
        return DocumentError(message, self.path, self.number)


class _Entry(NamedTuple):
    line: _Line
    requirement: Requirement | None  # None where the line is an address or a path without a name before it
    name: str
    version: str  # exact, "" where there is none
    source: str
    hashes: tuple[str, ...]


class _Reading:
    def __init__(self, load: Load) -> None:
        self.requirements: list[_Entry] = []
        self.constraints: list[_Entry] = []
        self.notes: dict[str, Notes] = {}  # by file
        self._load = load
        self._done: set[tuple[str, bool]] = set()

    def file(self, path: str, constraint: bool, above: tuple[_Line, ...]) -> None:
        """`above` are the lines that led here, the nearest last."""
        key = posixpath.normpath(path)
        if any(posixpath.normpath(line.path) == key for line in above):
            raise above[-1].error(f"{path} includes itself; remove one of the lines -r and -c")
        if (key, constraint) in self._done:
            return
        self._done.add((key, constraint))
        if len(self._done) > MAX_FILES:
            raise (above[-1] if above else _Line(path, 0, "")).error(f"more than {MAX_FILES} files are included")
        try:
            data = self._load(path)
        except OSError as error:
            if not above:
                raise UsageError("the file cannot be read", path) from error
            raise UsageError(f"{path} cannot be read", above[-1].path, above[-1].number) from error
        text = _text(data, path)
        lines = list(_lines(text, path))
        self.notes[path] = read_annotations(text.splitlines(), [line.number for line in lines])
        for line in lines:
            self._line(line, constraint, (*above, line))

    def _line(self, line: _Line, constraint: bool, above: tuple[_Line, ...]) -> None:
        subject, options = _split(line)
        editable = [option for option in options if option.name == "--editable"]
        included = [option for option in options if option.name in _INCLUDES]
        if len(editable) + len(included) + bool(subject) > 1:
            raise line.error("several requirements or included files stand in one line; give each a line of its own")
        for option in included:
            self.file(_beside(line, option.value), option.name == "--constraint", above)
        hashes = _hashes(line, options)
        if editable:
            entry = _from_address(line, editable[0].value, hashes)
        elif subject:
            entry = _entry(line, subject, hashes)
        elif hashes:
            raise line.error("a --hash stands without a requirement")
        else:
            return
        if constraint and (editable or entry.requirement is None):
            raise line.error("a constraint must be a name with versions or an address; editable ones and paths are requirements")
        (self.constraints if constraint else self.requirements).append(entry)


def _beside(line: _Line, target: str) -> str:
    """A file that a line includes, as a path relative as the line's own."""
    if "${" in target:
        raise line.error("a variable decides which file is included; write its name out")
    if _SCHEME.match(target) or target.lower().startswith("file:"):
        raise line.error("a file is included by its address; nothing is fetched, so keep it beside this one")
    return posixpath.normpath(posixpath.join(posixpath.dirname(line.path), target))


# --- lines -----------------------------------------------------------------------------------------------------------------------

_ODD_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"  # Python ends a line at these too, editors do not
_CODING = lazy(rb"#[^\n]*?coding[:=][ \t]*([-\w.]+)")
_CODINGS = frozenset({b"utf-8", b"utf8", b"utf_8", b"utf-8-sig", b"ascii", b"us-ascii"})
_COMMENT = lazy(r"(?:^|(?<!\s)\s++)#.*$")
_ONLY_COMMENT = lazy(r"\s*#")


def _text(data: bytes, path: str) -> str:
    text = decode(data, path, MAX_BYTES)
    for number, written in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:2], 1):
        match = _CODING.match(written)
        if match and match[1].lower() not in _CODINGS:
            raise DocumentError(f"the file says it is encoded in {quoted(match[1].decode())}; store it as UTF-8", path, number)
    for number, line in enumerate(text.split("\n"), 1):
        if any(end in line for end in _ODD_ENDS):
            raise DocumentError("the line holds a control character at which pip starts another line; remove it", path, number)
    return text


def _lines(text: str, path: str) -> Iterator[_Line]:
    for number, joined in _joined(text.splitlines()):
        if len(joined) > MAX_LINE:
            raise DocumentError(f"the line has more than {MAX_LINE} characters", path, number)
        line = _COMMENT.sub("", joined).strip()
        if line:
            yield _Line(path, number, line)


def _joined(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """A line that is nothing but a comment ends the one before it, and is never continued itself."""
    parts: list[str] = []
    start = 0
    for number, line in enumerate(lines, 1):
        comment = _ONLY_COMMENT.match(line) is not None
        start = start or number
        if line.endswith("\\") and not comment:
            parts.append(line.strip("\\"))
            continue
        yield start, "".join((*parts, f" {line}" if comment else line))
        parts, start = [], 0
    if parts:
        yield start, "".join(parts)


# --- options ---------------------------------------------------------------------------------------------------------------------

_INCLUDES = ("--requirement", "--constraint")
_LONG = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
    "-C": "--config-settings",
    "--config-setting": "--config-settings",
}
_WITH_VALUE = frozenset(
    {
        *_INCLUDES,
        "--editable",
        "--index-url",
        "--extra-index-url",
        "--find-links",
        "--no-binary",
        "--only-binary",
        "--trusted-host",
        "--use-feature",
        "--all-releases",
        "--only-final",
    }
)
_SWITCHES = frozenset({"--no-index", "--prefer-binary", "--require-hashes", "--pre"})
_OF_A_REQUIREMENT = frozenset({"--hash", "--config-settings", "--global-option"})


class _Option(NamedTuple):
    name: str  # the long one
    value: str


def _split(line: _Line) -> tuple[str, list[_Option]]:
    """What stands before the first option, and the options. A requirement takes its own options only, as pip ignores others."""
    words = line.text.split(" ")
    count = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    subject = " ".join(words[:count]).strip()
    options = list(_options(line, " ".join(words[count:])))
    for option in options:
        if subject and option.name not in _OF_A_REQUIREMENT:
            raise line.error(f"{option.name} stands behind a requirement, where it has no effect; give it a line of its own")
    return subject, options


def _options(line: _Line, text: str) -> Iterator[_Option]:
    queue = iter(_words(line, text))
    for word in queue:
        name, value = _name(line, word)
        if name in _SWITCHES:
            if value is not None:
                raise line.error(f"{name} takes no value")
            yield _Option(name, "")
            continue
        if value is None:
            value = next(queue, None)
        if not value:
            raise line.error(f"{name} lacks its value")
        yield _Option(name, value)


def _words(line: _Line, text: str) -> list[str]:
    if text.isascii() and not any(mark in text for mark in "\\'\""):
        return text.split()  # the same, a hundred times faster: there may be thousands of hashes
    import shlex

    try:
        return shlex.split(text)
    except ValueError:
        raise line.error("a quotation mark is not closed") from None


def _name(line: _Line, word: str) -> tuple[str, str | None]:
    """The option that a word is, and the value that is written together with it."""
    if word.startswith("--"):
        name, mark, value = word.partition("=")
        found = _LONG.get(name, name)
    elif word.startswith("-") and word[:2] in _LONG:
        name, mark, value = word[:2], word[2:3], word[2:]
        found = _LONG[name]
    else:
        # The word itself may be an address with a password in it.
        raise line.error("a word stands behind an option and belongs to none; give it a line of its own")
    if found not in _WITH_VALUE and found not in _SWITCHES and found not in _OF_A_REQUIREMENT:
        raise line.error(f"the option {quoted(name)} is not known here; remove it or write its full name")
    return found, value if mark else None


def _hashes(line: _Line, options: Iterable[_Option]) -> tuple[str, ...]:
    try:
        return unique(parse_hash(option.value) for option in options if option.name == "--hash")
    except ValueError as error:
        raise line.error(str(error)) from None


# --- requirements ----------------------------------------------------------------------------------------------------------------

_SCHEME = lazy(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SCP = lazy(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+:")  # git@host:path
_NAMED = lazy(r"[A-Za-z0-9][A-Za-z0-9._-]*+\s*+(?:\[[^\]]*+\]\s*+)?@\s*+\S")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma")
_EXTRAS = lazy(r"\[[^\[\]#]*\]$")  # of a path
_EGG = lazy(r"#(?:.*&)?egg=([^&\s\[]+)")


def _entry(line: _Line, text: str, hashes: tuple[str, ...]) -> _Entry:
    if len(text) > MAX_REQUIREMENT:
        raise line.error(f"a requirement has more than {MAX_REQUIREMENT} characters")
    named = _NAMED.match(text)
    if not named and _is_place(text):
        return _from_address(line, text, hashes)
    if "${" in (text[: named.end()] if named else text):
        raise line.error("a variable stands in a requirement; write the name and the version out")
    requirement = _parse(line, text)
    if requirement.url is not None:
        return _Entry(line, requirement, parse_name(requirement.name), "", address(requirement.url), hashes)
    return _Entry(line, requirement, parse_name(requirement.name), _exact(line, requirement), "", hashes)


def _is_place(text: str) -> bool:
    """An address or a path, as pip tells them from a name without looking at the disk."""
    text = text.partition(";")[0].strip()
    if _SCHEME.match(text) or text.lower().startswith("file:") or _SCP.match(text):
        return True
    return text.startswith(".") or "/" in text or "\\" in text or text.lower().partition("[")[0].endswith(_ARCHIVES)


def _parse(line: _Line, text: str) -> Requirement:
    from packaging.requirements import Requirement

    try:
        found = Requirement(text)
        parse_name(found.name)
    except (ValueError, RecursionError):
        raise line.error(f"{quoted(_mask(text))} is no requirement") from None
    return found


def _mask(text: str) -> str:
    """The start of a requirement for a message: what follows an @ may be an address with a password."""
    return text.partition("@")[0] + "@…" if "@" in text else text


def _exact(line: _Line, requirement: Requirement) -> str:
    """The version that alone is allowed, "" where several are."""
    from packaging.version import Version

    exact = set()
    for part in requirement.specifier:
        if part.operator == "===" or (part.operator == "==" and not part.version.endswith(".*")):
            try:
                exact.add(Version(parse_version(part.version)))
            except ValueError:
                raise line.error(f"{quoted(part.version)} is no version of a Python package") from None
    if not exact:
        return ""
    version = exact.pop()
    # `===` compares texts, and has given its version already.
    others = [part for part in requirement.specifier if part.operator != "==="]
    if exact or not all(part.contains(version, prereleases=True) for part in others):
        raise line.error(f"no version can be all of {quoted(str(requirement.specifier))}")
    return str(version)


def _from_address(line: _Line, text: str, hashes: tuple[str, ...]) -> _Entry:
    """Of an address or a path. The name is the one it gives with egg=, else that of the file or the folder, for want of a better one."""
    if _NAMED.match(text) and not _is_place(text.partition("@")[0]) and not _SCP.match(text):
        return _entry(line, text, hashes)
    if len(text) > MAX_REQUIREMENT:
        raise line.error(f"a requirement has more than {MAX_REQUIREMENT} characters")
    where = _EXTRAS.sub("", text.partition(" ;")[0].partition("; ")[0].strip())
    if any(character.isspace() for character in where):
        raise line.error("a path or an address holds a blank; write the path without, or %20 in the address")
    egg = _EGG.search(where)
    if "${" in (egg[1] if egg else "") or where.startswith("${"):
        raise line.error("a variable decides what is installed; write it out")
    name, version = ("", "") if egg else _of_file(where)
    try:
        name = parse_name(egg[1]) if egg else name
    except ValueError:
        raise line.error(f"{quoted(egg[1] if egg else '')} is no name of a Python package") from None
    return _Entry(line, None, name, version, address(where.partition("#")[0]) or ".", hashes)


def _of_file(where: str) -> tuple[str, str]:
    from packaging.utils import parse_sdist_filename, parse_wheel_filename

    leaf = where.partition("#")[0].partition("?")[0].partition("[")[0].replace("\\", "/").rstrip("/").rpartition("/")[2]
    try:
        if leaf.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(leaf)
            return parse_name(name), parse_version(str(version))
        if leaf.endswith((".tar.gz", ".zip")):
            name, version = parse_sdist_filename(leaf)
            return parse_name(name), parse_version(str(version))
        return parse_name(leaf.partition("@")[0].removesuffix(".git")), ""
    except ValueError:
        return "unnamed", ""


# --- pins ------------------------------------------------------------------------------------------------------------------------


def _by_name(constraints: Iterable[_Entry]) -> dict[str, list[_Entry]]:
    found: dict[str, list[_Entry]] = {}
    for entry in constraints:
        found.setdefault(entry.name, []).append(entry)
    return found


def _packages(requirements: Iterable[_Entry], constraints: dict[str, list[_Entry]]) -> Iterator[Package]:
    for entry in requirements:
        if entry.version or entry.source:
            yield _package(entry, entry.hashes)
            # An address among the constraints is where pip takes the package from, pinned or not.
            yield from (_package(pin, pin.hashes) for pin in constraints.get(entry.name, []) if pin.source)
        else:
            for pin in _pins(entry, constraints.get(entry.name, [])):
                yield _package(pin, (*entry.hashes, *pin.hashes))


def _package(entry: _Entry, hashes: Iterable[str]) -> Package:
    marked = entry.requirement is not None and entry.requirement.marker is not None
    where = entry.line.path, entry.line.number
    return Package("PyPI", entry.name, entry.version, *where, hashes=unique(hashes), source=entry.source, conditional=marked)


def _pins(entry: _Entry, constraints: Sequence[_Entry]) -> list[_Entry]:
    """The constraints that give an open requirement its version. One for some platforms alone leaves it open on the others."""
    requirement = entry.requirement
    assert requirement is not None  # noqa: S101 - for the type checker: what has no name is an address or a path
    written = entry.name + str(requirement.specifier)
    pins = [pin for pin in constraints if pin.source or (pin.version and requirement.specifier.contains(pin.version, prereleases=True))]
    if not pins:
        raise entry.line.error(f"{written} is not pinned; write a lock with uv lock or pip-compile")
    if not any(pin.requirement is not None and pin.requirement.marker in (None, requirement.marker) for pin in pins):
        raise entry.line.error(f"{written} is pinned by constraints for some platforms only; pin it here, or write a lock with uv lock")
    return pins
