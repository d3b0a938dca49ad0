"""The exception list: which findings do not block, who answers for that, and until when.

Read from `security/waivers.yaml` and from plain lists of advisory ids. A waiver is matched against our own findings alone; what it
does not say is never guessed, and one that has ended covers nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from gates.core.accountability import ACCOUNT_KEYS, live, owner_problem, read_account, reason_problem
from gates.core.documents import DocumentError, Table, read_yaml
from gates.core.documents.node import decode
from gates.core.documents.table import nearest, parse_day
from gates.core.errors import UsageError
from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.core.gate import Gate
from gates.core.globs import compile_globs, matches_everything, problem
from gates.core.patterns import lazy
from gates.core.policy import IGNORE_FILES, ExceptionFiles
from gates.core.purl import Purl, Range, in_range, parse_purl, parse_range, same_package
from gates.core.report import AppliedWaiver, Weakening
from gates.core.source import Source

Known = Mapping[str, "frozenset[str] | None"]  # gate -> the ids of its rules, None where only the gate's name is known

T = TypeVar("T")

MAX_ENTRIES = 2_000
MAX_DAYS_RISK = 366  # the most that a file may set max_days to
MAX_DAYS_SETTLED = 730  # for false positives and test data: they end by themselves when the content changes

KINDS = ("risk", "false-positive", "test-data")
STALE = ("warn", "fail", "off")
VEX_STATES = ("not_affected", "exploitable", "in_triage", "false_positive")
VEX_JUSTIFICATIONS = (
    "code_not_present",
    "code_not_reachable",
    "requires_configuration",
    "requires_dependency",
    "requires_environment",
    "protected_by_compiler",
    "protected_at_runtime",
    "protected_at_perimeter",
    "protected_by_mitigating_control",
)
VEX_RESPONSES = ("can_not_fix", "will_not_fix", "update", "rollback", "workaround_available")

# Their findings are known by advisories, which have several ids, and are found in packages rather than at paths.
ADVISORY_GATES = frozenset({"deps", "image"})

_CONTROL = "ignore list with sunset notes"
EXPIRED = Rule(
    "waivers/expired",
    Severity.LOW,
    "an exception whose last day has passed",
    "It covers nothing any more: what it covered blocks again, and the entry only misleads its readers.",
    "Fix what it was about and remove the entry, or renew it with a reason that holds today.",
    control=_CONTROL,
)
EXPIRING = Rule(
    "waivers/expiring",
    Severity.LOW,
    "an exception that ends soon",
    "From the day after its sunset on, what it covers blocks every change.",
    "Fix what it covers while there is time, or renew it with a reason that holds today.",
    control=_CONTROL,
)
STALE_ENTRY = Rule(
    "waivers/stale",
    Severity.LOW,
    "an exception that covers nothing",
    "What it was about is gone, or the entry never matched; left in place it can hide the same defect when it comes back.",
    "Remove the entry.",
    control=_CONTROL,
)
OVERLAP = Rule(
    "waivers/overlap",
    Severity.INFO,
    "two exceptions for one finding",
    "The first one of the list counts. When it is removed or ends, the second still covers, which its readers do not expect.",
    "Remove the one that is not needed.",
    control=_CONTROL,
)
RENEWED_TOO_OFTEN = Rule(
    "waivers/renewed-too-often",
    Severity.HIGH,
    "an exception that was prolonged more often than the list allows",
    "A risk that is accepted again and again was never accepted for a time, it was accepted for good.",
    "Fix what it covers and remove the entry, or have the owners of the list raise max_renewals.",
    control=_CONTROL,
)
RENEWED_UNCHANGED = Rule(
    "waivers/renewed-unchanged",
    Severity.HIGH,
    "an exception that was prolonged without a word",
    "Its reason was given for the time that is over. Whether it still holds, nobody has said.",
    "Say in 'reason' why it holds on, or name in 'ticket' the work that ends it; gates waivers renew asks for one of them.",
    control=_CONTROL,
)
RENEWALS_UNKNOWN = Rule(
    "waivers/renewals-unknown",
    Severity.LOW,
    "how often the exceptions were prolonged is not known",
    "Renewals are counted in the history of the list. Without it, one that was prolonged too often looks like a new one.",
    "Check out the whole history, with fetch-depth: 0 in CI.",
    control=_CONTROL,
)
RULES = (EXPIRED, EXPIRING, STALE_ENTRY, OVERLAP, RENEWED_TOO_OFTEN, RENEWED_UNCHANGED, RENEWALS_UNKNOWN)


class Vex(NamedTuple):
    """What to say of the advisory in an SBOM's VEX part; the vocabulary is CycloneDX's."""

    state: str
    justification: str = ""
    response: tuple[str, ...] = ()


class Waiver(NamedTuple):
    """Every field that is given must match. `rules` are alternatives, and empty where the fingerprint alone names the finding.

    `created` is None for an entry of a plain list.
    """

    id: str
    gate: str
    kind: str
    rules: tuple[str, ...]
    owner: str
    reason: str
    created: date | None
    sunset: date
    path: str  # of the file that holds the entry
    line: int
    fingerprint: str = ""
    purl: Purl | None = None
    versions: Range | None = None
    paths: tuple[str, ...] = ()
    image: str = ""
    until_fixed: bool = False
    vex: Vex | None = None
    ticket: str = ""
    approved_by: str = ""


class Terms(NamedTuple):
    """The waiver file's own `policy`: how long a waiver may run, and what none may cover. Days and a count of renewals."""

    max_days: int = 90
    warn_days: int = 14
    max_renewals: int = 3
    stale: str = "warn"
    never: tuple[str, ...] = ()

    def forbids(self, rule: str) -> bool:
        """Whether no waiver and no baseline may cover that rule."""
        return any(_covers_rule(pattern, rule) for pattern in self.never)


