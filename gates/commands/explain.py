"""`gates explain [RULE|GATE]`: what a rule means and what to do about it, from its record; nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import fill

from gates import registry
from gates.commands.options import Parser
from gates.core import policy, waivers
from gates.core.errors import UsageError
from gates.core.finding import Rule
from gates.core.world import World
from gates.report import rules_page
from gates.report.escape import printable

_WIDTH = 100
_ADVISORY_GATES = ("deps", "image")  # here a waiver names an advisory, which says more than the rule


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    rules = every_rule()
    if parsed.markdown:
        if parsed.rule:
            raise UsageError("--markdown is the page of all rules; leave the rule out")
        text = rules_page.render(rules)
    else:
        of_gate = [rule for rule in rules if rule.gate == parsed.rule]
        text = explanation(find(parsed.rule, rules)) if parsed.rule and not of_gate else listing(of_gate or rules)
    world.stdout.write(text)
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "what a rule means and what to do about it; without RULE, a list of all rules")
    about = "such as secrets/github-pat, or github-pat alone; the name of a gate lists its rules"
    parser.add_argument("rule", nargs="?", default="", metavar="RULE", help=about)
    parser.add_argument("--markdown", action="store_true", help="the page of all rules, docs/rules.md")
    return parser


def every_rule() -> tuple[Rule, ...]:
    """Gate by gate, in running order; then those of no gate, which always run."""
    of_gates = (rule for name in registry.NAMES for rule in registry.load(name).rules)
    return (*of_gates, *policy.RULES, *waivers.RULES)


def find(wanted: str, rules: Sequence[Rule]) -> Rule:
    """The rule of that id, or of that name where only one gate has it. Raises UsageError with the nearest ids."""
    name = wanted.strip().lower()
    matches = [rule for rule in rules if name in (rule.id.lower(), rule.id.lower().partition("/")[2])]
    if len(matches) == 1:
        return matches[0]
    near = [rule.id for rule in matches] or _nearest(name, rules)
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    raise UsageError(f"{'more than one' if matches else 'no'} rule is called {wanted!r}{hint}; gates explain lists all rules")


def _nearest(name: str, rules: Sequence[Rule]) -> list[str]:
    from difflib import get_close_matches  # only for a name that was mistyped

    # A name without its gate is compared with names without theirs.
    keys = {(rule.id if "/" in name else rule.id.partition("/")[2]).lower(): rule.id for rule in rules}
    near = get_close_matches(name, keys, n=3) or [key for key in keys if name in key][:3]
    return [keys[key] for key in near]


def listing(rules: Iterable[Rule]) -> str:
    return "\n".join(_listed(rules)) + "\n"


def _listed(rules: Iterable[Rule]) -> Iterator[str]:
    for gate, group in groupby(rules, key=lambda rule: rule.gate):
        of_gate = sorted(group, key=lambda rule: rule.id)
        width = max(len(rule.id) for rule in of_gate)
        yield f"{gate} ({len(of_gate)})"
        for rule in of_gate:
            yield f"  {rule.id:{width}}  {rule.severity!s:8}  {printable(rule.summary)}"
        yield ""
    yield "gates explain RULE says what a rule means, why it matters and what to do"


def explanation(rule: Rule) -> str:
    parts = [
        f"{rule.id}  {rule.severity}",
        _paragraph("", rule.summary),
        _paragraph("why: ", rule.why),
        _paragraph("fix: ", rule.remedy),
        _paragraph("control: ", rule.control),
        "\n".join(_references(rule)),
        _waiving(rule),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _paragraph(label: str, text: str) -> str:
    if not text:
        return ""
    return fill(f"{label}{printable(text)}", _WIDTH, subsequent_indent=" " * len(label), break_on_hyphens=False, break_long_words=False)


def _references(rule: Rule) -> Iterator[str]:
    references = [printable(reference) for reference in rule.references if reference]
    references += [f"CWE-{number}: https://cwe.mitre.org/data/definitions/{number}.html" for number in rule.cwe]
    if references:
        yield "references:"
        yield from (f"  {reference}" for reference in references)


def _waiving(rule: Rule) -> str:
    """An entry to fill in: the words in capitals are the reader's, so that it is refused when it is pasted as it is."""
    head = (
        "how to waive: gates waivers add writes this entry into security/waivers.yaml; it ends by itself after its sunset, and the finding"
        " blocks again"
    )
    if rule.gate in _ADVISORY_GATES:
        scope = ["rule: ADVISORY-ID", "purl: pkg:TYPE/NAME" if rule.gate == "deps" else "image: NAME:TAG"]
    else:
        scope = [f"rule: {rule.id}", "paths: [PATH]", "fingerprint: FINGERPRINT   # from --format json; ties the entry to one finding"]
    fields = [
        "id: W-NUMBER",
        f"gate: {rule.gate}",
        "kind: risk   # or false-positive, test-data: these need the fingerprint",
        *scope,
        "reason: WHY IT IS ACCEPTABLE",
        'owner: "@TEAM"',
        "created: YYYY-MM-DD",
        "sunset: YYYY-MM-DD   # the last day it counts; the file's policy says how far ahead",
    ]
    return "\n".join([fill(head, _WIDTH), "", f"  - {fields[0]}", *(f"    {field}" for field in fields[1:])])
