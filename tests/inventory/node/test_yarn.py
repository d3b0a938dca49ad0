from __future__ import annotations

from functools import partial

import pytest

from gates.inventory.node import npm, yarn
from tests.inventory.node.support import DIGEST, fixture, manifest, named, refusal, versions

BERRY = ["yarn-3", "yarn-4"]
HEADER = "__metadata:\n  version: 8\n  cacheKey: 10c0\n\n"


# Classic


def test_classic_reads_every_entry() -> None:
    data = fixture("yarn-1/yarn.lock")
    inventory = yarn.read(data, "web/yarn.lock")
    assert (inventory.path, inventory.kind, inventory.root) == ("web/yarn.lock", "yarn.lock v1", "")
    assert len(inventory.packages) == data.count(b"\n  version ")
    lines = data.decode().splitlines()
    for package in inventory.packages:
        assert not lines[package.line - 1].startswith(" ")
        assert lines[package.line] == f'  version "{package.version}"'
        assert (package.direct, package.chain, package.groups) == (None, (), ())
    lodash = named(inventory, "lodash")  # behind an alias
    assert lodash.source == ""
    assert [digest.partition(":")[0] for digest in lodash.hashes] == ["sha512", "sha1"]
    assert lodash.hashes[1] == "sha1:b44a9b6297bcb698f1c51a3545a2b3b368d59c52"
    assert named(inventory, "boxed").source.startswith("file:boxed-1.2.0.tgz")
    assert named(inventory, "linked").source == "file:vendor/linked"


def test_classic_finds_the_packages_of_npm() -> None:
    by_npm = npm.read(fixture("npm-workspaces/package-lock.json"), "x")
    # npm links a folder and installs the project's own peers.
    assert versions(by_npm) ^ versions(yarn.read(fixture("yarn-1/yarn.lock"), "x")) == {("linked", "0.3.0"), ("react", "18.3.1")}


def test_with_a_manifest_classic_knows_what_is_direct() -> None:
    inventory = yarn.read(fixture("yarn-1-sources/yarn.lock"), "x", fixture("yarn-1-sources/package.json"))
    assert inventory.root == "sources"
    assert {package.name for package in inventory.packages if package.direct} == {"boxed", "from-git", "lodash"}
    assert named(inventory, "lodash").groups == ("dev",)
    assert named(inventory, "ms", "2.0.0").chain == ("from-git", "ms")
    assert named(inventory, "boxed").source.startswith("https://files.example.invalid/odd.tgz#")
    assert named(inventory, "boxed").hashes == ("sha1:e50efed53d695d712837e83693d7ebe0f274f28b",)
    assert named(inventory, "from-git").source.startswith("git+ssh://git@git.example.invalid/")
    assert named(inventory, "from-git").hashes == ()


def test_with_workspaces_classic_calls_nothing_development() -> None:
    """Another workspace may want for production what this one wants for development, and its manifest is not in the lock file."""
    inventory = yarn.read(fixture("yarn-1/yarn.lock"), "x", fixture("yarn-1/package.json"))
    assert named(inventory, "mkdirp").direct is True
    assert named(inventory, "react-dom").direct is None
    assert {group for package in inventory.packages for group in package.groups} <= {"optional"}


def test_where_resolutions_changed_a_range_any_entry_of_that_name_answers() -> None:
    lock = 'a@^1.0.0:\n  version "1.0.0"\n  dependencies:\n    qs "^6.0.0"\n\nqs@6.7.0:\n  version "6.7.0"\n'
    inventory = yarn.read(lock.encode(), "x", manifest(dependencies={"a": "^1.0.0"}, resolutions={"qs": "6.7.0"}))
    assert named(inventory, "qs").chain == ("a", "qs")


def test_quoting_comments_and_line_ends_do_not_matter() -> None:
    lock = '\ufeff# yarn lockfile v1\r\n\r\n"@a/b@^1.0.0",   "@a/b@>=1 <2":\r\n  name "@a/b"\r\n  version "1.0.0"\r\n'
    inventory = yarn.read(lock.encode(), "x")
    assert versions(inventory) == {("@a/b", "1.0.0")}
    assert inventory.wants == (("@a/b", "^1.0.0"), ("@a/b", ">=1 <2"))


