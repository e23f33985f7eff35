import pytest

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, SUCCESS, Word
from syncline.speech.whisper.agreement import Opinion, PlacedText, compare
from syncline.speech.whisper.missed_words import LONGEST_RUN, MissedWords, place_words


def words_of(text: str) -> list[Word]:
    """One second each; those in brackets were not found."""
    words, offset = [], 0
    for index, token in enumerate(text.split()):
        plain = token.strip("[]")
        times = (None, None) if token.startswith("[") else (float(index), index + 0.9)
        words.append(
            Word(
                SUCCESS if times[1] else NOT_FOUND_IN_AUDIO, plain, *times, offset, offset + len(plain), confidence=0.9
            )
        )
        offset += len(plain) + 1
    return words


def search(words: list[Word], *chunks: PlacedText) -> MissedWords:
    placed = place_words(words)
    verdicts = dict(zip(placed, compare(list(placed.values()), chunks), strict=True))
    heard = {index: verdict.chunk for index, verdict in verdicts.items() if verdict.opinion is Opinion.AGREES}
    missed = {index: chunk for index, chunk in heard.items() if not words[index].aligned}
    return MissedWords(words, chunks, missed=missed, chunk_of=heard)


def confirm(index: int, word: Word) -> Word:
    return word


def found_at(text: str, offset: int, start: float) -> Word:
    return Word(SUCCESS, text, start, start + 0.5, offset, offset + len(text), confidence=0.6)


def test_a_missed_word_lies_between_its_neighbours():
    placed = place_words(words_of("the [north] wind"))
    assert (placed[1].start, placed[1].end) == (0.9, 2.0)


def test_the_place_of_a_long_run_is_unknown():
    words = words_of("the " + "[north] " * (LONGEST_RUN + 1) + "wind")
    assert sorted(place_words(words)) == [0, len(words) - 1]


def test_only_chunks_with_missed_words_are_searched_again():
    words = words_of("the [north] wind blew on and on")
    chunks = PlacedText("The north wind", 0, 3), PlacedText("blew on and on", 3, 7)
    (excerpt,) = search(words, *chunks).excerpts
    assert (excerpt.start, excerpt.end, excerpt.text) == (0, 3, "the north wind")


def test_a_missed_word_that_whisper_did_not_write_is_left_out():
    missed = search(words_of("the [north] [quick] wind"), PlacedText("the north wind", 0, 4))
    assert [excerpt.text for excerpt in missed.excerpts] == ["the north wind"]
    assert search(words_of("the [quick] wind"), PlacedText("the wind", 0, 3)).excerpts == []


def test_a_word_that_is_found_gets_its_time_and_keeps_its_offsets():
    words = words_of("so the [north] wind")
    missed = search(words, PlacedText("the north wind", 0.5, 4))
    at = missed.excerpts[0].text.index("north")
    completed = missed.completed([[found_at("north", at, 2.1)]], confirm)
    assert (completed[2].start, completed[2].start_offset, completed[2].word) == (2.1, 7, "north")
    assert [word for index, word in enumerate(completed) if index != 2] == [words[0], words[1], words[3]]


@pytest.mark.parametrize("start", [0.2, 2.9])
def test_a_word_out_of_order_is_not_accepted(start):
    missed = search(words_of("the [north] wind"), PlacedText("the north wind", 0, 3))
    completed = missed.completed([[found_at("north", 4, start)]], confirm)
    assert not completed[1].aligned


def second_search(chunk_text: str, starts: list[float], length: float = 0.5) -> list[Word]:
    words, offset = [], 0
    for token, start in zip(chunk_text.split(), starts, strict=True):
        words.append(Word(SUCCESS, token, start, start + length, offset, offset + len(token), confidence=0.6))
        offset += len(token) + 1
    return words


def test_a_neighbour_that_stood_in_the_place_of_a_missed_word_moves_too():
    words = words_of("so the [north] wind blew")  # "the" was found from 1.0 to 1.9
    missed = search(words, PlacedText("so the north wind blew", 0, 5))
    again = second_search("so the north wind blew", [0.0, 0.5, 1.1, 3.0, 4.0], length=0.4)
    completed = missed.completed([again], confirm)
    assert [word.start for word in completed] == [0.0, 0.5, 1.1, 3.0, 4.0]


def test_words_on_which_both_searches_agree_keep_their_times():
    words = words_of("so the [north] wind")
    again = second_search("so the north wind", [0.02, 1.02, 2.1, 3.02], length=0.9)
    completed = search(words, PlacedText("so the north wind", 0, 5)).completed([again], confirm)
    assert [word.start for word in completed] == [0.0, 1.0, 2.1, 3.0]


def test_a_neighbour_does_not_move_beyond_the_words_around_it():
    words = words_of("so the [north] wind blew")
    again = second_search("so the north wind blew", [0.0, 4.2, 2.1, 3.0, 4.0])
    completed = search(words, PlacedText("so the north wind blew", 0, 5)).completed([again], confirm)
    assert [word.start for word in completed] == [0.0, 1.0, 2.1, 3.0, 4.0]


def test_a_word_that_is_not_confirmed_stays_missed():
    missed = search(words_of("the [north] wind"), PlacedText("the north wind", 0, 3))
    assert not missed.completed([[found_at("north", 4, 1.1)]], lambda index, word: None)[1].aligned


def test_a_word_that_whisper_wrote_agrees():
    (verdict,) = compare([place_words(words_of("north"))[0]], [PlacedText("North.", 0, 2)])
    assert (verdict.opinion, verdict.chunk) == (Opinion.AGREES, 0)
