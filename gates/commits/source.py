"""A place that says which commit types there are, whichever tool it belongs to."""

from __future__ import annotations

from typing import Literal, NamedTuple

from gates.core.finding import Location

Kind = Literal[
    "commitizen",
    "commitlint",
    "semantic-pull-request",
    "title-action",
    "title-script",
    "gates-lint",
    "release-please",
    "semantic-release",
    "git-cliff",
    "gitlint",
    "committed",
    "table",
]
# "accepts": decides which messages may be written. "checks-title": decides it for titles of pull requests. "releases": decides what of
# them a changelog or a release shows. "tells": tells people which there are, such as a prompt, CONTRIBUTING or .gitmessage.
Role = Literal["accepts", "checks-title", "releases", "tells"]


class Listed(NamedTuple):
    """A type as a source writes it. `hidden`: a releasing source knows it and leaves it out on purpose."""

    name: str
    location: Location
    hidden: bool = False


class Header(NamedTuple):
    """What a source asks of the header beyond the type. A length of 0 is no limit; `scopes` None: any; (): none may be given."""

    max_length: int = 0
    scopes: tuple[str, ...] | None = None
    scope_required: bool = False
    subject_pattern: str = ""
    pattern: str = ""  # of the whole header, where the source has one of its own


class Parser(NamedTuple):
    """A rule of a releasing source that goes by a regular expression: a header in which it is found is shown, or left out if `hidden`."""

    pattern: str
    dialect: Literal["python", "rust"]
    location: Location
    hidden: bool = False


class Ignored(NamedTuple):
    """Messages that an accepting source does not judge. `value` is the setting as people know it, with what it takes where that is text."""

    value: str
    location: Location


class Source(NamedTuple):
    """`types` in the order of the file; None where any type will do. `implied`: the tool's own default, which the file does not spell out;
    then every type stands where the tool is configured. `opaque` says why the types cannot be told (a plugin, an expression, a program),
    "" where they can. `pattern`: the types come from matching a regular expression, so the file holds no list that could be edited.

    A releasing source looks for a commit in its `parsers` first, of which the first that matches decides, then in `types`; `rest` is what
    becomes of the others (`gates.commits.sources.fates` answers for all three).
    """

    kind: Kind
    role: Role
    location: Location  # of the list, or of what configures the tool
    types: tuple[Listed, ...] | None
    implied: bool = False
    opaque: str = ""
    pattern: str = ""
    header: Header = Header()
    parsers: tuple[Parser, ...] = ()
    rest: Literal["shown", "hidden", "lost"] = "lost"
    ignores: tuple[Ignored, ...] = ()
