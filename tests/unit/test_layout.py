from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline import layout
from syncline.layout import Role, place_of

NAME = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=40)
FOLDERS = st.lists(NAME, max_size=3).map(lambda names: "".join(f"{name}/" for name in names))
EXTENSION = st.sampled_from(layout.RECORDING_EXTENSIONS)


@given(FOLDERS, NAME, EXTENSION)
def test_any_key_survives_the_round_trip_from_set_to_results_and_back(folders: str, name: str, extension: str) -> None:
    stem = f"uploads/{folders}{name}"
    recording = place_of(f"{stem}.{extension}")
    assert (recording.role, recording.stem) == (Role.RECORDING, stem)
    assert layout.recording_key_of_result(layout.result_key(recording.key, "alignment.json")) == recording.key


@given(FOLDERS, NAME, EXTENSION)
def test_a_recording_shares_its_stem_with_its_transcript_and_options(folders: str, name: str, extension: str) -> None:
    stem = f"uploads/{folders}{name}"
    keys = [f"{stem}.{extension}", f"{stem}.txt", f"{stem}.job.json"]
    assert {place_of(key).stem for key in keys} == {stem}
    assert all(layout.belongs_to(key, stem) and key.startswith(layout.set_prefix(stem)) for key in keys)


@given(FOLDERS, NAME)
def test_keys_survive_the_form_encoding_of_events(folders: str, name: str) -> None:
    key = f"uploads/{folders}{name}.mp3"
    assert layout.key_from_event(quote_plus(key)) == key
    assert layout.key_from_event(quote_plus(key, safe="/")) == key


@given(st.text(max_size=60))
def test_every_key_has_exactly_one_place(key: str) -> None:
    place = place_of(key)
    assert place.key == key
    assert key.startswith(place.stem) or place.role is Role.FOLDER


@pytest.mark.parametrize(
    ("key", "role", "stem"),
    [
        ("uploads/a.mp3", Role.RECORDING, "uploads/a"),
        ("uploads/A.MP3", Role.RECORDING, "uploads/A"),
        ("uploads/a.v2.wav", Role.RECORDING, "uploads/a.v2"),
        ("uploads/a.txt", Role.TRANSCRIPT, "uploads/a"),
        ("uploads/a.mp3.txt", Role.TRANSCRIPT, "uploads/a.mp3"),
        ("uploads/a.job.json", Role.OPTIONS, "uploads/a"),
        ("uploads/a.json", Role.UNKNOWN, "uploads/a.json"),
        ("uploads/.txt", Role.UNKNOWN, "uploads/.txt"),
        ("uploads/.mp3", Role.UNKNOWN, "uploads/.mp3"),
        ("uploads/mp3", Role.UNKNOWN, "uploads/mp3"),
        ("uploads/a.mp3/", Role.FOLDER, "uploads/a.mp3/"),
    ],
)
def test_places(key: str, role: Role, stem: str) -> None:
    assert place_of(key) == layout.Place(key, role, stem)


def test_results_lie_under_the_recordings_own_name() -> None:
    assert layout.result_key("uploads/x/talk.mp3", "alignment.json") == "results/x/talk.mp3/alignment.json"
    assert layout.result_key("archive/talk.mp3", "job.json") == "results/archive/talk.mp3/job.json"


def test_a_strangers_file_with_the_same_beginning_is_not_part_of_the_set() -> None:
    assert not layout.belongs_to("uploads/talk.notes.txt", "uploads/talk")
    assert not layout.belongs_to("uploads/talk.pdf", "uploads/talk")
