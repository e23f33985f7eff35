"""Hostile code in the place of ffmpeg, in a pool child, and in a program that may have children.

It tries to reach the credentials, the memory and the processes of the worker, as root and as another user.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from syncline.core.alignment import Word
from syncline.processes import sandbox
from syncline.processes.outcomes import Failure
from syncline.processes.pool import SandboxedPool
from syncline.processes.sandbox import missing_protections

ROOT = Path(__file__).parents[3]
SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "stolen-key",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/stolen",
    "SYNCLINE_TOKEN": "stolen-token",
    "HF_TOKEN": "stolen-hub-token",
}
USER = 10_001  # the user of the worker image

pytestmark = pytest.mark.skipif(bool(missing_protections()), reason="this kernel has no seccomp or no Landlock")

# Each attack returns what it gained. Whatever it raises is reported as "refused".
ATTACKS = textwrap.dedent("""
    import ctypes, json, mmap, os, signal, socket, subprocess, sys, threading
    PORT, SECRET_FILE, OUTSIDE = {port}, {secret_file!r}, {outside!r}
    PARENT = os.getppid()

    def environment(): return [name for name in os.environ if name.startswith(("AWS_", "SYNCLINE_", "ECS_", "HF_"))]
    def own_initial_environment(): return b"stolen" in open("/proc/self/environ", "rb").read()
    def parent_environment(): return open(f"/proc/{{PARENT}}/environ", "rb").read().count(b"stolen")
    def parent_memory():
        start = int(open(f"/proc/{{PARENT}}/maps").readline().split("-")[0], 16)
        with open(f"/proc/{{PARENT}}/mem", "rb") as memory: return len(memory.read(1) if memory.seek(start) else b"")
    def connect(): return socket.create_connection(("127.0.0.1", PORT), timeout=5).recv(10).decode()
    def udp(): return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).fileno()
    def unix_socket(): return socket.socket(socket.AF_UNIX).fileno()
    def check(result):
        if result < 0: raise OSError(ctypes.get_errno(), "refused")
        return "possible"
    libc = ctypes.CDLL(None, use_errno=True)
    def ptrace(): return check(libc.ptrace(16, PARENT, 0, 0))
    def process_vm_readv():
        local = ctypes.create_string_buffer(8)
        vector = (ctypes.c_void_p * 2)(ctypes.addressof(local), 8)
        return check(libc.process_vm_readv(PARENT, vector, 1, (ctypes.c_void_p * 2)(0x400000, 8), 1, 0))
    def io_uring(): return check(libc.syscall(425, 4, ctypes.create_string_buffer(256)))
    def signal_parent(): return os.kill(PARENT, 0) or "possible"
    def signal_group(): return os.kill(-os.getpgid(PARENT), 0) or "possible"
    def signal_everyone(): return os.kill(-1, 0) or "possible"
    def pidfd(): return os.pidfd_open(PARENT)
    def fork(): return os.fork() or os._exit(0)
    def start_program(): return subprocess.run(["/bin/true"]).returncode
    def read_other_file(): return open(SECRET_FILE).read()
    def list_folder(): return os.listdir(os.path.dirname(SECRET_FILE))
    def write_file(): return open(OUTSIDE, "w").write("x")
    def make_folder(): return os.mkdir(OUTSIDE + "-folder") or "possible"
    def gain_root(): return os.setuid(0) or open("/proc/1/environ", "rb").read(1).decode()
    def new_namespace(): return check(libc.unshare(0x10000000))

    def attempt(attack):
        try: return attack()
        except (OSError, PermissionError) as error: return "refused"

    def thread_works():
        seen = []
        thread = threading.Thread(target=seen.append, args=(1,))
        thread.start()
        thread.join()
        return seen

    names = [name for name, value in list(globals().items()) if getattr(value, "__module__", "") == __name__]
    names = [name for name in names if name not in ("check", "attempt", "thread_works")]
    report = {{name: attempt(globals()[name]) for name in names}} | {{"thread_works": thread_works()}}
