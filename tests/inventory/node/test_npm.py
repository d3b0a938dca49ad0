from __future__ import annotations

import json
from typing import Any

import pytest

from gates.inventory.node import npm
from tests.inventory.node.support import DIGEST, fixture, named, refusal, versions


def lock(packages: dict[str, Any], version: object = 3, **more: object) -> bytes:
    return json.dumps({"lockfileVersion": version, "packages": packages, **more}, indent=1).encode()


def package(version: str = "1.0.0", **more: object) -> dict[str, object]:
    return {"version": version, "integrity": DIGEST, **more}


def test_a_workspace_with_everything() -> None:
    inventory = npm.read(fixture("npm-workspaces/package-lock.json"), "web/package-lock.json")
    assert (inventory.path, inventory.kind, inventory.root) == ("web/package-lock.json", "package-lock.json", "sample")
    names = {package.name for package in inventory.packages}
    assert not names & {"sample", "@sample/app", "@sample/lib", "linked", "lodash-alias"}
    lodash = named(inventory, "lodash")
    assert (lodash.version, lodash.direct, lodash.chain, lodash.source) == ("4.17.20", True, ("lodash",), "")
    assert str(lodash.purl) == "pkg:npm/lodash@4.17.20"
    assert str(named(inventory, "@types/ms").purl) == "pkg:npm/%40types/ms@0.7.31"
    assert {version for name, version in versions(inventory) if name == "ms"} == {"0.7.1", "2.0.0", "2.1.2", "2.1.3"}
    assert named(inventory, "minimist", "1.2.5").chain == ("boxed", "minimist")  # bundled in the archive of boxed
    assert named(inventory, "boxed").source == "file:boxed-1.2.0.tgz"
    assert named(inventory, "is-number").chain == ("chokidar", "braces", "fill-range", "to-regex-range", "is-number")
    assert named(inventory, "is-number").groups == ("optional",)
    assert named(inventory, "react").groups == ("peer",)
    assert named(inventory, "debug", "4.3.1").groups == ("dev",)  # of a workspace
    assert named(inventory, "debug", "4.3.1").direct is True
    assert named(inventory, "debug", "2.6.9").chain == ("body-parser", "debug")
    (digest,) = lodash.hashes
    assert digest.startswith("sha512:3e585d15c8a5")


def test_lines_are_those_of_the_entries() -> None:
    data = fixture("npm-workspaces/package-lock.json")
    lines = data.decode().splitlines()
    for package in npm.read(data, "x").packages:
        assert '"node_modules/' in lines[package.line - 1] or "/node_modules/" in lines[package.line - 1]
        assert f'"version": "{package.version}"' in lines[package.line] + lines[package.line + 1]


def test_a_file_without_addresses_says_the_same() -> None:
    with_addresses = npm.read(fixture("npm-workspaces/package-lock.json"), "x")
    without = npm.read(fixture("npm-no-addresses/package-lock.json"), "x")
    told = [package._replace(line=0, files=()) for package in with_addresses.packages]
    assert told == [package._replace(line=0, files=()) for package in without.packages]
    digests = [[file.hash for file in package.files] for package in with_addresses.packages]
    assert digests == [[file.hash for file in package.files] for package in without.packages]


def test_a_shrinkwrap_of_version_2() -> None:
    inventory = npm.read(fixture("npm-shrinkwrap/npm-shrinkwrap.json"), "npm-shrinkwrap.json")
    assert inventory.kind == "npm-shrinkwrap.json"
    assert versions(inventory) == {("debug", "2.6.9"), ("ms", "2.0.0")}
    assert inventory.wants == (("debug", "2.6.9"),)


def test_what_no_registry_holds_has_a_source() -> None:
    inventory = npm.read(fixture("npm-sources/package-lock.json"), "x")
    assert named(inventory, "boxed").source == "https://files.example.invalid/odd.tgz"
    assert named(inventory, "from-git").source.startswith("git+ssh://git@git.example.invalid/team/from-git.git#")
    assert named(inventory, "from-git").version == "2.1.0"
    assert named(inventory, "ms", "2.0.0").source == ""
    assert named(inventory, "lodash").groups == ("dev",)


