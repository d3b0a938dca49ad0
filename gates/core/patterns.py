"""Regular expressions that are compiled when they are first used: a hook pays for those it needs, not for all that modules define."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Lazy:
    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """`re` keeps what it has compiled; the method found is kept here, so that the next use costs no more than usual."""
        value = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, value)
        return value


def lazy(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """For module level, in place of `re.compile`; an expression that is wrong shows at its first use."""
    return cast("re.Pattern[AnyStr]", _Lazy(source, flags))
