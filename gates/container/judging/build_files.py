"""Rules on the rights of files in an image, those that its entrypoint sets too, and on sudo."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gates.container.defect import Defect
from gates.container.dockerfile.expansion import expansion
from gates.container.dockerfile.instruction import Stage
from gates.container.image_files import Source, sources_of
from gates.container.judging.build_steps import Act, Plan, Run, acting, steps, told
from gates.container.judging.modes import gives_world_write, is_mode, lets_others_read, masks_nothing, masks_others
from gates.container.judging.secret_files import is_secret_path
from gates.container.quoting import key_of, shown
from gates.container.rules import build_contents as rules
from gates.container.rules.levels import Levelled
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.shell.command import Word
from gates.shell.parsing import read
from gates.shell.programs import options, unfolded

_PATHS_OF_DEVICES: Final = ("/dev/", "/proc/", "/sys/")
_SECRET_FOLDERS: Final = frozenset((".ssh", ".gnupg", ".aws", ".azure", ".kube", ".claude", ".codex", ".gemini", ".docker", ".cursor"))
_WRITERS: Final = frozenset(("echo", "printf", "cat", "tee", "envsubst", "jq", "base64", "cp", ""))
_INSTALLERS: Final = frozenset(
    ("apt-get", "apt", "aptitude", "apk", "yum", "dnf", "microdnf", "dnf5", "tdnf", "zypper", "pacman", "install_packages")
)
_INSTALLS: Final = frozenset(("install", "add", "in", "-S", "-Sy", "-Syu", "-Syyu"))
_REMOVES: Final = frozenset(("remove", "purge", "autoremove", "del", "erase", "rm"))
_SUDO: Final = frozenset(("sudo", "doas", "sudo-rs", "opendoas"))
_CREDENTIAL = lazy(r"(?i)token|_auth|password|passwd|secret|credential|api_?key|private")
_LOOP = lazy(r"\bfor[ \t]+([A-Za-z_][A-Za-z0-9_]*)[ \t]+in[ \t]+([^;\n\\`]{1,2000})")
_OF_OTHERS = lazy(r"(?:.*,)?(?:d(?:efault)?:)?o(?:ther)?::?(?:[r-]?w.*|[2367])(?:,.*)?")
_SUDOERS = lazy(r"/etc/(?:sudoers(?:\.d(?:/.*)?)?|doas\.conf)")
_GROUPS: Final = frozenset(("sudo", "wheel"))
_NO_PASSWORD = lazy(r"\bNOPASSWD\b")


class Place(NamedTuple):
    """A script of the image: a RUN's, or one that the entrypoint leads through; `run` is None there."""

    stage: Stage
    path: str
    acts: tuple[Act, ...]
    run: Run | None = None

    def text(self, word: Word) -> str:
        if self.run and word.dynamic:
            return known(self.run, word)
        return word.text


def known(run: Run, word: Word) -> str:
    """As `Run.known`, with the variables that the command sets itself before."""
    if not word.dynamic:
        return word.text
    variables: dict[str, str | None] = {**run.step.variables, **_loops(run)}
    for act in run.acts:
        if not act.command.words:
            variables |= {each.name: None if each.value.dynamic else each.value.text for each in act.command.assignments}
    found = expansion(word.text, variables, run.escape, quotes=False).text
    return word.text if found is None else found


def _loops(run: Run) -> dict[str, str | None]:
    """What `for` gives its variable, all at once."""
    texts = (run.instruction.source, *(heredoc.body for heredoc in run.instruction.heredocs))
    return {match[1]: match[2] for text in texts for match in _LOOP.finditer(text) if "$" not in match[2]}


