"""What an engine reads in the layers of an image: an operating system with packages, and packages of Python and of node."""

from __future__ import annotations

import hashlib
import json
from typing import Final, NamedTuple

from tests.doubles.images import File

ALPINE: Final = "3.99.1"  # Trivy takes a release that it does not know for a new one: this one never comes to its end
DEBIAN: Final = "13.1"
END_OF_LIFE: Final = "3.9.6"  # a release of Alpine that gets no more advisories since November 2020


class Installed(NamedTuple):
    """`source` is the package that it is built from, by which Alpine and Debian name advisories; "" for its own name."""

    name: str
    version: str
    source: str = ""
    licence: str = "MIT"


def alpine(release: str = ALPINE, packages: tuple[Installed, ...] = ()) -> dict[str, File]:
    """https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2"""
    name = f'NAME="Alpine Linux"\nID=alpine\nVERSION_ID={release}\nPRETTY_NAME="Alpine Linux v{release.rpartition(".")[0]}"\n'
    return {
        "etc/alpine-release": _text(f"{release}\n"),
        "etc/os-release": _text(name),
        "lib/apk/db/installed": _text("".join(_apk(package) for package in packages)),
    }


def _apk(package: Installed) -> str:
    checksum = hashlib.sha1(f"{package.name}-{package.version}".encode()).hexdigest()
    fields = {
        "C": f"Q1{checksum[:27]}=",
        "P": package.name,
        "V": package.version,
        "A": "x86_64",
        "S": "1000",
        "I": "4096",
        "T": f"{package.name}, packaged",
        "U": "https://example.org",
        "L": package.licence,
        "o": package.source or package.name,
        "m": "Packager <packager@example.org>",
        "t": "1730000000",
        "F": f"usr/share/{package.name}",
        "R": "readme",
    }
    return "".join(f"{key}:{value}\n" for key, value in fields.items()) + "\n"


def debian(release: str = DEBIAN, packages: tuple[Installed, ...] = ()) -> dict[str, File]:
    """https://manpages.debian.org/unstable/dpkg/dpkg.1.en.html#FILES, and one file of names that dpkg says it owns for each package"""
    major = release.partition(".")[0]
    name = f'PRETTY_NAME="Debian GNU/Linux {major}"\nNAME="Debian GNU/Linux"\nVERSION_ID="{major}"\nID=debian\n'
    return {
        "etc/debian_version": _text(f"{release}\n"),
        "etc/os-release": _text(name),
        "var/lib/dpkg/status": _text("".join(_deb(package) for package in packages)),
        **{f"var/lib/dpkg/info/{package.name}.list": _text(f"/.\n/usr/share/doc/{package.name}\n") for package in packages},
    }


def _deb(package: Installed) -> str:
    fields = {
        "Package": package.name,
        "Status": "install ok installed",
        "Priority": "optional",
        "Section": "libs",
        "Installed-Size": "4",
        "Maintainer": "Packager <packager@example.org>",
        "Architecture": "amd64",
        **({"Source": package.source} if package.source else {}),
        "Version": package.version,
        "Description": f"{package.name}, packaged",
    }
    return "".join(f"{key}: {value}\n" for key, value in fields.items()) + "\n"


def python_package(name: str, version: str, site: str = "usr/local/lib/python3.12/site-packages") -> dict[str, File]:
    """https://packaging.python.org/en/latest/specifications/recording-installed-packages/"""
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT\n\n"
    return {
        f"{site}/{name}/__init__.py": _text(""),
        f"{site}/{name}-{version}.dist-info/METADATA": _text(metadata),
        f"{site}/{name}-{version}.dist-info/RECORD": _text(f"{name}/__init__.py,,\n"),
    }


def node_package(name: str, version: str, root: str = "app/node_modules") -> dict[str, File]:
    """https://docs.npmjs.com/cli/configuring-npm/package-json"""
    return {f"{root}/{name}/package.json": _text(json.dumps({"name": name, "version": version, "license": "MIT", "main": "index.js"}))}


def _text(text: str) -> File:
    return File(text.encode())
