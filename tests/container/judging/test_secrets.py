from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, strategies

from gates.container.judging.literals import is_guessable, weigh
from gates.container.setting import Setting
from gates.core.finding import Location, Severity
from tests.container.judging.specs import AT, PASSWORD, doubts, facts, hardened, ids, judged, open_, said, scanner, variable
from tests.detect.expand import expand

# Put together here, so that no file of the repository holds a secret.
REAL = "".join(("hT7kPq2Z", "sW9xVb4N", "mJ6cRf3L"))
FAMILY = expand("dop_v1_{hex:64}").decode()


def one(name: str, value: str | Setting[str], origin: str = "environment", **fields: Any) -> Any:
    found = judged(hardened(environment=(variable(name, value, origin),), **fields))
    assert len(found) == 1, found
    return found[0]


def nothing(name: str, value: str | Setting[str] | None, **fields: Any) -> bool:
    return judged(hardened(environment=(variable(name, value),), **fields)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", PASSWORD),
        ("POSTGRES_PASSWORD", REAL),
        ("API_KEY", REAL),
        ("GITHUB_TOKEN", REAL),
        ("SETTINGS", FAMILY),
        ("DATABASE_URL", f"postgres://app:{REAL}@db/app"),
        ("NEO4J_AUTH", f"neo4j/{PASSWORD}"),
        ("SESSION_SECRET", "keyboard cat"),
    ],
)
def test_a_secret_is_known_by_its_form_or_by_its_name(name: str, value: str) -> None:
    defect = one(name, value)
    assert (defect.rule.id, defect.severity, defect.subject) == ("container/plain-secret", None, f"web:{name}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("POSTGRES_PASSWORD", value)
            for value in ("postgres", "changeme", "example", "<your password>", "P@ssw0rd", "123456", "admin123", "mysecretpassword")
        ),
        *(("MYSQL_ROOT_PASSWORD", value) for value in ("somewordpress", "root", "abc", "secret!")),
        ("DATABASE_URL", "postgres://postgres:postgres@db/app"),
        ("ANTHROPIC_API_KEY", "your-secure-key"),
        ("NEO4J_AUTH", "neo4j/test"),
        ("SA_PASSWORD", "Your_password123"),
    ],
)
def test_what_everybody_can_guess_is_medium_and_says_why(name: str, value: str) -> None:
    defect = one(name, value)
    assert (defect.rule.id, defect.severity) == ("container/plain-secret", Severity.MEDIUM)
    assert "everybody can guess it" in defect.message


def test_a_password_made_of_the_names_beside_it_can_be_guessed() -> None:
    named = (variable("DB_USER", "zephyrine"), variable("DB_PASSWORD", "zephyrine1"))
    (defect,) = judged(hardened(environment=named))
    assert defect.severity == Severity.MEDIUM
    assert one("DB_PASSWORD", "zephyrine1").severity is None
    assert one("DB_PASSWORD", "zephyrine1", image=said("zephyrine/app@sha256:" + "0" * 64)).severity == Severity.MEDIUM


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("DB_PASSWORD", value)
            for value in ("", "true", "no", "0", "$DB_PASS", "${DB_PASS}", "$(DB_PASS)", "{{ vault }}", "[REDACTED]", "***")
        ),
        *(("DB_PASSWORD", value) for value in ("/run/secrets/db", "./secret.txt", "https://vault.example/x", "vault:secret/data/db#pw")),
        ("DB_PASSWORD_FILE", "/run/secrets/db"),
        ("TOKEN_LIMIT", "4096"),
        ("MAX_TOKENS", "4096"),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes"),
        ("AWF_ONE_SHOT_TOKENS", "GITHUB_TOKEN,OPENAI_API_KEY"),
        ("AUTH", "basic"),
        ("DATABASE_URL", "postgres://db:5432/app"),
        ("DATABASE_URL", "postgres://app@db:5432/app"),
        ("PUBLIC_KEY", "MIIBIjANBgkq"),
        ("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568"),
        ("LOG_LEVEL", "debug"),
        ("PATH", "/usr/bin"),
    ],
)
def test_settings_are_no_secrets(name: str, value: str) -> None:
    assert nothing(name, value)


def test_what_the_environment_fills_in_is_what_is_asked_for() -> None:
    assert nothing("DB_PASSWORD", None)
    assert nothing("DB_PASSWORD", open_("${DB_PASSWORD}"))
    assert nothing("DB_PASSWORD", open_("${DB_PASSWORD:?}"))
    assert nothing("DATABASE_URL", open_("postgres://app:${DB_PASSWORD}@db/app"))


