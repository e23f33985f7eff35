"""What the upload form learns about the server's tables."""

from __future__ import annotations

import json

from syncline.aws import settings
from syncline.core import file_signatures, languages
from syncline.core.engines import ENGINES
from syncline.core.layout import RECORDING_EXTENSIONS
from syncline.jobs import upload_rules

BUCKET = {"SYNCLINE_BUCKET": "b", "SYNCLINE_ENGINE": "gentle", "SYNCLINE_TRANSLATE_TO": "ja"}


def test_the_signatures_are_those_of_the_server() -> None:
    for parts, kind in file_signatures.signatures():
        head = bytearray(64)
        for place, part in parts:
            head[place : place + len(part)] = part
        found = file_signatures.kind_of(bytes(head))
        assert found is not None
        assert (found.title, found.extensions) == (kind.title, kind.extensions)


def test_the_rules_follow_the_settings() -> None:
    small = settings.read(BUCKET | {"SYNCLINE_MAX_RECORDING_BYTES": "1000", "SYNCLINE_MAX_TRANSCRIPT_WORDS": "10"})
    rules = upload_rules.rules(small)
    assert (rules["max_recording_bytes"], rules["max_transcript_bytes"]) == (1000, 640)
    assert rules["recordings"] == list(RECORDING_EXTENSIONS)
    assert json.loads(json.dumps(rules)) is not None


def test_the_choices_are_those_of_the_tables() -> None:
    choices = upload_rules.choices(settings.read(BUCKET))
    assert set(choices["engines"]) == set(ENGINES)
    assert (choices["engine"], choices["translate_to"]) == ("gentle", ["ja"])
    assert choices["languages"]["en"] == "English"
    assert choices["translations"] == languages.NAMES
    assert list(choices["translations"].values()) == sorted(languages.NAMES.values())
