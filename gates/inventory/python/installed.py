"""What installed packages tell of themselves and of each other: licences, who made them, what they need, which wheel they came in.

Formats: https://packaging.python.org/en/latest/specifications/core-metadata/ and
https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from gates.core.documents import DocumentError
from gates.core.documents.node import quoted
from gates.core.patterns import lazy
from gates.inventory.package import Artifact, Package, canonical
from gates.inventory.python.environment import distributions, parse_headers, read_regular
from gates.inventory.python.reading import leading

if TYPE_CHECKING:
    from email.message import Message

_NOTHING = frozenset({"", "unknown", "none"})  # what older tools write for a field that was left empty
_LICENCE = "License :: "
_LONGEST = 4_000  # characters of one requirement
_SECTION = lazy(r"\[([^:\]]*)(?::([^\]]*))?\]$")  # of requires.txt: an extra, a marker or both


class Installed(NamedTuple):
    """`name` and `version` are as in Package. `expression` is the field License-Expression, `licence` the field License, which may hold
    a whole licence or anything else, `classifiers` those of licences; "" and () where the package says nothing.

    `authors` and `maintainers` are names, without addresses. `links` are Project-URL, label and address, then Home-page and Download-URL
    under these labels. `needs` are canonical names of installed packages, `missing` of those that it needs and that are not installed.
    `tags` and `build` are of the wheel that it was installed from, () where nothing tells. `address` is where it was installed from if
    that is no registry, and `digests` are those of the archive there, written as in Package. `recorded`: RECORD lists what was installed.
    """

    name: str
    version: str
    path: str
    expression: str = ""
    licence: str = ""
    classifiers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    maintainers: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    build: str = ""
    address: str = ""
    digests: tuple[str, ...] = ()
    recorded: bool = False
    summary: str = ""
    always: tuple[str, ...] = ()  # those of `missing` that no marker makes a matter of the platform


class _Required(NamedTuple):
    name: str
    extras: tuple[str, ...]
    marker: str
    extra: str | None = None  # of requires.txt, whose sections are named after extras; a marker says it itself


def details(site_packages: str, markers: Mapping[str, str], extras: Mapping[str, Collection[str]] | None = None) -> dict[str, Installed]:
    """By canonical name. `markers` are those of the environment's Python, as `interpreter.markers` tells them.

    A package needs another where a Requires-Dist whose marker holds there names it. What an extra adds counts where a package that is
    installed asks for that extra, or where `extras` does, canonical name to extras: what the project itself asks for is not to be seen
    here. Neither files nor markers are run. Raises as `read_environment`, and DocumentError also for what cannot be understood.
    """
    found = list(distributions(site_packages))
    numbers = {distribution.package.name: number for number, distribution in enumerate(found)}
    holds = _holding(markers)
    required = [list(_required(distribution.package.path, distribution.headers)) for distribution in found]
    asked = {name: {"", *map(canonical, wanted)} for name, wanted in (extras or {}).items()}
    needs: dict[str, dict[str, None]] = {}
    always: set[tuple[str, str]] = set()
    queue = [(name, extra) for name in numbers for extra in sorted(asked.get(name, {""}))]
    seen = set(queue)
    for name, extra in queue:  # the queue grows while it is walked
        for item in required[numbers[name]]:
            if not holds(found[numbers[name]].package, item, extra):
                continue
            needs.setdefault(name, {})[item.name] = None
            if not item.marker:
                always.add((name, item.name))
            for further in item.extras:
                if item.name in numbers and (item.name, further) not in seen:
                    seen.add((item.name, further))
                    queue.append((item.name, further))
    return {
        name: _details(found[number].package, found[number].headers)._replace(
            needs=tuple(need for need in needs.get(name, ()) if need in numbers and need != name),
            missing=tuple(need for need in needs.get(name, ()) if need not in numbers),
            always=tuple(need for need in needs.get(name, ()) if need not in numbers and (name, need) in always),
        )
        for name, number in numbers.items()
    }


def _details(package: Package, headers: Message | None) -> Installed:
    found = Installed(package.name, package.version, package.path, address=package.source, digests=package.hashes)
    if headers is None:
        return found
    wheel = _wheel(package.path)
    return found._replace(
        expression=_field(headers, "License-Expression"),
        licence=_field(headers, "License"),
        classifiers=tuple(text for text in _fields(headers, "Classifier") if text.startswith(_LICENCE)),
        authors=_people(headers, "Author"),
        maintainers=_people(headers, "Maintainer"),
        links=tuple(_links(headers)),
        tags=tuple(_fields(wheel, "Tag")) if wheel is not None else (),
        build=_field(wheel, "Build") if wheel is not None else "",
        recorded=os.path.isfile(f"{package.path}/RECORD"),
        summary=_field(headers, "Summary"),
    )


def _wheel(folder: str) -> Message | None:
    path = f"{folder}/WHEEL"
    return parse_headers(read_regular(path, folder), folder) if os.path.lexists(path) else None


def _fields(headers: Message, name: str) -> Iterator[str]:
    for value in headers.get_all(name, []):
        text = str(value).strip()
        if text.lower() not in _NOTHING:
            yield text


def _field(headers: Message, name: str) -> str:
    return next(_fields(headers, name), "")


def _people(headers: Message, field: str) -> tuple[str, ...]:
    """Since pyproject.toml, names stand with their addresses in the field for addresses, and may stand in both."""
    found: list[str] = []
    for text in (*_fields(headers, field), *_fields(headers, f"{field}-email")):
        found.extend(name for name in _names(text) if not any(name in other for other in found))
    return tuple(found)


def _names(text: str) -> Iterator[str]:
    """What is left without addresses. A comma parts names only behind an address: a company's name may hold one too."""
    for part in text.split(">") if "@" in text else [text]:
        before = part.partition("<")[0] if "@" in text else part
        words = " ".join(word for word in before.split() if "@" not in word)
        name = words.strip(" ,;").strip("\"' ")
        if name.lower() not in _NOTHING:
            yield name


