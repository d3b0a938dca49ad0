"""The pages under docs show what gates really says: their `console` blocks run, from top to bottom, in one repository a page.

In a block, `$ ` starts a command: `gates …`, `git … | gates … --stdin` or `echo $?`. The lines below it are what it must say, `…` alone
stands for any number of lines, and where there are none only the exit code counts. `gates image scan` runs where Trivy is installed.
A `yaml` or `toml` block whose first line is a comment with a path is a file of the repository from there on.

When output changes on purpose: `GATES_REGENERATE=1 python -m pytest tests/commands/test_examples.py`, then read the diff. What is shown
in part is left as it is.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.commands.conftest import Answer, Command
from tests.core.conftest import Maker
from tests.detect.expand import expand
from tests.doubles import images
from tests.doubles.systems import Installed, debian
from tests.doubles.trivy_db import Advisory
from tests.doubles.trivy_db import write as write_database
from tests.image.tools import SEARCHED

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), *(ROOT / "docs/gates").glob("*.md")])

_BLOCK = re.compile(r"^```(?P<language>console|yaml|toml)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (?P<path>[\w./-]+\.(?:ya?ml|toml))\n")
_COMMAND = re.compile(r"^\$ (?P<line>.*)\n(?P<shown>(?:(?!\$ ).*\n)*)", re.MULTILINE)
_ANY_LINES = "…\n"

# What a CI system says of itself would change what gates says.
_QUIET_SURROUNDINGS = dict.fromkeys(("GITHUB_EVENT_NAME", "GITHUB_STEP_SUMMARY", "CI_PIPELINE_SOURCE", "FORCE_COLOR", "CLICOLOR_FORCE"), "")


class Example(NamedTuple):
    """`start` and `end` are where the page shows what the command says."""

    line: str
    shown: str
    start: int
    end: int


class File(NamedTuple):
    path: str
    text: str


def steps(page: str) -> Iterator[Example | File]:
    for block in _BLOCK.finditer(page):
        text, offset = block["text"], block.start("text")
        if block["language"] == "console":
            for each in _COMMAND.finditer(text):
                yield Example(each["line"], each["shown"], offset + each.start("shown"), offset + each.end("shown"))
        elif file := _FILE.match(text):
            yield File(file["path"], text)


def matches(shown: str, said: str) -> bool:
    parts = shown.split(_ANY_LINES)
    return re.fullmatch(".*".join(map(re.escape, parts)), said, re.DOTALL) is not None


class Shell:
    """Runs the lines that examples are made of, and knows the last exit code."""

    def __init__(self, gates: Command, repository: Maker) -> None:
        self._gates = gates
        self._repository = repository
        self._code = 0

    def run(self, line: str) -> str:
        if line == "echo $?":
            return f"{self._code}\n"
        source, _, command = line.rpartition(" | ")
        stdin = b""
        if source:
            program, *words = shlex.split(source)
            assert program == "git", line
            stdin = self._repository.git(*words).encode()
        program, *words = shlex.split(command)
        assert program == "gates", line
        around = {**_QUIET_SURROUNDINGS, "PATH": SEARCHED}
        answer: Answer = self._gates(*words, at=self._repository.top, stdin=stdin, environment=around)
        self._code = answer.code
        assert answer.code in (0, 1), answer.stderr
        return answer.stdout + answer.stderr


def _secrets(repository: Maker) -> tuple[bytes, ...]:
    """Builds what docs/gates/secrets.md tells of; the values that nothing may show."""
    token = expand("{github:ghp_}")
    webhook = expand("https://hooks.slack.com/services/T{ualnum:10}/B{ualnum:10}/{alnum:24}")
    repository.write("deploy.py", b'TOKEN = "%b"\n' % token)
    repository.commit("deploy from a script")
    repository.git("checkout", "-q", "-b", "notify")
    repository.write("notify.py", b'URL = "%b"\n' % webhook)
    repository.commit("tell the team")
    repository.write("notify.py", 'import os\n\nURL = os.environ["NOTIFY_URL"]\n')
    repository.commit("the address comes from the environment")
    return token, webhook.rpartition(b"/")[2]


def _plain(repository: Maker) -> tuple[bytes, ...]:
    repository.write("hello.py", "print('hello')\n")
    repository.commit("hello")
    return ()


def _waived(repository: Maker) -> tuple[bytes, ...]:
    """What docs/waivers.md tells of."""
    snippet = 'def deploy(branch):\n    subprocess.run(f"git push origin {branch}", shell=True, check=True)\n'
    repository.write("deploy.py", f"import subprocess\n\n\n{snippet}")
    repository.write("requirements.txt", "jinja2==2.10\nrequests==2.19.0\n")
    for advisory, name, aliases in (("PYSEC-2023-74", "requests", ["CVE-2023-32681"]), ("CVE-2019-10906", "jinja2", [])):
        affected = [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]
        record = {"id": advisory, "aliases": aliases, "modified": "2026-11-19T00:00:00Z", "affected": affected}
        repository.write(f"advisories/{advisory}.json", json.dumps(record))
    repository.write("security/gates.toml", '[deps]\nengine = "builtin"\nadvisory_db = "advisories"\n')
    repository.write(".trivyignore", "CVE-2019-10906 exp:2027-01-01 # templates are written by us alone\nDS002\n")
    repository.commit("a script and a lock file")
    return ()


def _protected(repository: Maker) -> tuple[bytes, ...]:
    """What docs/gates/protection.md tells of."""
    contexts = ("lint", "test (3.10)", "all-green")
    checks: list[dict[str, object]] = [{"context": context, "app_id": 15368} for context in contexts]
    reviews = ("require_code_owner_reviews", "dismiss_stale_reviews", "require_last_push_approval")
    protection = {
        "required_status_checks": {"strict": True, "checks": [*checks, {"context": "codecov/project", "app_id": 254}]},
        "enforce_admins": True,
        "required_pull_request_reviews": {"required_approving_review_count": 1, **dict.fromkeys(reviews, True)},
        "restrictions": None,
        **dict.fromkeys(("required_linear_history", "required_conversation_resolution", "required_signatures"), True),
    }
    repository.write("branch-protection/main.json", json.dumps(protection, indent=2))
    repository.write(".github/CODEOWNERS", "* @acme/maintainers\n")
    repository.commit("protect main")
    return ()


def _imaged(repository: Maker) -> tuple[bytes, ...]:
    """What docs/gates/image.md tells of: two images as `docker save` writes them, and a database for Trivy."""
    token = expand("{github:ghp_}")
    system = images.Layer(debian("13.1", (Installed("libssl3t64", "3.5.1-1"),)), created_by="# debian.sh --arch 'amd64' out/ 'trixie'")
    files: dict[str, str | bytes | images.File] = {"app/main.py": "print('hello')\n", "app/.env": b"GITHUB_TOKEN=%b\n" % token}
    first = images.Layer(files, created_by="COPY . /app # buildkit")
    second = images.Layer(deleted=["app/.env"], created_by="RUN /bin/sh -c rm /app/.env # buildkit")
    labels = {f"org.opencontainers.image.{name}": "0" * 40 for name in ("base.digest", "revision")}
    leaky = images.Image((system, first, second), {"Labels": labels}, tags=("acme/app:1.0",))
    images.write(leaky, repository.top / "app.tar", "docker-oci")
    clean = images.Layer({"app/main.py": files["app/main.py"]}, created_by="COPY . /app # buildkit")
    repaired = images.Image((system, clean), {"Labels": labels, "User": "10001"}, tags=("acme/app:1.1",))
    images.write(repaired, repository.top / "repaired.tar", "docker-oci")
    fixed = Advisory("debian 13", "libssl3t64", "CVE-2026-10002", "3.5.1-1+deb13u2", title="reads beyond the end of a buffer")
    write_database(repository.top / "mirror", (fixed,), datetime(2026, 11, 20, 6, tzinfo=UTC))
    return (token,)


def _released(repository: Maker) -> tuple[bytes, ...]:
    """What docs/gates/sbom.md tells of: a project with its lock, the environment of its release, and the SBOM of the last one."""
    packages = (("jinja2", "3.1.6", "BSD-3-Clause", ("markupsafe",)), ("markupsafe", "3.0.3", "BSD-3-Clause", ()))
    about = 'name = "acme"\nversion = "1.1"\nrequires-python = ">=3.11"\nlicense = "MIT"\nauthors = [{name = "Acme"}]\n'
    repository.write("pyproject.toml", f'[project]\n{about}dependencies = ["jinja2>=3"]\n')
    lock = 'version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "acme"\nversion = "1.1"\nsource = { virtual = "." }\n'
    lock += 'dependencies = [{ name = "jinja2" }]\n\n[package.metadata]\nrequires-dist = [{ name = "jinja2", specifier = ">=3" }]\n'
    for name, version, licence, needs in packages:
        address, digest = f"https://packages.example.org/{name}-{version}-py3-none-any.whl", sha256(name.encode()).hexdigest()
        lock += f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "https://packages.example.org/simple" }}\n'
        lock += "".join(f'dependencies = [{{ name = "{need}" }}]\n' for need in needs)
        lock += f'wheels = [{{ url = "{address}", hash = "sha256:{digest}", size = 1000 }}]\n'
        info = f"release/lib/python3.13/site-packages/{name}-{version}.dist-info"
        required = "".join(f"Requires-Dist: {need}\n" for need in needs)
        told = f"Author: The {name} developers\nLicense-Expression: {licence}\n{required}"
        repository.write(f"{info}/METADATA", f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{told}")
        repository.write(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        repository.write(f"{info}/RECORD", "".join(f"{info.rpartition('/')[2]}/{file},,\n" for file in ("METADATA", "WHEEL", "RECORD")))
    repository.write("uv.lock", lock)
    repository.write(".gitignore", "release/\n")
    components = [
        {
            "type": "library",
            "supplier": {"name": f"The {name} developers"},
            "name": name,
            "hashes": [{"alg": "SHA-256", "content": "0" * 64}],
            "licenses": [{"license": {"id": licence}}],
            "purl": f"pkg:pypi/{name}@{version}",
        }
        for name, version, licence in (("jinja2", "3.1.4", "BSD-3-Clause"), ("markupsafe", "3.0.3", "BSD-2-Clause"))
    ]
    licensed = [{"license": {"id": "MIT"}}]
    main = {"type": "application", "author": "Acme", "name": "acme", "licenses": licensed, "purl": "pkg:pypi/acme@1.0"}
    last = {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": main}, "components": components}
    repository.write("last.cdx.json", json.dumps(last, indent=2))
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]
    affected = [{"package": {"ecosystem": "PyPI", "name": "jinja2"}, "ranges": ranges}]
    record = {"id": "CVE-2026-0001", "modified": "2026-11-19T00:00:00Z", "affected": affected}
    repository.write("advisories/CVE-2026-0001.json", json.dumps(record))
    repository.write("security/gates.toml", '[deps]\nengine = "builtin"\nadvisory_db = "advisories"\n')
    repository.commit("a project with its lock")
    return ()


REPOSITORIES: dict[str, Callable[[Maker], tuple[bytes, ...]]] = {
    "secrets.md": _secrets,
    "waivers.md": _waived,
    "protection.md": _protected,
    "image.md": _imaged,
    "sbom.md": _released,
}


def can_run(line: str) -> bool:
    """Whether its outside program is there; where all must be there, it runs in any case."""
    needed = "trivy" if line.startswith("gates image scan ") else "git"
    return bool(shutil.which(needed, path=SEARCHED) or os.environ.get("GATES_REQUIRE_TOOLS"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_say_what_the_page_shows(page: Path, gates: Command, repository: Maker) -> None:
    text = page.read_text("utf-8")
    todo = list(steps(text))
    if not todo:
        return
    secrets = REPOSITORIES.get(page.name, _plain)(repository)
    shell = Shell(gates, repository)
    wrong: list[tuple[Example, str]] = []
    for step in todo:
        if isinstance(step, File):
            repository.write(step.path, step.text)
            continue
        if not can_run(step.line):
            continue
        said = shell.run(step.line)
        assert not any(secret in said.encode() for secret in secrets), step.line
        if not matches(step.shown, said) if step.shown else _regenerates():
            wrong.append((step, said))
    shell.run("gates run --quiet")  # the files of the page are accepted
    if _regenerates():
        for step, said in reversed(wrong):
            if _ANY_LINES not in step.shown:
                text = text[: step.start] + said + text[step.end :]
        page.write_text(text, "utf-8")
    else:
        assert _told((step.line, step.shown) for step, _ in wrong) == _told((step.line, said) for step, said in wrong)


def _told(examples: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"$ {line}\n{output}" for line, output in examples)


def _regenerates() -> bool:
    return bool(os.environ.get("GATES_REGENERATE"))


def test_examples_are_found_and_compared() -> None:
    page = "```console\n$ gates a\none\n…\nfour\n$ gates b\n```\n\n```toml\n# security/x.toml\na = 1\n```\n"
    first, second, file = steps(page)
    assert isinstance(first, Example)
    assert (first.line, first.shown) == ("gates a", "one\n…\nfour\n")
    assert isinstance(second, Example)
    assert (second.line, second.shown) == ("gates b", "")
    assert file == File("security/x.toml", "# security/x.toml\na = 1\n")
    assert matches(first.shown, "one\ntwo\nthree\nfour\n")
    assert not matches(first.shown, "one\ntwo\nthree\n")
    assert not matches("one\n", "one\ntwo\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_hooks_that_a_page_names_exist(page: Path) -> None:
    ours = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    blocks = [block["text"] for block in _BLOCK.finditer(page.read_text("utf-8")) if block["text"].startswith("repos:")]
    named = {hook["id"] for block in blocks for repository in yaml.safe_load(block)["repos"] for hook in repository["hooks"]}
    assert named <= ours
