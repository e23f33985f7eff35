"""An HTTP request to the status function, together with the services that its handler uses."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent

from lambdas.web import sessions
from lambdas.web.auth import SAFE_METHODS, AuthMethod
from lambdas.web.http_responses import prefers_html
from lambdas.web.services import Services
from syncline.aws.deployment import Deployment
from syncline.core import http_problems, strict_json
from syncline.core.errors import InvalidInputError
from syncline.core.http_problems import PreconditionRequiredError

LARGEST_FORM = 8 * 1024
METADATA = "metadata."
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Request:
    event: LambdaFunctionUrlEvent
    services: Services
    auth_method: AuthMethod | None = None  # None on a route that is open to all

    @property
    def deployment(self) -> Deployment:
        return self.services.deployment

    @property
    def wants_html(self) -> bool:
        return prefers_html(self.event.headers.get("accept", ""))

    @property
    def signed_in(self) -> bool:
        return self.auth_method is AuthMethod.SESSION

    def query(self, name: str) -> str | None:
        return self.event.query_string_parameters.get(name)

    def query_without(self, *names: str) -> dict[str, str]:
        return {each: value for each, value in self.event.query_string_parameters.items() if each not in names}

    def metadata(self) -> dict[str, str]:
        """The parameters metadata.<name>, by name."""
        return {
            name.removeprefix(METADATA): value
            for name, value in self.event.query_string_parameters.items()
            if name.startswith(METADATA)
        }

    def edited_revision(self) -> str:
        """The revision that the caller has seen, from If-Match."""
        given = self.event.headers.get("if-match", "").strip()
        if not given:
            raise PreconditionRequiredError(
                "The request does not say which revision it changes.",
                hint='Send the job\'s “revision” in quotes as If-Match: "<revision>".',
            )
        return given.removeprefix('"').removesuffix('"')

    def json(self) -> object:
        http_problems.refuse_encoded(self.event.headers.get("content-encoding"))
        try:
            return strict_json.parse(self.event.decoded_body or "")
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(
                "The body is not JSON in UTF-8.", code="bad_body", hint="See /openapi.json for its fields."
            ) from error

    def form(self) -> dict[str, str]:
        try:
            body = self.event.decoded_body or ""
            if len(body) > LARGEST_FORM or not self.event.headers.get("content-type", "").lower().startswith(FORM_TYPE):
                raise ValueError
            return {name: values[0] for name, values in parse_qs(body, max_num_fields=10).items()}
        except ValueError as error:
            raise InvalidInputError(
                "The form cannot be read.", code="bad_body", hint=f"Send token=… as {FORM_TYPE}, at most 8 KiB."
            ) from error

    def path_after_sign_in(self) -> str:
        """The requested path and query, if a GET can request it again; else the first page."""
        if self.event.http_method not in SAFE_METHODS:
            return sessions.FIRST_PAGE
        query = f"?{self.event.raw_query_string}" if self.event.raw_query_string else ""
        return sessions.local_path(quote(self.event.path, safe="/%:@!$&'()*+,;=~", errors="replace") + query)
