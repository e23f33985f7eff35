"""Captions: cues in the spoken language and in translations."""

from syncline.core.captions.cues import cues_from_sentences, cues_from_words
from syncline.core.captions.layout import Cue
from syncline.core.captions.spans import TimedText
from syncline.core.captions.style import Style, style_of

__all__ = ["Cue", "Style", "TimedText", "cues_from_sentences", "cues_from_words", "style_of"]
