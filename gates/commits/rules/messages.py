"""Rules on what was written: the message of a commit, and the title of a pull request that becomes one."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_CONTROL = "PR titles and messages follow them"
_SPECIFICATION = "https://www.conventionalcommits.org/en/v1.0.0/"

BAD_MESSAGE = Rule(
    "commits/bad-message",
    Severity.HIGH,
    "a commit message that is not `type(scope)!: subject` with a type of the list",
    "What reads the history, such as a changelog or the choice of the next version, passes over a commit whose type it does not know, "
    "and a breaking change in it is then released as a small one.",
    "Write the header as type(scope)!: subject, with a type of the list.",
    (_SPECIFICATION,),
    control=_CONTROL,
)
BAD_TITLE = Rule(
    "commits/bad-title",
    Severity.HIGH,
    "a title of a pull request that is not `type(scope)!: subject` with a type of the list",
    "Where pull requests are squashed the title becomes the header of the commit, and no hook of the author looks at it.",
    "Edit the title: type(scope)!: subject, with a type of the list.",
    (_SPECIFICATION,),
    control=_CONTROL,
)
RULES = (BAD_MESSAGE, BAD_TITLE)
