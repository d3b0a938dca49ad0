"""yarn.lock as yarn 1 writes it: a format of its own, which looks like YAML and is none.

Format: https://classic.yarnpkg.com/lang/en/docs/yarn-lock/. An entry is a list of descriptors (name@range) with a colon, and what they
stand for below, indented by two blanks, or by four for what that needs in turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from json import loads
from typing import Final, NamedTuple

from gates.core.documents import DocumentError
from gates.core.documents.node import decode, quoted
from gates.core.patterns import lazy
from gates.inventory.node.graph import Entry, packages, project_needs
from gates.inventory.node.manifest import Declared, Manifest
from gates.inventory.node.origin import (
    MAX_BYTES,
    artifacts,
    fragment_hash,
    from_registry,
    hashes,
    is_name,
    is_plain,
    is_version,
    shown,
    split,
)
from gates.inventory.package import Inventory

KIND: Final = "yarn.lock v1"
_ROOT: Final = ""
_RELOCK: Final = "run yarn install"
_MOST_VERSIONS: Final = 100  # of one name, where any of them might be meant
_WORD = lazy(r'"(?:[^"\\]|\\.)*+"|[^\s",:]+')
_BETWEEN = lazy(r",\s*")
# Of an entry; what is not known could change what the entry stands for.
_PROPERTIES: Final = frozenset(("name", "version", "resolved", "integrity", "uid", "registry"))
_SECTIONS: Final = frozenset(("dependencies", "optionalDependencies", "permissions", "prebuiltVariants"))


class _Block(NamedTuple):
    descriptors: tuple[str, ...]
    line: int
    properties: dict[str, str]
    sections: dict[str, dict[str, str]]


def read(data: bytes, path: str, manifest: Manifest | None) -> Inventory:
    """`wants` holds every descriptor that the file answers, whoever wants it. Without a manifest nothing is known to be direct, and with
    workspaces, whose manifests say what else is, nothing is known to be for development alone.
    """
    blocks = list(_Parser(decode(data, path, MAX_BYTES), path).blocks())
    keys = _Keys(blocks, path)
    entries = {f"{block.line}": _entry(block, keys, path) for block in blocks}
    wants = tuple(split(descriptor) for block in blocks for descriptor in block.descriptors)
    if manifest is None:
        return Inventory(path, KIND, packages(path, entries, ()), "", wants)
    entries[_ROOT] = _root(manifest, keys)
    return Inventory(path, KIND, packages(path, entries, (_ROOT,)), manifest.name, wants, project_needs(entries))


class _Keys:
    """Which entry answers a name and a range. Where resolutions of the manifest changed the range, any entry of that name might."""

    def __init__(self, blocks: list[_Block], path: str) -> None:
        self._path = path
        self._exact: dict[str, str] = {}
        self._named: dict[str, list[str]] = {}
        for block in blocks:
            for descriptor in block.descriptors:
                if descriptor in self._exact:
                    raise DocumentError(f"{quoted(shown(descriptor))} occurs twice; {_RELOCK}", path, block.line)
                self._exact[descriptor] = f"{block.line}"
                self._named.setdefault(split(descriptor)[0], []).append(f"{block.line}")

    def of(self, name: str, specifier: str, line: int) -> tuple[str, ...]:
        """`line` is where it is asked for."""
        if key := self._exact.get(f"{name}@{specifier}"):
            return (key,)
        found = self._named.get(name, [])
        if len(found) > _MOST_VERSIONS:
            message = f"{quoted(name)} is needed here, and which of {len(found)} entries is meant is not told; {_RELOCK}"
            raise DocumentError(message, self._path, line)
        return tuple(dict.fromkeys(found))


def _root(manifest: Manifest, keys: _Keys) -> Entry:
    def found(declared: Mapping[str, Declared]) -> tuple[str, ...]:
        return tuple(key for name, (specifier, _) in declared.items() for key in keys.of(name, specifier, 0))

    needs, optional, dev = found(manifest.dependencies), found(manifest.optional), found(manifest.dev)
    if manifest.workspaces:
        return Entry("", "", 0, (), "", (*needs, *optional, *dev), ours=True)
    return Entry("", "", 0, (), "", needs, optional, (("dev", dev),), ours=True)


def _entry(block: _Block, keys: _Keys, path: str) -> Entry:
    def edges(section: str) -> tuple[str, ...]:
        found: list[str] = []
        for name, specifier in block.sections.get(section, {}).items():
            # An optional dependency stands in both sections of some files.
            optional = section != "optionalDependencies" and name in block.sections.get("optionalDependencies", {})
            answers = () if optional else keys.of(name, specifier, block.line)
            if not answers and not optional and section == "dependencies":
                raise DocumentError(f"{quoted(name)} is needed here and not in the lock file; {_RELOCK}", path, block.line)
            found.extend(answers)
        return tuple(found)

    name, address = _identity(block, path)
    version = block.properties.get("version", "")
    resolved = block.properties.get("resolved", "")
    if resolved:
        address = "" if from_registry(resolved, name, version) else resolved
    if not (is_version(version) or (address and version.isprintable())):
        raise DocumentError(f"{quoted(version)} is no version of a package; {_RELOCK}", path, block.line)
    try:
        digests = (*hashes(block.properties.get("integrity", "")), *fragment_hash(resolved))
    except ValueError:
        raise DocumentError(f"'integrity' holds no digest that can be read; {_RELOCK}", path, block.line) from None
    needs, optional = edges("dependencies"), edges("optionalDependencies")
    return Entry(name, version, block.line, digests, shown(address), needs, optional, files=artifacts(resolved, digests))


def _identity(block: _Block, path: str) -> tuple[str, str]:
    """The name, and where the package comes from if its descriptors name another place than a registry."""
    found = {_real(descriptor) for descriptor in block.descriptors}
    names = {name for name, _ in found}
    address = next((address for _, address in sorted(found) if address), "")
    name = block.properties.get("name") or min(names)
    # Without an address, yarn fetches what the descriptors name.
    fetched = address or "resolved" in block.properties
    if not is_name(name) or (len(names) > 1 and "name" not in block.properties) or (name not in names and not fetched):
        raise DocumentError("the descriptors of an entry name no package, or several", path, block.line)
    return name, address


def _real(descriptor: str) -> tuple[str, str]:
    name, specifier = split(descriptor)
    if specifier.startswith("npm:"):
        name, specifier = split(specifier[4:])
    return name, "" if is_plain(specifier) else specifier


class _Parser:
    def __init__(self, text: str, path: str) -> None:
        self._lines = re.split(r"\r?\n", text)
        self._path = path
        self._line = 0

    def _error(self, message: str) -> DocumentError:
        return DocumentError(f"not a lock file of yarn 1: {message}", self._path, self._line)

    def blocks(self) -> Iterator[_Block]:
        block: _Block | None = None
        section: dict[str, str] | None = None
        for text in self._lines:
            self._line += 1
            content = text.lstrip(" ")
            if not content.strip() or content.startswith("#"):
                continue
            indent = len(text) - len(content)
            content = content.rstrip()
            if indent == 0:
                if block:
                    yield block
                block, section = _Block(self._descriptors(content), self._line, {}, {}), None
            elif indent == 2 and block:
                section = self._inside(block, content)
            elif indent == 4 and section is not None:
                self._set(section, *self._pair(content))
            else:
                raise self._error("unexpected indentation")
        if block:
            yield block

    def _inside(self, block: _Block, content: str) -> dict[str, str] | None:
        """The section that the line opens, None where it is a property."""
        if content.endswith(":"):
            name = content[:-1]
            if name not in _SECTIONS:
                raise self._error(f"unknown section {quoted(name)}")
            if name in block.sections:
                raise self._error(f"{quoted(name)} occurs twice in an entry")
            return block.sections.setdefault(name, {})
        name, value = self._pair(content)
        if name not in _PROPERTIES:
            raise self._error(f"unknown property {quoted(name)}")
        self._set(block.properties, name, value)
        return None

    def _set(self, table: dict[str, str], name: str, value: str) -> None:
        if name in table:
            raise self._error(f"{quoted(name)} occurs twice in an entry")
        table[name] = value

    def _descriptors(self, content: str) -> tuple[str, ...]:
        found = []
        at = 0
        while True:
            word, at = self._word(content, at)
            found.append(word)
            between = _BETWEEN.match(content, at)
            if between is None:
                break
            at = between.end()
        if content[at:] != ":":
            raise self._error("expected name@range, or several with commas, and a colon")
        return tuple(found)

    def _pair(self, content: str) -> tuple[str, str]:
        name, at = self._word(content, 0)
        value = content[at:].strip()
        if not value or content[at] != " ":
            raise self._error(f"expected a value behind {quoted(name)}")
        if not value.startswith('"'):
            return name, value
        word, end = self._word(value, 0)
        if end < len(value):
            raise self._error(f"something follows the value of {quoted(name)}")
        return name, word

    def _word(self, content: str, at: int) -> tuple[str, int]:
        match = _WORD.match(content, at)
        if match is None:
            raise self._error("expected a name")
        word = match[0]
        if not word.startswith('"'):
            return word, match.end()
        try:
            text: object = loads(word)
            if isinstance(text, str):
                text.encode()
                return text, match.end()
        except ValueError:
            pass
        raise self._error("a quoted text holds an unknown escape")
