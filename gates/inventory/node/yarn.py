"""yarn.lock, of the first yarn ("classic") and of the later ones ("berry"): two formats under one name."""

from __future__ import annotations

import re
from posixpath import dirname, join

from gates.inventory.node import manifest as manifests
from gates.inventory.package import Inventory


def read(data: bytes, path: str, manifest: bytes | None = None) -> Inventory:
    """`manifest` is the project's package.json, taken to lie beside the lock file: it alone tells what of it is only for development,
    and, for classic yarn, what is wanted directly. Raises DocumentError.
    """
    project = None if manifest is None else manifests.read(manifest, join(dirname(path), "package.json"))
    if re.search(rb"^__metadata:", data, re.MULTILINE):
        from gates.inventory.node import yarn_berry  # YAML is loaded only for those who need it

        return yarn_berry.read(data, path, project)
    from gates.inventory.node import yarn_classic

    return yarn_classic.read(data, path, project)
