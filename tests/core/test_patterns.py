"""Patterns that are compiled late are still sound."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

import pytest

import gates
from gates.core.patterns import lazy

MODULES = [module.name for module in pkgutil.walk_packages(gates.__path__, "gates.") if not module.name.endswith("__main__")]


@pytest.mark.parametrize("module", MODULES)
def test_every_lazy_pattern_of_a_module_compiles(module: str) -> None:
    for value in vars(import_module(module)).values():
        if type(value) is type(lazy("")):
            assert value.search is not None


def test_a_lazy_pattern_works_as_a_compiled_one() -> None:
    pattern = lazy(rb"(a+)b", re.IGNORECASE)
    assert pattern.fullmatch(b"AAb")
    assert [match[1] for match in pattern.finditer(b"ab aab")] == [b"a", b"aa"]
    assert pattern.sub(b"-", b"ab") == b"-"


def test_a_wrong_pattern_shows_at_its_first_use() -> None:
    with pytest.raises(re.error):
        lazy("(").search("")
