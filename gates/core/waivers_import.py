"""From what other tools ignore to entries of ours: each with a package, an owner, a reason and a last day, or a word why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from gates.core import waivers_found
from gates.core.accountability import MAX_REASON, live, owner_problem, reason_problem
from gates.core.purl import Purl, same_package
from gates.core.waivers import Waivers
from gates.core.waivers_edit import Fields
from gates.core.waivers_found import Run
from gates.core.waivers_ignores import Ignored, Left

GATE = "deps"
RULE = "deps/vulnerable-package"
UNDATED = 14  # days that an entry without an end gets


class Draft(NamedTuple):
    """An entry to be. `sources` are the places that it comes from, `note` is what was made of their dates."""

    rule: str
    purl: Purl
    paths: tuple[str, ...]
    reason: str
    owner: str
    ticket: str
    created: date
    sunset: date
    sources: tuple[tuple[str, int], ...]
    note: str = ""

    def fields(self, number: str) -> Fields:
        fields: dict[str, str | bool | tuple[str, ...]] = {"id": number, "gate": GATE, "rule": self.rule, "purl": str(self.purl)}
        if self.paths:
            fields["paths"] = self.paths
        fields |= {"reason": self.reason, "owner": self.owner, "created": self.created.isoformat(), "sunset": self.sunset.isoformat()}
        return fields | ({"ticket": self.ticket} if self.ticket else {})


class Imported(NamedTuple):
    drafts: tuple[Draft, ...]
    left: tuple[Left, ...]


def needs_run(ignored: Iterable[Ignored | Left]) -> bool:
    """Whether an entry does not say its package, so that only a run of the gate can tell."""
    return any(isinstance(each, Ignored) and not each.purls for each in ignored)


def drafts(ignored: Iterable[Ignored | Left], run: Run, listed: Waivers, owner: str, today: date) -> Imported:
    """`owner` answers for the entries that name nobody. Of two for one advisory in one package the nearer last day counts."""
    made: dict[tuple[object, ...], Draft] = {}
    left: list[Left] = []
    for each in ignored:
        if isinstance(each, Left):
            left.append(each)
            continue
        if problem := _problem(each, listed, today):
            left.append(_left(each, problem))
            continue
        purls = each.purls or tuple(waivers_found.packages(run, each.id))
        if not purls:
            left.append(_left(each, "it names no package, and no finding of the run is about it"))
        for purl in purls:
            if covered := _covered_by(each, purl, run, listed, today):
                left.append(_left(each, f"{covered} covers it in {purl} already"))
                continue
            draft = _draft(each, purl, owner, listed, today)
            key = (waivers_found.same_advisory(run, each.id), str(purl), each.paths)
            made[key] = _merged(made[key], draft) if key in made else draft
    return Imported(tuple(made.values()), tuple(left))


def _left(ignored: Ignored, why: str) -> Left:
    return Left(ignored.path, ignored.line, ignored.id, why)


def _problem(ignored: Ignored, listed: Waivers, today: date) -> str:
    if listed.terms.forbids(RULE):
        return f"no waiver may cover {RULE}; the list names it under never"
    if ignored.sunset and not live(ignored.sunset, today):
        return f"it ended on {ignored.sunset}"
    return ""


def _covered_by(ignored: Ignored, purl: Purl, run: Run, listed: Waivers, today: date) -> str:
    ids = waivers_found.same_advisory(run, ignored.id)
    for entry in listed.entries:
        wide = not (entry.fingerprint or entry.versions) and entry.paths in ((), ignored.paths)
        names = any(rule.lower() in ids for rule in entry.rules)
        # An entry of a plain list names no package: what is imported is to take its place.
        if entry.gate == GATE and wide and names and entry.purl and same_package(entry.purl, purl) and live(entry.sunset, today):
            return entry.id
    return ""


def _draft(ignored: Ignored, purl: Purl, owner: str, listed: Waivers, today: date) -> Draft:
    created = ignored.created if ignored.created and ignored.created <= today else today
    latest = created + timedelta(listed.terms.max_days)
    sunset, note = ignored.sunset, ""
    if sunset is None:
        sunset, note = today + timedelta(min(UNDATED, listed.terms.max_days)), "it had no end"
        created = today
    elif sunset > latest:
        if latest < today:
            created, latest = today, today + timedelta(listed.terms.max_days)
        note = f"it had run until {sunset}" if sunset > latest else ""
        sunset = min(sunset, latest)
    answers = ignored.owner if ignored.owner and not owner_problem(ignored.owner) else owner
    source = ((ignored.path, ignored.line),)
    ticket = ignored.ticket if ignored.ticket.startswith(("http://", "https://")) else ""
    return Draft(ignored.id, purl, ignored.paths, _reason(ignored), answers, ticket, created, sunset, source, note)


def _reason(ignored: Ignored) -> str:
    """The list's own where it has a date too; without one, nobody has looked at it for as long as it stands there."""
    if ignored.sunset and not reason_problem(ignored.reason):
        return ignored.reason
    return f"imported from {ignored.path}: review" + (f" ({ignored.reason})" if ignored.reason else "")


def _merged(one: Draft, other: Draft) -> Draft:
    nearer = min(one, other, key=lambda draft: draft.sunset)
    reasons = dict.fromkeys((one.reason, other.reason))
    return nearer._replace(rule=one.rule, reason="; ".join(reasons)[:MAX_REASON], sources=(*one.sources, *other.sources))


def files_still_read(imported: Imported, lists: Sequence[str]) -> list[str]:
    """Those of our own plain lists that entries came from, which go on counting beside them."""
    paths = {path for draft in imported.drafts for path, _ in draft.sources}
    return [path for path in lists if path in paths]
