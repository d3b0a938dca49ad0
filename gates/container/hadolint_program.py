"""Runs hadolint (https://github.com/hadolint/hadolint) where nothing but its command line and the given file decide what it says, and
reads its report as strictly as if it were hostile.

It takes settings from the folder it runs in, from the home, from the environment and from comments, so it gets a folder, a home and an
environment of its own, and is told not to obey comments. Each file gets a process of its own: one that makes it give up, or work for
ever, costs no other file its judgement.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

from gates.container.rules.hadolint import SEVERITIES
from gates.core import process
from gates.core.errors import GateUnavailable
from gates.core.gate import Context

NAME: Final = "hadolint"
MINIMUM: Final = (2, 15, 0)
UNREADABLE: Final = "DL1000"  # what it says of a file that it cannot parse, and then nothing else

_INSTALL: Final = "pip install 'gates[hadolint]'"
_VERSION = re.compile(r"Haskell Dockerfile Linter v?([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})([-+.0-9A-Za-z]{0,60})\s*")
_CODE = re.compile(r"(?:DL|SC)[0-9]{4}")
_MOST_OUTPUT: Final = 16 << 20  # bytes
_CONFIGURATION: Final = b"ignored: []\n"  # without any key it would be refused, and the usual places looked at instead

# A label that nobody sets: hadolint tells of every stage that lacks it, and so of every file that it has looked at.
_LABEL: Final = "gates.hadolint.control"
_LABEL_MISSING: Final = "DL3049"
# A file that must be found fault with before anything else: proof that its rules are on and that a comment does not silence them.
_CONTROL: Final = b"""\
FROM debian
# hadolint ignore=DL3003,DL4006,SC2086
RUN cd /tmp && echo $x | cat
"""
_CONTROL_CODES: Final = frozenset({"DL3003", "DL3006", "DL4006", "SC2086"})


class Message(NamedTuple):
    code: str  # "DL3008", "SC2086"
    level: str
    line: int
    text: str


class Report(NamedTuple):
    """`looked`: it says that the file has a stage, and so that it looked at one."""

    messages: tuple[Message, ...]
    looked: bool


class Broken(Exception):
    """A run of hadolint gave no usable answer."""


class Workshop(NamedTuple):
    """`work` is where hadolint runs; it holds nothing but copies."""

    program: str
    work: str
    configuration: str
    environment: Mapping[str, str]
    context: Context


def find(chosen: str, context: Context) -> str:
    """The absolute path of the program: the policy's, else the one that is installed beside the running Python, else the one on PATH.
    Raises GateUnavailable where there is none, or only in the tree under test.
    """
    tree = context.root
    if os.path.basename(chosen) != chosen:
        if not os.path.isabs(chosen):
            raise GateUnavailable("[container] hadolint must be a name on PATH or an absolute path, and it is neither")
        found = os.path.normpath(chosen)
        if any(process.is_inside(place, top) for place in (found, os.path.realpath(found)) for top in (tree, os.path.realpath(tree))):
            raise GateUnavailable(
                "[container] hadolint lies in the repository under test, which must not bring its own judge; install it elsewhere"
            )
        if not _runs(found):
            raise GateUnavailable("[container] hadolint names no program; install it there, or leave the key out")
        return found
    if not chosen and sys.executable:
        # Who can write there decides what this very Python does, so it may be an environment within the tree under test.
        beside = os.path.join(os.path.dirname(os.path.abspath(sys.executable)), f"{NAME}.exe" if os.name == "nt" else NAME)
        if _runs(beside):
            return beside
    try:
        return process.find_tool(chosen or NAME, context.environment, tree)
    except process.ToolMissing as error:
        raise GateUnavailable(f"{chosen or NAME} is not installed; {_INSTALL}, or leave it out of [container] engines") from error


def _runs(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


@contextmanager
def workshop(program: str, context: Context) -> Iterator[Workshop]:
    """Raises GateUnavailable where nothing can be written."""
    try:
        made = tempfile.TemporaryDirectory(prefix="gates-hadolint-", ignore_cleanup_errors=True)
    except OSError as error:
        raise GateUnavailable(f"no temporary directory can be made: {error.strerror}") from error
    with made as path:
        path = os.path.realpath(path)
        work, home = os.path.join(path, "work"), os.path.join(path, "home")
        for folder in (work, home):
            os.mkdir(folder, 0o700)
        configuration = os.path.join(path, "configuration.yaml")
        _write(configuration, _CONFIGURATION)
        own = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMPDIR", "TEMP", "TMP"), home)
        environment = process.clean_environment(context.environment, outside=context.root) | own | {"LC_ALL": "C.UTF-8"}
        yield Workshop(program, work, configuration, environment, context)


def _write(path: str, content: bytes) -> None:
    try:
        with open(path, "xb") as file:
            file.write(content)
    except OSError as error:
        raise GateUnavailable(f"the temporary directory cannot be written: {error.strerror}") from error


def version(shop: Workshop) -> str:
    """Raises GateUnavailable unless it is one that this was written for, and works."""
    done = _start(shop, "--version")
    match = _VERSION.fullmatch(done.stdout.decode("utf-8", "replace")) if done.status == 0 else None
    if match is None:
        raise GateUnavailable(f"hadolint does not say its version as hadolint does, so it cannot be trusted; {_INSTALL}")
    numbers = int(match[1]), int(match[2]), int(match[3])
    told = ".".join(map(str, numbers)) + match[4]
    if numbers < MINIMUM:
        raise GateUnavailable(f"hadolint {told} is too old, {'.'.join(map(str, MINIMUM))} is needed; {_INSTALL}")
    try:
        found, looked = look("control.Dockerfile", _CONTROL, shop)
    except Broken as broken:
        raise GateUnavailable(f"hadolint does not work: {broken}; {_INSTALL}") from broken
    if not looked or not {message.code for message in found} >= _CONTROL_CODES:
        raise GateUnavailable(f"hadolint does not find what is wrong with the control sample; {_INSTALL}")
    return told


def look(name: str, content: bytes, shop: Workshop) -> Report:
    """What hadolint says of a file, by place. `name` is one of ours that is not yet in the workshop. Raises Broken unless it ends well
    with a report on that file, and GateUnavailable at a time limit.
    """
    _write(os.path.join(shop.work, name), content)
    words = ("--no-fail", "--disable-ignore-pragma", "--format", "json", "--config", shop.configuration)
    # With a limit to its memory, in the words of its runtime: shell code can be written that takes it minutes and gigabytes.
    done = _start(shop, *words, "--require-label", f"{_LABEL}:text", "+RTS", "-M1g", "-RTS", "--", name)
    if done.status:
        raise Broken(f"it ended with status {done.status}")
    return read_report(done.stdout, name)


def _start(shop: Workshop, *words: str) -> process.Completed:
    return process.run(
        [shop.program, *words],
        cwd=shop.work,
        environment=shop.environment,
        deadline=shop.context.deadline,
        timeout=shop.context.tool_timeout,
        output_limit=_MOST_OUTPUT,
        name=NAME,
    )


def read_report(report: bytes, name: str) -> Report:
    """Raises Broken unless it is what hadolint writes about that file and no other."""
    try:
        document = json.loads(report)
    except (ValueError, RecursionError) as error:
        raise Broken("its report is not JSON") from error
    if not isinstance(document, list):
        raise Broken("its report is no list")
    messages = [_message(entry, name) for entry in document]
    kept = [message for message in messages if not _is_proof(message)]
    return Report(tuple(sorted(kept, key=_place)), len(kept) < len(messages))


def _message(entry: object, name: str) -> Message:
    if _take(entry, "file", str) != name:
        raise Broken("its report names a file that it was not given")
    message = Message(_take(entry, "code", str), _take(entry, "level", str), _take(entry, "line", int), _take(entry, "message", str))
    if not _CODE.fullmatch(message.code) or message.level not in SEVERITIES or message.line < 1:
        raise Broken("its report has a rule, a level or a line of another form than hadolint's")
    return message


_Kind = TypeVar("_Kind")


def _take(table: object, key: str, kind: type[_Kind]) -> _Kind:
    value = table.get(key) if isinstance(table, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Broken(f"its report has no {key} where one belongs")
    return value


def _is_proof(message: Message) -> bool:
    return message.code == _LABEL_MISSING and _LABEL in message.text


def _place(message: Message) -> tuple[int, str, str]:
    return message.line, message.code, message.text
