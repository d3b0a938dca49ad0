"""The image gate: each image that the policy names, judged by an engine that knows what is vulnerable, and an engine that cannot pass
in silence. `gates image inspect` looks into an image by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from gates.core import scope
from gates.core.errors import GateUnavailable, NothingToJudge
from gates.core.gate import Context, Event, Flag, Gate
from gates.image.engines import targets
from gates.image.engines.running import Settings
from gates.image.options import Options
from gates.image.rules import RULES
from gates.image.scan_gate import events, refuse_options

_RELEASE = "release"
_DOCKERFILES = ("Dockerfile", "Containerfile")


def check(context: Context, options: Options) -> Iterator[Event]:
    if not options.targets:
        made = _dockerfile(context)
        if made and context.stage == _RELEASE:
            raise GateUnavailable(f"{made} makes an image, and [image] targets names none; name what is released")
        raise NothingToJudge(f"[image] targets is empty{f', though {made} makes an image' if made else ''}")
    for target in options.targets:
        asked = targets.asked(target.image, context.root)
        yield from events(asked, Settings(options, targets.checked_digest(target.digest), None), context)


def refuse(context: Context, options: Options) -> None:
    refuse_options(context, options)
    for target in options.targets:
        targets.asked(target.image, context.root)
        targets.checked_digest(target.digest)


def _dockerfile(context: Context) -> str:
    """The first file of the repository that an image is made from, "" where there is none."""
    found = (file.path for file in scope.files(context) if isinstance(file, scope.File))
    return next((path for path in found if _makes_image(path.rpartition("/")[2])), "")


def _makes_image(name: str) -> bool:
    return name in _DOCKERFILES or name.startswith(("Dockerfile.", "Containerfile.")) or name.endswith((".Dockerfile", ".dockerfile"))


GATE = Gate(
    name="image",
    summary="known vulnerabilities in the images that the policy names",
    rules=RULES,
    options=Options,
    check=check,
    flags=(Flag("--db", "db", "take the vulnerability database from this cache folder, and fetch none", "DIR", is_path=True),),
    refuse=refuse,
)
