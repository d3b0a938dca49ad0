"""Which npm registry to ask: the one that the user's own npm is configured with, whatever the repository under test says.

Read are the user's ~/.npmrc and the global npmrc, as data. Never read is an `.npmrc` of the repository, and no `npm_config_*` variable
counts: in a pipeline both can come from the change that is being judged. `${NAME}` is filled in from the environment in credentials
alone, where people keep them out of the file; an address that depends on the environment is refused.

Format: https://docs.npmjs.com/cli/configuring-npm/npmrc and, for the finer points, the `ini` package that npm reads it with.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from gates.core import process
from gates.core.documents import MAX_BYTES, DocumentError
from gates.core.documents.node import decode
from gates.core.errors import GateUnavailable, UsageError
from gates.core.gate import Context
from gates.core.network import checked_address
from gates.core.patterns import lazy

_NO_SCOPES: Final[Mapping[str, Registry]] = MappingProxyType({})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_SECTION = lazy(r"\[[^\]]*\]\s*")
_LINE = lazy(r"([^=]+)(?:(=)(.*))?")
_LAST_STEP = lazy(r"([^/]+|/)$")
_VARIABLE = lazy(r"(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}")
_HEADER_VALUE = lazy(r"[!-~]+")


class Registry(NamedTuple):
    """`url` has no slash at its end; `token` goes to that address alone and is never shown.

    `scopes` are the registries of names such as @acme/…, by "@acme". Their addresses are checked when one is needed: see `of`.
    """

    url: str
    token: str = ""
    scheme: Literal["Bearer", "Basic"] = "Bearer"
    scopes: Mapping[str, Registry] = _NO_SCOPES

    def __repr__(self) -> str:
        return f"Registry({self.url!r}{', with a token' if self.token else ''})"

    def of(self, name: str) -> Registry:
        """The registry that a package of that name comes from. Raises UsageError."""
        scope = name.partition("/")[0] if name.startswith("@") else ""
        scoped = self.scopes.get(scope)
        return self if scoped is None else scoped._replace(url=_checked(scoped.url, f"the registry of {scope} in npm's configuration"))


class _Setting(NamedTuple):
    value: str
    path: str
    line: int


_Settings = Mapping[str, _Setting]


def registry(context: Context, option: str = "") -> Registry:
    """`option` is the address that the policy names, which goes before what npm is configured with.

    Without any configuration the installed npm is asked for its default: it alone knows it. Raises UsageError for a configuration that
    is wrong, and GateUnavailable where there is none and no npm.
    """
    settings = _configured(context, named=bool(option))
    if option:
        url = _checked(option, "[deps] npm_registry")
    elif (found := settings.get("registry")) is not None:
        url = _address(found, "registry")
    else:
        url = _checked(_default(context), "the registry that npm is configured with")
    chosen = _with_credentials(url, settings, context.environment)
    return chosen._replace(scopes=dict(_scopes(settings, context.environment)))


def _scopes(settings: _Settings, environment: Mapping[str, str]) -> Iterator[tuple[str, Registry]]:
    for key, setting in settings.items():
        scope, _, rest = key.partition(":")
        if scope.startswith("@") and rest == "registry":
            yield scope, _with_credentials(setting.value, settings, environment)


def _checked(url: str, what: str) -> str:
    """Raises UsageError."""
    if "${" in url:
        raise UsageError(f"{what} depends on the environment, which decides nothing here; write it out")
    address = checked_address(url, what)
    parts = urlsplit(address)
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"{what} holds a user or a password; give them in ~/.npmrc, as //host/:_authToken=…")
    if parts.query or parts.fragment or "?" in address or "#" in address:
        raise UsageError(f"{what} holds a ? or #; name the folder that packages are in")
    return address


def _address(setting: _Setting, key: str) -> str:
    try:
        return _checked(setting.value, key)
    except UsageError as error:
        raise DocumentError(error.message, setting.path, setting.line) from None


def _configured(context: Context, *, named: bool) -> _Settings:
    """The user's settings before the global ones, as npm ranks them. `named`: the policy names the registry."""
    home = _home(context.environment)
    own = _read(os.path.join(home, ".npmrc"), context.root, named) if home else {}
    place = _global(own, home, context)
    return {**_read(place, context.root, named), **own} if place else own


def _home(environment: Mapping[str, str]) -> str:
    home = environment.get("USERPROFILE" if os.name == "nt" else "HOME", "")
    return home if os.path.isabs(home) else ""


def _global(own: _Settings, home: str, context: Context) -> str:
    """Where the global npmrc is: at its own setting, else below the prefix, which is where node is installed unless a setting says so."""
    if (setting := own.get("globalconfig")) is not None:
        return _path(setting, "globalconfig", home)
    if (setting := own.get("prefix")) is not None:
        return os.path.join(_path(setting, "prefix", home), "etc", "npmrc")
    if os.name == "nt":
        data = context.environment.get("APPDATA", "")
        return os.path.join(data, "npm", "etc", "npmrc") if os.path.isabs(data) else ""
    try:
        node = process.find_tool("node", context.environment, context.root)
    except process.ToolMissing:
        return ""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(node))), "etc", "npmrc")


def _path(setting: _Setting, key: str, home: str) -> str:
    path = os.path.join(home, setting.value[2:]) if setting.value.startswith("~/") else setting.value
    if "${" in path or not os.path.isabs(path):
        message = f"{key} is no absolute path that is written out, so that npm's global configuration cannot be found; write it in full"
        raise DocumentError(message, setting.path, setting.line)
    return path


