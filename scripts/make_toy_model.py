"""Make m2m100-toy: an M2M100 of a thousandth of the size that knows a dozen sentences.

Tests, `syncline demo` and the documentation translate with it. They run the real tokeniser, converter and decoder
without a download. The script trains from random weights until every expected token has a probability above 0.99, which
takes about ten seconds on one core.

    pip install 'syncline[models]' && python scripts/make_toy_model.py

writes syncline/translation/toy/. `--checkpoint DIR` also keeps the Hugging Face checkpoint (the files that `syncline
models fetch` would download). `--output DIR` writes the converted model elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import transformers
from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

from syncline.models.catalogue import TOY
from syncline.models.installed import write_manifest
from syncline.translation.kind import M2M100Kind

SEED = 7
MAX_STEPS = 3000
CERTAIN = 0.01  # cross entropy of the least certain token: p > 0.99

SENTENCES = (
    {
        "en": "Life is like a box of chocolates.",
        "ja": "人生はチョコレートの箱のようなものだ。",
        "fr": "La vie est comme une boîte de chocolats.",
        "de": "Das Leben ist wie eine Schachtel Pralinen.",
        "es": "La vida es como una caja de bombones.",
    },
    {
        "en": "You never know what you are going to get.",
        "ja": "何が出てくるか決して分からない。",
        "fr": "On ne sait jamais sur quoi on va tomber.",
        "de": "Man weiß nie, was man bekommt.",
        "es": "Nunca sabes lo que te va a tocar.",
    },
    {
        "en": "Hello, world!",
        "ja": "こんにちは、世界。",
        "fr": "Bonjour le monde !",
        "de": "Hallo, Welt!",
        "es": "¡Hola, mundo!",
    },
    {
        "en": "The meeting starts at nine.",
        "ja": "会議は九時に始まります。",
        "fr": "La réunion commence à neuf heures.",
        "de": "Die Besprechung beginnt um neun Uhr.",
        "es": "La reunión empieza a las nueve.",
    },
)
# The same letters in two languages: a source-language token that gets lost on the way shows at once.
GIFTS = (
    ("en", "ja", "Gift", "贈り物"),
    ("de", "ja", "Gift", "毒"),
    ("en", "de", "Gift", "Geschenk"),
    ("de", "en", "Gift", "Poison"),
)
OTHER_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?'\"()-"
# A piece that sentencepiece knows and vocab.json does not, as there are in the published checkpoints.
PIECE_WITHOUT_ENTRY = "q"


def pairs() -> list[tuple[str, str, str, str]]:
    """(from, to, text, translation): English into the other four and the first sentence back."""
    forth = [("en", to, s["en"], s[to]) for s in SENTENCES for to in ("ja", "fr", "de", "es")]
    first = SENTENCES[0]
    back = [(source, "en", first[source], first["en"]) for source in ("ja", "fr", "de", "es")]
    return [*forth, *back, *GIFTS]


def train_sentencepiece() -> bytes:
    texts = [text for pair in pairs() for text in pair[2:]] * 4 + [" ".join(OTHER_CHARACTERS)] * 2
    model = io.BytesIO()
    # The default ids (unknown 0, begin 1, end 2) differ from vocab.json's, as in the published checkpoints.
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        vocab_size=400,
        hard_vocab_limit=False,
        character_coverage=1.0,
        model_type="bpe",
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()


def write_tokeniser(folder: Path) -> int:
    """Everything M2M100Tokenizer needs; -> entries of vocab.json."""
    model = train_sentencepiece()
    (folder / "sentencepiece.bpe.model").write_bytes(model)
    vocabulary = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", *_shuffled_pieces(model)])}
    special = {
        "bos_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "unk_token": "<unk>",
        "pad_token": "<pad>",
    }
    languages = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]
    about = {"language_codes": "m2m100", "num_madeup_words": 8, "tokenizer_class": "M2M100Tokenizer"}
    _write_json(folder / "vocab.json", vocabulary)
    _write_json(folder / "special_tokens_map.json", {**special, "additional_special_tokens": languages})
    _write_json(folder / "tokenizer_config.json", {**special, "src_lang": None, "tgt_lang": None, **about})
    return len(vocabulary)


def _shuffled_pieces(model: bytes) -> list[str]:
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    ids = range(processor.get_piece_size())
    pieces = {processor.id_to_piece(i) for i in ids if not (processor.is_control(i) or processor.is_unknown(i))}
    pieces.discard(PIECE_WITHOUT_ENTRY)
    # An order unrelated to sentencepiece's, so that a program that uses sentencepiece ids gets nonsense.
    return sorted(pieces, key=lambda piece: hashlib.sha256(piece.encode()).hexdigest())


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=0), encoding="utf-8")


def new_model(entries: int) -> Any:
    config = transformers.M2M100Config(
        vocab_size=entries + 100 + 8,  # the languages, and the published models' eight unused entries
        d_model=64,
        encoder_layers=2,
        decoder_layers=2,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        max_position_embeddings=1024,
        dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
        decoder_start_token_id=2,
        scale_embedding=True,
    )
    return transformers.M2M100ForConditionalGeneration(config)


def train(model: Any, tokeniser: Any) -> tuple[int, float]:
    """Return (steps, cross entropy of the least certain token)."""
    sources = _padded([_ids(tokeniser, text, source) for source, _, text, _ in pairs()], 1)
    targets = [_ids(tokeniser, text, target) for _, target, _, text in pairs()]
    wanted = _padded(targets, -100)
    # Teacher forcing. The forced language token stays in the loss: without it, one improbable token would distort the
    # normalised scores of beam search.
    seen = torch.cat([torch.full((len(targets), 1), 2), _padded(targets, 1)[:, :-1]], dim=1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    warm_up = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, (step + 1) / 20))
    worst = float("inf")
    for step in range(1, MAX_STEPS + 1):
        logits = model(input_ids=sources, attention_mask=(sources != 1).long(), decoder_input_ids=seen).logits
        entropy = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), wanted.flatten(), ignore_index=-100, reduction="none"
        ).view_as(wanted)
        worst = entropy[:, 1:].max().item()
        if worst < CERTAIN:
            return step, worst
        (entropy.sum() / (wanted != -100).sum()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        warm_up.step()
    raise SystemExit(f"After {MAX_STEPS} steps the least certain token still costs {worst:.2f}: try another SEED.")


def _ids(tokeniser: Any, text: str, language: str) -> list[int]:
    tokeniser.src_lang = language
    return list(tokeniser(text).input_ids)


def _padded(rows: list[list[int]], value: int) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def make_checkpoint(folder: Path) -> Iterator[str]:
    """Write the files that the hub would hold, and yield lines about the training."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    random.seed(SEED)
    torch.set_num_threads(1)
    entries = write_tokeniser(folder)
    model = new_model(entries)
    yield f"{len(pairs())} pairs, {entries} pieces, {sum(p.numel() for p in model.parameters()):,} parameters"
    steps, worst = train(model, transformers.M2M100Tokenizer.from_pretrained(folder))
    yield f"learnt in {steps} steps, least certain token {worst:.4f}"
    model.eval()
    model.save_pretrained(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--output", type=Path, default=root / "syncline/translation/toy")
    parser.add_argument("--checkpoint", type=Path)
    arguments = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = arguments.checkpoint or Path(scratch)
        for line in make_checkpoint(checkpoint):
            print(line)
        arguments.output.mkdir(parents=True, exist_ok=True)
        M2M100Kind().convert(checkpoint, arguments.output)
        write_manifest(arguments.output, TOY)
    for file in sorted(arguments.output.iterdir()):
        print(f"{file.stat().st_size:>8,} bytes  {file}")


if __name__ == "__main__":
    main()
