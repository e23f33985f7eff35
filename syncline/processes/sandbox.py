"""Confine a process that handles untrusted bytes, so that code that takes it over gains nothing.

`confine` restricts the calling process. The file is also a program, which confines itself and becomes another one:

    python -I -S sandbox.py PARENT_PID alone|children NAME=LIMIT,... COUNT READABLE... COUNT WRITABLE... PROGRAM ...

This needs a program: code between fork and exec (preexec_fn) can deadlock in a process with threads, and limits that
the parent sets arrive after the child has read its first bytes. The program starts in milliseconds because it imports
nothing of Syncline and little of Python.

A confined process has, where the kernel supports it:

- no new privileges, and no capabilities except reading files as root could;
- a seccomp filter: no sockets, no ptrace, no access to the memory of other processes, no signals to other processes, no
  io_uring, no new namespaces and, unless it may have children, no new processes;
- a Landlock domain: it can access only the given paths, and cannot signal or inspect processes outside its domain;
- resource limits, and the end of its parent as its own end.

A parent that starts such processes calls `protect_parent` first. It makes the parent non-dumpable, so that processes of
the same user can read neither its environment nor its memory.

The environment is the caller's business: pass `clean_environment()` to the child. Removing variables in the child would
leave their values in its memory.
"""

import ctypes
import os
import resource
import sys

_LINUX = sys.platform == "linux"

# Variables that programs and libraries need to start. Everything else, credentials above all, stays with the parent.
_ENVIRONMENT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "HOME", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "PYTHONPATH", "PYTHONHOME", "PYTHONHASHSEED", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV",
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_CORETYPE",
)  # fmt: skip

# What a dynamically linked program reads besides its own folder.
SYSTEM_PATHS = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/opt", "/nix/store", "/etc/ld.so.cache", "/etc/ld.so.conf",
    "/etc/ld.so.conf.d", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/proc/cpuinfo",
    "/proc/meminfo", "/sys/devices/system/cpu",
)  # fmt: skip

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_GET_SECCOMP, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 21, 22, 38
_SIGKILL = 9
_EVERY_PATH = "*"


def clean_environment() -> "dict[str, str]":
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


def protect_parent() -> None:
    """Make this process non-dumpable. Its own /proc files then belong to root, and debuggers need CAP_SYS_PTRACE."""
    global _warned
    make_undumpable()
    if not _warned and (missing := missing_protections()):
        import logging

        message = "this system has no %s: children that process uploads are confined without it"
        logging.getLogger(__name__).warning(message, " and no ".join(missing))
    _warned = True


_warned = False


def make_undumpable() -> None:
    if _LINUX:
        _libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def missing_protections() -> "list[str]":
    """What this kernel cannot enforce, for a warning in the log of the parent."""
    if not _LINUX:
        return ["seccomp", "Landlock"]
    missing = []
    if _architecture() is None or _libc().prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) < 0:
        missing.append("seccomp")
    if _landlock_version() < 1:
        missing.append("Landlock")
    return missing


def command(
    limits: "dict[str, int]",
    *,
    readable: "list[str] | None" = None,
    writable: "list[str] | None" = None,
    children: bool = False,
) -> "list[str]":
    """The beginning of a command line that confines the rest of it, with the arguments of `confine`."""
    text = ",".join(f"{name}={value}" for name, value in limits.items())
    mode = "children" if children else "alone"
    start = [sys.executable, "-I", "-S", __file__, str(os.getpid()), mode, text]
    return [*start, *_as_arguments(readable), *_as_arguments(writable)]


def _as_arguments(paths: "list[str] | None") -> "list[str]":
    return [_EVERY_PATH] if paths is None else [str(len(paths)), *paths]


def _take_paths(arguments: "list[str]") -> "list[str] | None":
    count = arguments.pop(0)
    return None if count == _EVERY_PATH else [arguments.pop(0) for _ in range(int(count))]


def confine(
    *,
    readable: "list[str] | None" = None,
    writable: "list[str] | None" = None,
    children: bool = False,
    parent: int = 0,
) -> None:
    """Restrict this process and its future children. A list of None leaves that kind of access as it is."""
    if not _LINUX:
        return
    libc = _libc()
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _restrict_files(libc, readable, writable)
    _drop_capabilities(libc)
    _filter_system_calls(libc, children=children, parent=parent or os.getppid())


