"""The folder that another program keeps things in belongs to the user alone, or there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gates.detect.cache import private_folder


def test_it_is_made_for_the_user_alone_and_found_again(tmp_path: Path) -> None:
    path = private_folder(os.fspath(tmp_path / "above" / "gates"), "engine")
    assert path == os.fspath(tmp_path / "above" / "gates" / "engine")
    assert os.stat(path).st_mode & 0o777 == 0o700
    assert private_folder(os.fspath(tmp_path / "above" / "gates"), "engine") == path


def test_no_cache_no_folder() -> None:
    assert private_folder("", "engine") == ""


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="modes mean nothing here")
@pytest.mark.parametrize("open_to_others", ["gates", "gates/engine"])
def test_a_folder_that_others_can_write_is_not_used(tmp_path: Path, open_to_others: str) -> None:
    (tmp_path / "gates" / "engine").mkdir(parents=True, mode=0o700)
    (tmp_path / "gates").chmod(0o700)
    (tmp_path / open_to_others).chmod(0o777)
    assert private_folder(os.fspath(tmp_path / "gates"), "engine") == ""


def test_a_link_and_a_file_are_not_used(tmp_path: Path) -> None:
    (tmp_path / "gates").mkdir(mode=0o700)
    (tmp_path / "else").mkdir(mode=0o700)
    (tmp_path / "gates" / "link").symlink_to(tmp_path / "else")
    (tmp_path / "gates" / "file").write_text("")
    assert private_folder(os.fspath(tmp_path / "gates"), "link") == ""
    assert private_folder(os.fspath(tmp_path / "gates"), "file") == ""
    assert private_folder(os.fspath(tmp_path / "gates" / "file"), "engine") == ""
