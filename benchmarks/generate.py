"""Seeded content: tokens that look real, source files, and a history as a `git fast-import` stream."""

from __future__ import annotations

import json
import re
import string
import textwrap
import zlib
from collections.abc import Callable
from random import Random
from typing import NamedTuple

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase  # base 62, in the order GitHub's checksum counts
WORDS = (
    "account", "address", "archive", "balance", "batch", "buffer", "cache", "channel", "client", "column", "contact",
    "cursor", "customer", "delivery", "device", "discount", "document", "driver", "event", "export", "feature", "filter",
    "folder", "format", "gateway", "header", "history", "image", "index", "invoice", "item", "journal", "label",
    "ledger", "limit", "listing", "locale", "manager", "market", "member", "message", "metric", "model", "module",
    "network", "notice", "offer", "option", "order", "owner", "package", "page", "partner", "payment", "period", "policy",
    "price", "process", "product", "profile", "project", "queue", "rate", "record", "region", "report", "request",
    "response", "result", "route", "sample", "schedule", "score", "section", "sender", "series", "service", "session",
    "setting", "shipment", "signal", "source", "stage", "status", "storage", "stream", "subject", "summary", "supplier",
    "table", "target", "task", "template", "ticket", "title", "topic", "total", "trace", "transfer", "update", "vendor",
    "version", "view", "volume", "wallet", "warehouse", "window", "worker",
)  # fmt: skip
WORD = re.compile(rb"\b[a-z]{4,}\b")
VERBS = (
    "apply", "build", "check", "collect", "compare", "convert", "count", "create", "describe", "expand", "find", "group",
    "join", "load", "merge", "pick", "read", "send",
)  # fmt: skip


class Planted(NamedTuple):
    """A secret that every scanner must report. `commit` is the one that brought it in, "" outside a history."""

    path: str  # relative to the root of the material
    line: int  # 1-based
    commit: str = ""


