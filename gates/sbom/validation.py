"""Whether a document keeps to CycloneDX's own JSON Schema, and where it does not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pkgutil import get_data
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from gates.core.documents import Node, plain
from gates.core.documents.node import quoted
from gates.core.documents.table import nearest
from gates.core.errors import GateUnavailable
from gates.core.patterns import lazy
from gates.sbom.reading import Document, at, items, text

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

_BASE = "http://cyclonedx.org/schema/"
_SCHEMAS = {  # strict ones, which refuse what they do not know; from 1.4 on there are no others
    "1.2": "bom-1.2-strict.SNAPSHOT.schema.json",
    "1.3": "bom-1.3-strict.SNAPSHOT.schema.json",
    "1.4": "bom-1.4.SNAPSHOT.schema.json",
    "1.5": "bom-1.5.SNAPSHOT.schema.json",
    "1.6": "bom-1.6.SNAPSHOT.schema.json",
    "1.7": "bom-1.7.SNAPSHOT.schema.json",
}
_LICENCES = "spdx.SNAPSHOT.schema.json"
_REFERRED = ("jsf-0.82.SNAPSHOT.schema.json", "cryptography-defs.SNAPSHOT.schema.json")
_OF_VERSION = lazy(r"bom-([0-9]+\.[0-9]+)")
_DIGITS = {  # hexadecimal
    "MD5": 32,
    "SHA-1": 40,
    "SHA-256": 64,
    "SHA-384": 96,
    "SHA-512": 128,
    "SHA3-256": 64,
    "SHA3-384": 96,
    "SHA3-512": 128,
    "BLAKE2b-256": 64,
    "BLAKE2b-384": 96,
    "BLAKE2b-512": 128,
}
_HEAD = ("bomFormat", "specVersion")
_MOST_VALUES = 10_000  # that are judged at once: an error takes some kilobytes
_LICENCE = "SPDX licence identifier"  # as a format
_FEW = 12  # values that one message names
_NAMED = 3  # unknown keys that one message names


class Problem(NamedTuple):
    """`where` is written as in `components[3].purl`, "" for the whole document."""

    line: int
    where: str
    message: str


def problems(document: Document, most: int = 500) -> list[Problem]:
    """In the document's order; all, or a few more than `most` where there are more. Raises GateUnavailable without the validator."""
    _library()
    whole, validator = plain(document.root), _validator(document.spec)
    if not isinstance(whole, dict) or validator.is_valid(whole):
        return []
    found: set[Problem] = set()
    for piece in _pieces(whole, validator):
        if piece.values > _MOST_VALUES:
            found.add(_too_large(piece, document))
        else:
            found.update(_problem(error, piece, document) for error in validator.iter_errors(piece.document))
        if len(found) > most:
            break
    return sorted(found)


def beyond(document: Document) -> Iterator[Problem]:
    """What the schema lets pass and what cannot be true: a schema of another version, digests that are none of their algorithm."""
    declared = at(document.root, "$schema")
    named = _OF_VERSION.search(text(document.root, "$schema"))
    if declared is not None and named and named[1] != document.spec:
        yield Problem(declared.key_line or declared.line, "$schema", f"it is the schema of {named[1]}, and specVersion is {document.spec}")
    for component in (*([document.main] if document.main else []), *document.components):
        own = items(component.node, "hashes")
        files = [each for reference in items(component.node, "externalReferences") for each in items(reference, "hashes")]
        for each in (*own, *files):
            algorithm, value = text(each, "alg"), text(each, "content")
            if value and (digits := _DIGITS.get(algorithm)) and len(value) != digits:
                yield Problem(each.line, f"hashes of {component.label}", f"a {algorithm} has {digits} digits, and this one {len(value)}")
        values: dict[str, set[str]] = {}
        for each in own:
            values.setdefault(text(each, "alg"), set()).add(text(each, "content").lower())
        for algorithm, different in values.items():
            if len(different) > 1:
                yield Problem(own[0].line, f"hashes of {component.label}", f"{len(different)} different {algorithm} of one component")


