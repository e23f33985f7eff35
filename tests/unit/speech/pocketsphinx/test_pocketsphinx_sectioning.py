from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.speech.pocketsphinx import confidence, recovery, sectioning
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, PhoneSegment, Section, WordHypothesis

MINUTE = 60 * 100


def hypothesis(word: int, start: int, end: int | None = None, llr: float = 1.0) -> WordHypothesis:
    end = start + 30 if end is None else end
    return WordHypothesis(word, start, end, 0, (PhoneSegment(3, end - start),), llr, llr)


def whole(minutes: int, words: int) -> Section:
    return Section(Path("x"), minutes * MINUTE * 160, 0, minutes * MINUTE, 0, tuple(((n,),) for n in range(words)))


def probe_of_even_pace(recording: Section):
    """Decodes probes of a recording whose words are spoken evenly."""
    frames_per_word = recording.last_frame / len(recording.words)

    def decode(probe: Section) -> AlignedSection:
        first = int(probe.first_frame / frames_per_word) + 1
        spoken = range(first, int(probe.last_frame / frames_per_word))
        known = range(probe.first_word, probe.first_word + len(probe.words))
        return AlignedSection(tuple(hypothesis(n, int(n * frames_per_word)) for n in spoken if n in known), (), 0.0)

    return decode


def test_sections_cover_recording_and_text_without_overlap() -> None:
    recording = whole(30, 4_500)

    sections = list(sectioning.cut_into_sections(recording, decode=probe_of_even_pace(recording)))

    assert len(sections) > 5
    assert sections[0].first_frame == 0
    assert sections[-1].last_frame == recording.last_frame
    for one, next_one in pairwise(sections):
        assert one.last_frame == next_one.first_frame
        assert one.first_word + len(one.words) == next_one.first_word
    assert sum(len(section.words) for section in sections) == 4_500


def test_without_anchors_sections_stay_bounded_and_may_start_anywhere() -> None:
    recording = whole(60, 9_000)

    sections = list(sectioning.cut_into_sections(recording, decode=lambda probe: AlignedSection((), (), 0.0)))

    assert sections[-1].last_frame == recording.last_frame
    assert all(section.last_frame - section.first_frame <= sectioning.LONGEST_FRAMES for section in sections)
    assert all(len(section.words) <= sectioning.LONGEST_WORDS for section in sections)
    assert all(section.start_anywhere for section in sections[1:])


def test_a_short_recording_is_one_section() -> None:
    recording = whole(5, 700)
    (section,) = sectioning.cut_into_sections(recording, decode=lambda probe: None)
    assert (section.first_frame, section.last_frame, len(section.words)) == (0, recording.last_frame, 700)


def test_known_anchors_need_no_probe() -> None:
    recording = whole(12, 1_800)
    known = [sectioning.Anchor(seconds * 100, seconds * 5 // 2) for seconds in range(20, 700, 20)]
    probes: list[Section] = []

    sections = list(sectioning.cut_into_sections(recording, decode=probes.append, known=known))

    assert [section.first_frame for section in sections] == [minute * MINUTE for minute in range(12)]
    assert [section.first_word for section in sections] == [minute * 150 for minute in range(12)]
    assert sum(len(section.words) for section in sections) == 1_800
    assert probes == []


def test_probes_bridge_a_stretch_without_known_anchors() -> None:
    recording = whole(30, 4_500)
    known = [sectioning.Anchor(2 * MINUTE, 300)]

    sections = list(sectioning.cut_into_sections(recording, decode=probe_of_even_pace(recording), known=known))

    assert [section.first_word for section in sections[:2]] == [0, 300]
    assert len(sections) > 5
    assert sum(len(section.words) for section in sections) == 4_500


def test_a_refrain_is_not_an_anchor() -> None:
    words = tuple(((n % 10,),) for n in range(100))
    run = [hypothesis(n, n * 40) for n in range(20, 30)]
    assert not sectioning.occurs_once(words, run, 0, 100)
    assert sectioning.occurs_once((*words[:30], *(((n,),) for n in range(50, 99))), run[:10], 15, 60)


def test_a_run_ends_at_a_gap_in_text_or_time() -> None:
    words = [
        hypothesis(1, 0),
        hypothesis(2, 30),
        hypothesis(3, 60),
        hypothesis(5, 90),
        hypothesis(6, 400),
        hypothesis(7, 430),
    ]
    assert [word.word for word in sectioning.longest_run(words)] == [1, 2, 3]


def test_a_gap_lacks_both_words_and_time() -> None:
    section = whole(3, 300)
    before = [hypothesis(n, n * 40) for n in range(100)]
    after = [hypothesis(n, 12_000 + (n - 250) * 40) for n in range(250, 300)]

    (gap,) = recovery.find_gaps(section, [*before, *after], 0)

    assert (gap.first_word, gap.last_word) == (100, 250)
    assert (gap.first_frame, gap.last_frame) == (before[-1].end, after[0].start)
    assert not list(recovery.find_gaps(section, [*before, *after], gap.last_frame - recovery.GAP_FRAMES + 1))


WORDS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 5_000)), max_size=60)


@settings(deadline=None)  # the first example reads the model
@given(WORDS)
def test_scored_words_increase_in_transcript_and_time(pairs: list[tuple[int, int]]) -> None:
    parts = [AlignedSection(tuple(hypothesis(word, start) for word, start in pairs), (), 0.1)]

    scored = confidence.score_confidence(parts, words=201)

    for one, next_one in pairwise(scored):
        assert one.word.word < next_one.word.word
        assert one.word.start <= next_one.word.start
    assert all(0.0 <= each.confidence <= 1.0 for each in scored)


def test_a_lone_badly_fitting_word_has_low_confidence_and_a_sentence_has_high() -> None:
    alone = confidence.score_confidence([AlignedSection((hypothesis(50, 0, 12, llr=-1.0),), (), 0.0)], words=100)
    sentence = confidence.score_confidence(
        [AlignedSection(tuple(hypothesis(n, n * 30, llr=2.0) for n in range(50)), (), 0.0)], words=50
    )

    assert alone[0].confidence < 0.3
    assert min(each.confidence for each in sentence) > 0.9


def test_a_word_that_a_filler_separates_from_its_sentence_has_low_confidence() -> None:
    before = [hypothesis(n, n * 30) for n in range(20)]
    the = hypothesis(20, 650, 662)
    after = [hypothesis(n, 1_500 + n * 30) for n in range(21, 40)]

    def confidence_of_the(fillers: tuple[tuple[int, int], ...]) -> float:
        scored = confidence.score_confidence([AlignedSection((*before, the, *after), fillers, 0.0)], words=40)
        return next(each.confidence for each in scored if each.word is the)

    assert confidence_of_the(((662, 2_100),)) < 0.3 < confidence_of_the(())
