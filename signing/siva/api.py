"""`POST /validate` and `POST /validateHashcode`: SiVa V3's addresses, requests, answers and errors.

The same engine, pool, limits and throttles as `/api/v1/validations`. Nothing is kept: the answers of SiVa have no
identifier, so nobody could ask for them again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import MethodNotAllowed as MethodNotAllowedByFramework
from rest_framework.request import Request
from rest_framework.response import Response

from signing import services
from signing.services import ValidationRequest
from signing.siva import request as asked
from signing.siva.documentation import ANSWER, DOCUMENT, ERRORS, HASHCODE
from signing.siva.request import RequestErrors
from signing.siva.response import conclusion
from trustreg.base import clock, problems
from trustreg.base.api import ALL, Endpoint, caller
from trustreg.base.clock import utc_text
from trustreg.base.errors import InvalidInput, TooLarge, TrustregError
from trustreg.base.openapi import ProblemSchema
from trustreg.conf import settings as conf

LIMIT: Final = min(conf.max_document_bytes, conf.inline_document_bytes)
"""SiVa's clients wait for the answer: what only a worker would take is too large for them."""

MALFORMED = ("document", "Document malformed or not matching documentType")
REFUSED = ("document", "Document does not meet the requirements")
BROKEN = ("document", "Unfortunately there was an error validating your document")
BAD_SIGNATURE_FILE = ("signatureFiles.signature", "Signature file malformed")
TOO_LONG = ("signatureFiles", "The signature files take longer to validate than one request may; send fewer")
_UNREAD: Final = {"RESOURCE_LIMIT": REFUSED, "INTERNAL_ERROR": BROKEN}


def error_response(error: Exception, context: Mapping[str, Any]) -> Response:
    """REST framework's exception handler for these endpoints: `{"requestErrors": [{"key", "message"}]}`."""
    if isinstance(error, RequestErrors):
        return _errors(400, *error.errors)
    known = problems.as_error(error) or problems.internal(error)
    response = _errors(*_in_words_of_siva(known))
    for name, value in problems.headers(known).items():
        if name != "Content-Language":
            response[name] = value
    if isinstance(error, MethodNotAllowedByFramework):
        response["Allow"] = "POST"
    return response


def _errors(status: int, *errors: tuple[str, str]) -> Response:
    found = [{"key": key, "message": message} for key, message in errors]
    return Response({"requestErrors": found}, status=status, content_type="application/json")


def _in_words_of_siva(error: TrustregError) -> tuple[int, tuple[str, str]]:
    if error.status == 400:
        return 400, asked.UNREADABLE_BODY
    if error.status == 405:
        return 405, ("methodNotAllowed", "Only the following request methods are supported: POST")
    if error.status == 415:
        return 415, ("contentTypeNotSupported", "Only the following content types are supported: application/json")
    if error.status in (413, 422):
        return 400, (next(iter(error.fields), "request"), error.en)
    if error.status == 500:
        return 500, ("unexpectedError", "An unexpected error has occurred")
    return error.status, (error.code, error.en)


class SivaSchema(ProblemSchema):
    """Errors have SiVa's shape here, not that of RFC 9457."""

    def _problems(self) -> set[int]:
        return {400, 401, 403, 411, 415, 429, 503}

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        component: Any = ResolvedComponent(  # type: ignore[no-untyped-call] # untyped there
            name="SivaErrors", type=ResolvedComponent.SCHEMA, schema=ERRORS, object="SivaErrors"
        )
        self.registry.register_on_missing(component)
        for status in map(str, self._problems()):
            if status in bodies:
                bodies[status]["content"] = {"application/json": {"schema": component.ref}}
        return bodies


class _SivaEndpoint(Endpoint):
    open_to_all = ALL
    max_body: ClassVar[int] = LIMIT * 4 // 3 + (1 << 20)
    schema = SivaSchema()

    def get_exception_handler(self) -> Any:
        return error_response


class ValidateEndpoint(_SivaEndpoint):
    @extend_schema(
        operation_id="siva_validate", tags=["siva"], request={"application/json": DOCUMENT}, responses={200: ANSWER}
    )
    def post(self, request: Request) -> Response:
        """Validate a signed document as SiVa V3 does.

        Request and answer are those of SiVa's `/validate`; policies are `POLv3` and `POLv4`. The answer is not kept.
        """
        now = services.time_of_validation(clock.now())
        wanted = asked.read_document(request.data)
        report = _validated(
            ValidationRequest(
                document=wanted.document,
                filename=services.plain_name(wanted.filename),
                trusted_caller=caller(request) is not None,
                particulars=True,
            ),
            now=now,
        )
        if not report["signatures"] and not report["timestamps"] and report["sub_indication"] != "NO_SIGNATURE_FOUND":
            raise RequestErrors(_unread(report, MALFORMED))
        return Response(conclusion([report], policy=wanted.policy, time=utc_text(now), filename=wanted.filename))


class ValidateHashcodeEndpoint(_SivaEndpoint):
    @extend_schema(
        operation_id="siva_validate_hashcode",
        tags=["siva"],
        request={"application/json": HASHCODE},
        responses={200: ANSWER},
    )
    def post(self, request: Request) -> Response:
        """Validate detached XAdES signatures by the digests of what they sign, as SiVa V3 does.

        Without `datafiles` the digests that a signature states are compared with nothing: compare
        `signatureScopes[].hash` yourself. The answer is not kept.
        """
        now = services.time_of_validation(clock.now())
        wanted = asked.read_hashcode(request.data)
        reports = []
        end = time.monotonic() + conf.pool_seconds
        for file in wanted.files:
            if time.monotonic() > end:
                raise RequestErrors(TOO_LONG)
            report = _validated(_signature_file(file, trusted=caller(request) is not None), now=now)
            if not report["signatures"]:
                raise RequestErrors(_unread(report, BAD_SIGNATURE_FILE))
            reports.append(report)
        return Response(conclusion(reports, policy=wanted.policy, time=utc_text(now)))


def _signature_file(file: asked.SignatureFile, *, trusted: bool) -> ValidationRequest:
    return ValidationRequest(
        document=file.signature,
        filename="signatures.xml",
        absent=tuple(
            (one.filename, asked.HASH_ALGORITHMS[one.algorithm], one.value.hex()) for one in file.datafiles or ()
        ),
        assume_digests=file.datafiles is None,
        trusted_caller=trusted,
        particulars=True,
    )


def _validated(request: ValidationRequest, *, now: Any) -> Mapping[str, Any]:
    """The report of the engine, which is not kept. Raises RequestErrors, Unavailable."""
    if len(request.document) > LIMIT:
        raise TooLarge(
            f"Got {len(request.document)} bytes; a document may have {LIMIT}.",
            f"{len(request.document)} バイトでした。文書は {LIMIT} バイトまでです。",
        )
    services.check(request, now=now)
    try:
        return services.validator()(request, now=now)
    except InvalidInput as error:
        if request.absent or request.assume_digests:
            raise RequestErrors(BAD_SIGNATURE_FILE) from error
        raise


def _unread(report: Mapping[str, Any], otherwise: tuple[str, str]) -> tuple[str, str]:
    """Why there is nothing to conclude about."""
    return next((_UNREAD[error["code"]] for error in report["errors"] if error["code"] in _UNREAD), otherwise)
