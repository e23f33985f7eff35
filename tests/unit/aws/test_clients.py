import io
from typing import Any

import botocore.awsrequest
import botocore.exceptions
import pytest
from urllib3 import HTTPResponse

from syncline.aws import clients
from syncline.aws.queue import celery_app
from syncline.aws.settings import Settings
from syncline.core.errors import ProcessUnfitError, SettingsError, SynclineError, TransientError
from syncline.local.stack import aws_environment

QUEUE = "https://sqs.eu-north-1.amazonaws.com/123456789012/q"


def test_aws_region_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert clients.client("sqs").meta.region_name == "eu-north-1"
    app = celery_app(Settings(live_queue=QUEUE, bulk_queue=QUEUE))
    assert app.conf.broker_transport_options["region"] == "eu-north-1"


@pytest.mark.parametrize(
    ("name", "value"), [("AWS_REGION", "not a region"), ("AWS_DEFAULT_REGION", ""), ("AWS_ENDPOINT_URL", "nonsense")]
)
def test_a_variable_that_gives_a_bad_address_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    for other in ("AWS_REGION", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        clients.client("sqs")
    assert "AWS_REGION" in refused.value.hint


def test_a_missing_region_is_named() -> None:
    assert "AWS_REGION" in clients.translated(botocore.exceptions.NoRegionError()).hint


def test_a_lazy_client_is_made_at_its_first_use_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "not a region")
    client = clients.lazy_client("sqs")
    with pytest.raises(SettingsError):
        _ = client.meta
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert client.meta.region_name == "eu-north-1"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert client.meta.region_name == "eu-north-1"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("TransactionConflictException", TransientError),
        ("ProvisionedThroughputExceededException", TransientError),
        ("AccessDenied", ProcessUnfitError),
        ("AccessDeniedException", ProcessUnfitError),
        ("ExpiredToken", ProcessUnfitError),
        ("ExpiredTokenException", ProcessUnfitError),
        ("RequestTimeTooSkewed", ProcessUnfitError),
        ("InvalidSignatureException", ProcessUnfitError),
        ("UnrecognizedClientException", ProcessUnfitError),
        ("InvalidClientTokenId", ProcessUnfitError),
        ("NoSuchBucket", SynclineError),
    ],
)
def test_a_refusal_says_whether_it_is_the_callers_own_problem(code: str, kind: type[SynclineError]) -> None:
    error = botocore.exceptions.ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "PutItem"
    )
    assert type(clients.translated(error)) is kind


def test_a_patient_client_outlasts_minutes_of_throttling(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    for name, value in aws_environment("http://127.0.0.1:9").items():
        monkeypatch.setenv(name, value)
    throttled = 12

    def answer(request: Any, **_: Any) -> botocore.awsrequest.AWSResponse:
        nonlocal throttled
        throttled -= 1
        body = b"{}" if throttled < 0 else b'{"__type": "com.amazon#ThrottlingException", "message": "Rate exceeded"}'
        status = 200 if throttled < 0 else 400
        raw = HTTPResponse(io.BytesIO(body), preload_content=False)
        return botocore.awsrequest.AWSResponse(request.url, status, {}, raw)

    def call(*, patient: bool) -> Any:
        client = clients.client("dynamodb", patient=patient)
        client.meta.events.register("before-send", answer)
        return client.get_item(TableName="t", Key={"job_id": {"S": "x"}})

    assert "Item" not in call(patient=True)
    assert len(pauses) == 12
    throttled = 12
    with pytest.raises(botocore.exceptions.ClientError, match="Throttling"):
        call(patient=False)
