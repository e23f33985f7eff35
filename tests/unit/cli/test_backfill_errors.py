"""What a backfill says when AWS ends it."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from syncline.cli.backfill_run import resumable
from syncline.cli.errors import aws_errors
from syncline.core.errors import ProcessUnfitError, TransientError


def refuse(code: str) -> None:
    with resumable(), aws_errors():
        raise ClientError({"Error": {"Code": code}}, "TransactWriteItems")


def test_a_throttled_backfill_says_how_to_go_on() -> None:
    with pytest.raises(TransientError, match="ThrottlingException") as ended:
        refuse("ThrottlingException")
    assert "Run the same command again" in ended.value.hint


def test_a_backfill_that_aws_denies_does_not() -> None:
    with pytest.raises(ProcessUnfitError, match="AccessDenied"):
        refuse("AccessDenied")
