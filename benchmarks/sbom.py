"""SBOMs of one generated project by gates, cyclonedx-py, `uv export` and `npm sbom`: `python -m benchmarks.sbom`.

The project has a Python half (uv.lock, and an environment in which it is installed) and a half for npm (package-lock.json). Each tool makes
what it can of it, twice; what its document holds is counted by one reader. Nothing is fetched.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.measure import Place, Sample, timed, weighed

LIMIT = 600.0  # seconds for one run
MIB = 1 << 20
VALIDATED = 1000  # components: beyond that cyclonedx-py takes many minutes to validate what it made
NODE_SHARE = 4  # of so many packages one is npm's
SEED = 20_261_120
LICENCES = ("MIT", "Apache-2.0", "BSD-3-Clause", "MPL-2.0", "ISC", "MIT OR Apache-2.0")

Object = dict[str, Any]


class Package(NamedTuple):
    """`needs` are places in the list of its half, all behind its own: there are no cycles."""

    name: str
    version: str
    licence: str
    digest: bytes  # 64 bytes
    needs: tuple[int, ...]


class Maker(NamedTuple):
    """It writes its document to stdout, started in `folder` of the project."""

    name: str
    source: str
    command: list[str]
    folder: str = ""


class Told(NamedTuple):
    """What a document holds. `hashes`, `licences` and `suppliers` are components that have any."""

    components: int
    edges: int
    hashes: int
    licences: int
    suppliers: int


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sbom", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="of the environment that has gates[sbom], cyclonedx-bom and uv")
    parser.add_argument("--sizes", type=int, nargs="+", default=[160, 5000], help="components, both halves together")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    programs = Path(options.python).parent
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC).date()}")
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            environment = {"PATH": os.environ["PATH"], "HOME": scratch, "SOURCE_DATE_EPOCH": "1700000000", "PYTHONPATH": os.getcwd()}
            site = project(folder / "project", size, options.python)
            place = Place(folder / "project", environment, folder / "output", LIMIT)
            print(f"\n{size:,} components\n")
            print("\n".join(peers(makers(site, options.python, programs, size <= VALIDATED), place, options.rounds)))
            print()
            print("\n".join(ours(site, options.python, place, options.rounds)))
    return 0


# The project


def project(top: Path, size: int, python: str) -> Path:
    """Writes it; the site-packages of its environment."""
    top.mkdir()
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    node = packages(size // NODE_SHARE, "node-part")
    parts = packages(size - len(node), "python-part")
    names = ", ".join(f'"{part.name}=={part.version}"' for part in parts[:20])
    about = 'name = "acme"\nversion = "1.0"\nrequires-python = ">=3.11"\nauthors = [{name = "Acme"}]\n'
    (top / "pyproject.toml").write_text(f"[project]\n{about}dependencies = [{names}]\n", "utf-8")
    (top / "uv.lock").write_text("".join(uv_lock(parts)), "utf-8")
    (top / "web").mkdir()
    (top / "web/package.json").write_text(json.dumps(manifest(node)), "utf-8")
    (top / "web/package-lock.json").write_text(json.dumps(npm_lock(node), indent=2), "utf-8")
    (top / ".gitignore").write_text(".venv/\n", "utf-8")
    subprocess.run([python, "-m", "venv", "--without-pip", str(top / ".venv")], check=True)
    (site,) = (top / ".venv/lib").glob("python*/site-packages")
    install(parts, site)
    return site


def packages(number: int, name: str) -> list[Package]:
    chosen = random.Random(SEED)  # the same project every time
    found = []
    for place in range(number):
        behind = range(place + 1, min(number, place + 50))
        needs = tuple(sorted(chosen.sample(behind, min(len(behind), chosen.randrange(4)))))
        digest = hashlib.sha512(f"{name}{place}".encode()).digest()
        found.append(Package(f"{name}-{place}", f"{place % 7}.{place % 11}.0", LICENCES[place % len(LICENCES)], digest, needs))
    # Each is needed by one before it, so that none is left alone.
    orphans = set(range(20, number)) - {need for part in found for need in part.needs}
    for place in orphans:
        found[place - 1] = found[place - 1]._replace(needs=(*found[place - 1].needs, place))
    return found


def wheel(part: Package) -> str:
    return f"{part.name.replace('-', '_')}-{part.version}-py3-none-any.whl"


def uv_lock(parts: Sequence[Package]) -> Iterator[str]:
    def listed(needed: Sequence[Package]) -> str:
        return "dependencies = [\n" + "".join(f'    {{ name = "{part.name}" }},\n' for part in needed) + "]\n" if needed else ""

    yield 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n'
    yield f'[[package]]\nname = "acme"\nversion = "1.0"\nsource = {{ virtual = "." }}\n{listed(parts[:20])}'
    yield "\n[package.metadata]\nrequires-dist = ["
    yield ", ".join(f'{{ name = "{part.name}", specifier = "=={part.version}" }}' for part in parts[:20]) + "]\n"
    for part in parts:
        yield f'\n[[package]]\nname = "{part.name}"\nversion = "{part.version}"\n'
        yield 'source = { registry = "https://packages.example.org/simple" }\n'
        yield listed([parts[need] for need in part.needs])
        address, digest = f"https://packages.example.org/{wheel(part)}", part.digest[:32].hex()
        yield f'wheels = [\n    {{ url = "{address}", hash = "sha256:{digest}", size = 1000 }},\n]\n'


def manifest(parts: Sequence[Package]) -> Object:
    return {"name": "acme", "version": "1.0.0", "license": "MIT", "dependencies": {part.name: part.version for part in parts[:20]}}


def npm_lock(parts: Sequence[Package]) -> Object:
    listed: Object = {"": manifest(parts)}
    for part in parts:
        listed[f"node_modules/{part.name}"] = {
            "version": part.version,
            "resolved": f"https://packages.example.org/{part.name}-{part.version}.tgz",
            "integrity": f"sha512-{b64encode(part.digest).decode()}",
            "license": part.licence,
            "dependencies": {parts[need].name: parts[need].version for need in part.needs},
        }
    return {"name": "acme", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": listed}


def install(parts: Sequence[Package], site: Path) -> None:
    """What pip leaves of each, without its code."""
    for part in parts:
        info = site / f"{part.name.replace('-', '_')}-{part.version}.dist-info"
        info.mkdir()
        needs = "".join(f"Requires-Dist: {parts[need].name}\n" for need in part.needs)
        about = f"Metadata-Version: 2.4\nName: {part.name}\nVersion: {part.version}\nAuthor: Somebody\nLicense-Expression: {part.licence}\n"
        (info / "METADATA").write_text(about + needs, "utf-8")
        (info / "WHEEL").write_text("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n", "utf-8")
        (info / "RECORD").write_text("".join(f"{info.name}/{name},,\n" for name in ("METADATA", "WHEEL", "RECORD")), "utf-8")


# What is measured


def makers(site: Path, python: str, programs: Path, validated: bool) -> list[Maker]:
    gates = [python, "-m", "gates", "sbom", "make", "--quiet"]
    cyclonedx = [str(programs / "cyclonedx-py"), "environment", "--output-reproducible", "--pyproject", "pyproject.toml"]
    interpreter = str(site.parents[2] / "bin/python")
    found = [
        Maker("gates sbom make", "environment, uv.lock, package-lock.json", [*gates, "--environment", str(site)]),
        Maker("gates sbom make", "uv.lock, package-lock.json", gates),
        Maker("gates sbom make", "package-lock.json", [*gates, "web"]),
        Maker("cyclonedx-py environment", "environment", [*cyclonedx, "--no-validate", interpreter]),
        Maker("uv export", "uv.lock", [str(programs / "uv"), "export", "--frozen", "--offline", "--quiet", "--format", "cyclonedx1.5"]),
    ]
    if validated:
        found.append(Maker("cyclonedx-py environment, validated", "environment", [*cyclonedx, "--validate", interpreter]))
    if npm := shutil.which("npm"):
        found.append(Maker("npm sbom", "package-lock.json", [npm, "sbom", "--sbom-format=cyclonedx", "--package-lock-only"], "web"))
    return found


def peers(cases: Sequence[Maker], place: Place, rounds: int) -> Iterator[str]:
    yield "| tool | reads | wall, median s | components | edges | with a hash | with a licence | with a supplier | twice the same |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for case in cases:
        samples: list[Sample] = []
        documents: list[bytes] = []
        for _ in range(max(2, rounds)):
            samples.append(done(timed(case.command, place._replace(directory=place.directory / case.folder)), case.name, place))
            documents.append(place.output.read_bytes())
        told = held(json.loads(documents[0]))
        same = "yes" if len(set(documents)) == 1 else "no"
        counts = " | ".join(f"{number:,}" for number in told)
        yield f"| {case.name} | {case.source} | {median(run.wall for run in samples):.2f} | {counts} | {same} |"


def done(sample: Sample, name: str, place: Place) -> Sample:
    if sample.code not in ((0, 1) if name == "check" else (0,)):  # a lock of npm tells no supplier, which is a finding
        raise SystemExit(f"{name} ended with {sample.code}: {place.output.with_suffix('.err').read_text('utf-8', 'replace')[-500:]}")
    return sample


def held(document: Object) -> Told:
    components = [*nested(document.get("components", ()))]
    edges = sum(len(each.get("dependsOn", ())) for each in document.get("dependencies", ()))

    def having(told: Callable[[Object], object]) -> int:
        return sum(bool(told(component)) for component in components)

    hashes = having(lambda each: each.get("hashes") or any("hashes" in reference for reference in each.get("externalReferences", ())))
    suppliers = having(lambda each: each.get("supplier") or each.get("publisher") or each.get("author") or each.get("authors"))
    return Told(len(components), edges, hashes, having(lambda each: each.get("licenses")), suppliers)


def nested(components: Sequence[Object]) -> Iterator[Object]:
    for component in components:
        yield from chain((component,), nested(component.get("components", ())))


def ours(site: Path, python: str, place: Place, rounds: int) -> Iterator[str]:
    """One after the other, as a release does it."""
    gates = [python, "-m", "gates", "sbom"]
    steps = {
        "make": [*gates, "make", "--quiet", "--environment", str(site), "--output", "acme.cdx.json"],
        "check": [*gates, "check", "acme.cdx.json"],
        "diff with itself": [*gates, "diff", "acme.cdx.json", "acme.cdx.json"],
    }
    yield "| gates sbom | wall, median s | CPU, median s | peak MiB |"
    yield "|---|---|---|---|"
    samples: dict[str, list[Sample]] = {}
    for name, command in steps.items():
        samples[name] = [done(timed(command, place), name, place) for _ in range(rounds)]
        peak = weighed(command, place).peak / MIB
        yield f"| {name} | {median(run.wall for run in samples[name]):.2f} | {median(run.cpu for run in samples[name]):.2f} | {peak:.0f} |"
    both = [*zip(samples["make"], samples["check"], strict=True)]
    wall, cpu = (median(getattr(made, what) + getattr(checked, what) for made, checked in both) for what in ("wall", "cpu"))
    yield f"| make and check | {wall:.2f} | {cpu:.2f} | |"


if __name__ == "__main__":
    raise SystemExit(main())
