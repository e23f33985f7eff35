"""Make boto3 clients, with this project's retries and timeouts, and translate their errors.

This is the only module that calls boto3.client or reads AWS's environment variables. Composition functions call it:
`deployment.connect` and the entry points of programs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from syncline.core.errors import ProcessUnfitError, SettingsError, SynclineError, TransientError

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=32,
)

# Minutes of throttling must not end a program that runs for hours. The SDK waits at most 20 seconds between two tries.
PATIENT_CONFIG = CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 20}))

_ADDRESS_HINT = "Set AWS_REGION, such as eu-west-1. Set AWS_ENDPOINT_URL only for an implementation other than AWS."
_THROTTLED = ("Throttl", "SlowDown", "RequestLimitExceeded", "ProvisionedThroughputExceeded", "TooManyRequests")
_SERVER_FAULTS = ("InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable", "RequestTimeout")
_IN_PROGRESS = ("TransactionConflict", "TransactionInProgress")  # of another writer, for milliseconds
_DENIED = ("AccessDenied", "403", "Forbidden", "UnauthorizedOperation", "NotAuthorized", "KMS.AccessDenied")
_BAD_CREDENTIALS = (
    "ExpiredToken", "TokenRefreshRequired", "InvalidToken", "UnrecognizedClient", "InvalidClientTokenId",
    "InvalidAccessKeyId", "MissingAuthenticationToken", "OptInRequired", "NotSignedUp",
)  # fmt: skip
# S3, DynamoDB and SQS each have their own code for a signature of another time.
_BAD_CLOCK = (
    "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "SignatureDoesNotMatch", "InvalidSignature",
)  # fmt: skip
_NO_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.TokenRetrievalError,
    exceptions.UnauthorizedSSOTokenError,
)
_UNREACHABLE = (
    exceptions.HTTPClientError,
    exceptions.ConnectionError,
    exceptions.IncompleteReadError,
    exceptions.CredentialRetrievalError,  # credentials come from an address on the network, too
)


def client(service: str, *, patient: bool = False, **options: Any) -> Any:
    config = PATIENT_CONFIG if patient else CONFIG
    config = config.merge(_s3_config()) if service == "s3" else config
    try:
        return boto3.client(service, config=config, region_name=region(), **options)
    except ValueError as error:  # botocore's error for a malformed address, such as one without a region
        raise SettingsError(f"AWS has no such address: {str(error).rstrip('.')}.", hint=_ADDRESS_HINT) from error


def lazy_client(service: str, *, patient: bool = False) -> Any:
    """A client that is made at its first use: making one takes tens of milliseconds of a cold start."""
    return _LazyClient(lambda: client(service, patient=patient))


class _LazyClient:
    """Stands for a client. The lock is there because boto3's default session is not thread-safe."""

    _lock = threading.Lock()

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return getattr(self._made, name)


def region() -> str | None:
    """AWS_REGION, which Lambda and ECS set. boto3 itself reads only AWS_DEFAULT_REGION and profiles."""
    return os.environ.get("AWS_REGION") or None


def _s3_config() -> Config:
    """Sign links with the version that every region accepts, for the host name of the bucket's own region.

    By default boto3 signs for the global host name. S3 redirects that for new buckets, and a signature is not valid
    after a redirect. Other implementations of S3 have no host name per bucket.
    """
    other_implementation = any(os.environ.get(name) for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"))
    return Config(signature_version="s3v4", s3={"addressing_style": "path" if other_implementation else "virtual"})


def listing_client() -> Any:
    """An S3 client that leaves times as text: parsing a million of them takes longer than fetching them."""
    core = botocore.session.get_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    return boto3.Session(botocore_session=core).client("s3", config=PATIENT_CONFIG, region_name=region())


def translated(error: BotoCoreError | ClientError) -> SynclineError:
    """boto3's error as one of this project's: a TransientError if a later call may succeed, a ProcessUnfitError if AWS
    refuses this process."""
    if isinstance(error, ClientError):
        return _refused(error)
    if isinstance(error, exceptions.NoRegionError):
        return SettingsError("No AWS region is set.", hint=_ADDRESS_HINT)
    if isinstance(error, _NO_CREDENTIALS):
        return SettingsError(f"No AWS credentials were found: {error}.", hint="Set AWS_PROFILE or the AWS_* variables.")
    if isinstance(error, _UNREACHABLE):
        return TransientError(f"AWS could not be reached: {error}.")
    return SynclineError(f"AWS could not be used: {error}.", code="aws_unusable", hint="Run `syncline doctor`.")


def is_denied(error: BaseException | None) -> bool:
    """Whether AWS says that the caller lacks a right. Credentials and clock are fine then."""
    return isinstance(error, ClientError) and _code_of(error).startswith(_DENIED)


def _refused(error: ClientError) -> SynclineError:
    code, status = _code_of(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500 or status == 429 or any(mark in code for mark in _THROTTLED + _SERVER_FAULTS + _IN_PROGRESS):
        return TransientError(f"AWS answered {code or status}: {error}.")
    if code.startswith(_BAD_CREDENTIALS):
        return ProcessUnfitError(f"AWS does not accept the credentials: {error}.", hint="Renew them.")
    if code.startswith(_BAD_CLOCK):
        return ProcessUnfitError(
            f"AWS does not accept the signature: {error}.", hint="Check the clock, then the credentials."
        )
    hint = "Run `syncline doctor`."
    if code.startswith(_DENIED):
        return ProcessUnfitError(f"AWS denied a call: {error}.", hint=f"Check the rights of the role. {hint}")
    return SynclineError(f"AWS refused a call: {error}.", code="aws_refused", hint=hint)


def _code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
