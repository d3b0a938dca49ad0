"""What hadolint thinks of Dockerfiles, as findings: an optional second engine beside our own rules.

It judges copies, line for line the file, in which secrets and what hadolint would obey are overwritten: no message can quote a secret,
and no comment of the file ends a check.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import MappingProxyType
from typing import Final, NamedTuple

from gates.container import hadolint_program, quoting
from gates.container.defect import Defect
from gates.container.dockerfile import stages
from gates.container.dockerfile.instruction import Dockerfile, Syntax
from gates.container.dockerfile.reading import read
from gates.container.findings import findings
from gates.container.hadolint_program import NAME, UNREADABLE, Broken, Message, Report, Workshop
from gates.container.options import Options
from gates.container.quoting import Masking
from gates.container.rules.hadolint import SEVERITIES, SHELLCHECK, UNLISTED, rule_of
from gates.core import process
from gates.core.documents import DocumentError
from gates.core.finding import Finding, Location
from gates.core.gate import Context, Event, ToolUsed, Unread
from gates.detect import cache, canary
from gates.detect.families import FAMILIES
from gates.detect.prefilter import open_engine
from gates.detect.scan import Scanner, new_identity_key

# `# hadolint shell=powershell` ends the checks of shell code, and `# shellcheck disable=all` those of a here-document, whatever the
# command line says.
_OBEYED = re.compile(rb"(hadolin|shellchec)[tk]", re.IGNORECASE)
_MOST_MESSAGE: Final = 200  # characters
_WAY_OUT: Final = "exclude it in the policy with a reason, or leave hadolint out of [container] engines"


class Fold(NamedTuple):
    """Our own rules that mean the same; where `word` is not "", what they say must hold it."""

    rules: tuple[str, ...]
    word: str


def _fold(numbers: Mapping[int, str], *rules: str) -> dict[str, Fold]:
    return {f"container/hadolint-dl{number}": Fold(tuple(f"container/{rule}" for rule in rules), word) for number, word in numbers.items()}


FOLDS: Final[Mapping[str, Fold]] = MappingProxyType(
    _fold({3002: ""}, "user-root")
    | _fold({3006: "", 3007: ""}, "base-untagged")
    | _fold(
        {3008: "apt", 3013: "pip", 3016: "npm", 3018: "apk", 3028: "gem", 3033: "yum", 3037: "zypper", 3041: "dnf", 3062: "go"},
        "unpinned-install",
    )
    | _fold({3009: "apt", 3019: "apk", 3032: "yum", 3036: "zypper", 3040: "dnf", 3042: "pip", 3060: "yarn"}, "package-cache")
    | _fold({3064: ""}, "secret-in-env", "secret-in-arg")
)
_WORDS = re.compile(r"[a-z]+")


class _Copy(NamedTuple):
    dockerfile: Dockerfile
    content: bytes


def judge(files: Sequence[tuple[str, bytes]], context: Context, options: Options) -> Iterator[Event]:
    """What hadolint says of Dockerfiles, (path, content) each, in their order: findings, and Unread for a file that it did not look at
    in full. Raises GateUnavailable where it is not there, is too old, or does not work.
    """
    if not files:
        return
    program = hadolint_program.find(options.hadolint, context)
    with hadolint_program.workshop(program, context) as workshop:
        yield ToolUsed(NAME, hadolint_program.version(workshop))
        scanner = Scanner(FAMILIES, open_engine(FAMILIES, cache.folder(context.environment, context.root)), "", new_identity_key())
        canary.prove(scanner)
        masking = quoting.masking((data for _, data in files), scanner)
        pool = ThreadPoolExecutor(os.cpu_count() or 1)
        try:
            runs: list[tuple[_Copy, Future[Report | Unread]] | Unread] = []
            for number, (path, data) in enumerate(files):
                copy = _copy(path, data, scanner)
                runs.append(copy if isinstance(copy, Unread) else (copy, pool.submit(_look, copy, f"{number}.Dockerfile", workshop)))
            for run in runs:
                told = (run,) if isinstance(run, Unread) else _told(run[0], run[1].result(), context, options, masking)
                yield from (event._replace(message=masking(event.message)) if isinstance(event, Unread) else event for event in told)
        finally:
            pool.shutdown(cancel_futures=True)


def _copy(path: str, data: bytes, scanner: Scanner) -> _Copy | Unread:
    try:
        syntax = read(data, path)
    except DocumentError as error:
        return Unread(path, error.line, error.message)
    return _Copy(stages.model(syntax, path), without_orders(_without_secrets(data, scanner), syntax))


def _without_secrets(data: bytes, scanner: Scanner) -> bytes:
    """With letters in their place, since asterisks mean something to a shell."""
    masked = scanner.masked(data)
    return data if masked == data else bytes(ord("X") if byte != hidden else byte for byte, hidden in zip(data, masked, strict=True))


def without_orders(data: bytes, syntax: Syntax) -> bytes:
    """The same lines without what hadolint obeys. Comments between instructions are left out, since it cannot read one that follows a
    here-document; those at the top stay, for one may set the escape character.
    """
    lines = data.split(b"\n")
    for before, after in zip(syntax.instructions, syntax.instructions[1:], strict=False):
        lines[before.end_line : after.line - 1] = [b""] * (after.line - 1 - before.end_line)
    if syntax.instructions:
        end = syntax.instructions[-1].end_line
        lines[end:] = [b""] * (len(lines) - end)
    return _OBEYED.sub(rb"\1x", b"\n".join(lines))


def _look(copy: _Copy, name: str, workshop: Workshop) -> Report | Unread:
    """Raises GateUnavailable at the gate's deadline."""
    path, syntax = copy.dockerfile.path, copy.dockerfile.syntax
    try:
        report = hadolint_program.look(name, copy.content, workshop)
    except Broken as broken:
        return Unread(path, 0, f"hadolint cannot judge this file: {broken}; {_WAY_OUT}")
    except (process.ToolTimedOut, process.OutputTooLarge) as error:
        if workshop.context.deadline.passed():
            raise
        return Unread(path, 0, f"{error}; {_WAY_OUT}")
    unread = next((message for message in report.messages if message.code == UNREADABLE), None)
    if unread:
        # Not in its own words: they quote the file.
        return Unread(path, unread.line, f"hadolint cannot read this, so it judged nothing of the file; {_WAY_OUT}")
    if not report.looked and any(each.keyword == "FROM" for each in syntax.instructions):
        return Unread(path, 0, f"hadolint does not say that it looked at this file; {_WAY_OUT}")
    return report


