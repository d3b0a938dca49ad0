"""Accounts without a password, and second roots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.finding import Severity
from gates.image.inspecting.accounts import accounts, passwords
from tests.doubles.images import Image, Layer, hard_link, link
from tests.image.inspecting.support import Told, inspect, layers

PASSWD = "root:x:0:0:root:/root:/bin/ash\ndaemon:x:1:1::/:/usr/sbin/nologin\napp:x:1000:1000::/home/app:/bin/sh\n"
SHADOW = "root:*::0:::::\ndaemon:*:19000:0:99999:7:::\napp:!:19000:0:99999:7:::\n"


def told(passwd: str = PASSWD, shadow: str = SHADOW) -> Told:
    return inspect(layers({"etc/passwd": passwd, "etc/shadow": shadow}))


@pytest.mark.parametrize(
    ("passwd", "shadow", "subjects"),
    [
        (PASSWD, SHADOW.replace("root:*", "root:"), ["password root"]),
        (PASSWD, SHADOW.replace("app:!", "app:"), ["password app"]),
        (PASSWD.replace("root:x", "root:"), SHADOW, ["password root"]),
        (PASSWD + "toor:x:0:0::/root:/bin/sh\n", SHADOW, ["uid-0 toor"]),
        (PASSWD + "a:x:0:0::/:\nb:x:0:0::/:/bin/false\n", SHADOW + "a::1:\n", ["password a", "uid-0 a", "uid-0 b"]),
    ],
)
def test_found(passwd: str, shadow: str, subjects: list[str]) -> None:
    findings = told(passwd, shadow).of("empty-password")
    assert sorted(finding.subject for finding in findings) == subjects
    assert {finding.severity for finding in findings} == {Severity.HIGH}
    assert all("from layer 1 of 1" in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("passwd", "shadow"),
    [
        (PASSWD, SHADOW),
        (PASSWD, SHADOW.replace("daemon:*", "daemon:")),  # nobody can log in as that one
        (PASSWD, SHADOW + "nobody-here::1:\n"),
        (PASSWD, SHADOW.replace("app:!", "app:!!")),
        (PASSWD, "root:*:::::::\n"),  # the others have no line, so no password fits
        ("# root::0:0\n\n+::::::\n", ""),
    ],
)
def test_fine(passwd: str, shadow: str) -> None:
    assert not told(passwd, shadow).of("empty-password")


def test_the_last_layer_counts() -> None:
    bad = SHADOW.replace("root:*", "root:")
    assert not inspect(layers({"etc/passwd": PASSWD, "etc/shadow": bad}, {"etc/shadow": SHADOW})).of("empty-password")
    finding = inspect(layers({"etc/passwd": PASSWD, "etc/shadow": SHADOW}, {"etc/shadow": bad})).one("empty-password")
    assert "layer 2 of 2" in finding.message
    assert not inspect(Image([Layer({"etc/passwd": PASSWD, "etc/shadow": bad}), Layer({"a": "a"}, deleted=["etc/shadow"])])).of(
        "empty-password"
    )


def test_an_image_without_accounts() -> None:
    assert not inspect(layers({"app": "x"})).of("empty-password")
    assert not inspect(layers({"etc/shadow": "root::::"})).of("empty-password")


ROOT = PASSWD.replace("app:x:1000", "app:x:0")
OPEN = SHADOW.replace("root:*", "root:")
THROUGH_LINKS = [
    [{"x/p": None, "etc/T": hard_link("x/p")}],
    [{"x/p": None, "x/q": hard_link("x/p"), "etc/T": hard_link("x/q")}],
    [{"x/p": None, "etc/T": link("/x/p")}],
    [{"x/p": None, "etc/T": link("../x/p")}],
    [{"etc/T": link("../x/p")}, {"x/p": None}],
    [{"etc/T": link("../x/p"), "x/p": "a:x:1:1::/:/bin/false\n"}, {"x/p": None}],
    [{"x/p": None, "x/q": link("p"), "etc/T": hard_link("x/q"), "etc/p": link("../x/p")}],
    [{"etc": link("x"), "x/T": None}],
    [{"k": link("etc"), "etc/a": "a", "k/T": None}],
    [{"etc/T": "a:x:1:1::/:/bin/false\n"}, {"x/T": None, "etc": link("x")}],
    [{"etc/T": None}, {"x": "y"}],
]


@pytest.mark.parametrize("shape", THROUGH_LINKS)
def test_links_are_followed(shape: list[dict[str, object]]) -> None:
    def image(table: str, content: str) -> list[dict[str, object]]:
        return [{name.replace("T", table): content if file is None else file for name, file in layer.items()} for layer in shape]

    assert inspect(layers(*image("passwd", ROOT), User="app")).one("user-root")
    assert not inspect(layers(*image("passwd", PASSWD), User="app")).of("user-root")
    assert (
        inspect(layers({"etc/passwd": PASSWD}, *image("shadow", OPEN), {"x/passwd": PASSWD})).one("empty-password").subject
        == "password root"
    )


@pytest.mark.parametrize(
    "later",
    [Layer({"a": "a"}, deleted=["x/p"]), Layer({"a": "a"}, opaque=["x"]), Layer({"x/p": link("nowhere")}), Layer({"x": "a"})],
)
def test_a_link_to_what_is_gone_is_no_table(later: Layer) -> None:
    linked = {"x/p": ROOT, "etc/passwd": link("../x/p")}
    assert not inspect(Image([Layer(linked), later], {"User": "app"})).of("user-root")


def test_links_without_an_end_are_an_error() -> None:
    told = inspect(layers({"etc/passwd": link("passwd-"), "etc/passwd-": link("passwd")}, User="app"))
    assert "more symbolic links" in told.unread[0].message
    assert told.unread[0].path.endswith("etc/passwd")


@pytest.mark.parametrize("table", ["passwd", "shadow"])
def test_a_table_that_is_too_large_is_an_error(table: str) -> None:
    content = "#" + "a" * (4 << 20) + "\n" + ROOT
    (unread,) = inspect(layers({f"etc/{table}": content}, User="app")).unread
    assert "no more are read of a list of accounts" in unread.message
    (unread,) = inspect(layers({"x": content, f"etc/{table}": link("/x")}, User="app")).unread
    assert "no more are read of a list of accounts" in unread.message


@pytest.mark.parametrize(
    "line", ["app:x:0", "app:x", "app", "app:x::1000", "app:x:none:0", "app:x:4294967296:0::/:", " app:x:0:0", "app:x:-0:0"]
)
def test_lines_that_runtimes_read_as_root(line: str) -> None:
    assert inspect(layers({"etc/passwd": f"root:x:0:0::/:/bin/sh\n{line}\n"}, User="app")).one("user-root")


@pytest.mark.parametrize("order", [1, -1])
def test_a_whiteout_in_the_layer_of_a_table_leaves_it(order: int) -> None:
    """As the specification has it, and docker does not when the whiteout stands behind: then there is one judgement too many."""
    files: list[tuple[str, object]] = [("etc/shadow", OPEN), ("etc/.wh.shadow", "")]
    top = Layer([("etc/passwd", PASSWD), *files[::order]])  # type: ignore[list-item]
    assert inspect(layers({"etc/shadow": SHADOW}, top)).one("empty-password")


@given(st.binary(max_size=80) | st.text(alphabet="ro:x0\n+#", max_size=80).map(str.encode))
def test_any_bytes_are_read(data: bytes) -> None:
    assert all(account.name for account in accounts(data))
    assert all(passwords(data))
