"""`gates sbom make`: what the project is made of, as CycloneDX for its release."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from json import loads
from typing import NamedTuple, cast

from gates import __version__, registry
from gates.commands import session
from gates.commands.console import Progress, write_file
from gates.commands.options import Parser, read_common
from gates.core import git
from gates.core.documents import Node
from gates.core.errors import GateUnavailable, UsageError
from gates.core.gate import Context, Selection, Unread
from gates.core.process import is_inside
from gates.core.source import read_regular
from gates.core.waivers import ADVISORY_GATES
from gates.core.waivers_export import escaped
from gates.core.world import World
from gates.inventory.files import Stale, inventories
from gates.inventory.package import Inventory, canonical
from gates.report.escape import printable
from gates.sbom import choosing, gathering, installed, merging, node_modules, reading, roots, serial, validation, waived, writing
from gates.sbom.choosing import Asked, Chosen, Groups
from gates.sbom.gate import GATE
from gates.sbom.gathering import Gathered
from gates.sbom.installed import Environment
from gates.sbom.merging import Image
from gates.sbom.options import Options
from gates.sbom.roots import Read, Root
from gates.sbom.staleness import NOT_INSTALLED

_SAID = 3  # of the problems that one message names
_FAR = 253_402_300_800  # seconds: the year 10000, which no timestamp can say
_UNUSED: Mapping[str, object] = {"format": (), "fail_on": "", "offline": True, "timeout": "600", "no_timing": True}


class _Found(NamedTuple):
    """What the repository holds, before anything is chosen from it."""

    inventories: tuple[Inventory, ...]
    asked: Asked
    environment: Environment | None
    root: Root
    groups: Groups


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    common = read_common(parsed, world)
    output = os.path.join(world.directory, parsed.output) if parsed.output else ""
    if output and not os.path.isdir(os.path.dirname(output)):
        raise UsageError("--output: its folder does not exist", parsed.output)
    gate = GATE._replace(selections=GATE.selections | {"paths"})
    others = tuple(registry.load(other) for other in registry.NAMES if other in ADVISORY_GATES)
    chosen = Selection("paths", tuple(parsed.paths)) if parsed.paths else Selection()
    request = session.Request((gate, *others), {each.name: chosen for each in (gate, *others)}, {}, whole=False)
    prepared = session.prepare(common, request, world)
    progress = Progress(world, common.quiet)
    try:
        job = session.job(prepared, gate, progress)
        options = cast("Options", job.options)
        document, notes = _document(prepared, job.context, options, parsed)
    finally:
        progress.clear()
    if not common.quiet:
        for note in notes:
            world.stderr.write(f"gates: {printable(note)}\n")
    if output:
        write_file(output, document)
    else:
        world.stdout.write(document)
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "one CycloneDX document of what the project depends on, from its locks and what is installed; nothing is run")
    parser.set_defaults(**_UNUSED)
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="the locks of these files and folders alone (default: all of the repository)")
    add("--environment", default="", metavar="SITE-PACKAGES", help="where the release is installed: decides what is listed, tells licences")
    add("--image-sbom", default="", metavar="FILE", help="an image of the release, as gates image scan IMAGE --sbom FILE writes it")
    add("--root", default="", metavar="NAME@VERSION", help="what is released (default: the policy's, else as the manifest says)")
    add("--spec", default=writing.SPECS[0], choices=writing.SPECS, metavar="VERSION", help=f"{' or '.join(writing.SPECS)} of CycloneDX")
    add("--group", action="append", default=[], metavar="NAME", help="a group or extra that is released too; may be given again")
    add("--all-groups", action="store_true", help="every group and extra, also those of development")
    add("--output", default="", metavar="FILE", help="the file to write (default: stdout)")
    group = parser.add_argument_group("options of every verb")
    add = group.add_argument
    add("--repo", default="", metavar="DIR", help="the repository (default: the git work tree around the current directory)")
    add("--policy", default="", metavar="FILE", help="policy file instead of security/gates.toml")
    add("--policy-ref", default="", metavar="REF", help="take policy and waivers from this commit")
    add("--waivers", default="", metavar="FILE", help="waiver file instead of security/waivers.yaml")
    add("--today", default="", metavar="YYYY-MM-DD", help="the day to judge sunsets by (default: today in UTC)")
    add("--quiet", action="store_true", help="no progress, and no notes of what was left out")
    add("--no-color", action="store_true", help="plain text; NO_COLOR does the same")
    return parser


def _document(prepared: session.Session, context: Context, options: Options, parsed: argparse.Namespace) -> tuple[str, list[str]]:
    """The text to write, and what a person should know of it."""
    world, common, spec = prepared.world, prepared.common, parsed.spec
    image = merging.read_image(_named(parsed.image_sbom, "--image-sbom", world), parsed.image_sbom) if parsed.image_sbom else None
    timestamp = _timestamp(context)
    found = _found(context, options, parsed, world)
    gathered, notes = _gathered(context, found)
    parts = [waived.Part(ref, part.purl, gathered.locks.get(ref, ())) for ref, part in sorted(gathered.bom.components.items()) if part.purl]
    said = waived.say(prepared.judging.exceptions().waivers, common.today, [*parts, *(merging.parts(image) if image else ())])
    notes += [f"not said as VEX: {left.id}: {left.why}" for left in said.left]
    document = writing.document(gathered.bom._replace(vulnerabilities=said.vulnerabilities), spec, __version__, timestamp)
    if image is not None:
        document = merging.with_image(document, image)
        notes += [f"{parsed.image_sbom}: left out: {', '.join(image.left)}"] if image.left else []
    if timestamp is None:
        notes.append("no timestamp: neither SOURCE_DATE_EPOCH nor a commit tells one")
    text = writing.rendered(serial.sealed(document))
    _refuse_invalid(text, image)
    return text, notes


def _refuse_invalid(text: str, image: Image | None) -> None:
    """What we write is judged like what others write: the schema has the last word, also of what a newer or older document holds."""
    document = loads(text)
    # Without lines, which nobody will look for: what is wrong is never written.
    problems = validation.problems(reading.Document("", document["specVersion"], len(text), _node(document), None, ()))
    if problems:
        shown = "; ".join(f"{problem.where}: {problem.message}" for problem in problems[:_SAID])
        hint = f"; that of the image is CycloneDX {image.spec}" if image else ""
        raise GateUnavailable(
            f"what was made does not keep to the schema of {document['specVersion']}, so nothing was written: {shown}{hint}"
        )


def _node(value: object) -> Node:
    if isinstance(value, dict):
        return Node({key: _node(item) for key, item in value.items()}, 0, 0)
    if isinstance(value, list):
        return Node([_node(item) for item in value], 0, 0)
    assert value is None or isinstance(value, str | int | float | bool)  # noqa: S101 - for the type checker: JSON has nothing else
    return Node(value, 0, 0)


# What there is


def _found(context: Context, options: Options, parsed: argparse.Namespace, world: World) -> _Found:
    held, unread, stale = _looked(context)
    read = _reader(context)
    unlocked: list[Unread] = []
    if parsed.environment:
        # What the environment has is what is released, whether or not a lock says so too.
        unlocked = [each for each in unread if _is_python_manifest(each.path) and read(each.path) is not None]
        unread = [each for each in unread if each not in unlocked]
    if unread:
        raise GateUnavailable(_places([(each.path, each.line, each.message) for each in unread]))
    if stale:
        raise GateUnavailable(_places([(each.path, 0, each.differences[0]) for each in stale]))
    if not held and not parsed.environment:
        raise GateUnavailable("no lock file names what the project depends on; lock it, or give --environment SITE-PACKAGES")
    folders = {roots.folder_of(path) for path in (*(each.path for each in held), *(each.path for each in unlocked))} or {""}
    root = roots.read(folders, parsed.root or options.root, read)
    # A manifest beside other ecosystems' locks alone is answered by locks that were not asked for.
    python = {roots.folder_of(path) for path in (*(each.path for each in held if not _is_node(each)), *(each.path for each in unlocked))}
    asked = choosing.asked(folders if parsed.environment or not parsed.paths else python, read)
    groups = choosing.groups((*parsed.group, *options.groups), parsed.all_groups, held, asked)
    environment = None
    if parsed.environment:
        environment = _environment(parsed.environment, choosing.extras(asked, groups), world)
        if not any(package.ecosystem == "PyPI" for inventory in held for package in inventory.packages):
            held.append(
                installed.as_lock(environment, root.component.name, min(folders, key=lambda folder: (folder.count("/"), folder)), asked)
            )
    return _Found(tuple(held), asked, environment, root, groups)


def _looked(context: Context) -> tuple[list[Inventory], list[Unread], list[Stale]]:
    held: list[Inventory] = []
    unread: list[Unread] = []
    stale: list[Stale] = []
    for event in inventories(context, (), ()):
        if isinstance(event, Inventory):
            held.append(event)
        elif isinstance(event, Unread):
            unread.append(event)
        elif isinstance(event, Stale):
            stale.append(event)
    return held, unread, stale


def _places(places: Sequence[tuple[str, int, str]]) -> str:
    shown = [f"{path}:{line}: {message}" if line else f"{path}: {message}" for path, line, message in places[:_SAID]]
    more = len(places) - len(shown)
    return "nothing was written: " + "; ".join(shown) + (f"; and {more} more" if more else "")


def _is_node(inventory: Inventory) -> bool:
    return os.path.basename(inventory.path) in ("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock")


def _is_python_manifest(path: str) -> bool:
    return os.path.basename(path) in ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile")


def _environment(folder: str, extras: Mapping[str, Collection[str]], world: World) -> Environment:
    from gates.inventory.python import environment, interpreter
    from gates.inventory.python.installed import details

    site = os.path.normpath(os.path.join(world.directory, folder))
    if not os.path.isdir(site):
        raise UsageError("no such folder; name the site-packages of an environment", folder)
    try:
        read = environment.read_environment(site)
        told = details(site, interpreter.markers(site, interpreter.running()), extras)
    except UsageError as error:  # an input like a lock: it is there, and cannot be read
        raise GateUnavailable(f"nothing was written: {error}") from error
    if not read.packages:
        raise GateUnavailable(f"{folder}: holds no installed package; name the site-packages of the release's environment")
    return Environment(read, told)


def _reader(context: Context) -> Read:
    """Files of the repository alone, whatever links lead to."""

    def read(path: str) -> bytes | None:
        place = os.path.realpath(os.path.join(context.root, path))
        return read_regular(place, path) if is_inside(place, context.root) else None

    return read


def _named(path: str, option: str, world: World) -> bytes:
    data = read_regular(os.path.join(world.directory, path), path, reading.MAX_BYTES)
    if data is None:
        raise UsageError(f"{option}: no such file", path)
    return data


def _timestamp(context: Context) -> int | None:
    """https://reproducible-builds.org/specs/source-date-epoch/, else when HEAD was committed: in seconds since 1970."""
    text = context.environment.get("SOURCE_DATE_EPOCH", "")
    if text:
        if not text.isascii() or not text.isdigit() or int(text[:20]) >= _FAR:
            raise UsageError(f"SOURCE_DATE_EPOCH: {text[:40]!r} is no number of seconds since 1970")
        return int(text)
    repository = context.repository
    if repository is None or not repository.head:
        return None
    found = git.commit_times(repository, [repository.head], context.deadline)[repository.head]
    return found if 0 <= found < _FAR else None


