"""Building blocks of patterns: a secret that is only known by the name in front of it."""

from __future__ import annotations

UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

# What names a secret in the name of a variable, an option or a field.
NOUNS = "key|token|secret|passw|pwd|auth|cred|access|api"
# From the provider's name to the noun: one name (DATADOG_API_KEY), a call (datadog.Client(api_key=), nested configuration,
# the query of its address, or a comment on the line above.
BETWEEN = r"[A-Za-z0-9_. \t\r\n\\\"'`:=(){}\[\]/,<>#?&;*@$-]{0,50}"
REST_OF_NAME = "[A-Za-z0-9_.-]{0,24}(?:[ ](?i:access|key|secret|id)){0,3}"
# From the name to the value: = : => := ?= :- == ( , > | with quotes, brackets and escapes of any language around them, also one
# plain space; b"", @"" and their like.
_SEPARATORS = r"[ \t\"'`\\=:>?,()\[\]{}|*-]{1,16}(?:[bBrRuUfFL@]{1,2}[\"'])?"
# name: str = "", const NAME: &str = "", let name: String = "", var name string = ""
_TYPED = r"(?:[ \t]{0,2}:[ \t]{0,2}|[ \t])[A-Za-z&*][A-Za-z0-9_.<>\[\]?|' ]{0,24}=[ \t]{0,2}[\"'`]"
# An entry of a list (name: X / value: Y), an XML attribute, a default in a lookup, the option of a command.
_VALUE_FIELD = r"[ \t\r\n\"',;>{-]{1,28}(?i:[a-z_]{0,12}value|default|body|string)[ \t\"'=:>]{1,8}"
_NEXT_ELEMENT = r"</[a-z]{3,5}>[ \t\r\n]{0,24}<[a-z]{3,8}>"  # <key>X</key> <string>Y</string>
_NEXT_LINE = r":[ \t]{0,2}[|>]?[+-]?[ \t]{0,2}\r?\n[ \t]{2,24}[\"']?"  # a value folded below its YAML key
_IS = "[ ]is:?[ ][\"'`]?"
# Where a word begins that must not be the end of a compound: behind anything but "_" and "-", and behind an escape.
OPENING = r"(?:^|[^A-Za-z0-9_-]|__|\\(?:[abefnrtv0]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})|%[0-9a-fA-F]{2}|=[0-9A-F]{2}|[0-9;]m)"
TO_VALUE = f"(?:{_SEPARATORS}|{_TYPED}|{_VALUE_FIELD}|{_NEXT_ELEMENT}|{_NEXT_LINE}|{_IS})"
# Straight after the provider's name nothing but an assignment or a call will do.
_ASSIGNED = r"(?:[\"'`]?[ \t]{0,4}(?::|=|:=|=>)[ \t]{0,4}[\"'`]?|(?:\.[A-Za-z_]{1,20})?\([\"'])"


def _named(noun: str) -> str:
    return f"{BETWEEN}(?i:{noun}){REST_OF_NAME}{TO_VALUE}"


def named(keyword: str, noun: str = NOUNS) -> str:
    """A pattern for a name that holds `keyword` (any case) and then a `noun` such as key or token, up to where its value starts."""
    return f"(?i:{keyword}){_named(noun)}"


def near(keyword: str, value: str, *, bare: bool = True, noun: str = NOUNS) -> str:
    """A pattern for `value` after such a name.

    `bare` also accepts `keyword = value` without a noun: for values that are long or odd enough to be no identifier.
    """
    return f"(?i:{keyword})(?:{_named(noun)}|{_ASSIGNED})({value})" if bare else f"{named(keyword, noun)}({value})"
