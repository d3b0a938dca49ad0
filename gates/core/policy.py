"""The policy: what each gate looks for, what it leaves out, and what blocks. Read strictly: what is not understood is refused.

`security/gates.toml`, or the table `[tool.gates]` of pyproject.toml; a missing policy is the default one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from gates.core.accountability import ACCOUNT_KEYS, Account, live, read_account
from gates.core.documents import DocumentError, Node, Table, plain, read_toml
from gates.core.errors import UsageError
from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.core.gate import Gate
from gates.core.globs import compile_globs, matches_everything, problem
from gates.core.options import defaults, fields, fill, read_severity
from gates.core.report import Weakening
from gates.core.source import Source

POLICY_FILE = "security/gates.toml"
PYPROJECT = "pyproject.toml"
IGNORE_FILES = ("security/pip-audit-ignore.txt", ".github/security/pip-audit-ignore.txt")  # read wherever they exist

GATE_KEYS = ("fail_on", "required", "timeout")
TOP_KEYS = ("profile", "exclude", "rules", "network", "waivers")
BUILT_IN = ("waivers", "policy")  # these rules' first part is no gate, and they always run
PROFILES = ("baseline", "hardened")

_TIMEOUT = 600.0
_MAX_TIMEOUT = 86_400.0
_HARDENED_FROM_MEDIUM = frozenset({"container", "workflows"})

CHANGED = Rule(
    "policy/changed",
    Severity.MEDIUM,
    "the change edits the policy or the exceptions it is judged by",
    "Whoever can edit the policy can switch a gate off in the change that the gate would have stopped.",
    "Have an owner of the security folder review the edit on its own; it takes effect when it is merged.",
    control="every gate the policy requires runs in CI, without bypass",
)
FROM_THE_CHANGE = Rule(
    "policy/from-the-change",
    Severity.MEDIUM,
    "a pull request is judged by the policy that it brings along",
    "A change that also edits the policy, the waivers or the baseline can let itself pass.",
    "Give the job --policy-ref with the target branch, as in --policy-ref origin/main.",
    control="every gate the policy requires runs in CI, without bypass",
)
RULES = (CHANGED, FROM_THE_CHANGE)


class GatePolicy(NamedTuple):
    """`options` is the record that the gate's own type describes; `timeout` is in seconds, for the whole gate."""

    options: Any
    fail_on: Severity
    required: bool = False
    timeout: float = _TIMEOUT


class Exclusion(NamedTuple):
    paths: tuple[str, ...]
    gates: tuple[str, ...]
    account: Account
    line: int


class Override(NamedTuple):
    """`account` is None exactly where the severity is not below the rule's own, or the rule is not known to this run."""

    rule: str
    severity: Severity
    own: Severity | None
    account: Account | None
    line: int


NO_OVERRIDES: Mapping[str, Override] = MappingProxyType({})


class Network(NamedTuple):
    proxy: str = ""
    ca_bundle: str = ""
    offline: bool = False


class ExceptionFiles(NamedTuple):
    """Where waivers and baseline stand; a file that is named here and is not its default must exist."""

    file: str = "security/waivers.yaml"
    ignore_files: tuple[str, ...] = ()
    baseline: str = "security/baseline.json"


