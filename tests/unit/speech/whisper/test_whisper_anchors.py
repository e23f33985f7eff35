import pytest

from syncline.speech.pocketsphinx.engine import Place
from syncline.speech.whisper.agreement import PlacedText
from syncline.speech.whisper.anchors import certain_places

TEXT = "The north wind and the sun disputed which was the stronger, when a traveller came along."
FIRST, SECOND = "The north wind and the sun disputed", "which was the stronger, when a traveller came along."


def places(transcript: str, *texts: str, pause: float = 1.0) -> list[Place]:
    chunks = [PlacedText(text, 10.0 * index, 10.0 * index + 10 - pause) for index, text in enumerate(texts)]
    return certain_places(transcript, chunks)


def test_a_pause_with_the_same_words_on_both_sides_is_certain():
    assert places(TEXT, FIRST, SECOND) == [Place(9.5, TEXT.index("which"))]


def test_a_cut_within_speech_is_not_a_pause():
    assert places(TEXT, FIRST, SECOND, pause=0.0) == []


def test_other_words_beside_the_pause_are_not_certain():
    assert places(TEXT, FIRST, "which pleases nobody at all") == []
    assert places(TEXT, FIRST + " that", SECOND) == []


def test_the_words_beside_the_pause_may_be_spelled_differently():
    transcript = "The grey colour of the harbour tired the traveller, who recognised no neighbour there."
    heard = "The gray color of the harbor tired the traveler", "who recognized no neighbor there."
    assert places(transcript, *heard) == [Place(9.5, transcript.index("who"))]


@pytest.mark.parametrize("number", ["nineteen eighty-four", "one thousand nine hundred eighty-four", "1984"])
def test_numbers_may_be_written_in_another_way(number):
    transcript = f"It happened in {number}, and I paid $5 on the 3rd of May to see 1,000 birds."
    heard = "It happened in 1984", "and I paid five dollars on the third of May to see a thousand birds."
    assert places(transcript, *heard) == [Place(9.5, transcript.index("and I"))]


def test_words_that_occur_twice_do_not_say_where_they_are():
    unwritten = "Nobody had written down how this long evening began, nor why."
    assert places(f"{TEXT} {TEXT}", unwritten, FIRST, SECOND) == []
    assert places(f"{unwritten} {TEXT} {TEXT}", FIRST, SECOND) == []


def test_what_was_heard_so_far_tells_repetitions_apart():
    transcript = " ".join([TEXT] * 30)
    found = places(transcript, *[FIRST, SECOND] * 30)
    assert [transcript[place.offset :].split()[0] for place in found] == [*["which", "The"] * 29, "which"]
    assert [place.seconds for place in found] == [9.5 + 10 * index for index in range(59)]


def test_in_a_repetition_that_was_not_written_no_place_is_certain():
    verses = ["We sang of ships at night.", "Then someone asked about seven kings.", "Finally every one of us left."]
    transcript = " ".join([verses[0], TEXT, verses[2], TEXT])
    heard = [part for verse in verses for part in (f"{verse} {FIRST}", SECOND)]
    assert [place.seconds for place in places(transcript, *heard)] == [9.5, 39.5, 49.5]


def test_too_few_words_are_not_certain():
    assert places(TEXT, "sun disputed", SECOND) == []
    assert places(TEXT, "", "") == []
    assert places("", FIRST, SECOND) == []


def test_a_place_out_of_order_is_left_out():
    texts = ["one two three", "four five six", "seven eight nine", "ten eleven twelve"]
    spoken = [*texts[:2], "ten eleven twelve", "thirteen fourteen fifteen", texts[2]]
    transcript = " ".join([*texts, "thirteen fourteen fifteen"])
    assert [place.offset for place in places(transcript, *spoken)] == [
        transcript.index("four"),
        transcript.index("thirteen"),
    ]


def test_a_number_is_not_cut():
    assert places("we counted exactly 21 wet birds", "we counted exactly twenty", "one wet birds") == []
