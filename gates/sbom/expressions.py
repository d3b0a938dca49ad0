"""Whether a text is a licence expression of SPDX: https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from gates.core.patterns import lazy

_WORD = lazy(r"\s*([()]|[A-Za-z0-9.:+-]+)")
_OWN = lazy(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?(?:LicenseRef|AdditionRef)-[A-Za-z0-9.-]+")
_OPERATORS = frozenset({"AND", "OR", "and", "or"})
_LONGEST = 4096


def is_valid(text: str, identifiers: AbstractSet[str]) -> bool:
    """`identifiers` are in lower case, those of exceptions among them. A licence of the document's own counts: LicenseRef-…"""
    words = _words(text)
    if not words:
        return False
    depth, wanted, last = 0, True, ""  # wanted: a licence comes next, or a bracket before one
    for word in words:
        if word == "(" and wanted and last != "WITH":
            depth += 1
        elif word == ")" and not wanted and depth:
            depth -= 1
        elif word in _OPERATORS and not wanted:
            wanted = True
        elif word in ("WITH", "with") and not wanted and last != ")" and last not in _EXCEPTED:
            wanted, last = True, "WITH"
            continue
        elif wanted and _is_known(word, identifiers, exception=last == "WITH"):
            wanted, last = False, _EXCEPTED[0] if last == "WITH" else word
            continue
        else:
            return False
        last = word
    return not depth and not wanted


_EXCEPTED = ("<licence with exception>",)  # no word of an expression


def _words(text: str) -> list[str]:
    """() where something else stands between them."""
    words: list[str] = []
    place = 0
    text = text.rstrip()
    while place < len(text) <= _LONGEST:
        match = _WORD.match(text, place)
        if match is None:
            return []
        words.append(match[1])
        place = match.end()
    return words


def _is_known(word: str, identifiers: AbstractSet[str], *, exception: bool) -> bool:
    if _OWN.fullmatch(word):
        return ("AdditionRef-" in word) == exception
    # No identifier of a licence says exception, and those of a few exceptions do not either.
    lower = word.lower()
    return lower in identifiers or (not exception and lower.removesuffix("+") in identifiers)
