"""Where shell commands stand in files of other kinds: recipes of a Makefile, code blocks of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from gates.core.patterns import lazy
from gates.shell.command import Command, Script, Word

_SHELLS: Final = frozenset(
    (
        "",
        "sh",
        "bash",
        "shell",
        "zsh",
        "ksh",
        "console",
        "shell-session",
        "shellsession",
        "sh-session",
        "terminal",
        "bash-session",
        "text",
    )
)
_SESSIONS: Final = frozenset(("console", "shell-session", "shellsession", "sh-session", "bash-session", "terminal"))
_FENCE = lazy(r"(?P<indent>[ \t>]*(?:(?:[-*+]|[0-9]+[.)])[ \t]+)?)(?P<fence>`{3,}|~{3,})[ \t]*\{?\.?(?P<language>[A-Za-z0-9_+-]*)[^`\n]*")
_PROMPT = lazy(r"(?P<prompt>[ \t]*(?:[\w.@:~/\[\]() -]{0,40}?[$%]|>)[ \t]+)")
_ROOT_PROMPT = lazy(r"(?P<prompt>[ \t]*(?:[\w.@:~/\[\] -]{0,40}?[#$%]|>)[ \t]+)")
_BLANK = lazy(r"<([A-Za-z](?:[A-Za-z0-9_ ./:-]{0,40}[A-Za-z0-9])?)>")
_UNSAFE = lazy(r"[{}'\\\\]")
_RULE = lazy(r"[^\t #=][^=;]*::?(?!=)[^=;]*;")
_MAKE_ASSIGNMENT = lazy(
    r"(?:(?:export|override|private)[ ]+)*([A-Za-z_][A-Za-z0-9_]*)[ \t]*(?P<how>::?:?=|\?=|\+=|=|!=)[ \t]*(.*)", 16
)  # re.DOTALL
_RECIPE_PREFIX = lazy(r"[ \t]*[@+-]+[ \t]*")
# https://www.gnu.org/software/make/manual/make.html#Special-Variables, #Multi_002dLine
_PREFIX_CHANGED = lazy(r"\.RECIPEPREFIX[ \t]*(?:\?|::?:?|\+)?=[ \t]*(\S?).*")
_DEFINE = lazy(r"[ ]*(?:(?:override|export|private)[ ]+)*define[ \t]+\S")
_ENDEF = lazy(r"[ \t]*endef\b")
_MAKE_PART = lazy(r"[^$]+|\$\$|\$[({]|\$.|\$", 16)


class Source(NamedTuple):
    """Shell text whose lines are lines of the file from `line` on. `indent` is how much further right they stand there, `first` the
    first of them where it differs. `expressions`: parts in ${{ }} are not the shell's.
    """

    text: str
    line: int
    indent: int = 0
    first: int | None = None
    expressions: bool = False

    def placed(self, script: Script) -> Script:
        """With the columns of the file."""
        if not self.indent and not self.first:
            return script
        return script._replace(commands=tuple(self._command(command) for command in script.commands))

    def _command(self, command: Command) -> Command:
        return command._replace(
            words=tuple(self._word(word) for word in command.words),
            assignments=tuple(each._replace(value=self._word(each.value)) for each in command.assignments),
        )

    def _word(self, word: Word) -> Word:
        shift = self.first if word.line == self.line and self.first is not None else self.indent
        return word._replace(column=word.column + shift)


def sources(text: str, kind: Literal["script", "makefile", "markdown", "workflow-run"], line: int, column: int) -> Iterator[Source]:
    match kind:
        case "makefile":
            yield from _makefile(text, line)
        case "markdown":
            yield from _markdown(text, line)
        case _:
            yield Source(text, line, column - 1, expressions=kind == "workflow-run")


# Makefiles (https://www.gnu.org/software/make/manual/make.html#Recipe-Syntax)


def _makefile(text: str, line: int) -> Iterator[Source]:
    """Recipes, what make itself runs, the lines of definitions, and assignments as a shell would write them."""
    prefix, defining = "\t", 0
    for number, logical in _logical_lines(text):
        place = line + number
        yield from _run_by_make(logical, place)
        if changed := _PREFIX_CHANGED.fullmatch(logical):
            prefix = changed[1] or "\t"
        elif _DEFINE.match(logical):
            defining += 1
        elif defining and _ENDEF.match(logical):
            defining -= 1
        elif defining or logical.startswith(prefix):
            yield _recipe(logical, place, "" if defining and not logical.startswith(prefix) else prefix)
        elif rule := _RULE.match(logical):
            yield Source(_expanded(logical[rule.end() :]), place, 0, rule.end(), expressions=True)
        elif assigned := _MAKE_ASSIGNMENT.fullmatch(logical):
            if assigned["how"] == "!=":
                yield Source(_expanded(assigned[3]), place, 0, assigned.start(3), expressions=True)
                continue
            value = " ".join(assigned[3].replace("\\\n", " ").partition(" #")[0].split())
            quoted = _expanded(value).replace("'", "'\\''")
            yield Source(f"{assigned[1]}='{quoted}'", place, expressions=True)


def _recipe(logical: str, place: int, prefix: str) -> Source:
    body = logical[len(prefix) :]
    before = _RECIPE_PREFIX.match(body)
    start = before.end() if before else 0
    # further lines of a recipe lose one prefix
    text = body[start:].replace(f"\n{prefix}", "\n") if prefix else body[start:]
    return Source(_expanded(text), place, len(prefix), start + len(prefix), expressions=True)


def _run_by_make(logical: str, place: int) -> Iterator[Source]:
    """$(shell …), wherever it stands."""
    at = logical.find("(shell ")
    while at >= 0:
        end = _closing(logical, at + 1, ")")
        if logical[at - 1 : at] == "$":
            start = at + len("(shell ")
            above = logical.count("\n", 0, start)
            first = start - logical.rfind("\n", 0, start) - 1
            yield Source(_expanded(logical[start:end]), place + above, 0, first, expressions=True)
        # what it holds was read with it
        at = logical.find("(shell ", end)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """With the lines that they go on in, and the number of the first, from 0."""
    lines: list[str] = []
    first = 0
    for number, line in enumerate(text.split("\n")):
        if not lines:
            first = number
        lines.append(line)
        if not line.endswith("\\") or line.endswith("\\\\"):
            yield first, "\n".join(lines)
            lines = []
    if lines:
        yield first, "\n".join(lines)


def _expanded(text: str) -> str:
    """What make puts in before a shell sees the line, $(NAME), becomes ${{$(NAME)}}, an expression that counts in quotes too."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        found = _MAKE_PART.match(text, at)
        piece = found[0] if found else text[at]
        at += len(piece)
        if piece == "$$":
            parts.append("$")
        elif piece in ("$(", "${"):
            end = _closing(text, at, ")" if piece == "$(" else "}")
            parts.append(_expression(text[at:end]))
            at = end + 1
        elif piece.startswith("$") and len(piece) == 2:
            parts.append(_expression(piece[1]))
        else:
            parts.append(piece)
    return "".join(parts)


