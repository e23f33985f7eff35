"""Transcripts: plain text with speaker labels and remarks, or a caption file.

A transcript keeps its text as it is shown. Labels and remarks are part of the text but are not spoken: `spoken_text`
replaces them by spaces, so that every offset stays the same.
"""

from syncline.core.transcript.caption_file import read_captions
from syncline.core.transcript.model import SourceCue, Transcript, Turn
from syncline.core.transcript.plain_text import read_plain_text

__all__ = ["SourceCue", "Transcript", "Turn", "read_captions", "read_plain_text"]
