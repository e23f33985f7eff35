"""What becomes of an item that a pool could not process: data that a child may send to its parent."""

from __future__ import annotations

from dataclasses import dataclass

from syncline.core import errors
from syncline.core.errors import EngineError, InvalidInputError, LimitExceededError, ModelMissingError, SynclineError

# The errors of Syncline that a child may report as such. The others speak of the process itself, and a child that was
# taken over must not make the worker stop.
_REPORTED = (InvalidInputError, EngineError, LimitExceededError, ModelMissingError)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of Syncline as data: the name of its class, and its arguments."""

    kind: str
    message: str
    code: str
    hint: str

    def as_error(self) -> SynclineError:
        kind = getattr(errors, self.kind, EngineError)
        if not (isinstance(kind, type) and issubclass(kind, _REPORTED)):
            kind = EngineError
        return kind(self.message, code=self.code, hint=self.hint)


@dataclass(frozen=True, slots=True)
class Failure:
    """The result for an item that crashed, hung or raised on every attempt, or that the function refused."""

    reason: str
    refusal: Refusal | None = None

    def as_error(self) -> SynclineError:
        if self.refusal is not None:
            return self.refusal.as_error()
        return EngineError(
            f"The transcript could not be processed: {self.reason}.",
            code="text_not_processed",
            hint="Is this really the transcript? If so, break it into words, sentences and lines.",
        )


def failure_of(error: Exception) -> Failure:
    if isinstance(error, SynclineError):
        return Failure(str(error), Refusal(type(error).__name__, error.message, error.code, error.hint))
    return Failure(f"{type(error).__name__}: {error}")
