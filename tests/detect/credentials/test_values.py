"""What a value is worth where a credential would stand: chance blocks, words with a number are told, all that is none is left alone."""

from __future__ import annotations

import random
import time
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.finding import Severity
from gates.detect.credentials.names import Kind
from gates.detect.credentials.values import LONGEST, Syntax, weigh
from tests.detect.expand import expand

KINDS: tuple[Kind, ...] = ("password", "secret", "token")
SYNTAXES: tuple[Syntax, ...] = get_args(Syntax)
HIGH, MEDIUM = Severity.HIGH, Severity.MEDIUM

STRONG: tuple[tuple[Kind, str], ...] = (
    *(("password", each) for each in ("{alnum:12}", "{alnum:16}", "{alnum:10}!", "{b64:24}", "{hex:32}", "{lower:4}9!K{alnum:6}#")),
    *(("password", each) for each in ("{alnum:8}-{alnum:8}", "{alnum:6}@{alnum:6}", "{alnum:9}/{alnum:9}", "{base32:24}", "{lower:24}")),
    *(("secret", each) for each in ("{alnum:20}", "{hex:32}", "{hex:40}", "{hex:64}", "{HEX:32}", "{uuid}", "{b64:43}=", "{b64url:43}")),
    *(("secret", each) for each in ("{base32:32}", "{lalnum:24}", "{django:50}", "{alnum:8}_{alnum:24}", "sk-{alnum:40}", "{alnum:40}==")),
    *(("token", each) for each in ("{alnum:24}", "{hex:40}", "{b64url:32}", "{alnum:12}.{alnum:24}")),
)


@pytest.mark.parametrize(("kind", "template"), STRONG)
def test_chance_is_a_credential_beyond_doubt(kind: Kind, template: str) -> None:
    values = [expand(template, seed) for seed in range(40)]
    strong = sum(weigh(kind, value, "quoted") is HIGH for value in values)
    assert strong >= 36


@pytest.mark.parametrize("syntax", ["quoted", "setting", "bare", "guess"])
@pytest.mark.parametrize("template", ["{alnum:20}", "{hex:32}", "{alnum:8}-{alnum:4}-{alnum:8}", "{b64url:30}"])
def test_chance_needs_no_quotes(template: str, syntax: Syntax) -> None:
    values = [expand(template, seed) for seed in range(40)]
    assert sum(weigh("password", value, syntax) is HIGH for value in values) >= 36
    assert sum(weigh("secret", value, syntax) is HIGH for value in values) >= 36


@pytest.mark.parametrize(
    "value",
    [
        *("Summer2024!", "Blue-Horse42", "corporate2019!", "Winter!2023x", "Company123!", "Monday#2021", "Summer_2024", "Apollo_2017"),
        *("Server_2023", "Server2023!", "Oslo_2024", "Zeus_1998", "tiger.2022", "Server@65433", "Casa1987!", "odin!2002"),
        *("Pepper2005@", "pepper!1985", "Orion2000!", "server?2012", "Server._2023", "Red?Mustang.8189", "Maison_2001"),
    ],
)
def test_words_with_a_number_and_a_sign_are_told_but_do_not_block(value: str) -> None:
    assert weigh("password", value.encode(), "quoted") is MEDIUM
    assert weigh("secret", value.encode(), "quoted") in (MEDIUM, None)


@pytest.mark.parametrize("syntax", ["bare", "guess"])
def test_words_with_a_year_need_quotes_or_a_setting(syntax: Syntax) -> None:
    assert weigh("password", b"Oslo_2024", syntax) is None
    assert weigh("password", b"Oslo_2024", "setting") is MEDIUM
    assert weigh("password", b"Cold!Spring-7604", syntax) is MEDIUM


@pytest.mark.parametrize("template", ["{alnum:9}%d", "{alnum:12}%s"])
def test_chance_may_end_like_a_format(template: str) -> None:
    values = [expand(template, seed) for seed in range(40)]
    assert sum(weigh("password", value, "quoted") is not None for value in values) >= 24


@pytest.mark.parametrize("value", ["O0RqS^vxL", "k9#Tq2!x", "x7$Lp0Wz"])
def test_short_secrets_with_all_kinds_of_characters_are_told_but_do_not_block(value: str) -> None:
    assert weigh("secret", value.encode(), "setting") is MEDIUM


