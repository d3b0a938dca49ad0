"""What a title check lets through and a commit rule refuses, each time with a header that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from gates.commits import patterns
from gates.commits.agreement import Accepting
from gates.commits.header import Malformed, parse
from gates.commits.source import Kind, Source

# How each tool applies the expressions that it is configured with: to a header,
_HEADERS: Final[Mapping[Kind, tuple[patterns.Dialect, patterns.Mode]]] = MappingProxyType(
    {
        "commitizen": ("python", "start"),
        "gitlint": ("python", "search"),
        "semantic-pull-request": ("javascript", "search"),
        "title-action": ("javascript", "search"),
    }
)
# and to a part of it: https://github.com/amannn/action-semantic-pull-request/blob/main/src/validatePrTitle.js, which must match all of it.
_PART: Final[tuple[patterns.Dialect, patterns.Mode]] = ("javascript", "whole")
_SUBJECTS: Final = ("add it", "Add it", "Add it.", "add it.", "ADD IT", "1 more")
# Of a type and a subject without what stands between the two.
_FORMS: Final = ("{} add it", "{}:add it", "{} : add it", "{} - add it", "[{}] add it", "{}/add it")
_NUMBERED: Final = ("add it #12", "add it (#12)", "#12 add it", "ABC-12 add it", "add it ABC-12", "add it [ABC-12]")
# Longer than the usual limits of 50, 72 and 100 characters.
_LENGTHS: Final = (51, 73, 101)
_LONG: Final = tuple(("add it " * length)[: length - 1] + "t" for length in _LENGTHS)
_ANY_SCOPE: Final = "zqx"  # a scope that nobody lists
_USUAL_SCOPE: Final = "core"
_ANY_TYPE: Final = "zqx"


class Weakness(NamedTuple):
    what: str  # "a title without a scope"
    header: str
    way_out: str


class _Parts(NamedTuple):
    type: str
    scope: str
    subject: str
    mark: str = ""  # "!" for a breaking change

    @property
    def header(self) -> str:
        scope = f"({self.scope})" if self.scope else ""
        return f"{self.type}{scope}{self.mark}: {self.subject}"


def weaknesses(title: Accepting, rule: Accepting, others: Sequence[Source]) -> Iterator[Weakness]:
    """Nothing that only differs in listed types, nothing that one of the `others` that check titles refuses, and nothing that cannot be
    told.
    """
    if rule.types is None:
        return
    if title.types is None and all(other.types is None for other in others):
        yield Weakness("any type", _Parts(_ANY_TYPE, "", "add it").header, "list the same types")
    shared = rule.in_order(rule.types if title.types is None else title.types & rule.types)
    if not shared:
        return
    usual = _usual_scope(title.source, rule.source)
    subjects = (*_SUBJECTS, *_NUMBERED, *_LONG)
    tried = (_Parts(shared[0], scope, subject) for scope in ([usual] if usual else ["", _USUAL_SCOPE]) for subject in subjects)
    good = next((parts for parts in tried if _takes(rule.source, parts) is True), None)
    if good is None:
        return  # the rule asks for more than is known here
    told = set()
    for what, parts, way_out in (
        ("a title without a subject", good._replace(subject=""), "ask for a subject"),
        ("a title without a scope", good._replace(scope=""), "ask for a scope"),
        ("any scope", good._replace(scope=_ANY_SCOPE), "list the same scopes"),
        ("a breaking change", good._replace(scope=usual, mark="!"), "take the mark ! in both or in neither"),
        ("a breaking change with a scope", good._replace(scope=usual or _USUAL_SCOPE, mark="!"), "take the mark ! in both or in neither"),
        *(("other subjects", good._replace(subject=subject), "ask the same of the subject") for subject in (*_SUBJECTS, "add")),
        *((f"a subject of {len(each)} characters", good._replace(subject=each), "limit it in the same way") for each in _LONG),
    ):
        if parts.mark and _takes(rule.source, parts._replace(mark="")) is not True:
            continue  # then it is not the mark that is refused
        if parts == good or _takes(rule.source, parts) is not False or any(_takes(each, parts) is False for each in others):
            continue
        if _takes(title.source, parts) is True:
            kind = "subject" if parts.subject != good.subject and parts.subject else "mark" if parts.mark else what
            if kind not in told:
                told.add(kind)
                yield Weakness(what, parts.header, way_out)
    yield from _malformed(title.source, rule.source, shared[0], others)
    longest, allowed = rule.source.header.max_length, title.source.header.max_length
    if 0 < longest < allowed:
        header = good._replace(subject="x" * (allowed - len(good.header) + len(good.subject))).header
        yield Weakness(f"headers of up to {allowed} characters", f"{header[:20]}…", f"limit them to {longest}")


def _malformed(title: Source, rule: Source, name: str, others: Sequence[Source]) -> Iterator[Weakness]:
    """What the title's own pattern of a header takes for a type and a subject, and the rule for neither."""
    if title.kind != "semantic-pull-request" or not title.header.pattern:
        return
    for form in _FORMS:
        header = form.format(name)
        if _matches(title.header.pattern, _HEADERS[title.kind], header) and _refuses(rule, header):
            if not any(_refuses(each, header) for each in others):
                yield Weakness("headers in another form", header, "drop its headerPattern, or ask for the same form")
            return


def _refuses(source: Source, header: str) -> bool:
    if source.opaque or source.kind in ("title-script", "title-action", "gates-lint", "table"):
        return False
    pattern = source.pattern or source.header.pattern
    if pattern:
        return _matches(pattern, _HEADERS.get(source.kind), header) is False
    return isinstance(parse(header), Malformed)


def _usual_scope(title: Source, rule: Source) -> str:
    """A scope that both take, "" where none needs to be given."""
    listed = [set(source.header.scopes) for source in (title, rule) if source.header.scopes]
    return min(set.intersection(*listed), default="") if listed else ""


def _takes(source: Source, parts: _Parts) -> bool | None:
    """None where it cannot be told."""
    header = source.header
    if source.pattern:
        return _matches(source.pattern, _HEADERS.get(source.kind), parts.header)
    if source.kind == "title-action" and not header.pattern:
        return None if parts.scope or parts.mark else True  # a prefix is all that it asks for
    if source.kind == "title-action":
        return _matches(header.pattern, _HEADERS[source.kind], parts.header)
    if source.kind in ("title-script", "gates-lint"):
        return None
    if not parts.subject or (header.scope_required and not parts.scope):
        return False
    answers = [
        *([_scoped(source.kind, header.scopes, parts.scope)] if header.scopes is not None and parts.scope else []),
        *([_matches(header.pattern, _HEADERS.get(source.kind), parts.header)] if header.pattern else []),
        *([_matches(header.subject_pattern, _PART, parts.subject)] if header.subject_pattern else []),
    ]
    return False if False in answers else None if None in answers else True


def _scoped(kind: Kind, scopes: Sequence[str], scope: str) -> bool | None:
    """The action takes its scopes for expressions that match all of the scope."""
    if kind != "semantic-pull-request" or scope in scopes:
        return scope in scopes
    answers = [_matches(each, _PART, scope) for each in scopes]
    return True if True in answers else None if None in answers else False


def _matches(pattern: str, reading: tuple[patterns.Dialect, patterns.Mode] | None, text: str) -> bool | None:
    if reading is None:
        return None
    dialect, mode = reading
    try:
        return patterns.accepts_header(patterns.compile(pattern, dialect, mode=mode), text)
    except ValueError:
        return None
