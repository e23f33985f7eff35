"""What all jobs of one process share: the deployment, the limits, a folder, the engines and the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from syncline.aws.deployment import Deployment
from syncline.pipeline import engines, retrying
from syncline.pipeline.engines import CreateEngine, OpenAnswerModel, OpenEntityFinder, OpenTranslationModel
from syncline.pipeline.limits import JobLimits
from syncline.pipeline.text_steps import TextSteps
from syncline.processes.pool import Pool


@dataclass(frozen=True, slots=True)
class JobServices:
    """`folder` holds the temporary files of jobs. `retry_pauses` are those of publishing results."""

    deployment: Deployment
    limits: JobLimits
    folder: Path
    create_engine: CreateEngine
    open_translation_model: OpenTranslationModel
    open_entity_finder: OpenEntityFinder
    open_answer_model: OpenAnswerModel
    text_steps: TextSteps
    retry_pauses: Sequence[float] = retrying.PAUSES_SECONDS


def job_services(
    deployment: Deployment, pool: Pool, folder: Path, *, create_engine: CreateEngine | None = None
) -> JobServices:
    """The services of a deployment, composed from its settings."""
    settings = deployment.settings
    return JobServices(
        deployment=deployment,
        limits=JobLimits.from_settings(settings),
        folder=folder,
        create_engine=create_engine or engines.engine_factory(pool, settings),
        open_translation_model=engines.translation_model_opener(settings),
        open_entity_finder=engines.entity_finder_opener(pool, settings),
        open_answer_model=engines.answer_model_opener(settings),
        text_steps=TextSteps(pool),
    )