class Policy(NamedTuple):
    """`gates` holds the gates that the reader was given. `path` is "" and `data` empty where there is no policy."""

    source: str  # "default", "tree", "ref:<name>" or "file:<name>"
    path: str
    data: bytes
    profile: Literal["baseline", "hardened"]
    gates: Mapping[str, GatePolicy]
    exclusions: tuple[Exclusion, ...] = ()
    overrides: Mapping[str, Override] = NO_OVERRIDES
    network: Network = Network()
    files: ExceptionFiles = ExceptionFiles()

    def excluded(self, gate: str, today: date) -> Callable[[str], str]:
        """Path -> why the gate leaves it out, "" for a path in scope. An exclusion counts through its sunset day."""
        rules = [
            (compile_globs(exclusion.paths), f"excluded by the policy until {exclusion.account.sunset}: {exclusion.account.reason}")
            for exclusion in self.exclusions
            if gate in exclusion.gates and live(exclusion.account.sunset, today)
        ]
        return lambda path: next((reason for matches, reason in rules if matches(path)), "")

    def severity(self, found: Finding, today: date) -> Severity:
        """The finding's severity under this policy: lowered only by an override that somebody answers for, until its sunset."""
        override = self.overrides.get(found.rule.id)
        if override is None:
            return found.severity
        if override.severity >= found.rule.severity:
            return max(found.severity, override.severity)
        if override.account is None or not live(override.account.sunset, today):
            return found.severity
        return min(found.severity, override.severity)

    def weakened(self, today: date) -> tuple[Weakening, ...]:
        """What this policy leaves out or judges more mildly than the default policy does; what has run out is not listed."""
        return tuple(_weakened(self, today))


def default_fail_on(gate: str, profile: str) -> Severity:
    return Severity.MEDIUM if profile == "hardened" and gate in _HARDENED_FROM_MEDIUM else Severity.HIGH


def default(gates: Sequence[Gate] = ()) -> Policy:
    """The policy where there is none."""
    settings = {gate.name: GatePolicy(gate.options(), default_fail_on(gate.name, "baseline")) for gate in gates}
    return Policy("default", "", b"", "baseline", settings)


def read(source: Source, gates: Sequence[Gate], names: Collection[str], *, built_in: Sequence[Rule] = RULES, chosen: str = "") -> Policy:
    """The policy that the source holds, the default one where it holds none.

    `gates` are those whose tables are read; `names` are all gates there are, whose tables may be present.
    `chosen` is the policy file to read instead of the usual two; it must exist. `built_in` are the known rules of no gate.
    Raises UsageError.
    """
    path, data, root = _find(source, chosen)
    if root is None:
        return default(gates)
    top = Table(root, path, "the policy").closed((*TOP_KEYS, *names))
    profile: Literal["baseline", "hardened"] = "hardened" if top.choice("profile", PROFILES, "baseline") == "hardened" else "baseline"
    for name in names:
        top.table(name)  # of the gates that are not loaded nothing more is known than that it must be a table
    known = {rule.id: rule for gate in gates for rule in gate.rules} | {rule.id: rule for rule in built_in}
    loaded = {gate.name for gate in gates} | {rule.gate for rule in built_in}
    return Policy(
        source=source.name,
        path=path,
        data=data,
        profile=profile,
        gates={gate.name: _gate(top, gate, profile) for gate in gates},
        exclusions=tuple(_exclusion(table, names) for table in top.tables("exclude")),
        overrides={override.rule: override for override in _overrides(top, known, loaded, {*names, *BUILT_IN})},
        network=_network(top),
        files=_files(top),
    )


def _find(source: Source, chosen: str) -> tuple[str, bytes, Node | None]:
    if chosen:
        data = source.read(chosen)
        if data is None:
            raise UsageError("no such policy file", chosen)
        document = read_toml(data, chosen)
        return chosen, data, (_tool_table(document, chosen) or _missing(chosen)) if _is_pyproject(chosen) else document
    data, pyproject = source.read(POLICY_FILE), source.read(PYPROJECT)
    # Reading a large pyproject.toml takes longer than a whole hook may; without this word it holds no table of ours.
    root = _tool_table(read_toml(pyproject, PYPROJECT), PYPROJECT) if pyproject and b"gates" in pyproject else None
    if data is None:
        return (PYPROJECT, pyproject, root) if pyproject and root else ("", b"", None)
    if root is not None:
        line = root.key_line or root.line
        raise DocumentError(f"[tool.gates] and {POLICY_FILE} are both present; keep one of them", PYPROJECT, line)
    return POLICY_FILE, data, read_toml(data, POLICY_FILE)


