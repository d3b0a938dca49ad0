"""Whether the content of a file bears out what its name says: each function takes the first `HEAD` bytes and answers yes or no.

A proof looks for one credential that is no stand-in, or for the magic number of a format that holds nothing else. Nothing of the
content leaves this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gates.core.patterns import lazy
from gates.detect.placeholders import is_placeholder

HEAD = 64 * 1024  # bytes

Proof = Callable[[bytes], bool]


def present(data: bytes) -> bool:
    """Where the name is proof enough: anything but blanks."""
    return bool(data.strip(b"\0\t\n\r "))


def starts_with(*magic: bytes) -> Proof:
    return lambda data: data.startswith(magic)


def holds(*words: bytes) -> Proof:
    return lambda data: any(word in data for word in words)


# names and values: dotenv, INI, properties, YAML, JSON, TOML, HCL, attributes of XML

_COMMENT = lazy(rb"^[ \t]*[#;].*$", re.MULTILINE)
_PAIR = lazy(
    rb"(?<![\w.:/@-])[\"']?([A-Za-z_/][\w.:/@-]{0,127})[\"']?[ \t]*(?:=>|[:=])[ \t]*"
    rb"(?:\"([^\"\n]*)|'([^'\n]*)|([^\s\"'{}\[\](),;<>|&#][^\s\"'<>]*))"
)
_ELEMENT = lazy(rb"<([A-Za-z][\w.:-]{0,63})(?:\s[^<>]{0,255})?>([^<>]{1,4096})</")
_KEY_AND_VALUE = lazy(rb"\bkey=\"([\w.:-]{1,128})\"\s+value=\"([^\"\n]*)\"", re.IGNORECASE)
_WORD = lazy(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # also takes camelCase apart
_SECRET = frozenset(b"password passwd passphrase passcode pwd secret secrets mnemonic".split())
_SECRET_LAST = frozenset(b"pass pw psk userpwd".split())
_OPAQUE = frozenset(b"token key apikey credential credentials creds jwt salt pat cookie bearer".split())
_OPAQUE_LAST = frozenset(b"auth dsn identity".split())
_FUSED = (b"password", b"passwd", b"passphrase", b"secret")
_FUSED_OPAQUE = (b"apikey", b"accesskey", b"secretkey", b"privatekey", b"authkey", b"token")
# What a name that goes on like this means is not the secret but something about it.
_ABOUT = frozenset(
    b"address age alg algorithm alias arn audience bucket budget cache cost count days dir directory domain email enabled endpoint"
    b" env exp expiration expire expires expiry field file filename folder format header hint host hours id ids issuer label length"
    b" lifetime limit location max method min minutes mode model name names path paths pattern policy port prefix provider realm"
    b" regex region required rotation rounds scheme seconds server size store strategy suffix timeout title ttl type uri url usage"
    b" user username validity version window".split()
)
_SHARED = frozenset(b"public publishable pub".split())  # made to be shown
_SWITCHES = frozenset(b"true false none null yes no on off auto enabled disabled undefined optional required inherit".split())
# What the manuals and images of the products themselves use.
_DEFAULTS = frozenset(b"postgres mysql mariadb mongo redis rabbitmq minio minioadmin elastic docker symfony laravel homestead".split())
_ELSEWHERE = lazy(
    rb"ENC\[|encrypted:|enc:|\{cipher\}|!|vault:|\$ANSIBLE_VAULT|arn:|ref\+|file:|env:|ssm:|kms:|secret:|keyring:|@Microsoft\.KeyVault"
    rb"|projects/[^/]+/secrets/|[A-Za-z][A-Za-z0-9+.-]*://|(?:\.{1,2}|~)/|/[a-z._]|[A-Za-z]:\\"
    rb"|EJ\[[0-9]:|\{[A-Za-z0-9+/]{16,512}={0,2}\}\Z"  # EJSON, Maven
)
_USER_INFO = lazy(rb"[A-Za-z][A-Za-z0-9+.-]{0,31}://([^\s/:@\"'<>]{0,256}):([^\s/@\"'<>]{1,512})@[\w\[]")


def assigned(data: bytes) -> bool:
    """A name that promises a secret, with a value that may be one; or an address with a password."""
    text = _COMMENT.sub(b"", _narrow(data))
    return any(_is_secret(name, value) for name, value in _pairs(text)) or _with_password(text)


def addressed(data: bytes) -> bool:
    """An address with a password in it."""
    return _with_password(_COMMENT.sub(b"", _narrow(data)))


def masked(data: bytes) -> bytes:
    """The text with asterisks for the values that `assigned` goes by."""
    text = bytearray(data)
    for pair in _PAIR.finditer(data):
        number = next((group for group in (2, 3, 4) if pair[group]), 0)
        if number and _is_secret(pair[1], pair[number]):
            text[pair.start(number) : pair.end(number)] = b"*" * (pair.end(number) - pair.start(number))
    for address in _USER_INFO.finditer(data):
        text[address.start(2) : address.end(2)] = b"*" * (address.end(2) - address.start(2))
    return bytes(text)


def _narrow(data: bytes) -> bytes:
    """Text in UTF-16, as PowerShell writes it, without its NULs."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data[2:].replace(b"\0", b"")
    return data.removeprefix(b"\xef\xbb\xbf")


