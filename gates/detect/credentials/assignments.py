"""Reads what is assigned to a name: in code, configuration, markup, shells and query strings, whatever the language."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gates.core.patterns import lazy
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.names import Kind, kind
from gates.detect.credentials.values import LONGEST, Syntax, weigh

# Lower-case pieces of names, which the patterns of the families know as well; `kind` decides.
PASSWORDS = (
    r"passw|passphrase|passcode|pass_phrase|pwd|pswd|[_.\-\"'<]pass|\bpass|psk|\bpw\b|_pw\b|kennwort|senha|clave|contrasena|wachtwoord|haslo|parola"
    r"|heslo|motdepasse|mdp"
)
SECRETS = (
    r"secret|token|api[_.-]? ?key|credential|creds?\b|auth|bearer|webhook|cookie|session|hmac|jwt|_sas|\bsas|salt|\bpat\b|_pat\b"
    r"|(?:private|priv|access|application|app|account|sign|signing|signature|encrypt|encryption|enc|crypt|crypto|cipher|decryption|aes|master|root"
    r"|storage|shared|service|client|server|admin|licen[sc]e|subscription|integration|ingest|deploy|deployment|write|writer|user|partner"
    r"|merchant|rest|maps|consumer|tunnel|site|project|team|symmetric|wireguard|gateway|developer|dev|prod|production|live|sandbox|jws|x|bot|org)"
    r"[_.-]?key"
)
_PASSWORD_NAMES = lazy(PASSWORDS.encode())
_SECRET_NAMES = lazy(SECRETS.encode())
_NEAR, _FAR = 160, 560  # bytes before the end of what a pattern matched in which the name stands
_NAME = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.$"
_LONGEST_NAME = 80
_REST_OF_NAME = lazy(rb"[A-Za-z0-9_.-]*")

# From the name to the value. What only quotes may follow is apart from what a bare word may follow.
_CLOSE = rb"(?:\\?[\"'`]|&quot;)?[\])}]{0,2}"
_TYPE = rb"(?::[ \t]*|[ \t]+)(?:[A-Za-z_*&][A-Za-z0-9_.<>\[\]|?*& ]{0,40}?)"
_TO_ANY = lazy(
    rb"(?:"
    + _CLOSE + rb"[ \t]*(?:=>|:=|\?=|\+=|===?|!==?|=|:)[ \t]*"
    + rb"|" + _CLOSE + rb",?[ \t\r\n]{0,120}[\"']?(?i:value|default|defaultvalue|content|parametervalue|val|text)[\"']?[ \t]{0,4}[:=][ \t]{0,4}"
    + rb"|:[-=?]"
    + rb")"
)
_TO_QUOTED = lazy(
    rb"(?:"
    + _CLOSE + rb"[ \t]*" + _TYPE + rb"[ \t]*:?=[ \t]*"  # password: str = "…", password string := "…"
    + rb"|\[[0-9A-Za-z_]*\][ \t]*=[ \t]*"  # char password[] = "…"
    + rb"|" + _CLOSE + rb"[ \t]*(?:=>|->|\|\||\?\?|\?:|<-|<<<|(?i:or|eq|is|to|as|default|identified by|with)\b)[ \t\r\n]*"
    + rb"|" + _CLOSE + rb"[ \t]*(?:=|:|=>|:=)[ \t]*\(?[ \t]*\r?\n[ \t]*"  # the value on the next line
    + rb"|[\"'][ \t]*\)[ \t]*(?:,|\|\||\?\?|\?:|or|:)[ \t]*"
    + rb"|(?:\.[A-Za-z]{2,20})?[ \t]?\([ \t]*"  # setPassword("…"), password.equals("…")
    + rb"|[\"'][ \t]*\{[^{}]{0,300}?\b(?i:default|value)[ \t]*=[ \t]*"  # variable "password" { default = "…" }
    + rb"|[ \t]+(?=[\"'])"
    + rb")"
)
_TO_SECOND = lazy(rb"\\?[\"'][ \t]*,[ \t\r\n]*")  # define('PASSWORD', '…'): only right behind a bracket, since a list looks the same
_TO_ELEMENT = lazy(rb"[\"']?[ \t]*(?:[A-Za-z:_-]+=[\"'][^\"'<>\n]{0,60}[\"'][ \t]*){0,4}>[ \t]*(?:\r?\n[ \t]*)?([^<>\s]{4,1024})[ \t\r\n]*</")
_WRAPPER = lazy(
    rb"(?:new[ \t]+)?(?:(?:[A-Za-z_]+(?:\.|::))*(?:SecretStr|SecretString|SecureString|String|str|bytes|b64decode|from|Some|Secret|Password|PasswordValue"
    rb"|unquote|encode|NewSecret|Literal|quote|toSecret|literal|fromString|valueOf|fromBase64|atob|Buffer|CharArray|format|trim|strdup|T|text|TEXT|L"
    rb"|UnsafePlainText|unsafePlainText|plain_text|ConvertTo-SecureString|-String)[ \t]*\(?[ \t]*|&|@|\*|\(|\[|char[ \t]*\*)"
)
_PREFIX = lazy(rb"(?:[rbufRBUFL@$]{1,2}(?=[\"'`]))?")
_QUOTED = (
    (b'\\"', lazy(rb'\\"((?:[^"\\\r\n]|\\\\[^"])*)\\"')),
    (b"&quot;", lazy(rb"&quot;((?:[^&\r\n]|&(?!quot;))*)&quot;")),
    (b'"""', lazy(rb'"""([^\r\n]*?)"""')),
    (b"'''", lazy(rb"'''([^\r\n]*?)'''")),
    (b'"', lazy(rb'"((?:[^"\\\r\n]|\\.)*)"')),
    (b"'", lazy(rb"'((?:[^'\\\r\n]|\\.)*)'")),
    (b"`", lazy(rb"`([^`\r\n]*)`")),
)
# A literal that something is added to is a part of the value.
_GOES_ON = lazy(rb"[ \t]*(?:\+(?!=)|%[ \t]*[A-Za-z_({]|\.\.|\.[ \t]+[\"'$]|&[ \t]|<>|\|\|[ \t]*[\"'])")

