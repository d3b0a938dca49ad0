"""A command line in this process, on a repository that a test builds up."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gates import cli
from gates.core.world import World
from tests.core.conftest import Maker, make

__all__ = ["make"]

TODAY = date(2026, 11, 20)


class Answer(NamedTuple):
    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.stdout)
        return document

    def gate(self, name: str) -> dict[str, Any]:
        (result,) = [each for each in self.report["gates"] if each["gate"] == name]
        return dict(result)


Command = Callable[..., Answer]


@pytest.fixture
def repository(make: Callable[..., Maker]) -> Maker:
    return make()


@pytest.fixture
def gates(tmp_path: Path) -> Command:
    """`gates("secrets", "--staged", at=folder)`; extra variables and standard input by name."""

    def run(*argv: str, at: Path, environment: Mapping[str, str] | None = None, stdin: bytes = b"") -> Answer:
        stdout, stderr = io.StringIO(), io.StringIO()
        own = {**os.environ, **(environment or {})}
        world = World(own, os.fspath(at), TODAY, io.BytesIO(stdin), stdout, stderr)
        try:
            code = cli.run(list(argv), world)
        except SystemExit as left:
            code = int(left.code or 0)
        return Answer(code, stdout.getvalue(), stderr.getvalue())

    return run
