"""The embedded aligner: PocketSphinx's English model, and everything needed to align hours of real recordings with it."""

from worker.engines.pocketsphinx.engine import PocketSphinxEngine

__all__ = ["PocketSphinxEngine"]
