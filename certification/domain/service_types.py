"""How the registry's kinds of service appear on a list: ETSI TS 119 612 type and usages."""

from __future__ import annotations

from typing import Final

from conformity.domain.service_kinds import ServiceKind
from trustreg.pki.trust import ServiceType, Usage

SERVICE_TYPES: Final[dict[ServiceKind, str]] = {
    ServiceKind.ESIGN_CERT: ServiceType.CA_PKC,
    ServiceKind.ESEAL_CERT: ServiceType.CA_PKC,
    ServiceKind.DEVICE_CERT: ServiceType.CA_PKC,
    ServiceKind.WEB_AUTH: ServiceType.CA_PKC,
    ServiceKind.TIMESTAMP: ServiceType.TSA,
    ServiceKind.REMOTE_SIGN: "http://uri.etsi.org/TrstSvc/Svctype/RemoteSigCDManagement",
    ServiceKind.EDELIVERY: "http://uri.etsi.org/TrstSvc/Svctype/EDS",
}
"""One neutral type for each function, at both levels (design 4)."""

OWN_USAGE: Final[dict[ServiceKind, Usage]] = {
    ServiceKind.ESIGN_CERT: Usage.ESIGN,
    ServiceKind.ESEAL_CERT: Usage.ESEAL,
    ServiceKind.DEVICE_CERT: Usage.ESEAL,
    ServiceKind.WEB_AUTH: Usage.WEB,
}
"""What certificates of a kind are for; kinds that issue none are absent."""

_KIND_OF_USAGE: Final = {
    Usage.ESIGN: ServiceKind.ESIGN_CERT,
    Usage.ESEAL: ServiceKind.ESEAL_CERT,
    Usage.WEB: ServiceKind.WEB_AUTH,
}


def own_usages(kind: str) -> tuple[Usage, ...]:
    """The usages of a service of this kind that asks for nothing further."""
    usage = OWN_USAGE.get(ServiceKind(kind))
    return (usage,) if usage else ()


def competences(kind: str, usages: tuple[str, ...]) -> tuple[ServiceKind, ...]:
    """The kinds that a body must be accredited for to assess a service of `kind` with these usages."""
    own = own_usages(kind)
    further = {_KIND_OF_USAGE[Usage(usage)] for usage in usages if usage not in own}
    return (ServiceKind(kind), *sorted(further))
