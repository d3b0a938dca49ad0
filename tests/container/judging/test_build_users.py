import pytest

from gates.container.judging.users import user_of
from gates.container.setting import Setting
from gates.container.spec import Build, RuntimeSpec
from gates.core.finding import Location, Severity
from tests.container.judging.dockerfiles import defects, lines, of, parsed

PLACE = Location("compose.yaml", 3)


def started(user: str, target: str = "") -> RuntimeSpec:
    return RuntimeSpec("compose", "web", PLACE, build=Build("", "Dockerfile", target), user=Setting(user, PLACE) if user else None)


@pytest.mark.parametrize(
    ("text", "target", "user"),
    [
        ("FROM debian:13\n", "", ""),
        ("FROM debian:13\nUSER 10001:10001\n", "", "10001:10001"),
        ("FROM debian:13\nUSER app\nUSER root\n", "", "root"),
        ("FROM debian:13 AS Base\nUSER app\nFROM base\nRUN x\n", "", "app"),
        ("FROM debian:13 AS a\nUSER app\nFROM debian:13 AS b\n", "", ""),
        ("FROM debian:13 AS a\nUSER app\nFROM debian:13 AS b\n", "A", "app"),
        ("FROM debian:13\nARG UID=7\nUSER $UID\n", "", "7"),
        ("FROM debian:13\nARG UID\nUSER $UID\n", "", None),
        ("FROM debian:13\nARG UID\nUSER ${UID:-1000}\n", "", "1000"),
        ("FROM scratch\n", "", ""),
        ("FROM ghcr.io/acme/base:1\n", "", None),
        ("ARG BASE\nFROM $BASE\n", "", None),
        ("ARG V\nFROM golang:${V}\n", "", ""),
        ("FROM gcr.io/distroless/static:nonroot\n", "", "nonroot"),
        ("FROM gcr.io/distroless/static:latest\n", "", ""),
        ("FROM cgr.dev/chainguard/python:latest\n", "", "65532"),
        ("FROM cgr.dev/chainguard/wolfi-base\n", "", ""),
        ("FROM docker.io/nginxinc/nginx-unprivileged:1\n", "", "101"),
        ("FROM registry.access.redhat.com/ubi9/ubi-minimal:9.6\n", "", ""),
        ("FROM registry.access.redhat.com/ubi9/python-312:1\n", "", "1001"),
        ("FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled\n", "", "app"),
        ("FROM arm64v8/alpine:3.23\n", "", ""),
        ("FROM debian:13\n", "nosuch", None),
        ("FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\n", "", None),
    ],
)
def test_the_user_of_an_image(text: str, target: str, user: str | None) -> None:
    assert user_of(parsed(text), target) == user


def test_root_in_the_middle_is_fine_and_at_the_end_is_not() -> None:
    assert lines("user-root", "FROM debian:13\nUSER app\nUSER 0:0\nCMD x\n") == [3]
    assert not lines("user-root", "FROM debian:13\nUSER root\nRUN x\nUSER app\n")
    assert lines("user-root", "FROM debian:13 AS a\nUSER root\nFROM a\nCMD x\n") == [2]
    assert not lines("user-root", "FROM debian:13 AS a\nUSER root\nFROM debian:13\nUSER app\n")


def test_a_user_from_a_variable_without_a_value_cannot_be_judged() -> None:
    (found,) = of("user-root", defects("FROM debian:13\nARG WHO\nUSER $WHO\n"))
    assert not found.resolved


def test_a_container_that_names_another_user_makes_up_for_it() -> None:
    text = "FROM debian:13\nCMD x\n"
    assert of("user-missing", defects(text))
    assert not of("user-missing", defects(text, started=(started("10001"),)))
    assert of("user-missing", defects(text, started=(started("10001"), started(""))))
    (found,) = of("user-root", defects("FROM debian:13\nUSER root\n", started=(started("10001"),)))
    assert found.severity == Severity.MEDIUM


def test_a_target_that_is_started_is_judged_too() -> None:
    text = "FROM debian:13 AS dev\nCMD x\nFROM debian:13\nUSER app\n"
    assert not of("user-missing", defects(text))
    assert [defect.about for defect in of("user-missing", defects(text, started=(started("", "dev"),)))] == ["dev"]


def test_an_image_that_drops_root_by_itself_needs_no_user() -> None:
    assert not of("user-missing", defects("FROM postgres:18\nCOPY init.sql /docker-entrypoint-initdb.d/\n"))
    assert not of("user-missing", defects('FROM redis:8\nENTRYPOINT ["docker-entrypoint.sh"]\nCMD ["redis-server"]\n'))
    assert of("user-missing", defects('FROM postgres:18\nENTRYPOINT ["postgres"]\n'))


