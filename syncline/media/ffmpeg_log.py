"""What ffmpeg said while it worked: bounded, whatever the file makes it say."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path
from typing import IO

_KEPT = 100  # lines from the beginning, and as many from the end
_LONGEST_LINE = 2048

_LEVEL = re.compile(rb"^(?:\[[^\]]* @ 0x[0-9a-f]+\] )*\[(?P<level>[a-z]+)\] (?P<words>.*)$", re.DOTALL)
_DURATION = re.compile(r"^\s*Duration: (\d+):(\d+):(\d+(?:\.\d+)?)")
_TROUBLE = frozenset({"fatal", "panic", "error", "warning"})
_WHITELIST = re.compile(r"(not on whitelist) .*")
# What newer versions add after the reason, once for each of their threads and options.
_ECHOES = re.compile(
    r"Task finished with error|Terminating thread|Error opening (input|output)|Error parsing options|"
    r"Failed to set value|To ignore this, add|Nothing was written into|Conversion failed"
)


class Testimony:
    def __init__(self, recording: Path) -> None:
        self._path = str(recording.absolute())
        self._name = recording.name
        self._first: list[tuple[str, str]] = []
        self._last: deque[tuple[str, str]] = deque(maxlen=_KEPT)
        self.announced_seconds = 0.0
        self.estimated = False  # the length was guessed from the bit rate
        self.opened = False
        self.interrupted = False  # ffmpeg takes the signal for spent processor time as a wish to end early

    def take(self, stream: IO[bytes]) -> None:
        level = "error"  # the loader speaks before ffmpeg does, and only of trouble
        for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
            found = _LEVEL.match(line)
            if found:
                level = found["level"].decode()
            words = (found["words"] if found else line).decode("utf-8", "replace").rstrip()
            self._note(level, words)

    def _note(self, level: str, words: str) -> None:
        duration = _DURATION.match(words)
        if level == "info" and duration and not self.announced_seconds:
            hours, minutes, seconds = duration.groups()
            self.announced_seconds = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        self.opened = self.opened or words.startswith("Input #0")
        self.interrupted = self.interrupted or words.startswith("Exiting normally, received signal")
        self.estimated = self.estimated or words.startswith("Estimating duration")
        words = _WHITELIST.sub(r"\1", words.replace(f"file:{self._path}", self._name))
        if level not in _TROUBLE or not words.strip():
            return
        if len(self._first) < _KEPT:
            self._first.append((level, words))
        else:
            self._last.append((level, words))

    @property
    def complaints(self) -> list[str]:
        """Errors and warnings, in order."""
        return [words for _, words in (*self._first, *self._last)]

    @property
    def errors(self) -> list[str]:
        return [words for level, words in (*self._first, *self._last) if level != "warning"]

    def quote(self) -> str:
        """The last few things that it said, for an error message."""
        said = list(dict.fromkeys(self.errors or self.complaints))
        said = [words for words in said if not _ECHOES.search(words)] or said
        return f" ffmpeg said: {' / '.join(words.rstrip('.') for words in said[-3:])}." if said else ""
