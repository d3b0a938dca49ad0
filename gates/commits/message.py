"""What a message says once git has taken out what it does not store: comments, the diff below the scissors, blanks at the ends."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from gates.core.patterns import lazy

# https://git-scm.com/docs/git-commit#Documentation/git-commit.txt---cleanupltmodegt
_SCISSORS = b" ------------------------ >8 ------------------------"
# What git chooses from where core.commentChar is `auto`: https://git-scm.com/docs/git-config#Documentation/git-config.txt-corecommentChar
_COMMENT_CHARACTERS = "#;@!$%^&|:"
# The encodings of i18n.commitEncoding that stand for letters and no more: others of Python's unpack, escape or look up what they are given.
_ENCODINGS = lazy(
    r"(?i)utf-?8|us-ascii|latin-?1|iso[-_]?8859-\d{1,2}|(windows-|cp)125\d|koi8-[ru]|euc-(jp|kr)|shift[_-]jis|gbk|gb2312|gb18030|big5"
)
# Controls, marks that turn the direction of writing, and what takes no room. Joiners and variation selectors are below.
_HIDDEN = lazy(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    r"\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    # Within emoji and within words of some scripts these shape what is shown. Behind ASCII, or one after the other, they only hide.
    r"|(?:\A|(?<=[\x00-\x7f\u200c\u200d]))[\u200c\u200d]|(?:\A|(?<=[\x00-\x22\x24-\x29\x2b-\x2f\x3a-\x7f\ufe00-\ufe0f]))[\ufe00-\ufe0f]"
)


_BLANKS = " \t\r"  # to git; a no-break space is a letter


class Line(NamedTuple):
    number: int  # 1-based, in the text that was given
    text: str  # bytes that the encoding does not explain stand in it as surrogate escapes


class Message(NamedTuple):
    """`lines` from the header on; none in an empty message."""

    lines: tuple[Line, ...]

    @property
    def body(self) -> tuple[Line, ...]:
        return self.lines[1:]


class Commit(NamedTuple):
    """What a commit object says besides its tree. Name and address of the author are whatever its author wrote there."""

    parents: int
    author: str
    email: str
    message: Message


def from_file(data: bytes, *, comment: str = "auto", edited: bool = True) -> Message:
    """The file that git hands to a commit-msg hook.

    Lines that start with `comment` are left out; `auto` is what the scissors, or else the last line, start with, for there git's own
    comments stand. A message that no editor showed (`edited` is false) has no comments: git keeps such lines.
    """
    lines = _lines(data)
    sign = comment
    if edited:
        data, above = _above_scissors(data, comment)
        sign = above or comment
    lines = _lines(data)
    if edited:
        sign = _comment_sign(lines) if sign == "auto" else sign
        lines = [line for line in lines if not line.text.startswith(sign)]
    # Whatever the mode of clean-up but `verbatim`, git takes these blanks off.
    return _message([line._replace(text=line.text.rstrip(_BLANKS)) for line in lines])


def from_text(data: bytes) -> Message:
    """A message that is stored, or will be, as it is."""
    return _message(_lines(data))


def from_title(title: str) -> Message:
    """A title has one line, so that a line break in it is a control character."""
    return Message((Line(1, title),) if title.strip() else ())


def from_commit(data: bytes) -> Commit:
    """The content of a commit object (https://git-scm.com/docs/git-commit#_discussion for its encoding)."""
    head, _, text = data.partition(b"\n\n")
    parents, author, encoding = 0, b"", ""
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")  # a line of a signature starts with a blank, so its key is empty
        if key == b"parent":
            parents += 1
        elif key == b"author":
            author = value
        elif key == b"encoding":
            encoding = value.decode("ascii", "replace")
    encoding = _known(encoding)
    name, _, rest = author.decode(encoding, "surrogateescape").partition(" <")
    return Commit(parents, name, rest.rpartition(">")[0], _message(_lines(text, encoding)))


def hidden(text: str) -> Iterator[tuple[int, str]]:
    """(index, character) of what does not show as what it is, NUL and bytes that are no text among them."""
    if not (text.isascii() and text.isprintable()):
        yield from ((match.start(), match[0]) for match in _HIDDEN.finditer(text))


def _known(encoding: str) -> str:
    with suppress(LookupError):
        return codecs.lookup(encoding).name if _ENCODINGS.fullmatch(encoding) else "utf-8"
    return "utf-8"


def _lines(data: bytes, encoding: str = "utf-8") -> list[Line]:
    # Line feeds alone end a line for git; what else Unicode knows as a line break stays in its line.
    text = data.decode(encoding, "surrogateescape").replace("\r\n", "\n")
    return [Line(number, line) for number, line in enumerate(text.removesuffix("\r").split("\n"), 1)]


def _message(lines: Sequence[Line]) -> Message:
    full = [index for index, line in enumerate(lines) if line.text.strip(_BLANKS)]
    return Message(tuple(lines[full[0] : full[-1] + 1])) if full else Message(())


def _comment_sign(lines: Sequence[Line]) -> str:
    last = next((line.text for line in reversed(lines) if line.text.strip(_BLANKS)), "")
    return last[0] if last and last[0] in _COMMENT_CHARACTERS and not last[1:2].strip() else "#"


def _above_scissors(data: bytes, comment: str) -> tuple[bytes, str]:
    """What stands above the first line of scissors, and with which sign that line starts; all and "" where there is none. In bytes, for
    below them is a diff of any size and encoding.
    """
    at = data.find(_SCISSORS)
    while at >= 0:
        start, end = data.rfind(b"\n", 0, at) + 1, at + len(_SCISSORS)
        sign = data[start:at].decode("utf-8", "surrogateescape")
        if data[end : end + 1] in (b"", b"\r", b"\n") and (sign == comment or (comment == "auto" and len(sign) == 1)):
            return data[:start], sign
        at = data.find(_SCISSORS, end)
    return data, ""