class Waivers(NamedTuple):
    """In the order of the files. `data` is the bytes of each file that was read, by its path."""

    entries: tuple[Waiver, ...] = ()
    terms: Terms = Terms()
    data: Mapping[str, bytes] = MappingProxyType({})

    def of(self, gates: Collection[str]) -> Waivers:
        """Those for the named gates."""
        return self._replace(entries=tuple(entry for entry in self.entries if entry.gate in gates))

    def weakened(self, today: date, renewals: Mapping[str, int] = MappingProxyType({})) -> tuple[Weakening, ...]:
        """Every waiver that still counts, with how often it was renewed, by its id; and each term that is laxer than the usual one."""
        return tuple(_weakened(self, today, renewals))


def known_rules(gates: Sequence[Gate], names: Collection[str]) -> Known:
    """For `load`: the rules of the gates that are loaded, and the bare names of all others."""
    return dict.fromkeys(names) | {gate.name: frozenset(rule.id for rule in gate.rules) for gate in gates}


def load(source: Source, files: ExceptionFiles, known: Known, today: date, *, chosen: Source | None = None) -> Waivers:
    """Every waiver of the waiver file and of the plain lists. A missing file is fine unless the policy names it.

    `chosen` is where `files.file` is read from instead, for a file that the command line names. Raises UsageError.
    """
    data = {path: content for path in _lists(files) if (content := source.read(path)) is not None}
    for path in files.ignore_files:
        if path not in data:
            raise UsageError("no such ignore list, but the policy names it under [waivers] ignore_files", path)
    listed = (chosen or source).read(files.file)
    if listed is None and (chosen or files.file != ExceptionFiles().file):
        raise UsageError("no such waiver file", files.file)
    waivers = Waivers() if listed is None else read(listed, files.file, known, today)
    entries = list(waivers.entries)
    for path, plain in data.items():
        entries.extend(_read_list(plain, path, waivers.terms, today))
    _refuse_many(entries)
    _refuse_duplicates(entries)
    return Waivers(tuple(entries), waivers.terms, ({} if listed is None else {files.file: listed}) | data)


def _lists(files: ExceptionFiles) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*IGNORE_FILES, *files.ignore_files)))


def _refuse_many(entries: Sequence[Waiver]) -> None:
    if len(entries) > MAX_ENTRIES:
        extra = entries[MAX_ENTRIES]
        raise DocumentError(f"more than {MAX_ENTRIES} waivers; fix something", extra.path, extra.line)


