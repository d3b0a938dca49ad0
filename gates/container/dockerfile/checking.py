"""What BuildKit refuses of one instruction (https://docs.docker.com/reference/dockerfile/;
https://github.com/moby/buildkit/tree/master/frontend/dockerfile/instructions).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from gates.container.dockerfile import heredocs, values
from gates.container.dockerfile.expansion import Malformed
from gates.container.dockerfile.instruction import Instruction
from gates.container.dockerfile.lexing import SPACES
from gates.core.documents.node import quoted

FlagKind = Literal["text", "texts", "switch"]  # "texts" may be given more than once

FLAGS: Mapping[str, Mapping[str, FlagKind]] = {
    "ADD": {
        "chown": "text",
        "chmod": "text",
        "link": "switch",
        "keep-git-dir": "switch",
        "checksum": "text",
        "unpack": "switch",
        "exclude": "texts",
    },
    "COPY": {"chown": "text", "from": "text", "chmod": "text", "link": "switch", "exclude": "texts", "parents": "switch"},
    "FROM": {"platform": "text"},
    "HEALTHCHECK": {"interval": "text", "timeout": "text", "start-period": "text", "start-interval": "text", "retries": "text"},
    "RUN": {"mount": "texts", "network": "text", "security": "text", "device": "texts"},
    **{word: {} for word in ("CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "MAINTAINER", "ONBUILD", "SHELL", "USER", "VOLUME", "WORKDIR")},
    # BuildKit does not look at theirs
    "ARG": {},
    "STOPSIGNAL": {},
}
UNCHECKED_FLAGS = ("ARG", "STOPSIGNAL")

CHOICES = {"network": ("default", "none", "host"), "security": ("sandbox", "insecure")}
DURATIONS = ("interval", "timeout", "start-period", "start-interval")

_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_DURATION = re.compile(rf"[+-]?(?:0|(?:{_PART.pattern})+)")


def messages(instruction: Instruction, flags: Sequence[str], escape: str) -> Iterator[str]:
    """What is wrong with it, nothing where BuildKit takes it. `flags` are those of `instruction` as written."""
    keyword = instruction.keyword
    if keyword not in FLAGS:
        yield f"unknown instruction {quoted(keyword)}"
        return
    disabled = keyword == "HEALTHCHECK" and instruction.value.upper() == "NONE"
    if keyword not in UNCHECKED_FLAGS and not disabled:
        yield from _flags(keyword, flags)
    if keyword in values.PAIRED:
        yield from _pairs(instruction, escape)
    elif keyword == "ONBUILD":
        yield from _onbuild(instruction.trigger, escape)
    elif keyword in ("RUN", "CMD", "ENTRYPOINT"):
        return
    elif keyword == "SHELL":
        if not instruction.words:
            yield "SHELL takes a JSON array of at least one word"
    elif not instruction.value:
        yield f"{keyword} has no argument"
    elif keyword == "FROM":
        yield from _from(instruction)
    elif keyword in ("ADD", "COPY"):
        yield from _copy(instruction)
    elif keyword == "HEALTHCHECK":
        yield from _health(instruction)
    elif keyword == "VOLUME":
        paths = values.operands(instruction)
        if not paths or not all(path.strip(SPACES) for path in paths):
            yield "VOLUME names an empty path"


def _flags(keyword: str, flags: Sequence[str]) -> Iterator[str]:
    known = FLAGS[keyword]
    seen: set[str] = set()
    for flag in flags:
        name, equals, value = flag[2:].partition("=")
        kind = known.get(name)
        if kind is None:
            yield f"{keyword} has no flag {quoted('--' + name)}"
            continue
        if name in seen and kind != "texts":
            yield f"--{name} is given twice"
        seen.add(name)
        if not equals if kind != "switch" else equals and not value:
            yield f"--{name} has no value"
        elif kind == "switch" and value and value.lower() not in ("true", "false"):
            yield f"--{name} is true or false, not {quoted(value)}"
        elif name in CHOICES and value not in CHOICES[name]:
            yield f"--{name} is one of {', '.join(CHOICES[name])}, not {quoted(value)}"
        elif name in DURATIONS and not _duration(value):
            yield f"--{name} is no duration of at least 1ms: {quoted(value)}"
        elif name == "retries" and value and not (re.fullmatch(r"[+-]?[0-9]{1,18}", value) and 0 <= int(value) < 1 << 31):
            yield f"--retries is no number: {quoted(value)}"
        elif name == "mount":
            yield from _mount(value)


def _duration(text: str) -> bool:
    return not text or (bool(_DURATION.fullmatch(text)) and (_lasts(text) == 0 or _lasts(text) >= _UNITS["ms"]))


def _lasts(text: str) -> float:
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return -total if text.startswith("-") else total


def _mount(value: str) -> Iterator[str]:
    fields = values.fields(value)
    if fields is None:
        yield f"--mount has quotes that do not match: {quoted(value)}"
        return
    for field in fields:
        name, equals, text = field.partition("=")
        if equals and name.lower() == "from" and "$" in text[:-1]:
            yield "--mount takes no variable in from; name a stage that is built FROM it"


def _pairs(instruction: Instruction, escape: str) -> Iterator[str]:
    written = values.written(instruction, escape)
    if written.problem:
        yield written.problem
    elif not written.pairs:
        yield f"{instruction.keyword} has no name"
    elif not all(pair.name for pair in written.pairs):
        yield f"{instruction.keyword} has an empty name"


def _onbuild(trigger: Instruction | None, escape: str) -> Iterator[str]:
    if trigger is None:
        yield "ONBUILD has no instruction"
    elif trigger.keyword.strip(SPACES) in ("ONBUILD", "FROM", "MAINTAINER"):
        yield f"ONBUILD cannot hold {trigger.keyword}"
    elif trigger.keyword in ("ENV", "LABEL") and trigger.value and (problem := values.written(trigger, escape).problem):
        # the rest of it is judged where an image is built from this one
        yield problem


def _from(instruction: Instruction) -> Iterator[str]:
    words = values.operands(instruction)
    if len(words) == 3 and words[1].lower() == "as":
        if not _STAGE_NAME.fullmatch(words[2].lower()):
            yield f"{quoted(words[2])} is no name for a stage"
    elif len(words) != 1:
        yield "FROM takes an image, or an image, AS and a name"


def _copy(instruction: Instruction) -> Iterator[str]:
    words = values.operands(instruction)
    if len(words) < 2:
        yield f"{instruction.keyword} names no destination"
    elif _is_heredoc(words[-1]):
        yield f"{instruction.keyword} cannot copy to a here-document"


def _is_heredoc(word: str) -> bool:
    try:
        return heredocs.one(word) is not None
    except Malformed:
        return False


def _health(instruction: Instruction) -> Iterator[str]:
    kind, rest = values.health(instruction)
    if kind.upper() == "NONE":
        if rest:
            yield "HEALTHCHECK NONE takes nothing more"
    elif kind.upper() != "CMD":
        yield f"HEALTHCHECK takes CMD or NONE, not {quoted(kind)}"
    elif not rest or instruction.words == ():
        yield "HEALTHCHECK CMD has no command"
