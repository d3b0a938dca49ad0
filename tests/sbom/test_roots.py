"""What is released, as a manifest says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gates.core.errors import UsageError
from gates.sbom import roots
from gates.sbom.component import Licence

Files = dict[str, str]


def reader(files: Files) -> Callable[[str], bytes | None]:
    return lambda path: files[path].encode() if path in files else None


def read(files: Files, wish: str = "", folders: tuple[str, ...] = ("",)) -> roots.Root:
    return roots.read(folders, wish, reader(files))


def test_pyproject_tells_name_version_licence_and_authors() -> None:
    root = read(
        {
            "pyproject.toml": '[project]\nname = "Acme.App"\nversion = "1.2"\nlicense = "MIT"\n'
            'authors = [{name = "Ann", email = "ann@example.org"}, {email = "b@example.org"}]\n'
        }
    )
    assert (root.component.ref, root.component.name, root.component.version) == ("pkg:pypi/acme-app@1.2", "Acme.App", "1.2")
    assert root.component.licences == (Licence("MIT"),)
    assert (root.authors, root.component.supplier) == (("Ann", "b@example.org"), "Ann")


def test_package_json_tells_the_same() -> None:
    root = read({"package.json": '{"name": "@Acme/web", "version": "2.0.0", "license": "ISC", "author": "Ann <a@example.org> (x)"}'})
    assert (root.component.ref, root.authors) == ("pkg:npm/%40Acme/web@2.0.0", ("Ann",))
    assert read({"package.json": '{"name": "web", "version": "2.0.0", "author": {"name": "Ann"}}'}).authors == ("Ann",)


def test_poetry_tells_the_same() -> None:
    root = read({"pyproject.toml": '[tool.poetry]\nname = "app"\nversion = "3"\nauthors = ["Ann <a@example.org>"]\nlicense = "MIT"\n'})
    assert (root.component.ref, root.authors) == ("pkg:pypi/app@3", ("Ann",))


PROJECT = '[project]\nname = "app"\ndynamic = ["version"]\n'


@pytest.mark.parametrize(
    ("more", "path", "content", "version"),
    [
        ('[tool.hatch.version]\npath = "app/__init__.py"\n', "app/__init__.py", '"""x"""\n__version__ = "1.0"\n', "1.0"),
        ('[tool.hatch.version]\npath = "app/about.py"\n', "app/about.py", "VERSION: str = 'v1.0'\n", "1.0"),
        ('[tool.hatch.version]\npath = "app/about.py"\npattern = "(.+)+x"\n', "app/about.py", "VERSION = '1.0'\n", ""),
        ('[tool.hatch.version]\nsource = "vcs"\n', "app/about.py", "VERSION = '1.0'\n", ""),
        ('[tool.hatch.version]\npath = "../other.py"\n', "../other.py", "VERSION = '1.0'\n", ""),
        ('[tool.setuptools.dynamic]\nversion = {attr = "app.__version__"}\n', "src/app/__init__.py", '__version__ = "1.0"', "1.0"),
        ('[tool.setuptools.dynamic]\nversion = {attr = "app.v.__version__"}\n', "app/v.py", '__version__ = "1.0"', "1.0"),
        ('[tool.setuptools.dynamic]\nversion = {attr = "app.made_up"}\n', "app.py", 'made_up = "1.0"', ""),
        ('[tool.setuptools.dynamic]\nversion = {file = "VERSION"}\n', "VERSION", "1.0\n", "1.0"),
        ('[tool.setuptools.dynamic]\nversion = {file = ["VERSION"]}\n', "VERSION", "1.0\n", "1.0"),
        ('[tool.setuptools.dynamic]\nversion = {file = "VERSION"}\n', "VERSION", "what is this\n", ""),
        ('[tool.pdm.version]\nsource = "file"\npath = "a.py"\n', "a.py", '__version__ = "1.0"\n', "1.0"),
        ('[build-system]\nbuild-backend = "flit_core.buildapi"\nrequires = ["x"]\n', "app.py", '__version__ = "1.0"\n', "1.0"),
        ("", "app/__init__.py", '__version__ = "1.0"\n', ""),
    ],
)
def test_a_version_that_the_build_reads_from_a_file_is_read_there(more: str, path: str, content: str, version: str) -> None:
    files = {"pyproject.toml": PROJECT + more, path: content}
    if version:
        assert read(files).component.version == version
    else:
        with pytest.raises(UsageError, match="the version of app is not known: it is made when the project is built; give it with --root"):
            read(files)
    assert read(files, "app@7").component.ref == "pkg:pypi/app@7"


def test_the_highest_manifest_is_the_projects() -> None:
    inner = {"web/package.json": '{"name": "web", "version": "1.0.0"}'}
    outer = {"pyproject.toml": '[project]\nname = "app"\nversion = "1"\n', "package.json": '{"name": "tools", "version": "1.0.0"}'}
    assert read(inner, folders=("web",)).component.name == "web"
    assert read(inner | outer, folders=("web",)).component.name == "app"


def test_two_at_one_height_are_asked_about() -> None:
    files = {f"{name}/package.json": f'{{"name": "{name}", "version": "1.0.0"}}' for name in ("one", "two")}
    with pytest.raises(UsageError, match=r"one/package\.json and two/package\.json each name a project; give it with --root"):
        read(files, folders=("one", "two"))
    assert read(files, "two", folders=("one", "two")).component.ref == "pkg:npm/two@1.0.0"
    assert read(files, "all@3", folders=("one", "two")).component.ref == "pkg:generic/all@3"


def test_without_a_manifest_the_caller_tells() -> None:
    with pytest.raises(UsageError, match="no manifest names the project; give it with --root NAME@VERSION"):
        read({})
    with pytest.raises(UsageError, match="the version of app is not known"):
        read({}, "app")
    root = read({}, "@acme/app@1.0")
    assert (root.component.ref, root.component.name) == ("pkg:generic/%40acme/app@1.0", "@acme/app")


@pytest.mark.parametrize("wish", ["@1.0", "app@", "a b@1", "@", "a@1@2", "a@1?x"])
def test_a_root_that_is_none_is_refused(wish: str) -> None:
    with pytest.raises(UsageError, match="is not written as NAME@VERSION"):
        read({}, wish)


def test_the_manifest_of_a_lock_is_beside_it_or_beside_the_folder_requirements() -> None:
    assert [roots.folder_of(path) for path in ("uv.lock", "a/uv.lock", "requirements/dev.txt", "a/requirements/dev.txt")] == [
        "",
        "a",
        "",
        "a",
    ]