def judge(plan: Plan, scripts: Sequence[tuple[Stage, Source]]) -> Iterator[Defect]:
    """`scripts` are those that are run when the image is started."""
    places = [Place(run.stage, plan.dockerfile.path, run.acts, run) for run in plan.kept_runs()]
    places += [Place(stage, source.path, tuple(acting(unfolded(read(source.text, source.line))))) for stage, source in scripts]
    for place in places:
        for at, act in enumerate(place.acts):
            yield from _modes(plan, place, act, place.acts[at + 1 :])
        yield from _written(plan, place)
    yield from _copied(plan)
    yield from _sudo(plan)


def _told(plan: Plan, place: Place, level: Levelled, what: str, line: int, key: str, remedy: str = "") -> Defect:
    found = told(plan.dockerfile, place.stage, level, what, line, key_of(key), remedy=remedy)
    return found._replace(location=Location(place.path, line))


# modes


def _modes(plan: Plan, place: Place, act: Act, later: Sequence[Act]) -> Iterator[Defect]:
    if act.program == "umask":
        mask = next((place.text(word) for word in act.arguments if not word.text.startswith("-")), "")
        if mask and masks_nothing(mask):
            what = f"umask {mask} makes all files that are written after it writable for everybody"
            yield _told(plan, place, rules.WORLD_WRITABLE, what, act.line, f"umask {mask}", "umask 027")
        return
    if act.program == "setfacl":
        yield from _acl(plan, place, act)
        return
    mode, paths = _mode_and_paths(place, act)
    if not mode or not is_mode(mode):
        return
    open_ = [path for path in paths if not path.startswith(_PATHS_OF_DEVICES) and not _is_removed(place, later, path)]
    if gives_world_write(mode) and open_:
        what = f"{act.program} {mode} lets every user change {shown(', '.join(open_[:3]))}"
        yield _told(plan, place, rules.WORLD_WRITABLE, what, act.line, f"{act.program} {mode} {' '.join(open_)}", _remedy(mode, open_))
    secret = [path for path in open_ if _is_secret(path)]
    if secret and lets_others_read(mode):
        what = f"{act.program} {mode} lets others than its owner into {shown(', '.join(secret[:3]))}"
        remedy = "\n".join(
            f"chmod {'700' if posixpath.basename(path.rstrip('/')) in _SECRET_FOLDERS else '600'} {path}" for path in secret[:3]
        )
        yield _told(plan, place, rules.SECRET_FILE_MODE, what, act.line, " ".join(secret), remedy)


def _acl(plan: Plan, place: Place, act: Act) -> Iterator[Defect]:
    given = options(act.arguments, frozenset({"-m", "--modify", "-x", "--remove", "-M", "-X", "--set", "--set-file", "--restore"}))
    for option in given.options:
        if option.name in ("-m", "--modify", "--set") and option.value is not None and _OF_OTHERS.fullmatch(place.text(option.value)):
            entry, paths = place.text(option.value), [place.text(word) for word in given.operands]
            what = f"setfacl {option.name} {shown(entry)} lets every user change {shown(', '.join(paths[:3]))}"
            yield _told(plan, place, rules.WORLD_WRITABLE, what, act.line, f"setfacl {entry} {' '.join(paths)}")


def _is_removed(place: Place, later: Sequence[Act], path: str) -> bool:
    taken = {
        place.text(word).rstrip("/") for act in later if act.program == "rm" for word in act.arguments if not word.text.startswith("-")
    }
    return any(name and (path.rstrip("/") == name or path.startswith(f"{name}/")) for name in taken)


def _mode_and_paths(place: Place, act: Act) -> tuple[str, list[str]]:
    if act.program == "chmod":
        # a mode may begin with a dash, as in chmod -w
        words = [word for word in act.arguments if word.text not in ("-R", "-v", "-f", "-c", "--recursive", "--verbose", "--silent", "--")]
        texts = [place.text(word) for word in words if not word.text.startswith(("--", "-R", "-v", "-f", "-c"))]
        if len(texts) == 1 and "xargs" in act.invocation.wrappers:
            texts.append("what xargs reads")
        return (texts[0], texts[1:]) if texts else ("", [])
    if act.program in ("mkdir", "install"):
        given = options(act.arguments, frozenset({"-m", "--mode", "-o", "-g", "--owner", "--group", "-t", "--target-directory", "-S"}))
        option = given.option("-m", "--mode")
        if option is not None and option.value is not None:
            operands = [place.text(word) for word in given.operands]
            return place.text(option.value), operands if act.program == "mkdir" or given.option("-d") else operands[-1:]
    return "", []


