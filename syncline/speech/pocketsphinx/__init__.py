"""The embedded engine: forced alignment and recognition with the English model in the PocketSphinx wheel."""

from syncline.speech.engine import Engine, EngineResources
from syncline.speech.pocketsphinx.engine import PocketSphinxEngine

__all__ = ["PocketSphinxEngine", "create_engine"]


def create_engine(resources: EngineResources) -> Engine:
    return PocketSphinxEngine(resources.pool, g2p=resources.g2p)
