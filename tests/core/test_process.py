"""Programs are started one way, and end when they must."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gates.core import process
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable
from gates.core.pumps import Pumps

posix = pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX")


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-c", textwrap.dedent(code)]


def run(argv: list[str], *, seconds: float = 20, timeout: float = 20, stdin: bytes = b"", output_limit: int = 1 << 26) -> process.Completed:
    return process.run(
        argv,
        cwd=os.path.abspath(os.sep),
        environment=process.clean_environment(os.environ),
        deadline=Deadline(seconds),
        timeout=timeout,
        stdin=stdin,
        output_limit=output_limit,
    )


def start(argv: list[str], deadline: Deadline, feed: Iterator[bytes] | None = None) -> process.Program:
    return process.start(argv, cwd="/", environment={}, deadline=deadline, feed=feed)


def is_gone(pid: int) -> bool:
    """Whether a process has ended (as a zombie that nobody reaps, perhaps)."""
    for _ in range(100):
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] in "ZX":
                    return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


@pytest.fixture(params=["poll", "threads"])
def transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to wait for pipes; the threads of Windows run anywhere."""
    if request.param == "threads":
        monkeypatch.setattr(process, "_transport", lambda: Pumps)
    elif os.name == "nt":
        pytest.skip("pipes cannot be polled here")
    return str(request.param)


def test_status_and_both_outputs_come_back(transport: str) -> None:
    done = run(python("import sys; sys.stdout.write('out'); sys.stderr.write('err'); sys.exit(3)"))
    assert done == process.Completed(3, b"out", b"err")


def test_a_signal_is_a_negative_status() -> None:
    assert run(python("import os; os.kill(os.getpid(), 9)")).status == -9


def test_standard_input_is_closed_unless_given(transport: str) -> None:
    assert run(python("import sys; print(len(sys.stdin.buffer.read()))")).stdout.strip() == b"0"


def test_large_input_and_output_do_not_wait_for_each_other(transport: str) -> None:
    given = os.urandom(1 << 16) * 64
    echo = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
    assert run(python(echo), stdin=given).stdout == given


def test_a_program_that_reads_none_of_its_input_is_fine(transport: str) -> None:
    assert run(python("print('done')"), stdin=b"x" * (1 << 22)).stdout.strip() == b"done"


def test_much_error_output_neither_blocks_nor_grows(transport: str) -> None:
    done = run(python("import sys; sys.stderr.write('e' * (8 << 20)); print('done')"))
    assert done.stdout.strip() == b"done"
    assert len(done.stderr) == 1 << 20


def test_nothing_passes_through_a_shell(tmp_path: Path) -> None:
    run([sys.executable, "-I", "-c", "pass", f"; touch {tmp_path}/canary", f"$(touch {tmp_path}/canary)"])
    assert not list(tmp_path.iterdir())


def test_a_hanging_program_is_stopped_at_its_time_limit(transport: str) -> None:
    began = time.monotonic()
    with pytest.raises(process.ToolTimedOut, match=r"python.* was stopped after 0.3 s"):
        run(python("import time; time.sleep(60)"), timeout=0.3)
    assert time.monotonic() - began < 5


def test_a_program_that_closes_its_outputs_and_stays_is_stopped_too(transport: str) -> None:
    with pytest.raises(process.ToolTimedOut):
        run(python("import os, time; os.close(1); os.close(2); time.sleep(60)"), timeout=0.3)


def test_the_deadline_counts_where_it_is_nearer(transport: str) -> None:
    with pytest.raises(process.ToolTimedOut, match="the gate's time is over"):
        run(python("import time; time.sleep(60)"), seconds=0.3)


def test_a_chatty_program_does_not_outlast_the_deadline(transport: str) -> None:
    with pytest.raises(process.ToolTimedOut):
        run(python("while True: print('x', flush=True)"), seconds=0.3)


def test_a_run_called_off_from_another_thread_stops_the_program(transport: str) -> None:
    deadline = Deadline(60)
    threading.Timer(0.2, deadline.cancel).start()
    began = time.monotonic()
    with pytest.raises(process.ToolTimedOut), start(python("import time; time.sleep(60)"), deadline) as program:
        program.read()
    assert time.monotonic() - began < 5


def test_nothing_is_started_after_the_deadline(tmp_path: Path) -> None:
    with pytest.raises(process.ToolTimedOut, match="was not started"):
        run(python(f"open({str(tmp_path / 'canary')!r}, 'w')"), seconds=0)
    assert not list(tmp_path.iterdir())


