"""The part of the image gate that asks an engine: for one image that a command names, or for each that the policy lists."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from gates.core.errors import UsageError
from gates.core.finding import Location
from gates.core.gate import Context, Event, Gate, Scanned, ToolUsed
from gates.core.process import is_inside
from gates.image.engines import targets, versions
from gates.image.engines.running import Settings
from gates.image.engines.targets import Asked
from gates.image.options import Options
from gates.image.package import Scan
from gates.image.rules import RULES
from gates.image.scanning import judge


def scan_gate(target: str, directory: str, digest: str = "", keep_sbom: Callable[[bytes], None] | None = None) -> Gate:
    """For one image: a name, or a path relative to `directory`. `digest` is what it must be, and `keep_sbom` gets its SBOM."""

    def refuse(context: Context, options: Options) -> None:
        refuse_options(context, options)
        targets.asked(target, directory)
        targets.checked_digest(digest)

    def check(context: Context, options: Options) -> Iterator[Event]:
        settings = Settings(options, targets.checked_digest(digest), keep_sbom)
        yield from events(targets.asked(target, directory), settings, context)

    return Gate("image", "known vulnerabilities in an image", RULES, Options, check, refuse=refuse)


def refuse_options(context: Context, options: Options) -> None:
    """Raises UsageError for options that cannot be meant."""
    versions.checked_pin(options.trivy_sha256)
    if options.trivy_sha256 and options.engine != "trivy":
        raise UsageError(f"[image] trivy_sha256 pins trivy, and the engine is {options.engine}; leave one of them out")
    if options.max_db_age <= 0:
        raise UsageError("[image] max_db_age must be a number of hours above 0")
    if options.db and not os.path.isdir(os.path.join(context.root, options.db)):
        raise UsageError("no such folder; --db names the cache folder of an engine, with a database that was fetched before", options.db)


def events(target: Asked, settings: Settings, context: Context) -> Iterator[Event]:
    """What is said of one image. Raises GateUnavailable unless all of it was looked at."""
    target, location = _place(target, context)
    scan = _engine(settings.options)(target, settings, context)
    yield ToolUsed(scan.engine, scan.version)
    yield ToolUsed(f"advisories: {scan.database.source}", scan.database.updated.isoformat())
    yield ToolUsed("packages compared", str(scan.packages))
    yield Scanned(files=1, bytes=scan.bytes)
    yield from judge(scan, settings.options, context.today, location)


def _engine(options: Options) -> Callable[[Asked, Settings, Context], Scan]:
    if options.engine == "grype":
        from gates.image.engines import grype

        return grype.scan
    from gates.image.engines import trivy

    return trivy.scan


def _place(target: Asked, context: Context) -> tuple[Asked, Location | None]:
    """A file of the repository is known by its path in it, from whatever folder it was named."""
    if not target.path or context.repository is None or not is_inside(os.path.realpath(target.path), context.root):
        return target, None
    path = os.path.relpath(os.path.realpath(target.path), context.root).replace(os.sep, "/")
    return (target, None) if path == "." else (target._replace(text=path), Location(path))
