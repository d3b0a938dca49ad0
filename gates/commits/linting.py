"""What is wrong with a message, in the words of the person who wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from gates.commits.header import BREAKING, Header, Malformed, footers, parse
from gates.commits.message import Line, Message, hidden
from gates.commits.options import Options
from gates.commits.source import Source
from gates.core.documents import DocumentError
from gates.core.documents.node import quoted
from gates.core.patterns import lazy

# The types of @commitlint/config-conventional and of conventional-commit-types: https://github.com/commitizen/conventional-commit-types
CONVENTIONAL = ("build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test")

_SHOWN = 30  # types or scopes that a message lists
_AUTOSQUASH = (
    "fixup! ",
    "squash! ",
    "amend! ",
)  # https://git-scm.com/docs/git-commit#Documentation/git-commit.txt---fixupamendrewordltcommitgt
# What `git merge` and GitHub's button write where nobody edits it.
_MERGE = lazy(r"Merge (?:branch(?:es)?|commits?|tags?|remote-tracking branch(?:es)?) '.+|Merge pull request #\d+ from .+")
_REVERT = lazy(r'(?:Revert|Reapply) ".+"(?: \(#\d+\))?')  # of `git revert`, and of GitHub's button once it is squashed
_NUMBER = lazy(r" \(#\d+\)\Z")  # of the pull request, which GitHub adds to a title that was judged without
# A word that is meant to be one of BREAKING, and is read by no tool.
_ALMOST_BREAKING = lazy(r"(?i:breaking[\s-]change)\s*(?::|#)|BREAKING[\s-]CHANGES\s*:")


class Accepted(NamedTuple):
    """What a header may say. Types and scopes None: any; scopes (): none may be given. A length of 0 is no limit. `also` are types that
    are accepted and not offered. `matches` is asked for the header as a whole. `origin` is where the list stands, as path:line.
    """

    types: tuple[str, ...] | None = CONVENTIONAL
    scopes: tuple[str, ...] | None = None
    scope_required: bool = False
    max_length: int = 0
    also: tuple[str, ...] = ()
    matches: Callable[[str], bool] | None = None
    origin: str = ""


class Stage(NamedTuple):
    """How final a text is. `fixups`: it may still be squashed into another. `merges`: by its words it is taken for a merge. `numbered`:
    GitHub may have added the number of a pull request to it.
    """

    name: str
    fixups: bool = False
    merges: bool = False
    numbered: bool = False


HOOK = Stage("message", fixups=True, merges=True)
STREAM = Stage("message", merges=True)
STORED = Stage("message", numbered=True)  # what is a merge is known by its parents
TITLE = Stage("title")


class Problem(NamedTuple):
    """`column` and `end_column` count code points, 1-based, the end exclusive; 0 is unknown. `remedy` says what to write instead."""

    text: str
    line: int
    column: int = 0
    end_column: int = 0
    remedy: str = ""


def accepted(options: Options, declared: Accepted | None) -> Accepted:
    """By the policy's list of types, else by the source that was found, else by the conventional types. The shorter limit counts."""
    base = Accepted(options.types, origin="the policy") if options.types else declared or Accepted()
    lengths = [length for length in (base.max_length, options.max_header) if length]
    return base._replace(
        scopes=options.scopes or base.scopes,
        max_length=min(lengths, default=0),
        also=(*base.also, *options.machine_types),
    )


def accepted_by(source: Source, matches: Callable[[str], bool] | None = None) -> Accepted:
    """What an accepting source takes; `matches` is its own pattern, where it has one. Raises DocumentError where it cannot be told."""
    place = source.location
    if source.opaque:
        message = f"the types of {source.kind} cannot be told ({source.opaque}); name them in the policy, as types in [commits]"
        raise DocumentError(message, place.path, place.line)
    header = source.header
    return Accepted(
        types=None if source.types is None else tuple(dict.fromkeys(each.name for each in source.types)),
        scopes=header.scopes,
        scope_required=header.scope_required,
        max_length=header.max_length,
        matches=matches,
        origin=f"{place.path}:{place.line}" if place.line else place.path,
    )


