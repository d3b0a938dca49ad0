"""What the files say, read: everything that the rules judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gates.container import actions, files, kubernetes, run_flags, run_lines, workflow_steps
from gates.container.apparmor import reading as apparmor
from gates.container.apparmor.profile import Policy
from gates.container.compose import loading
from gates.container.compose.model import Compose
from gates.container.detection import Kind
from gates.container.dockerfile import stages
from gates.container.dockerfile.instruction import Dockerfile
from gates.container.dockerfile.reading import read as read_dockerfile
from gates.container.files import Found, Tree
from gates.container.judging.runtime_privileges import seccomp_paths
from gates.container.seccomp import reading as seccomp
from gates.container.seccomp.profile import Profile
from gates.container.spec import RuntimeSpec
from gates.core.documents import DocumentError
from gates.core.gate import Event, Scanned, Skipped, Unread
from gates.github import reading as workflows
from gates.shell.command import Problem

_TEMPLATE = "a template: what it says is known once it is filled in; judge that"


class Models(NamedTuple):
    """By kind, in the order of the repository. `specs` are the containers of all compose files and of everything else."""

    dockerfiles: tuple[Dockerfile, ...]
    composes: tuple[Compose, ...]
    specs: tuple[RuntimeSpec, ...]
    seccomp: tuple[Profile, ...]
    apparmor: tuple[Policy, ...]


def read(found: Iterable[Found], tree: Tree) -> Iterator[Event | Models]:
    """Events about what was read and what could not be, and the models last."""
    reader = _Reader(tree, tuple(each.path for each in found if each.kind == "compose"))
    for file in found:
        try:
            yield from reader.read(file)
        except DocumentError as error:
            yield Unread(error.path or file.path, error.line, error.message)
    yield from reader.named_profiles()
    yield reader.models()


class _Reader:
    def __init__(self, tree: Tree, composes: tuple[str, ...]) -> None:
        self._tree = tree
        self._compose_paths = composes
        self._dockerfiles: list[Dockerfile] = []
        self._composes: list[Compose] = []
        self._specs: list[RuntimeSpec] = []
        self._seccomp: dict[str, Profile] = {}
        self._apparmor: list[Policy] = []
        self._readers: dict[Kind, Callable[[Found], Iterator[Event]]] = {
            "dockerfile": self._dockerfile,
            "compose": self._compose,
            "kubernetes": self._started(kubernetes.load),
            "workflow": self._workflow,
            "action": self._action,
            "seccomp": self._seccomp_profile,
            "apparmor": self._apparmor_policy,
            "script": self._lines("script"),
            "makefile": self._lines("makefile"),
            "markdown": self._lines("markdown"),
        }

    def read(self, file: Found) -> Iterator[Event]:
        told = False
        for event in self._readers[file.kind](file):
            told = True
            yield event
        if file.named and not told:
            yield Unread(file.path, 0, files.UNKNOWN)

    def models(self) -> Models:
        specs = (*(spec for compose in self._composes for spec in compose.services), *self._specs)
        return Models(tuple(self._dockerfiles), tuple(self._composes), specs, tuple(self._seccomp.values()), tuple(self._apparmor))

    def named_profiles(self) -> Iterator[Event]:
        """Seccomp profiles that a container names, whatever their files are called."""
        for path in dict.fromkeys(path for spec in self.models().specs for path in seccomp_paths(spec)):
            if path in self._seccomp:
                continue
            try:
                data = self._tree.read(path)
                if data is not None:
                    yield from self._seccomp_profile(Found("seccomp", path, data))
            except DocumentError as error:
                yield Unread(error.path or path, error.line, error.message)

    def _dockerfile(self, file: Found) -> Iterator[Event]:
        dockerfile = stages.model(read_dockerfile(file.data, file.path), file.path)
        self._dockerfiles.append(dockerfile)
        yield from (Unread(file.path, problem.line, problem.message) for problem in dockerfile.problems)
        if not dockerfile.problems:
            yield _scanned(file)

    def _compose(self, file: Found) -> Iterator[Event]:
        alone = loading.load(file.path, self._tree.read, self._compose_paths)
        if alone.template:
            yield Skipped(file.path, _TEMPLATE)
            return
        beside = loading.override(file.path, self._compose_paths)
        merged = (loading.merged(file.path, self._tree.read, self._compose_paths),) if beside else ()
        self._composes += [alone, *merged]
        problems = dict.fromkeys(problem for compose in (alone, *merged) for problem in compose.problems)
        for problem in problems:
            if problem.unseen:
                yield Skipped(problem.path, problem.message)
            else:
                yield Unread(problem.path, problem.line, problem.message)
        if alone.services or len(alone.files) > 1:
            yield _scanned(file)
        elif not problems:
            yield Skipped(file.path, "declares no service")

    def _started(self, reader: Callable[[bytes, str], Iterable[RuntimeSpec]]) -> Callable[[Found], Iterator[Event]]:
        def read(file: Found) -> Iterator[Event]:
            specs = tuple(reader(file.data, file.path))
            self._specs += specs
            if specs:
                yield _scanned(file)

        return read

    def _lines(self, kind: run_lines.Kind) -> Callable[[Found], Iterator[Event]]:
        def read(file: Found) -> Iterator[Event]:
            text = file.data.decode("utf-8", "replace")
            found = run_lines.found(text, file.path, kind=kind)
            self._specs += found.specs
            yield from (Unread(file.path, problem.line, problem.message) for problem in found.problems)
            if found.specs and not found.problems:
                yield _scanned(file)

        return read

    def _workflow(self, file: Found) -> Iterator[Event]:
        workflow = workflows.read(file.data, file.path)
        if workflow is not None:
            yield from self._steps(file, actions.read(workflow, run_flags.spec), workflow_steps.read(workflow, file.data.decode()))

    def _action(self, file: Found) -> Iterator[Event]:
        action = actions.of_action(file.data, file.path)
        yield from self._steps(file, action.specs, workflow_steps.of_action(action.steps, file.path, file.data.decode()))

    def _steps(self, file: Found, specs: Iterable[RuntimeSpec], steps: Iterable[run_lines.Found]) -> Iterator[Event]:
        started, problems = [*specs], list[Problem]()
        for found in steps:
            started += found.specs
            problems += found.problems
        self._specs += started
        yield from (Unread(file.path, problem.line, problem.message) for problem in problems)
        if started and not problems:
            yield _scanned(file)

    def _seccomp_profile(self, file: Found) -> Iterator[Event]:
        self._seccomp[file.path] = seccomp.read(file.data, file.path)
        yield _scanned(file)

    def _apparmor_policy(self, file: Found) -> Iterator[Event]:
        policy = apparmor.read(file.data, file.path, self._tree.read)
        if policy.profiles:
            self._apparmor.append(policy)
            yield _scanned(file)


def _scanned(file: Found) -> Scanned:
    return Scanned(files=1, bytes=len(file.data))
