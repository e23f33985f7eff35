from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.speech.pocketsphinx import features, results
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.edge_refinement import (
    LARGEST_SHIFT,
    PAUSE,
    Edge,
    edges_of,
    network_inputs,
    phone_classes,
    refine_edges,
    shared_network,
)
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, PhoneSegment, Section, WordHypothesis

NAMES = shared_model().definition.phones
RATE = 16_000


def word(index: int, start: int, phones: list[tuple[str, int]], **shifts: float) -> WordHypothesis:
    segments = tuple(PhoneSegment(NAMES.index(name), frames) for name, frames in phones)
    end = start + sum(segment.frames for segment in segments)
    return WordHypothesis(index, start, end, 0, segments, 1.0, 1.0, **shifts)


@st.composite
def words_in_order(draw: st.DrawFn) -> list[WordHypothesis]:
    shift = st.floats(-LARGEST_SHIFT, LARGEST_SHIFT, width=32)
    words: list[WordHypothesis] = []
    frame, joint = draw(st.integers(0, 50)), 0.0
    for index in range(draw(st.integers(1, 6))):
        phones = [("AH", draw(st.integers(3, 20))) for _ in range(draw(st.integers(1, 4)))]
        pause = draw(st.sampled_from([0, 0, 3, 40])) if words else 5
        start_shift = joint if words and not pause else draw(shift)
        joint = draw(shift)
        words.append(word(index, frame + pause, phones, start_shift=start_shift, end_shift=joint))
        frame = words[-1].end
    return words


@given(words_in_order())
def test_words_keep_their_order_whatever_the_shifts(words: list[WordHypothesis]) -> None:
    limit = results.seconds(words[-1].end) + 0.1

    times = [
        results.refined_times(now, before, after, limit=limit)
        for before, now, after in zip([None, *words], words, [*words[1:], None], strict=False)
    ]

    for at, now in zip(times, words, strict=True):
        assert 0 <= at.start < at.end <= limit + 0.0005
        phones = results.phones(now, at, NAMES)
        assert all(phone.duration > 0 for phone in phones)
        assert sum(phone.duration for phone in phones) == pytest.approx(at.end - at.start, abs=1e-6)
    for at, then in pairwise(times):
        assert at.start < then.start and at.end < then.end
        assert at.end <= then.start


def test_two_words_without_a_pause_share_an_edge() -> None:
    words = [word(0, 100, [("HH", 8), ("AY", 20)]), word(1, 128, [("M", 7), ("IY", 12)]), word(2, 190, [("T", 5)])]

    starts, ends = edges_of(words)

    assert ends[0] is starts[1]
    assert (ends[0].frame, ends[0].left_frames, ends[0].right_frames) == (128, 20, 7)
    assert PAUSE not in (ends[0].left, ends[0].right)
    assert (starts[0].left, ends[1].right, starts[2].left, ends[2].right) == (PAUSE,) * 4
    assert ends[1].right_frames == starts[2].left_frames == 190 - 147


@pytest.fixture
def section(tmp_path: Path, hello_samples: np.ndarray) -> Section:
    return written(tmp_path / "hello.raw", hello_samples)


def written(path: Path, samples: np.ndarray) -> Section:
    path.write_bytes(samples.astype("<i2").tobytes())
    return Section(path, len(samples), 0, features.frame_count(len(samples)), 0, ())


def test_the_level_of_a_recording_does_not_matter(tmp_path: Path, hello_samples: np.ndarray) -> None:
    noise = np.random.default_rng(1).normal(0, 20, len(hello_samples))
    at = [Edge(frame, 1, PAUSE, 10, 30) for frame in range(100, 700, 50)]

    usual, quiet = (
        network_inputs(written(tmp_path / "a.raw", (hello_samples + noise) * gain), at, noise=0.1)
        for gain in (1.0, 0.25)
    )

    assert np.abs(shared_network().shifts(usual) - shared_network().shifts(quiet)).max() < 1.0


def test_edges_at_the_ends_of_a_recording_get_finite_shifts(section: Section) -> None:
    at = [Edge(0, PAUSE, 2, 60, 10), Edge(section.last_frame, 2, PAUSE, 10, 60)]

    shifts = shared_network().shifts(network_inputs(section, at, noise=0.0))

    assert np.isfinite(shifts).all() and (np.abs(shifts) <= LARGEST_SHIFT).all()


def test_the_inputs_of_an_edge_do_not_depend_on_other_edges(section: Section) -> None:
    at = Edge(300, 1, 2, 10, 10)

    alone = network_inputs(section, [at], noise=0.0)
    among = network_inputs(section, [Edge(20, PAUSE, 1, 60, 5), at, Edge(600, 1, PAUSE, 5, 60)], noise=0.0)

    np.testing.assert_allclose(alone[0], among[1], atol=1e-3)


def test_a_wrong_edge_moves_nearer_to_the_right_place(tmp_path: Path) -> None:
    """A tone between two silences, with edges some frames too early and too late."""
    chance = np.random.default_rng(2)
    sound = chance.normal(0, 8, 2 * RATE)
    time = np.arange(RATE // 2) / RATE
    voice = sum(np.sin(2 * np.pi * 120 * n * time) / n for n in range(1, 25))
    sound[RATE // 2 : RATE] += 4_000 * voice
    section = written(tmp_path / "tone.raw", sound)
    begin, end = 50, 100
    given = [word(0, begin - 6, [("AA", end - begin)]), word(0, begin + 6, [("AA", end - begin)])]

    early, late = (refine_edges(section, AlignedSection((one,), (), 0.0)).words[0] for one in given)

    for shift in (early.start_shift, early.end_shift, -late.start_shift, -late.end_shift):
        assert 0 < shift < 12


def test_a_section_without_words_is_returned_as_it_is(section: Section) -> None:
    nothing = AlignedSection((), (), 0.0)
    assert refine_edges(section, nothing) is nothing


def test_every_phone_of_the_model_has_a_class() -> None:
    without_class = {name for name, number in zip(NAMES, phone_classes(), strict=True) if number == PAUSE}
    assert not {name for name in without_class if name.isalpha() and name != "SIL"}


def test_in_other_languages_starts_move_on_and_ends_before_pauses_stay(section: Section) -> None:
    words = (word(0, 30, [("HH", 8), ("AY", 20)]), word(1, 58, [("M", 7), ("IY", 12)]))
    english = refine_edges(section, AlignedSection(words, (), 0.0)).words
    other = refine_edges(section, AlignedSection(words, (), 0.0, cross_lingual=True)).words

    moved = [
        (after.start_shift - before.start_shift, after.end_shift - before.end_shift)
        for before, after in zip(english, other, strict=True)
    ]

    first, second = moved
    assert first[0] > first[1] > 0
    assert first[1] == pytest.approx(second[0])
    assert second[1] == 0
