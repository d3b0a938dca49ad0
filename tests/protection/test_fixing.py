from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gates.core.finding import Location, finding
from gates.github import requirements
from gates.protection.fixing import Fix, applied, fixes
from gates.protection.rules.contexts import UNREPORTED

PATH = "branch-protection/main.json"


def contexts(data: bytes) -> list[str]:
    return [context.name for protection in requirements.read(data, PATH, {}) for context in protection.contexts]


def wanted(data: bytes, **new: str) -> list[Fix]:
    listed = [context for protection in requirements.read(data, PATH, {}) for context in protection.contexts]
    found = [
        finding(UNREPORTED, "", Location(PATH, 1), old, data={"context": old, "branch": "main", "replacement": name})
        for old, name in new.items()
    ]
    return fixes(found, listed)


def test_every_listing_of_a_name_is_written_anew_and_nothing_else() -> None:
    data = (
        b'\xef\xbb\xbf{ "required_status_checks": {"strict": true,\r\n\t"contexts":["lint", "Test"], "checks": [{"context":"lint"}]}\r\n}'
    )
    fixed, made = applied(data, wanted(data, lint="Lint & format"))
    assert fixed == data.replace(b'"lint"', b'"Lint & format"')
    assert [(fix.line, fix.new) for fix in made] == [(2, "Lint & format")] * 2


def test_names_that_are_spelt_with_escapes_are_found() -> None:
    data = json.dumps({"required_status_checks": {"contexts": ["prüfen", "lint"]}}).encode()
    fixed, made = applied(data, wanted(data, prüfen="prüfen (3.12)"))
    assert contexts(fixed) == ["prüfen (3.12)", "lint"]
    assert len(made) == 1


def test_a_spelling_that_is_not_json_s_own_is_left_alone() -> None:
    data = b'{"required_status_checks": {"contexts": ["l\\u0069nt"]}}'
    assert applied(data, wanted(data, lint="Lint")) == (data, [])


def test_what_was_meant_must_be_one_thing() -> None:
    data = b'{"required_status_checks": {"contexts": ["lint"]}}'
    listed = [context for protection in requirements.read(data, PATH, {}) for context in protection.contexts]
    two = [
        finding(UNREPORTED, "", Location(PATH, 1), "lint", data={"context": "lint", "branch": "main", "replacement": name}) for name in "ab"
    ]
    assert fixes(two, listed) == []


# Blank names, and characters that no file may hold, are refused when the file is read.
NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)


@given(st.lists(NAMES, min_size=1, max_size=5, unique=True), NAMES, st.booleans())
def test_only_the_name_changes(names: list[str], new: str, plain: bool) -> None:
    data = json.dumps({"required_status_checks": {"contexts": names}}, ensure_ascii=plain, indent=1).encode()
    fixed, _ = applied(data, wanted(data, **{names[0]: new}))
    assert contexts(fixed) == [new, *names[1:]]
