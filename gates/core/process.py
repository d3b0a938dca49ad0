"""The only way to start a program: a list of words, an allow-listed environment, a time limit that ends the whole process group."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final, NamedTuple

from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable

MIB: Final = 1 << 20
BLOCK: Final = 256 << 10  # bytes that one read of a program's output may bring
_STDERR_KEPT: Final = 1 * MIB  # from its start; the rest is read and dropped
_POLL: Final = 0.1  # seconds between two looks at the deadline while a program is silent
_CLEAN_UP: Final = 5.0  # seconds that a killed program gets to be gone
UNTIL_DEADLINE: Final = float("inf")  # a timeout for programs that only the deadline bounds

# What programs need to find their files and to speak the user's language; all else (GIT_*, LD_*, PYTHON*, tokens) stays here.
_ALLOWED: Final = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_ALLOWED_ON_WINDOWS: Final = (
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "USERNAME"),
    *("HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES"),
)


class ToolMissing(GateUnavailable):
    """The program is not there, or only where it must not be taken from."""


class ToolTimedOut(GateUnavailable):
    """The program was killed at its time limit, at the gate's deadline, or because the run was called off."""


class OutputTooLarge(GateUnavailable):
    """The program was killed because it wrote more than it may."""


class Completed(NamedTuple):
    status: int  # negative: the signal that ended it
    stdout: bytes
    stderr: bytes  # its first MiB


def clean_environment(environment: Mapping[str, str], extra: Iterable[str] = (), *, outside: str = "") -> dict[str, str]:
    """The part of the caller's environment that programs may see, and the variables named in `extra`.

    PATH loses its relative entries and those inside the directory `outside` (the tree under test):
    what a program starts in turn is not for the tree to decide.
    """
    names = (*_ALLOWED, *(_ALLOWED_ON_WINDOWS if os.name == "nt" else ()), *extra)
    clean = {name: environment[name] for name in names if name in environment}
    if "PATH" in clean:
        clean["PATH"] = os.pathsep.join(_trusted_directories(clean["PATH"], outside))
    return clean


def find_tool(name: str, environment: Mapping[str, str], outside: str) -> str:
    """The absolute path of a program on PATH, never one inside the directory `outside`. Raises ToolMissing."""
    file_name = f"{name}.exe" if os.name == "nt" else name
    tree = os.path.realpath(outside) if outside else ""
    for directory in _trusted_directories(environment.get("PATH", ""), outside):
        candidate = os.path.join(directory, file_name)
        # A link outside the tree may still lead into it.
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK) and not is_inside(os.path.realpath(candidate), tree):
            return candidate
    raise ToolMissing(f"{name} is not installed; put it on PATH, outside the repository under test")


def _trusted_directories(path: str, outside: str) -> Iterator[str]:
    trees = {os.path.abspath(outside), os.path.realpath(outside)} if outside else set()
    for directory in path.split(os.pathsep):
        if os.path.isabs(directory):
            places = (os.path.normpath(directory), os.path.realpath(directory))
            if not any(is_inside(place, tree) for place in places for tree in trees):
                yield directory


def is_inside(path: str, directory: str) -> bool:
    """Whether `path` is the directory or below it, by name alone; nothing is inside ""."""
    return directory != "" and (path == directory or path.startswith(directory.rstrip(os.sep) + os.sep))