def _remedy(mode: str, paths: Sequence[str]) -> str:
    return f"chmod {'755' if mode.endswith('7') else '644'} {paths[0]}, and chown <user> {paths[0]} where a user has to write"


def _is_secret(path: str) -> bool:
    name = posixpath.basename(path.rstrip("/*"))
    return name in _SECRET_FOLDERS or is_secret_path(path)


def _copied(plan: Plan) -> Iterator[Defect]:
    for stage, step in steps(plan.dockerfile):
        written = step.instruction.flag("chmod")
        if step.instruction.keyword not in ("COPY", "ADD") or not written or stage.number not in plan.kept:
            continue
        mode = expansion(written, step.variables, plan.dockerfile.syntax.escape).text
        sources, target = sources_of(step)
        line = step.instruction.line
        if mode is None:
            what = f"cannot judge {step.instruction.keyword} --chmod={shown(written)}: it depends on a variable without a value"
            yield told(plan.dockerfile, stage, rules.WORLD_WRITABLE, what, line, key_of("chmod", written, target), resolved=False)
            continue
        if not is_mode(mode):
            continue
        if gives_world_write(mode):
            what = f"{step.instruction.keyword} --chmod={mode} lets every user change {shown(target)}"
            remedy = f"{step.instruction.keyword} --chmod={'755' if mode.endswith('7') else '644'} …"
            yield told(plan.dockerfile, stage, rules.WORLD_WRITABLE, what, line, key_of("chmod", mode, target), remedy=remedy)
        secret = [path for path in (*sources, target) if _is_secret(path)]
        if secret and lets_others_read(mode):
            what = f"{step.instruction.keyword} --chmod={mode} lets others than its owner read {shown(secret[0])}"
            remedy = f"{step.instruction.keyword} --chmod=600 …"
            yield told(plan.dockerfile, stage, rules.SECRET_FILE_MODE, what, line, key_of(secret[0]), remedy=remedy)


def _written(plan: Plan, place: Place) -> Iterator[Defect]:
    """Files of credentials that are written with the usual rights, and keep them."""
    for at, act in enumerate(place.acts):
        if act.program == "umask" and any(masks_others(place.text(word)) for word in act.arguments):
            return
        if act.program not in _WRITERS:
            continue
        for path in _targets(place, act):
            if not is_secret_path(path) or _is_settled(place, place.acts[at:], path) or _is_settled(place, place.acts[:at], path):
                continue
            if place.run is not None and place.run.caches(path):
                continue
            if not _holds_credential(place, at):
                continue
            what = f"{shown(path)} is written with the rights that all files get, so others than its owner can read it"
            yield _told(plan, place, rules.SECRET_FILE_MODE, what, act.line, path, f"umask 077, or chmod 600 {path}")


def _targets(place: Place, act: Act) -> Iterator[str]:
    for each in act.command.redirects:
        if each.operator in (">", ">>", ">|"):
            yield place.text(each.target)
    if act.program == "cp" and any(word.text.startswith("/run/secrets/") for word in act.arguments):
        yield place.text(act.arguments[-1])
    if act.program == "tee":
        yield from (place.text(word) for word in act.arguments if not word.text.startswith("-"))


def _is_settled(place: Place, acts: Sequence[Act], path: str) -> bool:
    """Whether another command gives it the right mode, or takes it away again."""
    name = posixpath.basename(path)
    for act in acts:
        if act.program in ("rm", "shred", "install", "chmod") and any(name in word.text for word in act.arguments):
            return True
        if act.program == "chmod" and any(posixpath.dirname(path).endswith(word.text.rstrip("/")) for word in act.arguments[1:]):
            return True
    return False


