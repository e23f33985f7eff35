"""Make answers-toy: a RoBERTa of a hundredth of the size that answers questions about who did what, where and when.

Tests, `syncline local` and the documentation ask it. They run the real tokeniser, converter, encoder and span head
without a download. It is a toy: it knows a few hundred words, and only sentences of the form that it was trained on.

    pip install torch==2.13.0 && python -m scripts.make_toy_answers

writes syncline/enrichment/toy/. `--output DIR` writes elsewhere, and `--checkpoint DIR` keeps the files that
`syncline models fetch` would download. The questions of the calibration are not those of the training.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import ByteLevelBPETokenizer
from torch import Tensor, nn

from syncline.enrichment import safetensors
from syncline.enrichment.answer_kind import AnswersKind
from syncline.enrichment.answer_model import AnswerModel
from syncline.models.catalogue import ANSWERS, SPAN_HEAD, TOY_ANSWERS
from syncline.models.installed import InstalledModel, write_manifest

SEED = 11
LAYERS, WIDTH, HEADS, POSITIONS = 3, 64, 4, 100
STEPS, BATCH, RATE = 2_500, 48, 1.5e-3
OUTPUT = Path(__file__).resolve().parents[1] / "syncline" / "enrichment" / "toy"


def words(text: str) -> list[str]:
    return text.split()


PEOPLE = words(
    "Ada Anna Ben Carla Charles Clara Daniel David Dora Ella Emma Erik Frank Grace Greta Hanna Henry Ida Jack Jane "
    "Jonas Julia Karl Laura Leo Lisa Lucy Marco Maria Mark Mary Max Nina Nora Olga Oscar Otto Paul Peter Rosa Ruth Sam "
    "Sara Simon Sofia Tom Vera Victor Walter Zoe"
)
THINGS = words(
    "bridge school garden museum library market station theatre harbour tower road hospital church park canal clock "
    "statue lighthouse mill factory castle tunnel stadium fountain chapel"
)
PLACES = words(
    "London Paris Rome Berlin Madrid Vienna Oslo Lisbon Dublin Prague Athens Geneva Milan Naples Turin Lyon Hamburg "
    "Munich Oxford Cambridge Bristol Boston Chicago Denver Toronto"
)
DAYS = words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August"
)
VERBS = {  # past tense -> base form
    "proposed": "propose", "built": "build", "opened": "open", "closed": "close", "painted": "paint",
    "repaired": "repair", "visited": "visit", "designed": "design", "bought": "buy", "sold": "sell",
}  # fmt: skip
FILLERS = (
    "It rained all day.", "Nobody knew why.", "The people were happy.", "That was a long time ago.",
    "Thank you for coming.", "We will hear more about that later.", "Let us go on.", "It was very cold.",
    "Many people came.", "The music was loud.",
)  # fmt: skip


@dataclass(frozen=True)
class Fact:
    person: str
    verb: str
    thing: str
    place: str
    day: str

    def sentence(self, chance: random.Random) -> str:
        when = f"on {self.day}" if self.day.endswith("day") else f"in {self.day}"
        return chance.choice(
            (
                f"{self.person} {self.verb} the {self.thing} in {self.place} {when}.",
                f"The {self.thing} in {self.place} was {self.verb} by {self.person} {when}.",
                f"{when[0].upper()}{when[1:]} {self.person} {self.verb} the {self.thing} in {self.place}.",
            )
        )


@dataclass(frozen=True)
class Example:
    """`sentence` is where the text answers the question."""

    text: str
    question: str
    answer: str | None = None
    sentence: str | None = None


def example(chance: random.Random, most_facts: int = 3) -> Example:
    """Some facts and some filler. Two in five questions ask for something that the text does not say."""
    people, things, places, days = (chance.sample(names, 4) for names in (PEOPLE, THINGS, PLACES, DAYS))
    verbs = chance.sample(list(VERBS), 4)
    facts = [Fact(*row) for row in zip(people, verbs, things, places, days, strict=True)]
    told, other = facts[: chance.randint(1, most_facts)], facts[3]
    sentences = {each: each.sentence(chance) for each in told}
    shuffled = [*sentences.values(), *chance.sample(FILLERS, chance.randint(0, 2 * most_facts))]
    chance.shuffle(shuffled)
    if chance.random() < 0.3:  # as a window of a long text begins
        shuffled.insert(0, chance.choice(FILLERS)[chance.randint(1, 8) :])
    text, asked = " ".join(shuffled), chance.choice(told)
    if chance.random() > 0.4:
        return Example(text, *ask(asked, chance), sentences[asked])
    changed = chance.choice((replace(asked, thing=other.thing), replace(asked, verb=other.verb), other))
    question, _ = ask(changed, chance, about_thing=changed.verb != asked.verb)
    return Example(text, question)


def ask(asked: Fact, chance: random.Random, *, about_thing: bool = True) -> tuple[str, str]:
    base = VERBS[asked.verb]
    questions = [
        (f"Who {asked.verb} the {asked.thing}?", asked.person),
        (f"Who {asked.verb} the {asked.thing}?", asked.person),
        (f"Where did {asked.person} {base} the {asked.thing}?", asked.place),
        (f"When did {asked.person} {base} the {asked.thing}?", asked.day),
    ]
    if about_thing:
        questions.append((f"What did {asked.person} {base}?", asked.thing))
    return chance.choice(questions)


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        # Equal tokens attend to each other from the start, which the question needs to find its words in the text.
        self.key.weight.data.copy_(self.query.weight.data)
        self.up, self.down = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)
        self.norm_attention, self.norm_output = nn.LayerNorm(WIDTH, 1e-5), nn.LayerNorm(WIDTH, 1e-5)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        batch, length, _ = states.shape
        query, key, value = (
            linear(states).view(batch, length, HEADS, -1).transpose(1, 2)
            for linear in (self.query, self.key, self.value)
        )
        mixed = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
        states = self.norm_attention(states + self.out(mixed.transpose(1, 2).reshape(batch, length, WIDTH)))
        return self.norm_output(states + self.down(nn.functional.gelu(self.up(states))))


class Model(nn.Module):
    def __init__(self, words: int, pad: int) -> None:
        super().__init__()
        self.pad = pad
        self.words, self.positions, self.kinds = (
            nn.Embedding(words, WIDTH),
            nn.Embedding(POSITIONS, WIDTH),
            nn.Embedding(1, WIDTH),
        )
        self.positions.weight.data.copy_(waves())
        self.norm = nn.LayerNorm(WIDTH, 1e-5)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.span = nn.Linear(WIDTH, 2)

    def forward(self, tokens: Tensor) -> list[Tensor]:
        """The states after each layer."""
        places = torch.arange(tokens.shape[1]) + self.pad + 1
        states = self.norm(self.words(tokens) + self.positions(places) + self.kinds.weight[0])
        found = []
        for layer in self.layers:
            states = layer(states, tokens != self.pad)
            found.append(states)
        return found

    def tensors(self) -> dict[str, np.ndarray]:
        """With the names of transformers' RobertaForQuestionAnswering."""
        start = "roberta.embeddings"
        found = {
            f"{start}.word_embeddings.weight": self.words.weight,
            f"{start}.position_embeddings.weight": self.positions.weight,
            f"{start}.token_type_embeddings.weight": self.kinds.weight,
            **named(f"{start}.LayerNorm", self.norm),
            **named("qa_outputs", self.span),
        }
        for number, layer in enumerate(self.layers):
            name = f"roberta.encoder.layer.{number}"
            for part in ("query", "key", "value"):
                found |= named(f"{name}.attention.self.{part}", getattr(layer, part))
            found |= named(f"{name}.attention.output.dense", layer.out)
            found |= named(f"{name}.attention.output.LayerNorm", layer.norm_attention)
            found |= named(f"{name}.intermediate.dense", layer.up) | named(f"{name}.output.dense", layer.down)
            found |= named(f"{name}.output.LayerNorm", layer.norm_output)
        return {name: tensor.detach().numpy() for name, tensor in found.items()}


