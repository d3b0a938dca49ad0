"""A compose file with the files that it draws in: its override, what it includes, what its services extend."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence

from gates.container.compose import keys
from gates.container.compose.items import Item, Source, build, entries, table
from gates.container.compose.merging import MAX_MERGED, Merger, TooMuch
from gates.container.compose.model import Compose, Problem, UnknownKey
from gates.container.compose.services import specs
from gates.container.compose.settings import text, within
from gates.core.documents import DocumentError, Node, read_yamls
from gates.core.patterns import lazy

# in the order in which compose looks for them
NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml")

MAX_FILES = 200
MAX_FILE = 1 << 20
MAX_BYTES = 8 << 20  # of all files that are drawn in
MAX_PROBLEMS = 1_000
MAX_EXTENDS = 32  # services that extend one another in a row
MAX_INCLUDES = 32  # files that include one another in a row

# marks of a template engine where a value or a line starts, which YAML cannot have there, and statements of one anywhere
_TEMPLATE = lazy(
    r"""^[ \t]*(?:-[ \t]+)*(?:[^\s:\#'"]+:[ \t]+)?\[?[ \t]*(?:\{\{|\{%|\{\#|<%)
    |   \{%[-+]?[ \t]*(?:if|for|else|elif|end[a-z]+|set|include|import|block|macro|raw)\b""",
    re.MULTILINE | re.VERBOSE,
)
_STARTED = ("services", "jobs")
_ELEMENTS = (*_STARTED, "networks", "volumes", "secrets", "configs", "models")
_LEGACY = frozenset(("image", "build", "extends"))

Read = Callable[[str], bytes | None]


def load(path: str, read: Read, paths: Sequence[str] = ()) -> Compose:
    """The file by itself, with what it includes and extends. `read` gives None for what is not in the repository.

    Raises DocumentError where the file cannot be read; another one that cannot is a problem.
    """
    return _Loader(path, read).compose((path,))


def merged(path: str, read: Read, paths: Sequence[str]) -> Compose:
    """As `load`, with the override file that compose takes beside it by itself, if `paths` has one."""
    beside = override(path, paths)
    return _Loader(path, read).compose((path,) if beside is None else (path, beside))


def override(path: str, paths: Sequence[str]) -> str | None:
    """The override file that is merged into the file by default; None for a file that is not one of the default names.

    Compose takes the first of its names whatever the file's own; the older docker-compose knows only those like its own, which a file
    that stands behind another in compose's order can only be started with.
    """
    folder, name = posixpath.split(path)
    if name not in NAMES:
        return None
    present = set(paths)
    first = next((each for each in NAMES if posixpath.join(folder, each) in present or each == name), name)
    wanted = OVERRIDES if first == name else tuple(each for each in OVERRIDES if each.startswith("docker-") == name.startswith("docker-"))
    return next((found for each in wanted if (found := posixpath.join(folder, each)) in present), None)


class _Template(Exception):
    """The text is for a template engine first."""


class _Loader:
    def __init__(self, path: str, read: Read) -> None:
        self._path = path
        self._read = read
        self._files: list[str] = []
        self._bytes = 0
        self._documents: dict[Source, Item | None] = {}
        self._projects: dict[tuple[tuple[str, ...], str], Item | None] = {}
        self._extended: dict[tuple[Source, str, str], Item] = {}
        self._legacy: set[Source] = set()
        self._problems: list[Problem] = []
        self._unknown: list[UnknownKey] = []
        self._merger = Merger(self._problems)

    def compose(self, files: tuple[str, ...]) -> Compose:
        try:
            document = self._project(files, posixpath.dirname(self._path), ())
        except _Template:
            problem = Problem(self._path, 0, "the file is a template; what it says is known once it is filled in", unseen=True)
            return Compose(self._path, (self._path,), problems=(problem,), template=True)
        except TooMuch:
            self._problem(None, f"more than {MAX_MERGED} values are copied by merging; write less, or extend fewer services")
            document = None
        found = () if document is None else specs(document, self._problems)
        unknown, problems = tuple(dict.fromkeys(self._unknown)), tuple(dict.fromkeys(self._problems))[:MAX_PROBLEMS]
        return Compose(self._path, tuple(self._files), found, unknown, problems, merged=len(files) > 1)

    def _problem(self, item: Item | None, message: str, *, unseen: bool = False) -> None:
        path, line = (self._path, 0) if item is None else (item.source.path, item.key_line or item.line)
        self._problems.append(Problem(path, line, message, unseen))

    def _way_out(self) -> str:
        return f"exclude {self._path} in the policy"

    # files

    def _project(self, files: tuple[str, ...], directory: str, including: tuple[str, ...], asked: Item | None = None) -> Item | None:
        """The files merged one over the other, each with its includes and its services extended."""
        known = (files, directory)
        if known not in self._projects:
            document: Item | None = None
            for path in files:
                source = Source(path, directory)
                given = self._document(source, asked)
                if given is None:
                    continue
                self._check(given)
                given = self._with_services_extended(self._with_includes(given, (*including, path)), source)
                document = given if document is None else self._merger.files(document, given)
            self._projects[known] = document
        return self._projects[known]

    def _document(self, source: Source, asked: Item | None) -> Item | None:
        """None where there is no compose file to be read; what is wrong with it is then a problem. `asked` draws it in."""
        if source not in self._documents:
            self._documents[source] = None
            nodes = self._nodes(source.path, asked)
            invalid: list[Problem] = []
            if nodes is not None:
                documents = [build(node, source, invalid) for node in nodes if node.value is not None]
                self._documents[source] = self._shaped(documents, source)
            if self._documents[source] is not None:
                self._problems += invalid
        return self._documents[source]

    def _nodes(self, path: str, asked: Item | None) -> list[Node] | None:
        data = self._read(path) if len(self._files) < MAX_FILES and self._bytes < MAX_BYTES else None
        if data is None:
            if path == self._path:
                raise DocumentError("the file cannot be read", path)
            full = len(self._files) >= MAX_FILES or self._bytes >= MAX_BYTES
            reason = "one file too many" if full else f"not in the repository; commit it, or {self._way_out()}"
            self._problem(asked, f"{path!r} is {reason}")
            return None
        if path not in self._files:
            self._files.append(path)
            self._bytes += len(data)
        try:
            return read_yamls(data, path, max_bytes=MAX_FILE, local_tags=True, core_numbers=True, repeated_merges=True)
        except DocumentError as error:
            if _is_template(data):
                if path == self._path:
                    raise _Template from None
                self._problems.append(Problem(path, 0, "the file is a template; what it says is known once it is filled in", unseen=True))
            elif path == self._path:
                raise
            else:
                self._problems.append(Problem(path, error.line, error.message))
            return None

    def _shaped(self, documents: list[Item], source: Source) -> Item | None:
        """One mapping with `services`, of what may be several documents; None where it is no compose file."""
        expected = posixpath.basename(source.path) in (*NAMES, *OVERRIDES)
        document: Item | None = None
        for each in documents:
            if not isinstance(each.value, dict):
                if expected:
                    self._problem(each, "a compose file is a mapping")
                return None
            document = each if document is None else self._merger.files(document, each)
        given = table(document)
        if document is None or not given:
            if expected:
                self._problems.append(Problem(source.path, 0, "the compose file is empty"))
            return None
        services = given.get("services")
        if services is not None and services.value is not None and not isinstance(services.value, dict):
            if "compose" in posixpath.basename(source.path):
                self._problem(services, "services is a mapping of names to services")
            return None
        if "services" in given or "jobs" in given or "include" in given:
            return document
        if _is_legacy(given):
            self._legacy.add(source)
            return document._replace(value={"services": document})
        if all(key in keys.FILE.keys or key.startswith("x-") for key in given):
            return document
        if expected:
            self._problem(document, "the compose file has no services")
        return None

    def _check(self, document: Item) -> None:
        """Keys that nothing knows, and services that are none."""
        given = table(document)
        legacy = document.source in self._legacy
        for section in _STARTED:
            for name, service in table(given.get(section)).items():
                if legacy:
                    self._unknown += keys.unknown(service, keys.LEGACY_SERVICE, f"service {name}")
                if not isinstance(service.value, dict) and service.value is not None:
                    self._problem(service, f"{section.removesuffix('s')} {name} is a mapping")
        if not legacy:
            self._unknown += keys.unknown(document, keys.FILE, "the file")

    # include

    def _with_includes(self, document: Item, including: tuple[str, ...]) -> Item:
        given = table(document)
        included = given.get("include")
        if included is None:
            return document
        if not isinstance(included.value, list):
            self._problem(included, "include is a list")
        elements = {name: dict(table(given.get(name))) for name in _ELEMENTS}
        for entry in entries(included):
            project = self._included(entry, including)
            for name in _ELEMENTS if project is not None else ():
                for key, item in table(table(project).get(name)).items():
                    if elements[name].setdefault(key, item).value is not item.value:
                        self._problem(elements[name][key], f"{key!r} of {name} is in an included file too; the one here is judged")
        values = {name: (given.get(name) or included)._replace(value=value) for name, value in elements.items() if value}
        return document._replace(value={**given, **values})

    def _included(self, entry: Item, including: tuple[str, ...]) -> Item | None:
        given = table(entry)
        files: list[str] = []
        for item in entries(given.get("path")) if given else (entry,):
            path = self._drawn_in(item)
            if path is None:
                return None
            files.append(path)
        if not files:
            return None
        if files[0] in including:
            self._problem(entry, f"{files[0]!r} includes itself")
            return None
        if len(including) > MAX_INCLUDES:
            self._problem(entry, f"more than {MAX_INCLUDES} files include one another")
            return None
        named = text(given.get("project_directory"))
        directory = within(entry.source.directory, named.value) if named is not None and named.value is not None else None
        return self._project(tuple(files), posixpath.dirname(files[0]) if directory is None else directory, including, entry)

    def _drawn_in(self, item: Item) -> str | None:
        """The path of another compose file, as one of the repository."""
        named = text(item)
        if named is None:
            self._problem(item, "the path of a file is needed here")
            return None
        path = within(item.source.directory, named.value) if named.value is not None else None
        if not path:
            why = "is outside of the repository or cannot be told, so what it adds cannot be judged"
            self._problem(item, f"{named.text!r} {why}; put it into the repository, or {self._way_out()}")
            return None
        return path

    # extends

    def _with_services_extended(self, document: Item, source: Source) -> Item:
        """Jobs extend jobs, or services of other files."""
        values = dict(table(document))
        for section in _STARTED:
            given = table(values.get(section))
            if any("extends" in table(item) for item in given.values()):
                extended = {name: self._service(name, given, source, (), section) for name in given}
                values[section] = values[section]._replace(value=extended)
        return document._replace(value=values)

    def _service(self, name: str, services: dict[str, Item], source: Source, chain: tuple[tuple[str, str], ...], section: str) -> Item:
        """The service over what it extends. `services` is this section with what is included, or "" those of an extended file alone."""
        known = (source, name, section)
        if known not in self._extended:
            self._extended[known] = self._extend(name, services, source, chain, section)
        return self._extended[known]

    def _extend(self, name: str, services: dict[str, Item], source: Source, chain: tuple[tuple[str, str], ...], section: str) -> Item:
        item = services[name]
        extends = table(item).get("extends")
        if extends is None or not isinstance(item.value, dict):
            return item
        service = item._replace(value={key: value for key, value in item.value.items() if key != "extends"})
        base = self._base(name, extends, services, source, (*chain, (source.path, name)), section)
        if base is None:
            return service
        merged = self._merger.services(base, service)
        return service._replace(value=merged.value)

    def _base(
        self,
        name: str,
        extends: Item,
        services: dict[str, Item],
        source: Source,
        chain: tuple[tuple[str, str], ...],
        section: str,
    ) -> Item | None:
        given = table(extends)
        named = text(given.get("service") if given else extends)
        if named is None or named.value is None:
            way_out = f"; name it, or {self._way_out()}" if named is not None else ""
            self._problem(extends, f"service {name} extends a service that cannot be told{way_out}")
            return None
        if "file" in given:
            path = self._drawn_in(given["file"])
            if path is None:
                return None
            if path != source.path:
                source, section = Source(path, posixpath.dirname(path)), ""
                document = self._document(source, given["file"])
                if document is None:
                    return None
                services = table(table(document).get("services"))
        if (source.path, named.value) in chain:
            self._problem(extends, f"service {name} extends itself")
            return None
        if len(chain) > MAX_EXTENDS:
            self._problem(extends, f"more than {MAX_EXTENDS} services extend one another")
            return None
        if named.value not in services:
            self._problem(extends, f"service {name} extends {named.value!r}, which {source.path!r} does not have")
            return None
        if not section:
            self._unknown += keys.unknown(services[named.value], keys.SERVICE, f"service {named.value}")
        return self._service(named.value, services, source, chain, section)


def _is_template(data: bytes) -> bool:
    """Whether marks of a template engine may be why the text is no YAML."""
    try:
        return len(data) <= MAX_FILE and b"\0" not in data and _TEMPLATE.search(data.decode()) is not None
    except UnicodeDecodeError:
        return False


def _is_legacy(given: dict[str, Item]) -> bool:
    """Version 1 of the format: services at the top."""
    services = [item for key, item in given.items() if not key.startswith("x-")]
    return bool(services) and all(
        isinstance(item.value, dict)
        and _LEGACY & item.value.keys()
        and not ("image" in item.value and isinstance(item.value["image"].value, dict | list))
        for item in services
    )
