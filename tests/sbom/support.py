"""Inventories as tests write them, and a document as another library judges it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from gates.core.purl import Purl
from gates.inventory.package import Ecosystem, Inventory, Package
from gates.inventory.python.installed import Installed
from gates.sbom import choosing, gathering
from gates.sbom.choosing import Asked, Groups
from gates.sbom.component import Component
from gates.sbom.gathering import Gathered
from gates.sbom.installed import Environment
from gates.sbom.node_modules import Described
from gates.sbom.roots import Root

ROOT = Root(Component("pkg:pypi/app@1", "application", "app", "1", Purl("pypi", "", "app", "1")), (), "pyproject.toml")


def package(name: str, *needs: str, version: str = "1.0", ecosystem: Ecosystem = "PyPI", path: str = "uv.lock", **more: Any) -> Package:
    """`needs` are of version 1.0 unless written name@version."""
    pins = tuple((each.partition("@")[0], each.partition("@")[2] or "1.0") for each in needs)
    given: dict[str, Any] = {"needs": pins, "hashes": ("sha256:" + "a" * 64,), **more}
    return Package(ecosystem, name, version, path, 1, **given)


def lock(packages: Sequence[Package], kind: str = "uv.lock", **direct: Sequence[str]) -> Inventory:
    """`production="a b"`, `dev=…`: what the project needs by group."""
    groups = {
        "" if group == "production" else group: tuple((name.partition("@")[0], name.partition("@")[2] or "1.0") for name in names)
        for group, names in direct.items()
    }
    return Inventory(packages[0].path if packages else "uv.lock", kind, tuple(packages), "app", None, groups or None)


def gather(
    *inventories: Inventory, groups: Groups | None = None, asked: Asked | None = None, installed: Environment | None = None
) -> Gathered:
    chosen = [choosing.choose(inventory, groups or Groups(), asked or {}) for inventory in inventories]
    return gathering.gather(ROOT, chosen, installed, lambda package: Described())


def environment(details: Mapping[str, Installed]) -> Environment:
    packages = tuple(Package("PyPI", each.name, each.version, each.path, 0) for each in details.values())
    return Environment(Inventory("site-packages", "environment", packages), details)


def strict(text: str) -> None:
    """Fails where the library of the format's own makers finds a fault, a key that the schema does not know included."""
    validators = pytest.importorskip("cyclonedx.validation.json")
    schemas = pytest.importorskip("cyclonedx.schema")
    version = schemas.SchemaVersion.from_version(json.loads(text)["specVersion"])
    assert validators.JsonStrictValidator(version).validate_str(text) is None