def complaint(stderr: bytes) -> str:
    """The line of a program's error output that says most, printable and short: for use in a message."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    fatal = [line for line in lines if line.lower().startswith(("fatal:", "error:"))]
    chosen = (fatal or lines or ["no reason given"])[-1]
    return "".join(letter if letter.isprintable() else "?" for letter in chosen)[:200]


def run(
    argv: Sequence[str],
    *,
    cwd: str,
    environment: Mapping[str, str],
    deadline: Deadline,
    timeout: float,
    stdin: bytes = b"",
    output_limit: int = 64 * MIB,
    name: str = "",
) -> Completed:
    """Runs a program to its end; a status other than 0 is for the caller to judge.

    `timeout` is in seconds. The program's whole process group is killed at the time limit, at the deadline (also when another
    thread cancels it), on more than `output_limit` bytes of standard output, and whenever an exception passes through here.
    What it leaves running in the background is killed when it ends. Raises ToolMissing, ToolTimedOut, OutputTooLarge.
    """
    feed = (stdin[start : start + BLOCK] for start in range(0, len(stdin), BLOCK)) if stdin else None
    with start(argv, cwd=cwd, environment=environment, deadline=deadline, timeout=timeout, feed=feed, name=name) as program:
        blocks: list[bytes] = []
        size = 0
        while block := program.read():
            size += len(block)
            if size > output_limit:
                raise OutputTooLarge(f"{program.name} wrote more than {output_limit // MIB or 1} MiB and was stopped")
            blocks.append(block)
        return Completed(program.wait(), b"".join(blocks), program.stderr)


def start(
    argv: Sequence[str],
    *,
    cwd: str,
    environment: Mapping[str, str],
    deadline: Deadline,
    timeout: float = UNTIL_DEADLINE,
    feed: Iterator[bytes] | None = None,
    name: str = "",
) -> Program:
    """Starts a program whose output is read as it comes: `with start(...) as program`. Limits are those of `run`.

    `feed` gives its standard input in non-empty blocks, asked for while `read` waits; without one, standard input is closed.
    """
    if not os.path.isabs(argv[0]):
        raise ValueError(f"{argv[0]!r} is no absolute path; find_tool gives one")
    name = name or os.path.basename(argv[0])
    if deadline.passed():
        raise ToolTimedOut(f"{name} was not started: the gate's time is over")
    try:
        process = subprocess.Popen(  # noqa: S603 - this is the one place
            list(argv),
            bufsize=0,
            stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=dict(environment),
            # A session of its own: one group to kill, and no terminal on which to ask for a password.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except FileNotFoundError as error:
        missing = name if error.filename in (argv[0], None) else f"the directory {cwd!r} for {name}"
        raise ToolMissing(f"{missing} is not there") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in a word
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise GateUnavailable(f"{name} could not be started: {reason}") from error
    return Program(process, name, deadline, timeout, feed)


# What happened on the pipes of a program: the number that the pipe has there, and the block that came out of it (b"" at its end).
_Event = tuple[int, bytes]
_STDIN: Final = 0
_STDOUT: Final = 1
_STDERR: Final = 2


if TYPE_CHECKING:  # a Protocol takes longer to make than a program takes to start
    from typing import Protocol

    class _Transport(Protocol):
        def next(self, size: int, seconds: float) -> _Event | None:
            """The next thing that happens on the pipes within so many seconds; at most `size` bytes at a time."""

        def close(self) -> None: ...


class Program:
    """A running program. Leaving the `with` block kills whatever of it still runs."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        name: str,
        deadline: Deadline,
        timeout: float,
        feed: Iterator[bytes] | None,
        transport: Callable[[subprocess.Popen[bytes], Iterator[bytes] | None], _Transport] | None = None,
    ) -> None:
        self.name = name
        self._process = process
        self._deadline = deadline
        self._timeout = timeout
        self._end = monotonic() + timeout
        self._stderr: list[bytes] = []
        self._stderr_size = 0
        self._open = {_STDOUT, _STDERR}
        try:
            self._transport = (transport or _transport())(process, feed)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def stderr(self) -> bytes:
        """What it has written to its error output so far, bounded."""
        return b"".join(self._stderr)

    def read(self, size: int = BLOCK) -> bytes:
        """The next bytes of its standard output, at most `size`; b"" at the end."""
        return self._next_output(_STDOUT, size)

    def wait(self) -> int:
        """Its status, once it has ended; output that was not read is dropped."""
        while self._next_output(_STDOUT, BLOCK):
            pass
        self._next_output(_STDERR, BLOCK)
        pause = 0.00002
        while not _has_ended(self._process, self.name):
            self._check_time()
            sleep(pause)
            pause = min(pause * 2, _POLL / 2)
        # Before it is reaped, while its number cannot belong to anyone else.
        _kill_group(self._process)
        return self._process.wait()

    def close(self) -> None:
        """Kills the group, whatever its state, and lets go of the pipes."""
        if self._process.returncode is None:
            _kill_group(self._process)
            with suppress(subprocess.TimeoutExpired):  # stuck in the kernel; it is dead to us
                self._process.wait(_CLEAN_UP)
        if hasattr(self, "_transport"):
            self._transport.close()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _next_output(self, wanted: int, size: int) -> bytes:
        """The next block of standard output, or b"" when the wanted one of the two outputs is over; error output is put aside."""
        ended = False
        while wanted in self._open:
            event = self._transport.next(size, _POLL)
            self._check_time()
            if event is None:
                # It has ended, and a process that it left behind holds the pipe: nothing more is to come from itself. But what it
                # wrote last may have come between the two looks, so the pipe is looked at once more.
                if ended:
                    break
                ended = _has_ended(self._process, self.name)
                continue
            pipe, block = event
            if pipe == _STDIN:
                continue
            if not block:
                self._open.discard(pipe)
            elif pipe == _STDERR:
                self._keep(block)
            elif wanted == _STDOUT:
                return block
        return b""

    def _keep(self, block: bytes) -> None:
        block = block[: _STDERR_KEPT - self._stderr_size]
        if block:
            self._stderr.append(block)
            self._stderr_size += len(block)

    def _check_time(self) -> None:
        if self._deadline.passed():
            raise ToolTimedOut(f"{self.name} was stopped: the gate's time is over")
        if monotonic() >= self._end:
            raise ToolTimedOut(f"{self.name} was stopped after {self._timeout:g} s; raise --timeout if it needs longer")


