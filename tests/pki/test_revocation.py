"""Evidence about revocation: what is acceptable, what it says, and that bad evidence only worsens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp as x509_ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pki.factories import T0, T1, make_ca, make_crl, make_leaf, make_ocsp, make_responder
from trustreg.pki.errors import EgressFailed, MalformedRevocationData
from trustreg.pki.indications import SubIndication
from trustreg.pki.revocation import RevocationState, build_ocsp_request, parse_crl, parse_ocsp, revocation_of

CA = make_ca("Revocation CA")
OTHER = make_ca("Other CA")
CRL_URL, OCSP_URL = "http://crl.example/ca.crl", "http://ocsp.example/"
LEAF = make_leaf(CA, "Judged", ocsp_urls=[OCSP_URL], crl_urls=[CRL_URL])
RESPONDER = make_responder(CA)
NOW = T1 + timedelta(hours=1)
SERIAL = LEAF.x509.serial_number


def ask(*, crls=(), ocsps=(), at=NOW, now=NOW, fetcher=None, leaf=LEAF, issuer=CA, **options):
    return revocation_of(
        leaf.certificate,
        issuer.certificate,
        at=at,
        now=now,
        embedded_crls=crls,
        embedded_ocsps=ocsps,
        fetcher=fetcher,
        **options,
    )


def refused_for(outcome):
    assert outcome.status is None
    return {finding.check for finding in outcome.findings}


def test_a_good_crl():
    outcome = ask(crls=[make_crl(CA)])
    assert outcome.known_good
    assert (outcome.status.state, outcome.status.source, outcome.status.origin) == ("good", "crl", "embedded")
    assert outcome.status.responder == CA.certificate
    assert outcome.sub_indication_at(NOW) is None


def test_a_revoked_certificate_and_when_it_counts():
    when = T1 - timedelta(days=3)
    outcome = ask(crls=[make_crl(CA, {SERIAL: (when, "keyCompromise")})])
    assert outcome.status.state is RevocationState.REVOKED
    assert (outcome.status.revoked_at, outcome.status.reason) == (when, "keyCompromise")
    assert outcome.sub_indication_at(NOW) is SubIndication.REVOKED_NO_POE
    assert outcome.sub_indication_at(NOW, is_signer=False) is SubIndication.REVOKED_CA_NO_POE
    assert outcome.sub_indication_at(when) is SubIndication.REVOKED_NO_POE
    assert outcome.sub_indication_at(when - timedelta(seconds=1)) is None
    assert not outcome.known_good


def test_a_hold_is_not_for_ever():
    outcome = ask(crls=[make_crl(CA, {SERIAL: (T1, "certificateHold")})])
    assert outcome.status.on_hold
    assert outcome.sub_indication_at(NOW) is SubIndication.TRY_LATER
    later = make_crl(CA, this_update=T1 + timedelta(minutes=30))
    assert ask(crls=[make_crl(CA, {SERIAL: (T1, "certificateHold")}), later]).known_good


def test_a_revocation_for_good_is_not_taken_back():
    revoked = make_crl(CA, {SERIAL: (T1 - timedelta(days=3), None)}, this_update=T1 - timedelta(days=2))
    outcome = ask(crls=[revoked, make_crl(CA)], ocsps=[make_ocsp(LEAF, CA)])
    assert outcome.status.state is RevocationState.REVOKED
    assert outcome.status.reason == "unspecified"


def test_nothing_at_hand_is_not_good():
    outcome = ask()
    assert not outcome.known_good
    assert outcome.sub_indication_at(NOW) is SubIndication.TRY_LATER


def _scope(**options):
    names = options.pop("urls", None)
    every = {
        "full_name": [x509.UniformResourceIdentifier(url) for url in names] if names else None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return [(x509.IssuingDistributionPoint(**{**every, **options}), True)]


@pytest.mark.parametrize(
    "extensions",
    [
        _scope(urls=["http://crl.example/another.crl"]),
        _scope(only_contains_ca_certs=True),
        _scope(only_contains_attribute_certs=True),
        _scope(urls=[CRL_URL], indirect_crl=True),
        _scope(urls=[CRL_URL], only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})),
        [(x509.DeltaCRLIndicator(3), True)],
    ],
)
def test_a_crl_that_leaves_something_out_says_nothing(extensions):
    assert "crl_scope" in refused_for(ask(crls=[make_crl(CA, extensions=extensions)]))


def test_a_crl_for_this_scope():
    assert ask(crls=[make_crl(CA, extensions=_scope(urls=[CRL_URL], only_contains_user_certs=True))]).known_good


def test_a_crl_with_an_unknown_critical_extension():
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert "crl_extensions" in refused_for(ask(crls=[make_crl(CA, extensions=[(unknown, True)])]))


def test_a_crl_that_another_key_signed():
    assert "crl_signature" in refused_for(ask(crls=[make_crl(CA, signer=OTHER)]))
    assert ask(crls=[make_crl(OTHER)]).status is None


def test_a_crl_of_an_issuer_that_may_not_sign_any():
    mute = make_ca("Mute CA", usage=("key_cert_sign",))
    leaf = make_leaf(mute, "Of the mute")
    assert "crl_key_usage" in refused_for(ask(crls=[make_crl(mute)], leaf=leaf, issuer=mute))


def test_an_expired_certificate_is_known_only_to_those_who_keep_it():
    leaf = make_leaf(CA, "Expired", not_after=T0 + timedelta(days=10))
    assert "crl_expired_certificates" in refused_for(ask(crls=[make_crl(CA)], leaf=leaf))
    since = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.60"), b"\x18\x0f20250101000000Z")
    assert ask(crls=[make_crl(CA, extensions=[(since, False)])], leaf=leaf).known_good
    revoked = make_crl(CA, {leaf.x509.serial_number: (T0 + timedelta(days=5), None)})
    assert ask(crls=[revoked], leaf=leaf).status.state is RevocationState.REVOKED
    assert "ocsp_expired_certificates" in refused_for(ask(ocsps=[make_ocsp(leaf, CA)], leaf=leaf))


@pytest.mark.parametrize("responder", [None, RESPONDER])
@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()])
def test_a_good_ocsp_response(responder, algorithm):
    outcome = ask(ocsps=[make_ocsp(LEAF, CA, responder=responder, hash_algorithm=algorithm)])
    assert outcome.known_good
    assert outcome.status.responder == (responder or CA).certificate


def test_a_revoking_ocsp_response():
    when = T1 - timedelta(days=1)
    status = ask(ocsps=[make_ocsp(LEAF, CA, revoked_at=when, reason="superseded")]).status
    assert (status.state, status.revoked_at, status.reason) == ("revoked", when, "superseded")


def test_an_unknowing_responder():
    outcome = ask(ocsps=[make_ocsp(LEAF, CA, unknown=True)])
    assert outcome.status is None
    assert outcome.sub_indication_at(NOW) is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE


def test_a_response_about_another_certificate():
    assert ask(ocsps=[make_ocsp(make_leaf(CA, "Another"), CA)]).status is None


@pytest.mark.parametrize(
    "responder",
    [
        make_responder(OTHER, "Foreign responder"),
        make_responder(CA, "No purpose", purposes=[x509.ExtendedKeyUsageOID.CLIENT_AUTH]),
        make_leaf(CA, "Mere leaf"),
    ],
)
def test_a_responder_that_the_issuer_did_not_authorise(responder):
    assert "ocsp_responder" in refused_for(ask(ocsps=[make_ocsp(LEAF, CA, responder=responder)]))


def test_a_responder_outside_its_validity():
    old = make_responder(CA, "Old responder", not_after=T0 + timedelta(days=1))
    assert "ocsp_responder_validity" in refused_for(ask(ocsps=[make_ocsp(LEAF, CA, responder=old)]))


def test_a_responder_found_elsewhere():
    der = make_ocsp(LEAF, CA, responder=RESPONDER, embed=False)
    assert ask(ocsps=[der]).status is None
    assert ask(ocsps=[der], certificates=[RESPONDER.certificate]).known_good


def test_a_responder_without_nocheck_must_itself_stand():
    responder = make_responder(CA, "Checked responder", nocheck=False)
    der = make_ocsp(LEAF, CA, responder=responder)
    assert "ocsp_responder_revocation" in refused_for(ask(ocsps=[der]))
    outside = _scope(urls=[CRL_URL])
    assert ask(ocsps=[der], crls=[make_crl(CA)]).known_good
    revoked = make_crl(CA, {responder.x509.serial_number: (T0, None)}, extensions=[])
    assert ask(ocsps=[der], crls=[revoked]).status.source == "crl"
    only_responder = make_ocsp(responder, CA, responder=responder)
    assert ask(ocsps=[der, only_responder]).status is None, "a responder may not vouch for itself"
    assert outside


def test_freshness():
    short = make_crl(CA, this_update=T1 - timedelta(days=3), next_update=T1)
    stale = ask(crls=[short])
    assert stale.status.state is RevocationState.GOOD
    assert not stale.fresh
    assert stale.sub_indication_at(NOW) is SubIndication.TRY_LATER
    assert ask(crls=[short], at=T1 - timedelta(days=4)).fresh, "issued after the time asked about"
    without = make_ocsp(LEAF, CA, without_next_update=True)
    assert not ask(ocsps=[without]).fresh
    assert ask(ocsps=[without], at=T1 + timedelta(minutes=5)).fresh


class Web:
    """A fetcher over a dictionary: what it does not know has failed."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def __call__(self, url, *, body=None, content_type=None):
        self.asked.append((url, body, content_type))
        answer = self.answers.get("ocsp" if url == OCSP_URL else "crl")
        if answer is None:
            raise EgressFailed("not there")
        return answer


