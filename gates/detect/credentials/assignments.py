"""Reads what is assigned to a name: in code, configuration, markup, shells and query strings, whatever the language."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.names import FOREIGN_PASSWORDS, Kind, asks, kind
from gates.detect.credentials.values import LONGEST, Syntax, is_word_with_number, weigh

# What the names have in common that the families' patterns look for: few and short, since they are looked for in all that those match.
_PASSWORD_NAMES = lazy(
    "|".join(
        (
            "pass|pwd|pswd|psk|pw|kennwort|senha|clave|contrase|wachtwoord|haslo|parola|heslo|mdp|identified|masterauth",
            "losenord|sifre|geheimnis|jelszo|geslo|sandi|khau",
            *FOREIGN_PASSWORDS,
        )
    ).encode()
)
_SECRET_NAMES = lazy(rb"secret|segredo|segreto|token|key|cred|auth|bearer|webhook|cookie|session|hmac|jwt|sas|salt|pepper|pat")
_SHORT = 3  # letters of a word that stands in other words as well: path, keyboard
_REACHES = 64, 160, 560  # bytes before the end of what a pattern matched: the name stands in the last few, or farther
_FAR = b"default", b"<defaultvalue"  # where it ends like this, other names may stand in between: those of a description
_LONGEST_WORD = max(map(len, _FAR))
_NAME = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.$" + bytes(range(0x80, 0x100))
_LONGEST_NAME = 80
_BLOB = 200  # bytes without white space or a quote that are no value
_LINE_BEFORE = 200  # bytes of a line before a name that tell what it is
SEALED = b"encryptedData"
_FILE = 16 * 1024  # bytes before a value in which a file may say what it is
_TO_NAME = lazy(rb"[^A-Za-z0-9_$]*")
_PASS = lazy(rb"(?i:(?:.*[_-])?pass)")  # a verb or a noun of its own, when a sign does not say otherwise
_NAMING = lazy(rb"(?:[-:]|\(def[ \t]+|#define[ \t]+)\Z")  # in front of such a noun
_NOOP = b"{noop}"  # says that what follows is the password itself: Spring's DelegatingPasswordEncoder
# A key without a word that says what for, in a group that says it: 'crypt' => ['key' => '…'], jwt: / key: …, [encryption] / key = …
_ENTRY = rb"[\"']?[A-Za-z_]{2,30}[\"']?[ \t]*(?:=>|[:=])[^\r\n,{}\[\]()]{0,80}"
_WITHIN = lazy(
    rb"(?i:crypt|cipher|jwt|jws|hmac|fernet|signing|signer)[A-Za-z_]{0,12}(?:"
    rb"[\"']?[ \t]*(?:=>|[:=])[ \t]*(?:array[ \t]*)?[\[({]\s*(?:" + _ENTRY + rb",\s*){0,3}[\"']?"
    rb"|:[ \t]*\r?\n(?:[ \t]+" + _ENTRY + rb"\r?\n){0,3}[ \t]+"
    rb"|\][ \t]*\r?\n(?:" + _ENTRY + rb"\r?\n){0,3}"
    rb")\Z"
)
_KEY = (b"key", b"Key")
_GROUP = 480  # bytes
# {"value": "…", "key": "token"}
_VALUE_FIRST = lazy(rb"[\"'](?i:value)[\"'][ \t]*:[ \t]*[\"']([^\s\"']{6,600})[\"'],\s*[\"'](?:key|name)[\"'][ \t]*:[ \t]*[\"']\Z")
_ENTRY_BEFORE = 720  # bytes
_REST_OF_NAME = lazy(rb"[A-Za-z0-9_.\x80-\xff-]*")

_CLOSE = rb"(?:\\?[\"'`]|&quot;)?[\])}]{0,2}"
_SPACE = rb"[ \t\r\n]*"
_CLOSED = b"\\\"'`&])}"  # the bytes that _CLOSE starts with
_VALUE_KEY = rb"[\"']?(?i:value|default|defaultvalue|content|parametervalue|val|text)[\"']?"


class _Link(NamedTuple):
    """What leads from a name to its value. A value in group 1 is all there is; else it comes next, in quotes unless `bare`.

    `opens` are the bytes that it may start with; most names are told by that to have no such value.
    """

    opens: bytes
    pattern: re.Pattern[bytes]
    bare: bool = False
    behind_bracket: bool = False  # whether the name has to be the first in its brackets
    called: bool = False  # whether the name is that of a function
    loose: bool = False  # whether the name may as well be a word of a sentence
    selected: bool = False  # whether the name has to be that of a field which a call fills in
    identified: bool = False  # whether an account has to be made, or changed, before the name


_LINKS = (
    # <password>…</password>, <string name="password">…</string>, <Password><Value>…, <key>password</key><string>…
    _Link(
        b"<\"'> \t:",
        lazy(
            rb"(?:</(?:key|td|th|dt|name)>"
            + _SPACE
            + rb"(?:<description(?:/>|>[^<]{0,200}</description>)"
            + _SPACE
            + rb")?<(?:string|td|dd|value|defaultValue)[^<>]{0,60}|[\"']?[ \t]*(?:[A-Za-z:_-]+=[\"'][^\"'<>\n]{0,60}[\"'][ \t]*){0,4})>"
            + _SPACE
            + rb"(?:<[A-Za-z]{1,20}>"
            + _SPACE
            + rb")?(?:<!\[CDATA\[)?([^<>\s]{4,1024}?)(?:\]\]>)?"
            + _SPACE
            + rb"</"
        ),
    ),
    # password: |
    _Link(b"\"':", lazy(rb"[\"']?:[ \t]+(?:![A-Za-z!]+[ \t]+)?[|>][-+0-9]{0,2}[ \t]*\r?\n[ \t]+([!-~]{6,1024})[ \t]*$", re.MULTILINE)),
    # **Password:** …
    _Link(b":*", lazy(rb"(?::\*\*|\*\*:)[ \t]+`?"), bare=True),
    # "password": environ.get("PASSWORD", "…")
    _Link(
        _CLOSED + b" \t=:",
        lazy(
            _CLOSE + rb"[ \t]*(?:=>|[=:])[ \t]*[A-Za-z_.]{2,40}\([ \t]*[\"'][A-Za-z0-9_.-]{1,60}[\"'][ \t]*,["
            rb" \t]*(?:default[ \t]*=[ \t]*)?"
        ),
    ),
    # define('PASSWORD', '…'), {password, "…"}; in a list of words the next one stands there just so
    _Link(b"\\\"' \t,", lazy(rb"(?:\\?[\"'])?[ \t]*," + _SPACE + rb"(?:<<(?=\"))?"), behind_bracket=True),
    # page.fill("#password", "…"), find_element(By.ID, "password").send_keys("…")
    _Link(b"\"'`]", lazy(rb"[\"'`\]]{1,3}[ \t]*,[ \t]*"), selected=True),
    _Link(b"\"'`]", lazy(rb"[\"'`\]]{1,3}\){0,2}(?:\.[a-z]+\(\)){0,2}\.(?:send_?[kK]eys|fill|type|val)\([ \t]*")),
    # 05 PASSWORD PIC X(40) VALUE "…"
    _Link(
        b" \t",
        lazy(rb"(?i:[ \t]+pic(?:ture)?(?:[ \t]+is)?[ \t]+[^\s\"']{1,30}(?:[ \t]+usage[ \t]+display)?[ \t]+value(?:[ \t]+is)?[ \t]+)"),
    ),
    # password: str = "…", password string = "…", char password[] = "…", string Password { get; set; } = "…"
    _Link(
        _CLOSED + b" \t:",
        lazy(_CLOSE + rb"[ \t]*(?::[ \t]*|[ \t]+)[A-Za-z_*&][A-Za-z0-9_.<>\[\]|?*& ]{0,40}?(?:\([0-9A-Za-z ]{1,8}\))?[ \t]*:?=[ \t]*"),
    ),
    _Link(b"[ \t{", lazy(rb"(?:\[[0-9A-Za-z_]*\]|[ \t]*\{[ \t]*get;[^{}\n]{0,40}\})[ \t]*=[ \t]*")),
    # string password{"…"}
    _Link(b" \t{", lazy(rb"[ \t]*\{[ \t]*(?=[\"'])")),
    # fetch("PASSWORD") { "…" }
    _Link(b"\"'", lazy(rb"[\"'][ \t]*\)[ \t]*\{[ \t]*(?:\|[a-z_]*\|[ \t]*)?")),
    # environ.get("PASSWORD") or "…", env["PASSWORD"] || "…", password -> "…"
    _Link(
        _CLOSED + b" \t-|?<oOeEiItTaAdD", lazy(_CLOSE + rb"[ \t]*(?:->|\|\|=?|\?\?=?|\?:|<-|<<<|(?i:or|eq|is|to|as|default)\b)" + _SPACE)
    ),
    _Link(b"\"'", lazy(rb"[\"'][ \t]*\)[ \t]*(?:,|\|\||\?\?|\?:|or|:|[!=]==?)[ \t]*")),
    # setPassword("…"), password.equals("…")
    _Link(b". \t(", lazy(rb"(?:\.[A-Za-z]{2,20})?[ \t]?\([ \t]*(?:[A-Za-z_]{1,20}[ \t]*=[ \t]*)?"), called=True),
    # variable "password" { default = "…" }
    _Link(b"\"'", lazy(rb"[\"'][ \t]*\{[^{}]{0,300}?\b(?i:default|value)[ \t]*=[ \t]*")),
    # "password": {"value": "…"}
    _Link(b"\"'", lazy(rb"[\"'][ \t]*:[ \t]*\{" + _SPACE + rb"[\"']value[\"'][ \t]*:[ \t]*")),
    # SET PASSWORD FOR x = '…', IDENTIFIED BY '…', PASSWORD '…'
    _Link(
        b" \t",
        lazy(
            rb"(?i:[ \t]+for[ \t]+[^\s=]{1,80}[ \t]*=[ \t]*(?:password\()?|[ \t]+(?:with[^\"'\n]{0,40}[ \t])?(?:by"
            rb"|as)(?:[ \t]+password|[ \t]+values)?[ \t]+)"
        ),
    ),
    # CREATE USER x IDENTIFIED BY …
    _Link(b" \t", lazy(rb"(?i:[ \t]+by[ \t]+)"), bare=True, identified=True),
    _Link(b" \t", lazy(rb"[ \t]+(?=[N@]?[\"'])"), loose=True),
    # name: PASSWORD / value: …; key="password" value="…"; Password: / Default: …
    _Link(_CLOSED + b", \t\r\nvVdDcCtT", lazy(_CLOSE + rb",?[ \t\r\n]{0,120}" + _VALUE_KEY + rb"[ \t]{0,4}[:=][ \t]{0,4}"), bare=True),
    _Link(b":", lazy(rb":[ \t]*\r?\n(?:[ \t]+[A-Za-z]+:[^\n]*\n){0,4}?[ \t]+(?i:default|value):[ \t]*"), bare=True),
    # ${PASSWORD:-…}
    _Link(b":", lazy(rb":[-=?]"), bare=True),
    _Link(
        _CLOSED + b" \t=:?+!",
        lazy(
            _CLOSE
            + rb"[ \t]*(?:=>|:=|\?=|\+=|===?|!==?|=|:::?(?=[ \t]+[\"'])|:)[ \t]*"
            + rb"(?:!!?[a-z]+[ \t]+|\(?[ \t]*\\?\r?\n[ \t]+(?=[\"'])|<<(?=\"))?"
        ),
        bare=True,
    ),
    _Link(b" \t", lazy(rb"[ \t]+"), bare=True, loose=True),
)
_BRACKET = lazy(rb"(?:[({\[]|\b(?:buildConfigField|resValue)[ \t(]+[\"'][A-Za-z]+[\"'][ \t]*,)[ \t\r\n\\\"':]*\Z")
_BRACKET_BEFORE = 64  # bytes
_FILLS = lazy(rb"\.(?:fill|type)\([ \t]*[\"'`][^\r\n]*\Z")  # up to the name in a selector
_SELECTOR = 80  # bytes
_ACCOUNT = lazy(rb"(?i:\b(?:(?:create|alter)\s+(?:user|role|database\s+link)|grant\s[^;]*\sto)\s[^;]*)\Z")
_NO_START = frozenset((b",", b"+", b")", b";", b":", b"|", b"&", b"?", b"=", b"]", b"}", b".", b" "))  # behind the end of a string
_WRAPPER = lazy(
    rb"(?:new[ \t]+)?[&*@(]{0,2}(?:[A-Za-z_\[\]][A-Za-z0-9_.:\[\]]{0,60}[ \t]?\([ \t]*(?:[A-Za-z_]{1,20}[ \t]*=["
    rb" \t]*)?|\([ \t]*|\[[ \t]*)"
)
# What takes a literal and makes a string of it, or of a string a literal.
_PLAIN_WRAPPER = lazy(
    rb"[&*@(\[]*|(?:new[ \t]+)?(?:[A-Za-z_]+(?:\.|::))*(?:Secret[A-Za-z]*|SecureString|[sS]tring|str|bytes|b64decode"
    rb"|from[A-Za-z]*|Some|Ok|Password[A-Za-z]*|quote"
    rb"|unquote|encode|literal|Literal|valueOf|atob|String\.raw|trim|strdup|T|TEXT|[uU]nsafePlainText|plain_text|plainText"
    rb"|\[\]byte|byte|to_s|env)[ \t]*[\[(][ \t]*"
)
_PREFIX = lazy(rb"(?:[rbufRBUFLN@$]{1,2}(?=[\"'`]))?")
_QUOTED = (
    (b'\\"', lazy(rb'\\"((?:[^"\\\r\n]|\\\\[^"])*)\\"')),
    (b"&quot;", lazy(rb"&quot;((?:[^&\r\n]|&(?!quot;))*)&quot;")),
    (b'"""', lazy(rb'"""\s*([^\r\n"]*?)\s*"""')),
    (b"'''", lazy(rb"'''\s*([^\r\n']*?)\s*'''")),
    (b'"', lazy(rb'"((?:[^"\\\r\n]|\\.)*)"')),
    (b"'", lazy(rb"'((?:[^'\\\r\n]|\\.)*)'")),
    (b"`", lazy(rb"`([^`\r\n]*)`")),
)
_INNER = lazy(rb"(\\?[\"'])[^\"']+\1")  # quoted once more: for a compiler, or for a shell
# "…" + "…"
_PLUS = rb"[ \t]*(?:\+|&|\.\.?)[ \t]*"
_PARTS = lazy(
    rb"\"[^\"'\s\\]{1,40}\"(?:" + _PLUS + rb"\"[^\"'\s\\]{1,40}\"){1,3}"
    rb"|'[^\"'\s\\]{1,40}'(?:" + _PLUS + rb"'[^\"'\s\\]{1,40}'){1,3}"
)
_PART = lazy(rb"[\"']([^\"']+)[\"']")
# A literal that something is added to is a part of the value.
_GOES_ON = lazy(rb"[ \t]*(?:\+(?!=)|%[ \t]*[A-Za-z_({]|\.\.|\.[ \t]+[\"'$]|&[ \t]|<>|\|\|[ \t]*[\"'])")