def block(text: str) -> bytes:
    return f"# yarn lockfile v1\n\n{text}".encode()


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (block("a@1:\n"), 3, "is no version"),
        (block('a@1:\n  version "1"\n'), 3, "is no version"),
        (block('a@1:\n  version "1.0.0\n'), 4, "expected a name"),
        (block('a@1:\n  version "1.0.0" more\n'), 4, "something follows"),
        (block('a@1:\n  version "1.0.0\\q"\n'), 4, "unknown escape"),
        (block('a@1:\n  version "1.0.0"\n  version "1.0.1"\n'), 5, "occurs twice"),
        (block('a@1:\n  version "1.0.0"\n  checksum "x"\n'), 5, "unknown property"),
        (block('a@1:\n  version "1.0.0"\n  bundled:\n    b "1"\n'), 5, "unknown section"),
        (block('a@1:\n  version "1.0.0"\n    b "1"\n'), 5, "unexpected indentation"),
        (block('a@1:\n   version "1.0.0"\n'), 4, "unexpected indentation"),
        (block('a@1:\n\tversion "1.0.0"\n'), 4, "expected a name"),
        (block('  version "1.0.0"\n'), 3, "unexpected indentation"),
        (block("a@1\n"), 3, "expected name@range"),
        (block("a@1, :\n"), 3, "expected a name"),
        (block('a@1:\n  version "1.0.0"\na@1:\n  version "1.0.0"\n'), 5, "occurs twice"),
        (block('a@1, b@1:\n  version "1.0.0"\n'), 3, "name no package, or several"),
        (block('a@1:\n  version "1.0.0"\n  name harmless\n'), 3, "name no package"),
        (block('".a@1":\n  version "1.0.0"\n'), 3, "name no package"),
        (block('a@1:\n  version "1.0.0"\n  dependencies:\n    b "1"\n'), 3, "'b' is needed here"),
        (block('a@1:\n  version "1.0.0"\n  integrity sha512-AAAA\n'), 3, "no digest"),
        (block("<<<<<<< HEAD\n"), 3, "expected name@range"),
        (b"a@1:\n\0", 2, "NUL"),
        (b"lockfileVersion: '9.0'\n", 1, "expected name@range"),
    ],
)
def test_what_is_no_classic_lock_file_is_refused_where_it_stands(data: bytes, line: int, says: str) -> None:
    error = refusal(yarn.read, data)
    assert says in error.message
    assert error.line == line


def test_an_address_of_another_package_is_no_registry() -> None:
    address = "https://registry.example.invalid/evil/-/evil-1.0.0.tgz"
    lock = f'a@1:\n  version "1.0.0"\n  resolved "{address}#{"0" * 40}"\n  integrity {DIGEST}\n'
    assert named(yarn.read(lock.encode(), "x"), "a").source == f"{address}#{'0' * 40}"


def test_an_empty_file_is_an_inventory_without_packages() -> None:
    for data in (b"", b"# yarn lockfile v1\n\n\n", HEADER.encode()):
        assert yarn.read(data, "").packages == ()


# Berry


@pytest.mark.parametrize("written_by", BERRY)
def test_berry_reads_every_entry(written_by: str) -> None:
    data = fixture(f"{written_by}/yarn.lock")
    inventory = yarn.read(data, "web/yarn.lock")
    assert (inventory.path, inventory.kind, inventory.root) == ("web/yarn.lock", "yarn.lock", "sample")
    names = {package.name for package in inventory.packages}
    assert not names & {"sample", "@sample/app", "@sample/lib", "lodash-alias"}
    # Every entry but the workspaces is a package, and a patched one is told together with what is patched.
    assert len(inventory.packages) == data.count(b"\n  resolution: ") - 3 - data.count(b"@patch:fsevents@npm%3A2.3.3")
    lines = data.decode().splitlines()
    for package in inventory.packages:
        assert lines[package.line] == f"  version: {package.version}"
        assert package.hashes == ()
    assert named(inventory, "lodash").chain == ("lodash",)
    assert named(inventory, "fsevents").source == ""
    assert named(inventory, "fsevents").chain == ("chokidar", "fsevents")
    assert named(inventory, "fsevents").groups == ("optional",)
    assert named(inventory, "boxed").source.startswith("file:boxed-1.2.0.tgz")
    assert named(inventory, "debug", "3.2.7").direct is True  # of a workspace
    assert "dev" not in {group for package in inventory.packages for group in package.groups}


@pytest.mark.parametrize("written_by", BERRY)
def test_with_a_manifest_berry_knows_what_is_for_development(written_by: str) -> None:
    inventory = yarn.read(fixture(f"{written_by}/yarn.lock"), "x", fixture(f"{written_by}/package.json"))
    assert named(inventory, "mkdirp").groups == ("dev",)
    assert named(inventory, "minimist", "1.2.8").groups == ("dev",)
    assert named(inventory, "semver").groups == ("dev", "optional")  # node-gyp, which builds fsevents, needs it too
    assert named(inventory, "debug", "4.3.1").groups == ()  # of another workspace, whose manifest was not given


def test_berry_finds_the_packages_of_classic() -> None:
    classic, berry = versions(yarn.read(fixture("yarn-1/yarn.lock"), "x")), versions(yarn.read(fixture("yarn-4/yarn.lock"), "x"))
    assert classic <= berry
    gyp = yarn.read(fixture("yarn-4/yarn.lock"), "x")
    assert all("node-gyp" in named(gyp, name, version).chain for name, version in berry - classic)


