"""The confidence of a word, from the tracker's confidence and from what Whisper says about the word.

A logistic regression. `make learn-agreement` fits it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from syncline.speech.whisper.agreement import Opinion, Verdict
from syncline.speech.whisper.support import Support

LEAST_CONFIDENCE = 0.5  # a word with less counts as not found
LEAST_CONFIDENCE_CONSERVATIVE = 0.8
LEAST_HEARD = -20.0  # nats; less says no more
GAIN_RANGE = (-10.0, 10.0)
CONFIDENCE_RANGE = (0.001, 0.999)


@dataclass(frozen=True, slots=True)
class Evidence:
    tracker: float  # log odds of its confidence
    agrees: float  # 1: Whisper wrote the word here
    silent: float  # 1: Whisper wrote nothing here
    unknown: float  # 1: Whisper was not asked, because the word lies outside of what it takes for speech
    heard: float  # log-probability of the word given the recording, if Whisper was asked
    gain: float  # by how much the recording makes the word more probable, if Whisper was asked


WEIGHTS = Evidence(tracker=0.587, agrees=1.638, silent=0.766, unknown=0.0, heard=0.139, gain=0.654)
BIAS = 0.316


def evidence_of(confidence: float, verdict: Verdict, support: Support | None) -> Evidence:
    agrees = verdict.opinion is Opinion.AGREES
    low, high = GAIN_RANGE
    return Evidence(
        tracker=_log_odds(confidence),
        agrees=float(agrees),
        silent=float(verdict.opinion is Opinion.SILENT),
        unknown=float(support is None and not agrees),
        heard=max(LEAST_HEARD, support.heard) if support else 0.0,
        gain=min(max(support.gain, low), high) if support else 0.0,
    )


def combined_confidence(evidence: Evidence) -> float:
    total = BIAS + sum(getattr(WEIGHTS, name) * getattr(evidence, name) for name in Evidence.__slots__)
    return 1 / (1 + math.exp(-total))


def _log_odds(confidence: float) -> float:
    low, high = CONFIDENCE_RANGE
    bounded = min(max(confidence, low), high)
    return math.log(bounded / (1 - bounded))
