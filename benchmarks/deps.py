"""The builtin engine beside pip-audit, over a generated lock and database: `python -m benchmarks.deps`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks import advisories
from benchmarks.measure import Place, Sample, ratio, timed

LIMIT = 120.0  # seconds for one run
# Whole processes of the builtin engine: they start, open the database, judge every pin, and say which packages are vulnerable.
_BUILTIN = """
import json, sys
from gates.deps.advisories.database import open_database
from gates.deps.advisories.matcher import audit
from gates.inventory.package import Package
source, cache, pins = sys.argv[1:]
packages = [Package("PyPI", name, version, "uv.lock", 1) for name, version in json.load(open(pins))]
verdicts = audit(packages, open_database(source, cache)).verdicts
json.dump(sorted(verdict.package.name for verdict in verdicts if verdict.advisories), sys.stdout)
"""
_IMPORT = """
import sys
from datetime import UTC, datetime
from gates.deps.advisories.database import import_database
import_database(sys.argv[1], sys.argv[2], datetime.now(UTC))
"""


class Engine(NamedTuple):
    """`found` reads the vulnerable packages out of what a run left behind."""

    name: str
    command: list[str]
    found: Callable[[Path], list[str]]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deps", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="of the environment that has gates[deps]")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the measurements there")
    options = parser.parse_args(arguments)
    material = advisories.draw(options.seed)
    with tempfile.TemporaryDirectory() as scratch, _service(material) as url:
        place = Place(Path(scratch), {"PATH": os.defpath, "HOME": scratch}, Path(scratch) / "output", LIMIT)
        engines = prepared(os.path.abspath(options.python), material, url, place)
        samples = measured(engines, place, options.rounds)
    print(table(samples, material))
    if options.json:
        options.json.write_text(
            json.dumps({name: [sample._asdict() for sample in runs] for name, runs in samples.items()}, indent=1) + "\n"
        )
    return 0


def prepared(python: str, material: advisories.Material, url: str, place: Place) -> list[Engine]:
    """pip-audit first: the others are compared with it."""
    folder = place.directory
    source, imported, pins = folder / "db" / "PyPI" / "all.zip", folder / "db.sqlite", folder / "pins.json"
    advisories.write_zip(source, material.records)
    pins.write_text(json.dumps(material.pins))
    lock = "".join(f'[[packages]]\nname = "{name}"\nversion = "{version}"\n' for name, version in material.pins)
    (folder / "pylock.toml").write_text(f'lock-version = "1.0"\ncreated-by = "benchmark"\n{lock}')
    subprocess.run([python, "-I", "-c", _IMPORT, str(source.parent.parent), str(imported)], check=True, env=place.environment, cwd=folder)
    report = folder / "report.json"
    peer = [python, "-I", "-m", "pip_audit", "--locked", str(folder), "-s", "osv", "--osv-url", url, "-f", "json", "--desc", "off"]
    peer += ["--progress-spinner", "off", "--cache-dir", str(folder / "cache"), "-o", str(report)]

    def builtin(database: Path, cache: str) -> list[str]:
        return [python, "-I", "-c", _BUILTIN, str(database), cache, str(pins)]

    return [
        Engine("pip-audit over loopback", peer, lambda _: _reported(report)),
        Engine("builtin, zip", builtin(source.parent.parent, ""), _printed),
        Engine("builtin, zip kept in the cache", builtin(source.parent.parent, str(folder / "kept")), _printed),
        Engine("builtin, imported", builtin(imported, ""), _printed),
    ]


def _reported(report: Path) -> list[str]:
    found = sorted(one["name"] for one in json.loads(report.read_text())["dependencies"] if one["vulns"])
    report.unlink()
    return found


def _printed(output: Path) -> list[str]:
    found: list[str] = json.loads(output.read_text())
    return found


def measured(engines: Sequence[Engine], place: Place, rounds: int) -> dict[str, list[Sample]]:
    """After one warm-up run each, in turn, every other round the other way round. An engine that finds something else does not count."""
    samples: dict[str, list[Sample]] = {engine.name: [] for engine in engines}
    expected: list[str] = []
    for number in range(rounds + 1):
        for engine in engines if number % 2 == 0 else engines[::-1]:
            sample = timed(engine.command, place)
            found = engine.found(place.output)
            expected = expected or found
            if not found or found != expected:
                raise SystemExit(f"{engine.name} did not do its work: {len(found)} vulnerable packages, expected {len(expected)}")
            if number:
                samples[engine.name].append(sample)
    return samples


def table(samples: Mapping[str, Sequence[Sample]], material: advisories.Material) -> str:
    (peer, beside), *_ = samples.items()
    where = f"{platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC).date()}"
    lines = [
        f"{len(material.pins)} pins, {len(material.records)} records; {where}",
        "",
        f"| engine | wall, median s | CPU, median s | time of {peer} = 1 |",
        "|---|---|---|---|",
    ]
    for name, runs in samples.items():
        against = ratio(runs, beside)
        spread = f"{against.value:.2f} ({against.low:.2f} to {against.high:.2f})"
        lines.append(f"| {name} | {median(run.wall for run in runs):.2f} | {median(run.cpu for run in runs):.2f} | {spread} |")
    return "\n".join(lines)


@contextmanager
def _service(material: advisories.Material) -> Iterator[str]:
    """Answers pip-audit as the OSV service would; the answers are made beforehand, so that none of their cost is counted."""
    answers = _answers(material)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = answers.get(query["package"]["name"], b"{}")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def _answers(material: advisories.Material) -> dict[str, bytes]:
    from gates.deps.advisories import osv
    from gates.deps.advisories.versions import affected, parser
    from gates.inventory.package import canonical

    parse, pins = parser("PyPI"), dict(material.pins)
    spoken: dict[str, list[dict[str, Any]]] = {}
    for record in material.records:
        name = canonical(record["affected"][0]["package"]["name"])
        entries = osv.read(record, ("PyPI", name), lambda _: parse).affected if name in pins else ()
        if any(affected(pins[name], entry.versions, entry.ranges, parse) for entry in entries):
            spoken.setdefault(name, []).append(record)
    return {name: json.dumps({"vulns": records}).encode() for name, records in spoken.items()}


if __name__ == "__main__":
    sys.exit(main())
