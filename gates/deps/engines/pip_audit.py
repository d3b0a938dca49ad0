"""Asks pip-audit which advisories speak of pinned Python packages, and believes nothing of it but a report that accounts for each of them.

pip-audit runs as a program, in empty directories, on a lock file written here that holds names and versions alone: no file of the
repository and no variable of the caller reaches it. Its exit status means nothing (1 is a finding or an outage, 0 is clean or skipped).

By default it asks its own service, the JSON API of the Python Package Index, one version at a time; that address is fixed in pip-audit.
With an OSV source the questions are asked here, and pip-audit gets the answers from a server on this machine. Left alone with the
source it would lose advisories without a word: it reads the first page of an answer only, drops records that lack a field or have a
newer schema, follows redirects, and takes any answer that is empty for a clean one.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from time import sleep
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar
from urllib.parse import quote

from gates.core import process
from gates.core.errors import GateUnavailable, UsageError
from gates.core.gate import Context
from gates.core.network import Network, checked_address, place, proxy_address, trust
from gates.deps.advisory import Advisory, Audit, Database, Verdict
from gates.deps.engines import osv_source
from gates.deps.engines.osv_server import Lookup, OsvServer, Record
from gates.deps.engines.osv_source import Answer
from gates.deps.engines.pins import Pin, pin_from, pin_of, pins_of, public
from gates.inventory.package import Package

NAME: Final = "pip-audit"
INSTALL: Final = "pip install 'gates[deps]'"
MINIMUM: Final = (2, 10, 0)  # the first that can be told where an OSV service is
SERVICE: Final = "the package index's JSON API"  # as people are told of pip-audit's own service
REPORT_LIMIT: Final = 256 << 20  # bytes
LONGEST_SUMMARY: Final = 300  # characters; the index gives whole articles
ATTEMPTS: Final = 3
PAUSES: Final = (0.5, 2.0)  # seconds before the second and the third attempt


class Canary(NamedTuple):
    """A version that the source must know to be vulnerable; one that does not is broken, empty or no such source."""

    name: str
    version: str


CANARY: Final = Canary("jinja2", "2.10")


class _Hit(NamedTuple):
    """One vulnerability of the report."""

    id: str
    aliases: frozenset[str]
    fixed: tuple[str, ...]
    summary: str

    @property
    def names(self) -> frozenset[str]:
        return self.aliases | {self.id}


class _Service(NamedTuple):
    """What pip-audit is to ask. `name` is for people, `options` are its flags, `way` the variables that lead it there, `silence` how many
    seconds it may say nothing, `cache` a directory in which answers of an earlier attempt may lie.
    """

    name: str
    options: tuple[str, ...]
    way: Mapping[str, str]
    silence: float
    cache: str


class _Broken(Exception):
    """A run without a usable report. `passing` failures may be over at the next attempt."""

    def __init__(self, cause: str, *, passing: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.passing = passing


def version() -> str:
    """Of the pip-audit that is installed beside gates. Raises GateUnavailable where there is none, or too old a one."""
    try:
        found = metadata.version("pip-audit")
        metadata.version("packaging")
    except metadata.PackageNotFoundError as error:
        raise GateUnavailable(f"pip-audit is not installed; {INSTALL}") from error
    numbers = re.match(r"([0-9]{1,9})\.([0-9]{1,9})(?:\.([0-9]{1,9}))?", found)
    if numbers is None or tuple(int(number or 0) for number in numbers.groups()) < MINIMUM:
        wanted = ".".join(str(number) for number in MINIMUM)
        raise GateUnavailable(f"pip-audit {found[:40]} is too old, {wanted} is needed; {INSTALL} --upgrade")
    return found


def audit(packages: Sequence[Package], context: Context, *, osv_url: str = "", network: Network, canary: Canary | None = CANARY) -> Audit:
    """Asks a source on the network. `osv_url` is the base address of an OSV service; without one it is pip-audit's own service.

    Every name in `packages` is told to the source: those that are private are for the caller to leave out. With `canary` None a
    source that knows of nothing passes for one that found nothing; for sources that hold advisories about private packages alone.

    Raises UsageError where the address or a version is wrong, and GateUnavailable unless there is an answer for every package.
    """
    base = _base(osv_url) if osv_url else ""
    installed = version()
    source = place(base) if base else SERVICE
    known, asked = _asked(packages, canary)
    if network.offline or context.offline:
        raise GateUnavailable(f"{source} was not asked: the run is offline; give --advisory-db, or run without --offline")
    if base:
        database = Database(f"{base.partition('://')[0]}://{source}")
        return _judged(packages, asked, known, osv_source.ask(base, asked, known, context, network), source, database, installed, context)
    hits, notes = _ask_service(asked, context, network)
    if known and not hits[known]:
        raise GateUnavailable(osv_source.ignorant(source, known))
    return Audit(NAME, installed, Database(source), _verdicts(packages, hits, {}), notes)


def audit_against(
    packages: Sequence[Package], context: Context, lookup: Lookup, database: Database, *, canary: Canary | None = None
) -> Audit:
    """As `audit`, for advisories that are at hand: nothing leaves this machine, offline or not. `lookup` is asked for "PyPI" alone."""
    installed = version()
    known, asked = _asked(packages, canary)
    answers = {pin: osv_source.answer_of(pin, lookup("PyPI", pin.name, str(pin.version)), database.source) for pin in asked}
    return _judged(packages, asked, known, answers, database.source, database, installed, context)


def _judged(
    packages: Sequence[Package],
    asked: Sequence[Pin],
    known: Pin | None,
    answers: Mapping[Pin, Answer],
    source: str,
    database: Database,
    installed: str,
    context: Context,
) -> Audit:
    """What pip-audit makes of the answers of an OSV source."""
    if known and not answers[known].records:
        raise GateUnavailable(osv_source.ignorant(source, known))
    served = {(pin.name, str(pin.version)): answers[pin].records for pin in asked}
    with (
        OsvServer(lambda ecosystem, name, number: served[name, number]) as server,
        tempfile.TemporaryDirectory(prefix="gates-deps-") as cache,
    ):
        options = ("--vulnerability-service", "osv", "--osv-url", f"{server.url}/v1/query")
        try:
            hits = _run(asked, _Service("the server on this machine", options, _DIRECT, 60.0, cache), context)
        except _Broken as broken:
            why = "pip-audit asked about something that it was not given" if server.failure else broken.cause
            raise GateUnavailable(f"{why}; reinstall it with {INSTALL}") from broken
    for pin in asked:
        _account(pin, hits[pin], answers[pin])
    if known and not hits[known]:
        raise GateUnavailable(osv_source.ignorant(source, known))
    return Audit(NAME, installed, database, _verdicts(packages, hits, answers))


def _base(osv_url: str) -> str:
    """Raises UsageError."""
    base = checked_address(osv_url, "--osv-url")
    if base.endswith("/v1/query") or "?" in base or "#" in base:
        raise UsageError("--osv-url is more than the base address of an OSV service; leave out what follows the host, such as /v1/query")
    return base


def _asked(packages: Sequence[Package], canary: Canary | None) -> tuple[Pin | None, tuple[Pin, ...]]:
    """The canary, and all that is asked about, each pin once."""
    pins = pins_of(packages)
    try:
        known = pin_from(*canary) if canary else None
    except ValueError:
        raise UsageError("the canary in [deps] is no package with a version; write it as jinja2 and 2.10") from None
    return known, tuple(dict.fromkeys([*pins, *public(pins), *([known] if known else [])]))


def _account(pin: Pin, hits: Sequence[_Hit], answer: Answer) -> None:
    """Raises GateUnavailable unless the report holds what pip-audit was given about the pin, no less and no more."""
    reported = [hit.names for hit in hits]
    given = [osv_source.names_of(record) for record in answer.records]
    lost = [names for names in given if not any(names & other for other in reported)]
    if lost or any(not any(names & other for other in given) for names in reported):
        what = "left out an advisory about" if lost else "reported an advisory that nobody gave about"
        raise GateUnavailable(f"pip-audit {what} {pin}; reinstall it with {INSTALL}")


# Running pip-audit


def _ask_service(pins: Sequence[Pin], context: Context, network: Network) -> tuple[dict[Pin, tuple[_Hit, ...]], tuple[str, ...]]:
    """The report on pip-audit's own service, and what went wrong before it was there."""
    failures: list[str] = []
    # One folder for all attempts: pip-audit's cache in it spares the second what the first was told.
    with tempfile.TemporaryDirectory(prefix="gates-deps-") as folder:
        options = ("--vulnerability-service", "pypi")
        service = _Service(SERVICE, options, _way(network, folder), network.timeout, os.path.join(folder, "cache"))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return _run(pins, service, context), tuple(failures)
            except _Broken as broken:
                if not broken.passing:
                    raise GateUnavailable(broken.cause) from broken
                if attempt == ATTEMPTS or context.deadline.passed():
                    way_out = "try again later, or check [network] proxy and ca_bundle in the policy"
                    raise GateUnavailable(f"{broken.cause} ({attempt} attempts); {way_out}") from broken
                failures.append(f"attempt {attempt}: {broken.cause}")
                sleep(min(PAUSES[attempt - 1], context.deadline.remaining()))
    raise AssertionError("the last attempt returns or raises")


