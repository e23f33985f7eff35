"""Make an M2M100 of the published 418M shape with random weights. It runs like the real one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from syncline.models.catalogue import M2M100, TOKENISER, TOY_FOLDER, Checkpoint
from syncline.models.installed import write_manifest
from syncline.translation.kind import M2M100Kind

SEED = 7
ENTRIES = 128_004  # of the published vocab.json
CHECKPOINT, CONVERTED = "checkpoint", "m2m100-418m-random"


def make(folder: Path) -> tuple[Path, Path]:
    """Return (Hugging Face checkpoint, CTranslate2 int8). They are made once per folder, in two minutes and 2.5 GB."""
    checkpoint, converted = folder / CHECKPOINT, folder / CONVERTED
    if not (converted / "model.bin").exists():
        kind = M2M100Kind()
        kind.check_converter()
        checkpoint.mkdir(parents=True, exist_ok=True)
        _write_tokeniser(checkpoint)
        _write_weights(checkpoint)
        converted.mkdir(exist_ok=True)
        kind.convert(checkpoint, converted)
        write_manifest(converted, Checkpoint(CONVERTED, M2M100, "", ""))
    return checkpoint, converted


def _write_tokeniser(folder: Path) -> None:
    import sentencepiece
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    shutil.copyfile(TOY_FOLDER / TOKENISER, folder / TOKENISER)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / TOKENISER))
    known = [pieces.id_to_piece(i) for i in range(3, pieces.get_piece_size())]
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *known]
    tokens += [f"unused{number}" for number in range(ENTRIES - len(tokens))]
    special = {"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    languages = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]
    about = {"language_codes": "m2m100", "num_madeup_words": 8, "tokenizer_class": "M2M100Tokenizer"}
    for name, content in {
        "vocab.json": {token: number for number, token in enumerate(tokens)},
        "special_tokens_map.json": {**special, "additional_special_tokens": languages},
        "tokenizer_config.json": {**special, **about},
    }.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _write_weights(folder: Path) -> None:
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    torch.manual_seed(SEED)
    shape = M2M100Config(
        vocab_size=ENTRIES + 100 + 8,
        d_model=1024,
        encoder_layers=12,
        decoder_layers=12,
        encoder_ffn_dim=4096,
        decoder_ffn_dim=4096,
        encoder_attention_heads=16,
        decoder_attention_heads=16,
        decoder_start_token_id=2,
        scale_embedding=True,
    )
    M2M100ForConditionalGeneration(shape).save_pretrained(folder)
