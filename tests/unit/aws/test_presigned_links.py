from urllib.parse import urlsplit

import pytest

from syncline.aws import clients


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)


def test_links_name_the_buckets_region_and_are_signed_for_it() -> None:
    s3 = clients.client("s3")
    link = urlsplit(s3.generate_presigned_url("get_object", Params={"Bucket": "my-bucket", "Key": "a b"}, ExpiresIn=9))
    assert link.hostname == "my-bucket.s3.eu-west-1.amazonaws.com"
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link.query
    form = s3.generate_presigned_post("my-bucket", "a b")
    assert form["url"] == "https://my-bucket.s3.eu-west-1.amazonaws.com/"


def test_other_implementations_of_s3_are_addressed_by_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    link = clients.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": "my-bucket", "Key": "a"}, ExpiresIn=9
    )
    assert link.startswith("http://127.0.0.1:5000/my-bucket/a?")
