"""Evidence records of both syntaxes with tokens of the world's authority. Nothing here shares code with the reader:
trees are built from their leaves, and what XML canonicalization must give is written down as text.
"""

from __future__ import annotations

import base64
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from signing.domain.formats import DetachedDocument
from signing.domain.report import ValidationReport
from tests.pki.factories import DIGEST_OIDS, Identity, algorithm, make_token
from tests.signing.signing_world import NOW, validate, world
from trustreg.pki import asn1

FIRST, SECOND, THIRD, FOURTH = (NOW - timedelta(days=days) for days in (90, 60, 30, 10))
ERS = "urn:ietf:params:xml:ns:ers"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
URIS = {
    "sha1": "http://www.w3.org/2000/09/xmldsig#sha1",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}

Lists = list[list[bytes]]


def digest(name: str, data: bytes) -> bytes:
    return hashlib.new(name, data).digest()


def father(name: str, values: Sequence[bytes]) -> bytes:
    return values[0] if len(values) == 1 else digest(name, b"".join(sorted(values)))


def reduced(name: str, groups: Sequence[Sequence[bytes]], index: int) -> tuple[Lists, bytes]:
    """The lists of one group in a binary tree over all groups, and the root."""
    lists = [sorted(groups[index])]
    level = [father(name, group) for group in groups]
    while len(level) > 1:
        if (sibling := index ^ 1) < len(level):
            lists.append([level[sibling]])
        level = [father(name, level[at : at + 2]) for at in range(0, len(level), 2)]
        index //= 2
    return lists, level[0]


def token(imprint: bytes, name: str, when: datetime, tsa: Identity | None = None, **options: Any) -> bytes:
    """A token of the world's authority with its chain."""
    here = world()
    options.setdefault("certificates", [(tsa or here.tsa).der, here.tsa_ca.der])
    return make_token(tsa or here.tsa, imprint=imprint, gen_time=when, hash_name=name, **options)


@dataclass(frozen=True)
class Stamp:
    """One archive time-stamp: `lists` None without a tree; `stated` is the algorithm that it names (ERS)."""

    lists: Lists | None
    token: bytes
    stated: str | None = None
    information: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True)
