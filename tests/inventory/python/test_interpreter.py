from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from gates.core.documents import DocumentError
from gates.inventory.python.interpreter import markers, running

GIVEN = {
    "implementation_name": "cpython",
    "implementation_version": "3.13.1",
    "platform_python_implementation": "CPython",
    "python_full_version": "3.13.1",
    "python_version": "3.13",
    "sys_platform": "linux",
}


def environment(root: Path, settings: str | None, folder: str = "lib/python3.12/site-packages") -> str:
    site = root / folder
    site.mkdir(parents=True)
    if settings is not None:
        (root / "pyvenv.cfg").write_text(settings, "utf-8")
    return str(site)


def versions(found: dict[str, str]) -> tuple[str, str, str]:
    return found["python_version"], found["python_full_version"], found["implementation_version"]


def test_this_environment_is_that_of_this_python() -> None:
    found = markers(sysconfig.get_path("purelib"), running())
    assert found == running() or sys.version_info.releaselevel != "final"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("home = /usr/bin\nversion = 3.11.4\n", ("3.11", "3.11.4", "3.11.4")),
        ("home = /usr/bin\r\nimplementation = CPython\r\nversion_info = 3.11.4.final.0\r\n", ("3.11", "3.11.4", "3.11.4")),
        ("version_info=3.14.0b1\n", ("3.14", "3.14.0", "3.14.0")),
        ("version = 3.13\n", ("3.13", "3.13.1", "3.13.1")),
        ("home = /usr/bin\n", ("3.12", "3.12.0", "3.12.0")),
        (None, ("3.12", "3.12.0", "3.12.0")),
    ],
)
def test_the_version_is_that_of_the_environment(tmp_path: Path, settings: str | None, expected: tuple[str, str, str]) -> None:
    found = markers(environment(tmp_path, settings), GIVEN)
    assert versions(found) == expected
    assert found["sys_platform"] == "linux"
    assert found.keys() == GIVEN.keys()


def test_on_windows_the_folder_tells_no_version(tmp_path: Path) -> None:
    assert markers(environment(tmp_path / "a", None, "Lib/site-packages"), GIVEN) == GIVEN
    assert versions(markers(environment(tmp_path / "b", "version = 3.11.4", "Lib/site-packages"), GIVEN))[1] == "3.11.4"


def test_another_implementation(tmp_path: Path) -> None:
    found = markers(environment(tmp_path, None, "lib/pypy3.10/site-packages"), GIVEN)
    assert (found["implementation_name"], found["platform_python_implementation"]) == ("pypy", "PyPy")
    assert versions(found) == ("3.10", "3.10.0", "3.13.1")


def test_a_package_cannot_say_which_python_it_is_in(tmp_path: Path) -> None:
    site = environment(tmp_path, "version = 3.11.4")
    (Path(site) / "pyvenv.cfg").write_text("version = 2.7.0")
    assert markers(site, GIVEN)["python_version"] == "3.11"


def test_refuses_what_cannot_be_read(tmp_path: Path) -> None:
    site = environment(tmp_path, None)
    (tmp_path / "pyvenv.cfg").write_bytes(b"version = \xff")
    with pytest.raises(DocumentError, match="not UTF-8"):
        markers(site, GIVEN)
    (tmp_path / "pyvenv.cfg").unlink()
    (tmp_path / "pyvenv.cfg").mkdir()
    with pytest.raises(DocumentError, match=r"pyvenv\.cfg cannot be read"):
        markers(site, GIVEN)