def test_output_over_the_limit_stops_the_program(transport: str) -> None:
    with pytest.raises(process.OutputTooLarge, match="wrote more than 1 MiB"):
        run(python("import sys\nwhile True: sys.stdout.write('x' * 65536)"), output_limit=1 << 20)


def test_output_of_exactly_the_limit_is_fine() -> None:
    assert len(run(python("print('x' * 99)"), output_limit=100).stdout) == 100
    with pytest.raises(process.OutputTooLarge):
        run(python("print('x' * 100)"), output_limit=100)


GRANDCHILD = """
    import subprocess, sys, time
    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
    print(child.pid, flush=True)
"""


@posix
def test_a_grandchild_dies_with_the_hanging_program(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(process.ToolTimedOut):
        run(python(GRANDCHILD + f"    open({str(note)!r}, 'w').write(str(child.pid)); time.sleep(60)"), timeout=1)
    assert is_gone(int(note.read_text()))


@posix
def test_a_grandchild_that_keeps_the_pipe_open_holds_nothing_up() -> None:
    began = time.monotonic()
    done = run(python(GRANDCHILD))
    assert time.monotonic() - began < 10
    assert done.status == 0
    assert is_gone(int(done.stdout))


@posix
def test_a_grandchild_that_let_go_of_the_pipes_is_stopped_too() -> None:
    quiet = GRANDCHILD.replace("time.sleep(60)'])", "time.sleep(60)'], stdout=-3, stderr=-3)")
    assert is_gone(int(run(python(quiet)).stdout))


@posix
def test_a_grandchild_in_a_session_of_its_own_cannot_make_us_wait() -> None:
    escaped = GRANDCHILD.replace("time.sleep(60)'])", "time.sleep(60)'], start_new_session=True)")
    began = time.monotonic()
    done = run(python(escaped))
    assert time.monotonic() - began < 10
    os.kill(int(done.stdout), signal.SIGKILL)


@posix
@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_an_exception_in_our_hands_kills_the_program(stop: type[BaseException]) -> None:
    pids = []

    def interrupted() -> None:
        with start(python(GRANDCHILD + "    time.sleep(60)"), Deadline(20)) as program:
            pids.append(int(program.read()))
            raise stop

    with pytest.raises(stop):
        interrupted()
    assert is_gone(pids[0])


def test_an_exception_of_the_feed_comes_out_of_read(transport: str) -> None:
    def feed() -> Iterator[bytes]:
        yield b"first\n"
        raise GateUnavailable("the source dried up")

    with pytest.raises(GateUnavailable, match="dried up"), start(python("import sys; sys.stdin.read()"), Deadline(20), feed()) as program:
        program.read()


def test_a_feed_is_asked_only_as_the_program_reads(transport: str) -> None:
    asked = 0

    def feed() -> Iterator[bytes]:
        nonlocal asked
        for _ in range(1000):
            asked += 1
            yield b"x" * 65536

    with start(
        python("import sys, time; sys.stdin.buffer.read(1); print('got', flush=True); time.sleep(60)"), Deadline(20), feed()
    ) as program:
        assert program.read() == b"got\n"
    assert asked < 50


def test_parts_have_at_most_the_size_asked_for(transport: str) -> None:
    with start(python("print('x' * 99)"), Deadline(20)) as program:
        parts = list(iter(lambda: program.read(7), b""))
        assert max(map(len, parts)) <= 7
        assert b"".join(parts) == b"x" * 99 + b"\n"
        assert program.wait() == 0


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(process.ToolMissing, match="trivy is not there"):
        run(["/nowhere/trivy"])


def test_a_directory_that_is_not_there_is_named() -> None:
    with pytest.raises(GateUnavailable, match="'/nowhere' for python"):
        process.run(python("pass"), cwd="/nowhere", environment={}, deadline=Deadline(9), timeout=9)


@posix
def test_a_program_that_cannot_run_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    with pytest.raises(GateUnavailable, match="broken could not be started"):
        run([str(broken)])


def test_a_word_with_a_nul_is_refused() -> None:
    with pytest.raises(GateUnavailable, match="null byte"):
        run([*python("pass"), "a\0b"])


def test_a_relative_program_is_never_looked_up() -> None:
    with pytest.raises(ValueError, match="absolute"):
        run(["git", "--version"])


@posix
def test_a_lost_status_is_no_success() -> None:
    code = f"""
        import signal, sys
        sys.path.insert(0, {os.getcwd()!r})
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        from gates.core import errors, process
        from gates.core.deadline import Deadline
        try:
            process.run([sys.executable, "-c", "raise SystemExit(1)"], cwd="/", environment={{}}, deadline=Deadline(9), timeout=9)
        except errors.GateUnavailable as error:
            print(error)
    """
    done = subprocess.run(python(code), capture_output=True, text=True, timeout=20)
    assert "its status is lost" in done.stdout, done


# the environment


def test_programs_see_an_allow_list() -> None:
    bad = "GIT_DIR GIT_INDEX_FILE LD_PRELOAD DYLD_INSERT_LIBRARIES PYTHONPATH PYTHONSTARTUP TRIVY_CONFIG PIP_INDEX_URL npm_config_registry"
    environment = dict.fromkeys([*bad.split(), "GITHUB_TOKEN", "BASH_ENV", "HOME", "LANG", "SSL_CERT_FILE"], "/x")
    assert process.clean_environment(environment) == {"HOME": "/x", "LANG": "/x"}
    assert process.clean_environment(environment, ["SSL_CERT_FILE", "ABSENT"]) == {"HOME": "/x", "LANG": "/x", "SSL_CERT_FILE": "/x"}


@posix
def test_programs_look_for_programs_outside_the_tree_alone(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "tree" / "bin")
    path = f".::bin:{tmp_path}/tree/bin:{tmp_path}/tree-two:{tmp_path}/other/../tree:{tmp_path}/link:/usr/bin"
    clean = process.clean_environment({"PATH": path}, outside=f"{tmp_path}/tree")
    assert clean == {"PATH": f"{tmp_path}/tree-two:/usr/bin"}


@pytest.fixture
def tool(tmp_path: Path) -> Callable[[str], Path]:
    def new(place: str) -> Path:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path

    return new


@posix
def test_a_tool_is_found_by_path_outside_the_tree(tmp_path: Path, tool: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = tool("tree/bin/trivy"), tool("bin/trivy")
    monkeypatch.chdir(inside.parent)
    path = {"PATH": f".:{inside.parent}:{tmp_path}/none:{outside.parent}"}
    assert process.find_tool("trivy", path, str(tmp_path / "tree")) == str(outside)
    assert process.find_tool("trivy", path, "") == str(inside)


@posix
def test_a_link_into_the_tree_is_no_tool(tmp_path: Path, tool: Callable[[str], Path]) -> None:
    inside = tool("tree/bin/trivy")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "trivy").symlink_to(inside)
    with pytest.raises(process.ToolMissing, match="trivy is not installed"):
        process.find_tool("trivy", {"PATH": f"{tmp_path}/bin"}, str(tmp_path / "tree"))


@posix
def test_a_file_that_cannot_be_executed_is_no_tool(tmp_path: Path, tool: Callable[[str], Path]) -> None:
    tool("bin/trivy").chmod(0o644)
    with pytest.raises(process.ToolMissing):
        process.find_tool("trivy", {"PATH": f"{tmp_path}/bin"}, "")
    with pytest.raises(process.ToolMissing):
        process.find_tool("trivy", {}, "")


def test_a_complaint_is_one_printable_line() -> None:
    assert process.complaint(b"warning: x\nfatal: bad \x1b[31mthing\xff\nhint: y\n") == "fatal: bad ?[31mthing\N{REPLACEMENT CHARACTER}"
    assert process.complaint(b"a\nb\n") == "b"
    assert process.complaint(b"") == "no reason given"


class _Late:
    """Pipes on which the last words of a program show only after it has been seen to have ended."""

    def __init__(self, *events: tuple[int, bytes] | None) -> None:
        self._events = list(events)

    def next(self, size: int, seconds: float) -> tuple[int, bytes] | None:
        return self._events.pop(0) if self._events else None

    def close(self) -> None:
        pass


@posix
def test_what_a_program_writes_as_it_ends_is_not_lost() -> None:
    ended = subprocess.Popen(python("pass"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    late = _Late(None, (1, b"last words"))
    with process.Program(ended, "late", Deadline(20), 20, None, lambda process, feed: late) as program:
        assert program.read() == b"last words"
        assert program.read() == b""
