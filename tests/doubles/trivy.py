"""Programs that stand in for Trivy and Grype, for what the real ones cannot be made to do; and reports as those write them.

Each call is written down, so that a test sees the words, the folder and the environment that a program was given.
"""

from __future__ import annotations

import copy
import json
import stat
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args

Fault = Literal[
    "",
    # the report
    "empty",
    "no-file",  # status 0, and nothing is written at all
    "cut",
    "no-json",
    "array",
    "deep",  # 100,000 levels
    "schema-1",
    "no-schema",
    "no-results",
    "null-results",
    "results-no-list",
    "no-system",
    "no-system-packages",  # a system, but no result of its packages
    "no-packages",  # results, but nothing in them
    "end-of-life",
    "other-image",
    "no-image-id",
    "other-version",  # the report was written by another version than the program says it is
    "suppressed",  # findings that were taken away by some ignore file
    "entry",  # a vulnerability without an id
    "severity",  # one that no list has
    "text-for-number",
    # the program
    "status-1",  # with a long story, and no report
    "status-1-report",  # with a report all the same
    "status-2",
    "crash",
    "hangs",
    "hangs-on-version",
    "version-status-1",
    "floods",  # 64 MiB more than any report
    "floods-stderr",
    "writes",  # into the folder it is in, the home, and the folder of the database
    "tells",  # its whole environment on stderr, with status 1
]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)[1:]
_TRIVY_ONLY: Final = ("schema-1", "no-schema", "no-system-packages", "no-packages", "end-of-life", "text-for-number")
GRYPE_FAULTS: Final = tuple(fault for fault in FAULTS if fault not in _TRIVY_ONLY)

Document = dict[str, Any]


class Call(NamedTuple):
    words: list[str]  # without the program
    folder: str
    files: list[str]  # what was in that folder
    environment: dict[str, str]
    named: dict[str, str]  # content of each small file that the words name


_PROGRAM: Final = """\
#!{python} -IS
import json, os, signal, sys, time

FOLDER, NAME, FAULT = {folder!r}, {name!r}, {fault!r}
plan = json.load(open(os.path.join(FOLDER, NAME + ".plan"), encoding="utf-8"))
words = sys.argv[1:]


def value(*names):
    for place, word in enumerate(words):
        for name in names:
            if word == name and place + 1 < len(words):
                return words[place + 1]
            if word.startswith(name + "="):
                return word[len(name) + 1:]
    return ""


named = dict()
for word in words:
    path = word.partition("=")[2] or word
    if os.path.isfile(path) and os.path.getsize(path) < 65536:
        named[path] = open(path, errors="replace").read()
call = dict(words=words, folder=os.getcwd(), files=sorted(os.listdir()), environment=dict(os.environ), named=named)
with open(os.path.join(FOLDER, NAME + ".calls"), "a", encoding="utf-8") as calls:
    calls.write(json.dumps(call) + "\\n")

if "--version" in words or "version" in words[:1]:
    if FAULT == "hangs-on-version":
        time.sleep(600)
    as_json = "json" in (value("--format", "-f"), value("--output", "-o"))
    print(plan["version_json" if as_json else "version"])
    sys.exit(FAULT == "version-status-1")
if "db" in words[:1]:
    print(json.dumps(plan["db"]))
    sys.exit(0)

story = "".join("20%02d-01-01T00:00:00Z\\tFATAL\\tcause %d of many\\n" % (number % 100, number) for number in range(2000))
if FAULT in ("status-1", "status-2"):
    sys.stderr.write(story)
    sys.exit(int(FAULT[-1]))
if FAULT == "crash":
    os.kill(os.getpid(), signal.SIGSEGV)
if FAULT == "hangs":
    time.sleep(600)
if FAULT == "tells":
    sys.stderr.write(json.dumps(dict(os.environ)))
    sys.exit(1)
if FAULT == "floods-stderr":
    for _ in range(64):
        sys.stderr.write("x" * (1 << 20))
if FAULT == "writes":
    for place in (".", os.environ.get("HOME", "."), value("--cache-dir") or "."):
        with open(os.path.join(place, "written-by-the-stand-in"), "w") as out:
            out.write("x")

text = plan["sbom"] if "cyclonedx" in value("--format", "-f", "--output", "-o") else plan["report"]
if FAULT == "floods":
    text = "[" + '"' + "x" * (64 << 20) + '",' + text + "]"
output = value("--output", "--file") if NAME == "trivy" else value("--file")
if NAME == "trivy" and not output:
    output = value("-o")
if FAULT != "no-file":
    if output:
        with open(output, "w", encoding="utf-8") as out:
            out.write(text)
    else:
        sys.stdout.write(text)
sys.exit(FAULT == "status-1-report")
"""


