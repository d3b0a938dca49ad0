"""Steps that hand a title to `gates commits lint`, with what they say on its command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise
from posixpath import basename
from typing import Final

from gates.commits.source import Listed, Source
from gates.commits.sources.locating import Text, text_of
from gates.core.finding import Location
from gates.github import reading
from gates.github.workflow import Step

_KIND: Final = "gates-lint"
_TYPES: Final = "--types"
_SIGNS: Final = ";&|()<>"


def is_source(path: str) -> bool:
    return reading.is_workflow(path)


def read(data: bytes, path: str) -> list[Source]:
    """One for each step that gives types of its own. Raises DocumentError."""
    workflow = reading.read(data, path)
    if workflow is None or b"gates" not in data:
        return []
    text = text_of(data, path)
    steps = (step for job in workflow.jobs.values() for step in job.steps)
    return [_source(step, value, text) for step in steps for value in options_of(step, _TYPES)]


def options_of(step: Step, name: str) -> tuple[str, ...]:
    """The values of an option, one for each command that judges a title and gives it; the last of several counts."""
    return tuple(values[-1] for words in _commands(step.run) if _lints(words) and (values := list(_values(words, name))))


def by_policy(step: Step, path: str, types: Sequence[str]) -> Source:
    """The list of a step that goes by the types of the policy."""
    place = Location(path, step.line)
    return Source(_KIND, "checks-title", place, tuple(Listed(name, place) for name in types), implied=True)


def gives_types(step: Step) -> bool:
    return bool(options_of(step, _TYPES))


def _source(step: Step, value: str, text: Text) -> Source:
    start = text.source.find(_TYPES, text.offset(step.line, 1))
    place = text.place(start) if start >= 0 else Location(text.path, step.line)
    if "$" in value or "`" in value:
        return Source(_KIND, "checks-title", place, None, opaque=f"{_TYPES} is told by the shell when it runs")
    listed, at = [], text.source.find(value, start) if start >= 0 else -1
    for name in (word.strip() for word in value.split(",")):
        if at >= 0:
            at = text.source.find(name, at)
        listed.append(Listed(name, text.place(at, len(name)) if at >= 0 else place))
        at += len(name) if at >= 0 else 0
    return Source(_KIND, "checks-title", place, tuple(listed))


def _commands(run: str) -> Iterator[list[str]]:
    """The words of each simple command, as a shell parts them."""
    for line in run.replace("\\\n", " ").split("\n"):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=_SIGNS)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:  # a quote goes on in the next line
            words = line.split()
        command: list[str] = []
        for word in words:
            if word.strip(_SIGNS):
                command.append(word)
            else:
                yield command
                command = []
        yield command


def _lints(words: Sequence[str]) -> bool:
    program = next((number for number, word in enumerate(words) if basename(word).removesuffix(".exe") == "gates"), len(words))
    verbs = words[program:]
    return ("commits", "lint") in pairwise(verbs) and any(word.partition("=")[0] == "--title-env" for word in verbs)


def _values(words: Sequence[str], name: str) -> Iterator[str]:
    for word, following in pairwise((*words, "")):
        if word == name:
            yield following
        elif word.startswith(f"{name}="):
            yield word.removeprefix(f"{name}=")
