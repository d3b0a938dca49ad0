"""A family of secrets as data: what one provider's credential looks like and how to revoke it."""

from typing import Literal, NamedTuple

from gates.core.finding import Severity

Structure = Literal["valid", "unchecked", "invalid"]


class Family(NamedTuple):
    """`pattern` is written in the syntax that hyperscan, RE2 and `re` share: bytes semantics, no look-around, no back-references,
    every repetition bounded, so that a match is at most `engine.REACH` bytes long. It holds exactly one capturing group, around the
    secret itself. `check` names a function of `structure.py`; "shape" means that nothing but the pattern can be checked.

    `matches` and `ignores` are templates that the tests expand (`{alnum:36}`), so that no live-looking token is stored.
    """

    id: str  # the rule is secrets/<id>
    provider: str
    title: str  # what it is, lower case, with its article: "a GitHub personal access token"
    severity: Severity
    pattern: str
    prefix: str  # the public literal that a redacted form may show, "" where there is none
    remedy: str  # how this provider revokes it
    url: str  # where the provider says so
    matches: tuple[str, ...]
    ignores: tuple[str, ...]
    check: str = "shape"
    # Credentials that are known by their place: this names a function of `credentials`, and `pattern` only says where it is to read,
    # as does `or_pattern`, since there are more ways to write one than an engine takes in a single pattern.
    reader: str = ""
    or_pattern: str = ""

    def patterns(self) -> tuple[str, ...]:
        return (self.pattern, self.or_pattern) if self.or_pattern else (self.pattern,)
