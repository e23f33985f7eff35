"""The real tokeniser, decoder and quality checks with the toy model, on sentences that it knows and does not know."""

import json
import threading

import pytest

from syncline.core.alignment import SUCCESS, Word
from syncline.core.errors import EngineError, InvalidOptionsError, ModelMissingError
from syncline.models.catalogue import M2M100
from syncline.models.installed import InstalledModel
from syncline.text import split_sentences as split
from syncline.translation import Segment, open_model, to_json, translate_segments, translate_sentences, translate_texts
from syncline.translation.model import TranslationModel
from syncline.translation.translate import LONGEST_PART

HELLO = (
    "Hello, world! Life is like a box of chocolates. You never know what you are going to get. "
    "The meeting starts at nine."
)
KNOWN = {
    "ja": [
        "こんにちは、世界。",
        "人生はチョコレートの箱のようなものだ。",
        "何が出てくるか決して分からない。",
        "会議は九時に始まります。",
    ],
    "fr": [
        "Bonjour le monde !",
        "La vie est comme une boîte de chocolats.",
        "On ne sait jamais sur quoi on va tomber.",
        "La réunion commence à neuf heures.",
    ],
    "de": [
        "Hallo, Welt!",
        "Das Leben ist wie eine Schachtel Pralinen.",
        "Man weiß nie, was man bekommt.",
        "Die Besprechung beginnt um neun Uhr.",
    ],
    "es": [
        "¡Hola, mundo!",
        "La vida es como una caja de bombones.",
        "Nunca sabes lo que te va a tocar.",
        "La reunión empieza a las nueve.",
    ],
}


@pytest.fixture(scope="module")
def toy():
    return open_model("m2m100-toy", None)


def test_every_sentence_is_translated_into_every_language(toy):
    sentences = split(HELLO, [], "en")
    found = translate_sentences(toy, sentences, source="en", targets=list(KNOWN))
    assert {code: [t.text for t in translations] for code, translations in found.items()} == KNOWN
    assert not any(t.uncertain for translations in found.values() for t in translations)


def test_the_source_language_reaches_the_model(toy):
    segments = [
        Segment("Gift", "en", "ja"),
        Segment("Gift", "de", "ja"),
        Segment("Gift", "en", "de"),
        Segment("Gift", "de", "en"),
    ]
    assert [translate_segments(toy, segments)[segment].text for segment in segments] == [
        "贈り物",
        "毒",
        "Geschenk",
        "Poison",
    ]


def test_blanks_and_symbols_are_unchanged(toy):
    texts = ["", " \n", "42", "♪ ♫"]
    assert [t.text for t in translate_texts(toy, texts, source="en", targets=["ja"])["ja"]] == texts


def test_a_text_of_several_sentences_loses_none(toy):
    paragraphs = "Hello, world! The meeting starts at nine.\n\n42.\nHello, world! ♪"
    found = translate_texts(toy, [HELLO, paragraphs], source="en", targets=list(KNOWN))
    for code, sentences in KNOWN.items():
        glue = "" if code == "ja" else " "
        together, apart = found[code]
        assert together.text == glue.join(sentences)
        assert apart.text == f"{sentences[0]}{glue}{sentences[3]}\n\n42.\n{sentences[0]}{glue}♪"
        assert not together.uncertain
        assert not apart.uncertain


def test_a_text_that_the_model_cannot_translate_is_uncertain(toy):
    [translated] = translate_texts(
        toy, ["The lighthouse keeper was never seen again there."], source="en", targets=["ko"]
    )["ko"]
    assert translated.uncertain
    assert translated.text


def test_very_long_text_is_translated_in_parts_and_joined(toy):
    text = KNOWN["fr"][1] + " "
    [translated] = translate_texts(toy, [(text * 60).strip()], source="fr", targets=["en"])["en"]
    assert len(toy.tokenise(text * 60)) > 2 * LONGEST_PART
    assert translated.text.count("Life is like a box of chocolates.") > 2


def test_one_endless_character_does_not_hang(toy):
    assert translate_texts(toy, ["a" + "\u0301" * 5000], source="en", targets=["fr"])["fr"]


def test_progress_only_rises_and_ends_at_one(toy):
    reported = []
    translate_texts(toy, HELLO.split(". "), source="en", targets=["ja", "fr"], progress=reported.append)
    assert reported == sorted(reported)
    assert reported[-1] == 1.0


def test_an_exception_from_progress_stops_the_work(toy):
    def lost_the_job(fraction):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        translate_texts(toy, [HELLO], source="en", targets=["ja"], progress=lost_the_job)


def test_many_threads_share_one_model(toy):
    assert open_model("m2m100-toy", None) is toy
    found = {}

    def translate(number):
        found[number] = translate_texts(toy, HELLO.split(". ") * 5, source="en", targets=["ja", "fr"])

    threads = [threading.Thread(target=translate, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(each == found[0] for each in found.values())


def test_a_language_that_the_model_lacks_is_refused(toy):
    with pytest.raises(InvalidOptionsError, match="does not know the language “tlh”"):
        translate_texts(toy, ["Hello"], source="en", targets=["tlh"])


def test_a_missing_model_names_the_command(tmp_path):
    with pytest.raises(ModelMissingError) as missing:
        open_model("m2m100-418m", tmp_path)
    assert missing.value.hint == f"Run: SYNCLINE_MODELS={tmp_path} syncline models fetch m2m100-418m"


def test_files_that_are_not_a_model_are_an_error_with_a_hint(tmp_path):
    for name in ("model.bin", "config.json", "shared_vocabulary.json", "sentencepiece.bpe.model"):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(EngineError, match="cannot be loaded") as failure:
        TranslationModel(InstalledModel("broken", M2M100, tmp_path, 0, {}), threads=1)
    assert "syncline models verify broken" in failure.value.hint


def test_the_document_has_the_documented_form(toy):
    words = [Word(SUCCESS, "Hello", 0.5, 0.9004, 0, 5)]
    sentences = split("Hello, world! 42", words, "en")
    found = translate_sentences(toy, sentences, source="en", targets=["ja"])
    text = to_json(sentences, found["ja"], source="en", target="ja", model=toy.name)
    assert json.loads(text) == {
        "from": "en",
        "to": "ja",
        "model": "m2m100-toy",
        "sentences": [
            {
                "id": 0,
                "start": 0.5,
                "end": 0.9,
                "startOffset": 0,
                "endOffset": 13,
                "text": "Hello, world!",
                "translation": "こんにちは、世界。",
            },
            {
                "id": 1,
                "start": None,
                "end": None,
                "startOffset": 14,
                "endOffset": 16,
                "text": "42",
                "translation": "42",
            },
        ],
    }


def test_the_document_marks_an_uncertain_sentence(toy):
    sentences = split("The lighthouse keeper was never seen again there.", [], "en")
    found = translate_sentences(toy, sentences, source="en", targets=["ko"])
    document = json.loads(to_json(sentences, found["ko"], source="en", target="ko", model=toy.name))
    assert document["sentences"][0]["uncertain"] is True
