"""Building blocks of patterns: a secret that is only known by the name in front of it."""

from __future__ import annotations

UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

# What names a secret in the name of a variable, an option or a field.
_NOUNS = "key|token|secret|passw|pwd|auth|cred|access|api"
# From the provider's name to the noun: one name (DATADOG_API_KEY), a call (datadog.Client(api_key=), nested configuration,
# or a comment on the line above.
_BETWEEN = r"[A-Za-z0-9_. \t\r\n\"'`:={(\[/,<>#-]{0,40}"
_REST_OF_NAME = "[A-Za-z0-9_.-]{0,24}"
# From the name to the value: = : => := ?= == ( , > with quotes, brackets and escapes of any language around them; also one plain space.
_SEPARATORS = r"[ \t\"'`\\=:>?,()\[\]{}|]{1,16}"
# An entry of a list (name: X / value: Y), an XML attribute, a default in a lookup.
_VALUE_FIELD = r"[ \t\r\n\"',;>]{1,28}(?i:value|default)[ \t\"'=:>]{1,8}"
_TO_VALUE = f"(?:{_SEPARATORS}|{_VALUE_FIELD})"
# Straight after the provider's name nothing but an assignment or a call will do.
_ASSIGNED = r"(?:[\"'`]?[ \t]{0,4}(?::|=|:=|=>)[ \t]{0,4}[\"'`]?|(?:\.[A-Za-z_]{1,20})?\([\"'])"


def near(keyword: str, value: str, *, bare: bool = True, noun: str = _NOUNS) -> str:
    """A pattern for `value` after a name that holds `keyword` (any case) and then a `noun` such as key or token.

    `bare` also accepts `keyword = value` without such a noun: for values that are long or odd enough to be no identifier.
    """
    named = f"{_BETWEEN}(?i:{noun}){_REST_OF_NAME}{_TO_VALUE}"
    return f"(?i:{keyword})(?:{named}|{_ASSIGNED})({value})" if bare else f"(?i:{keyword}){named}({value})"


# aws_secret_access_key and its many spellings, or the second column behind a key id.
AWS_SECRET_CONTEXT = (
    r"(?:(?i:aws[A-Za-z0-9_. -]{0,20}(?:secret|private)|secret_?-?access_?-?key|aws_?sec_?key)[A-Za-z0-9_.-]{0,24}"
    + _TO_VALUE
    + r"|A[KS]IA[A-Z2-7]{16}[ \t\r\n\"',:;|]{1,12})"
)
