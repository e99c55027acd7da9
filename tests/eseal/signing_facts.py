"""Facts of a signature for tests of enrichers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from signing.domain.enrich import SignatureFacts
from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Indication

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def facts(kind: Any, certificate: Certificate) -> SignatureFacts:
    """A passed signature by `certificate`."""
    return SignatureFacts(
        kind=kind,
        certificate=certificate,
        path=(certificate,),
        trust_level="list",
        anchor_standing=None,
        best_signature_time=NOW,
        proof_time=None,
        now=NOW,
        assumed_time=None,
        intact=True,
        indication=Indication.TOTAL_PASSED,
        sub_indication=None,
        trust=None,  # type: ignore[arg-type]
    )
