"""Makes live what the files ask for: never more than the differences say, and nothing that was not seen to be done.

What the file does not mention is sent as it is live, because a PUT replaces the whole. What was read is read again right before it is
written, and once more after. Nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gates.core.errors import GateUnavailable, UsageError
from gates.github.rest import Api, Document, Written, segment
from gates.protection.live import classic_form, ruleset_form
from gates.protection.live.asked import Asked
from gates.protection.live.comparing import Difference, Known, Live, differing, hidden, look
from gates.protection.live.form_parts import Check, pairs_of, sendable, sorted_checks


class Step(NamedTuple):
    """One file that has something to change."""

    asked: Asked
    live: Live
    differences: tuple[Difference, ...]


class Change(NamedTuple):
    """One request that wrote. `before` and `after` are as JSON has them, None where there was or is nothing; `status` is 0 and `after` None
    where no answer came. `missing` are the keys that the files ask for and that are not live after the last request about the file.
    """

    path: str
    sha256: str
    kind: str
    name: str  # the branch, or the ruleset
    endpoint: str  # "PUT /repos/acme/widget/branches/main/protection"
    status: int
    before: object
    after: object
    missing: tuple[str, ...]
    problem: str = ""


class Request(NamedTuple):
    endpoint: str
    send: Callable[[], Written]


def plan(api: Api, files: Sequence[Asked]) -> list[Step]:
    """What has to change, in the order of the files. Raises GateUnavailable where that cannot be told, UsageError where files disagree."""
    _refuse_doubles(files)
    known = Known(api)
    steps: list[Step] = []
    for asked in files:
        live = look(known, asked)
        for unseen in hidden(asked, live):
            raise GateUnavailable(f"{unseen.path}: {unseen.label}: {unseen.reason}; nothing was written")
        if differences := differing(asked, live):
            _refuse_deletion(asked, differences)
            list(_requests(api, asked, live))  # what cannot be sent is found out before anything is
            steps.append(Step(asked, live, tuple(differences)))
    return steps


def carry_out(api: Api, step: Step, record: Callable[[Change], None]) -> None:
    """Each request is recorded as soon as its outcome is known. Raises GateUnavailable where the file is not live afterwards."""
    asked, before = step.asked, step.live
    now = look(Known(api), asked)
    if now != before:
        raise GateUnavailable(f"{asked.label} was changed by somebody since it was read; nothing of {asked.path} was written, run again")
    requests = list(_requests(api, asked, before))
    for request in requests:
        last = request is requests[-1]
        try:
            written = request.send()
        except GateUnavailable as error:
            record(_change(step, request, 0, before, None, (), str(error)))
            raise GateUnavailable(f"{asked.path}: {request.endpoint}: {error}; what is live now is not known, compare with diff") from error
        try:
            after = look(Known(api), asked)
        except GateUnavailable as error:
            record(_change(step, request, written.status, before, None, (), f"not seen afterwards: {error}"))
            raise GateUnavailable(f"{asked.path} was written, but what is live could not be read afterwards: {error}") from error
        missing = tuple(each.key or each.label for each in differing(asked, after)) if last else ()
        lost = tuple(_lost(asked.form, step.live.form or {}, after.form or {}, ())) if last else ()
        problem = _problem(missing, lost)
        record(_change(step, request, written.status, before, after, missing, problem))
        if problem:
            raise GateUnavailable(f"{asked.path}: GitHub took it for {asked.label} (status {written.status}), but {problem}")
        before = after


def _problem(missing: Sequence[str], lost: Sequence[str]) -> str:
    said = []
    if missing:
        said.append(f"this is not live: {', '.join(missing)}")
    if lost:
        said.append(f"this changed without being asked for: {', '.join(lost)}")
    return "; ".join(said)


def _change(step: Step, request: Request, status: int, before: Live, after: Live | None, missing: tuple[str, ...], problem: str) -> Change:
    asked = step.asked
    shown = sendable(after.form) if after else None
    return Change(
        asked.path, asked.sha256, asked.kind, asked.name, request.endpoint, status, sendable(before.form), shown, missing, problem
    )


def _refuse_doubles(files: Sequence[Asked]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for asked in files:
        if first := seen.get((asked.kind, asked.name)):
            raise UsageError(f"is about {asked.label}, as {first} is; keep one of them", asked.path, asked.root.line)
        seen[asked.kind, asked.name] = asked.path


def _refuse_deletion(asked: Asked, differences: Sequence[Difference]) -> None:
    if any(each.key == classic_form.SIGNATURES and each.asked is False for each in differences):
        what = f"{asked.label} requires signed commits and the file says otherwise; switch it off by hand, for nothing is deleted here"
        place = asked.location((classic_form.SIGNATURES,))
        raise UsageError(what, place.path, place.line)


# what is sent


def _requests(api: Api, asked: Asked, live: Live) -> Iterator[Request]:
    if asked.kind == "ruleset":
        yield _ruleset_request(api, asked, live)
        return
    form = overlaid(asked.form, live.form or {})
    tail = f"/branches/{segment(asked.name)}/protection"
    differs = {each.key.partition(".")[0] for each in differing(asked, live)}
    if live.form is None or differs - {classic_form.SIGNATURES}:
        body = classic_form.put_body(form, live.form or {})
        yield Request(f"PUT {api.path(tail)}", lambda: api.put_protection(asked.name, body))
        if patch := classic_form.patch_body(form):
            yield Request(f"PATCH {api.path(tail)}/required_status_checks", lambda: api.patch_checks(asked.name, patch))
    if asked.form.get(classic_form.SIGNATURES) and (live.form is None or not live.form.get(classic_form.SIGNATURES)):
        yield Request(f"POST {api.path(tail)}/required_signatures", lambda: api.require_signatures(asked.name))


def _ruleset_request(api: Api, asked: Asked, live: Live) -> Request:
    body = ruleset_form.body_of(overlaid(asked.form, live.form or {}))
    if live.form is None:
        if "enforcement" not in body:
            raise UsageError("'enforcement' is missing, and there is no such ruleset yet to take it from", asked.path, asked.root.line)
        return Request(f"POST {api.path('/rulesets')}", lambda: api.create_ruleset(body))
    return Request(f"PUT {api.path(f'/rulesets/{live.number}')}", lambda: api.update_ruleset(live.number, body))


def overlaid(wanted: Document, there: Document) -> Document:
    """What is live, with what the file says in its place. Rules, being a list in the file, are those of the file."""
    return {**there, **{key: _overlaid(key, value, there.get(key)) for key, value in wanted.items()}}


def _overlaid(key: str, wanted: object, there: object) -> object:
    if key == "checks" and isinstance(wanted, tuple) and all(isinstance(each, tuple) for each in wanted):
        return _with_apps(wanted, pairs_of({"checks": there}))
    if not isinstance(wanted, dict) or not isinstance(there, dict):
        return wanted
    kept = {} if key == "rules" else there
    return {**kept, **{each: _overlaid(each, value, there.get(each)) for each, value in wanted.items()}}


def _with_apps(wanted: Sequence[Check], there: Sequence[Check]) -> tuple[Check, ...]:
    """A check of which the file says no app keeps the one that it has."""
    apps: dict[str, list[int | None]] = {}
    for name, app in there:
        apps.setdefault(name, []).append(app)
    return sorted_checks({(name, app) for name, said in wanted for app in ([said] if said is not None else apps.get(name, [None]))})


def _lost(wanted: Document, before: Document, after: Document, path: tuple[str, ...]) -> Iterator[str]:
    """Keys that the file does not mention and that were otherwise before."""
    for key, value in before.items():
        said, now = wanted.get(key), after.get(key)
        if key not in wanted:
            if now != value and path != ("rules",):
                yield ".".join((*path, key))
        elif isinstance(said, dict) and isinstance(value, dict) and isinstance(now, dict):
            yield from _lost(said, value, now, (*path, key))
