"""Results into the bucket, so that a worker whose job has moved on overwrites nothing.

The order makes it safe: see what lies there, make sure that the lease is still ours, then write over exactly
what was seen. Whoever took the job over in between has either taken the lease before our check, or written
after our look; the check or the conditional write finds out.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncline.aws.bucket import Bucket
from syncline.core import layout
from syncline.core.errors import StaleRevisionError
from syncline.core.job import Result
from syncline.core.results import is_result_name
from syncline.pipeline.claim import Claim

LOOKS = 4


class Shelf:
    """The place under results/ of one recording, as it was seen last."""

    def __init__(self, bucket: Bucket, claim: Claim) -> None:
        self._bucket = bucket
        self._claim = claim
        self._prefix = layout.results_prefix(claim.job.recording_key, bucket=claim.job.bucket, home=bucket.name)
        self._seen: dict[str, str] = {}
        self._results: dict[str, Result] = {}
        self._look()

    @property
    def results(self) -> tuple[Result, ...]:
        """What this revision has here, in the order in which it was made."""
        return tuple(self._results.values())

    def finished(self, name: str, digest: str) -> bytes | None:
        """The file if an earlier attempt made it from the same; it counts as a result of this one."""
        key = self._prefix + name
        if key not in self._seen:
            return None
        found = self._bucket.head(key)
        if found is None or found[1].get("digest") != digest:
            return None
        body = self._bucket.read(key)
        self._results[name] = Result(name, key, len(body))
        return body

    def publish(self, files: Mapping[str, bytes], *, digests: Mapping[str, str] | None = None) -> None:
        """`digests` belong to the files that a later attempt can start from."""
        waiting = dict(files)
        for _ in range(LOOKS):
            self._claim.extend()
            try:
                while waiting:
                    name = next(iter(waiting))
                    self._write(name, waiting[name], (digests or {}).get(name))
                    del waiting[name]
                return
            except StaleRevisionError:  # somebody else wrote: a worker whose job moved on, if the next check passes
                self._look()
        raise StaleRevisionError(f"Somebody else keeps writing to {self._prefix}.")

    def remove_leftovers(self) -> None:
        """What an older revision made and this one did not, such as a language that is no longer wanted."""
        for key, etag in list(self._seen.items()):
            name = key.removeprefix(self._prefix)
            if name not in self._results and is_result_name(name):
                self._claim.confirm()
                self._bucket.remove(key, seen_etag=etag)

    def _write(self, name: str, body: bytes, digest: str | None) -> None:
        key = self._prefix + name
        self._claim.confirm()
        self._seen[key] = self._bucket.replace(key, body, seen_etag=self._seen.get(key), digest=digest)
        self._results[name] = Result(name, key, len(body))

    def _look(self) -> None:
        self._seen = {stored.key: stored.etag for stored in self._bucket.list(self._prefix)}
