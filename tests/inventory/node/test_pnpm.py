from __future__ import annotations

import pytest

from gates.core.documents import plain, read_yaml
from gates.inventory.node import npm, pnpm
from tests.inventory.node.support import DIGEST, fixture, named, refusal, versions

VERSIONS = ["pnpm-7", "pnpm-8", "pnpm-9"]


@pytest.mark.parametrize("written_by", VERSIONS)
def test_a_workspace_with_everything(written_by: str) -> None:
    inventory = pnpm.read(fixture(f"{written_by}/pnpm-lock.yaml"), "web/pnpm-lock.yaml")
    assert (inventory.path, inventory.kind, inventory.root) == ("web/pnpm-lock.yaml", "pnpm-lock.yaml", "")
    names = {package.name for package in inventory.packages}
    assert not names & {"sample", "@sample/app", "@sample/lib", "lodash-alias"}
    lodash = named(inventory, "lodash")
    assert (lodash.version, lodash.direct, lodash.chain, lodash.source) == ("4.17.20", True, ("lodash",), "")
    assert lodash.hashes[0].startswith("sha512:3e585d15c8a5")
    assert named(inventory, "boxed").source == "file:boxed-1.2.0.tgz"
    assert named(inventory, "boxed").version == "1.2.0"
    assert named(inventory, "linked").source == "file:vendor/linked"
    assert named(inventory, "is-number").chain == ("chokidar", "braces", "fill-range", "to-regex-range", "is-number")
    assert named(inventory, "minimist", "1.2.8").chain == ("mkdirp", "minimist")
    assert named(inventory, "react-dom").direct is True  # of a workspace, its key with the peers behind it


@pytest.mark.parametrize("written_by", VERSIONS)
def test_lines_are_those_of_the_entries(written_by: str) -> None:
    data = fixture(f"{written_by}/pnpm-lock.yaml")
    lines = data.decode().splitlines()
    for package in pnpm.read(data, "x").packages:
        assert package.name in lines[package.line - 1]
        assert package.source or package.version in lines[package.line - 1]
        assert "resolution:" in lines[package.line]


@pytest.mark.parametrize("written_by", ["pnpm-7", "pnpm-8"])
def test_groups_are_those_that_the_file_flags(written_by: str) -> None:
    """Up to version 6 the file says it too; from 9 on it is to be found out, by the same way."""
    data = fixture(f"{written_by}/pnpm-lock.yaml")
    tree = plain(read_yaml(data, "x"))
    assert isinstance(tree, dict)
    flags = list(tree["packages"].values())
    packages = pnpm.read(data, "x").packages
    assert len(flags) == len(packages)
    for flag, package in zip(flags, packages, strict=True):
        assert ("dev" in package.groups) == flag.get("dev", False), package
        assert ("optional" in package.groups) == flag.get("optional", False), package


def test_all_versions_say_the_same() -> None:
    seven, eight, nine = (pnpm.read(fixture(f"{written_by}/pnpm-lock.yaml"), "x") for written_by in VERSIONS)

    def told(inventory: object) -> object:
        assert isinstance(inventory, type(nine))
        return {package._replace(line=0, version=package.version if not package.source else "") for package in inventory.packages}

    assert told(eight) == told(nine)
    # pnpm 7 installs no peers by itself, and bundled dependencies twice.
    assert versions(eight) - versions(seven) == {("react", "18.3.1"), ("linked", "")}
    assert versions(seven) - versions(eight) == {("minimist", "1.2.5"), ("linked", "0.3.0")}


def test_npm_finds_the_same_packages() -> None:
    by_npm = npm.read(fixture("npm-workspaces/package-lock.json"), "x")
    by_pnpm = pnpm.read(fixture("pnpm-9/pnpm-lock.yaml"), "x")
    # npm links a folder; it also lists what an archive bundles.
    assert versions(by_npm) ^ versions(by_pnpm) == {("linked", ""), ("minimist", "1.2.5")}