class _Piece(NamedTuple):
    """Part of a document, as a document of its own. `path` leads to the list that it has items of, the first of them at `first` there."""

    document: dict[str, object]
    values: int
    path: tuple[str | int, ...] = ()
    first: int = 0


def _pieces(whole: dict[str, object], validator: Validator) -> Iterator[_Piece]:
    """Those that are not valid. Of a document at once the validator would gather all errors, with what each is about, before the first."""
    head = {key: value for key, value in whole.items() if key in _HEAD}
    for key, value in whole.items():
        if isinstance(value, list):
            yield from _of_list(head, (key,), value, validator)
        elif key not in _HEAD and not validator.is_valid(piece := {**head, key: value}):
            yield _Piece(piece, _weight(value))
    if not validator.is_valid(head):
        yield _Piece(head, len(head))


def _of_list(head: dict[str, object], path: tuple[str | int, ...], values: list[object], validator: Validator) -> Iterator[_Piece]:
    """What a component is made of is judged apart from it, where both together are many values."""
    key = str(path[-1])
    kept: list[object] = []
    weights: list[int] = []
    each_valid = True
    for place, value in enumerate(values):
        weight = _weight(value)
        if weight > _MOST_VALUES and key == "components" and isinstance(value, dict) and isinstance(parts := value.get(key), list):
            for piece in _of_list(head, (*path, place, key), parts, validator):
                each_valid = False
                yield piece
            value = {name: part for name, part in value.items() if name != key}
            weight = _weight(value)
        kept.append(value)
        weights.append(weight)
    for first, last in _batches(weights):
        piece = _Piece({**head, key: kept[first:last]}, sum(weights[first:last]), path, first)
        if not validator.is_valid(piece.document):
            each_valid = False
            yield piece
    alone = _Piece({**head, key: values}, 0, path)
    if each_valid and not validator.is_valid(alone.document):  # no item may stand there twice
        yield alone