DROPS = '#!/bin/sh\nexec gosu app "$@"\n'


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ('COPY entrypoint.sh /\nENTRYPOINT ["/entrypoint.sh"]', {"entrypoint.sh": DROPS}),
        ('COPY docker /docker\nENTRYPOINT ["/docker/bin/run"]', {"docker/bin/run": DROPS}),
        ('WORKDIR /app\nCOPY . .\nENTRYPOINT ["./run"]', {"run": DROPS}),
        ('COPY a.sh b.sh /usr/local/bin/\nENTRYPOINT ["b.sh"]', {"a.sh": "", "b.sh": DROPS}),
        ('COPY *.sh /scripts/\nRUN chmod +x /scripts/*.sh\nENTRYPOINT ["tini", "--", "/scripts/x.sh"]', {"x.sh": DROPS}),
        ('COPY x.sh /usr/local/bin/start\nRUN ln -s usr/local/bin/start /go\nENTRYPOINT ["/go"]', {"x.sh": DROPS}),
        ("COPY x.sh /tmp/x.sh\nRUN install -m 755 /tmp/x.sh /usr/bin/start\nENTRYPOINT start", {"x.sh": DROPS}),
        ('COPY <<EOF /start\n#!/bin/sh\nexec gosu app run\nEOF\nENTRYPOINT ["/start"]', {}),
        ('RUN cat <<"EOF" > /start\n#!/bin/sh\nexec gosu app run\nEOF\nENTRYPOINT ["sh", "/start"]', {}),
        ('ENTRYPOINT ["gosu", "app"]\nCMD ["x"]', {}),
        ("ENTRYPOINT exec su-exec app x", {}),
        ('COPY x.sh /\nENTRYPOINT ["tini", "--"]\nCMD ["/x.sh"]', {"x.sh": DROPS}),
        ('COPY x.sh /\nENTRYPOINT []\nCMD ["/x.sh"]', {"x.sh": DROPS}),
        ('COPY x.sh /\nENTRYPOINT ["/x.sh"]\nCMD run $PORT', {"x.sh": DROPS}),
        ('COPY one /one\nCOPY two /two\nENTRYPOINT ["/one"]', {"one": '#!/bin/sh\nexec /two "$@"\n', "two": DROPS}),
        ('COPY one /one\nENTRYPOINT ["/one"]\nCMD ["gosu", "app", "x"]', {"one": '#!/bin/sh\nexec "$@"\n'}),
    ],
)
def test_an_entrypoint_that_is_found_and_drops_needs_no_user(text: str, files: dict[str, str]) -> None:
    found = defects(f"FROM debian:13\n{text}\n", files)
    assert not of("user-missing", found)
    assert not of("entrypoint-keeps-root", found)


def test_the_entrypoint_is_found_in_another_stage_and_in_the_context_that_compose_names() -> None:
    text = 'FROM debian:13 AS src\nCOPY files/start.sh /out/\nFROM debian:13\nCOPY --from=src /out/ /bin/\nENTRYPOINT ["start.sh"]\n'
    assert not of("user-missing", defects(text, {"files/start.sh": DROPS}))
    there = {"files/start.sh": DROPS}
    assert not of("user-missing", defects(text, there, path="docker/Dockerfile", contexts=("docker", "")))
    assert of("user-missing", defects(text, there, path="docker/Dockerfile", contexts=("docker",)))


def test_an_entrypoint_that_is_not_in_the_repository_cannot_be_judged() -> None:
    found = defects('FROM debian:13\nCOPY --from=tools /x.sh /x.sh\nENTRYPOINT ["/x.sh"]\n')
    assert [defect.resolved for defect in of("entrypoint-keeps-root", found)] == [False]
    assert of("user-missing", found)


def test_the_finding_stands_in_the_script() -> None:
    found = defects('FROM debian:13\nCOPY x.sh /\nENTRYPOINT ["/x.sh"]\n', {"x.sh": '#!/bin/sh\n\ngosu app "$@"\n'})
    (defect,) = of("entrypoint-no-exec", found)
    assert (defect.location.path, defect.location.line) == ("x.sh", 3)


def test_what_only_hands_over_files_needs_no_user() -> None:
    assert not of("user-missing", defects("FROM golang:1.26 AS b\nRUN x\nFROM scratch\nCOPY --from=b /x /\n"))
    assert of("user-missing", defects('FROM golang:1.26 AS b\nRUN x\nFROM scratch\nCOPY --from=b /x /\nENTRYPOINT ["/x"]\n'))


