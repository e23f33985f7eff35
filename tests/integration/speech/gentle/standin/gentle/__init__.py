"""Stand-in for Gentle's Python package, with the same names."""

__version__ = "0.11-stand-in"

from .forced_aligner import ForcedAligner
from .resample import resampled

__all__ = ["ForcedAligner", "resampled"]
