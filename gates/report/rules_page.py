"""The rules as Markdown, generated from their records: `docs/rules.md`, and the help that SARIF carries for a rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from gates.core.finding import Rule
from gates.report.escape import markdown_prose

_HEAD = """\
# Rules

Generated from the rules' own records; `gates explain RULE` says the same without a network.
How a finding is waived, and when a waiver ends: [waivers](waivers.md).
"""


def render(rules: Iterable[Rule]) -> str:
    """One section a gate, in the order given; the rules of a gate by name."""
    parts = [_HEAD]
    for gate, of_gate in groupby(rules, key=lambda rule: rule.gate):
        parts.append(f"## {gate}\n")
        parts.extend(f"### {rule.id}\n\n{section(rule)}" for rule in sorted(of_gate, key=lambda rule: rule.id))
    return "\n".join(parts)


def section(rule: Rule) -> str:
    """What is known of one rule, without a heading."""
    return "\n\n".join(_paragraphs(rule)) + "\n"


def _paragraphs(rule: Rule) -> Iterator[str]:
    yield f"**{rule.severity}** · {markdown_prose(rule.summary)}"
    if rule.why:
        yield f"Why: {markdown_prose(rule.why)}"
    if rule.remedy:
        yield f"Fix: {markdown_prose(rule.remedy)}"
    if rule.control:
        yield f"Control: {markdown_prose(rule.control)}"
    references = [_reference(reference) for reference in rule.references if reference]
    references.extend(f"[CWE-{number}](https://cwe.mitre.org/data/definitions/{number}.html)" for number in rule.cwe)
    if references:
        yield f"References: {', '.join(references)}"


def _reference(reference: str) -> str:
    return f"<{reference}>" if reference.startswith(("https://", "http://")) else markdown_prose(reference)
