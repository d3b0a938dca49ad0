"""The jobs of a configuration: `extends` and `!reference` followed, and the names a job has in the pipeline.

https://docs.gitlab.com/ci/yaml/yaml_optimization/ and https://docs.gitlab.com/ci/yaml/#parallelmatrix
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from gates.core.documents import MAX_DEPTH
from gates.core.documents.node import quoted
from gates.protection.gitlab import items
from gates.protection.gitlab.items import Item, Reference, Unknown
from gates.protection.gitlab.loading import Configuration

MAX_LEVELS: Final = 11  # of `extends`
MAX_REFERENCES: Final = 10  # one inside the other
MAX_PARALLEL: Final = 200
MAX_VALUES: Final = 1_000_000  # that references may stand for: a page of references to lists of references can stand for billions
_FOR_EVERY_JOB: Final = ("image", "services", "cache", "before_script", "after_script", "variables")
_KEYWORDS: Final = frozenset(("default", "include", "spec", "stages", "types", "workflow", *_FOR_EVERY_JOB))
_NOT_INHERITED: Final = "extends"


class Jobs:
    """Looks jobs up, and keeps what it has followed. Where files outside may hold what is missing, it is unknown, else an error.

    Raises DocumentError for what GitLab would refuse.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._root = configuration.root
        self.outside = configuration.outside
        self._extended: dict[str, tuple[Item, str]] = {}
        self._values = 0

    def names(self) -> list[str]:
        """The jobs that can run: without keywords and hidden jobs."""
        return [name for name in self._root if name not in _KEYWORDS and not name.startswith(".") and "$[[" not in name]

    def unnamed(self) -> Item | None:
        """A job whose name holds an input that has no value here, so that it can be any."""
        return next((item for name, item in self._root.items() if "$[[" in name), None)

    def job(self, name: str) -> tuple[Item, str]:
        """The job with all that it extends, and what of it is not known ("" where all is). Raises DocumentError."""
        return self._follow(name, ())

    def value(self, name: str, *keys: str) -> Item | None:
        """What stands below a job's or a keyword's keys, references followed; None for null too. Raises DocumentError."""
        if name not in self._root:
            return None
        found: Item | None = self.job(name)[0]
        for key in keys:
            if found is not None and isinstance(found.value, Reference):
                found = self._resolved(found, 0)
            if found is not None and isinstance(found.value, Unknown):
                return found
            found = found.value.get(key) if found is not None and isinstance(found.value, dict) else None
        found = self._resolved(found, 0) if found is not None else None
        return None if found is None or found.value is None else found

    def _follow(self, name: str, below: tuple[str, ...]) -> tuple[Item, str]:
        if name in self._extended:
            return self._extended[name]
        own = self._root[name]
        if not isinstance(own.value, dict) or _NOT_INHERITED not in own.value:
            return own, ""
        extends = own.value[_NOT_INHERITED]
        if name in below:
            raise extends.error(f"{name!r} extends itself")
        if len(below) >= MAX_LEVELS:
            raise extends.error(f"{name!r} is extended over more than {MAX_LEVELS} levels")
        found = Item({}, own.path, own.line)
        unknown = ""
        for parent in [extends] if isinstance(extends.value, Unknown) else items.texts(extends):
            base = str(parent.value)
            if isinstance(parent.value, Unknown):
                unknown = f"it extends {parent.value.why}"
            elif base in self._root:
                item, why = self._follow(base, (*below, name))
                unknown = unknown or why
                found = items.merged(found, item)
            elif self.outside:
                unknown = f"it extends {base!r} of {self.outside[0].what}"
            else:
                raise parent.error(f"{name!r} extends {base!r}, which does not exist")
        mine = {key: item for key, item in own.value.items() if key != _NOT_INHERITED}
        self._extended[name] = items.merged(found, own._replace(value=mine)), unknown
        return self._extended[name]

    def _resolved(self, item: Item, leads: int, depth: int = 0) -> Item:
        """With references replaced; those in a list stand for a list in it. `leads` counts the references on the way here."""
        self._values += 1
        if self._values > MAX_VALUES:
            raise item.error(f"references stand for more than {MAX_VALUES} values")
        if depth > MAX_DEPTH:
            raise item.error(f"nested deeper than {MAX_DEPTH} levels")
        value = item.value
        if isinstance(value, list):
            return item._replace(value=[self._resolved(one, leads, depth + 1) for one in value])
        if isinstance(value, dict):
            return item._replace(value={key: self._resolved(one, leads, depth + 1) for key, one in value.items()})
        if not isinstance(value, Reference):
            return item
        if leads >= MAX_REFERENCES:
            raise item.error(f"!reference leads on more than {MAX_REFERENCES} times")
        found: Item | None = None
        for number, key in enumerate(value.keys):
            if number == 0:
                found = self.job(key)[0] if key in self._root else None
            else:
                found = found.value.get(key) if found is not None and isinstance(found.value, dict) else None
        if found is None:
            if not self.outside:
                raise item.error(f"!reference names {list(value.keys)}, which does not exist")
            return item._replace(value=Unknown(f"a !reference to {self.outside[0].what}"))
        return self._resolved(found, leads + 1, depth)


def parallel_names(jobs: Jobs, name: str) -> tuple[str, ...] | None:
    """The names of the instances of a job, empty where there is but itself, None where they are not known. Raises DocumentError.

    `test: [3.12, linux]` for a matrix, in the order of the file; `test 1/3` for a number.
    """
    parallel = jobs.value(name, "parallel")
    if parallel is None:
        return ()
    value = parallel.value
    if isinstance(value, Unknown):
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MAX_PARALLEL:
            raise parallel.error(f"'parallel' must be between 1 and {MAX_PARALLEL}")
        return tuple(f"{name} {number}/{value}" for number in range(1, value + 1))
    matrix = value.get("matrix") if isinstance(value, dict) else None
    if matrix is None:
        raise parallel.error("'parallel' must be a number, or a table with 'matrix'")
    if isinstance(matrix.value, Unknown):
        return None
    names: list[str] = []
    for entry in items.flat(matrix):
        legs = _legs(entry)
        if legs is None:
            return None
        for leg in legs:
            names.append(f"{name}: [{', '.join(leg)}]")
            if len(names) > MAX_PARALLEL:
                raise matrix.error(f"the matrix has more than {MAX_PARALLEL} jobs")
    return tuple(names)


def _legs(entry: Item) -> Iterator[tuple[str, ...]] | None:
    if isinstance(entry.value, Unknown):
        return None
    if not isinstance(entry.value, dict):
        raise entry.error("an entry of a matrix must be a table")
    columns = []
    for key, column in entry.value.items():
        values = items.flat(column)
        if any(isinstance(one.value, Unknown) for one in values):
            return None
        if any(isinstance(one.value, dict | Reference) for one in values):
            raise column.error(f"{quoted(key)} must be text, or a list of texts")
        columns.append([_shown(one) for one in values])
    return product(*columns)


def _shown(item: Item) -> str:
    return str(item.value).lower() if isinstance(item.value, bool) else "" if item.value is None else str(item.value)
