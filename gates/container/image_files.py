"""Which file of the repository, or text of the Dockerfile, a file of an image is made of."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from gates.container.dockerfile import values
from gates.container.dockerfile.instruction import Dockerfile, Heredoc, Instruction, Stage, Step
from gates.container.dockerfile.stages import origins
from gates.core.documents import DocumentError
from gates.core.patterns import lazy
from gates.shell.command import Script
from gates.shell.programs import effective, options

MAX_BYTES: Final = 1 << 20  # of a script that is read
_MAX_STEPS: Final = 20  # from stage to stage and from name to name
_PATH: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_HEREDOC = lazy(r"<<-?[\"']?([^\"'\s]+)[\"']?")


class Source(NamedTuple):
    """`line` is where `text` begins in the file `path`."""

    path: str
    text: str
    line: int = 1


class Places(NamedTuple):
    """Where files of the repository are read from, and how the commands of a RUN are told."""

    read: Callable[[str], bytes | None]
    exists: Callable[[str], bool]
    contexts: tuple[str, ...]
    commands: Callable[[Instruction, tuple[str, ...]], Script | None]


def find(dockerfile: Dockerfile, stage: Stage, name: str, places: Places) -> Source | None:
    """A file that a command names in the image that the stage makes; None where nothing in the repository says what is in it.

    Raises DocumentError where it is there and cannot be read.
    """
    if "$" in name or not name:
        return None
    candidates = [name] if "/" in name else [posixpath.join(folder, name) for folder in _PATH]
    for candidate in candidates:
        path = posixpath.normpath(posixpath.join(workdir(dockerfile, stage), candidate))
        if found := _in_image(dockerfile, stage, path, places, _MAX_STEPS):
            return found
    return None


def workdir(dockerfile: Dockerfile, stage: Stage) -> str:
    """At the end of the stage; "/" where none is set."""
    where = "/"
    for each in reversed(dockerfile.ancestry(stage)):
        for step in each.steps:
            if step.instruction.keyword == "WORKDIR":
                where = posixpath.normpath(posixpath.join(where, step.value or step.instruction.value))
    return where


def sources_of(step: Step) -> tuple[tuple[str, ...], str]:
    """What a COPY or ADD copies, and where to; variables without a value stay as written."""
    words = step.instruction.words or (tuple(step.value.split()) if step.value else values.operands(step.instruction))
    return (words[:-1], words[-1]) if len(words) > 1 else ((), "")


def context_path(context: str, source: str) -> str | None:
    """A source of COPY as a path of the repository; None where it leads out of the context, which BuildKit clamps to it."""
    inside = posixpath.normpath(posixpath.join("/", source))
    return posixpath.normpath(posixpath.join(context or ".", inside.lstrip("/"))).removeprefix("./")


def _in_image(dockerfile: Dockerfile, stage: Stage, path: str, places: Places, left: int) -> Source | None:
    for each in dockerfile.ancestry(stage):
        for step, where in reversed(list(_with_folders(dockerfile, each))):
            keyword = step.instruction.keyword
            if keyword in ("COPY", "ADD"):
                found = _copied(dockerfile, step, where, path, places, left)
                if found is not None:
                    return found
            elif keyword == "RUN":
                moved = _moved(dockerfile, step, where, path, places)
                if isinstance(moved, Source):
                    return moved
                if moved and left:
                    path, left = moved, left - 1
    return None


def _with_folders(dockerfile: Dockerfile, stage: Stage) -> Iterator[tuple[Step, str]]:
    """Each step with the folder that it runs in."""
    parent = stage.base.stage
    where = workdir(dockerfile, dockerfile.stages[parent]) if parent is not None and parent < stage.number else "/"
    for step in stage.steps:
        if step.instruction.keyword == "WORKDIR":
            where = posixpath.normpath(posixpath.join(where, step.value or step.instruction.value))
        yield step, where


def _copied(dockerfile: Dockerfile, step: Step, where: str, path: str, places: Places, left: int) -> Source | None:
    sources, target = sources_of(step)
    if not sources or "$" in target:
        return None
    folder = target.endswith("/") or target in (".", "..") or len(sources) > 1
    target = posixpath.normpath(posixpath.join(where, target))
    documents = list(step.instruction.heredocs)
    for source in sources:
        match = _HEREDOC.fullmatch(source)
        if match is not None:
            document = next((each for each in documents if each.name == match[1]), None)
            if document is not None and path == (posixpath.join(target, document.name) if folder else target):
                return _written(dockerfile, document)
            continue
        inside = [posixpath.relpath(path, target)] if path == target or path.startswith(target.rstrip("/") + "/") else []
        if not inside:
            continue
        wanted = [*_candidates(source, inside[0], folder)]
        if step.instruction.keyword == "COPY" and step.instruction.flag("from"):
            found = _from_stage(dockerfile, step, wanted, places, left)
        else:
            found = _from_context(wanted, places)
        if found is not None:
            return found
    return None


def _candidates(source: str, inside: str, folder: bool) -> Iterator[str]:
    """What of the source may have become that path below the target: the source itself, or what it holds."""
    name = posixpath.basename(source.rstrip("/"))
    if inside == ".":
        if not folder:
            yield source
        return
    first, _, rest = inside.partition("/")
    if any(char in source for char in "*?["):
        if fnmatchcase(first, name):
            yield posixpath.join(posixpath.dirname(source), inside)
        return
    if first == name and not rest:
        yield source
    yield posixpath.join(source, inside)


def _from_context(wanted: Sequence[str], places: Places) -> Source | None:
    for context in places.contexts:
        for candidate in wanted:
            path = context_path(context, candidate)
            if path and places.exists(path):
                data = places.read(path)
                if data is not None:
                    return Source(path, _text(data, path))
    return None


def _text(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        raise DocumentError(f"is larger than {MAX_BYTES} bytes, too much for a script", path)
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def _from_stage(dockerfile: Dockerfile, step: Step, wanted: Sequence[str], places: Places, left: int) -> Source | None:
    base = next(iter(origins(dockerfile, step.instruction)), None)
    if base is None or base.stage is None or base.stage >= len(dockerfile.stages) or not left:
        return None
    other = dockerfile.stages[base.stage]
    for candidate in wanted:
        path = posixpath.normpath(posixpath.join("/", candidate))
        if found := _in_image(dockerfile, other, path, places, left - 1):
            return found
    return None


def _moved(dockerfile: Dockerfile, step: Step, where: str, path: str, places: Places) -> Source | str:
    """The text that a RUN writes there, or the path that it takes the file from; "" where it does neither."""
    name = posixpath.basename(path)
    if name not in step.instruction.value and not any(name in each.body for each in step.instruction.heredocs):
        return ""
    script = places.commands(step.instruction, step.shell)
    for command in reversed(script.commands if script else ()):
        written = next((each for each in command.redirects if each.operator in (">", ">|")), None)
        body = next((each for each in command.redirects if each.operator == "<<"), None)
        if written is not None and body is not None and posixpath.normpath(posixpath.join(where, written.target.text)) == path:
            return Source(dockerfile.path, body.body, body.body_line)
        invocation = effective(command)
        if invocation.program not in ("cp", "mv", "ln", "install"):
            continue
        operands = [
            word.text for word in options(invocation.arguments, frozenset({"-m", "-o", "-g", "--mode", "--owner", "--group"})).operands
        ]
        if len(operands) != 2:
            continue
        source, target = operands[0], posixpath.normpath(posixpath.join(where, operands[1]))
        into = posixpath.normpath(posixpath.join(target, posixpath.basename(source)))
        if path not in (target, into):
            continue
        folder = posixpath.dirname(path) if invocation.program == "ln" else where
        return posixpath.normpath(posixpath.join(folder, source))
    return ""


def _written(dockerfile: Dockerfile, document: Heredoc) -> Source:
    text = document.body
    if document.strips_tabs:
        text = "".join(line.lstrip("\t") for line in text.splitlines(keepends=True))
    return Source(dockerfile.path, text, document.line)
