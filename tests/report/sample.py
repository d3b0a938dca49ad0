"""One report with everything in it that a format must get right."""

from __future__ import annotations

from datetime import date

from gates.core.finding import Finding, Frame, Location, Rule, Severity, finding
from gates.core.gate import Scanned, Skipped, ToolUsed, Unread
from gates.core.report import AppliedWaiver, GateResult, Judged, Report, Weakening

TODAY = date(2026, 11, 21)

TOKEN = Rule(
    id="secrets/acme-token",
    severity=Severity.CRITICAL,
    summary="an Acme access token",
    why="whoever can read the repository can use it",
    remedy="revoke it in the Acme console, then remove it from the history",
    references=("https://docs.example.com/tokens", "the Acme handbook, chapter 4"),
    control="no secret in a commit",
    cwe=(798,),
)
GENERIC = Rule("secrets/generic-key", Severity.MEDIUM, "a string that looks like a key", "it may be one", "look it up", cwe=(798,))
SHELL = Rule(
    id="code/shell-injection",
    severity=Severity.HIGH,
    summary="a shell command built from `input`",
    why="the input can hold <metacharacters> | and *run* commands",
    remedy="pass a list of words and no shell",
    references=("https://docs.example.com/shell",),
    control="no shell command built from user input",
    cwe=(78, 88),
)
ASSERT = Rule("code/assert-used", Severity.LOW, "an assert outside tests", "python -O removes it", "raise an error")
CONTEXT = Rule(
    "protection/unreported-context",
    Severity.HIGH,
    "a required context that no workflow reports",
    "the branch can never be merged, or the check was dropped",
    "rename the job, or drop the context from the protection file",
)

RISK = AppliedWaiver("W-0007", "risk", "@acme/sec", date(2027, 1, 15), "redirects are disabled in our only client", 55)
TEST_DATA = AppliedWaiver("W-0008", "test-data", "@acme/sec", date(2026, 11, 26), "a revoked key, | kept for `tests`", 5)
BASELINE = AppliedWaiver("baseline-code", "baseline", "@acme/dev", date(2027, 3, 1), "found on adoption", 100)


def judged(found: Finding, number: int, *, blocking: bool, waiver: AppliedWaiver | None = None) -> Judged:
    return Judged(found, found.severity, f"{number:032x}", blocking, waiver)


def report(*, timed: bool = False) -> Report:
    """Every status, every kind of waiver, hostile names, a name that is not UTF-8, findings with and without a place."""
    return Report(
        version="0.1.0",
        verdict="fail",
        complete=False,
        head="0123456789abcdef0123456789abcdef01234567",
        policy_source="ref:origin/main",
        policy=b"[secrets]\n",
        today=TODAY,
        weakened=(
            Weakening("exclude tests/data/**", "@acme/sec", "recorded answers", "2027-01-31"),
            Weakening("waivers: max_days 365 (default 90)", "", "", ""),
            Weakening("exclude docs/a|b\n::error::c", "@acme", "<b>\x1b[31m`x`", "2027-02-01"),
        ),
        gates=(_secrets(), _code(), _deps(), _image(), _protection(), _waivers()),
        duration=2.4123456,
        timed=timed,
    )


def clean() -> Report:
    """Nothing found, in two gates."""
    waivers = GateResult("waivers", "pass", "", Scanned(1, 120), (), (), (), (), 0.001)
    secrets = GateResult("secrets", "pass", "", Scanned(412, 3_400_000), (), (ToolUsed("hyperscan", "0.8.2"),), (), (), 0.21)
    return report()._replace(
        verdict="pass", complete=True, policy_source="default", weakened=(), gates=(secrets, waivers), duration=0.25, timed=True
    )


def one_finding() -> Report:
    """As `clean`, but for one blocking finding with code."""
    found = _secrets().findings[1]
    secrets, waivers = clean().gates
    return clean()._replace(verdict="fail", gates=(secrets._replace(status="fail", findings=(found,)), waivers))


