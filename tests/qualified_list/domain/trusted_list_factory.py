"""Lists for tests: a scheme, providers and services with real keys, small enough to read."""

from __future__ import annotations

import functools
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from qualified_list.domain.model import (
    Address,
    ListedServiceEntry,
    PostalAddress,
    Provider,
    Scheme,
    State,
    Text,
    TrustedList,
    texts,
)
from signing.keys.file import FileKey
from signing.keys.list_signer import create_list_signer
from trustreg.pki.trust import ServiceType, Usage

ISSUED = datetime(2026, 4, 1, tzinfo=UTC)
NEXT = ISSUED + timedelta(days=180)
OPERATOR = "Accreditation Body of Example"
SHARED = Path(os.environ.get("TRUSTREG_SHARED") or Path(__file__).parents[4] / "shared")
LISTS = SHARED / "corpus" / "lists"
SCHEMAS = SHARED / "schemas" / "119612"
# Neither is ours to commit; CI has both.
needs_lists = pytest.mark.skipif(
    not LISTS.is_dir(), reason=f"the lists of other countries are not at {LISTS} (set TRUSTREG_SHARED)"
)
needs_schemas = pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason=f"the schemas of ETSI are not at {SCHEMAS} (set TRUSTREG_SHARED)"
)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


RSA_KEYS = {"K3", "KU"}
"""Keys of time-stamping units: the time-stamper of the tests signs with RSA only."""


@functools.cache
def key(name: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if name in RSA_KEYS:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def ca_certificate(name: str) -> bytes:
    """A self-signed CA certificate for the key `name`."""
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.COMMON_NAME, f"CA of {name}")]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key(name).public_key())
        .serial_number(1)
        .not_valid_before(datetime(2015, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2035, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key(name).public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False),
            critical=True,
        )
    )
    return builder.sign(key(name), hashes.SHA256()).public_bytes(Encoding.DER)


@functools.cache
def signer(key_type: str = "p256") -> FileKey:
    return create_list_signer(
        None, territory="JP", operator_name=OPERATOR, at=datetime(2025, 12, 1, tzinfo=UTC), key_type=key_type
    )


def address(name: str = "tl") -> Address:
    return Address(
        postal=(
            PostalAddress("en", "1-1 Kasumigaseki", "Chiyoda-ku", "JP", "Tokyo", "100-0013"),
            PostalAddress("ja", "霞が関1丁目1番", "千代田区", "JP", "東京都", "100-0013"),
        ),
        electronic=(Text("en", f"mailto:{name}@example.jp"), Text("en", f"https://example.jp/{name}")),
    )


def scheme() -> Scheme:
    return Scheme(
        territory="JP",
        operator_name=texts({"en": OPERATOR, "ja": "例示認定機関"}),
        operator_address=address(),
        name=texts({"en": "JP:Example scheme", "ja": "JP:例示制度"}),
        information_uri=texts({"en": "https://example.jp/en/scheme", "ja": "https://example.jp/scheme"}),
        status_base="https://example.jp/tl",
        legal_notice=texts({"en": "Example legal notice.", "ja": "例示の法的通知。"}),
        distribution_points=("https://example.jp/tl/tl.xml",),
    )


def state(status: str = "qualified", start: datetime | None = ISSUED, **members: object) -> State:
    members.setdefault("scope", (Usage.ESIGN,))
    members.setdefault("names", texts({"en": "Example CA", "ja": "例示認証局"}))
    return State(status=status, start=start, **members)  # type: ignore[arg-type]


def service(
    name: str = "S1",
    *,
    current: State | None = None,
    history: tuple[State, ...] = (),
    service_type: str = ServiceType.CA_PKC,
    **members: object,
) -> ListedServiceEntry:
    members.setdefault("identities", (ca_certificate(name),))
    return ListedServiceEntry(
        service_id=name,
        type=service_type,
        state=current or state(),
        history=history,
        supply_points=("https://example.jp/ca",),
        definition_uri=texts({"en": "https://example.jp/en/cps", "ja": "https://example.jp/cps"}),
        **members,  # type: ignore[arg-type]
    )


def provider(*services: ListedServiceEntry, number: str = "7000012050002") -> Provider:
    return Provider(
        provider_id=f"provider-{number}",
        names=texts({"en": "Example Trust Inc.", "ja": "例示トラスト株式会社"}),
        trade_names=(Text("en", f"NTRJP-{number}"), Text("en", "Example Trust"), Text("ja", "例示トラスト")),
        address=address("trust"),
        information_uri=texts({"en": "https://example.jp/en/trust", "ja": "https://example.jp/trust"}),
        services=services,
    )


def issue(
    *services: ListedServiceEntry,
    sequence: int = 1,
    issued_at: datetime = ISSUED,
    next_update: datetime | None = NEXT,
    **members: object,
) -> TrustedList:
    return TrustedList(
        scheme=scheme(),
        sequence=sequence,
        issued_at=issued_at,
        next_update=next_update,
        providers=(provider(*services),) if services else (),
        **members,  # type: ignore[arg-type]
    )