def stand_in(folder: Path, report: Document, fault: Fault = "", *, name: Literal["trivy", "grype"] = "trivy", version: str = "") -> Path:
    """The program, in `folder`; `version` is what it says it is, whatever that may be, "" a good one."""
    if name == "grype" and fault in _TRIVY_ONLY:
        raise ValueError(f"grype has no {fault}")
    folder.mkdir(parents=True, exist_ok=True)
    usual = {"trivy": "0.74.0", "grype": "0.104.0"}[name]
    said = version or usual
    plan = {
        "version": f"Version: {said}" if name == "trivy" else f"grype {said}",
        "version_json": json.dumps({"Version": said} if name == "trivy" else {"application": "grype", "version": said}),
        "report": _text(report, fault) if name == "trivy" else _grype_text(report, fault),
        "sbom": json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}),
        "db": report.get("descriptor", {}).get("db", {}).get("status", {}),
    }
    (folder / f"{name}.plan").write_text(json.dumps(plan))
    program = folder / name
    program.write_text(_PROGRAM.format(python=sys.executable, folder=str(folder.resolve()), name=name, fault=fault))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def calls(program: Path) -> list[Call]:
    """In order; none where the program was never started."""
    written = program.parent / f"{program.name}.calls"
    return [Call(**json.loads(line)) for line in written.read_text("utf-8").splitlines()] if written.exists() else []


# Trivy's report: https://trivy.dev/latest/docs/configuration/reporting/#json


def vulnerability(identifier: str, name: str, installed: str, fixed: str = "", severity: str = "HIGH", **more: Any) -> Document:
    """Of an Alpine package; `more` are fields of it."""
    return {
        "VulnerabilityID": identifier,
        "PkgID": f"{name}@{installed}",
        "PkgName": name,
        "PkgIdentifier": {"PURL": f"pkg:apk/alpine/{name}@{installed}?arch=x86_64&distro=3.99.1", "UID": "0123456789abcdef"},
        "InstalledVersion": installed,
        **({"FixedVersion": fixed} if fixed else {}),
        "Status": "fixed" if fixed else "affected",
        "Layer": {"DiffID": f"sha256:{'1' * 64}"},
        "SeveritySource": "nvd",
        "PrimaryURL": f"https://avd.example.org/{identifier.lower()}",
        "DataSource": {"ID": "alpine", "Name": "Alpine Secdb", "URL": "https://secdb.alpinelinux.org/"},
        "Title": f"{name}: a planted vulnerability",
        "Severity": severity,
        "References": [f"https://example.org/{identifier}"],
        **more,
    }


def package(name: str, version: str) -> Document:
    return {
        "ID": f"{name}@{version}",
        "Name": name,
        "Identifier": {"PURL": f"pkg:apk/alpine/{name}@{version}?arch=x86_64&distro=3.99.1", "UID": "0123456789abcdef"},
        "Version": version,
        "Arch": "x86_64",
        "Layer": {"DiffID": f"sha256:{'1' * 64}"},
        "AnalyzedBy": "apk",
    }