_DIRECT: Final[Mapping[str, str]] = MappingProxyType({"NO_PROXY": "*", "no_proxy": "*"})  # nor by a proxy that the system knows of


def _way(network: Network, folder: str) -> dict[str, str]:
    """How a program that uses `requests` is told of proxy and certificates. Its bundle replaces the usual one, ours is added to it."""
    proxy = proxy_address(network.proxy) if network.proxy else ""
    way = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy) if proxy else dict(_DIRECT)
    if network.ca_bundle:
        trust(network.ca_bundle)
        way["REQUESTS_CA_BUNDLE"] = os.path.join(folder, "certificates.pem")
        _write(way["REQUESTS_CA_BUNDLE"], _usual_certificates() + b"\n" + _read(network.ca_bundle))
    return way


def _usual_certificates() -> bytes:
    import certifi  # what `requests` trusts

    return _read(certifi.where())


def _run(pins: Sequence[Pin], service: _Service, context: Context) -> dict[Pin, tuple[_Hit, ...]]:
    """Raises _Broken."""
    with tempfile.TemporaryDirectory(prefix="gates-deps-") as workshop:
        project, report = os.path.join(workshop, "project"), os.path.join(workshop, "report.json")
        os.mkdir(project)
        _write(os.path.join(project, "pylock.toml"), pylock(pins))
        done = process.run(
            command(service.options, project, report, service.cache, service.silence),
            cwd=project,
            environment=environment(context, workshop, service.way),
            deadline=context.deadline,
            timeout=context.tool_timeout,
            name=NAME,
        )
        if not os.path.isfile(report):
            raise _cause(done, service.name)
        return read_report(_read(report), pins, service.name)


