"""Choose the kernels of OpenBLAS, the library with which numpy multiplies matrices.

The OpenBLAS of numpy's wheels has kernels for AVX-512, but chooses those for AVX2 on AMD's processors, even on those
that have AVX-512. With the right ones, matrix products take half the time. The choice is read once, when numpy is first
imported.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

VARIABLE = "OPENBLAS_CORETYPE"
_CPU_INFO = Path("/proc/cpuinfo")
_AMD = "AuthenticAMD"
_NEEDED = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}  # by the kernels for Intel's Skylake X


def kernel_variables() -> dict[str, str]:
    """The environment variable that chooses better kernels, if there are any."""
    name = _kernels_of_this_machine()
    return {VARIABLE: name} if name else {}


@cache
def _kernels_of_this_machine() -> str | None:
    try:
        return better_kernels(_CPU_INFO.read_text(encoding="utf-8"))
    except OSError:  # not Linux, or hidden
        return None


def better_kernels(cpu_info: str) -> str | None:
    """`cpu_info`: the text of /proc/cpuinfo."""
    fields = dict(_field(line) for line in cpu_info.partition("\n\n")[0].splitlines())
    flags = set(fields.get("flags", "").split())
    return "SKYLAKEX" if fields.get("vendor_id") == _AMD and flags >= _NEEDED else None


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()
