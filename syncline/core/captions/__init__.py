"""Captions: cues in the spoken language and in translations, and the rules that they follow."""

from syncline.core.captions.cues import cues_from_sentences, cues_from_words
from syncline.core.captions.layout import Cue, CuePart
from syncline.core.captions.spans import TimedText
from syncline.core.captions.style import CaptionOptions, CaptionRules
from syncline.core.captions.violations import Violation, find_violations

__all__ = [
    "CaptionOptions",
    "CaptionRules",
    "Cue",
    "CuePart",
    "TimedText",
    "Violation",
    "cues_from_sentences",
    "cues_from_words",
    "find_violations",
]
