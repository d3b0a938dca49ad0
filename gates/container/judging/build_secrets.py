"""Rules on secrets that a Dockerfile puts into an image: by ENV, by ARG, by COPY, and by what .dockerignore lets through."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from typing import Final

from gates.container.defect import Defect
from gates.container.dockerfile import values
from gates.container.dockerfile.instruction import Stage, Step
from gates.container.dockerignore import lacking, load
from gates.container.image_files import sources_of
from gates.container.judging import build_secret_texts, secret_files
from gates.container.judging.around import Around
from gates.container.judging.build_steps import Plan, steps, told
from gates.container.judging.literals import Literal, weigh
from gates.container.judging.secret_files import SecretFile
from gates.container.quoting import key_of, shown
from gates.container.rules import build_contents as rules
from gates.container.rules.levels import Levelled
from gates.core.documents import DocumentError
from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.detect.credentials.names import kind
from gates.detect.places import IN_TEST, is_test, lowered

_BUILDER: Final = "one step lower, since the stage itself is not delivered"
# The fingerprint of a public key, by which official images check what they fetch: https://www.rfc-editor.org/rfc/rfc9580#section-5.5.4
_FINGERPRINT = lazy(r"(?:0x)?[0-9A-Fa-f]{16}(?:[0-9A-Fa-f]{24})?(?:[0-9A-Fa-f]{24})?")
_OF_A_KEY = lazy(r"(?i:gpg|pgp|keys?(?:_?ids?)?\Z|fingerprint)")
_KEY_BLOCK = lazy(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_REFERENCE = lazy(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)[^}$]*\}?")


def judge(plan: Plan, around: Around) -> Iterator[Defect]:
    named = list(_named(plan, around))
    yield from named
    leaks = (rules.SECRET_IN_ENV.rule.id, rules.SECRET_IN_ARG.rule.id)
    told_already = Counter(defect.location.line for defect in named if defect.rule.id in leaks)
    for stage, level, what, line, key, literal in build_secret_texts.found(plan, around, told_already):
        yield _leak(plan, stage, level, what, line, key, literal)


def _named(plan: Plan, around: Around) -> Iterator[Defect]:
    yield from _before_stages(plan, around)
    for stage, step in steps(plan.dockerfile):
        keyword = step.instruction.keyword
        if keyword in ("ENV", "ARG"):
            yield from _pairs(plan, stage, step, around)
        elif keyword in ("COPY", "ADD") and not step.instruction.flag("from"):
            yield from _copied(plan, stage, step, around)
    yield from _from_mounts(plan, around)
    for context in around.contexts:
        yield from _whole(plan, context, around)
    for run in plan.runs:
        for act in run.acts:
            assigned = [(each.name, run.known(each.value), each.value.dynamic) for each in act.invocation.assignments]
            if act.program == "export":
                pairs = ((word.text.partition("="), word.dynamic) for word in act.arguments)
                assigned += [(name, value, dynamic) for (name, equals, value), dynamic in pairs if equals]
            for name, value, dynamic in assigned:
                found = None if dynamic else _weighed(name, value, around)
                if found is not None and found.severity >= Severity.HIGH:
                    what = f"RUN sets {name} to {found.title}, and the history of the image keeps every command"
                    yield _leak(plan, run.stage, rules.SECRET_IN_ARG, what, act.line, name, found)


def _leak(plan: Plan, stage: Stage, level: Levelled, what: str, line: int, key: str, found: Literal, *, column: int = 0) -> Defect:
    """Nothing of the value is in it but what the matcher shows."""
    severity, reasons = found.severity, [what, *([found.reason] if found.reason else [])]
    if is_test(plan.dockerfile.path):
        severity = lowered(severity)
        reasons.append(IN_TEST)
    milder = severity if severity < level.rule.severity else None
    return told(plan.dockerfile, stage, level, "; ".join(reasons), line, key_of(key), column=column, severity=milder)


def _weighed(name: str, value: str, around: Around, *, complete: bool = True) -> Literal | None:
    if _OF_A_KEY.search(name) and value.split() and all(_FINGERPRINT.fullmatch(word) for word in value.split()):
        return None
    if _KEY_BLOCK.search(value):
        return Literal(Severity.HIGH, "a private key")
    return weigh(name, value, around.scan, complete=complete)


def _before_stages(plan: Plan, around: Around) -> Iterator[Defect]:
    for instruction in plan.dockerfile.syntax.instructions:
        if instruction.keyword == "FROM":
            return
        if instruction.keyword == "ARG" and plan.dockerfile.stages:
            for pair in values.pairs(instruction, {}, plan.dockerfile.syntax.escape):
                found = _weighed(pair.name, pair.value, around) if pair.value else None
                if found is not None:
                    what = f"ARG {pair.name} holds {found.title}, for everybody who reads the file"
                    stage = plan.dockerfile.stages[-1]
                    yield _leak(plan, stage, rules.SECRET_IN_ARG, what, pair.line, pair.name, found, column=pair.column)


def _pairs(plan: Plan, stage: Stage, step: Step, around: Around) -> Iterator[Defect]:
    keyword = step.instruction.keyword
    level = rules.SECRET_IN_ARG if keyword == "ARG" else rules.SECRET_IN_ENV
    for pair in values.pairs(step.instruction, step.variables, plan.dockerfile.syntax.escape):
        text = pair.value if pair.value is not None else pair.text
        found = _weighed(pair.name, text, around, complete=pair.value is not None) if text else None
        if found is not None:
            what = f"{keyword} {pair.name} holds {found.title}, for everybody who has the image or the file"
            yield _leak(plan, stage, level, what, pair.line, pair.name, found, column=pair.column)
        elif said := _handed_in(pair, step, stage, plan):
            severity = Severity.MEDIUM if stage.number in plan.kept else Severity.LOW
            why = "" if stage.number in plan.kept else f"; {_BUILDER}"
            remedy = f"RUN --mount=type=secret,id={pair.name.lower()} …"
            yield told(
                *(plan.dockerfile, stage, level, said + why, pair.line, key_of(pair.name)),
                column=pair.column,
                severity=severity,
                remedy=remedy,
            )


def _handed_in(pair: values.Pair, step: Step, stage: Stage, plan: Plan) -> str:
    """What to say of a variable whose value comes from outside, and stays in the image."""
    if not kind(pair.name.encode("utf-8", "replace")):
        return ""
    if step.instruction.keyword == "ARG":
        if pair.text or plan.dockerfile.arguments.get(pair.name):
            return ""
        return f"ARG {pair.name} takes a secret as a build argument, and the history of the image keeps it"
    names = _REFERENCE.findall(pair.text or "")
    if pair.value is None and names and all(name in step.variables for name in names):
        return f"ENV {pair.name} takes over the build argument {names[0]}, and the image's configuration keeps it"
    return ""


# files


def _copied(plan: Plan, stage: Stage, step: Step, around: Around) -> Iterator[Defect]:
    sources, target = sources_of(step)
    exclusions = [flag.value for flag in step.instruction.flags if flag.name == "exclude"]
    for source in sources:
        if source.startswith(("<<", "git@")) or "://" in source:
            continue
        found = secret_files.of(source, target, exclusions, plan.dockerfile.path, around)
        if found is not None:
            yield _file(plan, stage, step.instruction.line, step.instruction.keyword, source, found)


def _file(plan: Plan, stage: Stage, line: int, how: str, source: str, found: SecretFile) -> Defect:
    severity, reasons = found.severity, [found.reason] if found.reason else []
    if stage.number not in plan.kept:
        severity = lowered(severity)
        reasons.append(_BUILDER)
    if is_test(plan.dockerfile.path):
        severity = lowered(severity)
        reasons.append(IN_TEST)
    inside = f" with {shown(found.inside)}" if found.inside else ""
    what = "; ".join((f"{how} puts {shown(source)} into the image{inside}, {found.title}", *reasons))
    milder = severity if severity < Severity.HIGH else None
    name = posixpath.basename((found.inside or source).rstrip("/"))
    remedy = f"RUN --mount=type=secret,id={key_of(name).lstrip('.')} …"
    return told(plan.dockerfile, stage, rules.SECRET_FILE_COPIED, what, line, key_of(source), severity=milder, remedy=remedy)


def _from_mounts(plan: Plan, around: Around) -> Iterator[Defect]:
    for run in plan.runs:
        for act, source in secret_files.copied_from_mounts(run):
            if not secret_files.is_everything(source):
                found = secret_files.of(source, "", (), plan.dockerfile.path, around)
                if found is not None:
                    yield _file(plan, run.stage, act.line, f"{act.program} out of a mount", source, found)


def _whole(plan: Plan, context: str, around: Around) -> Iterator[Defect]:
    """COPY of all that lies in the context; of several that in a stage that is delivered, if one is."""
    found = [
        (stage, step.instruction, f"{step.instruction.keyword} {source}", step.instruction.line)
        for stage, step in steps(plan.dockerfile)
        if (source := _everything(step))
    ]
    found += [
        (run.stage, run.instruction, f"{act.program} out of a mount", act.line)
        for run in plan.runs
        for act, source in secret_files.copied_from_mounts(run)
        if secret_files.is_everything(source)
    ]
    kept = [each for each in found if each[0].number in plan.kept]
    for stage, instruction, how, line in (kept or found)[:1]:
        exclusions = [flag.value for flag in instruction.flags if flag.name == "exclude"]
        wanted = [path for path in (".env", *(() if context else (".git",))) if not _is_excluded(path, exclusions)]
        try:
            ignore = load(plan.dockerfile.path, context, around.read)
        except DocumentError as error:
            what = f"cannot judge what {how} takes along: it depends on {error.path}, which cannot be read"
            yield told(plan.dockerfile, stage, rules.DOCKERIGNORE_GAP, what, line, context, resolved=False)
            continue
        missing = lacking(ignore, wanted)
        if not missing:
            continue
        lets = f"{ignore.path} does not keep out" if ignore else "no .dockerignore keeps out"
        where = f"{shown(context)}, " if context and len(around.contexts) > 1 else ""
        what = f"{how} takes all of the folder, and {where}{lets} {' and '.join(missing)}"
        severity = None
        if stage.number not in plan.kept:
            severity, what = Severity.LOW, f"{what}; {_BUILDER}"
        remedy = "\n".join((f"# {posixpath.join(context, '.dockerignore')}", *missing))
        yield told(plan.dockerfile, stage, rules.DOCKERIGNORE_GAP, what, line, context, severity=severity, remedy=remedy)


def _everything(step: Step) -> str:
    """The source of a COPY that is the whole context, "" where none is."""
    if step.instruction.keyword not in ("COPY", "ADD") or step.instruction.flag("from"):
        return ""
    sources = (source for source in sources_of(step)[0] if not source.startswith("<<"))
    return next((source for source in sources if secret_files.is_everything(source)), "")


def _is_excluded(path: str, patterns: list[str]) -> bool:
    return any(pattern.removeprefix("**/").rstrip("/*") == path or pattern in (".*", "**/.*", f"{path}*") for pattern in patterns)
