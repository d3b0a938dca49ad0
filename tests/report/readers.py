"""Readers of our formats, as simple as their documentation has them; none knows how the writers work."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator

LEVELS = ("error", "warning", "notice")


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    data: str


def command(line: str) -> Command | None:
    """A line of a job's log as GitHub's runner understands it; None for a line that is only shown."""
    line = line.lstrip()
    if "##[" in line:
        raise AssertionError(f"an old-style command: {line!r}")
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    head, _, data = line[2:].partition("::")
    name, _, rest = head.partition(" ")
    properties = dict(pair.split("=", 1) for pair in rest.strip().split(",") if "=" in pair)
    return Command(name, {key: _unescaped(value) for key, value in properties.items()}, _unescaped(data))


def _unescaped(value: str) -> str:
    for escaped, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(escaped, character)
    return value


@cache
def report_schema() -> Draft202012Validator:
    schema = json.loads(files("gates").joinpath("schemas/report.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@cache
def sarif_schema() -> Draft202012Validator:
    """The schema of SARIF 2.1.0 as npm's @microsoft/sarif-multitool 5.7.0 ships it (MIT, see the .LICENSE file beside it)."""
    schema = json.loads((Path(__file__).parent / "sarif-2.1.0.schema.json").read_text("utf-8-sig"))
    return Draft202012Validator(schema)


def strictly(text: str) -> Any:
    """JSON as a strict reader takes it: no NaN, no duplicate key, no half of a surrogate pair."""
    document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused)
    json.dumps(document, ensure_ascii=False).encode()
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), "duplicate key"
    return dict(pairs)


def _refused(constant: str) -> None:
    raise AssertionError(constant)
