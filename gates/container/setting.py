"""A value with its place, which may depend on what nobody knows before it runs."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from gates.core.finding import Location

T = TypeVar("T")


class Setting(NamedTuple, Generic[T]):
    """`value` is None where it cannot be told: it depends on a variable that the file gives no value. `text` is as written.
    `by_default` says that a variable's default made the value, which the environment can replace.
    """

    value: T | None
    location: Location
    text: str = ""
    by_default: bool = False

    @property
    def resolved(self) -> bool:
        return self.value is not None
