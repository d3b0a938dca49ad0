"""What a package says of its licence, as SPDX has it: expressions are checked and put into SPDX's spelling, names and classifiers mapped.

What SPDX has no identifier for, and what could mean several, is kept as a name. Grammar:
https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gates.core.patterns import lazy
from gates.sbom.component import Licence
from gates.sbom.licence_ids import exceptions, licences

_LONGEST = 2_000  # characters of an expression; no licence that a person chose comes near
_DEEPEST = 32  # parentheses
_NAME = 200  # characters of a name that is kept
_UNKNOWN = frozenset({"", "unknown", "none", "n/a", "undefined"})

_TOKEN = lazy(r"\s*(?:([()])|([A-Za-z0-9.:+-]+))")
_REFERENCE = lazy(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_ADDITION = lazy(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?AdditionRef-[A-Za-z0-9.-]+")
_OPERATORS = {"AND": "AND", "and": "AND", "OR": "OR", "or": "OR", "WITH": "WITH", "with": "WITH"}


def is_identifier(expression: str) -> bool:
    """Whether it is one identifier of the list, and nothing more."""
    return licences().get(expression.lower()) == expression


def parse(text: str) -> str:
    """The expression in SPDX's spelling, without needless parentheses. Raises ValueError."""
    if len(text) > _LONGEST:
        raise ValueError("the expression is too long")
    reader = _Reader(_tokens(text))
    found = reader.either(0)
    reader.end()
    return found.text


def declared(expression: str, field: str, classifiers: Sequence[str]) -> tuple[Licence, ...]:
    """What a Python package's metadata tells: License-Expression, else License, else the classifiers.

    https://packaging.python.org/en/latest/specifications/core-metadata/#license-expression
    """
    if expression.strip():
        return written(expression)
    told = written(field)
    if told and told[0].expression:
        return told
    classified = tuple(dict.fromkeys(_classified(classifiers)))
    if any(licence.expression for licence in classified):
        return classified
    return told or classified


def written(text: str) -> tuple[Licence, ...]:
    """Of one text: an expression, a name that is in use for a licence, the licence itself, or anything else. () where it says nothing."""
    text = text.strip()
    if text.lower() in _UNKNOWN:
        return ()
    try:
        return (Licence(parse(text)),)
    except ValueError:
        pass
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # Some put the whole licence there: its title is in the first line, or in the first two.
    for title in (lines[0], " ".join(lines[:2])):
        if known := _NAMES.get(_plain(title)):
            return (Licence(known, declared=False),)
    return (Licence("", _shortened(lines[0])),)


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"


# Expressions


class _Part(NamedTuple):
    text: str
    operator: str  # the one that binds least in it, "" for a licence alone


