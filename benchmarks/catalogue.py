"""Every benchmark with a result: what it measures, the columns of its tables, and its charts.

The order is that of docs/benchmarks.md. A benchmark's rows have the keys of its columns. Headings and formats can
change without measuring again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PERCENT, PERCENT_2 = "{:.1%}", "{:.2%}"
WITH_INTERVAL = (PERCENT, True)
MS, WHOLE_MS, MB = "{:.1f} ms", "{:.0f} ms", "{:,.0f} MB"


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    heading: str
    style: str = "{}"  # of str.format
    interval: bool = False  # of a share: show its 95% interval


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    caption: str = ""
    keys: int = 1  # the first columns, which name the row
    transposed: bool = False  # show one line for each column
    folded: bool = False  # show closed
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    name: str  # docs/images/benchmarks/<name>.svg
    title: str
    series: Mapping[str, tuple[str, str]]  # name in the legend -> table and column
    style: str = "{:g}"
    lines: str = ""  # draw lines through lists of points, one for each row; what the x axis shows


@dataclass(frozen=True, slots=True)
class Benchmark:
    title: str
    target: str  # of make
    about: str
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...] = ()

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)


EDGES = (
    Column("found", "words found", PERCENT_2),
    Column("median", "edge error, median", MS),
    Column("mean", "mean", MS),
    Column("p90", "90% within", MS),
    Column("within_20", "within 20 ms", PERCENT),
    Column("within_50", "50 ms", PERCENT),
    Column("within_100", "100 ms", PERCENT),
    Column("gross", "off by over 250 ms", PERCENT_2),
    Column("false", "not spoken, but found", PERCENT),
    Column("speed", "times real time per core", "{:.0f}"),
)
ALIGNERS = {
    "pocketsphinx": "Engine `pocketsphinx`",
    "whisper": "Engine `whisper` with tiny.en",
    "gentle": "Engine `gentle`",
    "plain": "PocketSphinx's own alignment of the whole file",
    "aeneas": "aeneas 1.7.3",
}
PEERS = {"Syncline": "pocketsphinx", "Syncline, whisper": "whisper", "aeneas": "aeneas", "PocketSphinx": "plain"}


def _beside_peers(column: str) -> dict[str, tuple[str, str]]:
    return {name: (table, column) for name, table in PEERS.items()}


_OF_RECORDINGS = (
    Column("recordings", "recordings"),
    Column("seconds", "seconds", "{:.0f}"),
    Column("words", "words spoken", "{:,}"),
    Column("found", "words found", *WITH_INTERVAL),
    Column("marked", "words annotated by hand"),
    Column("median", "their edge error, median", MS),
    Column("mean", "the same, mean", MS),
    Column("near", "edges within 50 ms of the annotation", *WITH_INTERVAL),
    Column("inserted", "words inserted into the transcripts, reported as found", PERCENT, interval=True),
    Column("misread", "words put in the place of others, reported as found", *WITH_INTERVAL),
    Column("word_error_rate", "word error rate without a transcript", *WITH_INTERVAL),
    Column("align_speed", "times real time per core, alignment", "{:.1f}"),
    Column("transcribe_speed", "times real time per core, transcription", "{:.1f}"),
)

CATALOGUE: dict[str, Benchmark] = {
    "align": Benchmark(
        "Synthetic voices",
        "bench-align",
        """\
The sample texts in five festival and flite voices, whose word times the synthesiser knows exactly, with twelve kinds
of damage to sound and transcript. All aligners get the same recordings in the same run. Times real time is audio
seconds per CPU second, decoding excluded.""",
        (
            *(Table(name, (Column("condition", "condition"), *EDGES), f"{title}:") for name, title in ALIGNERS.items()),
            Table(
                "memory",
                (Column("aligners", "aligners, one after another in one process"), Column("peak", "peak memory", MB)),
                "Memory, including the recordings:",
            ),
        ),
        (
            Chart("align-accuracy", "Word edges within 50 ms of the truth", _beside_peers("within_50"), "{:.0%}"),
            Chart("align-speed", "Speed: audio seconds per CPU second", _beside_peers("speed"), "{:.0f}"),
        ),
    ),
    "people": Benchmark(
        "Recordings of people",
        "bench-people",
        """\
