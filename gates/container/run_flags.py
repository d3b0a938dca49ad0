"""The options of `docker run` as a container (https://docs.docker.com/reference/cli/docker/container/run/)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gates.container import run_mounts, run_options
from gates.container.command_words import named
from gates.container.run_options import Given, Line
from gates.container.run_values import UNKNOWN, Value, Variables, shown_text, told, value
from gates.container.setting import Setting
from gates.container.spec import Port, RuntimeSpec, Syntax, Variable
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.shell.command import Word

# what Go's strconv.ParseBool takes
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
# of SELinux: none, and the type that may do everything
_UNLABELLED: Final = frozenset({"disable", "type:spc_t"})
_NO_LIMIT = lazy(r"\s*+(?:-.*|\+?0*+(?:\.0*+)?\s*+[A-Za-z]*+\s*+)", 16)  # re.DOTALL
_PREPARING: Final = frozenset({"chown", "chmod", "chgrp", "mkdir", "install"})
_DEFAULT_PERIOD: Final = 100_000  # microseconds


def spec(
    words: Sequence[Word],
    path: str,
    *,
    name: str = "",
    syntax: Syntax = "docker-run",
    line: int = 0,
    column: int = 0,
    variables: Variables | None = None,
) -> RuntimeSpec:
    """`words` are those behind `run`. `name` is what it is called where `--name` does not tell; `line` and `column` are where it stands;
    `variables` are those of the script.

    The image is None where the words name none, as in the options of a GitHub container. Where options come from a variable, the
    others are told all the same.
    """
    known = Variables({}) if variables is None else variables
    return from_line(run_options.read(words), path, name=name, syntax=syntax, line=line, column=column, variables=known)


def from_line(line_: Line, path: str, *, name: str, syntax: Syntax, line: int, column: int, variables: Variables) -> RuntimeSpec:
    """The same of options that are told apart already."""
    flags = _Flags(line_.options, path, variables)
    security = _security(flags)
    command = [value(word, path, variables) for word in line_.operands[1:]]
    entrypoint = flags.last("entrypoint")
    called = flags.last("name")
    cap_add, cap_drop = tuple(_capabilities(flags, "cap-add")), tuple(_capabilities(flags, "cap-drop"))
    place = Location(path, line, column)
    return RuntimeSpec(
        syntax,
        called.text if called and called.known and called.text else name,
        place,
        image=_image(line_, flags, place),
        user=_filled(flags.last("user")),
        privileged=flags.switch("privileged"),
        read_only=flags.switch("read-only"),
        cap_add=cap_add,
        cap_drop=cap_drop,
        no_new_privileges=security.no_new_privileges,
        seccomp=security.seccomp,
        apparmor=security.apparmor,
        labels_off=security.labels_off,
        unmasked=security.unmasked,
        mounts=tuple(mount for option in flags.options for mount in run_mounts.mounts(option.name, flags.value(option))),
        api_socket=flags.switch("use-api-socket"),
        ports=tuple(_ports(flags)),
        network=_network(flags),
        pid=_filled(flags.last("pid")),
        ipc=_filled(flags.last("ipc")),
        uts=_filled(flags.last("uts")),
        user_namespace=_filled(flags.last("userns")),
        cgroup=_filled(flags.last("cgroupns")),
        devices=(
            *(each.setting() for key in ("device", "device-cgroup-rule") for each in flags.all(key) if each.text),
            *(each.setting(f"gpus={each.text}") for each in flags.all("gpus") if each.text),
        ),
        sysctls=tuple(each.setting() for each in flags.all("sysctl") if each.text),
        memory=_limit(flags.last("memory")),
        cpus=_limit(flags.last("cpus")) or _quota(flags),
        pids=_limit(flags.last("pids-limit")),
        environment=(*_variables(flags), *_arguments(command), *_arguments(flags.all("health-cmd"))),
        env_files=tuple(file for each in flags.all("env-file") if each.text for file in _in_repository(each)),
        entrypoint=None if entrypoint is None else _entrypoint(entrypoint),
        command=_command(command),
        healthcheck=_healthcheck(flags),
        prepares=_is_on(flags.switch("rm")) and not _is_on(flags.switch("detach")) and _prepares(entrypoint, command),
        open_flags=None if line_.unknown is None else _open_flags(line_.unknown, path),
        short_lived=_is_on(flags.switch("rm")) and not _is_on(flags.switch("detach")),
    )


class _Flags(NamedTuple):
    options: Sequence[Given]
    path: str
    variables: Variables

    def value(self, option: Given) -> Value:
        """An option that is given no value has an empty one."""
        return value(option.value or option.word._replace(text="", dynamic=False), self.path, self.variables)

    def all(self, name: str) -> list[Value]:
        return [self.value(option) for option in self.options if option.name == name]

    def last(self, name: str) -> Value | None:
        return next(iter(self.all(name)[-1:]), None)

    def switch(self, name: str) -> Setting[bool] | None:
        """One that needs no value."""
        given = next((option for option in reversed(self.options) if option.name == name), None)
        if given is None:
            return None
        place = Location(self.path, given.word.line, given.word.column)
        if given.value is None:
            return Setting(True, place, given.word.text)
        told = self.value(given)
        return Setting(_truth(told.text), place, given.word.text, told.by_default)


def _open_flags(word: Word, path: str) -> Setting[str] | None:
    """Documentation leaves options out with `...` and `[OPTIONS]`, and means none by it."""
    said = "$" in word.text or "`" in word.text
    return Setting(None, Location(path, word.line, word.column), shown_text(word)) if said and word.dynamic else None


class _Security(NamedTuple):
    no_new_privileges: Setting[bool] | None = None
    seccomp: Setting[str] | None = None
    apparmor: Setting[str] | None = None
    labels_off: Setting[bool] | None = None
    unmasked: Setting[bool] | None = None


def _truth(text: str) -> bool | None:
    return True if text in _TRUE else False if text in _FALSE else None


def _is_on(setting: Setting[bool] | None) -> bool:
    return setting is not None and setting.value is True


def _filled(given: Value | None) -> Setting[str] | None:
    """The empty text says as much as nothing."""
    return None if given is None or given.text == "" else given.setting()


def _image(line: Line, flags: _Flags, place: Location) -> Setting[str] | None:
    if flags.switch("rootfs") is not None:
        return None
    if line.operands:
        return value(line.operands[0], flags.path, flags.variables).setting()
    return Setting(None, place, line.unknown.text) if line.unknown else None


def _capabilities(flags: _Flags, key: str) -> Iterator[Setting[str]]:
    for given in flags.all(key):
        for part in given.text.split(","):
            if part.strip():
                yield given.setting(part.strip().upper().removeprefix("CAP_"))


def _security(flags: _Flags) -> _Security:
    """NAME=value or NAME:value; of several for the same thing the last. One that is all variable may be any of them: it counts as the
    one that has most to lose and is not named elsewhere.
    """
    found, unknown = _Security(), None
    for given in flags.all("security-opt"):
        name, value_ = _pair(given.text)
        if UNKNOWN in name:
            unknown = given
        elif name == "no-new-privileges":
            found = found._replace(no_new_privileges=Setting(_truth(value_ or "true"), given.location, given.written, given.by_default))
        elif name == "seccomp":
            found = found._replace(seccomp=given.setting(value_))
        elif name == "apparmor":
            found = found._replace(apparmor=given.setting(value_))
        elif name == "unmask" or (name == "systempaths" and (value_ == "unconfined" or UNKNOWN in value_)):
            shown = None if UNKNOWN in value_ else True
            found = found._replace(unmasked=Setting(shown, given.location, given.written, given.by_default))
        elif name == "label" and (value_ in _UNLABELLED or UNKNOWN in value_):
            off = None if UNKNOWN in value_ else True
            found = found._replace(labels_off=Setting(off, given.location, given.written, given.by_default))
    if unknown is None:
        return found
    if found.seccomp is None:
        return found._replace(seccomp=unknown.setting())
    return found._replace(apparmor=found.apparmor or unknown.setting())


def _pair(option: str) -> tuple[str, str]:
    """The engine cuts at the first = and, where there is none, at the first colon."""
    name, separator, text = option.partition("=")
    if not separator:
        name, _, text = option.partition(":")
    return name.strip(), text.strip()


def _ports(flags: _Flags) -> Iterator[Port]:
    for given in flags.all("publish"):
        *front, target = given.text.rsplit("/", 1)[0].split(":")
        published = front.pop() if front else ""
        address = ":".join(front).removeprefix("[").removesuffix("]")
        # what stands first may hold the address too
        resolved = UNKNOWN not in (address or given.text.partition(":")[0])
        yield Port(told(address), told(published), told(target), given.location, resolved, given.written)
    everything = flags.switch("publish-all")
    if everything is not None and everything.value is not False:
        yield Port("", "", "", everything.location, everything.resolved, everything.text)


def _network(flags: _Flags) -> Setting[str] | None:
    """Of several networks the host's, else the last; options of a network are left out (`name=x,alias=y`, Podman's `bridge:ip=…`)."""
    found = None
    for given in flags.all("network"):
        text = given.text
        if "=" in text.partition(",")[0] and ":" not in text.partition("=")[0]:
            fields = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
            text = fields.get("name", text)
        elif not text.startswith(("container:", "ns:")):
            text = text.partition(":")[0]
        if text and not (found and found.value == "host"):
            found = given.setting(text)
    return found


def _limit(given: Value | None) -> Setting[str] | None:
    """0 or below is none."""
    return None if given is None or given.text == "" or _NO_LIMIT.fullmatch(given.text) else given.setting()


def _quota(flags: _Flags) -> Setting[str] | None:
    quota, period = _limit(flags.last("cpu-quota")), _limit(flags.last("cpu-period"))
    if quota is None or quota.value is None:
        return quota
    try:
        share = float(quota.value) / float(period.value if period and period.value else _DEFAULT_PERIOD)
    except (ValueError, ZeroDivisionError):
        return quota
    return quota._replace(value=f"{share:g}")


def _variables(flags: _Flags) -> Iterator[Variable]:
    for given in flags.all("env"):
        name, equals, text = given.text.partition("=")
        if name and UNKNOWN not in name:
            yield Variable(name, given.setting(text)._replace(text=given.written.partition("=")[2]) if equals else None, given.location)
    for key in ("label", "annotation"):
        for given in flags.all(key):
            name, _, text = given.text.partition("=")
            if name and UNKNOWN not in name:
                yield Variable(name, given.setting(text)._replace(text=given.written.partition("=")[2]), given.location, "label")


def _in_repository(given: Value) -> Iterator[Setting[str]]:
    """A script may run at the top of the repository or in its own folder: where the path could lie, as written where nowhere in it."""
    if not given.known or given.text.startswith(("/", "~")) or "$" in given.written:
        yield given.setting(posixpath.normpath(given.text) if given.known else None)
        return
    folders = dict.fromkeys(("", posixpath.dirname(given.location.path)))
    places = [posixpath.normpath(posixpath.join(folder, given.text)) for folder in folders]
    inside = [place for place in places if not place.startswith("../")]
    for place in inside or [given.text]:
        yield given.setting(place)


def _arguments(values: Sequence[Value]) -> Iterator[Variable]:
    for name, text, place, assigned in named([given.text for given in values]):
        given = values[place]
        if UNKNOWN not in name:
            setting = given.setting(text)
            setting = setting._replace(text=given.written.partition("=")[2]) if assigned else setting
            yield Variable(name, setting, given.location, "command")


def _entrypoint(given: Value) -> Setting[tuple[str, ...]]:
    """An empty one takes the image's away."""
    words = () if given.text == "" else (given.text,)
    return Setting(words if given.known else None, given.location, given.written, given.by_default)


def _command(values: Sequence[Value]) -> Setting[tuple[str, ...]] | None:
    """Words that are not known stand in it as they are written; where one is all of it, the command cannot be told."""
    if not values:
        return None
    known = len(values) > 1 or values[0].known
    texts = tuple(each.text if each.known else each.written for each in values)
    return Setting(texts if known else None, values[0].location, " ".join(each.written for each in values))


def _prepares(entrypoint: Value | None, command: Sequence[Value]) -> bool:
    """Whether all that it does is to change files' owners or modes, or to make folders."""
    first = entrypoint if entrypoint is not None and entrypoint.text else command[0] if command else None
    return first is not None and posixpath.basename(first.text) in _PREPARING


def _healthcheck(flags: _Flags) -> Setting[bool] | None:
    off, command = flags.switch("no-healthcheck"), flags.last("health-cmd")
    if off is not None and off.value is not False:
        return off._replace(value=None if off.value is None else False)
    if command is None or command.text == "":
        return None
    # Podman's way to switch one off
    return Setting(command.text != "none", command.location, command.written)
