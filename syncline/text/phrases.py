"""Phrases of text that is written without spaces, found by BudouX (a small model inside its package)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budoux import Parser

_THAI = re.compile(r"[\u0e00-\u0e7f]")
_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9d]")


def split_phrases(text: str, language: str) -> list[str]:
    return _parser(_model(text, language)).parse(text)


def _model(text: str, language: str) -> str:
    if _THAI.search(text):
        return "th"
    return "ja" if language == "ja" or _KANA.search(text) else "zh"


@cache
def _parser(model: str) -> Parser:
    import budoux

    load = {
        "ja": budoux.load_default_japanese_parser,
        "th": budoux.load_default_thai_parser,
        "zh": budoux.load_default_simplified_chinese_parser,
    }
    return load[model]()
