"""Where an engine's database lies, when it was made, and whether that is recent enough to be asked."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from gates.core.errors import GateUnavailable
from gates.core.gate import Context
from gates.detect import cache
from gates.image.engines.report import Malformed, Object, moment, take
from gates.image.engines.running import Workshop, judged_tree, read
from gates.image.package import Database

_SCHEMA: Final = 2  # https://github.com/aquasecurity/trivy-db
_METADATA_LIMIT: Final = 1 << 20
_SOURCE: Final = "trivy-db"
_FETCH: Final = "fetch one with `trivy image --download-db-only --cache-dir DIR`"


class Place(NamedTuple):
    """`folder` is what Trivy is told as its cache; with `update` it may fetch a newer database into it. `name` is for messages."""

    folder: str
    update: bool
    name: str


def trivy_place(workshop: Workshop, chosen: str, context: Context) -> Place:
    """`chosen` is a cache folder of Trivy's, or its folder `db`; without one it is a folder of ours, updated unless the run is offline.

    What is not to be updated is linked into the workshop: Trivy removes a database that it cannot open, and must not reach the real one.
    Raises GateUnavailable.
    """
    if chosen:
        folder = os.path.join(context.root, chosen)
        _link(workshop, folder, chosen)
        return Place(workshop.place("cache"), False, chosen)
    kept = cache.private_folder(cache.folder(context.environment, judged_tree(context)), "trivy")
    if not context.offline:
        return Place(kept or workshop.place("cache"), True, _SOURCE)
    if not kept or not os.path.exists(os.path.join(kept, "db", "trivy.db")):
        raise GateUnavailable(f"the run is offline and no vulnerability database was fetched before; give --db DIR: {_FETCH}")
    _link(workshop, kept, _SOURCE)
    return Place(workshop.place("cache"), False, _SOURCE)


def _link(workshop: Workshop, folder: str, name: str) -> None:
    nested = os.path.isdir(os.path.join(folder, "db"))
    held = os.path.join(folder, "db") if nested else folder
    for file in ("trivy.db", "metadata.json"):
        if not os.path.isfile(os.path.join(held, file)):
            raise GateUnavailable(f"{name} holds no vulnerability database: db/{file} is missing; {_FETCH}")
    _fill(workshop.place("cache", "db"), held, "trivy.db")
    java = os.path.join(folder if nested else os.path.dirname(os.path.normpath(folder)), "java-db")
    if os.path.isfile(os.path.join(java, "trivy-java.db")) and os.path.isfile(os.path.join(java, "metadata.json")):
        _fill(workshop.place("cache", "java-db"), java, "trivy-java.db")


def _fill(place: str, folder: str, database: str) -> None:
    try:
        os.mkdir(place, 0o700)
        os.symlink(os.path.abspath(os.path.join(folder, database)), os.path.join(place, database))
        # A copy: the age that is judged is that of what Trivy was shown.
        shutil.copyfile(os.path.join(folder, "metadata.json"), os.path.join(place, "metadata.json"))
    except OSError as error:
        raise GateUnavailable(f"the vulnerability database cannot be used: {error.strerror}") from error


def trivy_database(place: Place) -> Database:
    """What its metadata tells. Raises GateUnavailable where they do not tell when it was made."""
    content = read(os.path.join(place.folder, "db", "metadata.json"), f"what tells the age of {place.name}", _METADATA_LIMIT)
    try:
        document = json.loads(content)
        if not isinstance(document, dict):
            raise Malformed("it is no object")
        return _of_metadata(document)
    except (ValueError, RecursionError, Malformed) as error:
        raise GateUnavailable(f"the metadata of {place.name} do not tell its age, so its silence proves nothing; {_FETCH}") from error


def _of_metadata(document: Object) -> Database:
    if take(document, "Version", int) != _SCHEMA:
        raise Malformed("another form")
    return Database(_SOURCE, moment(document, "UpdatedAt"))


def now(told: datetime, today: date) -> datetime:
    """The moment of the run, in UTC as all times here: what the engine's clock told, or the end of `today` where that is another day."""
    return told if told.date() == today else datetime.combine(today + timedelta(days=1), time(), UTC)


def fresh(database: Database, at: datetime, hours: int) -> None:
    """Raises GateUnavailable for one that is older than so many hours, or from a time to come."""
    if database.updated > at:
        raise GateUnavailable(
            f"the vulnerability database says that it was made on {_day(database)}, which is still to come, so its age cannot be told; "
            "set the clock, or fetch it again"
        )
    age = at - database.updated
    if age > timedelta(hours=hours):
        raise GateUnavailable(
            f"the vulnerability database is from {_day(database)}, {age // timedelta(hours=1)} hours ago, and at most {hours} are allowed; "
            "fetch a newer one, or raise [image] max_db_age"
        )


def age_days(database: Database, today: date) -> int:
    return max(0, (today - database.updated.date()).days)


def _day(database: Database) -> str:
    return f"{database.updated:%Y-%m-%d %H:%M} UTC"
