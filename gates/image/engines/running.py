"""Runs an engine where nothing but its command line decides what it does: in a private folder, with an empty directory to work in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from gates.core import process
from gates.core.errors import GateUnavailable
from gates.core.gate import Context
from gates.image.options import Options

_MOST_OUTPUT: Final = 16 << 20  # bytes on standard output; reports go to files
_FOLDERS: Final = ("work", "home", "tmp", "cache", "image", "out")
# Where engines of containers listen; the other variables of Docker, Podman and containerd stay here, and so do all of Trivy's and Grype's.
ENGINES: Final = ("DOCKER_HOST", "XDG_RUNTIME_DIR")


class Settings(NamedTuple):
    """`digest` is what the image must be, "" for anything. `keep_sbom` gets the image's SBOM in CycloneDX; None where none is wanted."""

    options: Options
    digest: str = ""
    keep_sbom: Callable[[bytes], None] | None = None


class Workshop(NamedTuple):
    """`program` is the path of the very file that is started. The folders of `path` are ours alone and gone afterwards."""

    program: str
    name: str
    path: str
    environment: Mapping[str, str]
    context: Context

    def place(self, folder: str, name: str = "") -> str:
        return os.path.join(self.path, folder, name) if name else os.path.join(self.path, folder)

    def run(self, *words: str, extra: Mapping[str, str] | None = None) -> process.Completed:
        return process.run(
            [self.program, *words],
            cwd=self.place("work"),
            environment={**self.environment, **(extra or {})},
            deadline=self.context.deadline,
            timeout=self.context.tool_timeout,
            output_limit=_MOST_OUTPUT,
            name=self.name,
        )


def judged_tree(context: Context) -> str:
    """The folder that has no say in how it is judged, "" where there is no repository: an image alone brings none."""
    return context.root if context.repository else ""


def find(name: str, chosen: str, context: Context) -> str:
    """The absolute path of a program: on PATH under its own name, or `chosen`, the policy's name or path of it. Links stay as they are,
    because version managers tell by the name which program is meant.

    Raises GateUnavailable where it is not there, or only in the tree under test.
    """
    tree = judged_tree(context)
    if not chosen or os.path.basename(chosen) == chosen:
        return process.find_tool(chosen or name, context.environment, tree)
    if not os.path.isabs(chosen):
        raise GateUnavailable(f"[image] {name} must be a name on PATH or an absolute path, and it is neither")
    found = os.path.normpath(chosen)
    if any(process.is_inside(place, os.path.realpath(tree) if tree else "") for place in (found, os.path.realpath(found))):
        raise GateUnavailable(f"[image] {name} lies in the repository under test, which must not bring its own judge; install it elsewhere")
    if not (os.path.isfile(found) and os.access(found, os.X_OK)):
        raise GateUnavailable(f"[image] {name} names no program; install it there, or leave the key out to take it from PATH")
    return found


@contextmanager
def workshop(program: str, name: str, context: Context, *, engines: bool) -> Iterator[Workshop]:
    """With `engines` the program learns where container engines listen. Raises GateUnavailable where nothing can be written."""
    try:
        made = tempfile.TemporaryDirectory(prefix="gates-image-", ignore_cleanup_errors=True)
    except OSError as error:
        raise GateUnavailable(f"no temporary directory can be made: {error.strerror}") from error
    with made as path:
        path = os.path.realpath(path)
        for folder in _FOLDERS:
            os.mkdir(os.path.join(path, folder), 0o700)
        yield Workshop(program, name, path, _environment(path, context, engines), context)


def _environment(path: str, context: Context, engines: bool) -> dict[str, str]:
    clean = process.clean_environment(context.environment, ENGINES if engines else (), outside=judged_tree(context))
    # What a killed program leaves behind lies where it is removed; settings, plug-ins and log-ins of the user's are not found.
    homes = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), os.path.join(path, "home"))
    own = homes | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), os.path.join(path, "tmp"))
    return clean | own | (_way(context) if context.proxy or context.ca_bundle else {})


def _way(context: Context) -> dict[str, str]:
    """How a program in Go is told of a proxy, and of certificates besides those in the system's folder."""
    from gates.core.network import proxy_address, trust  # takes longer to load than all the rest

    way = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), proxy_address(context.proxy)) if context.proxy else {}
    if context.ca_bundle:
        trust(context.ca_bundle)
        way["SSL_CERT_FILE"] = os.path.abspath(context.ca_bundle)
    return way


def write(path: str, content: bytes = b"") -> str:
    """A new file of ours; its path."""
    try:
        with open(path, "xb") as file:
            file.write(content)
    except OSError as error:
        raise GateUnavailable(f"the temporary directory cannot be written: {error.strerror}") from error
    return path


def read(path: str, what: str, most: int) -> bytes:
    """Raises GateUnavailable, also for more than so many bytes."""
    try:
        with open(path, "rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise GateUnavailable(f"{what} cannot be read: {error.strerror}") from error
    if len(content) > most:
        raise GateUnavailable(f"{what} has more than {most >> 20} MiB")
    return content


def last_words(done: process.Completed, fatal: Sequence[str]) -> str:
    """The line of its error output that says why it gave up, printable and short; `fatal` are marks that such lines have."""
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    chosen = next((line for line in lines if any(mark in line for mark in fatal)), lines[-1] if lines else "no reason given")
    for mark in fatal:
        chosen = chosen.partition(mark)[2].strip() or chosen
    return "".join(letter if letter.isprintable() else " " for letter in chosen)[:300]
