"""The models that Syncline can fetch by name: their kind, their origin, and the sha256 of their files.

A model of the catalogue is downloaded at one commit and consists of exactly the files listed here. A file whose pin is
empty is accepted only if it matches the digest that the hub announces for that commit, as every file must.

Where the pins come from: the hub cannot be reached from the machine that wrote this file, so each pin is one that
independent public projects record for the same commit. For m2m100-418m at least three agree on every file. For
m2m100-1.2b five agree on the weights. Its tokeniser files are those of m2m100-418m: one project records that the hub
announces the same digests for both. No public record of its three other JSON files was found, so they have no pin.
They hold no code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syncline.core.errors import InvalidOptionsError

M2M100 = "m2m100"
TOKENISER = "sentencepiece.bpe.model"
VOCABULARY = "shared_vocabulary.json"
# The files of an installed model, by kind.
INSTALLED_FILES: Mapping[str, tuple[str, ...]] = {M2M100: ("model.bin", "config.json", VOCABULARY, TOKENISER)}

_HUB_NAME = re.compile(r"(?P<repository>\w[\w.-]*/\w[\w.-]*)@(?P<revision>[0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model before conversion: a repository of the Hugging Face hub at one commit.

    `files` maps each file to its sha256. It is empty for a checkpoint outside the catalogue, where the kind chooses the
    files from the hub's list.
    """

    name: str
    kind: str
    repository: str
    revision: str
    files: Mapping[str, str] = field(default_factory=dict)


TOY = Checkpoint("m2m100-toy", M2M100, "", "")
TOY_FOLDER = Path(__file__).parents[1] / "translation" / "toy"  # The toy is part of the package.

_M2M100_TOKENISER_FILES = {
    TOKENISER: "d8f7c76ed2a5e0822be39f0a4f95a55eb19c78f4593ce609e2edbc2aea4d380a",
    "special_tokens_map.json": "c1a4f86c3874d279ae1b2a05162858db5dd6c61665d84223ed886cbcff08fda6",
    "vocab.json": "b6e77e474aeea8f441363aca7614317c06381f3eacfe10fb9856d5081d1074cc",
}
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
    )
}


def checkpoint_named(name: str, catalogue: Mapping[str, Checkpoint] = CATALOGUE) -> Checkpoint:
    """A model of the catalogue, or any M2M100 checkpoint as `owner/repository@<40 hex digits>`."""
    if name in catalogue:
        return catalogue[name]
    hub_name = _HUB_NAME.fullmatch(name)
    if hub_name:
        repository = hub_name["repository"]
        return Checkpoint(folder_name(repository), M2M100, repository, hub_name["revision"])
    raise InvalidOptionsError(
        f"“{name}” is not a model that can be fetched.",
        code="unknown_model",
        hint=f"Choose {' or '.join(catalogue)}, or name an M2M100 checkpoint of the Hugging Face hub with the commit "
        "to trust: owner/repository@<40 hex digits>.",
    )


def folder_name(name: str) -> str:
    """The folder of an installed model: `owner/repository` and `owner/repository@commit` become `owner--repository`."""
    return name.split("@")[0].replace("/", "--")