def test_what_no_registry_holds_has_a_source() -> None:
    inventory = yarn.read(fixture("yarn-4-sources/yarn.lock"), "x", fixture("yarn-4-sources/package.json"))
    sources = {package.name: package.source for package in inventory.packages if package.source}
    assert sources == {"boxed": "https://files.example.invalid/odd.tgz", "carried": "portal:./p", "linked": "link:./l"}
    assert named(inventory, "carried").version == ""
    assert named(inventory, "ms").version == "2.1.2"  # patched
    assert named(inventory, "ms").direct is True
    assert named(inventory, "minimist", "0.0.8").chain == ("carried", "minimist")
    assert named(inventory, "qs").chain == ("qs",)  # by a resolution
    assert named(inventory, "lodash").groups == ("dev",)
    assert named(inventory, "is-number").groups == ("optional",)


def test_a_catalog_names_no_range() -> None:
    assert named(yarn.read(fixture("yarn-4-catalog/yarn.lock"), "x"), "ms").direct is True


def entry(key: str, resolution: str, version: str = "1.0.0") -> str:
    return f'"{key}":\n  version: {version}\n  resolution: "{resolution}"\n\n'


@pytest.mark.parametrize(
    ("resolution", "name", "source"),
    [
        ("a@npm:1.0.0", "a", ""),
        ("@s/a@npm:1.0.0", "@s/a", ""),
        ("a@npm:1.0.0::__archiveUrl=https%3A%2F%2Fnpm.example.invalid%2Fdownload%2Fa%2F1.0.0%2F" + "a" * 40, "a", ""),
        (
            "a@npm:1.0.0::__archiveUrl=https%3A%2F%2Ffiles.example.invalid%2Fevil.tgz",
            "a",
            "https://files.example.invalid/evil.tgz",
        ),
        ("a@patch:b@npm%3A1.0.0#./x.patch::version=1.0.0&hash=123456", "b", ""),
        ("a@patch:a@patch%3Aa@npm%253A1.0.0%23./x.patch#./y.patch::version=1.0.0", "a", ""),
        (
            "a@patch:a@https%3A//git.example.invalid/a.git%23commit=abc#./x.patch",
            "a",
            "https://git.example.invalid/a.git#commit=abc",
        ),
        ("a@https://git.example.invalid/a.git#commit=abc", "a", "https://git.example.invalid/a.git#commit=abc"),
        ("a@exec:./make.js", "a", "exec:./make.js"),
    ],
)
def test_references(resolution: str, name: str, source: str) -> None:
    (found,) = yarn.read((HEADER + entry("a@npm:^1.0.0", resolution)).encode(), "x").packages
    assert (found.name, found.version, found.source) == (name, "1.0.0", source)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("__metadata:\n  version: 3\n", 1, "version 3 of the lock file is not known"),
        ("__metadata:\n  version: 11\n", 1, "version 11 of the lock file is not known"),
        ("__metadata: {}\n", 1, "'version' is missing"),
        ("__metadata:\n  version: x\n", 2, "must be a whole number"),
        (HEADER + '"a@npm:1":\n  version: 1.0.0\n', 5, "'resolution' is missing"),
        (HEADER + entry("a@npm:1", "a@npm:1.0.1"), 6, "different versions"),
        (HEADER + entry("a@npm:1", "a"), 7, "must be a name with a reference"),
        (HEADER + entry("a@npm:1", "a@npm:x", "x"), 6, "is no version"),
        (HEADER + entry("a@npm:1", "a@patch:#x"), 7, "must be a name with a reference"),
        (HEADER + entry(".a@npm:1", ".a@npm:1.0.0"), 7, "is no name"),
        (HEADER + entry("a@npm:1", "a@npm:1.0.0") + "  dependencies:\n    b: ^1\n", 5, "'b' is needed here"),
        (HEADER + entry("a@npm:1", "a@npm:1.0.0") * 2, 9, "duplicate key"),
        (HEADER + '"a@npm:1": 5\n', 5, "must be a table"),
    ],
)
def test_what_berry_does_not_write_is_refused_where_it_stands(text: str, line: int, says: str) -> None:
    error = refusal(yarn.read, text.encode())
    assert says in error.message
    assert error.line == line


def test_a_manifest_that_cannot_be_read_is_refused_under_its_own_name() -> None:
    error = refusal(partial(yarn_with, b"{"), b"", "web/package.json")
    assert "not valid JSON" in error.message


def yarn_with(manifest: bytes, data: bytes, path: str) -> object:
    return yarn.read(data, path.replace("package.json", "yarn.lock"), manifest)


@pytest.mark.parametrize("count", [100, 101])
def test_a_range_that_could_mean_anything_is_bounded(count: int) -> None:
    """A file of nothing but such ranges would otherwise fill the memory."""
    classic = (
        "".join(f'a@{number}:\n  version "{number}.0.0"\n' for number in range(count))
        + 'b@1:\n  version "1.0.0"\n  dependencies:\n    a x\n'
    )
    berry = HEADER + "".join(entry(f"a@npm:{number}", f"a@npm:{number}.0.0", f"{number}.0.0") for number in range(count))
    berry += entry("b@npm:1", "b@npm:1.0.0")[:-1] + "  dependencies:\n    a: x\n"
    for text in (classic, berry):
        if count > 100:
            assert "which of 101 entries is meant is not told" in refusal(yarn.read, text.encode()).message
        else:
            assert len(yarn.read(text.encode(), "x").packages) == count + 1
