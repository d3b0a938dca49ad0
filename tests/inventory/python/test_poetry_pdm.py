from __future__ import annotations

import pytest

from gates.inventory.python import pdm, poetry
from tests.inventory.python.support import lock, one, pins, refuses

POETRY = '[metadata]\nlock-version = "2.1"\ncontent-hash = "x"\n'
PDM = '[metadata]\nlock_version = "4.5.0"\n'


def package(name: str, version: str = "1.0", more: str = "") -> str:
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\n{more}'


class TestPoetry:
    def test_reads_a_lock_that_poetry_wrote(self) -> None:
        found = poetry.read(lock("poetry-lock.toml"), "poetry.lock")
        assert (found.kind, found.root, found.wants) == ("poetry.lock", "", None)
        httpx = one(found, "httpx")
        assert (httpx.version, httpx.direct, httpx.chain, httpx.groups, len(httpx.hashes)) == ("0.28.1", None, (), (), 2)
        assert one(found, "pluggy").groups == ("dev",)
        assert one(found, "tabulate").groups == ("table",)
        assert one(found, "colorama").groups == ()
        assert one(found, "tinylib").source == "git+https://git.example.invalid/tinylib@590950c7117f537077d61adf800f0b7f24f515e4"
        assert one(found, "localedit").source == "../localedit"

    @pytest.mark.parametrize(
        ("needs", "message"),
        [
            ('c = "*"', "'c' is needed here and not in the lock"),
            ('c = {version = "^1", extras = ["x"]}', "'c' is needed here and not in the lock"),
            ('b = ">=9"', "'b' '>=9' is needed here and 1.0 is in the lock"),
            ('b = {version = "^2"}', "'b' '^2' is needed here and 1.0 is in the lock"),
        ],
    )
    def test_what_a_package_needs_on_every_platform_must_be_held(self, needs: str, message: str) -> None:
        text = POETRY + package("a", more=f"[package.dependencies]\n{needs}\n") + package("b")
        refuses(poetry.read, text, message, 8)

    @pytest.mark.parametrize(
        "needs",
        [
            'c = {version = "*", markers = "python_version < \'3.8\'"}',
            'c = {version = "*", optional = true}',
            'b = "<1 || >=1.0"',
            'b = ">=0.9,<2"',
            'b = [{version = "<1", markers = "os_name == \'cp/m\'"}, {version = ">=1", markers = "os_name != \'cp/m\'"}]',
        ],
    )
    def test_what_some_platforms_need_may_be_absent(self, needs: str) -> None:
        text = POETRY + package("a", more=f"[package.dependencies]\n{needs}\n") + package("b")
        assert pins(poetry.read(text.encode(), "poetry.lock")) == {("a", "1.0"), ("b", "1.0")}

    def test_the_manifest_tells_what_is_direct(self) -> None:
        found = poetry.read(lock("poetry-lock.toml"), "poetry.lock", lock("poetry-manifest.toml"))
        assert found.root == "shop"
        assert one(found, "httpx").direct is True
        assert (one(found, "h11").direct, one(found, "h11").chain) == (False, ("httpx", "httpcore", "h11"))
        assert one(found, "socksio").chain == ("httpx", "socksio")
        assert one(found, "click").chain == ("tinylib", "click")

    def test_the_manifest_tells_groups_where_the_lock_does_not(self) -> None:
        text = '[metadata]\nlock-version = "2.0"\n' + package("a", more='[package.dependencies]\nb = "*"\n') + package("b") + package("c")
        manifest = b'[tool.poetry]\nname = "x"\n[tool.poetry.group.dev.dependencies]\na = "^1"\n[tool.poetry.dependencies]\nc = "^1"\n'
        without = poetry.read(text.encode(), "poetry.lock")
        assert [item.groups for item in without.packages] == [(), (), ()]
        found = poetry.read(text.encode(), "poetry.lock", manifest)
        assert [item.groups for item in found.packages] == [("dev",), ("dev",), ()]

    def test_version_1_has_categories_and_files_of_its_own(self) -> None:
        text = (
            package("A.b", more='category = "dev"\noptional = false\n')
            + package("c", more='category = "main"\noptional = true\n')
            + '[extras]\nfast = ["c"]\n[metadata]\nlock-version = "1.1"\n[metadata.files]\n'
            + f'"a.b" = [{{ file = "A.b-1.0.tar.gz", hash = "sha256:{"A" * 64}" }}]\n'
        )
        found = poetry.read(text.encode(), "poetry.lock")
        assert (one(found, "a-b").groups, one(found, "c").groups) == (("dev",), ("fast",))
        assert one(found, "a-b").hashes == ("sha256:" + "a" * 64,)

    def test_an_optional_package_without_an_extra_is_optional(self) -> None:
        text = POETRY + package("a", more='optional = true\ngroups = ["main", "dev"]\n')
        assert one(poetry.read(text.encode(), "poetry.lock"), "a").groups == ("optional", "dev")

    def test_two_versions_of_a_name_are_two_packages(self) -> None:
        text = POETRY + package("a") + package("a", "2.0")
        assert pins(poetry.read(text.encode(), "poetry.lock")) == {("a", "1.0"), ("a", "2.0")}

    def test_another_registry_is_no_source(self) -> None:
        source = '[package.source]\ntype = "legacy"\nurl = "https://u:p@packages.example.invalid/simple"\nreference = "x"\n'
        assert one(poetry.read((POETRY + package("a", more=source)).encode(), "poetry.lock"), "a").source == ""

    @pytest.mark.parametrize(
        ("text", "message", "line"),
        [
            (package("a"), "'metadata' is missing", None),
            ("[metadata]\n", "'lock-version' is missing", 1),
            ('[metadata]\nlock-version = "3.0"\n', "version '3.0' of poetry.lock is not known", 2),
            ("[metadata]\nlock-version = 2\n", "must be text", 2),
            (POETRY + '[[package]]\nname = "a"\n', "'version' is missing", 4),
            (POETRY + package("a", more='[package.source]\ntype = "svn"\nurl = "x"\n'), "'type' must be one of", 8),
            (POETRY + package("a", more='optional = "yes"\n'), "must be true or false", 7),
            (POETRY + package("a", more='files = [{ file = "a-2.0-py3-none-any.whl", hash = "sha256:00" }]\n'), "another package's", 5),
            (POETRY + package("a", more='[package.extras]\nx = "b"\n'), "must be a list", 8),
        ],
    )
    def test_refuses(self, text: str, message: str, line: int | None) -> None:
        refuses(poetry.read, text, message, line)