def test_arguments_for_the_user() -> None:
    text = "ARG UID=0\nFROM debian:13\nARG USER_ID=0\nARG USERNAME=root\nARG GID=0\nARG PUID=1000\nUSER app\n"
    assert lines("user-arg-root", text) == [1, 3]


@pytest.mark.parametrize(
    "steps",
    [
        "RUN useradd -o -u 0 app",
        "RUN useradd -ou 0 app",
        "RUN useradd --uid=0 --non-unique app",
        "RUN adduser -D -u0 app",
        "RUN useradd app && usermod -u 0 -o app",
        'RUN echo "app:x:0:0::/:/bin/sh" >> /etc/passwd',
        "RUN <<EOF\nuseradd -o -u 0 app\nEOF",
        'RUN ["useradd", "-o", "-u", "0", "app"]',
        "ARG N=0\nRUN useradd -o -u $N app",
        "COPY <<EOF /etc/passwd\napp:x:0:0::/:/bin/sh\nEOF",
    ],
)
def test_a_name_that_the_file_gives_the_number_0_is_root(steps: str) -> None:
    assert lines("user-root", f"FROM debian:13\n{steps}\nUSER app\n")
    assert lines("user-root", f"FROM debian:13 AS a\n{steps}\nFROM a\nUSER app\n")
    assert not lines("user-root", f"FROM debian:13\n{steps}\nUSER other\n")
    assert user_of(parsed(f"FROM debian:13\n{steps}\nUSER app\n"), "") == "0"


def test_a_list_of_users_is_followed_to_the_stage_that_makes_it() -> None:
    text = "FROM alpine:3.23 AS a\nRUN adduser -D -u {} app\nFROM scratch\nCOPY --from=a /etc/passwd /etc/passwd\nUSER app\nCMD x\n"
    assert lines("user-root", text.format(0))
    assert not lines("user-root", text.format(1000))


@pytest.mark.parametrize(
    "steps",
    [
        "RUN useradd -u 1000 -g 0 app",
        "RUN useradd -o -u 0 app && usermod -u 1000 app",
        'RUN echo "app:x:1000:0::/:/bin/sh" >> /etc/passwd',
        "ARG N\nRUN useradd -u $N app",
    ],
)
def test_a_name_with_another_number_is_not(steps: str) -> None:
    assert not of("user-root", defects(f"FROM debian:13\n{steps}\nUSER app\n"))


def test_a_number_that_is_not_known_and_may_be_0_cannot_be_judged() -> None:
    (found,) = of("user-root", defects("FROM debian:13\nARG N\nRUN useradd -o -u $N app\nUSER app\n"))
    assert not found.resolved


@pytest.mark.parametrize("user", ["+0", "-0", "00:1000"])
def test_numbers_of_root(user: str) -> None:
    assert lines("user-root", f"FROM debian:13\nUSER {user}\n") == [2]


def test_onbuild_names_the_user_of_other_images() -> None:
    assert lines("user-root", "FROM debian:13\nONBUILD USER root\nUSER 1000\n") == [2]
    assert not lines("user-root", "FROM debian:13\nONBUILD USER root\nONBUILD USER 7\nUSER 1000\n")
    (found,) = of("user-root", defects("FROM debian:13\nONBUILD USER $U\nUSER 1000\n"))
    assert not found.resolved


def test_windows_is_told_by_the_image_alone() -> None:
    assert lines("user-root", "# escape=`\nFROM debian:13\nUSER root\n") == [3]
    for name in ("acme/windows-exporter:1.2", "mcr.microsoft.com/windows-tools:1", "debian:windows", "acme/nanoserver:1"):
        assert lines("pipe-to-shell", f"FROM {name}\nRUN curl https://x.example/i | sh\nUSER 7\n") == [2]
    for name in (
        "mcr.microsoft.com/windows/servercore:ltsc2022",
        "mcr.microsoft.com/windows:20H2",
        "mcr.microsoft.com/dotnet/sdk:8.0-nanoserver-ltsc2022",
        "python:3.13-windowsservercore",
        "--platform=windows/amd64 acme/x:1",
    ):
        found = defects(f"FROM {name}\nRUN iwr https://x.example/i | iex\nRUN y\nUSER ContainerAdministrator\n")
        assert [each.resolved for each in of("pipe-to-shell", found)] == [False]
        assert [each.resolved for each in of("user-root", found)] == [True]
