"""What all who read commands need: the words and operators that end things, redirects, and the here-documents that they begin."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gates.core.patterns import lazy
from gates.shell.command import Assignment, Command, Operator, Problem, Redirect, Script, Surrounding, Word
from gates.shell.cursor import JOIN, Unreadable
from gates.shell.lexing import Lexeme, Words

_RESERVED_WORDS: Final = (
    *("if", "then", "elif", "else", "fi", "while", "until", "for", "select", "do", "done", "case", "esac", "function", "coproc"),
    *("{", "}", "!", "[["),
)


def _spelt(*words: str) -> str:
    """A word may be continued on the next line anywhere."""
    return "|".join(JOIN.join(re.escape(char) for char in word) for word in sorted(words, key=len, reverse=True))


_END: Final = rf"(?={JOIN}(?:[ \t\n;&|<>()]|\Z))"
_RESERVED = lazy(f"(?:{_spelt(*_RESERVED_WORDS)}){_END}")
_IN = lazy(f"(?:{_spelt('in')}){_END}")
_OPERATOR = lazy(rf"{_spelt('&&', '||', ';;&', ';;', ';&', '|&', ';', '|', '(', ')')}|&(?!{JOIN}>)|\n")
_REDIRECT = lazy(
    r"(?P<descriptor>[0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})?"
    rf"(?P<operator>{_spelt('<<<', '<<-', '<<', '<&', '<>', '>>', '>&', '>|')}|[<>](?!\())"
    rf"|(?P<both>{_spelt('&>>', '&>')})"
)
_TABS = lazy(r"^\t+", re.MULTILINE)
_SHOWN = lazy(r"[^\s]{0,20}")


class Context(NamedTuple):
    within: tuple[Surrounding, ...]
    pipes: tuple[tuple[int, int], ...]
    condition: bool
    holder: int


OUTSIDE: Final = Context((), (), False, -1)


class Document(NamedTuple):
    """A here-document whose text begins after the end of the line. `redirect` is the redirect's number in the command at `slot`."""

    slot: int
    redirect: int
    delimiter: str
    strips: bool
    expands: bool
    line: int


class Found:
    """What was read. A command that is being read has its place already, and nothing in it."""

    def __init__(self) -> None:
        self.commands: list[Command | None] = []
        self.problems: list[Problem] = []
        self.loops: list[Assignment] = []
        self.pipelines = 0

    def slot(self) -> int:
        self.commands.append(None)
        return len(self.commands) - 1

    def pipeline(self) -> int:
        self.pipelines += 1
        return self.pipelines

    def script(self) -> Script:
        """Leaves out what was begun when reading ended."""
        places: dict[int, int] = {}
        for slot, command in enumerate(self.commands):
            if command is not None:
                places[slot] = len(places)
        whole = (command._replace(holder=places.get(command.holder, -1)) for command in self.commands if command is not None)
        return Script(tuple(whole), tuple(sorted(self.problems)), tuple(self.loops))


