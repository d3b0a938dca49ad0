"""The registry is the user's own: no file of the repository and no variable chooses it, and tokens stay where they belong."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.errors import GateUnavailable, UsageError
from gates.core.gate import Context
from gates.deps.engines import registry as module
from gates.deps.engines.registry import Registry, registry
from tests.deps.engines.npm_support import context, need_npm

CORP = "https://packages.corp.internal/npm"


class World:
    """A repository, a home, and the folder below which node is installed."""

    def __init__(self, top: Path) -> None:
        self.root, self.home, self.prefix = top / "repository", top / "home", top / "node"
        for folder in (self.root, self.home, self.prefix / "bin", self.prefix / "etc"):
            folder.mkdir(parents=True)
        self.program("node", "exit 1")

    def program(self, name: str, script: str) -> None:
        path = self.prefix / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def own(self, *lines: str) -> None:
        (self.home / ".npmrc").write_text("\n".join(lines) + "\n")

    def everybodys(self, *lines: str) -> None:
        (self.prefix / "etc" / "npmrc").write_text("\n".join(lines) + "\n")

    def context(self, **variables: Any) -> Context:
        return context(self.root, self.home, path=str(self.prefix / "bin"), **variables)

    def registry(self, option: str = "", **variables: Any) -> Registry:
        return registry(self.context(**variables), option)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_the_users_own_file_goes_before_the_global_one(world: World) -> None:
    world.everybodys("registry=https://global.corp.internal/", "//packages.corp.internal/npm/:_authToken=shared")
    assert world.registry().url == "https://global.corp.internal"
    world.own(f"registry={CORP}/")
    assert world.registry() == Registry(CORP, "shared", scopes={})


@pytest.mark.parametrize("setting", ["globalconfig={}/elsewhere/etc/npmrc", "prefix={}/elsewhere", "prefix=~/../elsewhere"])
def test_the_global_file_is_where_the_users_own_says(world: World, tmp_path: Path, setting: str) -> None:
    (tmp_path / "elsewhere" / "etc").mkdir(parents=True)
    (tmp_path / "elsewhere" / "etc" / "npmrc").write_text(f"registry={CORP}\n")
    world.everybodys("registry=https://wrong.corp.internal/")
    world.own(setting.format(tmp_path))
    assert world.registry().url == CORP


def test_no_file_of_the_repository_and_no_variable_chooses(world: World) -> None:
    (world.root / ".npmrc").write_text("registry=https://evil.example.invalid/\n")
    world.own(f"registry={CORP}")
    evil = "https://evil.example.invalid/"
    given = world.registry(npm_config_registry=evil, NPM_CONFIG_REGISTRY=evil, npm_config_userconfig=str(world.root / ".npmrc"))
    assert given.url == CORP


def test_a_home_inside_the_repository_chooses_nothing(world: World) -> None:
    (world.root / ".npmrc").write_text("registry=https://evil.example.invalid/\n")
    inside = context(world.root, world.root, path=str(world.prefix / "bin"))
    with pytest.raises(GateUnavailable, match=r"lies in the repository under test, .*; set \[deps\] npm_registry"):
        registry(inside)
    assert registry(inside, CORP).url == CORP


def test_a_link_into_the_repository_chooses_nothing(world: World) -> None:
    (world.root / "npmrc").write_text("registry=https://evil.example.invalid/\n")
    (world.home / ".npmrc").symlink_to(world.root / "npmrc")
    with pytest.raises(GateUnavailable, match="lies in the repository"):
        world.registry()


def test_the_policy_goes_before_all_and_gets_only_the_token_of_its_own_host(world: World) -> None:
    world.own(
        "registry=https://other.corp.internal/", "//other.corp.internal/:_authToken=other", "//packages.corp.internal/:_authToken=mine"
    )
    assert world.registry(CORP + "/") == Registry(CORP, "mine", scopes={})
    assert world.registry("https://evil.example.invalid").token == ""


def test_scopes_have_registries_and_tokens_of_their_own(world: World) -> None:
    world.own(
        f"registry={CORP}",
        "@acme:registry=https://private.corp.internal/acme/",
        "//private.corp.internal/acme/:_authToken=secret",
        "@old:registry=http://old.corp.internal/",
    )
    found = world.registry()
    assert found.of("lodash").url == CORP
    assert found.of("@babel/core").url == CORP
    assert found.of("@acme/tool") == Registry("https://private.corp.internal/acme", "secret")
    with pytest.raises(UsageError, match=r"the registry of @old in npm's configuration on old.corp.internal is not https"):
        found.of("@old/tool")


@pytest.mark.parametrize(
    ("url", "key", "sent"),
    [
        (CORP, "//packages.corp.internal/npm/", True),
        (CORP, "//packages.corp.internal/npm", True),
        (CORP, "//packages.corp.internal/", True),
        (CORP, "//packages.corp.internal", True),
        (CORP, "//packages.corp.internal/np", False),
        (CORP, "//packages.corp.internal/npm/team/", False),
        (CORP, "//corp.internal/", False),
        (CORP, "//packages.corp.internal.evil.example.invalid/", False),
        (CORP, "//packages.corp.internal:8443/", False),
        ("https://packages.corp.internal:8443", "//packages.corp.internal:8443/", True),
        ("https://packages.corp.internal:8443", "//packages.corp.internal/", False),
        ("https://packages.corp.internal:443", "//packages.corp.internal/", True),
    ],
)
def test_a_token_belongs_to_one_host_and_folder(world: World, url: str, key: str, sent: bool) -> None:
    world.own(f"registry={url}/", f"{key}:_authToken=secret")
    assert world.registry().token == ("secret" if sent else "")


def test_the_nearest_credentials_count(world: World) -> None:
    world.own(f"registry={CORP}/", "//packages.corp.internal/:_authToken=far", "//packages.corp.internal/npm/:_authToken=near")
    assert world.registry().token == "near"


def test_basic_credentials_in_both_spellings(world: World) -> None:
    pair = base64.b64encode(b"ci:pass word").decode()
    password = base64.b64encode(b"pass word").decode()
    world.own(f"registry={CORP}", f"//packages.corp.internal/:_auth={pair}")
    assert world.registry()[:3] == (CORP, pair, "Basic")
    world.own(f"registry={CORP}", "//packages.corp.internal/:username=ci", f"//packages.corp.internal/:_password={password}")
    assert world.registry()[:3] == (CORP, pair, "Basic")


@pytest.mark.parametrize(
    ("written", "variables", "token"),
    [
        ("${CI_TOKEN}", {"CI_TOKEN": "t0"}, "t0"),
        ("pre-${CI_TOKEN}-post", {"CI_TOKEN": "t0"}, "pre-t0-post"),
        ("${CI_TOKEN}", {}, ""),
        ("${CI_TOKEN?}", {}, ""),
        (r"\${CI_TOKEN}", {"CI_TOKEN": "t0"}, "${CI_TOKEN}"),
        ("${A}${B}", {"A": "${B}", "B": "b"}, "${B}b"),
    ],
)
def test_variables_are_filled_in_for_credentials(world: World, written: str, variables: dict[str, str], token: str) -> None:
    world.own(f"registry={CORP}", f"//packages.corp.internal/:_authToken={written}")
    assert world.registry(**variables).token == token


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("registry=https://${HOST}/npm", "depends on the environment"),
        ("prefix=${HOME}/npm", "written out"),
        ("globalconfig=etc/npmrc", "no absolute path"),
    ],
)
def test_an_address_never_depends_on_the_environment(world: World, setting: str, message: str) -> None:
    world.own("; comment", setting)
    with pytest.raises(UsageError, match=message) as refusal:
        world.registry(HOST="evil.example.invalid")
    assert (refusal.value.path, refusal.value.line) == (str(world.home / ".npmrc"), 2)


def test_neither_does_that_of_a_scope(world: World) -> None:
    world.own(f"registry={CORP}", "@acme:registry=${WHERE}")
    found = world.registry(WHERE="https://evil.example.invalid/")
    assert found.of("lodash").url == CORP
    with pytest.raises(UsageError, match="the registry of @acme in npm's configuration depends on the environment"):
        found.of("@acme/tool")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("registry=http://packages.corp.internal/", "is not https"),
        ("registry=", "is no address"),
        ("registry", "is no address"),
        ("registry=packages.corp.internal", "is no address"),
        ("registry=file:///etc/passwd", "is no address"),
        ("registry=https://ci:hunter2@packages.corp.internal/", "holds a user or a password"),
        ("registry=https://packages.corp.internal/?key=hunter2", r"holds a \? or #"),
        (f"registry={CORP}\n//packages.corp.internal/:_authToken=hunter2 hunter3", "hold a character that none has"),
        (
            f"registry={CORP}\n//packages.corp.internal/:username=ci\n//packages.corp.internal/:_password=hunter2!",
            "_password is not base64",
        ),
    ],
)
def test_a_wrong_line_is_told_with_its_place_and_without_what_is_secret(world: World, line: str, message: str) -> None:
    world.own(line)
    with pytest.raises(UsageError, match=message) as refusal:
        world.registry()
    assert refusal.value.path == str(world.home / ".npmrc")
    assert refusal.value.line
    assert "hunter" not in str(refusal.value)


@pytest.mark.parametrize("content", [b"registry=\xff\xfe", b"registry=\0", b"#" * (1 << 20) + b"##"])
def test_a_file_that_is_no_text_is_an_error(world: World, content: bytes) -> None:
    (world.home / ".npmrc").write_bytes(content)
    with pytest.raises(UsageError, match=r"\.npmrc"):
        world.registry()


@pytest.mark.parametrize(
    ("lines", "url"),
    [
        ((f'registry = "{CORP}/"',), CORP),
        ((f"registry='{CORP}/'",), CORP),
        ((f"registry={CORP} ; the mirror",), CORP),
        ((f"registry={CORP}#mirror",), CORP),
        ((f"; registry={CORP}/wrong", f"  # registry={CORP}/wrong", "", f"registry={CORP}"), CORP),
        ((f"registry={CORP}/first", f"registry={CORP}"), CORP),
        ((f'"registry"={CORP}',), CORP),
        ((f"registry={CORP}", "[section]", f"registry={CORP}/wrong"), CORP),
        ((f"registry={CORP}\r", "email=x\r"), CORP),
    ],
)
def test_the_file_is_read_as_npm_reads_it(world: World, lines: tuple[str, ...], url: str) -> None:
    world.own(*lines)
    assert world.registry().url == url


def test_the_token_is_in_no_text_of_the_record() -> None:
    inner = Registry(CORP, "secret-token")
    outer = Registry(CORP, "secret-token", scopes={"@acme": inner})
    assert repr(outer) == str(outer) == f"Registry('{CORP}', with a token)"
    assert "secret-token" not in f"{outer!r} {outer.scopes!r} {[outer]}"


def test_without_configuration_the_installed_npm_is_asked_away_from_the_repository(world: World) -> None:
    world.program("npm", f'pwd > {world.home}/where; echo "$HOME $npm_config_registry" >> {world.home}/where; echo {CORP}/')
    assert world.registry(npm_config_registry="https://evil.example.invalid/").url == CORP
    where, home, *more = (world.home / "where").read_text().split()
    assert where == home
    assert not where.startswith(str(world.root))
    assert not more


@pytest.mark.parametrize("script", ["exit 1", "echo undefined", "echo", f"echo {CORP} {CORP}", "echo https://x >&2"])
def test_an_npm_that_does_not_say_is_an_error(world: World, script: str) -> None:
    world.program("npm", script)
    with pytest.raises(GateUnavailable, match=r"npm does not say which registry it uses; set \[deps\] npm_registry"):
        world.registry()


def test_without_configuration_and_npm_the_way_out_is_told(world: World) -> None:
    with pytest.raises(
        GateUnavailable, match=r"no npm registry is configured.*; set \[deps\] npm_registry in the policy, or registry= in ~/.npmrc"
    ):
        world.registry()


def test_an_npm_of_the_repository_is_never_asked(world: World) -> None:
    evil = world.root / "node_modules" / ".bin"
    evil.mkdir(parents=True)
    (evil / "npm").write_text(f"#!/bin/sh\ntouch {world.home}/ran\necho https://evil.example.invalid/\n")
    (evil / "npm").chmod(0o755)
    with pytest.raises(GateUnavailable, match="no npm registry is configured"):
        registry(context(world.root, world.home, path=str(evil)))
    assert not (world.home / "ran").exists()


def test_the_real_npm_knows_a_default(tmp_path: Path) -> None:
    need_npm()
    (tmp_path / "home").mkdir()
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository" / ".npmrc").write_text("registry=https://evil.example.invalid/\n")
    found = registry(context(tmp_path / "repository", npm_config_registry="https://evil.example.invalid/"))
    assert found.url.startswith(("https://", "http://127.", "http://localhost"))
    assert "evil" not in found.url


@given(st.text(alphabet=st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=40))
def test_no_value_makes_the_reader_fall_over(text: str) -> None:
    value = module._unquoted(text)
    assert isinstance(value, str)
    assert len(value) <= 2 * len(text)
