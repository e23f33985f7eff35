"""Detect translations that went wrong, from their form alone.

M2M100 sometimes repeats itself without end, stops at once, copies its input, or answers in another language. These
checks do not consider the meaning. A translation with a fault is decoded again with a wider beam and, if it still has
one, marked as uncertain.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from syncline.core.sentences import width

EMPTY = "empty"
LOOP = "loop"
RUNAWAY = "runaway"
TOO_SHORT = "too-short"
COPY = "copy"
WRONG_SCRIPT = "wrong-script"

LONGEST_RATIO, SHORTEST_RATIO = 3.0, 0.3  # target tokens per source token
RATIO_GRACE = 12  # tokens; a ratio of fewer means nothing ("Gift" -> 贈り物)
COPY_COLUMNS = 20  # of letters; a shorter copy may be a name or a loan word,
SHORT_COPY_COLUMNS, SHORT_COPY_WORDS = 10, 3  # unless it has several ordinary words
ORDINARY_COLUMNS = 4  # in a word; shorter words also occur in names (Ludwig van Beethoven)
PHRASES = range(1, 17)  # tokens in a phrase that may loop
LOOP_TOKENS = 8  # the least that its repetitions must fill
LONG_PHRASE = 6  # tokens; a phrase of this length loops at three repetitions, a shorter one at four

# These languages share whole sentences, so a copy may be a correct translation.
SIBLINGS = (
    frozenset({"bs", "hr", "sr"}),
    frozenset({"da", "no"}),
    frozenset({"id", "ms"}),
    frozenset({"ast", "es", "gl"}),
)

_LATIN_LETTERS = re.compile("[A-Za-z\u00aa-\u024f\u1e00-\u1eff]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"[\d@/\\_]|\w\.\w")
_LATIN = frozenset({"LATIN"})
# Languages not named here write Latin letters.
SCRIPTS = {
    **dict.fromkeys(("ar", "fa", "ps", "sd", "ur"), frozenset({"ARABIC"})),
    **dict.fromkeys(("ba", "be", "bg", "kk", "mk", "mn", "ru", "uk"), frozenset({"CYRILLIC"})),
    **dict.fromkeys(("az", "bs", "sr", "uz"), frozenset({"CYRILLIC", "LATIN"})),
    **dict.fromkeys(("hi", "mr", "ne"), frozenset({"DEVANAGARI"})),
    **dict.fromkeys(("he", "yi"), frozenset({"HEBREW"})),
    "am": frozenset({"ETHIOPIC"}),
    "bn": frozenset({"BENGALI"}),
    "el": frozenset({"GREEK"}),
    "gu": frozenset({"GUJARATI"}),
    "hy": frozenset({"ARMENIAN"}),
    "ja": frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    "ka": frozenset({"GEORGIAN"}),
    "km": frozenset({"KHMER"}),
    "kn": frozenset({"KANNADA"}),
    "ko": frozenset({"HANGUL", "CJK"}),
    "lo": frozenset({"LAO"}),
    "ml": frozenset({"MALAYALAM"}),
    "my": frozenset({"MYANMAR"}),
    "or": frozenset({"ORIYA"}),
    "pa": frozenset({"GURMUKHI", "ARABIC"}),
    "si": frozenset({"SINHALA"}),
    "ta": frozenset({"TAMIL"}),
    "th": frozenset({"THAI"}),
    "zh": frozenset({"CJK", "BOPOMOFO"}),
}


def translatable(text: str) -> bool:
    """Whether the text has letters. Blanks, numbers and symbols are the same in every language."""
    return any(character.isalpha() for character in text)


def faults(
    text: str,
    translation: str,
    *,
    tokens: Sequence[str],
    translated_tokens: Sequence[str],
    cap: int,
    source: str,
    target: str,
) -> tuple[str, ...]:
    """The names of the faults found; empty if none.

    `tokens` and `translated_tokens` exclude language tokens. `cap` is the length at which decoding stopped.
    """
    if not translation.strip() or not translatable(translation):
        return (EMPTY,)
    found = []
    if has_loop(translated_tokens) and not has_repetition(tokens):
        found.append(LOOP)
    if len(translated_tokens) >= cap or len(translated_tokens) > LONGEST_RATIO * len(tokens) + RATIO_GRACE:
        found.append(RUNAWAY)
    if len(tokens) > RATIO_GRACE and len(translated_tokens) < SHORTEST_RATIO * len(tokens):
        found.append(TOO_SHORT)
    if is_copy(text, translation) and not any({source, target} <= siblings for siblings in SIBLINGS):
        found.append(COPY)
    if is_in_wrong_script(text, translation, target):
        found.append(WRONG_SCRIPT)
    return tuple(found)


def has_loop(tokens: Sequence[str]) -> bool:
    """Whether one phrase repeats. Single tokens may repeat most: "no no no no" is ordinary speech."""
    return any(
        _longest_run(tokens, size) >= max(LOOP_TOKENS, (3 if size >= LONG_PHRASE else 4) * size) for size in PHRASES
    )


def has_repetition(tokens: Sequence[str]) -> bool:
    """Whether the source repeats a phrase, so that the translation may too."""
    return any(_longest_run(tokens, size) >= max(3, 2 * size + 1) for size in PHRASES)


def _longest_run(tokens: Sequence[str], size: int) -> int:
    """Tokens in the longest stretch with a period of `size` tokens."""
    longest = run = 0
    for i in range(size, len(tokens)):
        run = run + 1 if tokens[i] == tokens[i - size] else 0
        longest = max(longest, run)
    return longest + size if longest else 0


def is_copy(text: str, translation: str) -> bool:
    """Whether the source was copied. Copying names and addresses is correct: they contain no ordinary words."""
    letters = _letters(text)
    if letters != _letters(translation) or (text.isascii() and len(text.split()) == 1):
        return False
    words = [word for part in text.split() if not _ADDRESS.search(part) for word in _LETTERS.findall(part)]
    ordinary = [word for word in words if not word[0].isupper()]
    if not any(width(word) >= ORDINARY_COLUMNS for word in ordinary):
        return False
    columns = width(letters)
    return columns >= COPY_COLUMNS or (columns >= SHORT_COPY_COLUMNS and len(ordinary) >= SHORT_COPY_WORDS)


def is_in_wrong_script(text: str, translation: str, target: str) -> bool:
    """Whether most letters belong to a script that the target language does not use.

    Latin words of the source (names, brands) do not count.
    """
    expected = SCRIPTS.get(target, _LATIN)
    own = {word.casefold() for word in _LATIN_LETTERS.findall(text)}
    rest = _LATIN_LETTERS.sub(lambda word: "" if word[0].casefold() in own else word[0], translation)
    scripts = [script_of(letter) for letter in rest if letter.isalpha()]
    unexpected = sum(script not in expected for script in scripts)
    return unexpected >= 4 and unexpected * 2 > len(scripts)


@lru_cache(maxsize=8192)
def script_of(letter: str) -> str:
    """The first word of the character's Unicode name: LATIN, CYRILLIC, CJK, HIRAGANA..."""
    name = unicodedata.name(letter, "UNKNOWN").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ")
    script = name.split()[0].split("-")[0]
    return "CJK" if script == "IDEOGRAPHIC" else script  # 々


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalpha())