def _secrets() -> GateResult:
    return GateResult(
        gate="secrets",
        status="fail",
        reason="",
        scanned=Scanned(412, 3_400_000, 12),
        skipped=(
            Skipped("assets/logo.png", "binary"),
            Skipped("assets/\udcfe.png", "binary"),
            Skipped("tests/data/answer.json", "excluded by the policy"),
            Skipped("vendor/lib", "a submodule"),
            Skipped("link", "a symbolic link"),
        ),
        tools=(ToolUsed("hyperscan", "0.8.2"),),
        errors=(),
        findings=(
            # Not UTF-8, in an old commit.
            judged(
                finding(
                    TOKEN,
                    "an Acme access token (acme_\u2026)",
                    Location("caf\udce9/old \u00e9.py", 3, 9, 3, 49, "fedcba9876543210fedcba9876543210fedcba98"),
                    "a1b2c3",
                    data={"structure": "valid", "lines": [3], "nested": {"\udcff": ("\ud800", None, 1.5, True)}},
                ),
                1,
                blocking=True,
            ),
            # Tabs and wide characters before the place.
            judged(
                finding(
                    TOKEN,
                    "an Acme access token (acme_\u2026); waiver W-0003 ended on 2026-11-01",
                    Location("src/settings.py", 10, 15, 10, 24),
                    "d4e5f6",
                    frame=Frame(9, ("def keys():", "\tif \u6f22\u5b57 == 'e\u0301': acme_**** \x1b[2J ##[add-mask]x", "\t\treturn 1")),
                ),
                2,
                blocking=True,
            ),
            judged(
                finding(
                    GENERIC,
                    "a string that looks like a key (****)",
                    Location("src/min.js", 1, 5001, 1, 5005),
                    "778899",
                    frame=Frame(1, ('y="****",z=1',), 4998),
                ),
                3,
                blocking=False,
            ),
            judged(
                finding(GENERIC, "a string that looks like a key (****)", Location("tests/key.py", 4, 5, 4, 9), "001122"),
                4,
                blocking=False,
                waiver=TEST_DATA,
            ),
        ),
        duration=0.2104,
    )


def _code() -> GateResult:
    name = "::error file=x,line=1::\n##[set-env name=A]b%0A\u202e\x9b|`<img src=x>@everyone [a](https://evil.example)"
    return GateResult(
        gate="code",
        status="error",
        reason="2 could not be judged",
        scanned=Scanned(33, 51_200),
        skipped=(),
        tools=(ToolUsed("bandit", "1.9.4"),),
        errors=(
            Unread("broken.py", 7, "not Python 3.11: invalid syntax"),
            Unread("\x1b]0;x\x07.py", 0, "cannot be read: permission denied"),
        ),
        findings=(
            judged(
                finding(SHELL, f"a shell command built from {name}", Location(name, 2, 1, 4, 3), "ffee", remedy="use a list, 100%: a, b"),
                5,
                blocking=True,
            ),
            judged(
                finding(SHELL, "a shell command built from `branch`", Location("src/a b#?.py", 5), "ddcc", severity=Severity.MEDIUM),
                6,
                blocking=False,
            ),
            judged(
                finding(SHELL, "a shell command built from `name`", Location("src/git.py", 8, 5), "bbaa"), 7, blocking=False, waiver=RISK
            ),
            judged(finding(ASSERT, "an assert outside tests", Location("src/git.py", 80, 5), "9988"), 8, blocking=False, waiver=BASELINE),
            judged(finding(ASSERT, "an assert outside tests", Location("src/whole.py"), "7766"), 9, blocking=False),
        ),
        duration=1.9,
    )


def _deps() -> GateResult:
    reason = "the advisory feed cannot be reached; see --offline"
    return GateResult("deps", "error", reason, Scanned(), (), (), (Unread("", 0, "connection refused"),), (), 0.02)


def _image() -> GateResult:
    return GateResult("image", "skip", "no Dockerfile", Scanned(), (), (), (), (), 0.0)


def _protection() -> GateResult:
    found = finding(CONTEXT, "no job reports 'Lint'", None, "Lint", data={"context": "Lint", "emitters": []})
    return GateResult("protection", "fail", "", Scanned(2, 900), (), (), (), (judged(found, 10, blocking=True),), 0.004)


def _waivers() -> GateResult:
    return GateResult("waivers", "pass", "", Scanned(1, 120), (), (), (), (), 0.001)
