"""What the words of a command line stand for, as far as that is known before a shell reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from gates.container.setting import Setting
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.shell.command import Word

UNKNOWN: Final = "\0"
_SOMEONE: Final = "\1"  # a name that is part of a home folder's path
_DEEPEST: Final = 5
_LONGEST: Final = 10_000  # what a variable may hold, in characters

# where a script runs and where a workflow has its files is the top of the repository, as far as anyone can tell
_KNOWN: Final = {
    **dict.fromkeys(("PWD", "CURDIR", "GITHUB_WORKSPACE", "github.workspace", "CI_PROJECT_DIR", "WORKSPACE"), "."),
    **dict.fromkeys(("shell pwd", "realpath .", "abspath ."), "."),  # of make
    **dict.fromkeys(("HOME", "USERPROFILE", "env.HOME"), "~"),
    **dict.fromkeys(("USER", "USERNAME", "LOGNAME"), _SOMEONE),
}
_WORKING_FOLDER: Final = frozenset({"pwd", "pwd -P", "pwd -L", "/bin/pwd", "realpath .", "readlink -f .", "git rev-parse --show-toplevel"})
_WHO: Final = {"whoami": _SOMEONE, "id -un": _SOMEONE, "echo $HOME": "~", "echo ~": "~"}
_USERS_HOME = lazy(rf"(?<![^:=,\0])/(?:home|Users)/{_SOMEONE}(?=[/:,]|\Z)")
_PLAIN = lazy(r"[^$`]+")
_NAME = lazy(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
# the reader of Makefiles and of documentation puts what it found in such an expression
_OF_MAKE = lazy(r"\$\(\s*(.*?)\s*\)", 16)  # re.DOTALL
_SHOWN = lazy(r"\$\{\{(\$\([^}]*\)|<[^}]*>)\}\}")
_EXPRESSION = lazy(r"\$\{\{\s*([^}]*?)\s*\}\}")
_WITH_DEFAULT = lazy(r"([A-Za-z_][A-Za-z0-9_]*):?[-=](.*)", 16)  # re.DOTALL
_CHECKED = lazy(r"([A-Za-z_][A-Za-z0-9_]*)(?::?\?.*)?", 16)
_QUOTED = lazy(r"""\A(?:"([^"\\]*)"|'([^']*)')\Z""")


class Variables:
    """The variables of a script: each with all that is assigned to it anywhere. One that is assigned once has that value."""

    def __init__(self, assigned: Mapping[str, Sequence[Word]]) -> None:
        self.assigned = assigned
        self._meanings: dict[tuple[str, int], tuple[str, bool]] = {}

    def meaning(self, name: str, depth: int) -> tuple[str, bool]:
        """Its text, and whether a default made it."""
        if (name, depth) not in self._meanings:
            self._meanings[name, depth] = self._meaning(name, depth)
        return self._meanings[name, depth]

    def _meaning(self, name: str, depth: int) -> tuple[str, bool]:
        assigned = self.assigned.get(name, ())
        if len(assigned) == 1 and depth < _DEEPEST:
            text, by_default = _expanded(assigned[0].text, self, depth + 1) if assigned[0].dynamic else (assigned[0].text, False)
            return (text if len(text) <= _LONGEST else UNKNOWN), by_default
        return (_KNOWN.get(name, UNKNOWN) if not assigned else UNKNOWN), False


class Value(NamedTuple):
    """`text` has UNKNOWN for what cannot be told; `written` is as the file has it."""

    text: str
    written: str
    location: Location
    by_default: bool = False

    @property
    def known(self) -> bool:
        return UNKNOWN not in self.text

    def setting(self, text: str | None = None) -> Setting[str]:
        """Of the whole, or of a part of it."""
        part = self.text if text is None else text
        return Setting(None if UNKNOWN in part else part, self.location, self.written, self.by_default)


def value(word: Word, path: str, variables: Variables) -> Value:
    place = Location(path, word.line, word.column)
    text, by_default = _expanded(word.text, variables, 0) if word.dynamic else (word.text, False)
    return Value(_USERS_HOME.sub("~", text).replace(_SOMEONE, UNKNOWN), shown_text(word), place, by_default)


def shown_text(word: Word) -> str:
    """As the file has it."""
    return _SHOWN.sub(r"\1", word.text) if word.dynamic else word.text


def told(text: str) -> str:
    """A part that depends on what nobody knows is not told."""
    return "" if UNKNOWN in text else text


def _expanded(text: str, variables: Variables, depth: int) -> tuple[str, bool]:
    parts: list[str] = []
    by_default = False
    at = 0
    while at < len(text):
        if plain := _PLAIN.match(text, at):
            parts.append(plain[0])
            at = plain.end()
            continue
        end, inner = _expansion(text, at)
        part, default = (text[at:end], False) if inner is None else _meaning(text[at:end], inner, variables, depth)
        parts.append(part)
        by_default |= default
        at = end
    return "".join(parts), by_default


def _expansion(text: str, at: int) -> tuple[int, str | None]:
    """Where it ends, and what it holds; None where the dollar sign is one."""
    if text[at] == "`":
        end = text.find("`", at + 1)
        end = len(text) if end < 0 else end
        return end + 1, text[at + 1 : end]
    if found := _EXPRESSION.match(text, at):
        return found.end(), found[1]
    opening = text[at + 1 : at + 2]
    if opening in ("(", "{"):
        end = _closing(text, at + 1, opening, ")" if opening == "(" else "}")
        return end + 1, text[at + 2 : end]
    named = _NAME.match(text, at + 1)
    return (named.end(), named[0]) if named else (at + 1, None)


def _closing(text: str, at: int, opening: str, closing: str) -> int:
    level = 0
    for place in range(at, len(text)):
        level += (text[place] == opening) - (text[place] == closing)
        if not level:
            return place
    return len(text)


def _meaning(written: str, inner: str, variables: Variables, depth: int) -> tuple[str, bool]:
    if written.startswith(("$(", "`")):
        command = " ".join(inner.split())
        return "." if command in _WORKING_FOLDER else _WHO.get(command, UNKNOWN), False
    if written.startswith("${{"):
        made = _OF_MAKE.fullmatch(inner)
        return variables.meaning(made[1] if made else inner, depth)
    if checked := _CHECKED.fullmatch(inner):
        return variables.meaning(checked[1], depth)
    if default := _WITH_DEFAULT.fullmatch(inner):
        found = variables.meaning(default[1], depth)
        # HOME:-/root is HOME where there is one; a variable that only defaults to itself has its default
        if UNKNOWN not in found[0]:
            return found
        if depth < _DEEPEST:
            quoted = _QUOTED.match(default[2])
            if quoted and quoted[2] is not None:
                return quoted[2], True
            return _expanded(quoted[1] if quoted else default[2], variables, depth + 1)[0], True
    return UNKNOWN, False