""")
# These two may succeed, and must find nothing.
EMPTY = {"environment": [], "own_initial_environment": False}


def gains(report: dict[str, object], *allowed: str) -> dict[str, object]:
    """The attacks that gained something, but for the allowed ones."""
    assert report.pop("thread_works") == [1], "decoders need threads"
    assert len(report) > 20
    return {
        name: gain
        for name, gain in report.items()
        if gain not in ("refused", EMPTY.get(name, "refused")) and name not in allowed
    }


@pytest.fixture
def listener() -> Iterator[int]:
    """Stands for the credentials endpoint 169.254.170.2."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter: pytest's own belong to root alone."""
    folder = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def run_attacks(folder: Path, port: int, uid: int | None) -> dict[str, object]:
    """Decode with a hostile ffmpeg, in a process that holds secrets. Return what each attack gained."""
    (folder / "secret").write_text("another upload")
    (folder / "talk.mp3").write_bytes(b"not empty")
    python = sys.executable if uid is None else python_of_everyone()
    attacks = ATTACKS.format(port=port, secret_file=str(folder / "secret"), outside=str(folder / "written"))
    hostile = folder / "bin" / "ffmpeg"  # the folder of ffmpeg is readable, for its libraries
    hostile.parent.mkdir()
    hostile.write_text(f"#!{python}\n{attacks}\nsys.stdout.write(json.dumps(report))\n")
    hostile.chmod(0o755)
    path = f"{hostile.parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "PYTHONPATH": str(ROOT), "IMAGEIO_FFMPEG_EXE": str(hostile), **SECRETS}
    user = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    answer = subprocess.run(
        [python, "-c", DECODE, str(folder)],
        env=environment, cwd=folder, capture_output=True, text=True, check=True, timeout=120, **user,
    )  # fmt: skip
    found: dict[str, object] = json.loads(answer.stdout)
    return found


def python_of_everyone() -> str:
    """This Python may lie in a folder that only root can enter."""
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3"):
        probe = [candidate, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        try:
            if subprocess.run(probe, user=USER, group=USER, extra_groups=[], check=False).returncode == 0:
                return candidate
        except OSError:
            continue
    pytest.skip("no Python that every user can run")


# The hostile ffmpeg writes its report in place of samples.
DECODE = """
import sys
from pathlib import Path
from syncline.media.decoding import decode
raw = decode(Path(sys.argv[1], "talk.mp3"), Path(sys.argv[1], "talk.raw")).path
print(raw.read_text())
"""


@pytest.mark.parametrize("uid", [None, USER], ids=["same user", "user without capabilities"])
def test_a_hostile_decoder_gains_nothing(open_folder: Path, listener: int, uid: int | None) -> None:
    if uid is not None and os.geteuid() != 0:
        pytest.skip("only root can run a process as another user")
    report = run_attacks(open_folder, listener, uid)
    assert gains(report) == {}
    assert not (open_folder / "written").exists()


def run_here(source: str) -> dict[str, object]:
    namespace: dict[str, object] = {"__name__": "attacks"}
    exec(source, namespace)
    report = namespace["report"]
    assert isinstance(report, dict)
    return report


@pytest.fixture
def attacks(tmp_path: Path, listener: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """The program of a child that was taken over, with secrets in the environment of its parent."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "secret").write_text("another upload")
    return ATTACKS.format(port=listener, secret_file=str(tmp_path / "secret"), outside=str(tmp_path / "written"))


def test_hostile_code_in_a_pool_child_gains_nothing_but_readable_files(attacks: str) -> None:
    with SandboxedPool(1, task_seconds=60) as pool:
        (report,) = pool.run(run_here, [attacks])
    assert isinstance(report, dict)
    assert gains(report, "read_other_file", "list_folder") == {}


def test_a_program_that_may_have_children_cannot_reach_its_parent(tmp_path: Path, attacks: str) -> None:
    (tmp_path / "program.py").write_text(attacks + "\nprint(json.dumps(report))\n")
    own = tmp_path / "own"
    own.mkdir()
    confined = sandbox.command({"RLIMIT_CORE": 0}, writable=[str(own)], children=True)
    sandbox.protect_parent()
    answer = subprocess.run(
        [*confined, sys.executable, str(tmp_path / "program.py")],
        env=sandbox.clean_environment(), capture_output=True, text=True, check=True, start_new_session=True,
    )  # fmt: skip
    report = json.loads(answer.stdout)
    assert gains(report, "fork", "start_program", "read_other_file", "list_folder") == {}


class Exploit:
    """Unpickling it calls a function in the process that receives it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (self._path,)


def send_exploit(path: Path) -> Exploit:
    return Exploit(path)


def test_a_result_of_a_pool_child_cannot_run_code_in_the_parent(tmp_path: Path) -> None:
    target = tmp_path / "made-by-the-parent"
    with SandboxedPool(1, task_seconds=60) as pool:
        (result,) = pool.run(send_exploit, [target])
        assert result == Failure("its process sent an unexpected message")
        assert not target.exists()
        assert list(pool.run(abs, [-1])) == [1]


def data_of_every_kind(item: int) -> object:
    """What engines return: dataclasses of Syncline, arrays and scalars of NumPy."""
    return [Word("success", "hello", 0.5, 0.9, 0, 5), np.arange(item), np.float32(item), {"a": (1, None, {b"b"})}]


def test_results_of_a_pool_child_are_data_of_every_kind() -> None:
    with SandboxedPool(1, task_seconds=60) as pool:
        ((word, array, scalar, others),) = pool.run(data_of_every_kind, [3])
    assert word == Word("success", "hello", 0.5, 0.9, 0, 5)
    assert array.tolist() == [0, 1, 2]
    assert scalar == np.float32(3)
    assert others == {"a": (1, None, {b"b"})}
