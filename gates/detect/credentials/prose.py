"""Reads passwords that people write down for people: tables with a column of them, sentences in notes, chats and mails."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.names import Kind, kind
from gates.detect.credentials.proof import is_stand_in
from gates.detect.credentials.sql import is_statement, rows
from gates.detect.credentials.values import weigh

_HEADER = 1024  # bytes of a line that may name the columns
_TABLE = 4 << 20  # bytes of rows that are read: a whole file, unless that is read in blocks
_NAMES = (
    r"password|passwd|pass|pwd|pw|passphrase|passcode|kennwort|passwort|contrase(?:n|\xc3\xb1)a|clave|senha|mot de passe|mdp|wachtwoord"
    r"|haslo|has\xc5\x82o|heslo|parola|parool|l(?:o|\xc3\xb6)senord|adgangskode|salasana"
)
# The column's name may say whose it is: login_password, user password, new_password.
_COLUMN_NAMES = (
    rf"(?:[a-z]{{1,20}}[ _-])?(?:{_NAMES}|secret|token|api[ _-]?key|secret[ _-]?key|access[ _-]?key)(?:[ _-](?:1|2|value|plain|clear))?"
)
_COLUMN = lazy(rb"[\s\"'`*_]*(?i:" + _COLUMN_NAMES.encode() + rb")[\s\"'`*_]*")
_CELL = lazy(rb"[\"'`*_ \t]*[A-Za-z0-9\x80-\xff#][^\"'`(){}\[\]<>;=$]{0,60}[\"'`*_ \t]*")
_RULE = lazy(rb"[\s|:+=-]+")
_RULE_BELOW = lazy(rb"\n[ \t>]*[|+:=-][ |+:=-]*-[ |+:=-]*\r?(?:\n|\Z)")
_QUOTED_CELL = lazy(rb"[ \t]*\"((?:[^\"]|\"\")*)\"[ \t]*(?=,|;|\t|\Z)")
_NO_CELL = lazy(rb"[<>]|\A[A-Z0-9]+(?:_[A-Z0-9]+)+\Z|\)\Z")  # markup, a constant, code
_SECRET_COLUMN = lazy(rb"(?i:secret|token|key)")
_MARKS = b" \t\r\"'`*"


def _bytes(pattern: str) -> str:
    """With the letters beyond ASCII spelt out, as patterns see bytes."""
    return "".join(chr(byte) if byte < 0x80 else f"\\x{byte:02x}" for byte in pattern.encode())


# Sentences. Patterns of the families stand beside those that read, since the ones have to let through what the others want.
_WORDS_OF_PASSWORDS = (
    r"\bpassword|passwd|passphrase|passcode|\bpwd|\bpw|kennwort|passwort|contrase|senha|mot de passe|\bmdp|\bclave|wachtwoord|haslo"
    r"|has\xc5\x82o|heslo|parola|adgangskode|salasana|l\xc3\xb6senord"
)
_WORDS_OF_SECRETS = r"\btoken|\bsecret|[ _-]key|\bcredentials?"
_VERB = r"is|was|now|still|to|lautet|ist|war|est|es|era|jest|\xc3\xa9|->|=>|\xe2\x86\x92"
_ADVERB = "will|has|be|been|currently|changed|reset|set|jetzt|aktuell|weiterhin|maintenant|ahora|agora|nu"
_OF = r"for|of|to|on|in|zum|zur|vom|der|des|de|du|pour|para|do|da|voor|van"
# Also the quotes of typographers, in UTF-8.
_OPEN = r"[\"'`*_\xe2\x80\x9c\x9e\xc2\xab]{0,5}"
_SAYS = rf"[^\r\n.:=`\"]{{0,48}}[ ](?i:{_VERB})[*_`:]{{0,3}}[ ]{{1,2}}{_OPEN}[!-~]{{6}}"
_OF_WHAT = rf"[ ](?i:{_OF})[ ][^\r\n.:=`\"]{{1,48}}:[ ]{{1,2}}{_OPEN}[!-~]{{6}}"
_QUOTED = "[ ]{1,2}[\"'`*_]{1,3}[!-~]{6}"
_LOGIN_WORD = (
    r"\blog-?in|\bcredentials?|\bcreds|zugang|anmeld|benutzer|identifiant|credencia|acces?so|inloggegevens|/(?:pass|pw|senha|clave)"
    r"|and password"
)
_AND = r"(?:[ ]{0,2}[/:][ ]{0,2}|[ ](?:and|und|et|y|e)[ ])"
_USER = r"[`\"'(*]{0,3}[A-Za-z0-9_][A-Za-z0-9_.@+\\-]{1,63}[`\"'*]{0,2}"
_SHORT = "pw|pwd|pass|password|passwort|kennwort"
# In scripts whose sentences are written with signs and words of their own. Bytes have no upper case beyond ASCII.
_FAR_WORDS = _bytes("密码|密碼|口令|パスワード|비밀번호|пароль|Пароль|ПАРОЛЬ")
_FAR_IS = _bytes("\uff1a|は|为|為|是|: |:|=|= |—|-|는|은")
_FAR_OPEN = _bytes("(?:「|『| ){0,2}")
SENTENCE_OPENINGS = (
    f"(?:(?i:{_WORDS_OF_PASSWORDS})(?:{_SAYS}|{_OF_WHAT}|{_QUOTED})|(?:{_FAR_WORDS})[ ]?(?:{_FAR_IS}){_FAR_OPEN}{_OPEN}[!-~]{{6}}"
    rf"|\b(?i:log-?in|user)[ :]{{1,2}}{_USER},?[ ](?i:{_SHORT})[ :]{{1,2}}{_OPEN}[!-~]{{6}})"
)
PAIR_OPENINGS = (
    f"(?:(?i:{_WORDS_OF_SECRETS}){_OF_WHAT}"
    rf"|(?i:{_LOGIN_WORD})[^\r\n]{{0,40}}(?:[:=]|is|are|with|as)[*_]{{0,2}}[ ]{{1,3}}{_USER}{_AND}{_OPEN}[!-~]{{6}})"
)
# A plain word is more of the sentence: changed to …
_WORD = rb"(?P<open>" + _OPEN.encode() + rb")(?P<value>(?![A-Z]?[a-z]+[.,;:]?(?:\s|\Z))[!-~]{6,128})"
# Whose password it is may stand before the verb, but nothing that makes it another thing, such as a hasher.
_SAID = lazy(
    rb"(?i:(?P<password>" + _WORDS_OF_PASSWORDS.encode() + rb")|(?:" + _WORDS_OF_SECRETS.encode() + rb"))[a-z\x80-\xff]{0,3}"
    rb"(?:(?:[ ](?i:"
    + _OF.encode()
    + rb")[ ][^\r\n.:=`\"]{1,44}?)?(?:[ ](?i:"
    + _VERB.encode()
    + rb"|"
    + _ADVERB.encode()
    + rb")){1,5}[*_`:]{0,3}"
    rb"|[a-z]{0,4}[ ](?i:" + _OF.encode() + rb")[ ][^\r\n.:=`\"]{1,48}:)[ ]{1,2}" + _WORD
)
_WITH = lazy(rb"(?i:" + _WORDS_OF_PASSWORDS.encode() + rb")[ ]{1,2}(?=[\"'`*_])" + _WORD)
_USER_AND_WORD = lazy(
    rb"\b(?i:log-?in|user)[ :]{1,2}" + _USER.encode() + rb",?[ ](?i:" + _SHORT.encode() + rb")[ :]{1,2}" + _WORD + rb"(?=\s|\Z)"
)
_FAR = lazy(rb"(?:" + _FAR_WORDS.encode() + rb")[ ]?(?:" + _FAR_IS.encode() + rb")" + _FAR_OPEN.encode() + _WORD)
# With a slash or a colon behind it the second word is a part of a path, an address or code.
_PAIR = lazy(
    rb"(?i:"
    + _LOGIN_WORD.encode()
    + rb")[^\r\n:=\"]{0,32}?(?:[:=]|\bis|\bare|\bwith|\bas)[*_]{0,2}[ ]{1,3}"
    + _USER.encode()
    + _AND.encode()
    + rb"(?P<open>"
    + _OPEN.encode()
    + rb")(?P<value>(?![A-Z]?[a-z]+[.,;:]?(?:\s|\Z)|[0-9a-f]{32})[^\x00-\x20/:<>(){}\[\]|\"'`\\;\x7f-\xff]{6,128})(?![/:<(\[{|\\])"
)
_OF_CODE = lazy(rb"[(){}<>=\\]|\A-")
_NO_WORD = lazy(rb"[^A-Za-z._/:-]")
_ENDS = lazy(rb"\\[nrt\"].*|&quot;.*|</?[a-z].*|[`\"].*|\xe2\x80\x9d.*", re.DOTALL)


def tables(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    done = read = 0
    for end in ends:
        if is_statement(data, end):
            read = (yield from rows(data, end)) if end > read else read
            continue
        if end - 1 < done:
            continue
        at = end - 1 if data[end - 1 : end] == b"\n" else end
        start = max(data.rfind(b"\n", max(0, at - _HEADER), at) + 1, at - _HEADER, 0)
        stop = data.find(b"\n", at, at + _HEADER)
        if stop < 0:
            continue
        done = stop
        header = data[start:stop]
        for separator in (b"|", b",", b"\t", b";"):
            if separator in header:
                columns = _columns(header, separator)
                if columns and (separator != b"|" or _RULE_BELOW.match(data, stop)):
                    for line, cells in _rows(data, stop + 1, separator, columns[-1][0], header.count(separator)):
                        done = line  # each line is a row of one table
                        yield from _credentials(data, line, cells, columns)
                elif header.lstrip(b" \t>").startswith(b"|"):
                    yield from _beside(data, start, stop)
                break


def _columns(header: bytes, separator: bytes) -> list[tuple[int, Kind]]:
    """The columns of passwords, none if this is no line of names."""
    cells = header.split(separator)
    if separator == b"|":
        named = [cell for cell in cells if cell.strip()]
        if not all(_CELL.fullmatch(cell.strip(b" \t\r*_`")) for cell in named):
            return []
    elif not all(_CELL.fullmatch(cell.strip()) for cell in cells):
        return []
    return [(index, "secret" if _SECRET_COLUMN.search(cell) else "password") for index, cell in enumerate(cells) if _COLUMN.fullmatch(cell)]


def _rows(data: bytes, at: int, separator: bytes, last: int, separators: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Where each row starts, and where in it each cell starts and ends; until one is no row."""
    ceiling = min(len(data), at + _TABLE)
    while at < ceiling:
        stop = data.find(b"\n", at, ceiling)
        stop = ceiling if stop < 0 else stop
        line = data[at:stop]
        if separator != b"|" or not _RULE.fullmatch(line):
            cells = _cells(line, separator)
            if not line.strip() or len(cells) <= last or abs(len(cells) - 1 - separators) > (separator == b"|"):
                return
            yield at, cells
        at = stop + 1


