"""What the readers share: names, versions, hashes and addresses, checked where they are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from gates.core.documents import DocumentError, Table
from gates.core.documents.node import quoted
from gates.core.patterns import lazy
from gates.inventory.package import Package, canonical

MAX_BYTES = 64 << 20  # locks of large workspaces reach some megabytes
_LONGEST = 300  # characters of a name or a version; a number of thousands of digits is refused by Python itself

_HASH = lazy(r"([a-z0-9]+):([0-9a-f]+)")
_SCP = lazy(r"[^/@:\s]+@([^/:@\s]+:)")


def parse_name(text: str) -> str:
    """Canonical. Raises ValueError."""
    from packaging.utils import canonicalize_name

    if len(text) > _LONGEST or not text.isascii():
        raise ValueError(f"{quoted(text)} is no name of a Python package")
    return canonicalize_name(text, validate=True)


def parse_version(text: str) -> str:
    """Normalised, so that one version is written one way. Raises ValueError."""
    from packaging.version import Version

    if len(text) > _LONGEST:
        raise ValueError(f"{quoted(text)} is no version")
    return str(Version(text))


def name_of(table: Table, key: str = "name") -> str:
    text = table.text(key)
    try:
        return parse_name(text)
    except ValueError:
        raise table.error(f"{quoted(text)} is no name of a Python package", key) from None


def version_of(table: Table, key: str = "version") -> str:
    text = table.text(key)
    try:
        return parse_version(text)
    except ValueError:
        raise table.error(f"{quoted(text)} is no version of a Python package", key) from None


def parse_hash(text: str) -> str:
    """ "sha256:…" in lower case. Raises ValueError."""
    text = text.strip().lower()
    if not _HASH.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no hash such as sha256:…")
    return text


def hash_of(table: Table, key: str = "hash") -> str:
    try:
        return parse_hash(table.text(key))
    except ValueError as error:
        raise table.error(str(error), key) from None


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """In the order of their first appearance."""
    return tuple(dict.fromkeys(texts))


def address(url: str) -> str:
    """For people to see: without a user, a password, a query and a fragment, any of which may hold a token."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return _SCP.sub(r"\1", url, count=1)
    host, slash, path = rest.partition("/")
    for end in "?#":
        host, path = host.partition(end)[0], path.partition(end)[0]
    return scheme + mark + host.rpartition("@")[2] + slash + path


def is_here(path: str) -> bool:
    """Whether a folder named in a lock is the one the lock lies in."""
    return path.replace("\\", "/").rstrip("/") in ("", ".", "./.")


def leaf(written: str) -> str:
    """The file's own name, of an address or a path."""
    return unquote(written.partition("#")[0].partition("?")[0].replace("\\", "/").rpartition("/")[2])


def check_files(name: str, version: str, files: Sequence[str], path: str, line: int) -> None:
    """Refuses an entry whose `files`, as `leaf` gives them, are those of another package or version: what is installed would not be what
    is audited.
    """
    written = name.replace("-", "_")
    for file in files:
        if file.startswith(f"{written}-{version}-"):  # nearly every wheel
            continue
        if not belongs(file, name, version):
            raise DocumentError(f"{name} {version} has the file {quoted(file)}, another package's; write the lock again", path, line)


_ARCHIVES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")


def belongs(file: str, name: str, version: str) -> bool:
    """True also for a file whose name does not tell its version: names of old files follow no rule."""
    if file.endswith(".whl"):
        whose, _, rest = file.partition("-")
        return canonical(whose) == name and _same(rest.partition("-")[0], version)
    for ending in _ARCHIVES:
        if file.endswith(ending):
            stem = file.removesuffix(ending)
            # A name may hold dashes, and so may an old version: any cut that gives the right name is tried.
            cuts = [at for at, character in enumerate(stem) if character == "-" and canonical(stem[:at]) == name]
            return not cuts or any(_same(stem[at + 1 :], version) for at in cuts)
    return True


def _same(written: str, version: str) -> bool:
    from packaging.version import Version

    try:
        found = Version(written.replace("_", "-"))
    except ValueError:
        try:
            found = Version(written.replace("_", "+", 1))
        except ValueError:
            return True
    return Version(found.public) == Version(Version(version).public)


def pinned(ids: Sequence[tuple[str, str]], targets: Iterable[int]) -> tuple[tuple[str, str], ...]:
    """For `Package.needs`; `ids` has name and version of each entry that `targets` may mean."""
    return tuple(dict.fromkeys(ids[target] for target in targets))


def merged(packages: Iterable[Package]) -> tuple[Package, ...]:
    """One package for entries that differ in extras or markers alone; it needs no group if one of its entries needs none."""
    found: dict[tuple[str, str, str], Package] = {}
    for package in packages:
        key = (package.name, package.version, package.source)
        first = found.get(key)
        found[key] = package if first is None else _both(first, package)
    return tuple(found.values())


def _both(one: Package, other: Package) -> Package:
    production = not one.groups or not other.groups
    return one._replace(
        groups=() if production else unique((*one.groups, *other.groups)),
        direct=True if one.direct or other.direct else one.direct,
        chain=min(filter(None, (one.chain, other.chain)), key=len, default=()),
        hashes=unique((*one.hashes, *other.hashes)),
        needs=_joined(one, other),
        conditional=one.conditional and other.conditional,
        maybe=tuple(pin for pin in (*one.maybe, *other.maybe) if _only_maybe(pin, one) and _only_maybe(pin, other)),
        files=tuple(dict.fromkeys((*one.files, *other.files))),
        licence=one.licence or other.licence,
    )


def _only_maybe(pin: tuple[str, str], package: Package) -> bool:
    return pin in package.maybe or pin not in (package.needs or ())


def _joined(one: Package, other: Package) -> tuple[tuple[str, str], ...] | None:
    """An entry for an extra needs the plain one, and no package needs itself."""
    if one.needs is None or other.needs is None:
        return None
    found = dict.fromkeys((*one.needs, *other.needs))
    found.pop((one.name, one.version), None)
    return tuple(found)


_LEADING = lazy(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")


def leading(requirement: str) -> tuple[str, tuple[str, ...]]:
    """The canonical name and the extras that a requirement starts with, whatever follows; "" where it starts with none."""
    match = _LEADING.match(requirement)
    if match is None:
        return "", ()
    extras = tuple(canonical(extra.strip()) for extra in (match[2] or "").split(",") if extra.strip())
    return canonical(match[1]).rstrip("-"), extras