@pytest.mark.parametrize("template", ["{hex:12}", "{alnum:11}", "{lalnum:13}"])
def test_short_chance_is_told_as_a_secret_but_does_not_block(template: str) -> None:
    values = [weigh("secret", expand(template, seed), "quoted") for seed in range(40)]
    assert sum(value is not None for value in values) >= 32
    assert sum(value is HIGH for value in values) <= 20


NO_CREDENTIALS = (
    "password",
    "secret",
    "passwd",
    "changeme",
    "change_me",
    "your-password",
    "YOUR_PASSWORD",
    "<password>",
    "${DB_PASSWORD}",
    "$DB_PASSWORD",
    "$(cat /run/secrets/db)",
    "{{ vault_password }}",
    "{password}",
    "%(password)s",
    "%PASSWORD%",
    "#{password}",
    "<%= password %>",
    "********",
    "xxxxxxxxxxxx",
    "................",
    "the password is required",
    "Please enter your password",
    "password_field",
    "passwordInput",
    "getPassword()",
    "os.environ['PASSWORD']",
    "process.env.PASSWORD",
    "config.get('password')",
    "self.password",
    "vault:secret/data/db#password",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
    "op://vault/item/password",
    "ssm:/prod/db/password",
    "/run/secrets/db_password",
    "./secrets/password.txt",
    "C:\\Users\\x\\pw.txt",
    "secrets/password.yaml",
    "https://example.org/reset-password",
    "postgres://localhost/db",
    "user@example.org",
    "admin@corp.example.com",
    "12345678",
    "1234567890123456",
    "2024-01-31",
    "1.2.3.4",
    "0x1f2e3d4c",
    "#ff00aa",
    "true",
    "false",
    "null",
    "None",
    "undefined",
    "localhost",
    "application/json",
    "$2b$12$abcdefghijklmnopqrstuv",
    "{SSHA}abcdefghijklmnop",
    "sha256:0123456789abcdef",
    "pbkdf2_sha256$260000$abc$def",
    "com.example.app.PasswordEncoder",
    "PasswordEncoder",
    "ENC[AES256_GCM,data:abc]",
    "!vault",
    "^[a-zA-Z0-9]{8,}$",
    "[a-z0-9]{32}",
    "\\d{6,}",
    "supersecretpassword",
    "mysecretpassword",
    "correct-horse",
    "forgot-password",
    "reset_password_token",
    "Bearer",
    "Basic",
    "access_token",
    "client_credentials",
    "authorization_code",
    "X-Auth-Token",
    "text/html; charset=utf-8",
    "#password",
    ".password-input",
    "input[type=password]",
    "api_key",
    "api-key",
    "ApiKeyAuth",
    "abcdefghijklmnop",
    "0123456789abcdef",
    "aaaaaaaaaaaaaaaa",
    "deadbeefdeadbeef",
    "00000000000000000000000000000000",
    "secret123",
    "password123",
    "test1234",
    "admin123",
    "passw0rd",
    "P@ssword",
    "pk_test_abc",
    "ssh-rsa AAAAB3NzaC1yc2E",
    "-----BEGIN PUBLIC KEY-----",
    "data:image/png;base64,iVBORw0KGgo=",
    "env:DB_PASSWORD",
    "file:/etc/secret",
    "keyring:system",
    "Passwort vergessen",
    "contraseña",
    "mot de passe oublié",
    "パスワード",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "some_variable_name",
    "SOME_CONSTANT_NAME",
    "someVariableName",
    "SomeClassName",
    "module.function_name",
    "a::b::c",
    "x->y->password",
    "new Password",
    "{0}",
    "{1}",
    "%s",
    "%d",
    "{password:?}",
    "[REDACTED]",
    "[password]",
    "(none)",
    "n/a",
    "TODO",
    "FIXME",
    "10px",
    "1.5em",
    "v1.2.3",
    "1.2.3-beta.4",
    "en-US",
    "utf-8",
    "UTF-8",
    "EJ[1:0VbQ1Zk2Xw3Yv4Ut5Sr6Qp7On8Ml9Kj0Ih1Gf2Ed3CbA=:x0y1z2:abc]",
    "{JR0WYy7IMzg5XAJrxBzRyqPhe5gTJFOjFLcBj+7sffM=}",
    "password_2024",
    "changeme2024",
    "changeme-2024",
    "secret_1234",
    "user_1234",
    "test-1234",
    "error.1001",
    "ERR-10023",
    "RFC-2617",
    "windows-1252",
    "user%d",
    "password%s",
    "pw-%04d",
    "v2024.1234",
    "qwertyuiop",
    "asdfghjkl",
    "iloveyou",
)


