"""CAdES signatures of every level, built from the parts of `tests.pki.factories`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from signing.domain.cades import attributes as aa
from signing.domain.cades.archive import Content, HashIndex, cades_c_octets, v2_octets, v3_octets
from tests.pki.factories import attribute, digest, make_crl, make_token, sign_cms
from tests.signing.signing_world import world
from timestamp.domain.tokens import parse_token
from trustreg.pki import asn1
from trustreg.pki.cms import SignedData, SignerInfo, parse_signed_data
from trustreg.pki.cms.model import COUNTERSIGNATURE, SIGNATURE_TIME_STAMP
from trustreg.pki.cms.reader import read_signer

CONTENT = b"The parties agree.\n"


def cades(content: bytes = CONTENT, **options: Any) -> bytes:
    """A signature of the world's signer, attached unless `detached`."""
    here = world()
    options.setdefault("certificates", [here.signer.der, here.ca.der])
    options.setdefault("detached", False)
    return sign_cms(options.pop("signer", here.signer), content, **options)


def opened(data: bytes) -> tuple[SignedData, SignerInfo]:
    """The SignedData and its first signer."""
    found = parse_signed_data(data)
    return found, found.signers[0]


def with_unsigned(data: bytes, *attributes: bytes) -> bytes:
    """The same signature with further unsigned attributes."""
    cms, signer = opened(data)
    parts = [part.raw for part in asn1.read(signer.raw).children()]
    kept = [one.raw for one in signer.unsigned_attributes]
    if signer.unsigned_attributes:
        parts.pop()
    grown = asn1.encode(asn1.SEQUENCE, *parts, asn1.encode(asn1.context(1), *kept, *attributes))
    return data_with_signers(cms, [grown, *(one.raw for one in cms.signers[1:])])


def data_with_signers(cms: SignedData, signers: Sequence[bytes]) -> bytes:
    """The SignedData around other signers."""
    inner = asn1.read(cms.raw).children()[1].children()[0].children()
    body = asn1.encode(asn1.SEQUENCE, *(part.raw for part in inner[:-1]), asn1.encode(asn1.SET, *signers))
    return asn1.encode(asn1.SEQUENCE, asn1.encode_oid("1.2.840.113549.1.7.2"), asn1.encode(asn1.context(0), body))


def with_certificate(data: bytes, der: bytes) -> bytes:
    """The same signature with one more certificate beside it."""
    cms, _ = opened(data)
    parts = [part.raw for part in asn1.read(cms.raw).children()[1].children()[0].children()]
    grown = [
        asn1.encode(asn1.context(0), *cms.certificates, der) if one == cms.certificates_raw else one for one in parts
    ]
    body = asn1.encode(asn1.context(0), asn1.encode(asn1.SEQUENCE, *grown))
    return asn1.encode(asn1.SEQUENCE, asn1.encode_oid("1.2.840.113549.1.7.2"), body)


def stamped(data: bytes, when: datetime, **options: Any) -> bytes:
    """With a signature time-stamp."""
    _, signer = opened(data)
    token = make_token(world().tsa, signer.signature, gen_time=when, **_chain(options))
    return with_unsigned(data, attribute(SIGNATURE_TIME_STAMP, token))


def _chain(options: dict[str, Any]) -> dict[str, Any]:
    here = world()
    options.setdefault("certificates", [here.tsa.der, here.tsa_ca.der])
    return options


def _until_settled(
    data: bytes, oid: str, when: datetime, octets: Callable[[SignedData, SignerInfo, Any], bytes]
) -> bytes:
    cms, signer = opened(data)
    draft = parse_token(make_token(world().tsa, b"", gen_time=when))
    token = make_token(world().tsa, octets(cms, signer, draft), gen_time=when, **_chain({}))
    return with_unsigned(data, attribute(oid, token))


def archived_v2(data: bytes, when: datetime, content: bytes | None = None, *, reading: int = 1) -> bytes:
    """With an archive-time-stamp-v2 in one of its two readings; `content` when it is detached."""
    held = Content(content, {}, detached=content is not None)
    return _until_settled(
        data, aa.ARCHIVE_TIME_STAMP_V2, when, lambda cms, signer, draft: v2_octets(cms, signer, held, draft)[reading]
    )


def hash_index(cms: SignedData, signer: SignerInfo, *, extra: Sequence[bytes] = ()) -> bytes:
    """The value of an ats-hash-index-v3 over everything that is there; `extra` entries name nothing."""

    def entries(items: Sequence[bytes]) -> bytes:
        return asn1.encode(asn1.SEQUENCE, *(asn1.encode(asn1.OCTET_STRING, one) for one in items))

    unsigned = [
        digest("sha256", asn1.encode_oid(one.oid) + value) for one in signer.unsigned_attributes for value in one.values
    ]
    return asn1.encode(
        asn1.SEQUENCE,
        asn1.encode(asn1.SEQUENCE, asn1.encode_oid("2.16.840.1.101.3.4.2.1")),
        entries([digest("sha256", der) for der in cms.certificates]),
        entries([digest("sha256", der) for der in cms.crls]),
        entries([*unsigned, *extra]),
    )


def archived_v3(
    data: bytes, when: datetime, content: bytes | None = None, *, index: bytes | None = None, indexes: int = 1
) -> bytes:
    """With an archive-time-stamp-v3, whose hash index is over what is there."""
    cms, signer = opened(data)
    value = hash_index(cms, signer) if index is None else index
    held = Content(content if content is not None else cms.content, {}, detached=content is not None)
    draft = parse_token(make_token(world().tsa, b"", gen_time=when))
    octets = v3_octets(cms, signer, held, draft, HashIndex(aa.HASH_INDEX_V3, "sha256", (), (), (), value))
    token = make_token(
        world().tsa, octets, gen_time=when, unsigned=[attribute(aa.HASH_INDEX_V3, value)] * indexes, **_chain({})
    )
    return with_unsigned(data, attribute(aa.ARCHIVE_TIME_STAMP_V3, token))


def stamped_references(data: bytes, when: datetime) -> bytes:
    """With a CAdES-C time-stamp over signature, signature time-stamps and references."""
    return _until_settled(data, aa.CADES_C_TIME_STAMP, when, lambda _cms, signer, _draft: cades_c_octets(signer))


def countersigned(data: bytes, **options: Any) -> bytes:
    """With a counter-signature over the signature value (RFC 5652 11.4); the world's signer again by default."""
    _, signer = opened(data)
    own = sign_cms(options.pop("signer", world().signer), signer.signature, **options)
    _, inner = opened(own)
    # RFC 5652 11.4: no content-type attribute; so the attributes are signed anew without it.
    return with_unsigned(data, attribute(COUNTERSIGNATURE, _without_content_type(inner, options)))


def _without_content_type(signer: SignerInfo, options: dict[str, Any]) -> bytes:
    from tests.pki.factories import sign_octets

    kept = sorted(one.raw for one in signer.signed_attributes if one.oid != "1.2.840.113549.1.9.3")
    algorithm, value = sign_octets(
        options.get("key", world().signer.private_key), asn1.encode(asn1.SET, *kept), "sha256"
    )
    parts = [part.raw for part in asn1.read(signer.raw).children()]
    found = asn1.encode(
        asn1.SEQUENCE, *parts[:3], asn1.encode(asn1.context(0), *kept), algorithm, asn1.encode(asn1.OCTET_STRING, value)
    )
    read_signer(asn1.read(found))
    return found


def crl_of_the_world(when: datetime) -> bytes:
    """A CRL of the world's authority."""
    return make_crl(world().ca, this_update=when)
