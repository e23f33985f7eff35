"""Client of GitHub's releases, where spaCy publishes its models: one wheel per release.

A release announces the size of its file but no digest. The catalogue therefore pins the sha256 of every wheel.
"""

from __future__ import annotations

from pathlib import Path

from syncline.core.errors import TransientError
from syncline.models.catalogue import wheel_of
from syncline.models.hub import Hub, HubFile

ENDPOINT = "https://github.com"


class ReleasedFile(HubFile):
    """Only its size is known. `fetching` compares its content with the catalogue's pin."""

    def matches(self, path: Path) -> bool:
        return path.is_file() and path.stat().st_size == self.size


class Releases(Hub):
    def __init__(self, endpoint: str = ENDPOINT, *, wait_seconds: float = 1.0) -> None:
        super().__init__(endpoint, wait_seconds=wait_seconds)

    def _listing_address(self, repository: str, revision: str) -> str:
        return self._file_address(repository, revision, wheel_of(revision))

    def _file_address(self, repository: str, revision: str, name: str) -> str:
        return f"{self._endpoint}/{repository}/releases/download/{revision}/{name}"

    def _listing(self, url: str) -> dict[str, HubFile]:
        """The release's one file, from the head of the answer."""
        name = url.rpartition("/")[2]
        response = self._get(url, {})
        response.close()
        size = response.headers.get("Content-Length", "")
        if not size.isdecimal():
            raise TransientError(f"{url} does not announce its size.")
        return {name: ReleasedFile(name, int(size), "", "")}

    def _unreachable(self, what: str) -> TransientError:
        return TransientError(
            f"{self._endpoint} cannot be reached: {what}.",
            code="releases_unreachable",
            hint="Check the internet connection, then run the command again. It continues from there.",
        )
