"""Which Python an environment is for, so that markers can be judged without starting it.

Formats: https://docs.python.org/3/library/venv.html (pyvenv.cfg) and, for the markers,
https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from gates.core.documents import DocumentError
from gates.core.patterns import lazy
from gates.inventory.python.environment import read_regular

_VERSION = lazy(r"([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?")
_FOLDER = lazy(r"(python|pypy)([0-9]{1,4})\.([0-9]{1,4})t?")
_NAMES = {"cpython": ("cpython", "CPython"), "python": ("cpython", "CPython"), "pypy": ("pypy", "PyPy")}
_ABOVE = ("../..", "../../..")  # of Lib\site-packages and of lib/python3.12/site-packages


def running() -> dict[str, str]:
    """The markers of the Python that runs this, and of the machine."""
    from packaging.markers import default_environment

    return {name: str(value) for name, value in default_environment().items()}


def markers(site_packages: str, given: Mapping[str, str]) -> dict[str, str]:
    """`given` with the version and the implementation of the environment: as its pyvenv.cfg tells, else the name of the folder that the
    packages lie in, which knows no third number; where neither tells, those given stay. The platform is always the given one.

    Raises DocumentError where there is a pyvenv.cfg that cannot be read.
    """
    folder = os.path.abspath(site_packages)
    settings = _settings(folder)
    named = _FOLDER.fullmatch(os.path.basename(os.path.dirname(folder)))
    written = _VERSION.match(settings.get("version_info") or settings.get("version") or "")
    if written is not None:
        major, minor, micro = written[1], written[2], written[3]
    elif named is not None:
        major, minor, micro = named[2], named[3], None
    else:
        return dict(given)
    found = dict(given)
    if micro is None and given.get("python_version") == f"{major}.{minor}":
        full = given.get("python_full_version", f"{major}.{minor}.0")
    else:
        full = f"{major}.{minor}.{micro or 0}"
    found.update(python_version=f"{major}.{minor}", python_full_version=full)
    implementation = _NAMES.get(settings.get("implementation", named[1] if named is not None else "").lower())
    if implementation is not None:
        found.update(implementation_name=implementation[0], platform_python_implementation=implementation[1])
    if found.get("implementation_name") == "cpython":
        found["implementation_version"] = full
    return found


def _settings(folder: str) -> dict[str, str]:
    """Of the environment's pyvenv.cfg, by key; what lies deeper, a package may have put there."""
    for above in _ABOVE:
        path = os.path.normpath(os.path.join(folder, above, "pyvenv.cfg"))
        if os.path.lexists(path):
            try:
                text = read_regular(path, path).decode()
            except UnicodeDecodeError:
                raise DocumentError("the file is not UTF-8; make the environment again", path) from None
            pairs = (line.partition("=") for line in text.splitlines())
            return {key.strip().lower(): value.strip() for key, sign, value in pairs if sign}
    return {}
