"""The life of a secret in a history: where it came in, moved and went, and whether it still stands there at the end.

All that holds one value is one life, whatever the blobs, paths and commits. It is reported at each path where it still stands, as the
tree is; where it stands nowhere any more, once, at the path where it first came in, which later commits do not change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from gates.core import git
from gates.core.deadline import Deadline
from gates.core.finding import Severity
from gates.detect.scan import Match

_LISTED = 20
_SHORT = 12  # digits of an id

Object = tuple[str, str]  # id and kind
End = Literal["stands", "elsewhere", "removed", "gone", "told"]


class Moment(NamedTuple):
    commit: str  # or the id of a tag or blob that no commit holds
    date: str  # in UTC, "" where there is none


class Life(NamedTuple):
    """`places` are all the paths it ever had, in the order in which it came there, with the highest severity it had at each; `stands`
    are those that it has at `tip`, which is HEAD or the end of a range.

    `end` says what has become of it: "gone" is "removed" where no single commit took it out, "told" is in a message, which stays.
    """

    first: Moment
    last: Moment
    end: End
    tip: str
    places: tuple[tuple[str, Severity], ...]
    stands: frozenset[str]
    commits: int
    moved: tuple[str, ...]


class Standing(NamedTuple):
    """A match to report, and where. `commit` is "" where it stands at the tip."""

    path: str
    commit: str
    match: Match
    life: Life


def follow(
    repository: git.Repository, range_: str, found: Sequence[tuple[Object, Match]], in_scope: Callable[[str], bool], deadline: Deadline
) -> Iterator[Standing]:
    """What to report of the matches that were found in objects of the range, or with "" of the history. What lies at paths out of scope
    is no part of a life.
    """
    values: dict[tuple[str, bytes], dict[Object, list[Match]]] = {}
    for key, match in found:
        values.setdefault((match.family.id, match.identity), {}).setdefault(key, []).append(match)
    if not values:
        return
    oids = {oid for (oid, _), _ in found}
    changes = git.changes(repository, oids, range_, deadline)
    in_trees = {change.after for change in changes}
    changes = [change for change in changes if in_scope(change.path)]
    touching: dict[str, list[int]] = {}
    for number, change in enumerate(changes):
        for oid in {*change.before, change.after}:
            touching.setdefault(oid, []).append(number)
    # The end of what is looked at, and what stands there.
    tip = git.resolve_range(repository, range_, deadline).partition("..")[2] if range_ else repository.head
    at_tip = git.paths_at(repository, tip, oids, deadline) if tip else {}
    # What a range took out again may stand on another branch from before: that is not for the range to say.
    at_refs = git.at_refs(repository, oids, deadline) if not range_ and oids - at_tip.keys() else set()
    messages = {oid for (oid, kind), _ in found if kind == "commit" and oid not in in_trees}
    times = git.commit_times(repository, sorted(messages.union(change.commit for change in changes)), deadline)
    tip_name = "HEAD" if tip == repository.head else tip[:_SHORT]
    for objects in values.values():
        numbers = sorted({number for oid, _ in objects for number in touching.get(oid, ())})
        value = _Value({oid: matches for (oid, _), matches in objects.items()}, [changes[number] for number in numbers])
        # What no tree of the range holds is a message, or a blob that a tag names.
        told = [_Place(f"{kind} {oid[:_SHORT]}", oid, oid) for oid, kind in objects if oid not in in_trees]
        places = _in_time(list(value.came.values()), [place for place in told if in_scope(place.path)], times)
        if not places:
            continue
        standing = sorted((path, oid) for oid in value.matches for path in at_tip.get(oid, ()) if path in value.came)
        life = _life(value, places, frozenset(path for path, _ in standing), tip_name, at_refs, times)
        for path, commit, oid in [(path, "", oid) for path, oid in standing] or places[:1]:
            yield from (Standing(path, commit, match, life) for match in value.matches[oid])


def paths_of(
    repository: git.Repository, range_: str, objects: Collection[Object], in_scope: Callable[[str], bool], deadline: Deadline
) -> dict[Object, list[str]]:
    """The paths in scope that each of the objects has had. What no tree holds has a name of its kind and id, as in `follow`."""
    paths: dict[str, set[str]] = {}
    for change in git.changes(repository, {oid for oid, _ in objects}, range_, deadline):
        paths.setdefault(change.after, set()).add(change.path)
    return {(oid, kind): sorted(filter(in_scope, paths.get(oid) or [f"{kind} {oid[:_SHORT]}"])) for oid, kind in objects}


class _Place(NamedTuple):
    """What brought a value to a path: a commit and the blob that holds it, or a message, which is both."""

    path: str
    commit: str
    oid: str


class _Value:
    """What happened to one value in trees, by the changes of all blobs that hold it."""

    def __init__(self, matches: dict[str, list[Match]], changes: Sequence[git.Change]) -> None:
        self.matches = matches  # by the object that holds it
        self.changes = changes
        self.came: dict[str, _Place] = {}  # by path, the first time
        self.worst: dict[str, Severity] = {}  # by path
        gained, lost = set(), set()
        for change in changes:
            holds, held = change.after in matches, not change.before.isdisjoint(matches)
            if holds:
                self.came.setdefault(change.path, _Place(change.path, change.commit, change.after))
                self.worst[change.path] = max(self.worst.get(change.path, Severity.INFO), self.severity(change.after))
            if holds and not held:
                gained.add(change.commit)
            elif held and not holds:
                lost.add(change.commit)
        commits = list(dict.fromkeys(change.commit for change in changes))
        self.commits = commits
        self.moved = tuple(commit for commit in commits if commit in gained & lost)
        self.removed = [commit for commit in commits if commit in lost - gained]

    def severity(self, oid: str) -> Severity:
        return max(match.severity for match in self.matches[oid])


def _in_time(came: list[_Place], told: list[_Place], times: Mapping[str, int]) -> list[_Place]:
    """First come first. The order of commits is the walk's; messages are set before or behind them by their time, those without last."""
    told = sorted(told, key=lambda place: (place.oid not in times, times.get(place.oid, 0), place.oid))
    message_first = bool(came and told) and told[0].oid in times and times[told[0].oid] < times.get(came[0].commit, 0)
    return [*told, *came] if message_first else [*came, *told]