def test_a_variable_hides_nothing_that_stands_beside_it() -> None:
    assert one("DATABASE_URL", open_(f"postgres://app:{REAL}@${{HOST}}/app")).rule.id == "container/plain-secret"


def test_a_default_is_a_rule_of_its_own() -> None:
    defect = one("DB_PASSWORD", said(PASSWORD, by_default=True, text="${DB_PASSWORD:-x}"))
    assert (defect.rule.id, defect.severity) == ("container/secret-default", None)
    assert "${DB_PASSWORD:?}" in defect.remedy
    weak = one("DB_PASSWORD", said("postgres", by_default=True, text="${DB_PASSWORD:-postgres}"))
    assert (weak.rule.id, weak.severity) == ("container/secret-default", Severity.MEDIUM)
    assert nothing("DB_PASSWORD", said("", by_default=True, text="${DB_PASSWORD:-}"))


@pytest.mark.parametrize("origin", ["build-argument", "label", "command"])
def test_secrets_stand_in_other_places_too(origin: str) -> None:
    defect = one("DB_PASSWORD", PASSWORD, origin)
    assert defect.rule.id == "container/plain-secret"
    assert defect.subject == f"web:{origin}:DB_PASSWORD"


@pytest.mark.parametrize(
    "words",
    [
        ("redis-server", "--requirepass", PASSWORD),
        ("app", f"--admin-password={PASSWORD}"),
        ("sh", "-c", f"TOKEN={FAMILY} app"),
        ("curl", f"https://u:{REAL}@x.example"),
    ],
)
def test_a_command_line_is_read(words: tuple[str, ...]) -> None:
    for field in ("command", "entrypoint"):
        assert ids(judged(hardened(**{field: said(words, text="")}))) == {"plain-secret"}


@pytest.mark.parametrize(
    "words",
    [
        ("app", "-password=", "-connectRetries=5"),
        ("app", "--password-file", "/x"),
        ("app", "--requirepass", "$PW"),
        ("app", "--password", "--verbose"),
        ("app",),
        (),
    ],
)
def test_a_command_line_without_a_secret_is_not_told_of(words: tuple[str, ...]) -> None:
    assert judged(hardened(command=said(words, text=""))) == []


def test_what_is_told_by_the_parser_and_found_in_the_command_is_told_once() -> None:
    both = hardened(command=said(("app", "--password", PASSWORD), text=""), environment=(variable("--password", PASSWORD, "command"),))
    assert len(judged(both)) == 1
    address = hardened(environment=(variable("", f"https://me:{REAL}@x.example", "command"),))
    assert "a word holds" in judged(address)[0].message


def test_in_a_test_it_is_one_step_lower() -> None:
    place = Location("tests/compose.yaml", 3, 5)
    (defect,) = judged(hardened(environment=(variable("DB_PASSWORD", PASSWORD)._replace(location=place),)))
    assert defect.severity == Severity.MEDIUM
    assert "in a test" in defect.message


@given(strategies.text(strategies.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40))
def test_no_value_is_in_any_message(value: str) -> None:
    value = f"q7~{value}"  # a word of the message's own would prove nothing
    for defect in judged(
        hardened(
            environment=(variable("DB_PASSWORD", value), variable("DB_URL", f"mysql://app:{value}@db/x"), variable("API_TOKEN", value))
        )
    ):
        assert value not in defect.message
        assert value not in defect.remedy + defect.subject


def test_a_known_secret_is_in_no_message() -> None:
    for name, value in (("DB_PASSWORD", PASSWORD), ("API_KEY", REAL), ("X", FAMILY)):
        defect = one(name, value)
        assert value not in repr(defect)
        assert value[-8:] not in repr(defect)


@given(strategies.text(max_size=60), strategies.text(max_size=60))
def test_nothing_is_too_odd_to_be_weighed(name: str, value: str) -> None:
    weigh(name, value, scanner().scan, (value[:3],))
    is_guessable(value, (name,))


# files


def files(content: Mapping[str, bytes]) -> dict[str, Any]:
    return {"tracked": content.__contains__, "read": content.get, "exists": content.__contains__}


def told_of_file(path: str, content: bytes | None, field: str = "env_files") -> list[tuple[str, Severity | None]]:
    given: dict[str, Any] = {"tracked": lambda asked: asked == path, "read": lambda asked: content}
    return [(defect.rule.id.partition("/")[2], defect.severity) for defect in judged(hardened(**{field: (said(path),)}), **given)]


