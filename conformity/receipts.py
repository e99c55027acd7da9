"""RFC 3161 receipts: a configured TSA says since when a piece of evidence exists."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import structlog

from conformity import selectors
from timestamp.domain.requests import QUERY_TYPE, build_request, read_response
from timestamp.domain.tokens import TimeStampToken, verify_token
from trustreg.pki.egress import Budget, EgressClient
from trustreg.pki.errors import EgressError, MalformedTimeStamp

log = structlog.get_logger(__name__)
BATCH = 50


def waiting() -> list[UUID]:
    """Evidence that has no receipt yet, the oldest first, at most a batch."""
    return list(selectors.evidence_without_receipt().values_list("pk", flat=True)[:BATCH])


def request_token(evidence_id: UUID, *, tsa_url: str | None, allow: Collection[str]) -> TimeStampToken | None:
    """A token over the evidence's SHA-256 whose imprint, nonce and signature verify.

    None when no TSA is configured, when there is a receipt already, or when the TSA does not answer well now.
    """
    row = selectors.evidence_get(evidence_id)
    if tsa_url is None or row.receipt is not None:
        return None
    digest = bytes.fromhex(row.sha256)
    request = build_request(digest)
    try:
        answer = EgressClient(allow=allow, max_bytes=100_000).fetch(
            tsa_url, budget=Budget(seconds=10.0, fetches=1), body=request.der, content_type=QUERY_TYPE
        )
        token = read_response(answer, request)
    except (EgressError, MalformedTimeStamp) as error:
        log.warning("evidence_not_stamped", evidence=str(evidence_id), error=type(error).__name__, reason=str(error))
        return None
    if verify_token(token, digests={"sha256": digest}).intact is not True:
        log.warning("evidence_not_stamped", evidence=str(evidence_id), error="the token's signature does not verify")
        return None
    return token
