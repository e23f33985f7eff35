"""Start confined programs from a small process that forks, confines the fork, and lets it become the program.

A program must be confined before it reads a byte, and in a process of its own: code between fork and exec can deadlock
in a process with threads. Starting a Python interpreter for that takes 15 ms of CPU time, as long as ffmpeg needs for a
short recording. A fork of an interpreter that runs already takes a fifth of that.

The process starts with the first program and ends with this one. It has no credentials. It gets requests on a socket,
with the program's streams, and reports the end of each program on a socket of the request's own.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import marshal
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from syncline.processes import cpu_time, sandbox

# Ctrl-C is the parent's business.
_PROGRAM = (
    "import json, signal, sys\n"
    "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "sys.path[:] = json.loads(sys.argv[1])\n"
    "from syncline.processes.launcher import serve\n"
    "serve(int(sys.argv[2]), int(sys.argv[3]))"
)
_LENGTH = struct.Struct("!I")
_END = struct.Struct("!id")  # the exit code and the CPU seconds of a program
_KILL = b"k"
_LONG_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class ConfinedProgram:
    """What to start, and the arguments of `sandbox.limit_resources` and `sandbox.confine`."""

    command: list[str]
    limits: dict[str, int]
    readable: list[str]
    writable: list[str] = field(default_factory=list)

    def as_bytes(self) -> bytes:
        request = (self.command, self.limits, self.readable, self.writable, sandbox.clean_environment())
        return marshal.dumps(request)


class ConfinedProcess:
    """A program that runs. Leaving the block kills it and all processes of its session."""

    def __init__(
        self, end: socket.socket, stdin: IO[bytes] | None, stdout: IO[bytes] | None, stderr: IO[bytes]
    ) -> None:
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.returncode: int | None = None
        self._end = end
        self._lock = threading.Lock()  # `kill` may come from another thread

    def exited_within(self, seconds: float) -> bool:
        """Wait for the program, and charge its CPU time to the job whose account is open."""
        if self.returncode is None and _readable([self._end.fileno()], seconds):
            report = self._end.recv(_END.size, socket.MSG_WAITALL)
            # Without a report, the launcher was killed, and the program with it.
            code, cpu_seconds = _END.unpack(report) if len(report) == _END.size else (-signal.SIGKILL, 0.0)
            cpu_time.charge(cpu_seconds)
            self.returncode = code
        return self.returncode is not None

    def wait(self) -> int:
        while not self.exited_within(_LONG_SECONDS):
            pass
        assert self.returncode is not None  # noqa: S101 - for the type checker
        return self.returncode

    def kill(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._end.send(_KILL)

    def __enter__(self) -> ConfinedProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.wait()
        with self._lock:
            self._end.close()
        for stream in filter(None, (self.stdin, self.stdout, self.stderr)):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


class Launcher:
    """Safe to use from any thread. It starts its process with the first program, and again if that was killed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._starter: ThreadPoolExecutor | None = None

    def start(
        self, program: ConfinedProgram, *, stdin: int = subprocess.DEVNULL, stdout: int | IO[bytes] = subprocess.PIPE
    ) -> ConfinedProcess:
        """The program gets a pipe as stderr, in a session of its own, with "/" as its folder."""
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            end, their_end = socket.socketpair()
            ours.enter_context(end)
            theirs.enter_context(their_end)
            their_in, our_in = _input(stdin, theirs)
            their_out, our_out = _output(stdout, theirs)
            their_err, our_err = _output(subprocess.PIPE, theirs)
            for stream in filter(None, (our_in, our_out, our_err)):
                ours.enter_context(stream)
            self._send(program.as_bytes(), [their_end.fileno(), their_in, their_out, their_err])
            ours.pop_all()
            assert our_err is not None  # noqa: S101 - for the type checker: it is a pipe
            return ConfinedProcess(end, our_in, our_out, our_err)

    def close(self) -> None:
        """End the process, and with it every program that still runs."""
        with self._lock:
            self._end_process()

    def _send(self, request: bytes, descriptors: list[int]) -> None:
        with self._lock:
            try:
                self._send_to(self._control or self._start_process(), request, descriptors)
            except (BrokenPipeError, ConnectionResetError):
                self._end_process()
                self._send_to(self._start_process(), request, descriptors)

    @staticmethod
    def _send_to(control: socket.socket, request: bytes, descriptors: list[int]) -> None:
        socket.send_fds(control, [_LENGTH.pack(len(request))], descriptors)
        control.sendall(request)

    def _start_process(self) -> socket.socket:
        # Linux ends a child with the *thread* that started it. This thread lives as long as this process.
        self._starter = self._starter or ThreadPoolExecutor(max_workers=1, thread_name_prefix="launcher-starter")
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = self._starter.submit(_start_server, theirs).result()
        atexit.register(self.close)
        return self._control

    def _end_process(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        atexit.unregister(self.close)


def _start_server(control: socket.socket) -> subprocess.Popen[bytes]:
    # Without the module site, an editable installation of Syncline is not on the path.
    path = json.dumps([str(Path(__file__).resolve().parents[2]), *sys.path])
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _PROGRAM, path, str(os.getpid()), str(control.fileno())],
        env=sandbox.clean_environment(),
        pass_fds=[control.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def _readable(descriptors: list[int], seconds: float) -> set[int]:
    """Wait until one of them can be read. select.select would refuse numbers above 1,023."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll(1000 * seconds)}


def _input(stdin: int, theirs: contextlib.ExitStack) -> tuple[int, IO[bytes] | None]:
    if stdin == subprocess.PIPE:
        reader, writer = os.pipe()
        theirs.callback(os.close, reader)
        return reader, os.fdopen(writer, "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    theirs.callback(os.close, null)
    return null, None


def _output(stdout: int | IO[bytes], theirs: contextlib.ExitStack) -> tuple[int, IO[bytes] | None]:
    if not isinstance(stdout, int):
        return stdout.fileno(), None
    reader, writer = os.pipe()
    theirs.callback(os.close, writer)
    return writer, os.fdopen(reader, "rb")


# --- The small process ---------------------------------------------------------------------------------------


def serve(parent: int, descriptor: int) -> None:
    """Run the small process, until the parent closes its end of the socket or dies."""
    sandbox.exit_with_parent(parent)
    sandbox.make_undumpable()
    os.chdir("/")  # A crafted file cannot name other uploads by a relative path.
    server = _Server(socket.socket(fileno=descriptor))
    try:
        server.run()
    finally:
        server.kill_all()


class _Server:
    """One thread: a program that has not been waited for keeps its process id, so a kill cannot hit another one."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._control.set_inheritable(False)
        self._ends: dict[int, socket.socket] = {}  # by the program's process id
        self._listening: dict[int, int] = {}  # descriptor of the socket -> process id
        self._woken, wake = socket.socketpair()
        wake.setblocking(False)
        self._wake = wake
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno())

    def run(self) -> None:
        while True:
            ready = _readable([self._control.fileno(), self._woken.fileno(), *self._listening], _LONG_SECONDS)
            if self._woken.fileno() in ready:
                self._woken.recv(4096)
                self._report_ended()
            for descriptor in ready & self._listening.keys():  # a request to kill, or the end of the waiting thread
                self._kill(self._listening.pop(descriptor))
            if self._control.fileno() in ready and not self._start_next():
                return

    def kill_all(self) -> None:
        for pid in self._ends:
            self._kill(pid)

    def _start_next(self) -> bool:
        """-> whether there was a request."""
        header, descriptors, _, _ = socket.recv_fds(self._control, _LENGTH.size, 4)
        if len(header) < _LENGTH.size:
            return False
        (length,) = _LENGTH.unpack(header)
        request = marshal.loads(self._control.recv(length, socket.MSG_WAITALL))  # noqa: S302 - from the parent
        end, streams = socket.socket(fileno=descriptors[0]), descriptors[1:]
        end.set_inheritable(False)
        try:
            self._start(request, end, streams)
        except OSError:  # no process could be made; the parent finds the socket closed
            end.close()
        for stream in streams:
            os.close(stream)
        return True

    def _start(self, request: Any, end: socket.socket, streams: list[int]) -> None:
        launcher = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                _become(request, streams, launcher)
            except BaseException as error:
                os.write(2, f"could not start the program: {error}\n".encode())
            finally:
                os._exit(127)
        self._ends[pid] = end
        self._listening[end.fileno()] = pid

    def _kill(self, pid: int) -> None:
        for kill in (os.killpg, os.kill):  # the program has no group of its own for its first instructions
            with contextlib.suppress(ProcessLookupError):
                kill(pid, signal.SIGKILL)
                return

    def _report_ended(self) -> None:
        for pid in list(self._ends):
            ended, status, usage = os.wait4(pid, os.WNOHANG)
            if ended:
                end = self._ends.pop(pid)
                self._listening.pop(end.fileno(), None)
                with contextlib.suppress(OSError):
                    end.send(_END.pack(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime))
                end.close()


def _become(request: Any, streams: list[int], launcher: int) -> None:
    command, limits, readable, writable, environment = request
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sandbox.exit_with_parent(launcher)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sandbox.limit_resources(limits)
    sandbox.confine(readable=readable, writable=writable, parent=launcher)
    os.execve(command[0], command, environment)  # noqa: S606 - running the given program is its purpose
