"""Reads a script into simple commands (POSIX.1-2024, 2.10 Shell Grammar,
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_10, with Bash's additions,
https://www.gnu.org/software/bash/manual/bash.html#Shell-Commands).
"""

from __future__ import annotations

from typing import Final

from gates.core.patterns import lazy
from gates.shell.command import Assignment, Operator, Problem, Redirect, Script, Surrounding, Word
from gates.shell.cursor import JOIN, Unreadable
from gates.shell.lexing import Lexeme, Words
from gates.shell.reading import OUTSIDE, Context, Found, Reader

MAX_COMMANDS: Final = 100_000

_OPENERS: Final = frozenset({"if", "while", "until", "for", "select", "case", "function", "{", "[[", "(", "coproc"})
_CLOSERS: Final = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}", "!"})
_ASSIGNMENT = lazy(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:\[[^\]]*\])?\+?=")
_COPROCESS = lazy(r"[A-Za-z_][A-Za-z0-9_]*[ \t]+(?=[({]|(?:if|while|until|for|select|case|\[\[)[ \t\n])")
_FUNCTION = lazy(rf"(?:[ \t]|\\\n)*+\({JOIN}[ \t]*\)")
_IN_CONDITION = lazy(r"&&|\|\||[()<>]")
_TIMED: Final = frozenset({"time", "-p", "--"})


def read(text: str, line: int = 1, column: int = 1, *, expressions: bool = False) -> Script:
    """`line` and `column` are where the text begins in its file. `expressions`: it is a step of a GitHub workflow, whose ${{ }} are
    replaced before a shell sees the text.

    Ends at the first thing that is no shell syntax, with a problem. A carriage return is a character like any other, as it is for shells.
    """
    found = Found()
    reader = _Reader(Words(text, line, column, expressions=expressions), found, OUTSIDE)
    reader.script_to_end()
    return found.script()


