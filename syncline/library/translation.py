"""Translate an alignment or a text with M2M100."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

from syncline.aws import settings
from syncline.core import formats, languages
from syncline.core.errors import InvalidOptionsError
from syncline.core.progress import StageProgress
from syncline.core.sentences import Sentence
from syncline.library.alignment import Alignment, CaptionRules, caption_options

if TYPE_CHECKING:
    from syncline import translation

TEXT_SUFFIX, JSON_SUFFIX = ".txt", ".json"


@dataclass(frozen=True, slots=True)
class Source:
    """What is translated: an alignment, or a text, which has no times."""

    text: str
    sentences: tuple[Sentence, ...]
    language: str
    has_times: bool
    audio_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """A source in one other language. Its captions have the times of the source's sentences."""

    source: Source
    language: str
    model: str
    _translations: tuple[translation.Translation, ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the source with their offsets and times; `text` is the translation."""
        from syncline.translation import translated_sentences

        return tuple(translated_sentences(self.source.sentences, self._translations))

    @property
    def text(self) -> str:
        """Running text with the paragraphs of the source."""
        glue = "" if self.language in languages.WITHOUT_SPACES else " "
        parts, last = [], 0
        for sentence, translated in zip(self.source.sentences, self._translations, strict=True):
            gap = self.source.text[last : sentence.start_offset]
            parts += [gap if "\n" in gap else glue if last else "", translated.text]
            last = sentence.end_offset
        return "".join(parts).strip() + "\n"

    def to_json(self) -> str:
        from syncline.translation import to_json

        return to_json(
            self.source.sentences,
            self._translations,
            source=self.source.language,
            target=self.language,
            model=self.model,
        )

    def to_srt(self, *, captions: CaptionRules | None = None) -> str:
        return self._captions("srt", captions)

    def to_vtt(self, *, captions: CaptionRules | None = None) -> str:
        return self._captions("vtt", captions)

    def to_ass(self, *, captions: CaptionRules | None = None) -> str:
        return self._captions("ass", captions)

    def to_ttml(self, *, captions: CaptionRules | None = None) -> str:
        return self._captions("ttml", captions)

    def write(self, path: str | os.PathLike[str], *, captions: CaptionRules | None = None) -> None:
        """Write one file: .txt for the text, .json for the sentences, or the suffix of a caption format."""
        target = Path(path)
        target.write_bytes(self._of_suffix(target.name, captions).encode())

    def render_captions(self, names: Sequence[str], *, captions: CaptionRules | None = None) -> dict[str, str]:
        """-> file name -> text, for each caption format among `names`."""
        from syncline import text

        if not self.source.has_times:
            raise InvalidOptionsError(
                "A plain text has no times, so there are no captions of it.",
                hint="Translate the alignment of the recording instead of the text.",
            )
        return text.render_captions(
            self.sentences,
            self.language,
            names=names,
            captions=caption_options(captions),
            until=self.source.audio_seconds,
        )

    def _captions(self, name: str, captions: CaptionRules | None) -> str:
        [content] = self.render_captions([name], captions=captions).values()
        return content

    def _of_suffix(self, name: str, captions: CaptionRules | None) -> str:
        if name.lower().endswith(TEXT_SUFFIX):
            return self.text
        if name.lower().endswith(JSON_SUFFIX):
            return self.to_json()
        found = formats.by_suffix(name)
        if found is None or not found.of_translations:
            known = [TEXT_SUFFIX, JSON_SUFFIX, *(each.suffix for each in formats.CAPTION_FORMATS)]
            raise InvalidOptionsError(
                f"The name “{name}” names no format of a translation.",
                code="unknown_output",
                hint=f"Suffixes are: {', '.join(known)}.",
            )
        return self._captions(found.name, captions)


@overload
def translate(
    source: Alignment | str,
    *,
    to: str,
    language: str | None = None,
    model: str | None = None,
    models: Path | None = None,
    progress: StageProgress | None = None,
) -> Translation: ...
@overload
def translate(
    source: Alignment | str,
    *,
    to: list[str] | tuple[str, ...],
    language: str | None = None,
    model: str | None = None,
    models: Path | None = None,
    progress: StageProgress | None = None,
) -> dict[str, Translation]: ...
def translate(
    source: Alignment | str,
    *,
    to: str | list[str] | tuple[str, ...],
    language: str | None = None,
    model: str | None = None,
    models: Path | None = None,
    progress: StageProgress | None = None,
) -> Translation | dict[str, Translation]:
    """Translate every sentence of an alignment or a text.

    `to` is a language code, or several: their translations come by code. `language` is the one of the source; a text
    is English by default. `model` and the folder `models` are those of the settings by default. The model stays loaded
    for the next call.
    """
    read = read_source(source, language)
    targets = languages.resolve_targets([to] if isinstance(to, str) else to, source=read.language)
    if not targets:
        raise InvalidOptionsError("No target language is named.", hint='Give to="ja", for example.')
    found = translate_source(read, targets, open_translation_model(model, models), progress)
    return found[targets[0]] if isinstance(to, str) else found


def read_source(source: Alignment | str, language: str | None = None) -> Source:
    from syncline.text import split_sentences

    if isinstance(source, str):
        spoken = languages.resolve(language or "en")
        return Source(source, tuple(split_sentences(source, (), spoken)), spoken, has_times=False)
    spoken, sentences = languages.resolve(language or source.language), source.sentences
    if spoken != source.language:
        sentences = tuple(split_sentences(source.transcript, source.words, spoken))
    return Source(source.transcript, sentences, spoken, has_times=True, audio_seconds=source.audio_seconds)


def open_translation_model(name: str | None = None, folder: Path | None = None) -> translation.TranslationModel:
    from syncline.translation import open_model

    chosen = settings.read(os.environ)
    return open_model(name or chosen.translation_model, folder or chosen.models)


def translate_source(
    source: Source,
    targets: Sequence[str],
    model: translation.TranslationModel,
    progress: StageProgress | None = None,
) -> dict[str, Translation]:
    """-> the translations by language code."""
    from syncline.translation import translate_sentences

    found = translate_sentences(
        model,
        source.sentences,
        source=source.language,
        targets=targets,
        progress=lambda share: progress("translate", share) if progress else None,
    )
    return {target: Translation(source, target, model.name, tuple(found[target])) for target in targets}
