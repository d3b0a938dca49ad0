"""The code gate: what Python source does that lets others in, found by bandit.

It looks at Python files: `*.py`, `*.pyw`, and files without an extension whose first line starts Python. Each is judged by every
test that bandit has; no configuration of the repository and no `# nosec` changes that. It says `code/bandit-<test>`.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gates.code import bandit, excerpt
from gates.code.rules import PASSWORD_TESTS, RULES, UNLISTED, rule_of
from gates.core import scope
from gates.core.errors import GateUnavailable, NothingToJudge
from gates.core.finding import Finding, finding
from gates.core.gate import Context, Event, Gate, Scanned, Skipped, ToolUsed, Unread
from gates.detect import cache
from gates.detect.families import FAMILIES
from gates.detect.prefilter import open_engine
from gates.detect.scan import Scanner, new_identity_key

_PYTHON_NAME = re.compile(r".*\.pyw?", re.IGNORECASE | re.DOTALL)
# `uv run` and `pipx run` start Python too: scripts with their dependencies in a comment begin like that.
_PYTHON_SHEBANG = re.compile(rb"#!.*(?:python|pypy|\buv +run\b|\bpipx +run\b)")
Mask = Callable[[bytes], bytes]
LIMIT = 16 << 20  # bytes of a file; parsing takes a hundred times as much memory
_SHEBANG_LIMIT = 512  # bytes of the first line that are read; systems cut it at 128 to 512


class Options(NamedTuple):
    """`jobs` is how many bandits run side by side; 0 is one for each core."""

    jobs: int = 0

    def laxer(self) -> tuple[str, ...]:
        return ()


def check(context: Context, options: Options) -> Iterator[Event]:
    with tempfile.TemporaryDirectory(prefix="gates-code-") as workshop:
        sources: list[bandit.Source] = []
        unread = 0
        for event in gather(context, workshop):
            if isinstance(event, bandit.Source):
                sources.append(event)
            else:
                unread += isinstance(event, Unread)
                yield event
        if not sources:
            if unread:
                return  # what could not be read may have been Python
            raise NothingToJudge("no Python files")

        yield ToolUsed("bandit", bandit.version())
        done = 0
        mask = _masker(context)
        for batch in bandit.judge(sources, workshop, context, options.jobs if options.jobs > 0 else os.cpu_count() or 1):
            for judged in batch:
                yield from told(judged, workshop, mask)
            done += len(batch)
            context.progress(done, len(sources), "files")


def gather(context: Context, workshop: str) -> Iterator[bandit.Source | Skipped | Unread]:
    """Copies each Python file in scope into the workshop."""
    count = 0
    for entry in scope.files(context):
        if context.deadline.passed():
            raise GateUnavailable("the time limit passed before every file was read")
        if not isinstance(entry, scope.File):
            yield entry
            continue
        try:
            source = read_if_python(entry.absolute)
        except FileNotFoundError:
            yield Skipped(entry.path, "gone before it was read")
            continue
        except OSError as error:
            yield Unread(entry.path, 0, f"cannot be read: {error.strerror}")
            continue
        if source is None:
            continue
        if len(source) > LIMIT:
            yield Unread(entry.path, 0, f"more than {LIMIT >> 20} MiB of Python, too much to judge; exclude it in the policy with a reason")
            continue
        copy = f"{count}.py"
        bandit.put(workshop, copy, source)
        yield bandit.Source(entry.path, copy, len(source))
        count += 1


def read_if_python(path: str) -> bytes | None:
    """The content, one byte more than `LIMIT` at most; None for a file that is not Python. Raises OSError."""
    name = os.path.basename(path)
    named = _PYTHON_NAME.fullmatch(name)
    if not named and os.path.splitext(name)[1]:
        return None
    with open(scope.open_regular(path), "rb") as file:
        start = b"" if named else file.readline(_SHEBANG_LIMIT)
        return start + file.read(LIMIT + 1 - len(start)) if named or _PYTHON_SHEBANG.match(start) else None


def _masker(context: Context) -> Mask:
    """Takes the secrets out of a source. What that needs is loaded for the first finding."""
    scanners: list[Scanner] = []

    def mask(source: bytes) -> bytes:
        if not scanners:
            engine = open_engine(FAMILIES, cache.folder(context.environment, context.root))
            scanners.append(Scanner(FAMILIES, engine, "", new_identity_key()))
        return scanners[0].masked(source)

    return mask


def told(judged: bandit.Judged, workshop: str, mask: Mask) -> Iterator[Finding | Scanned | Unread]:
    path = judged.source.path
    for line, message in judged.failures:
        yield Unread(path, line, message)
    if not judged.failures:
        yield Scanned(files=1, bytes=judged.source.size)
    if judged.issues:
        with open(os.path.join(workshop, judged.source.copy), "rb") as file:
            source = file.read()
        yield from findings(path, judged.issues, excerpt.lines_of(source), excerpt.lines_of(mask(source)))


def findings(path: str, issues: tuple[bandit.Issue, ...], lines: list[str], masked: list[str]) -> Iterator[Finding]:
    """`issues` are all of the file, by place: the subjects of equal snippets are numbered in that order. `masked` are the lines
    without the secrets in them: all that a finding shows, and all that it hashes but for the few bits of a password.
    """
    hidden = excerpt.hidden(issues, masked)
    seen: Counter[str] = Counter()
    for issue in issues:
        rule = rule_of(issue.test)
        about = f"{issue.test} {excerpt.digest(issue, lines if issue.test in PASSWORD_TESTS else masked)}"
        seen[about] += 1
        yield finding(
            rule,
            f"{issue.test}: {rule.summary}" if rule is UNLISTED else rule.summary,
            excerpt.location(path, issue, lines),
            f"{about}#{seen[about]}",
            severity=issue.severity,
            data={"test": issue.test, "severity": issue.bandit_severity, "confidence": issue.confidence},
            frame=excerpt.frame(issue.line, masked, hidden),
        )


GATE = Gate(
    name="code",
    summary="what Python code does that lets others in",
    rules=(*RULES, UNLISTED),
    options=Options,
    check=check,
    selections=frozenset({"paths"}),
)
