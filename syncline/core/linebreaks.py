"""Where a line of a caption may end, and how wide it is: pieces of text that stay on one line.

Scripts with spaces break at spaces. Japanese, Chinese and Thai break between phrases (see `split_phrases`), but
never before 、。」 and never after 「. Lao, Khmer and Burmese break between visible characters. A piece that no rule
can break, such as a web address, stays whole however long it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

SplitPhrases = Callable[[str, str], list[str]]  # text without spaces, its language -> phrases

FULL_WIDTH_LANGUAGES = frozenset({"ja", "zh", "ko"})

# A line may break at a zero-width space, but not at a no-break space (French puts one before "!").
_SEPARATOR = re.compile(r"[\u200b\x00-\x1f\x7f-\x9f]|[^\S\u00a0\u2007\u202f]")
_TOKEN = re.compile(rf"(?:(?!{_SEPARATOR.pattern}).)+", re.DOTALL)
_AFTER_DASH = re.compile(r"(?<=—)(?=\w)")

_UNMODELLED = re.compile(r"[\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Lao, Burmese, Khmer
# Characters of scripts that are written without spaces, for a character class.
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u31c0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff9f"
    r"\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{UNSPACED}]")

_NO_LINE_START = frozenset(
    "、。，．・：；？！ー‐〜～…‥々ゝゞヽヾ」』）】〉》〕］｝〟’”»›)]}!?,.:;%％℃°ｰ｡､｣"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ"
    "ๆฯะาำๅ"
)
_NO_LINE_END = frozenset("「『（【〈《〔［｛〝‘“«‹([{｢¥￥$＄£€#＃เแโใไເແໂໃໄ")
_FULL_WIDTH = "\u3000"  # the first of the full-width marks of Chinese and Japanese
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_STACKERS = frozenset("\u17d2\u1039\u200d")  # the next letter is written under this one


@dataclass(frozen=True, slots=True)
class Piece:
    """text[start:end] as it is shown, on one line. `gap` precedes it unless it starts a line."""

    start: int
    end: int
    text: str
    gap: str
    width: int


def width(text: str, language: str) -> int:
    """The columns that the text takes: two for a full-width character, none for a combining mark."""
    wide = "WFA" if language in FULL_WIDTH_LANGUAGES else "WF"  # "…" and "“" are full-width in their fonts
    return sum(_columns(character, wide) for character in text)


def pieces(text: str, language: str, *, columns: int, split_phrases: SplitPhrases) -> list[Piece]:
    """Cut the text at every place where a line may end. The pieces hold all of the text but its white space."""
    found: list[Piece] = []
    for piece in _parts(text, language, columns, split_phrases):
        glued = _glued(found[-1], piece, language) if found else None
        if glued is not None and glued.width <= columns:
            found[-1] = glued
        else:
            found.append(piece)
    return found


def _parts(text: str, language: str, columns: int, split_phrases: SplitPhrases) -> Iterator[Piece]:
    before = 0
    for token in _TOKEN.finditer(text):
        if token.group().isspace():
            continue  # only no-break spaces
        gap = " " if before and not set(text[before : token.start()]) <= {"\u200b"} else ""
        before = start = token.end()
        start = token.start()
        for part in _phrases(token.group(), language, columns, split_phrases):
            yield Piece(start, start + len(part), part, gap, width(part, language))
            start, gap = start + len(part), ""


def _phrases(token: str, language: str, columns: int, split_phrases: SplitPhrases) -> Iterable[str]:
    if not _UNSPACED.search(token):
        return _AFTER_DASH.split(token)
    if _UNMODELLED.search(token):
        return _clusters(token)
    phrases = split_phrases(token, language)
    return (
        part for phrase in phrases for part in ([phrase] if width(phrase, language) <= columns else _clusters(phrase))
    )


def _clusters(text: str) -> list[str]:
    """Split into visible characters; runs of letters of scripts with spaces stay whole."""
    found: list[str] = []
    for character in text:
        if found and _inseparable(found[-1][-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _glued(left: Piece, right: Piece, language: str) -> Piece | None:
    """The two as one piece if no line may end between them, otherwise None."""
    if right.gap:
        together = (
            _belongs_left(left, right.text)
            or (_only(left.text, "Ps", "Pi") and left.gap != "")
            # Translations may hold wrong spaces: "Windows 、".
            or (right.text[0] >= _FULL_WIDTH and right.text[0] in _NO_LINE_START)
            or (left.text[-1] >= _FULL_WIDTH and left.text[-1] in _NO_LINE_END)
        )
    else:
        together = (
            right.text[0] in _NO_LINE_START
            or left.text[-1] in _NO_LINE_END
            or _inseparable(left.text[-1], right.text[0])
        )
    if not together:
        return None
    text = left.text + right.gap + right.text
    return Piece(left.start, right.end, text, left.gap, width(text, language))


def _belongs_left(left: Piece, mark: str) -> bool:
    """A separate mark ("Pourquoi ?", "wait – no") stays with the word before it; a dash that opens speech does not."""
    if not all(unicodedata.category(character)[0] == "P" for character in mark) or _only(mark, "Ps", "Pi"):
        return False
    return not (_only(mark, "Pd") and left.text[-1] in '.!?…"”»')


def _inseparable(left: str, right: str) -> bool:
    if unicodedata.category(right)[0] == "M" or right in _JOINERS or left in _STACKERS:
        return True
    if "\U0001f1e6" <= left <= "\U0001f1ff" and "\U0001f1e6" <= right <= "\U0001f1ff":
        return True  # the two letters of a flag
    return not (_UNSPACED.match(left) or _UNSPACED.match(right) or left == "—")


def _only(text: str, *categories: str) -> bool:
    return all(unicodedata.category(character) in categories for character in text)


def _columns(character: str, wide: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in wide else 1
