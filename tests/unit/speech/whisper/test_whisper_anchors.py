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
    assert places(TEXT, FIRST, "witch was the stronger") == []
    assert places(TEXT, FIRST + " that", SECOND) == []


def test_words_that_occur_twice_do_not_say_where_they_are():
    assert places(f"{TEXT} {TEXT}", FIRST, SECOND) == []


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
