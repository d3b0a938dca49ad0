"""Options that a script keeps in variables, put where they are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from gates.container import run_options
from gates.container.run_values import Variables
from gates.core.patterns import lazy
from gates.shell.command import Assignment, Script, Word
from gates.shell.parsing import read

MAX_WORDS: Final = 2000
_DECLARING: Final = frozenset({"export", "local", "readonly", "declare", "typeset"})
_ASSIGNED = lazy(r"([A-Za-z_][A-Za-z0-9_]*)\+?=(.*)", 16)  # re.DOTALL
_NAMED: Final = r"[A-Za-z_][\w.-]*"  # also env.NAME and matrix.name of a workflow
_VARIABLE = lazy(rf"\$(?:([A-Za-z_]\w*)|\{{([A-Za-z_]\w*)\}}|\{{\{{(?:\$\()?\s*({_NAMED})\s*\)?\}}\}})")
_ARRAY = lazy(r"\$\{([A-Za-z_]\w*)\[[@*]\](?:[:+-].*)?\}", 16)
# flags in place of a variable's value, or where it has one
_INSTEAD = lazy(r"\$\{([A-Za-z_]\w*)(?:\[[@*]\])?(?P<how>:?[-+=])(?P<quote>[\"']?)(?P<text>[ ]*-.*?)(?P=quote)\}", 16)
_ARGUMENTS = lazy(r"\$(?:[@*]|\{[@*](?::[0-9]+)?(?:[+-][^}]*)?\})")
_ARGUMENT = lazy(r"\$(?:([1-9])|\{([1-9])(?::?[-+?][^}]*)?\})")


def variables_of(scripts: Iterable[Script], known: Mapping[str, Sequence[Word]]) -> Variables:
    """`known` are those that stand around the text."""
    assigned: dict[str, list[Word]] = {name: list(words) for name, words in known.items()}
    for script in scripts:
        for loop in _loops(script):
            assigned.setdefault(loop[0].name, []).extend(each.value for each in loop)
        for command in script.commands:
            # `NAME=value program` is for that program alone
            if not command.words:
                for assignment in command.assignments:
                    assigned.setdefault(assignment.name, []).append(assignment.value)
            elif command.words[0].text in _DECLARING:
                for word in command.words[1:]:
                    if found := _ASSIGNED.fullmatch(word.text):
                        assigned.setdefault(found[1], []).append(word._replace(text=found[2], column=word.column + found.start(2)))
    return Variables(assigned)


def _loops(script: Script) -> Iterator[Sequence[Assignment]]:
    """Those that go over flags, or over one word; the others decide on more than can be put in one line."""
    for _, group in groupby(script.loops, key=lambda each: (each.name, each.value.line)):
        loop = list(group)
        if len(loop) == 1 or any(each.value.text.startswith("-") for each in loop):
            yield loop


class Calls(NamedTuple):
    """The arguments that a function is called with, or that `set --` gives to the script."""

    arguments: Sequence[tuple[Word, ...]]

    def all(self) -> Iterator[Word]:
        """The flags of all calls, and the operands of the first that has some."""
        lines = [(call, run_options.read(call)) for call in self.arguments]
        for call, line in lines:
            yield from call[: len(call) - len(line.operands)]
        yield from next((line.operands for _, line in lines if line.operands), ())

    def at(self, place: int) -> Iterator[Word]:
        yield from (call[place - 1] for call in self.arguments if len(call) >= place)


def with_arguments(words: tuple[Word, ...], calls: Calls) -> tuple[Word, ...]:
    """In place of "$@" and $1. A call that hands its own on is not followed."""
    if not calls.arguments or not any(word.dynamic for word in words):
        return words
    found: list[Word] = []
    for word in words:
        single = _ARGUMENT.fullmatch(word.text)
        put: list[Word] = []
        if word.dynamic and _ARGUMENTS.fullmatch(word.text):
            put = list(calls.all())
        elif word.dynamic and single:
            put = list(calls.at(int(single[1] or single[2])))
            # of several it is not known here which; flags may all be given
            put = put if len(put) == 1 or all(each.text.startswith("-") for each in put) else []
        found += [each._replace(line=word.line, column=word.column) for each in put] or [word]
        if len(found) > MAX_WORDS:
            return words
    return tuple(found)


def spliced(words: tuple[Word, ...], variables: Variables) -> tuple[Word, ...]:
    """A word that is one variable becomes the words of all that the script assigns to it, for which of them hold is not known here."""
    found: list[Word] = []
    for word in words:
        found += _of(word, variables, frozenset()) if word.dynamic else (word,)
        if len(found) > MAX_WORDS:
            return words
    return tuple(found)


def _of(word: Word, variables: Variables, within: frozenset[str]) -> Iterator[Word]:
    instead = _INSTEAD.fullmatch(word.text)
    name = instead[1] if instead else _name(word)
    if name is None or len(within) > 3 or not (instead or (name in variables.assigned and name not in within)):
        yield word
        return
    spent = 0
    own = name not in within and (instead is None or "+" not in instead["how"])
    values = list(variables.assigned.get(name, ())) if own else []
    if instead:
        values.append(word._replace(text=instead["text"], dynamic="$" in instead["text"], quoted=False))
    for value in values:
        for part in _parts(value):
            # the option is used here, and that is where somebody looks for it
            for each in _of(part._replace(line=word.line, column=word.column), variables, within | {name}):
                yield each
                spent += 1
                if spent > MAX_WORDS:
                    return


def _name(word: Word) -> str | None:
    """Of a variable that is split into words: not in quotes, or an array."""
    if array := _ARRAY.fullmatch(word.text):
        return array[1]
    found = _VARIABLE.fullmatch(word.text)
    return None if found is None or word.quoted else found[1] or found[2] or found[3]


def _parts(value: Word) -> Iterator[Word]:
    text = value.text
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    elif not value.dynamic and not any(char.isspace() for char in text):
        if text:
            yield value
        return
    for command in read(f"_ {text}", expressions=True).commands:
        if "substitution" not in command.within:
            yield from command.words[1:] if command.words[:1] and command.words[0].text == "_" else command.words