def _expression(inner: str) -> str:
    lines = inner.count("\n")
    # what is shown to people is `$(NAME)`; the lines that it took are kept, for the places of what follows
    return f"${{{{$({_UNSAFE.sub('_', ' '.join(inner.split()))})}}}}" + "\\\n" * lines


def _closing(text: str, at: int, closing: str) -> int:
    opening = "(" if closing == ")" else "{"
    level = 1
    for place in range(at, len(text)):
        level += (text[place] == opening) - (text[place] == closing)
        if not level:
            return place
    return len(text)


# Markdown (https://spec.commonmark.org/0.31.2/#fenced-code-blocks)


def _markdown(text: str, line: int) -> Iterator[Source]:
    block: list[str] | None = None
    fence, indent, language, first = "", 0, "", 0
    for number, written in enumerate(text.split("\n")):
        found = _FENCE.match(written)
        if block is None:
            if found:
                block, first = [], number + 1
                fence, indent, language = found["fence"], len(found["indent"]), found["language"].lower()
        elif found and found["fence"].startswith(fence) and not found["language"]:
            yield from _block(block, language, line + first, indent)
            block = None
        else:
            block.append(written)
    if block:
        yield from _block(block, language, line + first, indent)


def _block(lines: list[str], language: str, first: int, indent: int) -> Iterator[Source]:
    if language not in _SHELLS:
        return
    stripped = [line[_indented(line, indent) :] for line in lines]
    prompt = _ROOT_PROMPT if language in _SESSIONS else _PROMPT
    session = language in _SESSIONS or any((found := _PROMPT.match(line)) and found["prompt"].strip() == "$" for line in stripped)
    commands: list[str] = []
    continued = False
    for line in stripped:
        found = prompt.match(line) if session else None
        # what a session prints is no command
        command = line[found.end() :] if found else line if continued or not session else ""
        continued = command.endswith("\\")
        commands.append(_BLANK.sub(_filled_in, command))
    if session and not any(commands):
        commands = [_BLANK.sub(_filled_in, line) for line in stripped]
    yield Source("\n".join(commands), first, indent, expressions=True)


def _indented(line: str, indent: int) -> int:
    blank = len(line) - len(line.lstrip(" \t>"))
    return min(indent, blank)


def _filled_in(found: re.Match[str]) -> str:
    """`<name>` is for the reader to fill in."""
    return f"${{{{{found[0]}}}}}"