def github_token(chance: Random) -> str:
    """With the CRC-32 that GitHub appends, so that a scanner which verifies it does not drop the token."""
    body = "".join(chance.choices(DIGITS, k=30))
    value, checksum = zlib.crc32(body.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        checksum = DIGITS[digit] + checksum
    return f"ghp_{body}{checksum}"


def slack_token(chance: Random) -> str:
    numbers = ["".join(chance.choices("123456789", k=length)) for length in (12, 13)]
    return "-".join(["xoxb", *numbers, "".join(chance.choices(DIGITS, k=24))])


def stripe_key(chance: Random) -> str:
    return "sk_live_" + "".join(chance.choices(DIGITS, k=24))


# Families that Kingfisher and detect-secrets report with their defaults; each token is drawn anew, so none is a duplicate.
TOKENS: tuple[Callable[[Random], str], ...] = (github_token, slack_token, stripe_key)


def settings_file(chance: Random, token: str = "") -> tuple[str, int]:
    """A small settings module and the line of the token in it, 0 without one."""
    lines = ['"""Settings of the service."""', "", "import os", ""]
    lines += [f'{word.upper()} = os.environ.get("{word.upper()}", "{chance.choice(WORDS)}")' for word in chance.sample(WORDS, 24)]
    line = 0
    if token:
        line = chance.randrange(5, len(lines))
        lines.insert(line - 1, f'DEPLOY_CREDENTIAL = "{token}"')
    return "\n".join(lines) + "\n", line


def python_module(chance: Random) -> str:
    """About 130 lines in the manner of a service's business code."""
    parts = [f'"""{sentence(chance)}"""\n\nfrom __future__ import annotations\n\nimport json\nimport logging\nfrom datetime import date\n']
    parts.append(f"log = logging.getLogger({chance.choice(WORDS)!r})\n")
    for _ in range(chance.randint(6, 10)):
        noun, other, field = chance.sample(WORDS, 3)
        name = f"{chance.choice(VERBS)}_{noun}_{other}"
        parts.append(
            textwrap.dedent(f'''
                def {name}({noun}s: list[dict[str, object]], {other}: str, on: date) -> dict[str, int]:
                    """{sentence(chance)}"""
                    counted: dict[str, int] = {{}}
                    for {noun} in {noun}s:
                        if {noun}.get("{field}") != {other}:
                            log.debug("left out %s on %s", {noun}.get("id"), on.isoformat())
                            continue
                        key = f"{{{other}}}-{{on.year}}-{chance.randint(1, 99)}"
                        counted[key] = counted.get(key, 0) + {chance.randint(1, 9)}
                    if not counted:
                        raise LookupError("no {field} in {noun} for " + {other})
                    return json.loads(json.dumps(counted))
            ''')
        )
    return "\n".join(parts)


def text_file(chance: Random, suffix: str) -> str:
    if suffix == ".json":
        rows = [{chance.choice(WORDS): chance.randint(1, 9999), "name": sentence(chance)} for _ in range(40)]
        return json.dumps(rows, indent=2) + "\n"
    if suffix == ".yaml":
        return "".join(f"{word}:\n  enabled: true\n  note: {sentence(chance)}\n" for word in chance.sample(WORDS, 30))
    return "".join(f"## {chance.choice(WORDS).title()}\n\n{paragraph(chance)}\n\n" for _ in range(12))


def sentence(chance: Random) -> str:
    return " ".join([chance.choice(VERBS).title(), "the", *chance.choices(WORDS, k=chance.randint(4, 9))]) + "."


def paragraph(chance: Random) -> str:
    return textwrap.fill(" ".join(sentence(chance) for _ in range(chance.randint(3, 6))), 100)


class History:
    """Writes commits that edit real text until the new blobs sum to `size` bytes.

    One line of work in five is a side branch of one to four commits, merged without fast-forward. Each planted file comes with
    a commit of its own and is deleted when the next one comes. The same seed and files give the same stream.
    """

    def __init__(self, write: Callable[[bytes], object], files: dict[str, list[bytes]], chance: Random) -> None:
        self.write = write
        self.files = {path: list(lines) for path, lines in files.items()}
        self.donors = list(files.values())
        self.chance = chance
        self.paths = list(files)
        self.weights = [sum(map(len, lines)) ** 0.5 for lines in files.values()]  # a long file changes more often
        self.commits = self.blobs = self.bytes = 0

    def run(self, size: int, secrets: int) -> list[tuple[str, int, int]]:
        """The planted secrets as (path, line, mark of the commit)."""
        planted: list[tuple[str, int, int]] = []
        tip = self.commit("main", "Start", 0, self.files)
        while self.bytes < size:
            if self.bytes > size * (len(planted) + 1) // (secrets + 1):
                path = f"deploy/settings_{len(planted)}.py"
                text, line = settings_file(self.chance, TOKENS[len(planted) % len(TOKENS)](self.chance))
                gone = planted[-1][0] if planted else ""
                tip = self.commit("main", "Deploy from the settings file", tip, {path: [text.encode()]}, gone=gone)
                planted.append((path, line, tip))
            elif self.chance.random() < 0.2:
                side, changed = tip, dict[str, list[bytes]]()
                for _ in range(self.chance.randint(1, 4)):
                    edits = self.edits()
                    changed |= edits
                    side = self.commit("topic", sentence(self.chance), side, edits)
                tip = self.commit("main", "Merge branch 'topic'", tip, changed, merged=side)
            else:
                tip = self.commit("main", sentence(self.chance), tip, self.edits())
        return planted

    def edits(self) -> dict[str, list[bytes]]:
        changed = {}
        for path in self.chance.choices(self.paths, self.weights, k=self.chance.randint(1, 5)):
            lines = self.files[path]
            for _ in range(self.chance.randint(1, 4)):
                at, donor = self.chance.randrange(len(lines) + 1), self.chance.choice(self.donors)
                start = self.chance.randrange(len(donor))
                added = donor[start : start + self.chance.randint(1, 16)]
                lines[at : at + self.chance.randint(0, 16)] = [self.reworded(line) for line in added]
            changed[path] = lines
        return changed

    def reworded(self, line: bytes) -> bytes:
        """A line that was not there before: without this the pack is ten times smaller than that of a real project."""
        return WORD.sub(self.chance.choice(WORDS).encode(), line, count=1)

    def commit(self, branch: str, message: str, parent: int, files: dict[str, list[bytes]], *, merged: int = 0, gone: str = "") -> int:
        self.commits += 1
        who = f"Sam Sample <sam@example.invalid> {1_600_000_000 + self.commits * 3600} +0000"
        head = [
            f"commit refs/heads/{branch}",
            f"mark :{self.commits}",
            f"author {who}",
            f"committer {who}",
            f"data {len(message)}",
            message,
        ]
        head += [f"from :{parent}"] * bool(parent) + [f"merge :{merged}"] * bool(merged) + [f"D {gone}"] * bool(gone)
        self.write("\n".join(head).encode() + b"\n")
        for path, lines in files.items():
            blob = b"".join(lines)
            self.write(f"M 100644 inline {path}\ndata {len(blob)}\n".encode() + blob + b"\n")
            if not merged:  # a merge repeats the blobs of its side branch
                self.blobs += 1
                self.bytes += len(blob)
        return self.commits
