"""Every benchmark with a result: what it measures, the columns of its tables, and its charts.

The order is that of docs/benchmarks.md. A benchmark's rows have the keys of its columns. Headings and formats can
change without measuring again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PERCENT, PERCENT_2 = "{:.1%}", "{:.2%}"
WITH_INTERVAL = (PERCENT, True)
MS, WHOLE_MS, MB, MIB = "{:.1f} ms", "{:.0f} ms", "{:,.0f} MB", "{:,.0f} MiB"


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
    target: str  # of make; none if no command measures it
    about: str
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...] = ()

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)


EDGES = (
    Column("found", "words found", PERCENT_2),
    Column("median", "edge error, median", MS),
    Column("mean", "edge error, mean", MS),
    Column("p90", "90% within", MS),
    Column("within_20", "within 20 ms", PERCENT),
    Column("within_50", "within 50 ms", PERCENT),
    Column("within_100", "within 100 ms", PERCENT),
    Column("gross", "off by over 250 ms", PERCENT_2),
    Column("false", "not spoken, but found", PERCENT),
    Column("speed", "times real time per core", "{:.0f}"),
)
SIMULATED = (
    Column("hours", "hours", "{:.2f}"),
    Column("dollars", "dollars", "{:,.0f}"),
    Column("peak", "most tasks", "{:,}"),
    Column("twice", "jobs started again", "{:,}"),
    Column("wasted", "work wasted", PERCENT_2),
    Column("live_p95", "live upload waits (p95)", "{:.0f} s"),
    Column("index", "index writes a second", "{:,.0f}"),
    Column("shards", "shards needed"),
)
ENRICHED = (
    Column("hours", "hours"),
    Column("words", "words", "{:,}"),
    Column("load", "loading, CPU time", "{:.2f} s"),
    Column("seconds", "CPU time", "{:.1f} s"),
    Column("speed", "words per CPU second", "{:,.0f}"),
    Column("mebibytes", "peak memory of the process", MIB),
)
GENTLE_WORDS = (Column("gross", "words off by over 250 ms", "{:,}"), Column("missing", "missing", "{:,}"))
HOURS = "hours since the backfill began"
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


def _engines(column: str) -> dict[str, tuple[str, str]]:
    return {"Syncline": ("pocketsphinx", column), "Syncline, whisper": ("whisper", column)}


ALIGNMENTS = (
    *(Table(name, (Column("condition", "condition"), *EDGES), f"{title}:") for name, title in ALIGNERS.items()),
    Table(
        "memory",
        (Column("aligners", "aligners, one after another in one process"), Column("peak", "peak memory", MB)),
        "Memory, including the recordings:",
    ),
)
CATALOGUE: dict[str, Benchmark] = {
    "align": Benchmark(
        "Synthetic voices",
        "bench-align",
        """\
The sample texts in five festival and flite voices, whose word times the synthesiser knows exactly, with twelve kinds
of damage to sound and transcript. Times real time is audio seconds per CPU second, decoding excluded.""",
        ALIGNMENTS,
        (
            Chart("align-accuracy", "Word edges within 50 ms of the truth", _engines("within_50"), "{:.0%}"),
            Chart("align-false", "Words that were not spoken, but found", _engines("false"), "{:.1%}"),
        ),
    ),
    "peers": Benchmark(
        "Beside other aligners",
        "bench-peers",
        "One of these voices, beside aeneas and PocketSphinx's own alignment. All get the same recordings in one run.",
        ALIGNMENTS,
        (
            Chart("peers-accuracy", "Word edges within 50 ms of the truth", _beside_peers("within_50"), "{:.0%}"),
            Chart("peers-gross", "Words off by over 250 ms", _beside_peers("gross"), "{:.1%}"),
            Chart("peers-speed", "Speed: audio seconds per CPU second", _beside_peers("speed"), "{:.0f}"),
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
        "Names",
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
    "edges": Benchmark(
        "Refinement of word edges",
        "learn-edges",
        "Edge errors of each synthetic voice with the network that was trained on the other voices, and without it.",
        (
            Table(
                "refinement",
                (
                    Column("condition", "condition"),
                    Column("edges", "edges"),
                    Column("alone_median", "decoder alone, median", MS),
                    Column("alone_mean", "mean", MS),
                    Column("alone_near", "within 50 ms", PERCENT),
                    Column("refined_median", "refined, median", MS),
                    Column("refined_mean", "mean", MS),
                    Column("refined_near", "within 50 ms", PERCENT),
                ),
                keys=2,
            ),
        ),
    ),
    "confidence": Benchmark(
        "Confidence of words",
        "learn-confidence",
        """\
