"""The models that Syncline can fetch by name: their kind, their origin, and the sha256 of their files.

A model of the catalogue is downloaded at one commit and consists of exactly the files listed here. A file whose pin is
empty is accepted only if it matches the digest that the hub announces for that commit, as every file must.

Where the pins come from: each pin is one that independent public projects record for the same commit. For m2m100-418m
at least three agree on every file. For m2m100-1.2b five agree on the weights. Its tokeniser files are those of
m2m100-418m: one project records that the hub announces the same digests for both. No public record of its three other
JSON files was found, so they have no pin. They hold no code.

The Whisper models are conversions to CTranslate2. Several public projects agree on their weights. The other files of
whisper-tiny.en and whisper-base were compared with packages that contain them. Those of the other models have no pin.

The entity models are wheels of spaCy's releases on GitHub. Independent public projects record the same sha256 for each:
ten for English and Spanish, nine for German, seven for French, five for Italian.

Two independent public projects record the same sha256 for each file of the model that answers questions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syncline.core.errors import InvalidOptionsError

M2M100, WHISPER, SPACY, ANSWERS = "m2m100", "whisper", "spacy", "answers"
TOKENISER = "sentencepiece.bpe.model"
TOKENIZER, SPAN_HEAD = "tokenizer.json", "span.npz"  # of models that answer questions
VOCABULARY = "shared_vocabulary.json"
# The files of an installed model, by kind.
INSTALLED_FILES: Mapping[str, tuple[str, ...]] = {
    M2M100: ("model.bin", "config.json", VOCABULARY, TOKENISER),
    ANSWERS: ("model.bin", "config.json", "vocabulary.json", TOKENIZER, SPAN_HEAD),  # before Whisper's, which are fewer
    WHISPER: ("model.bin", "config.json", "vocabulary.json"),
    SPACY: (
        "config.cfg", "meta.json", "tokenizer", "ner/cfg", "ner/model", "ner/moves",
        "vocab/key2row", "vocab/lookups.bin", "vocab/strings.json", "vocab/vectors", "vocab/vectors.cfg",
    ),
}  # fmt: skip

UNKNOWN_KIND = ""

_HUB_NAME = re.compile(r"(?P<repository>\w[\w.-]*/\w[\w.-]*)@(?P<revision>[0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model before conversion: a repository of the Hugging Face hub at one commit, or a wheel of a GitHub release.

    A release has the repository's tag as its revision. `files` maps each file to its sha256. It is empty for a
    checkpoint outside the catalogue, where the kind chooses the files from the hub's list.
    """

    name: str
    kind: str
    repository: str
    revision: str
    files: Mapping[str, str] = field(default_factory=dict)


TOY = Checkpoint("m2m100-toy", M2M100, "", "")
TOY_ANSWERS = Checkpoint("answers-toy", ANSWERS, "", "")
_PACKAGE = Path(__file__).parents[1]
TOY_FOLDER = _PACKAGE / "translation" / "toy"
# The toys are part of the package.
TOYS: Mapping[str, Checkpoint] = {toy.name: toy for toy in (TOY, TOY_ANSWERS)}
TOY_FOLDERS: Mapping[str, Path] = {TOY.name: TOY_FOLDER, TOY_ANSWERS.name: _PACKAGE / "enrichment" / "toy"}

_M2M100_TOKENISER_FILES = {
    TOKENISER: "d8f7c76ed2a5e0822be39f0a4f95a55eb19c78f4593ce609e2edbc2aea4d380a",
    "special_tokens_map.json": "c1a4f86c3874d279ae1b2a05162858db5dd6c61665d84223ed886cbcff08fda6",
    "vocab.json": "b6e77e474aeea8f441363aca7614317c06381f3eacfe10fb9856d5081d1074cc",
}
_WHISPER = {
    "whisper-tiny.en": (
        "Systran/faster-whisper-tiny.en", "0d3d19a32d3338f10357c0889762bd8d64bbdeba",
        {
            "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
        },
    ),
    "whisper-base.en": (
        "Systran/faster-whisper-base.en", "3d3d5dee26484f91867d81cb899cfcf72b96be6c",
        {
            "model.bin": "2a166925539a16005f14ff328359f9b9adb9dc4fb631bb3b227526862e93e2ef",
            "config.json": "", "vocabulary.txt": "",
        },
    ),
    "whisper-base": (
        "Systran/faster-whisper-base", "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        {
            "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        },
    ),
    "whisper-small": (
        "Systran/faster-whisper-small", "536b0662742c02347bc0e980a01041f333bce120",
        {
            "model.bin": "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671",
            "config.json": "", "vocabulary.txt": "",
        },
    ),
    "whisper-large-v3-turbo": (
        "deepdml/faster-whisper-large-v3-turbo-ct2", "4df90f75321148c3a29a9e2351b7ddf8f5b115a8",
        {
            "model.bin": "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da",
            "config.json": "", "vocabulary.json": "",
        },
    ),
}  # fmt: skip
SPACY_MODELS = "explosion/spacy-models"
_ENTITIES = {
    "entities-en": ("en_core_web_sm-3.8.0", "1932429db727d4bff3deed6b34cfc05df17794f4a52eeb26cf8928f7c1a0fb85"),
    "entities-de": ("de_core_news_sm-3.8.0", "fec69fec52b1780f2d269d5af7582a5e28028738bd3190532459aeb473bfa3e7"),
    "entities-es": ("es_core_news_sm-3.8.0", "e451a83d6df79b87e9eed0cb553f03e99e36a3bab18a7b79f0dcfd1fdf875e12"),
    "entities-fr": ("fr_core_news_sm-3.8.0", "7d6ad14cd5078e53147bfbf70fb9d433c6a3865b695fda2657140bbc59a27e29"),
    "entities-it": ("it_core_news_sm-3.8.0", "3f617bf9a8ae0418953cf1fbf014e10272684c4229e882a7fd748b637d0100bf"),
}