def test_an_environment_file_is_as_bad_as_what_is_in_it() -> None:
    assert told_of_file(".env", f"# x\nexport DB_PASSWORD='{PASSWORD}'\n".encode()) == [("env-file-tracked", None)]
    assert told_of_file("app.env", b"POSTGRES_PASSWORD=postgres\r\nA=b\n") == [("env-file-tracked", Severity.MEDIUM)]
    assert told_of_file(".env", b"LOG_LEVEL=debug\n") == [("env-file-tracked", Severity.LOW)]
    assert told_of_file("settings.conf", b"LOG_LEVEL=debug\n") == []
    assert told_of_file(".env", None) == [("env-file-tracked", None)]
    assert told_of_file(".env", b"\xff\xfe\x00") == [("env-file-tracked", Severity.LOW)]


def test_examples_and_what_is_not_committed_are_fine() -> None:
    assert told_of_file(".env.example", f"DB_PASSWORD={PASSWORD}".encode()) == []
    assert judged(hardened(env_files=(said(".env"),)), read=lambda path: b"DB_PASSWORD=x") == []


def test_which_names_are_in_it_is_told_and_no_value() -> None:
    content = {".env": f"DB_PASSWORD={PASSWORD}\nB=1\n".encode()}
    (defect,) = judged(hardened(env_files=(said(".env"),)), **files(content))
    assert "DB_PASSWORD" in defect.message
    assert PASSWORD not in repr(defect)


def test_a_file_given_as_a_secret_is_not_committed() -> None:
    assert told_of_file("db/password.txt", PASSWORD.encode(), "secret_files") == [("env-file-tracked", None)]
    assert told_of_file("db/password.txt", b"changeme\n", "secret_files") == [("env-file-tracked", Severity.MEDIUM)]
    assert told_of_file("db/password.txt", None, "secret_files") == [("env-file-tracked", None)]
    assert told_of_file("tests/password.txt", PASSWORD.encode(), "secret_files") == [("env-file-tracked", Severity.MEDIUM)]
    assert told_of_file("server.crt", b"-----BEGIN CERTIFICATE-----\nMII\n", "secret_files") == []
    assert told_of_file("empty", b"\n", "secret_files") == []
    assert told_of_file("password.example.txt", PASSWORD.encode(), "secret_files") == []


def test_a_file_that_is_not_known_is_a_doubt_but_for_objects_of_a_cluster() -> None:
    assert doubts(judged(hardened(env_files=(open_("${ENV_FILE}"),)))) == {"env-file-tracked"}
    assert doubts(judged(hardened(secret_files=(open_("${FILE}"),)))) == {"env-file-tracked"}
    assert judged(hardened("kubernetes", env_files=(open_("secretRef app"),))) == []


# what has to be set

REQUIRED = {"required_env": ("ALLOWED_ROOT_DIRECTORY",)}


def test_a_required_setting_is_set_to_something() -> None:
    assert ids(judged(hardened(), **REQUIRED)) == {"required-env-missing"}
    assert ids(judged(hardened(environment=(variable("ALLOWED_ROOT_DIRECTORY", ""),)), **REQUIRED)) == {"required-env-missing"}
    for value in ("/data", None, open_("${ROOT}")):
        assert judged(hardened(environment=(variable("ALLOWED_ROOT_DIRECTORY", value),)), **REQUIRED) == []
    assert ids(judged(hardened(environment=(variable("ALLOWED_ROOT_DIRECTORY", "/x", "label"),)), **REQUIRED)) == {"required-env-missing"}


def test_a_file_can_set_it_and_one_that_is_not_here_may() -> None:
    content = {"app.env": b"ALLOWED_ROOT_DIRECTORY=/data\n", "empty.env": b"ALLOWED_ROOT_DIRECTORY=\n"}
    assert judged(hardened(env_files=(said("app.env"),)), read=content.get, **REQUIRED) == []
    assert ids(judged(hardened(env_files=(said("empty.env"),)), read=content.get, **REQUIRED)) == {"required-env-missing"}
    assert doubts(judged(hardened(env_files=(said(".env"),)), read=content.get, **REQUIRED)) == {"required-env-missing"}


def test_the_place_is_that_of_the_variable() -> None:
    assert one("DB_PASSWORD", PASSWORD).location == AT
    assert facts().required_env == ()
