"""The little of the Hugging Face hub that is needed: list a revision's files, download one and go on where it stopped.

The hub's own client starts a file again from zero after its process died; a spot task that is killed at 90% of two
gigabytes should not.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from syncline import __version__
from syncline.core.errors import ModelMissingError, SettingsError, TransientError

log = logging.getLogger(__name__)

ENDPOINT = "https://huggingface.co"
AGENT = {"User-Agent": f"syncline/{__version__}"}
CHUNK = 1 << 16  # what a broken connection can lose
ATTEMPTS = 6  # without a new byte in between

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class HubFile:
    """`sha256` for large files, `blob` (git's own digest) for small ones: the hub says one or the other."""

    name: str
    size: int
    sha256: str
    blob: str

    def matches(self, path: Path) -> bool:
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        digest = hashlib.sha256() if self.sha256 else hashlib.sha1(b"blob %d\0" % self.size, usedforsecurity=False)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return digest.hexdigest() == (self.sha256 or self.blob)


class Hub:
    """`wait_seconds` is the first pause between tries; each further one is twice as long."""

    def __init__(self, endpoint: str = ENDPOINT, *, wait_seconds: float = 1.0) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._wait_seconds = wait_seconds
        self._pool = _pool_for(self._endpoint)

    def files(self, repository: str, revision: str) -> dict[str, HubFile]:
        url = f"{self._endpoint}/api/models/{repository}/revision/{revision}?blobs=true"
        for attempt in range(ATTEMPTS):
            if attempt:
                self._wait(attempt)
            with suppress(urllib3.exceptions.HTTPError, TransientError):
                return self._listing(url)
        raise self._unreachable(f"{repository} could not be listed")

    def download(self, repository: str, revision: str, file: HubFile, path: Path, *, progress: Progress) -> None:
        """Complete `path`, going on from `<path>.part` if a try before this one left it."""
        part = path.with_name(path.name + ".part")
        if _size(part) > file.size:
            part.unlink()
        url = f"{self._endpoint}/{repository}/resolve/{revision}/{quote(file.name)}"
        in_vain = 0
        while not part.exists() or _size(part) < file.size:
            before = _size(part)
            with suppress(urllib3.exceptions.HTTPError, TransientError):
                self._append(url, part, file, progress)
            in_vain = 0 if _size(part) > before else in_vain + 1
            if in_vain == ATTEMPTS:
                raise self._unreachable(f"{file.name} stopped at {_size(part):,} of {file.size:,} bytes")
            if in_vain:
                self._wait(in_vain)
        part.replace(path)

    def _wait(self, in_vain: int) -> None:
        seconds = self._wait_seconds * 2 ** (in_vain - 1)
        log.warning(
            "%s does not answer; once more in %.0f s (%d of %d)", self._endpoint, seconds, in_vain, ATTEMPTS - 1
        )
        time.sleep(seconds)

    def _append(self, url: str, part: Path, file: HubFile, progress: Progress) -> None:
        have = _size(part)
        resume = {"Range": f"bytes={have}-"} if have else {}
        response = self._pool.request("GET", url, headers=AGENT | resume, preload_content=False)
        try:
            _check(response.status, url)
            resumed = response.status == 206
            done = have if resumed else 0
            with part.open("ab" if resumed else "wb") as out:
                for chunk in response.stream(CHUNK):
                    out.write(chunk)
                    done += len(chunk)
                    progress(min(1.0, done / max(1, file.size)))
        finally:
            response.close()

    def _listing(self, url: str) -> dict[str, HubFile]:
        response = self._pool.request("GET", url, headers=AGENT)
        _check(response.status, url)
        try:
            return {file.name: file for file in map(_file, response.json()["siblings"])}
        except (ValueError, KeyError, TypeError, AttributeError) as error:  # a proxy's login page, a mirror's own idea
            raise ModelMissingError(
                f"{url} does not answer as the Hugging Face hub does.",
                code="not_a_hub",
                hint="Check HF_ENDPOINT, and whether a proxy answers in its place.",
            ) from error

    def _unreachable(self, what: str) -> TransientError:
        return TransientError(
            f"{self._endpoint} cannot be reached: {what}.",
            code="hub_unreachable",
            hint="Check the way to the internet (or HF_ENDPOINT), then run the command again: it goes on from there.",
        )


def _pool_for(endpoint: str) -> urllib3.PoolManager:
    """With the environment's proxy, where there is one: urllib3 itself does not look."""
    retries = urllib3.Retry(total=None, connect=0, read=0, redirect=5)  # we retry ourselves, with a Range
    timeout = urllib3.Timeout(connect=10, read=60)
    address = urlsplit(endpoint)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise SettingsError(
            f"“{endpoint}” is no address of a hub.", hint="HF_ENDPOINT begins with https:// or http://, or is not set."
        )
    proxy = getproxies().get(address.scheme)
    if proxy and not proxy_bypass(address.netloc):
        return urllib3.ProxyManager(proxy, timeout=timeout, retries=retries)
    return urllib3.PoolManager(timeout=timeout, retries=retries)


def _file(entry: dict[str, Any]) -> HubFile:
    large = entry.get("lfs") or {}
    return HubFile(entry["rfilename"], int(entry["size"]), large.get("sha256", ""), entry.get("blobId", ""))


def _check(status: int, url: str) -> None:
    if status in (408, 429) or status >= 500:
        raise TransientError(f"{url} answered {status}.")
    if status >= 400:
        raise ModelMissingError(
            f"{url} answered {status}.", code="not_on_hub", hint="Check the repository's name and the revision."
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
