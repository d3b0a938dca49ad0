"""How bad it is that a value is written down behind a name: a secret, a password that everybody can guess, or nothing.

Nothing of the value leaves this module but what `gates.detect` shows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.detect import proofs
from gates.detect.credentials.names import kind
from gates.detect.placeholders import is_placeholder
from gates.detect.scan import Match

Scan = Callable[[bytes], Sequence[Match]]


class Literal(NamedTuple):
    """`title` goes on after "holds "; `reason` says why it is milder than it might be."""

    severity: Severity
    title: str
    reason: str = ""


_NAME_OF_SECRET = lazy(r"(?i)secret|token|api_?key|private_?key|encryption_?key|access_?key|app_?key|master_?key|signing_?key")
_SWITCHES: Final = frozenset(
    (
        *("", "0", "1", "true", "false", "yes", "no", "on", "off", "y", "n", "none", "null", "nil", "auto", "enabled", "disabled"),
        *("required", "optional", "undefined", "inherit", "basic", "digest", "trust", "md5", "scram-sha-256", "ldap", "plain"),
    )
)
# Filled in elsewhere, or blotted out.
_ELSEWHERE = lazy(
    r"\$\{(?:[^{}]|\{[^{}]*\})*\}|\$\([^()]*\)|\$[A-Za-z_][A-Za-z0-9_]*|\{\{[^{}]*\}\}|\{%.*|%\(.*|#\{.*|@@?[A-Za-z_]+@@?|\*{2,}|x{3,}"
    r"|\.{3}|…|[\[<]?(?i:redacted|hidden|removed|masked)[\]>]?"
    r"|(?i:vault|ssm|kms|arn|op|bws|env|file|secretref|ref\+[a-z]+|secretsmanager|keyvault|sops|enc):.*",
    16,
)
_PATH = lazy(r"(?:/|\./|\.\./|~/|[A-Za-z]:[\\/])[\w.@ \\/-]*")
_ADDRESS = lazy(r"[A-Za-z][A-Za-z0-9+.-]{0,31}://.*", 16)
_USER_INFO = lazy(r"[A-Za-z][A-Za-z0-9+.-]{0,31}://([^\s/:@\"'<>]{0,256}):([^\s/@\"'<>$]{1,512})@")
_WORDS = lazy(r"[A-Za-z]{3,}")
_LEET = str.maketrans("013457@$!", "oieastasi")
# What a value says of itself where it only has to be there while the image is built, and that it is words and nothing else.
_SAYS_SO = lazy(r"dummy|placeholder|fake|collectstatic|build[-_ ]?(?:time|only|phase|step)|(?:for|during)[-_ ]?(?:the[-_ ]?)?build")
_SPELLED = lazy(r"[a-z]{1,15}(?:[-_. ]{1,3}[a-z]{1,15}){0,12}")
_TAIL = lazy(r"[0-9!?.#*$%&_-]{1,8}\Z")
# What images, manuals and tutorials use as names of users and of databases, and as passwords.
_COMMON: Final = """
postgres postgresql postgis pgadmin pgvector mysql mariadb mongo mongodb redis valkey rabbitmq rabbit minio minioadmin elastic kibana
grafana influx influxdb docker compose wordpress drupal ghost keycloak sonar sonarqube nextcloud odoo django rails laravel symfony
spring joomla gitea gitlab jenkins airflow superset metabase strapi directus hasura prisma bitnami homestead guacamole zabbix nextauth
clickhouse cassandra neo couchdb couchbase mssql oracle sql database server dev local master airbyte kafka vagrant easy strong weak
insecure notsecure unsafe for and unused
"""
_WELL_KNOWN: Final = frozenset(_COMMON.split())
_NAMED: Final = "medium, since only its name says so"
_GUESSABLE: Final = "medium, since it is no secret that could leak, but everybody can guess it"


def weigh(name: str, value: str, scan: Scan, context: Iterable[str] = (), *, complete: bool = True) -> Literal | None:
    """`context` are names of users, databases, images and services: a password made of them is one that everybody tries first.
    `complete` False: the value holds a variable, and only what stands beside it can give something away.
    """
    value = value.strip()
    what = kind(name.encode("utf-8", "surrogatepass").lstrip(b"-"))
    if name == "NEO4J_AUTH" and "/" in value:  # a user and a password
        user, _, value = value.partition("/")
        what, context = "password", (*context, user)
    if value.lower() in _SWITCHES or _ELSEWHERE.fullmatch(value):
        return None
    if found := _USER_INFO.search(value):
        if is_guessable(found[2], (*context, found[1])):
            return Literal(Severity.MEDIUM, "an address with a password", _GUESSABLE)
        return _detected(name, value, scan) or (
            None if _ELSEWHERE.fullmatch(found[2]) else Literal(Severity.HIGH, "an address with a password")
        )
    if complete and what and not _is_no_secret(value):
        by_name = _by_name(name, value, what, context)
        if by_name is not None and by_name.severity < Severity.HIGH:
            return by_name
        detected = _detected(name, value, scan)
        if by_name is not None and (detected is None or detected.severity < by_name.severity):
            return by_name
        return detected
    return _detected(name, value, scan)


def _by_name(name: str, value: str, what: str, context: Iterable[str]) -> Literal | None:
    named = what == "password" or _NAME_OF_SECRET.search(name) is not None
    if is_guessable(value, context):
        return (
            Literal(Severity.MEDIUM, f"a {'password' if what == 'password' else 'secret'} that is a well-known stand-in", _GUESSABLE)
            if named
            else None
        )
    line = _line(name, value)
    if what == "password":
        if value.isdecimal() and len(value) < 4:
            return None
        if len(value) < 4:
            return Literal(Severity.MEDIUM, f"a password of {len(value)} characters", _GUESSABLE)
        return Literal(Severity.HIGH, f"a password ({len(value)} characters)")
    if proofs.assigned(line):
        title = f"a secret by its name ({len(value)} characters)"
        return Literal(Severity.HIGH, title) if named or what == "secret" else Literal(Severity.MEDIUM, title, _NAMED)
    return None


def _detected(name: str, value: str, scan: Scan) -> Literal | None:
    matches = sorted(scan(_line(name, value)), key=lambda match: -match.severity)
    if not matches:
        return None
    best = matches[0]
    title = f"{best.family.title} ({best.redacted})"
    if best.structure == "invalid":
        return Literal(Severity.LOW, title, "low, since it is wrong in its structure")
    if best.family.id.startswith("generic-") and best.severity < Severity.HIGH:
        return Literal(Severity.MEDIUM, title, _NAMED)
    return Literal(Severity.HIGH, title)


def _line(name: str, value: str) -> bytes:
    """In quotes, since a value may have blanks in it."""
    quoted = '"' not in value and "\\" not in value and "\n" not in value
    return (f'{name}="{value}"' if quoted else f"{name}={value}").encode("utf-8", "surrogatepass")


def _is_no_secret(value: str) -> bool:
    if _PATH.fullmatch(value) or _ADDRESS.fullmatch(value):
        return True
    items = [item for item in value.replace(";", ",").replace(" ", ",").split(",") if item]
    return bool(items) and all(item.isupper() and "_" in item and kind(item.encode("utf-8", "surrogatepass")) for item in items)


def is_guessable(value: str, context: Iterable[str] = ()) -> bool:
    """A stand-in, or made of names that stand beside it, whatever digits follow."""
    plain = value.strip().lower()
    words = {word.lower() for text in context for word in (text.strip(), *_WORDS.findall(text))}
    known = sorted((word for word in words | _WELL_KNOWN if len(word) >= 2), key=len, reverse=True)
    for each in dict.fromkeys((plain, _TAIL.sub("", plain), plain.translate(_LEET), _TAIL.sub("", plain).translate(_LEET))):
        if not each:
            return plain.isdecimal()  # nothing but signs: a number to count or to try
        replaced = each
        for word in known:
            if word in replaced:
                replaced = replaced.replace(word, "sample")
        if _SAYS_SO.search(each) and _SPELLED.fullmatch(each):
            return True
        if is_placeholder(each.encode("utf-8", "surrogatepass")) or is_placeholder(replaced.encode("utf-8", "surrogatepass")):
            return True
    return False
