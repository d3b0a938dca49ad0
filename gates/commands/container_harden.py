"""`gates container harden PROFILE`: a tight seccomp profile; `gates container harden --service NAME`: a compose service with protection."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Callable, Iterator, Sequence

from gates.commands.console import write_file
from gates.commands.fixing import rewrite
from gates.commands.options import Parser
from gates.container import hardening
from gates.container.compose import loading
from gates.container.seccomp import default, deriving, reading, strace
from gates.container.seccomp.dangerous import DANGEROUS
from gates.container.seccomp.deriving import Derived, Wish
from gates.container.seccomp.profile import Profile
from gates.container.seccomp.syscalls import KNOWN
from gates.core import git
from gates.core.deadline import Deadline
from gates.core.documents.table import nearest
from gates.core.errors import UsageError
from gates.core.source import read_regular
from gates.core.world import World
from gates.report.escape import printable, visible

BUILTIN = "docker-default"
_SECONDS = 60.0  # for git, to say where the repository begins


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    if parsed.service:
        _refuse(parsed, ("allow", "strace", "write"), "--service")
        return _service(parsed, world)
    if not parsed.path:
        raise UsageError(f"name a seccomp profile or {BUILTIN}, or a service with --service")
    return _profile(parsed, world)


def parser(name: str) -> Parser:
    parser = Parser(name, "a tight seccomp profile made from another one, or a compose service with every protection on; a dry run")
    add = parser.add_argument
    add("path", nargs="?", default="", metavar="PROFILE", help=f"a seccomp profile or {BUILTIN}; with --service the compose file")
    add("--allow", action="append", default=[], metavar="NAME,…", help="system calls to allow, with a capability where Docker asks for one")
    add("--strace", action="append", default=[], metavar="LOG", help="allow what strace -f saw, and nothing else; repeatable")
    add("--write", action="store_true", help="write the profile in place of the old one")
    add("--output", default="", metavar="FILE", help="write what is made to FILE")
    add("--service", default="", metavar="NAME", help="print this service of a compose file with every protection on")
    return parser


def _profile(parsed: argparse.Namespace, world: World) -> int:
    if parsed.write and parsed.output:
        raise UsageError("--write and --output are two places; give one")
    if parsed.write and parsed.path == BUILTIN:
        raise UsageError(f"{BUILTIN} is no file that could be written; give --output FILE")
    wish = Wish(_allowed(parsed.allow), _observed(parsed.strace, world))
    before, profile = _read(parsed.path, world)
    if parsed.write and profile.nested:
        raise UsageError("is the configuration of a runtime, of which the profile is a part; give --output FILE", parsed.path)
    derived = deriving.derive(profile, wish)
    after = deriving.render(derived.document, _indent(before))
    world.stdout.writelines(_difference(before, after, parsed.path))
    world.stdout.writelines(f"{line}\n" for line in _summary(derived))
    if parsed.write:
        rewrite(os.path.join(world.directory, parsed.path), after.encode())
    elif parsed.output:
        write_file(os.path.join(world.directory, parsed.output), after)
    written = parsed.path if parsed.write else parsed.output
    world.stdout.write(f"written: {printable(written)}\n" if written else "nothing is written; --write or --output FILE does that\n")
    return 0


def _allowed(options: Sequence[str]) -> tuple[str, ...]:
    names = [name.strip() for option in options for name in option.split(",") if name.strip()]
    for name in names:
        if name not in KNOWN:
            raise UsageError(f"--allow: Linux has no system call {name!r}{nearest(name, KNOWN)}")
    return tuple(dict.fromkeys(names))


def _observed(logs: Sequence[str], world: World) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for log in logs:
        try:
            with open(os.path.join(world.directory, log), "rb") as file:
                observed = strace.read(file)
        except OSError as error:
            raise UsageError(f"--strace: cannot be read: {error.strerror or error}", log) from error
        if not observed.calls:
            raise UsageError("--strace: holds no system call; write it with strace -f -o LOG PROGRAM", log)
        if observed.unknown:
            world.stderr.write(f"gates: {printable(log)}: no system calls, and passed over: {', '.join(sorted(observed.unknown))}\n")
        found |= observed.calls
    return found if logs else None


def _read(path: str, world: World) -> tuple[str, Profile]:
    if path == BUILTIN:
        text = deriving.render(default.document())
        return text, reading.read(text.encode(), path)
    data = read_regular(os.path.join(world.directory, path), path)
    if data is None:
        raise UsageError(f"no such file; {BUILTIN} is Docker's own profile", path)
    profile = reading.read(data, path)
    return data.decode("utf-8-sig"), profile


def _indent(text: str) -> str:
    """As the first indented line has it."""
    for line in text.splitlines():
        blank = line[: len(line) - len(line.lstrip(" \t"))]
        if blank and blank != line:
            return blank
    return "\t"


def _difference(before: str, after: str, path: str) -> Iterator[str]:
    """A unified diff that a terminal may show: what is not printable is escaped."""
    name = printable(path)
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""):
        yield "\t".join(map(visible, line.split("\t"))) + "\n"


def _summary(derived: Derived) -> Iterator[str]:
    for title, names in (
        ("newly blocked", derived.blocked),
        ("newly behind a capability", derived.gated),
        ("added, since no program starts without", derived.added),
        ("allowed to a container with the capability", derived.behind),
    ):
        if names:
            yield f"{title} ({len(names)}): {', '.join(map(printable, names))}"
    if not any((derived.blocked, derived.gated, derived.added)):
        yield "newly blocked: nothing"
    for name in derived.left_out:
        row = DANGEROUS[name]
        way = f"--allow {name} lets it through" + (f" with {' or '.join(sorted(row.capabilities))}" if row.capabilities else "")
        yield f"seen and left out: {name}, which {row.reason}; {way}"
    for name in derived.open:
        reason = f", which {DANGEROUS[name].reason}" if name in DANGEROUS else ""
        yield f"open because --allow asks for it, and a finding: {name}{reason}"


def _service(parsed: argparse.Namespace, world: World) -> int:
    place = _compose_file(parsed.path, world)
    top = _top(os.path.dirname(place), world)
    path = os.path.relpath(place, top).replace(os.sep, "/")
    folder = os.path.relpath(os.path.dirname(place), top).replace(os.sep, "/")
    beside = [name if folder == "." else f"{folder}/{name}" for name in sorted(os.listdir(os.path.dirname(place)))]
    compose = loading.merged(path, _reader(top), beside)
    for problem in compose.problems:
        world.stderr.write(f"gates: {printable(problem.path)}:{problem.line}: {printable(problem.message)}\n")
    names = [spec.name for spec in compose.services]
    if parsed.service not in names:
        has = f"it has {', '.join(names)}" if names else "it has none"
        raise UsageError(f"no service {parsed.service!r}; {has}{nearest(parsed.service, names)}", path)
    text = hardening.fragment(compose.services[names.index(parsed.service)])
    if parsed.output:
        write_file(os.path.join(world.directory, parsed.output), text)
    else:
        world.stdout.write(text)
    return 0


def _compose_file(given: str, world: World) -> str:
    """Absolute, with links followed."""
    for name in (given,) if given else loading.NAMES:
        place = os.path.realpath(os.path.join(world.directory, name))
        if os.path.isfile(place):
            return place
    raise UsageError("no such file", given) if given else UsageError(f"no compose file here; name one, or {loading.NAMES[0]}")


def _top(folder: str, world: World) -> str:
    """What the file may draw others in from: the repository, or its own folder where there is none."""
    repository = git.discover(folder, world.environment, explicit=True, deadline=Deadline(_SECONDS))
    return os.path.realpath(repository.top) if repository else folder


def _reader(top: str) -> Callable[[str], bytes | None]:
    return lambda path: read_regular(os.path.join(top, path), path)


def _refuse(parsed: argparse.Namespace, names: Sequence[str], other: str) -> None:
    for name in names:
        if getattr(parsed, name):
            raise UsageError(f"--{name} belongs to seccomp profiles, {other} to compose files; give one of them")