def _links(headers: Message) -> Iterator[tuple[str, str]]:
    for text in _fields(headers, "Project-URL"):
        label, comma, address = text.partition(",")
        if comma and address.strip():
            yield label.strip(), address.strip()
    for field in ("Home-page", "Download-URL"):
        if text := _field(headers, field):
            yield field, text


# --- what a package needs ----------------------------------------------------------------------------------------------------------


def _required(folder: str, headers: Message | None) -> Iterator[_Required]:
    if headers is None:
        return
    for value in headers.get_all("Requires-Dist", []):
        yield _requirement(str(value).strip(), folder)
    if folder.lower().endswith((".egg-info", ".egg")):
        yield from _of_egg(folder)


def _requirement(text: str, folder: str) -> _Required:
    """Versions are not looked at: what is installed was chosen by somebody else, and old ones follow no rule."""
    name, extras = leading(text) if len(text) <= _LONGEST else ("", ())
    if not name:
        raise DocumentError(f"its metadata holds {quoted(text[:100])}, which is no requirement; reinstall the package", folder)
    # An address may hold a semicolon; only one behind a blank ends it.
    separator = " ;" if "@" in text.partition(";")[0] else ";"
    return _Required(name, extras, text.partition(separator)[2].strip())


def _of_egg(folder: str) -> Iterator[_Required]:
    """What setuptools keeps beside PKG-INFO: https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html#requires-txt"""
    path = next((path for path in (f"{folder}/requires.txt", f"{folder}/EGG-INFO/requires.txt") if os.path.lexists(path)), "")
    if not path:
        return
    extra, marker = "", ""
    for line in read_regular(path, folder).decode("utf-8", "replace").splitlines():
        text = line.strip()
        if section := _SECTION.match(text):
            extra, marker = canonical(section[1].strip()), (section[2] or "").strip()
        elif text and not text.startswith("#"):
            found = _requirement(text, folder)
            both = f"({marker}) and ({found.marker})" if marker and found.marker else marker or found.marker
            yield found._replace(marker=both, extra=extra)


def _holding(markers: Mapping[str, str]) -> Callable[[Package, _Required, str], bool]:
    from packaging.markers import Marker

    answers: dict[tuple[str, str], bool] = {}  # a few markers stand in thousands of requirements

    def holds(package: Package, item: _Required, extra: str) -> bool:
        if item.extra is not None and item.extra != extra:
            return False
        if not item.marker:
            return True
        key = (item.marker, extra)
        if key not in answers:
            try:
                answers[key] = Marker(item.marker).evaluate({**markers, "extra": extra})
            except (ValueError, LookupError, RecursionError):
                raise DocumentError(f"its metadata holds {quoted(item.marker[:100])}, which is no marker", package.path) from None
        return answers[key]

    return holds


# --- which file of a registry it was -----------------------------------------------------------------------------------------------


_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz")
_MOST_TAGS = 1_000  # of one wheel
_LINUX = lazy(r"(?:many|musl)?linux\w*?_((?:x86_64|i686|aarch64|armv\w+|ppc64\w*|s390x|riscv64|loongarch64))")


def matched(installed: Installed, files: Sequence[Artifact]) -> Artifact | None:
    """Which of the files that a lock names for this name and version was installed; None where that cannot be told.

    A wheel is told by its tags: those of its file name are those of WHEEL in it. Where no wheel of the lock could have given these, the
    package was built from the sdist. None also where it came from somewhere else than a registry, unless the digest is one of theirs.
    """
    if installed.digests or installed.address:
        return next((file for file in files if file.hash and file.hash in installed.digests), None)
    sdists = [file for file in files if file.name.endswith(_SDISTS)]
    if installed.path.lower().endswith((".egg-info", ".egg")):
        return _only(sdists)  # no wheel is installed like that
    tags = frozenset(tag for written in installed.tags for tag in _expanded(written))
    wheels = [(file, _of_name(file.name)) for file in files if file.name.endswith(".whl")]
    if not tags:
        return _only(list(files))
    same = [file for file, named in wheels if named == tags] or [file for file, named in wheels if named & tags]
    if same:
        return _only([file for file in same if _build(file.name) == installed.build]) or _only(same)
    if near := [file for file, named in wheels if not _families(named).isdisjoint(_families(tags))]:
        # Some projects rename a finished wheel, which may thus have been installed as well as one that was built from the sdist.
        return None if sdists else _only(near)
    return _only(sdists)


def _only(files: Sequence[Artifact]) -> Artifact | None:
    return files[0] if len(files) == 1 else None


def _of_name(file: str) -> frozenset[str]:
    """https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention"""
    return _expanded("-".join(file.removesuffix(".whl").rsplit("-", 3)[1:]))


def _build(file: str) -> str:
    parts = file.split("-")
    return parts[2] if len(parts) == 6 else ""


def _expanded(tag: str) -> frozenset[str]:
    """ "py2.py3-none-any" stands for two. https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/"""
    parts = [part.split(".") for part in tag.lower().split("-")]
    if len(parts) != 3 or prod(map(len, parts)) > _MOST_TAGS:
        return frozenset()
    return frozenset("-".join(each) for each in product(*parts))


def _families(tags: Collection[str]) -> set[str]:
    """Tags without what parts one Linux of a machine from another."""
    return {_LINUX.sub(r"linux_\1", tag) for tag in tags}
