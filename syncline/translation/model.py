"""M2M100 in CTranslate2: one copy of the weights per process, shared by all jobs and threads."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncline.core.errors import EngineError, InvalidOptionsError
from syncline.core.languages import CODES
from syncline.core.progress import Progress
from syncline.models.catalogue import M2M100, TOKENISER, VOCABULARY
from syncline.models.installed import InstalledModel, locate
from syncline.processes.cores import usable_cores
from syncline.processes.cpu_time import shared_threads
from syncline.translation.batching import plan_batches

END = "</s>"  # Models converted from Hugging Face expect it at the end of the source.

Tokens = Sequence[str]


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """CTranslate2's search options."""

    beam_size: int = 4
    no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    min_decoding_length: int = 1


DEFAULT_DECODING = DecodingOptions()
RETRY_DECODING = DecodingOptions(
    beam_size=5, no_repeat_ngram_size=3, repetition_penalty=1.2, min_decoding_length=2
)  # for translations that look wrong


@dataclass(frozen=True, slots=True)
class DecoderInput:
    """One text in tokens, and its languages."""

    tokens: tuple[str, ...]
    source: str
    target: str


class TranslationModel:
    """Safe to use from any thread. Open it with `open_model`, which keeps one copy per process."""

    def __init__(self, installed: InstalledModel, *, threads: int) -> None:
        import ctranslate2
        import sentencepiece

        self.name = installed.name
        self.toy = installed.toy
        self.revision = str(installed.manifest.get("revision", ""))
        self.threads = threads
        try:
            # Several decoders share the weights. Batches run in parallel, each on one core.
            self._translator = ctranslate2.Translator(
                str(installed.path), device="cpu", inter_threads=threads, intra_threads=1
            )
            self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(installed.path / TOKENISER))
            self.languages = _languages(installed.path / VOCABULARY)
        except (RuntimeError, OSError, ValueError) as error:
            raise EngineError(
                f"The model in {installed.path} cannot be loaded: {error}.",
                code="model_unusable",
                hint=f"Run `syncline models verify {self.name}`, and fetch it again if that fails.",
            ) from error

    def tokenise(self, text: str) -> tuple[str, ...]:
        return tuple(self._pieces.encode(text, out_type=str))

    def detokenise(self, tokens: Tokens) -> str:
        return str(self._pieces.decode(list(tokens)))

    def decoding_cap(self, tokens: int) -> int:
        """The most tokens to decode for a source of so many. A longer translation repeats itself."""
        return 2 * tokens + 20

    def decode(
        self,
        inputs: Sequence[DecoderInput],
        options: DecodingOptions = DEFAULT_DECODING,
        progress: Progress = lambda share: None,
    ) -> list[tuple[str, ...]]:
        """Return the tokens of each translation, in order.

        Only a few batches are submitted ahead, so that the batches of several jobs take turns.
        """
        with shared_threads.serving():
            return self._decode(inputs, options, progress)

    def _decode(
        self, inputs: Sequence[DecoderInput], options: DecodingOptions, progress: Progress
    ) -> list[tuple[str, ...]]:
        lengths = [len(each.tokens) for each in inputs]
        results: list[tuple[str, ...]] = [()] * len(inputs)
        pending: list[tuple[list[int], list[Any]]] = []
        done = 0

        def collect_oldest() -> None:
            nonlocal done
            batch, futures = pending.pop(0)
            self._collect(batch, futures, results)
            done += sum(lengths[index] for index in batch)
            progress(done / max(1, sum(lengths)))

        for batch in plan_batches(lengths):
            pending.append((batch, self._submit([inputs[index] for index in batch], options)))
            if len(pending) > self.threads:
                collect_oldest()
        while pending:
            collect_oldest()
        return results

    def _submit(self, batch: Sequence[DecoderInput], options: DecodingOptions) -> list[Any]:
        longest = max(len(each.tokens) for each in batch)
        submitted: list[Any] = self._translator.translate_batch(
            [[f"__{each.source}__", *each.tokens, END] for each in batch],
            target_prefix=[[f"__{each.target}__"] for each in batch],
            asynchronous=True,
            beam_size=options.beam_size,
            no_repeat_ngram_size=options.no_repeat_ngram_size,
            repetition_penalty=options.repetition_penalty,
            min_decoding_length=options.min_decoding_length,
            max_decoding_length=self.decoding_cap(longest),
            max_input_length=0,  # The default silently cuts at 1,024 tokens. Parts are shorter than that.
            disable_unk=True,
        )
        return submitted

    def _collect(self, batch: list[int], futures: list[Any], results: list[tuple[str, ...]]) -> None:
        for index, future in zip(batch, futures, strict=True):
            try:
                hypothesis = future.result().hypotheses[0]
            except RuntimeError as error:
                raise EngineError(f"The translation model {self.name} failed: {error}.") from error
            results[index] = tuple(hypothesis[1:])  # The first token is the language.

    def check_language(self, code: str) -> None:
        """Raise InvalidOptionsError if the model lacks the language: smaller checkpoints know fewer than a hundred."""
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
    """Return the process's copy of this model, loaded on first use. Raises ModelMissingError."""
    installed = locate(name, folder, kind=M2M100)
    key = (installed.name, installed.path.resolve())
    with _opening:
        if key not in _models:
            _models[key] = TranslationModel(installed, threads=threads or usable_cores())
        return _models[key]
