"""The rules of syncline.core for text, with the libraries that they need: sentencex and BudouX.

core imports only the standard library, so its functions take these libraries as arguments. This package passes them.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncline.core import captions, formats
from syncline.core import sentences as sentence_rules
from syncline.core.alignment import Alignment, Word
from syncline.core.captions import Cue, TimedText
from syncline.core.formats import Document, OutputFormat
from syncline.core.sentences import Sentence
from syncline.text.phrases import split_phrases
from syncline.text.sentence_boundaries import find_boundaries

__all__ = ["cues_from_sentences", "render", "render_captions", "split_sentences"]


def split_sentences(transcript: str, words: Sequence[Word], language: str) -> list[Sentence]:
    return sentence_rules.split(transcript, words, language, find_boundaries=find_boundaries)


def render(
    alignment: Alignment, names: Sequence[str], language: str, *, sentences: Sequence[Sentence] | None = None
) -> dict[str, str]:
    """-> file name -> text, for each format that is named, in that order. `language` is the spoken one."""
    if sentences is None:
        sentences = split_sentences(alignment.transcript, alignment.words, language)
    document = Document(alignment, language, sentences, split_phrases)
    chosen = [formats.named(name) for name in names]
    return {chosen_format.file_name(language): chosen_format.render(document) for chosen_format in chosen}


def cues_from_sentences(items: Sequence[TimedText], language: str, *, until: float | None = None) -> list[Cue]:
    return captions.cues_from_sentences(items, language, split_phrases=split_phrases, until=until)


def render_captions(
    items: Sequence[TimedText], language: str, *, names: Sequence[str], until: float | None = None
) -> dict[str, str]:
    """-> file name -> text, for each caption format among `names`, from the times of sentences."""
    wanted: list[OutputFormat] = [found for found in map(formats.named, names) if found.render_cues]
    cues = cues_from_sentences(items, language, until=until) if wanted else []
    return {found.file_name(language): found.render_cues(cues) for found in wanted if found.render_cues}