def pylock(pins: Sequence[Pin]) -> bytes:
    """https://packaging.python.org/en/latest/specifications/pylock-toml/"""
    head = 'lock-version = "1.0"\ncreated-by = "gates"\n'
    return (head + "".join(f'\n[[packages]]\nname = "{pin.name}"\nversion = "{pin.version}"\n' for pin in pins)).encode()


def command(options: Sequence[str], project: str, report: str, cache: str, silence: float) -> list[str]:
    """Each flag that has a default is given, because several take it from the environment. Never --strict, which hides all but the first
    package that it fails on, and never --ignore-vuln, which leaves no trace in the report.
    """
    # -I: neither the directory nor the environment nor the user's own packages decide what is imported.
    argv = [sys.executable, "-I", "-X", "utf8", "-W", "ignore", "-m", "pip_audit", "--locked", *options, "--format", "json"]
    argv += ["--aliases", "on", "--desc", "on", "--progress-spinner", "off", "--timeout", str(max(1, round(silence)))]
    return [*argv, "--cache-dir", cache, "--output", report, project]


def environment(context: Context, workshop: str, way: Mapping[str, str]) -> dict[str, str]:
    """pip-audit starts pip, to ask for its version: that one too finds neither settings nor packages of the user."""
    own = {"HOME": workshop, "USERPROFILE": workshop, "APPDATA": workshop}
    pip = {"PIP_CONFIG_FILE": os.devnull, "PYTHONNOUSERSITE": "1", "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**process.clean_environment(context.environment, outside=context.root), **own, **pip, **way}


_EXCEPTION = re.compile(r"^(?:[A-Za-z_]\w*\.)*([A-Z]\w*(?:Error|Exception|Timeout|Redirects|Version))\b", re.MULTILINE)
_STATUS = re.compile(r"HTTPError: ([0-9]{3}) ")
_CAUSES: Final = (  # what occurs in the error output, what is told of the service, and whether another attempt may help
    (re.compile(r"ProxyError|InvalidProxyURL"), "cannot be reached through the proxy", True),
    (
        re.compile(r"CERTIFICATE_VERIFY_FAILED"),
        "shows a certificate that is not trusted; set [network] ca_bundle in the policy",
        False,
    ),
    (re.compile(r"NameResolutionError"), "cannot be found by its name", True),
    (re.compile(r"ConnectTimeout|ReadTimeout|Read timed out|Could not connect to"), "did not answer in time", True),
    (re.compile(r"SSLError"), "failed to agree on TLS", True),
    (re.compile(r"TooManyRedirects|not redirecting properly"), "sends us in a circle", True),
    (re.compile(r"requests\.exceptions\.(?:ConnectionError|ChunkedEncodingError)"), "refused or broke off the connection", True),
    (re.compile(r"JSONDecodeError|ContentDecodingError"), "answered with something that is not JSON; check what stands between", False),
)


def _cause(done: process.Completed, source: str) -> _Broken:
    """Of a run without a report. No text of the error output is told: it may hold an address with a password."""
    log = done.stderr.decode("utf-8", "replace")
    if "No module named pip_audit" in log:
        return _Broken(f"pip-audit cannot be imported; {INSTALL}")
    status = _STATUS.search(log)
    if status:
        number = int(status[1])
        return _Broken(f"{source} failed with status {number}", passing=number >= 500 or number in (408, 429))
    for pattern, cause, passing in _CAUSES:
        if pattern.search(log):
            return _Broken(f"{source} {cause}", passing=passing)
    names = _EXCEPTION.findall(log)
    return _Broken(f"pip-audit gave no report, and ended with status {done.status}" + (f" and {names[-1][:60]}" if names else ""))


# Its report


def read_report(content: bytes, pins: Sequence[Pin], source: str) -> dict[Pin, tuple[_Hit, ...]]:
    """What it says of each pin. Raises _Broken unless it speaks of exactly these, and of each of them in full."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _Broken("pip-audit gave no report that is JSON") from error
    wanted = set(pins)
    hits: dict[Pin, tuple[_Hit, ...]] = {}
    for entry in _take(document, "dependencies", list):
        name = _take(entry, "name", str)
        if "skip_reason" in entry:
            shown = name[:60] if name.isprintable() else "a package"
            raise _Broken(f"{source} does not know {shown}; if that is a package of your own, list its name as private in [deps]")
        try:
            pin = pin_from(name, _take(entry, "version", str))
        except ValueError as error:
            raise _Broken("pip-audit gave a report with a version that cannot be read") from error
        if pin not in wanted or pin in hits:
            raise _Broken(f"pip-audit gave a report that names {pin} {'twice' if pin in hits else 'without having been asked'}")
        hits[pin] = tuple(_hit(vulnerability) for vulnerability in _take(entry, "vulns", list))
    missing = [pin for pin in pins if pin not in hits]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise _Broken(f"pip-audit gave a report without {missing[0]}{more}")
    return hits


def _hit(entry: object) -> _Hit:
    from packaging.version import Version

    identifier = _take(entry, "id", str)
    aliases, fixed = _take(entry, "aliases", list), _take(entry, "fix_versions", list)
    if not all(isinstance(name, str) and osv_source.ID.fullmatch(name) for name in (identifier, *aliases)):
        raise _Broken("pip-audit gave a report with an advisory that cannot be read")
    try:
        versions = tuple(str(Version(number)) for number in fixed)
    except (ValueError, TypeError) as error:
        raise _Broken("pip-audit gave a report with a version that cannot be read") from error
    return _Hit(identifier, frozenset(aliases) - {identifier}, versions, _summary(_take(entry, "description", str)))


def _summary(text: str) -> str:
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    return "" if line == "N/A" else line if len(line) <= LONGEST_SUMMARY else line[: LONGEST_SUMMARY - 1] + "…"


_Kind = TypeVar("_Kind")


def _take(table: object, key: str, kind: type[_Kind]) -> _Kind:
    value = table.get(key) if isinstance(table, dict) else None
    if not isinstance(value, kind):
        raise _Broken(f"pip-audit gave a report that has no {key} where one belongs")
    return value


# What it means for the packages


def _verdicts(packages: Sequence[Package], hits: Mapping[Pin, Sequence[_Hit]], answers: Mapping[Pin, Answer]) -> tuple[Verdict, ...]:
    nothing = Answer((), ())
    verdicts = []
    for package in packages:
        pin = pin_of(package)
        advisories: list[Advisory] = []
        unreadable: dict[str, None] = {}
        for asked in (pin, *public([pin])):
            answer = answers.get(asked, nothing)
            unreadable |= dict.fromkeys(answer.unreadable)
            for hit in hits[asked]:
                _merge(advisories, _advisory(hit, answer.records))
        verdicts.append(Verdict(package, tuple(sorted(advisories, key=lambda advisory: advisory.id)), tuple(unreadable)))
    return tuple(verdicts)


def _merge(advisories: list[Advisory], found: Advisory) -> None:
    """The public version of a package has mostly the advisories of the local one, at times under another of their names."""
    names = {found.id, *found.aliases}
    for place_of, known in enumerate(advisories):
        if names & {known.id, *known.aliases}:
            aliases = tuple(sorted((names | set(known.aliases)) - {known.id}))
            advisories[place_of] = known._replace(aliases=aliases, fixed=tuple(dict.fromkeys([*known.fixed, *found.fixed])))
            return
    advisories.append(found)


def _advisory(hit: _Hit, records: Sequence[Record]) -> Advisory:
    """Where pip-audit folds two records into one it drops the id and the fixes of the second: both are taken from the records again."""
    names = set(hit.names)
    fixed = dict.fromkeys(hit.fixed)
    for record in records:
        if osv_source.names_of(record) & hit.names:
            names |= osv_source.names_of(record)
            fixed |= dict.fromkeys(osv_source.fixes_of(record))
    return Advisory(
        hit.id, tuple(sorted(names - {hit.id})), hit.summary, None, f"https://osv.dev/vulnerability/{quote(hit.id, safe='')}", tuple(fixed)
    )


# Files


def _write(path: str, content: bytes) -> None:
    try:
        with open(path, "xb") as file:
            file.write(content)
    except OSError as error:
        raise GateUnavailable(f"the temporary directory cannot be written: {error.strerror}") from error


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(REPORT_LIMIT + 1)
    except OSError as error:
        raise GateUnavailable(f"{os.path.basename(path)} cannot be read: {error.strerror}") from error
    if len(content) > REPORT_LIMIT:
        raise GateUnavailable(f"{os.path.basename(path)} has more than {REPORT_LIMIT >> 20} MiB")
    return content
