"""Create speech engines, and open the other models, for the jobs of one process.

`syncline.core.engines` names the package of each speech engine. The package offers `create_engine`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from syncline.aws.settings import Settings
from syncline.core.engines import ENGINES
from syncline.core.enrichment_models import check_answers
from syncline.core.errors import InvalidOptionsError
from syncline.processes.pool import Pool
from syncline.speech.engine import Engine, EngineResources

if TYPE_CHECKING:
    from syncline.enrichment import AnswerModel, EntityFinder
    from syncline.translation import TranslationModel

MAX_WINDOW_SECONDS = 300.0  # a window is some seconds of audio: a pool task that takes longer hangs

CreateEngine = Callable[[str], Engine]
OpenTranslationModel = Callable[[], "TranslationModel"]
OpenEntityFinder = Callable[[str], "EntityFinder"]
OpenAnswerModel = Callable[[str], "AnswerModel"]


def engine_factory(pool: Pool, settings: Settings) -> CreateEngine:
    """A function from an engine's name to the engine. Engine packages are imported when a job needs them."""
    return partial(_create_engine, _resources(pool, settings))


def _resources(pool: Pool, settings: Settings) -> EngineResources:
    return EngineResources(
        pool,
        gentle_home=settings.gentle_home,
        speech_model=settings.speech_model,
        models=settings.models,
        g2p=settings.g2p,
    )


def translation_model_opener(settings: Settings) -> OpenTranslationModel:
    """A function that returns the process's one model. The first call loads it."""

    def open_translation_model() -> TranslationModel:
        from syncline.translation import open_model

        return open_model(settings.translation_model, settings.models)

    return open_translation_model


def entity_finder_opener(pool: Pool, settings: Settings) -> OpenEntityFinder:
    """A function from a spoken language to what finds entities in it."""

    def open_entity_finder(language: str) -> EntityFinder:
        from syncline.enrichment import open_entity_finder

        return open_entity_finder(language, settings.models, pool)

    return open_entity_finder


def answer_model_opener(settings: Settings) -> OpenAnswerModel:
    """A function from a spoken language to the process's one model. The first call loads it."""

    def open_answer_model(language: str) -> AnswerModel:
        from syncline.enrichment import open_answer_model

        check_answers(language)
        return open_answer_model(settings.answer_model, settings.models)

    return open_answer_model


def _create_engine(resources: EngineResources, name: str) -> Engine:
    if name not in ENGINES:
        raise InvalidOptionsError(
            f"The engine “{name}” is not installed in this worker.",
            code="engine_missing",
            hint=f"Installed are: {', '.join(ENGINES)}.",
        )
    engine: Engine = import_module(ENGINES[name]).create_engine(resources)
    return engine
