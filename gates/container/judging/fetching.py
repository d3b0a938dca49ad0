"""What curl and wget are asked to fetch, and where they put it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from gates.container.judging.build_steps import Act, Run, spaced
from gates.core.patterns import lazy
from gates.shell.command import Word
from gates.shell.programs import Arguments, Option, options

_CURL_VALUES: Final = spaced(
    "-o --output -H --header -d --data --data-raw --data-binary --data-ascii --data-urlencode --json -u --user -A --user-agent -e --referer"
    " -x --proxy --preproxy -X --request -m --max-time --retry --retry-delay --retry-max-time --connect-timeout -T --upload-file -F --form"
    " --form-string -b --cookie -c --cookie-jar -E --cert --key --cert-type --key-type --cacert --capath --crlfile -w --write-out -K"
    " --config -r --range -C --continue-at -z --time-cond -Y --speed-limit -y --speed-time -Q --quote -P --ftp-port -D --dump-header --url"
    " --resolve --connect-to --proto --proto-redir --proto-default --ciphers --tls13-ciphers --tls-max --limit-rate --max-redirs"
    " --max-filesize --output-dir --interface --unix-socket --abstract-unix-socket --noproxy --oauth2-bearer --aws-sigv4 --etag-save"
    " --etag-compare -U --proxy-user --proxy-header --proxy-cacert --proxy-cert --proxy-key --parallel-max --stderr --trace --trace-ascii"
    " --keepalive-time --local-port --dns-servers --doh-url --pass --pinnedpubkey --rate --socks5 --socks5-hostname --socks4 --netrc-file"
    " --create-file-mode --variable --expand-url --expand-output"
)
_WGET_VALUES: Final = spaced(
    "-O --output-document -P --directory-prefix -o --output-file -a --append-output -e --execute -i --input-file -t --tries -T --timeout -w"
    " --wait -Q --quota -l --level -A --accept -R --reject -D --domains -U --user-agent --header --post-data --post-file --method"
    " --body-data --body-file --user --password --http-user --http-password --ca-certificate --ca-directory --certificate --private-key"
    " --limit-rate --waitretry --read-timeout --connect-timeout --dns-timeout --referer --load-cookies --save-cookies --base -B -I -X"
    " --include-directories --exclude-directories --cut-dirs --progress --secure-protocol --restrict-file-names --report-speed"
    " --bind-address --max-redirect --retry-on-http-error --ciphers --compression --default-page --accept-regex --reject-regex"
)
_ARIA_VALUES: Final = spaced(
    "-o --out -d --dir -x --max-connection-per-server -s --split -k --min-split-size -j -i --input-file -l --log -m --max-tries -t"
    " --timeout --header -U --user-agent --checksum --ca-certificate"
)
_TEXT_BROWSERS: Final = frozenset(("lynx", "links", "links2", "elinks", "w3m"))
_BROWSERS: Final = frozenset((*_TEXT_BROWSERS, "http", "https", "httpie", "xh", "xhs", "curlie"))
FETCHERS: Final = frozenset(("curl", "wget", "wget2", "aria2c", "axel", "fetch", *_BROWSERS))
_LOOPBACK = lazy(r"(?:https?://)?(?:localhost|127\.[0-9.]+|\[::1\]|0\.0\.0\.0)(?:[:/].*)?")
_STDOUT: Final = ("-", "/dev/stdout", "/dev/fd/1")


class Fetch(NamedTuple):
    """`output` is where it is put: "" the standard output, "/" with nothing else a file of the URL's own name, None nowhere."""

    urls: tuple[str, ...]
    output: str | None
    insecure: str  # the option that switches checks off, "" where none does
    checked: bool = False  # it compares a digest itself


