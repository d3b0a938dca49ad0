"""What is scanned: fetched by name and version or generated from a seed, kept in a folder, never committed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.generate import TOKENS, WORDS, History, Planted, python_module, settings_file, text_file

SEED = 20261120

SOURCES = (  # source distributions, ~10 MB unpacked
    "celery==5.5.3", "flask==3.1.2", "httpx==0.28.1", "jinja2==3.1.6", "requests==2.32.5", "urllib3==2.5.0",
)  # fmt: skip
TARBALLS = (  # npm packages, ~10 MB unpacked
    "axios@1.13.2", "express@5.1.0", "fastify@5.6.2", "jsonwebtoken@9.0.2", "lodash@4.17.21", "webpack@5.103.0",
)  # fmt: skip
WHEELS = (  # ~540 MB installed, bytecode included
    "botocore==1.44.5", "django==5.2.19", "matplotlib==3.11.2", "networkx==3.6.1", "numpy==2.4.6", "pandas==3.1.1", "pillow==13.0.0",
    "scikit-learn==1.9.1", "scipy==1.17.1", "sympy==1.14.0",
)  # fmt: skip
# One interpreter and platform, so that every machine gets the same files.
WHEELS_FOR = ("--python-version=3.11", "--platform=manylinux_2_28_x86_64", "--platform=manylinux2014_x86_64", "--only-binary=:all:")

HISTORY_BYTES = 1_000_000_000
HISTORY_SECRETS = 9
PRODUCT_FILES = 2_000

# Nothing of the machine's git configuration decides what is generated.
GIT_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Sam Sample", "GIT_AUTHOR_EMAIL": "sam@example.invalid",
    "GIT_COMMITTER_NAME": "Sam Sample", "GIT_COMMITTER_EMAIL": "sam@example.invalid",
}  # fmt: skip


class Material(NamedTuple):
    """A folder to scan. In a history, `files` and `bytes` count its blobs, uncompressed."""

    root: Path
    files: int
    bytes: int
    planted: tuple[Planted, ...]
    note: str


def tree(folder: Path, python: str) -> Material:
    """Packages as their authors publish them: sources, tests, documentation, bundled JavaScript."""

    def make(root: Path) -> Material:
        archives = root.with_suffix(".archives")
        archives.mkdir()
        # pip asks each package's build backend for its metadata, so this runs code of the packages named above.
        run([python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary=:all:", "-d", str(archives), *SOURCES])
        run(["npm", "pack", "--silent", "--ignore-scripts", *TARBALLS], cwd=archives)
        for archive in sorted(archives.iterdir()):
            with tarfile.open(archive) as packed:
                packed.extractall(root / archive.name.removesuffix(".tar.gz").removesuffix(".tgz"), filter="data")
        shutil.rmtree(archives)
        planted = plant(root, Random(SEED))
        return counted(root, planted, f"{len(SOURCES)} source distributions and {len(TARBALLS)} npm tarballs, unpacked")

    return kept(folder, "tree", (SOURCES, TARBALLS), make)


def packages(folder: Path, python: str) -> Material:
    """A site-packages folder: sources, bytecode, shared libraries, data files."""

    def make(root: Path) -> Material:
        run([python, "-m", "pip", "install", "-q", "--no-deps", *WHEELS_FOR, "--target", str(root), *WHEELS])
        planted = plant(root, Random(SEED + 1))
        return counted(root, planted, f"{len(WHEELS)} wheels installed into one folder, bytecode included")

    return kept(folder, "packages", (WHEELS, WHEELS_FOR), make)


def history(folder: Path, python: str) -> Material:
    """A repository without a checkout; its files begin as the long text files of `tree`."""
    source = tree(folder, python)

    def make(root: Path) -> Material:
        git(root, "init", "-q", "-b", "main", "--object-format=sha1")
        marks = root / ".git" / "marks"
        command = ["git", "-C", str(root), "-c", "core.compression=1", "fast-import", "--quiet", f"--export-marks={marks}"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, env=GIT_ENVIRONMENT) as importer:
            assert importer.stdin is not None
            writer = History(importer.stdin.write, text_files(source.root), Random(SEED + 2))
            planted = writer.run(HISTORY_BYTES, HISTORY_SECRETS)
        if importer.returncode:
            raise SystemExit(f"git fast-import ended with {importer.returncode}")
        commits = dict(line.split() for line in marks.read_text().splitlines())
        git(root, "repack", "-a", "-d", "-f", "-q")  # as a clone would have it
        return Material(
            root, writer.blobs, writer.bytes, tuple(Planted(path, line, commits[f":{mark}"]) for path, line, mark in planted),
            f"{writer.commits:,} commits, merges included, packed; every planted secret was deleted again but the last",
        )  # fmt: skip

    return kept(folder, "history", (source.root.name, SEED, HISTORY_BYTES, HISTORY_SECRETS), make)


def staged(root: Path, today: date, *, secret: bool) -> Material:
    """A small repository with a policy, waivers and one staged file of 30 lines."""
    chance = Random(SEED + 3)
    repository(root, {f"service/{word}.py": python_module(chance) for word in chance.sample(WORDS, 30)}, today)
    planted = stage(root, chance, secret=secret)
    return Material(root, 1, 0, planted, "one staged file of 30 lines; the repository has 30 modules, a policy and two waivers")


def product(root: Path, today: date) -> Material:
    """2,000 files, half of them Python, with a policy, waivers, one committed and one staged secret."""
    chance = Random(SEED + 4)
    files = {}
    for number in range(PRODUCT_FILES // 2):
        first, second = chance.sample(WORDS, 2)
        files[f"service/{first}/{second}_{number}.py"] = python_module(chance)
        suffix = chance.choice((".md", ".yaml", ".json"))
        files[f"docs/{first}/{second}_{number}{suffix}"] = text_file(chance, suffix)
    text, line = settings_file(chance, TOKENS[0](chance))
    repository(root, files | {"service/settings.py": text}, today)
    return counted(root, (*stage(root, chance, secret=True), Planted("service/settings.py", line)), "half Python, half text")


def stage(root: Path, chance: Random, *, secret: bool) -> tuple[Planted, ...]:
    path = "service/deploy.py"
    text, line = settings_file(chance, TOKENS[0](chance) if secret else "")
    (root / path).write_text(text)
    git(root, "add", "--", path)
    return (Planted(path, line),) if secret else ()


def repository(root: Path, files: dict[str, str], today: date) -> None:
    """One commit of `files`, a policy and waivers that are valid on `today`."""
    sunset = today + timedelta(days=60)
    policy = f"""\
