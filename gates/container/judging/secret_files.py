"""Which files that a Dockerfile copies are credentials: by their names, by what is in them, and by where they are put."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from gates.container.dockerfile import values
from gates.container.dockerignore import Ignore, fits, load, parse
from gates.container.image_files import context_path
from gates.container.judging.around import Around
from gates.container.judging.build_steps import Act, Run
from gates.core.documents import DocumentError
from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.detect.kinds import EXAMPLE, Kind, kinds
from gates.detect.places import IN_TEST, is_test, lowered
from gates.detect.proofs import HEAD

# Folders of credentials, and what else is copied by its name alone: title and how bad it is
_FOLDERS: Final[Mapping[str, tuple[str, Severity]]] = {
    ".ssh": ("a folder of private SSH keys", Severity.HIGH),
    ".aws": ("a folder of AWS credentials", Severity.HIGH),
    ".azure": ("a folder of Azure credentials", Severity.HIGH),
    ".gnupg": ("a folder of GnuPG's secret keys", Severity.HIGH),
    ".kube": ("a folder with a kubeconfig", Severity.HIGH),
    ".docker": ("a folder of registry logins", Severity.MEDIUM),
    ".claude": ("a folder with a coding agent's login", Severity.MEDIUM),
    ".codex": ("a folder with a coding agent's login", Severity.MEDIUM),
    ".gemini": ("a folder with a coding agent's login", Severity.MEDIUM),
    "gcloud": ("a folder of Google Cloud credentials", Severity.MEDIUM),
    ".git": ("the whole history of the repository", Severity.MEDIUM),
}
# Kinds that a name alone tells, where the file is not at hand; and those of which it says that there may be a credential.
_BY_NAME: Final = frozenset(
    (
        *("dotenv", "gnupg", "ssh-key", "private-key", "key-store", "keytab", "rails-key", "netrc", "git-credentials", "pgpass"),
        *("container-registry", "kubeconfig", "cloud-credentials", "terraform-state", "terraform-credentials", "vault-token"),
        *("ansible-vault", "agent-credentials", "forge-credentials", "erlang-cookie", "password-store"),
    )
)
_MAYBE: Final = (".npmrc", ".pypirc", ".envrc", "auth.json")
# of names that keys have: public ones, certificates and stores of them
_PUBLIC = lazy(r"(?i).*(?:\.(?:pem|der|asc|gpg|pgp|crt|cer)|(?:pub|public|trust|ca[-_.]|gpg|apt|repo|signing|nodesource|archive|cert).*)")
_PRIVATE = lazy(r"(?i)(?!.*pub).*priv.*")
_STORE = lazy(r"(?i)(?!.*trust)(?!.*cacerts).*\.(?:p12|pfx)")
_SHARED: Final = ("known_hosts", "config", "authorized_keys")
# kinds of which a file's place in the image says that it is one, whatever it is called in the repository
_BY_TARGET: Final = frozenset(("ssh-key", "netrc", "git-credentials", "kubeconfig", "pgpass", "vault-token", "cloud-credentials"))
_OFTEN: Final = ("htpasswd", "terraform-variables", "database-client")
_CREDENTIALS = lazy(r"(?:.*[-_.])?(?:credentials|service[-_]?account(?:[-_]key)?)\.json|secrets?\.(?:ya?ml|json)")
_LIKELY: Final = (".env", "id_rsa", "id_ed25519", "id_ecdsa", ".npmrc", ".netrc", ".git-credentials")
_NOT_HERE: Final = "medium, since the file is not in the repository and may hold none"
_BY_A_PATTERN: Final = "medium, since the pattern may fit other files"
_MOST: Final = 200  # files of a folder that are looked into
_COPIERS: Final = ("cp", "install", "rsync", "cat", "mv", "tar")


class SecretFile(NamedTuple):
    """What it is, how bad, and why not worse; `inside` is its path where a folder or a pattern was named."""

    title: str
    severity: Severity
    reason: str = ""
    inside: str = ""


def of(source: str, target: str, exclusions: Sequence[str], dockerfile: str, around: Around) -> SecretFile | None:
    """Of a source of COPY. `target` is where it is put, "" where that says nothing."""
    path = posixpath.normpath(source.strip("/") or ".")
    found = _named(path, around)
    if found is None or found.severity < Severity.HIGH:
        held = _held(path, exclusions, dockerfile, around)
        if held is not None and held.severity > (found.severity if found else Severity.INFO):
            return held
    return found or _by_target(path, target, around)


def _named(path: str, around: Around) -> SecretFile | None:
    name = posixpath.basename(path)
    if name in _FOLDERS or (name == "*" and posixpath.basename(posixpath.dirname(path)) in _FOLDERS):
        return SecretFile(*_FOLDERS[name if name in _FOLDERS else posixpath.basename(posixpath.dirname(path))])
    if _is_pattern(name):
        return _by_pattern(path, name, around)
    found = [each for each in kinds(path) if each is not EXAMPLE]
    if not found and _CREDENTIALS.fullmatch(name.lower()) and _read(path, around) is None:
        return SecretFile("which is called as credentials are", Severity.MEDIUM, _NOT_HERE)
    if not found or (name in _SHARED and not path.endswith((".kube/config", ".aws/config"))):
        return None
    data = _read(path, around)
    if data is not None:
        return _by_content(found, name, data)
    first = found[0]
    if first.id in ("private-key", "key-store") and _PUBLIC.fullmatch(name):
        return SecretFile(first.title, Severity.MEDIUM, _NOT_HERE) if _PRIVATE.match(name) or _STORE.fullmatch(name) else None
    if name in _MAYBE or (first.id in _OFTEN and name != "my.cnf"):
        return SecretFile(first.title, Severity.MEDIUM, _NOT_HERE)
    return SecretFile(first.title, Severity.HIGH) if first.id in _BY_NAME else None


def _is_pattern(path: str) -> bool:
    return any(char in path for char in "*?[")


def _by_pattern(path: str, name: str, around: Around) -> SecretFile | None:
    found = [each for each in kinds(path.replace("*", "")) if each is not EXAMPLE]
    if not found and sum(char not in "*?[]" for char in name) > 2:
        likely = next((each for each in _LIKELY if fits(name, each)), "")
        found = list(kinds(likely)) if likely else []
    if not found or name in _SHARED or _PUBLIC.fullmatch(name):
        return None
    return SecretFile(found[0].title, Severity.MEDIUM, _BY_A_PATTERN)


def _by_content(found: Sequence[Kind], name: str, data: bytes) -> SecretFile | None:
    proved = next((each for each in found if each.proof(data[:HEAD])), None)
    if proved is not None:
        return SecretFile(proved.title, max(proved.severity, Severity.MEDIUM))
    if any(each.id == "dotenv" for each in found) and (name == ".env" or name.startswith(".env.")):
        return SecretFile("an environment file", Severity.LOW, "low, since the one in the repository holds no secret")
    return None


def _held(path: str, exclusions: Sequence[str], dockerfile: str, around: Around) -> SecretFile | None:
    """The worst of what a folder, or the files that a pattern fits, hold. The whole context is another rule's matter."""
    if path == "." or is_everything(path):
        return None
    worst: SecretFile | None = None
    for context in around.contexts:
        full = context_path(context, path)
        if full is None:
            continue
        base = context.strip("/").removeprefix("./")
        folder = posixpath.dirname(full[: min(full.find(char) for char in "*?[" if char in full)]) if _is_pattern(full) else full
        files = [each for each in around.files(folder) if _is_below(each, full)]
        likely = [each for each in files if any(kind is not EXAMPLE for kind in kinds(each))]
        ignore = _ignored(dockerfile, context, around) if likely else None
        without = parse("\n".join(exclusions).encode(), "")
        for each in likely[:_MOST]:
            inner = posixpath.relpath(each, base or ".")
            if (ignore and ignore.excludes(inner)) or without.excludes(posixpath.relpath(each, folder or ".")):
                continue
            found = _content_of(each, around)
            if found is not None and (worst is None or found.severity > worst.severity):
                worst = found._replace(inside=inner)
    return worst


