"""The enveloped XAdES baseline B signature of a trusted list, made and verified (TS 119 612 5.7, EN 319 132-1)."""

from qualified_list.domain.signature.profile import ENVELOPED, EXC_C14N, TSL_SIGNING
from qualified_list.domain.signature.signing import sign_list
from qualified_list.domain.signature.verification import (
    VerifiedList,
    certificates_of,
    key_info_certificates,
    verify_list,
    verify_root,
)

__all__ = [
    "ENVELOPED",
    "EXC_C14N",
    "TSL_SIGNING",
    "VerifiedList",
    "certificates_of",
    "key_info_certificates",
    "sign_list",
    "verify_list",
    "verify_root",
]