def _refuse_duplicates(entries: Sequence[Waiver]) -> None:
    seen: dict[str, Waiver] = {}
    for entry in entries:
        first = seen.setdefault(entry.id.lower(), entry)
        if first is not entry:
            raise DocumentError(f"duplicate id {entry.id}; {first.path}:{first.line} has it already", entry.path, entry.line)


# The waiver file

_ID = lazy(r"W-[0-9A-Za-z._-]{1,40}")
ADVISORY = lazy(r"[0-9A-Za-z][0-9A-Za-z._:-]{1,119}")
_FINGERPRINT = lazy(r"[0-9a-f]{32}")
_NEVER = lazy(r"[a-z][a-z0-9-]*/[a-z0-9-]*\*?")
_KEYS = (
    "id", "gate", "kind", "rule", "fingerprint", "purl", "versions", "paths", "image", *ACCOUNT_KEYS,
    "created", "until_fixed", "vex", "ticket", "approved_by",
)  # fmt: skip


def read(data: bytes, path: str, known: Known, today: date) -> Waivers:
    """The waiver file alone. Raises DocumentError."""
    top = Table(read_yaml(data, path), path, "the waiver file").closed(("version", "policy", "waivers"))
    if top.whole("version") != 1:
        raise top.error("'version' must be 1", "version")
    terms = _terms(top.table("policy"), known)
    entries = top.tables("waivers", None)
    if len(entries) > MAX_ENTRIES:
        raise entries[MAX_ENTRIES].error(f"more than {MAX_ENTRIES} waivers; fix something")
    return Waivers(tuple(_entry(entry, terms, known, today) for entry in entries), terms)


def _terms(table: Table | None, known: Known) -> Terms:
    if table is None:
        return Terms()
    table.closed(Terms._fields)
    never = table.texts("never", ())
    for pattern in never:
        if complaint := _never_problem(pattern, known):
            raise table.error(f"'never': {complaint}", "never")
    return Terms(
        max_days=table.whole("max_days", Terms().max_days, at_least=1, at_most=MAX_DAYS_RISK),
        warn_days=table.whole("warn_days", Terms().warn_days, at_most=90),
        max_renewals=table.whole("max_renewals", Terms().max_renewals, at_most=100),
        stale=table.choice("stale", STALE, Terms().stale),
        never=never,
    )


def _never_problem(pattern: str, known: Known) -> str:
    if not _NEVER.fullmatch(pattern):
        return f"{pattern!r} is no rule id, which may end in *, such as secrets/private-key-*"
    gate = pattern.partition("/")[0]
    if gate not in known:
        return f"{pattern!r} names no known rule: there is no gate {gate!r}{nearest(gate, known)}"
    rules = known[gate]
    if rules is not None and not any(_covers_rule(pattern, rule) for rule in rules):
        return f"{pattern!r} names no known rule{nearest(pattern, rules)}"
    return ""


def _covers_rule(pattern: str, rule: str) -> bool:
    return rule.startswith(pattern[:-1]) if pattern.endswith("*") else rule == pattern


def _entry(table: Table, terms: Terms, known: Known, today: date) -> Waiver:
    table.closed(_KEYS)
    gate = table.text("gate")
    if gate not in known:
        raise table.error(f"unknown gate {gate!r}{nearest(gate, known)}; the gates are {', '.join(sorted(known))}", "gate")
    account = read_account(table)
    created = table.day("created")
    waiver = Waiver(
        id=_matching(table, "id", _ID, "W- and up to 40 letters, digits, dots, - and _"),
        gate=gate,
        kind=table.choice("kind", KINDS, "risk"),
        rules=_rules(table, gate, terms, known),
        owner=account.owner,
        reason=account.reason,
        created=created,
        sunset=account.sunset,
        path=table.path,
        line=table.line,
        fingerprint=_matching(table, "fingerprint", _FINGERPRINT, "32 lower-case hex digits, as the report shows them", ""),
        purl=_parsed(table, "purl", parse_purl),
        versions=_parsed(table, "versions", parse_range),
        paths=_paths(table),
        image=table.text("image", ""),
        until_fixed=table.flag("until_fixed", False),
        vex=_vex(table),
        ticket=table.text("ticket", ""),
        approved_by=table.text("approved_by", ""),
    )
    for key, complaint in (*_scope_problems(waiver), *_date_problems(waiver, terms, today)):
        raise table.error(complaint, key)
    return waiver


