from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.detect.placeholders import is_placeholder
from tests.detect.expand import expand


@pytest.mark.parametrize(
    "value",
    [
        "",
        "<token>",
        "${TOKEN}",
        "${TOKEN:-}",
        "$TOKEN",
        "$(cat token)",
        "{{ secrets.TOKEN }}",
        "{token}",
        "%(token)s",
        "%s",
        "%TOKEN%",
        "#{token}",
        "@TOKEN@",
        "__TOKEN__",
        "[REDACTED]",
        "os.environ['TOKEN']",
        "process.env.TOKEN",
        "xxxxxxxx",
        "XXXXXXXXXXXXXXXX",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_abc...",
        "sk-***",
        "changeme",
        "change-me",
        "CHANGE_ME",
        "password",
        "your-password",
        "YourPassword",
        "your_api_key_here",
        "glpat-your-token-goes-here",
        "mysecretpassword",
        "supersecret",
        "example",
        "example-token",
        "placeholder",
        "dummy",
        "not-a-real-key",
        "test-token",
        "AKIAIOSFODNN7EXAMPLE",
        "{alnum:20}EXAMPLE{alnum:1}z",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "IQoJb3JpZ2luX2VjEOz//////wEXAMPLEtMSJ",
        "abcdefghijklmnop",
        "0123456789abcdef0123456789abcdef",
        "1234567890123456789012345678901234567890",
        "AbCdEfGhIjKlMnOpQrStUvWx",
        "12345678-1234-1234-1234-123456789012",
        "00000000-0000-0000-0000-000000000000",
        "deadbeefdeadbeefdeadbeefdeadbeef",
        "abababababababab",
        "ghp_1111111111111111111111111111111111aa",
        "sk_live_00000000000000000000000000",
    ],
)
def test_stand_in_is_told(value: str) -> None:
    assert is_placeholder(value.encode())


@pytest.mark.parametrize(
    "template",
    [
        "{alnum:16}",
        "{hex:32}",
        "{lalnum:20}",
        "{uuid}",
        "{base32:16}",
        "ghp_{alnum:14}test{alnum:18}",
        "ghp_example{alnum:29}",
        "glpat-{alnum:8}-key-{alnum:7}",
        "{b64url:12}-secret-{b64url:24}",
        "AKIA{base32:7}TEST{base32:5}",
        "correct{alnum:8}",
    ],
)
def test_word_inside_random_text_never_rejects(template: str) -> None:
    for seed in range(2000):
        value = expand(template, seed)
        assert not is_placeholder(value), value


@pytest.mark.parametrize("value", ["Tr0ub4dor&3", "hunter2!Kq", "p@ssw0rd-x9Q", "S3cure!Pa55", "correct horse battery staple", "Zx9-k2L"])
def test_password_that_a_person_chose_is_no_placeholder(value: str) -> None:
    assert not is_placeholder(value.encode())


@given(st.binary(max_size=5000))
def test_any_bytes_are_judged(value: bytes) -> None:
    assert is_placeholder(value) in (True, False)
