from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.speech.pocketsphinx import confidence, recovery
from syncline.speech.pocketsphinx import sectioning as planning
from syncline.speech.pocketsphinx.decoding import Heard, HeardSound, HeardWord, Section

MINUTE = 60 * 100


def heard(word: int, start: int, end: int | None = None, fit: float = 1.0) -> HeardWord:
    end = start + 30 if end is None else end
    return HeardWord(word, start, end, 0, (HeardSound(3, end - start),), fit, fit)


def whole(minutes: int, words: int) -> Section:
    return Section(Path("x"), minutes * MINUTE * 160, 0, minutes * MINUTE, 0, tuple(((n,),) for n in range(words)))


def listen_at_even_pace(recording: Section):
    """Hears what is said in a recording that speaks its words evenly."""
    frames_a_word = recording.last_frame / len(recording.words)

    def listen(probe: Section) -> Heard:
        first = int(probe.first_frame / frames_a_word) + 1
        spoken = range(first, int(probe.last_frame / frames_a_word))
        known = range(probe.first_word, probe.first_word + len(probe.words))
        return Heard(tuple(heard(n, int(n * frames_a_word)) for n in spoken if n in known), (), 0.0)

    return listen


def test_sections_cover_recording_and_text_without_overlap() -> None:
    recording = whole(30, 4_500)

    sections = list(planning.sections(recording, listen=listen_at_even_pace(recording)))

    assert len(sections) > 5
    assert sections[0].first_frame == 0
    assert sections[-1].last_frame == recording.last_frame
    for one, next_one in pairwise(sections):
        assert one.last_frame == next_one.first_frame
        assert one.first_word + len(one.words) == next_one.first_word
    assert sum(len(section.words) for section in sections) == 4_500


def test_without_any_anchor_sections_stay_bounded_and_may_begin_anywhere() -> None:
    recording = whole(60, 9_000)

    sections = list(planning.sections(recording, listen=lambda probe: Heard((), (), 0.0)))

    assert sections[-1].last_frame == recording.last_frame
    assert all(section.last_frame - section.first_frame <= planning.LONGEST_FRAMES for section in sections)
    assert all(len(section.words) <= planning.LONGEST_WORDS for section in sections)
    assert all(section.anywhere for section in sections[1:])


def test_a_short_recording_is_one_section() -> None:
    recording = whole(5, 700)
    (section,) = planning.sections(recording, listen=lambda probe: None)
    assert (section.first_frame, section.last_frame, len(section.words)) == (0, recording.last_frame, 700)


def test_a_refrain_is_no_anchor() -> None:
    words = tuple(((n % 10,),) for n in range(100))
    run = [heard(n, n * 40) for n in range(20, 30)]
    assert not planning._only_once(words, run, 0, 100)
    assert planning._only_once((*words[:30], *(((n,),) for n in range(50, 99))), run[:10], 15, 60)


def test_a_run_ends_at_a_gap_in_text_or_time() -> None:
    words = [heard(1, 0), heard(2, 30), heard(3, 60), heard(5, 90), heard(6, 400), heard(7, 430)]
    assert [word.word for word in planning.longest_run(words)] == [1, 2, 3]


def test_gaps_are_looked_for_where_both_text_and_time_are_missing() -> None:
    section = whole(3, 300)
    before = [heard(n, n * 40) for n in range(100)]
    after = [heard(n, 12_000 + (n - 250) * 40) for n in range(250, 300)]

    (gap,) = recovery._gaps(section, [*before, *after], 0)

    assert (gap.first_word, gap.last_word) == (100, 250)
    assert (gap.first_frame, gap.last_frame) == (before[-1].end, after[0].start)
    assert not list(recovery._gaps(section, [*before, *after], gap.last_frame - recovery.GAP_FRAMES + 1))


WORDS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 5_000)), max_size=60)


@settings(deadline=None)  # the first time, the model is read
@given(WORDS)
def test_what_is_judged_goes_on_in_text_and_time(pairs: list[tuple[int, int]]) -> None:
    parts = [Heard(tuple(heard(word, start) for word, start in pairs), (), 0.1)]

    judged = confidence.judge(parts, words=201)

    for one, next_one in pairwise(judged):
        assert one.word.word < next_one.word.word
        assert one.word.start <= next_one.word.start
    assert all(0.0 <= judgement.confidence <= 1.0 for judgement in judged)


def test_a_lone_badly_fitting_word_is_doubted_and_a_sentence_is_not() -> None:
    alone = confidence.judge([Heard((heard(50, 0, 12, fit=-1.0),), (), 0.0)], words=100)
    sentence = confidence.judge([Heard(tuple(heard(n, n * 30, fit=2.0) for n in range(50)), (), 0.0)], words=50)

    assert alone[0].confidence < 0.3
    assert min(judgement.confidence for judgement in sentence) > 0.9


def test_a_word_that_other_speech_parts_from_its_sentence_is_doubted() -> None:
    before = [heard(n, n * 30) for n in range(20)]
    the = heard(20, 650, 662)
    after = [heard(n, 1_500 + n * 30) for n in range(21, 40)]

    def trust(junk: tuple[tuple[int, int], ...]) -> float:
        judged = confidence.judge([Heard((*before, the, *after), junk, 0.0)], words=40)
        return next(judgement.confidence for judgement in judged if judgement.word is the)

    assert trust(((662, 2_100),)) < 0.3 < trust(())