def lint(message: Message, accepted: Accepted, stage: Stage, *, merge: bool = False) -> list[Problem]:
    """In the order of the message. Of a real merge (`merge`) only what hides is judged."""
    if not message.lines:
        return [Problem(f"the {stage.name} is empty", 1, remedy=_form(accepted, "what it changes"))]
    header = message.lines[0]
    if problems := [*_hidden(header), *_hidden_below(message.body)]:
        return problems  # which words there are cannot be told before this is mended
    if merge or _is_gits(header.text, stage):
        return []
    return [*_header_problems(header, accepted, stage), *_body_problems(message)]


def _is_gits(header: str, stage: Stage) -> bool:
    """Whether git wrote it and whoever commits may leave it so. An author can write the same words; merges are known by their parents
    where there are parents.
    """
    if stage.fixups and header.startswith(_AUTOSQUASH):
        return True
    reverts = header.startswith("Re") and bool(_REVERT.fullmatch(header))  # an expression costs a hook more than a comparison
    return reverts or (stage.merges and _says_merge(header))


def _says_merge(header: str) -> bool:
    return header.startswith("Merge ") and bool(_MERGE.fullmatch(header))


# the header


def _header_problems(header: Line, accepted: Accepted, stage: Stage) -> Iterator[Problem]:
    number, text = header
    if text.startswith(_AUTOSQUASH):
        word = text.partition(" ")[0]
        remedy = "squash it into the commit that it names (git rebase --autosquash) before it is merged"
        yield Problem(f"{word!r} marks a commit that is still to be squashed", number, 1, len(word) + 1, remedy)
        return
    if not stage.merges and _says_merge(text):
        yield Problem(f"the {stage.name} says that it is a merge, and it is none", number, 1, 6, _form(accepted, text))
        return
    read = parse(text)
    if isinstance(read, Malformed):
        yield Problem(read.problem, number, read.column, remedy=_rewritten(read, text, accepted))
    else:
        problems = [*_type_problem(read, number, accepted), *_scope_problem(read, number, accepted)]
        yield from problems
        if not problems and accepted.matches and not accepted.matches(text):
            yield Problem(f"the pattern of {accepted.origin} does not take {quoted(text)}", number, 1, len(text) + 1)
    yield from _length_problem(header, accepted, stage)


def _type_problem(read: Header, number: int, accepted: Accepted) -> Iterator[Problem]:
    types = accepted.types
    if types is None or read.type in types or read.type in accepted.also:
        return
    near = _nearest(read.type, types)
    guess = f"; did you mean {near!r}?" if near else ""
    remedy = f"write it as {_shown(read._replace(type=near or _usual(types)))}; {_list('types', types, accepted.origin)}"
    yield Problem(f"{quoted(read.type)} is no type of commit{guess}", number, 1, len(read.type) + 1, remedy)


def _scope_problem(read: Header, number: int, accepted: Accepted) -> Iterator[Problem]:
    scopes, at = accepted.scopes, len(read.type) + 2
    if not read.scope:
        if accepted.scope_required:
            listed = f"; {_list('scopes', scopes, accepted.origin)}" if scopes else ""
            yield Problem("the scope is missing", number, at - 1, remedy=f"write it behind the type, as in {read.type}(scope): …{listed}")
        return
    if scopes is None or read.scope in scopes:
        return
    end = at + len(read.scope)
    if not scopes:
        yield Problem("a scope may not be given", number, at, end, f"write it as {_shown(read._replace(scope=''))}")
        return
    for word in map(str.strip, read.scope.split(",")):  # several are written so
        if word not in scopes:
            near = _nearest(word, scopes)
            guess = f"; did you mean {near!r}?" if near else ""
            yield Problem(f"{quoted(word)} is no scope{guess}", number, at, end, _list("scopes", scopes, accepted.origin))
            return


def _length_problem(header: Line, accepted: Accepted, stage: Stage) -> Iterator[Problem]:
    text = _NUMBER.sub("", header.text) if stage.numbered else header.text
    most = accepted.max_length
    if most and len(text) > most:
        over = f"{len(text)} characters, {len(text) - most} more than the {most} that are allowed"
        yield Problem(f"the header has {over}", header.number, most + 1, len(text) + 1, "say less in the header and the rest in the body")


