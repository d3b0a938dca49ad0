"""How findings speak of an image: by its name, and of its layers by their number and the instruction that made them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from gates.core.finding import NOTHING, Finding, Location, Rule, Severity, finding
from gates.core.patterns import lazy
from gates.detect import proofs
from gates.image.inspecting.walk import Fate

_LONGEST: Final = 80  # letters of an instruction
_BUILT: Final = " # buildkit"
_SHELL = lazy(r"(?:RUN )?(?:/\S+|cmd|powershell|pwsh)(?: -o \w+| -\w*[a-bd-zA-Z])* (?:-\w*c|/S /C|-Command) ")
_NO_COMMAND = lazy(r"(?:/\S+ -c )?#\(nop\) +")
_ARGUMENTS = lazy(r"(?:RUN )?\|(\d{1,4}) ")
_NAMED_VALUE = lazy(r"(?:\A| )([A-Za-z_][A-Za-z0-9_]*)=")
_SETS = lazy(r"(ENV|ARG) ")
_MOUNTS = lazy(r"--mount=\S+ ?")

Masked = Callable[[bytes], bytes]


class Command(NamedTuple):
    """A line of the history taken apart. `values` are those of build arguments, or what ENV and ARG set; `text` is the instruction
    without them and without mounts, whose words only name where a secret is.
    """

    instruction: str  # "RUN", "ENV", "COPY", …; "" where it is not told
    values: tuple[tuple[str, str], ...]
    text: str


class LayerFacts(NamedTuple):
    diff_id: str
    instruction: str  # without any secret, "" where the history does not tell


class About(NamedTuple):
    """`several`: the archive holds more than one image, so a finding's subject must name it."""

    name: str
    location: Location
    layers: tuple[LayerFacts, ...]
    several: bool

    def layer(self, number: int) -> str:
        """ "layer 3 of 7 (COPY . /app)"."""
        instruction = self.layers[number - 1].instruction
        return f"layer {number} of {len(self.layers)}" + (f" ({instruction})" if instruction else "")

    def where(self, number: int, fate: Fate | None) -> str:
        if fate is None:
            return f"from {self.layer(number)}"
        return f"from {self.layer(number)}, {fate.how} in layer {fate.layer}, still in the image"


def told(
    about: About,
    rule: Rule,
    message: str,
    subject: str,
    *,
    layer: int = 0,
    severity: Severity | None = None,
    remedy: str = "",
    data: Mapping[str, object] = NOTHING,
) -> Finding:
    """`layer` is a number, 0 for what is in no layer."""
    return finding(
        rule,
        f"{about.name}: {message}",
        about.location,
        f"{about.name} {subject}" if about.several else subject,
        severity=severity,
        remedy=remedy,
        data={
            "package": None,
            "layer": about.layers[layer - 1].diff_id if layer else None,
            "fix_versions": [],
            "image": about.name,
            **data,
        },
    )


def command(created_by: str) -> Command:
    """What a builder wrote into the history: `RUN |1 A=x /bin/sh -c make # buildkit`, or `/bin/sh -c #(nop)  ENV A=x` of old ones."""
    text = _NO_COMMAND.sub("", created_by.strip().removesuffix(_BUILT), count=1)
    if arguments := _ARGUMENTS.match(text):
        rest = text[arguments.end() :]
        shell = _SHELL.search(rest)
        values, run = (rest[: shell.start()], rest[shell.end() :]) if shell else (rest, "")
        return Command("RUN", named_values(values), _MOUNTS.sub("", run).strip())
    if shell := _SHELL.match(text):
        return Command("RUN", (), _MOUNTS.sub("", text[shell.end() :]).strip())
    if sets := _SETS.match(text):
        return Command(sets[1], named_values(text[sets.end() :]), "")
    word, _, rest = text.partition(" ")
    if word.isascii() and word.isupper() and word.isalpha():
        return Command(word, (), _MOUNTS.sub("", rest).strip())
    return Command("", (), _MOUNTS.sub("", text).strip())


def named_values(text: str) -> tuple[tuple[str, str], ...]:
    """`A=x B=y z` as its two pairs: builders write values as they are, blanks and all."""
    starts = list(_NAMED_VALUE.finditer(text))
    ends = (*(start.start() for start in starts[1:]), len(text))
    return tuple((start[1], text[start.end() : end].strip()) for start, end in zip(starts, ends, strict=False))


def instruction(created_by: str, masked: Masked) -> str:
    """For messages: one short line, with asterisks for every secret in it and without the values of ENV, ARG and build arguments."""
    found = command(created_by)
    shown = masked(proofs.masked(found.text.encode("utf-8", "surrogateescape"))).decode("utf-8", "replace")
    if found.values and found.instruction != "RUN":
        shown = " ".join(f"{name}=…" for name, _ in found.values)
    line = " ".join(f"{found.instruction} {shown}".split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
