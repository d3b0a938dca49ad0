"""No input makes anything but a DocumentError, and whatever is read keeps the promises of its record."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.core.documents import DocumentError, plain, read_yamls
from gates.inventory.node import npm, pnpm, yarn
from gates.inventory.node.manifest import stale
from gates.inventory.package import Inventory
from tests.inventory import edges
from tests.inventory.node.support import DIGEST, Read, fixture, lock_files, manifest

MANIFEST = manifest(
    name="x", dependencies={"ms": "2.0.0"}, devDependencies={"debug": "^3"}, workspaces=["a"], resolutions={"a/@b/c@1": "1"}
)
READERS = {
    "npm": npm.read,
    "pnpm": pnpm.read,
    "yarn": yarn.read,
    "yarn with a manifest": lambda data, path: yarn.read(data, path, MANIFEST),
}


def check(read: Read, data: bytes) -> None:
    with suppress(DocumentError):
        inventory = read(data, "lock")
        keeps_promises(inventory, data.count(b"\n") + 1)
        stale(inventory, MANIFEST, "package.json")


def keeps_promises(inventory: Inventory, lines: int) -> None:
    edges.check(inventory)
    identities = [(one.name, one.version, one.source) for one in inventory.packages]
    assert len(identities) == len(set(identities))
    for one in inventory.packages:
        assert 0 < one.line <= lines
        assert one.version or one.source
        assert one.name.isascii()
        assert not one.chain or one.chain[-1] == one.name
        assert (len(one.chain) == 1) == (one.direct is True)
        assert one.purl.type == "npm"


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_arbitrary_bytes(read: Read, data: bytes) -> None:
    check(read, data)


EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True), st.integers(0, 40), st.sampled_from([b"", b" ", b"\n", b'"', b":", b"@", b"(", b"{}", b"0"])
    ),
    min_size=1,
    max_size=4,
)
SMALL = [(read, path) for read, path in lock_files() if path.stat().st_size < 4_000]


@pytest.mark.parametrize(("read", "path"), SMALL, ids=lambda value: value.parent.name if isinstance(value, Path) else "")
@settings(max_examples=60)
@given(edits=EDITS)
def test_real_files_with_damage(read: Read, path: Path, edits: list[tuple[float, int, bytes]]) -> None:
    data = path.read_bytes()
    for where, length, text in edits:
        at = int(where * len(data))
        data = data[:at] + text + data[at + length :]
    check(read, data)


WORDS = st.sampled_from(
    [
        *(
            "",
            ".",
            "..",
            "/",
            "a",
            "ms",
            "@s/a",
            "ms@2.0.0",
            "/ms/2.0.0",
            "/ms@2.0.0",
            "ms@npm:2.0.0",
            "a@workspace:.",
            "a@patch:ms@npm%3A2.0.0#x",
        ),
        *(
            "node_modules/ms",
            "node_modules/a/node_modules/@s/b",
            "../a",
            "link:../a",
            "file:a",
            "file:",
            "2.0.0",
            "2.0.0(a@1)",
            "1.0",
            "npm:",
            "::",
        ),
        *(
            "https://registry.example.invalid/ms/-/ms-2.0.0.tgz",
            "https://[",
            "git+ssh://git@host.invalid/a#b",
            DIGEST,
            "sha1-",
            "dev",
            "directory",
        ),
    ]
)
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(-1, 12) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def changed(draw: st.DrawFn, tree: Any) -> Any:
    """The tree with something in it replaced, added or taken away."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 4))):
        place = tree
        while isinstance(place, dict) and place:
            key = draw(st.sampled_from(sorted(place)))
            if not isinstance(place[key], dict) or not place[key] or draw(st.integers(0, 3)) == 0:
                break
            place = place[key]
        action = draw(st.sampled_from(["replace", "add", "remove", "rename"]))
        if not place or action == "add":
            place[draw(WORDS)] = draw(VALUES)
        elif action == "replace":
            place[key] = draw(VALUES)
        else:
            value = place.pop(key)
            if action == "rename":
                place[draw(WORDS)] = value
    return tree


@st.composite
def npm_locks(draw: st.DrawFn) -> bytes:
    name = draw(st.sampled_from(["npm-sources/package-lock.json", "npm-shrinkwrap/npm-shrinkwrap.json"]))
    return json.dumps(changed(draw, json.loads(fixture(name))), indent=1).encode()


@st.composite
def yaml_locks(draw: st.DrawFn, names: tuple[str, ...]) -> bytes:
    data = fixture(draw(st.sampled_from(names)))
    return yaml.safe_dump_all([changed(draw, plain(node)) for node in read_yamls(data, "x")], sort_keys=False).encode()


@given(npm_locks())
def test_npm_of_other_shapes(data: bytes) -> None:
    check(npm.read, data)


@given(yaml_locks(("pnpm-sources/pnpm-lock.yaml", "pnpm-12-environment/pnpm-lock.yaml", "pnpm-overrides/pnpm-lock.yaml")))
def test_pnpm_of_other_shapes(data: bytes) -> None:
    check(pnpm.read, data)


@given(yaml_locks(("yarn-4-sources/yarn.lock", "yarn-4-catalog/yarn.lock")))
def test_berry_of_other_shapes(data: bytes) -> None:
    check(READERS["yarn with a manifest"], data)


PIECES = st.lists(
    st.sampled_from(["a@1", '"@s/a@^1"', ", ", ":", "\n", "  ", "    ", "version ", '"1.0.0"', "dependencies:", "resolved ", "#", '"']),
    max_size=30,
)


@given(PIECES.map(lambda pieces: "".join(pieces).encode()))
def test_classic_of_other_shapes(data: bytes) -> None:
    check(READERS["yarn with a manifest"], data)
