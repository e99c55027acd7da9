"""What the caller says about the demo's providers and services: names and key types, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trustreg.base.corporate_number import check_digit, is_valid

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""Keys of providers and services stand in URLs and file names."""


class ServiceKind(StrEnum):
    """What a service of the demo issues."""

    ESIGN_CA = "esign-ca"
    ESEAL_CA = "eseal-ca"
    DEVICE_CA = "device-ca"
    TSA = "tsa"


class KeyAlgorithm(StrEnum):
    """The key types that the demo mixes."""

    RSA_3072 = "RSA-3072"
    P_256 = "P-256"
    P_384 = "P-384"


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """One service. `key` is unique over all providers; `name_en` is the common name of the listed certificate."""

    key: str
    name_ja: str
    name_en: str
    kind: ServiceKind
    key_algorithm: KeyAlgorithm = KeyAlgorithm.P_256

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"service key {self.key!r}: lower-case letters, digits and hyphens expected")


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """One provider. `corporate_number` of a Japanese one (13 digits) must have its right check digit.

    For another country it is that country's registration number, taken as it is.
    """

    key: str
    name_ja: str
    name_en: str
    corporate_number: str
    services: tuple[ServiceSpec, ...]
    country: str = "JP"

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"provider key {self.key!r}: lower-case letters, digits and hyphens expected")
        if self.country == "JP" and not is_valid(self.corporate_number):
            raise ValueError(f"{self.key}: {self.corporate_number!r} is no corporate number (13 digits, check digit)")

    @property
    def registrant_id(self) -> str:
        """ETSI EN 319 412-1 5.1.4: the national trade register and the number in it."""
        return f"NTR{self.country}-{self.corporate_number}"


def corporate_number(base: str) -> str:
    """The 13-digit corporate number whose last twelve digits are `base`: the check digit comes first."""
    return f"{check_digit(base)}{base}"


def provider_to_json(provider: ProviderSpec) -> dict[str, Any]:
    """The form in which the manifest keeps a provider."""
    return {
        "key": provider.key,
        "name": {"ja": provider.name_ja, "en": provider.name_en},
        "country": provider.country,
        "corporate_number": provider.corporate_number,
        "services": [
            {
                "key": service.key,
                "name": {"ja": service.name_ja, "en": service.name_en},
                "kind": service.kind.value,
                "key_algorithm": service.key_algorithm.value,
            }
            for service in provider.services
        ],
    }


def provider_from_json(data: Mapping[str, Any]) -> ProviderSpec:
    """The inverse of `provider_to_json`."""
    return ProviderSpec(
        key=data["key"],
        name_ja=data["name"]["ja"],
        name_en=data["name"]["en"],
        country=data["country"],
        corporate_number=data["corporate_number"],
        services=tuple(
            ServiceSpec(
                key=service["key"],
                name_ja=service["name"]["ja"],
                name_en=service["name"]["en"],
                kind=ServiceKind(service["kind"]),
                key_algorithm=KeyAlgorithm(service["key_algorithm"]),
            )
            for service in data["services"]
        ),
    )


UNLISTED_CA = "unlisted-ca"
UNLISTED_TSA = "unlisted-tsa"

UNLISTED = ProviderSpec(
    key="unlisted",
    name_ja="未登録トラスト株式会社",
    name_en="Unlisted Trust K.K.",
    corporate_number=corporate_number("010401999901"),
    services=(
        ServiceSpec(UNLISTED_CA, "未登録認証局", "Unlisted Signing CA", ServiceKind.ESIGN_CA, KeyAlgorithm.P_256),
        ServiceSpec(
            UNLISTED_TSA, "未登録時刻認証局", "Unlisted Time-Stamping Unit", ServiceKind.TSA, KeyAlgorithm.P_256
        ),
    ),
)
"""A provider that no list ever names: its signatures and time-stamps are genuine and prove nothing."""
