from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core import layout
from syncline.core.errors import InvalidInputError
from syncline.core.layout import Role, place_of

NAME = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=40)
FOLDERS = st.lists(NAME, max_size=3).map(lambda names: "".join(f"{name}/" for name in names))
EXTENSION = st.sampled_from(layout.RECORDING_EXTENSIONS)


@given(FOLDERS, NAME, EXTENSION)
def test_any_recording_has_its_results_beside_its_own_name(folders: str, name: str, extension: str) -> None:
    stem = f"uploads/{folders}{name}"
    recording = place_of(f"{stem}.{extension}")
    assert (recording.role, recording.stem) == (Role.RECORDING, stem)
    own = f"{folders}{name}.{extension}"
    escaped = f"@{own}" if own.startswith("@") else own
    assert (
        layout.result_key(recording.key, "alignment.json", bucket="b", home="b") == f"results/{escaped}/alignment.json"
    )


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
        ("uploads/a/.mp3", Role.UNKNOWN, "uploads/a/.mp3"),
        ("uploads/mp3", Role.UNKNOWN, "uploads/mp3"),
        ("uploads/a.mp3/", Role.FOLDER, "uploads/a.mp3/"),
    ],
)
def test_places(key: str, role: Role, stem: str) -> None:
    assert place_of(key) == layout.Place(key, role, stem)


def test_results_lie_under_the_recordings_own_name() -> None:
    assert layout.result_key("uploads/x/talk.mp3", "alignment.json") == "results/x/talk.mp3/alignment.json"


def test_results_of_a_recording_aligned_in_place_lie_under_its_whole_address() -> None:
    own = layout.results_prefix("archive/talk.mp3", bucket="home", home="home")
    other = layout.results_prefix("uploads/talk.mp3", bucket="old-tapes", home="home")
    assert (own, other) == ("results/@home/archive/talk.mp3/", "results/@old-tapes/uploads/talk.mp3/")


def test_an_upload_in_a_folder_with_an_at_sign_is_not_taken_for_one_in_place() -> None:
    assert layout.results_prefix("uploads/@home/talk.mp3") == "results/@@home/talk.mp3/"


def test_the_extension_says_what_kind_of_file_it_is() -> None:
    assert layout.extension_of("uploads/v1.2/take.one.MP3") == "mp3"
    assert layout.recording_type_of("uploads/talk.MOV") == "video/quicktime"
    assert [extension for extension in layout.RECORDING_EXTENSIONS if layout.is_video(extension)] == [
        "mp4", "mov", "mkv", "webm",
    ]  # fmt: skip
    assert layout.is_caption_file("uploads/talk.SRT")
    assert not layout.is_caption_file("uploads/talk.txt")


def test_an_s3_address_is_a_bucket_and_a_key() -> None:
    assert layout.parse_s3_address("s3://tapes/1999/talk.mp3") == ("tapes", "1999/talk.mp3")
    assert layout.parse_s3_address("s3://tapes") == ("tapes", "")


@pytest.mark.parametrize("address", ["tapes/1999/", "S3://tapes/1999/", "s3:///1999/", ""])
def test_anything_else_is_no_s3_address(address: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        layout.parse_s3_address(address)
    assert refused.value.as_dict() == {
        "code": "bad_address",
        "message": f"“{address}” is not an s3:// address.",
        "hint": "Write it as s3://bucket/folder/.",
    }


BUCKETS = st.sampled_from(["home", "old-tapes", "b2"])
ODD_KEYS = st.text("@abh/", max_size=12).map(lambda text: f"{text}.mp3")


@given(BUCKETS, ODD_KEYS, BUCKETS, ODD_KEYS)
def test_no_two_recordings_share_a_place_for_results(bucket: str, key: str, bucket2: str, key2: str) -> None:
    one = layout.results_prefix(f"uploads/{key}", bucket="home", home="home")
    two = layout.results_prefix(f"uploads/{key2}", bucket="home", home="home")
    in_place = layout.results_prefix(key, bucket=bucket, home="home")
    in_place2 = layout.results_prefix(key2, bucket=bucket2, home="home")
    assert len({one, in_place}) == 2
    assert (one == two) == (key == key2)
    assert (in_place == in_place2) == ((bucket, key) == (bucket2, key2))


def test_a_strangers_file_with_the_same_beginning_is_not_part_of_the_set() -> None:
    assert not layout.belongs_to("uploads/talk.notes.txt", "uploads/talk")
    assert not layout.belongs_to("uploads/talk.pdf", "uploads/talk")
