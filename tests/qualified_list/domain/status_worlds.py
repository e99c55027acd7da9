"""The worlds of `tests/data/status_cases.json` as published lists with real keys, and certificates that they issued."""

from __future__ import annotations

import functools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trusted_list_factory as factory
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from qualified_list.domain.model import (
    Criteria,
    Equivalence,
    ListedServiceEntry,
    Pointer,
    Provider,
    Qualification,
    Scheme,
    State,
    TrustedList,
    texts,
)
from qualified_list.domain.status import ListTrustSource, PublishedList
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.trust import Usage

CASES: dict[str, Any] = json.loads((Path(__file__).parents[2] / "data" / "status_cases.json").read_text())
moment = factory.moment
_TYPE = "http://uri.etsi.org/TrstSvc/Svctype/"
_STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"


def spki_sha256(key: str) -> bytes:
    public = factory.key(key).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public)
    return digest.finalize()


def identity(key: str, service_type: str) -> bytes:
    """The listed certificate of a key: a CA, or a time-stamping unit."""
    return tsa_certificate(key) if service_type.startswith("TSA") else factory.ca_certificate(key)


@functools.cache
def tsa_certificate(key: str) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"TSU of {key}")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(factory.key(key).public_key())
        .serial_number(7)
        .not_valid_before(datetime(2015, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2035, 1, 1, tzinfo=UTC))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, False, False, False, False),
            critical=True,
        )
    )
    return builder.sign(factory.key(key), hashes.SHA256()).public_bytes(Encoding.DER)


def _own_lists(world: dict[str, Any], qualifiers: tuple[str, ...]) -> list[TrustedList]:
    """Histories accumulate from list to list, as the registry compiles them."""
    states: dict[str, list[State]] = {}
    lists = []
    for record in world["lists"]:
        issued_at = moment(record["issued_at"])
        for name, status in record["status"].items():
            service = world["services"][name]
            scope = service.get("scope_by_list", {}).get(str(record["sequence"]), service.get("scope", []))
            state = State(
                status=status,
                names=texts({"en": name, "ja": name}),
                start=issued_at,
                scope=tuple(Usage(usage) for usage in scope),
                valid_until=moment(service["valid_until"]) if "valid_until" in service else None,
                qualifications=_qualifications(qualifiers),
            )
            before = states.setdefault(name, [])
            if not before or not before[0].same_content(state):
                before.insert(0, state)
        entries = tuple(
            ListedServiceEntry(
                service_id=name,
                type=_TYPE + world["services"][name]["type"],
                identities=(identity(world["services"][name]["key"], world["services"][name]["type"]),),
                state=known[0],
                history=tuple(known[1:]),
            )
            for name, known in states.items()
        )
        lists.append(
            TrustedList(
                scheme=factory.scheme(),
                sequence=record["sequence"],
                issued_at=issued_at,
                next_update=moment(record["next_update"]),
                providers=(factory.provider(*entries),) if entries else (),
                pointers=tuple(
                    _pointer(territory, usages) for territory, usages in record.get("arrangements", {}).items()
                ),
            ).stamped(sequence=record["sequence"], issued_at=issued_at, next_update=moment(record["next_update"]))
        )
    return lists


def _qualifications(qualifiers: tuple[str, ...]) -> tuple[Qualification, ...]:
    for_persons = Criteria("all", key_usages=((("nonRepudiation", True),),))
    return (Qualification(qualifiers, for_persons),) if qualifiers else ()


def _pointer(territory: str, usages: list[str]) -> Pointer:
    return Pointer(
        territory=territory,
        location=f"https://{territory.lower()}.example/tl.xml",
        tsl_type=f"http://uri.etsi.org/TrstSvc/TrustedList/TSLType/{territory}list",
        operator_name=texts({"en": "Foreign operator"}),
        community_rules=texts({"en": f"http://uri.etsi.org/TrstSvc/TrustedList/schemerules/{territory}"}),
        signers=(factory.ca_certificate("foreign signer"),),
        equivalences=tuple(
            Equivalence(f"{_TYPE}CA/QC", Usage(usage), (f"{_STATUS}granted",), (f"{_STATUS}withdrawn",))
            for usage in usages
        ),
    )


