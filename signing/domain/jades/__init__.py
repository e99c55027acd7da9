"""JAdES (ETSI TS 119 182-1) and plain JSON Web Signatures (RFC 7515)."""

from signing.domain.jades.reader import read
from signing.domain.jades.serialization import recognise

__all__ = ["read", "recognise"]
