"""Accounts without a password, and second roots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.finding import Severity
from gates.image.inspecting.accounts import accounts, passwords
from tests.doubles.images import Image, Layer
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


@given(st.binary(max_size=80) | st.text(alphabet="ro:x0\n+#", max_size=80).map(str.encode))
def test_any_bytes_are_read(data: bytes) -> None:
    assert all(account.name for account in accounts(data))
    assert all(passwords(data))
