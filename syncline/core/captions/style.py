"""The rules that captions follow: two profiles, the differences between languages, and a job's own overrides."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

from syncline.core.errors import InvalidOptionsError
from syncline.core.suggestions import did_you_mean

SHORTEST_AT_END_MS = 500  # at the end of the recording, where no time to read is left: start earlier, do not flash
FRAME_RATES = {"24": Fraction(24), "25": Fraction(25), "29.97": Fraction(30_000, 1001), "30": Fraction(30)}


@dataclass(frozen=True, slots=True)
class CaptionRules:
    """Widths count columns: a full-width character takes two."""

    columns: int = 42
    lines: int = 2
    columns_per_second: float = 17.0
    words_per_minute: float | None = None  # reading speed in words instead, for scripts with spaces
    shortest_ms: int = 833  # five sixths of a second
    longest_ms: int = 7000
    gap_frames: int = 2  # without a gap, two cues in a row look like one that flickers
    closes_gaps_under_ms: int = 500  # a shorter gap looks like a flaw: the earlier cue stays until the next one
    frame_rate: Fraction | None = None  # cues start and end on frames

    @property
    def gap_ms(self) -> int:
        return -(-self.gap_frames * 1000 // (self.frame_rate or 24))

    def snap_down(self, milliseconds: int) -> int:
        """The latest frame that is not later, if a frame rate is set."""
        if self.frame_rate is None:
            return milliseconds
        frame = (milliseconds + Fraction(1, 2)) * self.frame_rate // 1000  # a frame's time is rounded to milliseconds
        return round(frame * 1000 / self.frame_rate)

    def snap(self, milliseconds: int) -> int:
        """The nearest frame, if a frame rate is set."""
        if self.frame_rate is None:
            return milliseconds
        return round(round(milliseconds * self.frame_rate / 1000) * 1000 / self.frame_rate)

    def reading_ms(self, columns: int, words: int) -> int:
        """How long it takes to read so much text."""
        if self.words_per_minute is not None:
            return round(60_000 * words / self.words_per_minute)
        return round(1000 * columns / self.columns_per_second)


PROFILES = {
    "netflix": CaptionRules(),
    "bbc": CaptionRules(
        columns=37, words_per_minute=170.0, shortest_ms=1000, gap_frames=0, closes_gaps_under_ms=1000
    ),
}  # fmt: skip
DEFAULT_PROFILE = "netflix"

# What differs from a profile in languages that are written without spaces, or read at another speed.
_OF_LANGUAGE: dict[str, dict[str, Any]] = {
    "ja": {"columns": 32, "columns_per_second": 8.0, "words_per_minute": None},
    "zh": {"columns": 32, "columns_per_second": 18.0, "words_per_minute": None},
    "ko": {"columns": 32, "columns_per_second": 24.0},
    "th": {"columns": 35, "columns_per_second": 17.0, "words_per_minute": None},
}
_CHARACTERS_OF_TWO_COLUMNS = frozenset({"ja", "zh", "ko"})


@dataclass(frozen=True, slots=True)
class CaptionOptions:
    """The `captions` option of a job. None means: what the profile and the language say."""

    profile: str = DEFAULT_PROFILE
    max_line_chars: int | None = None
    max_lines: int | None = None
    max_chars_per_second: float | None = None
    frame_rate: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            item.name: getattr(self, item.name) for item in fields(self) if getattr(self, item.name) != item.default
        }

    def rules(self, language: str) -> CaptionRules:
        rules = replace(PROFILES[self.profile], **_OF_LANGUAGE.get(language, {}))
        columns_per_character = 2 if language in _CHARACTERS_OF_TWO_COLUMNS else 1
        if self.max_line_chars is not None:
            rules = replace(rules, columns=self.max_line_chars * columns_per_character)
        if self.max_lines is not None:
            rules = replace(rules, lines=self.max_lines)
        if self.max_chars_per_second is not None:
            speed = self.max_chars_per_second * columns_per_character
            rules = replace(rules, columns_per_second=speed, words_per_minute=None)
        return replace(rules, frame_rate=FRAME_RATES[self.frame_rate]) if self.frame_rate else rules


FIELDS = tuple(item.name for item in fields(CaptionOptions))
_RANGES = {"max_line_chars": (10, 100), "max_lines": (1, 3), "max_chars_per_second": (3, 60)}
_CHOICES = {"profile": tuple(PROFILES), "frame_rate": tuple(FRAME_RATES)}


def read_caption_options(value: object) -> CaptionOptions:
    """Checks a JSON object; raises InvalidOptionsError that names the field and what is allowed."""
    if not isinstance(value, dict):
        raise InvalidOptionsError(
            "captions is not a JSON object.", hint=f'Write it as {{"profile": "bbc"}}. Fields: {", ".join(FIELDS)}.'
        )
    return CaptionOptions(**{str(name): _read_field(str(name), item) for name, item in value.items()})


def _read_field(name: str, value: object) -> Any:
    if name in _RANGES:
        return _read_number(name, value)
    if name not in _CHOICES:
        raise InvalidOptionsError(
            f"The field “captions.{name[:80]}” is not known.{did_you_mean(name, FIELDS)}",
            hint=f"Allowed are: {', '.join(FIELDS)}.",
        )
    text = format(value, "g") if isinstance(value, int | float) and not isinstance(value, bool) else value
    if text not in _CHOICES[name]:
        raise InvalidOptionsError(
            f"captions.{name} cannot be “{str(value)[:80]}”.", hint=f"Allowed are: {', '.join(_CHOICES[name])}."
        )
    return text


def _read_number(name: str, value: object) -> int | float:
    low, high = _RANGES[name]
    whole = name != "max_chars_per_second"
    of_type = isinstance(value, int) if whole else isinstance(value, int | float)
    if isinstance(value, bool) or not of_type or not low <= value <= high:  # type: ignore[operator]
        kind = "a whole number" if whole else "a number"
        raise InvalidOptionsError(
            f"captions.{name} cannot be “{str(value)[:80]}”.", hint=f"Write {kind} from {low} to {high}."
        )
    return value  # type: ignore[return-value]


def caption_options_schema() -> dict[str, Any]:
    numbers = {
        name: {"type": "number" if name == "max_chars_per_second" else "integer", "minimum": low, "maximum": high}
        for name, (low, high) in _RANGES.items()
    }
    choices = {name: {"type": "string", "enum": list(allowed)} for name, allowed in _CHOICES.items()}
    return {"type": "object", "additionalProperties": False, "properties": numbers | choices}
