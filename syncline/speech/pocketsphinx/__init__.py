"""The embedded aligner: PocketSphinx's English model, and what it takes to align hours of real recordings with it."""

from syncline.speech.engine import Engine, EngineResources
from syncline.speech.pocketsphinx.engine import PocketSphinxEngine

__all__ = ["PocketSphinxEngine", "create_engine"]


def create_engine(resources: EngineResources) -> Engine:
    return PocketSphinxEngine(resources.pool)
