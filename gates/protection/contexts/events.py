"""What a condition can ask of the event that starts a workflow, where the answer is one for all pull requests into a branch:
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gates.github.expressions import Open, Unknown, Value
from gates.github.triggers import MERGE_QUEUE, PULL_REQUEST_EVENTS, PUSH, activity_types
from gates.github.workflow import Trigger

_NEW_HEAD: Final = ("opened", "synchronize")
_READY: Final = "ready_for_review"
# No branch and no tag has this name: the number of a pull request is not known, and equals nothing that a condition names.
_ANY_NUMBER: Final = 4294967295
_ANY_COMMIT: Final = "0" * 40
_SOMETHING: Final = Unknown(event_data=True, truth=True)
_ALWAYS_THERE: Final = ("actor", "event_path", "run_attempt", "run_id", "run_number", "sha", "token", "triggering_actor", "workspace")
# Parts of other events; a property that is not there is null.
_ELSEWHERE: Final = (
    "check_run",
    "check_suite",
    "client_payload",
    "comment",
    "commits",
    "deployment",
    "deployment_status",
    "head_commit",
    "inputs",
    "issue",
    "merge_group",
    "pull_request",
    "release",
    "review",
    "schedule",
    "workflow_run",
)


def known(trigger: Trigger, branch: str) -> Iterator[Open]:
    """The `github` context for each activity that makes a new head; for any other event nothing but its name."""
    if trigger.event in PULL_REQUEST_EVENTS:
        types = activity_types(trigger)
        for action in [action for action in types if action in _NEW_HEAD] or types or [""]:
            yield _pull_request(trigger, branch, action)
    elif trigger.event == MERGE_QUEUE:
        head = f"gh-readonly-queue/{branch}/pr-{_ANY_NUMBER}-{_ANY_COMMIT}"
        group = Open({"base_ref": f"refs/heads/{branch}", "head_ref": f"refs/heads/{head}"}, event_data=True)
        refs: dict[str, Value] = {"ref": f"refs/heads/{head}", "ref_name": head}
        yield _github(trigger, {"merge_group": group, "action": "checks_requested"}, {**refs, "base_ref": "", "head_ref": ""})
    elif trigger.event == PUSH:
        there: dict[str, Value] = {"commits": _SOMETHING, "head_commit": _SOMETHING, "action": None}
        ref = Unknown(("refs/heads/", ""), event_data=True)
        yield _github(trigger, there, {"ref": ref, "base_ref": "", "head_ref": ""})
    else:
        yield Open({"event_name": trigger.event}, event_data=True)


def _pull_request(trigger: Trigger, branch: str, action: str) -> Open:
    merge = trigger.event == "pull_request"
    there: dict[str, Value] = {
        "base": Open({"ref": branch}, event_data=True),
        "head": Open({"ref": _SOMETHING, "sha": _SOMETHING}, event_data=True),
        "number": _ANY_NUMBER,
        "title": _SOMETHING,
        "state": "open",
        "merged": False,
        "merged_at": None,
        "closed_at": None,
    }
    types = activity_types(trigger)
    if _READY in types:
        there["draft"] = False  # a draft cannot be merged, and where the workflow runs again when it is ready, that is what counts
    event: dict[str, Value] = {"pull_request": Open(there, event_data=True), "number": _ANY_NUMBER}
    if action:
        event["action"] = action
    if not {"labeled", "unlabeled"}.intersection(types):
        event["label"] = None
    return _github(
        trigger,
        event,
        {
            "base_ref": branch,
            "head_ref": _SOMETHING,
            "ref": f"refs/pull/{_ANY_NUMBER}/merge" if merge else f"refs/heads/{branch}",
            "ref_name": f"{_ANY_NUMBER}/merge" if merge else branch,
        },
    )


def _github(trigger: Trigger, event: dict[str, Value], properties: dict[str, Value]) -> Open:
    whole: dict[str, Value] = {**dict.fromkeys(_ELSEWHERE), **event}
    return Open(
        {
            **dict.fromkeys(_ALWAYS_THERE, _SOMETHING),
            "event_name": trigger.event,
            "ref_type": "branch",
            **properties,
            "event": Open(whole, event_data=True),
        },
        event_data=True,
    )
