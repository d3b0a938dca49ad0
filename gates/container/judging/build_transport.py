"""The rule on checks of servers and of signatures that are switched off."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from gates.container.defect import Defect
from gates.container.dockerfile import values
from gates.container.judging.build_steps import Act, Plan, Run, steps, told, told_of
from gates.container.judging.fetching import fetch, is_loopback
from gates.container.quoting import key_of, shown
from gates.container.rules import build as rules
from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.shell.command import Word

_OFF: Final = ("0", "false", "no", "off", "n", "none")
# by small letters; what of their values switches a check off
_ANY: Final = frozenset(
    ("git_ssl_no_verify", "deno_unsafely_ignore_certificate_errors", "pip_trusted_host", "goinsecure", "uv_insecure_host")
)
_ZERO: Final = frozenset(
    (
        *("node_tls_reject_unauthorized", "pythonhttpsverify", "npm_config_strict_ssl", "yarn_strict_ssl", "yarn_enable_strict_ssl"),
        *("conda_ssl_verify", "mamba_ssl_verify", "bundle_ssl_verify_mode", "npm_config_strict-ssl"),
    )
)
_EMPTY: Final = frozenset(("curl_ca_bundle", "requests_ca_bundle"))
_APT: Final = frozenset(("apt-get", "apt", "aptitude"))
_APT_OFF = lazy(
    r"(?i)(?:Acquire::(?:https?::)?(?:[^:\s]+::)?Verify-(?:Peer|Host)|Acquire::AllowInsecureRepositories|APT::Get::AllowUnauthenticated"
    r"|Acquire::AllowDowngradeToInsecureRepositories)\s*[= ]\s*\"?(?P<value>\w+)"
)
_RPM: Final = frozenset(("yum", "dnf", "microdnf", "tdnf", "dnf5", "dnf-3", "zypper", "rpm"))
_RPM_OFF: Final = ("--nogpgcheck", "--no-gpg-checks", "--no-gpgchecks", "--nosignature", "--no-gpg-check", "--allow-unsigned-rpm")
_SETOPT = lazy(r"(?i)--setopt=(?:[^=]*\.)?(?:sslverify|(?:local|repo_)?(?:pkg_)?gpgcheck|tsflags)=(?:0|false|no|off|nocrypto)")
_WRITERS: Final = frozenset(("echo", "printf", "sed", "cat", "tee", "perl", "awk"))
_WRITTEN: Final = (
    (lazy(r"(?i)\bdeb(?:-src)?\s+\[[^\]\n]*\btrusted=yes\b"), "trusts a source of packages without a signature (trusted=yes)"),
    (lazy(r"(?im)^\s*trusted:\s*yes\b"), "trusts a source of packages without a signature (Trusted: yes)"),
    (
        lazy(r"(?i)\bVerify-(?:Peer|Host)\s+\"?(?:false|no|0)\b|\bAllowUnauthenticated\s+\"?(?:true|yes|1)\b"),
        "tells apt to check neither servers nor signatures",
    ),
    (lazy(r"(?i)\b(?:gpgcheck|sslverify)\s*=\s*(?:0|false|no)\b"), "tells the package manager not to check signatures or servers"),
    (lazy(r"\bSigLevel\s*=\s*(?:Never|TrustAll)|\bTrustAll\b"), "tells pacman to trust packages without a signature"),
    (
        lazy(r"(?i)\bsslVerify\s*=\s*false\b|\bssl_verify(?:_mode)?\s*:\s*(?:false|0)\b|\bstrict-ssl\s*=\s*false\b"),
        "switches the check of servers off",
    ),
    (lazy(r"(?i)\bcheck[-_]certificate\s*=\s*(?:off|no|0)\b"), "tells wget not to check servers"),
)
# of any program
_WORDS_OFF = lazy(
    r"--insecure-skip-tls-verify(?:=true|=1)?|--(?:src-|dest-)?tls-verify=(?:false|0)|--no-verify-ssl|--disable-tls-verification"
    r"|-Dmaven\.wagon\.http\.ssl\.(?:insecure|allowall)=true"
)
_HOST_KEYS = lazy(r"(?i)StrictHostKeyChecking[= ]+(?:no|off)\b")
_ANY_HOST: Final = "with StrictHostKeyChecking=no takes any server for the right one; medium, since a digest may still tell"
_NO_PROGRAMS: Final = frozenset(("echo", "printf", "cat", "tee", "grep", "sed", "[", "[[", "test", ""))
_CURL_CONFIG = lazy(r"(?m)^\s*-?-?(?:insecure|k)\s*$")
_HTTP_VERIFY = lazy(r"(?i)http\.(?:.*\.)?sslverify(?:=(?P<value>.*))?")


def judge(plan: Plan) -> Iterator[Defect]:
    for run in plan.runs:
        for act in run.acts:
            for key, what, severity in _switched_off(run, act):
                subject = key_of(act.program, key)
                yield told_of(plan.dockerfile, run, act, rules.TLS_OFF, what, subject, severity=severity)
    yield from _variables(plan)
    yield from _written_files(plan)


def _switched_off(run: Run, act: Act) -> Iterator[tuple[str, str, Severity | None]]:
    for assignment in act.invocation.assignments:
        yield from _by_name(assignment.name, run.known(assignment.value))
    if act.program in ("export", "declare", "typeset", "set"):
        for word in act.arguments:
            name, equals, value = run.known(word).partition("=")
            if equals:
                yield from _by_name(name, value)
    words = [run.known(word) for word in act.arguments]
    if act.program in ("ssh", "scp", "sftp", "rsync", "autossh", "ssh-copy-id") and any(_HOST_KEYS.search(word) for word in words):
        yield "StrictHostKeyChecking", f"{act.program} {_ANY_HOST}", Severity.MEDIUM
    if act.program not in _NO_PROGRAMS:
        for text in words:
            if _WORDS_OFF.fullmatch(text):
                yield text, f"{act.program} {text} does not check whose server it is", None
    for key, what in _by_option(run, act, words):
        yield key, what, None
    if act.program == "apk" and "--allow-untrusted" in words:
        # most often a file that was fetched before, whose own check the rule on downloads asks for
        yield "--allow-untrusted", "apk --allow-untrusted takes packages that nobody signed", Severity.MEDIUM
    if act.program in _WRITERS:
        text = "\n".join((*words, *(each.body for each in act.command.redirects)))
        for pattern, what in _WRITTEN:
            if pattern.search(text):
                yield what, f"{act.program} writes a line that {what}", None
        target = " ".join(run.known(each.target) for each in act.command.redirects)
        if ".curlrc" in f"{target} {' '.join(words)}" and _CURL_CONFIG.search(text.replace("\\n", "\n")):
            yield ".curlrc", "the line insecure in .curlrc tells curl to check no server", None


def _by_option(run: Run, act: Act, words: list[str]) -> Iterator[tuple[str, str]]:
    program = act.program
    found = fetch(run, act)
    if found is not None and found.insecure and not (found.urls and all(is_loopback(url) for url in found.urls)):
        url = shown(found.urls[0]) if found.urls else "its server"
        yield url, f"{program} {found.insecure} does not check that it is {url} that answers"
    elif program in _APT:
        yield from _apt(words)
    elif program in _RPM:
        for word in words:
            if word in _RPM_OFF or _SETOPT.fullmatch(word):
                yield word, f"{program} {word} takes packages without a check"
    elif program == "git":
        yield from _git(act.arguments, words)
    elif program in ("npm", "yarn", "pnpm", "npx", "conda", "mamba", "micromamba", "bundle", "yarnpkg"):
        yield from _settings(program, words)
    elif program.startswith(("pip", "python3.")) or program in ("uv", "python", "python3"):
        yield from _pip(program, words)
    elif program == "composer":
        for name, value in pairwise(words):
            if (name, value) in (("disable-tls", "true"), ("disable-tls", "1"), ("secure-http", "false"), ("secure-http", "0")):
                yield name, f"composer with {name} {value} fetches without encryption"
    elif program == "svn" and any(word.startswith("--trust-server-cert") for word in words):
        yield "--trust-server-cert", "svn --trust-server-cert takes any certificate"
    elif program == "hg" and "--insecure" in words:
        yield "--insecure", "hg --insecure takes any certificate"
    elif program == "go" and words[:1] == ["env"]:
        for word in words:
            if word.startswith("GOINSECURE=") and word != "GOINSECURE=":
                yield "GOINSECURE", f"{word} lets go fetch without a check of the server"
    elif program == "dpkg" and any("bad-verify" in word for word in words):
        yield "--force-bad-verify", "dpkg --force-bad-verify installs packages whose signature is wrong"


def _apt(words: list[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        if word in ("--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"):
            yield word, f"apt {word} takes packages that nobody signed"
        match = _APT_OFF.search(word)
        if match:
            on = match["value"].lower() not in _OFF
            if on == ("allow" in match[0].lower()):
                yield word, f"apt {shown(word)} switches a check off"


def _git(arguments: tuple[Word, ...], words: list[str]) -> Iterator[tuple[str, str]]:
    for word, after in pairwise((*words, "")):
        match = _HTTP_VERIFY.fullmatch(word)
        value = (match["value"] if match and match["value"] is not None else after).lower() if match else ""
        if match and value in ("false", "0", "no", "off"):
            yield "http.sslVerify", "git with http.sslVerify false does not check whose server it is"


def _settings(program: str, words: list[str]) -> Iterator[tuple[str, str]]:
    pairs = [*pairwise((*words, "")), *((name, value) for name, _, value in (word.partition("=") for word in words))]
    for name, value in pairs:
        key = name.strip("-\"'").lower().replace("_", "-")
        if key in ("strict-ssl", "ssl-verify", "enablestrictssl", "ssl-verify-mode") and value.strip("\"'").lower() in _OFF:
            yield "strict-ssl", f"{program} with {name.strip('-')} {value} does not check whose server it is"
            return
    if "--no-strict-ssl" in words:
        yield "strict-ssl", f"{program} --no-strict-ssl does not check whose server it is"


def _pip(program: str, words: list[str]) -> Iterator[tuple[str, str]]:
    for number, word in enumerate(words):
        name, _, value = word.partition("=")
        if name in ("--trusted-host", "--allow-insecure-host", "global.trusted-host", "install.trusted-host"):
            host = value or " ".join(words[number + 1 : number + 2])
            if is_loopback(host):
                continue
            yield host, f"{program} with {name.strip('-')} {shown(host)} does not check whose server that is"


# variables and files


def _by_name(name: str, value: str) -> Iterator[tuple[str, str, Severity | None]]:
    low, plain = name.lower(), value.strip().strip("\"'").lower()
    any_value = low in _ANY and plain and not (low == "git_ssl_no_verify" and plain in ("false", "0"))
    no_authorities = low in _EMPTY and not plain
    if any_value or no_authorities or (low in _ZERO and plain in _OFF):
        yield name, f"{name}={shown(value)} switches the check of servers off", None
    elif low == "goflags" and "-insecure" in plain.split():
        yield name, f"{name}=-insecure lets go fetch without a check of the server", None
    elif (low == "gosumdb" and plain == "off") or (low in ("gonosumdb", "gonosumcheck") and plain in ("*", "1")):
        what = f"{name}={shown(value)} keeps go from comparing modules with the public list of digests"
        yield name, f"{what}; medium, since go.sum is still compared with", Severity.MEDIUM
    elif low in ("git_ssh_command", "git_ssh", "rsync_rsh") and _HOST_KEYS.search(value):
        yield name, f"{name} {_ANY_HOST}", Severity.MEDIUM


def _variables(plan: Plan) -> Iterator[Defect]:
    for stage, step in steps(plan.dockerfile):
        if step.instruction.keyword not in ("ENV", "ARG"):
            continue
        for pair in values.pairs(step.instruction, step.variables, plan.dockerfile.syntax.escape):
            if pair.text is None or (pair.value is None and pair.name.lower() not in _ANY):
                continue
            for name, what, severity in _by_name(pair.name, pair.text if pair.value is None else pair.value):
                remedy = f"take {name} out, and install the authority's certificate"
                keyword = step.instruction.keyword
                message = f"{keyword} {what}" + (" for everything that runs in the container" if keyword == "ENV" else "")
                key = key_of(keyword, name)
                yield told(
                    *(plan.dockerfile, stage, rules.TLS_OFF, message, pair.line, key),
                    column=pair.column,
                    remedy=remedy,
                    severity=severity,
                )


def _written_files(plan: Plan) -> Iterator[Defect]:
    for stage, step in steps(plan.dockerfile):
        if step.instruction.keyword != "COPY":
            continue
        for heredoc in step.instruction.heredocs:
            if ".curlrc" in step.instruction.value and (match := _CURL_CONFIG.search(heredoc.body)):
                line = heredoc.line + heredoc.body.count("\n", 0, match.end() - len(match[0].lstrip()))
                what = "the line insecure in .curlrc tells curl to check no server"
                yield told(plan.dockerfile, stage, rules.TLS_OFF, what, line, key_of("COPY", ".curlrc"))
            for pattern, what in _WRITTEN:
                if match := pattern.search(heredoc.body):
                    line = heredoc.line + heredoc.body.count("\n", 0, match.start())
                    yield told(plan.dockerfile, stage, rules.TLS_OFF, f"COPY writes a line that {what}", line, key_of("COPY", what))
