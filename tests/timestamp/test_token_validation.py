"""A token validated whole: chain, revocation and algorithms at its proof of existence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.pki.factories import T0, T1, make_ca, make_crl, make_leaf, make_token, make_tsa
from timestamp.domain.tokens import parse_token, verify_token
from timestamp.domain.validation import validate_token
from trustreg.pki.indications import SubIndication
from trustreg.pki.paths import AnchorSet

CA = make_ca("Stamp CA")
TSA = make_tsa(CA, "Stamp TSA")
NOW = T1 + timedelta(days=1)
DATA = b"data"


def validate(tsa=TSA, *, at=NOW, anchors=(CA,), crls=None, data=DATA, **options):
    token = parse_token(make_token(tsa, DATA, **options))
    return validate_token(
        token,
        verify_token(token, data=data),
        at=at,
        now=NOW,
        anchors=AnchorSet(one.certificate for one in anchors),
        crls=[make_crl(CA, this_update=NOW)] if crls is None else crls,
    )


def test_a_token_that_passes():
    result = validate()
    assert result.passed
    assert result.sub_indication is None
    assert result.check.passed
    assert result.check.listed_key == CA.spki_sha256
    assert [outcome.known_good for outcome in result.revocation] == [True]


def test_a_listed_unit_needs_no_chain_and_no_revocation():
    result = validate(anchors=(TSA,), crls=[])
    assert result.passed
    assert result.check.listed_key == TSA.spki_sha256
    assert result.revocation == ()


def test_revocation_data_inside_the_token_counts():
    token = parse_token(make_token(TSA, DATA, crls=[make_crl(CA, this_update=NOW)]))
    anchors = AnchorSet([CA.certificate])
    result = validate_token(token, verify_token(token, data=DATA), at=NOW, now=NOW, anchors=anchors)
    assert result.passed
    assert result.revocation[0].status.origin == "embedded"


@pytest.mark.parametrize(
    ("options", "sub_indication"),
    [
        ({"data": b"other"}, SubIndication.HASH_FAILURE),
        ({"anchors": ()}, SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
        ({"crls": []}, SubIndication.TRY_LATER),
        ({"at": T0 + timedelta(days=4000)}, SubIndication.OUT_OF_BOUNDS_NO_POE),
        ({"tsa": make_leaf(CA, "No TSA", usage=("digital_signature",))}, SubIndication.CHAIN_CONSTRAINTS_FAILURE),
        ({"certificates": []}, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    ],
)
def test_each_failure_has_its_word(options, sub_indication):
    result = validate(**options)
    assert not result.passed
    assert not result.check.passed
    assert result.sub_indication is sub_indication
    assert result.check.finding.sub_indication is sub_indication


def test_revocation_counts_from_its_time_on_against_the_proof_of_existence():
    crl = make_crl(CA, {TSA.x509.serial_number: (T1 + timedelta(hours=5), "keyCompromise")}, this_update=NOW)
    assert validate(crls=[crl]).sub_indication is SubIndication.REVOKED_NO_POE
    assert validate(crls=[crl], at=T1 + timedelta(hours=4)).passed
    before = make_crl(CA, {TSA.x509.serial_number: (T1 - timedelta(hours=5), None)}, this_update=NOW)
    assert not validate(crls=[before], at=T1 + timedelta(hours=4)).passed, "genTime is not proven by itself"


def test_weak_algorithms_need_an_early_proof():
    old = T0 - timedelta(days=365 * 15)
    ca = make_ca("Old CA", not_before=old - timedelta(days=100), not_after=T0 + timedelta(days=3650))
    tsa = make_tsa(ca, "Old TSA", not_before=old - timedelta(days=10), not_after=T0 + timedelta(days=3650))
    token = parse_token(make_token(tsa, DATA, hash_name="sha1", gen_time=old))
    verification = verify_token(token, data=DATA)
    options = {"anchors": AnchorSet([tsa.certificate]), "now": NOW}
    assert validate_token(token, verification, at=old + timedelta(days=30), **options).passed
    late = validate_token(token, verification, at=NOW, **options)
    assert late.sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
