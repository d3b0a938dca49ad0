"""What the name of a Python file says: which of the files of a version it is."""

from __future__ import annotations

from itertools import product
from math import prod

from gates.core.patterns import lazy
from gates.core.purl import same_version
from gates.inventory.package import canonical

# https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
_BUILD = lazy(r"[0-9][a-z0-9_.]*")
# https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
_TAGS = (
    lazy(r"(?:py|cp|pp|ip|jy|graalpy)[0-9]+(?:_[0-9]+)*"),
    lazy(r"none|abi3t?|(?:cp|pypy|pp|graalpy)[0-9][a-z0-9_]*"),
    lazy(r"any|win32|(?:win|(?:many|musl)?linux|macosx|ios|android|emscripten|pyodide|pyemscripten|wasi|freebsd|openbsd|netbsd)[0-9_]\w*"),
)
_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")
_MOST_TAGS = 1_000  # of one wheel


def told(file: str, name: str, version: str) -> tuple[tuple[str, str], ...]:
    """The tags of a wheel, or that it is an sdist; () for what is no file name of this very package and version."""
    file = file.strip().lower()
    if file.endswith(".whl"):
        return _wheel(file.removesuffix(".whl").split("-"), name, version)
    for ending in _SDISTS:
        if file.endswith(ending):
            whose, _, which = file.removesuffix(ending).rpartition("-")
            return (("tag", f"sdist{ending}"),) if _fits(whose, which, name, version) else ()
    return ()


def _wheel(parts: list[str], name: str, version: str) -> tuple[tuple[str, str], ...]:
    if len(parts) not in (5, 6) or not _fits(parts[0], parts[1], name, version):
        return ()
    if len(parts) == 6 and not _BUILD.fullmatch(parts[2]):
        return ()
    tags = [part.split(".") for part in parts[-3:]]
    if prod(map(len, tags)) > _MOST_TAGS or not all(kind.fullmatch(tag) for kind, part in zip(_TAGS, tags, strict=True) for tag in part):
        return ()
    return tuple(sorted({("tag", "-".join(each)) for each in product(*tags)}))


def _fits(whose: str, which: str, name: str, version: str) -> bool:
    # What stands between the version and its local part is no + in the names of old files.
    return canonical(whose) == canonical(name) and any(same_version("pypi", each, version) for each in (which, which.replace("_", "+", 1)))
