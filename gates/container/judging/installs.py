"""What package managers are asked to install: whether it has a version, and whether the lock file is kept to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from gates.container.judging.build_steps import Act, Run, spaced
from gates.core.patterns import lazy
from gates.shell.command import Word
from gates.shell.programs import Arguments, options


class Wanted(NamedTuple):
    """What a command installs, and what of it has no version; `open` is what depends on a variable. `locked` False: it may leave what the
    lock file says, and `instead` is the command that may not.
    """

    unpinned: Sequence[str] = ()
    open: Sequence[str] = ()
    fix: str = ""
    locked: bool = True
    instead: str = ""
    why: str = ""


Reader = Callable[[Run, Sequence[Word]], Wanted | None]

PIP_VALUES: Final = spaced(
    "-r --requirement -c --constraint -e --editable -t --target -d --dest -i --index-url --extra-index-url --index --default-index -f"
    " --find-links --trusted-host --prefix --root --src --platform --python-version --implementation --abi --no-binary --only-binary"
    " --progress-bar --global-option --install-option --config-settings -C --cache-dir --log --proxy --retries --timeout --exists-action"
    " --cert --client-cert --python -p -b --build --upgrade-strategy --report --use-feature --use-deprecated --group --extra --prerelease"
    " --resolution --exclude-newer --index-strategy --keyring-provider --link-mode --no-build-package --no-binary-package --directory"
    " --project --config-file --allow-insecure-host --override --overrides --build-constraint --with --with-requirements --pip-args"
)
NPM_VALUES: Final = spaced(
    "--prefix --registry --cache -w --workspace --loglevel --omit --include --userconfig --globalconfig --fetch-retries --fetch-timeout"
    " --network-timeout --cwd -C --dir --filter -F --store-dir --modules-folder --cache-folder --network-concurrency --mutex --maxsockets"
    " --audit-level --script-shell --tag --virtual-store-dir --global-dir --global-folder --reporter --fetch-retry-maxtimeout"
    " --fetch-retry-mintimeout --backend --registry"
)
NPM_INSTALL: Final = spaced("install i in ins inst insta instal isnt isnta isntal isntall add")
_CONDA_VALUES: Final = spaced("-c --channel -n --name -p --prefix -f --file --solver -r --root-prefix")
_CARGO_VALUES: Final = spaced(
    "--version --vers --git --branch --tag --rev --path --root --index --registry --features -F --target --target-dir --profile -j --jobs"
    " --bin --example --color --config -Z --message-format"
)
_GEM_VALUES: Final = spaced(
    "-v --version -i --install-dir -n --bindir -s --source -P --trust-policy -p --http-proxy -g --file --platform --build-root"
)
_LOCAL = lazy(r"\.{1,2}(?:[/\[].*)?|.*[/\\].*|.*\.(?:whl|tgz|gz|zip|bz2|gem|phar)(?:\[.*\])?|file:.*")
_URL = lazy(r"(?:git\+)?[A-Za-z][A-Za-z0-9+.-]*://.*")
_GIT_AT = lazy(r"git\+[^/]*//[^/]*/[^@]*@(?!(?:main|master|HEAD|head|develop|dev|trunk)\Z)[^@]+\Z")
_ANY_OF_A_RELEASE = lazy(r"[^;]*==[^,;]*\*.*")
_ALL_DYNAMIC = lazy(r"(?:\$\{?[A-Za-z_@*0-9][^}]*\}?|\$\(.*\)|`.*`|[\s\"'])+")
_SEMVER_LIKE = lazy(r"(?!.*\.[xX*])[=v\s]*[0-9][0-9A-Za-z.+_-]*")
_RANGE = lazy(r"\s*[~^<>*]")
_PIP = lazy(r"pip(?:[0-9][0-9.]*)?")
_PYTHON = lazy(r"(?:python|pypy)(?:[0-9][0-9.]*)?")
_PYTHON_PATH = lazy(r"[A-Za-z0-9_.-]+(?:\[[^\]]*\])?")


def wanted(run: Run, act: Act) -> Wanted | None:
    """None where the command installs nothing that is known here."""
    program, arguments = _module(act)
    if _PIP.fullmatch(program):
        return _pip(run, arguments)
    reader = _READERS.get(program)
    return reader(run, arguments) if reader else None


def _module(act: Act) -> tuple[str, Sequence[Word]]:
    """With what `python -m` runs in its place."""
    program, arguments = act.program, act.arguments
    if _PYTHON.fullmatch(program) and len(arguments) > 1 and arguments[0].text == "-m":
        return arguments[1].text, arguments[2:]
    return program, arguments


def pip_words(act: Act) -> Sequence[Word] | None:
    """What pip, or `uv pip`, is told; None where it is another program."""
    program, arguments = _module(act)
    return arguments if _PIP.fullmatch(program) or program == "uv" else None


def names_without_version(run: Run, words: Sequence[Word], pinned: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    """Those without a version, and those that a variable tells."""
    unpinned, unknown = [], []
    for word in words:
        text = run.known(word)
        if not text.strip() or pinned(text):
            continue
        if word.dynamic and run.text(word) is None and _ALL_DYNAMIC.fullmatch(text):
            unknown.append(text)
        else:
            unpinned.append(text)
    return unpinned, unknown


# Python


def _pip(run: Run, words: Sequence[Word], fix: str = "pip install") -> Wanted | None:
    given = options(words, PIP_VALUES)
    if not given.operands or given.operands[0].text != "install":
        return None
    return _python_packages(run, given, given.operands[1:], fix)


def _python_packages(run: Run, given: Arguments, words: Sequence[Word], fix: str) -> Wanted:
    bounded = given.option("-c", "--constraint", "--require-hashes", "--no-index", "--exclude-newer", "--offline")
    if bounded or run.variable("PIP_CONSTRAINT") or run.variable("UV_CONSTRAINT") or run.variable("PIP_NO_INDEX"):
        return Wanted()
    unpinned, unknown = names_without_version(run, words, pinned_in_python)
    first = next((name for name in unpinned if _PYTHON_PATH.fullmatch(name)), "name")
    return Wanted(unpinned, unknown, f"RUN {fix} {first}==<version>")


def pinned_in_python(text: str) -> bool:
    if text.startswith("git+"):
        return _GIT_AT.match(text.partition("#")[0]) is not None
    if _ANY_OF_A_RELEASE.fullmatch(text):
        return False
    return "==" in text or "@" in text or bool(_URL.fullmatch(text)) or bool(_LOCAL.fullmatch(text))


def _uv(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, PIP_VALUES | {"--package", "--from"})
    verbs = [word.text for word in given.operands]
    if verbs[:2] == ["pip", "install"]:
        return _python_packages(run, given, given.operands[2:], "uv pip install")
    if verbs[:2] == ["tool", "install"]:
        return _python_packages(run, given, given.operands[2:3], "uv tool install")
    if verbs[:1] == ["add"]:
        return _python_packages(run, given, given.operands[1:], "uv add")
    if verbs[:1] == ["sync"]:
        locked = bool(given.option("--frozen", "--locked")) or _on(run, "UV_FROZEN", "UV_LOCKED")
        return Wanted(locked=locked, instead="uv sync --frozen", why="resolves anew where uv.lock is missing or does not fit")
    return None


def _on(run: Run, *names: str) -> bool:
    return any(run.variable(name).lower() not in ("", "0", "false", "no", "off") for name in names)


def _pipx(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, PIP_VALUES)
    if [word.text for word in given.operands[:1]] not in (["install"], ["inject"]):
        return None
    return _python_packages(run, given, given.operands[1:], "pipx install")


def _pipenv(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, PIP_VALUES)
    verbs = [word.text for word in given.operands]
    if verbs != ["install"]:
        return None
    locked = bool(given.option("--deploy", "--ignore-pipfile")) or _on(run, "PIPENV_IGNORE_PIPFILE")
    return Wanted(locked=locked, instead="pipenv install --deploy", why="resolves anew where Pipfile.lock does not fit")


def _poetry(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, PIP_VALUES | {"-G", "--source"})
    if [word.text for word in given.operands[:1]] != ["add"]:
        return _updating("poetry install", "update", "lock")(run, words)
    unpinned, unknown = names_without_version(run, given.operands[1:], lambda text: "@latest" not in text and pinned_in_python(text))
    return Wanted(unpinned, unknown, "RUN poetry add <name>==<version>")


def _easy_install(run: Run, words: Sequence[Word]) -> Wanted | None:
    return _python_packages(run, options(words, PIP_VALUES), options(words, PIP_VALUES).operands, "pip install")


def _updating(command: str, *verbs: str) -> Reader:
    """For tools that keep to their lock file unless they are told to update."""

    def read(run: Run, words: Sequence[Word]) -> Wanted | None:
        given = [word.text for word in words if not word.text.startswith("-")]
        if given[:1] and given[0] in verbs:
            return Wanted(locked=False, instead=command, why="resolves anew, whatever the lock file says")
        return None

    return read


def _conda(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, _CONDA_VALUES)
    if [word.text for word in given.operands[:1]] != ["install"]:
        return None
    unpinned, unknown = names_without_version(
        run, given.operands[1:], lambda text: "=" in text or bool(_LOCAL.fullmatch(text)) or "[" in text
    )
    return Wanted(unpinned, unknown, "RUN conda install <name>=<version>")


# JavaScript


def _npm(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, NPM_VALUES)
    if not given.operands or given.operands[0].text not in NPM_INSTALL:
        return None
    packages = [word for word in given.operands[1:] if word.text not in ("true", "false")]
    if not packages:
        if given.option("-g", "--global"):
            return None
        return Wanted(locked=False, instead="npm ci", why="rewrites package-lock.json where it does not fit")
    unpinned, unknown = names_without_version(run, packages, pinned_in_javascript)
    return Wanted(unpinned, unknown, f"RUN npm install -g {_bare(unpinned)}@<version>")


def _bare(names: Sequence[str]) -> str:
    first = names[0] if names else "name"
    name, _, _ = first[1:].partition("@")
    return first[0] + name


def pinned_in_javascript(text: str) -> bool:
    if text.startswith("git+"):
        return "#" in text
    if text.startswith((".", "/", "file:", "npm:")) or _URL.fullmatch(text) or text.endswith((".tgz", ".tar.gz")):
        return True
    if text.startswith(("github:", "gitlab:", "git@")) or ("/" in text and not text.startswith("@")):
        return "#" in text
    name, _, version = text.rpartition("@")
    return bool(name) and (bool(_SEMVER_LIKE.fullmatch(version)) or "$" in version)


def _yarn(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, NPM_VALUES)
    verbs = [word.text for word in given.operands]
    if verbs[:2] == ["global", "add"] or verbs[:1] == ["add"]:
        packages = given.operands[2 if verbs[0] == "global" else 1 :]
        unpinned, unknown = names_without_version(run, packages, pinned_in_javascript)
        return Wanted(unpinned, unknown, f"RUN yarn global add {_bare(unpinned)}@<version>")
    if verbs not in ([], ["install"]) or given.option("-v", "--version", "-h", "--help", "--immutable", "--frozen-lockfile"):
        return None
    if _on(run, "YARN_ENABLE_IMMUTABLE_INSTALLS"):
        return None
    instead = "yarn install --frozen-lockfile (--immutable from Yarn 2 on)"
    return Wanted(locked=False, instead=instead, why="rewrites yarn.lock where it does not fit")


def _pnpm(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, NPM_VALUES)
    verbs = [word.text for word in given.operands]
    if verbs[:1] == ["add"] or (verbs[:1] and verbs[0] in ("install", "i") and len(verbs) > 1):
        unpinned, unknown = names_without_version(run, given.operands[1:], pinned_in_javascript)
        return Wanted(unpinned, unknown, f"RUN pnpm add -g {_bare(unpinned)}@<version>")
    if verbs not in (["install"], ["i"]) or _on(run, "CI") or given.option("--frozen-lockfile", "--offline", "-g", "--global"):
        return None  # where CI is set it is frozen by itself
    return Wanted(locked=False, instead="pnpm install --frozen-lockfile", why="rewrites pnpm-lock.yaml where it does not fit")


def _bun(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, NPM_VALUES)
    verbs = [word.text for word in given.operands]
    if verbs[:1] == ["add"] or (verbs[:1] and verbs[0] in ("install", "i") and len(verbs) > 1):
        unpinned, unknown = names_without_version(run, given.operands[1:], pinned_in_javascript)
        return Wanted(unpinned, unknown, f"RUN bun add -g {_bare(unpinned)}@<version>")
    if verbs not in (["install"], ["i"]) or given.option("--frozen-lockfile", "-g", "--global"):
        return None
    return Wanted(locked=False, instead="bun install --frozen-lockfile", why="rewrites bun.lock where it does not fit")


def _corepack(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, frozenset())
    if [word.text for word in given.operands[:1]] not in (["prepare"], ["use"], ["install"]):
        return None
    unpinned, unknown = names_without_version(run, given.operands[1:], pinned_in_javascript)
    return Wanted(unpinned, unknown, f"RUN corepack prepare {_bare(unpinned)}@<version> --activate")


# others


def _go(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, spaced("-C -mod -modfile -o -p -tags -ldflags -gcflags -asmflags -overlay"), permute=False)
    verb = given.operands[0].text if given.operands else ""
    if verb not in ("install", "get"):
        return None
    packages = [word for word in given.operands[1:] if not word.text.startswith("-")]

    def pinned(text: str) -> bool:
        path, at, version = text.partition("@")
        if at:
            return version not in ("latest", "upgrade", "patch", "master", "main", "HEAD", "head", "")
        # without @ the version is go.mod's for install; get takes the newest where that has none
        return verb == "install" or "." not in path.partition("/")[0] or path.startswith(".") or "=" in path

    unpinned, unknown = names_without_version(run, packages, pinned)
    first = unpinned[0].partition("@")[0] if unpinned else "name"
    return Wanted(unpinned, unknown, f"RUN go install {first}@v<version>")


def _cargo(run: Run, words: Sequence[Word]) -> Wanted | None:
    words = words[1:] if words and words[0].text.startswith("+") else words
    given = options(words, _CARGO_VALUES)
    verbs = [word.text for word in given.operands]
    if verbs[:1] not in (["install"], ["binstall"]):
        return None
    locked = bool(given.option("--locked", "--frozen")) or verbs[0] == "binstall"
    why = "ignores the Cargo.lock that the program was released with"
    if given.option("--path"):
        return Wanted(locked=locked, instead="cargo install --locked --path …", why="ignores Cargo.lock")
    if given.option("--git"):
        pinned = given.option("--rev", "--tag")
        return Wanted([] if pinned else ["from the newest commit"], (), "RUN cargo install --locked --git … --rev <commit>")
    version = given.option("--version", "--vers")
    if version and version.value and _RANGE.match(run.known(version.value)):
        version = None
    unpinned, unknown = names_without_version(run, given.operands[1:], lambda text: version is not None or "@" in text)
    fix = f"RUN cargo {verbs[0]} --locked {unpinned[0] if unpinned else 'name'}@<version>"
    return Wanted(unpinned, unknown, fix, locked or len(verbs) < 2, "cargo install --locked …", why)


def _gem(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, _GEM_VALUES)
    if [word.text for word in given.operands[:1]] not in (["install"], ["i"]):
        return None
    if given.option("-v", "--version", "-g", "--file"):
        return None
    unpinned, unknown = names_without_version(run, given.operands[1:], lambda text: ":" in text or bool(_LOCAL.fullmatch(text)))
    return Wanted(unpinned, unknown, f"RUN gem install {unpinned[0] if unpinned else 'name'}:<version>")


def _dotnet(run: Run, words: Sequence[Word]) -> Wanted | None:
    values = spaced("--version --tool-path --add-source --source --configfile --framework -v --verbosity --arch -a")
    given = options(words, values)
    verbs = [word.text for word in given.operands]
    if verbs[:2] != ["tool", "install"] or given.option("--version"):
        return None
    unpinned, unknown = names_without_version(run, given.operands[2:], lambda text: "@" in text)
    return Wanted(unpinned, unknown, f"RUN dotnet tool install --version <version> {unpinned[0] if unpinned else 'name'}")


def _composer(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, frozenset({"-d", "--working-dir"}))
    verbs = [word.text for word in given.operands]
    if verbs[:1] == ["update"]:
        return Wanted(locked=False, instead="composer install", why="resolves anew, whatever composer.lock says")
    if verbs[:2] == ["global", "require"] or verbs[:1] == ["require"]:
        packages = given.operands[2 if verbs[0] == "global" else 1 :]
        unpinned, unknown = names_without_version(run, packages, lambda text: ":" in text or "=" in text or "/" not in text)
        return Wanted(unpinned, unknown, f"RUN composer global require {unpinned[0] if unpinned else 'name'}:<version>")
    return None


def _pecl(run: Run, words: Sequence[Word]) -> Wanted | None:
    given = options(words, frozenset({"-D"}))
    if [word.text for word in given.operands[:1]] != ["install"]:
        return None
    unpinned, unknown = names_without_version(
        run, given.operands[1:], lambda text: "-" in text or bool(_LOCAL.fullmatch(text)) or bool(_URL.fullmatch(text))
    )
    return Wanted(unpinned, unknown, f"RUN pecl install {unpinned[0] if unpinned else 'name'}-<version>")


_READERS: Final[Mapping[str, Reader]] = {
    "uv": _uv,
    "pipx": _pipx,
    "pipenv": _pipenv,
    "poetry": _poetry,
    "easy_install": _easy_install,
    "conda": _conda,
    "mamba": _conda,
    "micromamba": _conda,
    "npm": _npm,
    "yarn": _yarn,
    "yarnpkg": _yarn,
    "pnpm": _pnpm,
    "bun": _bun,
    "corepack": _corepack,
    "go": _go,
    "cargo": _cargo,
    "gem": _gem,
    "bundle": _updating("bundle install", "update"),
    "dotnet": _dotnet,
    "composer": _composer,
    "pecl": _pecl,
}
