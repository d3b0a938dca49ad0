"""Damage to Dockerfiles, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

_PIECES = (
    *("\\", "`", "\n", "\r\n", " ", "\t", "#", "'", '"', "$", "${", "}", "${x:-", "/", "--", "=", "[", "]", ",", "<", ">", "(", ":", "1"),
    *("# escape=`\n", "<<EOF", "<<-E", "EOF\n", "E\n", "<<'E'", "--from=", "--link ", '["a"]', "\\\n", "\\ \n", "\u00e9", "\x0b", "\x0c"),
    *("FROM ", "AS ", "RUN ", "COPY ", "ADD ", "ENV ", "LABEL ", "ARG ", "ONBUILD ", "HEALTHCHECK ", "CMD ", "NONE", "SHELL ", "VOLUME "),
)


def mutations(texts: Sequence[str], *, seed: int, number: int) -> Iterator[str]:
    chance = random.Random(seed)
    for _ in range(number):
        text = chance.choice(texts)
        for _ in range(chance.choice((1, 1, 2, 3, 5))):
            text = _mutated(text, texts, chance)
        yield text


def _mutated(text: str, texts: Sequence[str], chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    kind = chance.random()
    if kind < 0.6:
        return text[:at] + chance.choice(_PIECES) + text[at:]
    if kind < 0.8:
        return text[:at] + text[at + chance.choice((1, 1, 2, 5, 20)) :]
    if kind < 0.9:
        other = chance.choice(texts)
        begin = chance.randrange(len(other) + 1)
        return text[:at] + other[begin : begin + chance.randrange(1, 40)] + text[at:]
    lines = text.split("\n")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return "\n".join(lines)
