"""Evidence that the caller hands in: judged as what the document holds, never trusted, never worth more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from signing.domain import supplied as module
from signing.domain.report import SignatureReport
from signing.domain.supplied import MAX_OBJECTS, read_supplied
from tests.pki.factories import T0, make_ca, make_crl, make_leaf, make_ocsp, make_responder
from tests.signing.signing_world import (
    CA_TYPE,
    NOW,
    TSA_TYPE,
    add_evidence,
    blank_pdf,
    listed,
    network,
    sign,
    stamp,
    validate,
    world,
)
from trustreg.base.errors import InvalidInput
from trustreg.pki.indications import Indication, SubIndication

STAMPED = NOW - timedelta(days=2)
AFTER = NOW - timedelta(days=1)
BEFORE = NOW - timedelta(days=3)
HERE = world()
PDF = sign(blank_pdf(), stamped_at=STAMPED)
GOOD = make_crl(HERE.ca, this_update=AFTER)
GOOD_TSA = make_crl(HERE.tsa_ca, this_update=AFTER)
REVOKED = make_crl(HERE.ca, {HERE.signer.x509.serial_number: (BEFORE, "keyCompromise")}, this_update=AFTER)


def offline(*evidence: bytes, pdf: bytes = PDF, **options: Any) -> SignatureReport:
    """The only signature, with this evidence and no network."""
    [found] = validate(pdf, supplied=evidence, **{"fetcher": None, **options}).signatures
    return found


def verdict(part: SignatureReport) -> tuple[str, str | None]:
    return part.indication.value, part.sub_indication.value if part.sub_indication else None


def pem(label: str, der: bytes) -> bytes:
    import base64

    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()


TRY_LATER = ("INDETERMINATE", "TRY_LATER")
PASSED = ("TOTAL-PASSED", None)


class TestWhatItIsWorth:
    def test_level_t_passes_without_a_network_and_says_what_was_handed_in(self) -> None:
        assert verdict(offline()) == TRY_LATER
        part = offline(GOOD, GOOD_TSA)
        assert verdict(part) == PASSED
        assert part.level == "BASELINE-T"
        assert [one.origin for one in part.revocation] == ["supplied"]
        assert [one.origin for one in part.timestamps[0].revocation] == ["supplied"]

    def test_an_ocsp_response_and_pem_do_as_well(self) -> None:
        answer = make_ocsp(HERE.signer, HERE.ca, this_update=AFTER)
        part = offline(answer, pem("X509 CRL", GOOD_TSA))
        assert verdict(part) == PASSED
        assert [(one.source, one.origin) for one in part.revocation] == [("ocsp", "supplied")]

    def test_half_of_what_is_needed_is_not_enough(self) -> None:
        assert verdict(offline(GOOD_TSA)) == TRY_LATER
        [stamp] = offline(GOOD).timestamps
        assert not stamp.proof

    def test_what_the_document_holds_as_well_is_the_documents(self) -> None:
        pdf = add_evidence(PDF, crls=[GOOD, GOOD_TSA], certificates=[HERE.ca, HERE.tsa_ca])
        both, alone = offline(GOOD, GOOD_TSA, pdf=pdf), offline(pdf=pdf)
        assert [one.origin for one in both.revocation] == ["embedded"]
        assert both == alone

    def test_nothing_proves_since_when_it_exists(self) -> None:
        """A time-stamp proves what the document held, by when its issuer's certificate had not ended yet."""
        between = make_ca("Ended CA", issuer=HERE.ca, not_after=AFTER + timedelta(hours=12))
        signer = make_leaf(between, "Far Signer", qc=["esign"])
        pdf = sign(blank_pdf(), signer=signer, stamped_at=STAMPED)
        certificates, crl = [HERE.ca, between, HERE.tsa_ca], make_crl(between, this_update=AFTER)
        held = add_evidence(pdf, crls=[GOOD, GOOD_TSA, crl], certificates=certificates)
        assert verdict(offline(pdf=stamp(held, AFTER + timedelta(hours=1)))) == PASSED
        lacking = add_evidence(pdf, crls=[GOOD, GOOD_TSA], certificates=certificates)
        part = offline(crl, pdf=stamp(lacking, AFTER + timedelta(hours=1)))
        assert verdict(part) == ("INDETERMINATE", "REVOCATION_OUT_OF_BOUNDS_NO_POE")


