"""What an expression comes to, as far as it can be known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gates.github.expressions.functions import call
from gates.github.expressions.syntax import Access, Call, Compare, Expression, Junction, Literal, Not, Part, Star
from gates.github.expressions.values import UNKNOWN, Open, Unknown, Value, folded, joined, less, number, same, truthy, written

# Of `github`, what is the same for every event of a repository.
_LASTING = frozenset(("api_url", "graphql_url", "repository", "repository_id", "repository_owner", "repository_owner_id", "server_url"))


def evaluate(expression: Expression, known: Mapping[str, Value]) -> Value:
    """`known` are contexts by their names in lower case; one that is not among them is unknown, and `Open` is one known in part. What
    a wholly known object does not have is null, as on GitHub. Never raises.
    """
    match expression:
        case Literal(value):
            return value
        case Access():
            return _access(expression, known)
        case Not(operand):
            value = evaluate(operand, known)
            truth = truthy(value)
            return _unknown((value,)) if truth is None else not truth
        case Compare(operator, left, right):
            return _compare(operator, evaluate(left, known), evaluate(right, known))
        case Junction(operator, operands):
            return _junction(operator, operands, known)
        case Call(name, arguments):
            values = [evaluate(argument, known) for argument in arguments]
            value = call(name, values)
            # An answer that nothing is known of changes with the event as soon as one of the arguments does.
            return _unknown(values) if value == UNKNOWN and isinstance(value, Unknown) else value


def fill(parts: Iterable[Part], known: Mapping[str, Value]) -> str | Unknown:
    """The text of a template."""
    return joined(part if isinstance(part, str) else written(evaluate(part, known)) for part in parts)


def _unknown(values: Iterable[Value], truth: bool | None = None) -> Unknown:
    return Unknown(event_data=any(isinstance(value, Unknown) and value.event_data for value in values), truth=truth)


def _compare(operator: str, left: Value, right: Value) -> Value:
    equal = same(left, right)
    if equal is None:
        return _unknown((left, right))
    if operator in ("==", "!="):
        return equal == (operator == "==")
    if equal:
        return operator in ("<=", ">=")
    below = less(left, right) if operator in ("<", "<=") else less(right, left)
    return bool(below)


def _junction(operator: str, operands: Iterable[Expression], known: Mapping[str, Value]) -> Value:
    """The first operand that decides, else the last. One of which nothing is known leaves the answer open, but not always its truth."""
    deciding = operator == "||"
    seen: list[Value] = []
    value: Value = None
    for operand in operands:
        value = evaluate(operand, known)
        truth = truthy(value)
        if truth is deciding:
            return _unknown(seen, deciding) if seen else value
        if truth is None:
            seen.append(value)
    if not seen:
        return value
    # An unknown operand that stands last is the answer unless an earlier one is; where it stands alone its text is known in part.
    return value if len(seen) == 1 and seen[0] is value else _unknown(seen)


def _access(access: Access, known: Mapping[str, Value]) -> Value:
    if isinstance(access.root, str):
        nothing: Value = Open({}, event_data=True) if access.root == "github" else UNKNOWN
        value = known.get(access.root, nothing)
    else:
        value = evaluate(access.root, known)
    filtered = False
    for step in access.steps:
        if isinstance(step, Star):
            value = _members(value, filtered)
            filtered = isinstance(value, list)
            continue
        key = evaluate(step, known)
        if filtered and isinstance(value, list):
            value = [found for item in value for found in _found(item, key)]
        else:
            value = next(iter(_found(value, key)), None)
    return value


def _found(value: Value, key: Value) -> tuple[Value, ...]:
    """One value or none."""
    if isinstance(value, Unknown) or isinstance(key, Unknown):
        return (_unknown((value, key)),)
    if isinstance(value, list):
        index = number(key)
        return (value[int(index)],) if 0 <= index < len(value) else ()
    name = written(key)
    if isinstance(value, Open):
        inside = _property(value.properties, str(name))
        return inside or (Unknown(event_data=value.event_data and str(name).lower() not in _LASTING),)
    return _property(value, str(name)) if isinstance(value, dict) else ()


def _property(properties: Mapping[str, Value], name: str) -> tuple[Value, ...]:
    if name in properties:
        return (properties[name],)
    wanted = folded(name)
    return next(((value,) for key, value in properties.items() if folded(key) == wanted), ())


def _members(value: Value, filtered: bool) -> Value:
    if filtered and isinstance(value, list):
        inner = [_members(item, False) for item in value]
        return [member for one in inner for member in (one if isinstance(one, list) else [one])]
    if isinstance(value, Unknown | Open):
        return _unknown((value,)) if isinstance(value, Unknown) else Unknown(event_data=value.event_data)
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
