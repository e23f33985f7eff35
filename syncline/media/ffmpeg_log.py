"""Read ffmpeg's log while it runs, and keep a bounded part of it. A recording can make ffmpeg write without end."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

_KEPT = 100  # lines from the beginning, and as many from the end
_LONGEST_LINE = 2048

_LEVEL = re.compile(rb"^(?:\[[^\]]* @ 0x[0-9a-f]+\] )*\[(?P<level>[a-z]+)\] (?P<text>.*)$", re.DOTALL)
_DURATION = re.compile(r"^\s*Duration: (\d+):(\d+):(\d+(?:\.\d+)?)")
_SAMPLE_RATE = re.compile(r"^\s*Stream #0:\d++[^,]{0,200}?: Audio: [^\n]*?, (\d++) Hz")
_COMPLAINT_LEVELS = frozenset({"fatal", "panic", "error", "warning"})
_NO_STREAM = re.compile(r"Stream map '.*' matches no streams")
_WHITELIST = re.compile(r"(not on whitelist) .*")
# Newer versions of ffmpeg add these after the reason, once for each of their threads and options.
_FOLLOW_UPS = re.compile(
    r"Task finished with error|Terminating thread|Error opening (input|output)|Error parsing options|"
    r"Failed to set value|To ignore this, add|Nothing was written into|Conversion failed"
)


class FfmpegLog:
    """The facts and complaints in ffmpeg's log. `read` consumes the log; the attributes are valid while it runs."""

    def __init__(self, recording: Path, *, observe: Callable[[str], None] | None = None) -> None:
        """`observe` is called with each line. Threads of ffmpeg may have written to the same line."""
        self._observe = observe
        self._path = str(recording.absolute())
        self._name = recording.name
        self._first: list[tuple[str, str]] = []
        self._last: deque[tuple[str, str]] = deque(maxlen=_KEPT)
        self.announced_seconds = 0.0
        self.sample_rate = 0  # of the first audio stream; 0 until ffmpeg has opened the recording
        self.estimated = False  # ffmpeg derived the duration from the bit rate
        self.opened = False
        self.interrupted = False  # ffmpeg exits normally on SIGXCPU, the signal for spent CPU time

    def read(self, stream: IO[bytes]) -> None:
        level = "error"  # Before ffmpeg starts, only the dynamic loader writes, and only errors.
        for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
            found = _LEVEL.match(line)
            if found:
                level = found["level"].decode()
            text = (found["text"] if found else line).decode("utf-8", "replace").rstrip()
            self._add(level, text)

    def _add(self, level: str, text: str) -> None:
        if self._observe:
            self._observe(text)
        duration = _DURATION.match(text)
        if level == "info" and duration and not self.announced_seconds:
            hours, minutes, seconds = duration.groups()
            self.announced_seconds = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        stream = _SAMPLE_RATE.match(text)
        if stream and not self.sample_rate:
            self.sample_rate = int(stream[1])
        self.opened = self.opened or text.startswith("Input #0")
        self.interrupted = self.interrupted or text.startswith("Exiting normally, received signal")
        self.estimated = self.estimated or text.startswith("Estimating duration")
        text = _WHITELIST.sub(r"\1", text.replace(f"file:{self._path}", self._name))
        if level not in _COMPLAINT_LEVELS or not text.strip():
            return
        if len(self._first) < _KEPT:
            self._first.append((level, text))
        else:
            self._last.append((level, text))

    @property
    def complaints(self) -> list[str]:
        """Errors and warnings, in order."""
        return [text for _, text in (*self._first, *self._last)]

    @property
    def has_no_such_stream(self) -> bool:
        """Whether the recording has no stream of the kind that was asked for."""
        return any(_NO_STREAM.search(text) for text in self.complaints)

    @property
    def errors(self) -> list[str]:
        return [text for level, text in (*self._first, *self._last) if level != "warning"]

    def quote(self) -> str:
        """The last complaints, as the end of an error message."""
        lines = list(dict.fromkeys(self.errors or self.complaints))
        lines = [text for text in lines if not _FOLLOW_UPS.search(text)] or lines
        return f" ffmpeg said: {' / '.join(text.rstrip('.') for text in lines[-3:])}." if lines else ""
