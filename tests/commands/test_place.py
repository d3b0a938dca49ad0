"""Where a run looks when what it is given lies in no repository."""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path

import pytest

from gates.commands.place import Place, locate
from gates.core.deadline import Deadline
from gates.core.errors import UsageError
from gates.core.gate import Selection
from gates.core.world import World


def place(folder: Path, *paths: str) -> Place:
    environment = {"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    world = World(environment, str(folder), date(2026, 11, 20), io.BytesIO(), io.StringIO(), io.StringIO())
    return locate("", {"container": Selection("paths", paths)}, world, Deadline(60))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.yaml", "b.yaml", "below/c.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_files_of_one_folder_are_judged_together(folder: Path) -> None:
    found = place(folder, "a.yaml", "b.yaml")
    assert (found.root, found.repository) == (os.path.realpath(folder), None)
    assert found.selections["container"].paths == ("a.yaml", "b.yaml")


def test_files_of_several_folders_are_not(folder: Path) -> None:
    with pytest.raises(UsageError, match="must lie in the same folder"):
        place(folder, "a.yaml", "below/c.yaml")