def _is_pyproject(path: str) -> bool:
    return path.replace("\\", "/").rpartition("/")[2] == PYPROJECT


def _missing(path: str) -> Node:
    raise UsageError("holds no table [tool.gates]", path)


def _tool_table(root: Node, path: str) -> Node | None:
    tool = Table(root, path).node("tool")
    return tool.value.get("gates") if tool and isinstance(tool.value, dict) else None


def policy_keys(gate: Gate) -> tuple[str, ...]:
    """The keys of the gate's table, in order: its options but for those that only the command line sets, then the common ones."""
    return (*(field for field in fields(gate.options) if field not in _command_line_only(gate)), *GATE_KEYS)


def _command_line_only(gate: Gate) -> frozenset[str]:
    return frozenset(flag.field for flag in gate.flags if not flag.policy)


def _gate(top: Table, gate: Gate, profile: str) -> GatePolicy:
    fail_on = default_fail_on(gate.name, profile)
    table = top.table(gate.name)
    if table is None:
        return GatePolicy(gate.options(), fail_on)
    timeout = table.number("timeout", _TIMEOUT)
    if not 0 < timeout <= _MAX_TIMEOUT:
        raise table.error(f"'timeout' must be a number of seconds above 0 and up to {_MAX_TIMEOUT:.0f}", "timeout")
    return GatePolicy(
        options=fill(gate.options, table, without=_command_line_only(gate), beside=GATE_KEYS),
        fail_on=read_severity(table, "fail_on") if "fail_on" in table else fail_on,
        required=table.flag("required", False),
        timeout=timeout,
    )


def _exclusion(table: Table, names: Collection[str]) -> Exclusion:
    table.closed(("paths", "gates", *ACCOUNT_KEYS))
    gates, paths = table.texts("gates"), table.texts("paths")
    if not gates or not paths:
        raise table.error("an exclusion names at least one path and one gate")
    for gate in gates:
        if gate not in names:
            raise table.error(f"unknown gate {gate!r}; the gates are {', '.join(names)}", "gates")
    for path in paths:
        if complaint := problem(path) or (matches_everything(path) and "an exclusion must name what it leaves out"):
            raise table.error(f"{path!r}: {complaint}", "paths")
    return Exclusion(paths, gates, read_account(table), table.line)


def _overrides(top: Table, known: Mapping[str, Rule], loaded: Collection[str], names: Collection[str]) -> Iterator[Override]:
    table = top.table("rules")
    if table is None:
        return
    for rule in table:
        entry = table.table(rule)
        if entry is None:
            continue
        gate = rule.partition("/")[0]
        if gate not in names:
            raise table.error(f"unknown rule {rule!r}: there is no gate {gate!r}; the gates are {', '.join(sorted(names))}", rule)
        if gate in loaded and rule not in known:
            from gates.core.documents.table import nearest

            raise table.error(f"unknown rule {rule!r}{nearest(rule, known)}", rule)
        yield _override(entry, rule, known[rule].severity if rule in known else None)


def _override(table: Table, rule: str, own: Severity | None) -> Override:
    table.closed(("severity", *ACCOUNT_KEYS))
    severity = read_severity(table, "severity")
    laxer = own is not None and severity < own
    if laxer and not all(key in table for key in ACCOUNT_KEYS):
        missing = ", ".join(key for key in ACCOUNT_KEYS if key not in table)
        raise table.error(
            f"{severity} is below the rule's own severity {own}, which takes an owner, a reason and a sunset; missing: {missing}"
        )
    account = read_account(table) if all(key in table for key in ACCOUNT_KEYS) else None
    return Override(rule, severity, own, account, table.line)


def _network(top: Table) -> Network:
    table = top.table("network")
    if table is None:
        return Network()
    network: Network = fill(Network, table)
    if network.proxy and not network.proxy.startswith(("http://", "https://")):
        raise table.error("'proxy' must be a URL that starts with http:// or https://", "proxy")
    return network


