"""The commits gate: every place that lists commit types lists the same ones, and the check of titles asks what the check of messages asks.

What is written in messages and titles is judged by `gates commits lint`; the two share rules, policy and name.
"""

from __future__ import annotations

from collections.abc import Iterator

from gates.commits import agreement, files, titles
from gates.commits.files import Files
from gates.commits.options import Options
from gates.commits.rules import RULES
from gates.commits.sources.title_checks import title_checks
from gates.core import git
from gates.core.errors import NothingToJudge
from gates.core.gate import Context, Event, Gate, Unread
from gates.github.branches import likely_default


def check(context: Context, options: Options) -> Iterator[Event]:
    found, unread = None, False
    for event in files.read(context, options):
        if isinstance(event, Files):
            found = event
        else:
            unread = unread or isinstance(event, Unread)
            yield event
    if found is None or not found.sources:
        if unread:
            return
        raise NothingToJudge("no tool in this repository lists commit types")
    checks = title_checks(found.workflows, found.sources)
    if checks or options.title_check:
        yield from found.unread
    titled = any(check.kind in ("gates", "tool") for check in checks)
    sources = (*found.sources, *titles.followed(checks, options))
    yield from agreement.judge(sources, options, context.today, titled=titled)
    known = git.default_branch(context.repository, context.deadline) if context.repository else ""
    default = known or likely_default(found.protections)
    yield from titles.judge(sources, checks, found.workflows, found.protections, default, options, certain=bool(known))


GATE = Gate("commits", "the lists of commit types agree, in every tool that has one", RULES, Options, check)