def _pairs(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    for pair in _PAIR.finditer(text):
        yield pair[1], pair[2] or pair[3] or pair[4] or b""
    for pair in (*_ELEMENT.finditer(text), *_KEY_AND_VALUE.finditer(text)):
        yield pair[1], pair[2]


def _is_secret(name: bytes, value: bytes) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    value = value.strip().rstrip(b",;")
    if not words or words[-1] in _ABOUT or not _SHARED.isdisjoint(words):
        return False
    plain = value.lower()
    if _ELSEWHERE.match(value) or plain in words or plain in _SWITCHES or plain in _DEFAULTS or is_placeholder(value):
        return False
    if not _SECRET.isdisjoint(words) or words[-1] in _SECRET_LAST or words[-1].endswith(_FUSED):
        return len(value) >= 4
    if not _OPAQUE.isdisjoint(words) or words[-1] in _OPAQUE_LAST or words[-1].endswith(_FUSED_OPAQUE) or words[-2:] == [b"key", b"data"]:
        return len(value) >= 8 and _is_opaque(value)
    return False


def _is_opaque(value: bytes) -> bool:
    """Digits among letters, or both cases without a blank: `sort_key = created_at` and `max_tokens = 4096` are no secrets."""
    letters = re.sub(rb"[^A-Za-z]", b"", value)
    if b" " in value:
        return False
    digits = any(byte in b"0123456789" for byte in value)
    return (digits and len(letters) >= 2) or (len(value) >= 16 and not letters.islower() and not letters.isupper())


def _with_password(text: bytes) -> bool:
    return any(
        user != password and len(password) >= 4 and password.lower() not in _DEFAULTS and not is_placeholder(password)
        for user, password in _USER_INFO.findall(text)
    )


# lines of a form of their own

_NETRC = lazy(rb"(?:^|\s)password[ \t\r\n]+(\S+)")
_PGPASS = lazy(rb"^[^:#\s][^:\n]*(?::[^:\n]*){3}:([^\r\n]+)", re.MULTILINE)
_HTPASSWD = lazy(rb"^[^:\s#]+:(?:\$(?:apr1|2[abxy]|1|5|6|y)\$\S{8,}|\{S?SHA\}\S{8,}|[A-Za-z0-9./]{13})[ \t\r]*$", re.MULTILINE)
_SHADOW = lazy(rb"^[^:\s#]+:!?\$[0-9a-z]{1,8}\$[^:\s]{8,}:", re.MULTILINE)
_COOKIE = lazy(rb"^(?:#HttpOnly_)?[^#\s][^\t\n]*(?:\t[^\t\n]*){5}\t[^\t\r\n]{4,}", re.MULTILINE)
_ONE_LINE = lazy(rb"[!-~]{4,512}")


def netrc(data: bytes) -> bool:
    return any(not is_placeholder(value) for value in _NETRC.findall(_COMMENT.sub(b"", data)))


def pgpass(data: bytes) -> bool:
    return any(not is_placeholder(value) for value in _PGPASS.findall(data))


def htpasswd(data: bytes) -> bool:
    return _HTPASSWD.search(data) is not None


def shadow(data: bytes) -> bool:
    return _SHADOW.search(data) is not None


def cookies(data: bytes) -> bool:
    return data.startswith((b"# Netscape HTTP Cookie File", b"# HTTP Cookie File")) and _COOKIE.search(data) is not None


def one_word(data: bytes) -> bool:
    """A password or token alone in its file, and no script that fetches it."""
    value = _narrow(data).strip()
    return _ONE_LINE.fullmatch(value) is not None and not value.startswith(b"#!") and not is_placeholder(value)


# JSON

_STATE = lazy(rb"\"(?:resources|outputs)\"\s*:\s*(?:\[\s*\{|\{\s*\")")
_COOKIE_JAR = lazy(rb"\"cookies\"\s*:\s*\[\s*\{")
_HEADER = lazy(rb"\"name\"\s*:\s*\"(?i:authorization|cookie|set-cookie|x-api-key)\"\s*,\s*\"value\"\s*:\s*\"([^\"\n]{8,})\"")


def terraform_state(data: bytes) -> bool:
    return b'"encrypted_data"' not in data and _STATE.search(data) is not None


def cookie_jar(data: bytes) -> bool:
    return _COOKIE_JAR.search(data) is not None


def recorded_requests(data: bytes) -> bool:
    return any(not is_placeholder(value) for value in _HEADER.findall(data))


# keys and key stores

_DER_HEADER = lazy(rb"\x30(?:[\x20-\x7f]|\x81.|\x82..)", re.DOTALL)
_DER_KEY = lazy(
    rb"\x02\x01[\x00\x01](?:\x02|\x04|\x30)"  # the version, and then what begins a PKCS #1, SEC 1 or PKCS #8 key
    rb"|\x30(?:[\x0b-\x7f]|\x81.)\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05",  # PKCS #8, encrypted by a password
    re.DOTALL,
)
_ARMOUR = lazy(rb"-----BEGIN (?:[A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1)-----|PuTTY-User-Key-File-[23]: ")
_GPG_AGENT = lazy(rb"(?:Key: \()?\(?(?:\d{1,3}:)?(?:protected-)?private-key")
# Object ids of PKCS #12 bags with keys. Programs encrypt the key on its own and leave its bag in the clear; in a store of trusted
# certificates there is none.
_KEY_BAGS = (b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01", b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02")


def key(data: bytes) -> bool:
    """A private key in any of its usual forms; a certificate or public key is none."""
    header = _DER_HEADER.match(data)
    return (
        (header is not None and _DER_KEY.match(data, header.end()) is not None)
        or data.startswith(b"SSH PRIVATE KEY FILE FORMAT")
        or _ARMOUR.search(data) is not None
        or _GPG_AGENT.match(data) is not None
        or pgp_secret(data)
    )


def pgp_secret(data: bytes) -> bool:
    """An OpenPGP packet of type 5, a secret key, in the old or the new form of its header (RFC 9580, sections 4.2 and 5.5.1.3)."""
    if not data:
        return False
    at = {0x94: 2, 0x95: 3, 0x96: 5}.get(data[0], 0)
    if data[0] == 0xC5 and len(data) > 1:
        at = 2 if data[1] < 192 else 3 if data[1] < 224 else 6
    return bool(at) and data[at : at + 1] in (b"\x03", b"\x04", b"\x05", b"\x06")


def key_store(data: bytes) -> bool:
    """A store of Java's (JKS, JCEKS, BKS) or a PKCS #12 file with a key in it; one of certificates alone is none."""
    if data.startswith((b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")):
        return _has_key_entry(data)
    if data.startswith((b"\0\0\0\1\0\0\0\x14", b"\0\0\0\2\0\0\0\x14")):
        return True  # Bouncy Castle's does not show what is in it
    return any(bag in data for bag in _KEY_BAGS)


def _has_key_entry(data: bytes) -> bool:
    """Entries follow a header of 12 bytes: a tag, an alias, a date, and for certificates (tag 2) a type and the certificate."""
    at = 12
    while at + 6 <= len(data):
        if int.from_bytes(data[at : at + 4], "big") != 2:
            return True
        at += 6 + int.from_bytes(data[at + 4 : at + 6], "big") + 8
        at += 2 + int.from_bytes(data[at : at + 2], "big")
        at += 4 + int.from_bytes(data[at : at + 4], "big")
        if len(data) - at == 20:  # the digest at the end
            return False
    return False


# memory and data

_DUMP = lazy(rb"-- (?:MySQL|MariaDB|PostgreSQL)[ \w.]{0,40}dump", re.IGNORECASE)
_ROWS = lazy(rb"^(?:INSERT INTO|COPY [^\n;]{1,4096} FROM stdin)", re.MULTILINE | re.IGNORECASE)
_PASSWORD_COLUMN = lazy(rb"[\w`\"]*(?:password|passwd)[\w`\"]*[ \t]+(?:var)?(?:char|binary|text)", re.IGNORECASE)


def core_dump(data: bytes) -> bool:
    """An ELF file of type 4, in either byte order."""
    return data.startswith(b"\x7fELF") and data[16:18] in (b"\4\0", b"\0\4")


def data_dump(data: bytes) -> bool:
    """Rows of a database in which there is a column for passwords. A dump of the structure alone is none."""
    return all(expression.search(data) for expression in (_DUMP, _ROWS, _PASSWORD_COLUMN))