@pytest.mark.parametrize(
    "resolved",
    ["https://registry.example.invalid/ms/-/ms-0.7.1.tgz", "https://registry.example.invalid/evil/-/evil-2.0.0.tgz"],
)
def test_an_address_of_another_package_is_no_registry(resolved: str) -> None:
    inventory = npm.read(lock({"": {"dependencies": {"ms": "2"}}, "node_modules/ms": package("2.0.0", resolved=resolved)}), "x")
    assert named(inventory, "ms").source == resolved


def test_a_password_in_an_address_stays_in_the_file() -> None:
    entry = package(resolved="https://user:hunter2@files.example.invalid/a.tgz?token=hunter2")
    assert named(npm.read(lock({"node_modules/a": entry}), "x"), "a").source == "https://files.example.invalid/a.tgz"


def test_the_nearest_folder_upwards_answers() -> None:
    inventory = npm.read(
        lock(
            {
                "": {"dependencies": {"a": "1"}},
                "node_modules/a": package(dependencies={"b": "1", "c": "1"}),
                "node_modules/a/node_modules/b": package("2.0.0", dependencies={"c": "1"}),
                "node_modules/b": package("1.0.0"),
                "node_modules/c": package("1.0.0"),
                "node_modules/a/node_modules/b/node_modules/c": package("3.0.0"),
            }
        ),
        "x",
    )
    assert named(inventory, "b", "2.0.0").chain == ("a", "b")
    assert named(inventory, "c", "3.0.0").chain == ("a", "b", "c")
    assert named(inventory, "c", "1.0.0").chain == ("a", "c")
    assert named(inventory, "b", "1.0.0").chain == ()
    assert named(inventory, "b", "1.0.0").direct is None


def test_a_folder_outside_the_project_looks_upwards_from_there() -> None:
    inventory = npm.read(
        lock(
            {
                "": {"dependencies": {"other": "file:../other"}},
                "../other": {"version": "1.0.0", "dependencies": {"a": "1"}},
                "../other/node_modules/a": package("1.0.0"),
                "node_modules/other": {"resolved": "../other", "link": True},
            }
        ),
        "x",
    )
    assert [(package.name, package.direct) for package in inventory.packages] == [("a", True)]


@pytest.mark.parametrize(
    ("flags", "groups"),
    [
        ({}, ()),
        ({"dev": True}, ("dev",)),
        ({"optional": True}, ("optional",)),
        ({"devOptional": True}, ("dev", "optional")),
        ({"dev": True, "optional": True}, ("dev",)),
        ({"peer": True}, ("peer",)),
        ({"extraneous": True}, ()),
    ],
)
def test_groups_are_those_of_the_flags(flags: dict[str, bool], groups: tuple[str, ...]) -> None:
    assert named(npm.read(lock({"node_modules/a": package(**flags)}), "x"), "a").groups == groups


def test_a_flag_cannot_hide_what_production_needs() -> None:
    packages = {"": {"dependencies": {"a": "1"}}, "node_modules/a": package(dependencies={"b": "1"}), "node_modules/b": package(dev=True)}
    assert named(npm.read(lock(packages), "x"), "b").groups == ()


def test_a_link_cannot_hide_a_package() -> None:
    packages = {
        "": {"dependencies": {"a": "1"}},
        "node_modules/a": {"link": True, "resolved": "node_modules/b"},
        "node_modules/b": package(),
    }
    assert versions(npm.read(lock(packages), "x")) == {("b", "1.0.0")}


def test_an_empty_project_is_an_inventory_without_packages() -> None:
    for packages in ({}, {"": {"name": "x"}}):
        inventory = npm.read(lock(packages), "x")
        assert inventory.packages == ()
    assert npm.read(lock({"": {"name": "x"}}), "x").root == "x"


