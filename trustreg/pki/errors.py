"""Errors of reading and fetching. Every parser of this package raises these alone, whatever the bytes."""

from __future__ import annotations


class PkiError(ValueError):
    """The root."""


class MalformedASN1(PkiError):
    """Bytes that are not the BER or DER structure that was expected."""


class MalformedCertificate(MalformedASN1):
    """Nothing can read this as an X.509 certificate."""


class MalformedSignedData(MalformedASN1):
    """Not a CMS SignedData (RFC 5652)."""


class MalformedRevocationData(MalformedASN1):
    """Not a CRL (RFC 5280) or an OCSP response (RFC 6960)."""


class MalformedTimeStamp(MalformedASN1):
    """Not an RFC 3161 token, request or response."""


class EgressError(PkiError):
    """Nothing was fetched."""


class EgressRefused(EgressError):
    """The guard forbids this address; no byte was sent to it."""


class EgressFailed(EgressError):
    """The other side did not answer properly in time and size."""


class BudgetExhausted(EgressError):
    """The time or the number of fetches allowed for one validation is used up."""
