"""Signing with JAdES baseline B, T, LT and LTA (ETSI TS 119 182-1): compact, or flattened where something is added."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from trustreg.demo.pki.party import Party
from trustreg.demo.pki.signer import Level


def sign_json(data: bytes, party: Party, *, level: Level = "B", detached: bool = False, compact: bool = False) -> bytes:
    """A JWS over `data`: inside of it, or beside it with `detached` (RFC 7515, appendix F).

    Raises ValueError where `stamp` is missing for `level`, or for a `compact` one above B; OSError from services.
    """
    if compact and level != "B":
        raise ValueError("the compact serialization has no place for time-stamps (TS 119 182-1 5.3)")
    if level != "B" and party.stamp is None:
        raise ValueError(f"level {level} needs a time-stamping service")
    protected, payload = _b64(_header(party)), _b64(data)
    signature = _b64(party.plain_value(f"{protected}.{payload}".encode()))
    if compact:
        return f"{protected}.{'' if detached else payload}.{signature}".encode()
    jws: dict[str, Any] = {"protected": protected, "signature": signature}
    if not detached:
        jws["payload"] = payload
    added = _added(party, level, f"{payload}.{protected}.{signature}", signature)
    if added:
        jws["header"] = {"etsiU": added}
    return json.dumps(jws, indent=1).encode()


def _header(party: Party) -> bytes:
    kind = "RS" if isinstance(party.key, rsa.RSAPrivateKey) else "ES"
    return json.dumps(
        {
            "alg": f"{kind}{party.digest[3:]}",
            "iat": int(datetime.now(UTC).timestamp()),
            "x5t#S256": _b64(party.certificate.fingerprint(hashes.SHA256())),
            "x5c": [_plain(one) for one in party.certificates],
        }
    ).encode()


def _added(party: Party, level: Level, signed: str, signature: str) -> list[str]:
    """The components of etsiU (5.3): each is added over what stands before it."""
    if level == "B" or party.stamp is None:
        return []
    token = party.stamp(signature.encode())
    added = [_component("sigTst", _stamp(token))]
    if level in ("LT", "LTA"):
        found = party.evidence([token])
        added.append(_component("xVals", [{"x509Cert": {"val": _plain(one)}} for one in found.certificates]))
        revocation = {
            "crlVals": [{"val": _plain(one)} for one in found.crls],
            "ocspVals": [{"val": _plain(one)} for one in found.ocsps],
        }
        added.append(_component("rVals", {name: values for name, values in revocation.items() if values}))
    if level == "LTA":
        added.append(_component("arcTst", _stamp(party.stamp(f"{signed}.{''.join(added)}".encode()))))
    return added


def _component(name: str, value: object) -> str:
    return _b64(json.dumps({name: value}).encode())


def _stamp(token: bytes) -> dict[str, Any]:
    return {"tstTokens": [{"val": _plain(token)}]}


def _plain(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
