"""Client of the Hugging Face hub: list the files of a commit, and download a file with resumption.

The hub's own client starts a file from zero after its process died. A spot task that is killed at 90% of two gigabytes
must continue from there.

Only https is accepted, for the endpoint and for every redirect; plain http is accepted on the loopback interface. A
download never exceeds the size that the hub announces.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from syncline import __version__
from syncline.core.errors import ModelMissingError, SettingsError, TransientError
from syncline.core.progress import Progress

log = logging.getLogger(__name__)

ENDPOINT = "https://huggingface.co"
USER_AGENT = {"User-Agent": f"syncline/{__version__}"}
CHUNK_BYTES = 1 << 16  # A broken connection loses at most this much.
LISTING_BYTES = 4 << 20  # A listing of 10,000 files is smaller.
ATTEMPTS = 6  # in a row without a new byte
REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file as the hub announces it: with `sha256` if it is large, with `blob` (git's digest) if it is small."""

    name: str
    size: int
    sha256: str
    blob: str

    def matches(self, path: Path) -> bool:
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        digest = hashlib.sha256() if self.sha256 else hashlib.sha1(b"blob %d\0" % self.size, usedforsecurity=False)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest() == (self.sha256 or self.blob)


class Hub:
    """`wait_seconds` is the pause after the first failed attempt. Each further pause is twice as long."""

    def __init__(self, endpoint: str = ENDPOINT, *, wait_seconds: float = 1.0) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._wait_seconds = wait_seconds

    def files(self, repository: str, revision: str) -> dict[str, HubFile]:
        url = self._listing_address(repository, revision)
        for attempt in range(ATTEMPTS):
            if attempt:
                self._wait(attempt)
            with suppress(urllib3.exceptions.HTTPError, TransientError):
                return self._listing(url)
        raise self._unreachable(f"{repository} could not be listed")

    def download(self, repository: str, revision: str, file: HubFile, path: Path, *, progress: Progress) -> None:
        """Complete `path`. Continue from `<path>.part` if an earlier attempt left it."""
        part = path.with_name(path.name + ".part")
        if _size(part) > file.size:
            part.unlink()
        url = self._file_address(repository, revision, file.name)
        failures = 0
        while not part.exists() or _size(part) < file.size:
            before = _size(part)
            with suppress(urllib3.exceptions.HTTPError, TransientError):
                self._append(url, part, file, progress)
            failures = 0 if _size(part) > before else failures + 1
            if failures == ATTEMPTS:
                raise self._unreachable(f"{file.name} stopped at {_size(part):,} of {file.size:,} bytes")
            if failures:
                self._wait(failures)
        part.replace(path)

    def _listing_address(self, repository: str, revision: str) -> str:
        return f"{self._endpoint}/api/models/{repository}/revision/{revision}?blobs=true"

    def _file_address(self, repository: str, revision: str, name: str) -> str:
        return f"{self._endpoint}/{repository}/resolve/{revision}/{quote(name)}"

    def _wait(self, failures: int) -> None:
        seconds = self._wait_seconds * 2 ** (failures - 1)
        log.warning(
            "%s does not answer; trying again in %.0f s (%d of %d)", self._endpoint, seconds, failures, ATTEMPTS - 1
        )
        time.sleep(seconds)

    def _append(self, url: str, part: Path, file: HubFile, progress: Progress) -> None:
        present = _size(part)
        response = self._get(url, {"Range": f"bytes={present}-"} if present else {})
        try:
            resumed = response.status == 206
            done = present if resumed else 0
            with part.open("ab" if resumed else "wb") as out:
                for chunk in response.stream(CHUNK_BYTES):
                    wanted = chunk[: file.size - done]
                    out.write(wanted)
                    done += len(wanted)
                    progress(done / max(1, file.size))
                    if done == file.size:
                        break
        finally:
            response.close()

    def _listing(self, url: str) -> dict[str, HubFile]:
        response = self._get(url, {})
        try:
            body = response.read(LISTING_BYTES)
            return {file.name: file for file in map(_file, json.loads(body)["siblings"])}
        except (ValueError, KeyError, TypeError, AttributeError) as error:  # a proxy's login page, a partial mirror
            raise ModelMissingError(
                f"{url} does not answer as the Hugging Face hub does.",
                code="not_a_hub",
                hint="Check HF_ENDPOINT, and whether a proxy answers instead of the hub.",
            ) from error
        finally:
            response.close()

    def _get(self, url: str, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        """Follow redirects here, so that each address is checked before it is requested."""
        for _ in range(REDIRECTS + 1):
            _require_secure(url)
            response = self._pool.request(
                "GET", url, headers=USER_AGENT | headers, preload_content=False, redirect=False
            )
            location = response.get_redirect_location()
            if not location:
                _check(response, url)
                return response
            response.close()
            url = urljoin(url, location)
        raise TransientError(f"{url}: more than {REDIRECTS} redirects.")

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        """With the proxy of the environment, which urllib3 does not read by itself."""
        retries = urllib3.Retry(total=None, connect=0, read=0)  # `download` retries, with a Range
        timeout = urllib3.Timeout(connect=10, read=60)
        address = urlsplit(self._endpoint)
        proxy = getproxies().get(address.scheme)
        if proxy and not proxy_bypass(address.netloc):
            return urllib3.ProxyManager(proxy, timeout=timeout, retries=retries)
        return urllib3.PoolManager(timeout=timeout, retries=retries)

    def _unreachable(self, what: str) -> TransientError:
        return TransientError(
            f"{self._endpoint} cannot be reached: {what}.",
            code="hub_unreachable",
            hint="Check the internet connection (or HF_ENDPOINT), then run the command again. It continues from there.",
        )


def _require_secure(url: str) -> None:
    address = urlsplit(url)
    if address.hostname and (
        address.scheme == "https" or (address.scheme == "http" and _is_loopback(address.hostname))
    ):
        return
    raise SettingsError(
        f"“{url}” is not an https address.",
        code="insecure_hub",
        hint="Models are downloaded over https only. Check HF_ENDPOINT, and where that hub redirects to.",
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _file(entry: dict[str, Any]) -> HubFile:
    large = entry.get("lfs") or {}
    return HubFile(entry["rfilename"], int(entry["size"]), large.get("sha256", ""), entry.get("blobId", ""))


def _check(response: urllib3.BaseHTTPResponse, url: str) -> None:
    status = response.status
    if status < 400:
        return
    response.close()
    if status in (408, 429) or status >= 500:
        raise TransientError(f"{url} answered {status}.")
    raise ModelMissingError(
        f"{url} answered {status}.", code="not_on_hub", hint="Check the repository's name and the commit."
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
