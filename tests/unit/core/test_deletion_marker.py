from datetime import UTC, datetime

import pytest

from syncline.core.deletion import Deletion

DELETION = Deletion("id", "b", "uploads/a.mp3", "r1", "2026-01-02T03:04:05.678Z")


@pytest.mark.parametrize(
    ("revision", "second", "covered"),
    [("r1", None, True), ("r1", 4, True), ("r1", 5, False), ("r1", 6, False), ("r2", 4, False), ("r2", None, False)],
)
def test_a_deletion_covers_the_files_that_were_there_before(revision: str, second: int | None, covered: bool) -> None:
    """S3 gives whole seconds: a file of the second of the deletion may have come after it."""
    uploaded = None if second is None else datetime(2026, 1, 2, 3, 4, second, tzinfo=UTC)
    assert DELETION.covers(revision, uploaded) is covered


def test_the_marker_outlives_every_message_of_the_job() -> None:
    assert DELETION.expires_at == "2026-01-17T03:04:05.678Z"
