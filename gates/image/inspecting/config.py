"""What an image's configuration says: its user, its environment, its labels, and how it was built.

https://github.com/opencontainers/image-spec/blob/main/config.md and, for Healthcheck,
https://github.com/moby/docker-image-spec/blob/main/spec.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from gates.core.documents import DocumentError, Node
from gates.core.finding import Finding, Severity
from gates.core.patterns import lazy
from gates.detect import proofs
from gates.detect.scan import Match
from gates.image.inspecting.about import About, command, told
from gates.image.inspecting.accounts import Account, uid_of
from gates.image.rules import contents as rules

BASE_LABELS: Final = ("org.opencontainers.image.base.digest", "org.opencontainers.image.revision")
# What may be the name of an account and nothing else, to any reader. Whether there is one of that name does not matter.
_NAME = lazy(r"[A-Za-z_][A-Za-z0-9_.@$-]{0,255}")
# The fingerprint of a public key, by which official images check what they fetch: https://www.rfc-editor.org/rfc/rfc9580#section-5.5.4
_FINGERPRINT = lazy(r"(?:0x)?[0-9A-Fa-f]{16}(?:[0-9A-Fa-f]{24})?(?:[0-9A-Fa-f]{24})?")
_OF_A_KEY = lazy(r"(?i:gpg|pgp|keys?(?:_?ids?)?\Z|fingerprint)")
_PLAIN = lazy(r"[A-Za-z]{1,16}(?:[._/-][A-Za-z0-9]{1,16}){0,8}")  # a key that may be shown
_TOLD: Final = (" history created_by", " history comment", "'s config Env")  # have been looked at already
_SHORTEST: Final = 8  # letters of a text that is looked at by itself

Scan = Callable[[bytes], Sequence[Match]]


class Step(NamedTuple):
    """A line of the history."""

    created_by: str
    comment: str
    empty: bool  # it made no layer


class Config(NamedTuple):
    """`healthcheck` is None where the configuration does not speak of one, and empty where it switches that of a base image off.
    `texts` is what else people write: commands and labels, by what they are.
    """

    user: str
    environment: tuple[tuple[str, str], ...]
    labels: Mapping[str, str]
    texts: Mapping[str, str]
    healthcheck: tuple[str, ...] | None
    history: tuple[Step, ...]


def read(node: Node, path: str) -> Config:
    """Raises DocumentError for what is of another type than the specification says."""
    document = _table(node, path)
    config = _table(document.get("config"), path)
    variables = (text.partition("=") for text in _texts(config, "Env", path))
    labels = {key: _text(label, f"the label {key!r}", path) for key, label in _table(config.get("Labels"), path).items()}
    texts = {f"label {key}": text for key, text in labels.items()}
    for key in ("Entrypoint", "Cmd", "OnBuild", "Shell"):
        if words := _texts(config, key, path):
            texts[key] = " ".join(words)
    check = config.get("Healthcheck")
    health = None
    if check is not None and check.value is not None:
        health = _texts(_table(check, path), "Test", path)
        texts["Healthcheck"] = " ".join(health)
    return Config(
        user=_text(config.get("User"), "User", path).strip(),
        environment=tuple((name, value) for name, _, value in variables),
        labels=labels,
        texts=texts,
        healthcheck=() if health == ("NONE",) else health,
        history=tuple(_step(_table(step, path), path) for step in _list(document.get("history"), "history", path)),
    )


def _step(step: Mapping[str, Node], path: str) -> Step:
    empty = step.get("empty_layer")
    created_by, comment = (_text(step.get(key), key, path) for key in ("created_by", "comment"))
    return Step(created_by, comment, empty is not None and empty.value is True)


def _table(node: Node | None, path: str) -> Mapping[str, Node]:
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        raise DocumentError("the configuration has something else where a table should be", path, node.line)
    return node.value


def _list(node: Node | None, key: str, path: str) -> list[Node]:
    if node is None or node.value is None:
        return []
    if not isinstance(node.value, list):
        raise DocumentError(f"{key} in the configuration must be a list", path, node.line)
    return node.value


def _text(node: Node | None, key: str, path: str) -> str:
    if node is None or node.value is None:
        return ""
    if not isinstance(node.value, str):
        raise DocumentError(f"{key} in the configuration must be text", path, node.line)
    return node.value


def _texts(table: Mapping[str, Node], key: str, path: str) -> tuple[str, ...]:
    return tuple(_text(item, f"an entry of {key}", path) for item in _list(table.get(key), key, path))


# the user


def user(about: About, config: Config, accounts: Sequence[Account]) -> Iterator[Finding]:
    """With a name that is not among the accounts a container does not start. What one reader takes for a name and another for a number,
    or for 0, is told.
    """
    name = config.user.partition(":")[0]
    uid = uid_of(name)
    named = [account for account in accounts if account.name == name]
    if not config.user:
        message = "its configuration names no user, so it runs as root; end the Dockerfile with USER and a number"
    elif name in ("", "root") or uid == 0:
        message = f"it runs as root (USER {config.user}); end the Dockerfile with USER and another number"
    elif any(account.starts_as_root for account in named):
        message = f"it runs as {name}, who is root: /etc/passwd gives that name the number 0, or none"
    elif uid is None and not named and not _NAME.fullmatch(name):
        message = f"its user is neither a name nor a number (USER {config.user!a}), so it may run as root; end the Dockerfile with a number"
    else:
        return
    yield told(about, rules.USER_ROOT, message, "user", data={"user": config.user})


# secrets


def secrets(about: About, config: Config, scan: Scan) -> Iterator[Finding]:
    """Of a variable that is set in the history and still stands in the configuration only the latter is told."""
    for name, value in dict.fromkeys(config.environment):
        if what := _secret(name, value, scan):
            message = f"its configuration sets {name} to {what.title}"
            yield told(about, rules.SECRET_IN_ENV, message, f"env {name}", severity=what.severity, data={"variable": name, **what.data})
    for where, text in config.texts.items():
        for match in _distinct(scan(text.encode("utf-8", "surrogatepass"))):
            message = f"its configuration holds {_title(match)} in {where}"
            subject = f"{where}:{match.family.id}:{match.subject}"
            yield told(about, rules.SECRET_IN_ENV, message, subject, severity=_severity(match), data={"family": match.family.id})
    yield from _history(about, config, scan)


class _Secret(NamedTuple):
    title: str
    severity: Severity
    data: Mapping[str, object]


def _history(about: About, config: Config, scan: Scan) -> Iterator[Finding]:
    said = set(config.environment)
    seen: set[object] = set()
    standing = {match.identity for text in config.texts.values() for match in scan(text.encode("utf-8", "surrogatepass"))}
    for number, step in enumerate(config.history, 1):
        found = command(step.created_by)
        place = f"step {number} of {len(config.history)} of its history"
        for name, value in found.values:
            if found.instruction == "ENV" and (name, value) in said:
                continue
            kind = {"RUN": "the build argument", "ARG": "ARG", "ENV": "ENV"}[found.instruction]
            what = None if (name, value) in seen else _secret(name, value, scan)
            seen.add((name, value))
            if what and ("name", name) not in seen:
                seen.add(("name", name))
                message = f"{place} shows {kind} {name}, which is {what.title}"
                data = {"variable": name, "step": number, **what.data}
                yield told(about, rules.SECRET_IN_HISTORY, message, f"value {name}", severity=what.severity, data=data)
        for match in _distinct((*scan(found.text.encode("utf-8", "surrogatepass")), *scan(step.comment.encode("utf-8", "surrogatepass")))):
            if match.identity in seen or match.identity in standing:
                continue
            seen.add(match.identity)
            message = f"{place}, {found.instruction or 'a command'}, shows {_title(match)}"
            subject = f"{match.family.id}:{match.subject}"
            data = {"family": match.family.id, "step": number}
            yield told(about, rules.SECRET_IN_HISTORY, message, subject, severity=_severity(match), data=data)


def rest(about: About, config: Config, documents: Sequence[tuple[str, Node]], scan: Scan) -> Iterator[Finding]:
    """What the other rules do not look at, in the configuration and in manifests, by what to call them: every key and every text."""
    texts = [*config.texts.values(), *(f"{name}={value}" for name, value in config.environment)]
    texts += [text for step in config.history for text in (step.created_by, step.comment)]
    seen: set[object] = {match.identity for text in texts for match in scan(text.encode("utf-8", "surrogatepass"))}
    seen.update(value for name, value in config.environment if _secret(name, value, scan))
    for called, root in documents:
        for place, key, value in _everything(root, called):
            if place.endswith(_TOLD):
                continue
            matches = [match for text in (key, value) for match in _found(text, scan)]
            found: list[tuple[str, Severity, object, str]] = [
                (_title(match), _severity(match), match.identity, match.family.id) for match in matches
            ]
            name, _, text = value.partition("=")
            for pair in ((key, value),) if key else ((name, text),):
                # Those that a family knows are found above, by what they are.
                if not found and seen.isdisjoint((value, pair[1])) and (what := _secret(*pair, scan)):
                    found.append((what.title, what.severity, pair[1], "by-name"))
            for title, severity, identity, family in found:
                if identity in seen:
                    continue
                seen.add(identity)
                message = f"{place} holds {title}"
                subject = f"{place}:{family}"
                data = {"family": family, "place": place}
                yield told(about, rules.SECRET_IN_ENV, message, subject, severity=severity, data=data)


def _found(text: str, scan: Scan) -> Sequence[Match]:
    return scan(text.encode("utf-8", "surrogatepass")) if len(text) >= _SHORTEST else ()


def _everything(node: Node, place: str, key: str = "") -> Iterator[tuple[str, str, str]]:
    """Where, under which key ("" in a list), which text ("" for what is none). A key is told with its place, so it is not part of that."""
    if isinstance(node.value, dict):
        for name, inner in node.value.items():
            shown = name if _PLAIN.fullmatch(name) else "…"
            yield from _everything(inner, f"{place} {shown}" if place else shown, name)
        if key:
            yield place, key, ""
    elif isinstance(node.value, list):
        for inner in node.value:
            yield from _everything(inner, place)
    elif key or isinstance(node.value, str):
        yield place, key, node.value if isinstance(node.value, str) else ""


def _secret(name: str, value: str, scan: Scan) -> _Secret | None:
    """A value that a family knows, or one that may be what its name promises."""
    if _OF_A_KEY.search(name) and all(_FINGERPRINT.fullmatch(word) for word in value.split()):
        return None
    line = f"{name}={value}".encode("utf-8", "surrogatepass")
    matches = sorted(scan(line), key=lambda match: -match.severity)
    if matches:
        return _Secret(_title(matches[0]), _severity(matches[0]), {"family": matches[0].family.id})
    # In quotes, since a value may have blanks in it.
    quoted = f'{name}="{value}"'.encode("utf-8", "surrogatepass") if '"' not in value else line
    if proofs.assigned(line) or proofs.assigned(quoted):
        return _Secret(f"a secret by its name ({len(value)} characters)", Severity.HIGH, {})
    return None


def _distinct(matches: Sequence[Match]) -> Iterator[Match]:
    yield from {match.identity: match for match in reversed(matches)}.values()


def _title(match: Match) -> str:
    return f"{match.family.title} ({match.redacted})"


def _severity(match: Match) -> Severity:
    """One that is wrong in its structure opens nothing."""
    return Severity.LOW if match.structure == "invalid" else Severity.HIGH


# what should be there


def healthcheck(about: About, config: Config, *, docker: bool) -> Iterator[Finding]:
    """`docker`: the image is in Docker's format; in OCI's there is no place for it, and builders leave it out."""
    if docker and not config.healthcheck:
        how = "its configuration has no health check" if config.healthcheck is None else "its configuration switches the health check off"
        yield told(about, rules.HEALTHCHECK_MISSING, f"{how}; add HEALTHCHECK to the Dockerfile", "healthcheck")


def labels(about: About, config: Config) -> Iterator[Finding]:
    missing = [label for label in BASE_LABELS if not config.labels.get(label)]
    if missing:
        yield told(about, rules.BASE_UNLABELLED, f"it has no label {' and no label '.join(missing)}", "labels", data={"labels": missing})
