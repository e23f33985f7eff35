"""The engine with the weights of whisper-tiny.en and recordings of the samples folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from scripts import tiny_whisper
from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT
from syncline.core.errors import InvalidOptionsError, ModelMissingError
from syncline.core.spoken_languages import SPOKEN_LANGUAGES
from syncline.media import decode
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.models.installed import locate, verify
from syncline.processes.pool import SerialPool
from syncline.speech import g2p
from syncline.speech.engine import AlignmentOptions, EngineResources
from syncline.speech.whisper import create_engine
from syncline.speech.whisper.approximate import transcription_of
from syncline.speech.whisper.chunks import Chunk, speech_chunks
from syncline.speech.whisper.recognition import SHARED, Question, Recogniser

SAMPLES = Path(__file__).parents[4] / "samples"


@pytest.fixture(scope="session")
def models():
    return tiny_whisper.install()


@pytest.fixture
def engine(models):
    return create_engine(EngineResources(SerialPool(), speech_model="whisper-tiny.en", models=models))


@pytest.fixture
def sample(tmp_path):
    def decoded(name: str) -> tuple[Audio, str]:
        audio = decode(next(SAMPLES.glob(f"{name}.[wmof]*")), tmp_path / f"{name}.raw")
        return audio, (SAMPLES / f"{name}.txt").read_text(encoding="utf-8")

    return decoded


def written(tmp_path, samples: np.ndarray) -> Audio:
    (tmp_path / "audio.raw").write_bytes(samples.astype("<i2").tobytes())
    return Audio(tmp_path / "audio.raw", len(samples))


def found(alignment) -> list[str]:
    return [word.word.lower() for word in alignment.words if word.aligned]


def test_the_installed_model_verifies(models):
    assert verify(locate("whisper-tiny.en", models)) == 3


def test_transcribe_writes_sentences_with_times(engine, sample):
    audio, text = sample("lighthouse")
    progress: list[float] = []
    alignment = engine.transcribe(audio, AlignmentOptions(), progress.append)
    spoken = {word.strip(".,!?").lower() for word in text.split()}
    recognised = {word.strip(".,!?").lower() for word in alignment.transcript.split()}
    assert len(spoken & recognised) / len(spoken) > 0.8
    assert "." in alignment.transcript
    assert alignment.transcript[0].isupper()
    assert len(found(alignment)) / len(alignment.words) > 0.9
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    assert alignment.info["engine"] == "whisper"
    assert alignment.info["model"] == "whisper-tiny.en"


def test_align_finds_the_words_of_the_transcript(engine, sample):
    audio, text = sample("hello")
    alignment = engine.align(audio, text, AlignmentOptions(), lambda done: None)
    assert alignment.transcript == text
    assert all(word.aligned for word in alignment.words)


def test_words_that_were_not_spoken_are_not_found(engine, sample):
    audio, text = sample("lighthouse")
    inserted = "elephants pineapple"
    first, _, rest = text.partition(" ")
    alignment = engine.align(audio, f"{first} {inserted} {rest}", AlignmentOptions(), lambda done: None)
    assert not {"elephants", "pineapple"} & set(found(alignment))
    assert len(found(alignment)) / len(alignment.words) > 0.9


def test_disfluency_reports_words_that_the_transcript_lacks(engine, sample):
    audio, text = sample("lighthouse")
    words = text.split()
    gone = {word.strip(".,").lower() for word in words[10:13]}
    alignment = engine.align(
        audio, " ".join(words[:10] + words[13:]), AlignmentOptions(disfluency=True), lambda done: None
    )
    unwritten = [word for word in alignment.words if word.case == NOT_FOUND_IN_TRANSCRIPT]
    assert gone & {word.word.lower() for word in unwritten}
    assert all(word.start is not None and word.start_offset is None for word in unwritten)


def test_a_word_is_more_probable_where_it_was_spoken(models, sample):
    audio, _ = sample("hello")  # "Hello, world! Life is like a box of chocolates."
    recogniser = Recogniser(models / "whisper-tiny.en", threads=1)
    question = Question(Chunk(0, audio.samples), ("Hello, world!", "Hello, mountain!"))
    ((spoken, unspoken),) = recogniser.score(audio, [question], language="en")
    gains = [
        sum(token.heard - token.expected for token in tokens if token.piece == len("Hello,"))
        for tokens in (spoken, unspoken)
    ]
    assert gains[0] > 1 > -1 > gains[1]


def music(time: np.ndarray) -> np.ndarray:
    """Chords of plucked strings, with a melody above them and a drum on each beat."""
    beat = time % 0.5
    sound = 900 * np.random.default_rng(7).normal(0, 1, len(time)) * np.exp(-30 * beat)
    for chord, notes in enumerate([(220, 277, 330), (196, 247, 294), (175, 220, 262), (165, 208, 247)]):
        playing = (time // 2 % 4 == chord) * np.exp(-2 * beat)
        for hertz in (*notes, notes[chord % 3] * 4):
            sound += playing * sum(1500 / part * np.sin(2 * np.pi * part * hertz * time) for part in (1, 2, 3))
    return sound


@pytest.mark.parametrize("sound", ["silence", "noise", "tone", "music"])
def test_no_text_is_invented_where_nothing_is_said(engine, tmp_path, sound):
    time = np.arange(20 * SAMPLE_RATE) / SAMPLE_RATE
    samples = {
        "silence": np.zeros(len(time)),
        "noise": np.random.default_rng(3).normal(0, 2000, len(time)),
        "music": music(time),
        "tone": 8000 * np.sin(2 * np.pi * 440 * time),
    }[sound]
    alignment = engine.transcribe(written(tmp_path, samples), AlignmentOptions(), lambda done: None)
    assert alignment.transcript == ""
    assert alignment.words == ()


def test_results_do_not_depend_on_the_run(engine, sample):
    audio, _ = sample("hello")
    runs = [engine.transcribe(audio, AlignmentOptions(), lambda done: None) for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_missing_model_is_reported_before_anything_runs(tmp_path):
    with pytest.raises(ModelMissingError) as missing:
        create_engine(EngineResources(SerialPool(), speech_model="whisper-base.en", models=tmp_path))
    assert "syncline models fetch whisper-base.en" in missing.value.hint


@pytest.mark.parametrize("language", ["auto", "it"])
def test_a_model_for_english_says_that_it_knows_no_other_language(engine, sample, language):
    audio, _ = sample("hello")
    with pytest.raises(InvalidOptionsError, match=r"whisper-tiny\.en is for English only") as refused:
        engine.transcribe(audio, AlignmentOptions(language=language), lambda done: None)
    assert "whisper-base" in refused.value.hint


def test_whispers_own_times_are_near_those_of_the_tracker(engine, models, sample):
    audio, _ = sample("lighthouse")
    tracked = engine.transcribe(audio, AlignmentOptions(), lambda done: None)
    recogniser = SHARED.get(locate("whisper-tiny.en", models).path)
    own = transcription_of(recogniser.recognise(audio, speech_chunks(audio), language="en", with_times=True), "en")
    assert own.text == tracked.transcript
    exact = {word.start_offset: word for word in tracked.words if word.aligned}
    differences = [
        abs(edge - other)
        for word in own.words
        if (near := exact.get(word.start_offset)) is not None
        for edge, other in ((word.start, near.start), (word.end, near.end))
    ]
    assert len(differences) > 100
    assert np.median(differences) < 0.15
    assert all(word.approximate for word in own.words)
    assert all(0 <= word.start < word.end <= audio.seconds for word in own.words)


@pytest.fixture(scope="session")
def multilingual():
    models = tiny_whisper.install(model=tiny_whisper.MULTILINGUAL)
    return create_engine(EngineResources(SerialPool(), speech_model="whisper-base", models=models))


def detected(engine, audio: Audio, text: str):
    """The results of both modes."""
    options = AlignmentOptions(language="auto")
    yield engine.transcribe(audio, options, lambda done: None)
    yield engine.align(audio, text, options, lambda done: None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("it", "Buongiorno a tutti. Oggi parliamo del mare e delle montagne della nostra piccola città."),
        ("de", "Guten Morgen. Heute sprechen wir über das Meer und die Berge in der Nähe unserer Stadt."),
    ],
)
def test_a_language_is_detected_and_has_approximate_times_without_pronunciations(
    multilingual, tmp_path, language, text
):
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    subprocess.run(["espeak-ng", "-v", language, "-s", "140", "-w", tmp_path / "speech.wav", text], check=True)
    for alignment in detected(multilingual, decode(tmp_path / "speech.wav", tmp_path / "audio.raw"), text):
        assert alignment.info["language"] == language
        assert 0.7 < alignment.info["language_confidence"] <= 1.0
        assert len(alignment.spoken) / len(alignment.words) > 0.6
        exact = language in SPOKEN_LANGUAGES and g2p.missing(SPOKEN_LANGUAGES[language]) is None
        assert all(word.approximate is not exact for word in alignment.spoken)
        assert ("approximate" in str(alignment.info.get("warnings"))) is not exact


@pytest.mark.slow
def test_english_is_detected_and_tracked(multilingual, sample):
    for alignment in detected(multilingual, *sample("lighthouse")):
        assert alignment.info["language"] == "en"
        assert alignment.info["language_confidence"] > 0.9
        assert not any(word.approximate for word in alignment.words)
        assert len(alignment.spoken) / len(alignment.words) > 0.9


@pytest.mark.slow
def test_nothing_is_detected_in_silence(multilingual, tmp_path):
    silence = written(tmp_path, np.zeros(10 * SAMPLE_RATE))
    found = multilingual.transcribe(silence, AlignmentOptions(language="auto"), lambda done: None)
    assert found.transcript == ""
    assert found.info["language_confidence"] == 0.0
