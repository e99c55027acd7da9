"""Asking the demo's services over HTTP: time-stamps, certificate status, CRLs."""

from __future__ import annotations

import asyncio
import hashlib
import os
import urllib.request
from typing import Any

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import handle_tsp_response

from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.timestamping import TimeStampResponse, timestamp_response

TIMEOUT = 10
"""Seconds for one request."""

ANSWER_LIMIT = 1024 * 1024


class HttpTsa(TimeStamper):
    """A time-stamping service at an address."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # pyHanko leaves it untyped
        self.url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> Any:
        """The reply (`TimeStampResponse`). Raises OSError when the service can't be reached."""
        answer = await asyncio.to_thread(_post, self.url, req.dump(), "application/timestamp-query")
        return TimeStampResponse.load(answer, strict=True)


class LocalTsa(TimeStamper):
    """A time-stamping service of the demo in this process, for when no server runs."""

    def __init__(self, pki: DemoPki, service: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # pyHanko leaves it untyped
        self.pki = pki
        self.service = service

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> Any:
        """The reply (`TimeStampResponse`), made by the code that the server runs."""
        return TimeStampResponse.load(timestamp_response(self.pki, self.service, req.dump()), strict=True)


def time_stamper(tsa: str | TimeStamper) -> TimeStamper:
    """The service at an address, or the one given."""
    return HttpTsa(tsa) if isinstance(tsa, str) else tsa


def timestamp_reply(data: bytes, tsa: str | TimeStamper, *, algorithm: str = "sha256") -> bytes:
    """The whole DER TimeStampResp over `data`. Raises OSError when it was refused or does not fit the request."""
    stamper = time_stamper(tsa)
    imprint = hashlib.new(algorithm, data).digest()
    nonce, request = stamper.request_cms(imprint, algorithm)  # type: ignore[no-untyped-call] # pyHanko leaves it untyped
    reply = asyncio.run(stamper.async_request_tsa_response(request))
    handle_tsp_response(reply, nonce)
    return bytes(reply.dump())


def timestamp(data: bytes, tsa: str | TimeStamper, *, algorithm: str = "sha256") -> bytes:
    """The DER time-stamp token over `data`. Raises OSError when it was refused or does not fit the request."""
    reply = TimeStampResponse.load(timestamp_reply(data, tsa, algorithm=algorithm))
    return bytes(reply["time_stamp_token"].dump())


def fetch_ocsp(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The OCSP response about a certificate, from the address in it. Raises OSError or LookupError (no address)."""
    nonce = x509.OCSPNonce(os.urandom(16))
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256())
    der = request.add_extension(nonce, critical=False).build().public_bytes(serialization.Encoding.DER)
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    for entry in access:
        if entry.access_method == AuthorityInformationAccessOID.OCSP:
            return _post(entry.access_location.value, der, "application/ocsp-request")
    raise LookupError("the certificate names no OCSP responder")


def fetch_crl(certificate: x509.Certificate) -> bytes:
    """The CRL that a certificate points to. Raises OSError or LookupError (no address)."""
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    for point in points:
        for name in point.full_name or ():
            return _read(urllib.request.Request(str(name.value)))
    raise LookupError("the certificate names no CRL")


def token_certificates(token: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates inside a DER time-stamp token."""
    signed = cms.ContentInfo.load(token)["content"]
    return tuple(x509.load_der_x509_certificate(choice.chosen.dump()) for choice in signed["certificates"])


def _post(url: str, body: bytes, content_type: str) -> bytes:
    return _read(urllib.request.Request(url, data=body, headers={"Content-Type": content_type}))


def _read(request: urllib.request.Request) -> bytes:
    if not request.full_url.startswith("http://"):
        raise OSError(f"{request.full_url}: only http:// is asked here")
    with urllib.request.urlopen(request, timeout=TIMEOUT) as reply:
        return bytes(reply.read(ANSWER_LIMIT))
