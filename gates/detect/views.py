"""Text as it reads once it is decoded or put together: base64, hexadecimal, escapes, strings joined from parts, wrapped lines.

A view shows a stretch of a block with some of its parts replaced, amid the text that stands around them, so that a name in front
of an encoded value still counts. What a view shows may be encoded again.
"""

import binascii
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gates.core.patterns import lazy

_BEFORE = 256  # bytes of a view before its first replaced part: as far as a name may stand before its value
_REACH = 1024  # bytes on both sides where a secret may be replaced in part

# Base64 of printable ASCII shows in each of the four characters, since the first bit of every byte is zero and the two before
# space and controls are rare: https://www.rfc-editor.org/rfc/rfc4648#section-4
_TAIL_OF_QUAD = "[A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
_QUAD = f"[I-Za-f]{_TAIL_OF_QUAD}"
# Engines skip text far faster to a capital or a digit than to any letter. Each triple of bytes makes one with even chances or better: a
# capital in front, unless it starts with one of h to z, or a digit at the end.
_QUADS = f"(?:[I-Z]{_TAIL_OF_QUAD}(?:{_QUAD}){{2}}|[0-9](?:{_QUAD}){{3}})"
# The same for UTF-16 with its low byte first, which is what PowerShell takes as -EncodedCommand: every second byte is zero.
_WIDE_OCTET = "[I-Za-f][AQgw][AB][A-Za-z0-9+/]A[C-H][AEIMQUYcgkosw048]A"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_REST_OF_BASE64 = lazy(rb"[A-Za-z0-9+/_-]*={0,2}")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_WRAP = lazy(rb"\r?\n[ \t]*|(?:\\r)?\\n")
_MORE_LINES = lazy(
    rb"(?:(?:\r?\n[ \t]*|(?:\\r)?\\n)[A-Za-z0-9+/_-]{40,1024})*"
    rb"(?:(?:\r?\n[ \t]*|(?:\\r)?\\n)[A-Za-z0-9+/_-]{1,1024}={0,2}(?=[\"'\\\s<]|\Z))?"
)
_SHORTEST_LINE = 40  # characters; base64 is wrapped at 60 to 76

_LONGEST_CALL = 80
_CALL = lazy(rb"(?:new[ \t]+)?[A-Za-z_][A-Za-z0-9_.:]{1,60}\([ \t]{0,4}b?[\"'`]\Z")

_HEX = b"0123456789abcdefABCDEF"
_REST_OF_HEX = lazy(rb"[0-9a-fA-F]*")

# In C-like strings and JSON, in URLs (escaped again, too), in HTML and XML, in mail.
_ESCAPE = r"\\/|\\x[2-7][0-9a-fA-F]|\\u00[2-7][0-9a-fA-F]|%(?:25){0,2}[2-7][0-9a-fA-F]|&#x[2-7][0-9a-fA-F];|&#[0-9]{2,3};|&amp;|=3D"
_ESCAPES = lazy(_ESCAPE.encode())
_CODE = lazy(rb"(?:[x%=]|u00|25)([2-7][0-9a-fA-F]);?\Z|&#([0-9]+);")
_NAMED = {b"\\/": b"/", b"&amp;": b"&"}
_ESCAPED_REACH = 1024  # bytes around an escape in which others are taken as well

