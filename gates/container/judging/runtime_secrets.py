"""Rules on what a container is told: secrets in plain sight, files of secrets that are committed, settings that have to be made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from gates.container.defect import Defect
from gates.container.judging.facts import Facts
from gates.container.judging.literals import Literal, is_guessable, weigh
from gates.container.judging.runtime_defects import Fix, told, unsettled
from gates.container.quoting import shown
from gates.container.references import reference
from gates.container.rules import runtime as rules
from gates.container.rules.levels import Levelled
from gates.container.setting import Setting
from gates.container.spec import RuntimeSpec, Variable
from gates.core.finding import Location, Severity
from gates.core.patterns import lazy
from gates.detect.credentials.names import kind
from gates.detect.kinds import EXAMPLES
from gates.detect.places import IN_TEST, is_test, lowered
from gates.detect.proofs import HEAD

_NAMING = lazy(r"(?i).*(?:user(?:name)?|login|database|db|dbname|name|host)")
_ORIGINS: Final = {
    "environment": "",
    "build-argument": "the build argument ",
    "label": "the label ",
    "command": "on its command line ",
    "config": "in the text of a config ",
    "mount": "in the options of a volume ",
}
_LONGEST_NAME: Final = 32  # characters of a user's or a database's
_ASSIGNMENT = lazy(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(.*?)[ \t\r]*")
_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_PRIVATE: Final = b"PRIVATE KEY"
_BY_NAME: Final = frozenset(("generic-password", "generic-secret"))


def judge(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    context = tuple(_context(spec))
    for variable in (*spec.environment, *_options(spec)):
        yield from _variable(spec, variable, facts, context)
    yield from _command_line(spec, facts)
    for file in spec.env_files:
        yield from _env_file(spec, file, facts, context)
    for file in spec.secret_files:
        yield from _secret_file(spec, file, facts)
    yield from _required(spec, facts)


def _context(spec: RuntimeSpec) -> Iterator[str]:
    """The names that people make easy passwords of."""
    yield spec.name
    if spec.image is not None:
        yield from reference(spec.image.value or spec.image.text).repository.split("/")
    for variable in spec.environment:
        value = variable.value.value if variable.value else None
        if (
            value
            and len(value) <= _LONGEST_NAME
            and _NAMING.fullmatch(variable.name)
            and not kind(variable.name.encode("utf-8", "replace"))
        ):
            yield value


def _variable(spec: RuntimeSpec, variable: Variable, facts: Facts, context: Sequence[str]) -> Iterator[Defect]:
    setting = variable.value
    if setting is None:
        return
    if setting.value is not None:
        found = weigh(variable.name, setting.value, facts.scan, context)
    else:
        found = weigh(variable.name, setting.text, facts.scan, context, complete=False)
    if found is None:
        return
    if setting.by_default:
        level, how = rules.SECRET_DEFAULT, "falls back to"
        fix = Fix(f"{variable.name}: ${{{variable.name}:?}}", f'-e {variable.name}="${{{variable.name}:?}}"')
    else:
        level, how = rules.PLAIN_SECRET, "holds"
        fix = _fix(variable)
    what = f"{_ORIGINS[variable.origin]}{variable.name or 'a word'} {how} {found.title}"
    key = variable.name if variable.origin == "environment" else f"{variable.origin}:{variable.name}"
    yield _leak(spec, level, what, variable.location, key, found, fix)


def _fix(variable: Variable) -> Fix:
    name = variable.name
    if variable.origin == "environment":
        return Fix(
            f"{name}: ${{{name}:?}}, or a file of secrets: and {name}_FILE where the image knows that",
            f"-e {name}, which takes it from the environment",
            f"env: [{{name: {name}, valueFrom: {{secretKeyRef: {{name: …, key: …}}}}}}]",
            f"{name}: ${{{{ secrets.{name.rpartition('.')[2].upper()} }}}}",
        )
    if variable.origin == "build-argument":
        return Fix("build: {secrets: [{source: …}]}, and RUN --mount=type=secret in the Dockerfile")
    if variable.origin == "config":
        return Fix("secrets: {…: {file: …}}, which is not committed, instead of the text")
    return Fix()


def _leak(spec: RuntimeSpec, level: Levelled, what: str, where: Location, key: str, found: Literal, fix: Fix) -> Defect:
    """Nothing of the value is in it but what the matcher shows."""
    severity, reasons = found.severity, [found.reason] if found.reason else []
    if is_test(where.path):
        severity = lowered(severity)
        reasons.append(IN_TEST)
    message = "; ".join((what, *reasons))
    return told(spec, level, message, where, key, fix=fix, severity=severity if severity < Severity.HIGH else None)


def _options(spec: RuntimeSpec) -> Iterator[Variable]:
    """Options of the command line whose names promise a secret, as variables: --requirepass x, --admin-password=x."""
    for setting in (spec.entrypoint, spec.command):
        words = setting.value if setting is not None and setting.value else ()
        for word, after in zip_longest(words, words[1:], fillvalue=""):
            name, sign, value = word.partition("=")
            if not name.startswith("--") or kind(name.strip("-").encode("utf-8", "replace")) != "password":
                continue
            value = value if sign else after
            if value and not value.startswith("-") and setting is not None:
                yield Variable(name, Setting(value, setting.location, by_default=setting.by_default), setting.location, "command")


def _command_line(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    """What the matcher knows by its form, wherever it stands; a name and its value in one word, so that no option is taken for a value."""
    named = any(True for _ in _options(spec))
    seen: set[bytes] = set()
    for setting in (spec.entrypoint, spec.command):
        if setting is None:
            continue
        words = setting.value or (setting.text,)
        matches = [match for word in words for match in facts.scan(word.encode("utf-8", "surrogatepass"))]
        whole = facts.scan(" ".join(words).encode("utf-8", "surrogatepass")) if words[1:] else ()
        for match in (*matches, *(match for match in whole if match.family.id not in _BY_NAME)):
            generic = match.family.id in _BY_NAME
            if match.identity in seen or match.structure == "invalid" or (generic and (named or match.severity < Severity.HIGH)):
                continue
            seen.add(match.identity)
            found = Literal(Severity.HIGH, match.family.title)
            what = f"its command line holds {match.family.title} ({match.redacted}), for everybody on the host to see"
            level = rules.SECRET_DEFAULT if setting.by_default else rules.PLAIN_SECRET
            yield _leak(spec, level, what, setting.location, f"command:{match.family.id}:{match.subject}", found, Fix())


# files


def _env_file(spec: RuntimeSpec, file: Setting[str], facts: Facts, context: Sequence[str]) -> Iterator[Defect]:
    path = file.value
    if path is None:
        if spec.syntax != "kubernetes":  # there they are objects of the cluster
            yield unsettled(spec, rules.ENV_FILE_TRACKED, "which file its environment is from", file, shown(file.text))
        return
    name = path.rpartition("/")[2]
    if not facts.tracked(path) or not EXAMPLES.isdisjoint(name.lower().replace("-", ".").replace("_", ".").split(".")):
        return
    fix = Fix(f"git rm --cached {path}, and {path} in .gitignore", f"git rm --cached {path}, and {path} in .gitignore")
    data = facts.read(path)
    if data is None:
        what = f"the environment file {path} is committed, and could not be read"
        yield told(spec, rules.ENV_FILE_TRACKED, what, file.location, path, fix=fix)
        return
    worst, names = _secrets_in(data, facts, context)
    if worst is not None:
        listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        severity = lowered(worst.severity) if is_test(path) else worst.severity
        reason = f"; {worst.reason}" if worst.reason else ""
        reason += f"; {IN_TEST}" if is_test(path) else ""
        what = f"the environment file {path} is committed with {listed} in it{reason}"
        yield told(
            spec, rules.ENV_FILE_TRACKED, what, file.location, path, fix=fix, severity=severity if severity < Severity.HIGH else None
        )
    elif name.startswith(".env") or name.endswith(".env"):
        what = f"the environment file {path} is committed; low, since it holds no secret yet"
        yield told(spec, rules.ENV_FILE_TRACKED, what, file.location, path, fix=fix, severity=Severity.LOW)


def _secrets_in(data: bytes, facts: Facts, context: Sequence[str]) -> tuple[Literal | None, list[str]]:
    """The worst, and the names of all that are as bad."""
    found: list[tuple[str, Literal]] = []
    for line in data[:HEAD].decode("utf-8", "replace").splitlines():
        if (pair := _ASSIGNMENT.fullmatch(line)) is None:
            continue
        value = pair[2]
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        if literal := weigh(pair[1], value, facts.scan, context):
            found.append((pair[1], literal))
    if not found:
        return None, []
    worst = max((literal for _, literal in found), key=lambda literal: literal.severity)
    return worst, list(dict.fromkeys(name for name, literal in found if literal.severity == worst.severity))


def _secret_file(spec: RuntimeSpec, file: Setting[str], facts: Facts) -> Iterator[Defect]:
    path = file.value
    if path is None:
        yield unsettled(spec, rules.ENV_FILE_TRACKED, "whether a file of secrets is committed", file, shown(file.text))
        return
    name = path.rpartition("/")[2]
    if not facts.tracked(path) or not EXAMPLES.isdisjoint(name.lower().replace("-", ".").replace("_", ".").split(".")):
        return
    data = facts.read(path)
    severity, reason = None, ""
    if data is not None:
        text = data[:HEAD].strip()
        if not text or (_CERTIFICATE in text and _PRIVATE not in text):
            return
        if len(text) < 128 and is_guessable(text.decode("utf-8", "replace"), (spec.name,)):
            severity, reason = Severity.MEDIUM, "; medium, since what is in it is a well-known stand-in"
    if is_test(path):
        severity = lowered(Severity.HIGH if severity is None else severity)
        reason += f"; {IN_TEST}"
    fix = Fix(f"git rm --cached {path}, and {path} in .gitignore", f"git rm --cached {path}, and {path} in .gitignore")
    what = f"the file {path}, which it is given as a secret, is committed{reason}"
    yield told(spec, rules.ENV_FILE_TRACKED, what, file.location, path, fix=fix, severity=severity)


# what has to be set


def _required(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    if not facts.required_env:
        return
    own = {variable.name: variable for variable in spec.environment if variable.origin == "environment"}
    in_files: set[str] = set()
    unread: list[Setting[str]] = []
    for file in spec.env_files:
        data = facts.read(file.value) if file.value is not None else None
        if data is None:
            unread.append(file)
        else:
            pairs = (_ASSIGNMENT.fullmatch(line) for line in data[:HEAD].decode("utf-8", "replace").splitlines())
            in_files |= {pair[1] for pair in pairs if pair and pair[2].strip("\"'")}
    for name in facts.required_env:
        variable = own.get(name)
        if variable is not None:
            if variable.value is None or variable.value.value != "":
                continue
            what = f"{name}, which the policy requires, is set to nothing"
            yield told(spec, rules.REQUIRED_ENV_MISSING, what, variable.location, name, fix=_set(name))
        elif name in in_files:
            continue
        elif unread:
            file = unread[0]
            what = f"cannot judge whether {name}, which the policy requires, is set: it depends on {shown(file.value or file.text)}"
            yield told(spec, rules.REQUIRED_ENV_MISSING, what, file.location, name, fix=_set(name), resolved=False)
        else:
            what = f"{name}, which the policy requires, is not set, so the program falls back to its own default"
            yield told(spec, rules.REQUIRED_ENV_MISSING, what, None, name, fix=_set(name))


def _set(name: str) -> Fix:
    return Fix(f"environment: {{{name}: …}}", f"-e {name}=…", f"env: [{{name: {name}, value: …}}]", f"env: {{{name}: …}}")
