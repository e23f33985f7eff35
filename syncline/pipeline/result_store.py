"""Write a job's results to the bucket. A worker whose job has moved on overwrites nothing.

The order makes it safe: list the results, confirm the lease, then write each file over exactly the version that was
listed (a conditional write). A worker that took the job over in between either took the lease before the
confirmation or wrote a result after the listing. The confirmation detects the first, the conditional write the second.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from syncline.aws.bucket import Bucket
from syncline.core import layout
from syncline.core.errors import StaleRevisionError
from syncline.core.job import Result, StoredObject
from syncline.core.results import is_result_name
from syncline.pipeline.claim import Claim

logger = logging.getLogger(__name__)

MAX_LISTINGS = 4


class ResultStore:
    """The results of one recording, as they were listed last."""

    def __init__(self, bucket: Bucket, claim: Claim) -> None:
        self._bucket = bucket
        self._claim = claim
        self._prefix = layout.results_prefix(claim.job.recording_key, bucket=claim.job.bucket, home=bucket.name)
        self._etags: dict[str, str] = {}
        self._results: dict[str, Result] = {}
        self._list()

    @property
    def results(self) -> tuple[Result, ...]:
        """The results of this revision, in the order in which they were made."""
        return tuple(self._results.values())

    def seen_etag(self, name: str) -> str | None:
        """The version of a file that was listed; None if there was none."""
        return self._etags.get(self._prefix + name)

    def reuse(self, name: str, digest: str) -> bytes | None:
        """The file if an earlier attempt made it from the same inputs; it becomes a result of this attempt."""
        if self._find(name, digest) is None:
            return None
        body = self._bucket.read(self._prefix + name)
        self._results[name] = Result(name, self._prefix + name, len(body))
        return body

    def keep(self, names: Sequence[str], digest: str) -> bool:
        """Whether an earlier attempt made all these files from the same inputs. They become results of this one."""
        found = {name: self._find(name, digest) for name in names}
        if not all(found.values()):
            return False
        self._results |= {name: Result(name, each.key, each.size) for name, each in found.items() if each}
        return True

    def _find(self, name: str, digest: str) -> StoredObject | None:
        key = self._prefix + name
        found = self._bucket.head(key) if key in self._etags else None
        return found[0] if found and found[1].get("digest") == digest else None

    def earlier(self, name: str, digest_start: str) -> bytes | None:
        """The file of an earlier revision if its digest begins like this."""
        key = self._prefix + name
        found = self._bucket.head(key) if key in self._etags else None
        if found is None or not found[1].get("digest", "").startswith(digest_start):
            return None
        return self._bucket.read(key)

    def publish(self, files: Mapping[str, bytes], *, digests: Mapping[str, str] | None = None) -> None:
        """Write the files. `digests` belong to those that a later attempt can start from."""
        unwritten = dict(files)
        for _ in range(MAX_LISTINGS):
            self._claim.extend()
            try:
                while unwritten:
                    name = next(iter(unwritten))
                    self._write(name, unwritten[name], (digests or {}).get(name))
                    del unwritten[name]
                return
            except StaleRevisionError:  # another writer; if the lease is still ours, its job has moved on
                self._list()
        raise StaleRevisionError(f"Another process keeps writing to {self._prefix}.")

    def remove_leftovers(self) -> tuple[str, ...]:
        """Delete results of an older revision that this one did not make, such as captions of a language that is no
        longer requested. -> the names that could not be deleted: this never fails a job."""
        remaining = []
        for key, etag in list(self._etags.items()):
            name = key.removeprefix(self._prefix)
            if name not in self._results and is_result_name(name) and not self._remove(key, etag):
                remaining.append(name)
        return tuple(remaining)

    def _remove(self, key: str, etag: str) -> bool:
        self._claim.confirm()
        try:
            self._bucket.remove(key, seen_etag=etag)
        except (ClientError, BotoCoreError) as error:
            logger.warning("could not delete %s: %s", key, error)
            return False
        return True

    def _write(self, name: str, body: bytes, digest: str | None) -> None:
        key = self._prefix + name
        self._claim.confirm()
        self._etags[key] = self._bucket.replace(key, body, seen_etag=self._etags.get(key), digest=digest)
        self._results[name] = Result(name, key, len(body))

    def _list(self) -> None:
        self._etags = {stored.key: stored.etag for stored in self._bucket.list(self._prefix)}