def _files(top: Table) -> ExceptionFiles:
    table = top.table("waivers")
    if table is None:
        return ExceptionFiles()
    files: ExceptionFiles = fill(ExceptionFiles, table)
    for key, paths in (("file", (files.file,)), ("ignore_files", files.ignore_files), ("baseline", (files.baseline,))):
        for path in paths:
            if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
                raise table.error(f"{path!r} must be a path relative to the repository, without . and ..", key)
    return files


def _weakened(policy: Policy, today: date) -> Iterator[Weakening]:
    for exclusion in policy.exclusions:
        concerns_us = not policy.gates or any(gate in policy.gates for gate in exclusion.gates)
        if concerns_us and live(exclusion.account.sunset, today):
            what = f"exclude {', '.join(exclusion.paths)} from {', '.join(exclusion.gates)}"
            yield _answered(what, exclusion.account)
    for override in policy.overrides.values():
        laxer = override.own is not None and override.severity < override.own
        if laxer and override.account and live(override.account.sunset, today):
            yield _answered(f"{override.rule} is {override.severity} (by default {override.own})", override.account)
    for name, gate in policy.gates.items():
        usual = default_fail_on(name, "baseline")
        if gate.fail_on > usual:
            yield Weakening(f"{name}: blocks from {gate.fail_on} (by default {usual})", "", "", "")
        for key in laxer_options(gate.options):
            yield Weakening(f"{name}: {key} is set", "", "", "")  # without its value, which may be private: a salt, a path
        for what, account in gate.options.answered() if hasattr(gate.options, "answered") else ():
            if live(account.sunset, today):
                yield _answered(f"{name}: {what}", account)


def _answered(what: str, account: Account) -> Weakening:
    return Weakening(what, account.owner, account.reason, account.sunset.isoformat())


def laxer_options(options: Any) -> tuple[str, ...]:
    """The fields that make the gate milder than its defaults do. A record that can tell has a method `laxer() -> tuple of fields`;
    of one that cannot, every value that is not the default is listed, so that none goes unseen. What somebody answers for comes from
    its method `answered() -> (what, account), …`.
    """
    if hasattr(options, "laxer"):
        return tuple(options.laxer())
    return tuple(field for field, value in defaults(type(options)).items() if getattr(options, field) != value)


def changed(tree: Source, trusted: Source, policy: Policy) -> Iterator[Finding]:
    """`policy/changed` for each file among policy, waivers, baseline and ignore lists that the tree has in another form than the
    trusted source. `policy` is the trusted one: a tree that names other files has changed its policy.
    """
    files = policy.files
    for path in dict.fromkeys((POLICY_FILE, policy.path, files.file, files.baseline, *IGNORE_FILES, *files.ignore_files)):
        if path not in ("", PYPROJECT) and _differs(tree, trusted, path):
            yield _changed(path)
    if _differs(tree, trusted, PYPROJECT) and _own_table(tree) != _own_table(trusted):
        yield _changed(PYPROJECT)


def _differs(tree: Source, trusted: Source, path: str) -> bool:
    try:
        return tree.read(path) != trusted.read(path)
    except UsageError:
        return True  # the tree's is unreadable, the trusted one was read before


def _own_table(source: Source) -> object:
    """The policy within pyproject.toml, None where it holds none; something that equals nothing where it cannot be read."""
    try:
        data = source.read(PYPROJECT)
        table = _tool_table(read_toml(data, PYPROJECT), PYPROJECT) if data and b"gates" in data else None
    except UsageError:
        return object()
    return None if table is None else plain(table)


def _changed(path: str) -> Finding:
    return finding(CHANGED, f"the change edits {path}, which decides about the change", Location(path), path)


def from_the_change(policy: Policy) -> Finding:
    """For a run over a pull request whose policy is the tree's."""
    return finding(
        FROM_THE_CHANGE,
        "the pull request is judged by its own policy and waivers; add --policy-ref with the target branch",
        Location(policy.path) if policy.path else None,
        "policy",
    )
