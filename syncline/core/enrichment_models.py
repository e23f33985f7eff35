"""The spoken languages in which entities are found and questions are answered.

A language of the entities is one line here and one in models/catalogue.py.
"""

from __future__ import annotations

from syncline.core.errors import InvalidOptionsError

ENTITY_MODELS = {
    "de": "entities-de",
    "en": "entities-en",
    "es": "entities-es",
    "fr": "entities-fr",
    "it": "entities-it",
}
ANSWER_LANGUAGES = ("en",)  # of the model that answers questions


def entity_model_of(language: str) -> str:
    if language not in ENTITY_MODELS:
        raise InvalidOptionsError(
            f"There is no model that finds entities in the language “{language}”.",
            code="no_entity_model",
            hint=f"Leave out entities, or speak one of: {', '.join(ENTITY_MODELS)}.",
        )
    return ENTITY_MODELS[language]


def check_answers(language: str) -> None:
    if language not in ANSWER_LANGUAGES:
        raise InvalidOptionsError(
            f"There is no model that answers questions in the language “{language}”.",
            code="no_answer_model",
            hint=f"Leave out questions, or speak one of: {', '.join(ANSWER_LANGUAGES)}.",
        )
