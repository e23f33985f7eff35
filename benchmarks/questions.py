"""Measure the answers of an installed model on held-out questions about the samples, and fit its score to them.

    python -m benchmarks.questions --model answers-toy        # make bench-questions
    python -m benchmarks.questions --model answers-en --models /srv/models

Every question is asked of its own transcript. Half of the questions have no answer there, though some of their words
are in the text. An answer is right if it contains the expected words and at most four more. The fit is the logistic
regression of "the text answers it" on the margin, as scripts/make_toy_answers.py fits the toy: a scale near 1 and a
shift near 0 mean that the limit of 0.5 is right for the model.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import report
from syncline.aws import settings
from syncline.enrichment import AnswerModel, open_answer_model

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
MORE_WORDS = 4

# The transcript, a question that it answers, words of the answer; and a question that it does not answer.
QUESTIONS = (
    ("night-train", "Who offered half of an orange?", "old man", "Who offered half of an apple?"),
    ("night-train", "What comes up over the marshes?", "moon", "What comes up over the mountains?"),
    ("night-train", "How does the train leave the station?", "without a whistle", "When does the train arrive?"),
    ("lighthouse", "Since when has the lighthouse been empty?", "spring", "Who built the lighthouse?"),
    ("lighthouse", "Who says that the sea has learned to do it?", "grandmother", "What does the grandfather say?"),
    ("lighthouse", "How long has the sea watched?", "two hundred years", "How high is the lighthouse?"),
    ("recipe", "What is the onion cooked in?", "butter", "What are the carrots cooked in?"),
    ("recipe", "How long do you leave the pot alone?", "twenty minutes", "How much pepper do you add?"),
    ("recipe", "What do you put in the water before it boils?", "potatoes", "Who invented the soup?"),
    ("invoice", "What is the number of the invoice?", "4711", "What is the number of the house?"),
    ("invoice", "Who owes us money?", "Quillabree", "Who repaired the lamp?"),
    ("invoice", "When did the cheque arrive?", "3rd of May", "Which bank issued the cheque?"),
    ("voicemail", "Where is the caller?", "airport", "Which airline lost the suitcase?"),
    ("voicemail", "What have they lost?", "suitcase", "What did the caller eat for dinner?"),
    ("bird-walk", "Where does the low note come from?", "reeds", "What colour is the bird?"),
    ("bird-walk", "How large is the bird?", "football", "How much does the bird weigh?"),
    ("bird-walk", "For how long has the speaker not seen the bird?", "eleven years", "How old is the guide?"),
    ("museum-tour", "Who built most of the clocks?", "farmers", "Who stole the clocks?"),
    ("museum-tour", "How long does the tour last?", "two minutes", "How much does the tour cost?"),
    ("museum-tour", "What is in the second room?", "music boxes", "What is in the fifth room?"),
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    transcript: str
    question: str
    expected: str | None


def questions() -> list[Asked]:
    texts = {name: " ".join((SAMPLES / f"{name}.txt").read_text(encoding="utf-8").split()) for name, *_ in QUESTIONS}
    answered = [Asked(texts[name], question, expected) for name, question, expected, _ in QUESTIONS]
    return answered + [Asked(texts[name], question, None) for name, _, _, question in QUESTIONS]


def is_right(asked: Asked, given: str | None) -> bool:
    if given is None or asked.expected is None:
        return given is asked.expected
    return asked.expected in given and len(given.split()) <= len(asked.expected.split()) + MORE_WORDS


def fit(margins: np.ndarray, answerable: np.ndarray) -> tuple[float, float]:
    """The scale and the shift of a logistic regression, held near 1 and 0 by a weak prior: there are few questions."""
    scale, shift = 1.0, 0.0
    for _ in range(20_000):
        wrong = 1 / (1 + np.exp(-(scale * margins + shift))) - answerable
        scale -= 0.01 * float((wrong * margins).mean() + 0.02 * (scale - 1))
        shift -= 0.01 * float(wrong.mean() + 0.02 * shift)
    return scale, shift


def measure(model: AnswerModel, result: report.Result) -> None:
    right = {True: 0, False: 0}
    margins = []
    for asked in questions():
        [found] = model.answer(asked.transcript, [asked.question])
        given = None if found.start is None else asked.transcript[found.start : found.end]
        right[asked.expected is not None] += is_right(asked, given)
        margins.append(model.margin(asked.transcript, asked.question))
        mark = "right" if is_right(asked, given) else "WRONG"
        print(f"{mark}  {found.score:5.3f}  {asked.question}  {given or 'no answer'}  (expected {asked.expected})")
    answerable = np.array([asked.expected is not None for asked in questions()], float)
    scale, shift = fit(np.array(margins), answerable)
    result.add(
        "models", model=model.name, answered=right[True], without=right[False], each=len(QUESTIONS),
        scale=scale, shift=shift,
    )  # fmt: skip


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--model")
    parser.add_argument("--models", type=Path)
    chosen, plain = parser.parse_args(), settings.read(os.environ)
    with report.measuring("questions", chosen, packages=["ctranslate2"]) as result:
        measure(open_answer_model(chosen.model or plain.answer_model, chosen.models or plain.models), result)


if __name__ == "__main__":
    main()
