"""A moment after which work must stop: polled by loops, handed to every program that is started."""

from __future__ import annotations

from time import monotonic


class Deadline:
    """Shared by a gate's threads and programs; the one record that changes, so that a run can be called off."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, 0.0 once it has passed or was cancelled."""
        return max(0.0, self._at - monotonic())

    def passed(self) -> bool:
        return monotonic() >= self._at

    def cancel(self) -> None:
        self._at = 0.0