def _credentials(data: bytes, line: int, cells: Sequence[tuple[int, int]], columns: Sequence[tuple[int, Kind]]) -> Iterator[Credential]:
    for index, word in columns:
        first, last = cells[index]
        cell = data[line + first : line + last]
        stripped = cell.strip(_MARKS)
        severity = None if _NO_CELL.search(stripped) else weigh(word, stripped, "quoted")
        if severity is not None:
            start = line + first + cell.find(stripped)
            yield Credential(start, start + len(stripped), stripped, severity)


def _cells(line: bytes, separator: bytes) -> list[tuple[int, int]]:
    """Start and end of each cell. Within quotes a separator is none."""
    cells = []
    at = 0
    while at <= len(line):
        quoted = _QUOTED_CELL.match(line, at) if separator != b"|" else None
        stop = quoted.end() if quoted else line.find(separator, at)
        stop = len(line) if stop < 0 else stop
        cells.append((at, stop))
        at = stop + 1
    return cells


def _beside(data: bytes, start: int, stop: int) -> Iterator[Credential]:
    """| password | X |"""
    cells = _cells(data[start:stop], b"|")
    for (first, last), (value_first, value_last) in pairwise(cells):
        name = data[start + first : start + last].strip(_MARKS)
        value = data[start + value_first : start + value_last].strip(_MARKS)
        word = kind(name.replace(b" ", b"_")) if name and len(name) < 60 else ""
        severity = weigh(word, value, "quoted") if word else None
        if severity is not None:
            at = data.index(value, start + value_first)
            yield Credential(at, at + len(value), value, severity)
            return


