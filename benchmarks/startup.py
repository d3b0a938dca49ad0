"""Where the start of the light paths goes, and whether anything heavy came along: `python -m benchmarks.startup`."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks import materials

HEAVY = ("bandit", "cyclonedx", "dataclasses", "git", "inspect", "jsonschema", "pip_audit", "rich")
SHOWN = 15


class Import(NamedTuple):
    """Microseconds: its own, and with what it imported first."""

    name: str
    own: int
    total: int


class LightPath(NamedTuple):
    """What is typed, the exit status it ends with, what shows that it ran at all, and what it must not import."""

    words: tuple[str, ...]
    secret: bool
    code: int
    needed: str
    forbidden: tuple[str, ...]


PATHS = (
    LightPath(("--help",), False, 0, "gates.cli", (*HEAVY, "yaml")),
    LightPath(("secrets", "--staged"), False, 0, "gates.secrets.gate", (*HEAVY, "yaml")),
    LightPath(("secrets", "--staged"), True, 1, "gates.secrets.gate", HEAVY),  # something matched, so the waivers are read
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="of the environment that has gates")
    options = parser.parse_args(arguments)
    python, bad = os.path.abspath(options.python), 0
    for path in PATHS:
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch) / "repository"
            materials.staged(root, datetime.now(UTC).date(), secret=path.secret)
            start(python, path, root)  # fills the caches of bytecode and patterns
            timed, verbose = start(python, path, root, "-X", "importtime"), start(python, path, root, "-v")
        imports = parsed(timed.stderr)
        # importtime leaves out what importlib.import_module loads; -v names every module.
        loaded = set(re.findall(r"^import '([\w.]+)'", verbose.stderr, re.MULTILINE))
        found = sorted({name.partition(".")[0] for name in loaded} & set(path.forbidden))
        title = f"gates {' '.join(path.words)}{', with a finding' if path.secret else ''}"
        print(f"{title}: {len(loaded)} modules, {sum(one.own for one in imports) / 1000:.1f} ms of imports")
        for one in sorted(imports, key=lambda one: -one.own)[:SHOWN]:
            print(f"  {one.own / 1000:7.2f} ms {one.total / 1000:7.2f} ms with its own imports  {one.name}")
        if timed.returncode != path.code or path.needed not in loaded:
            bad += 1
            print(f"  did not do its work: exit status {timed.returncode}, expected {path.code}: {timed.stderr.strip().splitlines()[-1]}")
        if found:
            bad += 1
            print(f"  must not be imported here: {', '.join(found)}")
    return 1 if bad else 0


def start(python: str, path: LightPath, root: Path, *switches: str) -> subprocess.CompletedProcess[str]:
    """The installed script, not -m: that would add the imports of runpy."""
    command = [python, *switches, os.path.join(os.path.dirname(python), "gates"), *path.words]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(root.parent)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def parsed(text: str) -> list[Import]:
    """Lines like `import time:       152 |        310 |   zipimport`."""
    imports = []
    for line in text.splitlines():
        if line.startswith("import time:") and not line.endswith("imported package"):
            own, total, name = line.removeprefix("import time:").split("|")
            imports.append(Import(name.strip(), int(own), int(total)))
    return imports


if __name__ == "__main__":
    sys.exit(main())
