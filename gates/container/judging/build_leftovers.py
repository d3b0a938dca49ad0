"""Rules on what is left in an image that only the build needed, and on what a delivered image should have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from gates.container.defect import Defect
from gates.container.dockerfile.instruction import Stage
from gates.container.judging.around import Around
from gates.container.judging.build_files import packages, verb
from gates.container.judging.build_steps import Act, Plan, Run, base_name, is_windows, listed, told, told_of
from gates.container.judging.build_users import runs_something, start_of
from gates.container.judging.users import base_of
from gates.container.rules import build as rules
from gates.container.rules import build_contents, runtime
from gates.container.spec import RuntimeSpec
from gates.core.patterns import lazy

_APT: Final = frozenset(("apt-get", "apt", "aptitude"))
_RPM: Final = frozenset(("yum", "dnf", "microdnf", "dnf5", "tdnf"))
_ALL_INSTALLERS: Final = frozenset((*_APT, *_RPM, "apk", "zypper", "pacman"))
_PIP = lazy(r"pip(?:[0-9][0-9.]*)?")
_PYTHON = lazy(r"(?:python|pypy)(?:[0-9][0-9.]*)?")
_TOOLS: Final = frozenset(
    (
        *("build-essential", "gcc", "g++", "clang", "llvm", "make", "cmake", "autoconf", "automake", "libtool", "ninja-build", "ninja"),
        *("build-base", "musl-dev", "libc-dev", "libc6-dev", "linux-headers", "kernel-headers", "kernel-devel", "gcc-c++", "pkg-config"),
        *(
            "pkgconf",
            "pkgconfig",
            "python3-dev",
            "python-dev",
            "python3-devel",
            "gfortran",
            "bison",
            "flex",
            "golang",
            "golang-go",
            "rustc",
        ),
        *("cargo", "maven", "gradle", "default-jdk", "openjdk-8-jdk", "openjdk-11-jdk", "openjdk-17-jdk", "openjdk-21-jdk", "node-gyp"),
        *("git", "subversion", "mercurial", "curl", "wget", "python3-pip", "py3-pip", "pip", "npm", "unzip", "gdb", "strace"),
        *("@development-tools", "base-devel", "patch", "dpkg-dev", "devscripts"),
    )
)
_TOOL_IMAGES: Final = frozenset(("golang", "rust", "maven", "gradle", "gcc", "swift", "haskell", "buildpack-deps", "sbt", "clojure"))
_UV_VERBS: Final = frozenset(("sync", "pip", "add", "tool", "run"))


def judge(plan: Plan, around: Around) -> Iterator[Defect]:
    for run in plan.kept_runs():
        yield from _caches(plan, run)
    for stage in plan.delivered:
        if is_windows(plan.dockerfile, stage) or not runs_something(plan.dockerfile, stage):
            continue
        own = [spec for spec in around.started if spec.build and plan.dockerfile.stage(spec.build.target) == stage]
        yield from _tools(plan, stage)
        yield from _health(plan, stage, own)
        yield from _bytecode(plan, stage, own)


# caches


def _caches(plan: Plan, run: Run) -> Iterator[Defect]:
    for key, act, what, remedy in (*_system(run), *_python(run)):
        yield told_of(plan.dockerfile, run, act, rules.PACKAGE_CACHE, what, key, remedy=remedy)


def _system(run: Run) -> Iterator[tuple[str, Act, str, str]]:
    updated = next((act for act in run.acts if act.program in _APT and _says(act, "update")), None)
    if updated and not (run.caches("/var/lib/apt") or _removes(run, "/var/lib/apt") or _any_says(run, _APT, "distclean", "dist-clean")):
        what = f"{updated.program} update leaves its lists of packages in the image"
        yield "apt", updated, what, "rm -rf /var/lib/apt/lists/* at the end of the same RUN"
    added = next((act for act in run.acts if act.program == "apk" and _says(act, "add", "upgrade")), None)
    without = added and not any(word.text == "--no-cache" for word in added.arguments)
    if added and without and not (run.caches("/var/cache/apk", "/etc/apk/cache") or _removes(run, "/var/cache/apk", "/var/cache")):
        yield "apk", added, "apk add without --no-cache leaves its index in the image", "apk add --no-cache …"
    for names, folder, clean in (
        (_RPM, ("/var/cache/yum", "/var/cache/dnf", "/var/cache/"), ("clean",)),
        (frozenset(("zypper",)), ("/var/cache/zypp",), ("clean", "cc")),
    ):
        got = next(
            (act for act in run.acts if act.program in names and _says(act, "install", "in", "update", "upgrade", "groupinstall")), None
        )
        if got and not (run.caches(*folder) or _removes(run, *folder) or _any_says(run, names, *clean)):
            yield (
                got.program,
                got,
                f"{got.program} leaves what it fetched in the image",
                f"{got.program} clean all at the end of the same RUN",
            )


def _python(run: Run) -> Iterator[tuple[str, Act, str, str]]:
    for act in run.acts:
        program, words = act.program, [run.known(word) for word in act.arguments]
        if _PYTHON.fullmatch(program) and words[:2] == ["-m", "pip"]:
            program, words = "pip", words[2:]
        if _PIP.fullmatch(program) and "install" in words[:3]:
            kept = "--no-cache-dir" not in words and run.variable("PIP_NO_CACHE_DIR").lower() in ("", "0", "false", "off", "no")
            if kept and not (run.caches(".cache/pip", "/.cache", "pip") or _removes(run, ".cache") or _purges(run)):
                yield "pip", act, "pip install without --no-cache-dir leaves what it fetched in the image", "pip install --no-cache-dir …"
                return
        elif program == "uv" and words[:1] and words[0] in _UV_VERBS and words[:2] not in (["pip", "list"], ["pip", "compile"]):
            kept = not {"--no-cache", "-n", "--no-cache-dir"} & set(words) and run.variable("UV_NO_CACHE").lower() in ("", "0", "false")
            if kept and not (run.caches("uv", "/.cache") or _removes(run, ".cache", "uv") or _uv_cleans(run)):
                yield "uv", act, f"uv {words[0]} leaves what it fetched in the image", "RUN --mount=type=cache,target=/root/.cache/uv uv …"
                return
    conda = next(
        (act for act in run.acts if act.program in ("conda", "mamba", "micromamba") and _says(act, "install", "create", "update")), None
    )
    if conda and not (
        run.caches("/pkgs") or _removes(run, "/pkgs") or _any_says(run, frozenset(("conda", "mamba", "micromamba")), "clean")
    ):
        yield "conda", conda, f"{conda.program} leaves what it fetched in the image", f"{conda.program} clean --all --yes in the same RUN"


def _says(act: Act, *verbs: str) -> bool:
    return any(word.text in verbs for word in act.arguments)


def _any_says(run: Run, programs: frozenset[str], *verbs: str) -> bool:
    return any(act.program in programs and _says(act, *verbs) for act in run.acts)


def _removes(run: Run, *folders: str) -> bool:
    return any(
        act.program in ("rm", "find") and any(folder in run.known(word) for word in act.arguments for folder in folders) for act in run.acts
    )


def _purges(run: Run) -> bool:
    return any(_says(act, "cache") and _says(act, "purge") for act in run.acts)


def _uv_cleans(run: Run) -> bool:
    return any(act.program == "uv" and _says(act, "cache") and _says(act, "clean", "prune") for act in run.acts)


# what is delivered


def _tools(plan: Plan, stage: Stage) -> Iterator[Defect]:
    numbers = {each.number for each in plan.dockerfile.ancestry(stage)}
    remedy = "FROM … AS build\nRUN …\nFROM …\nCOPY --from=build … …"
    for run in (each for each in plan.runs if each.stage.number in numbers):
        removed = [
            name
            for act in run.acts
            if act.program in _ALL_INSTALLERS and verb(act) in ("remove", "purge", "del", "erase", "autoremove")
            for name in _named(run, act)
        ]
        for act in run.acts:
            if act.program not in _ALL_INSTALLERS or verb(act) not in ("install", "add", "in", "-S", "-Sy", "-Syu"):
                continue
            if any(word in removed for word in _virtual(act)):
                continue
            left = sorted((_TOOLS & packages(run, act)) - set(removed))
            if left:
                what = f"{act.program} installs {listed(left)}, which only a build needs, into an image that is delivered"
                yield told_of(plan.dockerfile, run, act, rules.BUILD_TOOLS_IN_FINAL, what, " ".join(left)[:80], remedy=remedy)
    named = base_of(plan.dockerfile, stage)
    root = plan.dockerfile.ancestry(stage)[-1]
    if named is not None and named.official in _TOOL_IMAGES:
        what = f"it is delivered with the whole of {base_name(root)}, which only a build needs"
        yield told(plan.dockerfile, stage, rules.BUILD_TOOLS_IN_FINAL, what, root.line, f"FROM {named.official}", remedy=remedy)


def _virtual(act: Act) -> list[str]:
    """The name under which apk can remove at once what it adds."""
    words = [word.text for word in act.arguments]
    found = [after for word, after in pairwise(words) if word in ("-t", "--virtual")]
    return found + [word.partition("=")[2] for word in words if word.startswith("--virtual=")]


def _named(run: Run, act: Act) -> Sequence[str]:
    return " ".join(run.known(word) for word in act.arguments).split()


def _health(plan: Plan, stage: Stage, started: Sequence[RuntimeSpec]) -> Iterator[Defect]:
    if started and all((spec.healthcheck is not None and spec.healthcheck.value) or spec.short_lived for spec in started):
        return
    for each in plan.dockerfile.ancestry(stage):
        for step in reversed(each.steps):
            if step.instruction.keyword == "HEALTHCHECK":
                if step.instruction.value.strip().upper() == "NONE":
                    what = "HEALTHCHECK NONE switches the check off, so that nobody sees when the program hangs"
                    yield told(plan.dockerfile, stage, runtime.HEALTHCHECK_MISSING, what, step.instruction.line)
                return
    start = start_of(plan.dockerfile, stage)
    if start.entrypoint or start.command:
        what = "names no HEALTHCHECK, so that nobody sees when the program hangs"
        remedy = 'HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen(\'http://127.0.0.1:8000/health\', timeout=3)"]'
        yield told(plan.dockerfile, stage, runtime.HEALTHCHECK_MISSING, what, stage.line, remedy=remedy)


def _bytecode(plan: Plan, stage: Stage, started: Sequence[RuntimeSpec]) -> Iterator[Defect]:
    read_only = next((spec for spec in started if spec.read_only is not None and spec.read_only.value), None)
    if read_only is None or not _is_python(plan, stage):
        return
    known = {name for each in plan.dockerfile.ancestry(stage) for step in each.steps for name in step.variables}
    known |= {variable.name for variable in read_only.environment}
    last = stage.steps[-1] if stage.steps else None
    if last is not None and last.instruction.keyword == "ENV":
        known.add(last.instruction.value)
    start = start_of(plan.dockerfile, stage)
    words = [word for step in start if step for word in (step.instruction.words or step.instruction.value.split())]
    if any("PYTHONDONTWRITEBYTECODE" in name or "PYTHONPYCACHEPREFIX" in name for name in known) or "-B" in words:
        return
    what = f"Python would write byte-code, and {read_only.name} is started with a read-only root"
    yield told(plan.dockerfile, stage, build_contents.BYTECODE_ON_READ_ONLY, what, stage.line, remedy="ENV PYTHONDONTWRITEBYTECODE=1")


def _is_python(plan: Plan, stage: Stage) -> bool:
    named = base_of(plan.dockerfile, stage)
    if named is not None and (named.official in ("python", "pypy") or "python" in named.repository):
        return True
    start = start_of(plan.dockerfile, stage)
    programs = ("python", "python3", "uvicorn", "gunicorn", "celery", "flask", "uv")
    return any(step is not None and (step.instruction.words or step.instruction.value.split() or ("",))[0] in programs for step in start)
