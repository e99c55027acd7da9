"""Was it qualified at T."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from qualified_list import selectors
from qualified_list.serializers import StatusAnswerOut, StatusQueryIn
from trustreg.base import clock
from trustreg.base.api import ALL, Endpoint
from trustreg.base.errors import InvalidInput
from trustreg.pki.certificates import load_certificate
from trustreg.pki.errors import PkiError

QUESTIONS = ("certificate", "certificate_sha256", "timestamp_token", "service")


class StatusQueriesEndpoint(Endpoint):
    open_to_all = ALL
    max_body: ClassVar[int] = 4 << 20

    @extend_schema(
        operation_id="status_query", tags=["status"], request=StatusQueryIn, responses={200: StatusAnswerOut}
    )
    def post(self, request: Request) -> Response:
        """Was a certificate, a time-stamp token or a service qualified at a time, by the latest or an earlier list."""
        values = self.read(StatusQueryIn, request)
        asked = [name for name in QUESTIONS if name in values]
        if len(asked) != 1:
            got = ", ".join(asked) or "none"
            raise InvalidInput(
                f"Ask about exactly one of: {', '.join(QUESTIONS)}. Got: {got}.",
                f"{'・'.join(QUESTIONS)} のうち一つだけを指定してください（指定されたもの: {got}）。",
                fields={
                    name: {"en": "Exactly one is expected.", "ja": "一つだけ指定してください。"}
                    for name in asked or QUESTIONS
                },
            )
        when: dict[str, Any] = {"now": clock.now(), "at": values.get("at"), "as_of": values.get("as_of")}
        if asked == ["certificate"]:
            certificate = _certificate(values["certificate"], "certificate")
            between = tuple(_certificate(text, "intermediates") for text in values.get("intermediates", ()))
            return Response(selectors.status_by_certificate(certificate, intermediates=between, **when))
        if asked == ["certificate_sha256"]:
            return Response(selectors.status_by_fingerprint(values["certificate_sha256"], **when))
        if asked == ["timestamp_token"]:
            return Response(selectors.status_by_token(values["timestamp_token"], **when))
        return Response(selectors.status_by_service(values["service"], **when))


def _certificate(text: str, field: str) -> bytes:
    try:
        return load_certificate(text).der
    except PkiError as error:
        raise InvalidInput(
            "This is not an X.509 certificate. Send PEM, or base64 of DER.",
            "X.509 証明書として読み取れません。PEM、または DER の base64 で送ってください。",
            fields={
                field: {
                    "en": "Expected a certificate (PEM or base64 DER).",
                    "ja": "証明書（PEM または DER の base64）を指定してください。",
                }
            },
        ) from error