[[exclude]]
paths = ["service/generated/**"]
gates = ["secrets", "code"]
reason = "generated, and checked where it comes from"
owner = "@acme/platform"
sunset = {sunset}
"""
    waivers = "".join(f"""\
  - id: W-000{number}
    gate: secrets
    kind: false-positive
    rule: secrets/github-pat
    paths: ["service/{word}/**"]
    fingerprint: {number:032x}
    reason: a sample in the documentation of the client, never issued
    owner: "@acme/platform"
    created: {today}
    sunset: {sunset}
""" for number, word in enumerate(("sandbox", "playground"), 1))  # fmt: skip
    security = {"security/gates.toml": policy, "security/waivers.yaml": f"version: 1\nwaivers:\n{waivers}"}
    for path, text in (files | security).items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    git(root, "init", "-q", "-b", "main")
    # Kingfisher makes a commit of what is staged; without a name it looks at nothing and exits 0.
    git(root, "config", "user.name", "Sam Sample")
    git(root, "config", "user.email", "sam@example.invalid")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Start")


def kept(folder: Path, name: str, recipe: object, make: Callable[[Path], Material]) -> Material:
    """The material of this recipe: from the folder, or made now. The record beside it is written last, so half a material is never used."""
    root = folder / f"{name}-{sha256(repr(recipe).encode()).hexdigest()[:8]}"
    record = root.with_suffix(".json")
    if not record.exists():
        for left in (root, root.with_suffix(".archives")):
            shutil.rmtree(left, ignore_errors=True)
        root.mkdir(parents=True)
        made = make(root)
        record.write_text(json.dumps(made._asdict() | {"root": root.name}, indent=2) + "\n")
    stored = json.loads(record.read_text())
    return Material(**stored | {"root": root, "planted": tuple(Planted(*entry) for entry in stored["planted"])})


def plant(root: Path, chance: Random) -> tuple[Planted, ...]:
    planted = []
    for number, token in enumerate(TOKENS):
        path = f"acme_service/settings_{number}.py"
        text, line = settings_file(chance, token(chance))
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
        planted.append(Planted(path, line))
    return tuple(planted)


def counted(root: Path, planted: tuple[Planted, ...], note: str) -> Material:
    sizes = [path.stat().st_size for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts]
    return Material(root, len(sizes), sum(sizes), planted, note)


def text_files(root: Path) -> dict[str, list[bytes]]:
    """Lines of the long text files, minified ones left out: code that people edit."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.stat().st_size >= 12_000:
            lines = path.read_bytes().splitlines(keepends=True)
            if all(len(line) < 400 and b"\0" not in line for line in lines) and '"' not in path.name:
                package, _, *rest = path.relative_to(root).parts  # an archive has one folder of its own around everything
                found["/".join((package, *rest))] = lines
    return found


def git(root: Path, *words: str) -> None:
    run(["git", "-C", str(root), *words], environment=GIT_ENVIRONMENT)


def run(command: list[str], cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> None:
    if subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