# What is chosen


def _gathered(context: Context, found: _Found) -> tuple[Gathered, list[str]]:
    chosen = [choosing.choose(inventory, found.groups, found.asked) for inventory in found.inventories]
    due = choosing.due(found.asked, found.groups) - {found.root.component.name}
    notes: list[str] = []
    properties = [("gates:group", name) for name in ("*",) * found.groups.all or sorted(found.groups.names)]
    whole = True
    if found.environment is not None:
        own = {canonical(name) for name in (found.root.component.name, *(each.root for each in found.inventories)) if name}
        confirmed = installed.confirm(chosen, found.environment, due, own)
        chosen, whole = list(confirmed.chosen), confirmed.whole
        notes += confirmed.notes
        properties += [(NOT_INSTALLED, escaped(purl)) for purl in confirmed.absent]
    _refuse_missing(chosen, due)
    if unnamed := [f"{each.path}: {', '.join(each.unnamed)}" for each in found.inventories if each.unnamed]:
        whole = False
        notes += [f"parts of the project that the lock does not name, so not listed themselves: {'; '.join(unnamed)}"]
    notes += [
        f"{each.inventory.path}: {left} packages are left out, which production does not need; --all-groups lists them too"
        for each in chosen
        if each.inventory.path and found.environment is None and (left := len(each.inventory.packages) - len(each.packages))
    ]
    describe = partial(node_modules.describe, read=_reader(context))
    return gathering.gather(found.root, chosen, found.environment, describe, whole=whole, properties=properties), notes


def _refuse_missing(chosen: Sequence[Chosen], due: Collection[str]) -> None:
    listed = {package.name for each in chosen for package in each.packages if package.ecosystem == "PyPI"}
    if missing := sorted(set(due) - listed):
        raise GateUnavailable(f"nothing was written: the project asks for {', '.join(missing)}, which no lock holds; lock it again")