How often words are right, by confidence. Each voice has the weights that were fitted on the other voices. In the
synthetic voices a word is right if both edges are within 150 ms of the truth; most words of the recordings of people
have no annotated time, and are right if they were spoken.""",
        (
            Table(
                "calibration",
                (Column("level", "confidence"), Column("words", "words", "{:,}"), Column("right", "right", PERCENT)),
            ),
            Table(
                "mistakes",
                (
                    Column("condition", "condition"),
                    Column("rejected", "right, but rejected", PERCENT_2),
                    Column("accepted", "wrong, but accepted", PERCENT_2),
                ),
                "Of all words that were placed in altered transcripts:",
            ),
        ),
    ),
    "agreement": Benchmark(
        "Confidence with Whisper",
        "learn-agreement",
        """\
How often words are right, by the confidence of the engine `whisper` and of the tracker alone. Each voice and each
speaker has the weights that were fitted on the others. A word is right if it was spoken and, in the synthetic voices,
if both edges are within 150 ms of the truth.""",
        (
            Table(
                "calibration",
                (
                    Column("level", "confidence"),
                    Column("alone_words", "words, tracker alone", "{:,}"),
                    Column("alone_right", "right", PERCENT),
                    Column("words", "words, with Whisper", "{:,}"),
                    Column("right", "right", PERCENT),
                ),
            ),
            Table(
                "mistakes",
                (
                    Column("condition", "condition"),
                    Column("alone_rejected", "right, but rejected: tracker alone", PERCENT_2),
                    Column("rejected", "with Whisper", PERCENT_2),
                    Column("alone_accepted", "wrong, but accepted: tracker alone", PERCENT_2),
                    Column("accepted", "with Whisper", PERCENT_2),
                ),
                "Of all words that the tracker placed in altered transcripts:",
            ),
        ),
    ),
    "long": Benchmark(
        "Long recordings",
        "bench-long",
        """\
The same material as twelve recordings of at least five minutes and as one recording of all of them. Time must grow
linearly with the length of a recording, and memory must not grow.""",
        (
            Table(
                "runs",
                (
                    Column("what", "aligned"),
                    Column("minutes", "minutes", "{:.0f}"),
                    Column("clock", "by the clock", "{:.0f} s"),
                    Column("seconds", "CPU seconds", "{:.0f}"),
                    Column("speed", "times real time per core", "{:.0f}"),
                    Column("found", "words found", PERCENT_2),
                    Column("median", "edge error, median", MS),
                    Column("main", "memory of the main process", MB),
                    Column("child", "of the largest of the pool", MB),
                ),
            ),
            Table("summary", (Column("ratio", "CPU seconds, one to twelve", "{:.2f}"),), keys=0, transposed=True),
        ),
    ),
    "transcribe": Benchmark(
        "Transcription",
        "bench-transcribe",
        "The word error rate of the engine `pocketsphinx` without a transcript, on the synthetic voices.",
        (
            Table(
                "rates",
                (
                    Column("condition", "condition"),
                    *(Column(voice, voice, PERCENT) for voice in ("slt", "kal", "rms", "ked", "awb")),
                ),
            ),
        ),
    ),
    "whisper-long": Benchmark(
        "Hours of audio",
        "bench-whisper-long",
        """\
Recordings made of those of people, with another order, loudness and speed in each repetition. CPU seconds include all
processes.""",
        (
            Table(
                "runs",
                (
                    Column("engine", "engine"),
                    Column("model", "model"),
                    Column("mode", "mode"),
                    Column("minutes", "minutes", "{:.0f}"),
                    Column("words", "words", "{:,}"),
                    Column("seconds", "CPU seconds", "{:,.0f}"),
                    Column("rate", "for each second of audio", "{:.3f}"),
                    Column("main", "memory of the main process", MB),
                    Column("child", "of the largest of the pool", MB),
                ),
                keys=4,
            ),
        ),
    ),
    "gentle-reference": Benchmark(
        "The reference of the engine gentle",
        "bench-gentle-reference",
        """\
