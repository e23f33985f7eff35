"""Find the time of every word of a transcript in its recording; make captions and translations from it.

    import syncline

    alignment = syncline.align("talk.mp3", "talk.txt")
    alignment.write("talk.srt")

Each name is imported when it is first used: the Lambda functions and all commands import this package, too.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncline.core.alignment import Phone, Word
    from syncline.core.errors import (
        EngineError,
        InvalidInputError,
        InvalidOptionsError,
        LimitExceededError,
        MediaError,
        ModelMissingError,
        SettingsError,
        SynclineError,
        TranscriptError,
    )
    from syncline.core.sentences import Sentence
    from syncline.library.aligner import Aligner, align, transcribe
    from syncline.library.alignment import Alignment
    from syncline.library.enrichment import Answer, Entities, Entity, ask, entities
    from syncline.library.translation import Translation, translate

__version__ = "1.0.0"

__all__ = [
    "Aligner",
    "Alignment",
    "Answer",
    "EngineError",
    "Entities",
    "Entity",
    "InvalidInputError",
    "InvalidOptionsError",
    "LimitExceededError",
    "MediaError",
    "ModelMissingError",
    "Phone",
    "Sentence",
    "SettingsError",
    "SynclineError",
    "TranscriptError",
    "Translation",
    "Word",
    "__version__",
    "align",
    "ask",
    "entities",
    "transcribe",
    "translate",
]

_MODULES = {
    "syncline.core.alignment": ("Phone", "Word"),
    "syncline.core.errors": tuple(name for name in __all__ if name.endswith("Error")),
    "syncline.core.sentences": ("Sentence",),
    "syncline.library.aligner": ("Aligner", "align", "transcribe"),
    "syncline.library.alignment": ("Alignment",),
    "syncline.library.enrichment": ("Answer", "Entities", "Entity", "ask", "entities"),
    "syncline.library.translation": ("Translation", "translate"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            globals()[name] = value = getattr(import_module(module), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
