"""What a message may repeat of a file: no user and password of an address, no query, and no secret of any of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from gates.container.defect import Defect
from gates.core.patterns import lazy
from gates.detect.scan import Scanner

SHOWN: Final = 80  # characters of what is written that a message repeats
_USER_INFO = lazy(r"([A-Za-z][A-Za-z0-9+.-]{0,31}://)[^\s/?#@\"'<>]{1,1024}@")
_QUERY = lazy(r"([A-Za-z][A-Za-z0-9+.-]{0,31}://[^\s?#\"'<>`]{1,2048})\?[^\s#\"'<>`…]+")
_HIDDEN = lazy(rb"\*{4,}")
_NAME_PART = lazy(r"[^A-Za-z0-9_.@/+=:~-]+")
_HEAD: Final = 4  # characters by which a secret is looked up
_SHORT: Final = 8  # characters; a shorter one is a word of its own, or none
_CUT: Final = 6  # characters of a secret that tell it where the rest is cut off
_BY_CONTEXT: Final = ("generic-", "command-")  # families that our own words could be taken for

Masking = Callable[[str], str]


def without_logins(text: str) -> str:
    return _QUERY.sub(r"\1?…", _USER_INFO.sub(r"\1", text))


def shown(text: str, most: int = SHOWN) -> str:
    text = without_logins(" ".join(text.split()))
    return text if len(text) <= most else text[: most - 1] + "…"


def key_of(*parts: str) -> str:
    """A subject's part: what is written, without what only a shell cares for."""
    return _key_form(without_logins(" ".join(parts)))[:120]


def _key_form(text: str) -> str:
    return _NAME_PART.sub("_", text)


def masked(defects: Iterable[Defect], masking: Masking) -> Iterator[Defect]:
    for defect in defects:
        yield defect._replace(
            message=masking(defect.message),
            remedy=masking(defect.remedy),
            subject=masking(defect.subject),
            about=masking(defect.about),
        )


def masking(texts: Iterable[bytes], scanner: Scanner) -> Masking:
    """Puts asterisks for every secret of `texts` in what it is given, also for the beginning of one where what is quoted was cut there,
    and for whatever the scanner knows by its form.
    """
    by_head: dict[str, set[str]] = {}
    for text in texts:
        for value in _secrets(text, scanner):
            for form in (value, _key_form(value)):
                by_head.setdefault(form[:_HEAD], set()).add(form)

    def mask(text: str) -> str:
        text = without_logins(text)
        for start, end in _places(text, by_head):
            text = text[:start] + "*" * (end - start) + text[end:]
        return _by_form(text, scanner)

    return mask


def _secrets(text: bytes, scanner: Scanner) -> Iterator[str]:
    hidden = scanner.masked(text)
    if hidden == text:
        return
    for match in _HIDDEN.finditer(hidden):
        value = text[match.start() : match.end()]
        if value != match[0]:
            yield value.decode("utf-8", "replace").strip()


def _places(text: str, by_head: Mapping[str, set[str]]) -> Iterator[tuple[int, int]]:
    at = 0
    while at <= len(text) - _HEAD:
        found = max((_length(text, at, secret) for secret in by_head.get(text[at : at + _HEAD], ())), default=0)
        if found:
            yield at, at + found
        at += found or 1


def _length(text: str, at: int, secret: str) -> int:
    """How many characters of the secret stand there, 0 where it is something else that begins like it."""
    if text.startswith(secret, at):
        end = at + len(secret)
        alone = not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum())
        return len(secret) if len(secret) >= _SHORT or alone else 0
    same = next((number for number, char in enumerate(secret) if text[at + number : at + number + 1] != char), len(secret))
    cut = text[at + same : at + same + 1] in ("", "…", "`")
    return same if cut and same >= _CUT else 0


def _by_form(text: str, scanner: Scanner) -> str:
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for match in scanner.scan(bytes(data)):
        if not match.family.id.startswith(_BY_CONTEXT):
            data[match.start : match.end] = b"*" * (match.end - match.start)
    return data.decode("utf-8", "surrogatepass")
