"""The real Bash, as a judge of our reading."""

from __future__ import annotations

import shutil
import subprocess

import pytest

BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="bash is not installed")


def run(*words: str) -> subprocess.CompletedProcess[bytes]:
    assert BASH is not None
    return subprocess.run([BASH, "--norc", *words], capture_output=True, env={"LC_ALL": "C.UTF-8", "PATH": "/nonexistent"}, check=False)


def accepts(script: str) -> bool:
    """Whether it is a script for Bash; nothing of it runs."""
    return run("-O", "extglob", "-n", "-c", script).returncode == 0


def words(text: str) -> list[str] | None:
    """What Bash makes of words that expand nothing; None where it refuses them."""
    done = run("-c", f"printf '%s\\0' x {text}")
    return None if done.returncode or done.stderr else done.stdout.decode(errors="replace").split("\0")[1:-1]
