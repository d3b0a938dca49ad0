"""`gates commits lint`: one commit message, the title of a pull request, or the messages of a range."""

from __future__ import annotations

import os
from argparse import Namespace

from gates import runner
from gates.commands import output, session
from gates.commands.options import Parser, add_common, checked_range, read_common
from gates.commits import header, lint_gate
from gates.commits.declared import declared
from gates.core.errors import UsageError
from gates.core.gate import Selection
from gates.core.world import World


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    common = read_common(parsed, world)
    given, selection = _messages(parsed, world)
    first = lint_gate.gate(given, lambda options: None)
    prepared = session.prepare(common, session.Request((first,), {first.name: selection}, {first.name: _flags(parsed)}, whole=False), world)
    # The list comes from where the policy comes from: a change must not choose the types that it is judged by.
    gate = lint_gate.gate(given, lambda options: declared(prepared.trusted.read, options.authority), no_fixup=parsed.no_fixup)
    report = session.run(prepared._replace(request=prepared.request._replace(gates=(gate,))))
    output.write(report, common, world)
    return runner.EXIT[report.verdict]


def parser(name: str) -> Parser:
    parser = Parser(name, "whether a message or a title is `type(scope)!: subject`, with a type of the list")
    add = parser.add_mutually_exclusive_group(required=True).add_argument
    add("--message-file", default="", metavar="FILE", help="what git gives a commit-msg hook; comments do not count")
    add("--title-env", default="", metavar="VAR", help="the title of a pull request, in this environment variable: it meets no shell")
    add("--range", default="", metavar="A..B", help="the messages of the commits of B that A lacks")
    add("--stdin", action="store_true", help="a message as it is stored, on standard input")
    add = parser.add_argument
    add("--types", default="", metavar="A,B", help="these types instead of those of the policy and of other tools")
    add("--scopes", default="", metavar="A,B", help="these scopes instead of those of the policy")
    add("--no-fixup", action="store_true", help="with --message-file: refuse fixup!, squash! and amend! too")
    add("--comment-char", default="", metavar="TEXT", help="with --message-file: git's core.commentChar (default: as the file shows)")
    add("--author-env", default="", metavar="VAR", help="with --title-env: the account that opened it, for the bots of the policy")
    add_common(parser)
    return parser


def _messages(parsed: Namespace, world: World) -> tuple[lint_gate.Messages, Selection]:
    for flag, given, goes_with, there in (
        ("--no-fixup", parsed.no_fixup, "--message-file", parsed.message_file),
        ("--comment-char", parsed.comment_char, "--message-file", parsed.message_file),
        ("--author-env", parsed.author_env, "--title-env", parsed.title_env),
    ):
        if given and not there:
            raise UsageError(f"{flag} goes with {goes_with}")
    if parsed.range:
        return lint_gate.of_range, Selection("range", (), checked_range(parsed.range))
    if parsed.title_env:
        author = _variable("--author-env", parsed.author_env, world) if parsed.author_env else ""
        return lint_gate.of_title(_variable("--title-env", parsed.title_env, world), author), Selection("message")
    if parsed.stdin:
        return lint_gate.of_stdin, Selection("message")
    place = os.path.normpath(os.path.join(world.directory, parsed.message_file))
    if not os.path.lexists(place):
        raise UsageError("no such file", parsed.message_file)
    # So git tells its hooks that no editor showed the message, and then it keeps lines that look like comments.
    edited = world.environment.get("GIT_EDITOR") != ":"
    return lint_gate.of_file(place, comment=parsed.comment_char or "auto", edited=edited), Selection("message")


def _variable(option: str, name: str, world: World) -> str:
    if name not in world.environment:
        raise UsageError(f"{option}: the variable {name} is not set")
    return world.environment[name]


def _flags(parsed: Namespace) -> dict[str, object]:
    flags: dict[str, object] = {}
    if parsed.types:
        flags["types"] = types = _words("--types", parsed.types)
        for word in types:
            if not isinstance(header.parse(f"{word}: x"), header.Header):
                raise UsageError(f"--types: {word!r} cannot be a type")
    if parsed.scopes:
        flags["scopes"] = _words("--scopes", parsed.scopes)
    return flags


def _words(option: str, text: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",")))
    if "" in words:
        raise UsageError(f"{option}: {text!r} has an empty word; write it as a,b")
    return words
