"""Asks Grype which vulnerabilities an image has: https://github.com/anchore/grype

Its JSON names only the packages in which it found something, so an SBOM is asked for beside it, and proves that there was something to look
at. Its settings are read from the directory, the home and the environment, so it gets an empty one of each, and the rest as variables.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from gates.core.errors import GateUnavailable
from gates.core.gate import Context
from gates.detect import cache
from gates.image.engines import database, report, running, targets, versions
from gates.image.engines.report import (
    Malformed,
    Object,
    advisories,
    advisory,
    digest,
    maybe,
    moment,
    once,
    shown,
    table,
    tables,
    take,
    texts,
)
from gates.image.engines.running import Settings, Workshop
from gates.image.engines.targets import Asked, Given
from gates.image.package import Database, Package, Scan, Vulnerability

NAME: Final = "grype"
_SOURCE: Final = "grype-db"
_VERSION = re.compile(r"grype (\S{1,80})\s*")
_FATAL: Final = ("ERROR", "error:")
_OS_PURLS: Final = ("pkg:alpm/", "pkg:apk/", "pkg:deb/", "pkg:rpm/")
_STATUSES: Final[Mapping[str, str]] = MappingProxyType({"not-fixed": "affected", "wont-fix": "will_not_fix"})  # as Trivy names them
_END_OF_LIFE: Final = "distro-eol"
_NOT_LOOKED_AT: Final = "distro-disabled"


class Held(NamedTuple):
    """How many packages the image holds, and how many of them are the system's."""

    packages: int
    of_system: int


def scan(target: Asked, settings: Settings, context: Context) -> Scan:
    """Raises GateUnavailable unless the whole image is known to have been looked at with a recent database, and UsageError."""
    options = settings.options
    program = running.find(NAME, options.grype, context)
    with running.workshop(program, NAME, context, engines=not target.path) as workshop:
        variables = _variables(workshop, options.db, context)
        version = versions.built(program, NAME) or _version(workshop, variables)
        given = targets.prepare(target, settings.digest, workshop)
        output, bom = workshop.place("out", "report.json"), workshop.place("out", "bom.json")
        words = ["--config", running.write(workshop.place("out", "grype.yaml"), b"{}\n"), "--scope", "squashed"]
        words += ["--output", f"json={output}", "--output", f"cyclonedx-json={bom}"]
        done = workshop.run(*words, "--", _where(given, context), extra=variables)
        if done.status:
            raise GateUnavailable(f"grype failed with status {done.status}: {running.last_words(done, _FATAL)}")
        try:
            held = _held(table(report.load(bom, NAME), "the SBOM"))
            scanned, created = _scan(table(report.load(output, NAME), "the report"), target.text, version, held)
        except Malformed as malformed:
            raise GateUnavailable(f"the report of grype cannot be understood: {malformed}; install another version") from malformed
        database.fresh(scanned.database, database.now(created, context.today), options.max_db_age)
        targets.expected(settings.digest, given, scanned.digest, scanned.repo_digests)
        _looked(scanned, held, allow_nothing=options.no_packages)
        if settings.keep_sbom:
            settings.keep_sbom(running.read(bom, "the SBOM", report.LIMIT))
        return scanned._replace(bytes=given.bytes)


def _variables(workshop: Workshop, chosen: str, context: Context) -> dict[str, str]:
    """https://github.com/anchore/grype#configuration. How old the database is, is judged here: Grype's own limit is a day or two longer."""
    own = {"GRYPE_CHECK_FOR_APP_UPDATE": "false", "GRYPE_DB_VALIDATE_AGE": "false"}
    if chosen:
        return own | {"GRYPE_DB_CACHE_DIR": os.path.join(context.root, chosen), "GRYPE_DB_AUTO_UPDATE": "false"}
    kept = cache.private_folder(cache.folder(context.environment, running.judged_tree(context)), NAME)
    own["GRYPE_DB_CACHE_DIR"] = kept or workshop.place("cache")
    return own | {"GRYPE_DB_AUTO_UPDATE": "false" if context.offline else "true"}


def _version(workshop: Workshop, variables: Mapping[str, str]) -> str:
    done = workshop.run("--version", extra=variables)
    match = _VERSION.fullmatch(done.stdout.decode("utf-8", "replace"))
    return versions.check(NAME, match[1] if match and not done.status else "")


def _where(given: Given, context: Context) -> str:
    if given.kind == "name":
        return f"docker:{given.where}" if context.offline else given.where
    return f"{given.kind}:{given.where}"


# Its reports: https://github.com/anchore/grype/tree/main/grype/presenter/models


