"""Who sealed: an organisation by its corporate number (法人番号), or a device by its object identifier.

EN 319 412-1, 5.1.4 gives the organizationIdentifier its form (`NTRJP-` and the 13 digits); the check digit is that of
法人番号の指定等に関する省令 第 2 条. The certificate's word is compared with the register of organisations, which
the wiring injects as a mapping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from signing.domain.enrich import Enrichment, SignatureFacts
from signing.domain.report import Notice, Text
from trustreg.base.corporate_number import is_valid
from trustreg.pki.certificates import Certificate

_IDENTIFIER = re.compile(r"NTRJP-([0-9]{13})")
_ANY_IDENTIFIER = re.compile(r"(VAT|NTR|PSD|LEI|[A-Z]{2}:)[A-Z]{0,2}-?.+")
_DOTTED = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,38})){1,40}")


class IdentityState(StrEnum):
    """What could be established about the one who sealed."""

    REGISTERED = "registered"
    """The number stands in the register; names agree or are shown side by side."""
    NOT_REGISTERED = "not_registered"
    """A well-formed number that the register does not know."""
    INVALID = "invalid"
    """No corporate number: wrong form or wrong check digit."""
    FOREIGN = "foreign"
    """An identifier of another scheme; shown, not checked."""
    UNDER_ARC = "under_arc"
    """A device OID under a registered arc."""
    UNKNOWN_ARC = "unknown_arc"
    """A device OID under no registered arc."""
    NONE = "none"
    """The certificate names neither."""


@dataclass(frozen=True, slots=True)
class RegisteredOrganisation:
    """What the register says of a corporate number. `id` is the registry's own identifier."""

    id: str
    corporate_number: str
    name_ja: str
    name_en: str
    closed: bool = False


Lookup = Callable[[str], RegisteredOrganisation | None]


def corporate_number(organization_identifier: str | None) -> str | None:
    """The corporate number in an organizationIdentifier `NTRJP-…`, None when there is no valid one."""
    match = _IDENTIFIER.fullmatch(organization_identifier or "")
    return match[1] if match and is_valid(match[1]) else None


@dataclass(frozen=True, slots=True)
class SealIdentity:
    """Who sealed, and how far that is proven."""

    state: IdentityState
    corporate_number: str | None = None
    organisation: RegisteredOrganisation | None = None
    name_in_certificate: str | None = None
    names_agree: bool | None = None
    device_oid: str | None = None
    arc: str | None = None

    def to_json(self) -> dict[str, Any]:
        found = self.organisation
        return {
            "state": self.state.value,
            "corporate_number": self.corporate_number,
            "organisation": {"id": found.id, "name": {"ja": found.name_ja, "en": found.name_en}, "closed": found.closed}
            if found
            else None,
            "names_agree": self.names_agree,
            "device_oid": self.device_oid,
            "arc": self.arc,
        }


def _plain(name: str) -> str:
    return re.sub(r"[\s.,・]+", "", name).casefold()


def identify(certificate: Certificate, *, lookup: Lookup, arcs: Collection[str] = ()) -> SealIdentity:
    """The organisation of a certificate, else its device. `arcs` are the registered device arcs in dotted form."""
    identifier, oid = certificate.organization_identifier, certificate.device_oid
    arc = _arc_of(oid, arcs)
    if identifier:
        number = corporate_number(identifier)
        if number is None:
            foreign = not identifier.startswith("NTRJP-") and bool(_ANY_IDENTIFIER.fullmatch(identifier))
            state = IdentityState.FOREIGN if foreign else IdentityState.INVALID
            return SealIdentity(state, name_in_certificate=certificate.organization, device_oid=oid, arc=arc)
        found = lookup(number)
        name = certificate.organization
        return SealIdentity(
            state=IdentityState.REGISTERED if found else IdentityState.NOT_REGISTERED,
            corporate_number=number,
            organisation=found,
            name_in_certificate=name,
            names_agree=_plain(name) in {_plain(found.name_ja), _plain(found.name_en)} if found and name else None,
            device_oid=oid,
            arc=arc,
        )
    if oid:
        return SealIdentity(IdentityState.UNDER_ARC if arc else IdentityState.UNKNOWN_ARC, device_oid=oid, arc=arc)
    return SealIdentity(IdentityState.NONE)


def _arc_of(oid: str | None, arcs: Collection[str]) -> str | None:
    """The longest registered arc that the OID lies under (the arc itself is not a device)."""
    if oid is None or not _DOTTED.fullmatch(oid):
        return None
    return max((arc for arc in arcs if oid.startswith(arc + ".")), key=len, default=None)


class SealIdentityEnricher:
    """Adds `signer.identity` to seals."""

    def __init__(self, register: Mapping[str, RegisteredOrganisation], arcs: Collection[str] = ()) -> None:
        """`register`: corporate number -> organisation."""
        self._register = register
        self._arcs = frozenset(arcs)

    def __call__(self, facts: SignatureFacts) -> Enrichment | None:
        if facts.kind != "seal":
            return None
        identity = identify(facts.certificate, lookup=self._register.get, arcs=self._arcs)
        reasons = []
        if identity.state in _WARNINGS:
            reasons.append(Notice(f"SEAL_IDENTITY_{identity.state.name}", _WARNINGS[identity.state]))
        if identity.names_agree is False:
            reasons.append(Notice("SEAL_NAME_DIFFERS", _NAME_DIFFERS))
        if identity.organisation is not None and identity.organisation.closed:
            reasons.append(Notice("SEAL_ORGANISATION_CLOSED", _CLOSED))
        return Enrichment(signer_identity=identity.to_json(), reasons=tuple(reasons))


_WARNINGS: Mapping[IdentityState, Text] = {
    IdentityState.NOT_REGISTERED: Text(
        "証明書の法人番号は登録簿にありません。", "The register does not know the corporate number in the certificate."
    ),
    IdentityState.INVALID: Text(
        "証明書の組織識別子は正しい法人番号ではありません。",
        "The organisation identifier in the certificate is not a valid corporate number.",
    ),
    IdentityState.UNKNOWN_ARC: Text(
        "証明書の機器 OID は登録された体系の下にありません。",
        "The device identifier in the certificate lies under no registered arc.",
    ),
}
_NAME_DIFFERS = Text(
    "証明書の組織名が、登録簿にあるこの法人番号の名称と異なります。",
    "The organisation's name in the certificate is not the one that the register has for this corporate number.",
)
_CLOSED = Text(
    "登録簿によれば、この法人は閉鎖されています。", "According to the register this organisation has been closed."
)