def _told(copy: _Copy, report: Report | Unread, context: Context, options: Options, masking: Masking) -> Iterator[Event]:
    if isinstance(report, Unread):
        yield report
    else:
        yield from findings(quoting.masked(_defects(copy, report.messages), masking), options, context.profile)


def _defects(copy: _Copy, messages: Iterable[Message]) -> Iterator[Defect]:
    lines = copy.content.split(b"\n")
    seen: Counter[str] = Counter()
    for message in messages:
        rule = rule_of(message.code)
        stage = next((each for each in reversed(copy.dockerfile.stages) if each.line <= message.line), None)
        name = (stage.name or str(stage.number)) if stage else ""
        whom = f"stage {name}: " if stage else ""
        says = _plain(message.text) if rule in (SHELLCHECK, UNLISTED) else rule.summary
        end = _end(message.line, copy.dockerfile.syntax)
        about = lines[message.line - 1 : end] or [b""]
        # Few bits, so that nobody can try out what a password in the instruction might be.
        subject = f"{message.code} {hashlib.sha256(b''.join(about)).hexdigest()[:6]}"
        seen[subject] += 1
        yield Defect(
            rule,
            f"{whom}{message.code}: {says}",
            Location(copy.dockerfile.path, message.line, 1, end, len(about[-1].decode(errors="replace")) + 1),
            f"{subject}#{seen[subject]}",
            about=name,
            kind="stage",
            severity=SEVERITIES[message.level],
        )


def _end(line: int, syntax: Syntax) -> int:
    """The last line of the instruction that stands there."""
    return next((each.end_line for each in syntax.instructions if each.line <= line <= each.end_line), line)


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:_MOST_MESSAGE].removesuffix(".")


def without_duplicates(own: Iterable[Finding], theirs: Iterable[Event]) -> Iterator[Event]:
    """`theirs` but for what hadolint says of an instruction where a finding of our own says it already. One that could not be judged
    says nothing.
    """
    ours = [found for found in own if found.data.get("resolved")]
    for event in theirs:
        if not (isinstance(event, Finding) and any(_says_the_same(found, event) for found in ours)):
            yield event


def _says_the_same(own: Finding, other: Finding) -> bool:
    fold = FOLDS.get(other.rule.id)
    place, instruction = own.location, other.location
    if fold is None or place is None or instruction is None or own.rule.id not in fold.rules:
        return False
    if place.path != instruction.path or not instruction.line <= place.line <= instruction.end_line:
        return False
    return not fold.word or fold.word in _WORDS.findall(f"{own.message} {own.subject}".lower())
