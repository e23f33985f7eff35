from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.aws.settings import Settings
from syncline.core.job import StoredObject, UploadSet, revision_of
from syncline.jobs import upload_set
from syncline.jobs.upload_set import JobFiles
from tests.memory_cloud import MemoryBucket

WAV = b"RIFF\x24\x08\x00\x00WAVEfmt "
SETTINGS = Settings(bucket="b")
OPTION_FILES = st.sampled_from(
    [None, b"{}", b'{"translate_to": ["ja"]}', b'{"mode": "transcribe"}', b"{", b"x" * 70_000]
)
TRANSCRIPTS = st.sampled_from([None, b"Guten Tag", b"Good day"])


def bucket_with(**files: bytes | None) -> MemoryBucket:
    names = {"recording": "uploads/talk.wav", "transcript": "uploads/talk.txt", "options": "uploads/talk.job.json"}
    return MemoryBucket(objects={names[name]: body for name, body in files.items() if body is not None})


def read(bucket: Any, key: str = "uploads/talk.wav") -> UploadSet | None:
    return upload_set.read(key, upload_set.list_files(bucket, "uploads/talk"), bucket, SETTINGS)


def assemble(bucket: Any) -> UploadSet:
    grouped = upload_set.group("uploads/talk", upload_set.list_files(bucket, "uploads/talk"))
    files = JobFiles(grouped.recordings[0], grouped.transcripts, grouped.options)
    return upload_set.assemble(files, {}, bucket, SETTINGS, check_contents=False)


@given(st.sampled_from([WAV, b""]), TRANSCRIPTS, OPTION_FILES)
def test_intake_and_backfill_compute_the_same_revision(
    recording: bytes, transcript: bytes | None, options: bytes | None
) -> None:
    bucket = bucket_with(recording=recording, transcript=transcript, options=options)
    opened, listed = read(bucket), assemble(bucket)
    assert opened
    assert revision_of(opened) == revision_of(listed)
    assert (opened.problem and opened.problem.code) == (listed.problem and listed.problem.code)


def test_only_intake_opens_recording_and_transcript() -> None:
    bucket = bucket_with(recording=b"not a recording", transcript=b"\xff\xfe")
    opened = read(bucket)
    assert opened
    assert opened.problem
    assert assemble(bucket).problem is None


@pytest.mark.parametrize("other", ["talk.TXT", "talk.srt", "talk.vtt"])
def test_two_transcripts_are_rejected_with_both_names(other: str) -> None:
    bucket = bucket_with(recording=WAV, transcript=b"text")
    bucket.objects[f"uploads/{other}"] = b"text"
    opened, listed = read(bucket), assemble(bucket)
    assert opened
    assert opened.problem
    assert listed.problem
    assert opened.problem.code == listed.problem.code == "two_transcripts"
    assert f"“{other}”" in opened.problem.message
    assert "“talk.txt”" in opened.problem.message
    assert revision_of(opened) == revision_of(listed)


def test_the_revision_changes_with_each_of_two_transcripts() -> None:
    bucket = bucket_with(recording=WAV, transcript=b"text")
    revisions = [revision_of(assemble(bucket))]
    for content in (b"other", b"changed"):
        bucket.objects["uploads/talk.vtt"] = content  # sorts after talk.txt
        revisions.append(revision_of(assemble(bucket)))
    del bucket.objects["uploads/talk.vtt"]
    assert len(set(revisions)) == 3
    assert revision_of(assemble(bucket)) == revisions[0]


def test_a_job_that_transcribes_does_not_count_transcripts() -> None:
    bucket = bucket_with(recording=WAV, transcript=b"text", options=b'{"mode": "transcribe"}')
    without = revision_of(assemble(bucket))
    bucket.objects["uploads/talk.srt"] = b"text"
    assert (assemble(bucket).problem, revision_of(assemble(bucket))) == (None, without)


def test_the_first_options_file_in_s3_order_counts() -> None:
    bucket = bucket_with(recording=WAV, transcript=b"text", options=b"{}")
    bucket.objects["uploads/talk.JOB.json"] = b"{}"
    found = read(bucket)
    assert found
    assert found.options_file
    assert found.options_file.key == "uploads/talk.JOB.json"  # "J" sorts before "j"


def test_files_of_other_stems_are_left_out() -> None:
    bucket = bucket_with(recording=WAV, transcript=b"text")
    bucket.objects |= {"uploads/talk.2.txt": b"x", "uploads/talk.notes.pdf": b"x", "uploads/talk-2.txt": b"x"}
    assert [file.key for file in upload_set.list_files(bucket, "uploads/talk")] == [  # type: ignore[arg-type]
        "uploads/talk.txt",
        "uploads/talk.wav",
    ]


def test_a_companion_that_was_deleted_meanwhile_is_as_if_it_had_never_been_there() -> None:
    bucket: Any = bucket_with(recording=WAV, transcript=b"text", options=b"{")
    listed = upload_set.list_files(bucket, "uploads/talk")
    del bucket.objects["uploads/talk.job.json"]
    found = upload_set.read("uploads/talk.wav", listed, bucket, SETTINGS)
    assert found
    assert (found.problem, found.options_file) == (None, None)


def test_a_recording_that_is_gone_makes_no_set() -> None:
    assert read(bucket_with(transcript=b"text")) is None


@pytest.mark.parametrize(("bucket", "fits"), [("b", True), ("archive", False)])
def test_results_of_a_recording_elsewhere_need_room_for_its_whole_address(bucket: str, fits: bool) -> None:
    recording = StoredObject("uploads/" + "x" * 980 + ".wav", "e", 10)
    source: Any = MemoryBucket(bucket)
    problem = upload_set.assemble(JobFiles(recording), {}, source, SETTINGS, check_contents=False).problem
    assert (problem is None) is fits
    assert fits or (problem and problem.code == "key_too_long")
