"""Revocation: CRLs (RFC 5280 6.3) and OCSP responses (RFC 6960), embedded or fetched."""

from trustreg.pki.egress import Fetcher
from trustreg.pki.revocation.crl import CertificateRevocationList, parse_crl
from trustreg.pki.revocation.crl_status import evaluate_crl
from trustreg.pki.revocation.evaluation import Existence, revocation_of
from trustreg.pki.revocation.model import RevocationOutcome, RevocationState, RevocationStatus
from trustreg.pki.revocation.ocsp import OcspResponse, build_ocsp_request, evaluate_ocsp, parse_ocsp

__all__ = [
    "CertificateRevocationList",
    "Existence",
    "Fetcher",
    "OcspResponse",
    "RevocationOutcome",
    "RevocationState",
    "RevocationStatus",
    "build_ocsp_request",
    "evaluate_crl",
    "evaluate_ocsp",
    "parse_crl",
    "parse_ocsp",
    "revocation_of",
]
