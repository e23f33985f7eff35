"""Correcting a transcript through the status URL, with the presigned uploads sent to S3."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from reception_world import Url, World, failed, finished, queued

from syncline.core.job import Job, State
from syncline.jobs.intake import Intake


def ask(url: Url, job: Job, body: object, *, route: str = "transcript") -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return url.ask("PUT", f"/jobs/{job.job_id}/{route}", content, {"if-match": f'"{job.revision}"'})


def send(upload: dict[str, Any], body: bytes) -> int:
    return requests.put(upload["url"], data=body, headers=upload["headers"], timeout=10).status_code


def test_a_corrected_transcript_is_a_new_revision(url: Url, world: World) -> None:
    job = finished(world, queued(world))
    answer = ask(url, job, {"bytes": 11})
    [upload] = answer["json"]["uploads"]
    assert (answer["statusCode"], upload["key"], upload["method"]) == (200, job.transcript_key, "PUT")
    assert answer["json"]["revision"] == job.revision
    assert send(upload, b"Guten Abend") == 200
    [corrected] = Intake(world.deployment).object_created(upload["key"])
    assert (corrected.state, corrected.job_id) == (State.QUEUED, job.job_id)
    assert corrected.revision != job.revision


def test_a_correction_of_another_revision_is_refused(url: Url, world: World) -> None:
    job = queued(world)
    world.upload("talk.txt", b"Guten Abend")
    unseen = ask(url, job, {"bytes": 11})
    Intake(world.deployment).object_created(job.recording_key)
    stale = ask(url, job, {"bytes": 11})
    for answer in (unseen, stale):
        assert (answer["statusCode"], answer["json"]["code"]) == (409, "revision_changed")
        assert answer["json"]["hint"]


def test_s3_refuses_a_correction_that_another_one_overtook(url: Url, world: World) -> None:
    job = queued(world)
    [first], [second] = (ask(url, job, {"bytes": 11})["json"]["uploads"] for _ in range(2))
    assert send(first, b"Guten Abend") == 200
    assert send(second, b"Guten Nacht") == 412
    assert world.deployment.bucket.read(job.transcript_key or "") == b"Guten Abend"


def test_the_size_is_part_of_the_signature(url: Url, world: World) -> None:
    [upload] = ask(url, queued(world), {"bytes": 11})["json"]["uploads"]
    assert "content-length%3Bcontent-type%3Bhost%3Bif-match" in upload["url"]


def test_the_text_of_a_job_that_transcribed_is_aligned_next_time(url: Url, world: World) -> None:
    world.upload("talk.job.json", b'{"mode": "transcribe", "outputs": ["vtt"]}')
    [job] = Intake(world.deployment).object_created(world.upload("talk.wav"))
    text, options = ask(url, job, {"bytes": 9})["json"]["uploads"]
    assert (text["role"], text["key"], options["role"]) == ("transcript", world.key("talk.txt"), "options")
    assert send(text, b"Guten Tag") == 200
    [unchanged] = Intake(world.deployment).object_created(text["key"])
    assert unchanged.revision == job.revision
    assert send(options, options["body"].encode()) == 200
    [corrected] = Intake(world.deployment).object_created(options["key"])
    assert (corrected.state, corrected.options["mode"]) == (State.QUEUED, "align")
    assert corrected.options["outputs"] == ["json", "vtt"]


def test_a_job_without_an_options_file_gets_one(url: Url, world: World) -> None:
    metadata = {"mode": "transcribe", "translate-to": "ja"}
    [job] = Intake(world.deployment).object_created(world.upload("talk.wav", metadata=metadata))
    text, options = ask(url, job, {"bytes": 9})["json"]["uploads"]
    assert send(text, b"Guten Tag") == send(options, options["body"].encode()) == 200
    [corrected] = Intake(world.deployment).object_created(options["key"])
    assert (corrected.options["mode"], corrected.options["translate_to"]) == ("align", ["ja"])


def test_a_caption_file_stays_one(url: Url, world: World) -> None:
    world.upload("talk.srt", b"1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    [job] = Intake(world.deployment).object_created(world.upload("talk.wav"))
    [upload] = ask(url, job, {"bytes": 30})["json"]["uploads"]
    assert (upload["key"], upload["headers"]["Content-Type"]) == (world.key("talk.srt"), "application/x-subrip")


def test_a_missing_transcript_can_be_sent(url: Url, world: World) -> None:
    [job] = Intake(world.deployment).object_created(world.upload("talk.wav"))
    assert job.state is State.WAITING
    [upload] = ask(url, job, {"bytes": 9})["json"]["uploads"]
    assert send(upload, b"Guten Tag") == 200
    assert send(upload, b"Gute Zeit") == 412
    [complete] = Intake(world.deployment).object_created(upload["key"])
    assert complete.state is State.QUEUED


def test_a_rejected_transcript_can_be_corrected(url: Url, world: World) -> None:
    world.upload("talk.txt", b"...")
    [job] = Intake(world.deployment).object_created(world.upload("talk.wav"))
    assert (job.error or {})["code"] == "no_words"
    assert ask(url, job, {"bytes": 9})["statusCode"] == 200


@pytest.mark.parametrize("body", [b"", b"[]", {}, {"bytes": 0}, {"bytes": "9"}, {"bytes": 9, "revision": "x"}])
def test_a_wrong_body_is_refused(body: object, url: Url, world: World) -> None:
    answer = ask(url, queued(world), body)
    assert (answer["statusCode"], answer["json"]["code"]) in [(400, "bad_body"), (400, "bad_size")]


def test_a_correction_has_the_limits_of_a_transcript(url: Url, world: World) -> None:
    assert ask(url, queued(world), {"bytes": 1 << 30})["json"]["code"] == "transcript_too_large"


def test_a_correction_without_its_revision_is_refused(url: Url, world: World) -> None:
    answer = url.ask("PUT", f"/jobs/{queued(world).job_id}/transcript", b'{"bytes": 9}')
    assert (answer["statusCode"], answer["json"]["code"]) == (428, "precondition_required")


def test_what_cannot_be_corrected_is_said(url: Url, world: World) -> None:
    job = failed(world, queued(world))
    world.delete("talk.wav")
    gone = ask(url, job, {"bytes": 9})
    [unknown] = Intake(world.deployment).object_created(world.upload("notes.pdf"))
    world.upload("two.txt")
    world.upload("two.srt")
    [two] = Intake(world.deployment).object_created(world.upload("two.wav"))
    answers = [gone, ask(url, unknown, {"bytes": 9}), ask(url, two, {"bytes": 9})]
    assert [answer["json"]["code"] for answer in answers] == ["recording_gone", "not_correctable", "two_transcripts"]


def confirmed(text: str = "Guten Tag") -> bytes:
    word = {"startOffset": 0, "endOffset": 5, "start": 0.1, "end": 0.4}
    return json.dumps({"transcript": text, "words": [word]}).encode()


def test_confirmed_times_are_a_new_revision_and_can_be_downloaded(url: Url, world: World) -> None:
    job, times = queued(world), confirmed()
    answer = ask(url, job, {"bytes": len(times)}, route="times")
    [upload] = answer["json"]["uploads"]
    assert (upload["role"], upload["key"]) == ("times", world.key("talk.times.json"))
    assert send(upload, times) == 200
    [later] = Intake(world.deployment).object_created(upload["key"])
    assert (later.state, later.times_key) == (State.QUEUED, upload["key"])
    assert later.revision != job.revision
    found = url.get(f"/jobs/{job.job_id}/times")
    assert requests.get(found["headers"]["Location"], timeout=10).content == times
    assert ask(url, later, {"bytes": 9}, route="times")["json"]["uploads"][0]["headers"]["If-Match"]


def test_a_transcript_and_its_times_are_corrected_together(url: Url, world: World) -> None:
    metadata = {"mode": "transcribe"}
    [job] = Intake(world.deployment).object_created(world.upload("talk.wav", metadata=metadata))
    alone = ask(url, job, {"bytes": 9}, route="times")
    assert (alone["statusCode"], alone["json"]["code"]) == (409, "no_transcript")
    times = confirmed()
    uploads = ask(url, job, {"bytes": 9, "times_bytes": len(times)})["json"]["uploads"]
    assert [upload["role"] for upload in uploads] == ["transcript", "times", "options"]
    bodies = (b"Guten Tag", times, uploads[2].get("body", "").encode())
    assert [send(upload, body) for upload, body in zip(uploads, bodies, strict=True)] == [200] * 3
    [later] = Intake(world.deployment).object_created(uploads[2]["key"])
    assert (later.state, later.options["mode"], later.times_key) == (State.QUEUED, "align", uploads[1]["key"])


def test_wrong_times_are_rejected_with_a_reason(world: World) -> None:
    world.upload("talk.txt", b"Guten Tag")
    world.upload("talk.times.json", b"{}")
    [job] = Intake(world.deployment).object_created(world.upload("talk.wav"))
    assert (job.state, (job.error or {})["code"]) == (State.REJECTED, "invalid_times")


def test_times_that_come_first_wait_for_their_recording(world: World) -> None:
    [waiting] = Intake(world.deployment).object_created(world.upload("talk.times.json", confirmed()))
    assert (waiting.state, waiting.missing) == (State.WAITING, ("recording",))


def test_a_job_without_confirmed_times_has_none_to_download(url: Url, world: World) -> None:
    assert url.get(f"/jobs/{queued(world).job_id}/times")["statusCode"] == 404


def test_the_transcript_can_be_downloaded(url: Url, world: World) -> None:
    answer = url.get(f"/jobs/{queued(world).job_id}/transcript")
    assert answer["statusCode"] == 302
    assert requests.get(answer["headers"]["Location"], timeout=10).text == "Guten Tag"


def test_a_job_without_a_transcript_has_none_to_download(url: Url, world: World) -> None:
    [job] = Intake(world.deployment).object_created(world.upload("talk.wav", metadata={"mode": "transcribe"}))
    assert url.get(f"/jobs/{job.job_id}/transcript")["statusCode"] == 404
