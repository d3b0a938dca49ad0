"""Checks of servers that are switched off by a detour: a variable, a file, an abbreviation, a tool's own word."""

import pytest

from gates.core.finding import Severity
from tests.container.judging.dockerfiles import defects, lines, of, run


@pytest.mark.parametrize(
    "command",
    [
        "wget --no-check https://example.com/a",
        "curl --insec https://example.com/a -o a",
        "echo check-certificate=off >> /etc/wgetrc",
        "composer config -g disable-tls true",
        "composer config -g secure-http false",
        "kubectl --insecure-skip-tls-verify get pods",
        "skopeo copy --src-tls-verify=false a b",
        "docker pull --tls-verify=false a",
        "aws --no-verify-ssl s3 cp s3://a b",
        "GOFLAGS=-insecure go get example.com/a@v1.0.0",
        "http --verify=no https://example.com/a",
    ],
)
def test_a_command_that_checks_no_server(command: str) -> None:
    assert [defect.severity for defect in of("tls-off", defects(run(command)))] == [None]


@pytest.mark.parametrize(
    "command",
    [
        "ssh -o StrictHostKeyChecking=no git@example.com",
        'GIT_SSH_COMMAND="ssh -o StrictHostKeyChecking=no" git clone git@example.com:a/b',
        "GOSUMDB=off go get example.com/a@v1.0.0",
    ],
)
def test_what_something_else_may_still_check_is_milder(command: str) -> None:
    assert [defect.severity for defect in of("tls-off", defects(run(command)))] == [Severity.MEDIUM]


def test_an_option_by_a_variable() -> None:
    assert lines("tls-off", "FROM debian:13\nARG OPT=-k\nRUN curl $OPT https://example.com/x -o x\n") == [3]
    assert lines("tls-off", "FROM debian:13\nENV OPT='-s --insecure'\nRUN curl ${OPT} https://example.com/x -o x\n") == [3]
    assert not lines("tls-off", "FROM debian:13\nARG OPT=-s\nRUN curl $OPT https://example.com/x -o x\n")


def test_a_settings_file_of_curl_that_the_dockerfile_holds() -> None:
    assert lines("tls-off", "FROM debian:13\nCOPY <<EOF /root/.curlrc\ninsecure\nEOF\n") == [3]


@pytest.mark.parametrize(
    "command",
    [
        "ssh -o StrictHostKeyChecking=yes git@example.com",
        "GOSUMDB=sum.golang.org go mod download",
        "echo --tls-verify=false",
        "podman pull --tls-verify=true a",
    ],
)
def test_what_leaves_the_check_on(command: str) -> None:
    assert not of("tls-off", defects(run(command)))
