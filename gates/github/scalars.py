"""How GitHub writes a value where text is wanted: in a name, behind a matrix job's id, in a comparison."""

from __future__ import annotations

import math

from gates.core.documents import Value


def text(value: Value) -> str:
    """Numbers are doubles, written with up to 15 digits, so that 3.10 reads "3.1" and 1.0 reads "1": the format G15 of .NET
    (https://learn.microsoft.com/dotnet/standard/base-types/standard-numeric-format-strings). Null is "". A list or a mapping
    has no text of its own; GitHub writes what it is.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dict):
        return "Object"
    if isinstance(value, list):
        return "Array"
    return value.isoformat()


def _number(value: int | float) -> str:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return format(number, ".15G")
