"""Levels of trust and kinds of trust service (seed II-1; design 3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """How far a service was examined. Never a boolean; `other` is in the catalogue and never on the signed list."""

    QUALIFIED = "qualified"  # クオリファイドサービス: specified and more
    SPECIFIED = "specified"  # 特定サービス: meets the technical requirements
    OTHER = "other"  # その他: not assessed


ASSESSED_LEVELS: Final = (Level.QUALIFIED, Level.SPECIFIED)


class TrustElement(StrEnum):
    """What a service proves."""

    INTENT = "intent"  # 意思表示の証明
    ORIGIN = "origin"  # 発行元証明
    EXISTENCE = "existence"  # 存在証明


class ServiceKind(StrEnum):
    """The trust services that criteria exist for."""

    ESIGN_CERT = "esign_cert"
    REMOTE_SIGN = "remote_sign"
    ESEAL_CERT = "eseal_cert"
    DEVICE_CERT = "device_cert"
    TIMESTAMP = "timestamp"
    WEB_AUTH = "web_auth"
    EDELIVERY = "edelivery"


@dataclass(frozen=True, slots=True)
class ServiceKindFacts:
    """Names and trust element of a kind; `levels` are those that can be asked for."""

    kind: ServiceKind
    element: TrustElement
    ja: str
    en: str
    levels: tuple[Level, ...] = (Level.QUALIFIED, Level.SPECIFIED, Level.OTHER)


SERVICE_KINDS: Final[dict[ServiceKind, ServiceKindFacts]] = {
    facts.kind: facts
    for facts in (
        ServiceKindFacts(
            ServiceKind.ESIGN_CERT, TrustElement.INTENT, "電子署名用証明書発行", "Certificates for e-signatures"
        ),
        ServiceKindFacts(ServiceKind.REMOTE_SIGN, TrustElement.INTENT, "リモート署名", "Remote signing"),
        ServiceKindFacts(
            ServiceKind.ESEAL_CERT, TrustElement.ORIGIN, "eシール用証明書発行", "Certificates for e-seals"
        ),
        ServiceKindFacts(ServiceKind.DEVICE_CERT, TrustElement.ORIGIN, "機器証明書発行", "Certificates for devices"),
        ServiceKindFacts(ServiceKind.TIMESTAMP, TrustElement.EXISTENCE, "タイムスタンプ", "Time-stamping"),
        ServiceKindFacts(ServiceKind.WEB_AUTH, TrustElement.ORIGIN, "ウェブサイト認証", "Website authentication"),
        # Seed R7: delivery is considered after data trust; no qualified level until the scheme enables it.
        ServiceKindFacts(
            ServiceKind.EDELIVERY,
            TrustElement.ORIGIN,
            "電子配達",
            "Electronic delivery",
            (Level.SPECIFIED, Level.OTHER),
        ),
    )
}
