from hashlib import sha256

import pytest

from gates.container.judging.around import Around
from gates.container.judging.build import judge
from gates.core.documents import DocumentError
from gates.core.finding import Severity
from tests.container.judging.dockerfiles import TODAY, defects, lines, of, parsed, scan

# put together here, since nothing that looks like a secret may stand in a file
TOKEN = "glpat-" + sha256(b"a token").hexdigest()[:20]
VALUE = "Tr33" + "-h0use" + "-9kQ"


def test_a_secret_in_the_environment_of_the_image() -> None:
    text = f"FROM debian:13\nENV A=1 \\\n  DB_PASSWORD={VALUE}\nENV API {VALUE}\nENV GH={TOKEN}\n"
    found = of("secret-in-env", defects(text))
    assert [defect.location.line for defect in found] == [3, 5]
    assert not any(VALUE in str(defect) or TOKEN in str(defect) for defect in found)


@pytest.mark.parametrize(
    "line",
    [
        "ENV DB_PASSWORD_FILE=/run/secrets/db",
        "ENV DB_PASSWORD=",
        "ENV GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
        "ENV TOKENS=API_TOKEN,OTHER_TOKEN",
        "ENV AUTH_TOKEN_URL=https://auth.example.com/token",
        "ENV NODE_SHA256=2d9a4c1f6be4d1b0a8f3c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c",
        "LABEL org.example.password=none",
    ],
)
def test_what_is_no_secret(line: str) -> None:
    found = defects(f"FROM debian:13\n{line}\n")
    assert not of("secret-in-env", found)


def test_a_well_known_stand_in_is_milder() -> None:
    (found,) = of("secret-in-env", defects("FROM debian:13\nENV DB_PASSWORD=changeme\n"))
    assert found.severity == Severity.MEDIUM


def test_build_arguments() -> None:
    text = f"ARG ADMIN_PASSWORD={VALUE}\nFROM debian:13\nARG NPM_TOKEN\nARG API_KEY=\nARG VERSION\nENV NPM_TOKEN=$NPM_TOKEN\n"
    found = defects(text)
    assert [(each.location.line, each.severity) for each in of("secret-in-arg", found)] == [
        *((1, None), (3, Severity.MEDIUM), (4, Severity.MEDIUM)),
    ]
    assert [each.severity for each in of("secret-in-env", found)] == [Severity.MEDIUM]


def test_a_build_argument_of_a_stage_that_is_not_delivered_is_milder() -> None:
    (found,) = of("secret-in-arg", defects("FROM debian:13 AS b\nARG NPM_TOKEN\nFROM debian:13\n"))
    assert found.severity == Severity.LOW


def test_a_secret_that_a_command_sets() -> None:
    assert lines("secret-in-arg", f"FROM debian:13\nRUN export DB_PASSWORD={VALUE} && make\n") == [2]
    assert lines("secret-in-env", f'FROM debian:13\nCMD ["app", "--token={TOKEN}"]\n') == [2]
    assert not lines("secret-in-arg", "FROM debian:13\nRUN export DB_PASSWORD=$(cat /run/secrets/db) && make\n")


@pytest.mark.parametrize(
    "source", [".env", "./.env.production", "config/.env", "id_rsa", ".ssh", ".aws/", "certs/server.key", ".netrc", ".git"]
)
def test_a_file_of_credentials_that_is_copied(source: str) -> None:
    assert lines("secret-file-copied", f"FROM debian:13\nCOPY --chown=1 package.json {source} /app/\n") == [2]


@pytest.mark.parametrize(
    "source", [".env.example", ".env.sample", "ca.pem", "id_rsa.pub", "nodesource.gpg", "environment", "src", "setup.sql"]
)
def test_a_file_that_is_none(source: str) -> None:
    assert not lines("secret-file-copied", f"FROM debian:13\nCOPY {source} /app/\n")


def test_the_file_itself_is_looked_at_where_it_is_there() -> None:
    text = "FROM debian:13\nCOPY .npmrc .env key.pem /app/\n"
    plain = {".npmrc": "registry=https://npm.example.com/\n", ".env": "DEBUG=1\n", "key.pem": "-----BEGIN CERTIFICATE-----\n"}
    (found,) = of("secret-file-copied", defects(text, plain))
    assert found.severity == Severity.LOW
    full = {".npmrc": f"//npm.example.com/:_authToken={TOKEN}\n", ".env": f"DB_PASSWORD={VALUE}\n"}
    assert [each.severity for each in of("secret-file-copied", defects(text, full))] == [None, None]