def _held(bom: Object) -> Held:
    if bom.get("bomFormat") != "CycloneDX":
        raise Malformed("its SBOM is no CycloneDX")
    purls = [maybe(component, "purl", str, "") for component in tables(bom, "components")]
    return Held(sum(map(bool, purls)), sum(purl.startswith(_OS_PURLS) for purl in purls))


def _scan(document: Object, image: str, version: str, held: Held) -> tuple[Scan, datetime]:
    """And when it was made."""
    source = table(document.get("source"), "source")
    if take(source, "type", str) != "image":
        raise Malformed("it is not about an image")
    target = table(source.get("target"), "source.target")
    descriptor = table(document.get("descriptor"), "descriptor")
    system = table(document.get("distro") or {}, "distro")
    if versions.check(NAME, take(descriptor, "version", str)) != version:
        raise Malformed("another version wrote it")
    alerts = {maybe(alert, "type", str, "") for package in tables(document, "alertsByPackage") for alert in tables(package, "alerts")}
    report.some_layer(NAME, len(take(target, "layers", list)))
    name = shown(" ".join(filter(None, (maybe(system, "name", str, ""), maybe(system, "version", str, "")))))
    if _NOT_LOOKED_AT in alerts:
        raise GateUnavailable(f"grype does not look for advisories of {name!r}, so finding nothing proves nothing; use trivy")
    found = Scan(
        image,
        digest(take(target, "imageID", str)),
        (*texts(target, "repoDigests"), *filter(None, (maybe(target, "manifestDigest", str, ""),))),
        name,
        _END_OF_LIFE in alerts,
        held.packages,
        once(_vulnerability(match) for match in _matches(document)),
        NAME,
        version,
        _database(descriptor),
    )
    return found, moment(descriptor, "timestamp")


def _matches(document: Object) -> Iterator[Object]:
    """The list is always there, empty or not. What Grype leaves out by rules of its own has a reason there; with settings of ours alone no
    other rule can have been applied.
    """
    take(document, "matches", list)
    for left_out in tables(document, "ignoredMatches"):
        for rule in tables(left_out, "appliedIgnoreRules"):
            chosen = rule.get("vulnerability") and not rule.get("reason")
            if chosen or rule.get("fix-state") or rule.get("vex-status"):
                raise GateUnavailable("grype left out a finding by a rule that is not ours; find where it reads it, or reinstall it")
    yield from tables(document, "matches")


def _vulnerability(match: Object) -> Vulnerability:
    about, artifact = table(match.get("vulnerability"), "vulnerability"), table(match.get("artifact"), "artifact")
    fix = table(about.get("fix"), "fix")
    own = advisory(take(about, "id", str))
    related = [maybe(each, "id", str, "") for each in tables(match, "relatedVulnerabilities")]
    location = next(iter(tables(artifact, "locations")), {})
    purl, state = shown(maybe(artifact, "purl", str, "")), maybe(fix, "state", str, "")
    return Vulnerability(
        own,
        advisories(related, own),
        Package(
            shown(take(artifact, "name", str)),
            shown(maybe(artifact, "version", str, "")),
            purl,
            "" if purl.startswith(_OS_PURLS) else shown(maybe(location, "path", str, "")).lstrip("/"),
        ),
        report.severity(maybe(about, "severity", str, "")),
        tuple(filter(None, texts(fix, "versions"))),
        _STATUSES.get(state, shown(state)),
        report.title(maybe(about, "description", str, "")),
        maybe(about, "dataSource", str, "") if maybe(about, "dataSource", str, "").startswith("https://") else "",
        shown(maybe(location, "layerID", str, "")),
    )


def _database(descriptor: Object) -> Database:
    """Since version 0.88 its state is one level deeper."""
    db = table(descriptor.get("db"), "descriptor.db")
    state = table(db.get("status") or db, "descriptor.db.status")
    if maybe(state, "valid", bool, True) is not True or maybe(state, "error", str, ""):
        raise GateUnavailable("grype says that its vulnerability database is not valid; fetch it again with `grype db update`")
    return Database(_SOURCE, moment(state, "built"))


def _looked(found: Scan, held: Held, *, allow_nothing: bool) -> None:
    if allow_nothing:
        return
    way_out = "for an image that is built from scratch set no_packages = true under [image]"
    if not held.packages:
        raise GateUnavailable(f"grype found no package in the image, so nothing was compared with advisories; {way_out}")
    if not found.os or not held.of_system:
        raise GateUnavailable(f"grype found no operating system with packages in the image; {way_out}")
