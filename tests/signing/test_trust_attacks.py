"""Attacks on who signed, who stamped and what is known of them: substitution, injection, confused algorithms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from signing.domain.report import SignatureReport
from tests.pki.factories import (
    T0,
    Identity,
    algorithm,
    attribute,
    make_ca,
    make_crl,
    make_leaf,
    make_ocsp,
    make_responder,
    make_token,
    make_tsa,
)
from tests.signing import cades_parts as parts
from tests.signing.signing_world import CA_TYPE, NOW, TSA_TYPE, listed, network, validate, world
from trustreg.pki import asn1
from trustreg.pki.cms.model import SIGNATURE_TIME_STAMP
from trustreg.pki.indications import Indication

MARCH, APRIL = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4))
DAY = timedelta(days=1)
CA = make_ca("Attacked CA", kind="rsa2048")
LEAF = make_leaf(CA, "Attacked Signer", kind="rsa2048", number=4711)
TRUST = listed((CA, CA_TYPE, ((T0, "qualified"),)), (world().tsa_ca, TSA_TYPE, ((T0, "qualified"),)))


def made(**options: Any) -> bytes:
    """A signature with a list on which nobody stands, good today."""
    options.setdefault("signer", LEAF)
    options.setdefault("certificates", [options["signer"].der])
    options.setdefault("crls", [make_crl(CA, this_update=NOW - DAY)])
    options.setdefault("signing_time", MARCH)
    return parts.cades(**options)


def judged(data: bytes, **options: Any) -> SignatureReport:
    report = validate(data, filename="a.p7m", **{"trust": TRUST, **options})
    assert len(report.signatures) == 1
    return report.signatures[0]


def refused(data: bytes, **options: Any) -> SignatureReport:
    signature = judged(data, **options)
    assert signature.indication is not Indication.TOTAL_PASSED
    return signature


def test_the_world_is_sound() -> None:
    assert judged(made()).indication is Indication.TOTAL_PASSED


class TestCertificateSubstitution:
    """Another certificate for the same key: other names, other powers."""

    OTHER = make_leaf(CA, "Somebody Else", kind="rsa2048", number=4711, qc=["esign"], qscd=True)

    def test_keys_are_the_same(self) -> None:
        assert self.OTHER.spki_sha256 == LEAF.spki_sha256

    def test_in_place_of_the_one_that_was_signed(self) -> None:
        signature = refused(made(certificates=[self.OTHER.der], by_key_identifier=True))
        assert (signature.indication.value, signature.sub_indication) == (
            "INDETERMINATE",
            "NO_SIGNING_CERTIFICATE_FOUND",
        )

    def test_in_place_of_the_one_that_the_signer_info_names(self) -> None:
        assert refused(made(certificates=[self.OTHER.der])).sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"

    @pytest.mark.parametrize("order", [1, -1])
    def test_beside_it(self, order: int) -> None:
        signature = judged(made(certificates=[LEAF.der, self.OTHER.der][::order], by_key_identifier=True))
        assert signature.signer is not None
        assert signature.signer.common_name == "Attacked Signer"
        assert signature.indication is Indication.TOTAL_PASSED


class TestOcspSubstitution:
    """Answers about others, of others, and from before: none of them says that this certificate stands."""

    OTHER_CA = make_ca("Other CA", kind="rsa2048")
    TWIN = make_leaf(OTHER_CA, "Same Serial", kind="rsa2048", serial=LEAF.x509.serial_number)
    NEIGHBOUR = make_leaf(CA, "Neighbour", kind="rsa2048")
    AT = NOW - timedelta(hours=1)

    def _answers(self) -> dict[str, bytes]:
        at = self.AT
        stranger = make_responder(self.OTHER_CA, "Foreign Responder")
        plain = make_leaf(CA, "No Responder", kind="ec256", usage=("digital_signature",))
        return {
            "about another serial number": make_ocsp(self.NEIGHBOUR, CA, this_update=at),
            "about the same number of another authority": make_ocsp(self.TWIN, self.OTHER_CA, this_update=at),
            "signed by the other authority": make_ocsp(LEAF, CA, responder=self.OTHER_CA, this_update=at),
            "signed by a responder of another authority": make_ocsp(LEAF, CA, responder=stranger, this_update=at),
            "signed by a certificate for something else": make_ocsp(LEAF, CA, responder=plain, this_update=at),
            "signed by the signer himself": make_ocsp(LEAF, CA, responder=LEAF, this_update=at),
            "from the future": make_ocsp(LEAF, CA, this_update=NOW + DAY),
            "long out of date": make_ocsp(LEAF, CA, this_update=T0 + DAY),
        }

    def test_what_would_be_right(self) -> None:
        right = make_ocsp(LEAF, CA, this_update=self.AT)
        assert judged(made(crls=[], ocsps=[right])).indication is Indication.TOTAL_PASSED

    @pytest.mark.parametrize("number", range(8))
    def test_an_answer_that_is_none(self, number: int) -> None:
        name, response = list(self._answers().items())[number]
        signature = refused(made(crls=[], ocsps=[response]))
        assert (signature.indication.value, signature.sub_indication) == ("INDETERMINATE", "TRY_LATER"), name

    def test_an_old_good_answer_does_not_take_back_a_revocation(self) -> None:
        """Replay: what was good before the revocation, still within its time."""
        good = make_ocsp(LEAF, CA, this_update=MARCH, next_update=NOW + DAY)
        revoked = make_crl(CA, {LEAF.x509.serial_number: (APRIL, "keyCompromise")}, this_update=APRIL)
        signature = refused(made(crls=[revoked], ocsps=[good]))
        assert (signature.indication.value, signature.sub_indication) == ("INDETERMINATE", "REVOKED_NO_POE")

    @pytest.mark.parametrize("ahead", [timedelta(seconds=1), 300 * DAY])
    def test_a_revocation_dated_ahead_of_the_list_that_states_it(self, ahead: timedelta) -> None:
        """Nobody knows what the signature is older than; it cannot pass on the word of a list that it stands on."""
        crl = make_crl(CA, {LEAF.x509.serial_number: (NOW + ahead, "keyCompromise")}, this_update=NOW - DAY)
        assert refused(made(crls=[crl])).sub_indication == "REVOKED_NO_POE"

    def test_a_changed_answer(self) -> None:
        response = make_ocsp(LEAF, CA, revoked_at=APRIL, reason="keyCompromise", this_update=self.AT)
        forged = response.replace(
            asn1.encode_integer(LEAF.x509.serial_number), asn1.encode_integer(LEAF.x509.serial_number + 1)
        )
        assert refused(made(crls=[], ocsps=[forged])).sub_indication == "TRY_LATER"


class TestTsaSubstitution:
    """A token of somebody else with the right imprint, and certificates put beside the right one."""

    @staticmethod
    def _stamped(tsa: Identity, **options: Any) -> bytes:
        data = made()
        _, signer = parts.opened(data)
        token = make_token(tsa, signer.signature, gen_time=MARCH, **options)
        return parts.with_unsigned(data, attribute(SIGNATURE_TIME_STAMP, token))

    def test_the_right_one(self) -> None:
        assert judged(self._stamped(world().tsa)).best_signature_time == MARCH

    def test_one_of_the_same_name_under_an_authority_of_the_same_name(self) -> None:
        ca = make_ca("World TSA CA", kind="rsa2048", number=31)
        fake = make_tsa(ca, "World TSA", kind="rsa2048", number=32)
        signature = judged(self._stamped(fake, certificates=[fake.der, ca.der]))
        assert (signature.best_signature_time, signature.timestamps[0].proof) == (NOW, False)
        assert signature.timestamps[0].sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"

    def test_a_certificate_of_the_right_authority_that_may_not_stamp(self) -> None:
        fake = make_leaf(world().tsa_ca, "No TSA", usage=("digital_signature",))
        signature = judged(self._stamped(fake))
        assert (signature.best_signature_time, signature.timestamps[0].proof) == (NOW, False)

    def test_another_certificate_for_the_key_of_the_right_one(self) -> None:
        ca = world().tsa_ca
        first, second = (make_tsa(ca, name, number=33) for name in ("Unit A", "Unit B"))
        signature = judged(self._stamped(first, certificates=[second.der], by_key_identifier=True))
        assert signature.timestamps[0].proof is False
        assert signature.best_signature_time == NOW

    @pytest.mark.parametrize("order", [1, -1])
    def test_certificates_injected_beside_the_right_one(self, order: int) -> None:
        """The signer is chosen by what the SignerInfo says, never by place (GHSA-3xxc-pwj6-jgrj)."""
        attacker_ca = make_ca("Injected CA")
        attacker = make_tsa(attacker_ca, "Injected TSA")
        here = world()
        certificates = [attacker.der, attacker_ca.der, here.tsa.der, here.tsa_ca.der][::order]
        good = judged(self._stamped(here.tsa, certificates=certificates))
        assert good.best_signature_time == MARCH
        assert good.timestamps[0].signer is not None
        assert good.timestamps[0].signer.common_name == "World TSA"
        bad = judged(self._stamped(attacker, certificates=certificates))
        assert (bad.best_signature_time, bad.timestamps[0].proof) == (NOW, False)

    def test_a_token_over_another_signature(self) -> None:
        token = make_token(world().tsa, b"another value", gen_time=MARCH)
        signature = judged(parts.with_unsigned(made(), attribute(SIGNATURE_TIME_STAMP, token)))
        assert (signature.best_signature_time, signature.timestamps[0].intact) == (NOW, False)


class TestSha1WithDates:
    """SHA-1 ended on a day: what is proven to be older stands, and nothing else does."""

    BEFORE, AFTER = datetime(2011, 6, 1, tzinfo=UTC), datetime(2013, 6, 1, tzinfo=UTC)
    BEGIN, END = datetime(2010, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
    ROOT = make_ca("Old CA", kind="rsa2048", not_before=BEGIN, not_after=END)
    OLD = make_leaf(ROOT, "Old Signer", kind="rsa2048", not_before=BEGIN, not_after=END)
    TSA_ROOT = make_ca("Old TSA CA", kind="rsa2048", not_before=BEGIN, not_after=END)
    TSA = make_tsa(TSA_ROOT, "Old TSA", kind="rsa2048", not_before=BEGIN, not_after=END)

    def _signed(self, hash_name: str = "sha1") -> bytes:
        crls = [make_crl(one, this_update=NOW - DAY) for one in (self.ROOT, self.TSA_ROOT)]
        certificates = [self.OLD.der]
        return made(
            signer=self.OLD, certificates=certificates, crls=crls, hash_name=hash_name, signing_time=self.BEFORE
        )

    def _stamped(self, data: bytes, when: datetime, hash_name: str = "sha256") -> bytes:
        _, signer = parts.opened(data)
        token = make_token(self.TSA, signer.signature, gen_time=when, hash_name=hash_name)
        return parts.with_unsigned(data, attribute(SIGNATURE_TIME_STAMP, token))

    def _judged(self, data: bytes) -> SignatureReport:
        start = self.BEGIN
        trust = listed(
            (self.ROOT, CA_TYPE, ((start, "qualified"),)),
            (self.TSA_ROOT, TSA_TYPE, ((start, "qualified"),)),
            (world().tsa_ca, TSA_TYPE, ((start, "qualified"),)),
        )
        return judged(data, trust=trust)

    def test_proven_to_be_from_before_its_end(self) -> None:
        signature = self._judged(self._stamped(self._signed(), self.BEFORE))
        assert (signature.best_signature_time, signature.indication) == (self.BEFORE, Indication.TOTAL_PASSED)

    def test_proven_later_or_not_at_all(self) -> None:
        for data in (self._signed(), self._stamped(self._signed(), self.AFTER)):
            signature = self._judged(data)
            assert (signature.intact, signature.indication.value, signature.sub_indication) == (
                True,
                "INDETERMINATE",
                "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            )

    def test_a_time_stamp_that_rests_on_it_proves_nothing_today(self) -> None:
        signature = self._judged(self._stamped(self._signed("sha256"), self.BEFORE, "sha1"))
        stamp = signature.timestamps[0]
        assert (stamp.intact, stamp.proof, stamp.sub_indication) == (True, False, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")

    def test_a_claimed_time_is_no_proof(self) -> None:
        assert self._judged(self._signed()).best_signature_time == NOW


class TestSignatureValues:
    EC = make_leaf(CA, "Curve Signer", kind="ec256")

    def _with_value(self, data: bytes, value: bytes) -> bytes:
        cms, signer = parts.opened(data)
        fields = [part.raw for part in asn1.read(signer.raw).children()]
        place = fields.index(asn1.encode(asn1.OCTET_STRING, signer.signature))
        fields[place] = asn1.encode(asn1.OCTET_STRING, value)
        return parts.data_with_signers(cms, [asn1.encode(asn1.SEQUENCE, *fields)])

    ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

    @pytest.mark.parametrize(("r", "s"), [(0, 0), (0, 1), (1, 0), (ORDER, ORDER), (ORDER, 0), (ORDER + 1, 1)])
    def test_ecdsa_r_and_s_of_zero(self, r: int, s: int) -> None:
        """Zero, or zero modulo the order of the group, would fit every message (CVE-2022-21449)."""
        value = asn1.encode(asn1.SEQUENCE, asn1.encode_integer(r), asn1.encode_integer(s))
        signature = refused(self._with_value(made(signer=self.EC), value))
        assert (signature.intact, signature.sub_indication) == (False, "SIG_CRYPTO_FAILURE")

    def test_an_empty_value(self) -> None:
        assert refused(self._with_value(made(signer=self.EC), b"")).intact is not True


class TestAlgorithmConfusion:
    """The parts of a signature that name an algorithm must agree, and a key is used for what it is."""

    SHA256, SHA512 = "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.3"

    @staticmethod
    def _with_algorithm(data: bytes, other: bytes) -> bytes:
        cms, signer = parts.opened(data)
        fields = [part.raw for part in asn1.read(signer.raw).children()]
        place = fields.index(asn1.encode(asn1.OCTET_STRING, signer.signature)) - 1
        fields[place] = other
        return parts.data_with_signers(cms, [asn1.encode(asn1.SEQUENCE, *fields)])

    @pytest.mark.parametrize(
        "other",
        [
            algorithm("1.2.840.113549.1.1.13", asn1.encode(asn1.NULL)),  # sha512WithRSAEncryption
            algorithm("1.2.840.113549.1.1.5", asn1.encode(asn1.NULL)),  # sha1WithRSAEncryption
            algorithm("1.2.840.10045.4.3.2"),  # ecdsa-with-SHA256
            algorithm("1.3.101.112"),  # Ed25519
            algorithm("1.2.840.113549.1.1.10"),  # RSASSA-PSS with its defaults (SHA-1)
            algorithm("1.2.840.113549.2.9"),  # hmacWithSHA256
            algorithm("1.2.3.4"),
            algorithm("1.3.6.1.5.5.7.6.2"),  # id-alg-noSignature (RFC 8363)
        ],
        ids=["sha512", "sha1", "ecdsa", "ed25519", "pss", "hmac", "unknown", "none"],
    )
    def test_another_signature_algorithm(self, other: bytes) -> None:
        assert refused(self._with_algorithm(made(), other)).intact is not True

    def test_another_digest_algorithm(self) -> None:
        assert refused(made(digest_oid=self.SHA512)).intact is not True

    def test_protected_algorithms_that_differ(self) -> None:
        """CMSAlgorithmProtection (RFC 6211) says what was meant."""
        lie = asn1.encode(
            asn1.SEQUENCE,
            algorithm(self.SHA512),
            asn1.encode(0xA1, *(part.raw for part in asn1.sequence(algorithm("1.2.840.113549.1.1.13")))),
        )
        refused(made(extra_signed=[attribute("1.2.840.113549.1.9.52", lie)]))


class TestPssParameters:
    """RFC 4055, 8017: digest, mask digest, salt length and trailer are part of what was signed with."""

    @staticmethod
    def _parameters(digest: str, mask: str, salt: int, trailer: int | None = None) -> bytes:
        def tagged(number: int, value: bytes) -> bytes:
            return asn1.encode(asn1.context(number), value)

        mgf1 = algorithm("1.2.840.113549.1.1.8", algorithm(mask))
        fields = [tagged(0, algorithm(digest)), tagged(1, mgf1), tagged(2, asn1.encode_integer(salt))]
        if trailer is not None:
            fields.append(tagged(3, asn1.encode_integer(trailer)))
        return algorithm("1.2.840.113549.1.1.10", asn1.encode(asn1.SEQUENCE, *fields))

    def test_as_they_were(self) -> None:
        assert judged(made(pss=True)).indication is Indication.TOTAL_PASSED

    @pytest.mark.parametrize(
        "changed",
        [
            {"salt": 20},
            {"salt": 0},
            {"salt": 10**9},
            {"mask": TestAlgorithmConfusion.SHA512},
            {"digest": TestAlgorithmConfusion.SHA512},
            {"digest": "1.3.14.3.2.26"},
            {"trailer": 2},
        ],
        ids=lambda changed: "-".join(f"{name}-{value}" for name, value in changed.items()),
    )
    def test_changed(self, changed: dict[str, Any]) -> None:
        sha256 = TestAlgorithmConfusion.SHA256
        parameters = self._parameters(**{"digest": sha256, "mask": sha256, "salt": 32, **changed})
        data = TestAlgorithmConfusion._with_algorithm(made(pss=True), parameters)
        report = validate(data, filename="a.p7m", trust=TRUST)
        assert report.indication is not Indication.TOTAL_PASSED
        assert all(signature.intact is not True for signature in report.signatures)

    def test_the_same_again(self) -> None:
        sha256 = TestAlgorithmConfusion.SHA256
        same = self._parameters(sha256, sha256, 32)
        assert (
            judged(TestAlgorithmConfusion._with_algorithm(made(pss=True), same)).indication is Indication.TOTAL_PASSED
        )


def test_the_network_of_the_world_is_not_what_lets_them_pass() -> None:
    assert judged(made(crls=[]), fetcher=network()).sub_indication == "TRY_LATER"
