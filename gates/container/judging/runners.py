"""Programs that are fetched to be run once, as by npx: whether what they fetch has a version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gates.container.dockerfile import values
from gates.container.image_files import sources_of
from gates.container.judging.build_steps import Act, Plan, Run, steps
from gates.container.judging.installs import (
    NPM_VALUES,
    PIP_VALUES,
    Wanted,
    names_without_version,
    pinned_in_javascript,
    pinned_in_python,
)
from gates.core.patterns import lazy
from gates.shell.command import Word
from gates.shell.programs import Arguments, options

_FETCHING: Final = {"yarn": ("dlx",), "yarnpkg": ("dlx",), "pnpm": ("dlx",), "npm": ("create", "init", "innit"), "bun": ("create",)}
_LOCAL_FIRST: Final = {"npm": ("exec", "x"), "bun": ("x",)}
_PACKAGE_MANAGERS: Final = frozenset(("npm", "yarn", "yarnpkg", "pnpm", "bun"))
_RESOLVING: Final = frozenset(("install", "i", "ci", "add", "clean-install", "link"))
_LATEST = lazy(r"@?[^@]+@(?:latest|next|canary|beta)")
_PYTHON_VERSION = lazy(r"[A-Za-z0-9_.-]+(?:\[[^\]]*\])?@(?!latest$).+")
_MOVING = ("latest", "main", "master", "HEAD", "head", "upgrade", "")
_NPX_VALUES: Final = NPM_VALUES | {"-p", "--package", "-c", "--call", "--node-arg", "-n"}
_PIPX_VALUES: Final = PIP_VALUES | {"--spec", "--with"}


def has_own_packages(plan: Plan) -> bool:
    """Whether something in the file installs the packages of a project, of which npx takes what it finds there."""
    for run in plan.runs:
        for act in run.acts:
            if act.program in _PACKAGE_MANAGERS:
                verb = next((word.text for word in act.arguments if not word.text.startswith("-")), "install")
                if verb in _RESOLVING and not {"-g", "--global"} & {word.text for word in act.arguments}:
                    return True
    copied = (source for _, step in steps(plan.dockerfile) if step.instruction.keyword in ("COPY", "ADD") for source in sources_of(step)[0])
    return any("node_modules" in source for source in copied) or any(
        "node_modules" in part for run in plan.runs for flag in run.instruction.flags for part in values.fields(flag.value) or ()
    )


def ran(run: Run, act: Act, own_packages: bool) -> Wanted | None:
    program, words = act.program, act.arguments
    verb = next((word.text for word in words if not word.text.startswith("-")), "")
    if program in ("npx", "pnpx", "bunx"):
        return _javascript(run, words, 0, own_packages, f"{program} ")
    if verb in _FETCHING.get(program, ()):
        return _javascript(run, words, 1, False, f"{program} {verb} ")
    if verb in _LOCAL_FIRST.get(program, ()):
        return _javascript(run, words, 1, own_packages, f"{program} {verb} ")
    if program == "uvx":
        return _python(run, words, 0, "uvx ")
    if program == "uv" and [word.text for word in words if not word.text.startswith("-")][:2] == ["tool", "run"]:
        return _python(run, words, 2, "uv tool run ")
    if program == "pipx" and verb == "run":
        return _python(run, words, 1, "pipx run ")
    if program == "uv" and verb == "run":
        return _added(run, options(words, PIP_VALUES, permute=False), words)
    if program == "go" and verb == "run":
        return _go(run, words)
    return None


def _javascript(run: Run, words: Sequence[Word], skipped: int, own_packages: bool, how: str) -> Wanted | None:
    given = options(_without(words, skipped), _NPX_VALUES, permute=False)
    if given.option("--no-install", "--no", "--offline", "--version", "-v", "--help", "-h", "--bun"):
        return None
    named = [each.value for each in given.options if each.name in ("-p", "--package") and each.value is not None]
    wanted = named or list(given.operands[:1])
    if own_packages:
        wanted = [word for word in wanted if _LATEST.fullmatch(run.known(word))]
    unpinned, unknown = names_without_version(run, wanted, pinned_in_javascript)
    return Wanted(unpinned, unknown, f"RUN {how}{_bare(unpinned)}@<version>")


def _without(words: Sequence[Word], number: int) -> list[Word]:
    """Without the first so many words that are no options."""
    left: list[Word] = []
    for word in words:
        if number and not word.text.startswith("-"):
            number -= 1
        else:
            left.append(word)
    return left


def _bare(names: Sequence[str]) -> str:
    first = names[0] if names else "name"
    return first[0] + first[1:].partition("@")[0]


def _python(run: Run, words: Sequence[Word], skipped: int, how: str) -> Wanted | None:
    given = options(_without(words, skipped), _PIPX_VALUES | {"--from"}, permute=False)
    if given.option("--version", "--help", "-h", "--offline", "--no-index", "--constraints", "-c"):
        return None
    source = given.option("--from", "--spec")
    wanted = [source.value] if source and source.value else list(given.operands[:1])
    wanted += [each.value for each in given.options if each.name == "--with" and each.value is not None]
    unpinned, unknown = names_without_version(run, wanted, _pinned)
    return Wanted(
        unpinned, unknown, f"RUN {how}{_bare(unpinned)}@<version>" if how[0] == "u" else "RUN pipx run --spec <name>==<version> …"
    )


def _pinned(text: str) -> bool:
    if text.startswith("git+") or "==" in text:
        return pinned_in_python(text)
    return bool(_PYTHON_VERSION.fullmatch(text)) or ("@" not in text and pinned_in_python(text))


def _added(run: Run, given: Arguments, words: Sequence[Word]) -> Wanted | None:
    """`uv run --with`, whose options stand before the command."""
    if not given.operands or given.option("--offline", "--no-index"):
        return None
    wanted = [each.value for each in options(_without(words, 1), PIP_VALUES, permute=False).options if each.name == "--with" and each.value]
    unpinned, unknown = names_without_version(run, wanted, pinned_in_python)
    return Wanted(unpinned, unknown, f"RUN uv run --with {_bare(unpinned)}==<version> …") if wanted else None


def _go(run: Run, words: Sequence[Word]) -> Wanted | None:
    named = next((run.known(word) for word in words if "@" in word.text and not word.text.startswith("-")), "")
    path, at, version = named.partition("@")
    if not at or version not in _MOVING or "." not in path.partition("/")[0]:
        return None
    return Wanted([named], (), f"RUN go run {path}@v<version>")
