"""The rule on files that are fetched: that they are compared with what was expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gates.container.defect import Defect
from gates.container.dockerfile import values
from gates.container.judging.build_executed import runner_of
from gates.container.judging.build_steps import Act, Plan, Run, spaced, steps, told, told_of
from gates.container.judging.fetching import FETCHERS, Fetch, fetch, is_loopback
from gates.container.judging.packages_by_url import addresses
from gates.container.quoting import key_of, shown
from gates.container.rules import build as rules
from gates.core.patterns import lazy
from gates.shell.wrappers import SHELLS

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
_ERREXIT = lazy(r"-[A-Za-df-z]*e[A-Za-z]*|errexit")
_INTERPRETER_ERREXIT = lazy(r"#![^\n]*\s-[a-df-z]*e")
_DIGEST_LINE = lazy(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{32,128}[ \t]+[*]?([^\s\"'\\]+)")
_REMOTE = lazy(r"(?:https?|ftp)://.*")
_GIT = lazy(r"(?:https?://[^#]*\.git(?:[#?].*)?|git@.*|ssh://.*|git://.*)")
_COMMIT = lazy(r"(?<![0-9A-Fa-f])[0-9a-f]{40}(?![0-9A-Fa-f])")
_REF = lazy(r"[?&](?:ref|tag|branch|commit|checksum)=([^&#]+)")
_BRANCHES: Final = ("", "HEAD", "main", "master", "develop", "dev", "trunk")
_QUERY = lazy(r"[?#].*")


def judge(plan: Plan) -> Iterator[Defect]:
    for position, run in enumerate(plan.runs):
        fetched = [(act, found) for act in run.acts if act.program in FETCHERS and (found := fetch(run, act)) is not None]
        kept = [(act, found) for act, found in fetched if not runner_of(run, act, found)]
        later = [other for other in plan.runs[position + 1 :] if other.stage.number == run.stage.number]
        yield from _unverified(plan, run, kept, later)
        yield from _installed(plan, run)
    yield from _added(plan)


# files


def _unverified(plan: Plan, run: Run, fetched: Sequence[tuple[Act, Fetch]], later: Sequence[Run]) -> Iterator[Defect]:
    downloads = [(act, found, kept) for act, found in fetched if (kept := _kept(run, act, found))]
    if not downloads:
        return
    checks = [_text_of(each, act) for each in (run, *later) for act in _checks(each) if _counts(each, act)]
    names = [_name(found, kept) for _, found, kept in downloads]
    for (act, found, kept), name in zip(downloads, names, strict=True):
        if found.checked or any(_covers(check, name, names) for check in checks):
            continue
        url = shown(found.urls[0]) if found.urls else "a file"
        into = f" into {shown(kept)}" if kept not in ("/", "|") else ""
        what = f"{act.program} fetches {url}{into}, and nothing compares it with a digest or a signature"
        remedy = 'echo "<digest>  <file>" | sha256sum -c'
        yield told_of(plan.dockerfile, run, act, rules.UNVERIFIED_DOWNLOAD, what, key_of(url), remedy=remedy)


def _installed(plan: Plan, run: Run) -> Iterator[Defect]:
    for act in run.acts:
        for address in addresses(run, act):
            what = f"{act.program} installs {shown(address)}, and nothing compares it with a digest or a signature"
            remedy = 'RUN curl -fsSLo <file> https://… && echo "<digest>  <file>" | sha256sum -c && …'
            yield told_of(plan.dockerfile, run, act, rules.UNVERIFIED_DOWNLOAD, what, key_of(shown(address)), remedy=remedy)


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
            holders = [other for other in run.acts if other.number == act.command.holder and _reads_files(other)]
            kept = next((_fed(run, other) for other in (*readers, *holders) if _fed(run, other)), "")
    if not kept or kept == "/dev/null":
        return ""
    target = _QUERY.sub("", urls[0]) if kept in ("/", "|") or kept.endswith("/") else kept
    both = (_QUERY.sub("", urls[0]), target)
    return "" if any(_NO_PROGRAM.fullmatch(text) for text in both) else kept


def _reads_files(act: Act) -> bool:
    """Whether it is given a substitution as a file: `<(…)`."""
    return any(word.text.startswith("<(") for word in (*act.arguments, *(each.target for each in act.command.redirects)))


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


def _counts(run: Run, check: Act) -> bool:
    """Whether the build stops where the check fails."""
    outer = check
    by_number = {act.number: act for act in run.acts}
    while outer.command.holder in by_number:
        outer = by_number[outer.command.holder]
    command = outer.command
    if command.condition or command.negated:
        return True
    pipelines = {number for number, _ in command.pipes}
    follows = (act.command for act in run.acts if act.number > outer.number and act.command.holder < 0)
    after = next((each for each in follows if each.pipeline not in pipelines and command.pipeline not in dict(each.pipes)), None)
    if after is None or after.before in ("&&", ""):
        return True
    if after.before == "||":
        return after.program not in ("true", ":")
    return _stops_at_errors(run)


def _stops_at_errors(run: Run) -> bool:
    if any(_ERREXIT.fullmatch(word) for word in run.step.shell[1:]):
        return True
    if any(_INTERPRETER_ERREXIT.match(each.body) for each in run.instruction.heredocs):
        return True
    words = (word.text for act in run.acts if act.program in SHELLS or act.program == "set" for word in act.arguments)
    return any(_ERREXIT.fullmatch(word) for word in words)


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
    listed = [match[1].rpartition("/")[2] for match in _DIGEST_LINE.finditer(check)]
    if listed and all(other != name and other not in ("", "-") and "$" not in other for other in listed):
        return False
    return (bool(name) and name in check) or not any(other and other in check for other in names)


def _added(plan: Plan) -> Iterator[Defect]:
    for stage, step in steps(plan.dockerfile):
        instruction = step.instruction
        if instruction.keyword != "ADD" or instruction.flag("checksum"):
            continue
        words = instruction.words or (step.value.split() if step.value else values.operands(instruction))
        for source in words[:-1]:
            if _GIT.fullmatch(source) and "$" not in source and _moves(source):
                what = f"ADD fetches what {shown(source)} holds on the day of the build, since it names no commit"
                remedy = f"ADD {shown(_QUERY.sub('', source))}#<commit> {words[-1]}"
                yield told(plan.dockerfile, stage, rules.UNVERIFIED_DOWNLOAD, what, instruction.line, key_of("ADD", source), remedy=remedy)
                continue
            if not _REMOTE.match(source) or _GIT.fullmatch(source) or _NO_PROGRAM.fullmatch(_QUERY.sub("", source)):
                continue
            what = f"ADD fetches {shown(source)}, and nothing compares it with a digest"
            remedy = f"ADD --checksum=sha256:<digest> {shown(source)} {words[-1]}"
            key = key_of("ADD", source)
            yield told(plan.dockerfile, stage, rules.UNVERIFIED_DOWNLOAD, what, instruction.line, key, remedy=remedy)


def _moves(source: str) -> bool:
    """Of a repository: whether it is named without a commit and a tag."""
    if _COMMIT.search(source):
        return False
    named = source.partition("#")[2].partition(":")[0] or next(iter(_REF.findall(source)), "")
    return named.removeprefix("refs/heads/") in _BRANCHES or named.startswith("refs/heads/")