_LINE_START = lazy(
    rb"[ \t>#*/;|!+-]*(?:(?:export|set|setenv|setx|ENV|ARG|env|local|readonly|declare|typeset|var|let|const|final|static|SET)[ \t]+(?:-[A-Za-z]+[ \t]+)?)?"
    rb"(?:\$env:|\$|@|:|--)?[\"']?(?:[A-Za-z0-9_-]+[.:/\[])*"
)
_COMMENT = lazy(rb"[ \t]+(?:#|//|;|--|<!--).*")
_ESCAPED_END = lazy(rb"\\[nrt\"'].*|&quot;.*", re.DOTALL)
_LINE = lazy(rb"[^\r\n]{0,1100}")
_OF_QUERY = lazy(rb"[^&\s\"'`<>#;,|(){}\\\[\]]+")
_OF_STRING = lazy(rb"[^;&\s\"'`<>|\\]+")
_OF_COMMAND = lazy(rb"[^\s\"'`<>|;&\\]+")
_OF_FALLBACK = lazy(rb"[^}\s\"']+")


class _Value(NamedTuple):
    start: int
    end: int
    syntax: Syntax


def passwords(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    return _assigned(data, ends, "password", _PASSWORD_NAMES)


def secrets(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    return _assigned(data, ends, "secret", _SECRET_NAMES)


def _assigned(data: bytes, ends: Sequence[int], wanted: Kind, names: re.Pattern[bytes]) -> Iterator[Credential]:
    done = 0
    for end in ends:
        for reach in (_NEAR, _FAR):
            since = max(done, end - reach)
            found = list(names.finditer(data[since:end].lower()))
            for match in found:
                if since + match.start() >= done:
                    start, done = _name(data, since + match.start())
                    if kind(data[start:done]) == wanted:
                        yield from _first(data, wanted, start, done)
            if found:
                break


def _first(data: bytes, wanted: Kind, start: int, end: int) -> Iterator[Credential]:
    for value in _values(data, start, end):
        text = data[value.start : value.end]
        severity = weigh(wanted, text, value.syntax)
        if severity is not None:
            yield Credential(value.start, value.end, text, severity)
            return


def _name(data: bytes, at: int) -> tuple[int, int]:
    """The whole name around an offset within it."""
    before = data[max(0, at - _LONGEST_NAME) : at]
    start = at - len(before) + len(before.rstrip(_NAME))
    if start < at and data[start - 1 : start] == b"\\" and data[start] in b"nrt":
        start += 1  # the escape of a line's end
    rest = _REST_OF_NAME.match(data, at, at + _LONGEST_NAME)
    return start, rest.end() if rest else at


def _values(data: bytes, start: int, end: int) -> Iterator[_Value]:
    """What may be the value of the name that stands from `start` to `end`, likeliest first."""
    element = _TO_ELEMENT.match(data, end)
    if element:
        yield _Value(*element.span(1), "quoted")
        return
    link = _TO_SECOND.match(data, end)
    if link and data[max(0, start - 8) : start].rstrip(b" \t\r\n\\\"':").endswith((b"(", b"{", b"[")) and (quoted := _quoted(data, link.end())):
        yield quoted
    link = _TO_QUOTED.match(data, end)
    if link and (quoted := _quoted(data, link.end())):
        yield quoted
    link = _TO_ANY.match(data, end)
    if link is None:
        return
    quoted = _quoted(data, link.end())
    if quoted:
        yield quoted
    elif bare := _bare(data, start, link):
        yield bare


def _quoted(data: bytes, at: int) -> _Value | None:
    wrapper = _WRAPPER.match(data, at)
    at = wrapper.end() if wrapper else at
    prefix = _PREFIX.match(data, at)
    at = prefix.end() if prefix else at
    for quote, pattern in _QUOTED:
        if data.startswith(quote, at):
            match = pattern.match(data, at, at + LONGEST + 8)
            if match is None or _GOES_ON.match(data, match.end()):
                return None
            return _Value(*match.span(1), "quoted")
    return None


def _bare(data: bytes, start: int, link: re.Match[bytes]) -> _Value | None:
    at = link.end()
    line_start = max(data.rfind(b"\n", 0, start), data.rfind(b"\\n", max(0, start - 200), start) + 1) + 1
    before = data[max(line_start, start - 200) : start]
    if link[0] in (b":-", b":=", b":?") and before.endswith(b"${"):
        return _value(_OF_FALLBACK.match(data, at), "setting")
    if before.endswith((b"?", b"&", b"&amp;")):
        return _value(_OF_QUERY.match(data, at), "setting")
    if not _LINE_START.fullmatch(before):
        # Amid a line: a connection string, an option of a command, an assignment before a command.
        if b";" in before[-200:] and b"=" in link[0]:
            return _value(_OF_STRING.match(data, at), "setting")
        tight = link[0] == b"=" and before.endswith((b"-", b" ", b"/", b'"', b"'", b":"))
        return _value(_OF_COMMAND.match(data, at), "setting" if tight else "bare")
    line = _LINE.match(data, at)
    text = _ESCAPED_END.sub(b"", _COMMENT.sub(b"", line[0] if line else b"")).rstrip()
    ends_statement = text.endswith((b",", b";", b"{", b"(", b"["))
    text = text.rstrip(b",;")
    if b" " in text:
        text = text.split(b" ", 1)[0] if b"=" in text.split(b" ", 1)[1] else b""
    if not text:
        return None
    # An assignment without spaces, or after a colon, is configuration rather than code.
    setting = not ends_statement and (link[0].endswith(b"=") or link[0].rstrip().endswith(b":"))
    return _Value(at, at + len(text), "setting" if setting else "bare")


def _value(match: re.Match[bytes] | None, syntax: Syntax) -> _Value | None:
    return _Value(*match.span(), syntax) if match else None
