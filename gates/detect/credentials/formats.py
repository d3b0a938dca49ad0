"""Reads files and lines whose form says where the password stands: what programs log in with, manifests of Kubernetes."""

import binascii
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.names import kind
from gates.detect.credentials.proof import is_nowhere, is_stand_in, proven
from gates.detect.credentials.values import weigh
from gates.detect.placeholders import is_placeholder

_LINE = 2048  # bytes of a line that are read, before and behind an offset
_BELOW = 4096  # bytes of what stands on the lines below
_NEAR = 320
_DOCUMENT = 1 << 20  # bytes of a manifest that are read, before and behind its kind: more than a cluster takes


def _lines(data: bytes, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Start and end of each line that an offset is in."""
    done = -1
    for end in ends:
        if end - 1 <= done:
            continue
        at = end - 1 if data[end - 1 : end] == b"\n" else end  # patterns may take the end of the line along
        start = max(data.rfind(b"\n", max(0, at - _LINE), at) + 1, at - _LINE, 0)
        stop = data.find(b"\n", at, at + _LINE)
        done = stop = min(len(data), at + _LINE) if stop < 0 else stop
        yield start, stop


# netrc: https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html

_MACHINE = lazy(rb"\b(?:machine[ \t\r\n]+([^\s]{1,255})|default(?=\s+login\s))(?=\s)")
_ENTRY = lazy(
    rb"(?:\s+(?:#[^\n]*|(?:login|user|account)[ \t\r\n]+(?:\"[^\"\n]*\"|[^\s]+)))*\s+password[ \t\r\n]+"
    rb"(?:\"([^\"\n]{1,256})\"|([^\s\"'`\\\[\]][^\s\"'`\\]{0,255}))"
)


def netrc(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    done = 0
    for end in ends:
        for machine in _MACHINE.finditer(data, max(done, end - _NEAR), end):
            done = machine.end()
            entry = _ENTRY.match(data, done, done + 1024)
            if entry is None or (machine[1] and is_nowhere(machine[1])):
                continue
            done = entry.end()
            group = entry.lastindex or 1
            severity = proven(entry[group])
            if severity is not None:
                yield Credential(*entry.span(group), entry[group], severity)


# pgpass: https://www.postgresql.org/docs/current/libpq-pgpass.html

_FIELD = rb"((?:[^\s:\\\"'`]|\\[:\\]){1,128})"
# PostgreSQL, its poolers and its relatives. Any other number stands between colons in logs and lists of all kinds.
_PORTS = "543[0-9]|6432|26257|25060|[1-9]5432|\\*"
PGPASS_OPENING = rf":(?:{_PORTS}):[A-Za-z0-9_*.-]{{1,63}}:[A-Za-z0-9_*.@-]{{1,63}}:[!-9;-~]{{4}}"
_PGPASS = lazy(
    rb"(?:(?<=[\s\"'`])|^)(\[?[0-9A-Fa-f\\:]*\]?|[A-Za-z0-9_./*-]{1,253}):("
    + _PORTS.encode()
    + rb"):"
    + _FIELD
    + rb":"
    + _FIELD
    + rb":((?:[^\s:\\\"'`]|\\[:\\]){4,256})(?=[\"'`]?[ \t]*(?:[\r\n;|&>]|\\n|\Z))",
    re.MULTILINE,
)


def pgpass(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    for start, stop in _lines(data, ends):
        match = _PGPASS.search(data, start, min(len(data), stop + 1))
        if match is None:
            continue
        value = match[5].replace(b"\\:", b":").replace(b"\\\\", b"\\")
        # Compilers and grep write lines like these: file:line:column:kind:message.
        severity = None if match[3].isdigit() or is_nowhere(match[1]) else proven(value)
        if severity is not None:
            yield Credential(*match.span(5), value, severity)


# What programs log in with: one line each, or a name and the lines below it.

_VALUE = rb"(?:\\?\"([^\"\\\r\n]{4,256})\\?\"|'([^'\r\n]{4,256})'|([^\s\"'`;\\]{4,256}))"
_QUOTED = rb"(?:\\?\"([^\"\\\r\n]{4,256})\\?\"|'([^'\r\n]{4,256})')"
_END = rb"(?=[ \t]*(?:[\r\n;#,\"\\]|\Z))"


class _Form(NamedTuple):
    """`opening` is what the family's pattern looks for. The value is the last group that takes part in a match of `pattern`."""

    opening: str
    pattern: re.Pattern[bytes]
    proves: bool = False  # whether there is nothing else that it could be, so that weak passwords count
    below: bool = False  # whether the pattern reads on below the line
    items: re.Pattern[bytes] | None = None  # the values within what `pattern` matched


_LOGINS = (
    # HAProxy
    _Form(r"insecure-password[ \t]{1,8}[!-~]{4}", lazy(rb"\buser[ \t]+[^\s]+[ \t]+insecure-password[ \t]+" + _VALUE), proves=True),
    _Form(
        r"stats[ \t]{1,8}auth[ \t]{1,8}[^\x00-\x20:]{1,64}:[!-~]{4}",
        lazy(rb"\bstats[ \t]+auth[ \t]+[^\s:]{1,128}:([^\s]{4,256})"),
        proves=True,
    ),
    # strongSwan and its forerunners: ipsec.secrets
    _Form(
        r":[ \t]{1,8}(?:PSK|EAP|NTLM|XAUTH)[ \t]{1,8}\"[!-~]{4}",
        lazy(rb"^[^\r\n:\"'=]{0,200}:[ \t]+(?:PSK|EAP|NTLM|XAUTH)[ \t]+\"([^\"\r\n]{4,256})\"[ \t]*(?:#[^\r\n]*)?\r?$", re.MULTILINE),
        proves=True,
    ),
    _Form(
        r":[ \t]{1,8}(?:RSA|ECDSA|PKCS8|P12|PKCS12)[ \t]{1,8}[!-~]{1,200}[ \t]{1,8}\"[!-~]{4}",
        lazy(rb"^[ \t]*:[ \t]+(?:RSA|ECDSA|PKCS8|P12|PKCS12)[ \t]+[^\s]+[ \t]+\"([^\"\r\n]{4,256})\"[ \t]*\r?$", re.MULTILINE),
        proves=True,
    ),
    # What editors send requests from: the scheme with user and password in clear
    _Form(
        r"(?i:authorization):[ \t]{1,4}(?i:basic|digest)[ \t]{1,4}[A-Za-z0-9_.@+\\-]{1,64}[ \t:]{1,4}[!-~]{6}",
        lazy(
            rb"^[ \t]*(?i:authorization):[ \t]+(?i:basic|digest)[ \t]+[A-Za-z0-9_.@+\\-]{1,64}(?:[ \t]+|:)([^\s\"'`<>{}]{6,128})[ \t]*\r?$",
            re.MULTILINE,
        ),
    ),
    # IRC
    _Form(
        r"(?i:nickserv|[/ ]ns|chanserv|cserve\.quakenet\.org|authserv)[ \t:]{1,3}(?i:identify|id|auth|login)[ \t]{1,3}[!-~]{3}",
        lazy(
            rb"(?i:nickserv|[/ ]ns|cserve\.quakenet\.org|authserv)[ \t:]{1,3}(?i:identify|id|auth|login)[ \t]+(?:"
            rb"[A-Za-z0-9_\[\]|^-]+[ \t]+(?=[^\s\"';]{4}))?"
            rb"([^\s\"';<>\\]{4,128})"
        ),
    ),
    # Postfix: sasl_passwd
    _Form(
        r"(?:\]:|:(?:25|465|587|2525)|^(?i:smtp|mail|relay)[a-z0-9.-]{3,100})[0-9a-z]{0,10}[ \t]{1,20}"
        r"[A-Za-z0-9_.@+-]{1,100}:[!-.0-~][!-~]{3}",
        lazy(
            rb"^[ \t#]*(?:\[[A-Za-z0-9.:-]{3,253}\](?::[a-z0-9]+)?|[A-Za-z0-9.-]{3,253}:(?:25|465|587|2525|submission|smtps?)|"
            rb"(?i:smtp|mail|relay)[A-Za-z0-9.-]+)[ \t]+"
            rb"[^\s:\"'{}\[\]()]{1,128}:([^\s]{4,256})[ \t]*\r?$",
            re.MULTILINE,
        ),
        proves=True,
    ),
    # davfs2: secrets
    _Form(
        r"^https?://[A-Za-z0-9][!-~]{3,200}[ \t]{1,8}[A-Za-z0-9_.@-]{1,64}[ \t]{1,8}[!-~]{6,100}[ \t]{0,4}[\r\n]",
        lazy(
            rb"^https?://[^\s{}<>\"']+[ \t]+[A-Za-z0-9_.@-]{1,64}[ \t]+(?![0-9a-fA-F]{32,}(?:\s|\Z))"
            rb"(?:\"([^\"\r\n]{4,256})\"|([^\s\"'`;/\\]{4,256}))[ \t]*\r?$",
            re.MULTILINE,
        ),
    ),
    # pppd: chap-secrets, pap-secrets
    _Form(
        r"^\"?[^\x00-\x20\"#*/]{1,64}\"?[ \t]{1,16}\*[ \t]{1,16}[\"']?[!-~]{5,100}[\"']?[ \t]{1,16}(?:\*|[0-9]{1,3}\.)",
        lazy(
            rb"^\"?[^\s\"#*/]+\"?[ \t]+(?:\*|[A-Za-z0-9_.-]+)[ \t]+(?:\"([^\"\r\n]{4,256})\"|([^\s\"*]{4,256}))[ \t]+(?:\*|\"\*\""
            rb"|[0-9.]{7,15})[ \t]*\r?$",
            re.MULTILINE,
        ),
    ),
    # Redis: users.acl, redis.conf
    _Form(
        r"(?i:user|setuser)[ \t]{1,4}[!-~]{1,64}[ \t]{1,4}on[ \t][^\r\n]{0,80}>[!-~]{4}",
        lazy(rb"(?i:user|setuser)[ \t]+[^\s]+[ \t]+on[ \t](?:[^\r\n>]{0,200}[ \t])?>([^\s\"']{4,256})"),
        proves=True,
    ),
    # OpenLDAP and its clients
    _Form(
        r"(?i:\b(?:root|bind|olcroot|rootbind)pw|binddn_?passwd|authldapbindpassword)[ \t]{1,16}[\"']?[!-~]{4}",
        lazy(rb"^[ \t#]*(?i:rootpw|bindpw|olcrootpw|rootbindpw|authldapbindpassword)[ \t]+" + _VALUE + rb"[ \t]*\r?$", re.MULTILINE),
        proves=True,
    ),
    # RubyGems, SonarQube
    _Form(
        r"^:[a-z0-9_.-]{0,60}(?:key|token|rubygems)[a-z0-9_.-]{0,30}:[ \t]{1,4}[\"']?[A-Za-z0-9_-]{16}",
        lazy(
            rb"^:(?!cache|public)[a-z0-9_.-]{0,60}(?:key|token|rubygems)[a-z0-9_.-]{0,30}:[ \t]+[\"']?([A-Za-z0-9_-]{16,128})"
            rb"[\"']?[ \t]*\r?$",
            re.MULTILINE,
        ),
    ),
    _Form(
        r"sonar\.(?:login|token)[\"']?[ \t]{0,4}[=:,>][ \t]{0,4}[\"']?[A-Za-z0-9_]{16}",
        lazy(rb"sonar\.(?:login|token)[\"']?[ \t]*[=:,>][ \t]*[\"']?([A-Za-z0-9_]{16,128})\b"),
    ),
    # Bundler
    _Form(
        r"^BUNDLE_[A-Z0-9_]{3,80}:[ ]{1,4}[\"']?[A-Za-z0-9_.@%-]{0,64}:[!-~]{4}",
        lazy(rb"^BUNDLE_[A-Z0-9_]+:[ ]+[\"']?[A-Za-z0-9_.@%-]{0,64}:(?!//)([^\s\"'/@:]{4,256})[\"']?[ \t]*\r?$", re.MULTILINE),
        proves=True,
    ),
    # user:password in one string: curl's user and libcurl's USERPWD, npmAuthIdent of Yarn, basic_auth of many
    _Form(
        r"(?i:userpwd|httpauth|basic_?auth|auth_?ident|userpass|user_?password|\buser|proxy-user|_auth|\bauth|cred(?:ential)?s|"
        r"[_.]login|\blogin)"
        r"[\"'\])]{0,3}[ \t]{0,4}(?:=>|[:=,])[ \t]{0,4}[\"'`]?[A-Za-z0-9_.@\\-]{1,64}:[!-~]{6}",
        lazy(
            rb"(?i:userpwd|httpauth|basic_?auth|auth_?ident|userpass|user_?password|\buser|proxy-user|_auth|\bauth|cred"
            rb"(?:ential)?s|[_.]login|\blogin)"
            rb"[\"'\])]{0,3}[ \t]*(?:=>|[:=,])[ \t]*(?:(?P<q>[\"'`])|(?<=[A-Za-z]=))[A-Za-z0-9_.@\\-]{1,64}:(?![\\/:])("
            rb"[^\s\"'`<>(){}\[\]:;,\\]{6,128})(?(q)(?P=q)|(?=\s|\Z))"
        ),
    ),
    # SNMP: https://www.net-snmp.org/docs/man/snmpd.conf.html
    _Form(
        r"^[ \t]{0,8}(?:ro|rw)(?:community6?)[ \t]{1,8}[!-~]{4}",
        lazy(rb"^[ \t]*r[ow]community6?[ \t]+" + _VALUE, re.MULTILINE),
        proves=True,
    ),
    _Form(
        r"createUser[ \t]{1,8}[^\r\n]{1,80}(?:MD5|SHA)[0-9-]{0,4}[ \t]{1,8}[!-~]{4}",
        lazy(rb"(?<=[Uu]ser)[ \t][^\r\n]{1,80}?[ \t](?:MD5|SHA)(?:-[0-9]{3})?[ \t]+" + _VALUE),
        proves=True,
    ),
    _Form(
        r"createUser[ \t]{1,8}[^\r\n]{1,160}(?:AES|DES)[0-9-]{0,4}[ \t]{1,8}[!-~]{4}",
        lazy(rb"(?<=[Uu]ser)[ \t][^\r\n]{1,160}?[ \t](?:AES|DES)(?:-[0-9]{3})?[ \t]+" + _VALUE),
        proves=True,
    ),
    # RabbitMQ in Erlang's terms
    _Form(r"pass(?:word)?[ \t]{0,4},[ \t]{0,4}<<\"[!-~]{4}", lazy(rb"pass(?:word)?[ \t]*,[ \t]*<<\"([^\"\\\r\n]{4,256})\">>"), proves=True),
    # Squid: cache_peer … login=user:password
    _Form(r"cache_peer[ \t][^\r\n]{1,160}login=[!-~]{4}", lazy(rb"[ \t]login=[^\s:]{1,64}:([^\s]{4,256})"), proves=True),
    # OpenVPN
    _Form(
        r"[<]auth-user-pass[>][\r\n]",
        lazy(rb"[ \t]*<auth-user-pass>[ \t]*\r?\n[^\r\n]{1,128}\r?\n[ \t]*([^\r\n<]{4,256}?)[ \t]*\r?\n"),
        proves=True,
        below=True,
    ),
    # rclone: what the key of such a remote is, its name alone does not say
    _Form(
        r"(?:type = |type=)(?:swift|b2|azureblob|storj|koofr|qingstor|oos|ftp|sftp|webdav|mega|smb|seafile|crypt)[\r\n]",
        lazy(
            rb"type[ \t]*=[ \t]*[a-z0-9]+[ \t]*\r?\n(?:[a-z0-9_]+[ \t]*=[^\r\n]*\r?\n){0,20}?(?:key|pass|password2?|secret)"
            rb"[ \t]*=[ \t]*([^\s]{8,256})"
        ),
        below=True,
    ),
    # cloud-init: chpasswd
    _Form(
        r"\bchpasswd:[ \t]{0,4}[\r\n]",
        lazy(rb"[ \t]*chpasswd:[ \t]*\r?\n(?:[ \t]+[^\n]*(?:\n|\Z)){1,60}"),
        proves=True,
        below=True,
        items=lazy(
            rb"^[ \t]+(?:- +)?[\"']?[a-z_][a-z0-9_-]{0,31}:(?!R(?:ANDOM)?[\"']?\s)([^\s\"'|>]{4,128})[\"']?[ \t]*\r?$", re.MULTILINE
        ),
    ),
)

# Switches and routers. What stands behind secret or password there is a word of their language as often as a password.
_DEVICES = (
    _Form(
        r"[ \t](?i:secret|password|passwd)[ \t]{1,3}(?:level[ \t]{1,3}[0-9]{1,2}[ \t]{1,3})?0[ \t]{1,3}[!-~]{4}",
        lazy(rb"(?i:secret|password|passwd)[ \t]+(?:level[ \t]+[0-9]+[ \t]+)?0[ \t]+([^\s\"']{4,128})" + _END),
        proves=True,
    ),
    # Type 7 hides nothing: it is a Vigenère cipher with a known key.
    _Form(
        r"(?i:secret|password|passwd|key|md5|key-string)[ \t]{1,3}7[ \t]{1,3}[01][0-9][0-9A-F]{4}",
        lazy(rb"(?i:secret|password|passwd|key|md5|key-string)[ \t]+7[ \t]+([01][0-9](?:[0-9A-F]{2}){4,64})\b"),
    ),
    _Form(
        r"(?i:enable|username[ \t]{1,3}[!-~]{1,64}(?:[ \t]{1,3}privilege[ \t]{1,3}[0-9]{1,2})?)[ \t]{1,3}(?i:secret|password)"
        r"[ \t]{1,3}[!-~]{4}",
        lazy(
            rb"^[ \t]*(?:enable|username[ \t]+[^\s]+(?:[ \t]+privilege[ \t]+[0-9]+)?)[ \t]+(?:secret|password)[ \t]+("
            rb"[^\s\"']{6,128})[ \t]*\r?$",
            re.MULTILINE,
        ),
    ),
    _Form(
        r"(?:snmp-server|snmp-agent|set[ ]snmp)[ \t]{1,3}community[ \t]{1,3}[!-~]{4}",
        lazy(
            rb"(?:snmp-server|snmp-agent|snmp)[ \t]+community[ \t]+(?:(?:read|write)[ \t]+)?(?:cipher[ \t]+|simple[ \t]+|0"
            rb"[ \t]+)?\"?(?=[^\s\"]*[^A-Za-z\s\"]|[a-z]*[A-Z][a-z]*[A-Z])([^\s\"]{4,64})"
        ),
        proves=True,
    ),
    _Form(
        r"(?:tacacs|radius)(?:-server)?[ \t][^\r\n]{0,100}\bkey[ \t]{1,3}(?:0[ \t]{1,3})?[!-~]{6}",
        lazy(rb"(?:tacacs|radius)(?:-server)?[ \t][^\r\n]{0,100}\bkey[ \t]+(?:0[ \t]+)?([^\s\"']{6,128})" + _END),
    ),
    _Form(
        r"(?:isakmp|ikev2)[ \t][^\r\n]{0,40}\bkey[ \t]{1,3}[!-~]{6}",
        lazy(rb"isakmp[ \t]+key[ \t]+(?:0[ \t]+)?([^\s\"']{6,128})[ \t]+(?:address|hostname)"),
        proves=True,
    ),
    _Form(
        r"pre-shared-key[ \t]{1,3}(?:local|remote|ascii-text|address|0)[ \t][^\r\n]{4}",
        lazy(rb"pre-shared-key[ \t]+(?:(?:local|remote|ascii-text|0|address[ \t]+[^\s]+(?:[ \t]+[0-9.]+)?(?:[ \t]+key)?)[ \t]+)+" + _VALUE),
        proves=True,
    ),
    _Form(
        r"neighbor[ \t]{1,3}[0-9A-Fa-f.:]{3,40}[ \t]{1,3}password[ \t]{1,3}[!-~]{6}",
        lazy(rb"neighbor[ \t]+[^\s]+[ \t]+password[ \t]+(?:0[ \t]+)?([^\s\"']{6,128})" + _END),
    ),
    _Form(
        r"(?:authentication-key|message-digest-key[ \t]{1,3}[0-9]{1,3}[ \t]{1,3}md5|authentication-key[ \t]{1,3}[0-9]{1,5}"
        r"[ \t]{1,3}md5|key-string)"
        r"[ \t]{1,3}[\"']?[!-~]{6}",
        lazy(rb"(?:authentication-key|key-string)(?:[ \t]+[0-9]+[ \t]+md5)?[ \t]+(?:0[ \t]+)?" + _VALUE),
    ),
    _Form(
        r"message-digest-key[ \t]{1,3}[0-9]{1,3}[ \t]{1,3}md5[ \t]{1,3}[!-~]{4}",
        lazy(rb"message-digest-key[ \t]+[0-9]+[ \t]+md5[ \t]+(?:0[ \t]+)?([^\s\"']{4,128})" + _END),
        proves=True,
    ),
    # snmp-server user … auth sha … priv aes 128 …
    _Form(
        r"snmp-server[ \t]{1,3}user[ \t][^\r\n]{1,100}(?i:auth)[ \t]{1,3}(?i:md5|sha)",
        lazy(rb"[ \t](?i:auth)[ \t]+(?i:md5|sha)(?:-?[0-9]{3})?[ \t]+([^\s\"']{6,128})"),
        proves=True,
    ),
    _Form(
        r"snmp-server[ \t]{1,3}user[ \t][^\r\n]{1,200}(?i:priv)[ \t]{1,3}(?i:aes|3?des)",
        lazy(rb"[ \t](?i:priv)[ \t]+(?i:aes|3?des)(?:[ \t-]?[0-9]{3})?[ \t]+([^\s\"']{6,128})"),
        proves=True,
    ),
    # Junos: $9$ can be read by anyone, unlike $1$, $5$ and $6$
    _Form(r"(?:secret|key|password|ascii-text|simple-password)[ \t]{1,3}\"\$9\$[!-~]{6}", lazy(rb"[ \t]\"(\$9\$[^\s\"]{6,256})\"")),
    # ppp chap password, wpa-psk ascii
    _Form(
        r"(?:chap|pap[ \t]{1,3}sent-username[ \t]{1,3}[!-~]{1,64}|wpa-psk[ \t]{1,3}ascii)[ \t]{1,3}(?:password[ \t]{1,3})?(?:0"
        r"[ \t]{1,3})?[!-~]{6}",
        lazy(
            rb"(?:chap|pap[ \t]+sent-username[ \t]+[^\s]+|wpa-psk[ \t]+ascii)[ \t]+(?:password[ \t]+)?(?:0[ \t]+)?([^\s\"']{6,128})" + _END
        ),
    ),
    # Huawei, H3C: password simple …
    _Form(
        r"password[ \t]{1,3}(?:irreversible-)?simple[ \t]{1,3}[!-~]{4}",
        lazy(rb"password[ \t]+simple[ \t]+([^\s\"']{4,128})" + _END),
        proves=True,
    ),
)
# Terraform: what it made up stands in its state.
_GENERATED = b'"random_password"'
_GENERATED_OPENING = r"\"type\"[ \t]{0,4}:[ \t]{0,4}\"random_password\""
_RESULT = lazy(rb'"result"[ \t]*:[ \t]*"((?:[^"\\\r\n]|\\[^\r\n]){4,512})"')
_NEXT_RESOURCE = lazy(rb'"type"[ \t]*:[ \t]*"')
_GENERATED_REACH = 16 * 1024  # bytes of a resource that are read: dozens of instances
_SEALED = lazy(rb"0x[0-9a-fA-F]{32}|U2FsdGVkX1")  # a key that was made from the password for one device; OpenSSL's salted form
_TYPE_7 = lazy(rb"[01][0-9](?:[0-9A-F]{2}){4,64}")
_HEX_KEY = lazy(rb"[0-9a-f]{32,128}|rubygems_[0-9a-f]{48}")


def _openings(forms: Sequence[_Form]) -> str:
    return "|".join(form.opening for form in forms)


# What the families of these look for.
LOGIN_OPENINGS = _openings(_LOGINS) + "|" + _GENERATED_OPENING
DEVICE_OPENINGS = _openings(_DEVICES)


def logins(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    yield from _formed(data, ends, _LOGINS)
    for end in ends:
        if data.endswith(_GENERATED, 0, end):
            yield from _generated(data, end)


def _generated(data: bytes, end: int) -> Iterator[Credential]:
    """The passwords of the resource whose type ends at `end`. They are random, however they read."""
    import json  # reached by this form only

    ceiling = min(len(data), end + _GENERATED_REACH)
    following = _NEXT_RESOURCE.search(data, end, ceiling)
    for result in _RESULT.finditer(data, end, following.start() if following else ceiling):
        try:
            value = json.loads(b'"' + result[1] + b'"').encode()
        except ValueError:
            continue
        if b" " not in value and not is_placeholder(value):
            yield Credential(*result.span(1), value, weigh("password", value, "quoted") or Severity.MEDIUM)


def devices(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    return _formed(data, ends, _DEVICES)


def _formed(data: bytes, ends: Sequence[int], forms: Sequence[_Form]) -> Iterator[Credential]:
    for start, stop in _lines(data, ends):
        seen = set()
        for form in forms:
            for first, last in _values(data, start, stop, form):
                value = data[first:last]
                severity = _severity(value, form.proves)
                if severity is not None and (first, last) not in seen:
                    seen.add((first, last))
                    yield Credential(first, last, value, severity)


def _values(data: bytes, start: int, stop: int, form: _Form) -> Iterator[tuple[int, int]]:
    if not form.below:
        for match in form.pattern.finditer(data, start, stop):
            yield match.span(match.lastindex or 0)
        return
    below = form.pattern.match(data, start, stop + _BELOW)
    if below and form.items:
        for match in form.items.finditer(data, *below.span()):
            yield match.span(match.lastindex or 0)
    elif below:
        yield below.span(below.lastindex or 0)


def _severity(value: bytes, proves: bool) -> Severity | None:
    if _SEALED.match(value):
        return None
    if _TYPE_7.fullmatch(value) or value.startswith(b"$9$"):
        return None if is_stand_in(value[3:]) else Severity.MEDIUM
    if _HEX_KEY.fullmatch(value):
        return weigh("secret", value, "quoted")
    return proven(value) if proves else weigh("password", value, "quoted")


# LDIF: https://www.rfc-editor.org/rfc/rfc2849

_LDIF = lazy(rb"^(?i:userpassword|olcrootpw|unicodepwd|sambantpassword|authpassword)(::?)[ \t]*([^\s]{4,512})", re.MULTILINE)


def ldif(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    for start, stop in _lines(data, ends):
        match = _LDIF.search(data, start, stop)
        value = _base64(match[2]) if match and match[1] == b"::" else match[2] if match else b""
        severity = proven(value.decode("utf-16-le", "replace").strip('"').encode() if value.endswith(b"\0") else value) if value else None
        if match and severity is not None:
            yield Credential(*match.span(2), match[2], severity)


def _base64(text: bytes) -> bytes:
    """What `text` says, b"" if it is no base64."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return b""


# Kubernetes: https://kubernetes.io/docs/concepts/configuration/secret/

_KIND = lazy(rb"(\\{0,3}\"|'|)kind(?:\\{0,3}\"|'|)[ \t]*:[ \t]*(?:\\{0,3}\"|'|)Secret(?:\\{0,3}\"|'|)(?![A-Za-z0-9_.-])")
_YAML_LINE = lazy(rb"([ \t]*(?:- +)*)([^\r\n]*)\r?(?:\n|\Z)")
_YAML_ENTRY = lazy(
    rb"[\"']?([A-Za-z0-9_.-]{1,253})[\"']?[ \t]*:(?:[ \t]+(?:!!?[a-z]+[ \t]+)?(\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\r\n#][^\r\n]*?))?"
    rb"[ \t]*(?:[ \t]#[^\r\n]*)?$"
)
_BRACE = lazy(rb"[{}]")
_JSON_DATA = lazy(rb"\\{0,3}\"(data|stringData)\\{0,3}\"[ \t\r\n]*:[ \t\r\n]*\{([^{}]*)\}")
_JSON_ENTRY = lazy(rb"\\{0,3}\"([A-Za-z0-9_.-]{1,253})\\{0,3}\"[ \t\r\n]*:[ \t\r\n]*\\{0,3}\"((?:[^\"\\]|\\[^\"])*?)\\{0,3}\"")
_FLOW_ENTRY = lazy(rb"[\"']?([A-Za-z0-9_.-]{1,253})[\"']?[ \t]*:[ \t]*[\"']?([^\s\"',{}]+)")
_NO_PASSWORD = lazy(rb"[A-Z]+(?:[_-][A-Z]+)*|[A-Z][A-Z0-9_]*=[^=].*|[^:]+:[${].*", re.DOTALL)  # a constant, a setting, a hash of htpasswd
_RANDOM_BYTES = (16, 20, 24, 32, 48, 64, 96, 128)  # lengths of keys
# What goes into a secret beside the secret.
_NO_SECRET = frozenset(
    b"username user host hostname port database dbname db name url uri endpoint region bucket email login namespace ca.crt "
    b"tls.crt client-id clientid "
    b"client_id id type engine server address schema project account domain ssh-publickey known_hosts issuer realm tenant "
    b"tenant-id tenantid sslmode".split()
)


class _Entry(NamedTuple):
    """One value of a manifest, `plain` where it is not in base64."""

    key: bytes
    start: int
    end: int
    plain: bool


def manifests(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    done = 0
    in_yaml: list[int] = []
    in_json: list[int] = []
    for end in ends:
        for match in _KIND.finditer(data, max(done, end - 64), end + 8):
            if match.start() > end:
                break
            (in_json if match[1].endswith(b'"') else in_yaml).append(match.start())
            done = match.end()
        done = max(done, end - 64)
    entries = set(_in_json(data, in_json))
    for at in in_yaml:
        entries.update(_in_yaml(data, at))
    for entry in sorted(entries, key=lambda entry: entry.start):
        value = data[entry.start : entry.end]
        severity = _kept(entry.key, value, entry.plain)
        if severity is not None:
            yield Credential(entry.start, entry.end, value, severity)


def _kept(key: bytes, value: bytes, plain: bool) -> Severity | None:
    if b"{{" in value or b"$" in value[:2]:
        return None
    content = value if plain else _base64(value)
    if not content.isascii() or b"\0" in content:
        # Random bytes of a key's length; whatever else is binary is a file.
        return Severity.HIGH if len(content) in _RANDOM_BYTES and len(set(content)) * 2 > len(content) else None
    content = content.rstrip(b"\r\n")
    named = kind(key)
    # Text of several lines is a file; files are looked into where they are decoded.
    if not content or b"\n" in content or _NO_PASSWORD.fullmatch(content):
        return None
    if key.lower() in _NO_SECRET:
        return None
    severity = weigh(named or "secret", content, "quoted") or weigh("password", content, "quoted")
    return severity or (proven(content) if named and b" " not in content else None)


def _in_yaml(data: bytes, at: int) -> Iterator[_Entry]:
    """The entries of data and stringData in the mapping whose key stands at an offset."""
    floor, ceiling = max(0, at - _DOCUMENT), min(len(data), at + _DOCUMENT)
    # What lies between two of them is read twice at most.
    floor = max(floor, data.rfind(b"\nkind:", floor, max(floor, at - 1)) + 1)
    following = data.find(b"\nkind:", at + 1, ceiling)
    ceiling = ceiling if following < 0 else following
    start = data.rfind(b"\n", floor, at) + 1 or floor
    depth = len(data[start:at])
    if data[start:at].strip(b" -"):
        return
    while start > floor and not data[start:at].strip(b" ").startswith(b"-"):  # up to where the mapping starts
        before = data.rfind(b"\n", floor, start - 1) + 1 or floor
        line = data[before : start - 1]
        # A mapping has one kind: this bounds what is read where a text is full of them.
        if (
            line.startswith(b"---")
            or _KIND.match(data, before + depth)
            or (line.strip() and len(line) - len(line.lstrip(b" -")) < depth and not line.lstrip().startswith(b"#"))
        ):
            break
        start = before
        if line.lstrip(b" ").startswith(b"-") and len(line) - len(line.lstrip(b" -")) == depth:
            break
    yield from _entries(data, start, ceiling, depth, at)


def _entries(data: bytes, start: int, ceiling: int, depth: int, at: int) -> Iterator[_Entry]:
    inside = b""  # the section that the line is in
    level = -1  # how far its keys are indented
    folded = b""  # the key whose value stands on the lines below it
    first = True
    while start < ceiling:
        line = _YAML_LINE.match(data, start, ceiling)
        if line is None:
            return
        column, text = len(line[1]), line[2]
        begin = line.start(2)
        start = line.end() if line.end() > start else ceiling
        if not text or text.startswith((b"#", b"{{")):
            continue
        if text.startswith(b"---") or column < depth or (b"-" in line[1] and column <= depth and not first):
            return
        first = False
        entry = _YAML_ENTRY.match(data, begin, line.end(2))
        if column == depth:
            if begin > at and text.startswith(b"kind:"):
                return
            inside, level, folded = b"", -1, b""
            if entry and entry[1] in (b"data", b"stringData"):
                inside = entry[1]
                for item in _FLOW_ENTRY.finditer(data, *entry.span(2)) if entry[2] and entry[2].startswith(b"{") else ():
                    yield _Entry(item[1], *item.span(2), inside == b"stringData")
            continue
        if not inside:
            continue
        if level < 0:
            level = column
        if column > level:
            if folded:  # the first line is enough: what is longer is a file, which is read as such
                yield _Entry(folded, begin, begin + len(text.rstrip()), inside == b"stringData")
                folded = b""
            continue
        folded = b""
        if entry is None:
            continue
        if entry[2] is None or entry[2][:1] in (b"|", b">"):
            folded = entry[1]
            continue
        quotes = entry[2][:1] in (b'"', b"'")
        yield _Entry(entry[1], entry.start(2) + quotes, entry.end(2) - quotes, inside == b"stringData")


def _in_json(data: bytes, found: Sequence[int]) -> Iterator[_Entry]:
    """The entries of data and stringData in the objects whose kinds stand at these offsets, read in one pass for those near each other."""
    first = 0
    for index, at in enumerate(found):
        if index + 1 == len(found) or found[index + 1] - at > 2 * _DOCUMENT:
            yield from _in_objects(data, found[first : index + 1])
            first = index + 1


def _in_objects(data: bytes, found: Sequence[int]) -> Iterator[_Entry]:
    start, stop = max(0, found[0] - _DOCUMENT), min(len(data), found[-1] + _DOCUMENT)
    kinds = iter((*found, stop))
    kind_at = next(kinds)
    stack: list[int] = []
    parents: dict[int, int] = {}
    secret: set[int] = set()
    for brace in _BRACE.finditer(data, start, stop):  # those within strings come in pairs as a rule
        at = brace.start()
        parent = stack[-1] if stack else -1
        while kind_at < at:
            secret.add(parent)
            kind_at = next(kinds)
        if brace[0] == b"{":
            parents[at] = parent
            stack.append(at)
        elif stack:
            stack.pop()
    if kind_at < stop:
        secret.add(stack[-1] if stack else -1)
    for section in _JSON_DATA.finditer(data, start, stop):
        if parents.get(section.start(2) - 1) in secret:
            for item in _JSON_ENTRY.finditer(data, *section.span(2)):
                yield _Entry(item[1], *item.span(2), section[1] == b"stringData")
