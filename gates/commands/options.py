"""The options that every judging command shares, as argparse reads them and as records."""

import argparse
import os
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, NoReturn

from gates.core.errors import UsageError
from gates.core.finding import Severity
from gates.core.world import World

FORMATS = ("text", "json", "sarif", "github")
LATER_FORMATS = ("junit", "markdown", "html", "gitlab")  # named in the contract, not built yet


class Output(NamedTuple):
    """A format and the file it goes to; "" is stdout."""

    format: str
    file: str


class Common(NamedTuple):
    """`repo` is "" where the work tree around the current directory is meant."""

    repo: str
    outputs: tuple[Output, ...]
    policy: str
    policy_ref: str
    waivers: str
    fail_on: Severity | None
    today: date
    today_given: bool
    offline: bool
    timeout: float
    quiet: bool
    colour: bool | None  # None: as the terminal and the environment say
    timed: bool


class Parser(argparse.ArgumentParser):
    """argparse, but a wrong command line is a UsageError like every other usage error, and nothing is abbreviated."""

    def __init__(self, command: str, summary: str) -> None:
        super().__init__(prog=f"gates {command}", description=summary, allow_abbrev=False, formatter_class=_formatter)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}{self._nearest(message)}; {self.prog} --help lists the options")

    def _nearest(self, message: str) -> str:
        from difflib import get_close_matches

        unknown = message.rpartition(": ")[2].split(" ")[0].partition("=")[0]
        near = get_close_matches(unknown, self._option_string_actions, n=1) if unknown.startswith("--") else []
        return f" (did you mean {near[0]}?)" if near and near[0] != unknown else ""


def _formatter(prog: str) -> argparse.HelpFormatter:
    # With a width of its own choice argparse loads shutil and with it four compressors, for each option anew.
    return argparse.HelpFormatter(prog, max_help_position=32, width=110)


def add_common(parser: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
    """`formats` are those that the command writes."""
    group = parser.add_argument_group("options of every gate")
    add = group.add_argument
    add("--repo", default="", metavar="DIR", help="the repository to judge (default: the git work tree around the current directory)")
    add(
        "--format",
        action="append",
        default=[],
        metavar="FORMAT[=FILE]",
        help=f"{', '.join(formats)}; repeatable, one without a file goes to stdout (default: text)",
    )
    add("--policy", default="", metavar="FILE", help="policy file instead of security/gates.toml")
    add("--policy-ref", default="", metavar="REF", help="take policy, waivers, baseline and ignore lists from this commit")
    add("--waivers", default="", metavar="FILE", help="waiver file instead of security/waivers.yaml")
    add("--fail-on", default="", metavar="LEVEL", help=f"lowest severity that blocks: {', '.join(map(str, Severity))}")
    add("--today", default="", metavar="YYYY-MM-DD", help="the day to judge sunsets by (default: today in UTC)")
    add("--offline", action="store_true", help="use no network")
    add("--timeout", default="600", metavar="SECONDS", help="time for each outside tool (default: 600)")
    add("--quiet", action="store_true", help="no progress, and of the text report only what did not pass")
    add("--no-color", action="store_true", help="plain text; NO_COLOR does the same")
    add("--no-timing", action="store_true", help="leave durations out, so that equal input gives equal bytes")


def read_common(parsed: argparse.Namespace, world: World, formats: Sequence[str] = FORMATS) -> Common:
    """The shared options, checked. Raises UsageError."""
    today = read_day("--today", parsed.today) if parsed.today else world.today
    outputs = tuple(_output(text, formats) for text in parsed.format) or (Output("text", ""),)
    if sum(not output.file for output in outputs) > 1:
        raise UsageError("--format: only one format can go to stdout; give the others a file, as in sarif=gates.sarif")
    files = [os.path.abspath(output.file) for output in outputs if output.file]
    if len(set(files)) != len(files):
        raise UsageError("--format: two formats would write the same file")
    return Common(
        repo=parsed.repo,
        outputs=outputs,
        policy=parsed.policy,
        policy_ref=parsed.policy_ref,
        waivers=parsed.waivers,
        fail_on=_severity(parsed.fail_on) if parsed.fail_on else None,
        today=today,
        today_given=bool(parsed.today),
        offline=parsed.offline,
        timeout=_seconds(parsed.timeout),
        quiet=parsed.quiet,
        colour=False if parsed.no_color else None,
        timed=not parsed.no_timing,
    )


def _output(text: str, formats: Sequence[str]) -> Output:
    name, equals, file = text.partition("=")
    if name not in formats and name in LATER_FORMATS:
        raise UsageError(f"--format {name} is not built yet; this version has {', '.join(formats)}")
    if name not in formats:
        raise UsageError(f"--format: unknown format {name!r}; the formats are {', '.join(formats)}")
    if equals and not file:
        raise UsageError(f"--format {text}: a file name is missing behind the equals sign")
    return Output(name, file)


def read_day(option: str, text: str) -> date:
    """Raises UsageError."""
    try:
        if len(text) != len("YYYY-MM-DD"):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is no day; write it as YYYY-MM-DD") from None


def _severity(text: str) -> Severity:
    names = {str(level): level for level in Severity}
    if text not in names:
        raise UsageError(f"--fail-on: unknown severity {text!r}; the severities are {', '.join(names)}")
    return names[text]


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:
        raise UsageError(f"--timeout: {text!r} is no number of seconds between 0 and 86400")
    return seconds


def checked_range(text: str) -> str:
    """A..B with both ends given. Raises UsageError."""
    base, dots, tip = text.partition("..")
    if not dots or not base or not tip or tip.startswith(".") or text.startswith("-"):
        raise UsageError(f"--range: {text!r} is no range; write it as A..B, as in origin/main..HEAD")
    return text
