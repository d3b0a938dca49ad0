"""Writes a report in every format that was asked for; the module of a format is imported when it is asked for."""

from __future__ import annotations

from gates.commands.console import colour, is_terminal, write_file
from gates.commands.options import Common, Output
from gates.core.report import Report
from gates.core.world import World


def write(report: Report, common: Common, world: World) -> None:
    """Files first: what a person reads last should be true. Raises OSError."""
    for output in sorted(common.outputs, key=lambda output: not output.file):
        text = render(report, output, common, world)
        if output.file:
            write_file(output.file, text)
        else:
            world.stdout.write(text)
    if any(output.format == "github" for output in common.outputs):
        _append_summary(report, world)


def render(report: Report, output: Output, common: Common, world: World, *, most: int | None = None) -> str:
    """`most` is how many findings of a kind are told to a person; None: all."""
    if output.format == "json":
        from gates.report import json

        return json.render(report)
    if output.format == "sarif":
        from gates.report import sarif

        return sarif.render(report)
    if output.format == "github":
        from gates.report import github

        return github.render(report)
    from gates.report import text

    painted = not output.file and colour(common.colour, world.stdout, world.environment)
    return text.render(report, colour=painted, links=painted and is_terminal(world.stdout), quiet=common.quiet, most=most)


def _append_summary(report: Report, world: World) -> None:
    """GitHub shows on the run's page what is appended to this file; other steps of the job append to it too."""
    path = world.environment.get("GITHUB_STEP_SUMMARY", "")
    if path:
        from gates.report import github

        with open(path, "a", encoding="utf-8", newline="\n") as file:
            # The limit is on all that the step has written: one byte more, and GitHub shows none of it.
            file.write(github.summary(report, max(0, github.BUDGET - file.tell())))