class TestPdm:
    def test_reads_a_lock_that_pdm_wrote(self) -> None:
        found = pdm.read(lock("pdm-lock.toml"), "pdm.lock")
        assert (found.kind, found.wants) == ("pdm.lock", None)
        httpx = one(found, "httpx")  # two entries, one of them for its extra
        assert (httpx.version, httpx.direct, httpx.groups, len(httpx.hashes)) == ("0.28.1", None, (), 2)
        assert (one(found, "pluggy").groups, one(found, "tabulate").groups) == (("dev",), ("table",))

    def test_the_manifest_tells_what_is_direct(self) -> None:
        found = pdm.read(lock("pdm-lock.toml"), "pdm.lock", lock("pdm-manifest.toml"))
        assert found.root == "shop"
        assert (one(found, "httpx").direct, one(found, "httpx").chain) == (True, ("httpx",))
        assert one(found, "socksio").chain[-1] == "socksio"
        assert one(found, "h11").chain == ("httpx", "httpcore", "h11")

    def test_entries_for_extras_are_one_package_and_production_wins(self) -> None:
        text = PDM + package("a", more='groups = ["dev"]\n') + package("a", more='extras = ["x"]\ngroups = ["default"]\n')
        assert one(pdm.read(text.encode(), "pdm.lock"), "a").groups == ()

    def test_sources(self) -> None:
        text = PDM + package("g", more='git = "ssh://git@git.example.invalid/g.git"\nrevision = "abc"\n')
        text += '[[package]]\nname = "p"\npath = "./p"\n' + package("u", more='url = "https://u:p@packages.example.invalid/u.whl"\n')
        found = {item.name: item.source for item in pdm.read(text.encode(), "pdm.lock").packages}
        assert found == {"g": "git+ssh://git.example.invalid/g.git@abc", "p": "./p", "u": "https://packages.example.invalid/u.whl"}

    @pytest.mark.parametrize(
        ("text", "message", "line"),
        [
            ("", "'metadata' is missing", None),
            ("[metadata]\n", "'lock_version' is missing", 1),
            ('[metadata]\nlock_version = "5.0"\n', "version '5.0' of pdm.lock is not known", 2),
            (PDM + '[[package]]\nname = "a"\n', "'version' is missing", 3),
            (PDM + package("a", more='files = [{ file = "b-1.0-py3-none-any.whl", hash = "sha256:00" }]\n'), "another package's", 4),
            (PDM + package("a", more='groups = "default"\n'), "must be a list", 6),
        ],
    )
    def test_refuses(self, text: str, message: str, line: int | None) -> None:
        refuses(pdm.read, text, message, line)