The same words of Gentle, or of the stand-in for it that the tests use, reconciled with different references: none, the
embedded aligner, and the engine whisper with tiny.en. A word is right if both of its edges are within 0.25 s.""",
        (
            Table(
                "accuracy",
                (
                    Column("condition", "condition"),
                    Column("reference", "reference"),
                    Column("found", "words found", PERCENT_2),
                    Column("false", "not spoken, but found", *WITH_INTERVAL),
                    Column("sure_found", "found with a confidence of 0.5 and more", PERCENT_2),
                    Column("sure_false", "of these not spoken", *WITH_INTERVAL),
                ),
                keys=2,
            ),
            Table(
                "calibration",
                (
                    Column("reference", "reference"),
                    Column("level", "confidence"),
                    Column("words", "words", "{:,}"),
                    Column("right", "right", PERCENT),
                ),
                "All conditions together:",
                keys=2,
            ),
        ),
    ),
    "whisper-worker": Benchmark(
        "Memory of a worker with Whisper",
        "bench-whisper-worker",
        """\
A real Celery worker aligns recordings one after the other with the engine whisper and tiny.en. Memory is the highest
proportional set size of the worker and all of its processes: pages that several processes share count once.""",
        (
            Table(
                "peak",
                (
                    Column("minutes", "minutes", "{:.1f}"),
                    Column("tree", "memory of all processes", MB),
                    Column("main", "of the main process", MB),
                    Column("child", "of the largest of the pool", MB),
                ),
            ),
        ),
    ),
    "faster-whisper": Benchmark(
        "CTranslate2's Whisper and faster-whisper",
        "bench-faster-whisper",
        """\
Syncline's recognition and the package faster-whisper, which wraps the same CTranslate2, on the recordings of people.
Both use tiny.en, int8, a beam of 5, one thread and their own detection of speech.""",
        (
            Table(
                "recognition",
                (
                    Column("name", ""),
                    Column("words", "words", "{:,}"),
                    Column("rate", "word error rate", PERCENT),
                    Column("speed", "audio seconds per CPU second", "{:.1f}"),
                    Column("memory", "peak memory", MB),
                    Column("packages", "packages that only it needs", MB),
                ),
            ),
        ),
    ),
    "enrich": Benchmark(
        "Enrichment",
        "bench-enrich",
        """\
The text of the samples, repeated to hours of speech at 150 words a minute. Entities are found with `entities-en` in one
process, a question is answered on one thread by a model of the size of `answers-en` with random weights: speed and
memory do not depend on them.""",
        (
            Table("entities", (*ENRICHED, Column("entities", "entities", "{:,}")), "Finding entities:"),
            Table("questions", ENRICHED, "Answering one question:"),
        ),
    ),
    "questions": Benchmark(
        "Answers of the toy",
        "bench-questions",
        """\
40 questions about the samples, of which half have no answer there, asked of `answers-toy`, which has learned other
texts. A scale near 1 and a shift near 0 mean that its score is calibrated.""",
        (
            Table(
                "models",
                (
                    Column("model", "model"),
                    Column("answered", "answered right"),
                    Column("without", "rightly not answered"),
                    Column("each", "of each"),
                    Column("scale", "scale", "{:.2f}"),
                    Column("shift", "shift", "{:.2f}"),
                ),
            ),
        ),
    ),
    "storyboard": Benchmark(
        "Storyboards",
        "bench-storyboard",
        """\
A moving test picture with the noise of a camera, keyframes every five seconds and a sentence every six. One core
decodes it.""",
        (
            Table(
                "videos",
                (
                    Column("video", "video"),
                    Column("seconds", "CPU seconds for each second", "{:.3f}"),
                    Column("megabytes", "memory of the decoder", MB),
                    Column("kilobytes", "each frame", "{:.1f} kB"),
                ),
            ),
        ),
    ),
    "translate": Benchmark(
        "Translation",
        "bench-translate",
        """\
CTranslate2 with int8 weights and Hugging Face transformers with fp32 weights, at the shape of M2M100 418M with random
weights: speed does not depend on their values. Both get the same tokens, use one thread and take turns.""",
        (
            Table(
                "speed",
                (
                    Column("batch", "batch"),
                    Column("beam", "beam"),
                    Column("plain", "transformers fp32, tokens per CPU second", "{:.1f}"),
                    Column("ours", "CTranslate2 int8", "{:.1f}"),
                    Column("ratio", "ratio", "{:.1f}"),
                    Column("target", "at least", "{:g}"),
                ),
                keys=2,
            ),
            Table(
                "memory",
                (
                    Column("plain", "transformers fp32, peak memory", MIB),
                    Column("ours", "CTranslate2 int8", MIB),
                    Column("ratio", "ratio", "{:.2f}"),
                    Column("target", "at most", "{:g}"),
                ),
                keys=0,
            ),
            Table(
                "batches",
                (Column("batch", "batch"), Column("speed", "tokens per CPU second", "{:.0f}")),
                "CTranslate2 with beam 1, by the size of the batch:",
            ),
        ),
        (
            Chart(
                "translate",
                "Translation: tokens per CPU second (batch, beam)",
                {"CTranslate2 int8": ("speed", "ours"), "transformers fp32": ("speed", "plain")},
                "{:.0f}",
            ),
        ),
    ),
    "translate-server": Benchmark(
        "Translation server",
        "bench-translate",
        """\
