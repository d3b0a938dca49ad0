"""Reads the rows that SQL puts into a table: the values of INSERT, the lines behind COPY, by the names of their columns."""

from collections.abc import Generator, Iterator
from itertools import islice

from gates.core.patterns import lazy
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.names import Kind, kind
from gates.detect.credentials.values import weigh

_NAMES = 2048  # bytes of a list of columns
_BEFORE_NAMES = 200  # bytes before it in which the statement starts
_ROWS = 64 * 1024  # bytes of values that are read
_LINES = 4 << 20  # bytes of lines that are read
_NAME = (
    r"(?i:pass(?:word|wd|phrase|code)?|pwd|_pw|secret|token|(?:api|secret|access|private|auth|encryption|signing)_?key|kennwort|passwort"
    r"|senha|clave|contrasen[^,()]{1,2}|mdp|parola|haslo|heslo)[0-9]?"
)
# A statement may be put together from strings, one on each line.
_GAP = r"[ \t\r\n\"'`+.&|\\]{0,40}"
OPENING = rf"{_NAME}[ \t\r\n\"'`\]\\]{{0,8}}(?:,[^()]{{0,400}})?\){_GAP}(?:(?i:values)|(?i:from[ \t]stdin))"
_STATEMENT = lazy(rb"(?i:\b(?:insert|replace|into|copy)\b)[^()]{1,160}\Z")
_VALUES, _STDIN = b"values", b"stdin"
_REST_OF_COPY = lazy(rb"[^;\r\n]{0,200};?[ \t]*\r?\n")
_ROW = lazy(_GAP.encode() + rb"\(")
_NEXT_ROW = lazy(_GAP.encode() + rb"," + _GAP.encode() + rb"\(")
# A string, the signs that rows are made of, and whatever else. In a string of a program quotes have backslashes.
_PIECE = lazy(
    rb"(?:\\'((?:[^'\\]|''|\\\\.)*)\\'|\\\"((?:[^\"\\]|\\\\.)*)\\\""
    rb"|'((?:[^'\\]|''|\\[^\r\n])*)'|\"((?:[^\"\\]|\"\"|\\[^\r\n])*)\")"
    rb"|(?P<sign>[(),])|[^(),;'\"\\]+|[\\'\"]"
)
_LITERAL = lazy(rb"\s*(?:[NEne]|_[a-z0-9]{3,10})?")  # what may stand before a string
# What a password is given to where a row is made, before it is kept.
_HASHER = lazy(rb"(?i:\b(?:crypt|encrypt|(?:old_)?password|md5|sha[0-9]{0,3}|aes_encrypt))[ \t]*\(\s*\Z")
# Made from a password: in hexadecimal or base64, with its salt or without, as databases and frameworks keep it.
_DIGEST = lazy(
    rb"(?:\*|0x|\\\\?x)?[0-9a-fA-F]{32,}(?::.*)?|:[A-Za-z0-9]{1,12}:.*"
    rb"|[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==|AQAAAA.*"
)
_CODE = lazy(rb"[\"'`][ \t]*[+.,&|]|[+.,&|][ \t]*[\"'`]")


def rows(data: bytes, end: int) -> Generator[Credential, None, int]:
    """The credentials in the rows of the statement whose word VALUES or stdin ends at `end`. Returns how far those were read."""
    columns = _columns(data, end)
    if not columns:
        return end
    reached = end
    cells = _of_values(data, end) if data[end - len(_VALUES) : end].lower() == _VALUES else _of_lines(data, end, max(columns) + 1)
    for column, start, stop in cells:
        reached = stop
        word, value = columns.get(column, ""), data[start:stop]
        if word and not (word == "password" and _DIGEST.fullmatch(value)) and not _CODE.search(value):
            value = value.replace(b"''", b"'")
            severity = weigh(word, value, "quoted")
            if severity is not None:
                yield Credential(start, stop, value, severity)
    return reached


def is_statement(data: bytes, end: int) -> bool:
    return data[end - len(_VALUES) : end].lower() == _VALUES or data[end - len(_STDIN) : end].lower() == _STDIN


def _columns(data: bytes, end: int) -> dict[int, Kind]:
    """The columns of passwords and secrets, by their places in a row."""
    close = data.rfind(b")", max(0, end - 64), end)
    opened = data.rfind(b"(", max(0, close - _NAMES), close) if close >= 0 else -1
    if opened < 0 or not _STATEMENT.search(data, max(0, opened - _BEFORE_NAMES), opened):
        return {}
    named = ((index, name, kind(name)) for index, name in enumerate(data[opened + 1 : close].split(b",")))
    return {index: word for index, name, word in named if word and b"salt" not in name.lower()}  # a salt is as public as its hash


def _of_values(data: bytes, end: int) -> Iterator[tuple[int, int, int]]:
    """The strings in the rows behind VALUES: the column, and where each starts and ends. Of a call to a hasher, what is hashed."""
    ceiling = min(len(data), end + _ROWS)
    row = _ROW.match(data, end, ceiling)
    while row:
        at, start, depth, column, given = row.end(), row.end(), 1, 0, False
        while depth and (piece := _PIECE.match(data, at, ceiling)):
            at = piece.end()
            sign = piece["sign"]
            if sign == b"," and depth == 1:
                start, column, given = at, column + 1, False
            elif sign:
                depth += {b"(": 1, b")": -1, b",": 0}[sign]
            elif piece.lastindex and not given:
                before = data[start : piece.start()]
                given = True
                if _LITERAL.fullmatch(before) or _HASHER.search(before):
                    yield column, *piece.span(piece.lastindex)
        yield -1, at, at  # what was read is not read again for a statement within it
        row = _NEXT_ROW.match(data, at, ceiling) if not depth else None


def _of_lines(data: bytes, end: int, width: int) -> Iterator[tuple[int, int, int]]:
    """The fields of the lines behind COPY … FROM stdin, up to its mark of the end."""
    ceiling = min(len(data), end + _LINES)
    first = _REST_OF_COPY.match(data, end, ceiling)
    at = first.end() if first else ceiling
    while at < ceiling:
        stop = data.find(b"\n", at, ceiling)
        stop = ceiling if stop < 0 else stop
        line = data[at:stop].rstrip(b"\r")
        fields = line.split(b"\t", width)
        if line == b"\\." or len(fields) < width:
            return
        for column, field in enumerate(islice(fields, width)):
            yield column, at, at + len(field)
            at += len(field) + 1
        at = stop + 1
