"""The deps gate: every package that a lock file, a requirements file or an environment names is asked about, or is said not to be.

Python is judged by pip-audit, npm by the advisories of its registry, both offline by a database of OSV records. Nothing is resolved,
built or run, and no configuration of the repository decides whom to ask.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from gates.core.background import Background
from gates.core.errors import GateUnavailable, NothingToJudge, UsageError
from gates.core.finding import Severity
from gates.core.gate import Context, Event, Flag, Gate, Skipped, ToolUsed, Unread
from gates.core.network import checked_address
from gates.deps import audits, findings
from gates.deps.rules import RULES
from gates.detect import cache
from gates.inventory.files import Stale, inventories
from gates.inventory.package import Ecosystem, Inventory, Package

ENGINES = ("pip-audit", "builtin", "both", "npm")
_WARN_AFTER = 7  # days
_NO_CANARY = "none"
_DEVELOPMENT = frozenset({"dev", "devDependencies", "development"})


class Options(NamedTuple):
    """`engine` judges Python; npm is asked by its registry's own endpoint, with "npm" by the real client, with "builtin" by the database
    like Python. `private` are globs of names that are never sent anywhere. `python_fail_on` and `npm_fail_on` say from which severity a
    vulnerable package blocks; one whose severity nobody knows always does.
    """

    engine: Literal["pip-audit", "builtin", "both", "npm"] = "pip-audit"
    requirements: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    osv_url: str = ""
    advisory_db: str = ""
    npm_registry: str = ""
    private: tuple[str, ...] = ()
    omit_dev: bool = False
    python_fail_on: Severity = Severity.INFO
    npm_fail_on: Severity = Severity.HIGH
    max_age_days: int = 30
    python_canary: str = "jinja2==2.10"
    npm_canary: str = "lodash@4.17.15"

    def problem(self) -> tuple[str, str] | None:
        for key, value, sign in (("python_canary", self.python_canary, "=="), ("npm_canary", self.npm_canary, "@")):
            if value != _NO_CANARY and not all(value.rpartition(sign)):
                return key, f"must be a name and a version such as name{sign}1.0, or {_NO_CANARY!r} for a source of private packages only"
        return None

    def laxer(self) -> tuple[str, ...]:
        usual = Options()
        return (
            *(
                key
                for key in ("private", "omit_dev", "requirements", "environments", "osv_url", "advisory_db", "npm_registry")
                if getattr(self, key)
            ),
            *(key for key in ("python_fail_on", "npm_fail_on", "max_age_days") if getattr(self, key) > getattr(usual, key)),
            *(key for key in ("python_canary", "npm_canary") if getattr(self, key) != getattr(usual, key)),
        )


def refuse(context: Context, options: Options) -> None:
    """What cannot be meant: files and folders that do not exist, an address that is none, an engine without what it needs."""
    if options.osv_url:
        checked_address(options.osv_url, "--osv-url")
    for path in options.requirements:
        if not os.path.isfile(os.path.join(context.root, path)):
            raise UsageError("no such file", path)
    for folder in options.environments:
        if not os.path.isdir(os.path.join(context.root, folder)):
            raise UsageError("no such folder; name the site-packages of an environment", folder)
    if options.advisory_db and not os.path.exists(os.path.join(context.root, options.advisory_db)):
        raise UsageError("no such advisory database", options.advisory_db)
    if options.engine in ("builtin", "both") and not options.advisory_db:
        raise UsageError(f"the engine {options.engine} needs an advisory database; name one with --advisory-db")


def check(context: Context, options: Options) -> Iterator[Event]:
    held: list[Inventory] = []
    unread = False
    for event in inventories(context, options.requirements, options.environments):
        if isinstance(event, Inventory):
            held.append(event)
        elif isinstance(event, Stale):
            yield findings.stale(event)
        else:
            unread = unread or isinstance(event, Unread)
            yield event
    if not held:
        if unread:
            return
        raise NothingToJudge("no lock file, requirements or manifest with dependencies")
    kept, left_out = _sorted_out(held, options)
    yield from left_out
    if not kept and any(audits.is_private(package, options.private) for inventory in held for package in inventory.packages):
        raise GateUnavailable("every package has a private name, so nobody was asked about any; give an advisory database that knows them")
    yield from (findings.unauditable(package) for package in _once(kept) if package.source)
    yield from _judged([package for package in kept if not package.source], context, options)


def _sorted_out(held: Sequence[Inventory], options: Options) -> tuple[list[Package], list[Skipped]]:
    kept: list[Package] = []
    left_out: list[Skipped] = []
    for inventory in held:
        development = 0
        for package in inventory.packages:
            if options.omit_dev and package.groups and _DEVELOPMENT.issuperset(package.groups):
                development += 1
            elif audits.is_private(package, options.private) and options.engine != "builtin":
                left_out.append(Skipped(inventory.path, f"{package.purl}: a private name, which is not sent anywhere"))
            else:
                kept.append(package)
        if development:
            left_out.append(Skipped(inventory.path, f"{development} packages for development (omit_dev)"))
        if not inventory.packages:
            left_out.append(Skipped(inventory.path, "its project depends on nothing"))
    return kept, list(dict.fromkeys(left_out))


def _judged(packages: Sequence[Package], context: Context, options: Options) -> Iterator[Event]:
    sources = audits.Sources(
        options.engine,
        options.osv_url,
        os.path.join(context.root, options.advisory_db) if options.advisory_db else "",
        cache.folder(context.environment, context.root),
        options.npm_registry,
        options.python_canary if options.python_canary != _NO_CANARY else "",
        options.npm_canary if options.npm_canary != _NO_CANARY else "",
        options.max_age_days,
    )
    lines = findings.Lines(options.python_fail_on, options.npm_fail_on)
    asked: dict[Ecosystem, list[Package]] = {"PyPI": [], "npm": []}
    for package in {findings.asked(package): package for package in reversed(packages)}.values():
        asked[package.ecosystem].append(package)
    # Both wait for others most of the time.
    python = Background(lambda: list(audits.python(asked["PyPI"], context, sources)))
    for answer in (*audits.node(asked["npm"], context, sources), *python()):
        audit = answer.audit
        yield ToolUsed(audit.engine, audit.version)
        yield ToolUsed(f"advisories: {audit.database.source}", audit.database.id)
        days = findings.age(audit.database, context.today)
        if answer.fallback:
            yield findings.fell_back(audit, answer.fallback, days)
        if days is not None and days > _WARN_AFTER:
            yield findings.old(audit, days)
        verdicts = findings.by_package(audit)
        for package in _once(packages):
            if verdict := verdicts.get(findings.asked(package)):
                yield from findings.of_package(package, verdict, audit.database, lines, context.today)


def _once(packages: Sequence[Package]) -> list[Package]:
    """Each version once for each file that names it: where it stands first, by the shortest chain."""
    seen: dict[tuple[str, object], Package] = {}
    for package in packages:
        key = package.path, (*findings.asked(package), package.source)
        if key not in seen:
            seen[key] = package
    return list(seen.values())


GATE = Gate(
    name="deps",
    summary="dependencies with known vulnerabilities, Python and npm",
    rules=RULES,
    options=Options,
    check=check,
    flags=(
        Flag(
            "--requirements",
            "requirements",
            "this requirements or lock file alone; may be given again",
            "FILE",
            many=True,
            short="-r",
            is_path=True,
        ),
        Flag(
            "--environment", "environments", "the packages in this site-packages folder; may be given again", "DIR", many=True, is_path=True
        ),
        Flag("--engine", "engine", f"who judges: {', '.join(ENGINES)}", "ENGINE", choices=ENGINES),
        Flag("--osv-url", "osv_url", "the base address of an OSV service to ask instead of the default", "URL"),
        Flag(
            "--advisory-db",
            "advisory_db",
            "a database of OSV records: a folder, a zip, or what `gates deps db import` made",
            "DIR|ZIP",
            is_path=True,
        ),
        Flag("--omit-dev", "omit_dev", "leave out what only development needs"),
    ),
    selections=frozenset({"paths"}),
    refuse=refuse,
)
