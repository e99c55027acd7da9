"""OCSP responses written field by field: whose they are, about whom, how fresh, and what they may not say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from tests.pki.factories import (
    T0,
    T1,
    Identity,
    algorithm,
    issue,
    key,
    make_ca,
    make_crl,
    make_leaf,
    make_ocsp,
    make_responder,
    name,
    sign_octets,
)
from trustreg.pki import asn1
from trustreg.pki.certificates import Certificate
from trustreg.pki.revocation import (
    RevocationOutcome,
    RevocationState,
    build_ocsp_request,
    parse_ocsp,
    revocation_of,
)
from trustreg.pki.signatures import DIGEST_OIDS, digest

NOW = T1 + timedelta(hours=1)
URL = "http://ocsp.example/"
CA = make_ca("OCSP CA")
LEAF = make_leaf(CA, "Asked about", ocsp_urls=[URL])
TWIN = make_ca("OCSP CA", number=99)
"""Another authority of the same name."""
NONCE, ARCHIVE_CUTOFF, CERT_HASH = "1.3.6.1.5.5.7.48.1.2", "1.3.6.1.5.5.7.48.1.6", "1.3.36.8.3.13"
GOOD, UNKNOWN = asn1.encode(0x80), asn1.encode(0x82)


def at(when: datetime) -> bytes:
    return asn1.encode(asn1.GENERALIZED_TIME, f"{when:%Y%m%d%H%M%SZ}".encode())


def revoked(when: datetime, reason: int | None = None) -> bytes:
    return asn1.encode(
        0xA1, at(when), b"" if reason is None else asn1.encode(0xA0, asn1.encode(asn1.ENUMERATED, bytes((reason,))))
    )


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    flag = asn1.encode(asn1.BOOLEAN, b"\xff") if critical else b""
    return asn1.encode(asn1.SEQUENCE, asn1.encode_oid(oid), flag, asn1.encode(asn1.OCTET_STRING, value))


def single(
    status: bytes = GOOD,
    *,
    about: Certificate = LEAF.certificate,
    issuer: Certificate = CA.certificate,
    hash_name: str = "sha1",
    hash_oid: str | None = None,
    this_update: datetime = T1,
    next_update: datetime | None = T1 + timedelta(days=1),
    extensions: Sequence[bytes] = (),
) -> bytes:
    """SingleResponse."""
    identifier = asn1.encode(
        asn1.SEQUENCE,
        algorithm(hash_oid or DIGEST_OIDS[hash_name]),
        asn1.encode(asn1.OCTET_STRING, digest(hash_name, about.issuer)),
        asn1.encode(asn1.OCTET_STRING, digest(hash_name, issuer.public_key_bits)),
        asn1.encode_integer(about.serial),
    )
    return asn1.encode(
        asn1.SEQUENCE,
        identifier,
        status,
        at(this_update),
        asn1.encode(0xA0, at(next_update)) if next_update else b"",
        asn1.encode(0xA1, asn1.encode(asn1.SEQUENCE, *extensions)) if extensions else b"",
    )


def response(
    *singles: bytes,
    signer: Identity = CA,
    certificates: Sequence[Identity] = (),
    extensions: Sequence[bytes] = (),
    by_name: bool = False,
    status: int = 0,
) -> bytes:
    """OCSPResponse."""
    key_hash = asn1.encode(asn1.OCTET_STRING, digest("sha1", signer.certificate.public_key_bits))
    data = asn1.encode(
        asn1.SEQUENCE,
        asn1.encode(0xA1, signer.certificate.subject) if by_name else asn1.encode(0xA2, key_hash),
        at(T1),
        asn1.encode(asn1.SEQUENCE, *(singles or (single(),))),
        asn1.encode(0xA1, asn1.encode(asn1.SEQUENCE, *extensions)) if extensions else b"",
    )
    stated, signature = sign_octets(signer.private_key, data)
    bag = asn1.encode(0xA0, asn1.encode(asn1.SEQUENCE, *(one.der for one in certificates))) if certificates else b""
    basic = asn1.encode(asn1.SEQUENCE, data, stated, asn1.encode(asn1.BIT_STRING, b"\0" + signature), bag)
    inner = asn1.encode(asn1.SEQUENCE, asn1.encode_oid("1.3.6.1.5.5.7.48.1.1"), asn1.encode(asn1.OCTET_STRING, basic))
    return asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.ENUMERATED, bytes((status,))), asn1.encode(0xA0, inner))


def ask(
    *ders: bytes, leaf: Identity = LEAF, issuer: Identity = CA, when: datetime = NOW, **options: Any
) -> RevocationOutcome:
    return revocation_of(leaf.certificate, issuer.certificate, at=when, now=NOW, embedded_ocsps=ders, **options)


def refusals(outcome: RevocationOutcome) -> set[str]:
    assert outcome.status is None
    return {finding.check for finding in outcome.findings}


def test_a_plain_answer() -> None:
    assert ask(response()).known_good
    assert ask(response(by_name=True)).known_good


@pytest.mark.parametrize("hash_name", ["sha1", "sha256", "sha384", "sha512", "sha3_256"])
def test_whatever_digest_names_the_issuer(hash_name: str) -> None:
    assert ask(response(single(hash_name=hash_name))).known_good


def test_a_digest_that_nobody_knows_names_nobody() -> None:
    assert ask(response(single(hash_oid="1.2.3.4"))).status is None
    assert ask(response(single(hash_name="sha256", hash_oid=DIGEST_OIDS["sha1"]))).status is None


def test_an_answer_about_the_same_number_of_another_issuer_is_none() -> None:
    """The name is the same, the key is not."""
    twin = make_leaf(TWIN, "Twin", serial=LEAF.certificate.serial)
    for der in (
        response(single(about=twin.certificate, issuer=TWIN.certificate), signer=TWIN),
        response(single(issuer=TWIN.certificate)),
        response(single(), signer=TWIN),
        response(single(), signer=TWIN, by_name=True),
    ):
        assert ask(der).status is None


def test_an_answer_about_another_certificate_of_the_issuer() -> None:
    other = make_leaf(CA, "Another")
    assert ask(response(single(about=other.certificate))).status is None
    assert ask(response(single(about=other.certificate), single())).known_good


def test_a_sibling_may_not_answer() -> None:
    """RFC 6960 4.2.2.2: the purpose id-kp-OCSPSigning, given by the issuer itself."""
    sibling = make_leaf(CA, "Sibling", usage=("digital_signature",))
    of_twin = make_responder(TWIN, "Of the twin")
    below = make_responder(make_ca("Below", issuer=CA), "Of a subordinate")
    for signer in (sibling, of_twin, below, LEAF):
        for by_name in (True, False):
            assert "ocsp_responder" in refusals(ask(response(signer=signer, certificates=[signer], by_name=by_name)))


def test_a_responder_with_an_extension_that_must_be_understood_may_not_answer() -> None:
    private = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
    assert make_responder(CA, "Plain").certificate.ocsp_nocheck
    own = [
        (x509.KeyUsage(True, *[False] * 8), True),
        (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.OCSP_SIGNING]), False),
        (x509.OCSPNoCheck(), False),
        private,
    ]
    odd = issue(name("Odd responder"), key("ec256", 31), CA, own)
    assert "ocsp_responder" in refusals(ask(response(signer=odd, certificates=[odd])))


def test_a_responder_without_nocheck_is_itself_judged() -> None:
    checked = make_responder(CA, "Judged responder", nocheck=False)
    der = response(signer=checked, certificates=[checked])
    assert "ocsp_responder_revocation" in refusals(ask(der))
    assert ask(der, embedded_crls=[make_crl(CA)]).known_good
    gone = make_crl(CA, {checked.certificate.serial: (T0, "keyCompromise"), LEAF.certificate.serial: (T1, None)})
    assert ask(der, embedded_crls=[gone]).status.source == "crl"  # type: ignore[union-attr]


def test_unknown_is_not_good() -> None:
    assert "ocsp_unknown" in refusals(ask(response(single(UNKNOWN))))


def test_contradictions_count_for_the_worst() -> None:
    late = single(this_update=T1 + timedelta(minutes=30))
    early = single(revoked(T0 + timedelta(days=3)), this_update=T1 - timedelta(days=1))
    for der in (response(late, early), response(early, late)):
        assert ask(der).status.state is RevocationState.REVOKED  # type: ignore[union-attr]
    both = ask(response(early), response(late))
    assert both.status.state is RevocationState.REVOKED  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("reason", "said"), [(None, "unspecified"), (1, "keyCompromise"), (6, "certificateHold"), (77, "unspecified")]
)
def test_reasons(reason: int | None, said: str) -> None:
    status = ask(response(single(revoked(T1, reason)))).status
    assert status is not None
    assert (status.state, status.reason, status.revoked_at) == ("revoked", said, T1)


def test_freshness_is_judged_at_the_time_asked_about() -> None:
    old = response(single(this_update=T1 - timedelta(days=9), next_update=T1 - timedelta(days=8)))
    stale = ask(old)
    assert (stale.fresh, stale.known_good) == (False, False)
    assert ask(old, when=T1 - timedelta(days=8, minutes=1)).fresh
    assert not ask(old, when=T1 - timedelta(days=8)).fresh, "nextUpdate is when newer news is there"
    assert not ask(response(single(next_update=None))).fresh
    backwards = response(single(next_update=T1 - timedelta(days=1)))
    assert "ocsp_time" in refusals(ask(backwards))


EXPIRED = make_leaf(CA, "Expired", not_after=T1 - timedelta(days=30))


def expired(*extensions: bytes, status: bytes = GOOD) -> RevocationOutcome:
    return ask(response(single(status, about=EXPIRED.certificate, extensions=extensions)), leaf=EXPIRED)


def test_a_responder_need_not_know_what_has_expired() -> None:
    assert "ocsp_expired_certificates" in refusals(expired())
    assert expired(status=revoked(T0)).status.state is RevocationState.REVOKED  # type: ignore[union-attr]
    long_ago = extension(ARCHIVE_CUTOFF, at(T1 - timedelta(days=400)))
    assert expired(long_ago).known_good
    too_late = extension(ARCHIVE_CUTOFF, at(T1 - timedelta(days=10)))
    assert "ocsp_expired_certificates" in refusals(expired(too_late))
    unreadable = extension(ARCHIVE_CUTOFF, b"\x05\x00")
    assert "ocsp_expired_certificates" in refusals(expired(unreadable))
    hashed = asn1.encode(
        asn1.SEQUENCE,
        algorithm(DIGEST_OIDS["sha256"]),
        asn1.encode(asn1.OCTET_STRING, digest("sha256", EXPIRED.der)),
    )
    assert expired(extension(CERT_HASH, hashed)).known_good, "whoever states its digest knows it"


def test_the_digest_of_another_certificate_under_the_same_number() -> None:
    other = asn1.encode(
        asn1.SEQUENCE, algorithm(DIGEST_OIDS["sha256"]), asn1.encode(asn1.OCTET_STRING, digest("sha256", CA.der))
    )
    assert "ocsp_cert_hash" in refusals(ask(response(single(extensions=[extension(CERT_HASH, other)]))))


def test_extensions_that_must_be_understood() -> None:
    private = extension("1.2.3.4", b"\x05\x00", critical=True)
    assert "ocsp_extensions" in refusals(ask(response(single(extensions=[private]))))
    assert "ocsp_extensions" in refusals(ask(response(extensions=[private])))
    assert ask(response(extensions=[extension("1.2.3.4", b"\x05\x00")])).known_good


@pytest.mark.parametrize("status", [1, 2, 3, 5, 6])
def test_a_responder_that_refuses_says_nothing(status: int) -> None:
    assert "ocsp_format" in refusals(ask(response(status=status)))


class Responder:
    """A fetcher that answers with what `make` returns for the nonce of the request."""

    def __init__(self, make: Any) -> None:
        self.make, self.nonces = make, []

    def __call__(self, url: str, *, body: bytes | None = None, content_type: str | None = None) -> bytes:
        request = ocsp.load_der_ocsp_request(body or b"")
        nonce = request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        self.nonces.append(nonce)
        return bytes(self.make(nonce))


def with_nonce(value: bytes) -> bytes:
    return response(extensions=[extension(NONCE, value)])


def test_an_answer_to_another_request_is_none() -> None:
    wrapped = Responder(lambda nonce: with_nonce(asn1.encode(asn1.OCTET_STRING, nonce)))
    assert ask(fetcher=wrapped).known_good
    assert len(wrapped.nonces[0]) == 32
    assert ask(fetcher=Responder(with_nonce)).known_good, "some leave the inner OCTET STRING out"
    assert ask(fetcher=Responder(lambda _: response())).known_good, "and some answer with what lies ready"
    replayed = ask(fetcher=Responder(lambda _: with_nonce(asn1.encode(asn1.OCTET_STRING, bytes(32)))))
    assert "ocsp_nonce" in refusals(replayed)


def test_a_nonce_is_new_for_each_validation_and_the_same_within_one() -> None:
    asked = Responder(lambda _: response())
    for moment in (NOW, NOW, NOW + timedelta(seconds=1)):
        revocation_of(LEAF.certificate, CA.certificate, at=NOW, now=moment, fetcher=asked)
    assert asked.nonces[0] == asked.nonces[1] != asked.nonces[2]


def test_a_request_without_a_nonce() -> None:
    plain = ocsp.load_der_ocsp_request(build_ocsp_request(LEAF.certificate, CA.certificate))
    assert (plain.serial_number, len(plain.extensions)) == (LEAF.x509.serial_number, 0)


def test_what_the_builder_of_cryptography_makes_reads_the_same() -> None:
    ours = parse_ocsp(make_ocsp(LEAF, CA, hash_algorithm=hashes.SHA256(), revoked_at=T1, reason="superseded"))
    assert (ours.responses[0].state, ours.responses[0].reason) == ("revoked", "superseded")
    assert (ours.nonce, ours.unknown_critical) == (None, ())