KEY = "-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n"


@pytest.mark.parametrize(
    ("copy", "file"),
    [
        ("COPY conf /etc/app/", "conf/id_rsa"),
        ("COPY ./conf/ /etc/app/", "conf/deep/server.key"),
        ("COPY *.pem /etc/", "server.pem"),
        ("COPY id_* /root/", "id_rsa"),
        ("COPY conf/*/ /etc/", "conf/a/tls.key"),
        ("COPY deploy /root/.ssh/id_rsa", "deploy"),
        ("RUN --mount=type=bind,source=conf,target=/x cp -r /x /app", "conf/id_rsa"),
        ("RUN --mount=type=bind,target=/x cp -r /x/conf /app", "conf/id_rsa"),
    ],
)
def test_a_key_in_what_is_copied(copy: str, file: str) -> None:
    (found,) = of("secret-file-copied", defects(f"FROM debian:13\n{copy}\n", {file: KEY}))
    assert found.severity is None
    assert "private" in found.message
    assert not of("secret-file-copied", defects(f"FROM debian:13\n{copy}\n", {file: "-----BEGIN CERTIFICATE-----\n"}))[1:]


def test_what_is_kept_out_of_a_folder_that_is_copied_is_not_in_it() -> None:
    text, files = "FROM debian:13\nCOPY conf /etc/app/\n", {"conf/id_rsa": KEY, "conf/app.yml": "a: 1\n"}
    assert of("secret-file-copied", defects(text, files))
    assert not of("secret-file-copied", defects(text, {**files, ".dockerignore": "**/id_rsa\n"}))
    assert not of("secret-file-copied", defects(text.replace("COPY", "COPY --exclude=id_rsa"), files))
    assert not of("secret-file-copied", defects(text, {"other/id_rsa": KEY, "configuration/id_rsa": KEY}))
    (found,) = of("secret-file-copied", defects(text, {"conf/.env": "DEBUG=1\n"}))
    assert found.severity == Severity.LOW
    (found,) = of("secret-file-copied", defects(text, {"conf/tests/id_rsa": KEY}))
    assert found.severity is not None
    assert found.severity < Severity.HIGH


@pytest.mark.parametrize(
    "copy",
    [
        *("COPY .e?v /app/", "COPY .en[v] /app/", "COPY id_* /root/.ssh/", "COPY cert.p12 /app/", "COPY .htpasswd /etc/nginx/"),
        *("COPY terraform.tfvars /app/", "COPY service-account.json /app/", "COPY .my.cnf /root/", "COPY private.pem /app/"),
        *("COPY deploy /root/.ssh/id_rsa", "COPY secrets.yml /app/"),
    ],
)
def test_what_its_name_or_place_says_is_milder(copy: str) -> None:
    assert [each.severity for each in of("secret-file-copied", defects(f"FROM debian:13\n{copy}\n"))] == [Severity.MEDIUM]


@pytest.mark.parametrize(
    "instruction",
    [
        *("COPY package*.json ./", "COPY *.md /app/", "COPY .* /app/", "COPY truststore.p12 /app/", "COPY deploy /root/.ssh/config"),
        *("COPY env.dist /app/.env", "COPY key.pub /root/.ssh/id_rsa.pub", "COPY public-key.pem /app/", "COPY hosts /root/.ssh/"),
        *("RUN --mount=type=bind,source=.env,target=/x cat /x", "RUN --mount=type=bind,target=. make", "RUN cp .env /app/"),
    ],
)
def test_what_neither_name_nor_place_gives_away(instruction: str) -> None:
    assert not of("secret-file-copied", defects(f"FROM debian:13\n{instruction}\n"))


def test_the_whole_context_out_of_a_mount() -> None:
    text = "FROM debian:13\nRUN --mount=type=bind,target=/src cp -r /src /app\n"
    assert lines("dockerignore-gap", text) == [2]
    assert not lines("dockerignore-gap", text, {".dockerignore": "**\n"})


def test_what_another_stage_or_a_mount_gives_is_not_copied() -> None:
    text = "FROM debian:13\nCOPY --from=build /app/.env /app/\nRUN --mount=type=secret,id=env,target=/app/.env make\n"
    assert not of("secret-file-copied", defects(text))