class _Reader:
    """Recursive descent; OR binds less than AND, and AND less than WITH."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise ValueError(f"{self._tokens[self._at]!r} stands where nothing can")

    def either(self, depth: int) -> _Part:
        return self._chain("OR", [self._all(depth)], depth)

    def _all(self, depth: int) -> _Part:
        return self._chain("AND", [self._one(depth)], depth)

    def _chain(self, operator: str, parts: list[_Part], depth: int) -> _Part:
        while self._take(operator):
            parts.append(self._all(depth) if operator == "OR" else self._one(depth))
        if len(parts) == 1:
            return parts[0]
        return _Part(f" {operator} ".join(_enclosed(part, operator) for part in parts), operator)

    def _one(self, depth: int) -> _Part:
        if depth > _DEEPEST:
            raise ValueError("the expression is nested too deeply")
        word = self._next()
        if word == "(":
            inner = self.either(depth + 1)
            if self._next() != ")":
                raise ValueError("a parenthesis is not closed")
            return inner
        licence = _licence(word)
        return _Part(f"{licence} WITH {_exception(self._next())}" if self._take("WITH") else licence, "")

    def _take(self, operator: str) -> bool:
        found = self._at < len(self._tokens) and _OPERATORS.get(self._tokens[self._at]) == operator
        self._at += found
        return found

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise ValueError("the expression ends too early")
        self._at += 1
        return self._tokens[self._at - 1]


def _tokens(text: str) -> list[str]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"{text[at : at + 1]!r} has no place in an expression")
        tokens.append(match[1] or match[2])
        at = match.end()
    return tokens


def _enclosed(part: _Part, operator: str) -> str:
    return f"({part.text})" if operator == "AND" and part.operator == "OR" else part.text


def _licence(token: str) -> str:
    known = licences()
    if found := known.get(token.lower()):
        return found
    if token.endswith("+") and (found := known.get(token[:-1].lower())):
        return f"{found}+"
    if _REFERENCE.fullmatch(token):
        return token
    raise ValueError(f"SPDX knows no licence {token!r}")


def _exception(token: str) -> str:
    if found := exceptions().get(token.lower()):
        return found
    if _ADDITION.fullmatch(token):
        return token
    raise ValueError(f"SPDX knows no exception {token!r}")


# Names

_FILLING = lazy(r"\b(?:the|licen[cs]ed?|licen[cs]es|under|version|terms|of)\b|[^a-z0-9.+]+")
_VERSION = lazy(r"\bv(?=[0-9])|(?<=[0-9])\.0(?![0-9.])")


def _plain(name: str) -> str:
    """ "The Apache License, Version 2.0" and "apache-2" alike."""
    words = re.sub(r"\bversion\s+", "v", name.lower())
    return " ".join(_VERSION.sub("", " ".join(_FILLING.sub(" ", words).split())).split()).rstrip(".")


def _named(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {_plain(name): identifier for identifier, listed in names for name in listed.split(", ")}


# "BSD", "GPL" and "LGPL" alone are not among them: each stands for several licences.
_NAMES = _named(
    (
        ("0BSD", "Zero-Clause BSD, BSD Zero Clause, BSD-0-Clause"),
        ("AGPL-3.0-only", "AGPLv3, AGPL 3, GNU AGPLv3, GNU Affero General Public License v3"),
        ("AGPL-3.0-or-later", "AGPLv3+, GNU AGPLv3+, AGPL-3.0+, GNU Affero General Public License v3 or later"),
        ("Apache-2.0", "Apache, Apache2, Apache2.0, Apache v2, Apache License v2.0, Apache Software License, Apache Software License 2.0"),
        ("Apache-2.0", "ASL 2.0, Apache License 2.0 January 2004"),
        ("BSD-2-Clause", "BSD 2 Clause, 2 Clause BSD, BSD-2, Simplified BSD, FreeBSD, BSD 2-Clause Simplified, Two Clause BSD"),
        ("BSD-3-Clause", "BSD 3 Clause, 3 Clause BSD, BSD-3, BSD3, New BSD, BSD new, Modified BSD, Revised BSD, Three Clause BSD"),
        ("BSD-3-Clause", "BSD 3-Clause New or Revised, BSD 3-Clause New, BSD 3-Clause Revised"),
        ("BSL-1.0", "Boost, Boost Software License 1.0, Boost Software License"),
        ("CC0-1.0", "CC0, CC0 1.0 Universal, Creative Commons Zero"),
        ("CECILL-B", "CeCILL B"),
        ("EPL-2.0", "Eclipse Public License 2.0, EPL 2.0, EPL v2"),
        ("EUPL-1.2", "EUPL 1.2, EUPL v1.2"),
        ("GPL-2.0-only", "GPLv2, GPL 2, GNU GPLv2, GNU General Public License v2"),
        ("GPL-2.0-or-later", "GPLv2+, GPL v2+, GPL v2 or later, GNU GPLv2+, GNU General Public License v2 or later"),
        ("GPL-3.0-only", "GPLv3, GPL 3, GNU GPLv3, GNU General Public License v3"),
        ("GPL-3.0-or-later", "GPLv3+, GPL v3+, GPL v3 or later, GNU GPLv3+, GNU General Public License v3 or later"),
        ("HPND", "Historical Permission Notice and Disclaimer"),
        ("ISC", "ISC, ISCL, ISC License ISCL"),
        ("LGPL-2.1-only", "LGPLv2.1, LGPL 2.1, GNU Lesser General Public License v2.1"),
        ("LGPL-2.1-or-later", "LGPLv2.1+, LGPL v2.1+, LGPL v2.1 or later, GNU Lesser General Public License v2.1 or later"),
        ("LGPL-3.0-only", "LGPLv3, LGPL 3, GNU LGPLv3, GNU Lesser General Public License v3"),
        ("LGPL-3.0-or-later", "LGPLv3+, LGPL v3+, LGPL v3 or later, GNU LGPLv3+, GNU Lesser General Public License v3 or later"),
        ("MIT", "MIT License, Expat, MIT Expat, MIT/Expat, MIT License MIT, MIT X11"),
        ("MIT-0", "MIT No Attribution, MIT0"),
        ("MIT-CMU", "MIT CMU, HPND MIT"),
        ("MPL-1.1", "MPL 1.1, Mozilla Public License 1.1"),
        ("MPL-2.0", "MPL 2.0, MPL2, MPL2.0, MPL v2, Mozilla Public License 2.0, Mozilla Public License 2.0 MPL 2.0"),
        ("PSF-2.0", "PSF, PSFL, PSF2, Python Software Foundation, Python Software Foundation License, PSF License v2"),
        ("PostgreSQL", "PostgreSQL License"),
        ("Unlicense", "The Unlicense, Unlicense, The Unlicense Unlicense"),
        ("WTFPL", "Do What The Fuck You Want To Public License"),
        ("ZPL-2.1", "ZPL 2.1, Zope Public License 2.1"),
        ("Zlib", "zlib/libpng, zlib License"),
    )
)

# Classifiers, without "License :: " and "OSI Approved :: ". Where one could mean several versions
# it is left out, and kept as a name; but of the Apache licence the versions before 2.0 are older than the index of packages is.
_CLASSIFIERS = {
    "Aladdin Free Public License (AFPL)": "Aladdin",
    "Apache Software License": "Apache-2.0",
    "Attribution Assurance License": "AAL",
    "Blue Oak Model License (BlueOak-1.0.0)": "BlueOak-1.0.0",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1)": "CECILL-2.1",
    "CMU License (MIT-CMU)": "MIT-CMU",
    "CeCILL-B Free Software License Agreement (CECILL-B)": "CECILL-B",
    "CeCILL-C Free Software License Agreement (CECILL-C)": "CECILL-C",
    "Common Development and Distribution License 1.0 (CDDL-1.0)": "CDDL-1.0",
    "Common Public License": "CPL-1.0",
    "Eclipse Public License 1.0 (EPL-1.0)": "EPL-1.0",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "Educational Community License, Version 2.0 (ECL-2.0)": "ECL-2.0",
    "European Union Public Licence 1.0 (EUPL 1.0)": "EUPL-1.0",
    "European Union Public Licence 1.1 (EUPL 1.1)": "EUPL-1.1",
    "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "IBM Public License": "IPL-1.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "MirOS License (MirOS)": "MirOS",
    "Motosoto License": "Motosoto",
    "Mozilla Public License 1.0 (MPL)": "MPL-1.0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Mulan Permissive Software License v2 (MulanPSL-2.0)": "MulanPSL-2.0",
    "NASA Open Source Agreement v1.3 (NASA-1.3)": "NASA-1.3",
    "Nethack General Public License": "NGPL",
    "Nokia Open Source License": "Nokia",
    "Nokia Open Source License (NOKOS)": "Nokia",
    "Open Group Test Suite License": "OGTSL",
    "Open Software License 3.0 (OSL-3.0)": "OSL-3.0",
    "PostgreSQL License": "PostgreSQL",
    "Python License (CNRI Python License)": "CNRI-Python",
    "Python Software Foundation License": "PSF-2.0",
    "Qt Public License (QPL)": "QPL-1.0",
    "Ricoh Source Code Public License": "RSCPL",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
    "Sleepycat License": "Sleepycat",
    "Sun Public License": "SPL-1.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Universal Permissive License (UPL)": "UPL-1.0",
    "University of Illinois/NCSA Open Source License": "NCSA",
    "Vovida Software License 1.0": "VSL-1.0",
    "W3C License": "W3C",
    "Zero-Clause BSD (0BSD)": "0BSD",
    "zlib/libpng License": "Zlib",
}
_NO_LICENCES = frozenset({"", "OSI Approved", "DFSG approved"})


def _classified(classifiers: Iterable[str]) -> Iterable[Licence]:
    for classifier in classifiers:
        name = classifier.strip().removeprefix("License ::").strip()
        if name not in _NO_LICENCES:
            name = name.removeprefix("OSI Approved ::").strip()
            known = _CLASSIFIERS.get(name, "")
            yield Licence(known, "" if known else _shortened(name), declared=False)
