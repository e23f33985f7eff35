"""What remains of a deleted job for some days: enough to keep it deleted.

A late event of the deleted files must not bring the job back, and a worker that did not know yet must find what to
clean up. The record itself is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncline.core.timestamps import format_timestamp, parse_timestamp

# SQS keeps a message for at most 14 days. No event or message of the job arrives after that.
MARKER_DAYS = 15


@dataclass(frozen=True, slots=True)
class Deletion:
    """`done` says whether everything is deleted that was to be deleted."""

    job_id: str
    bucket: str
    recording_key: str
    revision: str | None
    deleted_at: str
    uploads: bool = False
    done: bool = False

    @property
    def expires_at(self) -> str:
        return format_timestamp(parse_timestamp(self.deleted_at) + timedelta(days=MARKER_DAYS))

    def covers(self, revision: str, newest_upload: datetime | None) -> bool:
        """Whether these files are those of the deleted job, and none was uploaded again since. S3's times are whole
        seconds: a file of the same second counts as uploaded again, because a lost upload would be worse."""
        if revision != self.revision:
            return False
        deleted_at = parse_timestamp(self.deleted_at).replace(microsecond=0)
        return newest_upload is None or newest_upload < deleted_at