class Reader:
    """Reads with `words` into `found`. What the context says holds for the command that is being read, and that has its place at `slot`."""

    def __init__(self, words: Words, found: Found, context: Context) -> None:
        self.words = words
        self.found = found
        self.context = context
        self.slot = -1
        self.documents: list[Document] = []

    def line_end(self) -> None:
        """Steps over the end of a line, and over the here-documents that it begins."""
        self.words.position = min(self.words.position + 1, self.words.end)
        documents, self.documents = self.documents, []
        filled: dict[int, dict[int, tuple[Document, int, int]]] = {}
        for document in documents:
            filled.setdefault(document.slot, {})[document.redirect] = (document, *self._document(document))
        for slot, texts in filled.items():
            self._fill(slot, texts)
            for document, start, end in texts.values():
                if document.expands:
                    self._expand(document, start, end)

    def _inside(self) -> Context:
        return Context((*self.context.within, "substitution"), (), False, self.slot)

    def _tell(
        self,
        slot: int,
        before: Operator,
        words: list[Word],
        assignments: list[Assignment],
        redirects: list[Redirect],
        start: int,
        *,
        negated: bool,
    ) -> None:
        context = self.context
        self.found.commands[slot] = Command(
            tuple(words),
            tuple(assignments),
            tuple(redirects),
            before,
            context.pipes[-1][0] if context.pipes else 0,
            context.within,
            self.words.place(start)[0],
            negated,
            context.pipes,
            context.holder,
            context.condition,
        )

    # redirects and here-documents

    def _at_redirect(self) -> bool:
        return _REDIRECT.match(self.words.text, self.words.position, self.words.end) is not None

    def _redirect(self, redirects: list[Redirect]) -> bool:
        self.words.blanks()
        found = _REDIRECT.match(self.words.text, self.words.position, self.words.end)
        if not found:
            return False
        start, self.words.position = self.words.position, found.end()
        operator = (found["operator"] or found["both"]).replace("\\\n", "")
        self.words.blanks()
        lexeme = self.words.word()
        if lexeme is None:
            raise self.words.unreadable(start, f"{operator} leads nowhere")
        if operator in ("<<", "<<-"):
            # a substitution in the delimiter is not run: it is the text that the document ends with
            quoted = lexeme.word.quoted
            line = self.words.place(start)[0]
            self.documents.append(Document(self.slot, len(redirects), lexeme.word.text, operator == "<<-", not quoted, line))
        redirects.append(Redirect(operator.removesuffix("-"), found["descriptor"] or "", lexeme.word))
        return True

    def _document(self, document: Document) -> tuple[int, int]:
        """Steps over its text, and tells where that begins and ends."""
        words = self.words
        start = at = words.position
        joined = False
        while at < words.end:
            stop = words.text.find("\n", at, words.end)
            stop = words.end if stop < 0 else stop
            line = words.text[at:stop]
            if not joined and (line.lstrip("\t") if document.strips else line) == document.delimiter:
                words.position = min(stop + 1, words.end)
                return start, at
            joined = document.expands and (len(line) - len(line.rstrip("\\"))) % 2 == 1
            at = stop + 1
        words.position = words.end
        self.found.problems.append(Problem(document.line, f"the here-document is not closed by {document.delimiter!r}"))
        return start, words.end

    def _fill(self, slot: int, documents: dict[int, tuple[Document, int, int]]) -> None:
        """Gives the redirects of a command their texts, by the redirect's number."""
        command = self.found.commands[slot]
        if command is None:
            return
        redirects = list(command.redirects)
        for number, (document, start, end) in documents.items():
            text = self.words.text[start:end]
            body = _TABS.sub("", text) if document.strips else text
            redirects[number] = redirects[number]._replace(body=body, body_line=self.words.place(start)[0])
        self.found.commands[slot] = command._replace(redirects=tuple(redirects))

    def _expand(self, document: Document, start: int, end: int) -> None:
        command = self.found.commands[document.slot]
        if command is None:
            return
        saved = self.context, self.slot, self.documents
        self.context = Context(command.within, command.pipes, command.condition, command.holder)
        self.slot, self.documents = document.slot, []
        try:
            with self.words.between(start, end):
                self.words.expansions()
        except Unreadable as error:
            self.found.problems.append(Problem(error.line, error.message))
        finally:
            self.context, self.slot, self.documents = saved

    # steps

    def _lexeme(self) -> Lexeme | None:
        return self.words.word()

    def _peek(self) -> str | None:
        """The reserved word or the operator that stands here, "" at the end, None for anything else."""
        text, position, end = self.words.text, self.words.position, self.words.end
        if position >= end:
            return ""
        found = _RESERVED.match(text, position, end) or _OPERATOR.match(text, position, end)
        return found.group().replace("\\\n", "") if found else None

    def _step(self, over: str | None) -> None:
        """Steps over what `_peek` told."""
        if self.words.text.startswith("\n", self.words.position, self.words.end):
            self.line_end()
        elif over:
            text, position, end = self.words.text, self.words.position, self.words.end
            found = _RESERVED.match(text, position, end) or _OPERATOR.match(text, position, end)
            self.words.position = found.end() if found else position

    def _skip_lines(self) -> None:
        self.words.blanks()
        while self.words.text.startswith("\n", self.words.position, self.words.end):
            self.line_end()
            self.words.blanks()

    def _skip_name(self) -> str:
        """The name of a variable or a function, the subject of `case`."""
        self.words.blanks()
        slot, self.slot = self.slot, -1
        lexeme = self._lexeme()
        if lexeme is None:
            raise self._unexpected()
        self.slot = slot
        self.words.blanks()
        return lexeme.word.text

    def _skip_in(self) -> bool:
        found = _IN.match(self.words.text, self.words.position, self.words.end)
        self.words.position = found.end() if found else self.words.position
        return found is not None

    def _loop_words(self, name: str) -> None:
        slot, self.slot = self.slot, -1
        self.words.blanks()
        while (lexeme := self._lexeme()) is not None:
            self.found.loops.append(Assignment(name, lexeme.word))
            self.words.blanks()
        self.slot = slot

    def _unexpected(self) -> Unreadable:
        position = self.words.position
        word = self._peek()
        if word is None:
            found = _SHOWN.match(self.words.text, position, self.words.end)
            word = found.group() if found else ""
        shown = {"": "the end of the text", "\n": "the end of the line"}.get(word, repr(word))
        return self.words.unreadable(position, f"{shown} is unexpected here")
