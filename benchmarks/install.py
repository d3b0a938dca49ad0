"""The size of a base install."""

from __future__ import annotations

import subprocess
from pathlib import Path


def size(python: str, project: Path, environment: Path) -> tuple[int, str]:
    """Bytes on the disk beyond an empty virtual environment, bytecode included, and what went wrong, "" if nothing.

    pip works with the machine's own configuration here: unlike the scans, an installation needs its registry.
    """
    steps = (
        [python, "-m", "venv", str(environment)],
        [str(environment / "bin" / "python"), "-m", "pip", "install", "-q", str(project)],
        [str(environment / "bin" / "gates"), "--help"],
    )
    empty = 0
    for step in steps:
        try:
            done = subprocess.run(step, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        except OSError as error:
            return 0, f"failed: {error}"
        if done.returncode:
            return 0, f"failed: {step[0].rpartition('/')[2]} ended with {done.returncode}: {done.stderr.strip()[-200:]}"
        empty = empty or occupied(environment)
    return occupied(environment) - empty, ""


def occupied(folder: Path) -> int:
    """As `du` counts: whole blocks."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