def exit_with_parent(parent: int) -> None:
    """Linux only. Elsewhere the limit on CPU time ends an orphan."""
    if _LINUX:
        _libc().prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # The parent died before the call.
            os.kill(os.getpid(), _SIGKILL)


def limit_resources(limits: "dict[str, int]") -> None:
    for name, value in limits.items():
        if name == "RLIMIT_AS" and sys.platform == "darwin":
            continue  # macOS has the name but refuses the call.
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # The first signal for spent CPU time gives the reason. The second, a little later, cannot be caught.
        last = soft + 5 if name == "RLIMIT_CPU" and hard == resource.RLIM_INFINITY else soft
        resource.setrlimit(number, (soft, last))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


# --- Capabilities --------------------------------------------------------------------------------------------

_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_READ_SEARCH = 1 << 2  # Root reads the files of other users with it.


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable: the low 32 bits, then the high ones
    if libc.capget(header, data) == 0:
        kept = data[1] & _CAP_DAC_READ_SEARCH
        libc.capset(header, (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0))


# --- Landlock ------------------------------------------------------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_FILE_ACCESS_BY_VERSION = (0, (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 15) - 1, (1 << 16) - 1)
_READ_ACCESS = _EXECUTE | _READ_FILE | _READ_DIR
_MAKE_DEVICE = 1 << 11
_TCP_ACCESS = 0b11  # bind and connect
_SCOPES = 0b11  # abstract Unix sockets, and signals


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def _landlock_version() -> int:
    return int(_libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def _restrict_files(libc: ctypes.CDLL, readable: "list[str] | None", writable: "list[str] | None") -> None:
    version = _landlock_version()
    if version < 1:
        return
    every_access = _FILE_ACCESS_BY_VERSION[min(version, len(_FILE_ACCESS_BY_VERSION) - 1)]
    # A ruleset must handle something. No program here makes device files.
    handled = _MAKE_DEVICE | (_READ_ACCESS if readable is not None else 0)
    handled |= every_access & ~_READ_ACCESS if writable is not None else 0
    ruleset = (ctypes.c_uint64 * 3)(handled, _TCP_ACCESS if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    descriptor = libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0)
    if descriptor < 0:
        return
    for path in readable or ():
        _allow(libc, descriptor, path, _READ_ACCESS & handled)
    for path in ("/dev/null", *(writable or ())):
        _allow(libc, descriptor, path, every_access & handled)
    libc.syscall(_RESTRICT_SELF, descriptor, 0)
    os.close(descriptor)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # Not every system has every path.
    if not os.path.isdir(path):  # noqa: PTH112 - pathlib takes longer to import than the rest
        access &= _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
    if access:
        libc.syscall(_ADD_RULE, ruleset, 1, ctypes.byref(_PathRule(access, descriptor)), 0)
    os.close(descriptor)


# --- seccomp -------------------------------------------------------------------------------------------------

# x86_64, aarch64. Sockets: also none from io_uring. Unix socket pairs reach no other process and stay allowed.
_DENIED_CALLS = (
    ("socket", 41, 198), ("connect", 42, 203), ("bind", 49, 200), ("listen", 50, 201), ("accept", 43, 202),
    ("accept4", 288, 242), ("io_uring_setup", 425, 425), ("io_uring_enter", 426, 426), ("io_uring_register", 427, 427),
    ("ptrace", 101, 117), ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271), ("kcmp", 312, 272),
    ("process_madvise", 440, 440), ("pidfd_open", 434, 434), ("pidfd_getfd", 438, 438), ("pidfd_send_signal", 424, 424),
    ("rt_sigqueueinfo", 129, 138), ("rt_tgsigqueueinfo", 297, 240), ("tkill", 200, 130),
    ("perf_event_open", 298, 241), ("bpf", 321, 280), ("userfaultfd", 323, 282),
    ("add_key", 248, 217), ("request_key", 249, 218), ("keyctl", 250, 219),
    ("unshare", 272, 97), ("setns", 308, 268), ("mount", 165, 40), ("umount2", 166, 39), ("pivot_root", 155, 41),
    ("chroot", 161, 51), ("open_by_handle_at", 304, 265),
)  # fmt: skip
_ARCHITECTURES = {  # column of the table, audit number; clone, clone3, kill, tgkill, seccomp; fork and vfork
    "x86_64": (1, 0xC000003E, 56, 435, 62, 234, 317, (57, 58)),
    "aarch64": (2, 0xC00000B7, 220, 435, 129, 131, 277, ()),
}
_X32_CALLS = 0x40000000
_CLONE_THREAD = 0x10000
_EVERYONE = 0xFFFFFFFF  # -1, all processes of this user
_EPERM, _ENOSYS = 1, 38

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_CALL, _ARCHITECTURE, _ARGUMENT = 0, 4, 16  # offsets in seccomp_data; of the first argument the low 32 bits
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def _architecture() -> "tuple[int, int, int, int, int, int, int, tuple[int, ...]] | None":
    return _ARCHITECTURES.get(os.uname().machine) if sys.maxsize > 2**32 else None


