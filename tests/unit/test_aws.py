import pytest

from syncline import aws
from syncline.queue import celery_app
from syncline.settings import Settings

QUEUE = "https://sqs.eu-north-1.amazonaws.com/123456789012/q"


def test_aws_region_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert aws.client("sqs").meta.region_name == "eu-north-1"
    app = celery_app(Settings(live_queue=QUEUE, bulk_queue=QUEUE))
    assert app.conf.broker_transport_options["region"] == "eu-north-1"
