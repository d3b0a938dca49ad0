"""When a workflow reports its checks on the head of a pull request, and when in a merge queue.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, Literal

from gates.github.filters import lets_all_through, lets_through
from gates.github.workflow import Filter, Trigger

PULL_REQUEST_EVENTS: Final = ("pull_request", "pull_request_target")
PUSH: Final = "push"  # reports on heads that are branches of this repository, never on those of a fork
MERGE_QUEUE: Final = "merge_group"
# These run on the commit that is deployed: on a pull request's head wherever an outside service deploys each of them.
DEPLOYMENT_EVENTS: Final = ("deployment", "deployment_status")

DEFAULT_TYPES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pull_request": ("opened", "synchronize", "reopened"),
        "pull_request_target": ("opened", "synchronize", "reopened"),
        "merge_group": ("checks_requested",),
    }
)
# A pull request that is reopened without a new commit still has the checks of that commit.
_NEW_COMMIT_TYPES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pull_request": ("opened", "synchronize"),
        "pull_request_target": ("opened", "synchronize"),
        "merge_group": ("checks_requested",),
    }
)


def activity_types(trigger: Trigger) -> tuple[str, ...]:
    """Those given, else the event's default; empty for an event of which nothing is known."""
    return DEFAULT_TYPES.get(trigger.event, ()) if trigger.types is None else trigger.types


def covers_new_commits(trigger: Trigger) -> tuple[str, ...]:
    """The activity types that are missing, so that a commit can become the head (of a pull request, of a queue's group) without the
    workflow running; empty where it always runs, and for events that have no such types.
    """
    types = activity_types(trigger)
    return tuple(needed for needed in _NEW_COMMIT_TYPES.get(trigger.event, ()) if needed not in types)


def on_branch(trigger: Trigger, branch: str) -> bool:
    """Whether the branch filter lets the event through: of `pull_request` and `merge_group`, into that branch; of `push`, to it."""
    if trigger.event == PUSH and _tags_only(trigger):
        return False
    return lets_through(trigger.branches, branch)


def path_filter(trigger: Trigger) -> Filter | None:
    """The paths filter, where it can keep the workflow from running: a queue knows no such filter, and `**` keeps nothing out."""
    if trigger.event not in (*PULL_REQUEST_EVENTS, PUSH) or lets_all_through(trigger.paths):
        return None
    return trigger.paths


def pushed_heads(trigger: Trigger, targets: Collection[str]) -> Literal["all", "some", "none"]:
    """Which branches of this repository, as heads of pull requests into `targets`, the `push` event runs on. Keeping out the targets
    themselves costs nothing: `branches-ignore: [main]` is "all" for main. A filter that names nothing but targets is "none".
    """
    if _tags_only(trigger):
        return "none"
    if trigger.branches is None:
        return "all"
    heads = _without(trigger.branches, targets)
    if lets_all_through(heads):
        return "all"
    if not heads.ignore:
        return "some" if any(not pattern.startswith("!") for pattern in heads.patterns) else "none"
    return "none" if lets_all_through(heads._replace(ignore=False)) else "some"


def _tags_only(trigger: Trigger) -> bool:
    """With a filter for tags and none for branches, `push` runs for tags alone."""
    return trigger.branches is None and trigger.tags is not None


def _without(branches: Filter, names: Collection[str]) -> Filter:
    kept = tuple(pattern for pattern in branches.patterns if pattern.removeprefix("!") not in names)
    return branches._replace(patterns=kept)
