from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.backfill.inventory import sort_by_key
from syncline.backfill.listing import KeyRange, divide
from syncline.backfill.pairing import ListedObject, ListedSet, pair
from syncline.core.job import StoredObject
from syncline.core.layout import Role, place_of

NAMES = st.text("a.-/bé🎧", min_size=1, max_size=6)
SUFFIXES = st.sampled_from([".mp3", ".txt", ".srt", ".job.json", ".wav", ".TXT", ".pdf", "", "/"])
KEYS = st.lists(st.builds(str.__add__, NAMES, SUFFIXES), unique=True, max_size=30)


def as_s3_sorts(keys: list[str]) -> list[str]:
    return sorted(keys, key=str.encode)


def listed(key: str) -> ListedObject:
    return ListedObject(StoredObject(key, f"etag of {key}", 1))


def described(sets: list[ListedSet]) -> dict[str, tuple[list[str], list[str], str | None]]:
    return {
        each.stem: (
            [recording.key for recording in each.recordings],
            [transcript.key for transcript in each.transcripts],
            each.options.key if each.options else None,
        )
        for each in sets
    }


def paired_in_memory(keys: list[str]) -> dict[str, tuple[list[str], list[str], str | None]]:
    sets: dict[str, dict[Role, list[str]]] = {}
    for key in as_s3_sorts(keys):
        place = place_of(key)
        if place.role not in (Role.FOLDER, Role.UNKNOWN):
            sets.setdefault(place.stem, {}).setdefault(place.role, []).append(key)
    return {
        stem: (
            roles.get(Role.RECORDING, []),
            roles.get(Role.TRANSCRIPT, []),
            roles.get(Role.OPTIONS, [None])[0],
        )
        for stem, roles in sets.items()
    }


@settings(deadline=None)  # the first example includes imports
@given(KEYS)
def test_pairing_while_objects_go_by_finds_what_pairing_paired_in_memory_finds(keys: list[str]) -> None:
    sets = list(pair(listed(key) for key in as_s3_sorts(keys)))
    assert len({each.stem for each in sets}) == len(sets)
    assert described(sets) == paired_in_memory(keys)


def test_files_of_a_set_that_are_not_neighbours_belong_together() -> None:
    keys = ["a-b.mp3", "a.2019.mp3", "a.2019.txt", "a.mp3", "a.notes.pdf", "a.txt", "a/c.mp3"]
    assert described(list(pair(map(listed, keys)))) == {
        "a-b": (["a-b.mp3"], [], None),
        "a.2019": (["a.2019.mp3"], ["a.2019.txt"], None),
        "a": (["a.mp3"], ["a.txt"], None),
        "a/c": (["a/c.mp3"], [], None),
    }


def test_two_recordings_may_share_a_transcript() -> None:
    (only,) = pair(map(listed, ["talk.mp3", "talk.txt", "talk.wav"]))
    assert [recording.key for recording in only.recordings] == ["talk.mp3", "talk.wav"]


@settings(deadline=None)  # the first example includes imports
@given(KEYS)
def test_no_set_is_divided_between_two_key_ranges(keys: list[str]) -> None:
    folders = as_s3_sorts([*{f"{key.split('/')[0]}/" for key in keys if "/" in key.strip("/") and key[0] != "/"}])
    ranges = divide("", folders)
    sets = [each for part in ranges for each in pair(listed(key) for key in within(part, keys))]
    assert described(sets) == paired_in_memory(keys)
    assert len({each.stem for each in sets}) == len(sets)


def within(part: KeyRange, keys: list[str]) -> list[str]:
    return [key for key in as_s3_sorts(keys) if (part.start or "") <= key and (not part.end or key < part.end)]


def test_a_thousand_folders_make_few_ranges() -> None:
    folders = [f"talks/{number:04}/" for number in range(1000)]
    assert 8 <= len(divide("talks/", folders)) <= 16


@settings(deadline=None)  # the first example includes imports
@given(KEYS)
def test_sorting_on_disk_sorts_as_s3_does(keys: list[str]) -> None:
    assert [each.key for each in sort_by_key(map(listed, keys), run_length=3)] == as_s3_sorts(keys)
