from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Word
from syncline.speech.whisper.agreement import PlacedText
from syncline.speech.whisper.unwritten import UnwrittenWords

CHUNK = PlacedText("The cold north wind", 0.0, 5.0)


def word(text: str, start: float, offset: int, confidence: float = 0.9) -> Word:
    return Word(SUCCESS, text, start, start + 0.5, offset, offset + len(text), confidence=confidence)


TRANSCRIPT = [word("the", 0.0, 0), word("north", 2.0, 4), word("wind", 3.0, 10)]


def timed(*found: Word) -> list[Word]:
    return list(UnwrittenWords(TRANSCRIPT, [CHUNK]).timed([found], least=0.4))


def test_the_chunk_is_aligned_with_what_whisper_wrote():
    (excerpt,) = UnwrittenWords(TRANSCRIPT, [CHUNK]).excerpts
    assert (excerpt.start, excerpt.end, excerpt.text) == (0.0, 5.0, CHUNK.text)
    assert UnwrittenWords(TRANSCRIPT, [PlacedText("the north wind", 0, 5)]).excerpts == []


def test_only_the_unwritten_words_are_reported_and_have_no_offsets():
    (unwritten,) = timed(word("The", 0.0, 0), word("cold", 1.0, 4), word("north", 2.0, 9))
    assert (unwritten.word, unwritten.case, unwritten.start) == ("cold", NOT_FOUND_IN_TRANSCRIPT, 1.0)
    assert (unwritten.start_offset, unwritten.end_offset) == (None, None)


def test_a_word_that_the_tracker_doubts_is_left_out():
    assert timed(word("cold", 1.0, 4, confidence=0.3)) == []


def test_where_a_word_of_the_transcript_was_found_there_is_no_other():
    assert timed(word("cold", 2.1, 4)) == []
    assert timed(word("cold", 2.4, 4)) != []
