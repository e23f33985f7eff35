"""The Whisper engine: Whisper on CTranslate2 recognises, the embedded tracker times the words."""

from pathlib import Path

from syncline.models import installed
from syncline.models.catalogue import WHISPER
from syncline.speech.engine import Engine, EngineResources

__all__ = ["create_engine", "is_installed"]


def is_installed(speech_model: str, models: Path | None) -> bool:
    return installed.is_installed(speech_model, models, kind=WHISPER)


def create_engine(resources: EngineResources) -> Engine:
    """Raises ModelMissingError with the command to run, before a job has cost anything."""
    model = installed.locate(resources.speech_model, resources.models, kind=WHISPER)
    from syncline.speech.whisper.engine import WhisperEngine
    from syncline.speech.whisper.recognition import SHARED

    return WhisperEngine(resources.pool, SHARED.get(model.path), model=model.name, g2p=resources.g2p)
