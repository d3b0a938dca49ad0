"""Judges values that a format, a header or an address already gives away as credentials: all but stand-ins count."""

import re

from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.detect.credentials.values import weigh
from gates.detect.placeholders import is_placeholder

# Filled in by a template, a shell or a format, or kept elsewhere.
_REFERENCE = lazy(
    rb"(?s:.*(?:\$\{|\$\(|\{\{|<%|#\{|%\(|\$\[\[|%[sdrv]\b|<[^<>]*>|\[[A-Za-z_ -]+\]|\*{2}|\.{3}).*)|[$%@{(<][A-Za-z_{(<.].*|"
    rb"[A-Za-z_.]+\(.*"
    rb"|(?i:env|vault|op|ssm|file|enc|kms|arn|pass|secret|sops|keyring|ref|encrypted)(?::|\[|\+).*|!vault.*"
)
# Made from a password, and known as such: those have families of their own.
_HASH = lazy(rb"\$[0-9A-Za-z-]{1,12}\$.*|\{[A-Za-z0-9-]{2,14}\}.*", re.DOTALL)
_PERCENT = lazy(rb"%[0-9A-Fa-f]{2}")
_ESCAPED = lazy(rb"%([0-9A-Fa-f]{2})")
_LEET = bytes.maketrans(b"013457@$!", b"oieastasi")
_PLAIN = lazy(rb"[a-z]+|[A-Z][a-z]*|[A-Z]+|[0-9]+")  # one word or one number
# What comes with a product, or what manuals have everybody's password be; nobody's secret.
_KNOWN = frozenset(
    b"admin administrator guest tiger scott toor root postgres mysql mongo redis rabbitmq neo4j elastic minioadmin cassandra "
    b"influx couchdb kafka "
    b"vagrant raspberry ubnt cisco public private community opensesame sesame hunter2 letmein letmein1 qwerty qwerty123 "
    b"abc123 swordfish rosebud "
    b"1234 12345 123456 12345678 passw0rd password1 password123 pass1234 admin123 admin1234 test1234 user123 iloveyou monkey "
    b"dragon welcome "
    b"welcome1 zaq12wsx nopassword nopass anonymous required optional unset disabled enabled mandatory".split()
)
_NOWHERE = lazy(
    rb"(?i:(?:[a-z0-9-]+\.)*example(?:\.[a-z]+)?|(?:[a-z0-9-]+\.)*(?:example|domain|mydomain|yourdomain|company|mycompany|foo|bar"
    rb"|acme-example)\.[a-z]+"
    rb"|(?:[a-z0-9_-]+\.)*(?:invalid|test|localhost|localdomain)|(?:your|my|some|the)?[-_]?(?:db|mail|smtp|proxy|remote|ftp)?"
    rb"[-_]?(?:host(?:name)?|server|domain|address|ip)"
    rb"|127\.[0-9.]+|0\.0\.0\.0|\[?::1\]?|host[0-9]|localhost[0-9]*|foo|bar|baz|a|b|x|y)"
)


def proven(value: bytes) -> Severity | None:
    """HIGH or MEDIUM as any password, and MEDIUM for a weak one: only what is plainly none, and single short words, are nothing."""
    severity = weigh("password", value, "quoted")
    if severity is not None or is_stand_in(value):
        return severity
    return Severity.MEDIUM if len(value) >= (10 if _PLAIN.fullmatch(value) else 6) else None


def is_stand_in(value: bytes) -> bool:
    plain = _ESCAPED.sub(lambda match: bytes((int(match[1], 16),)), value)
    return (
        len(plain) < 4
        or plain.lower() in _KNOWN
        or plain.lower().endswith((b"_password", b"-password", b".password"))
        or _REFERENCE.fullmatch(value) is not None
        or _REFERENCE.fullmatch(plain) is not None
        or _HASH.fullmatch(value) is not None
        or not any(48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 for byte in plain)
        or is_placeholder(value)
        or is_placeholder(_PERCENT.sub(b"-", value.translate(_LEET)))
    )


def is_nowhere(host: bytes) -> bool:
    """This machine, a name that is reserved for documentation, or a word that stands for a host."""
    return _NOWHERE.fullmatch(host) is not None
