"""The table of entity models, by spoken language. A new language is one line here and one in models/catalogue.py."""

from __future__ import annotations

from syncline.core.errors import InvalidOptionsError

ENTITY_MODELS = {
    "de": "entities-de",
    "en": "entities-en",
    "es": "entities-es",
    "fr": "entities-fr",
    "it": "entities-it",
}


def entity_model_of(language: str) -> str:
    if language not in ENTITY_MODELS:
        raise InvalidOptionsError(
            f"There is no model that finds entities in the language “{language}”.",
            code="no_entity_model",
            hint=f"Leave out entities, or speak one of: {', '.join(ENTITY_MODELS)}.",
        )
    return ENTITY_MODELS[language]