@pytest.mark.parametrize("version", [1, None])
def test_version_1_is_refused_with_the_way_out(version: object) -> None:
    data = {"dependencies": {"ms": {"version": "2.0.0"}}} | ({"lockfileVersion": version} if version else {})
    assert "npm install --package-lock-only --lockfile-version 3" in refusal(npm.read, json.dumps(data).encode()).message


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (lock({}, 4), 2, "lockfileVersion 4 is not known"),
        (lock({}, "3"), 2, "must be a whole number"),
        (b'{"lockfileVersion": 3}', 1, "'packages' is missing"),
        (lock({}, 2, dependencies={"ms": {"version": "2.0.0"}}), 3, "'packages' is empty, 'dependencies' is not"),
        (lock({"node_modules/a": {}}), 4, "'version' is missing"),
        (lock({"node_modules/a": package("latest")}), 5, "is no version"),
        (lock({"node_modules/a": package(name="a b")}), 4, "is no name"),
        (lock({"node_modules/a": package(integrity="sha512-AAAA")}), 6, "'integrity' holds no digest"),
        (lock({"node_modules/a": package(resolved=5)}), 7, "'resolved' must be text"),
        (lock({"node_modules/a": package(dev="yes")}), 7, "'dev' must be true or false"),
        (lock({"node_modules/a": package(dependencies={"b": "1"})}), 4, "'b' is needed here and not in the lock file"),
        (lock({"node_modules/a": package(dependencies=["b"])}), 7, "must be a table"),
        (lock({"": {"dependencies": {"a": "1"}}}), 4, "'a' is needed here"),
        (lock({"": {"devDependencies": {"a": 1}}}), 5, "must be text"),
        (lock({"node_modules/a": {"link": True, "resolved": "a"}}), 6, "is no entry of the lock file"),
        (lock({"node_modules/a": {"link": True}}), 4, "a link must say"),
        (lock({"lib": {"version": "1.0.0", "resolved": "https://registry.example.invalid/a/-/a-1.0.0.tgz"}}), 4, "outside node_modules"),
        (lock({"node_modules/a/lib": {}}), 4, "is no folder that a package is installed to"),
        (lock({"node_modules/.bin": {}}), 4, "is no folder"),
        (lock({"a/" * 300 + "node_modules/a": package()}), 4, "nested deeper"),
        (lock({"node_modules/a": 5}), 4, "must be a table"),
        (b"[]", 1, "must be a table"),
        (b"", 1, "not valid JSON"),
        (b'{"lockfileVersion": 3,\n"packages": {}, "packages": {}}', 2, "duplicate key"),
    ],
)
def test_what_is_not_understood_is_refused_where_it_stands(data: bytes, line: int, says: str) -> None:
    error = refusal(npm.read, data)
    assert says in error.message
    assert error.line == line


@pytest.mark.parametrize("lax", [{"inBundle": True}, {"extraneous": True}])
def test_bundled_and_unwanted_packages_may_lack_what_they_need(lax: dict[str, bool]) -> None:
    packages = {"node_modules/a": package(dependencies={"b": "1"}, **lax)}
    assert versions(npm.read(lock(packages), "x")) == {("a", "1.0.0")}


def test_peers_and_optional_dependencies_may_be_absent() -> None:
    entry = package(peerDependencies={"b": "1"}, optionalDependencies={"c": "1"}, dependencies={"c": "1"})
    assert versions(npm.read(lock({"": {"dependencies": {"a": "1"}, "peerDependencies": {"d": "1"}}, "node_modules/a": entry}), "x"))


def test_what_the_file_flags_as_productions_is_needed_by_production() -> None:
    """The group of who wants it says otherwise: such a lock was edited by hand."""
    packages = {
        "": {"devDependencies": {"lodash": "4.17.20"}},
        "node_modules/lodash": {"version": "4.17.20", "resolved": "https://registry.example.invalid/lodash/-/lodash-4.17.20.tgz"},
    }
    document = {"name": "a", "version": "1.0.0", "lockfileVersion": 3, "packages": packages}
    inventory = npm.read(json.dumps(document).encode(), "package-lock.json")
    assert inventory.packages[0].groups == ()
    assert inventory.needs == {"": (("lodash", "4.17.20"),)}