def report(image_id: str = f"sha256:{'0' * 64}", vulnerabilities: Sequence[Document] = (), *, name: str = "image.tar") -> Document:
    """Of an Alpine image with one package, or those that the vulnerabilities are of."""
    packages = [package(each["PkgName"], each["InstalledVersion"]) for each in vulnerabilities] or [package("musl", "1.2.5-r0")]
    result: Document = {"Target": f"{name} (alpine 3.99.1)", "Class": "os-pkgs", "Type": "alpine", "Packages": packages}
    return {
        "SchemaVersion": 2,
        "Trivy": {"Version": "0.74.0"},
        "ReportID": "01a1ff4e-c8ff-7e2d-874c-e522e66421ed",
        "CreatedAt": "2026-11-01T00:00:00.775930368Z",
        "ArtifactID": f"sha256:{'a' * 64}",
        "ArtifactName": name,
        "ArtifactType": "container_image",
        "Metadata": {
            "Size": 20480,
            "OS": {"Family": "alpine", "Name": "3.99.1"},
            "ImageID": image_id,
            "DiffIDs": [f"sha256:{'1' * 64}"],
            "RepoTags": ["registry.example.org/app:1.0"],
            "ImageConfig": {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [f"sha256:{'1' * 64}"]}},
            "Layers": [{"Size": 20480, "DiffID": f"sha256:{'1' * 64}"}],
        },
        "Results": [result | ({"Vulnerabilities": list(vulnerabilities)} if vulnerabilities else {})],
    }


def _text(good: Document, fault: Fault) -> str:
    text = json.dumps(_faulty(good, fault))
    return _as_text(text, fault)


