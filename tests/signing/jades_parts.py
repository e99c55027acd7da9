"""JAdES signatures of every level and oddity, made by hand so that each part can be wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.pki.factories import Identity, digest, make_token
from tests.signing.signing_world import NOW, world

CONTENT = b'{"parties": ["A", "B"], "price": 100}'
_HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def plain(data: bytes) -> str:
    """base64 as certificates and tokens have it."""
    return base64.b64encode(data).decode()


def header(signer: Identity | None = None, **changes: Any) -> dict[str, Any]:
    """A protected header of level B; a change to None takes the parameter away. `_` stands for `#`."""
    who = signer or world().signer
    chosen: dict[str, Any] = {
        "alg": "RS256",
        "iat": int(NOW.timestamp()) - 100,
        "x5t#S256": b64(digest("sha256", who.der)),
        "x5c": [plain(who.der), plain(world().ca.der)],
    }
    chosen |= changes
    return {name: value for name, value in chosen.items() if value is not None}


def value_of(algorithm: str, key: Any, data: bytes) -> bytes:
    """The signature value (RFC 7518 3, RFC 8037 3.1)."""
    hash_type = _HASHES.get(algorithm[-3:], hashes.SHA256)
    if isinstance(key, rsa.RSAPrivateKey):
        scheme: Any = padding.PKCS1v15()
        if algorithm.startswith("PS"):
            scheme = padding.PSS(padding.MGF1(hash_type()), hash_type.digest_size)
        return key.sign(data, scheme, hash_type())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hash_type())))
        size = (key.curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    return key.sign(data)


def signed(
    content: bytes | None = CONTENT,
    protected: Mapping[str, Any] | None = None,
    *,
    signer: Identity | None = None,
    signing: bytes | None = None,
    unprotected: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A flattened JWS. `content` None: no payload member, and `signing` is what stands after the dot."""
    who = signer or world().signer
    head = dict(protected if protected is not None else header(who))
    text = b64(json.dumps(head).encode())
    bare = head.get("b64") is False
    payload = None if content is None else (content.decode() if bare else b64(content))
    over = signing if signing is not None else (payload or "").encode()
    value = value_of(str(head.get("alg")), who.private_key, text.encode() + b"." + over)
    found: dict[str, Any] = {"protected": text, "signature": b64(value)}
    if payload is not None:
        found["payload"] = payload
    if unprotected is not None:
        found["header"] = dict(unprotected)
    return found


def octets(jws: Mapping[str, Any]) -> bytes:
    """As a file."""
    return json.dumps(jws).encode()


def compact(jws: Mapping[str, Any]) -> bytes:
    """In the compact serialization."""
    return f"{jws['protected']}.{jws.get('payload', '')}.{jws['signature']}".encode()


def container(*tokens: bytes) -> dict[str, Any]:
    """A tstContainer."""
    return {"tstTokens": [{"val": plain(token)} for token in tokens]}


def component(name: str, value: Any) -> str:
    """One component of etsiU as it is hashed."""
    return b64(json.dumps({name: value}).encode())


def with_unsigned(jws: Mapping[str, Any], *components: Any) -> dict[str, Any]:
    """The same signature with further components of etsiU."""
    old = dict(jws.get("header", {})).get("etsiU", [])
    return {**jws, "header": {"etsiU": [*old, *components]}}


def token_over(data: bytes, when: datetime) -> bytes:
    """A token of the world's authority."""
    here = world()
    return make_token(here.tsa, data, gen_time=when, certificates=[here.tsa.der, here.tsa_ca.der])


def stamped(jws: Mapping[str, Any], when: datetime) -> dict[str, Any]:
    """With a signature time-stamp."""
    return with_unsigned(jws, component("sigTst", container(token_over(jws["signature"].encode(), when))))


def archived(jws: Mapping[str, Any], when: datetime, data: bytes | None = None) -> dict[str, Any]:
    """With an archive time-stamp over data, header, signature and every component so far."""
    body = data if data is not None else jws["payload"].encode()
    parts: Sequence[bytes] = (body, jws["protected"].encode(), jws["signature"].encode())
    over = b".".join(parts) + b"." + "".join(jws.get("header", {}).get("etsiU", [])).encode()
    return with_unsigned(jws, component("arcTst", container(token_over(over, when))))