# What may stand on a line before the name of a setting.
_LINE_START = lazy(
    rb"[ \t>#*/;|!+-]*(?:(?:export|set|setenv|setx|ENV|ARG|env|local|readonly|declare|typeset|var|let|const|final|static"
    rb"|SET)[ \t]+(?:-[A-Za-z]+[ \t]+)?)?"
    rb"(?:\$env:|\$|@|:|--)?[\"']?(?:[A-Za-z0-9_-]+[.:/\[])*"
)
_COMMENT = lazy(rb"[ \t]+(?:#|//|;|--|<!--).*")
_ESCAPED_END = lazy(rb"\\[nrt\"'].*|&quot;.*", re.DOTALL)
_LINE = lazy(rb"[^\r\n]{0,600}")
_OF_QUERY = lazy(rb"[^&\s\"'`<>#;,|(){}\\\[\]]{1,1024}")
_OF_STRING = lazy(rb"[^;&\s\"'`<>|\\]{1,1024}")
_OF_COMMAND = lazy(rb"[^\s\"'`<>|;&\\]{1,1024}")
_OF_ENTRY = lazy(rb"[^\"'\r\n\\]{1,1024}")
_NEXT_OPTION = lazy(rb",[A-Za-z_]{2,20}=")
_OF_FALLBACK = lazy(rb"[^}\s\"']{1,1024}")