def _as_text(text: str, fault: Fault) -> str:
    match fault:
        case "empty":
            return ""
        case "cut":
            return text[: len(text) * 2 // 3]
        case "no-json":
            return "Report Summary\n\n0 vulnerabilities\n"
        case "array":
            return f"[{text}]"
        case "deep":
            return '{"SchemaVersion": 2, "Results": ' + "[" * 100_000 + "]" * 100_000 + "}"
    return text


def _faulty(good: Document, fault: Fault) -> Document:
    bad = copy.deepcopy(good)
    about, results = bad["Metadata"], bad["Results"]
    match fault:
        case "schema-1":
            bad["SchemaVersion"] = 1
        case "no-schema":
            del bad["SchemaVersion"]
        case "no-results":
            del bad["Results"]
        case "null-results":
            bad["Results"] = None
        case "results-no-list":
            bad["Results"] = {"Vulnerabilities": []}
        case "no-system":
            del about["OS"]
            bad["Results"] = [result for result in results if result["Class"] != "os-pkgs"]
        case "no-system-packages":
            bad["Results"] = [{"Target": "Python", "Class": "lang-pkgs", "Type": "python-pkg", "Packages": [package("one", "1.0")]}]
        case "no-packages":
            bad["Results"] = [{key: each for key, each in result.items() if key in ("Target", "Class", "Type")} for result in results]
        case "end-of-life":
            about["OS"] = {"Family": "alpine", "Name": "3.9.6", "EOSL": True}
        case "other-image":
            about["ImageID"] = f"sha256:{'f' * 64}"
        case "no-image-id":
            del about["ImageID"]
        case "other-version":
            bad["Trivy"]["Version"] = "0.69.4"
        case "suppressed":
            taken = vulnerability("CVE-2026-19999", "musl", "1.2.5-r0", "1.2.5-r1", "CRITICAL")
            results[0]["ExperimentalModifiedFindings"] = [
                {"Type": "vulnerability", "Status": "ignored", "Statement": "", "Source": ".trivyignore", "Finding": taken}
            ]
        case "entry" | "severity" | "text-for-number":
            wrong = vulnerability("CVE-2026-19998", "musl", "1.2.5-r0", "1.2.5-r1")
            if fault == "entry":
                del wrong["VulnerabilityID"]
            else:
                wrong["Severity"] = "TERRIBLE" if fault == "severity" else 4
            results[0]["Vulnerabilities"] = [*results[0].get("Vulnerabilities", ()), wrong]
    return bad


# Grype's report: https://oss.anchore.com/docs/guides/vulnerability/interpreting-results/


def match(identifier: str, name: str, installed: str, fixed: Sequence[str] = (), severity: str = "High", **more: Any) -> Document:
    """Of a Debian package; `more` are fields of the vulnerability."""
    return {
        "vulnerability": {
            "id": identifier,
            "dataSource": f"https://example.org/{identifier}",
            "namespace": "debian:distro:debian:13",
            "severity": severity,
            "urls": [f"https://example.org/{identifier}"],
            "description": f"A vulnerability of {name}.",
            "fix": {"versions": list(fixed), "state": "fixed" if fixed else "not-fixed"},
            **more,
        },
        "relatedVulnerabilities": [],
        "matchDetails": [{"type": "exact-direct-match", "matcher": "dpkg-matcher"}],
        "artifact": {
            "id": "0123456789abcdef",
            "name": name,
            "version": installed,
            "type": "deb",
            "locations": [{"path": "/var/lib/dpkg/status", "layerID": f"sha256:{'1' * 64}"}],
            "purl": f"pkg:deb/debian/{name}@{installed}?arch=amd64&distro=debian-13",
        },
    }


def grype_report(image_id: str = f"sha256:{'0' * 64}", matches: Sequence[Document] = (), *, built: datetime) -> Document:
    """Of a Debian image; `built` is when the database was."""
    docker = "application/vnd.docker"
    moment = built.isoformat().replace("+00:00", "Z")
    return {
        "matches": list(matches),
        "source": {
            "type": "image",
            "target": {
                "userInput": "image.tar",
                "imageID": image_id,
                "manifestDigest": f"sha256:{'2' * 64}",
                "mediaType": f"{docker}.distribution.manifest.v2+json",
                "tags": ["registry.example.org/app:1.0"],
                "imageSize": 20480,
                "layers": [{"mediaType": f"{docker}.image.rootfs.diff.tar.gzip", "digest": f"sha256:{'1' * 64}", "size": 20480}],
                "repoDigests": [],
                "architecture": "amd64",
                "os": "linux",
            },
        },
        "distro": {"name": "debian", "version": "13", "idLike": []},
        "descriptor": {
            "name": "grype",
            "version": "0.104.0",
            "db": {"status": {"schemaVersion": "v6.1.0", "built": moment, "valid": True}},
            "timestamp": moment,
        },
    }


def _grype_text(good: Document, fault: Fault) -> str:
    bad = copy.deepcopy(good)
    match fault:
        case "no-results":
            del bad["matches"]
        case "null-results":
            bad["matches"] = None
        case "results-no-list":
            bad["matches"] = {}
        case "no-system":
            bad["distro"] = {"name": "", "version": "", "idLike": None}
        case "other-image":
            bad["source"]["target"]["imageID"] = f"sha256:{'f' * 64}"
        case "no-image-id":
            del bad["source"]["target"]["imageID"]
        case "other-version":
            bad["descriptor"]["version"] = "0.1.0"
        case "suppressed":
            bad["ignoredMatches"] = [_match_taken()]
        case "entry":
            wrong = _match_taken()
            del wrong["vulnerability"]["id"]
            bad["matches"].append(wrong)
        case "severity":
            bad["matches"].append(match("CVE-2026-19998", "libc6", "2.41-1", severity="Terrible"))
    return _as_text(json.dumps(bad), fault)


def _match_taken() -> Document:
    taken = match("CVE-2026-19999", "libc6", "2.41-1", ("2.41-2",), "Critical")
    return {**taken, "appliedIgnoreRules": [{"vulnerability": "CVE-2026-19999"}]}
