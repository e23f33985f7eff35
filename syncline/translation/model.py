"""M2M100 in this process: one copy of the weights, whoever asks and from whichever thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncline.core.errors import EngineError, InvalidOptionsError
from syncline.core.languages import CODES
from syncline.models.catalogue import TOKENIZER, VOCABULARY
from syncline.models.installed import InstalledModel, locate
from syncline.processes.cores import usable_cores
from syncline.processes.cpu_time import SharedThreads
from syncline.translation.batching import plan

END = "</s>"  # models converted from Hugging Face need it from us

Tokens = Sequence[str]


@dataclass(frozen=True, slots=True)
class Strength:
    """How hard the decoder tries, and what it may not do."""

    beam_size: int = 4
    no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    min_decoding_length: int = 1


USUAL = Strength()
STRONGER = Strength(beam_size=5, no_repeat_ngram_size=3, repetition_penalty=1.2, min_decoding_length=2)


@dataclass(frozen=True, slots=True)
class Item:
    """One text to decode, as pieces, into one language."""

    tokens: tuple[str, ...]
    source: str
    target: str


def decoding_cap(tokens: int) -> int:
    """The longest translation worth waiting for, in tokens; whoever needs more is repeating himself."""
    return 2 * tokens + 20


class TranslationModel:
    """Use from any thread. Open through `open_model`, which keeps one per process."""

    def __init__(self, installed: InstalledModel, *, threads: int) -> None:
        import ctranslate2
        import sentencepiece

        self.name = installed.name
        self.toy = installed.toy
        self.revision = str(installed.manifest.get("revision", ""))
        self.threads = threads
        self._shared = SharedThreads()
        try:
            # Several decoders on one copy of the weights: batches run side by side, each on one core.
            self._translator = ctranslate2.Translator(
                str(installed.path), device="cpu", inter_threads=threads, intra_threads=1
            )
            self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(installed.path / TOKENIZER))
            self.languages = _languages(installed.path / VOCABULARY)
        except (RuntimeError, OSError, ValueError) as error:
            raise EngineError(
                f"The model in {installed.path} cannot be loaded: {error}.",
                code="model_unusable",
                hint=f"Run `syncline models verify {self.name}`, and fetch it again if that fails.",
            ) from error

    def tokenise(self, text: str) -> tuple[str, ...]:
        return tuple(self._pieces.encode(text, out_type=str))

    def text_of(self, tokens: Tokens) -> str:
        return str(self._pieces.decode(list(tokens)))

    def decode(
        self, items: Sequence[Item], strength: Strength = USUAL, done: Callable[[int], None] = lambda tokens: None
    ) -> list[tuple[str, ...]]:
        """The pieces of each item's translation, in order. `done` hears how many source tokens are through.

        The decoder's own queue is short, so that the batches of several jobs take turns.
        """
        with self._shared.serving():
            return self._decode(items, strength, done)

    def _decode(self, items: Sequence[Item], strength: Strength, done: Callable[[int], None]) -> list[tuple[str, ...]]:
        results: list[tuple[str, ...]] = [()] * len(items)
        batches = plan([len(item.tokens) for item in items])
        waiting: list[tuple[list[int], list[Any]]] = []
        for batch in batches:
            waiting.append((batch, self._submit([items[i] for i in batch], strength)))
            if len(waiting) > self.threads:
                done(self._collect(items, *waiting.pop(0), results))
        for batch, futures in waiting:
            done(self._collect(items, batch, futures, results))
        return results

    def _submit(self, batch: Sequence[Item], strength: Strength) -> list[Any]:
        longest = max(len(item.tokens) for item in batch)
        submitted: list[Any] = self._translator.translate_batch(
            [[f"__{item.source}__", *item.tokens, END] for item in batch],
            target_prefix=[[f"__{item.target}__"] for item in batch],
            asynchronous=True,
            beam_size=strength.beam_size,
            no_repeat_ngram_size=strength.no_repeat_ngram_size,
            repetition_penalty=strength.repetition_penalty,
            min_decoding_length=strength.min_decoding_length,
            max_decoding_length=decoding_cap(longest),
            max_input_length=0,  # the default cuts at 1,024 without a word; nothing that long comes here
            disable_unk=True,
        )
        return submitted

    def _collect(
        self, items: Sequence[Item], batch: list[int], futures: list[Any], results: list[tuple[str, ...]]
    ) -> int:
        for index, future in zip(batch, futures, strict=True):
            try:
                hypothesis = future.result().hypotheses[0]
            except RuntimeError as error:
                raise EngineError(f"The translation model {self.name} failed: {error}.") from error
            results[index] = tuple(hypothesis[1:])  # the first is the language token
        return sum(len(items[i].tokens) for i in batch)

    def check_language(self, code: str) -> None:
        """Smaller checkpoints know fewer languages than the hundred."""
        if code not in self.languages:
            raise InvalidOptionsError(
                f"The model {self.name} does not know the language “{code}”.",
                code="unknown_language",
                hint=f"It knows: {' '.join(sorted(self.languages))}.",
            )


def _languages(vocabulary: Path) -> frozenset[str]:
    tokens = json.loads(vocabulary.read_text(encoding="utf-8"))
    return CODES & {token.strip("_") for token in tokens if token.startswith("__")}


_models: dict[tuple[str, Path], TranslationModel] = {}
_opening = threading.Lock()


def open_model(name: str, folder: Path | None, *, threads: int | None = None) -> TranslationModel:
    """The process's one copy of this model; loads it on first use. Raises ModelMissingError."""
    installed = locate(name, folder)
    key = (installed.name, installed.path.resolve())
    with _opening:
        if key not in _models:
            _models[key] = TranslationModel(installed, threads=threads or usable_cores())
        return _models[key]