@pytest.mark.parametrize("value", NO_CREDENTIALS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_plainly_none_is_none_in_any_syntax(kind: Kind, value: str) -> None:
    assert {weigh(kind, value.encode(), syntax) for syntax in SYNTAXES} == {None}


@pytest.mark.parametrize(
    "value",
    [
        *("P@ssw0rd", "Passw0rd", "password1", "p4ssw0rd", "secret1", "Admin123", "Admin@2021", "Welcome#2019", "changeme123", "test123"),
        *("P@ssw0rd!", "Passw0rd!", "P@$$w0rd!"),
    ],
)
def test_everybodys_password_does_not_block(value: str) -> None:
    assert weigh("password", value.encode(), "quoted") is not HIGH


def test_a_version_in_front_of_a_token_does_not_make_it_a_version() -> None:
    values = [expand("v1.1{hex:39}", seed) for seed in range(20)]
    assert sum(weigh("secret", value, "quoted") is HIGH for value in values) >= 19


def test_names_are_values_in_quotes_or_nowhere() -> None:
    """Without quotes an identifier is a variable; what reads like chance is none."""
    assert {weigh("password", name, "bare") for name in (b"databaseConnection2", b"get_database_password1", b"Connection4Users")} == {None}
    assert weigh("password", expand("{alnum:20}"), "bare") is HIGH


@pytest.mark.parametrize("code", ["{}(", "f({}", "{}[0]", "a && {}", "{} == x1", "x->{}", "A::{}", "() => {}", "[{}", "{{{}", "&{}", "*{}"])
@pytest.mark.parametrize("syntax", ["setting", "bare", "guess"])
def test_code_is_no_value_without_quotes(code: str, syntax: Syntax) -> None:
    assert weigh("password", code.format("databasePassword").encode(), syntax) is None


def test_a_uuid_is_a_secret_where_the_name_says_so_and_no_token_of_whatever_use() -> None:
    uuid = expand("{uuid}")
    assert (weigh("secret", uuid, "quoted"), weigh("token", uuid, "quoted")) == (HIGH, None)


def test_what_base64_says_is_judged() -> None:
    import base64

    assert weigh("secret", base64.b64encode(b"please enter the value here"), "quoted") is None
    assert weigh("secret", base64.b64encode(b"${SECRET_FROM_THE_ENVIRONMENT}"), "quoted") is None
    assert weigh("password", base64.b64encode(expand("{alnum:18}")), "quoted") is HIGH


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_no_name_no_credential(syntax: Syntax) -> None:
    assert weigh("", expand("{alnum:30}"), syntax) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_too_short_or_too_long_is_none(kind: Kind) -> None:
    assert weigh(kind, expand("{alnum:5}"), "quoted") is None
    assert weigh(kind, expand(f"{{alnum:{LONGEST + 1}}}"), "quoted") is None


@pytest.mark.parametrize("value", ["{alnum:10} {alnum:10}", "{alnum:10}ü{alnum:10}", "{alnum:10}\t{alnum:10}", "{alnum:10}\0{alnum:10}"])
@pytest.mark.parametrize("kind", KINDS)
def test_spaces_controls_and_other_scripts_are_in_no_credential(kind: Kind, value: str) -> None:
    assert weigh(kind, expand(value), "quoted") is None


CHARSETS = {
    "letters and digits": ascii_letters + digits,
    "letters": ascii_letters,
    "lower case": ascii_lowercase,
    "lower case and digits": ascii_lowercase + digits,
    "upper case and digits": ascii_uppercase + digits,
    "hexadecimal": "0123456789abcdef",
    "HEXADECIMAL": "0123456789ABCDEF",
    "base32": ascii_uppercase + "234567",
    "base64": ascii_letters + digits + "+/",
    "base64 for URLs": ascii_letters + digits + "-_",
    "letters, digits and signs": ascii_letters + digits + "!@#$%^&*",
    "printable": "".join(chr(code) for code in range(33, 127) if chr(code) not in "\\\"'`"),
}
_LENGTHS = (16, 18, 20, 24, 32, 40, 64)


def share(kind: Kind, charset: str) -> float:
    dice = random.Random(f"{kind} {charset}")
    values = ["".join(dice.choices(CHARSETS[charset], k=length)).encode() for length in _LENGTHS for _ in range(120)]
    return sum(weigh(kind, value, "quoted") is HIGH for value in values) / len(values)


_WEIGHT = pytest.mark.xfail(reason="98 %: with 16 to 20 characters two in a hundred weigh too little")
_REFERENCE = pytest.mark.xfail(reason="96 %: a $ before letters at the end, {a}, <a> are read as references or patterns")
_SHORT_OF = {
    "lower case": _WEIGHT,
    "hexadecimal": _WEIGHT,
    "HEXADECIMAL": _WEIGHT,
    "printable": _REFERENCE,
}


@pytest.mark.parametrize("charset", [pytest.param(name, marks=_SHORT_OF.get(name, ())) for name in CHARSETS])
def test_random_passwords_block(charset: str) -> None:
    assert share("password", charset) >= 0.99


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", ["secret", "token"])
def test_random_secrets_block(kind: Kind, charset: str) -> None:
    assert share(kind, charset) >= 0.95


_WORDS = st.lists(
    st.sampled_from(
        [
            *("enter", "your", "password", "here", "the", "secret", "was", "not", "found", "on", "server", "config", "database", "user"),
            *("service", "account", "reset", "settings", "default", "profile", "handler", "request", "update", "create", "list", "item"),
        ]
    ),
    min_size=1,
    max_size=8,
)


@given(_WORDS, st.sampled_from(KINDS), st.sampled_from(SYNTAXES))
def test_words_never_are_a_credential(words: list[str], kind: Kind, syntax: Syntax) -> None:
    titles = "".join(word.title() for word in words)
    texts = [" ".join(words), " ".join(words).capitalize() + ".", "_".join(words), "-".join(words), ".".join(words)]
    texts += ["_".join(words).upper(), ":".join(words), ", ".join(words)]
    assert [text for text in texts if weigh(kind, text.encode(), syntax)] == []
    # Without spaces many words make a passphrase.
    joined = [titles, words[0] + titles[len(words[0]) :], "".join(words)]
    assert [text for text in joined if weigh(kind, text.encode(), syntax) is HIGH] == []


@given(_WORDS, st.integers(0, 9999), st.sampled_from(KINDS), st.sampled_from(SYNTAXES))
def test_paths_addresses_and_references_never_are_a_credential(words: list[str], number: int, kind: Kind, syntax: Syntax) -> None:
    path, name = "/".join(words), "_".join(words).upper()
    texts = [f"/{path}", f"./{path}.txt", f"~/{path}/{number}.pem", f"C:\\Users\\{words[0]}\\file.txt", f"{path}/{words[0]}.json"]
    texts += [f"https://{words[0]}.example.org/{path}?page={number}", f"redis://{words[0]}:{number}/0", f"{words[0]}{number}@example.org"]
    texts += [
        f"${{{name}}}",
        f"${name}",
        f"$({words[0]})",
        f"{{{{ {words[0]}.{number} }}}}",
        f"%{name}%",
        f"%({words[0]})s",
        f"<{words[0]}>",
    ]
    texts += [f"os.environ['{name}']", f"process.env.{name}", f"secrets.{name}", f"vault:{path}", f"arn:aws:ssm:eu-west-1:{number}:{path}"]
    assert [text for text in texts if weigh(kind, text.encode(), syntax)] == []


@given(
    st.binary(max_size=200) | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80).map(str.encode),
    st.sampled_from(KINDS),
)
def test_a_looser_syntax_never_finds_more(value: bytes, kind: Kind) -> None:
    """In quotes a backslash starts an escape, elsewhere it is a character like others."""
    value = value.replace(b"\\", b"/")
    quoted, setting, bare, guess = (weigh(kind, value, syntax) or Severity.INFO for syntax in ("quoted", "setting", "bare", "guess"))
    assert quoted >= setting >= bare >= guess
    assert guess in (Severity.INFO, HIGH)


@pytest.mark.parametrize(
    "unit",
    [
        *("a", "aB3", "A-", "$", "%41", "{a", "a.", "/a", "QUFB", "aaaaaaaab", "\\", "<a", "(?", "0.0", "]", "[a-z]", "{{"),
        "[",
    ],
)
def test_no_value_takes_long(unit: str) -> None:
    value = (unit * LONGEST)[:LONGEST].encode()
    start = time.process_time()
    for kind in KINDS:
        for syntax in SYNTAXES:
            weigh(kind, value, syntax)
    assert time.process_time() - start < 0.5
