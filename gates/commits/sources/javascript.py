"""What a JavaScript or TypeScript module of settings exports, as far as it is spelled out: nothing is run, and nothing is guessed.

Read are the literals that JSON has too (https://tc39.es/ecma262/#sec-primary-expression), behind `module.exports =`, `export default`,
or in a variable that is exported so and used nowhere else.
"""

from __future__ import annotations

from typing import Final

from gates.commits.sources.javascript_tokens import Refused, Token, string, tokens
from gates.commits.sources.places import Text
from gates.core.documents import Node, Value

COMPUTED: Final = "!computed"  # the tag of what the module computes; the node's value then says why it cannot be told
SPREAD: Final = "..."  # the key that an object has where it takes over others: it may hold any key that it does not spell out

_WORDS: Final[dict[str, Value]] = {"true": True, "false": False, "null": None}
_OPENING: Final = ("(", "[", "{")
_CLOSING: Final = (")", "]", "}")
_DECLARES: Final = ("const", "let", "var")
_TYPED: Final = ("as", "satisfies")


def exported(text: Text, constants: dict[tuple[str, str], Value]) -> Node:
    """The exported value; a node with the tag COMPUTED where the module does not spell it out. `constants` are the values of members that
    a library defines, such as ("RuleConfigSeverity", "Error").
    """
    try:
        if "<!--" in text.text:
            raise Refused("a comment in the way of HTML")
        found = tokens(text.text)
        return _Reader(found, text, constants).module()
    except Refused as refused:
        return Node(str(refused), 1, 1, tag=COMPUTED)


