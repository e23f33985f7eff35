"""Translation with M2M100.

    model = open_model("m2m100-418m", settings.models)
    sentences = split(alignment.transcript, alignment.words, "en")
    translations = translate_sentences(model, sentences, source="en", targets=["ja", "fr"])
    text = to_json(sentences, translations["ja"], source="en", target="ja", model=model.name)
    cues = cues_from_sentences(translated_sentences(sentences, translations["ja"]), "ja")

kind            how M2M100 checkpoints are downloaded, converted and tried out
model           the loaded model: tokenise, decode
batching        group inputs of similar length
translate       split texts into sentences, decode, check, retry, join
quality_checks  detect translations that went wrong
document        translation.<lang>.json
service, requests, server    `syncline translate-server`
"""

from syncline.translation.document import to_json, translate_sentences, translated_sentences
from syncline.translation.model import TranslationModel, open_model
from syncline.translation.translate import Segment, Translation, sentence_spans, translate_segments, translate_texts

__all__ = [
    "Segment",
    "Translation",
    "TranslationModel",
    "open_model",
    "sentence_spans",
    "to_json",
    "translate_segments",
    "translate_sentences",
    "translate_texts",
    "translated_sentences",
]
