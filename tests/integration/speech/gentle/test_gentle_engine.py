"""The engine with the stand-in: the contract of every engine, and Gentle's own behaviour."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from scripts import tiny_whisper
from syncline.core.alignment import NOT_FOUND_IN_AUDIO, Alignment, from_json, to_json
from syncline.core.errors import EngineError, InvalidOptionsError, StaleRevisionError
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions, Engine, EngineResources
from syncline.speech.gentle import GentleEngine, create_engine
from syncline.speech.gentle.align_process import LAUNCHER
from syncline.speech.pocketsphinx import PocketSphinxEngine

SAMPLES = Path(__file__).parents[4] / "samples"
OPTIONS = AlignmentOptions()
Sample = tuple[Audio, str]

DUMP = """
import json, os, sys
from pathlib import Path
place = Path(sys.argv[sys.argv.index("-o") + 1])
place.write_text("{}")
seen = {"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": os.getcwd()}
seen["text"] = Path(sys.argv[-1]).read_bytes().decode()
Path("seen.json").write_text(json.dumps(seen))
"""


@pytest.fixture
def embedded() -> Engine:
    return PocketSphinxEngine(SerialPool())


def truth(name: str) -> dict[int, tuple[float, float]]:
    words = json.loads((SAMPLES / name).with_suffix(".truth.json").read_text(encoding="utf-8"))["words"]
    return {word["startOffset"]: (word["start"], word["end"]) for word in words}


def errors(aligned: Alignment, true: dict[int, tuple[float, float]]) -> list[float]:
    return [
        abs(ours - theirs)
        for word in aligned.spoken
        if word.start_offset in true
        for ours, theirs in zip((word.start, word.end), true[word.start_offset], strict=True)
    ]


def assert_contract(aligned: Alignment, audio: Audio, transcript: str) -> None:
    assert aligned.transcript == transcript
    assert from_json(to_json(aligned)).words == from_json(to_json(from_json(to_json(aligned)))).words
    own = [word for word in aligned.words if word.start_offset is not None]
    assert all(transcript[word.start_offset : word.end_offset] == word.word for word in own)
    assert all(left.end_offset <= right.start_offset for left, right in pairwise(own))
    timed = [(word.start, word.end) for word in aligned.words if word.start is not None]
    assert all(0 <= start < end <= audio.seconds for start, end in timed)
    assert all(left[1] <= right[0] for left, right in pairwise(timed))


@pytest.mark.parametrize("name", ["hello.wav", "night-train.ogg"])
def test_words_are_where_they_were_spoken(
    gentle_home: Callable[..., Path], decoded: Callable[[str], Sample], name: str
) -> None:
    audio, transcript = decoded(name)
    seen: list[float] = []
    aligned = GentleEngine(gentle_home(), threads=2).align(audio, transcript, OPTIONS, seen.append)
    assert_contract(aligned, audio, transcript)
    assert len(aligned.spoken) >= 0.95 * len(truth(name))
    assert statistics.median(errors(aligned, truth(name))) <= 0.03
    assert seen == sorted(seen) and seen[-1] == 1.0
    assert aligned.info["engine"] == "gentle" and aligned.info["engine_version"] == "0.11-stand-in"
    assert all(word.phones for word in aligned.spoken)


def test_unknown_words_are_kept_and_rated(gentle_home: Callable[..., Path], hello: Sample, embedded: Engine) -> None:
    audio, transcript = hello[0], hello[1].replace("chocolates", "Zyxorian")
    aligned = GentleEngine(gentle_home(), threads=1, embedded=embedded).align(
        audio, transcript, OPTIONS, lambda _: None
    )
    assert_contract(aligned, audio, transcript)
    [unknown] = [word for word in aligned.spoken if word.aligned_word == "<unk>"]
    assert unknown.word == "Zyxorian"
    assert unknown.confidence is not None and 0 <= unknown.confidence <= 1


def test_gaps_are_filled_by_the_embedded_aligner(
    gentle_home: Callable[..., Path], hello: Sample, embedded: Engine
) -> None:
    audio, transcript = hello
    home = gentle_home("gaps")
    plain = GentleEngine(home, threads=1).align(audio, transcript, OPTIONS, lambda _: None)
    repaired = GentleEngine(home, threads=1, embedded=embedded).align(audio, transcript, OPTIONS, lambda _: None)
    assert [word.case for word in plain.words].count(NOT_FOUND_IN_AUDIO) == 3
    assert [word.case for word in repaired.words].count(NOT_FOUND_IN_AUDIO) == 0
    assert repaired.info["repaired_words"] == 3
    assert max(errors(repaired, truth("hello.wav"))) < 0.1
    before_and_after = [pair for pair in zip(plain.words, repaired.words, strict=True) if pair[0].aligned]
    assert all((a.start, a.end, a.phones) == (b.start, b.end, b.phones) for a, b in before_and_after)


def test_misplaced_words_are_replaced_by_the_embedded_aligners(
    gentle_home: Callable[..., Path], hello: Sample, embedded: Engine
) -> None:
    audio, transcript = hello
    home = gentle_home("misplaced")
    plain = GentleEngine(home, threads=1).align(audio, transcript, OPTIONS, lambda _: None)
    repaired = GentleEngine(home, threads=1, embedded=embedded).align(audio, transcript, OPTIONS, lambda _: None)
    assert max(errors(plain, truth("hello.wav"))) > 0.3
    assert max(errors(repaired, truth("hello.wav"))) < 0.1
    assert repaired.info["repaired_words"] in (1, 2, 3)
    assert_contract(repaired, audio, transcript)


def test_every_word_has_a_confidence(gentle_home: Callable[..., Path], hello: Sample, embedded: Engine) -> None:
    home = gentle_home()
    for engine in (GentleEngine(home, threads=1), GentleEngine(home, threads=1, embedded=embedded)):
        aligned = engine.align(*hello, OPTIONS, lambda _: None)
        assert all(word.confidence is not None and word.confidence > 0.8 for word in aligned.spoken)


@pytest.mark.parametrize("with_reference", [True, False])
def test_no_word_is_found_in_digital_silence(
    gentle_home: Callable[..., Path], embedded: Engine, tmp_path: Path, with_reference: bool
) -> None:
    audio = Audio(tmp_path / "silence.raw", 30 * SAMPLE_RATE)
    audio.path.write_bytes(bytes(2 * audio.samples))
    engine = GentleEngine(gentle_home(), threads=1, embedded=embedded if with_reference else None)
    aligned = engine.align(audio, "The cat, the dog and the bird.", OPTIONS, lambda _: None)
    assert [word.case for word in aligned.words] == [NOT_FOUND_IN_AUDIO] * 7


def test_gentles_result_stands_when_the_embedded_aligner_fails(gentle_home: Callable[..., Path], hello: Sample) -> None:
    class Broken:
        name, version = "broken", "1"

        def align(self, *_: object) -> Alignment:
            raise EngineError("It broke.")

        transcribe = align

    audio, transcript = hello
    engine = GentleEngine(gentle_home("gaps"), threads=1, embedded=Broken())
    aligned = engine.align(audio, transcript, OPTIONS, lambda _: None)
    assert len(aligned.spoken) == 20
    assert aligned.info["warnings"] == ["Gentle's words were not checked or repaired: It broke."]


def test_a_wrong_transcript_is_reported_and_its_words_are_unconfirmed(
    gentle_home: Callable[..., Path], hello: Sample, decoded: Callable[[str], Sample], embedded: Engine
) -> None:
    engine = GentleEngine(gentle_home(), threads=1, embedded=embedded)
    aligned = engine.align(hello[0], decoded("recipe.flac")[1], OPTIONS, lambda _: None)
    [warning] = aligned.info["warnings"]
    assert warning.startswith("The aligner that checks Gentle: Only")
    assert all(word.confidence is not None and word.confidence < 0.5 for word in aligned.spoken)


def test_a_long_recording_is_aligned_in_chunks(
    gentle_home: Callable[..., Path], decoded: Callable[[str], Sample], embedded: Engine
) -> None:
    audio, transcript = decoded("night-train.ogg")
    home = gentle_home()
    (home / "align.py").write_text("open('runs', 'a').write('x')\n" + (home / "align.py").read_text())
    seen: list[float] = []
    engine = GentleEngine(home, threads=2, embedded=embedded, chunk_seconds=12)
    aligned = engine.align(audio, transcript, OPTIONS, seen.append)
    assert_contract(aligned, audio, transcript)
    assert len((home / "runs").read_text()) >= 3
    assert len(aligned.spoken) >= 0.97 * len(truth("night-train.ogg"))
    assert statistics.median(errors(aligned, truth("night-train.ogg"))) <= 0.03
    assert max(errors(aligned, truth("night-train.ogg"))) < 0.5
    assert seen == sorted(seen) and seen[-1] == 1.0


def seen_by_gentle(home: Path, audio: Audio, transcript: str, options: AlignmentOptions) -> dict[str, object]:
    (home / "align.py").write_text(DUMP)
    GentleEngine(home, threads=8).align(audio, transcript, options, lambda _: None)
    seen: dict[str, object] = json.loads((home / "seen.json").read_text())
    return seen


def test_gentle_gets_the_options_and_one_thread_per_window_at_most(
    gentle_home: Callable[..., Path], decoded: Callable[[str], Sample]
) -> None:
    options = replace(OPTIONS, conservative=True, disfluency=True)
    arguments = seen_by_gentle(gentle_home(), *decoded("recipe.flac"), options)["arguments"]
    assert arguments[:2] == ["--nthreads", "2"] and {"--conservative", "--disfluency"} < set(arguments)


def test_gentle_gets_a_minimal_environment(
    gentle_home: Callable[..., Path], hello: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    home = gentle_home()
    (home / "lib").mkdir()
    seen = seen_by_gentle(home, *hello, OPTIONS)
    environment = seen["environment"]
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert not Path(environment["TMPDIR"]).exists(), "the temporary folder was not removed"
    assert environment["LD_LIBRARY_PATH"] == str(home / "lib")
    assert (environment["MALLOC_ARENA_MAX"], environment["OPENBLAS_NUM_THREADS"]) == ("1", "1")
    assert seen["folder"] == str(home)
    assert "--conservative" not in seen["arguments"] and "--disfluency" not in seen["arguments"]


@pytest.mark.skipif(sys.platform != "linux", reason="a Linux system call")
def test_the_kernel_does_not_kill_the_launcher_before_its_children(
    gentle_home: Callable[..., Path], hello: Sample
) -> None:
    """When the parent dies, the launcher must live long enough to kill its k3 processes."""
    home = gentle_home()
    (home / "align.py").write_text(
        "import ctypes, sys\nfrom pathlib import Path\n"
        "number, PR_GET_PDEATHSIG = ctypes.c_int(-1), 2\n"
        "ctypes.CDLL(None).prctl(PR_GET_PDEATHSIG, ctypes.byref(number), 0, 0, 0)\n"
        "Path('signal').write_text(str(number.value))\n"
        "Path(sys.argv[sys.argv.index('-o') + 1]).write_text('{}')\n"
    )
    GentleEngine(home, threads=1).align(*hello, OPTIONS, lambda _: None)
    assert (home / "signal").read_text() == "0"


def test_line_ends_keep_their_length_in_gentles_input(gentle_home: Callable[..., Path], hello: Sample) -> None:
    audio, _ = hello
    transcript = "\ufeffHello,\r\nworld!\r\rLife is “good”.\n"
    text = seen_by_gentle(gentle_home(), audio, transcript, OPTIONS)["text"]
    assert "\r" not in text and len(text) == len(transcript)


def test_offsets_are_right_after_windows_line_ends(gentle_home: Callable[..., Path], hello: Sample) -> None:
    audio, transcript = hello
    transcript = transcript.replace(". ", ".\r\n🎈 ")
    aligned = GentleEngine(gentle_home(), threads=1).align(audio, transcript, OPTIONS, lambda _: None)
    assert_contract(aligned, audio, transcript)
    assert len(aligned.spoken) == 23


@pytest.mark.parametrize("transcript", ["", " … – \n"])
def test_without_words_gentle_is_not_run(gentle_home: Callable[..., Path], hello: Sample, transcript: str) -> None:
    aligned = GentleEngine(gentle_home("k3-dies"), threads=1).align(hello[0], transcript, OPTIONS, lambda _: None)
    assert aligned.words == ()


def test_without_sound_gentle_is_not_run(gentle_home: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    engine = GentleEngine(gentle_home("k3-dies"), threads=1)
    aligned = engine.align(Audio(tmp_path / "empty", 0), "Hello, world!", OPTIONS, lambda _: None)
    assert [word.case for word in aligned.words] == [NOT_FOUND_IN_AUDIO] * 2


def test_other_languages_are_refused(gentle_home: Callable[..., Path], hello: Sample) -> None:
    with pytest.raises(InvalidOptionsError, match="English only, not “fr”"):
        GentleEngine(gentle_home(), threads=1).align(*hello, AlignmentOptions(language="fr"), lambda _: None)


def test_transcription_is_delegated_to_the_embedded_engine(gentle_home: Callable[..., Path], hello: Sample) -> None:
    class Embedded:
        name, version = "embedded", "1"

        def align(self, *_: object) -> Alignment:
            raise AssertionError

        def transcribe(self, *_: object) -> Alignment:
            return Alignment("heard", ())

    home = gentle_home()
    heard = GentleEngine(home, threads=1, embedded=Embedded()).transcribe(hello[0], OPTIONS, lambda _: None)
    assert heard.transcript == "heard"
    with pytest.raises(EngineError, match="cannot work without a transcript"):
        GentleEngine(home, threads=1).transcribe(hello[0], OPTIONS, lambda _: None)


def test_an_exception_from_progress_stops_gentle(gentle_home: Callable[..., Path], hello: Sample) -> None:
    def superseded(_: float) -> None:
        raise StaleRevisionError("A newer upload is on its way.")

    with pytest.raises(StaleRevisionError):
        GentleEngine(gentle_home(), threads=1).align(*hello, OPTIONS, superseded)


def test_jobs_take_turns(gentle_home: Callable[..., Path], hello: Sample) -> None:
    home = gentle_home()
    (home / "align.py").write_text(
        "import os, sys, time\nfrom pathlib import Path\n"
        "os.mkdir('busy')\ntime.sleep(0.5)\nos.rmdir('busy')\n"
        "Path(sys.argv[sys.argv.index('-o') + 1]).write_text('{}')\n"
    )
    engine = GentleEngine(home, threads=2)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(engine.align, *hello, OPTIONS, lambda _: None) for _ in range(2)]
    assert all(run.result().words for run in runs)


def test_gentle_uses_its_own_matcher(tmp_path: Path) -> None:
    """difflib without its heuristic for frequent words puts more words in wrong places (docs/gentle.md)."""
    script = tmp_path / "align.py"
    script.write_text("import difflib, sys\nprint(difflib.SequenceMatcher(None, '', '').autojunk, sys.argv[1:])\n")
    command = [sys.executable, str(LAUNCHER), "2", str(script), "--flag"]
    with subprocess.Popen(
        command, text=True, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read() == "True ['--flag']\n"


@pytest.mark.parametrize("models", [None, "installed"])
def test_whisper_has_an_opinion_where_its_model_is_installed(
    gentle_home: Callable[..., Path], hello: Sample, models: str | None
) -> None:
    folder = tiny_whisper.install() if models else None
    resources = EngineResources(
        SerialPool(), gentle_home=gentle_home(), speech_model=tiny_whisper.MODEL.name, models=folder
    )
    engine = create_engine(resources)
    audio, text = hello
    first, _, rest = text.partition(" ")
    aligned = engine.align(audio, f"{first} tree {rest}", OPTIONS, lambda _: None)
    assert ("whisper-tiny.en" in engine.version) is bool(models)
    confidence = {word.word: word.confidence for word in aligned.spoken}
    assert "chocolates" in confidence
    if models:
        assert confidence.get("tree", 0.0) < 0.5
