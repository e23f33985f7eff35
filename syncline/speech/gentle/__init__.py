"""Gentle (github.com/lowerquality/gentle, version 0.11), run as a child process behind guards.

Its results are good and its process is fragile, so nothing here trusts it: `process` runs its align.py under limits
and leaves nothing behind, `launch` is the little that happens inside the child, `result` believes only times that
can be true, `pieces` keeps recordings short enough for it, `repair` fills what it left with the embedded
aligner's words, and `home` says what is missing from an installation.
"""

from syncline.speech.gentle.engine import GentleEngine
from syncline.speech.gentle.home import missing_parts
from syncline.speech.gentle.process import Limits

__all__ = ["GentleEngine", "Limits", "missing_parts"]
