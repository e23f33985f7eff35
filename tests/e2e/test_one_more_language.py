"""A new language in the options file of a finished job runs only the translation."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.e2e.conftest import SAMPLES, Stack

KEY = "uploads/later/hello.wav"
RESULTS = "results/later/hello.wav"


def request_translations(stack: Stack, folder: Path, *languages: str) -> None:
    options = folder / "hello.job.json"
    options.write_text(json.dumps({"translate_to": languages}), encoding="utf-8")
    stack.put(options, "uploads/later/hello.job.json")


def settled_with_a_new_revision(stack: Stack, revision: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while stack.job(KEY)["revision"] == revision:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return stack.settled(KEY)


def written_at(stack: Stack) -> dict[str, datetime]:
    listing = stack.s3.list_objects_v2(Bucket=stack.description["bucket"], Prefix=RESULTS)
    return {entry["Key"].rpartition("/")[2]: entry["LastModified"] for entry in listing["Contents"]}


def wait_for_the_next_second() -> None:
    start = int(time.time())
    while int(time.time()) == start:
        time.sleep(0.05)


def test_one_more_language_runs_only_the_translation(stack: Stack, tmp_path: Path) -> None:
    request_translations(stack, tmp_path, "ja")
    for suffix in (".txt", ".wav"):
        stack.put(SAMPLES / f"hello{suffix}", f"uploads/later/hello{suffix}")
    first = stack.settled(KEY)
    assert first["state"] == "SUCCEEDED", first["error"]
    before = written_at(stack)
    wait_for_the_next_second()  # S3's times have whole seconds

    request_translations(stack, tmp_path, "ja", "fr")
    second = settled_with_a_new_revision(stack, first["revision"])

    assert second["state"] == "SUCCEEDED", second["error"]
    assert second["stats"]["resumed"] is True
    assert not {"decode", "align"} & set(second["stats"]["stage_seconds"])
    after = written_at(stack)
    assert set(after) - set(before) == {"translation.fr.json", "captions.fr.srt", "captions.fr.vtt"}
    assert after["translation.ja.json"] == before["translation.ja.json"]
    audio_ms = round(second["stats"]["audio_seconds"] * 1000)
    for language in ("ja", "fr"):
        last = stack.read(f"{RESULTS}/captions.{language}.srt").decode().strip().split("\n\n")[-1]
        hours, minutes, rest = last.splitlines()[1].split(" --> ")[1].split(":")
        assert int(hours) * 3_600_000 + int(minutes) * 60_000 + int(rest.replace(",", "")) <= audio_ms