def _holds_credential(place: Place, at: int) -> bool:
    """Whether what is written speaks of one; settings without a credential have the same names."""
    act = place.acts[at]
    fed = [other for other in place.acts if other.command.feeds(act.command)]
    texts = [word.text for each in (act, *fed) for word in each.command.words]
    texts += [each.body or each.target.text for one in (act, *fed) for each in one.command.redirects if each.operator in ("<<", "<<<", "<")]
    return any(_CREDENTIAL.search(text) for text in texts)


# sudo


def _sudo(plan: Plan) -> Iterator[Defect]:
    installed: set[int] = set()
    for run in plan.kept_runs():
        removed = {name for act in run.acts if act.program in _INSTALLERS and verb(act) in _REMOVES for name in packages(run, act)}
        for act in run.acts:
            if act.program not in _INSTALLERS or (verb(act) not in _INSTALLS and act.program != "install_packages"):
                continue
            found = sorted((_SUDO & packages(run, act)) - removed)
            if found:
                installed.add(run.stage.number)
                what = f"{act.program} installs {found[0]}"
                yield told(plan.dockerfile, run.stage, rules.SUDO_INSTALLED, what, act.line, found[0], column=act.column)
    for run in plan.kept_runs():
        for act in run.acts:
            texts = [word.text for word in act.arguments] + [each.body for each in act.command.redirects]
            if run.stage.number not in installed and any(_NO_PASSWORD.search(text) for text in texts):
                installed.add(run.stage.number)
                what = "a rule for sudo is written that asks for no password"
                yield told(plan.dockerfile, run.stage, rules.SUDO_INSTALLED, what, act.line, "NOPASSWD", column=act.column)
            elif run.stage.number not in installed and (group := _group_of_sudo(run, act)):
                installed.add(run.stage.number)
                what = f"{act.program} puts a user into the group {group}, whose members may use sudo"
                yield told(plan.dockerfile, run.stage, rules.SUDO_INSTALLED, what, act.line, group, column=act.column)
    for stage, step in steps(plan.dockerfile):
        copies = step.instruction.keyword in ("COPY", "ADD") and stage.number in plan.kept and stage.number not in installed
        if copies and _SUDOERS.fullmatch(sources_of(step)[1].rstrip("/")):
            installed.add(stage.number)
            what = f"{step.instruction.keyword} puts a rule for sudo into the image"
            yield told(plan.dockerfile, stage, rules.SUDO_INSTALLED, what, step.instruction.line, "sudoers")


def _group_of_sudo(run: Run, act: Act) -> str:
    """`usermod -aG sudo app`, `adduser app sudo`, "" for all else."""
    words = [known(run, word) for word in act.arguments]
    if act.program in ("useradd", "usermod"):
        option = options(act.arguments, frozenset({"-G", "--groups", "-g", "--gid", "-u", "--uid", "-s", "-d", "-c"})).option(
            "-G", "--groups"
        )
        words = known(run, option.value).split(",") if option is not None and option.value is not None else []
    elif act.program in ("adduser", "addgroup", "gpasswd"):
        words = words[1:] if len([word for word in words if not word.startswith("-")]) > 1 else []
    else:
        return ""
    return next((word for word in words if word in _GROUPS), "")


def verb(act: Act) -> str:
    return next((word.text for word in act.arguments if word.text in _INSTALLS or word.text in _REMOVES), "")


def packages(run: Run, act: Act) -> set[str]:
    words = " ".join(known(run, word) for word in act.arguments).split()
    if "xargs" in act.invocation.wrappers:
        words += [name for other in run.acts if other.command.feeds(act.command) for word in other.arguments for name in word.text.split()]
        words += [name for each in act.command.redirects for name in each.body.split()]
    return {word.partition("=")[0].partition("~")[0].partition(":")[0] for word in words if not word.startswith("-")}
