"""Read and conditionally write objects of an S3 bucket."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.response import StreamingBody

from syncline.core.errors import StaleRevisionError
from syncline.core.job import StoredObject
from syncline.core.results import content_type_of

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_GONE = ("404", "NoSuchKey", "NotFound")
_CHANGED = ("412", "PreconditionFailed", "409", "ConditionalRequestConflict")
CHUNK_BYTES = 1 << 20


class ObjectGoneError(Exception):
    """The object does not exist, or its content has changed. The message is its key."""


@dataclass(frozen=True, slots=True)
class OpenObject:
    """An object whose content arrives as it is read."""

    stored: StoredObject
    body: StreamingBody

    def read(self) -> bytes:
        return self.body.read()

    def save(self, into: Path) -> None:
        with into.open("wb") as file:
            for chunk in self.body.iter_chunks(CHUNK_BYTES):
                file.write(chunk)

    def arrives(self, into: Path) -> bool:
        """Save it, unless the connection was closed. S3 closes those from which nothing is read for long."""
        try:
            self.save(into)
        except (HTTPClientError, IncompleteReadError):
            return False
        return True

    def close(self) -> None:
        """Content that was not read ends the connection."""
        self.body.close()


@dataclass(frozen=True, slots=True)
class Bucket:
    client: S3Client
    name: str

    def sibling(self, name: str) -> Bucket:
        """Another bucket with the same client, such as the one of a backfilled recording."""
        return self if name == self.name else Bucket(self.client, name)

    def list(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]:
        """The objects whose keys begin with `prefix` and come after `after`, in S3's order."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix, StartAfter=after)
        for page in pages:
            for item in page.get("Contents", []):
                yield StoredObject(item["Key"], item["ETag"].strip('"'), item["Size"])

    def head(self, key: str) -> tuple[StoredObject, dict[str, str]] | None:
        """-> the object and its user metadata, or None if there is no such object."""
        try:
            answer = self.client.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise
        stored = StoredObject(key, answer["ETag"].strip('"'), answer["ContentLength"])
        return stored, answer.get("Metadata", {})

    def open(self, key: str) -> OpenObject:
        """Request an object: its version and size are known at once, its content is read afterwards."""
        try:
            answer = self.client.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if _code(error) in _GONE:
                raise ObjectGoneError(key) from error
            raise
        return OpenObject(StoredObject(key, answer["ETag"].strip('"'), answer["ContentLength"]), answer["Body"])

    def read(self, key: str, *, at_most: int | None = None) -> bytes:
        """The object's first bytes, or all of them if `at_most` is None."""
        limits = {"Range": f"bytes=0-{at_most - 1}"} if at_most else {}
        try:
            return self.client.get_object(Bucket=self.name, Key=key, **limits)["Body"].read()  # type: ignore[arg-type]
        except ClientError as error:
            if _code(error) in _GONE:
                raise ObjectGoneError(key) from error
            if _code(error) in ("InvalidRange", "416"):  # S3 refuses a range of an empty object
                return b""
            raise

    def download(self, stored: StoredObject, into: Path) -> None:
        """Download exactly this version; raises ObjectGoneError if the object has changed."""
        try:
            answer = self.client.get_object(Bucket=self.name, Key=stored.key, IfMatch=f'"{stored.etag}"')
        except ClientError as error:
            if _code(error) in _GONE + _CHANGED:
                raise ObjectGoneError(stored.key) from error
            raise
        OpenObject(stored, answer["Body"]).save(into)

    def modified(self, key: str) -> datetime | None:
        """When the object was uploaded, in whole seconds; None if there is no such object."""
        try:
            modified: datetime = self.client.head_object(Bucket=self.name, Key=key)["LastModified"]
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise
        return modified

    def etag(self, key: str) -> str | None:
        found = self.head(key)
        return found[0].etag if found else None

    def replace(self, key: str, body: bytes, *, seen_etag: str | None, digest: str | None = None) -> str:
        """Replace exactly the version that was seen (None: create) -> the new ETag.

        Raises StaleRevisionError if the object has changed: a slow writer never overwrites its successor's file.
        """
        condition = {"IfMatch": f'"{seen_etag}"'} if seen_etag else {"IfNoneMatch": "*"}
        metadata = {"write": uuid.uuid4().hex} | ({"digest": digest} if digest else {})
        try:
            answer = self.client.put_object(
                Bucket=self.name,
                Key=key,
                Body=body,
                ContentType=content_type_of(key),
                Metadata=metadata,
                **condition,  # type: ignore[arg-type]
            )
        except ClientError as error:
            if _code(error) not in _CHANGED + _GONE:
                raise
            found = self.head(key)
            if found and found[1].get("write") == metadata["write"]:  # our own write, whose answer was lost
                return found[0].etag
            raise StaleRevisionError(f"Another process has written s3://{self.name}/{key}.") from error
        return answer["ETag"].strip('"')

    def remove(self, key: str, *, seen_etag: str) -> None:
        """Delete exactly the version that was seen; another version stays."""
        try:
            self.client.delete_object(Bucket=self.name, Key=key, IfMatch=f'"{seen_etag}"')
        except ClientError as error:
            if _code(error) not in _CHANGED + _GONE:
                raise


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]