def gaps(text: str, files: dict[str, str], contexts: tuple[str, ...] = ("",)) -> list[str]:
    return [
        defect.message.partition("keeps out ")[2] or defect.message.partition("keep out ")[2]
        for defect in of("dockerignore-gap", defects(text, files, contexts=contexts))
    ]


COPY = "FROM debian:13\nCOPY . /app\n"


def test_what_dockerignore_lets_through() -> None:
    assert gaps(COPY, {}) == [".env and .git"]
    assert gaps(COPY, {".dockerignore": ".git\n"}) == [".env"]
    assert gaps(COPY, {".dockerignore": ".git\n.env*\n"}) == []
    assert gaps(COPY, {".dockerignore": ".git\n.env\n", "Dockerfile.dockerignore": ""}) == [".env and .git"]
    assert gaps(COPY, {"web/.dockerignore": ".env\n"}, ("web",)) == []
    assert gaps(COPY, {"web/.dockerignore": "src\n"}, ("web",)) == [".env"]
    assert gaps("FROM debian:13\nCOPY --exclude=.env --exclude=.git . /app\n", {}) == []
    assert gaps("FROM debian:13\nCOPY src /app\nCOPY --from=x . /y\n", {}) == []
    assert gaps("FROM debian:13\nADD ./ /app\nCOPY * /b\n", {}) == [".env and .git"]


def test_a_dockerignore_that_cannot_be_read_cannot_be_judged() -> None:
    (found,) = of("dockerignore-gap", defects(COPY, {".dockerignore": b"\xff\xfe\x00"}))
    assert not found.resolved


def test_a_source_that_cannot_be_read_is_judged_by_its_name() -> None:
    def unreadable(path: str) -> bytes | None:
        raise DocumentError("cannot be read", path)

    around = Around(unreadable, lambda path: True, ("",), (), TODAY, scan)
    found = list(judge(parsed("FROM debian:13\nCOPY .env /app/\n"), around))
    assert [each.severity for each in of("secret-file-copied", found)] == [None]


@pytest.mark.parametrize(
    "instruction",
    [
        f'RUN curl -H "Authorization: Bearer {TOKEN}" -o x https://example.com/x',
        f"RUN curl -u user:{VALUE} -O https://example.com/x",
        f"RUN git clone https://user:{VALUE}@example.com/a.git",
        f'RUN echo "root:{VALUE}" | chpasswd',
        f"RUN docker login -u me -p {VALUE} registry.example.com",
        f"RUN <<EOF\ncurl --user me:{VALUE} https://example.com\nEOF",
        f"COPY <<EOF /app/.env\nDB_PASSWORD={VALUE}\nEOF",
        f"ADD https://user:{VALUE}@example.com/f.tar /f",
    ],
)
def test_a_secret_in_what_stays_in_the_history(instruction: str) -> None:
    found = of("secret-in-arg", defects(f"FROM debian:13\n{instruction}\n"))
    assert [defect.severity for defect in found] == [None]
    assert VALUE not in str(found)
    assert TOKEN not in str(found)


@pytest.mark.parametrize(
    "instruction",
    [
        f"LABEL token={TOKEN}",
        f'HEALTHCHECK CMD curl -H "Authorization: Bearer {TOKEN}" http://localhost/',
        f'CMD ["app", "--token", "{TOKEN}"]',
        'ENV PRIVATE_KEY="-----BEGIN RSA ' + 'PRIVATE KEY-----\\nMIIEpAIBAAKCAQEA"',
    ],
)
def test_a_secret_in_what_the_configuration_holds(instruction: str) -> None:
    assert len(of("secret-in-env", defects(f"FROM debian:13\n{instruction}\n"))) == 1


def test_a_secret_that_a_variable_holds_is_none_of_the_file() -> None:
    text = 'FROM debian:13\nARG T\nRUN curl -u "user:$T" https://u:${T}@example.com -H "Authorization: Bearer $(cat /run/secrets/t)"\n'
    assert not of("secret-in-arg", defects(text))


def test_a_value_that_says_it_is_for_the_build_only_is_milder() -> None:
    for value in ("dummy-for-collectstatic", "placeholder-during-build", "build-only"):
        found = of("secret-in-env", defects(f"FROM debian:13\nENV SECRET_KEY={value}\n"))
        assert [defect.severity for defect in found] == [Severity.MEDIUM], value
