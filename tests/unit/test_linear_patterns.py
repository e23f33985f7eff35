"""Every regular expression of the project takes time linear in the text, whatever the text is.

A quadratic pattern holds Python's interpreter lock for minutes on a text of some hundred kilobytes. The test runs each
pattern on long repetitions of the characters and words that it mentions: alone and mixed, after each of its literal
beginnings, and with an end that does not fit. It compares the processor time between two lengths of text.
"""

from __future__ import annotations

import ast
import importlib
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
# Modules whose patterns are made while they run, from the project's own words.
COMPOSED = {"syncline.core.results"}
LENGTHS = (30, 300, 6_000)
# A text that is n times as long may take 4 n times as long. A quadratic pattern takes 20 n times as long.
MOST_GROWTH = 4
# Shorter runs are not compared: a quadratic one over 6,000 characters takes longer.
NOTICEABLE_SECONDS = 0.002
REPETITIONS = 3
MIXTURES = 150
ENDS = ("", "\n", "\x01", "a", "é", " ")
OF_CATEGORY = {
    _constants.CATEGORY_DIGIT: "7",
    _constants.CATEGORY_NOT_DIGIT: "x!",
    _constants.CATEGORY_SPACE: " \n",
    _constants.CATEGORY_NOT_SPACE: "x!",
    _constants.CATEGORY_WORD: "aé_7",
    _constants.CATEGORY_NOT_WORD: "!. ",
}


METHODS = frozenset({"findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"})


@dataclass(frozen=True)
class Pattern:
    """A pattern, and the methods by which its module uses it."""

    compiled: re.Pattern[Any]
    methods: frozenset[str]

    def run(self, text: Any) -> None:
        if "fullmatch" in self.methods:
            self.compiled.fullmatch(text)
        if "match" in self.methods:
            self.compiled.match(text)
        if self.methods - {"fullmatch", "match"}:
            for _ in self.compiled.finditer(text):
                pass


def _modules() -> Iterator[str]:
    for package in ("syncline", "lambdas", "worker"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "re." in path.read_text(encoding="utf-8") and path.name != "__main__.py":
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _patterns_of(module: str) -> Iterator[Pattern]:
    """The patterns of a module, compiled or written in calls of its functions."""
    loaded = importlib.import_module(module)
    assert loaded.__file__
    source = Path(loaded.__file__).read_text(encoding="utf-8")
    for name, value in vars(loaded).items():
        used = METHODS & set(re.findall(rf"\b{name}\.(\w+)", source))
        yield from (Pattern(compiled, frozenset(used or METHODS)) for compiled in _compiled(value))
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef) and module not in COMPOSED:
            yield from (_called(call, module) for call in ast.walk(function) if _is_call_of_re(call))


