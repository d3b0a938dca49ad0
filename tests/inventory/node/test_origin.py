from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.inventory.node.origin import fragment_hash, from_registry, hashes, is_name, is_version, shown, split


@given(st.lists(st.tuples(st.sampled_from(["sha1", "sha256", "sha384", "sha512"]), st.binary()), max_size=3))
def test_integrity_is_told_in_hexadecimal(contents: list[tuple[str, bytes]]) -> None:
    digests = [(name, hashlib.new(name, content).digest()) for name, content in contents]
    integrity = " ".join(f"{name}-{base64.b64encode(digest).decode()}" for name, digest in digests)
    assert hashes(integrity) == tuple(f"{name}:{digest.hex()}" for name, digest in digests)


@pytest.mark.parametrize("integrity", ["sha512", "sha512-", "sha512-AAAA", "sha512-****", "sha3-AAAA", "none", "sha1-é"])
def test_what_is_no_digest_is_refused(integrity: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever text: its callers say what is wrong
        hashes(integrity)


@pytest.mark.parametrize(
    ("address", "name", "version"),
    [
        ("https://registry.example.invalid/ms/-/ms-2.0.0.tgz", "ms", "2.0.0"),
        ("http://packages.corp.internal:8081/repository/npm/ms/-/ms-2.0.0.tgz?cache=0#5608aeadfc", "ms", "2.0.0"),
        ("https://registry.example.invalid/@types/ms/-/ms-0.7.31.tgz", "@types/ms", "0.7.31"),
        ("https://registry.example.invalid/@types%2fms/-/ms-0.7.31.tgz", "@types/ms", "0.7.31"),
        ("https://git.example.invalid/api/v4/projects/7/packages/npm/@acme/ui/-/@acme/ui-1.0.0.tgz", "@acme/ui", "1.0.0"),
        ("https://npm.example.invalid/download/@acme/ui/1.0.0/" + "a" * 40, "@acme/ui", "1.0.0"),
        ("https://npm.example.invalid/~/11/@jsr/std__path/1.0.0.tgz", "@jsr/std__path", "1.0.0"),
        ("@acme/ui/-/ui-1.0.0.tgz", "@acme/ui", "1.0.0"),
    ],
)
def test_addresses_of_a_registry(address: str, name: str, version: str) -> None:
    assert from_registry(address, name, version)
    assert not from_registry(address, name, "9.9.9")
    assert not from_registry(address, "other", version)


@pytest.mark.parametrize(
    "address",
    [
        "https://files.example.invalid/ms.tgz",
        "https://files.example.invalid/ms-2.0.0.tgz",
        "https://files.example.invalid/x?/ms/-/ms-2.0.0.tgz",
        "https://files.example.invalid/x#/ms/-/ms-2.0.0.tgz",
        "https://files.example.invalid/@acme/ms/-/ms-2.0.0.tgz",
        "https://files.example.invalid/ms/-/ms-2.0.0.tgz/other",
        "https://files.example.invalid/evil/ms/1.0.0/ms/-/ms-2.0.0.zip",
        "file:ms/-/ms-2.0.0.tgz",
        "file:///ms/-/ms-2.0.0.tgz",
        "git+https://files.example.invalid/ms/-/ms-2.0.0.tgz",
        "//files.example.invalid/ms/-/ms-2.0.0.tgz",
        "https:///ms/-/ms-2.0.0.tgz",
        "https://[/ms/-/ms-2.0.0.tgz",
        "https://npm.example.invalid/extra/download/ms/2.0.0/" + "a" * 40,
        "https://npm.example.invalid/download/ms/2.0.0/evil.tgz",
        "",
    ],
)
def test_other_addresses_are_none(address: str) -> None:
    assert not from_registry(address, "ms", "2.0.0")


@given(st.text(), st.text(), st.text())
def test_no_address_surprises(address: str, name: str, version: str) -> None:
    from_registry(address, name, version)
    shown(address)
    split(address)
    fragment_hash(address)


@pytest.mark.parametrize(
    ("address", "without"),
    [
        ("https://token@host.invalid/a.tgz?key=token#x", "https://host.invalid/a.tgz#x"),
        ("git+https://user:token@host.invalid/a.git#x", "git+https://host.invalid/a.git#x"),
        ("git+ssh://git@host.invalid/a.git", "git+ssh://git@host.invalid/a.git"),
        ("git+ssh://git:token@host.invalid/a.git", "git+ssh://host.invalid/a.git"),
        ("https://host.invalid/@acme/ui", "https://host.invalid/@acme/ui"),
        ("file:../a", "file:../a"),
    ],
)
def test_addresses_are_shown_without_secrets(address: str, without: str) -> None:
    assert shown(address) == without


def test_names_and_versions() -> None:
    assert all(map(is_name, ["ms", "@types/ms", "JSONStream", "lodash.merge", "_x", "@a/b"]))
    assert not any(map(is_name, ["", ".bin", "..", "a/b", "@a", "@a/", "@/b", "a b", "a@1", "a%2fb", "é", "a" * 215, "@a/../b"]))
    assert all(map(is_version, ["1.2.3", "0.0.0-use.local", "1.2.3-rc.1+build.5"]))
    assert not any(map(is_version, ["", "1", "1.2", "1.2.3.4", "v1.2.3", "^1.2.3", "file:x", "1.2.3 ", "latest"]))


def test_a_scope_belongs_to_the_name() -> None:
    assert split("@types/ms@npm:^1") == ("@types/ms", "npm:^1")
    assert split("ms@^1") == ("ms", "^1")
    assert split("@types/ms") == ("@types/ms", "")


def test_only_an_archive_has_its_hash_behind_the_address() -> None:
    digest = "5608aeadfc00be6c2901df5f9861788de0d597c8"
    assert fragment_hash(f"https://host.invalid/ms-2.0.0.tgz#{digest}") == (f"sha1:{digest}",)
    assert fragment_hash(f"https://host.invalid/ms.git#{digest}") == ()
