"""Containers of GitHub workflows: `jobs.<id>.container`, `jobs.<id>.services`, and images that steps and actions name.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainer
The runner makes a `docker create` of each: `options` are its flags, and the other keys stand for some of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple, get_args

from gates.container.run_options import takes_value
from gates.container.setting import Setting
from gates.container.spec import Field, RuntimeSpec, Variable
from gates.core.documents import DocumentError, Node, plain, read_yaml
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.github.expressions import UNKNOWN, Open, Unknown, Value, evaluate, template, written
from gates.github.matrix import expand
from gates.github.scalars import text
from gates.github.workflow import Job, Workflow
from gates.shell.command import Word

# The container that flags of `docker create` ask for, each word with its place in the file of that path.
Flags = Callable[[Sequence[Word], str], RuntimeSpec]

_OPEN: Final = "${{"
_IMAGE: Final = "docker://"
# https://docs.github.com/en/actions/reference/runners/github-hosted-runners
_HOSTED = lazy(r"(?:ubuntu|windows|macos)-(?:latest|slim|[0-9][A-Za-z0-9._-]*)")
# The job itself runs in it, and writes where it likes: its workspace belongs to another user, and its steps bring their own programs.
_OF_A_JOB: Final[frozenset[Field]] = frozenset(("read_only", "tmpfs", "capabilities"))
_OF_A_MACHINE: Final[frozenset[Field]] = frozenset(("ports",))

# An expression is part of a word, whatever blanks are in it.
_EXPRESSION = lazy(r"\$\{\{(?:[^'{}]|'[^']*')*+\}\}")
_PART = lazy(r"(?:\$\{\{[^{}]*\}\}|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z)|[^\s\"'])+")
_QUOTES = lazy(r"(\$\{\{[^{}]*\}\})|\"([^\"]*)(?:\"|\Z)|'([^']*)(?:'|\Z)")


class Action(NamedTuple):
    """`specs` are the images that it or its steps name; `steps` are those of a composite action."""

    specs: tuple[RuntimeSpec, ...]
    steps: tuple[Node, ...]


def read(workflow: Workflow, flags: Flags) -> Iterator[RuntimeSpec]:
    """Named after the job, and a service after job and service with a dot between, which no job's id holds; so is the image of a step.
    What the legs of a matrix make different is there once for each. Raises DocumentError.
    """
    for job in workflow.jobs.values():
        if not isinstance(job.node.value, dict):
            continue
        thrown_away = _OF_A_MACHINE if _is_hosted(job) else frozenset[Field]()
        for spec in _of_job(job, workflow.path, flags):
            yield spec._replace(unsaid=spec.unsaid | thrown_away)
        yield from _images([step.node for step in job.steps], f"{job.id}.", workflow.path)


def of_action(data: bytes, path: str) -> Action:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax. Raises DocumentError."""
    root = read_yaml(data, path, core_numbers=True)
    runs = root.value.get("runs") if isinstance(root.value, dict) else None
    table = runs.value if runs is not None and isinstance(runs.value, dict) else {}
    steps = tuple(_list(table.get("steps"), "steps", path))
    image = table.get("image")
    named = () if image is None else tuple(_image(image, "", path))
    return Action((*named, *_images(steps, "", path)), steps)


def _of_job(job: Job, path: str, flags: Flags) -> Iterator[RuntimeSpec]:
    table = job.node.value if isinstance(job.node.value, dict) else {}
    legs = _Legs(job, path)
    container = table.get("container")
    if container is not None and container.value not in (None, ""):
        for node in legs.each(container):
            if node.value not in (None, ""):
                yield _spec(node, job.id, path, flags)._replace(unsaid=_OF_A_JOB)
    services = table.get("services")
    if services is None or services.value in (None, ""):
        return
    if isinstance(services.value, str):  # an expression for all of them
        yield _spec(services, f"{job.id}.services", path, flags)
        return
    if not isinstance(services.value, dict):
        raise DocumentError("services must be a mapping of names to containers", path, services.key_line)
    for name, service in services.value.items():
        for node in legs.each(service):
            if node.value not in (None, ""):
                yield _spec(node, f"{job.id}.{name}", path, flags)


def _images(steps: Iterable[Node], before: str, path: str) -> Iterator[RuntimeSpec]:
    for step in steps:
        uses = step.value.get("uses") if isinstance(step.value, dict) else None
        if uses is not None:
            yield from _image(uses, before, path)


def _image(node: Node, before: str, path: str) -> Iterator[RuntimeSpec]:
    """The runner starts it, by its own rules: of everything else than the image nothing can be said."""
    if not isinstance(node.value, str) or not node.value.startswith(_IMAGE):
        return
    setting = _setting(node._replace(value=node.value.removeprefix(_IMAGE)), path)
    place = _at(node, path)
    yield RuntimeSpec("actions", before + node.value, place, image=setting, unsaid=frozenset(get_args(Field)), short_lived=True)


