"""What a script consists of: words, simple commands and how they are joined (POSIX.1-2024, 2.9 Shell Commands:
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_09).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

# "" starts the script or a body of it; "|&" counts as "|", a line end as ";"
Operator = Literal["", ";", "&", "&&", "||", "|"]
# what a command stands in, outermost first; a function's and a case's own name are not told
Surrounding = Literal["if", "loop", "case", "function", "subshell", "group", "substitution"]


class Word(NamedTuple):
    """`text` is the word with its quotes removed, and expansions in it as they are written; `dynamic` says that it holds one (a parameter,
    a substitution, a pattern outside quotes), so that what the program gets is not known here. Lines and columns are 1-based.
    """

    text: str
    line: int
    column: int
    dynamic: bool = False
    quoted: bool = False  # some of it stood in quotes


class Assignment(NamedTuple):
    name: str
    value: Word


class Redirect(NamedTuple):
    """`operator` without its descriptor: ">", ">>", "<", "<<", "<<<", ">|", "<>", ">&", "<&", "&>", "&>>"; `body` is a
    here-document's text, whose first line is `body_line`.
    """

    operator: str
    descriptor: str
    target: Word
    body: str = ""
    body_line: int = 0


class Command(NamedTuple):
    """A simple command: `words` may be empty where it only assigns or redirects. `before` joins it to the command before it;
    commands of one pipeline share its number, in order. `line` is where it starts.

    `pipes` are the pipelines that it stands in, outermost first, each with its place there: `a | { b; c; }` has b and c at place 1 of a's.
    `holder` is the position in `Script.commands` of the command whose words, values or here-documents hold it as a substitution, -1
    where it is none, or stands in the words of `for` or `case`. `condition`: the innermost `if` or loop around it tests it; with it and
    `before`, which is "" where a body begins, the branches of an `if` can be told apart. A redirect of a compound command is told as a
    command without words, after those of its body. Conditions `[[ … ]]` and `(( … ))` are commands, `[[` and `((` their first words.
    """

    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...]
    redirects: tuple[Redirect, ...]
    before: Operator
    pipeline: int
    within: tuple[Surrounding, ...]
    line: int
    negated: bool = False
    pipes: tuple[tuple[int, int], ...] = ()
    holder: int = -1
    condition: bool = False

    @property
    def program(self) -> str:
        """The program's name as written, "" where the command has no word."""
        return self.words[0].text if self.words else ""

    def feeds(self, other: Command) -> bool:
        """Whether the output of this command goes down a pipeline to `other`, as far as its place tells."""
        places = dict(other.pipes)
        return any(place < places.get(number, -1) for number, place in self.pipes)


class Problem(NamedTuple):
    line: int
    message: str


class Script(NamedTuple):
    """`commands` in the order of the text, those of substitutions after the command they stand in. `problems` says what could not be read:
    the commands up to there are still told. `loops` are the words that `for` and `select` give to their variable, each as an assignment.
    """

    commands: tuple[Command, ...]
    problems: tuple[Problem, ...] = ()
    loops: tuple[Assignment, ...] = ()
