"""What a transcript says, with times: the entities that it names, and its answers to questions.

    finder = open_entity_finder("en", settings.models, pool)
    entities = finder.find(alignment, sentences)
    model = open_answer_model("answers-en", settings.models)
    answers = answer_questions(model, alignment, sentences, ["Who proposed the bridge?"])

kind, answer_kind      how the models are installed and tried out
places                 from offsets in the transcript to times, sentence and speaker
entities               find entities in child processes, and write entities.json
recognition            what runs in the child processes: spaCy
answer_model, windows  the loaded model: read overlapping windows of a text, choose the best part
answers                answer questions about a transcript, and write answers.json
safetensors            read the weights of a checkpoint without PyTorch
requirements           whether spaCy and tokenizers are installed
"""

from syncline.enrichment.answer_model import AnswerModel, Found, Query, open_answer_model
from syncline.enrichment.answers import Answer, answer_questions
from syncline.enrichment.answers import to_json as answers_to_json
from syncline.enrichment.entities import Entity, EntityFinder, open_entity_finder, to_json

__all__ = [
    "Answer",
    "AnswerModel",
    "Entity",
    "EntityFinder",
    "Found",
    "Query",
    "answer_questions",
    "answers_to_json",
    "open_answer_model",
    "open_entity_finder",
    "to_json",
]
