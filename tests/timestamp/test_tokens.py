"""Tokens: what they say, what verifies, and what other implementations made of them."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rfc3161_client
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.pki.factories import (
    T0,
    T1,
    TST_INFO,
    make_ca,
    make_leaf,
    make_response,
    make_token,
    make_tsa,
    sign_cms,
    signing_certificate_v2,
)
from timestamp.domain.tokens import parse_any, parse_response, parse_token, verify_token
from trustreg.pki import asn1
from trustreg.pki.certificates import parse_certificate
from trustreg.pki.errors import MalformedTimeStamp
from trustreg.pki.indications import SubIndication
from trustreg.pki.signatures import digest

CA = make_ca("Token CA")
TSA = make_tsa(CA, "Token TSA")
DATA = b"existed"


def verify(der, **options):
    return verify_token(parse_token(der), **options)


def failed(verification):
    return {finding.check for finding in verification.findings if finding.failed}


def test_the_members_of_a_token():
    accuracy = asn1.encode(
        asn1.SEQUENCE, asn1.encode_integer(1), asn1.encode(0x80, b"\x01\xf4"), asn1.encode(0x81, b"\x07")
    )
    token = parse_token(make_token(TSA, DATA, nonce=2**63, policy="1.2.3.9", hash_name="sha512", accuracy=accuracy))
    assert token.gen_time == T1
    assert token.accuracy == timedelta(seconds=1, milliseconds=500, microseconds=7)
    assert (token.imprint_algorithm, token.imprint) == ("sha512", digest("sha512", DATA))
    assert (token.policy, token.serial, token.nonce, token.ordering) == ("1.2.3.9", 7, 2**63, False)
    assert token.tsa is None


@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512", "sha3_256"])
@pytest.mark.parametrize("ess", ["v1", "v2"])
def test_a_token_over_the_data(hash_name, ess):
    der = make_token(TSA, DATA, hash_name=hash_name, ess=ess)
    result = verify(der, data=DATA)
    assert (result.intact, result.imprint_matches, result.sub_indication) == (True, True, None)
    assert result.tsa_certificate == TSA.certificate
    assert verify(der, digests={hash_name: digest(hash_name, DATA), "sha1": b"x"}).intact is True


def test_a_token_over_other_data():
    result = verify(make_token(TSA, DATA), data=b"other")
    assert (result.intact, result.imprint_matches) == (False, False)
    assert result.sub_indication is SubIndication.HASH_FAILURE


def test_an_imprint_that_is_cut_short_never_matches():
    der = make_token(TSA, imprint=digest("sha256", DATA)[:16])
    assert verify(der, data=DATA).imprint_matches is False
    assert verify(der, digests={"sha256": digest("sha256", DATA)[:16]}).imprint_matches is False


def test_an_imprint_that_cannot_be_computed_is_not_intact():
    result = verify(make_token(TSA, DATA), digests={"sha512": digest("sha512", DATA)})
    assert (result.intact, result.imprint_matches) == (None, None)
    assert result.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND


def test_without_data_the_imprint_is_not_judged():
    result = verify(make_token(TSA, DATA))
    assert (result.intact, result.imprint_matches) == (True, None)


@pytest.mark.parametrize(
    "tsa",
    [
        make_tsa(CA, "Not critical", critical=False),
        make_tsa(
            CA, "Two purposes", purposes=[x509.ExtendedKeyUsageOID.TIME_STAMPING, x509.ExtendedKeyUsageOID.CODE_SIGNING]
        ),
        make_tsa(CA, "Other purpose", purposes=[x509.ExtendedKeyUsageOID.CLIENT_AUTH]),
        make_leaf(CA, "No purpose", usage=("digital_signature",)),
    ],
)
def test_a_certificate_that_is_not_for_time_stamping_alone(tsa):
    result = verify(make_token(tsa, DATA), data=DATA)
    assert failed(result) == {"timestamp_key_usage"}
    assert result.intact is True, "cryptography holds; the purpose does not"


@pytest.mark.parametrize("gen_time", [T0 - timedelta(days=1), T0 + timedelta(days=20)])
def test_the_certificate_must_be_valid_when_the_token_was_made(gen_time):
    tsa = make_tsa(CA, "Short TSA", not_after=T0 + timedelta(days=10))
    assert failed(verify(make_token(tsa, DATA, gen_time=gen_time), data=DATA)) == {"timestamp_certificate_validity"}


def test_a_token_must_refer_to_its_certificate():
    result = verify(make_token(TSA, DATA, ess=None), data=DATA)
    assert result.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    other = make_tsa(CA, "Another TSA")
    wrong = make_token(TSA, DATA, ess=None, extra_signed=[signing_certificate_v2(other.der)])
    assert verify(wrong, data=DATA).sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND


def test_the_certificate_is_chosen_by_the_signer_identifier_not_by_its_place():
    spoof = make_tsa(make_ca("Spoof CA"), "Spoofed TSA")
    result = verify(make_token(TSA, DATA, certificates=[spoof.der, TSA.der, CA.der]), data=DATA)
    assert result.tsa_certificate == TSA.certificate


def test_a_token_without_its_certificate():
    der = make_token(TSA, DATA, certificates=[])
    assert verify(der, data=DATA).intact is None
    assert verify(der, data=DATA, extra_certificates=[TSA.certificate]).intact is True


def test_what_is_no_token():
    signature = sign_cms(TSA, DATA, detached=False)
    for data in (b"", b"\x30\x00", signature, make_token(TSA, DATA, detached=True), make_response(None, 2)):
        with pytest.raises(MalformedTimeStamp):
            parse_token(data)
    with pytest.raises(MalformedTimeStamp):
        parse_token(sign_cms(TSA, b"\x30\x03\x02\x01\x01", content_type=TST_INFO, detached=False))


def test_responses():
    token = make_token(TSA, DATA)
    granted = parse_response(make_response(token))
    assert granted.status == 0
    assert granted.token.der == token
    assert parse_response(make_response(token, 1)).token is not None
    assert parse_response(make_response(None, 2)).token is None
    for bad in (make_response(token, 2), make_response(None, 0), b"", b"\x30\x00"):
        with pytest.raises(MalformedTimeStamp):
            parse_response(bad)
    assert parse_any(token).der == parse_any(make_response(token)).der
    with pytest.raises(MalformedTimeStamp):
        parse_any(make_response(None, 2))


def test_padding_zeros_after_a_token():
    token = make_token(TSA, DATA)
    assert parse_token(token + b"\0" * 100).der == token


_SAMPLE = make_token(TSA, DATA, certificates=[TSA.der, CA.der])


@settings(max_examples=400, deadline=1000)
@given(st.data())
def test_damage_raises_only_the_own_error_and_proves_no_other_time(data):
    der = bytearray(_SAMPLE)
    for _ in range(data.draw(st.integers(1, 3))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    try:
        token = parse_token(bytes(der))
    except MalformedTimeStamp:
        return
    if verify_token(token, data=DATA).intact:
        assert (token.gen_time, token.imprint) == (T1, digest("sha256", DATA))


@settings(max_examples=300, deadline=1000)
@given(st.binary(max_size=300))
def test_any_bytes_raise_only_the_own_error(data):
    for read in (parse_token, parse_response, parse_any):
        with pytest.raises(MalformedTimeStamp):
            read(data)


def test_other_implementations_agree(tmp_path: Path):
    der = make_token(TSA, DATA, certificates=sorted([TSA.der, CA.der]))
    response = rfc3161_client.decode_timestamp_response(make_response(der))
    assert response.tst_info.gen_time == T1
    assert response.tst_info.message_imprint.message == digest("sha256", DATA)
    verifier = rfc3161_client.VerifierBuilder().add_root_certificate(CA.x509).build()
    assert verifier.verify_message(response, DATA)
    with pytest.raises(rfc3161_client.VerificationError):
        verifier.verify_message(response, b"other")
    (tmp_path / "token").write_bytes(der)
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "ca.pem").write_bytes(CA.x509.public_bytes(serialization.Encoding.PEM))
    command = ["openssl", "ts", "-verify", "-token_in", "-in", "token", "-data", "data", "-CAfile", "ca.pem"]
    subprocess.run([*command, "-attime", str(int(T1.timestamp()))], cwd=tmp_path, check=True, capture_output=True)


def _corpus(file: str) -> bytes:
    path = Path(SHARED, "corpus/documents", file)
    if not path.is_file():
        pytest.skip("shared/corpus/documents is absent")
    return path.read_bytes()


@pytest.mark.corpus
def test_a_token_of_another_authority():
    token = parse_any(_corpus("6982abfc-response-sha512.tsr"))
    assert token.gen_time == datetime(2025, 5, 9, 11, 58, 56, tzinfo=UTC)
    assert verify_token(token, data=b"hello").intact is True
    assert verify_token(token, data=b"hullo").intact is False


@pytest.mark.corpus
def test_a_token_with_a_broken_signature():
    result = verify_token(parse_any(_corpus("5a0cab3f-response-invalid-signature.tsr")), data=b"hello")
    assert result.intact is False
    assert result.sub_indication is SubIndication.SIG_CRYPTO_FAILURE


@pytest.mark.corpus
def test_a_token_whose_certificate_is_elsewhere():
    token = parse_any(_corpus("9e524b55-response-no-embedded-cert.tsr"))
    assert verify_token(token, data=b"hello").intact is None
    bag = parse_any(_corpus("6982abfc-response-sha512.tsr")).signed_data.certificates
    supplied = verify_token(token, data=b"hello", extra_certificates=[parse_certificate(bag[0])])
    assert supplied.intact is True


@pytest.mark.corpus
def test_certificates_injected_before_the_signers():
    token = parse_any(_corpus("171ca428-response-injected-certs.tsr"))
    result = verify_token(token, data=b"hello")
    first = parse_certificate(token.signed_data.certificates[0])
    assert result.tsa_certificate.subject_name == "CN=Test TSA Timestamping,O=local"
    assert {one.subject_name for one in map(parse_certificate, token.signed_data.certificates)} != {first.subject_name}
    assert result.tsa_certificate.serial == token.signed_data.signers[0].serial
