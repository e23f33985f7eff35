"""An alignment of 30,000 words, as long as a day of speech, without a recording of that length."""

from __future__ import annotations

from typing import Any

WORDS = 30_000
WORDS_PER_SENTENCE = 15
_VOCABULARY = ("harbour", "light", "the", "of", "seven", "and", "tides", "return", "slowly", "before", "a", "storm")


def long_alignment(words: int = WORDS) -> dict[str, Any]:
    spoken, sentences, parts, offset = [], [], [], 0
    for number in range(words):
        word = _VOCABULARY[number * 7 % len(_VOCABULARY)]
        first, last = number % WORDS_PER_SENTENCE == 0, (number + 1) % WORDS_PER_SENTENCE == 0
        if first:
            sentences.append({"id": len(sentences), "startOffset": offset})
        start = round(number * 0.4, 2)
        spoken.append({
            "case": "success", "word": word, "alignedWord": word, "start": start, "end": round(start + 0.35, 2),
            "startOffset": offset, "endOffset": offset + len(word), "confidence": 0.4 if number % 50 == 0 else 0.98,
        })  # fmt: skip
        text = word + (". " if last else " ")
        parts.append(text)
        offset += len(text)
        if last or number == words - 1:
            sentences[-1]["endOffset"] = offset - 1
    details = {"version": 1, "audio_seconds": words * 0.4, "sentences": sentences, "warnings": []}
    return {"transcript": "".join(parts).rstrip(), "words": spoken, "syncline": details}