def test_embedded_evidence_from_after_the_time_asked_about_is_enough():
    web = Web(ocsp=make_ocsp(LEAF, CA))
    assert ask(crls=[make_crl(CA)], at=T1, fetcher=web).known_good
    assert web.asked == []


def test_embedded_goodness_from_before_a_revocation_is_not_replayed():
    good = make_ocsp(LEAF, CA, this_update=T1 - timedelta(hours=3), next_update=NOW + timedelta(days=7))
    revoked = make_ocsp(LEAF, CA, revoked_at=T1 - timedelta(hours=1))
    assert ask(ocsps=[good], fetcher=Web(ocsp=revoked)).sub_indication_at(NOW) is SubIndication.REVOKED_NO_POE
    newer = make_crl(CA, {SERIAL: (T1 - timedelta(hours=1), None)})
    assert ask(ocsps=[good], fetcher=Web(ocsp=b"", crl=newer)).sub_indication_at(NOW) is SubIndication.REVOKED_NO_POE
    assert ask(ocsps=[good], fetcher=Web()).known_good, "until its nextUpdate it may be relied on when nobody answers"


@pytest.mark.parametrize(
    "evidence",
    [
        {"ocsps": [make_ocsp(LEAF, CA, this_update=NOW + timedelta(days=30))]},
        {"crls": [make_crl(CA, this_update=NOW + timedelta(days=30))]},
    ],
    ids=["ocsp", "crl"],
)
def test_evidence_from_the_future_says_nothing(evidence):
    assert "revocation_time" in refused_for(ask(**evidence))


