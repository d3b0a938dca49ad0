"""Fills a record of settings from a table: the record's annotations are the schema, its defaults the defaults."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Literal, get_args, get_origin, get_type_hints

from gates.core.documents import Table
from gates.core.finding import Severity


def fields(kind: type) -> tuple[str, ...]:
    names: tuple[str, ...] = vars(kind)["_fields"]
    return names


def defaults(kind: type) -> dict[str, object]:
    values: dict[str, object] = vars(kind)["_field_defaults"]
    return values


def fill(kind: type, table: Table, *, without: Collection[str] = (), beside: Collection[str] = ()) -> Any:
    """A record of `kind`, a NamedTuple type, with the values that the table gives; fields without a default are required.

    Fields named in `without` are no keys; `beside` names the keys that someone else reads. Any other key is refused.
    Annotations can be str, bool, int, float, date, Severity, a Literal of strings, tuple[str, ...], another NamedTuple
    (a table) or a tuple of those (a list of tables). A kind with terms of its own has a method `problem() -> (key, what is wrong)`,
    None where nothing is. Raises DocumentError.
    """
    keys = [name for name in fields(kind) if name not in without]
    table.closed((*keys, *beside))
    hints = get_type_hints(kind)
    required = [name for name in keys if name not in defaults(kind)]
    values = {key: _value(hints[key], table, key) for key in keys if key in table or key in required}
    record = kind(**values)
    if problem := hasattr(kind, "problem") and record.problem():
        key, message = problem
        raise table.error(f"{key!r} {message}", key)
    return record


def read_severity(table: Table, key: str) -> Severity:
    return Severity[table.choice(key, [str(level) for level in Severity]).upper()]


def _value(hint: Any, table: Table, key: str) -> object:
    arguments = get_args(hint)
    if hint in _READERS:
        return _READERS[hint](table, key)
    if get_origin(hint) is Literal:
        return table.choice(key, arguments)
    if get_origin(hint) is tuple and len(arguments) == 2 and arguments[1] is ...:
        return table.texts(key) if arguments[0] is str else tuple(fill(arguments[0], item) for item in table.tables(key, None))
    inner = table.table(key)
    if inner is None:
        raise table.error(f"{key!r} is missing", key)
    return fill(hint, inner)


_READERS: dict[object, Any] = {
    str: Table.text,
    bool: Table.flag,
    int: Table.whole,
    float: Table.number,
    date: Table.day,
    Severity: read_severity,
}
