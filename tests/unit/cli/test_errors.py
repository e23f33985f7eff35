"""Which exit code and which sentence each error becomes."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from syncline.cli.doctor.check import Check, Finding
from syncline.cli.doctor.run import run_check
from syncline.cli.errors import aws_errors, report
from syncline.cli.exit_codes import FAILED, USAGE
from syncline.core.errors import (
    EngineError,
    InvalidOptionsError,
    MediaError,
    ModelMissingError,
    SettingsError,
    SynclineError,
    TransientError,
)

DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "GetObject")


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (SynclineError("It broke.", hint="Repair it."), FAILED, "syncline: It broke. Repair it.\n"),
        (EngineError("No words."), FAILED, "syncline: No words.\n"),
        (ModelMissingError("No model."), FAILED, "syncline: No model.\n"),
        (MediaError("No audio."), USAGE, "syncline: No audio.\n"),
        (InvalidOptionsError("No option."), USAGE, "syncline: No option.\n"),
        (SettingsError("No bucket."), USAGE, "syncline: No bucket.\n"),
        (OSError(28, "No space left on device"), FAILED, "syncline: No space left on device.\n"),
        (PermissionError(13, "Permission denied", "a[b]"), FAILED, "syncline: a[b]: Permission denied.\n"),
        (
            UnicodeEncodeError("utf-8", "caf\udce9.wav", 3, 4, "surrogates not allowed"),
            USAGE,
            "syncline: “caf?.wav” contains bytes that are not UTF-8. S3 keys are UTF-8: rename the file.\n",
        ),
    ],
)
def test_a_foreseeable_error_is_a_sentence(
    error: Exception, code: int, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error) == code
    assert capsys.readouterr() == ("", shown)


def test_a_defect_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        report(ZeroDivisionError())


def raising(error: Exception) -> Check:
    raise error


def test_errors_of_aws_become_errors_of_syncline() -> None:
    with pytest.raises(SynclineError, match="AccessDenied"), aws_errors():
        raising(DENIED)
    with pytest.raises(SettingsError, match="No AWS credentials"), aws_errors():
        raising(NoCredentialsError())


@pytest.mark.parametrize(
    ("error", "finding", "says"),
    [
        (SettingsError("SYNCLINE_TABLE is not set.", hint="Set it."), Finding.BAD, "SYNCLINE_TABLE is not set."),
        (TransientError("AWS could not be reached."), Finding.BAD, "AWS could not be reached."),
        (DENIED, Finding.BAD, "AccessDenied"),
        (ImportError("No module named 'pocketsphinx'"), Finding.NOTE, "not installed here"),
    ],
)
def test_a_check_that_raises_does_not_end_the_others(error: Exception, finding: Finding, says: str) -> None:
    check = run_check("subject", lambda: raising(error))
    assert check.finding is finding
    assert says in check.says
