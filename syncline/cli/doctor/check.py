"""The result of one check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Finding(StrEnum):
    OK = "ok"
    NOTE = "note"  # not everything needs it, or it could not be checked
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """`mend` says how to repair what was found. The names of the fields are those of `doctor --json`."""

    subject: str
    finding: Finding
    says: str
    mend: str = ""