class TestFailClosed:
    @pytest.mark.parametrize(
        "evidence",
        [
            make_crl(HERE.ca, this_update=BEFORE - timedelta(days=60), next_update=BEFORE - timedelta(days=50)),
            make_crl(make_ca("World CA", kind="rsa2048", number=7), this_update=AFTER),
            make_crl(make_ca("Other CA"), this_update=AFTER),
            make_crl(HERE.ca, this_update=AFTER, signer=HERE.signer),
            make_crl(HERE.ca, this_update=NOW + timedelta(days=1)),
            make_ocsp(HERE.tsa, HERE.tsa_ca, this_update=AFTER),
            make_ocsp(HERE.signer, HERE.ca, this_update=AFTER, unknown=True),
            make_ocsp(HERE.signer, HERE.ca, this_update=AFTER, responder=make_leaf(HERE.ca, "No Responder")),
            make_ocsp(HERE.signer, HERE.ca, this_update=AFTER, responder=make_responder(make_ca("Other CA"))),
            make_ocsp(HERE.signer, HERE.ca, this_update=BEFORE, next_update=BEFORE + timedelta(hours=1)),
        ],
        ids=[
            "stale CRL",
            "CRL of another key with the same name",
            "CRL of another issuer",
            "CRL signed by the signer",
            "CRL from the future",
            "OCSP about another certificate",
            "OCSP that does not know",
            "OCSP of somebody the issuer did not authorise",
            "OCSP of another authority's responder",
            "stale OCSP",
        ],
    )
    def test_evidence_that_does_not_hold_changes_nothing(self, evidence: bytes) -> None:
        part = offline(evidence, GOOD_TSA)
        assert part.indication is Indication.INDETERMINATE
        assert all(one.next_update and one.next_update < STAMPED for one in part.revocation)
        # … and takes nothing away from what does
        assert verdict(offline(evidence, GOOD, GOOD_TSA)) == PASSED

    def test_an_altered_crl_does_not_count(self) -> None:
        altered = bytearray(REVOKED)
        altered[-5] ^= 1
        assert verdict(offline(bytes(altered), GOOD_TSA)) == TRY_LATER

    @pytest.mark.parametrize("order", [(GOOD, REVOKED), (REVOKED, GOOD)], ids=["good first", "revoked first"])
    def test_revoked_wins_whoever_says_so(self, order: tuple[bytes, bytes]) -> None:
        assert offline(*order, GOOD_TSA).sub_indication is SubIndication.REVOKED_NO_POE
        held = add_evidence(PDF, crls=[order[0], GOOD_TSA], certificates=[HERE.ca, HERE.tsa_ca])
        part = offline(order[1], pdf=held)
        assert part.sub_indication is SubIndication.REVOKED_NO_POE

    def test_good_evidence_from_before_does_not_hide_what_the_network_says(self) -> None:
        old = make_crl(HERE.ca, this_update=BEFORE, next_update=NOW + timedelta(days=9))
        revoked = {HERE.signer.x509.serial_number: (BEFORE, "keyCompromise")}
        part = offline(old, GOOD_TSA, fetcher=network(revoked))
        assert part.sub_indication is SubIndication.REVOKED_NO_POE
        assert [one.origin for one in part.revocation] == ["fetched"]

    def test_revoked_handed_in_wins_over_good_from_the_network(self) -> None:
        part = offline(REVOKED, fetcher=network())
        assert part.sub_indication is SubIndication.REVOKED_NO_POE
        assert [one.origin for one in part.revocation] == ["supplied"]