100 requests, one every 0.5, 0.1 and 0.01 seconds, of 1 record and of 16, sent on schedule whether the earlier ones are
answered or not. One decoder thread, M2M100 418M with random weights and a fixed output length. Seconds are by the
clock, and the requests came from the same cores.""",
        (
            Table(
                "load",
                (
                    Column("records", "records a request"),
                    Column("every", "one every", "{:g} s"),
                    Column("how", "decoded in"),
                    Column("answered", "answered", "{:.0%}"),
                    Column("rate", "records per second", "{:.1f}"),
                    Column("cpu_rate", "per CPU second", "{:.1f}"),
                    Column("p50", "p50", "{:.1f} s"),
                    Column("p95", "p95", "{:.1f} s"),
                    Column("p99", "p99", "{:.1f} s"),
                ),
                keys=3,
            ),
            Table(
                "gain",
                (
                    Column("records", "records a request"),
                    Column("other", "shared batches, compared with"),
                    Column("gain", "times the records per second", "{:.1f}"),
                    Column("target", "at least", "{:g}"),
                    Column("cpu_gain", "per CPU second", "{:.1f}"),
                ),
                "What shared batches gain under the highest load:",
            ),
            Table(
                "memory",
                (Column("decoders", "decoders"), Column("mebibytes", "memory of a process with the model", MIB)),
            ),
        ),
        (
            Chart(
                "translate-server",
                "Seconds to the answer, by records a request, interval and batches",
                {name: ("load", name) for name in ("p50", "p95", "p99")},
                "{:.0f}",
            ),
        ),
    ),
    "worker": Benchmark(
        "Worker",
        "bench-worker",
        """\
One worker drains a queue of jobs of 1.5 seconds of audio that each need one second of a core in the pool. AWS is a
moto server on the same cores.""",
        (
            Table(
                "summary",
                (
                    Column("jobs", "jobs"),
                    Column("clock", "from the first start to the last end", "{:.0f} s"),
                    Column("overhead", "CPU time of a job beside its own second", WHOLE_MS),
                    Column("reached", "the jobs' own seconds, of all core-seconds", PERCENT),
                    Column("reached_of_rest", "the same, of the core-seconds that moto and others left", PERCENT),
                ),
                keys=0,
                transposed=True,
            ),
            Table(
                "cores",
                (
                    Column("what", "core-seconds"),
                    Column("seconds", "seconds", "{:.1f}"),
                    Column("share", "share", PERCENT),
                    Column("each", "for each job", WHOLE_MS),
                ),
                "Where the core-seconds went:",
            ),
            Table("stages", (Column("stage", "stage"), Column("mean", "by the clock", "{:.3f} s")), "Mean of a job:"),
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
    "backfill": Benchmark(
        "Backfill",
        "bench-backfill",
        """\
`syncline backfill` and a simple loop queue the same recordings on the same moto server, in turns. The loop lists the
bucket, then writes one record and sends one message for each recording.""",
        (
            Table(
                "speed",
                (
                    Column("method", "method"),
                    Column("rate", "recordings per second by the clock", "{:,.0f}"),
                    Column("requests", "requests for 1,000 recordings", "{:,.0f}"),
                    Column("operations", "requests of the first round"),
                ),
            ),
            Table(
                "summary",
                (
                    Column("pairs", "recordings", "{:,}"),
                    Column("rounds", "rounds"),
                    Column("latency", "added to each request", WHOLE_MS),
                    Column("ratio", "times as fast as the loop, median of the rounds", "{:.1f}"),
                ),
                keys=0,
                transposed=True,
            ),
        ),
        (
            Chart(
                "backfill",
                "AWS requests for 1,000 recordings",
                {"requests": ("speed", "requests")},
                "{:,.0f}",
            ),
        ),
    ),
    "backfill-memory": Benchmark(
        "Memory of a backfill",
        "bench-backfill-memory",
        "A complete dry run without AWS, from a synthetic listing and from a shuffled inventory.",
        (
            Table(
                "memory",
                (
                    Column("source", "source"),
                    Column("keys", "keys", "{:,}"),
                    Column("peak", "peak memory", MB),
                ),
                keys=2,
            ),
        ),
    ),
    "scale": Benchmark(
        "Scaling",
        "bench-scale",
        """\
