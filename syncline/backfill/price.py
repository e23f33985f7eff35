"""Estimate a backfill: hours of audio, vCPU hours, wall-clock hours and dollars.

Hours of audio are estimated from sizes and formats, so they are a range. All other figures follow from them.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from syncline.core.errors import InvalidInputError
from syncline.core.layout import is_video
from syncline.core.options import Options

KILOBIT_BYTES = 125
# A worker writes the record at the start, at the end and for progress. Each write also updates the index.
WRITES_PER_JOB = 8
UNITS_PER_WRITE = 3
READS_PER_JOB = 10
SQS_REQUESTS_PER_JOB = 4  # receive, extend visibility, delete, and a tenth of a batch send
PUTS_PER_JOB = 6  # results and job.json
GETS_PER_JOB = 7


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate with its bounds."""

    usual: float
    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.usual + other.usual, self.low + other.low, self.high + other.high)

    def times(self, factor: float, *, error: float = 0.0) -> Range:
        return Range(self.usual * factor, self.low * factor * (1 - error), self.high * factor * (1 + error))

    def plus(self, constant: float) -> Range:
        return Range(self.usual + constant, self.low + constant, self.high + constant)

    def as_dict(self) -> dict[str, float]:
        return {"usual": round(self.usual, 3), "low": round(self.low, 3), "high": round(self.high, 3)}


NOTHING = Range(0.0, 0.0, 0.0)


@dataclass(slots=True)
class Workload:
    """Counts and bytes by format: of all, by engine, to translate by language, and to enrich. Its size is constant."""

    recordings: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    aligned: dict[str, Counter[str]] = field(default_factory=dict)
    translated: dict[str, Counter[str]] = field(default_factory=dict)
    enriched: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, extension: str, size: int, options: Options) -> None:
        self.recordings[extension] += 1
        self.sizes[extension] += size
        self.aligned.setdefault(options.engine, Counter())[extension] += size
        for language in options.translate_to:
            self.translated.setdefault(language, Counter())[extension] += size
        wanted = {
            "entities": int(options.entities),
            "questions": len(options.questions),
            "storyboard": int(options.storyboard and is_video(extension)),
        }
        for step, times in wanted.items():
            if times:
                self.enriched.setdefault(step, Counter())[extension] += size * times


@dataclass(frozen=True, slots=True)
class Prices:
    table: Mapping[str, Any]

    @property
    def date(self) -> str:
        return str(self.table["date"])

    def hours(self, sizes: Mapping[str, int]) -> Range:
        total = NOTHING
        for extension, size in sizes.items():
            usual, low, high = self.table["bitrates"][extension]
            kilobit_hours = size / KILOBIT_BYTES / 3600
            total += Range(kilobit_hours / usual, kilobit_hours / high, kilobit_hours / low)
        return total


def read_prices(path: Path | None = None) -> Prices:
    """The built-in price table, overridden by the values of another table."""
    table = tomllib.loads(resources.files(__package__).joinpath("prices.toml").read_text(encoding="utf-8"))
    if path is None:
        return Prices(table)
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        for name, value in given.items():
            table[name] = _section(name, value, table) if isinstance(value, dict) else str(value)
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"The price table {path} cannot be used: {error}.",
            code="bad_prices",
            hint="See syncline/backfill/prices.toml for the format.",
        ) from error
    return Prices(table)


def _section(name: str, given: Mapping[str, Any], table: Mapping[str, Any]) -> Mapping[str, Any]:
    known = table.get(name)
    if not isinstance(known, dict):
        raise ValueError(f"there is no section [{name}]")
    for key, value in given.items():
        shaped = isinstance(value, list) and len(value) == 3 if name == "bitrates" else isinstance(value, int | float)
        if key not in known or not shaped:
            raise ValueError(f"{name}.{key} is unknown or has the wrong type")
    return {**known, **given}


@dataclass(frozen=True, slots=True)
class Quote:
    """`steps` has the vCPU hours and the Fargate dollars of the alignment, of each language and of each extra."""

    recordings: int
    hours: Range
    steps: Mapping[str, tuple[Range, Range]]
    vcpu_hours: Range
    wall_hours: Range
    tasks: int
    fargate: Range
    spot: Range
    requests: float
    prices_of: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "recordings": self.recordings,
            "audio_hours": self.hours.as_dict(),
            "vcpu_hours": self.vcpu_hours.as_dict(),
            "tasks": self.tasks,
            "wall_hours": self.wall_hours.as_dict(),
            "steps": {
                name: {"vcpu_hours": vcpu.as_dict(), "dollars": dollars.as_dict()}
                for name, (vcpu, dollars) in self.steps.items()
            },
            "dollars": {
                "fargate": self.fargate.plus(self.requests).as_dict(),
                "fargate_spot": self.spot.plus(self.requests).as_dict(),
                "of_which_requests": round(self.requests, 4),
            },
            "prices_of": self.prices_of,
        }


def quote(
    workload: Workload, prices: Prices, *, tasks: int | None = None, speed: float | None = None, arm: bool = False
) -> Quote:
    """`speed` replaces the table's estimate with measured vCPU seconds per second of audio for the alignment."""
    work, task = prices.table["work"], prices.table["task"]
    count = tasks or int(task["tasks"])
    hours = prices.hours(workload.sizes)
    vcpu = {"alignment": hours.times(speed) if speed else _alignment(workload, prices)}
    for language, sizes in sorted(workload.translated.items()):
        vcpu[language] = prices.hours(sizes).times(work["translate"], error=work["error"])
    for step, sizes in workload.enriched.items():
        vcpu[step] = prices.hours(sizes).times(work[step], error=work["error"])
    total = sum(vcpu.values(), NOTHING)
    paid = _dollars_per_vcpu_hour(prices, arm=arm) / work["busy"]
    fargate = total.times(paid)
    wall = total.times(1 / (work["busy"] * count * task["vcpu"])).plus(task["start_seconds"] / 3600)
    recordings = workload.recordings.total()
    return Quote(
        recordings=recordings,
        hours=hours,
        steps={name: (part, part.times(paid)) for name, part in vcpu.items()},
        vcpu_hours=total,
        wall_hours=wall if recordings else NOTHING,
        tasks=count,
        fargate=fargate,
        spot=fargate.times(1 - prices.table["fargate"]["spot_discount"]),
        requests=recordings * _dollars_per_job(prices),
        prices_of=f"{prices.date}, {prices.table['region']}",
    )


def _alignment(workload: Workload, prices: Prices) -> Range:
    """vCPU hours. An engine without a figure of its own has that of the default engine."""
    work, total = prices.table["work"], NOTHING
    for engine, sizes in workload.aligned.items():
        total += prices.hours(sizes).times(work.get(f"align_{engine}", work["align"]), error=work["error"])
    return total


def _dollars_per_vcpu_hour(prices: Prices, *, arm: bool) -> float:
    """Including the memory that a task has per vCPU."""
    fargate, task, kind = prices.table["fargate"], prices.table["task"], "arm" if arm else "x86"
    return float(fargate[f"{kind}_vcpu"] + fargate[f"{kind}_gib"] * task["gib"] / task["vcpu"])


def _dollars_per_job(prices: Prices) -> float:
    price = prices.table["requests"]
    return (
        float(
            PUTS_PER_JOB * price["s3_put_list"]
            + GETS_PER_JOB * price["s3_get"]
            + SQS_REQUESTS_PER_JOB * price["sqs"]
            + WRITES_PER_JOB * UNITS_PER_WRITE * price["dynamodb_write_unit"]
            + READS_PER_JOB * price["dynamodb_read_unit"]
        )
        / 1e6
    )
