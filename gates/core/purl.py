"""Package URLs and version ranges, as far as waivers need them.

Formats: https://github.com/package-url/purl-spec and https://github.com/package-url/vers-spec.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from itertools import pairwise
from typing import Any, NamedTuple

from gates.core.patterns import lazy


class Purl(NamedTuple):
    """In canonical form: two purls of one package have equal `type`, `namespace` and `name`. `version` is "" where none is given."""

    type: str
    namespace: str
    name: str
    version: str = ""

    def __str__(self) -> str:
        """For people: unescaped, but for the @ of an npm scope."""
        path = "/".join(filter(None, (self.namespace.replace("@", "%40"), self.name)))
        return f"pkg:{self.type}/{path}" + (f"@{self.version}" if self.version else "")


_PURL = lazy(r"pkg:/{0,2}([A-Za-z][A-Za-z0-9.+-]*)/([^?#\s]+)(?:\?[^#\s]*)?(?:#\S*)?")
_LOWER = frozenset({"apk", "bitbucket", "composer", "deb", "github", "gitlab", "golang", "hex", "npm", "pub", "pypi"})


def parse_purl(text: str) -> Purl:
    """Qualifiers and the subpath are dropped. Raises ValueError."""
    from urllib.parse import unquote

    match = _PURL.fullmatch(text)
    if match is None:
        raise ValueError("no package URL such as pkg:pypi/requests")
    kind = match[1].lower()
    # The version's @ is the last one behind the last /: an npm scope is written %40 or, by many, a plain @ in front of a name.
    folder, _, leaf = match[2].strip("/").rpartition("/")
    name, at, version = leaf.rpartition("@")
    if not at:
        name, version = leaf, ""
    name, namespace, version = unquote(name), unquote(folder), unquote(version)
    if not name or (at and not version):
        raise ValueError("the package URL lacks a name or, behind its @, a version")
    if kind in _LOWER:
        name, namespace = name.lower(), namespace.lower()
    if kind == "pypi":
        name = re.sub(r"[-_.]+", "-", name)
    return Purl(kind, namespace, name, version)


def same_package(wanted: Purl, found: Purl) -> bool:
    """The version counts only where `wanted` gives one."""
    if wanted[:3] != found[:3]:
        return False
    return not wanted.version or same_version(wanted.type, wanted.version, found.version)


def same_version(kind: str, one: str, other: str) -> bool:
    key = _KEYS.get(kind)
    if key is None or one == other:
        return one == other
    try:
        return bool(key(one) == key(other))
    except ValueError:
        return False


def version_key(kind: str, version: str) -> Hashable:
    """Equal for two ways of writing one version, as `same_version` has it."""
    key = _KEYS.get(kind)
    try:
        return key(version) if key else version
    except ValueError:
        return version


def compare_versions(kind: str, one: str, other: str) -> int | None:
    """-1 where the first is the older one, 0 where they are one version, 1 otherwise; None where their order is not known here."""
    key = _KEYS.get(kind)
    try:
        first, second = (key(one), key(other)) if key else ((), ())
    except ValueError:
        return None
    return (first > second) - (first < second) if key else None


class Range(NamedTuple):
    """`bounds` are (comparator, version) pairs in ascending order of version."""

    type: str
    bounds: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"vers:{self.type}/" + "|".join(comparator + version for comparator, version in self.bounds)


_COMPARATOR = lazy(r"(>=|<=|!=|<|>|=)?\s*(\S+)")


def parse_range(text: str) -> Range:
    """`vers:pypi/>=1.0|<2.31.0`. Raises ValueError, also for types whose order of versions is not known here and for `*`."""
    from urllib.parse import unquote

    scheme, _, body = text.partition("/")
    kind = scheme.removeprefix("vers:").lower()
    if not scheme.startswith("vers:") or not body:
        raise ValueError("no version range such as vers:pypi/>=1.0|<2.31.0")
    key = _KEYS.get(kind)
    if key is None:
        raise ValueError(f"ranges of {kind!r} versions are not supported yet; only those of {' and '.join(_KEYS)} are")
    bounds = []
    for part in body.split("|"):
        match = _COMPARATOR.fullmatch(part.strip())
        if match is None or match[2] == "*":
            raise ValueError("a version range is a list of versions with =, !=, <, <=, > or >=, and never a wildcard")
        bounds.append((match[1] or "=", unquote(match[2])))
    ordered = tuple(sorted(bounds, key=lambda bound: key(bound[1])))
    versions = [key(version) for _, version in ordered]
    if any(one == other for one, other in pairwise(versions)):
        raise ValueError("a version occurs twice in the range")
    sides = [comparator[0] for comparator, _ in ordered if comparator[0] in "<>"]
    if any(one == other for one, other in pairwise(sides)):
        raise ValueError("the range holds a bound that another one makes useless")
    return Range(kind, ordered)


def in_range(wanted: Range, version: str) -> bool:
    """False for a version that cannot be read: what cannot be compared is not covered."""
    key = _KEYS[wanted.type]
    try:
        found = key(version)
    except ValueError:
        return False
    for comparator, bound in wanted.bounds:
        if key(bound) == found:
            return comparator in ("=", "<=", ">=")
    sides = [(comparator[0], key(bound)) for comparator, bound in wanted.bounds if comparator[0] in "<>"]
    if not sides:
        return all(comparator == "!=" for comparator, _ in wanted.bounds)
    below = [side for side, bound in sides if bound < found]
    above = [side for side, bound in sides if bound > found]
    # Sides alternate, so the nearest bound on either hand decides alone.
    return (not below or below[-1] == ">") and (not above or above[0] == "<")


_PYPI = lazy(
    r"""v?(?:([0-9]{1,9})!)?([0-9]{1,18}(?:\.[0-9]{1,18}){0,31})
    (?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?([0-9]{0,18}))?
    (?:-([0-9]{1,18})|[-_.]?(post|rev|r)[-_.]?([0-9]{0,18}))?
    (?:[-_.]?(dev)[-_.]?([0-9]{0,18}))?
    (?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?""",
    re.VERBOSE,
)
_PRE = {"a": "a", "alpha": "a", "b": "b", "beta": "b", "c": "rc", "rc": "rc", "pre": "rc", "preview": "rc"}


def _pypi_key(version: str) -> tuple[Any, ...]:
    """Sorts as the version scheme of Python packages says (PEP 440). Raises ValueError."""
    match = _PYPI.fullmatch(version.strip().lower())
    if match is None or len(version) > 300:
        raise ValueError(f"{version[:60]!r} is no version of a Python package")
    epoch, release, pre, pre_number, implicit_post, post, post_number, dev, dev_number, local = match.groups()
    numbers = [int(part) for part in release.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    is_post = bool(implicit_post or post)
    # A development release comes before the pre-releases of its version, and those before the release itself.
    stage = (_PRE[pre], int(pre_number or 0)) if pre else ("", 0) if dev and not is_post else ("~", 0)
    return (
        int(epoch or 0),
        tuple(numbers),
        stage,
        int(implicit_post or post_number or 0) if is_post else -1,
        (0, int(dev_number or 0)) if dev else (1, 0),
        tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"[-_.]", local)) if local else (),
    )


_NPM = lazy(r"v?([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,18})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?")


def _npm_key(version: str) -> tuple[Any, ...]:
    """Sorts as semantic versioning 2.0.0 says; build metadata does not count. Raises ValueError."""
    match = _NPM.fullmatch(version.strip())
    if match is None or len(version) > 300:
        raise ValueError(f"{version[:60]!r} is no semantic version")
    pre = match[4]
    identifiers = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".")) if pre else ()
    return int(match[1]), int(match[2]), int(match[3]), not pre, identifiers


_KEYS: dict[str, Callable[[str], tuple[Any, ...]]] = {"pypi": _pypi_key, "npm": _npm_key}
