"""Where the certificates of a path come from: candidates and trust anchors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trustreg.base.effort import spend
from trustreg.pki import names
from trustreg.pki.certificates import Certificate


class CertificateStore:
    """Certificates indexed by subject name. Immutable after construction."""

    def __init__(self, certificates: Iterable[Certificate] = ()) -> None:
        self._by_subject: dict[object, list[Certificate]] = {}
        self._all: dict[bytes, Certificate] = {}
        for certificate in certificates:
            spend(2)
            if certificate.sha256 not in self._all:
                self._all[certificate.sha256] = certificate
                self._by_subject.setdefault(names.comparable(certificate.subject), []).append(certificate)

    def __iter__(self) -> Iterator[Certificate]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, certificate: object) -> bool:
        return isinstance(certificate, Certificate) and certificate.sha256 in self._all

    def by_subject(self, name: bytes) -> Sequence[Certificate]:
        """Certificates whose subject equals this DER Name (RFC 5280 7.1)."""
        return self._by_subject.get(names.comparable(name), ())


class AnchorSet(CertificateStore):
    """Trust anchors. A certificate with the same subject and key as an anchor's is that anchor."""

    def __init__(self, certificates: Iterable[Certificate] = ()) -> None:
        super().__init__(certificates)
        self._by_key: dict[tuple[bytes, object], Certificate] = {}
        for certificate in self:
            self._by_key.setdefault((certificate.spki_sha256, names.comparable(certificate.subject)), certificate)

    def anchor_of(self, certificate: Certificate) -> Certificate | None:
        """The anchor with this certificate's subject and public key; the very same certificate when it is there."""
        if certificate in self:
            return certificate
        return self._by_key.get((certificate.spki_sha256, names.comparable(certificate.subject)))