A simulation with discrete events of 200,000 recordings of 12 minutes on average, with at most 1,000 tasks of 4 vCPU and
2 slots. It compares policies; it is not a measurement of AWS. [Scaling](scaling.md) lists what it assumes.""",
        (
            Table(
                "policies",
                (
                    Column("policy", "policy"),
                    *SIMULATED,
                ),
            ),
            Table(
                "more",
                (Column("recordings", "recordings"), *SIMULATED),
                "Five times as many recordings, on Spot in a bad hour:",
            ),
            Table(
                "curves",
                (
                    Column("policy", "policy"),
                    Column("tasks", "hours and tasks"),
                    Column("backlog", "hours and recordings left"),
                ),
                shown=False,
            ),
        ),
        (
            Chart("scale-tasks", "Tasks running", {"": ("curves", "tasks")}, "{:,.0f}", HOURS),
            Chart("scale-backlog", "Recordings left", {"": ("curves", "backlog")}, "{:,.0f}", HOURS),
        ),
    ),
    "page": Benchmark(
        "Pages",
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
    "demo": Benchmark(
        "Demo",
        "bench-demo",
        """\
What `make demo` prints: the samples as jobs of the local stack, one after another. Times real time is by the clock, and
covers everything from the download of the recording to the last result.""",
        (
            Table(
                "jobs",
                (
                    Column("file", "file"),
                    Column("state", "state"),
                    Column("words", "words"),
                    Column("aligned", "aligned"),
                    Column("audio", "audio s", "{:.1f}"),
                    Column("speed", "× real time", "{:.1f}"),
                ),
            ),
        ),
    ),
    "images": Benchmark(
        "Images",
        "image-check",
        "Sizes of the container images, and how long two shared cores took to build them.",
        (
            Table("sizes", (Column("image", "image"), Column("size", "size", MB))),
            Table("parts", (Column("part", "part"), Column("size", "size", MB)), "What worker-lite adds to its base:"),
            Table("builds", (Column("image", "image"), Column("seconds", "time to build", "{:.0f} s"))),
        ),
    ),
    "worker-parts": Benchmark(
        "Parts of a worker",
        "",
        "Measured once.",
        (
            Table("ffmpeg", (Column("program", "ffmpeg"), Column("ms", "CPU time for a recording of 1.5 s", WHOLE_MS))),
            Table("memory", (Column("work", "an alignment process"), Column("mebibytes", "memory of its own", MIB))),
        ),
    ),
    "gentle": Benchmark(
        "Gentle",
        "",
        """\
Measured once. The first three tables: 26 recordings of two machine voices, 18,431 words, clean, by telephone, in a
room, with music, in noise and with wrong transcripts, with the stand-in of the tests in Gentle's place and without
Whisper. A word is right if both edges are within 0.25 s of the truth.""",
        (
            Table(
                "reference",
                (
                    Column("what", "Gentle's word"),
                    Column("words", "words", "{:,}"),
                    Column("gentle", "right", "{:.0%}"),
                    Column("reference", "reference right", "{:.0%}"),
                ),
            ),
            Table("repair", (Column("what", "words"), *GENTLE_WORDS)),
            Table("levels", (Column("level", "confidence of the result"), Column("right", "right", "{:.1%}"))),
            Table(
                "matching",
                (
                    Column("text", "text"),
                    Column("errors", "errors"),
                    Column("own_misplaced", "with the heuristic (Gentle's own): misplaced", PERCENT_2),
                    Column("own_missing", "missing", PERCENT_2),
                    Column("misplaced", "without: misplaced", PERCENT_2),
                    Column("missing", "missing", PERCENT_2),
                ),
                """\
Gentle's matching code alone, on simulated hypotheses (no audio; 2 to 30% of the words lost or replaced, in runs of up
to 7 words; 5 to 15 runs each): shares of all words that are misplaced by more than 250 ms, and missing:""",
                keys=2,
            ),
            Table(
                "heuristic",
                (Column("what", "difflib's heuristic"), *GENTLE_WORDS),
                "With the real programs and a small model, on eight cases of 2 minutes:",
            ),
            Table(
                "memory",
                (
                    Column("program", "program"),
                    Column("resident", "resident"),
                    Column("space", "address space"),
                    Column("model", "measured with"),
                ),
            ),
        ),
    ),
}
