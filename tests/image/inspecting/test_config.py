"""What the configuration of an image says: its user, its secrets, its history, its labels."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import DocumentError, read_json
from gates.core.finding import Severity
from gates.image.inspecting import config
from gates.image.inspecting.about import command, instruction
from tests.detect.expand import expand
from tests.detect.samples import scanner
from tests.doubles.images import Form, Image, Layer
from tests.image.inspecting.support import Told, inspect, layers

TOKEN = expand("{github:ghp_}").decode()
WORD = expand("{alnum:24}").decode()
PASSWD = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:/sbin/nologin\ntoor:x:0:0::/root:/bin/sh\n1st:x:1001:1001::/:/bin/sh\n"


def history(*steps: str, **config: object) -> Told:
    return inspect(Image([Layer({"a": "a"})], config, steps))


# user


@pytest.mark.parametrize("user", ["", "root", "0", "0:0", "root:app", "00", "+0", " ", ":1000", "toor", "toor:app"])
def test_root_is_told_however_it_is_written(user: str) -> None:
    finding = inspect(layers({"etc/passwd": PASSWD}, User=user)).one("user-root")
    assert finding.severity is Severity.HIGH
    assert finding.data["layer"] is None


@pytest.mark.parametrize("user", ["1000", "app", "app:root", "1000:0", "10001", "nobody-knows-me", "2147483647", "1st"])
def test_anybody_else_is_not_root(user: str) -> None:
    assert not inspect(layers({"etc/passwd": PASSWD}, User=user)).of("user-root")


@pytest.mark.parametrize("user", ["0x0", "4294967296", "4294967295", "-1", "\u0660", "1000\n0", "1e0", "0.0", "2nd", "a b"])
def test_what_is_neither_a_name_nor_a_number_is_told(user: str) -> None:
    finding = inspect(layers({"etc/passwd": PASSWD}, User=user)).one("user-root")
    assert "neither a name nor a number" in finding.message
    assert finding.message.isprintable()


def test_no_user_is_said_to_be_no_user() -> None:
    assert "names no user" in inspect(layers({"a": "a"})).one("user-root").message
    assert "USER 0:0" in inspect(layers({"a": "a"}, User="0:0")).one("user-root").message


def test_the_last_passwd_counts() -> None:
    later = {"etc/passwd": PASSWD.replace("app:x:1000", "app:x:0")}
    assert inspect(layers({"etc/passwd": PASSWD}, later, User="app")).one("user-root")
    assert not inspect(layers(later, {"etc/passwd": PASSWD}, User="app")).of("user-root")
    gone = Image([Layer(later), Layer({"a": "a"}, deleted=["etc/passwd"])], {"User": "app"})
    assert not inspect(gone).of("user-root")


# environment


@pytest.mark.parametrize(
    "variable",
    [
        f"GITHUB_TOKEN={TOKEN}",
        f"SOMETHING={TOKEN}",
        "DB_PASSWORD=hunter22xx",
        f"API_KEY={WORD}",
        f"DATABASE_URL=postgres://app:{WORD}@db/app",
        "SMTP_PASS=corr3ct horse battery",
    ],
)
def test_secret_in_the_environment(variable: str) -> None:
    told = inspect(layers({"a": "a"}, Env=["PATH=/bin", variable]))
    finding = told.one("secret-in-env")
    name, _, value = variable.partition("=")
    assert finding.severity is Severity.HIGH
    assert finding.subject == f"env {name}"
    assert value not in str(finding)
    assert not told.of("secret-in-history")


def test_environment_of_official_images_holds_no_secret() -> None:
    fingerprint = expand("{HEX:40}").decode()
    told = inspect(
        layers(
            {"a": "a"},
            Env=[
                "PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/bin",
                f"GPG_KEY={fingerprint}",
                f"GPG_KEYS={fingerprint} {fingerprint}",
                f"RABBITMQ_PGP_KEY_ID=0x{fingerprint}",
                f"OPENSSL_PGP_KEY_IDS=0x{fingerprint} 0x{fingerprint}",
                f"PYTHON_SHA256={expand('{hex:64}').decode()}",
                f"PYTHON_GET_PIP_URL=https://github.com/pypa/get-pip/raw/{expand('{hex:40}').decode()}/public/get-pip.py",
                f"REDIS_DOWNLOAD_SHA={expand('{hex:64}').decode()}",
                "POSTGRES_PASSWORD_FILE=/run/secrets/db",
                "TOKEN_URL=https://example.org/token",
                "DB_PASSWORD=",
                "DB_PASSWORD_HINT=changeme",
                "MYSQL_ROOT_PASSWORD=changeme",
                "SECRET_KEY=${SECRET_KEY}",
                "AWF_ONE_SHOT_TOKENS=GITHUB_TOKEN,NPM_TOKEN",
                "JAVA_TOOL_OPTIONS=-Xmx1g -Dkey=value",
            ],
        )
    )
    assert [finding.message for finding in told.of("secret-in-env")] == []


def test_secret_in_a_label_and_in_a_command() -> None:
    told = inspect(layers({"a": "a"}, Labels={"build.note": f"made with {TOKEN}"}, Cmd=["serve", "--token", TOKEN]))
    assert sorted(finding.subject.rpartition(":")[0] for finding in told.of("secret-in-env")) == [
        "Cmd:github-pat",
        "label build.note:github-pat",
    ]


# history


@pytest.mark.parametrize(
    ("step", "subject"),
    [
        (f"RUN |1 NPM_TOKEN={TOKEN} /bin/sh -c npm ci # buildkit", "value NPM_TOKEN"),
        (f"|2 A=b c NPM_TOKEN={WORD}1 /bin/sh -c npm ci", "value NPM_TOKEN"),
        (f"RUN |1 PASSWORD={WORD} /bin/bash -eo pipefail -c ./x # buildkit", "value PASSWORD"),
        (f"/bin/sh -c #(nop)  ARG TOKEN={TOKEN}", "value TOKEN"),
        (f"ARG TOKEN={TOKEN}", "value TOKEN"),
        (f"ENV A=1 DB_PASSWORD={WORD}", "value DB_PASSWORD"),
        (f"RUN /bin/sh -c curl -H 'Authorization: token {TOKEN}' https://api.github.com # buildkit", "github-pat:"),
        (f"/bin/sh -c git clone https://x:{TOKEN}@github.com/acme/app", "github-pat:"),
        (f'CMD ["serve" "--token={TOKEN}"]', "github-pat:"),
    ],
)
def test_secret_in_the_history(step: str, subject: str) -> None:
    told = history(step)
    finding = told.one("secret-in-history")
    assert finding.subject.startswith(subject)
    assert finding.severity is Severity.HIGH
    assert "step 2 of 2" in finding.message
    assert not [each for each in told.findings if TOKEN in str(each) or WORD in str(each)]
    assert not told.of("secret-in-env")


@pytest.mark.parametrize(
    "step",
    [
        "RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN /bin/sh -c npm ci # buildkit",
        "RUN /bin/sh -c --mount=type=secret,id=token,target=/root/.npmrc npm ci # buildkit",
        "RUN |1 NODE_ENV=production /bin/sh -c npm ci # buildkit",
        "RUN |2 TOKEN= PASSWORD=changeme /bin/sh -c npm ci # buildkit",
        "ARG TOKEN",
        "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends ca-certificates # buildkit",
        'RUN /bin/sh -c set -eux; export GNUPGHOME="$(mktemp -d)"; gpg --batch --keyserver hkps://keys.openpgp.org --recv-keys "$GPG_KEY"',
        f"RUN /bin/sh -c key='{expand('{HEX:40}').decode()}'; gpg --batch --recv-keys \"$key\" # buildkit",
        f"ENV GPG_KEY={expand('{HEX:40}').decode()}",
        'CMD ["/bin/sh"]',
    ],
)
def test_history_without_a_secret(step: str) -> None:
    assert [finding.message for finding in history(step).of("secret-in-history")] == []


def test_what_the_configuration_still_says_is_told_once() -> None:
    told = history(f"ENV TOKEN={TOKEN}", Env=[f"TOKEN={TOKEN}"])
    assert told.one("secret-in-env")
    assert not told.of("secret-in-history")
    assert history(f"ENV TOKEN={TOKEN}", Env=["TOKEN="]).one("secret-in-history")


def test_an_argument_is_told_once_for_all_its_steps() -> None:
    told = history(*(f"RUN |1 TOKEN={TOKEN} /bin/sh -c step {number} # buildkit" for number in range(3)))
    assert "step 2 of 4" in told.one("secret-in-history").message


# everything else


@pytest.mark.parametrize(
    ("config_", "more", "place"),
    [
        ({}, {"author": TOKEN}, "author"),
        ({}, {"comment": f"made with {TOKEN}"}, "comment"),
        ({}, {"os.version": TOKEN}, "os.version"),
        ({}, {"container_config": {"Env": [f"T={TOKEN}"]}}, "container_config Env"),
        ({}, {"container_config": {"Env": [f"DB_PASSWORD={WORD}1a"]}}, "Env"),
        ({}, {"moby.buildkit.buildinfo.v1": {"a": [{"b": TOKEN}]}}, "b"),
        ({"Labels": {TOKEN: "x"}}, {}, "config Labels …"),
        ({"Labels": {"com.db.password": "xK9vQ2mPz7LwRt4s"}}, {}, "config Labels com.db.password"),
        ({"WorkingDir": f"/{TOKEN}"}, {}, "config WorkingDir"),
        ({"Volumes": {f"/{TOKEN}": {}}}, {}, "config Volumes …"),
        ({"Foo": {"a": [{"b": TOKEN}]}}, {}, "config Foo a b"),
    ],
)
def test_secret_anywhere_else_in_the_configuration(config_: dict[str, object], more: dict[str, object], place: str) -> None:
    finding = inspect(Image([Layer({"a": "a"})], config_, more=more)).one("secret-in-env")
    assert place in finding.message
    assert not [word for word in (TOKEN, WORD, "xK9vQ2") if word in str(finding)]


def test_secret_in_the_author_of_a_step() -> None:
    image = Image([Layer({"a": "a"})], history=[{"created_by": "COPY", "author": TOKEN}])
    assert "history author" in inspect(image).one("secret-in-env").message


@pytest.mark.parametrize("form", ["oci-tar", "docker-oci"])
def test_secret_in_an_annotation(form: Form) -> None:
    told = inspect(layers({"a": "a"})._replace(tags=[f"registry.example.org/app:{TOKEN}"]), form=form)
    assert TOKEN not in str(told.findings)
    assert "annotations" in told.one("secret-in-env").message or "RepoTags" in told.one("secret-in-env").message


def test_variables_of_official_images_hold_no_secret_elsewhere_either() -> None:
    variables = [
        "PATH=/usr/bin",
        f"GPG_KEY={expand('{HEX:40}').decode()}",
        f"PYTHON_SHA256={expand('{hex:64}').decode()}",
        "SECRET_KEY=${X}",
    ]
    assert not inspect(Image([Layer({"a": "a"})], more={"container_config": {"Env": variables}})).of("secret-in-env")


def test_what_is_told_elsewhere_is_not_told_again() -> None:
    told = inspect(
        Image(
            [Layer({"a": "a"}, created_by=f"RUN curl {TOKEN}")],
            {"Env": ["DB_PASSWORD=hunter22xx"], "Cmd": [TOKEN]},
            more={"container_config": {"Env": ["DB_PASSWORD=hunter22xx"], "Cmd": [TOKEN]}},
        )
    )
    assert sorted(finding.subject.partition(":")[0] for finding in told.of("secret-in-env")) == ["Cmd", "env DB_PASSWORD"]


# health check, labels


def test_healthcheck_is_asked_for_in_images_of_docker_only() -> None:
    image = layers({"a": "a"})
    assert inspect(image).one("healthcheck-missing").severity is Severity.LOW
    assert inspect(image._replace(media="docker"), form="oci-tar").one("healthcheck-missing")
    assert not inspect(image, form="oci-tar").of("healthcheck-missing")
    assert not inspect(image, form="docker-oci").of("healthcheck-missing")


def test_healthcheck_that_is_switched_off_is_none() -> None:
    assert "switches" in inspect(layers({"a": "a"}, Healthcheck={"Test": ["NONE"]})).one("healthcheck-missing").message
    assert not inspect(layers({"a": "a"}, Healthcheck={"Test": ["CMD", "true"]})).of("healthcheck-missing")


def test_labels_of_the_base() -> None:
    both = dict.fromkeys(config.BASE_LABELS, "x")
    assert inspect(layers({"a": "a"})).one("base-unlabelled").data["labels"] == list(config.BASE_LABELS)
    assert inspect(layers({"a": "a"}, Labels={config.BASE_LABELS[0]: "x"})).one("base-unlabelled").data["labels"] == [config.BASE_LABELS[1]]
    assert not inspect(layers({"a": "a"}, Labels=both)).of("base-unlabelled")


# reading


@pytest.mark.parametrize(
    "wrong",
    [{"Env": "A=1"}, {"Env": [1]}, {"User": 0}, {"Labels": ["a"]}, {"Labels": {"a": 1}}, {"Healthcheck": []}, {"Cmd": {"a": "b"}}],
)
def test_what_is_of_another_type_cannot_be_judged(wrong: dict[str, object]) -> None:
    told = inspect(layers({"a": "a"}, **wrong))
    assert told.unread
    assert not told.of("user-root")


def test_null_is_nothing() -> None:
    said = config.read(read_json(b'{"config": null, "history": null}', "c"), "c")
    assert said.user == ""
    assert said.environment == ()
    assert said.healthcheck is None


_json = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda each: st.lists(each, max_size=3), max_leaves=5)
_keys = st.sampled_from(["Env", "User", "Labels", "Cmd", "Healthcheck", "Entrypoint", "OnBuild"])


@given(
    st.dictionaries(st.sampled_from(["config", "history"]), _json | st.dictionaries(_keys, _json) | st.lists(st.dictionaries(_keys, _json)))
)
def test_any_document_is_read_or_refused(document: object) -> None:
    with suppress(DocumentError):
        config.read(read_json(json.dumps(document).encode(), "c"), "c")


# instructions


@pytest.mark.parametrize(
    ("created_by", "instruction_", "values", "text"),
    [
        ("RUN /bin/sh -c make # buildkit", "RUN", (), "make"),
        ("/bin/sh -c make", "RUN", (), "make"),
        ("/bin/bash -o pipefail -c make", "RUN", (), "make"),
        ("COPY . /app # buildkit", "COPY", (), ". /app"),
        ("/bin/sh -c #(nop) COPY dir:0f1e in /app ", "COPY", (), "dir:0f1e in /app"),
        ("|2 A=1 B=x y /bin/sh -c make", "RUN", (("A", "1"), ("B", "x y")), "make"),
        ("ENV A=1 B=2", "ENV", (("A", "1"), ("B", "2")), ""),
        ("bazel build ...", "", (), "bazel build ..."),
        ("", "", (), ""),
    ],
)
def test_a_line_of_the_history_is_taken_apart(created_by: str, instruction_: str, values: tuple[object, ...], text: str) -> None:
    assert command(created_by) == (instruction_, values, text)


def test_instructions_are_shown_without_secrets_and_short() -> None:
    shown = instruction(
        f"RUN |1 TOKEN={TOKEN} /bin/sh -c curl -u x:{TOKEN} a && PASSWORD={WORD} b {'c ' * 99} # buildkit", scanner().masked
    )
    assert TOKEN not in shown
    assert WORD not in shown
    assert shown.startswith("RUN curl")
    assert len(shown) == 80
    assert instruction(f"ENV A={WORD} B=c", scanner().masked) == "ENV A=… B=…"


@given(st.text(alphabet="|12 AB=/binsh-c#nop()RUNENV\n\"'", max_size=60))
def test_any_history_is_taken_apart(created_by: str) -> None:
    instruction(created_by, lambda data: data)
