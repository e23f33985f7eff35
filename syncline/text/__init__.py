"""The rules of syncline.core for text, with the libraries that they need: sentencex and BudouX.

core imports only the standard library, so its functions take these libraries as arguments. This package passes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from syncline.core import formats
from syncline.core import sentences as sentence_rules
from syncline.core.alignment import Alignment, Word
from syncline.core.captions import cues as cue_rules
from syncline.core.captions.layout import Cue
from syncline.core.captions.spans import TimedText
from syncline.core.captions.style import CaptionOptions
from syncline.core.captions.violations import find_violations
from syncline.core.formats.model import Document, Recording
from syncline.core.sentences import Sentence
from syncline.core.transcript import Transcript
from syncline.text.phrases import split_phrases
from syncline.text.sentence_boundaries import find_boundaries

__all__ = ["caption_violations", "cues_from_sentences", "document_of", "render", "render_captions", "split_sentences"]


def split_sentences(transcript: Transcript | str, words: Sequence[Word], language: str) -> list[Sentence]:
    whole = Transcript(transcript) if isinstance(transcript, str) else transcript
    return sentence_rules.split(whole, words, language, find_boundaries=find_boundaries)


def document_of(
    alignment: Alignment,
    language: str,
    *,
    sentences: Sequence[Sentence] | None = None,
    captions: CaptionOptions | None = None,
    recording: Recording | None = None,
) -> Document:
    """What the formats render. `language` is the spoken one; without `sentences` the transcript is split here."""
    if sentences is None:
        sentences = split_sentences(alignment.transcript, alignment.words, language)
    return Document(
        alignment, language, sentences, split_phrases, captions or CaptionOptions(), recording or Recording()
    )


def caption_violations(document: Document) -> list[dict[str, Any]]:
    """The cues in the spoken language that break the rules, as JSON."""
    rules = document.captions.rules(document.language)
    found = find_violations(document.cues, rules, document.language)
    return [violation.as_dict() for violation in found]


def render(document: Document, names: Sequence[str]) -> dict[str, str]:
    """-> file name -> text, for each format that is named, in that order."""
    chosen = [formats.named(name) for name in names]
    return {chosen_format.file_name(document.language): chosen_format.render(document) for chosen_format in chosen}


def cues_from_sentences(
    items: Sequence[TimedText], language: str, *, captions: CaptionOptions | None = None, until: float | None = None
) -> list[Cue]:
    rules = (captions or CaptionOptions()).rules(language)
    return cue_rules.cues_from_sentences(items, language, rules=rules, split_phrases=split_phrases, until=until)


def render_captions(
    items: Sequence[TimedText],
    language: str,
    *,
    names: Sequence[str],
    captions: CaptionOptions | None = None,
    until: float | None = None,
) -> dict[str, str]:
    """-> file name -> text, for each caption format among `names`, from the times of sentences."""
    wanted = [found for found in map(formats.named, names) if found.of_translations]
    cues = cues_from_sentences(items, language, captions=captions, until=until) if wanted else []
    return {found.file_name(language): found.render_cues(cues, language) for found in wanted}