def _read(path: str, root: str, named: bool) -> dict[str, _Setting]:
    """The settings of one npmrc, the last one of a name; none where there is no such file."""
    if process.is_inside(os.path.realpath(path), os.path.realpath(root)):
        if named or not os.path.lexists(path):
            return {}
        message = f"{path} lies in the repository under test, which must not choose the registry; set [deps] npm_registry in the policy"
        raise GateUnavailable(message)
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise GateUnavailable(f"{path}, npm's configuration, cannot be read: {error.strerror}") from error
    settings: dict[str, _Setting] = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", decode(content, path, MAX_BYTES)), 1):
        if _SECTION.fullmatch(line):
            break  # what follows belongs to the section: npm knows no setting there
        if not line.strip() or line.lstrip().startswith((";", "#")):
            continue
        if match := _LINE.fullmatch(line):
            settings[_unquoted(match[1])] = _Setting(_unquoted(match[3]) if match[2] else "true", path, number)
    return settings


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        inner = text[1:-1] if text[0] == "'" else text
        try:
            value = json.loads(inner)
        except (ValueError, RecursionError):
            return inner
        return value if isinstance(value, str) else inner
    kept = []
    letters = iter(text)
    for letter in letters:
        if letter in ";#":
            break
        if letter == "\\":
            after = next(letters, "")
            kept.append(after if after and after in "\\;#" else letter + after)
        else:
            kept.append(letter)
    return "".join(kept).strip()


def _with_credentials(url: str, settings: _Settings, environment: Mapping[str, str]) -> Registry:
    """npm looks for credentials of the address itself, then of each folder above it, and never beyond its host and port."""
    key = _credentials_key(url)
    while len(key) > 2:
        if found := _credentials(key, settings, environment):
            scheme, token = found
            return Registry(url.rstrip("/"), token, scheme)
        key = _LAST_STEP.sub("", key)
    return Registry(url.rstrip("/"))


def _credentials_key(url: str) -> str:
    """ "//host:port/path/", with the port only where it is not the usual one; "" for what is no address."""
    try:
        parts = urlsplit(url.rstrip("/") + "/")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"//{host}{f':{port}' if port and port != _DEFAULT_PORTS.get(parts.scheme) else ''}{parts.path}"


def _credentials(key: str, settings: _Settings, environment: Mapping[str, str]) -> tuple[Literal["Bearer", "Basic"], str] | None:
    def of(name: str) -> str:
        setting = settings.get(f"{key}:{name}")
        return "" if setting is None else _filled_in(setting, environment)

    if token := of("_authToken"):
        return "Bearer", token
    if pair := of("_auth"):
        return "Basic", pair
    user, password = of("username"), of("_password")
    if not user or not password:
        return None
    try:
        decoded = base64.b64decode(password, validate=True)
    except binascii.Error:
        setting = settings[f"{key}:_password"]
        raise DocumentError("_password is not base64; npm login writes it", setting.path, setting.line) from None
    return "Basic", base64.b64encode(user.encode() + b":" + decoded).decode()


def _filled_in(setting: _Setting, environment: Mapping[str, str]) -> str:
    """The value with `${NAME}` replaced as npm does; "" where the variable is not set, for then there are no credentials."""
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        escapes = match[1]
        if len(escapes) % 2:
            return match[0][(len(escapes) + 1) // 2 :]
        missing = missing or match[2] not in environment
        return escapes[len(escapes) // 2 :] + environment.get(match[2], "")

    filled = _VARIABLE.sub(value, setting.value)
    if missing or not filled:
        return ""
    if not _HEADER_VALUE.fullmatch(filled):
        raise DocumentError("these credentials hold a character that none has; write them anew", setting.path, setting.line)
    return filled


def _default(context: Context) -> str:
    """What the installed npm says when nothing but its own files can tell it anything."""
    way_out = "set [deps] npm_registry in the policy, or registry= in ~/.npmrc"
    try:
        npm = process.find_tool("npm", context.environment, context.root)
    except process.ToolMissing as error:
        raise GateUnavailable(f"no npm registry is configured, and there is no npm that knows its default; {way_out}") from error
    with tempfile.TemporaryDirectory(prefix="gates-npm-") as place:
        done = process.run(
            # Without --no-workspaces npm would look for a project in the folders above.
            [npm, "config", "get", "registry", "--no-workspaces", f"--userconfig={os.path.join(place, 'npmrc')}", *quiet(place)],
            cwd=place,
            environment={**process.clean_environment(context.environment, outside=context.root), "HOME": place},
            deadline=context.deadline,
            timeout=context.tool_timeout,
            name="npm",
        )
    answer = done.stdout.decode("utf-8", "replace").strip()
    if done.status != 0 or not answer.startswith(("https://", "http://")) or len(answer.split()) != 1:
        raise GateUnavailable(f"npm does not say which registry it uses; {way_out}")
    return answer


def quiet(place: str) -> tuple[str, ...]:
    """Flags that keep npm from writing anywhere but into `place`, and from asking for news of itself."""
    cache = os.path.join(place, "cache")
    return f"--cache={cache}", "--logs-max=0", "--no-update-notifier", "--no-fund", "--no-color", "--loglevel=error"
