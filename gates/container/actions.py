"""Containers of GitHub workflows: `jobs.<id>.container` and `jobs.<id>.services`.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainer
The runner makes a `docker create` of each: `options` are its flags, and the other keys stand for some of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gates.container import run_flags
from gates.container.setting import Setting
from gates.container.spec import Field, RuntimeSpec, Variable
from gates.core.documents import DocumentError, Node
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.github.scalars import text
from gates.github.workflow import Job, Workflow
from gates.shell.command import Word

_OPEN: Final = "${{"
# https://docs.github.com/en/actions/reference/runners/github-hosted-runners
_HOSTED = lazy(r"(?:ubuntu|windows|macos)-(?:latest|slim|[0-9][A-Za-z0-9._-]*)")
# The job itself runs in it, and writes where it likes: its workspace belongs to another user, and its steps bring their own programs.
_OF_A_JOB: Final[frozenset[Field]] = frozenset(("read_only", "tmpfs", "capabilities"))
_OF_A_MACHINE: Final[frozenset[Field]] = frozenset(("ports",))


def read(workflow: Workflow) -> Iterator[RuntimeSpec]:
    """Named after the job, and a service after job and service with a dot between, which no job's id holds. Raises DocumentError."""
    for job in workflow.jobs.values():
        if not isinstance(job.node.value, dict):
            continue
        thrown_away = _OF_A_MACHINE if _is_hosted(job) else frozenset[Field]()
        container = job.node.value.get("container")
        if container is not None and container.value not in (None, ""):
            yield _spec(container, job.id, workflow.path)._replace(unsaid=_OF_A_JOB | thrown_away)
        services = job.node.value.get("services")
        if services is None or services.value is None or isinstance(services.value, str):  # an expression for all of them
            continue
        if not isinstance(services.value, dict):
            raise DocumentError("services must be a mapping of names to containers", workflow.path, services.key_line)
        for name, node in services.value.items():
            if node.value not in (None, ""):
                yield _spec(node, f"{job.id}.{name}", workflow.path)._replace(unsaid=thrown_away)


def _is_hosted(job: Job) -> bool:
    """Whether GitHub makes a machine for this job alone. Where that cannot be told it is taken for one that stays."""
    found = job.node.value.get("runs-on") if isinstance(job.node.value, dict) else None
    if found is None or isinstance(found.value, dict):
        return False
    labels = found.value if isinstance(found.value, list) else [found]
    return bool(labels) and all(isinstance(label.value, str) and _HOSTED.fullmatch(label.value.strip()) for label in labels)


def _spec(node: Node, name: str, path: str) -> RuntimeSpec:
    place = _at(node, path)
    if not isinstance(node.value, dict):
        return RuntimeSpec("actions", name, place, image=_setting(node, path), short_lived=True)
    image = node.value.get("image")
    words = tuple(_words(node.value, path))
    spec = run_flags.spec(words, path, name=name, syntax="actions", line=node.line, column=node.column)
    return spec._replace(
        syntax="actions",
        name=name,
        location=place,
        image=None if image is None or image.value in (None, "") else _setting(image, path),
        environment=(*spec.environment, *_credentials(node.value, path)),
        short_lived=True,
    )


def _words(table: dict[str, Node], path: str) -> Iterator[Word]:
    """What the runner gives to `docker create`: each word stands where the workflow says it."""
    options = table.get("options")
    if options is not None and options.value is not None:
        yield from _split(options, path)
    for key, flag in (("volumes", "--volume"), ("ports", "--publish")):
        for node in _list(table.get(key), key, path):
            yield Word(flag, node.line, node.column)
            yield _word(node, text(node.value))
    env = table.get("env")
    if env is not None and isinstance(env.value, dict):
        for name, node in env.value.items():
            yield Word("--env", node.key_line, node.key_column)
            yield _word(node, f"{name}={text(node.value)}")


def _split(options: Node, path: str) -> Iterator[Word]:
    """The runner hands the line on as it is, and the words are parted as a program parts its command line: at blanks, but for quotes.

    A quote that is not closed goes to the end of the line.
    """
    if isinstance(options.value, dict | list):
        raise DocumentError("options must be text", path, options.key_line)
    for found in _PART.finditer(text(options.value)):
        word = _QUOTES.sub(lambda quoted: quoted[1] if quoted[1] is not None else quoted[2], found[0])
        yield _word(options, word)


# An expression is part of a word, whatever blanks are in it.
_PART = lazy(r"(?:\$\{\{[^{}]*\}\}|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z)|[^\s\"'])+")
_QUOTES = lazy(r"\"([^\"]*)(?:\"|\Z)|'([^']*)(?:'|\Z)")


def _credentials(table: dict[str, Node], path: str) -> Iterator[Variable]:
    found = table.get("credentials")
    password = found.value.get("password") if found is not None and isinstance(found.value, dict) else None
    if password is not None and password.value is not None:
        yield Variable("credentials.password", _setting(password, path), _at(password, path))


def _word(node: Node, written: str) -> Word:
    return Word(written, node.line, node.column, dynamic=_OPEN in written)


def _setting(node: Node, path: str) -> Setting[str]:
    written = text(node.value)
    return Setting(None if _OPEN in written or isinstance(node.value, dict | list) else written, _at(node, path), written)


def _list(node: Node | None, key: str, path: str) -> Sequence[Node]:
    if node is None or node.value is None or isinstance(node.value, str):  # an expression for all of them
        return ()
    if not isinstance(node.value, list):
        raise DocumentError(f"{key} must be a list", path, node.key_line)
    return node.value


def _at(node: Node, path: str) -> Location:
    return Location(path, node.line, node.column)