Recordings of people from source distributions of other speech tools and from public repositories, which
benchmarks/people.toml lists. All engines align and transcribe the same recordings. Percentages have 95% intervals:
Wilson's for shares, a bootstrap over the recordings for the word error rate.""",
        (
            Table(
                "engines",
                (
                    Column("engine", "engine"),
                    *_OF_RECORDINGS,
                ),
                transposed=True,
            ),
            Table(
                "held_out",
                (
                    Column("engine", "engine"),
                    Column("words", "words"),
                    Column("found", "words found", *WITH_INTERVAL),
                    Column("marked", "annotated by hand"),
                    Column("median", "edge error, median", MS),
                    Column("mean", "mean", MS),
                    Column("near", "edges within 50 ms of the annotation", *WITH_INTERVAL),
                ),
                "Recordings on which nothing was fitted:",
            ),
            Table(
                "corpora",
                (Column("corpus", "corpus"), Column("engine", "engine"), *_OF_RECORDINGS),
                "Corpora on which nothing was fitted:",
                keys=2,
                transposed=True,
            ),
            Table(
                "marked",
                (
                    Column("engine", "engine"),
                    Column("marked", "words annotated by hand", "{:,}"),
                    Column("median", "edge error, median", MS),
                    Column("mean", "mean", MS),
                    Column("near", "edges within 50 ms of the annotation", *WITH_INTERVAL),
                ),
                "All words that were annotated by hand:",
            ),
            Table(
                "languages",
                (
                    Column("language", "language"),
                    Column("recordings", "recordings"),
                    Column("seconds", "seconds", "{:.0f}"),
                    Column("words", "words"),
                    Column("found", "words found", *WITH_INTERVAL),
                    Column("inside", "in their utterance", *WITH_INTERVAL),
                    Column("median", "difference from SPPAS's aligner, median", MS),
                    Column("mean", "mean", MS),
                    Column("near", "within 50 ms", PERCENT),
                ),
                "Recordings in other languages, aligned by pocketsphinx:",
            ),
            Table(
                "recordings",
                (
                    Column("engine", "engine"),
                    Column("recording", "recording"),
                    Column("seconds", "seconds", "{:.1f}"),
                    Column("words", "words"),
                    Column("found", "found"),
                    Column("median", "edge error, median", MS),
                    Column("mean", "mean", MS),
                    Column("near", "within 50 ms", PERCENT),
                ),
                "Each recording:",
                keys=2,
                folded=True,
            ),
        ),
        (
            Chart(
                "people",
                "Recordings of people: shares of words",
                {
                    "found": ("engines", "found"),
                    "inserted, reported": ("engines", "inserted"),
                    "misread, reported": ("engines", "misread"),
                    "wrong in transcription": ("engines", "word_error_rate"),
                },
                "{:.1%}",
            ),
        ),
    ),
    "languages": Benchmark(
        "Spoken languages",
        "bench-languages",
        """\
The figures are in languages.md, which is made from what this benchmark writes.""",
        (Table("languages", (Column("language", "language"), Column("condition", "condition"), *EDGES), keys=2),),
    ),
    "names": Benchmark(
        "Names and the lexicon",
        "bench-names",
        """\
Names that are not pronounced as English spelling suggests, such as Siobhán and Nguyen, in two synthetic voices. A
name is found if both edges are within 150 ms of the truth.""",
        (
            Table(
                "names",
                (
                    Column("condition", "condition"),
                    Column("lexicon", "lexicon"),
                    Column("found", "names found", *WITH_INTERVAL),
                    Column("names", "of"),
                ),
                keys=2,
            ),
        ),
    ),
    "page": Benchmark(
        "The page of a long transcript",
        "bench-page",
        """\
A transcript of 30,000 words opens on its page in Chromium, is scrolled, and is edited. These are times by the clock,
which other programs lengthen.""",
        (
            Table(
                "page",
                (
                    Column("words", "words", "{:,}"),
                    Column("open", "time to open, median", "{:.2f} s"),
                    Column("open_slowest", "slowest", "{:.2f} s"),
                    Column("frame", "time between frames while scrolling, median", WHOLE_MS),
                    Column("frame_p95", "95% within", WHOLE_MS),
                    Column("key", "from a key in the editor to its frame, median", WHOLE_MS),
                    Column("key_slowest", "slowest key", WHOLE_MS),
                ),
                keys=0,
                transposed=True,
            ),
        ),
    ),
    "lambda": Benchmark(
        "Functions",
        "bench-lambda",
        """\
CPU time of a cold start and of a record, beside a bare boto3 handler that makes the same calls. AWS is a moto server
in another process. Each figure is a median.""",
        (
            Table(
                "starts",
                (
                    Column("what", "cold start"),
                    Column("ms", "CPU time", WHOLE_MS),
                    Column("times_bare", "times bare boto3", "{:.2f}"),
                ),
                "Importing a function and connecting it:",
            ),
            Table(
                "records",
                (
                    Column("what", "handler"),
                    Column("ms", "CPU time of a record", "{:.2f} ms"),
                    Column("outside", "outside of boto3's calls", "{:.2f} ms"),
                ),
                "One record, in batches of ten:",
            ),
        ),
        (
            Chart(
                "lambda-starts",
                "Cold starts: CPU milliseconds",
                {"CPU milliseconds": ("starts", "ms")},
                "{:.0f}",
            ),
        ),
    ),
}