def test_a_responder_that_was_revoked_since_may_have_dated_its_answers_itself():
    responder = make_responder(CA, "Stolen responder", nocheck=False)
    der = make_ocsp(
        LEAF, CA, responder=responder, this_update=T1 - timedelta(days=2), next_update=NOW + timedelta(days=5)
    )
    revoked = make_ocsp(responder, CA, revoked_at=T1 - timedelta(hours=1), reason="keyCompromise")
    assert "ocsp_responder_revocation" in refused_for(ask(ocsps=[der, revoked]))


def test_nocheck_is_for_responders():
    leaf = make_leaf(CA, "Not a responder", extensions=[(x509.OCSPNoCheck(), False)])
    assert ask(leaf=leaf).required


def test_what_a_complete_list_names_is_revoked():
    listed = make_crl(CA, {SERIAL: (T1 - timedelta(hours=1), "removeFromCRL")})
    assert ask(crls=[listed]).sub_indication_at(NOW) is SubIndication.REVOKED_NO_POE


def test_ocsp_is_asked_first_then_the_crl():
    web = Web(ocsp=make_ocsp(LEAF, CA))
    outcome = ask(fetcher=web)
    assert (outcome.status.source, outcome.status.origin) == ("ocsp", "fetched")
    request = x509_ocsp.load_der_ocsp_request(web.asked[0][1])
    assert (request.serial_number, web.asked[0][2]) == (SERIAL, "application/ocsp-request")
    fallback = Web(crl=make_crl(CA))
    assert ask(fetcher=fallback).status.source == "crl"
    assert [url for url, _, _ in fallback.asked] == [OCSP_URL, CRL_URL]