def sentences(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    done = 0
    for end in ends:
        if end <= done:
            continue
        start = max(data.rfind(b"\n", max(0, end - 200), end) + 1, end - 200, 0)
        stop = data.find(b"\n", end, end + 400)
        stop = min(len(data), end + 400) if stop < 0 else stop
        done = stop
        spans: dict[int, Credential] = {}
        for pattern in (_SAID, _PAIR, _WITH, _USER_AND_WORD, _FAR):
            for match in pattern.finditer(data, start, stop):
                found = _in_words(match)
                if found:
                    spans.setdefault(found.start, found)
        for at in sorted(spans):
            yield spans[at]


def _in_words(match: re.Match[bytes]) -> Credential | None:
    text = _ENDS.sub(b"", match["value"]) if match["open"][-1:] not in (b"`", b'"') else match["value"]
    mark = b"**" if match["open"].endswith(b"**") else match["open"][-1:]
    quoted = mark not in (b"", b"_", b"*")
    value, closed, _ = text.partition(mark) if quoted and mark.isascii() else (text.rstrip(b".,;:)]}>*_'|"), b"-", b"")
    if not closed or is_stand_in(value) or b':"' in value or (not quoted and _OF_CODE.search(value)):
        return None
    word: Kind = "password" if "password" not in match.re.groupindex or match["password"] else "secret"
    severity = weigh(word, value, "quoted" if quoted else "setting")
    # A word of a sentence that is not marked as one to type has to be plainly no word.
    if severity is None or (not quoted and (word == "secret" or not _NO_WORD.search(value)) and severity is not Severity.HIGH):
        return None
    at = match.start("value")
    return Credential(at, at + len(value), value, severity)
