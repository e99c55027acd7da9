"""Past validation (EN 319 102-1, 5.6.2): every key is judged at the time by which what it signed is proven to exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from signing.domain import cades, jades, pades, xades
from signing.domain.policies import load_policy
from signing.domain.procedure.material import DocumentMaterial
from signing.domain.report import SignatureReport
from tests.pki.factories import (
    T0,
    Identity,
    attribute,
    key,
    key_usage,
    make_ca,
    make_crl,
    make_leaf,
    make_ocsp,
    make_responder,
    make_token,
    make_tsa,
    name,
    sign_octets,
)
from tests.signing import cades_parts as parts
from tests.signing import jades_parts, xml_world
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
from trustreg.pki import asn1
from trustreg.pki.algorithms import AlgorithmCatalogue, default_catalogue
from trustreg.pki.indications import Indication, SubIndication

FEBRUARY, MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3, 4, 5))
DAY = timedelta(days=1)
CONTENT_TIME_STAMP = "1.2.840.113549.1.9.16.2.20"


@dataclass(frozen=True)
class Chain:
    """A listed root, an authority below it, a signer."""

    root: Identity
    inner: Identity
    leaf: Identity


@lru_cache
def chain(**leaf: Any) -> Chain:
    root = make_ca("Past Root")
    inner = make_ca("Past CA", issuer=root)
    return Chain(root, inner, make_leaf(inner, "Past Signer", **leaf))


def trust(here: Chain) -> Any:
    return listed((here.root, CA_TYPE, ((T0, "qualified"),)), (world().tsa_ca, TSA_TYPE, ((T0, "qualified"),)))


def signed(here: Chain, **options: Any) -> bytes:
    """A CAdES signature with its chain and evidence inside, stamped in March."""
    certificates = [here.leaf.der, here.inner.der]
    options.setdefault("signing_time", MARCH)
    return parts.stamped(parts.cades(signer=here.leaf, certificates=certificates, **options), MARCH)


def judged(data: bytes, here: Chain, **options: Any) -> SignatureReport:
    report = validate(data, trust=trust(here), filename="a.p7m", **options)
    assert len(report.signatures) == 1
    return report.signatures[0]


def verdict(signature: SignatureReport) -> tuple[str, str | None]:
    return signature.indication.value, signature.sub_indication


PASSED = ("TOTAL-PASSED", None)


def good(issuer: Identity, *, at: datetime = MARCH + DAY) -> bytes:
    """A list of an authority on which nobody stands, good for ten weeks."""
    return make_crl(issuer, this_update=at, next_update=at + timedelta(weeks=10))


def fallen(here: Chain, when: datetime, reason: str = "keyCompromise") -> bytes:
    """The list of the root with the authority below on it."""
    return make_crl(here.root, {here.inner.x509.serial_number: (when, reason)}, this_update=NOW - DAY)


class TestARevokedIssuer:
    """A revoked issuer before and after best time: the key of an authority that fell signs whatever its thief dates."""

    def test_after_best_time_with_everything_proven_before(self) -> None:
        here = chain()
        data = parts.archived_v3(signed(here, crls=[good(here.inner), fallen(here, MAY)]), APRIL)
        signature = judged(data, here)
        assert verdict(signature) == PASSED
        assert "REVOKED_LATER" in {notice.code for notice in signature.warnings}

    def test_after_best_time_with_revocation_data_that_nothing_proves(self) -> None:
        here = chain()
        signature = judged(signed(here, crls=[good(here.inner), fallen(here, MAY)]), here)
        assert signature.best_signature_time == MARCH
        assert verdict(signature) == ("INDETERMINATE", "REVOKED_CA_NO_POE")

    def test_after_best_time_with_a_proof_that_came_too_late(self) -> None:
        here = chain()
        data = parts.archived_v3(signed(here, crls=[good(here.inner), fallen(here, MAY)]), MAY + DAY)
        assert verdict(judged(data, here)) == ("INDETERMINATE", "REVOKED_CA_NO_POE")

    def test_of_two_answers_the_one_that_is_proven_counts(self) -> None:
        """A newer list, of which nobody knows who made it, does not take away what the older one says."""
        here = chain()
        archived = parts.archived_v3(signed(here, crls=[good(here.inner), fallen(here, MAY)]), APRIL)
        newer = good(here.inner, at=NOW - DAY)
        data = parts.with_unsigned(archived, attribute("1.2.840.113549.1.9.16.2.24", _revocation_values(newer)))
        assert verdict(judged(data, here)) == PASSED

    def test_before_best_time(self) -> None:
        here = chain()
        data = parts.archived_v3(signed(here, crls=[good(here.inner), fallen(here, FEBRUARY)]), APRIL)
        assert verdict(judged(data, here)) == ("INDETERMINATE", "REVOKED_CA_NO_POE")

    def test_without_any_proof(self) -> None:
        here = chain()
        data = parts.cades(
            signer=here.leaf,
            certificates=[here.leaf.der, here.inner.der],
            crls=[good(here.inner, at=NOW), fallen(here, MAY)],
        )
        assert verdict(judged(data, here)) == ("INDETERMINATE", "REVOKED_CA_NO_POE")

    def test_nothing_says_that_it_did_not_fall_since(self) -> None:
        """Its evidence is from March; what it signed is not proven to be. Silence is worth no more than an answer."""
        here = chain()
        data = signed(here, crls=[good(here.inner), good(here.root)])
        late = NOW + timedelta(days=60)
        assert judged(data, here, now=late, fetcher=network(at=late)).sub_indication == "TRY_LATER"
        archived = parts.archived_v3(data, APRIL)
        assert verdict(judged(archived, here, now=late, fetcher=network(at=late))) == PASSED


def _revocation_values(crl: bytes) -> bytes:
    return asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.context(0), asn1.encode(asn1.SEQUENCE, crl)))


class TestTheSigner:
    def test_revoked_after_the_proof_and_before_it(self) -> None:
        here = chain()
        serial = here.leaf.x509.serial_number

        def data(when: datetime) -> bytes:
            crl = make_crl(here.inner, {serial: (when, "keyCompromise")}, this_update=NOW - DAY)
            return signed(here, crls=[crl, good(here.root, at=NOW - DAY)])

        assert verdict(judged(data(APRIL), here)) == PASSED
        assert verdict(judged(data(FEBRUARY), here)) == ("INDETERMINATE", "REVOKED_NO_POE")
        # In the very instant is not before.
        assert verdict(judged(data(MARCH), here)) == ("INDETERMINATE", "REVOKED_NO_POE")

    def test_expired_with_a_proof_from_before_and_without(self) -> None:
        here = chain(not_after=APRIL)
        evidence = [good(here.inner), good(here.root, at=NOW - DAY)]
        assert verdict(judged(signed(here, crls=evidence), here)) == PASSED
        bare = parts.cades(signer=here.leaf, certificates=[here.leaf.der, here.inner.der], crls=evidence)
        assert verdict(judged(bare, here)) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")

    def test_expired_and_known_not_to_have_been_revoked(self) -> None:
        """A list that keeps expired certificates answers for it; what lacks is a proof of the signature."""
        here = chain(not_after=APRIL)
        since = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.60"), b"\x18\x0f20250101000000Z")
        crl = make_crl(here.inner, this_update=NOW - DAY, extensions=[(since, False)])
        bare = parts.cades(
            signer=here.leaf, certificates=[here.leaf.der, here.inner.der], crls=[crl, good(here.root, at=NOW - DAY)]
        )
        assert verdict(judged(bare, here)) == ("INDETERMINATE", "OUT_OF_BOUNDS_NOT_REVOKED")

    def test_expired_and_nobody_knows_whether_it_was_revoked_before(self) -> None:
        here = chain(not_after=APRIL)
        signature = judged(signed(here, crls=[good(here.root, at=NOW - DAY)]), here)
        assert signature.best_signature_time == MARCH
        assert verdict(signature) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")

    def test_a_proof_from_before_the_certificate(self) -> None:
        here = chain(not_before=APRIL)
        data = signed(here, crls=[good(here.inner, at=NOW - DAY), good(here.root, at=NOW - DAY)])
        assert verdict(judged(data, here)) == ("TOTAL-FAILED", "NOT_YET_VALID")


def produced(response: bytes, responder: Identity, when: datetime) -> bytes:
    """The OCSP response as its responder would have made it then (the builder always says now)."""
    outer = asn1.sequence(response)
    basic = asn1.read(outer[1].children()[0].children()[1].content)
    tbs, algorithm, _, certificates = basic.children()
    fields = [one.raw for one in tbs.children()]
    moment = asn1.encode(asn1.GENERALIZED_TIME, when.strftime("%Y%m%d%H%M%SZ").encode())
    again = asn1.encode(asn1.SEQUENCE, fields[0], moment, *fields[2:])
    _, value = sign_octets(responder.private_key, again)
    body = asn1.encode(asn1.SEQUENCE, again, algorithm.raw, asn1.encode(0x03, b"\0", value), certificates.raw)
    kind = asn1.encode_oid("1.3.6.1.5.5.7.48.1.1")
    wrapped = asn1.encode(asn1.context(0), asn1.encode(asn1.SEQUENCE, kind, asn1.encode(asn1.OCTET_STRING, body)))
    return asn1.encode(asn1.SEQUENCE, outer[0].raw, wrapped)


class TestRevocationDataAfterItsIssuer:
    """A responder's certificate ends within weeks; what it signed must be proven to be from before."""

    @staticmethod
    def _signed(here: Chain, *, root_at: datetime = NOW - DAY) -> bytes:
        responder = make_responder(here.inner, "Short Responder", not_before=T0, not_after=APRIL)
        at = MARCH + DAY
        response = make_ocsp(here.leaf, here.inner, responder=responder, this_update=at, next_update=APRIL)
        return signed(here, crls=[good(here.root, at=root_at)], ocsps=[produced(response, responder, at)])

    def test_without_a_proof(self) -> None:
        here = chain()
        assert verdict(judged(self._signed(here), here)) == ("INDETERMINATE", "REVOCATION_OUT_OF_BOUNDS_NO_POE")

    def test_while_the_responder_still_stood(self) -> None:
        here, then = chain(), MARCH + 2 * DAY
        data = self._signed(here, root_at=MARCH)
        assert verdict(judged(data, here, now=then, fetcher=network(at=then))) == PASSED

    def test_with_newer_data_to_be_had(self) -> None:
        here = chain(crl_urls=("http://crl.test/past.crl",))
        others = network()

        def fetch(url: str, **options: Any) -> bytes:
            return good(here.inner, at=NOW - DAY) if url.endswith("past.crl") else bytes(others(url, **options))

        assert verdict(judged(self._signed(here), here, fetcher=fetch)) == PASSED

    def test_a_list_of_an_authority_that_ended(self) -> None:
        root = make_ca("Lasting Root")
        inner = make_ca("Ended CA", issuer=root, not_after=APRIL)
        here = Chain(root, inner, make_leaf(inner, "Signer Of The Ended"))
        data = signed(here, crls=[good(inner), good(root)])
        assert verdict(judged(data, here)) == ("INDETERMINATE", "REVOCATION_OUT_OF_BOUNDS_NO_POE")
        assert verdict(judged(parts.archived_v3(data, MARCH + 2 * DAY), here)) == PASSED
        assert verdict(judged(parts.archived_v3(data, MAY), here)) == (
            "INDETERMINATE",
            "REVOCATION_OUT_OF_BOUNDS_NO_POE",
        )

    def test_a_trust_anchor_does_not_end(self) -> None:
        root = make_ca("Ended Root", not_after=APRIL)
        leaf = make_leaf(root, "Signer Of The Ended", not_after=APRIL - DAY)
        here = Chain(root, root, leaf)
        assert verdict(judged(signed(here, crls=[good(root)]), here)) == PASSED


