"""Compose files from text, for tests."""

from __future__ import annotations

from textwrap import dedent

from gates.container.compose import loading
from gates.container.compose.model import Compose
from gates.container.spec import RuntimeSpec


def load(text: str, path: str = "compose.yaml", **others: str) -> Compose:
    """`others` are further files, by their path with __ for a slash and _ for a dot."""
    return load_files({path: text, **{name.replace("__", "/").replace("_", "."): each for name, each in others.items()}}, path)


def load_files(files: dict[str, str], path: str = "compose.yaml", *, merged: bool = False) -> Compose:
    data = {name: dedent(text).encode() for name, text in files.items()}
    return loading.merged(path, data.get, tuple(data)) if merged else loading.load(path, data.get, tuple(data))


def service(body: str, rest: str = "") -> RuntimeSpec:
    """The one service of a file without problems; `body` is what stands in it, `rest` further elements."""
    indented = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    compose = load(f"services:\n  web:\n{indented}{dedent(rest)}")
    assert not compose.problems, compose.problems
    (spec,) = compose.services
    return spec
