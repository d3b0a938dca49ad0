"""What a file of an image is by its path, its mode and its first bytes: rules that look at no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from gates.core.finding import Finding
from gates.core.patterns import lazy
from gates.detect import kinds, proofs
from gates.detect.kinds import EXAMPLE, Kind
from gates.image.archive import Entry
from gates.image.inspecting.about import About, told
from gates.image.inspecting.walk import above
from gates.image.rules import contents as rules

What = Literal["setuid", "writable", "cache", "tool"]
_LISTED: Final = 20

# setuid and setgid: what the base images of Debian, Ubuntu, Alpine, Fedora, RHEL and openSUSE have such bits on
_USUAL: Final = frozenset(
    f"{folder}/{name}"
    for folder in ("bin", "sbin", "usr/bin", "usr/sbin")
    for name in (
        *("su", "mount", "umount", "passwd", "chsh", "chfn", "newgrp", "gpasswd", "chage", "expiry", "unix_chkpwd", "unix2_chkpwd"),
        *("pam_extrausers_chkpwd", "pam_timestamp_check", "wall", "write", "bsd-write", "ping", "ping6", "bbsuid", "dotlockfile"),
        *("newuidmap", "newgidmap", "ssh-agent", "crontab", "userhelper", "grub2-set-bootflag"),
    )
) | {"usr/lib/openssh/ssh-keysign", "usr/libexec/openssh/ssh-keysign", "usr/lib/ssh/ssh-keysign", "usr/libexec/utempter/utempter"}

# caches of package managers; group 1 is the folder
_CACHE = lazy(
    r"(var/lib/apt/lists)/(?!lock\Z|partial/?\Z|auxfiles/?\Z).+"
    r"|(var/cache/apt)/(?:archives/.+\.deb|[^/]+\.bin)"
    r"|(var/cache/(?:apk|dnf|yum|libdnf5|zypp|pacman/pkg)|etc/apk/cache)/.+"
    r"|((?:root|home/[^/]+)/\.cache/(?:pip|uv|pypoetry|pdm|pipenv|yarn|pnpm|go-build|composer))/.+"
    r"|((?:root|home/[^/]+)/\.npm/_cacache)/.+"
    r"|((?:(?:root|home/[^/]+)/\.cargo|usr/local/cargo)/registry/cache)/.+"
    r"|((?:root|home/[^/]+)/\.gradle/caches|usr/local/share/\.cache/yarn|usr/local/bundle/cache)/.+"
)
_CLEAR: Final = {
    "var/lib/apt/lists": "end the RUN that has apt-get update with rm -rf /var/lib/apt/lists/*",
    "var/cache/apt": "end the RUN that has apt-get install with apt-get clean",
    "var/cache/apk": "install with apk add --no-cache",
    "pip": "install with pip install --no-cache-dir",
    "uv": "install with uv --no-cache, or with RUN --mount=type=cache,target=/root/.cache/uv",
    "_cacache": "end the RUN that has npm install with npm cache clean --force",
}

# tools of a build, where programs lie
_TOOL = lazy(
    r"(?:.+/)?s?bin/(?:[a-z0-9_]+-(?:linux|alpine)-(?:gnu|musl)[a-z0-9]*-)?"
    r"(pipx?|uvx?|poetry|pdm|conda|mamba|gcc|g\+\+|cc|c\+\+|clang|clang\+\+|tcc|as|ld|make|gmake|cmake|ninja|meson|autoconf|automake"
    r"|npm|npx|yarn|yarnpkg|pnpm|corepack|bun|cargo|rustc|rustup|go|gofmt|javac|mvn|gradle|sbt|gem|bundle|composer|msbuild|bazel)"
    r"(?:[-.]?[0-9][0-9.]*)?"
)
_TOOL_MODULE = lazy(r".+/(?:site|dist)-packages/(pip|uv|poetry)/__main__\.py")

_SHARED = lazy(r"(?:var/)?tmp(?:/.*)?|dev(?:/.*)?|(?:var/)?run/lock(?:/.*)?|var/lock(?:/.*)?|proc(?:/.*)?|sys(?:/.*)?")

# What only an image has, besides the kinds that a repository has too.
_REPOSITORY: Final = Kind(
    "git-repository",
    "a git repository, with everything that was ever committed to it and the addresses it was fetched from",
    (),
    "look through its history for credentials and change those",
)
_HOST_KEY: Final = Kind(
    "ssh-host-key",
    "the private key of an SSH server, the same in every container of this image",
    (),
    "have the container make its own with ssh-keygen -A when it starts; whoever has the image can pass for the server",
    proofs.key,
    key=True,
)
_MOUNTED: Final = Kind(
    "mounted-secret", "a secret from where runtimes mount them", (), "change it; a file there is to be mounted when the container starts"
)


class Note(NamedTuple):
    """Of the entry at that path of a layer. `detail` is the folder of a cache, the name of a tool, or the mode as chmod takes it."""

    what: What
    path: str
    size: int
    detail: str


def notes(entry: Entry) -> Iterator[Note]:
    path, mode = entry.path, entry.mode
    if entry.kind in ("file", "hardlink"):
        if mode & 0o6000 and mode & 0o111 and path not in _USUAL:
            yield Note("setuid", path, entry.size, f"{mode:04o}")
        if (entry.size or entry.kind == "hardlink") and (found := _CACHE.fullmatch(path)):
            yield Note("cache", path, entry.size, found[found.lastindex or 0])
    sticky = entry.kind == "directory" and mode & 0o1000
    if mode & 0o002 and entry.kind in ("file", "directory", "hardlink") and not sticky and not _SHARED.fullmatch(path):
        yield Note("writable", path, entry.size, f"{mode:04o}/" if entry.kind == "directory" else f"{mode:04o}")
    if entry.kind != "directory" and (found := _TOOL.fullmatch(path) or _TOOL_MODULE.fullmatch(path)):
        yield Note("tool", path, entry.size, found[1])


def may_be_sensitive(path: str) -> bool:
    """Whether the name is reason to look at the first `proofs.HEAD` bytes."""
    return bool(kinds.kinds(path)) or _own_kind(path) is not None


def sensitive(path: str, head: bytes) -> Kind | None:
    """What the file is, if its content bears that out."""
    own = _own_kind(path)
    if own is not None and own.proof(head):
        return own
    return next((kind for kind in kinds.kinds(path) if kind is not EXAMPLE and kind.proof(head)), None)


def _own_kind(path: str) -> Kind | None:
    folder, _, name = path.rpartition("/")
    if name == "HEAD" and (folder == ".git" or folder.endswith("/.git")):
        return _REPOSITORY
    if name.startswith("ssh_host_") and name.endswith("_key"):
        return _HOST_KEY
    return _MOUNTED if path.startswith(("run/secrets/", "var/run/secrets/")) else None


class Standing(NamedTuple):
    """A note about what can be seen at the end, and the layer that it is from."""

    note: Note
    layer: int


def findings(about: About, standing: Sequence[Standing], allowed: Iterable[str], *, build_tools: bool) -> Iterator[Finding]:
    """`allowed` are paths that may be setuid or setgid, besides the usual ones."""
    may = {path.strip("/") for path in allowed}
    for note, layer in (each for each in standing if each.note.what == "setuid" and each.note.path not in may):
        which = " and ".join(name for bit, name in ((0o4000, "setuid"), (0o2000, "setgid")) if int(note.detail, 8) & bit)
        message = f"/{note.path} is {which} (mode {note.detail}), {about.where(layer, None)}"
        yield told(about, rules.SETUID_FILE, message, note.path, layer=layer, data={"path": note.path, "mode": note.detail})
    yield from _writable(about, [each for each in standing if each.note.what == "writable"])
    yield from _caches(about, [each for each in standing if each.note.what == "cache"])
    if build_tools:
        yield from _tools(about, [each for each in standing if each.note.what == "tool"])


def _writable(about: About, standing: Sequence[Standing]) -> Iterator[Finding]:
    """What lies in a folder that everybody can change is told with that folder: whoever can replace a file need not write to it."""
    folders = {note.path for note, _ in standing if note.detail.endswith("/")}
    within: dict[str, list[str]] = {}
    for note, _ in standing:
        if outer := [folder for folder in above(note.path) if folder in folders]:
            within.setdefault(outer[-1], []).append(note.path)
    inside = {path for paths in within.values() for path in paths}
    for note, layer in standing:
        if note.path in inside:
            continue
        mode, is_folder = note.detail.rstrip("/"), note.detail.endswith("/")
        what = "can be written to by every user" if not is_folder else "lets every user put, replace and remove files in it"
        below = within.get(note.path, [])
        more = f", as can {len(below)} more below it" if below else ""
        message = f"/{note.path} {what} (mode {mode}){more}, {about.where(layer, None)}"
        data = {"path": note.path, "mode": mode, "below": below[:_LISTED]}
        yield told(about, rules.WORLD_WRITABLE, message, note.path, layer=layer, data=data)


def _caches(about: About, standing: Sequence[Standing]) -> Iterator[Finding]:
    groups: dict[str, list[Standing]] = {}
    for each in standing:
        groups.setdefault(each.note.detail, []).append(each)
    for folder, group in groups.items():
        size = sum(each.note.size for each in group)
        layers = sorted({each.layer for each in group})
        message = f"/{folder} holds {_count(len(group), 'file')} of {_size(size)}, {_from(about, layers)}"
        remedy = next((text for end, text in _CLEAR.items() if folder == end or folder.endswith(f"/{end}")), "")
        data = {"path": folder, "files": len(group), "bytes": size}
        yield told(about, rules.PACKAGE_CACHE, message, folder, layer=layers[0], remedy=remedy, data=data)


def _tools(about: About, standing: Sequence[Standing]) -> Iterator[Finding]:
    groups: dict[str, list[Standing]] = {}
    for each in standing:
        groups.setdefault(each.note.detail, []).append(each)
    for tool, group in groups.items():
        paths = [each.note.path for each in group]
        layers = sorted({each.layer for each in group})
        more = f" and {len(paths) - 1} more" if paths[1:] else ""
        message = f"{tool} is in the image (/{paths[0]}{more}), {_from(about, layers)}"
        yield told(about, rules.BUILD_TOOLS, message, tool, layer=layers[0], data={"tool": tool, "paths": paths[:_LISTED]})


def _from(about: About, layers: Sequence[int]) -> str:
    more = f" and {_count(len(layers) - 1, 'more layer')}" if layers[1:] else ""
    return about.where(layers[0], None) + more


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.1f} kB" if size >= 100 else _count(size, "byte")
