"""Measure finding entities: words per second of CPU time, and memory, for recordings of any length.

    python -m benchmarks.enrich        # make bench-enrich

The text is that of the samples, repeated. The child process is one of a worker's. Its CPU time includes tokenising,
and, in its own column, starting the process and loading the model.
"""

from __future__ import annotations

import os
import re
import resource
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from scripts import english_entities
from syncline import text
from syncline.core.alignment import SUCCESS, Alignment, Word
from syncline.core.sentences import Sentence
from syncline.core.transcript import read_plain_text
from syncline.enrichment import open_entity_finder
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


def main() -> None:
    models = english_entities.install()
    print("entities-en, one process")
    print(f"{'hours':>6}{'words':>9}{'load, s':>9}{'CPU s':>8}{'words/s':>9}{'entities':>10}{'peak MiB':>10}")
    for hours in (1, 4, 12):
        row = measure_entities(hours * WORDS_PER_HOUR, models)
        print(
            f"{hours:>6}{row['words']:>9,}{row['load']:>9.2f}{row['seconds']:>8.2f}{row['speed']:>9,.0f}"
            f"{row['entities']:>10,}{row['mebibytes']:>10.0f}"
        )


if __name__ == "__main__":
    main()