_WORD = "[0-9A-Za-z_+/=.:@~$-]"
_OPERATOR = r"(?:\+\+?|\.\.?|&|\|\||<>|<<|~)"
# From the closing quote of one part to the opening quote of the next, perhaps on the next line: an operator, or white space alone.
_BREAK = r"[ \t]{0,8}[\\_]?(?:\r?\n[ \t]{0,80})?"
_SPACE = r"(?:[ \t]{1,8}[\\_]?|\\)(?:\r?\n[ \t]{0,80})?|\r?\n[ \t]{0,80}"
_PREFIX = r"[rbufRBUF@$]{0,2}"
_JOINT = (
    rf"""(?:["'`][ \t]{{0,8}}{_OPERATOR}{_BREAK}{_PREFIX}["'`]"""
    rf"""|["'`][ \t]{{0,8}}\\?\r?\n[ \t]{{0,80}}{_OPERATOR}[ \t]{{0,8}}{_PREFIX}["'`]"""
    rf"""|"(?:{_SPACE}){_PREFIX}"|'(?:{_SPACE}){_PREFIX}')"""
)
_CONTINUED = r"\\\r?\n[ \t]{0,80}"
_SOFT_BREAK = r"=\r?\n"  # quoted-printable: https://www.rfc-editor.org/rfc/rfc2045#section-6.7
_OPENING = r"""(?<=[=:(,] )\([ \t]{0,8}\r?\n[ \t]{0,80}(?=["'`])"""  # token = ( "…" "…" )
_WIDEST_JOINT = 320  # bytes, with the bracket that may open before it
_IN_WORDS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_+/=.:@~$-"
_LONG_WORD = 24
_TOLD = 32  # bytes on either side that tell whether a word is long
_NEXT_JOINT = 96  # bytes in which another may follow, behind a part of one character
_SOFT_WIDTHS = range(70, 78)
_JOINTS = lazy(rf"(?<={_WORD})(?:{_JOINT}|{_CONTINUED}|{_SOFT_BREAK})(?={_WORD})|{_OPENING}".encode())
_GAP = r"[ \t\r\n]{0,40}"
# Not ""|'' before a gap: hyperscan misses alternatives of two bytes there, but for the head of a block.
_LIST = rf"""(?:["'][ \t]{{0,4}}\.[ \t]{{0,2}}join|(?i:concat|paste0|strcat|str_c))[ \t]{{0,2}}\({_GAP}[\[(]?{_GAP}["']"""
_LIST_BEFORE = rf"""["']{_GAP},?{_GAP}\]{_GAP}\.join\([ \t]{{0,2}}(?:""|'')"""
_COMMA = lazy(rf"""["']{_GAP},{_GAP}["']""".encode())
_END_OF_LIST = lazy(rb"[\])]")
_LIST_WIDTH = 8192  # bytes
_SCALAR_LINES = lazy(rb"(?P<indent>[ \t]+)[!-~]+(?:\r?\n(?P=indent)[!-~]+)+")


class _Part(NamedTuple):
    """What stands from `start` to `end` of a view's text stands for `origin` to `origin_end` of the block."""

    start: int
    end: int
    origin: int
    origin_end: int


