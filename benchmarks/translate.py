"""CTranslate2 int8 against Hugging Face transformers fp32, on M2M100 418M: tokens per CPU second, and memory.

    python -m benchmarks.translate [--work FOLDER]        (make bench-translate)

Both sides get the same token ids, must produce the same number of tokens, use one thread each, and take turns, so that
changes of the machine's speed affect both. The weights are random but of the published shape: speed does not depend on
their values, and output lengths are fixed. Needs the extras worker and models, 2.5 GB of disk and 6 GB of memory.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import report
from benchmarks.report import Result

SOURCE_TOKENS, OUTPUT_TOKENS = 20, 20
CASES = ((1, 5, 3), (8, 5, 2), (32, 1, 2), (32, 5, 1))  # batch, beam, rounds
TARGETS = {1: 4.0, 8: 5.0, 32: 5.0}  # by batch
MEMORY_TARGET = 0.4
BATCHES = (16, 64, 128, 256)  # below and above the limit in syncline/translation/batching.py
SIDES = ("hugging face fp32", "ctranslate2 int8")


def work_like_hugging_face(folder: Path):
    import torch
    from transformers import M2M100ForConditionalGeneration

    torch.set_num_threads(1)
    model = M2M100ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    english, french = 128_022, 128_028  # any two languages: ids do not change the work
    row = [english, *range(100, 100 + SOURCE_TOKENS), 2]

    def run(batch: int, beam: int) -> None:
        with torch.inference_mode():
            model.generate(
                torch.tensor([row] * batch),
                forced_bos_token_id=french,
                num_beams=beam,
                min_new_tokens=OUTPUT_TOKENS + 1,  # one of them is the language
                max_new_tokens=OUTPUT_TOKENS + 1,
            )

    return run


def work_like_ctranslate2(folder: Path):
    import ctranslate2

    translator = ctranslate2.Translator(str(folder), inter_threads=1, intra_threads=1)
    row = ["__en__", *(f"unused{number}" for number in range(SOURCE_TOKENS)), "</s>"]

    def run(batch: int, beam: int) -> None:
        translator.translate_batch(
            [row] * batch,
            target_prefix=[["__fr__"]] * batch,
            beam_size=beam,
            min_decoding_length=OUTPUT_TOKENS,
            max_decoding_length=OUTPUT_TOKENS,
        )

    return run


def child(side: str, folder: Path) -> None:
    """Answer each line `batch beam` with the CPU seconds used, and the end of input with the peak memory."""
    run = {SIDES[0]: work_like_hugging_face, SIDES[1]: work_like_ctranslate2}[side](folder)
    run(1, 1)
    print("ready", flush=True)
    for line in sys.stdin:
        batch, beam = map(int, line.split())
        started = time.process_time()
        run(batch, beam)
        print(time.process_time() - started, flush=True)
    print(peak_mib())


def peak_mib() -> float:
    """The peak of this program. getrusage would include the memory of the parent at the fork."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


class Side:
    def __init__(self, name: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.translate", "--child", name, "--work", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        )
        assert self._process.stdout.readline().strip() == "ready"

    def cpu_seconds(self, batch: int, beam: int) -> float:
        print(batch, beam, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def close(self) -> float:
        """Return the peak memory in MiB."""
        answer, _ = self._process.communicate()
        return float(answer)


def compare(work: Path, result: Result) -> None:
    from benchmarks.random_m2m100 import make

    sides = [Side(name, folder) for name, folder in zip(SIDES, make(work), strict=True)]
    for batch, beam, rounds in CASES:
        seconds = [[side.cpu_seconds(batch, beam) for side in sides] for _ in range(rounds)]
        plain, ours = (batch * OUTPUT_TOKENS / statistics.median(one) for one in zip(*seconds, strict=True))
        result.add("speed", batch=batch, beam=beam, plain=plain, ours=ours, ratio=ours / plain, target=TARGETS[batch])
    plain, ours = (side.close() for side in sides)
    result.add("memory", plain=plain, ours=ours, ratio=ours / plain, target=MEMORY_TARGET)


def compare_batches(work: Path, result: Result) -> None:
    """Compare batch sizes with CTranslate2 at beam 1. A process of its own keeps them out of the memory comparison."""
    from benchmarks.random_m2m100 import make

    side = Side(SIDES[1], make(work)[1])
    for batch in BATCHES:
        result.add("batches", batch=batch, speed=batch * OUTPUT_TOKENS / side.cpu_seconds(batch, 1))
    side.close()


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "syncline-bench-translate")
    parser.add_argument("--child", choices=SIDES, help="work like this side")
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child, arguments.work)
        return
    with report.measuring("translate", arguments, packages=["torch", "transformers", "ctranslate2"]) as result:
        compare(arguments.work, result)
        compare_batches(arguments.work, result)


if __name__ == "__main__":
    main()