def fetch(run: Run, act: Act) -> Fetch | None:
    arguments = tuple(_split(run, act.arguments))
    if act.program == "curl":
        return _curl(run, options(arguments, _CURL_VALUES))
    if act.program in ("wget", "wget2"):
        return _wget(run, options(arguments, _WGET_VALUES))
    if act.program in ("aria2c", "axel", "fetch"):
        return _other(run, options(arguments, _ARIA_VALUES))
    if act.program in _BROWSERS:
        return _shown(run, act)
    return None


def _split(run: Run, words: tuple[Word, ...]) -> Iterator[Word]:
    """With the words that a variable outside quotes stands for, where it holds options."""
    for word in words:
        text = run.text(word) if word.dynamic and not word.quoted and word.text.startswith("$") else None
        if text is not None and text.lstrip().startswith("-"):
            yield from (word._replace(text=part, dynamic=False) for part in text.split())
        else:
            yield word


def is_loopback(url: str) -> bool:
    return _LOOPBACK.fullmatch(url) is not None


def _urls(run: Run, words: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(text for word in words if (text := run.known(word)))


def _curl(run: Run, given: Arguments) -> Fetch:
    insecure = given.option("-k", "--insecure", "--proxy-insecure", "--doh-insecure") or _abbreviated(given, "--insecure", "--insec")
    url = given.option("--url")
    urls = _urls(run, (*given.operands, *((url.value,) if url and url.value else ())))
    named = given.option("-o", "--output")
    output: str | None = ""
    if named is not None:
        output = run.known(named.value) if named.value else ""
    elif given.option("-O", "--remote-name", "--remote-name-all", "-J", "--remote-header-name"):
        output = "/"
    if output == "/dev/null" or given.option("-I", "--head", "-T", "--upload-file"):
        output = None
    return Fetch(urls, "" if output in _STDOUT else output, insecure.name if insecure else "")


def _abbreviated(given: Arguments, name: str, least: str) -> Option | None:
    return next((option for option in given.options if name.startswith(option.name) and option.name.startswith(least)), None)


def _wget(run: Run, given: Arguments) -> Fetch:
    insecure = given.option("--no-check-certificate") or _abbreviated(given, "--no-check-certificate", "--no-check")
    executed = given.option("-e", "--execute")
    if executed and executed.value and "".join(executed.value.text.lower().split()) == "check_certificate=off":
        insecure = executed
    named = given.option("-O", "--output-document")
    output: str | None = "/" if named is None or named.value is None else run.known(named.value)
    if output == "/dev/null" or given.option("--spider"):
        output = None
    listed = given.option("-i", "--input-file")
    urls = _urls(run, given.operands) or ((run.known(listed.value),) if listed and listed.value else ())
    return Fetch(urls, "" if output in _STDOUT else output, insecure.name if insecure else "")


def _other(run: Run, given: Arguments) -> Fetch:
    insecure = next((option for option in given.options if option.name == "--check-certificate" and option.value is not None), None)
    off = insecure is not None and insecure.value is not None and insecure.value.text == "false"
    named = given.option("-o", "--out")
    output = run.known(named.value) if named and named.value else "/"
    output = "" if output in _STDOUT else output
    return Fetch(_urls(run, given.operands), output, "--check-certificate=false" if off else "", given.option("--checksum") is not None)


def _shown(run: Run, act: Act) -> Fetch:
    """What writes to the standard output unless it is told otherwise."""
    if act.program in _TEXT_BROWSERS:
        return Fetch(tuple(url for url in _urls(run, act.arguments) if "://" in url), "", "")
    given = options(act.arguments, frozenset({"-o", "--output", "--auth", "-a", "--verify"}))
    urls = tuple(url for url in _urls(run, given.operands) if "://" in url)
    named = given.option("-o", "--output")
    verify = given.option("--verify")
    off = verify is not None and verify.value is not None and verify.value.text.lower() in ("no", "false")
    output = run.known(named.value) if named and named.value else "/" if given.option("-d", "--download") else ""
    return Fetch(urls, output, "--verify=no" if off else "")