def _filter_system_calls(libc: ctypes.CDLL, *, children: bool, parent: int) -> None:
    architecture = _architecture()
    if architecture is None:
        return
    rules = _rules(architecture, children=children, own=os.getpid(), parent=parent)
    program = _Program(len(rules), (_Instruction * len(rules))(*(_Instruction(*rule) for rule in rules)))
    # Flag 1 applies the filter to all threads of the process. prctl, for old kernels, knows only the calling one.
    if libc.syscall(architecture[6], 1, 1, ctypes.byref(program)) != 0:
        libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0)


def _rules(
    architecture: "tuple[int, int, int, int, int, int, int, tuple[int, ...]]", *, children: bool, own: int, parent: int
) -> "list[tuple[int, int, int, int]]":
    column, audit, clone, clone3, kill, tgkill, _, forks = architecture
    deny = (_RETURN, 0, 0, _ERROR | _EPERM)
    allow = (_RETURN, 0, 0, _ALLOW)
    rules = [
        (_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, audit), deny,  # 32-bit calls have other numbers
        (_LOAD, 0, 0, _CALL), (_AT_LEAST, 0, 1, _X32_CALLS), deny,
    ]  # fmt: skip
    for call in _DENIED_CALLS:
        rules += [(_EQUAL, 0, 1, int(call[column])), deny]
    if not children:
        for call_number in forks:
            rules += [(_EQUAL, 0, 1, call_number), deny]
        # A filter cannot read the flags of clone3. The C library falls back to clone, whose flags it can.
        rules += [(_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _ERROR | _ENOSYS)]
        rules += [(_EQUAL, 0, 4, clone), (_LOAD, 0, 0, _ARGUMENT), (_ANY_BIT, 0, 1, _CLONE_THREAD), allow, deny]
    for call_number in (kill, tgkill):
        if children:  # It may signal its children, whose numbers are not known, but neither its parent nor everyone.
            rules += [
                (_EQUAL, 0, 5, call_number), (_LOAD, 0, 0, _ARGUMENT), (_EQUAL, 1, 0, parent),
                (_EQUAL, 0, 1, _EVERYONE), deny, allow,
            ]  # fmt: skip
        else:
            rules += [
                (_EQUAL, 0, 4, call_number), (_LOAD, 0, 0, _ARGUMENT), (_EQUAL, 0, 1, own), allow, deny,
            ]  # fmt: skip
    return [*rules, allow]


def main() -> None:
    parent, mode, limits, *rest = sys.argv[1:]
    readable, writable = _take_paths(rest), _take_paths(rest)
    exit_with_parent(int(parent))
    pairs = [each.partition("=") for each in limits.split(",") if each]
    limit_resources({name: int(value) for name, _, value in pairs})
    confine(readable=readable, writable=writable, children=mode == "children", parent=int(parent))
    os.execv(rest[0], rest)  # noqa: S606 - running the given program is its purpose


if __name__ == "__main__":
    main()
