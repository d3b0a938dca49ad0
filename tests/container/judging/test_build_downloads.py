import pytest

from tests.container.judging.dockerfiles import defects, lines, of, run

URL = "https://get.example.com/install.sh"
TO_A_SHELL = [
    f"curl {URL} | sh",
    f"curl -fsSL {URL} | sudo -E bash -",
    f"wget -qO- {URL} | bash -s -- --yes",
    f"wget -O - {URL} | tee /tmp/log | sh",
    f"curl {URL} | gunzip | sh",
    f"curl {URL} | python3 -",
    f"curl {URL} | POETRY_HOME=/opt python3",
    f'sh -c "$(curl -fsSL {URL})"',
    f"bash <(curl -s {URL})",
    f'eval "$(wget -qO- {URL})"',
    f". <(curl {URL})",
    f"bash -c 'curl {URL} | sh'",
    f"set -o pipefail && (curl {URL} || wget -O- {URL}) | sh",
    f"curl {URL} | env X=1 sh",
    f"curl {URL} |& bash",
    f'perl -e "$(curl {URL})"',
]
TO_ANOTHER = [
    f"curl {URL} | tar xz",
    f"wget -qO- {URL} | gpg --dearmor -o /k.gpg",
    f"curl {URL} | apt-key add -",
    f"curl {URL} | jq -r .sh",
    f"curl {URL} | sh -c 'cat > /x'",
    f"curl {URL} | python3 -c 'import sys'",
    f"curl {URL} | python3 -m json.tool",
    f"echo 'curl {URL} | sh'",
    f"grep -q 'curl {URL} | sh' README || true",
    "cat install.sh | sh",
    "curl -s http://localhost:8080/x | sh",
    f"curl -o x {URL} && echo hi | sh",
    f'VERSION=$(curl -s {URL}) && sh -c "echo $VERSION"',
]


@pytest.mark.parametrize("command", TO_A_SHELL)
def test_a_download_that_a_shell_runs_is_told(command: str) -> None:
    assert set(lines("pipe-to-shell", run(command))) == {2}


@pytest.mark.parametrize("command", TO_ANOTHER)
def test_a_download_for_another_program_is_not(command: str) -> None:
    assert not of("pipe-to-shell", defects(run(command)))


def test_what_a_shell_would_not_read_cannot_be_judged() -> None:
    (found,) = of("pipe-to-shell", defects(run("echo 'open")))
    assert not found.resolved


FILE = "https://downloads.example.com/tool-1.2.tgz"
UNVERIFIED = [
    f"curl -fsSLO {FILE}",
    f"curl {FILE} > /tmp/x",
    f"curl -L {FILE} | tar xz",
    f"wget {FILE}",
    f"wget -P /tmp {FILE}",
    f"wget -qO /usr/bin/tool {FILE}",
    f"curl {FILE} | zcat > /x",
    f"sh -c 'wget {FILE}'",
    f"curl -O {FILE} && sha256sum tool-1.2.tgz",
    f"curl -O {FILE} && echo 'x  other.tgz' | sha256sum --strict tool",
]
VERIFIED = [
    f"curl -fsSLO {FILE} && echo 'aa  tool-1.2.tgz' | sha256sum -c -",
    f"curl -fsSLo /tmp/t {FILE} && echo 'aa */tmp/t' | shasum -a 256 -c",
    f'curl -o t {FILE} && [ "$(sha256sum t | cut -d" " -f1)" = aa ]',
    f"curl -o t {FILE} && sha256sum t | grep -q aa",
    f"curl -O {FILE} && curl -O {FILE}.sha256 && sha256sum --check --status tool-1.2.tgz.sha256",
    f"curl -O {FILE} && curl -O {FILE}.asc && gpg --batch --verify tool-1.2.tgz.asc tool-1.2.tgz",
    f"curl -O {FILE} && cosign verify-blob --key k.pub --signature s tool-1.2.tgz",
    f"wget {FILE} && openssl dgst -sha256 -verify k.pub -signature s tool-1.2.tgz",
    f"curl -sI {FILE}",
    f"curl -o /dev/null {FILE}",
    f"wget --spider {FILE}",
    f"curl -fsS {FILE} | grep version",
    "curl -fsSL https://downloads.example.com/key.gpg -o /etc/apt/keyrings/acme.gpg",
    "wget -O /etc/yum.repos.d/acme.repo https://downloads.example.com/acme.repo",
    "curl -o /x http://127.0.0.1/x",
]


