"""GitHub's expressions, evaluated as far as a file alone tells: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions

What is known only when a workflow runs is `Unknown`, and logic has three values: `false && unknown` is false. A source is what stands
between ${{ and }}.
"""

from __future__ import annotations

from collections.abc import Mapping

from gates.github.expressions.evaluation import evaluate, fill
from gates.github.expressions.functions import STATUS_FUNCTIONS
from gates.github.expressions.syntax import Expression, Part, assuming, calls, parse, references_of, template
from gates.github.expressions.values import UNKNOWN, Open, Unknown, Value, joined, same, truthy, written

__all__ = [
    "STATUS_FUNCTIONS",
    "UNKNOWN",
    "Expression",
    "Open",
    "Part",
    "Unknown",
    "Value",
    "assuming",
    "evaluate",
    "fill",
    "has_status_function",
    "joined",
    "parse",
    "references",
    "same",
    "status_functions",
    "template",
    "truth",
    "truthy",
    "unavailable",
    "written",
]


def truth(expression: Expression | str, known: Mapping[str, Value]) -> bool | None:
    """None where only a run can tell, or where the source is malformed."""
    if isinstance(expression, str):
        try:
            expression = parse(expression)
        except ValueError:
            return None
    return truthy(evaluate(expression, known))


def status_functions(source: str) -> tuple[str, ...]:
    """Which of always, cancelled, failure and success it calls, in order and in lower case; none where the source is malformed."""
    try:
        expression = parse(source)
    except ValueError:
        return ()
    return tuple(dict.fromkeys(name for name in calls(expression) if name in STATUS_FUNCTIONS))


def has_status_function(source: str) -> bool:
    """Without one GitHub puts `success() &&` in front of a condition."""
    return bool(status_functions(source))


def references(source: str) -> tuple[tuple[str, ...], ...]:
    """What it reads, as paths such as ("needs", "*", "result"): the context in lower case, `*` for any property or one that is
    computed. ("needs",) is the whole of it, as in toJSON(needs). None where the source is malformed.
    """
    try:
        return references_of(parse(source))
    except ValueError:
        return ()


def unavailable(expression: Expression, contexts: frozenset[str], functions: frozenset[str] = frozenset()) -> str:
    """What makes GitHub refuse it in a place that knows these contexts, and of the functions that look at files or at results these;
    "" where nothing does. https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
    """
    for path in references_of(expression):
        if path[0] not in contexts:
            return f"the context {path[0]!r}"
    for name in calls(expression):
        if name in STATUS_FUNCTIONS | {"hashfiles"} and name not in functions:
            return f"the function {name}()"
    return ""