def _is_below(path: str, wanted: str) -> bool:
    if not _is_pattern(wanted):
        return path.startswith(f"{wanted}/")
    depth = wanted.count("/") + 1
    return fits(wanted, "/".join(path.split("/")[:depth]))


def _ignored(dockerfile: str, context: str, around: Around) -> Ignore | None:
    try:
        return load(dockerfile, context, around.read)
    except DocumentError:
        return None  # told where the whole context is copied


def _content_of(path: str, around: Around) -> SecretFile | None:
    name = posixpath.basename(path)
    if name in _SHARED or name.endswith(".pub"):
        return None
    try:
        data = around.read(path)
    except DocumentError:
        return None
    found = _by_content([each for each in kinds(path) if each is not EXAMPLE], name, data) if data else None
    if found is None or (found.severity < Severity.MEDIUM and name != ".env"):
        return None
    if is_test(path):
        return found._replace(severity=lowered(found.severity), reason=IN_TEST)
    return found


def _by_target(path: str, target: str, around: Around) -> SecretFile | None:
    """Where a file is put tells what it is, where it has another name in the repository."""
    name = posixpath.basename(target)
    if not name or "$" in target or EXAMPLE in kinds(path) or _is_pattern(path):
        return None
    if name in _SHARED and not target.endswith(".kube/config"):
        return None
    found = [each for each in kinds(target.lstrip("/")) if each is not EXAMPLE and each.id in _BY_TARGET]
    if not found or name.endswith(".pub") or (found[0].id == "ssh-key" and not kinds(name)):
        return None
    data = _read(path, around)
    if data is not None:
        proved = _by_content(found, "", data)
        return proved and proved._replace(inside="")
    return SecretFile(f"{found[0].title} by its place there", Severity.MEDIUM, _NOT_HERE)


