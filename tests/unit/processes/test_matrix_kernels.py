import os
import subprocess
import sys

import pytest

from syncline.processes.matrix_kernels import VARIABLE, better_kernels
from syncline.processes.sandbox import clean_environment

AVX512 = "avx512f avx512cd avx512bw avx512dq avx512vl"


def cpu_info(vendor: str, flags: str) -> str:
    first = f"processor\t: 0\nvendor_id\t: {vendor}\nmodel name\t: Some CPU\nflags\t\t: fpu sse2 avx2 {flags}\n"
    return f"{first}\nprocessor\t: 1\nvendor_id\t: {vendor}\n"


@pytest.mark.parametrize(
    ("vendor", "flags", "expected"),
    [
        ("AuthenticAMD", AVX512, "SKYLAKEX"),
        ("AuthenticAMD", AVX512.removesuffix(" avx512vl"), None),
        ("AuthenticAMD", "", None),
        ("GenuineIntel", AVX512, None),  # OpenBLAS chooses well by itself
    ],
)
def test_amd_processors_with_avx512_use_its_kernels(vendor: str, flags: str, expected: str | None) -> None:
    assert better_kernels(cpu_info(vendor, flags)) == expected


@pytest.mark.parametrize("text", ["", "processor : 0\nBogoMIPS : 243.75\nFeatures : fp asimd\n", "no colon"])
def test_other_processors_choose_for_themselves(text: str) -> None:
    assert better_kernels(text) is None


def test_child_processes_keep_the_kernels_that_the_user_chose() -> None:
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from {clean_environment.__module__} import *; print(clean_environment()['{VARIABLE}'])",
        ],
        env=os.environ | {VARIABLE: "PRESCOTT"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert child.stdout == "PRESCOTT\n"
