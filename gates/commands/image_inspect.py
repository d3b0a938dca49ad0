"""`gates image inspect`: what an image's configuration and layers hold, without any tool."""

from __future__ import annotations

import os

from gates import runner
from gates.commands import output, session
from gates.commands.options import Parser, add_common, read_common
from gates.core.errors import UsageError
from gates.core.gate import Selection
from gates.core.world import World
from gates.image.inspecting.gate import inspect_gate


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    common = read_common(parsed, world)
    path = os.path.normpath(os.path.join(world.directory, parsed.archive))
    if not os.path.lexists(path):
        raise UsageError("no such file or folder; inspect reads archives, and docker save -o image.tar IMAGE writes one", parsed.archive)
    gate = inspect_gate(path)
    flags = {"build_tools": True} if parsed.build_tools else {}
    # The image is one thing that the command was given, wherever it lies: the policy is that of the repository around, if there is one.
    request = session.Request((gate,), {gate.name: Selection("message")}, {gate.name: flags}, whole=False)
    prepared = session.prepare(common, request, world)
    prepared.judging.exceptions()  # a broken list is refused before minutes of work
    report = session.run(prepared)._replace(part="inspect")
    output.write(report, common, world)
    return runner.EXIT[report.verdict]


def parser(name: str) -> Parser:
    parser = Parser(name, "what an image's configuration and layers hold: its user, secrets, sensitive files, modes, caches")
    help_ = "what docker save wrote, or an OCI image layout; compressed or not"
    parser.add_argument("archive", metavar="TAR|OCI-DIR", help=help_)
    parser.add_argument("--build-tools", action="store_true", help="report compilers and package managers that are left in the image too")
    add_common(parser)
    return parser
