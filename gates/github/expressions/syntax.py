"""The grammar of expressions and of the texts that hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from gates.core.patterns import lazy
from gates.github.expressions.functions import ARITIES
from gates.github.expressions.values import Value

# GitHub's own limits for one expression.
MAX_LENGTH = 21_000
MAX_DEPTH = 50


class Literal(NamedTuple):
    value: Value


class Star(NamedTuple):
    """`.*` and `[*]`."""


class Access(NamedTuple):
    """`steps` are evaluated to the names or numbers of what is taken, one out of the other. A context is a root of its own name."""

    root: Expression | str
    steps: tuple[Expression | Star, ...]


class Not(NamedTuple):
    operand: Expression


class Compare(NamedTuple):
    operator: str
    left: Expression
    right: Expression


class Junction(NamedTuple):
    operator: str  # && or ||
    operands: tuple[Expression, ...]


class Call(NamedTuple):
    name: str  # in lower case
    arguments: tuple[Expression, ...]


Expression: TypeAlias = "Literal | Access | Not | Compare | Junction | Call"
Part: TypeAlias = "str | Expression"

_KEYWORDS: Final[dict[str, Value]] = {"true": True, "false": False, "null": None, "nan": float("nan"), "infinity": float("inf")}

_SPACE = lazy(r"\s*")
_OPERATOR = lazy(r"==|!=|<=|>=|&&|\|\||[()\[\],.!<>*]")
_NAME = lazy(r"[A-Za-z_][A-Za-z0-9_-]*")
_TEXT = lazy(r"'((?:[^']|'')*+)'")
_NUMBER = lazy(r"0x[0-9a-fA-F]+|0o[0-7]+|[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_AFTER_NUMBER = lazy(r"[A-Za-z0-9_.]")
_QUOTED_OR_END = lazy(r"'[^']*'|\}\}")


def template(text: str) -> tuple[Part, ...]:
    """The text in order, its ${{ }} parsed; empty texts are left out. Raises ValueError."""
    parts: list[Part] = []
    position = 0
    while (start := text.find("${{", position)) >= 0:
        end = _end(text, start + 3)
        if start > position:
            parts.append(text[position:start])
        parts.append(parse(text[start + 3 : end]))
        position = end + 2
    if position < len(text):
        parts.append(text[position:])
    return tuple(parts)


def _end(text: str, position: int) -> int:
    """}} inside quotes ends nothing."""
    while found := _QUOTED_OR_END.search(text, position):
        if found[0] == "}}":
            return found.start()
        position = found.end()
    raise ValueError("an expression is not closed; end it with }}")


def parse(source: str) -> Expression:
    """Raises ValueError where GitHub would refuse the workflow."""
    if len(source) > MAX_LENGTH:
        raise ValueError(f"an expression has {len(source)} characters; GitHub takes at most {MAX_LENGTH}")
    return _Parser(source).whole()


def calls(expression: Expression) -> Iterator[str]:
    """The names of the functions, from left to right."""
    for inner in _walk(expression):
        if isinstance(inner, Call):
            yield inner.name


def assuming(expression: Expression, assumed: Mapping[str, bool]) -> Expression:
    """With what the status functions answer put in their place."""
    match expression:
        case Call(name, arguments):
            if name in assumed:
                return Literal(assumed[name])
            return Call(name, tuple(assuming(argument, assumed) for argument in arguments))
        case Not(operand):
            return Not(assuming(operand, assumed))
        case Compare(operator, left, right):
            return Compare(operator, assuming(left, assumed), assuming(right, assumed))
        case Junction(operator, operands):
            return Junction(operator, tuple(assuming(operand, assumed) for operand in operands))
        case Access() | Literal():
            return expression


def references_of(expression: Expression) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(_path(inner) for inner in _walk(expression) if isinstance(inner, Access) and isinstance(inner.root, str)))


def _path(access: Access) -> tuple[str, ...]:
    steps = (str(step.value) if isinstance(step, Literal) and isinstance(step.value, str | int) else "*" for step in access.steps)
    return (str(access.root), *steps)


def _walk(expression: Expression) -> Iterator[Expression]:
    yield expression
    for inner in _inside(expression):
        yield from _walk(inner)


def _inside(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case Access(root, steps):
            inner = tuple(step for step in steps if not isinstance(step, Star))
            return inner if isinstance(root, str) else (root, *inner)
        case Not(operand):
            return (operand,)
        case Compare(_, left, right):
            return (left, right)
        case Junction(_, operands):
            return operands
        case Call(_, arguments):
            return arguments
    return ()


class _Parser:
    """Recursive descent, bounded: each level of brackets, of negation and of chained comparison counts."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._position = 0
        self._depth = 0
        self._space()

    def whole(self) -> Expression:
        if self._position == len(self._source):
            raise ValueError("an expression is empty; write one, or drop ${{ }}")
        expression = self._or()
        if self._position < len(self._source):
            raise self._unexpected()
        return expression

    def _or(self) -> Expression:
        self._deeper()
        expression = self._junction("||")
        self._depth -= 1
        return expression

    def _junction(self, operator: str) -> Expression:
        operands = [self._and_operand(operator)]
        while self._take(operator):
            operands.append(self._and_operand(operator))
        return operands[0] if len(operands) == 1 else Junction(operator, tuple(operands))

    def _and_operand(self, operator: str) -> Expression:
        return self._junction("&&") if operator == "||" else self._comparison(("==", "!="))

    def _comparison(self, operators: tuple[str, ...]) -> Expression:
        def operand() -> Expression:
            return self._comparison(("<=", ">=", "<", ">")) if operators[0] == "==" else self._not()

        left = operand()
        chained = 0
        while operator := next((one for one in operators if self._take(one)), ""):
            self._deeper()
            chained += 1
            left = Compare(operator, left, operand())
        self._depth -= chained
        return left

    def _not(self) -> Expression:
        marks = 0
        while self._take("!"):
            marks += 1
        operand = self._postfix()
        if marks:
            operand = Not(operand)
        return Not(operand) if marks and marks % 2 == 0 else operand

    def _postfix(self) -> Expression:
        root = self._primary()
        steps: list[Expression | Star] = []
        while True:
            if self._take("."):
                steps.append(Star() if self._take("*") else Literal(self._name()))
            elif self._take("["):
                steps.append(Star() if self._take("*") else self._or())
                self._expect("]")
            else:
                break
        if isinstance(root, str) or steps:
            return Access(root, tuple(steps))
        return root

    def _primary(self) -> Expression | str:
        if self._take("("):
            inner = self._or()
            self._expect(")")
            return inner
        if found := _TEXT.match(self._source, self._position):
            self._move(found.end())
            return Literal(found[1].replace("''", "'"))
        if found := _NUMBER.match(self._source, self._position):
            if _AFTER_NUMBER.match(self._source, found.end()):
                raise self._unexpected()
            self._move(found.end())
            return Literal(float(int(found[0], 0)) if found[0][:2] in ("0x", "0o") else float(found[0]))
        name = self._name()
        if self._take("("):
            return self._call(name)
        return Literal(_KEYWORDS[name.lower()]) if name.lower() in _KEYWORDS else name.lower()

    def _call(self, name: str) -> Call:
        arguments: list[Expression] = []
        if not self._take(")"):
            arguments.append(self._or())
            while self._take(","):
                arguments.append(self._or())
            self._expect(")")
        arity = ARITIES.get(name.lower())
        if arity is None:
            raise ValueError(f"an expression calls {name}(), and GitHub has no such function")
        if not arity[0] <= len(arguments) <= arity[1]:
            raise ValueError(f"an expression calls {name}() with {len(arguments)} arguments, which GitHub refuses")
        return Call(name.lower(), tuple(arguments))

    # Tokens: the position is always behind any white space.

    def _take(self, operator: str) -> bool:
        found = _OPERATOR.match(self._source, self._position)
        if not found or found[0] != operator:
            return False
        self._move(found.end())
        return True

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise self._unexpected()

    def _name(self) -> str:
        found = _NAME.match(self._source, self._position)
        if not found:
            raise self._unexpected()
        self._move(found.end())
        return found[0]

    def _move(self, position: int) -> None:
        self._position = position
        self._space()

    def _space(self) -> None:
        found = _SPACE.match(self._source, self._position)
        self._position = found.end() if found else self._position

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError(f"an expression nests deeper than {MAX_DEPTH} levels")

    def _unexpected(self) -> ValueError:
        rest = self._source[self._position : self._position + 20]
        if not rest:
            return ValueError("an expression ends too early")
        hint = "; write text in single quotes" if rest.startswith('"') else ""
        return ValueError(f"an expression cannot be read from {rest!r} on{hint}")
