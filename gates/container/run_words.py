"""Options that a script keeps in variables, put where they are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from gates.container.run_values import Variables
from gates.core.patterns import lazy
from gates.shell.command import Script, Word
from gates.shell.parsing import read

MAX_WORDS: Final = 2000
_DECLARING: Final = frozenset({"export", "local", "readonly", "declare", "typeset"})
_ASSIGNED = lazy(r"([A-Za-z_][A-Za-z0-9_]*)\+?=(.*)", 16)  # re.DOTALL
_VARIABLE = lazy(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\}|\{\{(?:\$\()?\s*([A-Za-z_]\w*)\s*\)?\}\})")
_ARRAY = lazy(r"\$\{([A-Za-z_]\w*)\[[@*]\](?:[:+-].*)?\}", 16)


def variables_of(scripts: Iterable[Script]) -> Variables:
    assigned: dict[str, list[Word]] = {}
    for script in scripts:
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


def spliced(words: tuple[Word, ...], variables: Variables) -> tuple[Word, ...]:
    """A word that is one variable becomes the words of all that the script assigns to it, for which of them hold is not known here."""
    found: list[Word] = []
    for word in words:
        found += _of(word, variables, frozenset()) if word.dynamic else (word,)
        if len(found) > MAX_WORDS:
            return words
    return tuple(found)


def _of(word: Word, variables: Variables, within: frozenset[str]) -> Iterator[Word]:
    name = _name(word)
    if name is None or name in within or name not in variables.assigned or len(within) > 3:
        yield word
        return
    spent = 0
    for value in variables.assigned[name]:
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
    for command in read(f"_ {text}").commands:
        if "substitution" not in command.within:
            yield from command.words[1:] if command.words[:1] and command.words[0].text == "_" else command.words
