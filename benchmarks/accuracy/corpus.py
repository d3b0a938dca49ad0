"""The corpus: labelled files, drawn from a seed, written to a folder at run time and never committed.

| part | holds |
|---|---|
| published | every family of `families.csv` in every file of `published.txt` that can hold it |
| wrapped | the same families encoded, escaped and split, as `wrapped.txt` says; files marked `some` get every fourth family |
| broken | families with a confirmed checksum, one character changed: nothing of it opens a door |
| odd | credentials as they stand in real files, one folder of `odd/*.txt` per kind of file, three draws of each |
| harmless | what resembles a credential and is none: `harmless/*.txt` |

A template file holds blocks: `=== name | path | options`, then the file. `<<alnum:24>>` or `<<deploy:{password}>>` is the secret, written
as `values.MAKERS` makes it; `<<{password}/base64>>` is encoded by `values.WRITERS`; `<<~uuid>>` is drawn too but is not the secret.
The lines of the secret are its label, so a template cannot be labelled wrongly. Options: `some`, `block` (only values of several lines),
`utf-16`, `crlf`, and, always last, `forbids: CHARACTERS`, as in a character class: a value with one of them would need quoting there.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.accuracy.values import FIELD, WRITERS, expand

SEED = 20261121
DRAWS = 3  # of each odd file
PARTS = ("published", "wrapped", "broken", "odd", "harmless")
HERE = Path(__file__).resolve().parent
# GitHub's and npm's last six digits and Atlassian's last eight are the CRC-32 of what stands before them.
CHECKED = ("{github:", "{atlassian:")
# Names that say nothing: a token with a shape of its own must be found without help.
PLAIN_NAMES = ("VALUE", "UPSTREAM", "INTEGRATION_3", "DEFAULT_TARGET", "LEGACY_LINK")
PLACE = re.compile(r"<<(~?)([^<>\n]+)>>")
WRITTEN = re.compile(rf"(?P<template>.*?)(?P<writers>(?:/(?:{'|'.join(sorted(WRITERS, key=len, reverse=True))}))*)", re.DOTALL)


class Family(NamedTuple):
    name: str
    variable: str
    needs_name: bool  # the shape alone says too little
    severity: str
    shape: str

    @property
    def blocking(self) -> bool:
        return self.severity in ("high", "critical")


class Template(NamedTuple):
    name: str
    path: str
    text: str
    options: frozenset[str]
    forbids: str


class Sample(NamedTuple):
    """`first` and `last` are the lines of the secret, or of the broken token, 1-based and inclusive; 0 in a harmless file."""

    part: str
    name: str
    kind: str  # the family, or the file of templates
    path: str
    content: bytes
    first: int
    last: int
    blocking: bool


def corpus(seed: int = SEED) -> list[Sample]:
    """In a fixed order; the same seed gives the same bytes."""
    samples = [*published(seed), *wrapped(seed), *broken(seed), *odd(seed), *harmless(seed)]
    numbers = dict.fromkeys(PARTS, 0)
    for at, sample in enumerate(samples):
        numbers[sample.part] += 1
        # A folder that says nothing: scanners read names such as "tests" and "token" too.
        samples[at] = sample._replace(path=f"{sample.part}/{numbers[sample.part]:04d}/{sample.path}")
    return samples


def write(samples: list[Sample], folder: Path) -> None:
    """Into an empty or new folder, with `labels.json` beside the parts; raises FileExistsError where something else is."""
    folder.mkdir(parents=True, exist_ok=True)
    if left := [path.name for path in folder.iterdir() if path.name not in (*PARTS, "labels.json")]:
        raise FileExistsError(f"{folder} holds {left[0]}; choose a folder of its own")
    wanted = {folder / sample.path: sample for sample in samples}
    for path in [path for part in PARTS for path in (folder / part).rglob("*") if path.is_file() and path not in wanted]:
        path.unlink()
    for path, sample in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample.content)
    labels = [{key: value for key, value in sample._asdict().items() if key != "content"} for sample in samples]
    (folder / "labels.json").write_text(json.dumps(labels, indent=1) + "\n")


def digest(samples: list[Sample]) -> str:
    """Of paths, labels and contents: two results are comparable when it is the same."""
    return hashlib.sha256(repr(samples).encode()).hexdigest()[:16]


def families() -> list[Family]:
    with (HERE / "families.csv").open(encoding="utf-8", newline="") as file:
        return [Family(row["family"], row["name"], row["needs"] == "name", row["severity"], row["shape"]) for row in csv.DictReader(file)]


def templates(*files: Path) -> list[Template]:
    found = []
    for file in files:
        for block in file.read_text(encoding="utf-8").split("\n=== "):
            head, _, text = block.removeprefix("=== ").partition("\n")
            name, path, options = (*(field.strip() for field in head.split(" | ", 2)), "")[:3]
            words, _, forbids = options.partition("forbids: ")
            chosen = frozenset(word.strip() for word in words.split(",") if word.strip())
            found.append(Template(name, path, text.rstrip("\n") + "\n", chosen, forbids))
    return found


def published(seed: int) -> Iterator[Sample]:
    files = templates(HERE / "published.txt")
    for number, family in enumerate(families()):
        for template in files:
            sample = token("published", family, number, template, seed)
            if sample:
                yield sample


def wrapped(seed: int) -> Iterator[Sample]:
    known = families()
    for order, template in enumerate(templates(HERE / "wrapped.txt")):
        for number, family in enumerate(known):
            if "some" not in template.options or (number + order) % 4 == 0:
                sample = token("wrapped", family, number, template, seed)
                if sample:
                    yield sample


def broken(seed: int) -> Iterator[Sample]:
    files = templates(HERE / "published.txt")
    for number, family in enumerate(families()):
        for template in files:
            if family.shape.startswith(CHECKED):
                sample = token("broken", family, number, template, seed, damaged)
                if sample:
                    yield sample


def token(
    part: str, family: Family, number: int, template: Template, seed: int, change: Callable[[str, Random], str] | None = None
) -> Sample | None:
    """The family's sample in this file, None where the file cannot hold its value as it is."""
    chance = Random(f"{seed} {part} {number} {family.name} {template.name}")
    value = expand(family.shape, chance)
    if part != "wrapped" and ("\n" in value) != ("block" in template.options):
        return None
    if template.forbids and re.search(f"[{template.forbids}]", value):
        return None
    if change:
        value = change(value, chance)
    variable = family.variable if family.needs_name or chance.random() < 0.5 else chance.choice(PLAIN_NAMES)
    cuts = sorted(chance.sample(range(len(value) // 5, len(value) * 4 // 5), 2))
    if "part3" not in template.text:
        cuts[1] = len(value)
    known = spellings(variable) | {
        "value": value, "line": f"LOG_LEVEL=info\n{variable}={value}\n",
        "assignment": f"$env:{variable} = '{value}'; & C:\\orders\\run.exe",
        "part1": value[: cuts[0]], "part2": value[cuts[0] : cuts[1]], "part3": value[cuts[1] :],
    }  # fmt: skip
    text, first, last = render(template, lambda name: known[name], secrets=frozenset(known) - frozenset(spellings(variable)))
    return Sample(part, f"{family.name} in {template.name}", family.name, template.path, text, first, last, family.blocking)


def spellings(variable: str) -> dict[str, str]:
    """`ACME_API_KEY` in the manner of each language, under the name that templates use for it."""
    words = [word for word in variable.lower().split("_") if word]
    pascal = "".join(word.title() for word in words)
    return {
        "NAME": variable, "name": "_".join(words), "nameCamel": words[0] + pascal[len(words[0]) :], "NamePascal": pascal,
        "namePlain": words[0] + pascal[len(words[0]) :], "name.dotted": ".".join(words), "name-kebab": "-".join(words),
    }  # fmt: skip


def damaged(value: str, chance: Random) -> str:
    """One letter of the random part becomes another."""
    at = chance.choice([at for at in range(16, len(value) - 9) if value[at].isalnum()])
    return value[:at] + chance.choice([letter for letter in "abcdefghkmnpqrstuvwxyz23456789" if letter != value[at]]) + value[at + 1 :]


def odd(seed: int) -> Iterator[Sample]:
    for file in sorted((HERE / "odd").glob("*.txt")):
        for template in templates(file):
            for draw in range(DRAWS):
                yield drawn("odd", file.stem, template, Random(f"{seed} {file.stem} {template.name} {draw}"))


def harmless(seed: int) -> Iterator[Sample]:
    for file in sorted((HERE / "harmless").glob("*.txt")):
        for template in templates(file):
            sample = drawn("harmless", file.stem, template, Random(f"{seed} {file.stem} {template.name}"))
            yield sample._replace(first=0, last=0)


def drawn(part: str, kind: str, template: Template, chance: Random) -> Sample:
    def value(written: str) -> str:
        return expand(written if FIELD.search(written) else f"{{{written}}}", chance)

    text, first, last = render(template, value)
    return Sample(part, template.name, kind, template.path, text, first, last, part == "odd")


def render(template: Template, value: Callable[[str], str], *, secrets: frozenset[str] = frozenset()) -> tuple[bytes, int, int]:
    """The file, and the first and last line of what is secret: every place but those with `~`, or those that `secrets` names."""
    done, at, first, last = "", 0, 0, 0
    for place in PLACE.finditer(template.text):
        written = WRITTEN.fullmatch(place[2])
        assert written  # the pattern takes everything
        text = value(written["template"])
        for writer in written["writers"].split("/")[1:]:
            text = WRITERS[writer](text)
        done += template.text[at : place.start()]
        if not place[1] and (not secrets or written["template"] in secrets):
            line = done.count("\n") + 1
            first, last = first or line, line + text.count("\n")
        done, at = done + text, place.end()
    done += template.text[at:]
    if "crlf" in template.options:
        done = done.replace("\n", "\r\n")
    return done.encode("utf-16" if "utf-16" in template.options else "utf-8"), first, last