@pytest.mark.parametrize("command", UNVERIFIED)
def test_a_file_that_nothing_compares_is_told(command: str) -> None:
    assert lines("unverified-download", run(command)) == [2]


@pytest.mark.parametrize("command", VERIFIED)
def test_a_file_that_is_compared_is_not(command: str) -> None:
    assert not of("unverified-download", defects(run(command)))


def test_a_check_that_names_one_file_is_for_that_one() -> None:
    text = run(f"curl -O {FILE} \\\n && curl -o /b https://downloads.example.com/b.bin \\\n && echo 'aa  tool-1.2.tgz' | sha256sum -c")
    assert lines("unverified-download", text) == [3]


def test_add_of_an_address() -> None:
    assert lines("unverified-download", f"FROM debian:13\nADD {FILE} /x\n") == [2]
    assert not lines("unverified-download", f"FROM debian:13\nADD --checksum=sha256:aa {FILE} /x\n")
    assert not lines("unverified-download", "FROM debian:13\nADD https://git.example.com/x.git#v1 /x\nADD x.tgz /x\n")
    assert lines("unverified-download", f"FROM debian:13\nARG U={FILE}\nADD $U /x\n") == [3]


@pytest.mark.parametrize(
    "instruction",
    [
        *(
            "RUN yum install -y https://x.example/a.rpm",
            "RUN dnf -y install https://x.example/a.rpm",
            "RUN rpm -Uvh https://x.example/a.rpm",
        ),
        *(
            "RUN rpm --install https://x.example/a.rpm",
            "RUN pip install https://x.example/t.tgz",
            "RUN pip install 't @ https://x.example/t.whl'",
        ),
        *("RUN python3 -m pip install -r https://x.example/r.txt", "RUN uv pip install https://x.example/t.tgz"),
        *(
            "RUN npm install -g https://x.example/t.tgz",
            "RUN unzip <(curl -L https://x.example/a.zip)",
            "RUN tar xz < <(curl https://x.example/a)",
        ),
        *("ADD https://github.com/a/b.git /b", "ADD git@github.com:a/b.git#main /b", "ADD https://github.com/a/b.git#:folder /b"),
    ],
)
def test_what_is_installed_as_it_comes(instruction: str) -> None:
    assert lines("unverified-download", f"FROM debian:13\n{instruction}\n") == [2]


@pytest.mark.parametrize(
    "instruction",
    [
        *(
            "RUN yum install -y nginx",
            "RUN rpm --import https://x.example/k",
            "RUN rpm -qip https://x.example/a.rpm",
            "RUN rpm -i /tmp/a.rpm",
        ),
        f"RUN pip install https://x.example/t.tgz#sha256={'ab' * 32}",
        f"RUN pip install https://github.com/a/b/archive/{'ab' * 20}.zip",
        "RUN pip install --index-url https://x.example/simple flask==3.0.0",
        "RUN npm --registry https://x.example/ install -g x@1.0.0",
        f"ADD https://github.com/a/b.git#{'ab' * 20} /b",
        *(
            "ADD https://github.com/a/b.git#v1.2.3 /b",
            "RUN diff <(curl https://x.example/a) b",
            "RUN pip install git+https://github.com/a/b@v1",
        ),
    ],
)
def test_what_is_fixed_or_from_a_registry(instruction: str) -> None:
    assert not lines("unverified-download", f"FROM debian:13\n{instruction}\n")