def _foreign_lists(world: dict[str, Any]) -> list[TrustedList]:
    by_territory: dict[str, list[ListedServiceEntry]] = {}
    for name, service in world["services"].items():
        if "foreign" not in service:
            continue
        states = [
            State(
                status=_STATUS + status,
                names=texts({"en": name}),
                start=moment(start),
                scope=tuple(Usage(usage) for usage in service["scope"]),
            )
            for start, status in reversed(service["history"])
        ]
        by_territory.setdefault(service["foreign"], []).append(
            ListedServiceEntry(
                name, _TYPE + service["type"], (factory.ca_certificate(service["key"]),), states[0], tuple(states[1:])
            )
        )
    now = moment(world["now"])
    return [
        TrustedList(
            _foreign_scheme(territory),
            1,
            now - timedelta(days=1),
            now + timedelta(days=100),
            (_foreign_provider(entries),),
        )
        for territory, entries in by_territory.items()
    ]


def _foreign_scheme(territory: str) -> Scheme:
    address = factory.address()
    name = texts({"en": f"{territory}:scheme"})
    return Scheme(territory, name, address, name, name, status_base="")


def _foreign_provider(entries: list[ListedServiceEntry]) -> Provider:
    name = texts({"en": "Foreign provider"})
    return Provider("XX-1", name, name, factory.address(), name, tuple(entries))


@functools.cache
def source(name: str, qualifiers: tuple[str, ...] = ()) -> ListTrustSource:
    world = CASES["worlds"][name]
    own = [PublishedList(one, f"{one.sequence:064x}") for one in _own_lists(world, qualifiers)]
    foreign = [PublishedList(one, f"{900 + one.sequence:064x}") for one in _foreign_lists(world)]
    return ListTrustSource(own, foreign=foreign)


# Certificates.

_QC_TYPE = {"esign": 1, "eseal": 2, "web": 3}


def _tlv(tag: int, body: bytes) -> bytes:
    assert len(body) < 128
    return bytes([tag, len(body)]) + body


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = b""
    for number in [first * 40 + second, *rest]:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.insert(0, number & 0x7F | 0x80)
        body += bytes(groups)
    return _tlv(0x06, body)


def qc_statements(*, claim: str | None, usage: str | None, qscd: bool) -> bytes:
    """DER of the QcStatements extension; `claim` a country, `bare QcCompliance` or None."""
    statements = b""
    if claim is not None:
        statements += _tlv(0x30, _oid("0.4.0.1862.1.1"))
        if claim != "bare QcCompliance":
            statements += _tlv(0x30, _oid("0.4.0.1862.1.7") + _tlv(0x30, _tlv(0x13, claim.encode())))
    if usage is not None:
        statements += _tlv(0x30, _oid("0.4.0.1862.1.6") + _tlv(0x30, _oid(f"0.4.0.1862.1.6.{_QC_TYPE[usage]}")))
    if qscd:
        statements += _tlv(0x30, _oid("0.4.0.1862.1.4"))
    return _tlv(0x30, statements)


def end_entity(
    signed_by: str,
    *,
    usage: str | None = "esign",
    claim: str | None = "JP",
    qscd: bool = True,
    not_before: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    issuer_of: str | None = None,
    is_ca: bool = False,
    subject_key: str = "end entity",
) -> Certificate:
    """A certificate signed by the key `signed_by`, naming the CA of `issuer_of` (default: the same) as issuer."""
    issuer = x509.load_der_x509_certificate(factory.ca_certificate(issuer_of or signed_by)).subject
    name = f"CA of {subject_key}" if is_ca else subject_key
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "JP")
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([country, x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(factory.key(subject_key).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(datetime(2034, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(False, not is_ca, False, False, False, is_ca, is_ca, False, False),
            critical=True,
        )
    )
    if not is_ca:
        der = qc_statements(claim=claim, usage=usage, qscd=qscd)
        oid = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, der), critical=False)
    certificate = builder.sign(factory.key(signed_by), hashes.SHA256())
    return parse_certificate(certificate.public_bytes(Encoding.DER))