class _Legs:
    """What the expressions of a container come to that only read the matrix."""

    def __init__(self, job: Job, path: str) -> None:
        self._job = job
        self._path = path

    def each(self, node: Node) -> Sequence[Node]:
        """Once for each that differs, in the order of the legs."""
        if self._job.matrix is None or not _reads_matrix(node):
            return (node,)
        found: dict[str, Node] = {}
        for known in self._known:
            filled = _filled(node, known)
            found.setdefault(repr(plain(filled)), filled)
        return tuple(found.values())

    @cached_property
    def _known(self) -> Sequence[Mapping[str, Value]]:
        """A matrix that GitHub refuses, or that nobody knows before the run, leaves the expressions as they are."""
        try:
            legs = expand(self._job.matrix, {}, self._path)
        except DocumentError:
            return ({},)
        return [{"matrix": legs.context(number)} for number in range(legs.legs)]


def _reads_matrix(node: Node) -> bool:
    if isinstance(node.value, dict):
        return any(map(_reads_matrix, node.value.values()))
    if isinstance(node.value, list):
        return any(map(_reads_matrix, node.value))
    return isinstance(node.value, str) and _OPEN in node.value and "matrix" in node.value.lower()


def _filled(node: Node, known: Mapping[str, Value]) -> Node:
    if isinstance(node.value, dict):
        return node._replace(value={key: _filled(inner, known) for key, inner in node.value.items()})
    if isinstance(node.value, list):
        return node._replace(value=[_filled(inner, known) for inner in node.value])
    if not isinstance(node.value, str) or not _reads_matrix(node):
        return node
    if _EXPRESSION.fullmatch(node.value.strip()):
        return _made(_meaning(node.value.strip(), known), node)
    return node._replace(value=_EXPRESSION.sub(lambda found: _text(found[0], known), node.value))


def _meaning(expression: str, known: Mapping[str, Value]) -> Value:
    try:
        (part,) = template(expression)
    except ValueError:
        return UNKNOWN
    return part if isinstance(part, str) else evaluate(part, known)


def _text(expression: str, known: Mapping[str, Value]) -> str:
    """As it is written where it cannot be told."""
    value = written(_meaning(expression, known))
    return value if isinstance(value, str) else expression


def _made(value: Value, node: Node) -> Node:
    """At the place of the expression, which stays where it cannot be told."""
    if isinstance(value, dict):
        return node._replace(value={key: _made(inner, node) for key, inner in value.items()})
    if isinstance(value, list):
        return node._replace(value=[_made(inner, node) for inner in value])
    return node if isinstance(value, Unknown | Open) else node._replace(value=value)


def _is_hosted(job: Job) -> bool:
    """Whether GitHub makes a machine for this job alone. Where that cannot be told it is taken for one that stays."""
    found = job.node.value.get("runs-on") if isinstance(job.node.value, dict) else None
    if found is None or isinstance(found.value, dict):
        return False
    labels = found.value if isinstance(found.value, list) else [found]
    return bool(labels) and all(isinstance(label.value, str) and _HOSTED.fullmatch(label.value.strip()) for label in labels)


def _spec(node: Node, name: str, path: str, flags: Flags) -> RuntimeSpec:
    place = _at(node, path)
    if not isinstance(node.value, dict):
        return RuntimeSpec("actions", name, place, image=_setting(node, path), short_lived=True)
    image = node.value.get("image")
    words, unknown = _told_apart(tuple(_words(node.value, path)))
    spec = flags(words, path)
    return spec._replace(
        open_flags=Setting(None, Location(path, unknown.line, unknown.column), unknown.text) if unknown else None,
        syntax="actions",
        name=name,
        location=place,
        image=None if image is None or image.value in (None, "") else _setting(image, path),
        environment=(*spec.environment, *_credentials(node.value, path)),
        short_lived=True,
    )


def _words(table: Mapping[str, Node], path: str) -> Iterator[Word]:
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


def _told_apart(words: Sequence[Word]) -> tuple[list[Word], Word | None]:
    """The words without those that may be any option, and the first of these."""
    known: list[Word] = []
    unknown: Word | None = None
    is_value = False
    for word in words:
        opens = word.text.startswith((_OPEN, f"-{_OPEN}")) or (word.text.startswith("--") and _OPEN in word.text.partition("=")[0])
        if opens and not is_value:
            unknown = unknown or word
            continue
        known.append(word)
        is_value = not is_value and takes_value(word)
    return known, unknown


def _split(options: Node, path: str) -> Iterator[Word]:
    """The runner hands the line on as it is, and the words are parted as a program parts its command line: at blanks, but for quotes.

    A quote that is not closed goes to the end of the line.
    """
    if isinstance(options.value, dict | list):
        raise DocumentError("options must be text", path, options.key_line)
    for found in _PART.finditer(text(options.value)):
        word = _QUOTES.sub(lambda part: next((group for group in part.groups() if group is not None), ""), found[0])
        yield _word(options, word)


def _credentials(table: Mapping[str, Node], path: str) -> Iterator[Variable]:
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
    if node is None or node.value in (None, ""):
        return ()
    if isinstance(node.value, str):  # an expression for all of them
        return (node,)
    if not isinstance(node.value, list):
        raise DocumentError(f"{key} must be a list", path, node.key_line)
    return node.value


def _at(node: Node, path: str) -> Location:
    return Location(path, node.line, node.column)
