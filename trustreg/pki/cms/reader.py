from __future__ import annotations

from trustreg.pki.cms.model import SignedData


def parse_signed_data(data: bytes) -> SignedData:
    """Read a ContentInfo with a SignedData, DER or BER; what follows it is not read. Raises `MalformedSignedData`."""
    raise NotImplementedError
