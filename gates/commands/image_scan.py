"""`gates image scan`: known vulnerabilities in one image, and its SBOM."""

from __future__ import annotations

import os

from gates import runner
from gates.commands import output, session
from gates.commands.console import write_file
from gates.commands.options import Parser, add_common, read_common
from gates.core.errors import UsageError
from gates.core.gate import Selection
from gates.core.world import World
from gates.image.scan_gate import scan_gate

_ENGINES = ("trivy", "grype")


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    common = read_common(parsed, world)
    bom = os.path.join(world.directory, parsed.sbom) if parsed.sbom else ""
    if bom and not os.path.isdir(os.path.dirname(bom)):
        raise UsageError("--sbom: its folder does not exist", parsed.sbom)
    made: list[bytes] = []
    gate = scan_gate(parsed.image, world.directory, parsed.expect_digest, made.append if bom else None)
    flags: dict[str, object] = {"engine": parsed.engine} if parsed.engine else {}
    if parsed.db:
        flags["db"] = os.path.normpath(os.path.join(world.directory, parsed.db))
    # The image is one thing that the command was given, wherever it lies: the policy is that of the repository around, if there is one.
    request = session.Request((gate,), {gate.name: Selection("message")}, {gate.name: flags}, whole=False)
    prepared = session.prepare(common, request, world)
    prepared.judging.exceptions()  # a broken list is refused before minutes of work
    report = session.run(prepared)
    for content in made:
        write_file(bom, content.decode("utf-8"))
    output.write(report, common, world)
    return runner.EXIT[report.verdict]


def parser(name: str) -> Parser:
    parser = Parser(name, "known vulnerabilities of what an image has installed, by Trivy; blocks what has a fix")
    parser.add_argument("image", metavar="IMAGE|TAR|OCI-DIR", help="a name such as acme/app:1.0, or a path: ./layout, /x/layout, image.tar")
    add = parser.add_argument
    add("--db", default="", metavar="DIR", help="take the vulnerability database from this cache folder, and fetch none")
    add("--expect-digest", default="", metavar="DIGEST", help="what the image must be: sha256:… of its configuration or of its manifest")
    add(
        "--engine",
        default="",
        choices=_ENGINES,
        metavar="ENGINE",
        help=f"{' or '.join(_ENGINES)} (default: the policy's, else trivy)",
    )
    add("--sbom", default="", metavar="FILE", help="write what the image holds as CycloneDX")
    add_common(parser)
    return parser
