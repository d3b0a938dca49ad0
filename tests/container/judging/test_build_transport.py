import pytest

from gates.core.finding import Severity
from tests.container.judging.dockerfiles import defects, lines, of, run

OFF = [
    "curl -k https://x.example.com/a.json | jq .",
    "curl -fsSLk https://x.example.com",
    "curl --insecure https://x.example.com",
    "wget --no-check-certificate https://x.example.com/key.asc",
    "pip install --trusted-host pypi.example.com acme==1",
    "pip config set global.trusted-host pypi.example.com",
    "apt-get install -y --allow-unauthenticated x",
    "apt-get -o Acquire::https::Verify-Peer=false update",
    "echo 'Acquire::https::Verify-Peer \"false\";' > /etc/apt/apt.conf.d/99",
    "echo 'deb [arch=amd64 trusted=yes] https://apt.example.com/ x main' >> /etc/apt/sources.list",
    "yum install -y --nogpgcheck x",
    "dnf --setopt=sslverify=false install x",
    "sed -i 's/gpgcheck=1/gpgcheck=0/' /etc/yum.conf",
    "git config --global http.sslVerify false",
    "git -c http.sslVerify=false clone https://git.example.com/x",
    "GIT_SSL_NO_VERIFY=1 git clone https://git.example.com/x",
    "export NODE_TLS_REJECT_UNAUTHORIZED=0 && npm ci",
    "env PYTHONHTTPSVERIFY=0 python x.py",
    "npm config set strict-ssl false && npm ci",
    "yarn config set strict-ssl false",
    "conda config --set ssl_verify false",
    "cat <<EOF > /etc/yum.repos.d/x.repo\n[x]\ngpgcheck=0\nEOF",
    "echo insecure >> ~/.curlrc",
    "zypper --no-gpg-checks install x",
]
ON = [
    "curl -fsSL https://x.example.com | sort -k 2",
    "curl -k https://localhost:8443/health",
    "tar -k -xf x.tar && curl -K config",
    "echo 'never use curl -k'",
    "NODE_TLS_REJECT_UNAUTHORIZED=1 npm ci",
    "git config --global http.sslVerify true",
    "npm config set strict-ssl true",
    "apt-get -o Acquire::Check-Valid-Until=false update",
    "pip install --index-url https://pypi.example.com/simple acme==1",
    "echo 'deb [signed-by=/etc/apt/keyrings/x.gpg] https://apt.example.com/ x main' >> /etc/apt/sources.list",
    "yum install -y gpgcheck-tools",
]


@pytest.mark.parametrize("command", OFF)
def test_a_check_that_is_switched_off_is_told(command: str) -> None:
    assert lines("tls-off", f"FROM debian:13\nRUN {command}\n")


@pytest.mark.parametrize("command", ON)
def test_a_flag_of_something_else_is_not(command: str) -> None:
    assert not of("tls-off", defects(run(command)))


def test_variables_of_the_image() -> None:
    text = (
        "FROM debian:13\nENV A=1 \\\n    NODE_TLS_REJECT_UNAUTHORIZED=0\nARG GIT_SSL_NO_VERIFY=true\nENV PIP_TRUSTED_HOST=x.example.com\n"
    )
    assert lines("tls-off", text) == [3, 4, 5]
    assert not lines("tls-off", "FROM debian:13\nARG NODE_TLS_REJECT_UNAUTHORIZED\nENV PYTHONHTTPSVERIFY=1 NPM_CONFIG_STRICT_SSL=true\n")


def test_a_package_without_a_signature_that_lies_there_is_milder() -> None:
    (found,) = of("tls-off", defects(run("apk add --no-cache --allow-untrusted /tmp/x.apk", "alpine:3.23")))
    assert found.severity == Severity.MEDIUM