def _batches(weights: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the end of each."""
    first, held = 0, 0
    for place, weight in enumerate(weights):
        if held and held + weight > _MOST_VALUES:
            yield first, place
            first, held = place, 0
        held += weight
    if held:
        yield first, len(weights)


def _weight(value: object) -> int:
    """How many values it is."""
    if isinstance(value, dict):
        return 1 + sum(map(_weight, value.values()))
    return 1 + sum(map(_weight, value)) if isinstance(value, list) else 1


def _too_large(piece: _Piece, document: Document) -> Problem:
    path = (*piece.path, piece.first) if piece.path else tuple(key for key in piece.document if key not in _HEAD)
    node, holder = _find(document.root, path)
    line = node.key_line or node.line if node else holder.line
    return Problem(line, _written(path), f"it breaks the schema; with {piece.values} values it is too large to tell where")


def version() -> str:
    """The validator's. Raises GateUnavailable without it."""
    from importlib.metadata import version

    _library()
    return version("jsonschema-rs")


def schema(name: str) -> dict[str, object]:
    """One of the bundled files."""
    data = get_data("gates.sbom", f"schemas/{name}")
    if data is None:
        raise GateUnavailable(f"{name} is missing in this installation of gates; install it again")
    read: dict[str, object] = json.loads(data)
    return read


@cache
def licence_ids() -> frozenset[str]:
    """What `license.id` may hold: the identifiers of SPDX, those of exceptions included."""
    listed = schema(_LICENCES)["enum"]
    return frozenset(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else frozenset()


def _library() -> ModuleType:
    try:
        import jsonschema_rs
    except ImportError as error:
        raise GateUnavailable("the validator of SBOMs is not installed; pip install 'gates[sbom]'") from error
    return jsonschema_rs


@cache
def _validator(spec: str) -> Validator:
    library = _library()
    # As an enumeration each wrong identifier would cost an error with a list of all the right ones.
    licences: tuple[str, object] = (_BASE + _LICENCES, {"type": "string", "format": _LICENCE})
    validator: Validator = library.validator_for(
        schema(_SCHEMAS[spec]),
        registry=library.Registry([licences, *((_BASE + name, schema(name)) for name in _REFERRED)]),
        validate_formats=True,
        formats={_LICENCE: licence_ids().__contains__},
        offline=True,
        mask="this value",
        # The engine without look-around and back-references: linear in the length of the text.
        pattern_options=library.RegexOptions(),
    )
    return validator


def _problem(error: ValidationError, piece: _Piece, document: Document) -> Problem:
    error = _nearest_branch(error)
    path = error.instance_path
    if piece.path and path:
        place = path[1] if len(path) > 1 else None
        path = [*piece.path, *([place + piece.first] if isinstance(place, int) else []), *path[2:]]
    node, holder = _find(document.root, path)
    line, message = _said(error, node, document.spec)
    return Problem(line or (node.key_line or node.line if node else holder.line), _written(path), message)


def _nearest_branch(error: ValidationError) -> ValidationError:
    """Of the alternatives that all fail: the one that the value fits farthest, and there what is wrong."""
    while branches := _branches(error):
        errors = min(branches, key=lambda found: (-min(len(each.instance_path) for each in found), len(found)))
        error = min(errors, key=lambda each: (len(each.instance_path), each.kind.name))
    return error


def _branches(error: ValidationError) -> list[list[ValidationError]]:
    context: Sequence[Sequence[ValidationError]] = getattr(error.kind, "context", None) or ()
    return [list(branch) for branch in context if branch]


def _find(root: Node, path: Sequence[str | int]) -> tuple[Node | None, Node]:
    """The value at the path, None where there is none, and the last one on the way."""
    node = root
    for step in path:
        child: Node | None = None
        if isinstance(step, int):
            child = node.value[step] if isinstance(node.value, list) and step < len(node.value) else None
        elif isinstance(node.value, dict):
            child = node.value.get(step)
        if child is None:
            return None, node
        node = child
    return node, node


def _said(error: ValidationError, node: Node | None, spec: str) -> tuple[int, str]:
    """The line, 0 for the value's own, and what is wrong."""
    kind = error.kind
    value = quoted(node.value) if node is not None and isinstance(node.value, str) else "the value"
    match kind.name:
        case "required":
            return 0, f"{getattr(kind, 'property', '?')!r} is missing"
        case "additionalProperties":
            return _unknown(list(getattr(kind, "unexpected", ())), node, spec)
        case "enum":
            options = [option for option in getattr(kind, "options", ()) if isinstance(option, str)]
            if len(options) <= _FEW:
                return 0, f"{value} is none of {', '.join(options)}"
            return 0, f"{value} is none of the {len(options)} values that are allowed{_hint(node, options)}"
        case "pattern":
            return 0, f"{value} is not of the form {getattr(kind, 'pattern', '')}"
        case "format":
            form = getattr(kind, "format", "")
            return 0, f"{value} is no {form}{_hint(node, licence_ids()) if form == _LICENCE else ''}"
        case "type":
            return 0, f"{value} is no {' or '.join(getattr(kind, 'types', ()))}"
        case "uniqueItems":
            return 0, "an entry stands here twice"
        case "oneOf" | "anyOf" | "oneOfMultipleValid" | "oneOfNotValid":
            return 0, "more than one of the alternatives fits, or none"
    return 0, error.message[:200]


def _hint(node: Node | None, options: Iterable[str]) -> str:
    return nearest(node.value, options) if node is not None and isinstance(node.value, str) else ""


def _unknown(keys: Sequence[str], node: Node | None, spec: str) -> tuple[int, str]:
    named = ", ".join(map(quoted, keys[:_NAMED])) + (f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else "")
    lines = [node.value[key].key_line for key in keys if node is not None and isinstance(node.value, dict) and key in node.value]
    return min(lines, default=0), f"CycloneDX {spec} knows no {named} here"


def _written(path: Sequence[str | int]) -> str:
    return "".join(_steps(path)).lstrip(".")


def _steps(path: Sequence[str | int]) -> Iterator[str]:
    for step in path:
        yield f"[{step}]" if isinstance(step, int) else f".{step}"