class _Value(NamedTuple):
    start: int
    end: int
    syntax: Syntax
    joined: bytes = b""  # what it is, if its parts stand in literals of their own


def passwords(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    return _assigned(data, ends, _PASSWORD_NAMES)


def secrets(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    return _assigned(data, ends, _SECRET_NAMES)


def _assigned(data: bytes, ends: Sequence[int], names: re.Pattern[bytes]) -> Iterator[Credential]:
    done = 0
    for end in ends:
        far = data[max(0, end - _LONGEST_WORD) : end].lower().endswith(_FAR)
        for reach in _REACHES[-1:] if far else _REACHES:
            since = max(0 if far else done, end - reach)
            passed = since if far else done
            named = False
            for match in names.finditer(data[since:end].lower()):
                if since + match.start() < passed:
                    continue
                start, passed = _name(data, since + match.start())
                found_kind = kind(data[start:passed]) or _kind_within(data, start, passed)
                named = named or found_kind != "" or len(match[0]) > _SHORT
                if found_kind and (found_kind == "password") == (names is _PASSWORD_NAMES) and not _says_else(data, start, passed):
                    for value in _values(data, start, passed):
                        if data.startswith(_NOOP, value.start):
                            value = value._replace(start=value.start + len(_NOOP))
                        text = value.joined or data[value.start : value.end]
                        severity = weigh(found_kind, text, value.syntax)
                        if severity is Severity.MEDIUM and kind(text) and not is_word_with_number(text):
                            severity = None  # the name of another such value
                        if severity is not None and not _is_sealed(data, value):
                            yield Credential(value.start, value.end, text, severity)
                            break
                        if value.end - value.start > _BLOB and value.syntax != "quoted":
                            passed = max(passed, value.end)  # minified code: names within it have no values of their own
            done = max(done, passed)
            if named or since == done:
                break


def _kind_within(data: bytes, start: int, end: int) -> Kind:
    """What a key without any word that says what for is, by the group that it stands in."""
    if data[start:end] not in _KEY or not _WITHIN.search(data, max(0, start - _GROUP), start):
        return ""
    return "secret"


def _says_else(data: bytes, start: int, end: int) -> bool:
    """Whether the name is a verb that stands before no BY, how a test went, or a part of an Amazon resource name."""
    if data[start:end].lower() == b"identified":
        return not data[end : end + 40].lower().lstrip().startswith((b"by", b"with"))
    before = data[max(0, start - 120) : start]
    if before.endswith(b"--- ") and data[start:end] == b"PASS":
        return True
    return b"arn:" in before and not before.rpartition(b"arn:")[2].strip(_NAME + b":/&;").strip()


def _is_sealed(data: bytes, value: _Value) -> bool:
    """Whether it stands, encrypted, in a SealedSecret: https://github.com/bitnami-labs/sealed-secrets"""
    return value.end - value.start > 100 and data.rfind(SEALED, max(0, value.start - _FILE), value.start) >= 0


def _name(data: bytes, at: int) -> tuple[int, int]:
    """The whole name around an offset in it or right before it."""
    skipped = _TO_NAME.match(data, at, at + 2)
    at = skipped.end() if skipped else at
    before = data[max(0, at - _LONGEST_NAME) : at]
    start = at - len(before) + len(before.rstrip(_NAME))
    if start < at and data[start - 1 : start] == b"\\" and data[start] in b"nrt":
        start += 1  # the escape of a line's end
    start += len(data[start:at]) - len(data[start:at].lstrip(b"-."))
    rest = _REST_OF_NAME.match(data, at, at + _LONGEST_NAME)
    return start, rest.end() if rest else at


def _values(data: bytes, start: int, end: int) -> Iterator[_Value]:
    """What may be the value of the name that stands from `start` to `end`, likeliest first."""
    opening = data[end : end + 1]
    for link in _LINKS if opening else ():
        match = link.pattern.match(data, end) if opening in link.opens else None
        if (
            match is None
            or (link.behind_bracket and not _is_behind_bracket(data, start))
            or (link.called and asks(data[start:end]))
            or (link.loose and _PASS.fullmatch(data, start, end) and not _NAMING.search(data, max(0, start - 12), start))
            or (link.selected and not _FILLS.search(data, max(0, start - _SELECTOR), start))
            or (link.identified and not _ACCOUNT.search(data, max(0, start - _LINE_BEFORE), start))
        ):
            continue
        if match.re.groups:
            yield _Value(*match.span(1), "setting")
        elif quoted := _quoted(data, match.end()):
            if not link.loose or data[quoted.start : quoted.start + 1] not in _NO_START:
                yield quoted
        elif link.bare and (bare := _bare(data, start, match)):
            yield bare
    if opening in (b'"', b"'") and data[max(0, start - 16) : start].rstrip(b" \t\"'").endswith(b":"):
        yield from _values_before(data, start)


def _values_before(data: bytes, start: int) -> Iterator[_Value]:
    entry = _VALUE_FIRST.search(data, max(0, start - _ENTRY_BEFORE), start)
    if entry:
        yield _Value(*entry.span(1), "quoted")


def _is_behind_bracket(data: bytes, start: int) -> bool:
    return _BRACKET.search(data, max(0, start - _BRACKET_BEFORE), start) is not None


def _quoted(data: bytes, at: int) -> _Value | None:
    syntax: Syntax = "quoted"
    wrapper = _WRAPPER.match(data, at)
    if wrapper:
        at = wrapper.end()
        syntax = "quoted" if _PLAIN_WRAPPER.fullmatch(wrapper[0]) else "guess"
    prefix = _PREFIX.match(data, at)
    at = prefix.end() if prefix else at
    parts = _PARTS.match(data, at)
    if parts and not _GOES_ON.match(data, parts.end()):
        return _Value(at + 1, parts.end() - 1, syntax, b"".join(_PART.findall(parts[0])))
    for quote, pattern in _QUOTED:
        if data.startswith(quote, at):
            match = pattern.match(data, at, at + LONGEST + 8)
            if match is None:
                return None
            start, end = match.span(1)
            inner = _INNER.fullmatch(data, start, end)
            width = len(inner[1]) if inner else 0
            return _Value(start + width, end - width, "guess" if _GOES_ON.match(data, match.end()) else syntax)
    return None


def _bare(data: bytes, start: int, link: re.Match[bytes]) -> _Value | None:
    at = link.end()
    sign = link[0].strip(b" \t\"'`\\])}")
    if sign.lower() == b"by":
        return _value(_OF_COMMAND.match(data, at), "bare")
    before = data[max(0, start - _LINE_BEFORE) : start]
    before = before[max(before.rfind(b"\n") + 1, before.rfind(b"\\n") + 2 if b"\\n" in before else 0) :]
    if sign in (b":-", b":=", b":?") and before.endswith(b"${"):
        return _value(_OF_FALLBACK.match(data, at), "setting")
    if sign.startswith((b"==", b"!=")):
        return None  # what is compared with is a variable, if it stands in no quotes
    if not sign:
        return _spaced(data, before, at)
    if before.endswith((b"?", b"&", b"&amp;")):
        if b"badge" in before:
            return None  # may read the badge, which all may see
        return _value(_OF_QUERY.match(data, at), "setting")
    if b"\n" not in link[0] and not _LINE_START.fullmatch(before):
        tight = link[0] == b"=" and before[-1] in b"- /\"':"
        # Amid a line: a connection string, an option of a command, an assignment before a command.
        if b";" in before and sign == b"=":
            return _value(_OF_STRING.match(data, at), "setting")
        word = _OF_COMMAND.match(data, at)
        more = _NEXT_OPTION.search(word[0]) if word else None
        syntax: Syntax = "setting" if tight or len(sign) > 2 or more else "bare"
        return _Value(at, at + more.start(), syntax) if more else _value(word, syntax)
    if before.endswith((b'"', b"'")) and link[0] == b"=":  # set "PASSWORD=…"
        return _value(_OF_ENTRY.match(data, at), "setting")
    line = _LINE.match(data, at)
    text = _ESCAPED_END.sub(b"", _COMMENT.sub(b"", line[0] if line else b"")).rstrip()
    ends_statement = text.endswith((b",", b";", b"{", b"(", b"["))
    text = text.rstrip(b",;")
    first, _, others = text.partition(b" ")
    if others and b"=" not in others and link[0] != b"=":
        return None
    # An assignment without spaces, or after a colon, is configuration rather than code.
    setting = not ends_statement and (link[0].endswith(b"=") or sign.endswith(b":"))
    return _Value(at, at + len(first), "setting" if setting else "bare") if first else None


def _spaced(data: bytes, before: bytes, at: int) -> _Value | None:
    """--password …, ENV PASSWORD …, requirepass …"""
    word = _OF_COMMAND.match(data, at)
    if before.endswith((b"-", b"ENV ", b"ARG ", b"setx ", b"setenv ", b"SETX ")):
        return _value(word, "setting")
    return _value(word, "guess")


def _value(match: re.Match[bytes] | None, syntax: Syntax) -> _Value | None:
    return _Value(*match.span(), syntax) if match else None