def test_two_documents_are_both_read() -> None:
    inventory = pnpm.read(fixture("pnpm-12-environment/pnpm-lock.yaml"), "x")
    assert versions(inventory) == {("is-odd", "3.0.1"), ("ms", "2.1.3")}
    assert named(inventory, "is-odd").groups == ("config",)
    assert named(inventory, "is-odd").direct is True
    assert inventory.wants == (("ms", "2.1.3"),)


def test_other_documents_are_refused() -> None:
    one = fixture("pnpm-9/pnpm-lock.yaml")
    environment = fixture("pnpm-12-environment/pnpm-lock.yaml")
    for data in (b"---\n".join((one, one)), b"---\n".join((environment, one))):
        assert "several YAML documents" in refusal(pnpm.read, data).message


def test_what_no_registry_holds_has_a_source() -> None:
    inventory = pnpm.read(fixture("pnpm-sources/pnpm-lock.yaml"), "x")
    assert named(inventory, "boxed").source == "https://files.example.invalid/odd.tgz"
    assert named(inventory, "from-git").source.startswith("git+ssh://git@git.example.invalid/team/from-git.git#")
    assert named(inventory, "from-git").version == "2.1.0"
    assert named(inventory, "ms", "2.0.0").source == ""


def nine(packages: str, snapshots: str = "", importers: str = "  .: {}\n") -> bytes:
    return f"lockfileVersion: '9.0'\nimporters:\n{importers}packages:\n{packages}snapshots:\n{snapshots}".encode().replace(
        b"packages:\nsnapshots", b"packages: {}\nsnapshots"
    ) + (b"  {}\n" if not snapshots else b"")


def resolved(inside: str) -> str:
    return f"    resolution: {{{inside}}}\n"


PLAIN = resolved(f"integrity: {DIGEST}")


@pytest.mark.parametrize(
    ("key", "inside", "source"),
    [
        ("ms@2.0.0", f"integrity: {DIGEST}", ""),
        ("ms@2.0.0", f"integrity: {DIGEST}, tarball: https://registry.example.invalid/ms/-/ms-2.0.0.tgz", ""),
        ("ms@2.0.0", f"integrity: {DIGEST}, tarball: https://files.example.invalid/ms.tgz", "https://files.example.invalid/ms.tgz"),
        ("ms@2.0.0", "type: git, repo: https://u:p@git.example.invalid/ms, commit: abc", "git+https://git.example.invalid/ms#abc"),
        ("ms@runtime:2.0.0", "type: variations", "runtime:2.0.0"),
        ("ms@2.0.0", "type: binary", "binary"),
        ("ms@link-like", f"integrity: {DIGEST}", "link-like"),
    ],
)
def test_sources(key: str, inside: str, source: str) -> None:
    inventory = pnpm.read(nine(f"  {key}:\n{resolved(inside)}    version: 2.0.0\n"), "x")
    assert [(package.name, package.version, package.source) for package in inventory.packages] == [("ms", "2.0.0", source)]


def test_suffixes_do_not_belong_to_the_version() -> None:
    packages = f"  a@1.0.0:\n{PLAIN}  b@2.0.0:\n{PLAIN}"
    snapshots = (
        "  a@1.0.0(patch_hash=ab)(b@2.0.0(c@1(d@2)))(e@3.0.0):\n    dependencies:\n      b: 2.0.0(a@1.0.0)\n  b@2.0.0(a@1.0.0): {}\n"
    )
    importers = (
        "  .:\n    dependencies:\n      x:\n        specifier: npm:a@^1\n"
        "        version: a@1.0.0(patch_hash=ab)(b@2.0.0(c@1(d@2)))(e@3.0.0)\n"
    )
    inventory = pnpm.read(nine(packages, snapshots, importers), "x")
    assert [(one.name, one.version, one.chain) for one in inventory.packages] == [("a", "1.0.0", ("a",)), ("b", "2.0.0", ("a", "b"))]
    assert inventory.wants == (("x", "npm:a@^1"),)


