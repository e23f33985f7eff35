from collections.abc import Callable

import numpy as np

from syncline.media.audio import Audio
from syncline.speech.pocketsphinx.features import frame_count
from syncline.speech.pocketsphinx.hypotheses import UNDOUBTED_GAIN, Section, WordHypothesis
from syncline.speech.pocketsphinx.recovery import align_section
from syncline.speech.pocketsphinx.transcripts import pronounce_transcript


def hypotheses(audio: Audio, text: str) -> dict[int, WordHypothesis]:
    section = Section(
        audio.path, audio.samples, 0, frame_count(audio.samples), 0, tuple(pronounce_transcript(text).words)
    )
    return {word.word: word for word in align_section(section).words}


def test_spoken_words_have_a_gain(
    hello_samples: np.ndarray, hello_text: str, audio_of: Callable[[np.ndarray], Audio]
) -> None:
    found = hypotheses(audio_of(hello_samples), hello_text)

    assert len(found) == len(hello_text.split())
    assert min(word.gain for word in found.values()) > UNDOUBTED_GAIN / 3


def test_words_that_were_never_spoken_have_no_gain(
    hello_samples: np.ndarray, hello_text: str, audio_of: Callable[[np.ndarray], Audio]
) -> None:
    audio, words = audio_of(hello_samples), hello_text.split()
    doubted = 0
    for place in range(1, len(words)):
        inserted = hypotheses(audio, " ".join([*words[:place], "are", *words[place:]])).get(place)
        doubted += inserted is None or inserted.gain < UNDOUBTED_GAIN / 3

    assert doubted > 0.8 * (len(words) - 1)
