"""How this project makes AWS clients: one place for retries and timeouts."""

from __future__ import annotations

import os
from typing import Any

import boto3
import botocore.session
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from syncline.core.errors import SettingsError, SynclineError, TransientError

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=32,
)

_ADDRESS_SETTINGS = "Set AWS_REGION, such as eu-west-1; AWS_ENDPOINT_URL only for something that stands in for AWS."
_THROTTLED = ("Throttl", "SlowDown", "RequestLimitExceeded", "ProvisionedThroughputExceeded", "TooManyRequests")
_UNREACHABLE = (
    exceptions.HTTPClientError,
    exceptions.ConnectionError,
    exceptions.IncompleteReadError,
    exceptions.CredentialRetrievalError,  # whoever hands them out is an address on the network, too
)
_PASSING = ("InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable", "RequestTimeout")


def client(service: str, **options: Any) -> Any:
    config = CONFIG.merge(_s3_config()) if service == "s3" else CONFIG
    try:
        return boto3.client(service, config=config, region_name=region(), **options)
    except ValueError as error:  # botocore's word for an address that is none, such as that of no region
        raise SettingsError(f"AWS has no such address: {str(error).rstrip('.')}.", hint=_ADDRESS_SETTINGS) from error


def region() -> str | None:
    """Where AWS_REGION is set, as in Lambda and ECS; boto3 itself looks only for AWS_DEFAULT_REGION and profiles."""
    return os.environ.get("AWS_REGION") or None


def _s3_config() -> Config:
    """Presigned links in the signature that every region accepts, and to the bucket's own region: boto3's default leads
    to the global address, which redirects for new buckets, and a signature does not survive a redirect."""
    elsewhere = any(os.environ.get(name) for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"))
    # Something that stands in for S3 has no host name per bucket.
    return Config(signature_version="s3v4", s3={"addressing_style": "path" if elsewhere else "virtual"})


def listing_client() -> Any:
    """S3 with times left as the text that S3 sends: reading a million of them takes longer than fetching them."""
    core = botocore.session.get_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    return boto3.Session(botocore_session=core).client("s3", config=CONFIG, region_name=region())


def translated(error: BotoCoreError | ClientError) -> SynclineError:
    """What boto3 raised, as one of ours: worth trying again, or to be mended by somebody."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500 or status == 429 or any(mark in code for mark in _THROTTLED + _PASSING):
            return TransientError(f"AWS answered {code or status}: {error}.")
        return SynclineError(f"AWS refused a call: {error}.", code="aws_refused", hint="Run `syncline doctor`.")
    if isinstance(error, exceptions.NoCredentialsError):
        return SettingsError("No AWS credentials were found.", hint="Set AWS_PROFILE or the AWS_* variables.")
    if isinstance(error, exceptions.NoRegionError):
        return SettingsError("No AWS region is set.", hint=_ADDRESS_SETTINGS)
    if isinstance(error, _UNREACHABLE):
        return TransientError(f"AWS could not be reached: {error}.")
    return SynclineError(f"AWS could not be used: {error}.", code="aws_unusable", hint="Run `syncline doctor`.")
