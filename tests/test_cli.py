"""The command line itself: help, mistakes, and what the light paths load."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from gates import __version__, registry
from gates.commands import COMMANDS
from tests.commands.conftest import Command, gates, make, repository
from tests.core.conftest import Maker

__all__ = ["gates", "make", "repository"]

ROOT = Path(__file__).parents[1]
HEAVY = (
    "jsonschema", "git", "rich", "bandit", "cyclonedx", "pip_audit", "yaml", "dataclasses", "inspect", "json", "logging", "difflib",
    "concurrent.futures", "asyncio", "email", "http", "urllib.request", "tempfile",
)  # fmt: skip


def loaded(argv: list[str], at: Path) -> set[str]:
    """The modules that a process of its own has loaded when the command is done."""
    code = (
        "import sys; sys.argv[1:] = sys.argv[2:]\nfrom gates.__main__ import run\n"
        "try: run()\nexcept SystemExit: pass\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT)}
    done = subprocess.run([sys.executable, "-c", code, "x", *argv], cwd=at, env=environment, capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines())


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["secrets", "--help"]])
def test_help_loads_nothing_heavy(repository: Maker, argv: list[str]) -> None:
    assert loaded(argv, repository.top) & set(HEAVY) == set()


def test_the_staged_scan_loads_nothing_heavy(repository: Maker) -> None:
    repository.write("security/gates.toml", "[secrets]\n")
    repository.write("security/waivers.yaml", "version: 1\nwaivers: []\n")
    repository.commit()
    repository.write("a.py", "x = 1\n")
    repository.git("add", "a.py")
    assert loaded(["secrets", "--staged"], repository.top) & set(HEAVY) == set()


def test_one_gate_does_not_load_the_others(repository: Maker) -> None:
    repository.write("a.py", "x = 1\n")
    assert not any(name.startswith("gates.code") for name in loaded(["secrets"], repository.top))


def test_a_verb_does_not_load_the_others(repository: Maker) -> None:
    repository.write("security/waivers.yaml", "version: 1\nwaivers: []\n")
    names = loaded(["waivers", "calendar"], repository.top)
    assert {name for name in names if name.startswith("gates.commands.waivers")} == {
        "gates.commands.waivers_calendar",
        "gates.commands.waivers_editing",
    }
    assert names & {"jsonschema", "git", "rich", "bandit", "cyclonedx", "pip_audit", "urllib.request"} == set()


def test_help_lists_every_command(gates: Command, tmp_path: Path) -> None:
    answer = gates("--help", at=tmp_path)
    assert answer.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in answer.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(gates: Command, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert gates(name, "--help", at=tmp_path).code == 0
    assert capsys.readouterr().out.startswith(f"usage: gates {name}")


def test_the_version_is_the_packages(gates: Command, tmp_path: Path) -> None:
    assert gates("--version", at=tmp_path).stdout == f"gates {__version__}\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "no command given"),
        (["secret"], "did you mean 'secrets'?"),
        (["fleet"], "unknown command 'fleet'"),
        (["secrets", "--stagd"], "did you mean --staged?"),
        (["secrets", "--format", "xml"], "unknown format 'xml'"),
        (["secrets", "--today", "tomorrow"], "write it as YYYY-MM-DD"),
        (["secrets", "--fail-on", "huge"], "unknown severity 'huge'"),
        (["secrets", "--timeout", "-1"], "no number of seconds"),
        (["secrets", "--repo", "nowhere"], "no directory"),
        (["explain", "secrets/nonsense"], "no rule is called"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(gates: Command, tmp_path: Path, argv: list[str], said: str) -> None:
    answer = gates(*argv, at=tmp_path)
    assert (answer.code, answer.stdout) == (2, "")
    assert said in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_the_registry_names_the_gates_on_disk() -> None:
    on_disk = {path.parent.name for path in (ROOT / "gates").glob("*/gate.py")} - {"commands", "core"}
    assert set(registry.NAMES) == on_disk
    for name in registry.NAMES:
        gate = registry.load(name)
        assert gate.name == name
        assert all(rule.id.startswith(f"{name}/") for rule in gate.rules)
        assert len({rule.id for rule in gate.rules}) == len(gate.rules)
    for stage in registry.STAGES.values():
        assert set(stage) <= set(registry.NAMES)


def test_explain_knows_every_rule_a_report_can_name(gates: Command, tmp_path: Path) -> None:
    for rule in ("secrets/github-pat", "code/bandit-b602", "waivers/expired", "waivers/stale", "policy/changed"):
        answer = gates("explain", rule, at=tmp_path)
        assert answer.code == 0
        assert answer.stdout.startswith(rule)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_offers_commands_and_options(gates: Command, tmp_path: Path, shell: str) -> None:
    script = gates("completion", shell, at=tmp_path).stdout
    for word in (*COMMANDS, "staged"):
        assert word in script


def test_bash_completes(gates: Command, tmp_path: Path) -> None:
    script = gates("completion", "bash", at=tmp_path).stdout
    program = f'{script}\nCOMP_WORDS=(gates secrets --st)\nCOMP_CWORD=2\n_gates\necho "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"--staged", "--stdin"}


def test_a_closed_pipe_is_no_traceback(repository: Maker) -> None:
    repository.write("a.txt", "x")
    repository.commit()
    environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "gates", "secrets"], cwd=repository.top, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == 3
    assert "Traceback" not in said
    assert said.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_no_pass(repository: Maker) -> None:
    repository.write("a.txt", "x")
    environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT)}
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gates", "secrets"], cwd=repository.top, env=environment, stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr


def run_in_shell(words: str, at: Path) -> subprocess.CompletedProcess[str]:
    """`gates` as a shell starts it: redirections are part of the words."""
    environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT), "GATES": f"{sys.executable} -m gates"}
    return subprocess.run(["bash", "-c", words], cwd=at, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("$GATES secrets >&-", 3),
        ("$GATES secrets --help >&-", 3),
        ("$GATES secrets 2>&-", 0),
        ("$GATES secrets <&-", 0),
        ("$GATES secrets <&- >&- 2>&-", 3),
        ("$GATES secrets --stdin <&-", 3),
        ("$GATES secrets nowhere --format json >&-", 2),
        ("mkdir gone; cd gone; rmdir ../gone; $GATES secrets", 2),
    ],
)
def test_missing_streams_and_places_give_the_codes_of_the_contract(repository: Maker, words: str, code: int) -> None:
    repository.write("a.txt", "x")
    repository.commit()
    done = run_in_shell(words, repository.top)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_refusal_that_cannot_be_written_is_still_a_refusal(tmp_path: Path) -> None:
    done = run_in_shell("$GATES secrets nowhere --format json >/dev/full", tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "argv",
    [
        ["secrets", "--policy-ref", ""],
        ["secrets", "--policy-ref="],
        ["secrets", "--range", ""],
        ["secrets", "--repo", ""],
        ["secrets", ""],
        ["run", "--stage", ""],
        ["waivers", "list", "--gate="],
    ],
)
def test_a_variable_that_is_not_set_is_a_mistake(gates: Command, repository: Maker, argv: list[str]) -> None:
    answer = gates(*argv, at=repository.top)
    assert (answer.code, answer.stdout) == (2, "")
    assert "an empty value" in answer.stderr


def children(process: int, command: bytes) -> list[int]:
    """The processes that it has started with that word on their command line."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == process and command in (place / "cmdline").read_bytes().split(b"\0"):
                found.append(int(place.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc for the processes that are left")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_job_that_is_cancelled_leaves_nothing_running(repository: Maker, tmp_path: Path, number: signal.Signals) -> None:
    # The workshop of the code gate, which must be gone afterwards, lies where only this test looks.
    workshops = tmp_path / "workshops"
    workshops.mkdir()
    repository.write("slow.py", "x = [\n" + "    (1, 'a', {'b': 2}),\n" * 60_000 + "]\n")
    environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT), "TMPDIR": os.fspath(workshops)}
    process = subprocess.Popen(
        [sys.executable, "-m", "gates", "code"], cwd=repository.top, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 20
    while not (started := children(process.pid, b"bandit")) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=20)
    assert started
    assert (process.returncode, stdout, stderr) == (130, b"", b"gates: interrupted; nothing was decided\n")
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert os.listdir(workshops) == []


def test_modules_of_the_tree_are_not_imported(repository: Maker, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for name in ("datetime", "json", "tomllib", "hyperscan", "re2", "yaml", "hashlib"):
        repository.write(f"{name}.py", f"open({os.fspath(canary)!r}, 'w')\n")
    repository.write("security/waivers.yaml", "version: 1\nwaivers: []\n")
    repository.write("security/gates.toml", "[secrets]\n")
    done = run_in_shell("$GATES secrets --format json", repository.top)
    assert (done.returncode, done.stderr) == (0, "")
    assert not canary.exists()
