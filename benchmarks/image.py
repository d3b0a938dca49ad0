"""`gates image inspect` beside `tar -t` and `sha256sum` of the same file: `python -m benchmarks.image`.

Whoever looks into an image has to list it and to compare its digests; what is beyond that is the price of the rules.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import platform
import shlex
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.measure import Place, Sample, ratio, timed, weighed

LIMIT = 600.0  # seconds for one run
MIB = 1 << 20
LAYERS = 5
_BINARY = 16 * MIB  # bytes that are written again and again where one file fills a layer


class Case(NamedTuple):
    """A command that did its work ends with `code` and wrote `told`."""

    name: str
    command: list[str]
    code: int
    told: bytes


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.image", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="of the environment that has gates[image,secrets]")
    parser.add_argument("--files", type=Path, default=Path(sysconfig.get_path("stdlib")), help="a folder whose files fill the layers")
    parser.add_argument("--mib", type=int, default=1024, help="the size of each image")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        place = Place(folder, {"PATH": os.environ["PATH"], "HOME": scratch}, folder / "output", LIMIT)
        subprocess.run(["git", "init", "-q", str(folder / "repository")], check=True)
        layer = options.mib * MIB // LAYERS
        contents = files(options.files)
        many = image(folder / "files.tar", [tree(folder / f"{number}.layer", contents, layer) for number in range(LAYERS)])
        one = image(folder / "binary.tar", [binary(folder / "binary.layer", options.mib * MIB)])
        packed = folder / "files.tar.gz"
        with packed.open("wb") as output:
            subprocess.run(["gzip", "-1", "-c", str(many)], stdout=output, check=True)
        for archive in (many, one, packed):
            print(report(archive, os.path.abspath(options.python), place, options.rounds))
            archive.unlink()
    return 0


def files(folder: Path) -> Iterator[Path]:
    """Without end, each in turn."""
    return cycle(sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()))


def tree(place: Path, contents: Iterator[Path], size: int) -> Path:
    with tarfile.open(place, "w") as layer:
        while layer.offset < size:
            path = next(contents)
            layer.add(path, f"opt/{layer.offset}/{path.name}")
    return place


def binary(place: Path, size: int) -> Path:
    """A layer of one file, which is no text."""
    block = b"\0" + os.urandom(_BINARY - 1)
    with tarfile.open(place, "w") as layer:
        member = tarfile.TarInfo("opt/model.bin")
        member.size = size - size % _BINARY
        whole = place.with_suffix(".bin")
        with whole.open("wb") as file:
            for _ in range(size // _BINARY):
                file.write(block)
        with whole.open("rb") as file:
            layer.addfile(member, file)
        whole.unlink()
    return place


def image(place: Path, layers: Sequence[Path]) -> Path:
    """As `docker save` wrote them before version 25; the layers' own files are gone afterwards."""
    diff_ids = []
    with tarfile.open(place, "w") as archive:
        for layer in layers:
            with layer.open("rb") as file:
                diff_ids.append(f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}")
            archive.add(layer, f"{layer.name}/layer.tar")
            layer.unlink()
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}})
        name = f"{hashlib.sha256(config.encode()).hexdigest()}.json"
        manifest = [{"Config": name, "RepoTags": ["benchmark:1"], "Layers": [f"{layer.name}/layer.tar" for layer in layers]}]
        for path, text in ((name, config), ("manifest.json", json.dumps(manifest))):
            member = tarfile.TarInfo(path)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return place


def report(archive: Path, python: str, place: Place, rounds: int) -> str:
    quoted = shlex.quote(str(archive))
    floor = Case("tar -t and sha256sum", ["sh", "-c", f"tar -tf {quoted} && sha256sum {quoted}"], 0, b"manifest.json")
    # An image that names no user has a finding.
    inspect = [
        python,
        "-I",
        "-m",
        "gates",
        "image",
        "inspect",
        "--quiet",
        "--fail-on",
        "high",
        "--repo",
        str(place.directory / "repository"),
    ]
    cases = [floor, Case("gates image inspect", [*inspect, str(archive)], 1, b"image/user-root")]
    samples = measured(cases, place, rounds)
    peak = weighed(cases[1].command, place).peak / MIB
    where = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC).date()}"
    lines = [
        f"{archive.name}, {archive.stat().st_size / MIB:.0f} MiB; {where}",
        "",
        "| whole process | wall, median s | CPU, median s | wall beside the first | peak MiB |",
        "|---|---|---|---|---|",
    ]
    for name, runs in samples.items():
        against = ratio(runs, samples[floor.name])
        spread = f"{against.value:.2f} ({against.low:.2f} to {against.high:.2f})"
        weight = "" if name == floor.name else f"{peak:.0f}"
        lines.append(f"| {name} | {median(run.wall for run in runs):.2f} | {median(run.cpu for run in runs):.2f} | {spread} | {weight} |")
    return "\n".join([*lines, ""])


def measured(cases: Sequence[Case], place: Place, rounds: int) -> dict[str, list[Sample]]:
    """After one warm-up run each, in turn, every other round the other way round."""
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for number in range(rounds + 1):
        for case in cases if number % 2 == 0 else cases[::-1]:
            sample = timed(case.command, place)
            if sample.code != case.code or case.told not in place.output.read_bytes():
                raise SystemExit(f"{case.name} did not do its work: it ended with {sample.code}")
            if number:
                samples[case.name].append(sample)
    return samples


if __name__ == "__main__":
    sys.exit(main())