def _matching(table: Table, key: str, pattern: re.Pattern[str], form: str, default: str | None = None) -> str:
    text = table.text(key, default)
    if text != default and not pattern.fullmatch(text):
        raise table.error(f"{key!r} must be {form}", key)
    return text


def _parsed(table: Table, key: str, parse: Callable[[str], T]) -> T | None:
    if key not in table:
        return None
    try:
        return parse(table.text(key))
    except ValueError as error:
        raise table.error(f"{key!r}: {error}", key) from None


def _rules(table: Table, gate: str, terms: Terms, known: Known) -> tuple[str, ...]:
    if "rule" not in table:
        return ()
    node = table.node("rule")
    rules = table.texts("rule") if node and isinstance(node.value, list) else (table.text("rule"),)
    if not 0 < len(rules) <= 50:
        raise table.error("'rule' is one id or a list of up to 50", "rule")
    for rule in rules:
        if complaint := _rule_problem(rule, gate, terms, known[gate]):
            raise table.error(complaint, "rule")
    return rules


def _rule_problem(rule: str, gate: str, terms: Terms, rules: frozenset[str] | None) -> str:
    if "*" in rule:
        return f"{rule!r} is a wildcard; a waiver names each rule it covers"
    if "/" not in rule and gate in ADVISORY_GATES:
        return "" if ADVISORY.fullmatch(rule) else f"{rule!r} is no advisory id such as CVE-2024-1234"
    if not rule.startswith(f"{gate}/"):
        return f"{rule!r} is no rule of the gate {gate!r}, whose rules start with {gate}/"
    if rules is not None and rule not in rules:
        return f"unknown rule {rule!r}{nearest(rule, rules)}"
    return f"no waiver may cover {rule}; the policy lists it under never" if terms.forbids(rule) else ""


def _paths(table: Table) -> tuple[str, ...]:
    if "paths" not in table:
        return ()
    paths = table.texts("paths")
    if not paths:
        raise table.error("'paths' is empty", "paths")
    for path in paths:
        if complaint := problem(path) or (matches_everything(path) and "a waiver must name what it covers"):
            raise table.error(f"{path!r}: {complaint}", "paths")
    return paths


def _vex(table: Table) -> Vex | None:
    inner = table.table("vex")
    if inner is None:
        return None
    inner.closed(Vex._fields)
    state = inner.choice("state", VEX_STATES)
    if state == "not_affected" and "justification" not in inner:
        raise inner.error("the state not_affected needs a 'justification'")
    response = inner.texts("response", ())
    for word in response:
        if word not in VEX_RESPONSES:
            raise inner.error(f"'response' must be among {', '.join(VEX_RESPONSES)}{nearest(word, VEX_RESPONSES)}", "response")
    return Vex(state, inner.choice("justification", VEX_JUSTIFICATIONS) if "justification" in inner else "", response)


def _scope_problems(waiver: Waiver) -> Iterator[tuple[str, str]]:
    """(key, complaint): a waiver must say what it covers, in the terms of its gate."""
    advisory = waiver.gate in ADVISORY_GATES
    if not waiver.rules and not waiver.fingerprint:
        yield "", "a waiver needs a 'rule' or a 'fingerprint'"
    if waiver.kind != "risk" and not waiver.fingerprint:
        yield "kind", f"a {waiver.kind} waiver needs the 'fingerprint' of the finding, as the report shows it"
    if waiver.gate == "secrets" and not waiver.fingerprint:
        yield "", "a waiver for secrets needs the 'fingerprint' of the finding, as the report shows it"
    if waiver.gate == "deps" and not (waiver.rules and waiver.purl):
        yield "", "a waiver for deps needs both 'rule' and 'purl'"
    if waiver.gate == "image" and not (waiver.fingerprint or (waiver.rules and waiver.image)):
        yield "", "a waiver for image needs a 'fingerprint', or both 'rule' and 'image'"
    if not advisory and not (waiver.fingerprint or waiver.paths):
        yield "", f"a waiver for {waiver.gate} needs a 'fingerprint' or 'paths'"
    if waiver.versions and (waiver.purl is None or waiver.purl.type != waiver.versions.type):
        yield "versions", "'versions' needs a 'purl' of the same type"
    if waiver.versions and waiver.purl and waiver.purl.version:
        yield "versions", "'versions' and a version in 'purl' exclude each other"
    for key, given in (("purl", waiver.purl), ("image", waiver.image), ("until_fixed", waiver.until_fixed), ("vex", waiver.vex)):
        if given and not advisory:
            yield key, f"{key!r} has no meaning for {waiver.gate}"
    if waiver.image and waiver.gate != "image":
        yield "image", f"'image' has no meaning for {waiver.gate}"
    if waiver.ticket and not waiver.ticket.startswith(("http://", "https://")):
        yield "ticket", "'ticket' must be a URL"


