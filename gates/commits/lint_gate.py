"""The part of the commits gate that judges what was written: one message, one title, or the messages of a range."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gates.commits import linting
from gates.commits.linting import Accepted, Problem, Stage
from gates.commits.message import Message, from_commit, from_file, from_text, from_title
from gates.commits.options import Options
from gates.commits.rules import RULES, messages
from gates.core import git
from gates.core.documents.node import quoted
from gates.core.errors import GateUnavailable, UsageError
from gates.core.finding import Finding, Location, Rule, finding
from gates.core.gate import Context, Event, Gate, Scanned, Skipped, Unread
from gates.core.process import is_inside
from gates.core.source import read_regular

_MOST = 64 << 20  # bytes of a message, which may have the diff of `git commit --verbose` below it
_SHORT = 12  # digits of an id
_TOLD = 3  # problems of one message that its finding spells out
_HEADER = 200  # letters of a header that `data` keeps


class Given(NamedTuple):
    """A message to judge, and what its finding says of where it stands; `path` is "" for a title."""

    message: Message
    stage: Stage
    subject: str
    path: str = ""
    commit: str = ""
    merge: bool = False


Messages = Callable[[Context, Options], Iterator[Given | Scanned | Skipped | Unread]]
Declared = Callable[[Options], Accepted | None]  # what the repository's own files accept; raises DocumentError where that cannot be told


def gate(given: Messages, declared: Declared, *, no_fixup: bool = False) -> Gate:
    def check(context: Context, options: Options) -> Iterator[Event]:
        found = None if options.types else declared(options)
        terms = linting.accepted(options, found)
        for each in given(context, options):
            if not isinstance(each, Given):
                yield each
                continue
            stage = each.stage._replace(fixups=each.stage.fixups and not no_fixup)
            # No program opens a pull request in the name of a type of its own.
            accepted = linting.accepted(options._replace(machine_types=()), found) if stage == linting.TITLE else terms
            if problems := linting.lint(each.message, accepted, stage, merge=each.merge):
                yield _finding(each, problems)

    return Gate("commits", "messages and titles have a type of the list", RULES, Options, check, (), frozenset(), _refuse)


def _refuse(context: Context, options: Options) -> None:
    """A range that names nothing is a mistake of the command line; in a shallow clone it may name what was not fetched."""
    if context.selection.kind == "range" and context.repository and not context.repository.shallow:
        git.resolve_range(context.repository, context.selection.range, context.deadline)


def _finding(each: Given, problems: Sequence[Problem]) -> Finding:
    first, header = problems[0], each.message.lines[0].text if each.message.lines else ""
    told = "; ".join(problem.text for problem in problems[:_TOLD])
    more = f"; and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
    rule: Rule = messages.BAD_TITLE if each.stage == linting.TITLE else messages.BAD_MESSAGE
    return finding(
        rule,
        f"{quoted(header)}: {told}{more}" if header else f"{told}{more}",
        _location(each, first),
        each.subject,
        remedy=first.remedy,
        data={
            "header": header[:_HEADER],
            "problems": [
                {"message": problem.text, "line": problem.line, "column": problem.column, "remedy": problem.remedy} for problem in problems
            ],
        },
    )


def _location(each: Given, first: Problem) -> Location | None:
    if not each.path:
        return None
    end_line = first.line if first.end_column else 0
    return Location(each.path, first.line, first.column, end_line, first.end_column, each.commit)


# where messages come from


def of_file(absolute: str, *, comment: str, edited: bool) -> Messages:
    """The file of a commit-msg hook; see `message.from_file` for the two settings."""

    def read(context: Context, options: Options) -> Iterator[Given | Scanned]:
        path = _shown(absolute, context.root)
        data = read_regular(absolute, path, _MOST)
        if data is None:
            raise UsageError("is gone", path)
        yield Scanned(files=1, bytes=len(data))
        yield Given(from_file(data, comment=comment, edited=edited), linting.HOOK, "message", path)

    return read


def of_stdin(context: Context, options: Options) -> Iterator[Given | Scanned]:
    """A message as it is stored, such as `git log -1 --format=%B` writes."""
    try:
        data = context.stdin.read(_MOST + 1) if context.stdin else b""
    except OSError as error:
        raise GateUnavailable(f"standard input cannot be read: {error.strerror or error}") from error
    if len(data) > _MOST:
        raise GateUnavailable(f"standard input holds more than {_MOST} bytes, which is no message")
    yield Scanned(files=1, bytes=len(data))
    yield Given(from_text(data), linting.STREAM, "message", "-")


def of_title(title: str, author: str) -> Messages:
    """`author` is the account that opened the pull request, "" where it is not told: only the hosting service knows it."""

    def read(context: Context, options: Options) -> Iterator[Given | Scanned | Skipped]:
        yield Scanned(files=1, bytes=len(title.encode("utf-8", "surrogatepass")))
        if author and author in options.bots:
            yield _left_alone("title", author)
        else:
            yield Given(from_title(title), linting.TITLE, "title")

    return read


def of_range(context: Context, options: Options) -> Iterator[Given | Scanned | Skipped | Unread]:
    """Of the commits of A..B, oldest first. A commit with several parents is a merge, whatever it says.

    Commits of bots are left out by the name or address that stands in the commit, which its author chose: whoever pushes can pass for a
    bot here, which is why the report lists them as skipped, and why a title, whose author the service knows, is the safer thing to judge.
    """
    repository = context.repository
    if repository is None:
        raise GateUnavailable(f"{context.root} is no git work tree")
    yield Scanned()
    for found in git.contents(repository, reversed(git.commits(repository, context.selection.range, context.deadline)), context.deadline):
        path = f"commit {found.oid[:_SHORT]}"
        if found.kind != "commit" or found.size > _MOST:
            what = "is missing or damaged" if found.kind != "commit" else f"has more than {_MOST} bytes"
            yield Unread(path, 0, f"object {found.oid} {what}")
            continue
        try:
            commit = from_commit(found.read(found.size))
        except GateUnavailable as damage:  # the others can still be read
            yield Unread(path, 0, str(damage))
            continue
        yield Scanned(commits=1, bytes=found.size)
        bot = next((bot for bot in options.bots if _is_of(bot, commit.author, commit.email)), "")
        if bot:
            yield _left_alone(path, bot)
        else:
            yield Given(commit.message, linting.STORED, found.oid, path, found.oid, commit.parents > 1)


def _is_of(bot: str, author: str, email: str) -> bool:
    """GitHub gives an app the address `<number>+<name>@users.noreply.github.com`."""
    return bot in (author, email) or (email.endswith("@users.noreply.github.com") and email.partition("@")[0].rpartition("+")[2] == bot)


def _left_alone(path: str, bot: str) -> Skipped:
    return Skipped(path, f"written by {bot}, whose messages the policy leaves alone")


def _shown(absolute: str, root: str) -> str:
    """Relative to the root, as everything in a report; the name alone where it lies outside, as in a linked work tree."""
    folder, name = os.path.split(absolute)
    place = os.path.join(os.path.realpath(folder), name)
    return os.path.relpath(place, root).replace(os.sep, "/") if is_inside(place, root) else name
