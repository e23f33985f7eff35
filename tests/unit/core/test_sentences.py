import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Word
from syncline.core.sentences import LONGEST, cut_text, width
from syncline.text import split_sentences as split


def texts(transcript, language="en", words=()):
    return [sentence.text for sentence in split(transcript, list(words), language)]


def words_of(transcript, *, every=0.5, pauses=()):
    """Each space-separated word heard for `every` seconds, with a second of silence before the indices in pauses."""
    words, offset, clock = [], 0, 0.0
    for index, token in enumerate(transcript.split(" ")):
        clock += 1.0 if index in pauses else 0.0
        words.append(Word(SUCCESS, token, clock, clock + every, offset, offset + len(token)))
        offset += len(token) + 1
        clock += every
    return words


def test_abbreviations_quotations_and_paragraphs():
    transcript = '“Is it late?” asked Mr. Smith. She said "No."\n\nThe end'
    assert texts(transcript) == ["“Is it late?” asked Mr. Smith.", 'She said "No."', "The end"]


@pytest.mark.parametrize(
    ("language", "transcript", "count"),
    [
        ("en", "It is late. Ms. Quillabree owes us. No. Never.", 4),
        ("en", "Dr. Who came at 5 p.m. yesterday.", 1),
        ("fr", "M. Dupont est là. C'est tout.", 2),
        ("es", "Sr. López llegó. Son las 3.", 2),
        ("de", "Prof. Müller kam. Das war z. B. gut.", 2),
    ],
)
def test_a_title_does_not_end_a_sentence(language, transcript, count):
    assert len(texts(transcript, language)) == count


def test_offsets_count_code_points_after_an_emoji():
    transcript = "Hi 😀👍🏽 there. Bye."
    assert [(s.start_offset, s.end_offset) for s in split(transcript, [], "en")] == [(0, 13), (14, 18)]


def test_japanese_goes_on_after_a_closing_quote():
    assert texts("彼は「はい。」と言った。次の文です。", "ja") == ["彼は「はい。」と言った。", "次の文です。"]


def test_times_come_from_the_words_that_were_heard():
    words = [
        Word(SUCCESS, "One", 1.0, 1.4, 0, 3),
        Word(NOT_FOUND_IN_AUDIO, "two", start_offset=4, end_offset=7),
        Word(NOT_FOUND_IN_TRANSCRIPT, "uh", 1.5, 1.6),
        Word(SUCCESS, "three", 2.0, 2.5, 8, 13),
        Word(NOT_FOUND_IN_AUDIO, "Four", start_offset=15, end_offset=19),
    ]
    first, second = split("One two three. Four.", words, "en")
    assert (first.start, first.end) == (1.0, 2.5)
    assert (second.start, second.end, second.text) == (None, None, "Four.")


def test_a_transcript_without_punctuation_is_cut_at_pauses():
    transcript = " ".join(["word"] * 90)
    pauses = (20, 44, 70)
    cut = split(transcript, words_of(transcript, pauses=pauses), "en")
    assert [sentence.start_offset // 5 for sentence in cut] == [0, *pauses]


def test_a_long_sentence_is_cut_at_clause_marks_before_pauses():
    transcript = " ".join(["word"] * 38 + ["word;"] + ["word"] * 40) + "."
    cut = split(transcript, words_of(transcript, pauses=(39 + 5,)), "en")
    assert [sentence.text[-5:] for sentence in cut] == ["word;", "word."]


def test_an_ordinary_sentence_with_commas_stays_whole():
    sentence = "You may take one of them home, as long as you promise to leave something else behind, please."
    assert texts(sentence) == [sentence]


def test_scripts_without_spaces_are_cut_too():
    parts = texts("สวัสดีครับ ผมชื่อสมชาย ยินดีที่ได้รู้จัก " * 20, "th")
    assert len(parts) > 3
    assert all(width(part) <= LONGEST for part in parts)


def test_a_cut_never_falls_inside_a_word():
    transcript = "x" * 1000
    word = Word(SUCCESS, transcript, 0.0, 9.0, 0, 1000)
    assert texts(transcript, words=[word]) == [transcript]
    assert len(texts(transcript)) > 1


def test_a_cut_never_separates_an_accent_or_a_joined_emoji():
    for part in cut_text("e\u0301" * 200 + "👩\u200d🚀" * 100, longest=40):
        assert part[0] not in "\u0301\u200d"
        assert part[-1] != "\u200d"


def test_nothing_to_say():
    assert split("", [], "en") == []
    assert split(" \n\t ", [], "en") == []


AWKWARD = st.text(
    alphabet=st.sampled_from(list('aB. ?!\n\r\t"()「」。、，;—😀é\u0301\u200d\u2028\u3000\x00\x85…ก')), max_size=400
)


@settings(max_examples=150)
@given(st.one_of(st.text(max_size=60), AWKWARD), st.sampled_from(["en", "ja", "fr", "de", "zh", "th", "ns"]))
@example('"A.\u3000', "de")  # a panic in sentencex 1.0.32 without our guard
def test_nothing_is_lost_whatever_the_text(transcript, language):
    sentences = split(transcript, [], language)
    rest, covered = list(transcript), 0
    for number, sentence in enumerate(sentences):
        assert sentence.id == number
        assert sentence.text == transcript[sentence.start_offset : sentence.end_offset]
        assert sentence.text and not sentence.text[0].isspace() and not sentence.text[-1].isspace()
        assert sentence.start_offset >= covered
        covered = sentence.end_offset
        rest[sentence.start_offset : sentence.end_offset] = " " * len(sentence.text)
    assert not "".join(rest).strip()


@pytest.mark.parametrize("longest", [1, 10, 57])
def test_cut_text_obeys_its_limit_where_there_are_spaces(longest):
    parts = cut_text("a b c d e f g " * 30, longest=longest)
    assert all(width(part) <= longest for part in parts)
    assert "".join(parts).replace(" ", "") == "abcdefg" * 30