class _Reader(Reader):
    """Reads the grammar: lists, pipelines, compound and simple commands."""

    def __init__(self, words: Words, found: Found, context: Context) -> None:
        super().__init__(words, found, context)
        words.nested = self

    def script_to_end(self) -> None:
        try:
            self.body(frozenset({""}), self.words.position, "")
            self.line_end()
        except Unreadable as error:
            self.found.problems.append(Problem(error.line, error.message))
        for document in self.documents:
            self.found.problems.append(Problem(document.line, f"the here-document {document.delimiter!r} has no text"))

    # what words hold

    def substitution(self, opening: int, closer: str) -> None:
        saved = self.context, self.slot, self.documents
        self.context, self.slot, self.documents = self._inside(), -1, []
        try:
            self.body(frozenset({closer}), opening, "a substitution")
        finally:
            self.context, self.slot, documents = saved
            self.documents = documents + self.documents

    def script(self, text: str, line: int, column: int) -> None:
        words = Words(text, line, column, expressions=self.words.expressions, depth=self.words.depth)
        _Reader(words, self.found, self._inside()).script_to_end()

    # lists and pipelines

    def body(self, closers: frozenset[str], opening: int, what: str, *, needed: bool = False) -> str:
        """Reads commands up to one of `closers`, reserved words and operators, "" the end of the text; steps over it and tells which.

        `needed`: there must be one.
        """
        operator: Operator = ""
        empty = needed
        while True:
            self._skip_lines()
            closer = self._peek()
            if closer is not None and closer in closers and operator not in ("&&", "||") and not empty:
                self._step(closer)
                return closer
            if closer == "":
                raise self.words.unreadable(opening, f"{what} is not closed" if what else f"nothing follows {operator}")
            self._pipeline(operator)
            operator, empty = self._joint(closers), False

    def _joint(self, closers: frozenset[str]) -> Operator:
        self.words.blanks()
        match self._peek():
            case ";" | "\n":
                self._step(";")
                return ";"
            case "&":
                self._step("&")
                return "&"
            case "&&":
                self._step("&&")
                return "&&"
            case "||":
                self._step("||")
                return "||"
            case following if following != "" and (following is None or following not in closers):
                raise self._unexpected()
        return ""

    def _pipeline(self, before: Operator) -> None:
        outer, number, place, negated = self.context, self.found.pipeline(), 0, False
        while self._peek() == "!":
            self._step("!")
            self.words.blanks()
            negated = not negated
        if negated and self._peek() in ("", "\n", ";", ")"):
            return
        while True:
            self.context = outer._replace(pipes=(*outer.pipes, (number, place)))
            self._command(before, negated=negated)
            self.words.blanks()
            following = self._peek()
            if following not in ("|", "|&"):
                break
            self._step(following)
            self._skip_lines()
            before, place = "|", place + 1
        self.context = outer

    # commands

    def _command(self, before: Operator, *, negated: bool = False) -> None:
        if len(self.found.commands) > MAX_COMMANDS:
            raise self.words.unreadable(self.words.position, f"more than {MAX_COMMANDS} commands")
        opening, word = self.words.position, self._peek()
        if word == "(":
            if self._arithmetic(before, negated=negated):
                return
        elif word == "[[":
            self._step(word)
            self._condition(before, opening, negated=negated)
            return
        elif word in _CLOSERS:
            raise self._unexpected()
        elif word not in _OPENERS:
            self._simple(before, negated=negated)
            return
        self._step(word)
        with self.words.deeper():
            match word:
                case "(":
                    kind: Surrounding = self._block("subshell", ")", opening)
                case "{":
                    kind = self._block("group", "}", opening)
                case "if":
                    kind = self._if(opening)
                case "while" | "until":
                    kind = self._clause("loop", frozenset({"do"}), opening, condition=True)[0]
                    self._clause("loop", frozenset({"done"}), opening)
                case "for" | "select":
                    kind = self._for(opening)
                case "case":
                    kind = self._case(opening)
                case "function":
                    self._skip_name()
                    self._function()
                    return
                case _:
                    self.words.blanks()
                    named = _COPROCESS.match(self.words.text, self.words.position, self.words.end)
                    self.words.position = named.end() if named else self.words.position
                    self._command(before)
                    return
        self._redirects(kind)

    def _clause(self, kind: Surrounding, closers: frozenset[str], opening: int, *, condition: bool = False) -> tuple[Surrounding, str]:
        outer = self.context
        self.context = outer._replace(within=(*outer.within, kind), condition=condition)
        closer = self.body(closers, opening, f"{kind!r}", needed=True)
        self.context = outer
        return kind, closer

    def _block(self, kind: Surrounding, closer: str, opening: int) -> Surrounding:
        outer = self.context
        self._clause(kind, frozenset({closer}), opening, condition=outer.condition)
        return kind

    def _if(self, opening: int) -> Surrounding:
        closer = "elif"
        while closer != "fi":
            if closer == "elif":
                self._clause("if", frozenset({"then"}), opening, condition=True)
            _, closer = self._clause("if", frozenset({"fi"} if closer == "else" else {"elif", "else", "fi"}), opening)
        return "if"

    def _for(self, opening: int) -> Surrounding:
        self.words.blanks()
        if self.words.arithmetic():
            self._joint_of_for()
        else:
            name = self._skip_name()
            self._skip_lines()
            if self._skip_in():
                self._loop_words(name)
            self._joint_of_for()
        closer = "}" if self._peek() == "{" else "done"
        if closer == "done" and self._peek() != "do":
            raise self._unexpected()
        self._step("do" if closer == "done" else "{")
        return self._clause("loop", frozenset({closer}), opening)[0]

    def _joint_of_for(self) -> None:
        self.words.blanks()
        if self._peek() == ";":
            self._step(";")
        self._skip_lines()

    def _case(self, opening: int) -> Surrounding:
        self._skip_name()
        self._skip_lines()
        if not self._skip_in():
            raise self._unexpected()
        outer = self.context
        self.context = outer._replace(within=(*outer.within, "case"), condition=False)
        closer = ""
        while closer != "esac":
            self._skip_lines()
            if self._peek() == "esac":
                self._step("esac")
                break
            self._patterns(opening)
            closer = self.body(frozenset({";;", ";&", ";;&", "esac"}), opening, "'case'")
        self.context = outer
        return "case"

    def _patterns(self, opening: int) -> None:
        if self._peek() == "(":
            self._step("(")
        while True:
            self.words.blanks()
            if self._lexeme() is None:
                if self.words.position >= self.words.end:
                    raise self.words.unreadable(opening, "'case' is not closed")
                raise self._unexpected()
            self.words.blanks()
            match self._peek():
                case ")":
                    self._step(")")
                    return
                case "|":
                    self._step("|")
                case _:
                    raise self._unexpected()

    def _function(self) -> None:
        """Its name has been read."""
        found = _FUNCTION.match(self.words.text, self.words.position, self.words.end)
        self.words.position = found.end() if found else self.words.position
        self._skip_lines()
        outer = self.context
        # what a function does is done where it is called
        self.context = Context((*outer.within, "function"), (), False, outer.holder)
        self._pipeline_of_one("")
        self.context = outer

    def _pipeline_of_one(self, before: Operator) -> None:
        outer = self.context
        self.context = outer._replace(pipes=(*outer.pipes, (self.found.pipeline(), 0)))
        self._command(before)
        self.context = outer

    def _simple(self, before: Operator, *, negated: bool) -> None:
        start, slot = self.words.position, self.found.slot()
        outer_slot, self.slot = self.slot, slot
        words: list[Word] = []
        assignments: list[Assignment] = []
        redirects: list[Redirect] = []
        while True:
            self.words.blanks()
            if self._redirect(redirects):
                continue
            if (
                0 < len(words) <= len(_TIMED)
                and all(word.text in _TIMED for word in words)
                and self._peek() in _OPENERS
                and not words[0].quoted
            ):
                return self._timed(before, slot, outer_slot)
            lexeme = self._lexeme()
            if lexeme is None:
                break
            if not words and (assignment := _assignment(lexeme)):
                assignments.append(assignment)
                continue
            words.append(lexeme.word)
            if len(words) == 1 and not assignments and not redirects and self._is_function(lexeme):
                self.found.commands.pop()
                self.slot = outer_slot
                with self.words.deeper():
                    return self._function()
        self.slot = outer_slot
        if not (words or assignments or redirects):
            self.found.commands.pop()
            raise self._unexpected()
        self._tell(slot, before, words, assignments, redirects, start, negated=negated)
        return None

    def _timed(self, before: Operator, slot: int, outer_slot: int) -> None:
        """`time` before a compound command is a reserved word."""
        del self.found.commands[slot:]
        self.slot = outer_slot
        with self.words.deeper():
            self._command(before)

    def _is_function(self, lexeme: Lexeme) -> bool:
        found = _FUNCTION.match(self.words.text, self.words.position, self.words.end)
        return found is not None and not lexeme.expanded and not lexeme.word.quoted

    def _arithmetic(self, before: Operator, *, negated: bool) -> bool:
        start, slot = self.words.position, self.found.slot()
        outer_slot, self.slot = self.slot, slot
        read = self.words.arithmetic()
        self.slot = outer_slot
        if not read:
            self.found.commands.pop()
            return False
        line, column = self.words.place(start)
        inner = Word(self.words.text[start + 2 : self.words.position - 2], line, column + 2, dynamic=True)
        redirects: list[Redirect] = []
        while self._redirect(redirects):
            pass
        self._tell(slot, before, [Word("((", line, column), inner], [], redirects, start, negated=negated)
        return True

    def _condition(self, before: Operator, start: int, *, negated: bool) -> None:
        """[[ … ]], whose operators are told as words."""
        slot = self.found.slot()
        outer_slot, self.slot = self.slot, slot
        words = [Word("[[", *self.words.place(start))]
        while True:
            self.words.blanks()
            if self.words.text.startswith("\n", self.words.position, self.words.end):
                self.line_end()
                continue
            if found := _IN_CONDITION.match(self.words.text, self.words.position, self.words.end):
                words.append(Word(found.group(), *self.words.place(self.words.position)))
                self.words.position = found.end()
                continue
            lexeme = self.words.word(regular_expression=words[-1].text == "=~")
            if lexeme is None:
                if self.words.position >= self.words.end:
                    raise self.words.unreadable(start, "'[[' is not closed")
                raise self._unexpected()
            words.append(lexeme.word)
            if lexeme.word.text == "]]" and not lexeme.word.quoted:
                break
        redirects: list[Redirect] = []
        while self._redirect(redirects):
            pass
        self.slot = outer_slot
        self._tell(slot, before, words, [], redirects, start, negated=negated)

    def _redirects(self, kind: Surrounding) -> None:
        """Those of a compound command."""
        self.words.blanks()
        if not self._at_redirect():
            return
        start, slot = self.words.position, self.found.slot()
        outer, outer_slot = self.context, self.slot
        self.context, self.slot = outer._replace(within=(*outer.within, kind)), slot
        redirects: list[Redirect] = []
        while self._redirect(redirects):
            pass
        self._tell(slot, ";", [], [], redirects, start, negated=False)
        self.context, self.slot = outer, outer_slot


def _assignment(lexeme: Lexeme) -> Assignment | None:
    plain = _ASSIGNMENT.match(lexeme.bare)
    found = _ASSIGNMENT.match(lexeme.word.text)
    if not plain or not found:
        return None
    word = lexeme.word
    value = Word(word.text[found.end() :], word.line, word.column + found.end(), lexeme.expanded, word.quoted)
    return Assignment(found["name"], value)