class _Reader:
    """`_at` is the token that is read next."""

    def __init__(self, found: list[Token], text: Text, constants: dict[tuple[str, str], Value]) -> None:
        self._tokens = [*found, Token("end", "", len(text.text))]
        self._text = text
        self._constants = constants
        self._at = 0

    def module(self) -> Node:
        self._at = self._exports()
        token = self._tokens[self._at]
        if token.kind == "word" and token.text not in _WORDS and self._ends(self._at + 1):
            self._at = self._declared(token.text)
        node = self._value()
        if not self._ends(self._at) and self._tokens[self._at].text not in _TYPED:
            raise Refused("what is exported is computed")
        return node

    # Statements

    def _top_level(self) -> list[int]:
        depth, found = 0, []
        for number, token in enumerate(self._tokens):
            if token.kind == "sign":
                depth += (token.text in _OPENING) - (token.text in _CLOSING)
            if not depth:
                found.append(number)
        return found

    def _words_at(self, number: int, *texts: str) -> bool:
        return tuple(token.text for token in self._tokens[number : number + len(texts)]) == texts and all(
            token.kind in ("word", "sign") for token in self._tokens[number : number + len(texts)]
        )

    def _exports(self) -> int:
        """The token that the exported value starts with."""
        forms = (("module", ".", "exports", "="), ("export", "default"), ("export", "="))
        starts = [number + len(form) for number in self._top_level() for form in forms if self._words_at(number, *form)]
        if len(starts) != 1:
            raise Refused("it does not export one value with module.exports = or export default")
        if any(self._uses(name) > most for name, most in (("module", 1), ("exports", 1), ("eval", 0))):
            raise Refused("what is exported is changed elsewhere in the module")
        return starts[0]

    def _uses(self, name: str) -> int:
        return sum(token.text == name if token.kind != "opaque" else name in token.text for token in self._tokens if token.kind != "text")

    def _declared(self, name: str) -> int:
        if self._uses(name) != 2:
            raise Refused(f"the variable {name!r} is used elsewhere in the module")
        for number in self._top_level():
            if self._tokens[number].text in _DECLARES and self._tokens[number + 1].text == name:
                at = number + 2
                while self._tokens[at].kind != "end" and not self._words_at(at, "=") and not self._words_at(at, ";"):
                    at += 1  # over its type
                if self._words_at(at, "="):
                    return at + 1
        raise Refused(f"the variable {name!r} is not spelled out")

    def _ends(self, number: int) -> bool:
        """A statement ends before this token."""
        token = self._tokens[number]
        if token.kind == "end" or (token.kind == "sign" and token.text == ";"):
            return True
        before = self._tokens[number - 1]
        return (
            token.kind == "word"
            and token.text not in (*_TYPED, "in", "instanceof")
            and "\n" in self._text.text[before.offset : token.offset]
        )

    # Values

    def _node(self, value: Value, token: Token, tag: str = "") -> Node:
        place = self._text.location(token.offset)
        return Node(value, place.line, place.column, tag=tag)

    def _sign(self, text: str) -> bool:
        token = self._tokens[self._at]
        if token.kind == "sign" and token.text == text:
            self._at += 1
            return True
        return False

    def _value(self) -> Node:
        token = self._tokens[self._at]
        if token.kind == "end":
            raise Refused("a value is missing")
        self._at += 1
        if token.kind == "sign" and token.text == "{":
            return self._object(token)
        if token.kind == "sign" and token.text == "[":
            return self._array(token)
        if token.kind == "sign" and token.text == "(":
            node = self._element()
            while self._sign(","):  # then the last one counts
                self._skip()
                node = self._computed(token)
            if not self._sign(")"):
                raise Refused("a parenthesis that cannot be read")
            return node
        if token.kind == "text":
            value = string(token.text)
            return self._computed(token) if value is None else self._node(value, token)
        if token.kind == "number" and token.text.isdigit() and (token.text == "0" or token.text[0] != "0") and len(token.text) < 16:
            return self._node(int(token.text), token)
        if token.kind == "word" and token.text in _WORDS:
            return self._node(_WORDS[token.text], token)
        if token.kind == "word" and self._words_at(self._at, "."):
            member = (token.text, self._tokens[self._at + 1].text)
            if member in self._constants:
                self._at += 2
                return self._node(self._constants[member], token)
        return self._computed(token)

    def _computed(self, token: Token) -> Node:
        return self._node("it is computed", token, COMPUTED)

    def _element(self) -> Node:
        """A value up to the comma or bracket that ends it; computed where anything more is done with the literal."""
        start = self._at
        token = self._tokens[start]
        node = self._value()
        if self._tokens[self._at].kind == "word" and self._tokens[self._at].text in _TYPED and not node.tag:
            self._skip()
        elif not self._at_end():
            node = self._computed(token)
            self._at = start
            self._skip()
        return node

    def _at_end(self) -> bool:
        token = self._tokens[self._at]
        return token.kind == "end" or (token.kind == "sign" and token.text in (",", *_CLOSING))

    def _skip(self) -> None:
        depth = 0
        while depth or not self._at_end():
            token = self._tokens[self._at]
            if token.kind == "end":
                return
            if token.kind == "sign":
                depth += (token.text in _OPENING) - (token.text in _CLOSING)
            self._at += 1

    def _array(self, opening: Token) -> Node:
        items: list[Node] = []
        whole = True
        while not self._sign("]"):
            if self._tokens[self._at].kind == "end":
                raise Refused("a list is not closed")
            if self._at_end() or self._words_at(self._at, "..."):
                whole = False  # a hole, or another list's items
                self._skip()
            else:
                items.append(self._element())
            if not self._sign(",") and not self._words_at(self._at, "]"):
                raise Refused("a list that cannot be read")
        return self._node(items, opening) if whole else self._computed(opening)

    def _object(self, opening: Token) -> Node:
        table: dict[str, Node] = {}
        while not self._sign("}"):
            key = self._tokens[self._at]
            name = string(key.text) if key.kind == "text" else key.text if key.kind in ("word", "number") else None
            if key.kind == "end":
                raise Refused("an object is not closed")
            plain = name is not None and name not in ("__proto__", SPREAD)
            if plain and name is not None and self._words_at(self._at + 1, ":"):
                self._at += 2
                node = self._element()
                place = self._text.location(key.offset)
                table[name] = Node(node.value, node.line, node.column, place.line, place.column, node.tag)
            elif plain and name is not None and key.kind == "word" and self._tokens[self._at + 1].text in (",", "}", "("):
                table[name] = self._computed(key)  # a variable of that name, or a method
                self._skip()
            else:
                # Keys of another object, or one whose name is computed: it may be any of those before, and others.
                table = {**dict.fromkeys(table, self._computed(key)), SPREAD: self._computed(key)}
                self._skip()
            if not self._sign(",") and not self._words_at(self._at, "}"):
                raise Refused("an object that cannot be read")
        return self._node(table, opening)
