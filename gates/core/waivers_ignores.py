"""The ignore lists of other tools, read for `gates waivers import`: what each entry ignores, until when, and why.

Formats: https://trivy.dev/latest/docs/configuration/filtering/ (.trivyignore and .trivyignore.yaml),
https://google.github.io/osv-scanner/configuration/, https://github.com/jeemok/better-npm-audit (.nsprc), the --ignore-vuln option of
pip-audit in workflow files, and the plain list of ids with a comment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from gates.core.documents import Node, Table, read_json, read_toml, read_yaml
from gates.core.documents.node import decode
from gates.core.documents.table import parse_day
from gates.core.globs import matches_everything, problem
from gates.core.patterns import lazy
from gates.core.purl import Purl, parse_purl
from gates.core.waivers import ADVISORY, list_fields


class Ignored(NamedTuple):
    """One advisory that a tool is told to ignore. `sunset` is the last whole day in UTC on which it does, None where it always will.

    `reason` is what the list says, "" where it says nothing; so are `owner` and `ticket`. `paths` are patterns of ours.
    """

    id: str
    path: str
    line: int
    sunset: date | None = None
    reason: str = ""
    owner: str = ""
    ticket: str = ""
    created: date | None = None
    purls: tuple[Purl, ...] = ()
    paths: tuple[str, ...] = ()


class Left(NamedTuple):
    """What is not translated, and why."""

    path: str
    line: int
    what: str
    why: str


Entries = Iterator["Ignored | Left"]

USUAL = (".trivyignore", ".trivyignore.yaml", ".trivyignore.yml", "osv-scanner.toml", ".nsprc")
WORKFLOWS = ".github/workflows"

_OTHER_MATTER = "is no advisory about a package"
_KNOWN = lazy(
    r"(?:CVE|GHSA|PYSEC|OSV|MAL|RUSTSEC|GO|GMS|SNYK|NSWG|TEMP|DSA|DLA|USN|RHSA|ALAS|ELSA)-[0-9A-Za-z._:-]+|[0-9]{1,9}", re.IGNORECASE
)


def form(path: str) -> str:
    """The name of the reader for a file of that name: "workflow", "trivy", "trivy-yaml", "osv", "nsprc" or "list"."""
    name = path.replace("\\", "/").rpartition("/")[2]
    if name.endswith((".yml", ".yaml")):
        return "trivy-yaml" if "trivyignore" in name else "workflow"
    if name.endswith(".toml"):
        return "osv"
    return "trivy" if name.endswith("trivyignore") else "nsprc" if name.endswith((".nsprc", ".json")) else "list"


def read(data: bytes, path: str, kind: str) -> list[Ignored | Left]:
    """In the order of the file; `kind` as `form` names it. Raises DocumentError for a file that is not of that form."""
    return list(READERS[kind](data, path))


def _entry(ignored: Ignored) -> Ignored | Left:
    if ADVISORY.fullmatch(ignored.id) and _KNOWN.fullmatch(ignored.id):
        return ignored
    return Left(ignored.path, ignored.line, ignored.id, _OTHER_MATTER)


def _last_day(ends: date | datetime) -> date:
    """The last whole day before the tool stops ignoring: at the start of a day, or at a moment. Without an offset, UTC is meant."""
    if not isinstance(ends, datetime):
        return ends - timedelta(1)
    moment = ends.astimezone(UTC) if ends.tzinfo else ends.replace(tzinfo=UTC)
    return moment.date() if moment.time() >= time(23, 59, 59) else moment.date() - timedelta(1)


# Lists with one id on each line


def _plain_list(data: bytes, path: str) -> Entries:
    for number, content, comment in _lines(data, path):
        words = content.split()
        if len(words) != 1:
            yield Left(path, number, content, "a line holds one id and a comment")
            continue
        try:
            fields = list_fields(comment)
        except ValueError:
            fields = {}
        days = {key: parse_day(fields[key]) for key in ("sunset", "created") if key in fields}
        if None in days.values():
            yield Left(path, number, content, "its date is no day of the calendar, written as YYYY-MM-DD")
            continue
        try:
            purls = (parse_purl(fields["purl"]),) if "purl" in fields else ()
        except ValueError as error:
            yield Left(path, number, content, str(error))
            continue
        reason = fields.get("reason", "" if fields else comment)
        owner, ticket = fields.get("owner", ""), fields.get("ticket", "")
        yield _entry(Ignored(words[0], path, number, days.get("sunset"), reason, owner, ticket, days.get("created"), purls))


def _trivy(data: bytes, path: str) -> Entries:
    for number, content, comment in _lines(data, path):
        name, *words = content.split()
        expiry = next((word.removeprefix("exp:") for word in words if word.startswith("exp:")), "")
        ends = parse_day(expiry) if expiry else None
        if expiry and ends is None:
            yield Left(path, number, name, f"{expiry!r} is no day of the calendar, written as YYYY-MM-DD; Trivy drops the line")
        elif others := [word for word in words if not word.startswith("exp:")]:
            yield Left(path, number, name, f"{others[0]!r} is no exp:YYYY-MM-DD; to Trivy the line never ends")
        else:
            yield _entry(Ignored(name, path, number, _last_day(ends) if ends else None, comment))


def _lines(data: bytes, path: str) -> Iterator[tuple[int, str, str]]:
    """(number, what stands in front of the #, what stands behind it) of each line that is more than a comment."""
    for number, line in enumerate(decode(data, path, len(data)).splitlines(), 1):
        content, _, comment = line.partition("#")
        if content.strip():
            yield number, content.strip(), " ".join(comment.split())


# Documents


def _trivy_yaml(data: bytes, path: str) -> Entries:
    top = _table(read_yaml(data, path), path, "the ignore file")
    for section in top:
        if section != "vulnerabilities":
            for table in _sections(top, section):
                yield Left(path, table.line, f"{section} {_text(table, 'id')}".strip(), _OTHER_MATTER)
    for table in _sections(top, "vulnerabilities"):
        yield _trivy_entry(table, path)


def _trivy_entry(table: Table, path: str) -> Ignored | Left:
    name = _text(table, "id")
    if unknown := [key for key in table if key not in ("id", "paths", "purls", "expired_at", "statement")]:
        return Left(path, table.line, name, f"the key {unknown[0]!r} is unknown to Trivy, which skips it")
    paths = _texts(table, "paths")
    for pattern in paths:
        if complaint := _foreign_pattern(pattern):
            return Left(path, table.line, name, f"the path {pattern!r}: {complaint}")
    try:
        purls = tuple(parse_purl(text) for text in _texts(table, "purls"))
    except ValueError as error:
        return Left(path, table.line, name, str(error))
    ends = _moment(table, "expired_at")
    if "expired_at" in table and ends is None:
        return Left(path, table.line, name, "its 'expired_at' is no date")
    sunset = _last_day(ends) if ends else None
    return _entry(Ignored(name, path, table.line, sunset, _text(table, "statement"), purls=purls, paths=paths))


def _foreign_pattern(pattern: str) -> str:
    """Why a pattern of Trivy's is none of ours, which know * ? and **."""
    if any(mark in pattern for mark in "[]{}\\"):
        return "brackets, braces and backslashes have no meaning here"
    return problem(pattern) or ("it matches everything" if matches_everything(pattern) else "")


def _osv(data: bytes, path: str) -> Entries:
    top = _table(read_toml(data, path), path, "the configuration")
    for table in _sections(top, "IgnoredVulns"):
        name = _text(table, "id")
        ends = _moment(table, "ignoreUntil")
        if unknown := [key for key in table if key not in ("id", "ignoreUntil", "reason")]:
            yield Left(path, table.line, name, f"the key {unknown[0]!r} is unknown")
        elif "ignoreUntil" in table and ends is None:
            yield Left(path, table.line, name, "its 'ignoreUntil' is no date")
        else:
            yield _entry(Ignored(name, path, table.line, _last_day(ends) if ends else None, _text(table, "reason")))
    for table in _sections(top, "PackageOverrides"):
        yield Left(path, table.line, f"package {_text(table, 'name')}".strip(), "a waiver names the advisories that it covers")


def _nsprc(data: bytes, path: str) -> Entries:
    top = _table(read_json(data, path), path, "the file")
    for name in top:
        node = top.node(name)
        line = top.line_of(name)
        if node is None or isinstance(node.value, str):
            yield _entry(Ignored(name, path, line, reason=str(node.value) if node else ""))
            continue
        if not isinstance(node.value, dict):
            yield Left(path, line, name, "is of an old form, a list without ids of advisories")
            continue
        table = Table(node, path, repr(name))
        active, ends = table.node("active"), _moment(table, "expiry")
        if active is not None and not active.value:
            yield Left(path, line, name, "is not active")
        elif "expiry" in table and ends is None:
            yield Left(path, line, name, "its 'expiry' is no date in the form YYYY-MM-DD and no time in seconds or milliseconds")
        else:
            yield _entry(Ignored(name, path, line, _last_day(ends) if ends else None, _text(table, "notes")))


# Workflows

_OPTION = lazy(r"""--ignore-vuln(?:=|(?:[ \t]|\\\r?\n)+)(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"';|&)]+))""")
_ACTION = "pypa/gh-action-pip-audit@"


def _workflow(data: bytes, path: str) -> Entries:
    """What steps tell pip-audit to ignore, by its option or by its action."""
    for step in _steps(read_yaml(data, path)):
        if isinstance(step.value, dict):
            run, uses, inputs = (step.value.get(key) for key in ("run", "uses", "with"))
            if run is not None and isinstance(run.value, str):
                for match in _OPTION.finditer(run.value):
                    if run.value[: match.start()].rpartition("\n")[2].lstrip().startswith("#"):
                        continue
                    found = next(group for group in match.groups() if group is not None)
                    yield _of_step(found, path, run, run.value.count("\n", 0, match.start()))
            given = inputs.value.get("ignore-vulns") if inputs and isinstance(inputs.value, dict) else None
            if uses and str(uses.value).startswith(_ACTION) and given and isinstance(given.value, str):
                for number, line in enumerate(given.value.splitlines()):
                    for word in line.split():
                        yield _of_step(word, path, given, number)


def _of_step(word: str, path: str, node: Node, below: int) -> Ignored | Left:
    # A text behind | or > starts in the line below its key.
    line = node.line + below + (1 if "\n" in str(node.value) else 0)
    if "$" in word:
        return Left(path, line, word, "is a variable, whose value only a run knows")
    return _entry(Ignored(word, path, line))


def _steps(document: Node) -> Iterator[Node]:
    """Of the jobs of a workflow, and of a composite action."""
    top = document.value if isinstance(document.value, dict) else {}
    jobs = top["jobs"].value if "jobs" in top else None
    holders = list(jobs.values()) if isinstance(jobs, dict) else []
    if "runs" in top:
        holders.append(top["runs"])
    for holder in holders:
        steps = holder.value.get("steps") if isinstance(holder.value, dict) else None
        if steps and isinstance(steps.value, list):
            yield from steps.value


READERS: Mapping[str, Callable[[bytes, str], Entries]] = {
    "list": _plain_list,
    "trivy": _trivy,
    "trivy-yaml": _trivy_yaml,
    "osv": _osv,
    "nsprc": _nsprc,
    "workflow": _workflow,
}


# Reading what other tools read less strictly


def _table(node: Node, path: str, what: str) -> Table:
    return Table(Node({}, 1, 1) if node.value is None else node, path, what)


def _sections(top: Table, key: str) -> Iterator[Table]:
    node = top.node(key)
    if node is None or node.value is None:
        return
    if not isinstance(node.value, list):
        raise top.error(f"{key!r} must be a list", key)
    for item in node.value:
        yield Table(item, top.path, f"an entry of {key!r}")


def _text(table: Table, key: str) -> str:
    node = table.node(key)
    return " ".join(str(node.value).split()) if node and isinstance(node.value, str | int) else ""


def _texts(table: Table, key: str) -> tuple[str, ...]:
    node = table.node(key)
    return () if node is None or node.value is None else table.texts(key)


_MILLISECONDS = 100_000_000_000  # as seconds that is the year 5138


def _moment(table: Table, key: str) -> date | datetime | None:
    """A day, a moment, or seconds or milliseconds since 1970; None for anything else."""
    node = table.node(key)
    value = node.value if node else None
    if isinstance(value, date):  # a datetime is one too
        return value
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value if value < _MILLISECONDS else value / 1000, UTC)
        if isinstance(value, str):
            return parse_day(value) or datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        pass
    return None
