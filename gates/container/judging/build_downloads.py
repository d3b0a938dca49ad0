"""Rules on what is fetched from somewhere: that nothing runs as it comes, and that a file is compared with what was expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gates.container.defect import Defect
from gates.container.dockerfile import values
from gates.container.judging.build_steps import Act, Plan, Run, spaced, steps, told, told_of
from gates.container.judging.fetching import FETCHERS, Fetch, fetch, is_loopback
from gates.container.quoting import key_of, shown
from gates.container.rules import build as rules
from gates.core.patterns import lazy
from gates.shell.programs import nested, options
from gates.shell.wrappers import SHELLS

_INTERPRETERS = lazy(r"(?:python|pypy|perl|ruby|php|node|nodejs|deno|bun|lua|pwsh)(?:[0-9][0-9.]*)?")
_SHELL_VALUES: Final = frozenset({"-o", "-O", "--rcfile", "--init-file"})
_INTERPRETER_CODE: Final = ("-c", "-e", "-m", "-E", "-r", "-p", "--eval", "-n", "-ne", "-pe", "-i", "-l", "-a")
_UNPACKERS: Final = spaced(
    "tar bsdtar unzip gunzip gzip zcat bunzip2 bzip2 bzcat unxz xz xzcat zstd unzstd zstdcat lz4 cpio funzip 7z 7za ar dd tee install"
    " docker ctr"
)
_KEY_READERS: Final = spaced("gpg gpg2 apt-key rpm rpmkeys pacman-key gpgv apk")
_DIGESTS = lazy(r"(?:sha(?:1|224|256|384|512)|md5|b2|b3|sha3|blake2|blake3)sum|shasum|sha3sum|xxhsum|cksum|rhash|sha(?:1|256|512)|md5")
_VERIFIERS: Final = spaced(
    "gpgv cosign minisign rsign slsa-verifier signify signify-openbsd sigstore gh ssh-keygen pgpverify sqv sq nix-hash"
)
_VERIFYING: Final = frozenset(("verify", "verify-blob", "verify-artifact", "verify-attestation", "attestation", "-V", "-Y", "-Vm"))
# what a package manager or a checking command reads: keys, lists of sources, digests, signatures, certificates
_NO_PROGRAM = lazy(
    r"(?i).*\.(?:asc|gpg|key|pub|pem|crt|cer|list|sources|repo|sig|sign|minisig|sha\d{1,3}|sha\d{1,3}sums?|md5|md5sum|sum|sums|checksums?"
    r"|sbom|bundle|crl|txt|html?|json|ya?ml|md|ini|conf|cfg|toml|csv|patch|diff)|.*/(?:sha\d{1,3}sums?|checksums?|md5sums?)[^/]*"
    r"|.*(?:keyrings|trusted\.gpg\.d|sources\.list\.d|yum\.repos\.d|/etc/apk/keys)(?:/.*)?"
)
_REMOTE = lazy(r"(?:https?|ftp)://.*")
_GIT = lazy(r"(?:https?://[^#]*\.git(?:[#?].*)?|git@.*|ssh://.*|git://.*)")
_QUERY = lazy(r"[?#].*")
_INNER = lazy(r"\s*(?:\$\(.*\)|`.*`|<\(.*\))\s*", 16)


def judge(plan: Plan) -> Iterator[Defect]:
    for run in plan.runs:
        fetched = [(act, found) for act in run.acts if act.program in FETCHERS and (found := fetch(run, act)) is not None]
        executed = set()
        for act, found in fetched:
            if runner := _runner(run, act, found):
                executed.add(act.number)
                yield _piped(plan, run, act, found, runner)
        yield from _unverified(plan, run, [(act, found) for act, found in fetched if act.number not in executed])
    yield from _added(plan)


def _piped(plan: Plan, run: Run, act: Act, found: Fetch, runner: str) -> Defect:
    url = shown(found.urls[0]) if found.urls else "a download"
    what = f"{act.program} hands {url} to {runner}, which runs whatever comes"
    remedy = 'RUN curl -fsSLo install.sh https://… && echo "<digest>  install.sh" | sha256sum -c && sh install.sh'
    return told_of(plan.dockerfile, run, act, rules.PIPE_TO_SHELL, what, key_of(url), remedy=remedy)


def _runner(run: Run, act: Act, found: Fetch) -> str:
    """The program that runs what is fetched, "" where none does."""
    if found.urls and all(is_loopback(url) for url in found.urls):
        return ""
    by_pipe = next((other for other in run.acts if act.command.feeds(other.command) and _reads_a_script(other)), None)
    if by_pipe is not None and found.output == "":
        return by_pipe.program
    holders = {other.number: other for other in run.acts}
    holder = holders.get(act.command.holder)
    # `curl … | gunzip` in a substitution is held as a whole
    while holder is not None:
        if program := _runs_text(holder):
            return program
        holder = holders.get(holder.command.holder) if not holder.command.words or holder.program in FETCHERS else None
    return ""


def _reads_a_script(act: Act) -> bool:
    """Whether the program takes a script from its standard input."""
    if any(each.operator in ("<", "<<", "<<<") and each.descriptor in ("", "0") for each in act.command.redirects):
        return False
    if act.program in SHELLS:
        given = options(act.arguments, _SHELL_VALUES, permute=False)
        if given.option("-c"):
            return False
        return bool(given.option("-s")) or not given.operands or given.operands[0].text in ("-", "/dev/stdin", "/proc/self/fd/0")
    if act.program in ("source", "."):
        return bool(act.arguments) and act.arguments[0].text == "/dev/stdin"
    if _INTERPRETERS.fullmatch(act.program):
        words = [word.text for word in act.arguments]
        if any(word.startswith("-") and (word in _INTERPRETER_CODE or (word[1:2] in "cemr" and len(word) > 2)) for word in words):
            return False
        operands = [word for word in words if not word.startswith("-") or word == "-"]
        return not operands or operands[0] in ("-", "--", "/dev/stdin")
    return False


def _runs_text(act: Act) -> str:
    """The program, where what a substitution in its words gives is run as a script."""
    if act.program in SHELLS or act.program == "eval":
        text = nested(act.command)
        if text is not None and _INNER.fullmatch(text.text):
            return act.program
    if act.program in SHELLS or act.program in ("source", "."):
        first = next((word.text for word in act.arguments if not word.text.startswith("-")), "")
        return act.program if first.startswith("<(") else ""
    if _INTERPRETERS.fullmatch(act.program):
        code = next((after.text for word, after in zip(act.arguments, act.arguments[1:], strict=False) if word.text in ("-c", "-e")), "")
        return act.program if _INNER.fullmatch(code) else ""
    if act.invocation.word is not None and act.invocation.word.dynamic and _INNER.fullmatch(act.program):
        return "the shell"
    return ""


# files


def _unverified(plan: Plan, run: Run, fetched: Sequence[tuple[Act, Fetch]]) -> Iterator[Defect]:
    downloads = [(act, found, kept) for act, found in fetched if (kept := _kept(run, act, found))]
    if not downloads:
        return
    checks = [_text_of(run, act) for act in _checks(run)]
    names = [_name(found, kept) for _, found, kept in downloads]
    for (act, found, kept), name in zip(downloads, names, strict=True):
        if found.checked or any(_covers(check, name, names) for check in checks):
            continue
        url = shown(found.urls[0]) if found.urls else "a file"
        into = f" into {shown(kept)}" if kept not in ("/", "|") else ""
        what = f"{act.program} fetches {url}{into}, and nothing compares it with a digest or a signature"
        remedy = 'echo "<digest>  <file>" | sha256sum -c'
        yield told_of(plan.dockerfile, run, act, rules.UNVERIFIED_DOWNLOAD, what, key_of(url), remedy=remedy)


def _kept(run: Run, act: Act, found: Fetch) -> str:
    """Where what is fetched goes on to, "" where it is only looked at."""
    urls = [url for url in found.urls if not is_loopback(url) and not url.startswith(("file:", "-"))]
    if not urls or found.output is None:
        return ""
    if found.output:
        kept = found.output
    else:
        redirect = next((each.target for each in act.command.redirects if each.operator in (">", ">>", ">|", "&>")), None)
        readers = [other for other in run.acts if act.command.feeds(other.command)]
        if redirect is not None and redirect.text != "/dev/null":
            kept = run.known(redirect)
        elif any(other.program in _KEY_READERS for other in readers):
            return ""
        else:
            kept = next((_fed(run, other) for other in readers if _fed(run, other)), "")
    if not kept or kept == "/dev/null":
        return ""
    target = _QUERY.sub("", urls[0]) if kept in ("/", "|") or kept.endswith("/") else kept
    both = (_QUERY.sub("", urls[0]), target)
    return "" if any(_NO_PROGRAM.fullmatch(text) for text in both) else kept


def _fed(run: Run, act: Act) -> str:
    """Where a program in the pipe puts it; "|" for an archive that it unpacks."""
    redirect = next((each.target for each in act.command.redirects if each.operator in (">", ">>", ">|")), None)
    if act.program in ("cat", "gunzip", "gzip", "zcat", "xz", "base64", "bzip2", "zstd", "unxz") and redirect is not None:
        return run.known(redirect)
    if act.program == "tee":
        named = [run.known(word) for word in act.arguments if not word.text.startswith("-")]
        return next((name for name in named if name != "/dev/null"), "")
    return "|" if act.program in _UNPACKERS else ""


def _checks(run: Run) -> Iterator[Act]:
    for act in run.acts:
        words = {word.text for word in act.arguments}
        flags = {word.text for word in act.arguments if word.text.startswith("-")}
        if _DIGESTS.fullmatch(act.program):
            short = any(not flag.startswith("--") and ("c" in flag or "C" in flag) for flag in flags)
            if short or flags & {"--check", "--checksum"} or _compared(run, act):
                yield act
        elif act.program in ("gpg", "gpg2"):
            if words & {"--verify", "--verify-files", "-d", "--decrypt"}:
                yield act
        elif act.program == "openssl":
            if words & {"-verify", "cms", "smime"} or (_compared(run, act) and words & {"dgst", "sha256", "sha512", "-sha256"}):
                yield act
        elif act.program in _VERIFIERS and (words & _VERIFYING or act.program in ("gpgv", "sqv")):
            yield act


def _compared(run: Run, act: Act) -> bool:
    """`[ "$(sha256sum x | cut …)" = … ]`, `sha256sum x | grep …`"""
    held, seen = act.command.holder, 0
    while held >= 0 and seen < len(run.acts):
        holder = next((other for other in run.acts if other.number == held), None)
        if holder is None:
            return False
        if holder.program in ("[", "[[", "test") or not holder.command.words:
            return True
        held, seen = holder.command.holder, seen + 1
    return any(act.command.feeds(other.command) and other.program in ("grep", "egrep", "fgrep", "diff", "cmp") for other in run.acts)


def _text_of(run: Run, check: Act) -> str:
    """What the checking command is told: its own words, and those of what feeds it."""
    acts = [check, *(other for other in run.acts if other.command.feeds(check.command))]
    acts += [other for other in run.acts if other.command.holder in {act.number for act in acts}]
    parts = [run.known(word) for act in acts for word in act.command.words]
    parts += [each.body or run.known(each.target) for act in acts for each in act.command.redirects]
    return "\n".join(parts)


def _name(found: Fetch, kept: str) -> str:
    text = _QUERY.sub("", found.urls[0]) if kept in ("/", "|") or kept.endswith("/") else kept
    return text.rstrip("/").rpartition("/")[2]


def _covers(check: str, name: str, names: Sequence[str]) -> bool:
    """A check that names some of the files is for those; one that names none, as where a file has the list, is for all."""
    return (bool(name) and name in check) or not any(other and other in check for other in names)


def _added(plan: Plan) -> Iterator[Defect]:
    for stage, step in steps(plan.dockerfile):
        instruction = step.instruction
        if instruction.keyword != "ADD" or instruction.flag("checksum"):
            continue
        words = instruction.words or (step.value.split() if step.value else values.operands(instruction))
        for source in words[:-1]:
            if not _REMOTE.match(source) or _GIT.fullmatch(source) or _NO_PROGRAM.fullmatch(_QUERY.sub("", source)):
                continue
            what = f"ADD fetches {shown(source)}, and nothing compares it with a digest"
            remedy = f"ADD --checksum=sha256:<digest> {shown(source)} {words[-1]}"
            key = key_of("ADD", source)
            yield told(plan.dockerfile, stage, rules.UNVERIFIED_DOWNLOAD, what, instruction.line, key, remedy=remedy)
