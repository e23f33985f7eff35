"""Tell a translation that went wrong from one that did not, by its looks alone.

M2M100 sometimes repeats itself without end, stops at once, hands back its input or answers in another language. None of
these needs the meaning to be seen. What is flagged here is tried again in stronger settings and, if still
flagged, marked as uncertain.
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
RATIO_GRACE = 12  # tokens: below this a ratio says nothing ("Gift" -> 贈り物)
COPY_COLUMNS = 20  # of letters; a shorter copy may be a name or a loan word,
SHORT_COPY_COLUMNS, SHORT_COPY_WORDS = 10, 3  # unless it is made of several ordinary words
ORDINARY_COLUMNS = 4  # in a word; shorter ones stand in names as well (Ludwig van Beethoven)
PHRASES = range(1, 17)  # tokens in a phrase that is looked for as a loop
LOOP_TOKENS = 8  # and the least that its repetitions must fill
LONG_PHRASE = 6  # tokens; a phrase of so many is a loop when it is said three times, a shorter one with the fourth

# Whole sentences are the same in these, and rightly so: nobody can tell a copy from a translation.
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
    """Whether there is anything to translate: blanks, numbers and symbols mean the same everywhere."""
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
    """What looks wrong about the translation, in words for machines; nothing when all is well.

    `tokens` are the pieces of both sides without language tokens, `cap` the length at which decoding was cut off.
    """
    if not translation.strip() or not translatable(translation):
        return (EMPTY,)
    found = []
    if loops(translated_tokens) and not echoes(tokens):
        found.append(LOOP)
    if len(translated_tokens) >= cap or len(translated_tokens) > LONGEST_RATIO * len(tokens) + RATIO_GRACE:
        found.append(RUNAWAY)
    if len(tokens) > RATIO_GRACE and len(translated_tokens) < SHORTEST_RATIO * len(tokens):
        found.append(TOO_SHORT)
    if copies(text, translation) and not any({source, target} <= siblings for siblings in SIBLINGS):
        found.append(COPY)
    if wrong_script(text, translation, target):
        found.append(WRONG_SCRIPT)
    return tuple(found)


def loops(tokens: Sequence[str]) -> bool:
    """Whether one phrase is said over and over (single tokens longest: "no no no no" is ordinary speech)."""
    return any(
        _longest_run(tokens, size) >= max(LOOP_TOKENS, (3 if size >= LONG_PHRASE else 4) * size) for size in PHRASES
    )


def echoes(tokens: Sequence[str]) -> bool:
    """Whether the speaker repeats himself, so that the translation may; its pieces need not be as many."""
    return any(_longest_run(tokens, size) >= max(3, 2 * size + 1) for size in PHRASES)


def _longest_run(tokens: Sequence[str], size: int) -> int:
    """Tokens in the longest stretch that repeats itself every `size` tokens."""
    longest = run = 0
    for i in range(size, len(tokens)):
        run = run + 1 if tokens[i] == tokens[i - size] else 0
        longest = max(longest, run)
    return longest + size if longest else 0


def copies(text: str, translation: str) -> bool:
    """Whether the words were handed back. Names and addresses should be: they have no ordinary words between them."""
    letters = _letters(text)
    if letters != _letters(translation) or (text.isascii() and len(text.split()) == 1):
        return False
    words = [word for part in text.split() if not _ADDRESS.search(part) for word in _LETTERS.findall(part)]
    ordinary = [word for word in words if not word[0].isupper()]
    if not any(width(word) >= ORDINARY_COLUMNS for word in ordinary):
        return False
    columns = width(letters)
    return columns >= COPY_COLUMNS or (columns >= SHORT_COPY_COLUMNS and len(ordinary) >= SHORT_COPY_WORDS)


def wrong_script(text: str, translation: str, target: str) -> bool:
    """Whether most letters belong to a script that the target language is not written in.

    Latin words taken over from the source (names, brands) do not count, whatever stands around them.
    """
    wanted = SCRIPTS.get(target, _LATIN)
    own = {word.casefold() for word in _LATIN_LETTERS.findall(text)}
    rest = _LATIN_LETTERS.sub(lambda word: "" if word[0].casefold() in own else word[0], translation)
    scripts = [script_of(letter) for letter in rest if letter.isalpha()]
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