def _date_problems(waiver: Waiver, terms: Terms, today: date) -> Iterator[tuple[str, str]]:
    created = waiver.created or today
    longest = terms.max_days if waiver.kind == "risk" else MAX_DAYS_SETTLED
    if created > today:
        yield "created", f"'created' lies in the future; today is {today} in UTC"
    if waiver.created and waiver.sunset < created:
        yield "sunset", "'sunset' lies before 'created'"
    if (waiver.sunset - created).days > longest:
        since = "after 'created'" if waiver.created else "after today"
        yield "sunset", f"'sunset' lies {(waiver.sunset - created).days} days {since}; at most {longest} are allowed"


# The plain lists: `CVE-2024-1234  # sunset: 2027-01-15 owner: @team reason: why it does not matter here`

_LIST_FIELD = lazy(r"(?:^|(?<=\s))([a-z_]+):(?=\s|$)")
_LIST_KEYS = ("sunset", "owner", "reason", "created", "purl", "ticket")


def _read_list(data: bytes, path: str, terms: Terms, today: date) -> Iterator[Waiver]:
    for number, line in enumerate(decode(data, path, len(data)).splitlines(), 1):
        content, _, comment = line.partition("#")
        if content.strip():
            try:
                yield _listed(content.strip(), comment.strip(), path, number, terms, today)
            except ValueError as error:
                raise DocumentError(str(error), path, number) from None


def _listed(advisory: str, comment: str, path: str, line: int, terms: Terms, today: date) -> Waiver:
    """Raises ValueError."""
    form = f"{advisory}  # sunset: YYYY-MM-DD owner: @team reason: why it does not matter here"
    if not ADVISORY.fullmatch(advisory):
        raise ValueError("a line holds one advisory id and a comment, as in CVE-2024-1234  # sunset: YYYY-MM-DD owner: @team reason: why")
    values = list_fields(comment)
    for key in ACCOUNT_KEYS[::-1]:
        if not values.get(key):
            raise ValueError(f"{advisory} has no {key}; write {form}")
    owner, reason = values["owner"], values["reason"]
    sunset = parse_day(values["sunset"])
    created = parse_day(values["created"]) if "created" in values else None
    if sunset is None or ("created" in values and created is None):
        raise ValueError(f"{advisory}: 'sunset' and 'created' are days of the calendar, written as YYYY-MM-DD")
    if complaint := owner_problem(owner) or reason_problem(reason):
        raise ValueError(f"{advisory}: {complaint}")
    purl = parse_purl(values["purl"]) if "purl" in values else None
    waiver = Waiver(
        advisory, "deps", "risk", (advisory,), owner, reason, created, sunset, path, line, purl=purl, ticket=values.get("ticket", "")
    )
    for _, complaint in _date_problems(waiver, terms, today):
        raise ValueError(f"{advisory}: {complaint}")
    return waiver


def list_fields(comment: str) -> dict[str, str]:
    """Of a plain list's comment, each `key:` with the text up to the next one. Raises ValueError."""
    pieces = _LIST_FIELD.split(comment)
    values: dict[str, str] = {}
    for key, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if key in _LIST_KEYS:
            if key in values:
                raise ValueError(f"{key!r} is given twice")
            values[key] = " ".join(text.split())
        elif "reason" in values and list(values)[-1] == "reason":
            values["reason"] += f" {key}: {' '.join(text.split())}"  # a word with a colon within the reason
        else:
            raise ValueError(f"unknown field {key!r}{nearest(key, _LIST_KEYS)}")
    return values


