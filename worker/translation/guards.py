"""Tell a translation that went wrong from one that did not, by its looks alone.

M2M100 sometimes repeats itself without end, stops at once, hands back its input or answers in another language. None of
these needs the meaning to be seen. What is flagged here is tried again in stronger settings and, if still
flagged, marked as uncertain.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

EMPTY = "empty"
LOOP = "loop"
RUNAWAY = "runaway"
TOO_SHORT = "too-short"
COPY = "copy"
WRONG_SCRIPT = "wrong-script"

LONGEST_RATIO, SHORTEST_RATIO = 3.0, 0.3  # target tokens per source token
RATIO_GRACE = 12  # tokens: below this a ratio says nothing ("Gift" -> 贈り物)
COPY_LETTERS = 20  # a shorter copy may be a name
PHRASES = range(1, 9)  # tokens in a phrase that is looked for as a loop
LOOP_TOKENS = 8  # and the least that its repetitions must fill

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
    """Whether there is anything to translate: blanks, numbers and symbols mean the same everywhere."""
    return any(character.isalpha() for character in text)


def faults(
    text: str, translation: str, *, tokens: Sequence[str], translated_tokens: Sequence[str], cap: int, target: str
) -> tuple[str, ...]:
    """What looks wrong about the translation, in words for machines; nothing when all is well.

    `tokens` are the pieces of both sides without language tokens, `cap` the length at which decoding was cut off.
    """
    if not translation.strip() or not translatable(translation):
        return (EMPTY,)
    found = []
    if loops(translated_tokens) and not loops(tokens):
        found.append(LOOP)
    if len(translated_tokens) >= cap or len(translated_tokens) > LONGEST_RATIO * len(tokens) + RATIO_GRACE:
        found.append(RUNAWAY)
    if len(tokens) > RATIO_GRACE and len(translated_tokens) < SHORTEST_RATIO * len(tokens):
        found.append(TOO_SHORT)
    if copies(text, translation):
        found.append(COPY)
    if wrong_script(text, translation, target):
        found.append(WRONG_SCRIPT)
    return tuple(found)


def loops(tokens: Sequence[str]) -> bool:
    """Whether one phrase is said four times in a row or more (single tokens longer: "no, no, no, no")."""
    return any(_longest_run(tokens, size) >= max(LOOP_TOKENS, 4 * size) for size in PHRASES)


def _longest_run(tokens: Sequence[str], size: int) -> int:
    """Tokens in the longest stretch that repeats itself every `size` tokens."""
    longest = run = 0
    for i in range(size, len(tokens)):
        run = run + 1 if tokens[i] == tokens[i - size] else 0
        longest = max(longest, run)
    return longest + size if longest else 0


def copies(text: str, translation: str) -> bool:
    if text.isascii() and len(text.split()) == 1:
        return False  # an address, a file name
    letters = _letters(text)
    return len(letters) >= COPY_LETTERS and letters == _letters(translation)


def wrong_script(text: str, translation: str, target: str) -> bool:
    """Whether most letters belong to a script that the target language is not written in.

    Latin words taken over from the source (names, brands) do not count.
    """
    wanted = SCRIPTS.get(target, _LATIN)
    own = {word for word in text.split() if script_of(word[0]) == "LATIN"}
    scripts = [
        script_of(letter) for word in translation.split() if word not in own for letter in word if letter.isalpha()
    ]
    strange = sum(script not in wanted for script in scripts)
    return strange >= 4 and strange * 2 > len(scripts)


@lru_cache(maxsize=8192)
def script_of(letter: str) -> str:
    """The first word of the character's Unicode name: LATIN, CYRILLIC, CJK, HIRAGANA..."""
    name = unicodedata.name(letter, "UNKNOWN").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ")
    script = name.split()[0].split("-")[0]
    return "CJK" if script == "IDEOGRAPHIC" else script  # 々


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalpha())
