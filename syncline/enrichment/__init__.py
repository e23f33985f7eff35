"""What a transcript says, with times: the entities that it names.

    finder = open_entity_finder("en", settings.models, pool)
    entities = finder.find(alignment)
    text = to_json(entities, model=finder.name)

kind            how entity models are installed and tried out
places          from offsets in the transcript to times, sentence and speaker
entities        find entities in child processes, and write entities.json
recognition     what runs in the child processes: spaCy
"""

from syncline.enrichment.entities import Entity, EntityFinder, open_entity_finder, to_json

__all__ = ["Entity", "EntityFinder", "open_entity_finder", "to_json"]
