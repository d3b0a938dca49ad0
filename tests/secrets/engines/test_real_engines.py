"""The real programs, on what the built-in engine gets: every selection, everything that could silence them, and no value in sight."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gates.core.gate import Selection, Unread
from gates.secrets.engines import contents, second
from tests.core.conftest import Maker, make
from tests.detect.expand import expand
from tests.secrets.engines.support import SEARCHED, Answer, judge, need

__all__ = ["make"]

GITHUB = expand("{github:ghp_}", "engines")
OTHER = expand("{github:ghp_}", "another")
# No provider's form: what stands here is known by its keyword alone, and only to some engines.
CUSTOM = expand("tk-{alnum:14}_{alnum:19}", "custom")
PATHS = Selection("paths", (".",))
BOTH = ("gitleaks", "kingfisher")


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    need(name)
    return name


@pytest.fixture
def both() -> tuple[str, ...]:
    for name in BOTH:
        need(name)
    return BOTH


def write(root: Path, path: str, data: bytes) -> None:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


def line(value: bytes) -> bytes:
    return b"key = '" + value + b"'\n"


def known(answer: Answer, path: str) -> object:
    assert answer.error == ""
    return answer.engines().get((path, "secrets/github-pat"))


def test_a_secret_that_both_know_is_one_finding(tmp_path: Path, both: tuple[str, ...]) -> None:
    write(tmp_path, "é.py", "é = 'ß'\n é = '".encode() + GITHUB + b"' # " + GITHUB + b"\n")
    answer = judge(tmp_path, PATHS, *both)
    (found,) = answer.findings
    assert found.data["engines"] == ["builtin", *both]
    assert answer.error == ""
    assert answer.tools["gitleaks"].startswith("8.")
    assert answer.tools["kingfisher"].startswith("2.")


def test_a_multi_line_key_is_one_finding(tmp_path: Path, both: tuple[str, ...]) -> None:
    write(tmp_path, "key", b"\n\n" + expand("{pem:rsa}") + b"\n")
    (found,) = judge(tmp_path, PATHS, *both).findings
    assert found.data["engines"] == ["builtin", *both]


def test_what_is_known_by_its_keyword_alone(tmp_path: Path) -> None:
    need("gitleaks")
    write(tmp_path, "code.zig", b"x\n" + "é ".encode() + b'acme_secret_key := "' + CUSTOM + b'"\n')
    (found,) = judge(tmp_path, PATHS, "gitleaks").findings  # the built-in engine may know it too
    assert "gitleaks" in str(found.data["engines"])
    assert found.location is not None
    assert (found.location.line, found.location.column) == (2, 23)


def test_a_value_that_is_encoded_twice_over_is_one_finding(tmp_path: Path, engine: str) -> None:
    from base64 import b64encode

    write(tmp_path, "a.yaml", b"a: 1\ndata: " + b64encode(b"token = '" + GITHUB + b"'\n") + b"\n")
    answer = judge(tmp_path, PATHS, engine)
    assert answer.error == ""
    (found,) = answer.findings
    assert engine in str(found.data["engines"])
    assert found.location is not None
    assert found.location.line == 2


@pytest.mark.parametrize(
    "path",
    [
        "a.png",
        "b.pdf",
        "package-lock.json",
        "node_modules/x/y.min.js",
        "vendor/z.go",
        "go.sum",
        "gitleaks.toml",
        ".git-credentials",
        "canary",
    ],
)
def test_no_name_hides_a_file(tmp_path: Path, engine: str, path: str) -> None:
    write(tmp_path, path, line(GITHUB))
    assert known(judge(tmp_path, PATHS, engine), path) == ["builtin", engine]


@pytest.mark.parametrize(
    "start",
    [
        b"\x7fELF\x02\x01\x01\0",
        b"PK\x03\x04",
        b"\x1f\x8b\x08\0",
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n",
        b"SQLite format 3\0",
        b"wOF2\0\1\0\0",
        b"MZ\x90\0",
    ],
)
def test_no_first_bytes_hide_a_file(tmp_path: Path, engine: str, start: bytes) -> None:
    write(tmp_path, "file", start + b"\n" + line(GITHUB))
    assert known(judge(tmp_path, PATHS, engine), "file") == ["builtin", engine]


@pytest.mark.parametrize("name", sorted(contents._TEXT))
def test_every_extension_that_is_kept_is_looked_at(name: str) -> None:
    assert contents.extension(f"a/b.{name.upper()}") == f".{name}"


def test_extensions_hide_nothing(tmp_path: Path, engine: str) -> None:
    for number, name in enumerate(sorted(contents._TEXT)):
        write(tmp_path, f"{number}.{name}", line(expand("{github:ghp_}", number)))
    answer = judge(tmp_path, PATHS, engine)
    assert answer.error == ""
    assert [found.data["engines"] for found in answer.secrets()] == [["builtin", engine]] * len(contents._TEXT)


def test_nothing_in_the_tree_or_the_environment_silences(make: Callable[..., Maker], engine: str) -> None:
    maker = make()
    config = "title = 'nothing'\n[allowlist]\npaths = ['.*']\nregexes = ['.*']\n"
    maker.write(".gitleaks.toml", config)
    maker.write(".gitleaksignore", "a.py:github-pat:1\n0.py:github-pat:2\nfiles/0.py:github-pat:2\n")
    maker.write("kingfisher.yaml", "filters:\n  exclude: ['*']\n")
    maker.write(".kingfisherignore", "*\n")
    maker.write(".ignore", "*\n")
    maker.write("a.py", b"# gitleaks:allow kingfisher:ignore\n" + line(GITHUB).rstrip() + b" # gitleaks:allow kingfisher:ignore nosec\n")
    variables = {
        "GITLEAKS_CONFIG": os.fspath(maker.top / ".gitleaks.toml"),
        "GITLEAKS_CONFIG_TOML": config,
        "KF_RULE_CACHE_DIR": os.fspath(maker.top),
    }
    answer = judge(maker.top, Selection(), engine, repository=maker.found(), variables=variables)
    assert known(answer, "a.py") == ["builtin", engine]
    maker.git("add", "-f", ".")
    answer = judge(maker.top, Selection("staged"), engine, repository=maker.found(), variables=variables)
    assert known(answer, "a.py") == ["builtin", engine]


def test_the_tree_without_ignored_and_excluded_files(make: Callable[..., Maker], engine: str) -> None:
    maker = make()
    maker.write(".gitignore", "ignored\n")
    for path in ("tracked", "untracked", "ignored", "excluded"):
        maker.write(path, line(GITHUB))
    maker.git("add", "tracked", "excluded")
    answer = judge(maker.top, Selection(), engine, repository=maker.found(), excluded="excluded")
    assert answer.engines() == {(path, "secrets/github-pat"): ["builtin", engine] for path in ("tracked", "untracked")}


def test_the_index_and_not_the_work_tree(make: Callable[..., Maker], engine: str) -> None:
    maker = make()
    maker.write("kept", line(OTHER))
    maker.commit()
    maker.write("staged", line(GITHUB))
    maker.git("add", ".")
    maker.write("staged", b"nothing\n")
    maker.write("later", line(GITHUB))
    answer = judge(maker.top, Selection("staged"), engine, repository=maker.found())
    assert answer.engines() == {("staged", "secrets/github-pat"): ["builtin", engine]}


def test_an_empty_index_needs_the_engine_all_the_same(make: Callable[..., Maker], engine: str) -> None:
    maker = make()
    maker.write("a", "a\n")
    maker.commit()
    answer = judge(maker.top, Selection("staged"), engine, repository=maker.found())
    assert (answer.error, list(answer.tools)[1:]) == ("", [engine])
    assert (
        f"{engine} is not installed" in judge(maker.top, Selection("staged"), engine, repository=maker.found(), path="/usr/bin:/bin").error
    )


@pytest.mark.parametrize("kind", ["range", "history"])
def test_commits_messages_and_what_was_taken_out(make: Callable[..., Maker], engine: str, kind: str) -> None:
    maker = make()
    maker.write("a", "a\n")
    first = maker.commit("first", 1_700_000_000)
    maker.write("gone", line(GITHUB))
    maker.commit("second " + OTHER.decode(), 1_700_000_001)
    (maker.top / "gone").unlink()
    last = maker.commit("third", 1_700_000_002)
    selection = Selection("range", range=f"{first}..{last}") if kind == "range" else Selection("history")
    answer = judge(maker.top, selection, engine, repository=maker.found())
    assert answer.error == ""
    assert [found.data["engines"] for found in answer.findings] == [["builtin", engine]] * 2
    assert "gone" in {found.location.path for found in answer.findings if found.location}


def test_a_stream(tmp_path: Path, engine: str) -> None:
    stream = io.BytesIO(b"log\n" * 1000 + line(GITHUB))
    answer = judge(tmp_path, Selection("stdin"), engine, stdin=stream)
    assert known(answer, "-") == ["builtin", engine]
    (found,) = answer.findings
    assert found.location is not None
    assert found.location.line == 1001


def test_what_a_large_content_holds_is_found_in_every_part(tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "PART", 5000)
    monkeypatch.setattr(second, "OVERLAP", 500)
    monkeypatch.setattr(second, "BATCH", 9000)
    dice = random.Random(3)
    tokens = [expand("{github:ghp_}", number) for number in range(60)]
    text = b"".join(b"# %d\n" % dice.randrange(10**9) * dice.randrange(60) + line(token) for token in tokens)
    write(tmp_path, "lines", text)
    write(tmp_path, "one-line", text.replace(b"\n", b" "))
    answer = judge(tmp_path, PATHS, engine)
    assert answer.error == ""
    assert [found.data["engines"] for found in answer.findings] == [["builtin", engine]] * 120


def test_nothing_that_an_engine_writes_stays(tmp_path: Path, engine: str, capfd: pytest.CaptureFixture[str]) -> None:
    temporary, tree = tmp_path / "temporary", tmp_path / "tree"
    temporary.mkdir()
    write(tree, "a.zig", b'acme_secret_key := "' + CUSTOM + b'"\n' + line(GITHUB))
    (tree / "security").mkdir()
    (tree / "security" / "gates.toml").write_text(f'[secrets]\nengines = ["builtin", "{engine}"]\n')
    subprocess.run(["git", "init", "-q", os.fspath(tree)], check=True)
    words = [
        sys.executable,
        "-m",
        "gates",
        "secrets",
        "--repo",
        os.fspath(tree),
        "--format",
        "json",
        "--format",
        "text=" + os.fspath(tmp_path / "t"),
    ]
    done = subprocess.run(words, capture_output=True, env={**os.environ, "PATH": SEARCHED, "TMPDIR": os.fspath(temporary)})
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["complete"] is True
    said = done.stdout + done.stderr + (tmp_path / "t").read_bytes() + "".join(capfd.readouterr()).encode()
    for value in (GITHUB, CUSTOM):
        assert value not in said
        assert value[8:] not in said
    assert list(temporary.iterdir()) == []


def test_a_file_that_cannot_be_read_is_told_once(tmp_path: Path, engine: str) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    write(tmp_path, "closed", b"x")
    (tmp_path / "closed").chmod(0)
    notes = judge(tmp_path, PATHS, engine).notes
    assert len([note for note in notes if isinstance(note, Unread)]) == 1


def test_an_engine_inside_the_tree_is_not_started(tmp_path: Path) -> None:
    write(tmp_path, "bin/gitleaks", b"#!/bin/sh\ntouch started\n")
    (tmp_path / "bin" / "gitleaks").chmod(0o755)
    answer = judge(tmp_path, PATHS, "gitleaks", path=f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    assert "gitleaks is not installed" in answer.error
    assert not (tmp_path / "started").exists()
