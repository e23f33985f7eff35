import json
from collections.abc import Callable

import numpy as np
import pytest

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, Alignment
from syncline.media.audio import Audio
from syncline.processes.outcomes import Failure
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import PocketSphinxEngine
from syncline.speech.pocketsphinx.preparation import pronounce_piece
from tests.unit.speech.pocketsphinx.conftest import SAMPLES

AudioOf = Callable[[np.ndarray], Audio]


def align(audio: Audio, text: str, **options: bool) -> Alignment:
    return PocketSphinxEngine(SerialPool()).align(audio, text, AlignmentOptions(**options), lambda share: None)


def test_words_are_found_where_they_are_spoken(audio_of: AudioOf, hello_samples: np.ndarray, hello_text: str) -> None:
    alignment = align(audio_of(hello_samples), hello_text)

    truth = json.loads((SAMPLES / "hello.truth.json").read_text())["words"]
    assert [word.word for word in alignment.words] == [word["word"] for word in truth]
    errors = [
        abs(found - true)
        for word, right in zip(alignment.words, truth, strict=True)
        for found, true in ((word.start or 0.0, right["start"]), (word.end or 0.0, right["end"]))
    ]
    assert max(errors) < 0.1
    assert sorted(errors)[len(errors) // 2] < 0.02
    for word in alignment.words:
        assert hello_text[word.start_offset : word.end_offset] == word.word
        assert word.start is not None and word.end is not None
        assert sum(phone.duration for phone in word.phones) == pytest.approx(word.end - word.start, abs=1e-6)
        assert word.confidence and word.confidence > 0.5
    assert "warnings" not in alignment.info


def test_differences_between_text_and_speech_stay_local(audio_of: AudioOf, hello_samples: np.ndarray) -> None:
    text = "Hello, wonderful elephant world! Life is like a of chocolates. You never know what you are. The meeting."

    alignment = align(audio_of(hello_samples), text, disfluency=True)

    missing = [word.word for word in alignment.words if word.case == NOT_FOUND_IN_AUDIO]
    additional = [word for word in alignment.words if word.case == NOT_FOUND_IN_TRANSCRIPT]
    assert missing == ["wonderful", "elephant"]
    assert {"going", "to", "get"} <= {word.word for word in additional}
    assert all(word.start_offset is None and word.start is not None for word in additional)


def test_a_transcript_of_another_recording_is_a_warning(audio_of: AudioOf, hello_samples: np.ndarray) -> None:
    text = (
        "Quarterly revenue grew by twelve percent, driven by strong demand for industrial refrigeration in the north."
    )

    alignment = align(audio_of(hello_samples), text)

    assert sum(word.aligned for word in alignment.words) <= 1
    assert "does this transcript belong to it" in alignment.info["warnings"][0]


@pytest.mark.parametrize("text", ["", "   ", "東京 😀 …", "word"])
@pytest.mark.parametrize("samples", [0, 100, 700, 16_000])
def test_words_of_unusual_input_are_not_found(audio_of: AudioOf, text: str, samples: int) -> None:
    alignment = align(audio_of(np.zeros(samples, np.int16)), text)
    assert not any(word.aligned for word in alignment.words)


def test_without_a_transcript_words_are_recognised(audio_of: AudioOf, hello_samples: np.ndarray) -> None:
    alignment = PocketSphinxEngine(SerialPool()).transcribe(
        audio_of(hello_samples[:80_000]), AlignmentOptions(), lambda share: None
    )

    assert "box of chocolates" in alignment.transcript
    for word in alignment.words:
        assert alignment.transcript[word.start_offset : word.end_offset] == word.word


class BrokenPool(SerialPool):
    """Decodes nothing."""

    def run(self, function, items, *, seconds=None):
        if function is pronounce_piece:
            yield from super().run(function, items)
        else:
            yield from (Failure("its process died (SIGSEGV)") for _ in items)


def test_a_section_that_cannot_be_aligned_is_a_warning(audio_of: AudioOf, hello_samples: np.ndarray) -> None:
    alignment = PocketSphinxEngine(BrokenPool()).align(
        audio_of(hello_samples), "Hello, world!", AlignmentOptions(), lambda share: None
    )

    assert [word.case for word in alignment.words] == [NOT_FOUND_IN_AUDIO] * 2
    assert alignment.info["warnings"] == ["Nothing was aligned between 0 and 9 seconds: its process died (SIGSEGV)."]


def test_minutes_of_digital_silence_do_not_hide_the_words(
    audio_of: AudioOf, hello_samples: np.ndarray, hello_text: str
) -> None:
    soon = align(audio_of(hello_samples), hello_text).words

    late = align(audio_of(np.concatenate([np.zeros(40 * 16_000, np.int16), hello_samples])), hello_text).words

    assert [word.start for word in late] == pytest.approx([40 + (word.start or 0) for word in soon], abs=0.03)
