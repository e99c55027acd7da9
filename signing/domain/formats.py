"""The formats that can be validated: one table, in which the first that recognises the bytes reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from . import asic, cades, jades, pades, rfc3161, xades
from .evidence_records import reader as evidence_records
from .policies import Policy
from .procedure.findings import SOME_DOCUMENTS
from .procedure.material import DocumentMaterial, SignatureMaterial, TokenMaterial

Part = TypeVar("Part", SignatureMaterial, TokenMaterial)


@dataclass(frozen=True, slots=True)
class DetachedDocument:
    """One document that a detached signature may be over."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class AbsentDocument:
    """A document that stayed away: its name, and its digests (hashlib name -> value)."""

    name: str
    digests: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Submission:
    """What is to be read: the bytes, their name (a hint, never trusted), documents beside them, the policy.

    `digests` (hashlib name -> value) stand for one document that was not handed in, where the format has `by_digest`.
    `absent` are several of them by name, `assume_digests` takes those that the signature states: XAdES alone.
    """

    data: bytes
    filename: str
    detached: Sequence[DetachedDocument]
    policy: Policy
    digests: Mapping[str, bytes] = field(default_factory=dict)
    absent: Sequence[AbsentDocument] = ()
    assume_digests: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """`read` None: recognised, but not validated by this version. `by_digest`: the document itself may stay away.

    `by_name`: so may several, each named.
    """

    name: str
    recognise: Callable[[bytes], bool]
    read: Callable[[Submission], DocumentMaterial] | None
    by_digest: bool = False
    by_name: bool = False


def _pades(submission: Submission) -> DocumentMaterial:
    return _alone(pades.read(submission.data, policy=submission.policy), submission)


def _asic(submission: Submission) -> DocumentMaterial:
    return _alone(asic.read(submission.data), submission)


def _alone(material: DocumentMaterial, submission: Submission) -> DocumentMaterial:
    """The material of a format that holds its documents itself: what was handed in beside it is signed by nobody."""
    if not submission.detached:
        return material
    if not material.signatures:
        return replace(material, tokens=tuple(map(_covers_some, material.tokens)))
    return replace(material, signatures=tuple(map(_covers_some, material.signatures)))


def _covers_some(part: Part) -> Part:
    coverage = "partial" if part.coverage in ("whole", "revision") else part.coverage
    return replace(part, coverage=coverage, format_findings=(*part.format_findings, SOME_DOCUMENTS))


def _rfc3161(submission: Submission) -> DocumentMaterial:
    return rfc3161.read(
        submission.data, [document.data for document in submission.detached], digests=submission.digests
    )


def _evidence_record(submission: Submission) -> DocumentMaterial:
    return evidence_records.read(
        submission.data,
        detached=[(document.name, document.data) for document in submission.detached],
        digests=submission.digests,
    )


def _cades(submission: Submission) -> DocumentMaterial:
    return cades.read(
        submission.data,
        detached=[(document.name, document.data) for document in submission.detached],
        digests=submission.digests,
    )


def _xades(submission: Submission) -> DocumentMaterial:
    beside = [xades.Detached(document.name, document.data) for document in submission.detached]
    if submission.digests:
        beside.append(xades.Detached("", None, submission.digests))
    if submission.absent:
        beside += [xades.Detached(document.name, None, document.digests) for document in submission.absent]
    return xades.read(
        submission.data, detached=beside, by_name=bool(submission.absent), assume_digests=submission.assume_digests
    )


def _jades(submission: Submission) -> DocumentMaterial:
    return jades.read(
        submission.data,
        detached=[(document.name, document.data) for document in submission.detached],
        digests=submission.digests,
    )


FORMATS: tuple[Format, ...] = (
    # First those whose content may be a PDF; what merely follows them is a fault that their readers report.
    Format("CAdES", cades.recognise, _cades, by_digest=True),
    Format("ASiC", asic.recognise, _asic),
    Format("PAdES", pades.recognise, _pades),
    Format("RFC3161", rfc3161.recognise, _rfc3161, by_digest=True),
    Format(evidence_records.FORMAT, evidence_records.recognise, _evidence_record, by_digest=True),
    Format("XAdES", xades.recognise, _xades, by_digest=True, by_name=True),
    Format("JAdES", jades.recognise, _jades, by_digest=True),
)


def detect(data: bytes) -> Format | None:
    """The format of the bytes, None when no format recognises them."""
    return next((candidate for candidate in FORMATS if candidate.recognise(data)), None)
