"""The alignment of one recording with its transcript, and Gentle's JSON for it.

The format is Gentle's: the same keys in the same order, absent keys instead of nulls. There are three additions:
"confidence" and "approximate" on a word, and a top-level "syncline" object. Offsets count Unicode code points of the
transcript. Times are seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncline.core.errors import InvalidInputError
from syncline.core.seconds import rounded

SUCCESS = "success"
NOT_FOUND_IN_AUDIO = "not-found-in-audio"
NOT_FOUND_IN_TRANSCRIPT = "not-found-in-transcript"
CASES = (SUCCESS, NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT)


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone of a word. It has no start time: phones follow each other from the start of the word."""

    phone: str
    duration: float


@dataclass(frozen=True, slots=True)
class Word:
    """One token of the transcript, or (not-found-in-transcript) a word that was heard and is not in it."""

    case: str
    word: str
    start: float | None = None
    end: float | None = None
    start_offset: int | None = None
    end_offset: int | None = None
    aligned_word: str | None = None
    phones: tuple[Phone, ...] = ()
    confidence: float | None = None
    approximate: bool = False  # the times are a recogniser's, which are coarse

    @property
    def aligned(self) -> bool:
        return self.case == SUCCESS


@dataclass(frozen=True, slots=True)
class Alignment:
    """`info` is the top-level "syncline" object: version, engine, revision, audio_seconds, sentences …"""

    transcript: str
    words: tuple[Word, ...]
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def audio_seconds(self) -> float | None:
        """Where the recording ends. Gentle's own alignments do not say."""
        seconds = self.info.get("audio_seconds")
        return float(seconds) if isinstance(seconds, int | float) else None

    @property
    def language(self) -> str:
        """The spoken language."""
        return str(self.info.get("language") or "en")

    @property
    def spoken(self) -> list[Word]:
        """The words of the transcript that were heard, in transcript order."""
        return [word for word in self.words if word.aligned]


def to_json(alignment: Alignment) -> str:
    """The same alignment always gives the same bytes."""
    document: dict[str, Any] = {
        "transcript": alignment.transcript,
        "words": [_word_to_dict(word) for word in alignment.words],
    }
    if alignment.info:
        document["syncline"] = dict(alignment.info)
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def from_json(text: str | bytes) -> Alignment:
    """Read Syncline's or Gentle's JSON. Gentle omits empty keys: an empty result is `{}`."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InvalidInputError(
            f"This is not an alignment: {error}.", hint="Give the alignment.json that Syncline or Gentle wrote."
        ) from error
    if not isinstance(document, dict):
        raise _not_an_alignment("the document is not an object")
    if document and not document.keys() & {"transcript", "words"}:
        raise _not_an_alignment("it has neither a transcript nor words")
    words = document.get("words", [])
    transcript = document.get("transcript", "")
    info = document.get("syncline", {})
    if not isinstance(words, list) or not isinstance(transcript, str) or not isinstance(info, dict):
        raise _not_an_alignment("transcript, words or syncline has the wrong type")
    try:
        transcript.encode()
    except UnicodeEncodeError as error:
        raise _not_an_alignment("its transcript contains a lone surrogate") from error
    return Alignment(
        transcript=transcript,
        words=tuple(_word_from_dict(item, index) for index, item in enumerate(words)),
        info=info,
    )


def _word_to_dict(word: Word) -> dict[str, Any]:
    # Gentle sorts the keys of a word and omits those without a value.
    fields = {
        "alignedWord": word.aligned_word,
        "approximate": word.approximate or None,
        "case": word.case,
        "confidence": None if word.confidence is None else round(word.confidence, 3),
        "end": rounded(word.end),
        "endOffset": word.end_offset,
        "phones": [{"duration": rounded(p.duration), "phone": p.phone} for p in word.phones] or None,
        "start": rounded(word.start),
        "startOffset": word.start_offset,
        "word": word.word,
    }
    return {key: value for key, value in fields.items() if value is not None}


def _word_from_dict(item: object, index: int) -> Word:
    if not isinstance(item, dict) or item.get("case") not in CASES or not isinstance(item.get("word"), str):
        raise _not_an_alignment(f"word {index} has no known case or no word")
    phones = item.get("phones", [])
    if not isinstance(phones, list):
        raise _not_an_alignment(f"word {index} has phones that are not a list")
    return Word(
        case=item["case"],
        word=item["word"],
        start=_number(item.get("start"), index),
        end=_number(item.get("end"), index),
        start_offset=_offset(item.get("startOffset"), index),
        end_offset=_offset(item.get("endOffset"), index),
        aligned_word=item.get("alignedWord"),
        phones=tuple(_phone_from_dict(phone, index) for phone in phones),
        confidence=_number(item.get("confidence"), index),
        approximate=item.get("approximate") is True,
    )


def _phone_from_dict(item: object, index: int) -> Phone:
    if not isinstance(item, dict) or not isinstance(item.get("phone"), str):
        raise _not_an_alignment(f"word {index} has a phone without a name")
    return Phone(item["phone"], _number(item.get("duration"), index) or 0.0)


def _number(value: object, index: int) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not_an_alignment(f"word {index} has a time that is not a number")
    return float(value)


def _offset(value: object, index: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _not_an_alignment(f"word {index} has an offset that is not a whole number")
    return value


def _not_an_alignment(reason: str) -> InvalidInputError:
    return InvalidInputError(
        f"This is not an alignment: {reason}.", hint="Give the alignment.json that Syncline or Gentle wrote."
    )


def count_words(words: Sequence[Word]) -> tuple[int, int]:
    """-> (words of the transcript, aligned words of the transcript)."""
    own = [word for word in words if word.case != NOT_FOUND_IN_TRANSCRIPT]
    return len(own), sum(word.aligned for word in own)
