"""Reads passwords out of addresses and connection strings: `scheme://user:password@host`, and what databases write in their own way."""

from collections.abc import Iterator, Sequence

from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.proof import is_nowhere, is_stand_in, proven
from gates.detect.credentials.values import weigh
from gates.detect.placeholders import is_placeholder

_REACH = 320  # bytes before the end of what the family's pattern matched in which the address starts
_SCHEME = lazy(rb"[A-Za-z][A-Za-z0-9+.-]{1,40}\Z")
_USER = rb"([^\x00-\x20:/?#\"'`<>(){}\[\]\\^|]{0,128}):"
_HOST = rb"@(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9][A-Za-z0-9_.-]{0,252})(?![A-Za-z0-9_@-])"
# The last @ ends the password: in many an address nobody has escaped those within it, nor the slashes.
_AUTHORITY = lazy(_USER + rb"([^\x00-\x20/?#\"'`<>\\]{1,160})" + _HOST)
_UNESCAPED = lazy(_USER + rb"([^\x00-\x20\"'`<>\\]{1,160})" + _HOST)
_PORT = lazy(rb"[0-9]{0,5}(?:[/?#,;]|\Z)")
_HOSTS = lazy(rb"([^@]{1,128})@[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?[;,]")  # where a list of hosts starts, whose others have an @ too
# These have families of their own, which tell the provider and how to change the password; what those refuse has to be plain.
_OWN_FAMILY = lazy(rb"(?i:https?|amqps?|mongodb.*|mysql.*|mariadb.*|postgres.*|rediss?)")
_NO_LOGIN = lazy(rb"(?i:data|urn|javascript|about|chrome.*|moz-.*|file|docker|oci|pkg|gopher|doi|arn|xmlns)")

_DRIVER = lazy(
    # Go: user:password@tcp(host:3306)/database
    rb"([A-Za-z0-9_.$%-]{1,64}):([^\x00-\x20\"'`<>]{4,128})@(?:tcp[46]?|unix|udp|cloudsql(?:-[a-z]+)?)\("
    # Oracle: jdbc:oracle:thin:user/password@//host:1521/service, and what its own programs take
    rb"|(?i:jdbc:oracle:[a-z0-9]{2,6}:|(?:sqlplus|sqlldr|expdp|impdp|rman|sqlcl|exp|imp)(?:[ \t]+-[A-Za-z]+)*(?:[ \t]+(?:target"
    rb"|userid)[ =])?[ \t=\"']+"
    rb"|(?:oracle|oracledb)\.connect\([\"'])"
    rb"\"?([A-Za-z0-9_$#.-]{1,64})\"?/\"?([^\x00-\x20\"'`<>/@]{4,128})\"?@",
)


def addresses(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    done = -1
    for end in ends:
        mark = data.rfind(b"://", max(0, end - _REACH), end)
        if mark <= done:
            continue
        done = mark
        scheme = _SCHEME.search(data[max(0, mark - 41) : mark])
        if scheme and not _NO_LOGIN.fullmatch(scheme[0]):
            yield from _in_address(data, scheme[0], mark + 3)


def _in_address(data: bytes, scheme: bytes, at: int) -> Iterator[Credential]:
    for pattern in (_AUTHORITY, _UNESCAPED):
        match = pattern.match(data, at)
        if match is None or _PORT.match(match[2]):
            continue
        user, password, host = match.groups()
        hosts = _HOSTS.match(password)
        password = hosts[1] if hosts else password
        if pattern is _UNESCAPED and (b"@" in user or weigh("password", password, "quoted") is not Severity.HIGH):
            continue
        severity = _severity(user, password, host, weak_too=not _OWN_FAMILY.fullmatch(scheme))
        if severity is not None:
            yield Credential(match.start(2), match.start(2) + len(password), password, severity)
        return


def _severity(user: bytes, password: bytes, host: bytes, *, weak_too: bool) -> Severity | None:
    severity = proven(password)
    if severity is Severity.HIGH:
        # At this machine and at hosts of manuals even such a one may be no more than a sample.
        return Severity.MEDIUM if is_nowhere(host) else Severity.HIGH
    if not weak_too or is_nowhere(host) or is_placeholder(user) or password.lower() == user.lower():
        return None
    return severity


def driver_strings(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    done = 0
    for end in ends:
        for match in _DRIVER.finditer(data, max(done, end - _REACH), min(len(data), end + _REACH)):
            if match.start() >= end:
                break
            done = match.end()
            group = 2 if match[2] else 4
            user, password = match[group - 1], match[group]
            if is_stand_in(password) or password.lower() == user.lower():
                continue
            severity = proven(password)
            if severity is not None:
                yield Credential(*match.span(group), password, severity)
        done = max(done, end)