def _has_ended(process: subprocess.Popen[bytes], name: str) -> bool:
    if process.returncode is not None:
        return True
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError as error:
        # With SIGCHLD ignored (inherited from a careless parent) the kernel throws the status away, and subprocess makes it 0.
        raise GateUnavailable(f"{name} ended, but its status is lost; run gates with SIGCHLD not ignored") from error


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        taskkill = os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "taskkill.exe")
        subprocess.run([taskkill, "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)  # noqa: S603 - by full path
        process.kill()  # in case taskkill is not there
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group that has only ended processes
        process.kill()


def _transport() -> Callable[[subprocess.Popen[bytes], Iterator[bytes] | None], _Transport]:
    if os.name != "nt":
        return _Poll
    from gates.core.pumps import Pumps  # threads and queues that no other system needs

    return Pumps


class _Poll:
    """The pipes of one program, waited for together and in the caller's thread."""

    def __init__(self, process: subprocess.Popen[bytes], feed: Iterator[bytes] | None) -> None:
        import fcntl  # POSIX only, as poll is
        import select

        self._feed: Iterator[bytes] = iter(()) if feed is None else feed
        self._waiting = b""
        self._stdin = process.stdin
        self._poll = select.poll()
        self._outputs: dict[int, int] = {}
        # In this order they are served: input first, so that the program has work; errors next, they are short.
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            self._poll.register(process.stdin.fileno(), select.POLLOUT)
        for pipe, number in ((process.stderr, _STDERR), (process.stdout, _STDOUT)):
            if pipe is not None:
                self._poll.register(pipe.fileno(), select.POLLIN)
                self._outputs[pipe.fileno()] = number
        if process.stdout is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
            with suppress(OSError):  # where this user may not, the usual 64 KiB means more switches between the two
                fcntl.fcntl(process.stdout.fileno(), fcntl.F_SETPIPE_SZ, MIB)

    def next(self, size: int, seconds: float) -> _Event | None:
        event: _Event | None = None
        for descriptor, _ in self._poll.poll(seconds * 1000):
            if descriptor in self._outputs:
                block = os.read(descriptor, size)
                if not block:
                    self._poll.unregister(descriptor)
                return self._outputs[descriptor], block
            self._write(descriptor)
            event = _STDIN, b""
        return event

    def _write(self, descriptor: int) -> None:
        self._waiting = self._waiting or next(self._feed, b"")
        try:
            if self._waiting:
                self._waiting = self._waiting[os.write(descriptor, self._waiting) :]
                return
        except BlockingIOError:
            return
        except BrokenPipeError:
            pass  # it wants no more input; its status says why
        self._poll.unregister(descriptor)
        if self._stdin is not None:
            self._stdin.close()

    def close(self) -> None:
        self._feed = iter(())
