from __future__ import annotations

import io

import webvtt

from syncline.core import results, storyboard
from syncline.core.sentences import Sentence


def heard_at(*starts: float | None) -> list[Sentence]:
    return [
        Sentence(number, 0, 1, "text", start, None if start is None else start + 1)
        for number, start in enumerate(starts)
    ]


def cues_of(sentences: list[Sentence], until: float) -> list[tuple[str, str, str, str]]:
    text = storyboard.render_vtt(storyboard.moments(sentences), tile_height=90, until=until)
    return [(cue.identifier, cue.start, cue.end, cue.text) for cue in webvtt.from_buffer(io.StringIO(text))]


def test_a_cue_lasts_until_the_next_sentence_that_was_heard() -> None:
    assert cues_of(heard_at(0.5, None, 7200.25), 7210.0) == [
        ("0", "00:00:00.500", "02:00:00.250", "storyboard-1.jpg#xywh=0,0,160,90"),
        ("2", "02:00:00.250", "02:00:10.000", "storyboard-1.jpg#xywh=160,0,160,90"),
    ]


def test_cues_are_in_order_and_never_empty() -> None:
    """WebVTT wants starts that do not decrease, and ends after the starts."""
    assert cues_of(heard_at(3.0, 1.0, 3.0), 3.0) == [
        ("1", "00:00:01.000", "00:00:03.000", "storyboard-1.jpg#xywh=0,0,160,90"),
        ("0", "00:00:03.000", "00:00:03.001", "storyboard-1.jpg#xywh=160,0,160,90"),
        ("2", "00:00:03.000", "00:00:03.001", "storyboard-1.jpg#xywh=320,0,160,90"),
    ]


def test_a_hundred_frames_fill_a_sheet_row_by_row() -> None:
    texts = [cue[3] for cue in cues_of(heard_at(*map(float, range(101))), 200.0)]
    assert texts[9:11] == ["storyboard-1.jpg#xywh=1440,0,160,90", "storyboard-1.jpg#xywh=0,90,160,90"]
    assert texts[99:] == ["storyboard-1.jpg#xywh=1440,810,160,90", "storyboard-2.jpg#xywh=0,0,160,90"]


def test_the_number_of_frames_is_bounded() -> None:
    sentences = heard_at(*map(float, range(storyboard.MAX_FRAMES + 50)))
    assert len(storyboard.moments(sentences)) == storyboard.MAX_FRAMES
    assert storyboard.file_names(sentences)[-2:] == ["storyboard-60.jpg", "storyboard.vtt"]


def test_the_files_are_known_as_results() -> None:
    for name in storyboard.file_names(heard_at(*map(float, range(1001)))):
        assert results.is_result_name(name)
    assert not results.is_result_name("storyboard-x.jpg")
    assert results.content_type_of("storyboard-12.jpg") == "image/jpeg"
    assert results.content_type_of("storyboard.vtt").startswith("text/vtt")