def test_old_suffixes_do_not_either() -> None:
    data = f"""lockfileVersion: 5.4
specifiers:
  '@a/b': ^1.0.0
dependencies:
  '@a/b': 1.0.0_@c+d@2.0.0+e@3.0.0
devDependencies:
  f: github.com/team/f/0123456789abcdef0123456789abcdef01234567
packages:
  /@a/b/1.0.0_@c+d@2.0.0+e@3.0.0:
{PLAIN}  github.com/team/f/0123456789abcdef0123456789abcdef01234567:
    resolution: {{tarball: https://codeload.example.invalid/team/f/tar.gz/0123456789abcdef0123456789abcdef01234567}}
    name: f
    version: 4.0.0
    dev: true
"""
    inventory = pnpm.read(data.encode(), "x")
    assert [(one.name, one.version, one.direct, one.groups) for one in inventory.packages] == [
        ("@a/b", "1.0.0", True, ()),
        ("f", "4.0.0", True, ("dev",)),
    ]
    assert inventory.packages[1].source.startswith("https://codeload.example.invalid/team/f/")
    assert inventory.wants == (("@a/b", "^1.0.0"),)


def test_a_workspace_that_is_copied_is_no_package() -> None:
    packages = f"  '@x/lib@file:packages/lib':\n    resolution: {{directory: packages/lib, type: directory}}\n  ms@2.0.0:\n{PLAIN}"
    snapshots = "  '@x/lib@file:packages/lib':\n    dependencies:\n      ms: 2.0.0\n  ms@2.0.0: {}\n"
    importers = (
        "  .:\n    dependencies:\n      '@x/lib':\n        specifier: workspace:*\n        version: file:packages/lib\n  packages/lib: {}\n"
    )
    inventory = pnpm.read(nine(packages, snapshots, importers), "x")
    assert [(package.name, package.direct, package.groups) for package in inventory.packages] == [("ms", True, ())]


def test_a_package_that_nothing_uses_is_still_audited() -> None:
    (found,) = pnpm.read(nine(f"  ms@2.0.0:\n{PLAIN}"), "x").packages
    assert (found.direct, found.groups) == (None, ())


def test_an_empty_project_is_an_inventory_without_packages() -> None:
    assert pnpm.read(b"lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n", "x").packages == ()
    assert pnpm.read(b"lockfileVersion: 5.4\n", "x").packages == ()


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (b"", 0, "empty"),
        (b"lockfileVersion: 5.3\n", 1, "lockfileVersion '5.3' is not known"),
        (b"lockfileVersion: '10.0'\n", 1, "is not known"),
        (b"packages: {}\n", 1, "lockfileVersion '' is not known"),
        (b"lockfileVersion: true\n", 1, "is not known"),
        (b"lockfileVersion: '9.0'\npackages:\n", 2, "must be a table"),
        (nine("  ms@2.0.0: {}\n"), 5, "'resolution' is missing"),
        (nine("  ms@2.0.0:\n    resolution: {}\n"), 6, "says neither where it comes from"),
        (nine("  ms@2.0.0:\n    resolution: {integrity: sha512-AAAA}\n"), 6, "no digest"),
        (nine(f"  ms@2.0.0:\n{PLAIN}    version: 2.1.0\n"), 5, "another package"),
        (nine(f"  ms@2.0.0:\n{PLAIN}", "  other@1.0.0: {}\n"), 8, "is no entry of 'packages'"),
        (nine(f"  ms@2.0.0:\n{PLAIN}", "  ms@2.0.0:\n    dependencies:\n      a: 1.0.0\n"), 10, "'a' is needed here"),
        (nine("", "", "  .:\n    dependencies:\n      a: {specifier: 1.0.0, version: 1.0.0}\n"), 5, "'a' is needed here"),
        (nine("", "", "  .:\n    dependencies:\n      a: {specifier: 1.0.0}\n"), 5, "must say which version"),
        (nine("  '@':\n" + PLAIN), 5, "holds no name"),
        (b"lockfileVersion: 5.4\npackages:\n  host.invalid/ms/2.0.0:\n" + PLAIN.encode(), 3, "holds no name"),
        (b"lockfileVersion: '9.0'\nimporters: &a\n  .: *a\n", 3, "names no finished anchor"),
    ],
)
def test_what_is_not_understood_is_refused_where_it_stands(data: bytes, line: int, says: str) -> None:
    error = refusal(pnpm.read, data)
    assert says in error.message
    assert error.line == line
