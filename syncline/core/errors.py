"""All errors that users can meet.

SynclineError                code, message, hint: what happened and what to do next
├── InvalidInputError        the user's material or request is wrong; trying again changes nothing
│   ├── InvalidOptionsError  a value in <name>.job.json, in metadata or on the command line
│   ├── MediaError           the recording cannot be decoded
│   ├── TranscriptError      the transcript cannot be read
│   ├── NotFoundError        there is no such job, result or recording
│   └── ConflictError        the request does not fit the current state of the job
├── SettingsError            a setting of this process is missing or wrong
├── EngineError              the aligner or translator failed on this material
├── ModelMissingError        a model that the job needs is not installed here
├── LimitExceededError       the job hit its time, memory or disk limit
├── ProcessUnfitError        AWS refuses this process (credentials, rights, clock), or its disk is full
├── ProcessBusyError         the other jobs of this process leave no room for this one now
├── TransientError           throttling, 5xx, a lost connection: the same call may work later
└── StaleRevisionError       the job has moved on; the holder of this revision must stop writing
"""

from __future__ import annotations


class SynclineError(Exception):
    """The base class. `code` is stable and for programs, `message` and `hint` are for people."""

    default_code = "internal"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        self.message, self.hint = _writable(message), _writable(hint)
        self.code = code or self.default_code
        super().__init__(self.message)

    def as_dict(self) -> dict[str, str]:
        """The error as a job record holds it."""
        return {"code": self.code, "message": self.message, "hint": self.hint}

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process boundaries (the process pool). The default implementation drops keyword arguments.
        return (_rebuild, (type(self), self.message, self.code, self.hint))


def _writable(text: str) -> str:
    """Messages quote user input, and JSON can hold lone surrogates that no file or table accepts."""
    return text.encode(errors="replace").decode()


def _rebuild(cls: type[SynclineError], message: str, code: str, hint: str) -> SynclineError:
    return cls(message, code=code, hint=hint)


class InvalidInputError(SynclineError):
    default_code = "invalid_input"


class InvalidOptionsError(InvalidInputError):
    default_code = "invalid_options"


class MediaError(InvalidInputError):
    default_code = "invalid_media"


class TranscriptError(InvalidInputError):
    default_code = "invalid_transcript"


class NotFoundError(InvalidInputError):
    default_code = "not_found"


class ConflictError(InvalidInputError):
    """The request does not fit the current state of the job."""

    default_code = "conflict"


class SettingsError(SynclineError):
    default_code = "invalid_settings"


class EngineError(SynclineError):
    default_code = "engine_failed"


class ModelMissingError(SynclineError):
    default_code = "model_missing"


class LimitExceededError(SynclineError):
    default_code = "limit_exceeded"


class ProcessUnfitError(SynclineError):
    """The process that ran into it can do no work, whatever it works on. A job is not to blame."""

    default_code = "aws_refused"


class ProcessBusyError(SynclineError):
    default_code = "busy"


class TransientError(SynclineError):
    default_code = "transient"


class StaleRevisionError(SynclineError):
    default_code = "stale_revision"
