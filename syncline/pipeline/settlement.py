"""What to do with a message after its job has run. A failure never deletes a message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Action(Enum):
    DELETE = "delete"  # the job record is final
    RETRY_LATER = "retry later"  # make the message visible again after a delay
    RELEASE = "release"  # change nothing: another worker owns the job, or redrive will move the message


@dataclass(frozen=True, slots=True)
class Settlement:
    """`seconds` is the delay of RETRY_LATER."""

    action: Action
    seconds: float = 0.0


DELETE = Settlement(Action.DELETE)
RELEASE = Settlement(Action.RELEASE)


def retry_later(seconds: float) -> Settlement:
    return Settlement(Action.RETRY_LATER, seconds)
