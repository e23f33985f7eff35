"""Answer questions with words of a text: a RoBERTa in CTranslate2, and the span head in NumPy.

The encoder reads question and text together. The span head gives every token a score as the first and as the last one
of the answer. The score of the first token of the input, <s>, stands for "there is no answer" (SQuAD 2.0). The answer
is always a part of the text: nothing is generated.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncline.core.errors import EngineError, InvalidInputError
from syncline.core.progress import Progress
from syncline.enrichment.requirements import check_tokenizers
from syncline.enrichment.windows import Window, choose, cut
from syncline.models.catalogue import ANSWERS, SPAN_HEAD, TOKENIZER
from syncline.models.installed import InstalledModel, locate
from syncline.processes.cores import usable_cores
from syncline.processes.cpu_time import shared_threads

BEGIN, END, UNKNOWN = "<s>", "</s>", "<unk>"
LONGEST_INPUT = 384  # tokens, as in the training of the published models
LONGEST_ANSWER = 30  # tokens
WINDOWS_PER_BATCH = 8
LEAST_SCORE = 0.5  # an answer with less is not given

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    question: str


@dataclass(frozen=True, slots=True)
class Found:
    """text[start:end] answers the question; both are None if nothing does. `score` is that of the best part, 0..1."""

    score: float
    start: int | None = None
    end: int | None = None


NOTHING = Found(0.0)


@dataclass(frozen=True, slots=True)
class _Input:
    """One window of one query in tokens. The text begins at `begin`."""

    query: int
    window: Window
    tokens: tuple[int, ...]
    begin: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """The best part of a window. `margin` is its score less that of no answer."""

    query: int
    margin: float
    first: int  # token of the text
    last: int


@dataclass(frozen=True, slots=True)
class _Text:
    tokens: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]


class AnswerModel:
    """Safe to use from any thread. Open it with `open_answer_model`, which keeps one copy per process."""

    def __init__(self, installed: InstalledModel, *, threads: int) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        self.name = installed.name
        self.toy = installed.toy
        self.revision = str(installed.manifest.get("revision", ""))
        self._threads = threads
        try:
            # Batches run in parallel, each on one core.
            self._encoder = ctranslate2.Encoder(
                str(installed.path), device="cpu", compute_type="int8", inter_threads=threads, intra_threads=1
            )
            self._tokenizer = Tokenizer.from_file(str(installed.path / TOKENIZER))
            with np.load(installed.path / SPAN_HEAD, allow_pickle=False) as head:
                self._weight, self._bias = head["weight"].T, head["bias"]
                self._longest = min(LONGEST_INPUT, int(head["positions"]))
                # Of the score: without a calibration, 0.5 is where the model itself prefers an answer to none.
                self._calibration: tuple[float, ...] = (
                    tuple(head["calibration"]) if "calibration" in head else (1.0, 0.0)
                )
        except Exception as error:  # the tokenizers package raises plain Exception
            raise EngineError(
                f"The model in {installed.path} cannot be loaded: {error}.",
                code="model_unusable",
                hint=f"Run `syncline models verify {self.name}`, and fetch it again if that fails.",
            ) from error
        vocabulary = self._tokenizer.get_vocab()
        self._begin, self._end = vocabulary[BEGIN], vocabulary[END]

    def answer(self, text: str, questions: Sequence[str], progress: Progress = lambda share: None) -> list[Found]:
        return self.find([Query(text, question) for question in questions], progress)

    def find(self, queries: Sequence[Query], progress: Progress = lambda share: None) -> list[Found]:
        """In the order of the queries. Windows of all of them share batches."""
        texts = {text: self._tokenise(text) for text in {query.text for query in queries}}
        inputs = [
            each for number, query in enumerate(queries) for each in self._inputs(number, query, texts[query.text])
        ]
        best: dict[int, _Candidate] = {}
        for candidate in self._candidates(inputs, progress):
            if candidate.query not in best or candidate.margin > best[candidate.query].margin:
                best[candidate.query] = candidate
        progress(1.0)
        return [self._found(query, texts[query.text], best.get(number)) for number, query in enumerate(queries)]

    def check(self, question: str) -> None:
        """Raise InvalidInputError if the question is empty or too long for the model."""
        tokens = len(self._tokenise(question.strip()).tokens)
        if not 1 <= tokens <= self._longest // 2:
            raise InvalidInputError(
                f"The question has {tokens} tokens. It may have 1 to {self._longest // 2}.",
                code="question_too_long" if tokens else "empty_question",
                hint="Ask a shorter question." if tokens else "Ask a question.",
            )

    def margin(self, text: str, question: str) -> float:
        """The uncalibrated score of the best answer less that of no answer, for calibration."""
        inputs = list(self._inputs(0, Query(text, question), self._tokenise(text)))
        return max(candidate.margin for candidate in self._candidates(inputs, lambda share: None))

    def _tokenise(self, text: str) -> _Text:
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return _Text(tuple(encoded.ids), tuple(encoded.offsets))

    def _inputs(self, number: int, query: Query, text: _Text) -> Iterator[_Input]:
        self.check(query.question)
        question = self._tokenise(query.question.strip()).tokens
        start = (self._begin, *question, self._end, self._end)
        windows = cut(text.offsets, tokens=self._longest - len(start) - 1)
        for window in choose(windows, query.text, query.question):
            yield _Input(
                number, window, (*start, *text.tokens[window.first : window.last], self._end), begin=len(start)
            )

    def _candidates(self, inputs: Sequence[_Input], progress: Progress) -> Iterator[_Candidate]:
        ordered = sorted(inputs, key=lambda each: len(each.tokens))  # little padding
        batches = [ordered[i : i + WINDOWS_PER_BATCH] for i in range(0, len(ordered), WINDOWS_PER_BATCH)]
        threads = ThreadPoolExecutor(self._threads, thread_name_prefix="answers")
        try:
            with shared_threads.serving():
                for number, candidates in enumerate(threads.map(self._read, batches), 1):
                    yield from candidates
                    progress(number / len(batches))
        finally:
            threads.shutdown(cancel_futures=True)

    def _read(self, batch: Sequence[_Input]) -> list[_Candidate]:
        try:
            output = self._encoder.forward_batch([list(each.tokens) for each in batch])
        except RuntimeError as error:
            raise EngineError(f"The model {self.name} failed: {error}.", code="answers_failed") from error
        scores = np.asarray(output.last_hidden_state, np.float32) @ self._weight + self._bias
        return [_best(each, row) for each, row in zip(batch, scores, strict=True)]

    def _found(self, query: Query, text: _Text, candidate: _Candidate | None) -> Found:
        if candidate is None:
            return NOTHING
        scale, shift = self._calibration
        score = float(1 / (1 + np.exp(-(scale * candidate.margin + shift))))
        start, end = whole_words(query.text, text.offsets[candidate.first][0], text.offsets[candidate.last][1])
        return Found(score, start, end) if score >= LEAST_SCORE and start < end else Found(score)


def _best(given: _Input, scores: Floats) -> _Candidate:
    end = given.begin + given.window.last - given.window.first
    starts, ends = scores[given.begin : end, 0], scores[given.begin : end, 1]
    margin, first, last = -np.inf, 0, 0
    for length in range(min(LONGEST_ANSWER, len(starts))):
        sums = starts[: len(starts) - length] + ends[length:]
        place = int(np.argmax(sums))
        if sums[place] > margin:
            margin, first, last = float(sums[place]), place, place + length
    none = float(scores[0, 0] + scores[0, 1])
    return _Candidate(given.query, margin - none, given.window.first + first, given.window.first + last)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Without blanks at its ends, and never a part of a word: tokens are parts of words."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while 0 < start < end and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while start < end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


_models: dict[tuple[str, Path], AnswerModel] = {}
_opening = threading.Lock()


def open_answer_model(name: str, folder: Path | None, *, threads: int | None = None) -> AnswerModel:
    """Return the process's copy of this model, loaded on first use. Raises ModelMissingError."""
    check_tokenizers()
    installed = locate(name, folder, kind=ANSWERS)
    key = (installed.name, installed.path.resolve())
    with _opening:
        if key not in _models:
            _models[key] = AnswerModel(installed, threads=threads or usable_cores())
        return _models[key]
