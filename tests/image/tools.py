"""Where the real programs are that the tests of images run, if they are."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

_TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".tools", "bin")
SEARCHED = os.pathsep.join((os.environ.get("PATH", ""), os.path.dirname(sys.executable), os.path.normpath(_TOOLS)))


def need(name: str) -> str:
    """The path of the program; without it the test is skipped, or fails where every tool must be there."""
    found = shutil.which(name, path=SEARCHED)
    if found is None:
        if os.environ.get("GATES_REQUIRE_TOOLS"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found
