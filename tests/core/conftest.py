"""Temporary git repositories, made with git itself and free of anybody's configuration (see tests/conftest.py)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from gates.core.deadline import Deadline
from gates.core.git import Repository, discover


class Maker(NamedTuple):
    """A repository that a test builds up."""

    top: Path

    def git(self, *words: str | bytes, stdin: bytes = b"", **variables: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.top, input=stdin, capture_output=True, env={**os.environ, **variables})
        assert done.returncode == 0, done.stderr
        return os.fsdecode(done.stdout).strip()

    def write(self, path: str | bytes, content: str | bytes = "content\n") -> None:
        place = os.path.join(os.fsencode(self.top), os.fsencode(path))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str = "message", when: int = 1_700_000_000) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, GIT_COMMITTER_DATE=f"{when} +0000", GIT_AUTHOR_DATE=f"{when} +0000")
        return self.git("rev-parse", "HEAD")

    def blob(self, content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", stdin=content)

    def loose(self, oid: str) -> Path:
        return self.top / ".git" / "objects" / oid[:2] / oid[2:]

    def found(self, environment: dict[str, str] | None = None, explicit: bool = True) -> Repository:
        given = environment if environment is not None else dict(os.environ)
        repository = discover(os.fspath(self.top), given, explicit=explicit, deadline=Deadline(20))
        assert repository is not None
        return repository


@pytest.fixture
def deadline() -> Deadline:
    return Deadline(20)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Maker]:
    def new(name: str = "repository", *options: str) -> Maker:
        top = (tmp_path / name).resolve()
        top.mkdir(parents=True)
        maker = Maker(top)
        maker.git("init", "-q", "-b", "main", *options)
        return maker

    return new
