"""Credentials on command lines and in the arguments of calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from os.path import commonprefix

from gates.core.finding import Severity
from gates.detect.credentials.calls import PLACES
from gates.detect.credentials.commands import COMMANDS, FED, OF_WINDOWS, OPTION_OPENING
from gates.detect.family import Family

# These are words of prose or of code as well: no quote stands behind them.
WORDS = frozenset(("http", "https", "zip", "passwd", "ftp", "rar", "rman", "bcp", "p4", "db2", "dscl", "altool"))
_NAMES = frozenset(name.decode() for name in (*COMMANDS, *FED))
_PAIRS = frozenset(name for name in _NAMES if " " in name)  # a command with its sub-command
_OF_WINDOWS = frozenset(name.decode() for name in OF_WINDOWS)
_BEHIND = r"(?:[ \t\r\n\"'`=;)&|<\\]|$)"


def _any(names: Iterable[str]) -> str:
    """One of the names. What several start with stands once: in a list of them engines take far longer to compile and to scan."""
    return _branches(sorted(names))


def _branches(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    head = commonprefix((names[0], names[-1]))  # noqa: RUF071 - of names, character by character
    tails = [name[len(head) :] for name in names]
    branches = [_branches(list(alike)) for _, alike in groupby(filter(None, tails), key=itemgetter(0))]
    return f"{head}(?:{'|'.join(branches)}){'' if tails[0] else '?'}"


def _commands(names: Iterable[str]) -> str:
    return _any(names).replace(".", r"\.").replace(" ", r"[ \t\"',]{1,6}")


def _functions(names: Iterable[str]) -> str:
    return "(?i:" + _any(names).replace("_", "_?").replace(".", r"(?:\.|::|->)") + ")"


_PLAIN = frozenset(name for name, place in PLACES.items() if place.plain)
_OPENED = r"[ \t]{0,2}[\"']?[ \t]{0,2}(?:=>|[:=])?[ \t]{0,2}[(\[][ \t\r\n]{0,40}[rbuRBU@]?[\"']"

FAMILIES = (
    Family(
        id="call-password",
        provider="any",
        title="a password or a key in a call",
        severity=Severity.HIGH,
        pattern=rf"{_functions(PLACES.keys() - _PLAIN)}\(|[\"']\.toCharArray\(",
        prefix="",
        remedy="change it where it is used, then read its successor from the environment or a secret store",
        url="https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
        matches=(
            'requests.get(url, auth=("robot", "{alnum:14}"))',
            'request.SetBasicAuth("robot", "{alnum:14}")',
            'DriverManager.getConnection(url, "orders", "{alnum:14}")',
            '$db = new PDO($dsn, "orders", "{alnum:14}");',
            'new NetworkCredential("robot", "{alnum:14}", "CORP")',
            'Credentials("Realm", "repo.corp.internal", "ci", "{alnum:14}")',
            "jwt.sign({ sub: id }, '{alnum:32}')",
            "crypto.createHmac('sha256', '{alnum:32}')",
            'WiFi.begin("office", "{alnum:14}");',
            'keyStore.load(stream, "{alnum:14}".toCharArray());',
        ),
        ignores=(
            'requests.get(url, auth=("user", "password"))',
            "requests.get(url, auth=(user, password))",
            'mysqli_connect($host, $user, getenv("{ualnum:14}"))',
            "jwt.sign(payload, process.env.JWT_SECRET)",
            'emitter.bind("{alpha:14}", handler)',
            'connect("{alnum:14}", "{alnum:14}")',
        ),
        reader="call",
        or_pattern=(
            rf"{_functions(_PLAIN)}{_OPENED}|(?i:basic_?auth)(?:[ \t]?=[ \t]?\(|[ \t])[\"']"
            r"|\.[Oo]pen[ \t(]{1,3}\"(?i:provider|driver|dsn|data source|server)=|[\"']AC[0-9a-f]{32}[\"'][ \t]{0,4},[ \t\r\n]{0,40}[\"']"
        ),
    ),
    Family(
        id="command-password",
        provider="any",
        title="a password on a command line",
        severity=Severity.HIGH,
        pattern=rf"(?:{_commands(_NAMES - _PAIRS - WORDS)}){_BEHIND}",
        prefix="",
        remedy="change the password where it is used; let the command read its successor from standard input, a file or the environment",
        url="https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
        matches=(
            "sshpass -p '{alnum:14}' ssh deploy@web1",
            "mysqldump -u backup -p{alnum:14} orders > orders.sql",
            "redis-cli -h cache -a {alnum:14} PING",
            "docker login -u ci -p {alnum:14} registry.corp.internal",
            'curl -sS -u "ci:{alnum:14}" https://repo.corp.internal/',
            'subprocess.run(["mysql", "-u", "root", "-p{alnum:20}"])',
            "net use Z: \\\\files\\share /user:CORP\\svc {alnum:14}",
            'ConvertTo-SecureString "{alnum:14}" -AsPlainText -Force',
            "echo 'root:{alnum:14}' | sudo chpasswd",
            'expect "assword:"\nsend "{alnum:14}\\r"',
        ),
        ignores=(
            'sshpass -p "$PASSWORD" ssh deploy@web1',
            "mysql -u root -p orders{alnum:14}",
            "docker run -p 127.0.0.1:6379:6379 redis",
            "docker login -u ci -p ${{ secrets.REGISTRY_PASSWORD }}",
            "curl -u user:password https://api.corp.internal/",
            "echo {alnum:14} | sudo tee /etc/machine-id",
            "mkdir -p {alnum:14}",
        ),
        reader="command",
        or_pattern=(
            rf"\.exe[ \t\"']|{_commands(WORDS)}[ \t]|{_commands(_PAIRS)}{_BEHIND}|(?i:{_commands(_OF_WINDOWS)}){_BEHIND}"
            r"|(?i:assword|assphrase|asscode)[^\r\n]{0,24}(?:[;{]|\r?\n)[^\r\n]{0,60}(?:send|write)"
            rf"|{OPTION_OPENING}"
        ),
    ),
)
