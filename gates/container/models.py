"""What the files say, read: everything that the rules judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gates.container import actions, kubernetes, run_lines
from gates.container.apparmor import reading as apparmor
from gates.container.compose import loading
from gates.container.compose.model import Compose
from gates.container.detection import Kind
from gates.container.dockerfile import stages
from gates.container.dockerfile.instruction import Dockerfile
from gates.container.dockerfile.reading import read as read_dockerfile
from gates.container.files import Found, Tree
from gates.container.seccomp import reading as seccomp
from gates.container.spec import RuntimeSpec
from gates.core.documents import DocumentError, read_yamls
from gates.core.gate import Scanned, Skipped, Unread
from gates.github import reading as workflows


class Models(NamedTuple):
    """By path, in the order of the repository. `started` are the containers of everything but compose files."""

    dockerfiles: Mapping[str, Dockerfile]
    composes: tuple[Compose, ...]
    started: tuple[RuntimeSpec, ...]
    seccomp: Mapping[str, seccomp.Profile]
    apparmor: Mapping[str, apparmor.Profile]