def _life(
    value: _Value, places: Sequence[_Place], stands: frozenset[str], tip: str, at_refs: Collection[str], times: Mapping[str, int]
) -> Life:
    end: End = "removed" if value.removed else "gone"
    if stands:
        end = "stands"
    elif len(places) > len(value.came):
        end = "told"
    elif any(oid in at_refs for oid in value.matches):
        end = "elsewhere"
    first = places[0].commit
    last = value.removed[-1] if end == "removed" else value.commits[-1] if value.commits else places[-1].commit
    messages = {place.oid for place in places if place.oid in times}
    return Life(
        first=Moment(first, _day(times.get(first))),
        last=Moment(last, _day(times.get(last))),
        end=end,
        tip=tip,
        places=tuple((place.path, value.worst.get(place.path, value.severity(place.oid))) for place in places),
        stands=stands,
        commits=len(messages.union(value.commits)),
        moved=value.moved,
    )


def _day(time: int | None) -> str:
    if time is None:
        return ""
    try:
        return datetime.fromtimestamp(time, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):  # a date out of this world
        return ""


def story(life: Life, path: str) -> str:
    """For the message of a finding at that path."""
    first, last = life.first, life.last
    first_path = life.places[0][0]
    parts = [f"first in {first.commit[:_SHORT]}{_brackets([first.date, f'as {first_path}' if first_path != path else ''])}"]
    others = len({place for place, _ in life.places} - {path, first_path})
    if others:
        parts.append(f"once at {others} other {'path' if others == 1 else 'paths'} too")
    ends = {
        "stands": f"still at {life.tip}",
        "elsewhere": f"not at {life.tip}, but on another branch or tag",
        "removed": f"removed in {last.commit[:_SHORT]}{_brackets([last.date])}",
        "gone": f"not at {life.tip}",
        "told": "",
    }
    return ", ".join(filter(None, (*parts, ends[life.end])))


def judged_by(life: Life, path: str) -> list[tuple[str, Severity]]:
    """The places that decide how bad the finding at that path is: its own, and those that have no finding because it is gone there."""
    return [place for place in life.places if place[0] == path or place[0] not in life.stands]


def _brackets(words: Iterable[str]) -> str:
    text = ", ".join(filter(None, words))
    return f" ({text})" if text else ""


def data(life: Life) -> dict[str, object]:
    """For the finding's `data`."""
    return {
        "first_commit": life.first.commit,
        "first_date": life.first.date,
        "last_commit": life.last.commit,
        "last_date": life.last.date,
        "at_head": life.end == "stands",
        "removed": life.end in ("removed", "gone"),
        "commits": life.commits,
        "moved": list(life.moved[:_LISTED]),
        "paths": [path for path, _ in life.places[:_LISTED]],
    }