class TestCertificates:
    def test_a_root_that_is_handed_in_is_no_anchor(self) -> None:
        root = make_ca("Private Root")
        pdf = sign(blank_pdf(), signer=make_leaf(root, "Private Signer"), stamped_at=STAMPED)
        part = offline(root.der, make_crl(root, this_update=AFTER), GOOD_TSA, pdf=pdf)
        assert verdict(part) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
        assert part.trust is None

    def test_a_time_stamping_root_that_is_handed_in_proves_nothing(self) -> None:
        nobody_listed = listed((HERE.ca, CA_TYPE, ((T0, "qualified"),)))
        part = offline(GOOD, GOOD_TSA, HERE.tsa_ca.der, trust=nobody_listed)
        assert not part.timestamps[0].proof

    def test_an_issuer_that_is_handed_in_completes_the_path(self) -> None:
        between = make_ca("Between CA", issuer=HERE.ca)
        signer = make_leaf(between, "Far Signer", qc=["esign"])
        pdf = sign(blank_pdf(), signer=signer, stamped_at=STAMPED)
        known = listed(
            (HERE.ca, CA_TYPE, ((T0, "qualified"),)),
            (HERE.tsa_ca, TSA_TYPE, ((T0, "qualified"),)),
        )
        crls = [GOOD, GOOD_TSA, make_crl(between, this_update=AFTER)]
        assert verdict(offline(*crls, pdf=pdf, trust=known))[1] == "NO_CERTIFICATE_CHAIN_FOUND"
        part = offline(*crls, between.der, pdf=pdf, trust=known)
        assert verdict(part) == PASSED
        assert {one.origin for one in part.revocation} == {"supplied"}

    def test_a_responder_that_is_handed_in_needs_its_issuers_word(self) -> None:
        responder = make_responder(HERE.ca)
        answer = make_ocsp(HERE.signer, HERE.ca, this_update=AFTER, responder=responder, embed=False)
        assert verdict(offline(answer, GOOD_TSA)) == TRY_LATER
        assert verdict(offline(answer, responder.der, GOOD_TSA)) == PASSED
        stranger = make_responder(make_ca("Other CA"), "Test OCSP")
        forged = make_ocsp(HERE.signer, HERE.ca, this_update=AFTER, responder=stranger, embed=False)
        assert verdict(offline(forged, stranger.der, GOOD_TSA)) == TRY_LATER


class TestFiles:
    def test_der_and_pem_with_several_each_once(self) -> None:
        both = HERE.ca.x509.public_bytes(Encoding.PEM) + b"some words\n" + pem("X509 CRL", GOOD)
        evidence = read_supplied([both, GOOD, HERE.ca.der, pem("OCSP RESPONSE", make_ocsp(HERE.signer, HERE.ca))])
        assert (len(evidence.certificates), len(evidence.crls), len(evidence.ocsps)) == (1, 1, 1)
        assert evidence.supplied == evidence.ids

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"x",
            b"0",
            b"%PDF-1.7",
            GOOD[:-1],
            GOOD + b"\0",
            GOOD + GOOD,
            b"\x30\x84\xff\xff\xff\xff",
            b"\x30\x80" * 4000,
            pem("X509 CRL", GOOD)[:-9],
            pem("X509 CRL", GOOD) + b"-----BEGIN X509 CRL-----\n",
            pem("CERTIFICATE", GOOD),
            pem("PRIVATE KEY", GOOD),
            pem("X509 CRL", b"no"),
            b"-----BEGIN X509 CRL-----\n!!!!\n-----END X509 CRL-----",
        ],
        ids=lambda data: repr(data[:12]),
    )
    def test_what_is_none_of_them_is_refused_by_its_position(self, data: bytes) -> None:
        with pytest.raises(InvalidInput, match="File 2 of the evidence") as raised:
            read_supplied([GOOD, data])
        assert set(raised.value.fields) == {"evidence.1"}
        with pytest.raises(InvalidInput):
            validate(PDF, supplied=[GOOD, data])

    def test_an_unsuccessful_ocsp_response_is_refused(self) -> None:
        from cryptography.x509 import ocsp

        failed = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
        with pytest.raises(InvalidInput):
            read_supplied([failed.public_bytes(Encoding.DER)])

    def test_a_reader_that_falls_over_is_no_crash(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(_: bytes) -> None:
            raise RecursionError

        monkeypatch.setitem(module._READERS, "crl", broken)
        with pytest.raises(InvalidInput):
            read_supplied([GOOD])

    def test_there_is_a_most(self) -> None:
        many = [make_crl(HERE.ca, this_update=AFTER + timedelta(seconds=number)) for number in range(12)]
        chains = b"".join(pem("X509 CRL", one) for one in many)
        assert len(read_supplied([chains] * 40).crls) == 12
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "MAX_OBJECTS", 10)
            with pytest.raises(InvalidInput, match="More than 10"):
                read_supplied([chains])
        assert MAX_OBJECTS == 200
