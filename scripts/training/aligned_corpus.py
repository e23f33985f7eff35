"""What the embedded aligner hears in an item of the corpus, before anything is judged: for those who learn from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import Item
from syncline.speech.pocketsphinx.decoding import Heard, Section
from syncline.speech.pocketsphinx.engine import Spoken, speak
from syncline.speech.pocketsphinx.features import frame_count
from syncline.speech.pocketsphinx.recovery import align_section


@dataclass(frozen=True)
class Hearing:
    item: Item
    text: Spoken
    section: Section
    heard: Heard

    def truth(self, word: int) -> tuple[float | None, float | None]:
        """When it begins and ends; None if it was not spoken, or inside of a unit whose inner times are not known."""
        token = self.text.tokens[self.text.said[word]]
        units = [span for span in self.item.spans() if span[0] < token.end and token.start < span[1]]
        if not units:
            return None, None
        (first, _, begins), (_, last, ends) = units[0], units[-1]
        return begins.start if token.start <= first else None, ends.end if token.end >= last else None


def hear(item: Item, path: Path) -> Hearing:
    item.write(path)
    text = speak(item.transcript)
    samples = len(item.sound)
    section = Section(path, samples, 0, frame_count(samples), 0, tuple(text.forms))
    return Hearing(item, text, section, align_section(section))