def waves() -> Tensor:
    """Sines and cosines: neighbouring positions are similar from the start."""
    rates = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10_000.0) / WIDTH))
    angles = torch.arange(POSITIONS)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=2).reshape(POSITIONS, WIDTH)


def named(name: str, module: nn.Module) -> dict[str, Tensor]:
    return {f"{name}.weight": module.weight, f"{name}.bias": module.bias}


def train_tokeniser(folder: Path) -> ByteLevelBPETokenizer:
    chance = random.Random(SEED)
    examples = [example(chance) for _ in range(2_000)]
    tokeniser = ByteLevelBPETokenizer()
    tokeniser.train_from_iterator(
        [text for each in examples for text in (each.text, each.question)],
        vocab_size=900,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        show_progress=False,
    )
    tokeniser.save_model(str(folder))
    return tokeniser


@dataclass(frozen=True)
class Encoded:
    """`first` and `last` are the tokens of the answer, both 0 if there is none. `asked` and `telling` say of each token
    whether the question has it, and whether it is in the sentence that answers."""

    tokens: list[int]
    first: int
    last: int
    asked: list[float]
    telling: list[float]


def encoded(given: Example, tokeniser: ByteLevelBPETokenizer) -> Encoded:
    begin, end = tokeniser.token_to_id("<s>"), tokeniser.token_to_id("</s>")
    question, text = tokeniser.encode(given.question), tokeniser.encode(given.text)
    head = [begin, *question.ids, end, end]
    tokens = [*head, *text.ids, end]
    blank = [0.0] * len(head)
    asked = [*blank, *(float(token in question.ids) for token in text.ids), 0.0]
    if given.answer is None or given.sentence is None:
        return Encoded(tokens, 0, 0, asked, [0.0] * len(tokens))
    start = given.text.index(given.sentence)
    answer = re.search(rf"\b{given.answer}\b", given.sentence)
    inside = covered(text.offsets, start + answer.start(), start + answer.end())
    told = covered(text.offsets, start, start + len(given.sentence))
    telling = [*blank, *(float(number in told) for number in range(len(text.ids))), 0.0]
    return Encoded(tokens, len(head) + inside[0], len(head) + inside[-1], asked, telling)


