"""The rule on what is fetched and run as it comes: by RUN, when the image is started, and in the scripts that either of them runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gates.container.defect import Defect
from gates.container.dockerfile.instruction import Instruction, Stage
from gates.container.image_files import Places, Source, find
from gates.container.judging.around import Around
from gates.container.judging.build_steps import Act, Plan, Run, acting, commands, steps, told_of
from gates.container.judging.fetching import FETCHERS, Fetch, fetch, is_loopback
from gates.container.quoting import key_of, shown
from gates.container.rules import build as rules
from gates.core.documents import DocumentError
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.shell.parsing import read
from gates.shell.programs import nested, options, unfolded
from gates.shell.wrappers import SHELLS

_INTERPRETERS = lazy(r"(?:python|pypy|perl|ruby|php|node|nodejs|deno|bun|lua|pwsh)(?:[0-9][0-9.]*)?")
_SHELL_VALUES: Final = frozenset({"-o", "-O", "--rcfile", "--init-file"})
_INTERPRETER_CODE: Final = ("-c", "-e", "-m", "-E", "-r", "-p", "--eval", "-n", "-ne", "-pe", "-i", "-l", "-a")
_INNER = lazy(r"\s*(?:\$\(.*\)|`.*`|<\(.*\))\s*", 16)
_VARIABLE = lazy(r"\s*\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})\s*")
_FETCHES_AND_RUNS = lazy(r"(?s)(?=.*\b(?:exec|eval|instance_eval)\b)(?=.*(?:urlopen|(?:requests|httpx)\.get|URI\.open|LWP|fetch\()).*")
_ADDRESS = lazy(r"https?://[^\s'\"()]+")
_STARTING: Final = ("CMD", "ENTRYPOINT", "HEALTHCHECK")
_WINDOWS_SCRIPT: Final = (".ps1", ".bat", ".cmd", ".py", ".rb", ".pl", ".js")
_MOST_SCRIPTS: Final = 50
_REMEDY: Final = 'RUN curl -fsSLo install.sh https://… && echo "<digest>  install.sh" | sha256sum -c && sh install.sh'


def judge(plan: Plan, around: Around, scripts: Sequence[tuple[Stage, Source]]) -> Iterator[Defect]:
    """`scripts` are those that are run when the image is started."""
    for run in (*plan.runs, *_started(plan)):
        yield from _in_run(plan, run)
    runs = {(stage.number, source.path, source.line): (stage, source) for stage, source in scripts}
    for run in plan.runs:
        for act in run.acts:
            try:
                source = _script(plan, run, act, around) if len(runs) < _MOST_SCRIPTS else None
            except DocumentError as error:
                what = f"cannot judge what {shown(act.program)} fetches and runs: it depends on {error.path}, which cannot be read"
                yield told_of(plan.dockerfile, run, act, rules.PIPE_TO_SHELL, what, key_of("script", error.path), resolved=False)
                continue
            if source is not None:
                runs.setdefault((run.stage.number, source.path, source.line), (run.stage, source))
    for stage, source in runs.values():
        for run in _of_script(plan, stage, source):
            for defect in _in_run(plan, run):
                yield defect._replace(location=Location(source.path, defect.location.line, defect.location.column))


def _in_run(plan: Plan, run: Run) -> Iterator[Defect]:
    for act in run.acts:
        found = fetch(run, act) if act.program in FETCHERS else None
        if found is not None and (runner := runner_of(run, act, found)):
            url = shown(found.urls[0]) if found.urls else "a download"
            what = f"{act.program} hands {url} to {runner}, which runs whatever comes"
            yield told_of(plan.dockerfile, run, act, rules.PIPE_TO_SHELL, what, key_of(url), remedy=_REMEDY)
        elif _INTERPRETERS.fullmatch(act.program):
            code = next((text for word in act.arguments if _FETCHES_AND_RUNS.fullmatch(text := run.known(word))), "")
            address = _ADDRESS.search(code)
            if code and not (address and is_loopback(address[0])):
                url = shown(address[0]) if address else "a download"
                what = f"{act.program} fetches {url} and runs whatever comes"
                yield told_of(plan.dockerfile, run, act, rules.PIPE_TO_SHELL, what, key_of(url), remedy=_REMEDY)


# what is run elsewhere than in a RUN


def _started(plan: Plan) -> Iterator[Run]:
    for stage, step in steps(plan.dockerfile):
        instruction = step.instruction
        if instruction.keyword not in _STARTING:
            continue
        if instruction.keyword == "HEALTHCHECK" and instruction.words is None:
            instruction = _without_cmd(instruction)
        script = commands(instruction, step.shell)
        if script is not None:
            acts = tuple(acting(script, step.variables))
            yield Run(stage, step, instruction, acts, script.problems, (), plan.dockerfile.syntax.escape)


def _without_cmd(instruction: Instruction) -> Instruction:
    text = instruction.source
    start = len(text) - len(text.lstrip())
    start += 3 if text[start : start + 3].upper() == "CMD" else 0
    return instruction._replace(source=text[start:], column=instruction.column + start)


def _script(plan: Plan, run: Run, act: Act, around: Around) -> Source | None:
    """The file of the repository that a command of a RUN runs. Raises DocumentError."""
    name = run.known(act.invocation.word) if act.invocation.word else ""
    if act.program in SHELLS or act.program in (".", "source"):
        operands = options(act.arguments, _SHELL_VALUES, permute=False)
        name = "" if operands.option("-c") or not operands.operands else run.known(operands.operands[0])
    if not name or ("/" not in name and act.program == name) or name.endswith(_WINDOWS_SCRIPT):
        return None
    source = find(plan.dockerfile, run.stage, name, Places(around.read, around.exists, around.contexts, commands))
    if source is None and "/" not in name:
        source = find(plan.dockerfile, run.stage, f"./{name}", Places(around.read, around.exists, around.contexts, commands))
    return source


def _of_script(plan: Plan, stage: Stage, source: Source) -> Iterator[Run]:
    first = source.text.partition("\n")[0]
    if not stage.steps or (first.startswith("#!") and not any(shell in first for shell in SHELLS)):
        return
    script = unfolded(read(source.text, source.line))
    step = stage.steps[-1]
    yield Run(stage, step, step.instruction, tuple(acting(script)), script.problems, (), plan.dockerfile.syntax.escape)


# who runs it


def runner_of(run: Run, act: Act, found: Fetch) -> str:
    """The program that runs what is fetched, "" where none does."""
    if found.urls and all(is_loopback(url) for url in found.urls):
        return ""
    if found.output == "":
        fed = [other for other in run.acts if act.command.feeds(other.command)]
        by_pipe = next((other for other in fed if _reads_a_script(other) or _runs_what_is_read(other, fed)), None)
        if by_pipe is not None:
            return by_pipe.program
    holders = {other.number: other for other in run.acts}
    holder = holders.get(act.command.holder)
    # `curl … | gunzip` in a substitution is held as a whole
    while holder is not None:
        if program := _runs_text(holder) or _runs_variable(run, holder):
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
            # xargs puts what it reads where {} stands, or behind
            return "xargs" in act.invocation.wrappers and (not given.operands or given.operands[0].text in ("{}", "%", "_", "@"))
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


def _runs_what_is_read(act: Act, fed: Sequence[Act]) -> bool:
    """`while read -r line; do eval "$line"; done`"""
    names = {word.text for other in fed if other.program == "read" for word in other.arguments if not word.text.startswith("-")}
    return bool(names) and _text_variable(act) in names


def _text_variable(act: Act) -> str:
    """The variable that holds all of the text that the command runs as a script, "" where there is none."""
    text = nested(act.command) if act.program in SHELLS or act.program == "eval" else None
    match = _VARIABLE.fullmatch(text.text) if text is not None else None
    return (match[1] or match[2]) if match else ""


def _runs_variable(run: Run, holder: Act) -> str:
    """The program that runs the value of the variable that the holder sets: `X=$(curl …); eval "$X"`."""
    pairs = [(each.name, each.value.text) for each in holder.command.assignments]
    if holder.program in ("export", "local", "declare", "readonly", "typeset"):
        pairs += [(name, value) for name, equals, value in (word.text.partition("=") for word in holder.arguments) if equals]
    names = {name for name, value in pairs if _INNER.fullmatch(value)}
    if not names:
        return ""
    for act in run.acts:
        if _text_variable(act) in names:
            return act.program
        spoken = act.program in ("echo", "printf") and any(
            (match := _VARIABLE.fullmatch(word.text)) and (match[1] or match[2]) in names for word in act.arguments
        )
        if spoken:
            reader = next((other for other in run.acts if act.command.feeds(other.command) and _reads_a_script(other)), None)
            if reader is not None:
                return reader.program
    return ""


def _runs_text(act: Act) -> str:
    """The program, where what a substitution in its words gives is run as a script."""
    if act.program in SHELLS or act.program == "eval":
        text = nested(act.command)
        if text is not None and _INNER.fullmatch(text.text):
            return act.program
    first = next((word.text for word in act.arguments if not word.text.startswith("-")), "")
    if act.program in SHELLS or act.program in ("source", "."):
        handed = any(each.operator == "<<<" and _INNER.fullmatch(each.target.text) for each in act.command.redirects)
        return act.program if first.startswith("<(") or (handed and first in ("", "-", "/dev/stdin", "/proc/self/fd/0")) else ""
    if _INTERPRETERS.fullmatch(act.program):
        code = next((after.text for word, after in zip(act.arguments, act.arguments[1:], strict=False) if word.text in ("-c", "-e")), "")
        return act.program if first.startswith("<(") or _INNER.fullmatch(code) else ""
    if act.invocation.word is not None and act.invocation.word.dynamic and _INNER.fullmatch(act.program):
        return "the shell"
    return ""
