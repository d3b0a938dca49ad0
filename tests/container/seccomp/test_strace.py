"""What strace wrote down is understood in each of its forms."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gates.container.seccomp import strace
from gates.container.seccomp.deriving import START

HERE = os.fspath(Path(__file__).parents[3])
# loads the filter of the profile in argv[1] into itself and becomes the program in argv[2:]
_CONFINED = """
import ctypes, os, sys
from gates.container.seccomp import reading
from gates.container.seccomp.effective import Environment
from tests.container.seccomp import kernel
profile = reading.read(open(sys.argv[1], "rb").read(), "p.json")
context = kernel.load(profile, Environment())
assert ctypes.CDLL(None).prctl(38, 1, 0, 0, 0) == 0
assert kernel.library().seccomp_load(context) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.parametrize(
    "line",
    [
        b'openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY) = 3',
        b'[pid 12345] openat(AT_FDCWD, "x") = 3',
        b'[pid     7] 12:34:56.123456 openat(AT_FDCWD, "x") = 3 <0.000012>',
        b'12345 openat(AT_FDCWD, "x"',
        b"12345 12:34:56 openat(",
        b"1700000000.123456 openat(",
        b"     0.000123 openat(",
        b"4837       0.000000 openat(",
        b"4848  [00007fd8d4478ad7] openat(",
        b"4848  12:34:56.123456 [ 257] openat(",
        b"[pid 1] <... openat resumed>) = 0",
        b"[pid 1] openat(AT_FDCWD, <unfinished ...>",
        b" 12.34    0.000100          10        12         3 openat",
        b"  0.00    0.000000           0         6           openat",
    ],
)
def test_each_form_of_a_line_tells_its_call(line: bytes) -> None:
    assert strace.read([line + b"\n"]).calls == {"openat"}


@pytest.mark.parametrize(
    "line",
    [
        b"--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---",
        b"+++ exited with 0 +++",
        b"strace: Process 123 attached",
        b" > /usr/lib/libc.so.6(__write+0x10) [0x10]",
        b"% time     seconds  usecs/call     calls    errors syscall",
        b"------ ----------- ----------- --------- --------- ----------------",
        b"100.00    0.000100           1        42         3 total",
        b"hello (world)",
        b"\xff\xfe\x00",
        b"",
    ],
)
def test_what_is_no_call_is_passed_over(line: bytes) -> None:
    assert strace.read([line]) == strace.Observed(frozenset(), frozenset())


def test_a_name_that_linux_has_not_is_told_apart() -> None:
    assert strace.read([b"openat(1) = 2\n", b"printf(1) = 2\n"]) == strace.Observed(frozenset({"openat"}), frozenset({"printf"}))


@pytest.mark.parametrize("options", [["-f"], ["-f", "-tt", "-n"], ["-f", "-ttt", "-T"], ["-f", "-r"], ["-f", "-i"], ["-f", "-c"]])
def test_strace_itself(options: list[str], tmp_path: Path) -> None:
    program = shutil.which("strace")
    if program is None:
        pytest.skip("strace is not here")
    log = tmp_path / "log"
    done = subprocess.run([program, *options, "-o", log, "/bin/sh", "-c", "/bin/ls / | /bin/cat"], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this machine lets nobody trace")
    with open(log, "rb") as file:
        observed = strace.read(file)
    assert not observed.unknown
    assert {"execve", "read", "write", "mmap", "close", "getdents64"} <= observed.calls


def test_a_program_runs_with_the_profile_that_was_derived_from_its_trace(tmp_path: Path) -> None:
    from gates.container.seccomp import deriving
    from tests.container.seccomp import kernel
    from tests.container.seccomp.profiles import docker, read

    kernel.library()
    program = shutil.which("strace")
    if program is None:
        pytest.skip("strace is not here")
    words = ["/bin/sh", "-c", "/bin/ls / | /bin/cat && ! /bin/mkdir made 2>/dev/null"]
    log = tmp_path / "log"
    if subprocess.run([program, "-f", "-o", log, *words], capture_output=True, check=False, cwd=tmp_path).returncode not in (0, 1):
        pytest.skip("this machine lets nobody trace")
    (tmp_path / "made").rmdir()
    with open(log, "rb") as file:
        observed = strace.read(file).calls - {"mkdir", "mkdirat"}
    derived = deriving.derive(read(docker()), deriving.Wish(observed=observed))
    profile = tmp_path / "profile.json"
    profile.write_text(deriving.render(derived.document))
    environment = {**os.environ, "PYTHONPATH": HERE}
    run = [sys.executable, "-c", _CONFINED, profile, *words]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert "bin" in done.stdout
    assert not (tmp_path / "made").exists()


def test_what_a_program_starts_with_is_all_in_dockers_profile() -> None:
    from tests.container.seccomp.profiles import docker

    assert {name for entry in docker()["syscalls"] for name in entry["names"]} >= START
