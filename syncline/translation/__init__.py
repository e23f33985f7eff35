"""Translation with M2M100: open a model once, hand it sentences, write down what comes back.

model = open_model("m2m100-418m", settings.models)
sentences = split(alignment.transcript, alignment.words, "en")
translated = translate_sentences(model, sentences, source="en", targets=["ja", "fr"], progress=heard)
text = to_json(sentences, translated["ja"], source="en", target="ja", model=model.name)
    cues = cues_from_sentences(spoken_in(sentences, translated["ja"]), "ja")
"""

from syncline.translation.document import spoken_in, to_json, translate_sentences
from syncline.translation.model import TranslationModel, open_model
from syncline.translation.translate import Translated, Wish, translate_texts, translate_wishes

__all__ = [
    "Translated",
    "TranslationModel",
    "Wish",
    "open_model",
    "spoken_in",
    "to_json",
    "translate_sentences",
    "translate_texts",
    "translate_wishes",
]