# Matching


class Match(NamedTuple):
    """`live` cover the finding, in the order of the files; `ended` would have covered it."""

    live: tuple[Waiver, ...] = ()
    ended: tuple[Waiver, ...] = ()

    def applied(self, today: date) -> AppliedWaiver | None:
        """The first live one, as a report shows it."""
        return apply(self.live[0], today) if self.live else None


class Matcher:
    """Finds the waivers of a finding without trying each."""

    def __init__(self, waivers: Waivers) -> None:
        self._terms = waivers.terms
        self._by_fingerprint: dict[str, list[tuple[int, Waiver]]] = {}
        self._by_rule: dict[tuple[str, str], list[tuple[int, Waiver]]] = {}
        for place, waiver in enumerate(waivers.entries):
            if waiver.fingerprint:
                self._by_fingerprint.setdefault(waiver.fingerprint, []).append((place, waiver))
            else:
                for rule in waiver.rules:
                    self._by_rule.setdefault((waiver.gate, rule.lower()), []).append((place, waiver))

    def match(self, found: Finding, fingerprint: str, today: date) -> Match:
        """What covers the finding on that day; nothing covers a rule under `never`."""
        if self._terms.forbids(found.rule.id):
            return Match()
        ids = _ids(found)
        candidates = dict(self._by_fingerprint.get(fingerprint, ()))
        for rule in ids:
            candidates.update(self._by_rule.get((found.rule.gate, rule), ()))
        covering = [waiver for _, waiver in sorted(candidates.items()) if _covers(waiver, found, ids)]
        ended = tuple(waiver for waiver in covering if why_ended(waiver, found, today))
        return Match(tuple(waiver for waiver in covering if waiver not in ended), ended)


def match(waivers: Waivers, found: Finding, fingerprint: str, today: date) -> Match:
    """For one finding; who has many keeps a `Matcher`."""
    return Matcher(waivers).match(found, fingerprint, today)


def apply(waiver: Waiver, today: date) -> AppliedWaiver:
    days_left = (waiver.sunset - today).days
    return AppliedWaiver(waiver.id, waiver.kind, waiver.owner, waiver.sunset, waiver.reason, days_left)


def why_ended(waiver: Waiver, found: Finding, today: date) -> str:
    """For the finding that blocks again: "waiver W-0007 ended on 2027-01-15"; "" while the waiver counts."""
    if not live(waiver.sunset, today):
        return f"waiver {waiver.id} ended on {waiver.sunset}"
    if waiver.until_fixed:
        fixes = found.data.get("fix_versions")
        if not isinstance(fixes, list | tuple):
            return f"waiver {waiver.id} counts until a fix exists, and whether one does is not known"
        if fixes:
            return f"waiver {waiver.id} ended: fixed in {', '.join(map(str, fixes))}"
    return ""


def _ids(found: Finding) -> frozenset[str]:
    """What a waiver's rule can name, in lower case: the rule, and for an advisory its id, which starts the subject, and all aliases."""
    ids = {found.rule.id.lower()}
    if found.rule.gate in ADVISORY_GATES:
        aliases = found.data.get("aliases")
        names = aliases if isinstance(aliases, list | tuple) else ()
        ids.update(name.lower() for name in (*names, *found.subject.split()[:1]) if isinstance(name, str))
    return frozenset(ids)


def _covers(waiver: Waiver, found: Finding, ids: frozenset[str]) -> bool:
    """Whether every given field but the fingerprint matches; that one chose the waiver, where it has one."""
    if waiver.gate != found.rule.gate or (waiver.rules and ids.isdisjoint(rule.lower() for rule in waiver.rules)):
        return False
    if waiver.purl and not _covers_package(waiver, found):
        return False
    if waiver.image and not covers_image(waiver.image, found.data.get("image")):
        return False
    return not waiver.paths or (found.location is not None and compile_globs(waiver.paths)(found.location.path))


