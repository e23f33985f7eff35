"""Measure finding entities and answering questions: words per second of CPU time, and memory.

    python -m benchmarks.enrich        # make bench-enrich

The text is that of the samples, repeated to the length of some hours of speech. Entities: with the real model, in one
child process of a worker. Questions: with a model of the true size and random weights, in this process, on one thread.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks import random_roberta, report
from scripts import english_entities
from syncline import text
from syncline.core.alignment import SUCCESS, Alignment, Word
from syncline.core.sentences import Sentence
from syncline.core.transcript import read_plain_text
from syncline.enrichment import AnswerModel, answer_questions, open_entity_finder
from syncline.models.catalogue import ANSWERS
from syncline.models.installed import InstalledModel
from syncline.processes.cpu_time import Account
from syncline.processes.pool import SandboxedPool

ROOT = Path(__file__).resolve().parents[1]
WORDS_PER_HOUR = 9_000  # 150 words a minute


def sample_text(words: int) -> str:
    paragraphs = [path.read_text(encoding="utf-8").strip() for path in sorted((ROOT / "samples").glob("*.txt"))]
    own = "\n".join(paragraphs)
    return "\n".join([own] * (1 + words // len(own.split())))


def alignment_of(words: int) -> tuple[Alignment, list[Sentence]]:
    transcript = sample_text(words)
    found = list(re.finditer(r"\S+", transcript))[:words]
    transcript = transcript[: found[-1].end()]
    heard = tuple(
        Word(SUCCESS, match[0], number * 0.4, number * 0.4 + 0.3, match.start(), match.end())
        for number, match in enumerate(found)
    )
    return Alignment(transcript, heard), text.split_sentences(read_plain_text(transcript), heard, "en")


def measure_entities(words: int, models: Path) -> dict[str, float]:
    alignment, sentences = alignment_of(words)
    loading, finding = Account(), Account()
    with SandboxedPool(1, task_seconds=300) as pool:
        finder = open_entity_finder("en", models, pool)
        with loading.open():
            finder.find(alignment, sentences[:1])
        with finding.open():
            found = finder.find(alignment, sentences)
    return {
        "words": words,
        "load": loading.seconds,
        "seconds": finding.seconds,
        "speed": words / finding.seconds,
        "entities": len(found),
        "mebibytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


def measure_question(words: int, folder: Path) -> dict[str, float]:
    """Peak memory is that of a process of its own, with the model and the text."""
    code = f"from benchmarks.enrich import answer_once; answer_once({words}, {str(folder)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def answer_once(words: int, folder: str) -> None:
    alignment, sentences = alignment_of(words)
    started = time.process_time()
    model = AnswerModel(InstalledModel("random", ANSWERS, Path(folder), 0, {}), threads=1)
    loaded = time.process_time()
    answer_questions(model, alignment, sentences, ["What did the farmers build in the long winters?"])
    seconds = time.process_time() - loaded
    # ru_maxrss would be that of the parent, if it is higher.
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    row = {"words": words, "load": loaded - started, "seconds": seconds, "speed": words / seconds}
    print(json.dumps(row | {"mebibytes": int(peak) / 1024}))


def main() -> None:
    arguments = report.parser(__doc__).parse_args()
    with (
        report.measuring("enrich", arguments, packages=["spacy", "ctranslate2"]) as result,
        tempfile.TemporaryDirectory() as temporary,
    ):
        models = english_entities.install()
        for hours in (1, 4, 12):
            result.add("entities", hours=hours, **measure_entities(hours * WORDS_PER_HOUR, models))
        folder = Path(temporary, "model")
        random_roberta.make(folder, sample_text(0))
        for hours in (0.1, 1, 12):
            result.add("questions", hours=hours, **measure_question(round(hours * WORDS_PER_HOUR), folder))


if __name__ == "__main__":
    main()