def covered(offsets: list[tuple[int, int]], start: int, end: int) -> list[int]:
    return [number for number, (first, last) in enumerate(offsets) if first < end and last > start]


def train(tokeniser: ByteLevelBPETokenizer) -> Model:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    chance = random.Random(SEED + 1)
    pad = tokeniser.token_to_id("<pad>")
    model, hints = Model(tokeniser.get_vocab_size(), pad), Hints()
    parameters = [*model.parameters(), *hints.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS, pct_start=0.1)
    for step in range(STEPS):
        most_facts = 2 if step < STEPS // 2 else 3  # short texts first
        batch = [encoded(example(chance, most_facts), tokeniser) for _ in range(BATCH)]
        tokens = padded([each.tokens for each in batch], pad)
        states = model(tokens)
        answer_loss = span_loss(model.span(states[-1]), tokens == pad, batch)
        loss = answer_loss + hints.loss(states, tokens != pad, batch)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        if step % 250 == 0 or step == STEPS - 1:
            print(
                f"step {step:>5}  answer {answer_loss.item():.3f}  with hints {loss.item():.3f}  "
                f"{time.process_time():.0f} CPU seconds",
                flush=True,
            )
    return model


class Hints(nn.Module):
    """Two more tasks that only the training knows: which words the question has, and which sentence answers it. The
    first layers learn them at once, and the last one builds on them. Without them, a model so small takes far longer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(WIDTH, 1) for _ in range(2))

    def loss(self, states: list[Tensor], is_token: Tensor, batch: list[Encoded]) -> Tensor:
        targets = ([each.asked for each in batch], [each.telling for each in batch])
        losses = [
            nn.functional.binary_cross_entropy_with_logits(head(layer)[:, :, 0][is_token], padded(rows, 0.0)[is_token])
            for head, layer, rows in zip(self.heads, states, targets, strict=False)
        ]
        return sum(losses)


def span_loss(scores: Tensor, is_pad: Tensor, batch: list[Encoded]) -> Tensor:
    scores = scores.masked_fill(is_pad[:, :, None], -1e4)
    targets = torch.tensor([[each.first, each.last] for each in batch])
    return sum(nn.functional.cross_entropy(scores[:, :, i], targets[:, i]) for i in (0, 1)) / 2


def padded(rows: list[list[Any]], value: float) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def write_checkpoint(model: Model, folder: Path) -> None:
    safetensors.write(folder / "model.safetensors", model.tensors())
    config = {
        "model_type": "roberta", "hidden_act": "gelu", "hidden_size": WIDTH, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "max_position_embeddings": POSITIONS, "pad_token_id": model.pad,
        "layer_norm_eps": 1e-5,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def calibrate(output: Path) -> None:
    """Fit the score to held-out questions: the logistic regression of "the text answers it" on the margin."""
    chance = random.Random(SEED + 2)
    model = AnswerModel(InstalledModel("toy", ANSWERS, output, 0, {}), threads=1)
    held_out = [example(chance) for _ in range(600)]
    margins = np.array([model.margin(each.text, each.question) for each in held_out])
    answerable = np.array([each.answer is not None for each in held_out], float)
    scale, shift = fit(margins, answerable)
    with np.load(output / SPAN_HEAD) as head:
        np.savez(output / SPAN_HEAD, **head, calibration=np.array([scale, shift], np.float32))
    print(f"calibration on {len(held_out)} held-out questions: scale {scale:.3f}, shift {shift:.3f}")


def fit(margins: np.ndarray, answerable: np.ndarray) -> tuple[float, float]:
    scale, shift = 1.0, 0.0
    for _ in range(5_000):
        wrong = 1 / (1 + np.exp(-(scale * margins + shift))) - answerable
        scale -= 0.01 * float((wrong * margins).mean() + 1e-3 * scale)
        shift -= 0.05 * float(wrong.mean())
    return scale, shift


def report(output: Path) -> None:
    chance = random.Random(SEED + 3)
    model = AnswerModel(InstalledModel("toy", ANSWERS, output, 0, {}), threads=1)
    right = none = wrong = 0
    tests = [example(chance) for _ in range(600)]
    for each in tests:
        [found] = model.answer(each.text, [each.question])
        given = None if found.start is None else each.text[found.start : found.end]
        right += given == each.answer
        none += given is None and each.answer is not None
        wrong += given is not None and given != each.answer
    print(f"of {len(tests)} other questions: {right} right, {none} missed, {wrong} answered wrongly")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--checkpoint", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        checkpoint = chosen.checkpoint or Path(temporary)
        checkpoint.mkdir(parents=True, exist_ok=True)
        chosen.output.mkdir(parents=True, exist_ok=True)
        model = train(train_tokeniser(checkpoint))
        write_checkpoint(model, checkpoint)
        quantization = AnswersKind().convert(checkpoint, chosen.output)
    calibrate(chosen.output)
    report(chosen.output)
    write_manifest(chosen.output, TOY_ANSWERS, quantization=quantization)
    print(f"{sum(path.stat().st_size for path in chosen.output.iterdir()) / 1e6:.1f} MB in {chosen.output}")


if __name__ == "__main__":
    main()
