from __future__ import annotations

import importlib.metadata
import os
import sysconfig
from pathlib import Path

import pytest

from gates.core.documents import DocumentError
from gates.core.errors import UsageError
from gates.inventory.package import canonical
from gates.inventory.python.environment import read_environment
from tests.inventory.python.support import one, pins


def install(site: Path, folder: str, metadata: str | None = "Metadata-Version: 2.1\nName: Some.Name\nVersion: 1.0.0\n") -> Path:
    place = site / folder
    place.mkdir(parents=True)
    if metadata is not None:
        (place / ("METADATA" if folder.endswith("dist-info") else "PKG-INFO")).write_text(metadata)
    return place


def test_agrees_with_the_standard_library_on_this_environment() -> None:
    site = sysconfig.get_path("purelib")
    theirs = {(canonical(found.metadata["Name"]), found.version) for found in importlib.metadata.distributions(path=[site])}
    ours = read_environment(site)
    assert {name for name, _ in pins(ours)} == {name for name, _ in theirs}
    assert ours.kind == "environment"


def test_names_and_versions_are_normalised(tmp_path: Path) -> None:
    install(tmp_path, "Some.Name-1.0.0rc1.dist-info", "Name: Some.Name\nVersion: v1.0.0-rc1\n")
    found = one(read_environment(str(tmp_path)), "some-name")
    assert (found.version, found.path, found.line) == ("1.0.0rc1", f"{tmp_path}/Some.Name-1.0.0rc1.dist-info", 0)


def test_the_body_is_no_header(tmp_path: Path) -> None:
    install(tmp_path, "some_name-1.0.dist-info", "Name: Some.Name\r\nVersion: 1.0\r\n\r\nName: other\r\nVersion: 2\r\n")
    assert pins(read_environment(str(tmp_path))) == {("some-name", "1.0")}


def test_eggs(tmp_path: Path) -> None:
    install(tmp_path, "some_name-1.0-py3.11.egg-info")
    (tmp_path / "other-2.0.egg-info").write_text("Name: other\nVersion: 2.0\n")
    (tmp_path / "third-3.0-py3.11.egg" / "EGG-INFO").mkdir(parents=True)
    (tmp_path / "third-3.0-py3.11.egg" / "EGG-INFO" / "PKG-INFO").write_text("Name: third\nVersion: 3.0\n")
    (tmp_path / "fourth.egg-link").write_text("/src/fourth\n.")
    found = read_environment(str(tmp_path))
    assert pins(found) == {("some-name", "1.0.0"), ("other", "2.0"), ("third", "3.0"), ("fourth", "")}
    assert one(found, "fourth").source == "/src/fourth"


def test_nothing_is_executed(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    (tmp_path / "evil.pth").write_text(f"import pathlib; pathlib.Path({str(marker)!r}).touch()\n")
    (tmp_path / "sitecustomize.py").write_text(f"import pathlib; pathlib.Path({str(marker)!r}).touch()\n")
    install(tmp_path, "some_name-1.0.0.dist-info")
    assert len(read_environment(str(tmp_path)).packages) == 1
    assert not marker.exists()


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ('{"url": "https://u:p@x.example.invalid/a.zip?t=1", "archive_info": {}}', "https://x.example.invalid/a.zip"),
        ('{"url": "https://x.example.invalid/a", "vcs_info": {"vcs": "git", "commit_id": "abc"}}', "git+https://x.example.invalid/a@abc"),
        ('{"url": "file:///src/a", "dir_info": {"editable": true}}', "file:///src/a"),
    ],
)
def test_origins(tmp_path: Path, origin: str, expected: str) -> None:
    (install(tmp_path, "some_name-1.0.0.dist-info") / "direct_url.json").write_text(origin)
    assert one(read_environment(str(tmp_path)), "some-name").source == expected


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "its METADATA cannot be read"),
        ("Name: some-name\n", "must give the version once"),
        ("Version: 1.0.0\n", "must give the name once"),
        ("Name: some-name\nVersion:\n", "must give the version once"),
        ("Name: some-name\nVersion: 1.0.0\nVersion: 2\n", "must give the version once"),
        ("Name: some-name\nVersion: one\n", "no version"),
        ("Name: ../x\nVersion: 1.0.0\n", "no name"),
        ("Name: other\nVersion: 1.0.0\n", "the folder holds the metadata of other"),
        ("Name: some-name\nVersion: 2.0\n", "the folder is of version 1.0.0, the metadata in it of 2.0"),
        ("\nName: some-name\nVersion: 1.0.0\n", "must give the name once"),
        ("Name: some-name\nVersion: 1.0.0\nX: " + "x" * (2 << 20), "more than"),
    ],
)
def test_refuses(tmp_path: Path, metadata: str | None, message: str) -> None:
    install(tmp_path, "some_name-1.0.0.dist-info", metadata)
    with pytest.raises(DocumentError) as caught:
        read_environment(str(tmp_path))
    assert message in caught.value.message
    assert caught.value.path.endswith("some_name-1.0.0.dist-info")


def test_refuses_duplicates_leftovers_and_zipped_eggs(tmp_path: Path) -> None:
    install(tmp_path / "a", "some_name-1.0.0.dist-info")
    install(tmp_path / "a", "some.name-1.0.0.dist-info")
    install(tmp_path / "b", "~ome_name-1.0.0.dist-info")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "x-1.0-py3.11.egg").write_bytes(b"PK")
    for folder, message in (("a", "installed twice"), ("b", "holds the metadata of some-name"), ("c", "zip file")):
        with pytest.raises(DocumentError, match=message):
            read_environment(str(tmp_path / folder))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(install(tmp_path, "some_name-1.0.0.dist-info", None) / "METADATA")
    with pytest.raises(DocumentError, match="no regular file"):
        read_environment(str(tmp_path))


def test_a_missing_folder_is_a_usage_error_and_an_empty_one_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_environment(str(tmp_path / "none"))
    assert not isinstance(caught.value, DocumentError)
    assert read_environment(str(tmp_path)).packages == ()
