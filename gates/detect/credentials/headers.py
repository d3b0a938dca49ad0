"""Reads the headers of HTTP that let one in, wherever they are written: requests, code, commands, recordings, settings."""

from collections.abc import Iterator, Sequence

from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.names import kind
from gates.detect.credentials.values import weigh

_NEAR = 200  # bytes before the end of what the family's pattern matched in which the header's name stands
_TOKEN = rb"[A-Za-z0-9_.~+/:|=%-]{10,4096}"
_BEARER = lazy(rb"(?i:\bbearer)(?:[ \t]{1,3}|%20|\+)(?:[\"'`][ \t]{0,3}[+.&][ \t]{0,3}[\"'`])?(" + _TOKEN + rb")")
# Schemes that servers made up, each behind the header's name. In recordings name and value are two members.
SCHEMES = "token|apikey|api-key|api_key|key|bot|oauth|pat|splunk|ssws|geniekey|sharedkey|secret|authtoken|user-token|client|sso-key"
_OTHER = lazy(
    rb"(?i:authorization)\\?[\"'`\])]{0,3}[ \t]{0,4}(?:(?:[:=,>(]|=>|->)[ \t\r\n]{0,40}(?:\\?[\"'](?i:value)\\?[\"'][ \t]{0,4}:"
    rb"[ \t]{0,4})?)?"
    rb"(?:\\?[\"'`])?[ \t]{0,4}(?i:"
    + SCHEMES.encode()
    + rb")(?:[ \t]{1,3}|=)(?:token=|key=)?(?:\\?[\"'`])?(?:[ \t]{0,3}[+.&][ \t]{0,3}[\"'`])?("
    + _TOKEN
    + rb")"
)
# In the examples of RFC 6749 and 6750.
_PUBLISHED = (b"mF_9.B5f", b"2YotnFZFE", b"tGzv3JOkF", b"SlAV32hkKG", b"vF9dft4qmT", b"h480djs93hd8", b"8xLOxBtZp8", b"czZCaGRS")
# What a token is followed by where it is code that makes it.
_CODE = lazy(rb"[ \t]*[(\[{]")

