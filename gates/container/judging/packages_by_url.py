"""Packages that an installer is given by their address: it installs what comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gates.container.judging.build_steps import Act, Run
from gates.container.judging.fetching import is_loopback
from gates.container.judging.installs import NPM_INSTALL, NPM_VALUES, PIP_VALUES, pip_words
from gates.core.patterns import lazy
from gates.shell.programs import options

_RPM: Final = frozenset(("yum", "dnf", "dnf5", "microdnf", "tdnf"))
_RPM_INSTALLS: Final = frozenset(("install", "localinstall", "reinstall", "upgrade", "update"))
_JAVASCRIPT: Final = frozenset(("npm", "yarn", "yarnpkg", "pnpm", "bun"))
_RPM_FLAGS = lazy(r"-[a-zA-Z]*[iUF][a-zA-Z]*|--install|--upgrade|--freshen")
_RPM_ASKS = lazy(r"-[a-zA-Z]*[qVe][a-zA-Z]*|--(?:import|query|verify|erase|checksig)")
_ADDRESS = lazy(r"(?:[A-Za-z0-9_.\[\]-]+[ \t]*@[ \t]*)?((?:https?|ftp)://[^\s]+)")
_IS_FIXED = lazy(r"(?i).*(?:#.*(?:sha(?:256|384|512)|md5)=[0-9a-f]{32,}|(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])).*|.*\.git(?:#.*)?")


def addresses(run: Run, act: Act) -> Iterator[str]:
    """Those that hold no digest and no commit."""
    for text in _candidates(run, act):
        match = _ADDRESS.fullmatch(text)
        if match and not _IS_FIXED.fullmatch(match[1]) and not is_loopback(match[1]):
            yield match[1]


def _candidates(run: Run, act: Act) -> Iterator[str]:
    words = [run.known(word) for word in act.arguments]
    if act.program in _RPM and any(word in _RPM_INSTALLS for word in words):
        yield from words
    elif act.program == "rpm":
        if any(_RPM_FLAGS.fullmatch(word) for word in words) and not any(_RPM_ASKS.fullmatch(word) for word in words):
            yield from words
    elif act.program in _JAVASCRIPT:
        given = [run.known(word) for word in options(act.arguments, NPM_VALUES).operands]
        if any(word in NPM_INSTALL for word in given[:2]):
            yield from given
    elif (pip := pip_words(act)) is not None:
        given_to_pip = options(pip, PIP_VALUES)
        if any(word.text == "install" for word in given_to_pip.operands[:2]) and not given_to_pip.option("--require-hashes"):
            yield from (run.known(word) for word in given_to_pip.operands)
            yield from (run.known(each.value) for each in given_to_pip.options if each.name in ("-r", "--requirement") and each.value)
