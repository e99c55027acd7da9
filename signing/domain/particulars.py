"""Particulars of signatures and time-stamps: what others ask for besides the verdict, and only when it is asked for.

Certificates with their DER, what exactly was signed, who the signer says to be. Nothing here decides anything; what a
signature does not say is left out.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from trustreg.pki import names
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import MalformedASN1

MAX_ROLES = 50
"""Of one signature; the rest is left out."""

_SUBJECT = {
    "common_name": names.COMMON_NAME,
    "given_name": "2.5.4.42",
    "surname": "2.5.4.4",
    "serial_number": names.SERIAL_NUMBER,
    "country": names.COUNTRY,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing that a signature verified over.

    `kind` is `document`, `part` (of a document), `manifest` or `digest` (the document stayed away, its digest was
    compared or, with `assumed`, only taken from the signature). `digest` is (hashlib name, value) as signed.
    """

    name: str
    kind: str = "document"
    digest: tuple[str, bytes] | None = None
    assumed: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": self.kind,
            "digest": {"algorithm": self.digest[0], "value": _base64(self.digest[1])} if self.digest else None,
            "assumed": self.assumed,
        }


@dataclass(frozen=True, slots=True)
class Claims:
    """What the signer signed about himself. `place` has the members `city`, `region`, `postal_code`, `country`."""

    roles: tuple[str, ...] = ()
    place: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Particulars:
    """Of a signature. `chain` runs from the signing certificate as far up as it was built.

    `revocation` is (responder, producedAt) of the OCSP response in the document that answers for the signer.
    """

    chain: tuple[Certificate, ...] = ()
    method: str | None = None
    scopes: tuple[Scope, ...] = ()
    claims: Claims = field(default_factory=Claims)
    revocation: tuple[Certificate, datetime] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "chain": [certificate_json(one) for one in self.chain],
            "method": self.method,
            "scopes": [scope.to_json() for scope in self.scopes],
            "roles": list(self.claims.roles),
            "place": dict(self.claims.place),
            "revocation": {
                "certificate": certificate_json(self.revocation[0]),
                "produced_at": f"{self.revocation[1].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            }
            if self.revocation
            else None,
        }


@dataclass(frozen=True, slots=True)
class StampParticulars:
    """Of a time-stamp: the token (DER), its MessageImprint (DER), the authority's certificate and those above it."""

    token: bytes
    imprint: bytes
    chain: Sequence[Certificate] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "token": _base64(self.token),
            "imprint": _base64(self.imprint),
            "chain": [certificate_json(one) for one in self.chain],
        }


def certificate_json(certificate: Certificate) -> dict[str, Any]:
    """`der` in base64, and the parts of the subject that others show one by one; absent ones are left out."""
    found = {name: _first(certificate, oid) for name, oid in _SUBJECT.items()}
    return {
        "der": _base64(certificate.der),
        "sha256": certificate.sha256.hex(),
        **{name: text for name, text in found.items() if text},
    }


def _first(certificate: Certificate, oid: str) -> str | None:
    try:
        return names.first(certificate.subject, oid)
    except MalformedASN1:
        return None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
