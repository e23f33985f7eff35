"""Align an item of the synthetic corpus, and keep what the training scripts learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import Item
from syncline.speech.pocketsphinx.features import frame_count
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, Section
from syncline.speech.pocketsphinx.recovery import align_section
from syncline.speech.pocketsphinx.transcripts import PronouncedTranscript, pronounce_transcript


@dataclass(frozen=True)
class AlignedItem:
    item: Item
    transcript: PronouncedTranscript
    section: Section
    aligned: AlignedSection

    def true_times(self, word: int) -> tuple[float | None, float | None]:
        """When the word begins and ends, in seconds.

        None if it was not spoken, or lies inside a unit of the corpus whose inner times are not known.
        """
        token = self.transcript.token(word)
        units = [span for span in self.item.spans() if span[0] < token.end and token.start < span[1]]
        if not units:
            return None, None
        (first, _, first_unit), (_, last, last_unit) = units[0], units[-1]
        return first_unit.start if token.start <= first else None, last_unit.end if token.end >= last else None


def align_item(item: Item, path: Path) -> AlignedItem:
    """`path`: where to write the samples."""
    item.write(path)
    transcript = pronounce_transcript(item.transcript)
    samples = len(item.sound)
    section = Section(path, samples, 0, frame_count(samples), 0, tuple(transcript.words))
    return AlignedItem(item, transcript, section, align_section(section))
