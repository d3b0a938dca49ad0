"""Clean real code: three trees that everyone uses. What a scanner says about them is noise, but for the few test keys they publish."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from benchmarks.materials import WHEELS_FOR, Material, counted, kept, run

WHEELS = (
    "botocore==1.44.5", "celery==5.5.3", "django==5.2.19", "flask==3.1.2", "httpx==0.28.1", "jinja2==3.1.6", "networkx==3.6.1",
    "requests==2.32.5", "urllib3==2.5.0",
)  # fmt: skip
MODULES = ("axios@1.13.2", "express@5.1.0", "fastify@5.6.2", "jsonwebtoken@9.0.2", "lodash@4.17.21", "webpack@5.103.0")
TREES = ("stdlib", "site-packages", "node_modules")
# The key files of the library's own test suite are private keys indeed: who finds them is right.
LEFT_OUT = ("site-packages", "dist-packages", "__pycache__", "config-*", "lib-dynload", "*.pem")


def trees(folder: Path, python: str) -> Material:
    """The standard library of `python`, and packages with everything that npm installs for them; npm's part is empty without npm."""
    ask = "import platform, sysconfig; print(platform.python_version(), sysconfig.get_path('stdlib'), sep='\\n')"
    version, library = subprocess.run([python, "-c", ask], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    npm = shutil.which("npm")

    def make(root: Path) -> Material:
        shutil.copytree(library, root / TREES[0], ignore=shutil.ignore_patterns(*LEFT_OUT))
        run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-compile", *WHEELS_FOR, "--target", str(root / TREES[1]), *WHEELS])
        (root / TREES[2]).mkdir()
        if npm:
            (root / "package.json").write_text("{}\n")
            run([npm, "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", *MODULES], cwd=root)
            for name in ("package.json", "package-lock.json"):
                (root / name).unlink()
        return counted(root, (), f"Python {version}, {len(WHEELS)} wheels, {f'{len(MODULES)} npm packages' if npm else 'no npm here'}")

    return kept(folder, "clean", (version, LEFT_OUT, WHEELS, WHEELS_FOR, MODULES, bool(npm)), make)


def lines(material: Material) -> dict[str, int]:
    """Lines of text per tree; a file with a NUL byte has none."""
    record = material.root.with_suffix(".lines.json")
    if not record.exists():
        count = dict.fromkeys(TREES, 0)
        for tree in TREES:
            for path in (material.root / tree).rglob("*"):
                if path.is_file() and b"\0" not in (data := path.read_bytes()):
                    count[tree] += data.count(b"\n")
        record.write_text(json.dumps(count) + "\n")
    found: dict[str, int] = json.loads(record.read_text())
    return found
