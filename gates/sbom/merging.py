"""Another document's components in ours: an image beside what the project depends on, each with its own graph, under one root."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gates.core.documents import DocumentError, plain
from gates.core.purl import parse_purl
from gates.core.waivers_vex import Object
from gates.sbom import reading
from gates.sbom.waived import Part

_PREFIX = "image/"  # no ref of ours begins like that: they are purls
# Where a ref stands; https://cyclonedx.org/docs/1.7/json/ has no others that a component, an edge or a vulnerability holds.
_REFERRING = frozenset({"bom-ref", "ref", "dependsOn", "provides", "assemblies", "dependencies", "tools", "vulnerabilities"})
_CALLED = (":Reference", ":RepoTag", ":RepoDigest")
_TAKEN = frozenset({"components", "dependencies", "compositions", "vulnerabilities", "metadata"})
_HEAD = frozenset({"$schema", "bomFormat", "specVersion", "serialNumber", "version"})


class Image(NamedTuple):
    """What another document says, with refs that no other document has. `components` begin with the image itself, `ref` is its ref.
    `left` are the parts of the document that are not taken over.
    """

    spec: str
    ref: str
    components: tuple[Object, ...]
    dependencies: tuple[Object, ...]
    compositions: tuple[Object, ...]
    vulnerabilities: tuple[Object, ...]
    tools: tuple[Object, ...]
    left: tuple[str, ...]


def read_image(data: bytes, path: str) -> Image:
    """Of an SBOM that describes a container image. Raises DocumentError."""
    read = reading.read(data, path)
    document: Any = plain(read.root)
    main = _mapping(document.get("metadata")).get("component")
    if not isinstance(main, dict) or main.get("type") != "container":
        raise DocumentError("it does not describe a container image; gates image scan IMAGE --sbom FILE writes one that does", path)
    components = [main, *_mappings(document.get("components"))]
    refs = _referenced(components, path)
    main = components[0]
    vulnerabilities = _mappings(document.get("vulnerabilities"))
    renamed = {ref: _PREFIX + ref for ref in (*refs, *_refs_in(vulnerabilities))}
    graph = _graph(document, main["bom-ref"], components, path)
    return Image(
        spec=read.spec,
        ref=renamed[main["bom-ref"]],
        components=tuple(_moved(component, renamed) for component in components),
        dependencies=tuple(_moved(edges, renamed) for edges in graph),
        compositions=tuple(_moved(each, renamed) for each in _mappings(document.get("compositions"))),
        vulnerabilities=tuple(_moved(each, renamed) for each in vulnerabilities),
        tools=tuple(_tools(_mapping(document.get("metadata")).get("tools"))),
        left=tuple(key for key in document if key not in _TAKEN | _HEAD),
    )


def parts(image: Image) -> list[Part]:
    """Those that a waiver can be about."""
    names = tuple(_names(image.components[0]))
    found = []
    for component in _all(image.components):
        try:
            found.append(Part(component["bom-ref"], parse_purl(component["purl"]), images=names))
        except (KeyError, TypeError, ValueError):
            continue
    return found


def _names(image: Object) -> Iterator[str]:
    """Trivy keeps what the image is called beside the name that it was given, which may be that of a file."""
    name, version = image.get("name"), image.get("version")
    yield str(name)
    if isinstance(version, str):
        yield f"{name}@{version}" if version.startswith("sha256:") else f"{name}:{version}"
    for each in _mappings(image.get("properties")):
        if str(each.get("name")).endswith(_CALLED) and isinstance(each.get("value"), str):
            yield each["value"]


def with_image(document: Object, image: Image) -> Object:
    """The root needs the image, and the image what its own document says."""
    root = document["metadata"]["component"]["bom-ref"]
    edges = [_needing(each, image.ref) if each["ref"] == root else each for each in document["dependencies"]]
    unknown: Object = {"aggregate": "unknown", "dependencies": [each["ref"] for each in image.dependencies]}
    merged = {
        **document,
        "metadata": {**document["metadata"], "tools": _joined(document["metadata"]["tools"], image.tools)},
        "components": [*document["components"], *image.components],
        "dependencies": [*edges, *image.dependencies],
        "compositions": [*document["compositions"], *(image.compositions or (unknown,))],
    }
    if vulnerabilities := _vulnerabilities(document.get("vulnerabilities", ()), image.vulnerabilities):
        merged["vulnerabilities"] = vulnerabilities
    return merged


def _needing(edges: Object, ref: str) -> Object:
    return {**edges, "dependsOn": sorted({*edges.get("dependsOn", ()), ref})}


def _joined(tools: Object, more: Sequence[Object]) -> Object:
    return {**tools, "components": [*tools["components"], *(tool for tool in more if tool not in tools["components"])]}


# Vulnerabilities


def _vulnerabilities(ours: Sequence[Object], theirs: Sequence[Object]) -> list[Object]:
    """One entry for an id and what it affects: what we say of it stands with what the other document knows."""
    left: list[Object] = []
    known: dict[tuple[str, str], Object] = {}
    for each in theirs:
        for ref in _affected(each):
            known.setdefault((str(each.get("id", "")), ref), each)
    found: list[Object] = []
    said: set[tuple[str, str]] = set()
    for each in ours:
        refs = _affected(each)
        said.update((each["id"], ref) for ref in refs)
        theirs_of = next((known[each["id"], ref] for ref in refs if (each["id"], ref) in known), {})
        more = {key: value for key, value in theirs_of.items() if key not in ("bom-ref", "analysis", "affects", "properties")}
        properties = [*each["properties"], *theirs_of.get("properties", ())]
        found.append({"bom-ref": each["bom-ref"], **more, **each, "properties": properties})
    seen: set[tuple[str, frozenset[str]]] = set()
    for each in theirs:
        affects = [target for target in _mappings(each.get("affects")) if (each.get("id", ""), target.get("ref")) not in said]
        key = str(each.get("id", "")), frozenset(str(target.get("ref")) for target in affects)
        if (affects or not each.get("affects")) and key not in seen:
            seen.add(key)
            left.append({**each, "affects": affects} if affects else each)
    return [*found, *left]


def _affected(vulnerability: Object) -> list[str]:
    return [str(target.get("ref", "")) for target in _mappings(vulnerability.get("affects"))]


# Refs


def _referenced(components: list[Object], path: str) -> set[str]:
    """All refs; a component without one gets one, for nothing could lead to it."""
    refs: set[str] = set()
    for number, component in enumerate(components):
        if not isinstance(component.get("bom-ref"), str) or not component["bom-ref"]:
            components[number] = component = {**component, "bom-ref": str(component.get("purl") or f"component-{number}")}
        for each in _refs_in(component):
            if each in refs:
                raise DocumentError(f"the bom-ref {each!r} is given twice; gates sbom check tells more", path)
            refs.add(each)
    return refs


def _refs_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(ref := value.get("bom-ref"), str):
            yield ref
        for inner in value.values():
            yield from _refs_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _refs_in(inner)


def _graph(document: Mapping[str, Any], root: str, components: Sequence[Object], path: str) -> list[Object]:
    """The document's edges; what nothing in it leads to hangs on the image, which holds it."""
    known = {component["bom-ref"] for component in _all(components)}
    edges: dict[str, dict[str, None]] = {ref: {} for ref in (root, *sorted(known - {root}))}
    for each in _mappings(document.get("dependencies")):
        targets = [target for target in each.get("dependsOn") or () if isinstance(target, str)]
        for ref in (str(each.get("ref", "")), *targets):
            if ref not in known:
                raise DocumentError(f"its dependencies name {ref!r}, which is no component; gates sbom check tells more", path)
        edges[each["ref"]].update(dict.fromkeys(target for target in targets if target != each["ref"]))
    reached = _walk(root, edges)
    inner = {part["bom-ref"] for component in components for part in _all([component]) if part is not component}
    for ref in edges:
        if ref not in reached and ref not in inner:
            edges[root][ref] = None
            reached |= _walk(ref, edges)
    return [{"ref": ref, "dependsOn": list(targets)} if targets else {"ref": ref} for ref, targets in edges.items()]


def _walk(start: str, edges: Mapping[str, Mapping[str, None]]) -> set[str]:
    queue, reached = [start], {start}
    for ref in queue:  # the queue grows while it is walked
        for target in edges[ref]:
            if target not in reached:
                reached.add(target)
                queue.append(target)
    return reached


def _moved(value: Any, renamed: Mapping[str, str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _moved(inner, renamed, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, renamed, key) for inner in value]
    return renamed.get(value, value) if isinstance(value, str) and key in _REFERRING else value


def _all(components: Sequence[Object]) -> Iterator[Object]:
    """With what is part of them."""
    for component in components:
        if isinstance(component.get("bom-ref"), str):
            yield component
        yield from _all(_mappings(component.get("components")))


def _tools(tools: object) -> Iterator[Object]:
    """Up to 1.4 they were no components: https://cyclonedx.org/docs/1.4/json/#metadata_tools"""
    for tool in _mappings(tools.get("components")) if isinstance(tools, dict) else _mappings(tools):
        named = {key: tool[key] for key in ("group", "name", "version") if isinstance(tool.get(key), str)}
        if "name" in named:
            yield {"type": "application", **named}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> list[Object]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
