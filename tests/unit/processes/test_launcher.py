"""The process that starts confined programs: streams, exit codes, CPU time, kills, and its own end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from syncline.processes.cpu_time import Account
from syncline.processes.launcher import ConfinedProcess, ConfinedProgram, Launcher

SAMPLES = Path(__file__).parents[3] / "samples"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    launcher = Launcher()
    yield launcher
    launcher.close()


def program(code: str, **limits: int) -> ConfinedProgram:
    return ConfinedProgram([sys.executable, "-I", "-S", "-c", code], limits, ["/"])


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_streams_and_exit_code(launcher: Launcher) -> None:
    code = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.stderr.write('done'); sys.exit(3)"
    with launcher.start(program(code), stdin=subprocess.PIPE) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(b"words")
        child.stdin.close()
        assert child.stdout.read() == b"WORDS"
        assert child.stderr.read() == b"done"
        assert child.wait() == 3


def test_a_file_takes_the_output(launcher: Launcher, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out, launcher.start(program("print('text')"), stdout=out) as child:
        assert child.wait() == 0
    assert (tmp_path / "out").read_text() == "text\n"


def test_only_the_three_streams_are_open(launcher: Launcher) -> None:
    with launcher.start(program("import time; time.sleep(600)")) as other:
        code = "import os; print(sorted(int(each) for each in os.listdir('/proc/self/fd'))[:-1])"
        with launcher.start(program(code)) as child:
            assert child.stdout is not None
            assert child.stdout.read() == b"[0, 1, 2]\n"
        assert not other.exited_within(0)


def test_limits_apply_and_no_process_can_be_started(launcher: Launcher) -> None:
    code = (
        "import os, resource\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], os.getsid(0) == os.getpid(), os.getcwd())\n"
        "try: os.fork()\n"
        "except PermissionError: print('refused')"
    )
    with launcher.start(program(code, RLIMIT_NOFILE=40)) as child:
        assert child.stdout is not None
        assert child.stdout.read().decode().split() == ["40", "True", "/", "refused"]


def test_the_environment_is_clean(launcher: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    with launcher.start(program("import os; print(os.getppid(), *os.environ)")) as child:
        assert child.stdout is not None
        server, *names = child.stdout.read().split()
        assert b"AWS_SECRET_ACCESS_KEY" not in names
        assert b"hidden" not in Path(f"/proc/{int(server)}/environ").read_bytes()


def test_the_cpu_time_is_charged_to_the_job(launcher: Launcher) -> None:
    account = Account()
    with account.open(), launcher.start(program("import time\nwhile time.process_time() < 0.3: pass")) as child:
        assert not child.exited_within(0.01)
        child.wait()
    assert account.charged == pytest.approx(0.32, abs=0.1)


def test_leaving_the_block_kills_the_program(launcher: Launcher) -> None:
    with launcher.start(program("import os, time; print(os.getpid(), flush=True); time.sleep(600)")) as child:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        assert not gone(pid)
    assert gone(pid)
    assert child.returncode == -signal.SIGKILL


def test_a_program_that_cannot_be_started_says_so(launcher: Launcher) -> None:
    with launcher.start(ConfinedProgram(["/no/such/program"], {}, ["/"])) as child:
        assert b"No such file" in child.stderr.read()
        assert child.wait() == 127


def server_of(child: ConfinedProcess) -> tuple[int, int]:
    """-> the process ids of a program that prints those, and of the process that started it."""
    assert child.stdout is not None
    own, parent = map(int, child.stdout.readline().split())
    return own, parent


WAITING = program("import os, time; print(os.getpid(), os.getppid(), flush=True); time.sleep(600)")


def test_killing_the_launcher_kills_its_programs_and_it_starts_again(launcher: Launcher) -> None:
    with launcher.start(WAITING) as child:
        pid, server = server_of(child)
        os.kill(server, signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        wait_for(lambda: gone(pid))
    with launcher.start(program("print('again')")) as child:
        assert child.stdout is not None
        assert child.stdout.read() == b"again\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_everything_ends_with_the_parent(number: int) -> None:
    code = (
        "from tests.unit.processes.test_launcher import WAITING, Launcher\n"
        "with Launcher().start(WAITING) as child: print(child.stdout.readline().decode(), flush=True); child.wait()"
    )
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, server = map(int, parent.stdout.readline().split())
        parent.send_signal(number)
    wait_for(lambda: gone(pid) and gone(server))


def test_an_ordinary_end_leaves_no_process() -> None:
    code = (
        "from tests.unit.processes.test_launcher import Launcher, program\n"
        "with Launcher().start(program('import os; print(os.getppid())')) as child: print(child.stdout.read().decode())"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True)
    assert gone(int(found.stdout))


def test_programs_start_where_the_package_is_installed_from_a_checkout(tmp_path: Path) -> None:
    """The launcher runs without the module site, which knows of such an installation. The tests have it on the path."""
    program = f"""
from pathlib import Path
from syncline.media import decode

print(decode(Path({str(SAMPLES / "hello.wav")!r}), Path("samples.raw")).samples)
"""
    found = subprocess.run([sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert found.stdout.strip() == "144253", found.stderr


def test_ctrl_c_ends_a_program_and_not_the_launcher(launcher: Launcher) -> None:
    ignored = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    with launcher.start(program(ignored)) as child:
        assert child.stdout is not None
        assert child.stdout.read() == b"False\n"
        assert launcher._process is not None
        launcher._process.send_signal(signal.SIGINT)
    with launcher.start(program("print('still there')")) as child:
        assert child.stdout is not None
        assert child.stdout.read() == b"still there\n"
