"""What a repository's files ask of its branches, whichever of GitHub's forms they are written in."""

from __future__ import annotations

from typing import Generic, Literal, NamedTuple, TypeVar

from gates.core.finding import Location

T = TypeVar("T")

Kind = Literal["classic", "ruleset", "asf", "settings"]
ANY_APP = -1
ACTIONS_APP = 15368  # GitHub Actions


class Setting(NamedTuple, Generic[T]):
    """A value and where it stands; where the form leaves it out and that has a meaning, the place of what surrounds it."""

    value: T
    location: Location


class RequiredContext(NamedTuple):
    """A check that must report success before a merge. `app` is the id of the app that must report it, ANY_APP, or None where not said."""

    name: str
    location: Location  # of the text of the name, quotes included
    app: int | None
    listed: Literal["contexts", "checks"]


class Protection(NamedTuple):
    """What one file, or one entry of it, asks of some branches. Every setting that is None is not asked for here.

    Several protections of one branch add up: the branch is as strict as the strictest of them. `whole`: what the form does not say is
    off; where it is False the form leaves alone whatever it does not mention, so nothing follows from silence.
    """

    kind: Kind
    location: Location  # where it starts
    label: str  # for messages: "branch-protection/main.json", "ruleset 'main' in .github/rulesets/main.json"
    include: tuple[str, ...]  # branch names or ruleset patterns without refs/heads/; also "~ALL" and "~DEFAULT_BRANCH"
    exclude: tuple[str, ...]  # wins over include
    whole: bool
    contexts: tuple[RequiredContext, ...]  # in the order of the file; both lists where there are two
    checks_location: Location | None  # the key that holds the required checks; None where checks are not asked for
    enforcement: Setting[str] | None = None  # rulesets: "active", "evaluate", "disabled"
    strict: Setting[bool] | None = None  # a branch must be up to date before merging
    force_pushes: Setting[bool] | None = None  # True: allowed
    deletions: Setting[bool] | None = None  # True: allowed
    approvals: Setting[int] | None = None  # reviews required; None: none asked for
    code_owner_reviews: Setting[bool] | None = None
    dismiss_stale_reviews: Setting[bool] | None = None
    last_push_approval: Setting[bool] | None = None
    conversations: Setting[bool] | None = None  # must be resolved
    linear_history: Setting[bool] | None = None
    signatures: Setting[bool] | None = None
    merge_queue: Setting[bool] | None = None
    skips_creation: Setting[bool] | None = None  # do_not_enforce_on_create
    exempt: tuple[Setting[str], ...] = ()  # who may pass it by, in words: "administrators", "team 7, always", "user mona, in reviews"
    exempt_known: bool = True  # False: the form at hand hides who may (a ruleset read with few rights)
