"""Asks Trivy which vulnerabilities an image has: https://trivy.dev/latest/docs/references/configuration/cli/trivy_image/

Trivy is quiet about much that keeps it from finding anything. It takes settings and lists of what to ignore from the directory that it
starts in and from its environment, believes a database of any age, ends well for an image in which it found nothing to look at, and its
exit status for findings is that of its own failures. So it runs with settings of ours alone, and no report is believed that does not tell
what was looked at, by which program, and with how old a database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from gates.core.errors import GateUnavailable
from gates.core.gate import Context
from gates.image.engines import database, report, running, targets, trivy_failures, trivy_report, versions
from gates.image.engines.database import Place
from gates.image.engines.running import Settings, Workshop
from gates.image.engines.targets import Asked, Given
from gates.image.engines.trivy_report import Report
from gates.image.package import Scan

NAME: Final = "trivy"
_VERSION = re.compile(r"Version: (\S{1,80})")
_UNKNOWN_RELEASE: Final = (
    b"This OS version is not on the EOL list"  # https://github.com/aquasecurity/trivy/tree/main/pkg/detector/ospkg/version
)
_LOCAL: Final = "docker,containerd,podman"


def scan(target: Asked, settings: Settings, context: Context) -> Scan:
    """Raises GateUnavailable unless the whole image is known to have been looked at with a recent database, and UsageError."""
    options = settings.options
    program = running.find(NAME, options.trivy, context)
    pin = versions.pinned(program, NAME, options.trivy_sha256)
    with running.workshop(program, NAME, context, engines=not target.path) as workshop:
        words = _own_settings(workshop)
        version = versions.built(program, NAME) or _version(workshop, words)
        given = targets.prepare(target, settings.digest, workshop)
        place = database.trivy_place(workshop, options.db, context)
        output = workshop.place("out", "report.json")
        done = workshop.run("image", *words, *_image_words(output, place, given, context))
        if done.status:
            raise GateUnavailable(trivy_failures.why(done, target.text))
        document = report.load(output, NAME)
        found = trivy_report.read(document)
        versions.unchanged(program, NAME, pin)
        held = database.trivy_database(place)
        database.fresh(held, database.now(found.created, context.today), options.max_db_age)
        if versions.check(NAME, found.version) != version:
            raise GateUnavailable(f"trivy {version} wrote a report by {found.version}: it starts another program; reinstall it")
        targets.expected(settings.digest, given, found.image_id, found.repo_digests)
        _looked(found, done.stderr, allow_nothing=options.no_packages)
        if settings.keep_sbom:
            settings.keep_sbom(_sbom(workshop, words, document, target.text))
        return Scan(
            target.text,
            found.image_id,
            found.repo_digests,
            found.os,
            found.end_of_life,
            found.packages,
            found.vulnerabilities,
            NAME,
            version,
            held,
            given.bytes or found.size,
        )


def _own_settings(workshop: Workshop) -> tuple[str, ...]:
    """Named, so that none is looked for: without the flag each has a default in the directory or the home."""
    return ("--config", running.write(workshop.place("out", "trivy.yaml"), b"{}\n"), "--cache-dir", workshop.place("cache"))


def _version(workshop: Workshop, words: Sequence[str]) -> str:
    """Asked first, and of nothing else, so that a build that must not run gets no image and no database."""
    done = workshop.run("--version", *words)
    match = _VERSION.search(done.stdout.decode("utf-8", "replace"))
    return versions.check(NAME, match[1] if match and not done.status else "")


def _image_words(output: str, place: Place, given: Given, context: Context) -> list[str]:
    """The later of two --cache-dir counts. What layers hold is analysed anew each time: nothing of an earlier run is believed, and two
    runs do not wait for each other.
    """
    seconds = max(1, round(min(context.tool_timeout, context.deadline.remaining())))
    words = ["--ignorefile", running.write(output + ".ignore"), "--cache-dir", place.folder, "--cache-backend", "memory"]
    words += ["--exit-code", "0", "--format", "json", "--output", output, "--scanners", "vuln", "--list-all-pkgs", "--show-suppressed"]
    words += ["--offline-scan", "--skip-version-check", "--disable-telemetry", "--no-progress", "--timeout", f"{seconds}s"]
    if not place.update:
        words += ["--skip-db-update", "--skip-java-db-update"]
    if given.kind != "name":
        return [*words, "--input", given.where]
    return [*words, *(("--image-src", _LOCAL) if context.offline else ()), "--", given.where]


def _looked(found: Report, log: bytes, *, allow_nothing: bool) -> None:
    """Raises GateUnavailable where silence about the packages of the system, or about all, proves nothing."""
    way_out = "for an image that is built from scratch set no_packages = true under [image]"
    if found.os and _UNKNOWN_RELEASE in log and not found.os_vulnerabilities:
        raise GateUnavailable(
            f"trivy does not know the release {found.os!r}, so finding nothing proves nothing; use a released version, or a newer trivy"
        )
    report.some_layer(NAME, found.layers)
    if allow_nothing:
        return
    if not found.packages:
        raise GateUnavailable(f"trivy found no package in the image, so nothing was compared with advisories; {way_out}")
    if not found.os:
        raise GateUnavailable(f"trivy found no operating system in the image, so its packages were not looked for; {way_out}")
    if not found.os_packages:
        raise GateUnavailable(
            f"trivy found no package of {found.os!r}, or does not know that system: is its package database gone? {way_out}"
        )


def _sbom(workshop: Workshop, words: Sequence[str], document: object, image: str) -> bytes:
    """CycloneDX of the very report that is judged: the image is not looked at twice, so both speak of the same. Advisories stay out: they
    would be those of this day, and without what was decided about them. `image` is its name, where the report has a path in the workshop.
    """
    source, output = workshop.place("out", "packages.json"), workshop.place("out", "bom.json")
    running.write(source, json.dumps(_packages_alone(document, image)).encode())
    own = ("--ignorefile", running.write(output + ".ignore"), "--format", "cyclonedx", "--output", output, "--exit-code", "0")
    done = workshop.run("convert", *words, *own, source)
    if done.status:
        raise GateUnavailable(f"trivy wrote no SBOM: {running.last_words(done, trivy_failures.FATAL)}")
    bom = report.load(output, NAME)
    if not isinstance(bom, dict) or bom.get("bomFormat") != "CycloneDX":
        raise GateUnavailable("trivy wrote an SBOM that is no CycloneDX; install another version")
    if not bom.get("vulnerabilities"):
        bom.pop("vulnerabilities", None)  # an empty list would say that there are none
    return (json.dumps(bom, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _packages_alone(document: object, image: str) -> object:
    """A report that has been read, without what was found in the packages."""
    if not isinstance(document, dict):
        return document
    results = document.get("Results") or []
    without = [{key: value for key, value in result.items() if key != "Vulnerabilities"} for result in results]
    return {**document, "ArtifactName": image, "Results": without}
