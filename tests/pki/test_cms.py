"""Signed data: what verifies, what must not, and what cannot be said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.pki.factories import (
    SEQUENCE,
    T1,
    algorithm,
    attribute,
    make_ca,
    make_leaf,
    sign_cms,
    signing_certificate_v2,
    utc_time,
)
from trustreg.pki import asn1
from trustreg.pki.cms import digest_algorithms, parse_signed_data, verify_signer
from trustreg.pki.errors import MalformedSignedData
from trustreg.pki.indications import SubIndication
from trustreg.pki.signatures import DIGEST_OIDS, digest

CA = make_ca("CMS CA")
SIGNER = make_leaf(CA, "CMS Signer")
CONTENT = b"The content that was signed."


def verify(der, **given_content):
    signed_data = parse_signed_data(der)
    return verify_signer(signed_data, signed_data.signers[0], **given_content)


def checks(verification):
    return {finding.check for finding in verification.findings if finding.failed}


@pytest.mark.parametrize(
    ("kind", "hash_name", "pss"),
    [
        ("rsa2048", "sha256", False),
        ("rsa2048", "sha512", True),
        ("rsa2048", "sha3_256", False),
        ("ec256", "sha256", False),
        ("ec384", "sha384", False),
        ("ec521", "sha512", False),
        ("brainpool256", "sha256", False),
        ("ed25519", "sha512", False),
        ("ed448", "shake256", False),
    ],
)
@pytest.mark.parametrize("detached", [True, False])
def test_every_scheme_verifies_and_notices_a_change(kind, hash_name, pss, detached):
    signer = make_leaf(CA, f"Signer {kind}", kind=kind)
    der = sign_cms(signer, CONTENT, hash_name=hash_name, pss=pss, detached=detached)
    result = verify(der, content=CONTENT if detached else None)
    assert result.intact is True
    assert result.ess_ok is True
    assert result.sub_indication is None
    assert result.signing_certificate == signer.certificate
    changed = bytearray(der)
    changed[-1] ^= 1
    if not kind.startswith("ec") and kind != "brainpool256":
        assert verify(bytes(changed), content=CONTENT if detached else None).intact is False
    if detached:
        other = verify(der, content=CONTENT + b"!")
        assert (other.intact, other.digest_matches, other.signature_verifies) == (False, False, True)
        assert other.sub_indication is SubIndication.HASH_FAILURE


def test_a_digest_stands_for_the_content():
    der = sign_cms(SIGNER, CONTENT, hash_name="sha384")
    assert digest_algorithms(parse_signed_data(der)) == {"sha384"}
    assert verify(der, content_digests={"sha384": digest("sha384", CONTENT)}).intact is True
    assert verify(der, content_digests={"sha384": digest("sha384", b"other")}).intact is False
    missing = verify(der, content_digests={"sha256": digest("sha256", CONTENT)})
    assert (missing.intact, missing.sub_indication) == (None, SubIndication.SIGNED_DATA_NOT_FOUND)


def test_without_content_nothing_is_said():
    result = verify(sign_cms(SIGNER, CONTENT))
    assert (result.intact, result.digest_matches, result.signature_verifies) == (None, None, True)
    assert result.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND


def test_a_content_given_beside_another_one_inside():
    der = sign_cms(SIGNER, CONTENT, detached=False)
    assert verify(der, content=CONTENT).intact is True
    assert verify(der, content=b"another").sub_indication is SubIndication.FORMAT_FAILURE
    assert verify(der, content=b"another").intact is False
    assert verify(der, content_digests={"sha256": digest("sha256", b"another")}).intact is False


def test_members_of_the_signer():
    token = asn1.encode(SEQUENCE, asn1.encode_integer(1))
    der = sign_cms(SIGNER, CONTENT, unsigned=[attribute("1.2.840.113549.1.9.16.2.14", token)], by_key_identifier=True)
    signer = parse_signed_data(der).signers[0]
    assert signer.signing_time == T1
    assert signer.content_type == "1.2.840.113549.1.7.1"
    assert signer.message_digest == digest("sha256", CONTENT)
    assert signer.signature_time_stamps == (token,)
    assert signer.subject_key_identifier == SIGNER.certificate.ski
    assert signer.ess_references[0].digest == SIGNER.certificate.sha256
    assert verify(der, content=CONTENT).intact is True


def test_zeros_may_follow_and_other_octets_are_counted():
    der = sign_cms(SIGNER, CONTENT)
    assert parse_signed_data(der + b"\0" * 1000).trailing == 0
    assert parse_signed_data(der + b"\0junk").trailing == 5
    assert parse_signed_data(der + b"\0" * 1000).raw == der


def _indefinite(der: bytes, levels: int) -> bytes:
    element = asn1.read(der)
    if not levels or not element.constructed:
        return der
    return (
        bytes((element.tag, 0x80)) + b"".join(_indefinite(one.raw, levels - 1) for one in element.children()) + b"\0\0"
    )


def test_indefinite_lengths_verify_alike():
    der = sign_cms(SIGNER, CONTENT, detached=False)
    ber = _indefinite(der, 3)
    assert ber != der
    assert b"\x30\x80" in ber
    assert verify(ber + b"\0" * 50).intact is True


def test_unsorted_signed_attributes_are_judged_over_their_der_encoding():
    result = verify(sign_cms(SIGNER, CONTENT, sort=False), content=CONTENT)
    sorted_result = verify(sign_cms(SIGNER, CONTENT), content=CONTENT)
    assert sorted_result.signed_attributes_der
    assert not result.signed_attributes_der
    assert result.intact is False, "the signature was made over octets that are not the DER encoding"
    assert "signed_attributes_der" in {finding.check for finding in result.findings}


@pytest.mark.parametrize("ess", ["v1", "v2"])
def test_the_reference_to_the_certificate(ess):
    assert verify(sign_cms(SIGNER, CONTENT, ess=ess), content=CONTENT).ess_ok is True


def test_a_certificate_other_than_the_referenced_one():
    other = make_leaf(CA, "Somebody else")
    der = sign_cms(SIGNER, CONTENT, ess=None, extra_signed=[signing_certificate_v2(other.der)])
    result = verify(der, content=CONTENT)
    assert result.ess_ok is False
    assert result.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND


def test_of_two_certificates_with_one_number_the_referenced_one_is_taken():
    twin = make_leaf(CA, "Twin", serial=SIGNER.x509.serial_number)
    der = sign_cms(SIGNER, CONTENT, certificates=[twin.der, SIGNER.der])
    result = verify(der, content=CONTENT)
    assert result.signing_certificate == SIGNER.certificate
    assert result.intact is True


def test_a_missing_certificate_may_be_supplied():
    der = sign_cms(SIGNER, CONTENT, certificates=[])
    without = verify(der, content=CONTENT)
    assert (without.intact, without.sub_indication) == (None, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    assert verify(der, content=CONTENT, extra_certificates=[CA.certificate, SIGNER.certificate]).intact is True


def test_a_broken_certificate_beside_it_hides_nothing():
    der = sign_cms(SIGNER, CONTENT, certificates=[b"\x30\x02\x05\x00", SIGNER.der])
    assert verify(der, content=CONTENT).intact is True


@pytest.mark.parametrize(
    ("options", "check"),
    [
        ({"extra_signed": [attribute("1.2.840.113549.1.9.4", asn1.encode(4, b"x" * 32))]}, "attributes_unique"),
        ({"extra_signed": [attribute("1.2.840.113549.1.9.5", utc_time(T1))]}, "attributes_unique"),
        ({"ess": None, "extra_signed": [attribute("1.2.840.113549.1.9.16.2.47")]}, "attributes_unique"),
        ({"signed_content_type": "1.2.3"}, "content_type"),
    ],
)
def test_signed_attributes_that_break_the_rules(options, check):
    result = verify(sign_cms(SIGNER, CONTENT, **options), content=CONTENT)
    assert check in checks(result)
    assert result.sub_indication is SubIndication.FORMAT_FAILURE


def test_two_message_digests_are_never_intact():
    both = [attribute("1.2.840.113549.1.9.4", asn1.encode(4, digest("sha256", b"evil")))]
    assert verify(sign_cms(SIGNER, CONTENT, extra_signed=both), content=b"evil").intact is False


def test_digest_and_signature_algorithm_must_agree():
    der = sign_cms(SIGNER, CONTENT, digest_oid=DIGEST_OIDS["sha384"], message_digest=digest("sha384", CONTENT))
    result = verify(der, content=CONTENT)
    assert result.intact is False
    assert "algorithms_agree" in checks(result)


def _protection(hash_name: str, oid: str) -> bytes:
    inner = asn1.read(algorithm(oid)).content
    return attribute(
        "1.2.840.113549.1.9.52",
        asn1.encode(SEQUENCE, algorithm(DIGEST_OIDS[hash_name]), asn1.encode(0xA1, inner)),
    )


def test_algorithm_protection():
    good = sign_cms(SIGNER, CONTENT, extra_signed=[_protection("sha256", "1.2.840.10045.4.3.2")])
    assert verify(good, content=CONTENT).intact is True
    for bad in (_protection("sha512", "1.2.840.10045.4.3.2"), _protection("sha256", "1.2.840.10045.4.3.4")):
        result = verify(sign_cms(SIGNER, CONTENT, extra_signed=[bad]), content=CONTENT)
        assert result.intact is False
        assert checks(result) == {"algorithm_protection"}


def test_without_signed_attributes_the_content_is_signed():
    der = sign_cms(SIGNER, CONTENT, signed_attributes=False)
    assert verify(der, content=CONTENT).intact is True
    assert verify(der, content=b"other").sub_indication is SubIndication.SIG_CRYPTO_FAILURE
    assert verify(der, content_digests={"sha256": digest("sha256", CONTENT)}).intact is None
    odd = sign_cms(SIGNER, CONTENT, signed_attributes=False, content_type="1.2.3.4", detached=False)
    assert verify(odd).intact is False


def test_signed_attributes_cannot_be_passed_off_as_a_document():
    honest = parse_signed_data(sign_cms(SIGNER, CONTENT)).signers[0]
    attributes = b"\x31" + honest.signed_attributes_raw[1:]
    forged = parse_signed_data(sign_cms(SIGNER, attributes, signed_attributes=False, detached=False))
    # The forger has no key: put the honest signature where the factory made its own.
    der = forged.raw.replace(forged.signers[0].signature, honest.signature)
    if len(honest.signature) != len(forged.signers[0].signature):
        der = forged.raw
    result = verify(der)
    assert result.signature_verifies is True
    assert result.intact is False
    assert result.sub_indication is SubIndication.FORMAT_FAILURE


def test_a_signature_algorithm_is_no_digest():
    result = verify(sign_cms(SIGNER, CONTENT, digest_oid="1.2.840.113549.1.1.11"), content=CONTENT)
    assert (result.intact, result.sub_indication) == (False, SubIndication.SIG_CRYPTO_FAILURE)


def test_an_unknown_algorithm_cannot_be_computed():
    der = sign_cms(SIGNER, CONTENT, digest_oid="1.2.3.4.5")
    result = verify(der, content=CONTENT)
    assert result.intact is None
    assert result.sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE


def test_a_countersignature_signs_the_parents_signature():
    parent = parse_signed_data(sign_cms(SIGNER, CONTENT)).signers[0]
    counter = make_leaf(CA, "Counter")
    der = sign_cms(counter, parent.signature, signed_content_type="1.2.840.113549.1.7.1")
    signed_data = parse_signed_data(der)
    with_type = verify_signer(signed_data, signed_data.signers[0], content=parent.signature, countersignature=True)
    assert "content_type" in checks(with_type), "RFC 5652 11.4: no content-type in a countersignature"


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x80", b"hello", b"\x30\x0b\x06\x09" + b"\x2a" * 9])
def test_what_is_no_signed_data_is_refused(data):
    with pytest.raises(MalformedSignedData):
        parse_signed_data(data)


@settings(max_examples=300, deadline=1000)
@given(st.binary(max_size=400))
def test_any_bytes_raise_only_the_own_error(data):
    try:
        parse_signed_data(data)
    except MalformedSignedData:
        return


_SAMPLE = sign_cms(SIGNER, CONTENT, detached=False, certificates=[SIGNER.der, CA.der])


@settings(max_examples=500, deadline=1000)
@given(st.data())
def test_damage_is_never_intact_and_raises_only_the_own_error(data):
    der = bytearray(_SAMPLE)
    for _ in range(data.draw(st.integers(1, 3))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    try:
        signed_data = parse_signed_data(bytes(der))
    except MalformedSignedData:
        return
    for signer in signed_data.signers:
        result = verify_signer(signed_data, signer)
        if result.intact:
            assert signed_data.content == CONTENT


def test_openssl_agrees(tmp_path: Path):
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "ca.pem").write_bytes(CA.x509.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "cert.pem").write_bytes(SIGNER.x509.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        SIGNER.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    for option in ([], ["-nodetach"], ["-noattr"], ["-keyid"], ["-nodetach", "-stream"]):
        command = ["openssl", "cms", "-sign", "-binary", "-cades", "-outform", "DER", "-md", "sha256", *option]
        if "-noattr" in option:
            command.remove("-cades")
        command += ["-in", "content", "-signer", "cert.pem", "-inkey", "key.pem", "-out", "out.p7"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        der = (tmp_path / "out.p7").read_bytes()
        assert verify(der, content=CONTENT).intact is True, option
        assert verify(der, content=CONTENT + b" ").intact is False, option
    own = sign_cms(SIGNER, CONTENT, certificates=[SIGNER.der, CA.der])
    (tmp_path / "own.p7").write_bytes(own)
    subprocess.run(
        [
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "own.p7", "-content", "content"),
            *("-CAfile", "ca.pem", "-purpose", "any", "-attime", str(int(T1.timestamp())), "-out", "got"),
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )


CORPUS = {
    "0ed05bf9-cades_signeddata_extended_after_lta.p7m": (True, None),
    "129294b2-Signature-C-DE_CRY-4.p7m": (False, SubIndication.SIG_CRYPTO_FAILURE),
    "230867a7-cades-detached.pkcs7": (None, SubIndication.SIGNED_DATA_NOT_FOUND),
    "26eea088-cades-b-copied-cnttst.p7m": (True, None),
    "4d74c472-cades-extended-epes.pkcs7": (True, None),
    "614374a9-cades-extended-epes-sig-pol-store.pkcs7": (True, None),
    "68234ba4-no-key-info-cert.pkcs7": (None, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    "6d5eb063-CAdES-BpB-att-SHA256-SHA3_256withRSA.p7m": (False, SubIndication.SIG_CRYPTO_FAILURE),
    "9fc07988-cms-no-sign-cert.p7m": (None, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    "a859f248-Signature-C-B-LTA-10.p7m": (True, None),
    "c51ed64e-cades-extended-bes.pkcs7": (True, None),
    "dd27f140-cades-extended-a.pkcs7": (True, None),
    "f499a92d-cades-lta-duplicated-atst.p7m": (True, None),
}


@pytest.mark.corpus
@pytest.mark.parametrize("file", CORPUS)
def test_documents_of_others_get_their_labelled_verdict(file):
    path = Path(SHARED, "corpus/documents", file)
    if not path.is_file():
        pytest.skip("shared/corpus/documents is absent")
    result = verify(path.read_bytes())
    assert (result.intact, result.sub_indication) == CORPUS[file]