class Record(ABC):
    """A record being made: chains of (algorithm, time-stamps)."""

    chains: tuple[tuple[str, tuple[Stamp, ...]], ...] = ()
    information: Sequence[bytes] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @abstractmethod
    def encode(self) -> bytes:
        """The octets of the record."""

    @abstractmethod
    def canonical_stamp(self, stamp: Stamp) -> bytes:
        """What a time-stamp renewal hashes."""

    @abstractmethod
    def sequence(self) -> bytes:
        """What a hash-tree renewal hashes of everything before."""

    @abstractmethod
    def group(self, name: str, objects: Sequence[bytes]) -> list[bytes]:
        """The first list of a hash-tree renewal."""

    def initial(
        self,
        objects: Sequence[bytes],
        when: datetime = FIRST,
        name: str = "sha256",
        *,
        others: int = 0,
        tree: bool = True,
    ) -> Any:
        """The first archive time-stamp over a group of objects, among `others` groups that are somebody else's."""
        strangers = [[digest(name, f"stranger {number}".encode())] for number in range(others)]
        groups = [*strangers[: others // 2], [digest(name, one) for one in objects], *strangers[others // 2 :]]
        lists, root = reduced(name, groups, others // 2)
        return replace(self, chains=((name, (Stamp(lists if tree else None, token(root, name, when)),)),))

    def renewed(self, when: datetime, *, others: int = 0, tree: bool = True, **options: Any) -> Any:
        """A time-stamp renewal."""
        name, stamps = self.chains[-1]
        groups = [[digest(name, self.canonical_stamp(stamps[-1]))]]
        groups += [[digest(name, f"stranger {number}".encode())] for number in range(others)]
        lists, root = reduced(name, groups, 0)
        stamp = Stamp(lists if tree else None, token(root, name, when, **options))
        return replace(self, chains=(*self.chains[:-1], (name, (*stamps, stamp))))

    def rebuilt(
        self, objects: Sequence[bytes], when: datetime, name: str = "sha512", *, tree: bool = True, **options: Any
    ) -> Any:
        """A hash-tree renewal."""
        lists, root = reduced(name, [self.group(name, objects)], 0)
        stamp = Stamp(lists if tree else None, token(root, name, when, **options))
        return replace(self, chains=(*self.chains, (name, (stamp,))))

    def changed(self, chain: int, number: int, **changes: Any) -> Any:
        """With one archive time-stamp changed."""
        name, stamps = self.chains[chain]
        stamp = replace(stamps[number], **changes)
        whole = (name, (*stamps[:number], stamp, *stamps[number + 1 :]))
        return replace(self, chains=(*self.chains[:chain], whole, *self.chains[chain + 1 :]))


class Asn1(Record):
    """RFC 4998."""

    def encode(self) -> bytes:
        names = dict.fromkeys(name for name, _ in self.chains)
        information = asn1.encode(asn1.context(0), *self.information) if self.information else b""
        return asn1.encode(
            asn1.SEQUENCE,
            asn1.encode_integer(self.options.get("version", 1)),
            asn1.encode(asn1.SEQUENCE, *(algorithm(DIGEST_OIDS[name]) for name in names)),
            information,
            self.sequence(),
        )

    def sequence(self) -> bytes:
        return asn1.encode(
            asn1.SEQUENCE,
            *(asn1.encode(asn1.SEQUENCE, *map(self._stamp, stamps)) for _, stamps in self.chains),
        )

    def _stamp(self, stamp: Stamp) -> bytes:
        stated = b""
        if stamp.stated is not None:
            stated = asn1.encode(asn1.context(0), asn1.read(algorithm(DIGEST_OIDS[stamp.stated])).content)
        tree = b""
        if stamp.lists is not None:
            tree = asn1.encode(
                asn1.context(2),
                *(
                    asn1.encode(asn1.SEQUENCE, *(asn1.encode(asn1.OCTET_STRING, value) for value in one))
                    for one in stamp.lists
                ),
            )
        return asn1.encode(asn1.SEQUENCE, stated, tree, stamp.token)

    def canonical_stamp(self, stamp: Stamp) -> bytes:
        return stamp.token

    def group(self, name: str, objects: Sequence[bytes]) -> list[bytes]:
        before = digest(name, self.sequence())
        return [digest(name, digest(name, one) + before) for one in objects]


class Xml(Record):
    """RFC 6283; the canonical form is that of the text with the namespace at the apex."""

    def encode(self) -> bytes:
        version = self.options.get("version", "1.0")
        tag = f'ers:EvidenceRecord xmlns:ers="{ERS}" Version="{version}"'
        return f'<?xml version="1.0"?>\n<{tag}>{self._sequence("")}</ers:EvidenceRecord>'.encode()

    def element(self) -> str:
        """Without a declaration, to stand in another document."""
        return self.encode().decode().partition("\n")[2]

    def _sequence(self, scope: str) -> str:
        chains = "".join(self._chain(number, *one) for number, one in enumerate(self.chains, 1))
        return f"<ers:ArchiveTimeStampSequence{scope}>{chains}</ers:ArchiveTimeStampSequence>"

    def _chain(self, order: int, name: str, stamps: Sequence[Stamp]) -> str:
        orders = self.options.get("orders", {})
        inside = "".join(self._stamp(number, stamp) for number, stamp in enumerate(stamps, 1))
        return (
            f'<ers:ArchiveTimeStampChain Order="{orders.get(order, order)}">'
            f'<ers:DigestMethod Algorithm="{URIS[name]}"></ers:DigestMethod>'
            f'<ers:CanonicalizationMethod Algorithm="{C14N}"></ers:CanonicalizationMethod>'
            f"{inside}</ers:ArchiveTimeStampChain>"
        )

    def _stamp(self, order: int, stamp: Stamp) -> str:
        tree = ""
        if stamp.lists is not None:
            lists = "".join(
                f'<ers:Sequence Order="{number}">'
                + "".join(f"<ers:DigestValue>{_text(value)}</ers:DigestValue>" for value in one)
                + "</ers:Sequence>"
                for number, one in enumerate(stamp.lists, 1)
            )
            tree = f"<ers:HashTree>{lists}</ers:HashTree>"
        return f'<ers:ArchiveTimeStamp Order="{order}">{tree}{self._time_stamp(stamp, "")}</ers:ArchiveTimeStamp>'

    def _time_stamp(self, stamp: Stamp, scope: str) -> str:
        name = "ers:CryptographicInformation"
        information = "".join(
            f'<{name} Order="{number}" Type="{kind}">{_text(octets)}</{name}>'
            for number, (kind, octets) in enumerate(stamp.information, 1)
        )
        if information:
            information = f"<ers:CryptographicInformationList>{information}</ers:CryptographicInformationList>"
        encoded = f'<ers:TimeStampToken Type="RFC3161">{_text(stamp.token)}</ers:TimeStampToken>'
        return f"<ers:TimeStamp{scope}>{encoded}{information}</ers:TimeStamp>"

    def canonical_stamp(self, stamp: Stamp) -> bytes:
        return self._time_stamp(stamp, f' xmlns:ers="{ERS}"').encode()

    def sequence(self) -> bytes:
        return self._sequence(f' xmlns:ers="{ERS}"').encode()

    def group(self, name: str, objects: Sequence[bytes]) -> list[bytes]:
        return [digest(name, self.sequence()), *(digest(name, one) for one in objects)]


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def check(record: Record | bytes, *documents: bytes, **options: Any) -> ValidationReport:
    """The report on a record beside these documents, in the world."""
    data = record if isinstance(record, bytes) else record.encode()
    beside = [DetachedDocument(f"document {number}", one) for number, one in enumerate(documents, 1)]
    return validate(data, filename="record.ers", detached=beside, **options)