def wheel_of(release: str) -> str:
    """The file of one of spaCy's releases."""
    return f"{release}-py3-none-any.whl"


CATALOGUE: Mapping[str, Checkpoint] = {
    checkpoint.name: checkpoint
    for checkpoint in (
        Checkpoint(
            "m2m100-418m",
            M2M100,
            "facebook/m2m100_418M",
            "55c2e61bbf05dfb8d7abccdc3fae6fc8512fd636",
            {
                **_M2M100_TOKENISER_FILES,
                "config.json": "df0ae43e4e4b0d7e3c97b7f447857a70ef6b6a2aa1f145cedbcc730d95f67134",
                "generation_config.json": "aed76366507333ddbb8bd49960f23c82fe6446b3319a46a54befdb45324ccf61",
                "tokenizer_config.json": "a53e6aa83da0b82565ed90c3849056307a9453843322ac5b8439ec4b9497fe48",
                "pytorch_model.bin": "d907ea45e4e4b9db163382a6674f6218b3c59566fe06d77f4055c208b4e87ed1",
            },
        ),
        Checkpoint(
            "m2m100-1.2b",
            M2M100,
            "facebook/m2m100_1.2B",
            "7b36184180524c1a1bbfa37f120a608046250b98",
            {
                **_M2M100_TOKENISER_FILES,
                "config.json": "",
                "generation_config.json": "",
                "tokenizer_config.json": "",
                "pytorch_model.bin": "a58ef8f42362ef12adeddc600b3425f1e2bbd019cfa6aae6b0051e2e3e055cd4",
            },
        ),
        *(
            Checkpoint(name, WHISPER, repository, revision, files)
            for name, (repository, revision, files) in _WHISPER.items()
        ),
        Checkpoint(
            "answers-en",
            ANSWERS,
            "deepset/roberta-base-squad2",
            "adc3b06f79f797d1c575d5479d6f5efe54a9e3b4",
            {
                "config.json": "64fa58495a722d57609c22f199824bfe98c19be068136a70c268214a08cb8060",
                "merges.txt": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
                "model.safetensors": "ac5db66fdcfecb400345d09787b71009d60805ef9883451071669cf951b5e2c7",
                "vocab.json": "06b4d46c8e752d410213d9548eb27a54db70fda0319b6271fb8d59dead5e1cab",
            },
        ),
        *(
            Checkpoint(name, SPACY, SPACY_MODELS, release, {wheel_of(release): sha256})
            for name, (release, sha256) in _ENTITIES.items()
        ),
    )
}


def checkpoint_named(name: str, catalogue: Mapping[str, Checkpoint] = CATALOGUE) -> Checkpoint:
    """A model of the catalogue, or any other as `owner/repository@<40 hex digits>`, whose kind its files show."""
    if name in catalogue:
        return catalogue[name]
    hub_name = _HUB_NAME.fullmatch(name)
    if hub_name:
        repository = hub_name["repository"]
        return Checkpoint(folder_name(repository), UNKNOWN_KIND, repository, hub_name["revision"])
    raise InvalidOptionsError(
        f"“{name}” is not a model that can be fetched.",
        code="unknown_model",
        hint=f"Choose {', '.join(catalogue)}, or name an M2M100, Whisper or RoBERTa (SQuAD 2.0) model of the Hugging "
        "Face hub with the commit to trust: owner/repository@<40 hex digits>.",
    )


def folder_name(name: str) -> str:
    """The folder of an installed model: `owner/repository` and `owner/repository@commit` become `owner--repository`."""
    return name.split("@")[0].replace("/", "--")