def ending(**ends: datetime) -> AlgorithmCatalogue:
    """The catalogue with other ends of digests."""
    catalogue = default_catalogue()
    return replace(catalogue, digests={**catalogue.digests, **ends})


class TestAlgorithmsWithDates:
    CATALOGUE = ending(sha384=APRIL)

    @staticmethod
    def _chain(*, leaf: Any = None, inner: Any = None) -> Chain:
        root = make_ca("Dated Root")
        middle = make_ca("Dated CA", issuer=root, hash_algorithm=inner)
        return Chain(root, middle, make_leaf(middle, "Dated Signer", hash_algorithm=leaf))

    def test_the_signers_certificate_is_as_old_as_the_signature_that_names_it(self) -> None:
        here = self._chain(leaf=hashes.SHA384())
        evidence = [good(here.inner), good(here.root, at=NOW - DAY)]
        data = signed(here, crls=evidence)
        assert verdict(judged(data, here, catalogue=self.CATALOGUE)) == PASSED
        bare = signed(here, crls=evidence, ess=None)
        assert verdict(judged(bare, here, catalogue=self.CATALOGUE)) == (
            "INDETERMINATE",
            "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        )

    def test_an_authority_below_the_anchor_needs_its_own_proof(self) -> None:
        here = self._chain(inner=hashes.SHA384())
        data = signed(here, crls=[good(here.inner), good(here.root, at=NOW - DAY)])
        options = {"catalogue": self.CATALOGUE}
        assert verdict(judged(data, here, **options)) == ("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")
        assert verdict(judged(parts.archived_v3(data, MARCH + 2 * DAY), here, **options)) == PASSED
        assert verdict(judged(parts.archived_v3(data, MAY), here, **options)) == (
            "INDETERMINATE",
            "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        )

    def test_revocation_data_too(self) -> None:
        root = make_ca("Dated Root")
        here = Chain(root, root, make_leaf(root, "Dated Signer", hash_algorithm=hashes.SHA384()))
        crl = x509.load_der_x509_crl(good(root))
        builder = x509.CertificateRevocationListBuilder().issuer_name(crl.issuer)
        builder = builder.last_update(crl.last_update_utc).next_update(NOW)
        strong = builder.sign(root.private_key, hashes.SHA384()).public_bytes(serialization.Encoding.DER)
        data = signed(here, crls=[strong])
        options = {"catalogue": self.CATALOGUE}
        assert verdict(judged(data, here, **options)) == ("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")
        assert verdict(judged(parts.archived_v3(data, MARCH + 2 * DAY), here, **options)) == PASSED

    def test_the_signature_itself(self) -> None:
        here = chain()
        evidence = [good(here.inner, at=NOW - DAY), good(here.root, at=NOW - DAY)]
        catalogue = ending(sha512=APRIL)
        data = signed(here, crls=evidence, hash_name="sha512")
        assert verdict(judged(data, here, catalogue=catalogue)) == PASSED
        certificates = [here.leaf.der, here.inner.der]
        bare = parts.cades(signer=here.leaf, certificates=certificates, crls=evidence, hash_name="sha512")
        assert verdict(judged(bare, here, catalogue=catalogue)) == (
            "INDETERMINATE",
            "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        )


class TestTimeStampingAuthorities:
    def test_an_expired_one_counts_only_under_a_newer_time_stamp(self) -> None:
        """Neither the signature time-stamp nor its own date proves that it is older than the end of its authority."""
        ca = make_ca("Brief TSA CA", kind="rsa2048")
        brief = make_tsa(ca, "Brief TSA", not_after=APRIL)
        here = world()
        lists = listed(
            (here.ca, CA_TYPE, ((T0, "qualified"),)),
            (ca, TSA_TYPE, ((T0, "qualified"),)),
            (here.tsa_ca, TSA_TYPE, ((T0, "qualified"),)),
        )
        evidence = [make_crl(ca, this_update=MARCH + DAY, next_update=MAY), make_crl(here.ca, this_update=NOW - DAY)]
        pdf = add_evidence(sign(blank_pdf(), stamped_at=MARCH, tsa=brief), crls=evidence)
        alone = validate(pdf, trust=lists).signatures[0]
        assert (alone.best_signature_time, alone.timestamps[0].proof) == (NOW, False)
        assert alone.timestamps[0].sub_indication == "OUT_OF_BOUNDS_NO_POE"
        kept = validate(stamp(pdf, MARCH + 2 * DAY), trust=lists).signatures[0]
        assert (kept.best_signature_time, [one.proof for one in kept.timestamps]) == (MARCH, [True, True])
        late = validate(stamp(pdf, MAY), trust=lists).signatures[0]
        assert (late.best_signature_time, [one.proof for one in late.timestamps]) == (MAY, [False, True])

    def test_the_imprint_of_an_older_one_is_judged_at_its_own_proof(self) -> None:
        catalogue = ending(sha512=APRIL)
        here = chain()
        evidence = [good(here.inner, at=NOW - DAY), good(here.root, at=NOW - DAY)]
        data = parts.cades(signer=here.leaf, certificates=[here.leaf.der, here.inner.der], crls=evidence)
        _, signer = parts.opened(data)
        token = make_token(world().tsa, signer.signature, gen_time=MARCH, hash_name="sha512")
        data = parts.with_unsigned(data, attribute("1.2.840.113549.1.9.16.2.14", token))
        assert judged(data, here, catalogue=catalogue).best_signature_time == NOW
        assert judged(parts.archived_v3(data, MARCH + DAY), here, catalogue=catalogue).best_signature_time == MARCH


class TestRenewedAnchors:
    """Expired-then-renewed anchors: name and key are what is trusted; another key is another anchor."""

    @staticmethod
    def _renewed(old: Identity, private_key: Any) -> Identity:
        from tests.pki.factories import issue

        own = [(x509.BasicConstraints(ca=True, path_length=None), True), (key_usage("key_cert_sign", "crl_sign"), True)]
        return issue(name("Renewed CA"), private_key, None, own, not_before=MARCH)

    def test_a_list_that_names_the_renewed_certificate_of_the_same_key(self) -> None:
        old = make_ca("Renewed CA", number=901, not_after=APRIL)
        leaf = make_leaf(old, "Signer Of The Renewed")
        new = self._renewed(old, old.private_key)
        data = parts.cades(signer=leaf, certificates=[leaf.der, old.der], crls=[good(new, at=NOW - DAY)])
        signature = judged(data, Chain(new, new, leaf))
        assert verdict(signature) == PASSED
        assert signature.path[-1].certificate_sha256 == new.certificate.sha256.hex()

    def test_a_list_that_still_names_the_expired_one(self) -> None:
        old = make_ca("Renewed CA", number=901, not_after=APRIL)
        leaf = make_leaf(old, "Signer Of The Renewed")
        data = parts.cades(signer=leaf, certificates=[leaf.der], crls=[good(old, at=NOW - DAY)])
        assert verdict(judged(data, Chain(old, old, leaf))) == PASSED

    def test_a_renewal_with_another_key_is_no_anchor_for_what_the_old_one_signed(self) -> None:
        old = make_ca("Renewed CA", number=901, not_after=APRIL)
        leaf = make_leaf(old, "Signer Of The Renewed")
        other = self._renewed(old, key("ec256", 902))
        data = parts.cades(signer=leaf, certificates=[leaf.der, old.der], crls=[good(old, at=NOW - DAY)])
        assert verdict(judged(data, Chain(other, other, leaf))) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")


class TestContentTimeStamps:
    """What a signature holds is older than it: the lower bound that turns a missing proof into a certain failure."""

    @staticmethod
    def _signed(here: Chain, stamped_at: datetime, crls: Sequence[bytes], **options: Any) -> bytes:
        token = make_token(world().tsa, parts.CONTENT, gen_time=stamped_at, **options.pop("token", {}))
        return parts.cades(
            signer=here.leaf,
            certificates=[here.leaf.der, here.inner.der],
            crls=crls,
            extra_signed=[attribute(CONTENT_TIME_STAMP, token)],
            **options,
        )

    def test_signed_after_revocation(self) -> None:
        here = chain()
        crl = make_crl(here.inner, {here.leaf.x509.serial_number: (APRIL, "keyCompromise")}, this_update=NOW - DAY)
        crls = [crl, good(here.root, at=NOW - DAY)]
        assert verdict(judged(self._signed(here, MAY, crls), here)) == ("TOTAL-FAILED", "REVOKED")
        assert verdict(judged(self._signed(here, MARCH, crls), here)) == ("INDETERMINATE", "REVOKED_NO_POE")

    def test_signed_after_expiry(self) -> None:
        here = chain(not_after=APRIL)
        crls = [good(here.inner), good(here.root, at=NOW - DAY)]
        assert verdict(judged(self._signed(here, MAY, crls), here)) == ("TOTAL-FAILED", "EXPIRED")
        assert verdict(judged(self._signed(here, MARCH, crls), here)) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")

    def test_signed_after_the_end_of_an_algorithm(self) -> None:
        here = chain()
        crls = [good(here.inner, at=NOW - DAY), good(here.root, at=NOW - DAY)]
        catalogue = ending(sha512=APRIL)
        late = judged(self._signed(here, MAY, crls, hash_name="sha512"), here, catalogue=catalogue)
        assert verdict(late) == ("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE")
        early = judged(self._signed(here, MARCH, crls, hash_name="sha512"), here, catalogue=catalogue)
        assert verdict(early) == ("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")

    def test_one_that_is_not_accepted_bounds_nothing(self) -> None:
        here = chain(not_after=APRIL)
        crls = [good(here.inner), good(here.root, at=NOW - DAY)]
        stranger = make_tsa(make_ca("Unlisted TSA CA"), "Unlisted TSA")
        token = make_token(stranger, parts.CONTENT, gen_time=MAY)
        data = parts.cades(
            signer=here.leaf,
            certificates=[here.leaf.der, here.inner.der],
            crls=crls,
            extra_signed=[attribute(CONTENT_TIME_STAMP, token)],
        )
        assert verdict(judged(data, here)) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")

    def test_it_cannot_be_younger_than_what_proves_the_signature(self) -> None:
        here = chain()
        crls = [good(here.inner, at=NOW - DAY), good(here.root, at=NOW - DAY)]
        data = parts.stamped(self._signed(here, APRIL, crls, signing_time=MARCH), MARCH)
        assert verdict(judged(data, here)) == ("INDETERMINATE", "TIMESTAMP_ORDER_FAILURE")
        fine = parts.stamped(self._signed(here, FEBRUARY, crls, signing_time=MARCH), MARCH)
        assert verdict(judged(fine, here)) == PASSED

    def test_in_a_pdf(self) -> None:
        from pyhanko.sign import fields, signers

        from tests.signing.signing_world import IncrementalPdfFileWriter, Stamper, io, pyhanko_signer

        here = world()
        engine = signers.PdfSigner(
            signers.PdfSignatureMetadata(
                field_name="S",
                md_algorithm="sha256",
                subfilter=fields.SigSeedSubFilter.PADES,
                signer_key_usage=set(),
                cades_signed_attr_spec=_stamps_content(),
            ),
            pyhanko_signer(here.signer, [here.ca]),
            timestamper=Stamper(here.tsa, MARCH),
        )
        pdf = engine.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(blank_pdf())), bytes_reserved=30000).getvalue()
        signature = validate(pdf).signatures[0]
        assert [(one.type, one.intact, one.proof) for one in signature.timestamps] == [
            ("signature", True, True),
            ("content", True, True),
        ]
        assert signature.indication is Indication.TOTAL_PASSED


def _stamps_content() -> Any:
    from pyhanko.sign.ades.api import CAdESSignedAttrSpec

    return CAdESSignedAttrSpec(timestamp_content=True)


def test_the_time_stamp_of_a_vri_entry_proves_the_signature_beside_which_it_stands() -> None:
    """EN 319 142-1, 5.4.2.3: /TS is over the signature value, as a signature time-stamp in the CMS is."""
    from pyhanko.pdf_utils import generic

    from tests.signing.signing_world import update
    from trustreg.pki.cms import parse_signed_data

    pdf = sign(blank_pdf())
    start = pdf.index(b"/Contents <") + len(b"/Contents <")
    contents = bytes.fromhex(pdf[start : pdf.index(b">", start)].decode())
    over = parse_signed_data(contents).signers[0].signature

    def with_stamp(octets: bytes) -> bytes:
        def change(writer: Any) -> None:
            import hashlib

            token = make_token(world().tsa, octets, gen_time=MARCH)
            stream = writer.add_object(generic.StreamObject(stream_data=token))
            entry = generic.DictionaryObject({generic.pdf_name("/TS"): stream})
            label = generic.pdf_name("/" + hashlib.sha1(contents).hexdigest().upper())
            vri = generic.DictionaryObject({label: entry})
            writer.root["/DSS"] = writer.add_object(generic.DictionaryObject({generic.pdf_name("/VRI"): vri}))
            writer.update_root()

        return update(pdf, change)

    signature = validate(with_stamp(over)).signatures[0]
    assert (signature.best_signature_time, signature.timestamps[0].type) == (MARCH, "signature")
    assert validate(with_stamp(b"another value")).signatures[0].best_signature_time == NOW


@pytest.mark.parametrize("sub_indication", list(SubIndication))
def test_only_what_is_wrong_for_ever_is_a_failure(sub_indication: SubIndication) -> None:
    """EN 319 102-1, 5.1.3: each word has its indication."""
    failed = {"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "REVOKED", "EXPIRED", "NOT_YET_VALID"}
    wanted = Indication.TOTAL_FAILED if sub_indication.value in failed else Indication.INDETERMINATE
    assert sub_indication.indication is wanted


def _pdf(crl: bytes) -> DocumentMaterial:
    pdf = stamp(add_evidence(sign(blank_pdf()), crls=[crl]), APRIL)
    later = add_evidence(pdf, crls=[make_crl(world().ca, this_update=MAY)])
    return pades.read(later, policy=load_policy())


def _cms(crl: bytes) -> DocumentMaterial:
    values = attribute("1.2.840.113549.1.9.16.2.24", _revocation_values(crl))
    data = parts.archived_v3(parts.with_unsigned(parts.cades(), values), APRIL)
    later = _revocation_values(make_crl(world().ca, this_update=MAY))
    return cades.read(parts.with_unsigned(data, attribute("1.2.840.113549.1.9.16.2.24", later)))


def _old_cms(crl: bytes) -> DocumentMaterial:
    return cades.read(parts.archived_v2(parts.cades(crls=[crl]), APRIL))


def _json(crl: bytes) -> DocumentMaterial:
    def values(one: bytes) -> str:
        return jades_parts.component("rVals", {"crlVals": [{"val": jades_parts.plain(one)}]})

    jws = jades_parts.archived(jades_parts.with_unsigned(jades_parts.signed(), values(crl)), APRIL)
    late = values(make_crl(world().ca, this_update=MAY))
    return jades.read(jades_parts.octets(jades_parts.with_unsigned(jws, late)))


@pytest.mark.parametrize("made", [_pdf, _cms, _old_cms, _json])
def test_an_archive_time_stamp_covers_the_evidence_before_it_and_no_other(made: Any) -> None:
    crl = make_crl(world().ca, this_update=MARCH)
    material = made(crl)
    archive = next(token for token in material.tokens if token.type in ("archive", "document"))
    assert archive.covers
    assert archive.evidence.crls == (crl,)
    assert world().signer.certificate in archive.evidence.certificates


def test_an_archive_time_stamp_in_xml_covers_the_evidence_before_it() -> None:
    material = xades.read(xml_world.signed(level="LTA"))
    archive = next(token for token in material.tokens if token.type == "archive")
    assert archive.evidence.crls == material.evidence.crls != ()
    assert world().signer.certificate in archive.evidence.certificates
    early = next(token for token in material.tokens if token.type == "signature")
    assert early.evidence.ids == frozenset()