def copied_from_mounts(run: Run) -> Iterator[tuple[Act, str]]:
    """What a RUN copies out of the build context that is mounted for it, as sources of a COPY."""
    mounts: list[tuple[str, str]] = []
    for flag in run.instruction.flags:
        if flag.name != "mount":
            continue
        given = (part.partition("=") for part in values.fields(flag.value) or ())
        parts = {name.strip().lower(): value for name, _, value in given}
        target = parts.get("target") or parts.get("dst") or parts.get("destination") or ""
        if parts.get("type", "bind") == "bind" and "from" not in parts and target.startswith("/"):
            mounts.append((posixpath.normpath(target), parts.get("source") or parts.get("src") or "."))
    for act in run.acts if mounts else ():
        if act.program not in _COPIERS or (
            act.program == "cat" and not any(each.operator in (">", ">>") for each in act.command.redirects)
        ):
            continue
        words = [run.known(word) for word in act.arguments if not word.text.startswith("-")]
        for word in words if act.program == "cat" else words[:-1]:
            for target, source in mounts:
                taken = posixpath.normpath(word)
                if taken == target or taken.startswith(f"{target}/"):
                    yield act, posixpath.normpath(posixpath.join(source, posixpath.relpath(taken, target)))


def is_everything(source: str) -> bool:
    """Whether it is the whole context."""
    return posixpath.normpath(posixpath.join("/", source)) in ("/", "/*")


def _read(path: str, around: Around) -> bytes | None:
    """None where it is not in the repository, or cannot be read: then it is judged by its name."""
    for context in around.contexts:
        full = context_path(context, path)
        try:
            if full and around.exists(full):
                return around.read(full)
        except DocumentError:
            return None
    return None


def is_secret_path(path: str) -> bool:
    """Whether only its owner should read a file of that name; for what is written in an image."""
    name = posixpath.basename(path.rstrip("/"))
    if name in _SHARED or name.endswith(".pub"):
        return False
    found = [each for each in kinds(path.lstrip("/")) if each is not EXAMPLE]
    return bool(found) and not (found[0].id in ("private-key", "key-store") and _PUBLIC.fullmatch(name))