def _covers_package(waiver: Waiver, found: Finding) -> bool:
    package = found.data.get("package")
    purl = package.get("purl") if isinstance(package, Mapping) else None
    try:
        of_finding = parse_purl(purl) if isinstance(purl, str) else None
    except ValueError:
        of_finding = None
    if of_finding is None or waiver.purl is None or not same_package(waiver.purl, of_finding):
        return False
    return waiver.versions is None or in_range(waiver.versions, of_finding.version)


def covers_image(wanted: str, image: object) -> bool:
    """An image is named in full, or without its tag and digest for all of them."""
    if not isinstance(image, str):
        return False
    undigested = image.partition("@")[0]
    folder, slash, leaf = undigested.rpartition("/")
    return wanted in (image, undigested, folder + slash + leaf.partition(":")[0])


# What the list itself gives rise to


def expired(waivers: Waivers, today: date) -> Iterator[Finding]:
    for waiver in waivers.entries:
        if not live(waiver.sunset, today):
            message = f"{name(waiver)} ended on {waiver.sunset} and covers nothing; fix it, or renew the entry with a reason"
            yield finding(EXPIRED, message, Location(waiver.path, waiver.line), waiver.id)


def expiring(waivers: Waivers, today: date) -> Iterator[Finding]:
    """Those that end within `warn_days`."""
    for waiver in waivers.entries:
        days = (waiver.sunset - today).days
        if 0 <= days <= waivers.terms.warn_days:
            when = "today is its last day" if not days else f"{days} {'day is' if days == 1 else 'days are'} left"
            message = f"{name(waiver)} ends on {waiver.sunset}: {when}"
            yield finding(EXPIRING, message, Location(waiver.path, waiver.line), waiver.id)


def stale(waivers: Waivers, matched: Collection[str], complete: Collection[str], today: date) -> Iterator[Finding]:
    """Live entries that matched nothing, by `matched`, the ids of those that did (live or ended), of the gates in `complete`.

    `complete` must name only gates that looked at the whole tree and did not end in error or skip: of the others nothing is known.
    """
    if waivers.terms.stale == "off":
        return
    severity = Severity.HIGH if waivers.terms.stale == "fail" else Severity.LOW
    for waiver in waivers.entries:
        if waiver.gate in complete and waiver.id not in matched and live(waiver.sunset, today):
            message = f"{name(waiver)} matches no finding; remove it"
            yield finding(STALE_ENTRY, message, Location(waiver.path, waiver.line), waiver.id, severity=severity)


def overlapping(waivers: Waivers, pairs: Collection[tuple[str, str]]) -> Iterator[Finding]:
    """For the pairs of ids of which both cover one finding: the one that was applied, and the other."""
    by_id = {waiver.id: waiver for waiver in waivers.entries}
    for first, other in sorted(pairs):
        waiver = by_id[other]
        message = f"{name(waiver)} covers what {first} covers already; keep one of them"
        yield finding(OVERLAP, message, Location(waiver.path, waiver.line), f"{other} {first}")


def name(waiver: Waiver) -> str:
    """For messages: its id and what it is about."""
    about = ", ".join(waiver.rules) or waiver.fingerprint
    return f"waiver {waiver.id}" if about == waiver.id else f"waiver {waiver.id} for {about}"


def _weakened(waivers: Waivers, today: date, renewals: Mapping[str, int]) -> Iterator[Weakening]:
    for waiver in waivers.entries:
        if live(waiver.sunset, today):
            times = renewals.get(waiver.id, 0)
            renewed = f", renewed {times} time{'' if times == 1 else 's'}" if times else ""
            yield Weakening(name(waiver) + renewed, waiver.owner, waiver.reason, waiver.sunset.isoformat())
    terms, usual = waivers.terms, Terms()
    for key in ("max_days", "max_renewals"):
        if getattr(terms, key) > getattr(usual, key):
            yield Weakening(f"waivers: {key} = {getattr(terms, key)} (by default {getattr(usual, key)})", "", "", "")
    if terms.warn_days < usual.warn_days:
        yield Weakening(f"waivers: warn_days = {terms.warn_days} (by default {usual.warn_days})", "", "", "")
    if terms.stale == "off":
        yield Weakening("waivers: stale = off (by default warn)", "", "", "")
