from __future__ import annotations

from collections.abc import Iterable, Mapping

from trustreg.pki.certificates import Certificate
from trustreg.pki.cms.model import SignedData, SignerInfo, SignerVerification


def digest_algorithms(signed_data: SignedData) -> frozenset[str]:
    """Names of the digests of the content that verification of its signers needs."""
    raise NotImplementedError


def verify_signer(
    signed_data: SignedData,
    signer: SignerInfo,
    *,
    content: bytes | None = None,
    content_digests: Mapping[str, bytes] | None = None,
    extra_certificates: Iterable[Certificate] = (),
) -> SignerVerification:
    """Verify one signer: digest, signed attributes, certificate, signature (formats_cms 1.1-1.6)."""
    raise NotImplementedError