# the body


def _body_problems(message: Message) -> Iterator[Problem]:
    body = message.body
    if body and body[0].text.strip():
        remedy = "leave the second line empty; the text begins in the third"
        yield Problem("no blank line stands between header and body", body[0].number, 1, remedy=remedy)
    read = {footer.line for footer in footers([line.text for line in body]) if footer.token in BREAKING}
    for index, line in enumerate(body):
        match = _ALMOST_BREAKING.match(line.text)
        if match and index not in read and not line.text.startswith(tuple(f"{token}: " for token in BREAKING)):
            remedy = "write the footer as BREAKING CHANGE: and, behind a space, what breaks"
            yield Problem(f"{quoted(match[0])} announces no breaking change", line.number, 1, match.end() + 1, remedy)


# what does not show


def _hidden(line: Line, where: str = "the header") -> Iterator[Problem]:
    for index, character in hidden(line.text):
        yield Problem(
            _what(character, where, first=index == 0 and line.number == 1),
            line.number,
            index + 1,
            index + 2,
            "write what is to be read, and nothing else",
        )
        return  # one says where to look


def _hidden_below(lines: tuple[Line, ...]) -> Iterator[Problem]:
    """In a body a tab indents."""
    for line in lines:
        for problem in _hidden(line._replace(text=line.text.replace("\t", " ")), "the line"):
            is_text = not problem.text.startswith(("a NUL", "the byte"))
            yield problem if is_text else problem._replace(remedy="save the message as UTF-8 text")
            return


def _what(character: str, where: str, *, first: bool) -> str:
    code = ord(character)
    if code == 0:
        return "a NUL byte, which git refuses to store"
    if 0xDC80 <= code <= 0xDCFF:
        return f"the byte 0x{code - 0xDC00:02X} is not UTF-8"
    if first and code == 0xFEFF:
        return "the message starts with a byte order mark, which git keeps"
    from unicodedata import name  # a megabyte of tables that most runs never need

    known = name(character, "a control character" if code < 0xA0 else "a character that does not show").lower()
    return f"U+{code:04X} ({known}) makes {where} read otherwise than it is written"


# words


def _form(accepted: Accepted, subject: str) -> str:
    """How to write it, and with which types."""
    types = accepted.types
    word, _, rest = subject.strip().partition(" ")
    like = _nearest(word, types, exact=True) if types else ""
    read = Header(like or (_usual(types) if types else "feat"), "", False, (rest if like else subject).strip() or "what it changes")
    listed = f"; {_list('types', types, accepted.origin)}" if types else ""
    return f"write it as {_shown(read)}{listed}"


def _rewritten(read: Malformed, text: str, accepted: Accepted) -> str:
    meant = parse(read.meant) if read.meant else None
    if not isinstance(meant, Header):
        return _form(accepted, text if ":" not in text else "what it changes")
    types = accepted.types
    if types is None or meant.type in types or meant.type in accepted.also:
        return f"write it as {_shown(meant)}"
    near = _nearest(meant.type, types) or _usual(types)
    return f"write it as {_shown(meant._replace(type=near))}; {_list('types', types, accepted.origin)}"


def _shown(read: Header) -> str:
    scope = f"({read.scope})" if read.scope else ""
    return quoted(f"{read.type}{scope}{'!' if read.breaking else ''}: {read.subject}")


def _usual(types: tuple[str, ...]) -> str:
    return next((type_ for type_ in ("feat", "fix") if type_ in types), types[0] if types else "feat")


def _list(what: str, words: tuple[str, ...], origin: str) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return f"the {what} are {', '.join(words[:_SHOWN])}{more}{f' ({origin})' if origin else ''}"


def _nearest(word: str, known: tuple[str, ...], *, exact: bool = False) -> str:
    """The known word that differs in case alone, else, unless `exact`, the one most alike; "" where none is."""
    folded = {each.casefold(): each for each in known}
    if same := folded.get(word.casefold()):
        return same
    if exact:
        return ""
    from difflib import get_close_matches  # only for a message that ends the run

    near = get_close_matches(word[:100].casefold(), folded, n=1)
    return folded[near[0]] if near else ""
