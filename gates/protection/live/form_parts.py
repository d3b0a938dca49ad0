"""The parts of which the forms of protections are made; see `classic_form` and `ruleset_form`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gates.github.requirement import ANY_APP
from gates.github.rest import Document

Check = tuple[str, int | None]  # name and app of a required check: an id, ANY_APP, or None where nothing is said


class Malformed(ValueError):
    """Not the form that GitHub documents. `key` is the path to it, with dots; "" for the whole."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(f"{key!r} {what}" if key else what)
        self.key = key
        self.what = what


def document_of(value: object, key: str) -> Document:
    if not isinstance(value, dict):
        raise Malformed(key, "is no table")
    return value


def list_of(value: object, key: str) -> list[object]:
    if not isinstance(value, list):
        raise Malformed(key, "is no list")
    return value


def texts_of(value: object, key: str) -> list[str]:
    listed = list_of(value, key)
    texts = [item for item in listed if isinstance(item, str)]
    if len(texts) < len(listed):
        raise Malformed(key, "is no list of names")
    return texts


def refuse_unknown(table: object, keys: Collection[str], prefix: str = "") -> None:
    """A key that GitHub does not know would look as if it protected something. Keys that start with _ or $ are remarks."""
    for key in table if isinstance(table, dict) else ():
        if key not in keys and not key.startswith(("_", "$")):
            raise Malformed(prefix + key, "is no setting that GitHub knows here")


def flag_of(value: object, key: str) -> bool:
    """A boolean, or the {"enabled": …} that answers wrap it in; null is off."""
    if isinstance(value, dict):
        value = value.get("enabled")
    if value is None:
        return False
    if not isinstance(value, bool):
        raise Malformed(key, "is neither true nor false")
    return value


def checks_of(entries: list[object], app_key: str, key: str) -> tuple[Check, ...]:
    """Of a list of {context, app}, sorted and each once."""
    checks: set[Check] = set()
    for entry in entries:
        name, app = (entry.get("context"), entry.get(app_key)) if isinstance(entry, dict) else (None, None)
        if not isinstance(name, str) or isinstance(app, bool) or not isinstance(app, int | None):
            raise Malformed(key, f"is no list of {{context, {app_key}}}")
        checks.add((name, app))
    return sorted_checks(checks)


def sorted_checks(checks: Iterable[Check]) -> tuple[Check, ...]:
    return tuple(sorted(checks, key=lambda check: (check[0], check[1] is not None, check[1] or 0)))


def live_checks(form: Document) -> Document:
    """Of what is live: a check that names no app may come from any."""
    return {**form, "checks": sorted_checks((name, ANY_APP if app is None else app) for name, app in pairs_of(form))}


def pairs_of(form: object) -> tuple[Check, ...]:
    """The required checks of a form, () where it says nothing about them."""
    checks = form.get("checks") if isinstance(form, dict) else None
    return checks if isinstance(checks, tuple) else ()


def unordered(value: object) -> object:
    """Lists of texts are sets wherever GitHub has them; a list of anything else keeps its order."""
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items()}
    if isinstance(value, list):
        texts = [item for item in value if isinstance(item, str)]
        return tuple(sorted(set(texts))) if len(texts) == len(value) else tuple(map(unordered, value))
    return value


def sendable(value: object) -> object:
    """The same as JSON has it, with lists for tuples."""
    if isinstance(value, dict):
        return {key: sendable(item) for key, item in value.items()}
    return [sendable(item) for item in value] if isinstance(value, tuple) else value