def _compiled(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _compiled(item)


def _is_call_of_re(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {f"re.{name}" for name in {"compile", *METHODS}}


def _called(call: Any, module: str) -> Pattern:
    first = call.args[0]
    assert isinstance(first, ast.Constant), f"{module}:{call.lineno}: make this pattern a constant of the module"
    flags = [name for name in map(ast.unparse, call.args[1:]) if name.startswith("re.")]
    compiled = re.compile(first.value, getattr(re, flags[0][3:]) if flags else 0)
    return Pattern(compiled, METHODS & {call.func.attr} or METHODS)


def _all_patterns() -> dict[str, Pattern]:
    return {
        f"{module}: {pattern.compiled.pattern[:40]!r}": pattern
        for module in _modules()
        for pattern in _patterns_of(module)
    }


PATTERNS = _all_patterns()


@cache
def _vocabulary(pattern: re.Pattern[Any]) -> tuple[list[str], list[str]]:
    """The characters of the pattern's classes, and its literal words."""
    source = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    characters: dict[str, None] = {}
    words: dict[str, None] = {}
    _collect(_parser.parse(source, pattern.flags & ~re.LOCALE), characters, words)
    return list(characters), list(words)


def _collect(parsed: Any, characters: dict[str, None], words: dict[str, None]) -> None:
    word = ""
    for operation, argument in parsed:
        if operation is _constants.LITERAL:
            word += chr(argument)
            characters[chr(argument)] = None
            continue
        if word:
            words[word] = None
            word = ""
        if operation is _constants.IN:
            characters |= dict.fromkeys(_of_class(argument))
        elif operation is _constants.CATEGORY:
            characters |= dict.fromkeys(OF_CATEGORY[argument])
        elif operation in (_constants.NOT_LITERAL, _constants.ANY):
            characters |= dict.fromkeys("x!")
        for part in _parts(operation, argument):
            _collect(part, characters, words)
    if word:
        words[word] = None


def _of_class(items: Any) -> Iterator[str]:
    for kind, value in items:
        if kind is _constants.LITERAL:
            yield chr(value)
        elif kind is _constants.RANGE:
            yield from (chr(value[0]), chr(value[1]))
        elif kind is _constants.CATEGORY:
            yield from OF_CATEGORY[value]
        elif kind is _constants.NEGATE:
            yield from "x!"


def _parts(operation: Any, argument: Any) -> Iterator[Any]:
    """The patterns inside an operation: of a group, a repetition, an alternative, a look around."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)) and operation is not _constants.IN:
        for part in argument:
            yield from _parts(operation, part)


def _texts(pattern: re.Pattern[Any]) -> Iterator[Callable[[int], str]]:
    """Functions that make a text of a given length."""
    characters, words = _vocabulary(pattern)
    chance = random.Random(repr(pattern.pattern))
    units = [*characters, *words]
    beginnings = ["", *(word for word in words if len(word) > 1), *characters][:12]
    mixtures = ["".join(chance.choices(units, k=chance.randint(2, 5))) for _ in range(MIXTURES)]
    pairs = ["".join(pair) for pair in product(characters, repeat=2)]
    for unit in [*units, *chance.sample(pairs, min(len(pairs), MIXTURES)), *mixtures] if units else []:
        yield _repetition(chance.choice(beginnings), unit, chance.choice(ENDS))
    for beginning, unit in product(beginnings, characters[:12]):
        yield _repetition(beginning, unit, chance.choice(ENDS))


def _repetition(beginning: str, unit: str, end: str) -> Callable[[int], str]:
    return lambda length: beginning + (unit * length)[:length] + end


def _seconds(pattern: Pattern, text: Any) -> float:
    began = time.thread_time()
    pattern.run(text)
    return time.thread_time() - began


def _grows_too_fast(pattern: Pattern, make: Callable[[int], str]) -> bool:
    """The lengths ascend, so that an exponential pattern is noticed before it never ends."""
    shorter: Any = None
    for length in LENGTHS:
        text: Any = make(length)
        if isinstance(pattern.compiled.pattern, bytes):
            text = text.encode("latin-1", "replace")
        if _seconds(pattern, text) > NOTICEABLE_SECONDS and not _is_linear(pattern, shorter, text):
            return True
        shorter = text
    return False


def _is_linear(pattern: Pattern, shorter: Any, longer: Any) -> bool:
    took = min(_seconds(pattern, longer) for _ in range(REPETITIONS))
    if took <= NOTICEABLE_SECONDS or shorter is None:
        return took <= NOTICEABLE_SECONDS
    before = min(_seconds(pattern, shorter) for _ in range(REPETITIONS))
    return took <= MOST_GROWTH * before * len(longer) / len(shorter)


def _slow_text(pattern: Pattern) -> str | None:
    """The first text, shortened, for which the pattern is not linear."""
    return next((make(24) for make in _texts(pattern.compiled) if _grows_too_fast(pattern, make)), None)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_linear(name: str) -> None:
    slow = _slow_text(PATTERNS[name])
    assert slow is None, f"{PATTERNS[name].compiled.pattern!r} is not linear on texts such as {slow!r}"


@pytest.mark.parametrize(
    ("pattern", "method", "linear"),
    [
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "search", False),
        (r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+", "search", True),
        (r"(?:[a-z0-9][a-z0-9-]*\.)+com", "search", False),
        (r"(?:\w|-)+(?:\w|_)+$", "fullmatch", False),
        (r"\s*q\s*", "search", False),
        (r"\s*q\s*", "fullmatch", True),
        (r"<v[^>]*>", "search", False),
        (r"<v[^<>\n]{1,80}>", "search", True),
    ],
)
def test_quadratic_and_exponential_patterns_are_noticed(pattern: str, method: str, linear: bool) -> None:
    assert linear == (_slow_text(Pattern(re.compile(pattern), frozenset({method}))) is None)


def test_the_patterns_of_all_packages_that_read_text_are_found() -> None:
    found = {name.partition(":")[0].rpartition(".")[0] for name in PATTERNS}
    assert {
        "syncline.core", "syncline.core.transcript", "syncline.text", "syncline.jobs", "syncline.media",
        "syncline.translation", "syncline.speech.pocketsphinx", "syncline.speech.gentle", "syncline.speech.whisper",
        "syncline.cli", "lambdas.web",
    } <= found  # fmt: skip
