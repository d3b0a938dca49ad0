from __future__ import annotations

import json

import pytest

from gates.inventory.python import pipfile
from tests.inventory.python.support import lock, one, pins, refuses


def text(**categories: object) -> str:
    return json.dumps({"_meta": {"pipfile-spec": 6}, **categories}, indent=1)


def test_reads_a_lock_that_pipenv_wrote() -> None:
    found = pipfile.read(lock("pipfile-lock.json"), "Pipfile.lock")
    assert (found.kind, found.root, found.wants) == ("Pipfile.lock", "", None)
    httpx = one(found, "httpx")
    assert (httpx.version, httpx.groups, httpx.direct, len(httpx.hashes)) == ("0.28.1", (), None, 2)
    assert b'"httpx"' in lock("pipfile-lock.json").splitlines()[httpx.line - 1]
    assert (one(found, "pyflakes").groups, one(found, "tabulate").groups) == (("develop",), ("docs",))
    assert one(found, "tinylib").source == "git+https://git.example.invalid/tinylib@590950c7117f537077d61adf800f0b7f24f515e4"
    assert (one(found, "localedit").source, one(found, "localedit").version) == ("../localedit", "")


def test_a_package_of_both_sections_is_one_of_production() -> None:
    found = pipfile.read(text(develop={"a": {"version": "==1"}}, default={"a": {"version": "==1"}}).encode(), "Pipfile.lock")
    assert [(item.name, item.groups) for item in found.packages] == [("a", ())]


def test_two_versions_are_two_packages() -> None:
    found = pipfile.read(text(develop={"a": {"version": "==1"}}, default={"a": {"version": "===2"}}).encode(), "Pipfile.lock")
    assert pins(found) == {("a", "1"), ("a", "2")}


def test_the_project_itself_is_the_root() -> None:
    found = pipfile.read(text(default={"shop": {"path": ".", "editable": True}}).encode(), "Pipfile.lock")
    assert (found.root, found.packages) == ("shop", ())


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{}", "'_meta' is missing"),
        ('{"_meta": {}}', "'pipfile-spec' is missing"),
        ('{"_meta": {"pipfile-spec": 7}}', "version 7"),
        (text(default={"a": {"version": "*"}}), "a '*' is not pinned"),
        (text(default={"a": {"version": "==2.*"}}), "is not pinned"),
        (text(default={"a": {"version": ">=2"}}), "is not pinned"),
        (text(default={"a": {"version": "==2,>1"}}), "is not pinned"),
        (text(default={"a": {}}), "'version' is missing"),
        (text(default={"a b": {"version": "==1"}}), "no name"),
        (text(default={"a": "==1"}), "must be a table"),
        (text(default=[]), "must be a table"),
        (text(default={"a": {"version": "==1", "hashes": ["x"]}}), "no hash"),
        ('{"_meta": {"pipfile-spec": 6}, "default": {}, "default": {}}', "duplicate key"),
        ("{", "not valid JSON"),
    ],
)
def test_refuses(document: str, message: str) -> None:
    refuses(pipfile.read, document, message)
