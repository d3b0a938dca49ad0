"""INI as Python's `configparser` reads it by default, with places: https://docs.python.org/3/library/configparser.html."""

from __future__ import annotations

from typing import NamedTuple

from gates.commits.sources.places import Text
from gates.core.documents import DocumentError
from gates.core.documents.node import quoted


class Value(NamedTuple):
    """`text` may hold several lines; `offset` is where it starts in the file."""

    text: str
    offset: int
    line: int


class _Open(NamedTuple):
    """A value that lines with a deeper indentation go on with."""

    section: str
    key: str
    indentation: int


def read(text: Text) -> dict[str, dict[str, Value]]:
    """Keys are in lower case. Raises DocumentError: also for a reference such as %(name)s, and for a section DEFAULT that has values,
    because both let a value come from elsewhere.
    """
    sections: dict[str, dict[str, Value]] = {}
    section: str | None = None
    last: _Open | None = None
    offset = 0
    for number, line in enumerate(text.text.split("\n"), 1):
        start, offset = offset, offset + len(line) + 1
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            if not stripped and last:
                last_value = sections[last.section][last.key]
                sections[last.section][last.key] = last_value._replace(text=last_value.text + "\n")
            continue
        indentation = len(line) - len(line.lstrip())
        if last and indentation > last.indentation:
            last_value = sections[last.section][last.key]
            sections[last.section][last.key] = last_value._replace(text=f"{last_value.text}\n{stripped}")
            continue
        if stripped[0] == "[" and stripped.rfind("]") > 1:
            section, last = stripped[1 : stripped.rfind("]")], None
            if section in sections:
                raise DocumentError(f"the section {quoted(section)} stands twice", text.path, number)
            sections[section] = {}
            continue
        if section is None:
            raise DocumentError("a line stands before the first section", text.path, number)
        key, value, at = _pair(line, text.path, number)
        if key in sections[section]:
            raise DocumentError(f"duplicate key {quoted(key)}", text.path, number)
        if section == "DEFAULT":
            raise DocumentError("the section DEFAULT is not read; write its values where they belong", text.path, number)
        sections[section][key] = Value(value, start + at, number)
        last = _Open(section, key, indentation)
    return {name: {key: _finished(value, text.path) for key, value in keys.items()} for name, keys in sections.items()}


def _pair(line: str, path: str, number: int) -> tuple[str, str, int]:
    """Key, value, and where in the line the value starts."""
    ends = [at for at in (line.find("="), line.find(":")) if at >= 0]
    if not ends or not line[: min(ends)].strip():
        raise DocumentError("a line is neither a section nor a key with its value", path, number)
    end = min(ends)
    rest = line[end + 1 :]
    return line[:end].strip().lower(), rest.strip(), end + 1 + len(rest) - len(rest.lstrip())


def _finished(value: Value, path: str) -> Value:
    text = value.text.rstrip()
    if "%" in text.replace("%%", ""):
        raise DocumentError("a percent sign stands alone or refers to another value; write %% for the sign", path, value.line)
    return value._replace(text=text.replace("%%", "%"))
