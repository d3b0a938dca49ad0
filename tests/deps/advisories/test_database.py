"""Every layout of a database, imports, and what must not be believed."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gates.core.errors import GateUnavailable, UsageError
from gates.deps.advisories import database, osv, sources
from gates.deps.advisories.database import AdvisoryDatabase, import_database, open_database, verify
from gates.deps.advisories.matcher import audit
from tests.deps.advisories.support import package, record, write_records

TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
PYPI = record("PYSEC-2024-1", "Jinja2")
NPM = record("GHSA-2222-2222-2222", "lodash", "npm", modified="2025-01-01T00:00:00Z")
BOTH = {**PYPI, "id": "GHSA-3333-3333-3333", "affected": PYPI["affected"] + NPM["affected"]}
YAML = """id: PYSEC-2024-1
modified: "2024-05-06T07:08:09Z"
affected:
- package: {name: Jinja2, ecosystem: PyPI}
  ranges:
  - {type: ECOSYSTEM, events: [{introduced: "0"}, {fixed: "2.0"}]}
"""


def _zipped(members: Mapping[str, bytes | str]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return memory.getvalue()


def _all_zip(*records: dict[str, object]) -> bytes:
    return _zipped({f"{one['id']}.json": json.dumps(one) for one in records})


LAYOUTS: dict[str, Mapping[str, bytes | str]] = {
    "bucket": {"PyPI/all.zip": _all_zip(PYPI, BOTH), "npm/all.zip": _all_zip(NPM, BOTH), "Go/all.zip": b"not looked at", "note.json": "["},
    "osv-scanner": {"osv-scanner/PyPI/all.zip": _all_zip(PYPI, BOTH), "osv-scanner/npm/all.zip": _all_zip(NPM, BOTH)},
    "osv-scalibr": {"osv-scalibr/PyPI/all.zip": _all_zip(PYPI, BOTH), "osv-scalibr/npm/all.zip": _all_zip(NPM, BOTH)},
    "github": {
        "advisories/github-reviewed/2024/05/GHSA-3333-3333-3333/GHSA-3333-3333-3333.json": json.dumps(BOTH),
        "advisories/github-reviewed/2024/05/GHSA-2222-2222-2222/GHSA-2222-2222-2222.json": json.dumps(NPM),
        "advisories/github-reviewed/2024/05/PYSEC-2024-1/PYSEC-2024-1.json": json.dumps(PYPI),
        "advisories/unreviewed/2024/05/GHSA-9999-9999-9999/GHSA-9999-9999-9999.json": "not looked at",
        ".github/workflows/ci.yml": "not: [looked at",
    },
    "plain": {
        "a.json": json.dumps(PYPI),
        "deep/er/b.json": json.dumps(BOTH),
        "c.yaml": json.dumps(NPM),
        ".git/x.json": "[",
        "README.md": "text",
    },
}


def _laid_out(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def _answers(found: AdvisoryDatabase) -> None:
    assert [stored.id for stored in found.lookup("PyPI", "jinja2")] == ["GHSA-3333-3333-3333", "PYSEC-2024-1"]
    assert [stored.id for stored in found.lookup("npm", "lodash")] == ["GHSA-2222-2222-2222", "GHSA-3333-3333-3333"]
    assert osv.read(osv.load_json(found.lookup("PyPI", "jinja2")[1].text)).id == "PYSEC-2024-1"
    assert found.lookup("npm", "jinja2") == found.lookup("PyPI", "Jinja2") == ()
    assert (found.records("PyPI"), found.records("npm")) == (2, 2)
    assert found.manifest.shares["npm"].newest == datetime(2025, 1, 1, tzinfo=UTC)
    state = found.state(["PyPI", "npm", "PyPI"])
    assert state.newest == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)  # a fresh share does not hide a stale one
    assert state.id == f"sha256:{found.manifest.sha256}"


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("form", ["folder", "zip", "zip of a folder", "imported", "imported from a zip", "kept"])
def test_every_layout_answers_alike(tmp_path: Path, name: str, form: str) -> None:
    files = LAYOUTS[name]
    source = tmp_path / "source.zip"
    if form in ("folder", "imported", "kept"):
        source = _laid_out(tmp_path / "source", files)
    else:
        prefix = "advisory-database-main/" if form == "zip of a folder" else ""
        source.write_bytes(_zipped({prefix + member: data for member, data in files.items()}))
    if form.startswith("imported"):
        manifest = import_database(str(source), str(tmp_path / "db.sqlite"), TODAY)
        assert manifest.imported_at == TODAY
        assert manifest.sha256 == open_database(str(source)).manifest.sha256
        assert verify(str(tmp_path / "db.sqlite")) == manifest
        source = tmp_path / "db.sqlite"
    if form == "kept":
        for _ in range(2):
            _answers(open_database(str(source), str(tmp_path / "cache")))
    found = open_database(str(source))
    _answers(found)
    assert found.source == str(source)


def test_a_checkout_of_the_pypa_database(tmp_path: Path) -> None:
    files = {
        "vulns/jinja2/PYSEC-2024-1.yaml": YAML,
        "vulns/flask/PYSEC-2024-2.yaml": "a: [",
        "README.yaml": "not a record",
        ".git/config": "",
    }
    found = open_database(str(_laid_out(tmp_path / "source", files)))
    assert [stored.id for stored in found.lookup("PyPI", "jinja2")] == ["PYSEC-2024-1"]
    assert json.loads(found.lookup("PyPI", "jinja2")[0].text)["id"] == "PYSEC-2024-1"
    # What cannot be read at all is filed under the folder's name, so that the package stays undetermined.
    assert [stored.id for stored in found.lookup("PyPI", "flask")] == ["PYSEC-2024-2"]
    assert (found.records("PyPI"), found.manifest.malformed, found.manifest.nameless) == (2, 1, 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("X-1.json", json.dumps(PYPI)[:-2]),
        ("X-1.json", json.dumps(PYPI).replace('"id"', '"id": "A-1", "id"')),
        ("X-1.yaml", "id: X-1\naffected:\n- package:\n    ecosystem: PyPI\n    name: Jinja2\n  ranges: [\n"),
    ],
)
def test_a_record_that_is_no_document_makes_what_it_mentions_undetermined(tmp_path: Path, name: str, text: str) -> None:
    found = open_database(str(_laid_out(tmp_path / "db", {name: text, "Y-1.json": json.dumps(NPM)})))
    assert [stored.id for stored in found.lookup("PyPI", "jinja2")] == ["X-1"]
    assert (found.manifest.malformed, found.manifest.nameless) == (1, 1)
    (verdict,) = audit([package("9.9")], found).verdicts
    assert verdict.unreadable == ("X-1",)


def test_members_may_start_with_a_dot_and_a_slash(tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(_zipped({"./PYSEC-2024-1.json": json.dumps(PYPI), "./.hidden.json": "["}))
    found = open_database(str(tmp_path / "all.zip"))
    assert (found.records("PyPI"), found.manifest.nameless) == (1, 0)


def test_the_state_changes_with_any_record(tmp_path: Path) -> None:
    one = open_database(str(write_records(tmp_path / "one", PYPI, NPM))).manifest.sha256
    assert open_database(str(write_records(tmp_path / "two", NPM, PYPI))).manifest.sha256 == one
    assert open_database(str(write_records(tmp_path / "three", PYPI, {**NPM, "summary": "x"}))).manifest.sha256 != one


def test_the_age_is_unknown_where_one_share_tells_none(tmp_path: Path) -> None:
    found = open_database(str(write_records(tmp_path / "db", PYPI, {**NPM, "modified": None})))
    assert found.state(["PyPI"]).newest == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert found.state(["npm"]).newest is None
    assert found.state(["PyPI", "npm"]).newest is None


def test_a_kept_import_is_made_anew_when_a_byte_changes(tmp_path: Path) -> None:
    folder, cache = write_records(tmp_path / "db", PYPI), str(tmp_path / "cache")
    assert open_database(str(folder), cache).lookup("PyPI", "other") == ()
    before = os.stat(folder / "0-PYSEC-2024-1.json")
    text = (folder / "0-PYSEC-2024-1.json").read_text().replace("Jinja2", "sanic0")
    (folder / "0-PYSEC-2024-1.json").write_text(text)
    os.utime(folder / "0-PYSEC-2024-1.json", ns=(before.st_atime_ns, before.st_mtime_ns))
    changed = open_database(str(folder), cache)
    assert changed.lookup("PyPI", "jinja2") == ()
    assert changed.lookup("PyPI", "sanic0")
    assert len(list((tmp_path / "cache" / "advisories").iterdir())) == 1


def test_a_damaged_kept_import_is_made_anew(tmp_path: Path) -> None:
    folder, cache = write_records(tmp_path / "db", PYPI), str(tmp_path / "cache")
    open_database(str(folder), cache)
    (kept,) = (tmp_path / "cache" / "advisories").iterdir()
    kept.write_bytes(kept.read_bytes()[:3_000])
    assert open_database(str(folder), cache).lookup("PyPI", "jinja2")


def test_a_folder_without_records_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    go = record(ecosystem="Go")
    for files in ({}, {"a.json": "["}, {"a.json": json.dumps(go)}, {"README.md": "x"}):
        shutil.rmtree(tmp_path / "db")
        _laid_out(tmp_path / "db", {**files, "keep.txt": ""})
        with pytest.raises(GateUnavailable, match="holds no advisory"):
            open_database(str(tmp_path / "db"))
        with pytest.raises(GateUnavailable, match="holds no advisory"):
            open_database(str(tmp_path / "db"), str(tmp_path / "cache"))
        with pytest.raises(GateUnavailable, match="holds no advisory"):
            import_database(str(tmp_path / "db"), str(tmp_path / "new.sqlite"), TODAY)
        assert not (tmp_path / "new.sqlite").exists()


def test_a_source_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    for cache in ("", str(tmp_path / "cache")):
        with pytest.raises(UsageError, match="there is no such"):
            open_database(str(tmp_path / "nowhere"), cache)


def _member(name: str, *, mode: int = stat.S_IFREG | 0o644) -> bytes:
    info = zipfile.ZipInfo("PYSEC-2024-1.json")
    info.filename = name
    info.external_attr = mode << 16
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(info, json.dumps(PYPI))
    return memory.getvalue()


def _encrypted() -> bytes:
    data = bytearray(_all_zip(PYPI))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


def _broken_middle() -> bytes:
    data = bytearray(_all_zip(PYPI))
    data[60:80] = bytes(20)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no zip that can be read"),
        (b"PK\x03\x04 and nothing more", "no zip that can be read"),
        (_all_zip(PYPI)[:-30], "no zip that can be read"),
        (_broken_middle(), "no zip that can be read"),
        (b"plain text", "no zip that can be read"),
        (_member("../PYSEC-2024-1.json"), "leads out of the zip"),
        (_member("/etc/PYSEC-2024-1.json"), "leads out of the zip"),
        (_member("a\\..\\PYSEC-2024-1.json"), "leads out of the zip"),
        (_member("PYSEC-2024-1.json", mode=stat.S_IFLNK | 0o777), "symbolic link"),
        (_encrypted(), "is encrypted"),
        (_zipped({"big.json": b" " * (osv.MAX_BYTES + 1)}), "is longer than"),
        (_zipped({"PyPI/all.zip": _zipped({"PyPI/all.zip": _all_zip(PYPI)})}), "zip inside a zip inside"),
        (_zipped({"PyPI/all.zip": b"PK"}), "no zip that can be read"),
    ],
)
def test_a_zip_that_must_not_be_believed(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(data)
    for attempt in (
        lambda: open_database(str(path)),
        lambda: open_database(str(path), str(tmp_path / "cache")),
        lambda: import_database(str(path), str(tmp_path / "db.sqlite"), TODAY),
    ):
        with pytest.raises(GateUnavailable, match=reason) as raised:
            attempt()
        assert str(path) in str(raised.value)
        assert "\n" not in str(raised.value)
    assert not (tmp_path / "db.sqlite").exists()
    folder = tmp_path / "folder" / "PyPI"
    folder.mkdir(parents=True)
    shutil.copy(path, folder / "all.zip")
    with pytest.raises(GateUnavailable):
        open_database(str(tmp_path / "folder"))


def test_a_small_zip_that_unpacks_to_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(_zipped({f"{number}.json": " " * 100_000 for number in range(30)}))
    monkeypatch.setattr(sources, "MAX_TOTAL", 1_000_000)
    with pytest.raises(GateUnavailable, match="holds more than"):
        open_database(str(path))


def test_a_database_that_fills_the_memory_must_be_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_records(tmp_path / "db", *(record(f"PYSEC-2024-{number}") for number in range(9)))
    monkeypatch.setattr(database, "MAX_MEMORY", 1_000)
    with pytest.raises(GateUnavailable, match="import it first"):
        open_database(str(folder))
    import_database(str(folder), str(tmp_path / "db.sqlite"), TODAY)
    assert open_database(str(tmp_path / "db.sqlite")).records("PyPI") == 9


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
@pytest.mark.parametrize("name", ["link.json", "PyPI", "vulns"])
def test_a_link_in_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_records(tmp_path / "db", PYPI)
    os.symlink(tmp_path / "elsewhere", folder / name)
    with pytest.raises(GateUnavailable, match="symbolic link"):
        open_database(str(folder))


@pytest.mark.skipif(os.name == "nt", reason="no pipes there")
def test_a_pipe_in_a_folder_is_refused(tmp_path: Path) -> None:
    folder = write_records(tmp_path / "db", PYPI)
    os.mkfifo(folder / "x.json")
    with pytest.raises(GateUnavailable, match="not a regular file"):
        open_database(str(folder))


@pytest.mark.skipif(os.name == "nt" or not os.geteuid(), reason="nothing is out of reach for this user")
def test_an_unreadable_record_is_an_error(tmp_path: Path) -> None:
    folder = write_records(tmp_path / "db", PYPI)
    (folder / "0-PYSEC-2024-1.json").chmod(0)
    with pytest.raises(GateUnavailable):
        open_database(str(folder))


def _change(*statements: str) -> Callable[[Path], None]:
    def changed(path: Path) -> None:
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    return changed


@pytest.mark.parametrize(
    "damage",
    [
        _change("DELETE FROM package"),
        _change("DELETE FROM record"),
        _change("DROP TABLE record"),
        _change("DELETE FROM manifest WHERE key = 'shares'"),
        _change("UPDATE manifest SET value = '[]' WHERE key = 'shares'"),
        _change("UPDATE manifest SET value = 'x' WHERE key = 'malformed'"),
        _change("PRAGMA user_version = 99"),
        _change("PRAGMA application_id = 1"),
        lambda path: path.write_bytes(path.read_bytes()[:5_000]),
        lambda path: path.write_bytes(b"SQLite format 3\0" + b"x" * 5_000),
        lambda path: path.write_bytes(b"SQLite format 3\0"),
    ],
)
def test_a_damaged_import_is_refused(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    path = tmp_path / "db.sqlite"
    import_database(str(write_records(tmp_path / "db", PYPI, NPM)), str(path), TODAY)
    damage(path)
    with pytest.raises(GateUnavailable, match="import it again"):
        open_database(str(path))


@pytest.mark.parametrize("packed", [b"", b"\0", "text", bytes(9)])
def test_a_damaged_record_of_an_import_is_an_error_when_it_is_asked_for(tmp_path: Path, packed: bytes | str) -> None:
    path = tmp_path / "db.sqlite"
    import_database(str(write_records(tmp_path / "db", PYPI, NPM)), str(path), TODAY)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE record SET packed = ?", (packed,))
    connection.commit()
    connection.close()
    found = open_database(str(path))
    with pytest.raises(GateUnavailable, match="import it again"):
        found.lookup("PyPI", "jinja2")
    with pytest.raises(GateUnavailable, match="import it again"):
        verify(str(path))


def test_verify_sees_a_record_that_was_replaced(tmp_path: Path) -> None:
    import zlib

    path = tmp_path / "db.sqlite"
    import_database(str(write_records(tmp_path / "db", PYPI, NPM)), str(path), TODAY)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE record SET packed = ?", (zlib.compress(b"{}"),))
    connection.commit()
    connection.close()
    with pytest.raises(GateUnavailable):
        verify(str(path))
    with pytest.raises(UsageError):
        verify(str(tmp_path / "db"))


def test_an_import_replaces_the_old_one_or_leaves_it(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite"
    import_database(str(write_records(tmp_path / "old", PYPI)), str(path), TODAY)
    before = path.read_bytes()
    (tmp_path / "bad.zip").write_bytes(b"PK")
    with pytest.raises(GateUnavailable):
        import_database(str(tmp_path / "bad.zip"), str(path), TODAY)
    assert path.read_bytes() == before
    import_database(str(write_records(tmp_path / "new", NPM)), str(path), TODAY)
    assert open_database(str(path)).records("PyPI") == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bad.zip", "db.sqlite", "new", "old"]


def test_an_import_cannot_be_imported_or_written_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite"
    folder = str(write_records(tmp_path / "db", PYPI))
    import_database(folder, str(path), TODAY)
    with pytest.raises(UsageError, match="imported already"):
        import_database(str(path), str(tmp_path / "two.sqlite"), TODAY)
    with pytest.raises(UsageError, match="cannot be written"):
        import_database(folder, str(tmp_path / "missing" / "db.sqlite"), TODAY)


def test_names_in_odd_characters_are_found_again(tmp_path: Path) -> None:
    odd = record("PYSEC-2024-5", "ünï'; DROP TABLE record; --", "npm")
    folder = tmp_path / "a b%20#?"
    import_database(str(write_records(folder / "db", odd)), str(folder / "db #?.sqlite"), TODAY)
    found = open_database(str(folder / "db #?.sqlite"))
    assert [stored.id for stored in found.lookup("npm", "ünï'; DROP TABLE record; --")] == ["PYSEC-2024-5"]
