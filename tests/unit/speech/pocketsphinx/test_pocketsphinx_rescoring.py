from collections.abc import Callable

import numpy as np

from syncline.media.audio import Audio
from syncline.speech.pocketsphinx.decoding import CLEAR_GAIN, HeardWord, Section
from syncline.speech.pocketsphinx.engine import speak
from syncline.speech.pocketsphinx.features import frame_count
from syncline.speech.pocketsphinx.recovery import align_section


def heard(audio: Audio, text: str) -> dict[int, HeardWord]:
    section = Section(audio.path, audio.samples, 0, frame_count(audio.samples), 0, tuple(speak(text).forms))
    return {word.word: word for word in align_section(section).words}


def test_what_was_said_is_not_doubted(
    hello_samples: np.ndarray, hello_text: str, audio_of: Callable[[np.ndarray], Audio]
) -> None:
    found = heard(audio_of(hello_samples), hello_text)

    assert len(found) == len(hello_text.split())
    assert min(word.gain for word in found.values()) > CLEAR_GAIN / 3


def test_neighbours_fit_as_well_without_a_word_that_was_never_said(
    hello_samples: np.ndarray, hello_text: str, audio_of: Callable[[np.ndarray], Audio]
) -> None:
    audio, words = audio_of(hello_samples), hello_text.split()
    doubted = 0
    for place in range(1, len(words)):
        inserted = heard(audio, " ".join([*words[:place], "are", *words[place:]])).get(place)
        doubted += inserted is None or inserted.gain < CLEAR_GAIN / 3

    assert doubted > 0.8 * (len(words) - 1)
