from __future__ import annotations

import tomllib

import pytest
from packaging.pylock import Pylock, PylockValidationError

from gates.core.documents import DocumentError
from gates.inventory.python import pylock
from tests.inventory.python.support import lock, one, pins, refuses

HEAD = 'lock-version = "1.0"\ncreated-by = "x"\n'
WHEEL = 'wheels = [{ path = "a-1.0-py3-none-any.whl", hashes = { sha256 = "00" } }]\n'


def package(more: str = WHEEL, name: str = "a", version: str = 'version = "1.0"\n') -> str:
    return f'{HEAD}[[packages]]\nname = "{name}"\n{version}{more}'


def groups(marker: str, head: str = "") -> tuple[str, ...]:
    text = package(f"marker = '''{marker}'''\n" + WHEEL)
    return one(pylock.read((head + text).encode(), "pylock.toml"), "a").groups


def test_reads_a_lock_that_uv_wrote_as_packaging_does() -> None:
    data = lock("pylock-exported.toml")
    found = pylock.read(data, "pylock.toml")
    theirs = Pylock.from_dict(tomllib.loads(data.decode()))
    assert pins(found) == {(str(item.name), str(item.version or "")) for item in theirs.packages}
    assert len(one(found, "httpx").hashes) == 2
    assert data.splitlines()[one(found, "httpx").line - 1] == b'name = "httpx"'
    assert one(found, "vendored").source == "vendored"


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("sys_platform == 'win32'", ()),
        ("'dev' in dependency_groups", ("dev",)),
        ("'Dev' in dependency_groups or 'x' in extras", ("dev", "x")),
        ("'dev' in dependency_groups and 'x' in extras", ("dev", "x")),
        ("'dev' in dependency_groups and sys_platform == 'win32'", ("dev",)),
        ("'dev' in dependency_groups or sys_platform == 'win32'", ()),
        ("('dev' in dependency_groups or 'x' in extras) and python_version < '3.12'", ("dev", "x")),
        ("'dev' not in dependency_groups", ()),
        ("'x' in extras and 'dev' not in dependency_groups", ("x",)),
    ],
)
def test_groups_are_those_that_the_marker_asks_for(marker: str, expected: tuple[str, ...]) -> None:
    assert groups(marker) == expected


def test_a_default_group_is_production() -> None:
    head = 'default-groups = ["default"]\n'
    assert groups("'default' in dependency_groups or 'dev' in dependency_groups", head) == ()
    assert groups("'dev' in dependency_groups", head) == ("dev",)


def test_sources() -> None:
    vcs = '[packages.vcs]\ntype = "git"\nurl = "https://u:p@git.example.invalid/a"\ncommit-id = "abc"\n'
    archive = '[packages.archive]\nurl = "https://u:p@packages.example.invalid/a.zip?x=y"\nhashes = { sha256 = "00" }\n'
    found = [one(pylock.read(package(more).encode(), "pylock.toml"), "a") for more in (vcs, archive)]
    assert [item.source for item in found] == ["git+https://git.example.invalid/a@abc", "https://packages.example.invalid/a.zip"]
    assert found[1].hashes == ("sha256:00",)


def test_the_project_itself_is_the_root() -> None:
    found = pylock.read(package('directory = { path = ".", editable = true }\n', version="").encode(), "pylock.toml")
    assert (found.root, found.packages) == ("a", ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('created-by = "x"\npackages = []\n', "'lock-version' is missing"),
        ('lock-version = "2.0"\ncreated-by = "x"\npackages = []\n', "lock-version '2.0' is not known"),
        ("lock-version = 1.0\n", "must be text"),
        ('lock-version = "1.0"\npackages = []\n', "'created-by' is missing"),
        (HEAD, "'packages' is missing"),
        (package(""), "either files or one of"),
        (package(WHEEL + 'directory = { path = "x" }\n'), "either files or one of"),
        (package(version=""), "'version' is missing"),
        (package(name="a b"), "no name"),
        (package(name="b"), "another package's"),
        (package(version='version = "2.0"\n'), "another package's"),
        (package('wheels = [{ path = "a-1.0-py3-none-any.whl" }]\n'), "'hashes' is missing"),
        (package('wheels = [{ name = "a-1.0-py3-none-any.whl", hashes = { sha256 = "00" } }]\n'), "'url' or 'path' is missing"),
        (package("marker = 'x in'\n" + WHEEL), "no marker"),
        (package(f"marker = \"{'(' * 5000}'x' in extras\"\n" + WHEEL), "no marker"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    refuses(pylock.read, text, message)


@pytest.mark.parametrize(
    "text",
    [
        package(),
        package(""),
        package(name="b"),
        package(version='version = "2.0"\n'),
        package(version='version = "1.0.0"\n'),
        package(WHEEL + 'directory = { path = "x" }\n'),
        HEAD + "packages = []\n",
        'lock-version = "1.9"\ncreated-by = "x"\npackages = []\n',
        package('sdist = { path = "a-1.1.tar.gz", hashes = { sha256 = "00" } }\n'),
    ],
)
def test_refuses_what_packaging_refuses(text: str) -> None:
    try:
        Pylock.from_dict(tomllib.loads(text))
    except PylockValidationError:
        with pytest.raises(DocumentError):
            pylock.read(text.encode(), "pylock.toml")
    else:
        pylock.read(text.encode(), "pylock.toml")
