"""CMS SignedData (RFC 5652, RFC 8933, RFC 6211, RFC 5035): read with the received bytes kept, and verify."""

from trustreg.pki.cms.model import (
    Attribute,
    EssReference,
    SignatureAlgorithm,
    SignedData,
    SignerInfo,
    SignerVerification,
)
from trustreg.pki.cms.reader import parse_signed_data
from trustreg.pki.cms.verification import digest_algorithms, verify_signer

__all__ = [
    "Attribute",
    "EssReference",
    "SignatureAlgorithm",
    "SignedData",
    "SignerInfo",
    "SignerVerification",
    "digest_algorithms",
    "parse_signed_data",
    "verify_signer",
]