def test_what_is_at_hand_counts_where_what_was_fetched_says_no_more():
    held = make_crl(CA, this_update=NOW - timedelta(days=1), next_update=NOW + timedelta(days=1))
    fetched = make_crl(CA, this_update=NOW - timedelta(hours=1), next_update=NOW + timedelta(days=1))
    assert ask(crls=[held], fetcher=Web(crl=fetched)).status.origin == "embedded"
    ended = make_crl(CA, this_update=NOW - timedelta(days=9), next_update=NOW - timedelta(days=8))
    assert ask(crls=[ended], fetcher=Web(crl=fetched)).status.origin == "fetched"
    on_hold = make_crl(
        CA, {SERIAL: (NOW - timedelta(hours=2), "certificateHold")}, this_update=NOW - timedelta(hours=1)
    )
    assert ask(crls=[held], fetcher=Web(crl=on_hold)).status.on_hold


@pytest.mark.parametrize("web", [Web(), Web(ocsp=b"<html>", crl=b""), Web(ocsp=make_ocsp(LEAF, CA, unknown=True))])
def test_an_upstream_that_fails_only_worsens(web):
    assert not ask(fetcher=web).known_good
    stale = make_crl(CA, this_update=T1 - timedelta(days=3), next_update=T1)
    assert not ask(crls=[stale], fetcher=web).known_good


def test_a_fetched_revocation_beats_stale_goodness():
    stale = make_crl(CA, this_update=T1 - timedelta(days=3), next_update=T1)
    web = Web(ocsp=make_ocsp(LEAF, CA, revoked_at=T1 - timedelta(hours=1)))
    assert ask(crls=[stale], fetcher=web).status.state is RevocationState.REVOKED


@pytest.mark.parametrize("oid", ["2.5.29.56", "0.4.0.194121.2.1"])
def test_nothing_to_ask(oid):
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x05\x00")
    leaf = make_leaf(CA, "Short-lived", extensions=[(extension, False)])
    outcome = ask(leaf=leaf)
    assert not outcome.required
    assert outcome.known_good


def test_a_root_and_a_responder_with_nocheck_are_not_asked_about():
    assert not ask(leaf=CA).required
    assert not ask(leaf=RESPONDER).required


def test_the_request_names_the_issuer():
    request = x509_ocsp.load_der_ocsp_request(build_ocsp_request(LEAF.certificate, CA.certificate))
    reference = x509_ocsp.OCSPRequestBuilder().add_certificate(LEAF.x509, CA.x509, hashes.SHA1()).build()
    assert request.issuer_key_hash == reference.issuer_key_hash
    assert request.issuer_name_hash == reference.issuer_name_hash


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x03\x0a\x01\x06", b"junk"])
def test_what_is_neither_is_refused(data):
    for read in (parse_crl, parse_ocsp):
        with pytest.raises(MalformedRevocationData):
            read(data)


_CRL, _OCSP = make_crl(CA, {SERIAL: (T1, "superseded")}), make_ocsp(LEAF, CA, responder=RESPONDER)


@settings(max_examples=400, deadline=1000)
@given(st.data())
def test_damage_is_never_good_news_and_raises_nothing(data):
    crl, response = bytearray(_CRL), bytearray(_OCSP)
    for target in (crl, response):
        target[data.draw(st.integers(0, len(target) - 1))] ^= data.draw(st.integers(1, 255))
    outcome = ask(crls=[bytes(crl)])
    assert outcome.status is None or outcome.status.state is RevocationState.REVOKED
    # Damage outside what is signed (the responder's bag, unsigned wrapping) may leave a response good.
    ask(ocsps=[bytes(response)])


@settings(max_examples=200, deadline=1000)
@given(st.binary(max_size=300))
def test_any_bytes_raise_nothing(data):
    assert ask(crls=[data], ocsps=[data]).status is None
