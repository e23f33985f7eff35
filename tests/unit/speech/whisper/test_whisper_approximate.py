import numpy as np

from syncline.core.alignment import Word
from syncline.media.audio import SAMPLE_RATE
from syncline.speech.whisper.approximate import Comparison, Transcription, outside, place, transcription_of
from syncline.speech.whisper.chunks import Chunk
from syncline.speech.whisper.recognition import Recognised
from syncline.speech.whisper.word_times import TimedTokens, words_of


def recognised(start, end, text, *words):
    return Recognised(Chunk(start * SAMPLE_RATE, end * SAMPLE_RATE), text, -0.1, 0.0, (), words)


def timed(text, start, end, offset):
    return Word("success", text, start, end, offset, offset + len(text), text, approximate=True)


def noise(*loud: tuple[float, float], seconds: float) -> np.ndarray:
    """Sound at the given times, and silence around it."""
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.int16)
    for begin, end in loud:
        part = slice(round(begin * SAMPLE_RATE), round(end * SAMPLE_RATE))
        samples[part] = 5000 * (-1) ** np.arange(part.stop - part.start)
    return samples


def test_a_word_has_the_time_of_its_tokens_without_the_pauses_around_it():
    # "buon" + "giorno" + "," + "mare": Whisper counts the pause to the second word.
    tokens = TimedTokens([4, 6, 1, 5], [0.0, 0.3, 0.7, 0.7, 2.0])
    samples = noise((0.1, 0.7), (1.5, 1.9), seconds=2.0)
    words = words_of("buongiorno, mare", tokens, samples, start=10.0)
    assert [word.word for word in words] == ["buongiorno", "mare"]
    assert [(word.start_offset, word.end_offset) for word in words] == [(0, 10), (12, 16)]
    assert np.allclose([(word.start, word.end) for word in words], [(10.1, 10.7), (11.5, 11.9)])
    assert all(word.approximate for word in words)


def test_chunks_become_one_text_with_offsets_into_it():
    found = transcription_of(
        [
            recognised(0, 5, "Il mare.", timed("Il", 1.0, 1.2, 0), timed("mare", 1.2, 1.8, 3)),
            recognised(5, 6, ""),
            recognised(9, 12, "E il cielo", timed("E", 9.5, 9.6, 0)),
        ],
        "it",
    )
    assert found.text == "Il mare.\nE il cielo"
    assert [found.text[word.start_offset : word.end_offset] for word in found.words] == ["Il", "mare", "E"]


def test_chunks_of_a_script_without_spaces_are_joined_without_one():
    assert transcription_of([recognised(0, 5, "今日は"), recognised(5, 9, "晴れ")], "ja").text == "今日は晴れ"


def test_times_are_in_order_and_words_have_a_duration():
    first, second = timed("a", 1.0, 2.0, 0), timed("b", 1.5, 1.5, 2)
    words = transcription_of([recognised(0, 5, "a b", first, second)], "it").words
    assert [(word.start, word.end) for word in words] == [(1.0, 2.0), (2.0, 2.02)]


def test_the_words_of_a_transcript_get_the_times_of_the_same_words():
    heard = Transcription("Il grande mare", (timed("Il", 0, 1, 0), timed("grande", 1, 2, 3), timed("mare", 2, 3, 10)))
    words = place(Comparison("il mare blu", heard))
    assert [(word.word, word.start, word.case) for word in words] == [
        ("il", 0, "success"), ("mare", 2, "success"), ("blu", None, "not-found-in-audio"),
    ]  # fmt: skip
    assert [(word.start_offset, word.end_offset) for word in words] == [(0, 2), (3, 7), (8, 11)]
    assert [word.word for word in outside(words, heard)] == ["grande"]
