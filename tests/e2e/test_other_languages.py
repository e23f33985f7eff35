"""Recordings in Italian, Russian and Japanese, from the upload to translated captions.

`python -m benchmarks.voices it-pc it.wav` spoke the recordings in tests/data/languages; for the other languages, ru-nsh
and ja-espeak did.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Stack

RECORDINGS = Path(__file__).parents[1] / "data" / "languages"


@pytest.mark.parametrize(
    ("language", "needs", "first_word", "sentence"),
    [
        ("it", "g2p2_group_romance", "Questa", "Questa mattina il treno per Milano parte in ritardo."),
        ("ru", "g2p2_group_slavic", "Сегодня", "Сегодня утром я встал очень рано и пошёл на работу."),
        ("ja", "fugashi", "今日の", "今日の朝、海の近くで大きなケーキを食べました。"),
    ],
)
def test_a_recording_becomes_translated_captions(
    stack: Stack, tmp_path: Path, language: str, needs: str, first_word: str, sentence: str
) -> None:
    pytest.importorskip(needs, reason="the extras languages and languages-cjk are not installed")
    options = tmp_path / "talk.job.json"
    options.write_text(json.dumps({"language": language, "translate_to": ["en"]}), encoding="utf-8")
    for path in (options, RECORDINGS / f"{language}.txt", RECORDINGS / f"{language}.ogg"):
        suffix = ".job.json" if path == options else path.suffix
        stack.put(path, f"uploads/{language}/talk{suffix}")
    job = stack.settled(f"uploads/{language}/talk.ogg")

    assert job["state"] == "SUCCEEDED", job["error"]
    results = {result["name"]: result["key"] for result in job["results"]}
    alignment = json.loads(stack.read(results["alignment.json"]))
    words = alignment["words"]
    assert (words[0]["word"], words[0]["case"]) == (first_word, "success")
    assert 0.3 < words[0]["start"] < 0.9
    found = sum(word["case"] == "success" for word in words)
    assert found >= 0.9 * len(words)
    assert alignment["syncline"]["language"] == language
    assert alignment["syncline"]["sentences"][0]["text"] == sentence

    spoken = stack.read(results[f"captions.{language}.vtt"]).decode()
    assert sentence in spoken.replace("\n", "" if language == "ja" else " ")
    translation = json.loads(stack.read(results["translation.en.json"]))
    assert (translation["from"], translation["to"]) == (language, "en")
    assert translation["sentences"][0]["text"] == sentence
    assert stack.read(results["captions.en.vtt"]).decode().startswith("WEBVTT")
