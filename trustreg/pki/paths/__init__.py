"""Certification paths (RFC 5280 6): building them, fetching what is missing, validating them at a time."""

from trustreg.pki.paths.building import build_paths, issued_by
from trustreg.pki.paths.checking import PathResult, check_path, may_issue
from trustreg.pki.paths.policies import PolicyInputs
from trustreg.pki.paths.store import AnchorSet, CertificateStore
from trustreg.pki.paths.validation import fetch_issuers, validate_path

__all__ = [
    "AnchorSet",
    "CertificateStore",
    "PathResult",
    "PolicyInputs",
    "build_paths",
    "check_path",
    "fetch_issuers",
    "issued_by",
    "may_issue",
    "validate_path",
]