# The names under which frameworks keep a session or remember a login.
COOKIES = (
    r"phpsessid|jsessionid|jsessionidsso|aspsessionid[a-z]{8}|asp\.net_sessionid|\.aspxauth|\.aspnetcore\.[a-z.]{5,40}|connect"
    r"\.sid|laravel_session"
    r"|ci_session|cakephp|cfid|cftoken|sails\.sid|koa[.:]sess|express[.:]sess|session_id|sessionid|sessid|sess_id|session|sess"
    r"|sid|ssid|auth_token|authtoken"
    r"|auth|access_token|refresh_token|id_token|token|jwt|remember_token|remember_me|remember_user_token|remember_web_"
    r"[0-9a-f]{10,64}|rememberme"
    r"|wordpress_logged_in_[0-9a-f]{32}|wordpress_sec_[0-9a-f]{32}|[a-z0-9]{1,30}_session(?:_id)?|__secure-next-auth"
    r"\.session-token|next-auth\.session-token"
    r"|__host-[a-z_-]{2,30}|__secure-[a-z0-9_.-]{2,30}|li_at|sapisid|apisid|hsid|kc_restart|keycloak_identity|grafana_session"
    r"|rack\.session|user_session"
)
_IN_COOKIE = lazy(rb"(?:(?<=[\s;\"'`&:=({,])|^)(?i:" + COOKIES.encode() + rb")[ \t]?=[ \t]?\"?([^\s;,\"'`<>(){}\\\[\]]{12,4096})")
# Names that say so by themselves, whatever they stand in.
_BY_NAME = lazy(
    rb"(?i:\b(?:phpsessid|jsessionid|asp\.net_sessionid|connect\.sid|laravel_session|ci_session|\.aspxauth|sails\.sid|next-auth"
    rb"\.session-token"
    rb"|wordpress_logged_in_[0-9a-f]{32}|remember_web_[0-9a-f]{10,64}))\\?[\"']?[ \t]*(?:[=:,\t]|=>|\\?[\"'],[ \t\r\n]*\\?"
    rb"[\"']value\\?[\"']:)[ \t]*\\?[\"']?([^\s;,\"'`<>(){}\\\[\]]{12,4096})"
)
# A dictionary of them, in a program.
_JAR = lazy(rb"(?i:cookies?)\\?[\"'\])]{0,3}[ \t]{0,4}(?:=>|[:=(,])[ \t]{0,4}\{[^{}]{1,1000}")
_IN_JAR = lazy(
    rb"[\"']((?i:" + COOKIES.encode() + rb"))\\?[\"'][ \t]{0,4}(?::|=>)[ \t]{0,4}\\?[\"']([^\s;,\"'`<>(){}\\\[\]]{12,4096})\\?[\"']"
)
# A file of them: domain, whether for its subdomains, path, whether for HTTPS only, when it ends, name, value.
# https://curl.se/docs/http-cookies.html
_IN_FILE = lazy(
    rb"\t(?:TRUE|FALSE)\t[^\t\r\n]{1,200}\t(?:TRUE|FALSE)\t[0-9]{1,12}(?:\.[0-9]{1,9})?\t(?i:"
    + COOKIES.encode()
    + rb")\t([^\s;,\"]{12,4096})"
)
# What a family looks for, beside the header.
JAR_OPENING = (
    r"(?i:cookies?)[\"'\])]{0,3}[ \t]{0,4}(?:=>|[:=(,])[ \t]{0,4}\{[^{}]{1,400}(?i:sess|sid|auth|token|jwt|remember|logged_in|__host-"
    r"|__secure-|li_at)[A-Za-z0-9_.-]{0,40}\\?[\"'][ \t]{0,4}(?::|=>)[ \t]{0,4}\\?[\"'][A-Za-z0-9_.%+/:-]{12}"
)
FILE_OPENING = (
    r"\t(?:TRUE|FALSE)\t[0-9.]{1,22}\t[^\t\r\n]{0,60}(?i:sess|sid|auth|token|jwt|remember|logged_in|__host-|__secure-|li_at)"
    r"[^\t\r\n]{0,60}\t[A-Za-z0-9_.%+/:-]{12}"
)
_PERCENT = lazy(rb"%[0-9A-Fa-f]{2}")
_LINE = 4096  # bytes of a line that are read
_ABOVE = 600  # bytes before an entry in which its dictionary starts


_CUT = (b"...", "\u2026".encode())  # where a page leaves the rest out


def bearers(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    done = 0
    for end in ends:
        if end <= done:
            continue
        since = max(done, end - _NEAR)
        done = end
        for pattern in (_BEARER, _OTHER):
            for match in pattern.finditer(data, since, min(len(data), end + _LINE)):
                if match.start() >= end:
                    break
                done = max(done, match.end())
                start, stop = match.span(1)
                token = match[1].rstrip(b".:,")
                if token.startswith(_PUBLISHED) or _CODE.match(data, stop) or data.startswith(_CUT, start + len(token)):
                    continue
                severity = weigh("secret", token, "quoted")
                if severity is not None:
                    yield Credential(start, start + len(token), token, severity)


def cookies(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    done = 0
    for end in ends:
        if end <= done:
            continue
        start = max(done, data.rfind(b"\n", max(0, end - _LINE), end) + 1, end - _LINE)
        stop = data.find(b"\n", end, end + _LINE)
        stop = min(len(data), end + _LINE) if stop < 0 else stop
        header = data.find(b"ookie", start, stop)
        if header < 0:
            header = data.find(b"OOKIE", start, stop)
        spans = {match.span(1) for pattern in (_BY_NAME, _IN_FILE) for match in pattern.finditer(data, start, stop)}
        for jar in _JAR.finditer(data, max(0, end - _ABOVE), min(len(data), end + _ABOVE)):
            stop = max(stop, jar.end())
            # What is a secret by its name alone is found as such.
            spans.update(match.span(2) for match in _IN_JAR.finditer(data, max(jar.start(), done), jar.end()) if not kind(match[1]))
        done = stop
        if header >= 0:
            spans.update(match.span(1) for match in _IN_COOKIE.finditer(data, header, stop))
        for first, last in sorted(spans):
            value = data[first:last]
            if weigh("secret", _PERCENT.sub(b"", value), "quoted") is not None:
                yield Credential(first, last, value, Severity.MEDIUM)
