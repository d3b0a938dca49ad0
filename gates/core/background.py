"""Work that goes on while something else waits, such as for git to answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Background(Generic[_T]):
    """Starts the work at once. Calling it waits for the result and gives it, or raises what the work raised."""

    def __init__(self, work: Callable[[], _T]) -> None:
        self._results: list[_T] = []
        self._errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[], _T]) -> None:
        try:
            self._results.append(work())
        except BaseException as error:
            self._errors.append(error)

    def __call__(self) -> _T:
        self._thread.join()
        if self._errors:
            raise self._errors[0]
        return self._results[0]
