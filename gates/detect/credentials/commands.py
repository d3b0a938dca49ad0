"""Reads passwords and tokens on command lines: as an option's value, as a word in its place, or fed through a pipe or a here-document.

A command is read the way its shell reads it: as words without their quotes. `_Line.text` holds the words behind the command's name, each
with a NUL before it, so that one expression per form says where the secret stands.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from gates.core.patterns import lazy
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.names import Kind, kind
from gates.detect.credentials.values import weigh

_REACH = 800  # bytes of a command that are read
_BEFORE = 400  # bytes before a command that are read: its line, what is piped into it
_MOST_WITHIN = 8  # names of commands among the words of another that are looked at; a list of packages has more
_LONGEST_PASSWORD = 128  # bytes; what is longer is a token

_SECRET = rb"([^\0]+)"  # a word, or the rest of one
_PLACE = rb"([^\0/-][^\0]*)"  # no option


class _Form(NamedTuple):
    """Group 1 of `pattern`, which is searched in a `_Line.text`, is the secret."""

    pattern: re.Pattern[bytes]
    kind: Kind = "password"


class _Line(NamedTuple):
    text: bytes
    pieces: list[tuple[int, int, bool]]  # where a piece starts in `text`, and in the data; whether it stands in quotes
    end: int  # in the data


def _forms(*patterns: bytes, kind: Kind = "password") -> tuple[_Form, ...]:
    return tuple(_Form(lazy(pattern), kind) for pattern in patterns)


def _of(*entries: tuple[bytes, tuple[_Form, ...]]) -> Mapping[bytes, tuple[_Form, ...]]:
    return {name.strip(): forms for names, forms in entries for name in names.split(b",")}


_AFTER_SMALL_P = _forms(rb"\0-p\0?=?" + _SECRET)
_AFTER_BIG_P = _forms(rb"\0-P\0?" + _SECRET)
_USER_AND = rb"[^\0:]*:(?!//)" + _SECRET  # name:password
_ORACLE = _forms(
    rb"\A(?:\0-[A-Za-z]+)*(?:\0(?:target|catalog))?\0(?i:userid=)?[A-Za-z][A-Za-z0-9_$#]*/([^\0/@ ]+)(?![^@ \0])",
    rb"\0(?i:userid=)[A-Za-z][A-Za-z0-9_$#]*/([^\0/@ ]+)",
)
_SAMBA = rb"\0(?:-U\0?|--user[\0=])[^\0%]*%" + _SECRET
_IMPACKET = rb"\0(?:[^\0/:@]*/)?[^\0/:@]+:([^\0@]+)@[0-9A-Za-z.-]+"
_LAST = _forms(rb"\A(?=.*\0-[A-Za-z]*b).*\0([^\0]+)\Z")  # with -b the password is the last word
_CERTIFICATE = rb"\0(?:-E\0?|--(?:proxy-)?cert[\0=])[^\0:]+:" + _SECRET

# Commands, by name. Two words are a command with its sub-command.
COMMANDS = _of(
    (b"sshpass", _AFTER_SMALL_P),
    (
        b"""
        mysql, mysqldump, mysqladmin, mysqlimport, mysqlshow, mysqlcheck, mysqlpump, mysqlbinlog, mysqlslap, mysqlsh, mysql_upgrade,
        mariadb, mariadb-dump, mariadb-admin, mariadb-backup, mariabackup, xtrabackup, innobackupex
        """,
        _forms(rb"\0-p" + _SECRET),
    ),
    (
        b"""
        mydumper, myloader, mycli, mongo, mongosh, mongodump, mongorestore, mongoexport, mongoimport, mongostat, mongotop, cqlsh, beeline,
        hdbsql, twine, poetry publish, vsce publish, ovsx publish, altool, conan user, conan remote, esxcli, rabbitmqadmin, rdesktop,
        ncftp, ncftpput, ncftpget, crackmapexec, nxc, netexec, evil-winrm, smbmap, yt-dlp, youtube-dl, doveadm pw, docker login,
        podman login, nerdctl login, buildah login, skopeo login, auth login, oras login, registry login, az login, acr login, oc login,
        cf login, bx login, ibmcloud login, faas-cli login, expo login, eas login, racadm, ilorest
        """,
        _AFTER_SMALL_P,
    ),
    (b"sqlcmd,bcp,osql,isql,tsql,ipmitool,mosquitto_pub,mosquitto_sub,mosquitto_rr,unzip,zip,p4", _AFTER_BIG_P),
    (b"7z,7za,7zr,7zz,unrar,rar", _forms(rb"\0-h?p" + _SECRET)),
    (b"redis-cli,keydb-cli,valkey-cli,redis-benchmark", _forms(rb"\0(?:-a|--pass)[\0=]" + _SECRET)),
    (
        b"curl",
        _forms(rb"\0(?:-[a-zA-Z#0]{0,6}[uU]\0?|--(?:proxy-)?user[\0=])" + _USER_AND, _CERTIFICATE, rb"\0--(?:proxy-)?pass[\0=]" + _SECRET)
        # A token for a user's name, with a password that means nothing.
        + _forms(rb"\0(?:-[a-zA-Z#0]{0,6}u\0?|--user[\0=])([^\0:]+):(?i:x|x-oauth-basic|api_token|unused)?(?:\0|\Z)", kind="secret"),
    ),
    (b"http,https,xh,xhs", _forms(rb"\0(?:-a\0?|--auth[\0=])" + _USER_AND)),
    (b"--creds,--src-creds,--dest-creds", _forms(rb"\A\0" + _USER_AND)),
    (b"etcdctl,jenkins-cli,jenkins-cli.jar", _forms(rb"\0(?:--user|-auth)[\0=]" + _USER_AND)),
    (b"--from-literal", _forms(rb"\A\0[^\0=]+=" + _SECRET)),
    (
        b"ldapsearch,ldapmodify,ldapadd,ldapdelete,ldappasswd,ldapwhoami,ldapcompare,ldapmodrdn,ldapexop,vsql",
        _forms(rb"\0-w\0?" + _SECRET),
    ),
    (b"smbclient,smbget", _forms(_SAMBA, rb"\A\0//[^\0]+\0" + _PLACE)),
    (b"rpcclient,winexe,net ads,net rpc", _forms(_SAMBA)),
    (b"psexec.py,wmiexec.py,smbexec.py,atexec.py,dcomexec.py,secretsdump.py,mssqlclient.py,smbclient.py", _forms(_IMPACKET)),
    (b"sqlplus,sqlldr,impdp,expdp,rman", _ORACLE),
    (b"db2", _forms(rb"\0(?i:using)\0" + _SECRET)),
    (b"lftp", _forms(rb"[\0 ]-u[\0 ]?[^\0, ]+,([^\0 ]+)")),
    (b"ftp", _forms(rb"\0<<<(?:\0[^\0]+)*?\0user\0[^\0]+\0" + _SECRET)),
    (
        b"openssl",
        _forms(
            rb"\0-pass(?:in|out|word)?\0pass:" + _SECRET,
            rb"\A\0(?:enc|aes|des|camellia)[0-9a-z-]*(?:\0[^\0]+)*?\0-k\0" + _SECRET,
            rb"\A\0passwd(?:\0-salt\0[^\0]+|\0-[^\0]+)*\0" + _PLACE,
        )
        + _forms(rb"\0-K\0([0-9A-Fa-f]{32,64})(?:\0|\Z)", kind="secret"),
    ),
    (b"apksigner", _forms(rb"\0--(?:ks|key)-pass[\0=]pass:" + _SECRET)),
    (b"keytool,jarsigner", _forms(rb"\0-(?:src|dest)?(?:store|key)pass\0" + _SECRET, rb"\0-new\0" + _SECRET)),
    (b"htpasswd,mosquitto_passwd", _LAST),
    (b"slappasswd", _forms(rb"\0-s\0?" + _SECRET)),
    (b"mkpasswd", _forms(rb"\0(?:-m\0|--method=)[^\0]+\0" + _PLACE)),
    (b"caddy hash-password", _forms(rb"\0(?:-p|--plaintext)\0" + _SECRET)),
    (b"snmpget,snmpgetnext,snmpwalk,snmpbulkwalk,snmpbulkget,snmpset,snmptable,snmptrap,snmpstatus", _forms(rb"\0-[AXc]\0?" + _SECRET)),
    (b"xfreerdp,wlfreerdp", _forms(rb"\0[/-](?:p|gp|pth):" + _SECRET)),
    (b"plink,pscp,psftp,nzsql", _forms(rb"\0-pw\0" + _SECRET)),
    (b"kadmin,kadmin.local", _forms(rb"[\0 ]-p?w[\0 ]([^\0 ]+)")),
    (b"swaks,sendemail", _forms(rb"\0-[ax]p\0" + _SECRET)),
    (b"x11vnc", _forms(rb"\0-(?:store)?passwd\0" + _SECRET)),
    (b"vmrun", _forms(rb"\0-[gv]p\0" + _SECRET)),
    (b"virsh", _forms(rb"\0set-user-password(?:\0[^\0]+){2}\0" + _PLACE)),
    (b"virt-customize,virt-builder", _forms(rb"\0--(?:root-)?password[\0=](?:[^\0:]+:)?password:" + _SECRET)),
    (b"rabbitmqctl", _forms(rb"\0(?:add_user|change_password|authenticate_user)\0[^\0]+\0" + _PLACE)),
    (b"ejabberdctl,prosodyctl", _forms(rb"\0(?:register|change_password)(?:\0[^\0]+){2}\0" + _PLACE)),
    (b"rclone", _forms(rb"\0(?:obscure|pass)\0" + _PLACE)),
    (b"mc alias,mc config", _forms(rb"\0https?://[^\0]+\0[^\0]+\0" + _PLACE, kind="secret")),
    (b"nmcli", _forms(rb"\0(?:[0-9a-z-]+\.psk|password)\0" + _SECRET)),
    (b"wpa_passphrase,cf auth", _forms(rb"\A\0[^\0]+\0" + _PLACE)),
    (
        b"""
        security unlock-keychain, security create-keychain, security set-keychain-password, security import,
        security set-key-partition-list, security add-generic-password, security add-internet-password
        """,
        _forms(rb"\0-[pPkw]\0" + _SECRET),
    ),
    (b"dscl", _forms(rb"\0-?passwd\0/Users/[^\0]+\0" + _PLACE)),
    (b"bundle config", _forms(rb"\0[^\0:/]+:([^\0/][^\0]*)")),
    (b"composer config,poetry config", _forms(rb"\0(?:--)?http-basic\.[^\0]+\0[^\0]+\0" + _PLACE)),
    (b"git config", _forms(rb"\0[^\0]+\.(?:password|pass|smtppass)\0" + _PLACE)),
    (b"snyk auth,wandb login,cargo login,vault login,setapikey,ngrok authtoken,bw unlock", _forms(rb"\A\0" + _PLACE, kind="secret")),
    (b"bw login", _forms(rb"\A\0[^\0]+@[^\0]+\0" + _PLACE)),
    (b"gh secret", _forms(rb"\0(?:-b|--body)[\0=]?" + _SECRET, kind="secret")),
    (b"nuget push", _forms(rb"\0-k\0" + _SECRET, kind="secret")),
    (b"bitcoin-cli,litecoin-cli", _forms(rb"\0walletpassphrase\0" + _PLACE)),
    (b"steamcmd,steamcmd.sh", _forms(rb"\0\+login\0[^\0]+\0([^\0+-][^\0]*)")),
    (b"quote PASS", _forms(rb"\A\0" + _SECRET)),
    (b"NickServ identify,NickServ IDENTIFY,NickServ :identify,NickServ :IDENTIFY", _forms(rb"\A(?:\0[^\0]+)??\0" + _SECRET)),
)
# Their names are written in any case.
OF_WINDOWS = _of(
    (
        b"net use",
        _forms(
            rb"\0/(?i:user):[^\0]+\0([^\0/*][^\0]*)",
            rb"\0\\[^\0]*\0([^\0/*][^\0]*)(?=\0.*/(?i:user):)",
        ),
    ),
    (b"net user", _forms(rb"\A\0[^\0/]+\0([^\0/*][^\0]*)")),
    (b"psexec,psexec64,pskill,psservice", _forms(rb"\0[/-]p\0" + _SECRET)),
    (b"cmdkey", _forms(rb"\0[/-](?i:p|pass):" + _SECRET)),
    (b"schtasks", _forms(rb"\0[/-](?i:rp|p)\0" + _SECRET)),
    (b"winrs", _forms(rb"\0[/-](?i:p|password):" + _SECRET)),
    (b"wmic,netdom,vpncmd", _forms(rb"\0[/-](?i:password[do]?):" + _SECRET, _SAMBA)),
    (b"dsadd user,dsmod user", _forms(rb"\0-(?i:pwd)\0" + _SECRET)),
    (b"sc config,sc create,sc.exe config,sc.exe create", _forms(rb"\0(?i:password)=\0?" + _SECRET)),
    (b"signtool sign", _forms(rb"\0[/-](?i:p)\0" + _SECRET)),
    (b"certutil", _forms(rb"\0-(?i:p)\0([^\0,]+)")),
    (b"convertto-securestring", _forms(rb"\A(?=.*\0-(?i:AsPlainText|a))(?:\0-[A-Za-z:$]+)*\0" + _PLACE)),
)
# What these are fed is a password, or names with passwords; through a pipe, a here-string or a here-document.
_PIPED = rb"\A(?:(?:echo|printf|yes|Write-Output)(?:\0-[neE]+)*(?:\0%s[^\0]*)?\0)?"
_PIPED_SECRET = _forms(_PIPED + rb"((?:(?!\\n)[^\0])+)")
_PIPED_ACCOUNT = _forms(_PIPED + rb"[^\0:]+:((?:(?!\\n)[^\0])+)")
_HERE = _forms(rb"\0<<<\0" + _SECRET)
FED = _of(
    (b"chpasswd", _forms(rb"\0[^\0:]+:" + _SECRET)),
    (
        b"""
        sudo -S, sudo -kS, sudo -Sk, passwd, smbpasswd, vncpasswd, kinit, cryptsetup, realm join, adcli join, --password-stdin,
        --with-token, --passphrase-fd, vault login, secrets versions, secret put, secret create, secret set
        """,
        _HERE,
    ),
)

_IN_NAME = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:+-"
_BETWEEN_NAMES = b" \t\"',"
_LONGEST_NAME = 64

# A piece of a command line, one after another; escapes stay in the words.
_PIECE = lazy(
    rb"(?P<gap>(?:[ \t]|[\\^`]\r?\n|\\\\\\n)+)"  # also where a line goes on in a string of JSON
    rb"|(?P<here><<<[ \t]*|(?P<document><<-?[ \t]*[\"']?[A-Za-z_]+[\"']?[^\r\n]{0,80}\r?\n[ \t]*))"
    rb"|(?P<word>(?:[^\s\"'`;|&<>()\\^]|\^(?!\r?\n)|\\[^\s\"'])+)"
    rb"|(?P<quote>\\?[\"']|&(?:quot|apos|\#3[49]);)"
    rb"|(?P<line>\r?\n[ \t]*)"
)
_QUOTED = {
    b'"': lazy(rb'((?:[^"\\\r\n]|\\[^\r\n])*)"'),
    b"'": lazy(rb"([^'\r\n]*)'"),
    b'\\"': lazy(rb'((?:[^"\\\r\n]|\\\\[^\r\n])*)\\"'),
    b"\\'": lazy(rb"((?:[^'\\\r\n]|\\\\[^\r\n])*)\\'"),
    b"&quot;": lazy(rb"((?:[^&\r\n]|&(?!quot;))*)&quot;"),
    b"&apos;": lazy(rb"((?:[^&\r\n]|&(?!apos;))*)&apos;"),
    b"&#34;": lazy(rb"((?:[^&\r\n]|&(?!#34;))*)&#34;"),
    b"&#39;": lazy(rb"((?:[^&\r\n]|&(?!#39;))*)&#39;"),
}
_QUOTES = lazy(rb"\\.|(?<![A-Za-z])[\"'`]|[\"'`](?![A-Za-z])")
_END_OF_STRING = {
    b'"': lazy(rb'(?:[^"\\\r\n]|\\[^\r\n]|\\\r?\n)*'),
    b"'": lazy(rb"(?:[^'\\\r\n]|\\[^\r\n]|\\\r?\n)*"),
    b"`": lazy(rb"[^`\r\n]*"),
}
_BEFORE_QUOTE = (b"\0", b"=", b":", b"%", b",", b"/")  # also an option: -p"…"
_LINE_END = lazy(rb"(?<!\\)\\[nr]")  # in a string of a program
_ESCAPE = lazy(rb"\\([\"'\\$`!&|;<>()*?#~ ])")
# What a shell puts there amid a word; at its ends `weigh` sees it.
_EXPANDED = lazy(rb"\$(?:[A-Z_][A-Z0-9_]{2,}|[a-z_]{4,})(?![0-9A-Za-z])|`|%[A-Za-z_]{3,}%|![A-Za-z_]{3,}!")

# The words of a list in a program, or in YAML, one on each line. What is no literal counts as a word that says nothing.
_LIST = lazy(rb"[\"'][ \t]*,")
_LISTED = lazy(rb"[\s,\[]*(?:[rbufRBUF]?\"((?:[^\"\\\r\n]|\\.)*)\"|[rbufRBUF]?'((?:[^'\\\r\n]|\\.)*)'|[A-Za-z_$*&][^,\s\])\"'#]*)")
_ITEM = lazy(rb"[ \t]*\r?\n[ \t]*-[ \t]+[\"']?([^\s\"']+)[\"']?(?=[ \t]*\r?(?:\n|\Z))")

# Its group starts where the words do.
_PRODUCER = lazy(
    rb"(?<![A-Za-z0-9_.-])((?:echo|printf|yes|Write-Output)[ \t])|(?:^|[(=;{,])[ \t]*([\"'][^\"'\r\n]{4,128}[\"'])(?=[ \t]*\|)",
    re.MULTILINE,
)

# expect, pexpect, telnetlib: what is sent once a prompt for a password was seen.
_SENT = lazy(
    rb"(?:line|text|_keys)?[ \t]*\(?(?:[ \t]*-(?:-|[sh]))?[ \t]*(?:b?\"((?:[^\"\\\r\n]|\\[^rn\r\n])*)(?:\\[rn])*\""
    rb"|b?'((?:[^'\\\r\n]|\\[^rn\r\n])*)(?:\\[rn])*'|\{((?:[^}\\\r\n]|\\[^rn\r\n])*)(?:\\[rn])*\})"
)
_SENDS = (b"send", b"write")
# An option and its value as items of a list, of a program or of YAML. On a command line, options are known by their names alone.
_ITEM_BEHIND = r"[\"'][ \t]{0,4},[ \t\r\n]{0,80}[rbuRBU]?[\"']|[\"']?[ \t]{0,4}\r?\n[ \t]{0,80}-[ ]{1,4}[\"']?"
OPTION_OPENING = (
    r"[ \t\"']--?(?:[a-z0-9]{1,20}-){0,3}"
    r"(?:[a-z]{0,10}pass(?:word|wd|phrase|code)?|pwd|masterauth|secret|token|(?:api|access|secret|auth)-?key)"
    rf"(?:{_ITEM_BEHIND})"
)
_OPTION = lazy(rb"[ \t\"']--?([a-z0-9][a-z0-9-]{0,80})(?:" + _ITEM_BEHIND.encode() + rb")\Z")
_LONGEST_OPTION = 200  # bytes from it to its value
_IN_QUOTES = {b'"': lazy(rb'([^-"\\\r\n][^"\\\r\n]*)"'), b"'": lazy(rb"([^-'\\\r\n][^'\\\r\n]*)'")}
_PLAIN_ITEM = lazy(rb"([^\s\"'\[{&*!|>%@`#-][^\s]*)[ \t]*\r?(?:\n|\Z)")
_PAIR = lazy(rb"[a-z]+=")  # --secret id=…
_SECURE_STRING = b"convertto-securestring"


def commands(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    last, reached, within = -1, 0, 0
    for end in ends:
        if data.endswith(_SENDS, 0, end):
            yield from _sent(data, end)
            continue
        if option := _OPTION.search(data, max(0, end - _LONGEST_OPTION), end):
            yield from _optional(data, end, option[1])
            continue
        # One byte stands behind a name, save at the end of the data.
        end = end if end == len(data) and data[end - 1] in _IN_NAME else end - 1
        name, start = _named(data, end)
        folded = name.lower()
        forms = (*COMMANDS.get(name, ()), *FED.get(name, ()), *OF_WINDOWS.get(folded, ()))
        within = within + 1 if start < reached else 0
        if not forms or start == last or within > _MOST_WITHIN:
            continue
        line = _line(data, end)
        last, reached = start, max(reached, line.end)
        yield from _read(line, forms)
        if (name in FED or folded == _SECURE_STRING) and data.rfind(b"|", max(0, start - _BEFORE), start) >= 0:
            yield from _piped(data, start, _PIPED_ACCOUNT if name == b"chpasswd" else _PIPED_SECRET)


def _named(data: bytes, end: int) -> tuple[bytes, int]:
    """The command whose name ends at `end`, and where it starts; with its sub-command if that is known."""
    head = data[max(0, end - _LONGEST_NAME) : end]
    before = head.rstrip(_IN_NAME)
    name = head[len(before) :].removesuffix(b".exe")
    first = before.rstrip(_BETWEEN_NAMES)
    if first != before:
        rest = first.rstrip(_IN_NAME)
        both = first[len(rest) :] + b" " + name
        if both in COMMANDS or both in FED or both.lower() in OF_WINDOWS:
            return both, end - len(head) + len(rest)
    return name, end - len(head) + len(before)


def _line(data: bytes, end: int) -> _Line:
    """The words behind a name that ends at `end`."""
    sign = data[end : end + 1]
    if sign in (b"\r", b"\n"):
        return _listed(data, end, _ITEM)
    if sign in (b'"', b"'"):
        if _LIST.match(data, end):
            return _listed(data, end + 1, _LISTED)
        return _words(data, end + 1, min(len(data), end + _REACH))
    limit = _limit(data, end)
    return _words(data, end + 1, limit, b"\0") if sign == b"=" else _words(data, end, limit)


def _limit(data: bytes, at: int) -> int:
    """How far a command may go that `at` stands in: to the end of the string that holds it, if one does."""
    limit = min(len(data), at + _REACH)
    line = max(0, at - _BEFORE, data.rfind(b"\n", max(0, at - _BEFORE), at) + 1)
    within = b""
    for match in _QUOTES.finditer(data, line, at):
        if not within and len(match[0]) == 1:
            within = match[0]
        elif within == match[0]:
            within = b""
    if within:
        string = _END_OF_STRING[within].match(data, at, limit)
        limit = string.end() if string else limit
        ended = _LINE_END.search(data, at, limit)
        limit = ended.start() if ended else limit
    return limit


def _words(data: bytes, at: int, limit: int, text: bytes = b"") -> _Line:
    """Up to the end of the command."""
    found = bytearray(text)
    pieces: list[tuple[int, int, bool]] = []
    document = False
    while piece := _PIECE.match(data, at, limit):
        start, at, quoted = piece.start(), piece.end(), False
        match piece.lastgroup:
            case "word":
                if piece[0].startswith(b"#") and found.endswith(b"\0"):
                    break  # a comment
            case "quote":
                if found and not found.endswith(_BEFORE_QUOTE) and not found.startswith(b"-", found.rfind(b"\0") + 1):
                    break
                string = _QUOTED[piece[0]].match(data, at, limit)
                if not string:
                    break
                (start, end), at, quoted = string.span(1), string.end(), True
                pieces.append((len(found), start, quoted))
                found += data[start:end]
                continue
            case "gap" | "line" as kind:
                if kind == "line" and not document:
                    break
                if not found.endswith(b"\0"):
                    found += b"\0"
                continue
            case _:
                document = document or piece["document"] is not None
                found += b"" if found.endswith(b"\0") else b"\0"
                pieces.append((len(found), start, quoted))
                found += b"<<<\0"
                continue
        pieces.append((len(found), start, quoted))
        found += piece[0]
    return _Line(bytes(found.rstrip(b"\0")), pieces, at)


def _listed(data: bytes, at: int, item: re.Pattern[bytes]) -> _Line:
    found = bytearray()
    pieces: list[tuple[int, int, bool]] = []
    limit = min(len(data), at + _REACH)
    while at < limit and (word := item.match(data, at, limit)):
        at = word.end()
        found += b"\0"
        if word.lastindex:
            pieces.append((len(found), word.start(word.lastindex), True))
            found += word[word.lastindex]
    return _Line(bytes(found), pieces, at)


def _piped(data: bytes, start: int, forms: tuple[_Form, ...]) -> Iterator[Credential]:
    """What is fed to the command whose name starts at `start`."""
    producers = list(_PRODUCER.finditer(data, max(0, start - _BEFORE), start))
    if producers:
        line = _words(data, producers[-1].start(producers[-1].lastindex or 0), start)
        if data[line.end : line.end + 1] == b"|" and b"|" not in data[line.end + 1 : start]:
            yield from _read(line, forms)


def _read(line: _Line, forms: tuple[_Form, ...]) -> Iterator[Credential]:
    for form in forms:
        for match in form.pattern.finditer(line.text):
            start, end = match.span(1)
            value = _ESCAPE.sub(rb"\1", match[1])
            first, last = line.pieces[_piece_at(line, start)], line.pieces[_piece_at(line, end - 1)]
            kind: Kind = "secret" if len(value) > _LONGEST_PASSWORD else form.kind
            severity = None if _EXPANDED.search(value) else weigh(kind, value, "quoted" if first[2] else "setting")
            if severity is not None:
                yield Credential(first[1] + start - first[0], last[1] + end - last[0], value, severity)


def _piece_at(line: _Line, at: int) -> int:
    return bisect_right(line.pieces, at, key=itemgetter(0)) - 1


def _optional(data: bytes, end: int, name: bytes) -> Iterator[Credential]:
    """The value of the option, as the item of a list that starts at `end`."""
    quote = data[end - 1 : end]
    match = _IN_QUOTES.get(quote, _PLAIN_ITEM).match(data, end, end + _REACH)
    if match and not _PAIR.match(match[1]):
        severity = weigh(kind(name), match[1], "quoted" if quote in _IN_QUOTES else "setting")
        if severity is not None:
            yield Credential(*match.span(1), match[1], severity)


def _sent(data: bytes, end: int) -> Iterator[Credential]:
    match = _SENT.match(data, end, end + _REACH)
    if match and match.lastindex:
        severity = weigh("password", match[match.lastindex], "quoted")
        if severity is not None:
            yield Credential(*match.span(match.lastindex), match[match.lastindex], severity)
