"""From an evidence record to what the procedure takes: each token with what it covers, and the record as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from signing.domain.cms_evidence import evidence_of, parse_certificates
from signing.domain.evidence_records.chains import Verified, verify
from signing.domain.evidence_records.model import ArchiveTimeStamp, DataObject, EvidenceRecord
from signing.domain.procedure.findings import UNREADABLE_TIME_STAMP
from signing.domain.procedure.material import Evidence, EvidenceRecordMaterial, TokenMaterial, format_failure
from timestamp.domain.tokens import TokenVerification, verify_token
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import PkiError
from trustreg.pki.indications import Finding, SubIndication


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record was found and what it is about.

    `covers` are ids of the signatures and tokens that exist by its first time-stamp if it is whole, `evidence` the
    certificates and revocation data that do, `accompanies` the signatures with which its time-stamps are shown.
    `faults` lie in the place: with one of them nothing is covered.
    """

    id: str
    name: str | None = None
    covers: frozenset[str] = frozenset()
    accompanies: frozenset[str] = frozenset()
    evidence: Evidence = field(default_factory=Evidence)
    coverage: str | None = None
    faults: tuple[Finding, ...] = ()

    def with_faults(self, faults: tuple[Finding, ...]) -> Place:
        """The same with these behind its own."""
        return replace(self, faults=(*self.faults, *faults))


@dataclass(frozen=True, slots=True)
class Sealed:
    """All records of a document, and all its evidence with theirs."""

    records: tuple[EvidenceRecordMaterial, ...] = ()
    tokens: tuple[TokenMaterial, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True)
class Found:
    """A record where it was found, or why it cannot be read, and the objects that it should be about."""

    record: EvidenceRecord | PkiError
    place: Place
    objects: tuple[DataObject, ...]


def sealed(found: Sequence[Found], beside: Evidence) -> Sealed:
    """The material of all records. `beside` is the evidence of the document without theirs."""
    evidence = evidence_in([one.record for one in found if isinstance(one.record, EvidenceRecord)], beside)
    records: list[EvidenceRecordMaterial] = []
    tokens: list[TokenMaterial] = []
    for one in found:
        if isinstance(one.record, EvidenceRecord):
            material, own = record_material(one.record, one.objects, one.place, evidence.certificates)
        else:
            material, own = unreadable(one.place, one.record)
        records.append(material)
        tokens += own
    return Sealed(tuple(records), tuple(tokens), evidence)


def evidence_in(records: Sequence[EvidenceRecord], beside: Evidence | None = None) -> Evidence:
    """Certificates and revocation data of records and of their tokens, behind those of `beside`, each once."""
    known = beside or Evidence()
    stamps = [stamp for record in records for stamp in record.stamps]
    holders: list[EvidenceRecord | ArchiveTimeStamp] = [*records, *stamps]
    return evidence_of(
        [stamp.token.signed_data for stamp in stamps if stamp.token is not None],
        certificates=[
            *(certificate.der for certificate in known.certificates),
            *(der for holder in holders for der in holder.certificates),
        ],
        crls=[*known.crls, *(crl for holder in holders for crl in holder.crls)],
        ocsps=[*known.ocsps, *(ocsp for holder in holders for ocsp in holder.ocsps)],
    )


def record_material(
    record: EvidenceRecord, objects: Sequence[DataObject], place: Place, certificates: Sequence[Certificate] = ()
) -> tuple[EvidenceRecordMaterial, tuple[TokenMaterial, ...]]:
    """The record and its tokens, oldest first.

    Only the first token covers anything but tokens, only when the whole sequence follows from the objects, and it
    proves only if every later one does too (RFC 4998 5.3).
    """
    verified = verify(record, objects)
    findings = [[*place.faults, *verified[0].findings], *([*one.findings] for one in verified[1:])]
    _order(verified, findings)
    checked = [_verification(one, found, certificates) for one, found in zip(verified, findings, strict=True)]
    whole = not any(findings) and all(one is not None and one.imprint_matches for one in checked)
    ids = [f"{place.id}-T{number}" for number in range(1, len(verified) + 1)]
    tokens = []
    for number, (one, found, verification) in enumerate(zip(verified, findings, checked, strict=True)):
        first = whole and not number
        tokens.append(
            TokenMaterial(
                id=ids[number],
                type="evidence-record",
                token=one.stamp.token,
                verification=verification,
                covers=frozenset(ids[:number]) | (place.covers if first else frozenset()),
                name=place.name,
                coverage=(place.coverage if whole else "none") if place.coverage else None,
                format_findings=tuple(found),
                accompanies=place.accompanies,
                evidence=place.evidence if first else evidence_beside(one.stamp for one in verified[:number]),
                record=place.id,
                renewal=one.renewal,
                renewed_by=frozenset(ids[number + 1 :]),
            )
        )
    names = tuple(one.name for one in objects)
    return EvidenceRecordMaterial(
        place.id, record.syntax, tuple(ids), place.name, names, place.covers & place.accompanies
    ), tuple(tokens)


def evidence_beside(stamps: Iterable[ArchiveTimeStamp]) -> Evidence:
    """What stands beside the tokens of these time-stamps, inside of what a renewal is over."""
    every = list(stamps)
    return Evidence(
        certificates=parse_certificates(der for stamp in every for der in stamp.certificates),
        crls=tuple(crl for stamp in every for crl in stamp.crls),
        ocsps=tuple(ocsp for stamp in every for ocsp in stamp.ocsps),
    )


def unreadable(place: Place, reason: object) -> tuple[EvidenceRecordMaterial, tuple[TokenMaterial, ...]]:
    """What stands for a record that cannot be read."""
    finding = format_failure(
        "evidence_record",
        f"The evidence record cannot be read ({reason}).",
        f"エビデンスレコードを読み取れません({reason})。",
    )
    token = TokenMaterial(
        id=f"{place.id}-T1",
        type="evidence-record",
        token=None,
        verification=None,
        name=place.name,
        coverage="none" if place.coverage else None,
        format_findings=(*place.faults, finding),
        accompanies=place.accompanies,
        record=place.id,
    )
    return EvidenceRecordMaterial(place.id, None, (token.id,), place.name), (token,)


def _order(verified: Sequence[Verified], findings: Sequence[list[Finding]]) -> None:
    """RFC 4998 5.1: chronological order."""
    latest = None
    for one, found in zip(verified, findings, strict=True):
        if one.stamp.token is None:
            continue
        if latest is not None and one.stamp.token.gen_time < latest:
            found.append(_NOT_IN_ORDER)
        latest = one.stamp.token.gen_time


def _verification(
    one: Verified, findings: list[Finding], certificates: Sequence[Certificate]
) -> TokenVerification | None:
    if one.stamp.token is None:
        findings.append(UNREADABLE_TIME_STAMP)
        return None
    digests = {one.algorithm: one.value} if one.algorithm is not None and one.value is not None else None
    verification = verify_token(one.stamp.token, digests=digests, extra_certificates=certificates)
    subs = {finding.sub_indication for finding in findings}
    if SubIndication.HASH_FAILURE in subs:
        return replace(verification, intact=False)
    if subs and verification.intact:
        return replace(verification, intact=None)
    return verification


_NOT_IN_ORDER = Finding(
    "evidence_record_order",
    SubIndication.TIMESTAMP_ORDER_FAILURE,
    "A time-stamp of the evidence record is older than the one that it renews.",
    "エビデンスレコードのタイムスタンプが、更新の対象より古い時刻です。",
)
