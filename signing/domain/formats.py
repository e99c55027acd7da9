"""The formats that can be validated: one table, in which the first that recognises the bytes reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from trustreg.pki import asn1
from trustreg.pki.errors import MalformedASN1

from . import pades, rfc3161
from .policies import Policy
from .procedure.material import DocumentMaterial


@dataclass(frozen=True, slots=True)
class DetachedDocument:
    """One document that a detached signature may be over."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """What is to be read: the bytes, their name (a hint, never trusted), documents beside them, the policy.

    `digests` (hashlib name -> value) stand for one document that was not handed in, where the format has `by_digest`.
    """

    data: bytes
    filename: str
    detached: Sequence[DetachedDocument]
    policy: Policy
    digests: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Format:
    """`read` None: recognised, but not validated by this version. `by_digest`: the document itself may stay away."""

    name: str
    recognise: Callable[[bytes], bool]
    read: Callable[[Submission], DocumentMaterial] | None
    by_digest: bool = False


def _pades(submission: Submission) -> DocumentMaterial:
    return pades.read(submission.data, policy=submission.policy)


def _rfc3161(submission: Submission) -> DocumentMaterial:
    return rfc3161.read(
        submission.data, [document.data for document in submission.detached], digests=submission.digests
    )


_XML = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\x00\t\r\n ]*<")
_JWS = re.compile(rb"[\t\r\n ]*(?:[\[{]|[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+)")


def _is_cms(data: bytes) -> bool:
    try:
        return asn1.oid(asn1.read(data, exact=False).children()[0]) == "1.2.840.113549.1.7.2"
    except (MalformedASN1, IndexError):
        return data.lstrip()[:22].startswith((b"-----BEGIN PKCS7-----", b"-----BEGIN CMS-----"))


FORMATS: tuple[Format, ...] = (
    Format("PAdES", pades.recognise, _pades),
    Format("RFC3161", rfc3161.recognise, _rfc3161, by_digest=True),
    Format("ASiC", lambda data: data[:4] == b"PK\x03\x04", None),
    Format("CAdES", _is_cms, None),
    Format("XAdES", lambda data: bool(_XML.match(data[:64])), None),
    Format("JAdES", lambda data: bool(_JWS.match(data[:4096])), None),
)


def detect(data: bytes) -> Format | None:
    """The format of the bytes, None when no format recognises them."""
    return next((candidate for candidate in FORMATS if candidate.recognise(data)), None)