class View(NamedTuple):
    """`start` is where the text begins in the block; `parts` are those of the text that the block spells differently, in order.
    `cut` says whether the block goes on before and behind what the text shows.
    """

    encoding: str
    text: bytes
    start: int
    parts: Sequence[_Part]
    cut: tuple[bool, bool]

    def shows(self, start: int, end: int) -> bool:
        """Whether what stands there in the text stands there in full."""
        return not (self.cut[0] and start == 0) and not (self.cut[1] and end == len(self.text))

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where in the block that stretch of the text stands; within a decoded part as near as the encoding lets one tell."""
        return self._origin(start, first=True), self._origin(end, first=False)

    def _origin(self, at: int, *, first: bool) -> int:
        # The end of a stretch belongs to what stands before it.
        index = bisect_right(self.parts, at if first else at - 1, key=lambda part: part.start) - 1
        if index < 0:
            return self.start + at
        part = self.parts[index]
        if at >= part.end:
            return part.origin_end + at - part.end
        length, width = part.end - part.start, part.origin_end - part.origin
        return part.origin + ((at - part.start) * width + (0 if first else length - 1)) // length


class _Change(NamedTuple):
    """Bytes of the block, and what they stand for."""

    start: int
    end: int
    text: bytes


class Encoding(NamedTuple):
    """`pattern` finds where something encoded ends or goes on, in text; `changes` reads from those offsets what stands there, by
    start and without overlaps. A view shows `behind` bytes that follow.
    """

    name: str
    pattern: str
    changes: Callable[[bytes, Sequence[int]], Iterable[_Change]]
    before: int = _REACH
    behind: int = _REACH


def views(data: bytes, encoded: Mapping[int, Sequence[int]]) -> Iterator[View]:
    """What the candidates of ENCODINGS, by index, show of `data`."""
    for index, ends in encoded.items():
        encoding = ENCODINGS[index]
        group: list[_Change] = []
        for change in encoding.changes(data, ends):
            if group and change.start - group[-1].end > encoding.before:
                yield _view(encoding, data, group)
                group = []
            group.append(change)
        if group:
            yield _view(encoding, data, group)


def _view(encoding: Encoding, data: bytes, changes: list[_Change]) -> View:
    start = max(0, changes[0].start - encoding.before)
    if start:  # not amid a name, which would be another one
        start = _end(_REST_OF_BASE64, data, start) if _end(_REST_OF_BASE64, data, start) < changes[0].start else start
    at = start
    text = bytearray()
    parts = []
    for change in changes:
        text += data[at : change.start]
        parts.append(_Part(len(text), len(text) + len(change.text), change.start, change.end))
        text += change.text
        at = change.end
    text += data[at : at + encoding.behind]
    return View(encoding.name, bytes(text), start, parts, (start > 0, at + encoding.behind < len(data)))


# base64


def _base64(data: bytes, ends: Sequence[int]) -> Iterator[_Change]:
    for start, stop in _runs(data, ends, _BASE64, _rest_of_base64, 4):
        yield from _call(data, start)
        yield _Change(start, stop, _from_base64(data[start:stop]))


def _call(data: bytes, start: int) -> Iterator[_Change]:
    """The call around the literal that starts there: token = b64decode("…") says what token is."""
    call = _CALL.search(data, max(0, start - _LONGEST_CALL), start)
    if call:
        yield _Change(call.start(), start, b'"')


def _wide_base64(data: bytes, ends: Sequence[int]) -> Iterator[_Change]:
    for start, stop in _runs(data, ends, _BASE64, _rest_of_base64, 4):
        yield _Change(start, stop, _from_base64(data[start:stop]).replace(b"\0", b""))


def _rest_of_base64(data: bytes, start: int, end: int) -> int:
    """Where the run ends: on a later line, if whole lines of base64 follow."""
    stop = _end(_REST_OF_BASE64, data, end)
    if stop - start < _SHORTEST_LINE or data.endswith(b"=", end, stop):
        return stop
    return _end(_MORE_LINES, data, stop)


def _from_base64(run: bytes) -> bytes:
    text = _WRAP.sub(b"", run).rstrip(b"=").translate(_STANDARD)
    if len(text) % 4 == 1:
        text = text[:-1]
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4))


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    match = pattern.match(data, at)
    return match.end() if match else at


def _runs(
    data: bytes, ends: Sequence[int], alphabet: bytes, rest: Callable[[bytes, int, int], int], unit: int
) -> Iterator[tuple[int, int]]:
    """The whole runs of `alphabet` around those offsets, from the first character that is in step with the offset; `rest` says
    where one that starts and goes on at these two offsets ends.
    """
    done = 0
    for end in ends:
        if end > done:
            start = _start_of_run(data, done, end, alphabet)
            stop = rest(data, start, end)
            yield start + (end - start) % unit, stop
            done = stop


def _start_of_run(data: bytes, least: int, end: int, alphabet: bytes) -> int:
    width = 256
    at = end
    while at > least:
        chunk = data[max(least, at - width) : at]
        outside = len(chunk.rstrip(alphabet))
        at -= len(chunk) - outside
        if outside:
            break
        width *= 2
    return at


# hexadecimal


def _hexadecimal(data: bytes, ends: Sequence[int]) -> Iterator[_Change]:
    for start, stop in _runs(data, ends, _HEX, lambda data, start, end: _end(_REST_OF_HEX, data, end), 2):
        stop -= (stop - start) % 2
        yield from _call(data, start)
        yield _Change(start, stop, binascii.a2b_hex(data[start:stop]))


# escapes


def _escapes(data: bytes, ends: Sequence[int]) -> Iterator[_Change]:
    done = 0
    for end in ends:
        for escape in _ESCAPES.finditer(data, max(done, end - _ESCAPED_REACH), end + _ESCAPED_REACH):
            yield _Change(escape.start(), escape.end(), _unescaped(escape[0]))
            done = escape.end()
        done = max(done, end)


def _unescaped(escape: bytes) -> bytes:
    if escape in _NAMED:
        return _NAMED[escape]
    code = _CODE.search(escape)
    number = 0 if code is None else int(code[1], 16) if code[1] else int(code[2])
    return bytes((number,)) if 0x20 <= number < 0x7F else escape


# joints


def _joints(data: bytes, ends: Sequence[int]) -> Iterator[_Change]:
    done = 0
    for end in ends:
        for joint in _JOINTS.finditer(data, max(done, end - _WIDEST_JOINT), end + _NEXT_JOINT):
            if _parts_a_word(data, joint.start(), joint.end()) and (not joint[0].startswith(b"=") or _breaks_softly(data, joint.start())):
                yield _Change(joint.start(), joint.end(), b"")
            done = joint.end()


def _parts_a_word(data: bytes, start: int, end: int) -> bool:
    """Whether what stands on both sides would be long and mixed enough for a secret, or a bracket opens there."""
    before, behind = data[max(0, start - _TOLD) : start], data[end : end + _TOLD]
    word = before[len(before.rstrip(_IN_WORDS)) :] + behind[: len(behind) - len(behind.lstrip(_IN_WORDS))]
    return len(word) >= _LONG_WORD or (len(word) >= _LONG_WORD // 2 and not word.isalpha()) or data.startswith(b"(", start)


def _breaks_softly(data: bytes, at: int) -> bool:
    """Lines of quoted-printable have at most 76 characters, and those that are broken nearly as many."""
    return at - data.rfind(b"\n", max(0, at - 80), at) in _SOFT_WIDTHS


def _lists(data: bytes, ends: Sequence[int]) -> Iterator[_Change]:
    """The commas of a list whose members a call joins, which stands before or behind it."""
    done = 0
    for end in ends:
        if data.endswith((b'""', b"''"), 0, end):
            bracket_at = data.rfind(b"[", max(done, end - _LIST_WIDTH), end)
            start, stop = (bracket_at, end) if bracket_at >= 0 else (end, end)
        else:
            bracket = _END_OF_LIST.search(data, end, end + _LIST_WIDTH)
            start, stop = max(done, end - 1), bracket.start() if bracket else end
        for comma in _COMMA.finditer(data, start, stop):
            yield _Change(comma.start(), comma.end(), b"")
            done = comma.end()


def _folded(data: bytes, ends: Sequence[int]) -> Iterator[_Change]:
    """The ends of the lines of a block scalar whose every line is one word: https://yaml.org/spec/1.2.2/#81-block-scalar-styles"""
    done = 0
    for end in ends:
        lines = _SCALAR_LINES.match(data, data.rfind(b"\n", 0, end) + 1) if end >= done else None
        if lines:
            for wrap in _WRAP.finditer(data, lines.start(), lines.end()):
                yield _Change(wrap.start(), wrap.end(), b"")
            done = lines.end()


ENCODINGS = (
    Encoding("base64", _QUADS, _base64, _BEFORE, 64),
    Encoding("base64", f"(?:{_WIDE_OCTET}){{4}}", _wide_base64, _BEFORE, 64),
    Encoding("hexadecimal", "(?:[2-7][0-9a-fA-F]){16}", _hexadecimal, _BEFORE, 64),
    Encoding("escapes", f"(?:{_ESCAPE}){{1,2}}[0-9A-Za-z+]{{3}}|(?:{_ESCAPE}){{6}}", _escapes),
    Encoding("parts", rf"{_WORD}{{2}}(?:{_JOINT}|{_CONTINUED}){_WORD}|{_WORD}{{8}}{_SOFT_BREAK}{_WORD}{{4}}", _joints),
    Encoding("parts", f"{_LIST}|{_LIST_BEFORE}", _lists),
    Encoding("folded lines", r":[ \t][>|][-+0-9]{0,2}[ \t]{0,8}\r?\n[ \t]{1,80}[!-~]{8}", _folded),
)
