"""The result of aligning a recording: words, sentences, and every output format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncline import text
from syncline.core import alignment, formats, languages, layout
from syncline.core.captions.style import CaptionOptions, read_caption_options
from syncline.core.errors import InvalidInputError, InvalidOptionsError
from syncline.core.formats.model import Document, Recording
from syncline.core.formats.read_along import MAX_EMBEDDED_BYTES
from syncline.core.progress import Progress
from syncline.core.sentences import Sentence

CaptionRules = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alignment(alignment.Alignment):
    """The words of a transcript with the times at which they are spoken.

    `transcript` is the text, `words` are its words, and `info` is the object "syncline" of the JSON. `captions`, where
    a method takes it, are the caption rules, such as {"profile": "bbc", "max_lines": 1}.
    """

    recording: Path | None = None
    transcript_file: Path | None = None
    retimed_captions: str | None = None  # the caption file that served as transcript, with corrected times

    @classmethod
    def read(cls, path: str | os.PathLike[str], *, language: str | None = None) -> Alignment:
        """Read an alignment.json that Syncline or Gentle wrote. `language` overrides the one that the file names."""
        try:
            document = Path(path).read_bytes()
        except OSError as error:
            raise InvalidInputError(
                f"The alignment {path} cannot be read: {error.strerror}.",
                code="no_such_file",
                hint="Give the alignment.json that Syncline or Gentle wrote.",
            ) from error
        return cls.from_json(document, language=language)

    @classmethod
    def from_json(cls, document: str | bytes, *, language: str | None = None) -> Alignment:
        """Words may have been corrected by hand, so the sentences are made from them again."""
        from syncline.core.transcript import read_plain_text

        found = alignment.from_json(document)
        spoken = languages.resolve_spoken(language or found.language)
        sentences = text.split_sentences(read_plain_text(found.transcript), found.words, spoken)
        as_json = [sentence.as_dict() for sentence in sentences]
        return cls(found.transcript, found.words, {**found.info, "language": spoken, "sentences": as_json})

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self.info.get("warnings", ()))

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(Sentence.from_dict(item) for item in self.info.get("sentences", ()))

    def write(self, path: str | os.PathLike[str], *, captions: CaptionRules | None = None) -> None:
        """Write one file. Its suffix names the format: talk.srt, talk.TextGrid, talk.words.vtt, talk.html …

        If the transcript was a caption file, talk.retimed.srt or .vtt has its cues with corrected times.
        """
        target = Path(path)
        content = self.render_for(target.name, captions=captions)
        refuse_to_overwrite(target, self.recording, self.transcript_file)
        target.write_bytes(content.encode())

    def render(self, *names: str, captions: CaptionRules | None = None) -> dict[str, str]:
        """-> file name -> text, for the formats of these names (srt, vtt-words, textgrid …)."""
        return text.render(self._document(captions, with_recording="html" in names), names)

    def render_for(self, file_name: str, *, captions: CaptionRules | None = None) -> str:
        """The text of the format that the suffix names."""
        found = formats.by_suffix(file_name)
        if found is None:
            raise InvalidOptionsError(
                f"The name “{file_name}” names no format.",
                code="unknown_output",
                hint=f"Suffixes are: {', '.join(known.suffix for known in formats.FORMATS)}.",
            )
        if file_name.lower().endswith(f".retimed{found.suffix}") and found.suffix in layout.CAPTION_SUFFIXES:
            return self._retimed(found.suffix)
        return self._one(found.name, captions)

    def caption_violations(self, *, captions: CaptionRules | None = None) -> list[dict[str, Any]]:
        """The cues that cannot satisfy the caption rules: their number, the rule, the value and the limit."""
        return text.caption_violations(self._document(captions))

    def storyboard(self, *, progress: Progress | None = None) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """The frame that the recording shows when each sentence starts. -> file name -> content, and warnings.

        Written to one folder, the files are what video players read for previews: storyboard.vtt and the pictures
        that it refers to. Without a video there are no files, and a warning says so.
        """
        from syncline.core.storyboard import VTT_NAME
        from syncline.pipeline.storyboard import make_storyboard

        if self.recording is None:
            raise InvalidInputError("The alignment was read from a file, and does not know its recording.")
        files: dict[str, bytes] = {}
        made = make_storyboard(
            self.recording, self.sentences, until=self.audio_seconds or 0.0,
            publish=files.__setitem__, progress=progress or (lambda share: None),
        )  # fmt: skip
        return files | ({VTT_NAME: made.vtt} if made.vtt is not None else {}), made.warnings

    def to_json(self) -> str:
        return self._one("json")

    def to_csv(self) -> str:
        return self._one("csv")

    def to_srt(self, *, captions: CaptionRules | None = None) -> str:
        return self._one("srt", captions)

    def to_vtt(self, *, captions: CaptionRules | None = None) -> str:
        return self._one("vtt", captions)

    def to_vtt_words(self, *, captions: CaptionRules | None = None) -> str:
        return self._one("vtt-words", captions)

    def to_ass(self, *, captions: CaptionRules | None = None) -> str:
        return self._one("ass", captions)

    def to_ttml(self, *, captions: CaptionRules | None = None) -> str:
        return self._one("ttml", captions)

    def to_textgrid(self) -> str:
        return self._one("textgrid")

    def to_eaf(self) -> str:
        return self._one("eaf")

    def to_audacity(self) -> str:
        return self._one("audacity")

    def to_ctm(self) -> str:
        return self._one("ctm")

    def to_html(self) -> str:
        """A page to read along. A recording of up to 20 MB is inside the page."""
        return self._one("html")

    def _one(self, name: str, captions: CaptionRules | None = None) -> str:
        [content] = self.render(name, captions=captions).values()
        return content

    def _retimed(self, suffix: str) -> str:
        written_as = self.transcript_file.suffix.lower() if self.transcript_file else ""
        if self.retimed_captions is None or written_as != suffix:
            raise InvalidOptionsError(
                f"The transcript was no {suffix} file, so there are no cues of it to correct.",
                code="unknown_output",
                hint=f"A name without “.retimed” gets new captions: talk{suffix}.",
            )
        return self.retimed_captions

    def _document(self, captions: CaptionRules | None, *, with_recording: bool = False) -> Document:
        return text.document_of(
            self,
            self.language,
            sentences=self.sentences,
            captions=caption_options(captions),
            recording=self.playable(with_recording),
        )

    def playable(self, with_content: bool) -> Recording | None:
        """The recording as a page plays it: embedded if it is small enough, otherwise the file beside the page."""
        path = self.recording
        if path is None:
            return None
        kind = layout.RECORDING_TYPES.get(path.suffix[1:].lower(), "audio/mpeg")
        embedded = with_content and path.is_file() and path.stat().st_size <= MAX_EMBEDDED_BYTES
        return Recording(path.name, kind, path.read_bytes() if embedded else None)


def caption_options(captions: CaptionRules | None) -> CaptionOptions:
    return read_caption_options(dict(captions)) if captions is not None else CaptionOptions()


def refuse_to_overwrite(target: Path, *inputs: Path | None) -> None:
    for path in inputs:
        if path is not None and target.exists() and path.exists() and target.samefile(path):
            raise InvalidOptionsError(
                f"{target} is the input itself.", code="would_overwrite", hint="Give another file name."
            )
