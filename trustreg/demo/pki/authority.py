"""The demo's certification and time-stamping authorities: one folder holds their keys, certificates and revocations.

Layout, each file written under a temporary name and moved into place:

    manifest.json                       base address, providers and their services
    services/KEY/ca.pem, ca.key         the CA (of a time-stamping service: the CA that issued its unit's certificate)
    services/KEY/ocsp.pem, ocsp.key     its OCSP responder
    services/KEY/tsu.pem, tsu.key       the time-stamping unit
    services/KEY/issued/SERIAL.pem      every certificate that the CA issued; SERIAL.key: keys of end entities
    services/KEY/labels/LABEL           the serial number of a certificate that was issued under a name
    services/KEY/revoked/SERIAL.json    a revocation: the server looks here for each answer

Keys lie open in files: right for a demo of which every signature is worth nothing, and only there.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from trustreg.demo.pki import certificates, storage
from trustreg.demo.pki.certificates import Issuer, Pointers, PrivateKey, Subject
from trustreg.demo.pki.specs import (
    KEY,
    UNLISTED,
    KeyAlgorithm,
    ProviderSpec,
    ServiceKind,
    ServiceSpec,
    provider_from_json,
    provider_to_json,
)

BASE_URL = "http://127.0.0.1:8900"
CertificateKind = Literal["signature", "seal", "device"]


@dataclass(frozen=True, slots=True)
class Credential:
    """An end-entity certificate with its key. `chain` is the issuers, nearest first, without the certificate itself."""

    service: str
    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...]

    @property
    def serial_number(self) -> int:
        """What `DemoPki.revoke` takes."""
        return self.certificate.serial_number

    @property
    def certificate_der(self) -> bytes:
        """The certificate in DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_der(self) -> bytes:
        """The private key in PKCS#8 DER, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


@dataclass(frozen=True, slots=True)
class Revocation:
    """A revoked serial number. `revoked_at` in whole seconds, `reason` a name of RFC 5280 5.3.1 (`key_compromise`)."""

    serial_number: int
    revoked_at: datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True, slots=True)
class Authority:
    """The keys and certificates of one service. `unit` is the time-stamping unit, None for other kinds."""

    provider: ProviderSpec
    spec: ServiceSpec
    folder: Path
    ca: Issuer
    ocsp: Issuer
    unit: Issuer | None

    @property
    def listed_certificate(self) -> x509.Certificate:
        """The identity for the trusted list: the CA certificate, or the time-stamping unit's."""
        return self.unit.certificate if self.unit is not None else self.ca.certificate


class DemoPki:
    """All authorities of the demo. Make one with `create_or_load` or `load`."""

    def __init__(self, folder: Path, base_url: str, providers: Sequence[ProviderSpec]) -> None:
        self.folder = folder
        self.base_url = base_url
        self.providers = tuple(providers)
        self._authorities: dict[str, Authority] = {}

    @classmethod
    def create_or_load(cls, folder: Path, base_url: str = BASE_URL, providers: Sequence[ProviderSpec] = ()) -> DemoPki:
        """The authorities under `folder`; what `providers` names and is not there yet is made, once.

        Without `providers` it holds those that are there already, and always the unlisted CA and TSA. Raises
        ValueError when the folder was made for another address (it stands in every certificate) or a service that
        exists is named with another kind or key type.
        """
        folder.mkdir(parents=True, exist_ok=True)
        base_url = base_url.rstrip("/")
        with storage.locked(folder / ".lock"):
            known = cls._manifest(folder)
            if known is not None and known[0] != base_url:
                raise ValueError(f"{folder} was made for {known[0]}, not for {base_url}")
            pki = cls(folder, base_url, _merged(known[1] if known is not None else (), (*providers, UNLISTED)))
            for remainder in folder.glob("services/.new-*"):
                shutil.rmtree(remainder)
            for provider in pki.providers:
                for service in provider.services:
                    if not (folder / "services" / service.key).exists():
                        pki._found(provider, service)
            manifest = {"base_url": base_url, "providers": [provider_to_json(provider) for provider in pki.providers]}
            storage.write(folder / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        return pki

    @classmethod
    def load(cls, folder: Path) -> DemoPki:
        """The authorities under `folder` as they are. Raises FileNotFoundError when there are none."""
        known = cls._manifest(folder)
        if known is None:
            raise FileNotFoundError(folder / "manifest.json")
        return cls(folder, *known)

    def services(self) -> tuple[str, ...]:
        """The keys of all services, the unlisted ones last."""
        return tuple(service.key for provider in self.providers for service in provider.services)

    def authority(self, service: str) -> Authority:
        """The authority behind a service. Raises KeyError for an unknown key."""
        if service not in self._authorities:
            for provider in self.providers:
                for spec in provider.services:
                    if spec.key == service:
                        self._authorities[service] = self._read(provider, spec)
                        return self._authorities[service]
            raise KeyError(service)
        return self._authorities[service]

    def listed_certificate(self, service: str) -> x509.Certificate:
        """The certificate of a service that belongs on the trusted list."""
        return self.authority(service).listed_certificate

    def url(self, service: str, what: Literal["ca.crt", "ocsp", "ca.crl", "tsa"]) -> str:
        """An address of a service on the server."""
        return f"{self.base_url}/{service}/{what}"

    def issue(
        self,
        service: str,
        subject: Subject | str,
        kind: CertificateKind = "signature",
        *,
        qualified: bool = True,
        qscd: bool = True,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        legislation: str = "JP",
        key_algorithm: KeyAlgorithm | None = None,
        revoked: datetime | bool = False,
        label: str | None = None,
    ) -> Credential:
        """A new end-entity certificate from `service`, with a new key.

        Defaults: valid from the present second for two years, key of the service's own type. `subject` as text is a
        common name. `revoked` True or a time revokes it at once. With `label` the certificate issued first under that
        name is returned again. Raises ValueError for a time-stamping service, or a device without `device_oid`.
        """
        authority = self.authority(service)
        if authority.spec.kind is ServiceKind.TSA:
            raise ValueError(f"{service} is a time-stamping service: it issues no certificates")
        named = Subject(subject) if isinstance(subject, str) else subject
        if (kind == "device") != (named.device_oid is not None):
            raise ValueError("a device, and only a device, is named by its OID")
        if label is not None and (known := self.labelled(service, label)) is not None:
            return known
        key = certificates.new_key(key_algorithm or authority.spec.key_algorithm)
        start = (not_before or certificates.now()).astimezone(UTC).replace(microsecond=0)
        certificate = certificates.signing_certificate(
            named,
            key,
            authority.ca,
            seal=kind != "signature",
            qualified=qualified,
            qscd=qscd,
            legislation=legislation,
            not_before=start,
            not_after=not_after or start + timedelta(days=730),
            pointers=self._pointers(service),
        )
        issued = authority.folder / "issued"
        serial = serial_name(certificate.serial_number)
        storage.write(issued / f"{serial}.key", storage.key_pem(key), private=True)
        storage.write(issued / f"{serial}.pem", storage.certificate_pem(certificate))
        if revoked is not False:
            self.revoke(service, certificate.serial_number, at=None if revoked is True else revoked)
        if label is not None:
            storage.write(self._label(service, label), serial.encode())
        return Credential(service, certificate, key, (authority.ca.certificate,))

    def labelled(self, service: str, label: str) -> Credential | None:
        """The certificate that was issued under `label`, None when there is none."""
        path = self._label(service, label)
        return self.credential(service, int(path.read_text(), 16)) if path.exists() else None

    def credential(self, service: str, serial_number: int) -> Credential:
        """A certificate that was issued before, with its key. Raises FileNotFoundError when there is none."""
        authority = self.authority(service)
        pair = storage.read_pair(authority.folder / "issued", serial_name(serial_number))
        return Credential(service, pair.certificate, pair.key, (authority.ca.certificate,))

    def revoke(
        self,
        service: str,
        serial_number: int,
        *,
        at: datetime | None = None,
        reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
    ) -> Revocation:
        """Revoke a certificate from now or from `at` on; the server's next answer says so.

        A second call changes nothing. Raises FileNotFoundError for a serial number that this service did not issue.
        """
        folder = self.authority(service).folder
        if not self.is_issued(service, serial_number):
            raise FileNotFoundError(folder / "issued" / f"{serial_name(serial_number)}.pem")
        known = self.revocation(service, serial_number)
        if known is not None:
            return known
        when = (at or certificates.now()).astimezone(UTC).replace(microsecond=0)
        content = {"revoked_at": when.isoformat(), "reason": reason.name}
        storage.write(folder / "revoked" / f"{serial_name(serial_number)}.json", json.dumps(content).encode())
        return Revocation(serial_number, when, reason)

    def revocation(self, service: str, serial_number: int) -> Revocation | None:
        """The revocation of a certificate, None while it is good."""
        path = self.authority(service).folder / "revoked" / f"{serial_name(serial_number)}.json"
        return _revocation(path) if path.exists() else None

    def revocations(self, service: str) -> tuple[Revocation, ...]:
        """Everything that a service revoked, by serial number."""
        paths = (self.authority(service).folder / "revoked").glob("*.json")
        return tuple(sorted((_revocation(path) for path in paths), key=lambda item: item.serial_number))

    def is_issued(self, service: str, serial_number: int) -> bool:
        """Whether the CA of a service issued a certificate with this serial number."""
        return (self.authority(service).folder / "issued" / f"{serial_name(serial_number)}.pem").exists()

    def _pointers(self, service: str) -> Pointers:
        return Pointers(
            ocsp=self.url(service, "ocsp"), crl=self.url(service, "ca.crl"), issuer=self.url(service, "ca.crt")
        )

    def _label(self, service: str, label: str) -> Path:
        if not KEY.fullmatch(label):
            raise ValueError(f"label {label!r}: lower-case letters, digits and hyphens expected")
        return self.authority(service).folder / "labels" / label

    def _found(self, provider: ProviderSpec, spec: ServiceSpec) -> None:
        """Make the keys and certificates of one service: the folder appears complete or not at all."""
        services = self.folder / "services"
        services.mkdir(exist_ok=True)
        start = certificates.now() - timedelta(hours=1)
        pointers = self._pointers(spec.key)

        def name(common_name: str) -> x509.Name:
            return certificates.organisation_name(
                country=provider.country,
                organization=provider.name_en,
                identifier=provider.registrant_id,
                common_name=common_name,
            )

        is_tsa = spec.kind is ServiceKind.TSA
        ca_key = certificates.new_key(spec.key_algorithm)
        ca_name = name(f"{spec.name_en} Issuing CA" if is_tsa else spec.name_en)
        ca = Issuer(certificates.ca_certificate(ca_name, ca_key, not_before=start), ca_key)
        pairs = {"ca": ca}
        ocsp_key = certificates.new_key(KeyAlgorithm.P_256)
        pairs["ocsp"] = Issuer(
            certificates.ocsp_responder_certificate(
                name(f"{spec.name_en} OCSP Responder"), ocsp_key, ca, not_before=start, pointers=pointers
            ),
            ocsp_key,
        )
        if is_tsa:
            unit_key = certificates.new_key(spec.key_algorithm)
            unit = certificates.timestamping_certificate(
                name(spec.name_en), unit_key, ca, not_before=start, pointers=pointers
            )
            pairs["tsu"] = Issuer(unit, unit_key)
        temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=services))
        try:
            for part in ("issued", "labels", "revoked"):
                (temporary / part).mkdir()
            for label, pair in pairs.items():
                storage.write(temporary / f"{label}.key", storage.key_pem(pair.key), private=True)
                storage.write(temporary / f"{label}.pem", storage.certificate_pem(pair.certificate))
                if label != "ca":
                    serial = serial_name(pair.certificate.serial_number)
                    storage.write(temporary / "issued" / f"{serial}.pem", storage.certificate_pem(pair.certificate))
            temporary.rename(services / spec.key)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        storage.sync(services)

    def _read(self, provider: ProviderSpec, spec: ServiceSpec) -> Authority:
        folder = self.folder / "services" / spec.key
        return Authority(
            provider=provider,
            spec=spec,
            folder=folder,
            ca=storage.read_pair(folder, "ca"),
            ocsp=storage.read_pair(folder, "ocsp"),
            unit=storage.read_pair(folder, "tsu") if spec.kind is ServiceKind.TSA else None,
        )

    @staticmethod
    def _manifest(folder: Path) -> tuple[str, tuple[ProviderSpec, ...]] | None:
        path = folder / "manifest.json"
        if not path.exists():
            return None
        data: dict[str, Any] = json.loads(path.read_bytes())
        return data["base_url"], tuple(provider_from_json(item) for item in data["providers"])


def serial_name(serial_number: int) -> str:
    """A serial number as file names write it: lower-case hexadecimal."""
    return f"{serial_number:x}"


def _merged(known: Sequence[ProviderSpec], wanted: Sequence[ProviderSpec]) -> tuple[ProviderSpec, ...]:
    """The known providers and the wanted ones, which replace those of the same key; no service disappears."""
    made = {service.key: service for provider in known for service in provider.services}
    providers = {provider.key: provider for provider in known if provider.key != UNLISTED.key}
    for provider in wanted:
        old = providers.get(provider.key)
        kept = tuple(
            service
            for service in (old.services if old is not None else ())
            if service.key not in {spec.key for spec in provider.services}
        )
        for service in provider.services:
            before = made.get(service.key, service)
            if (before.kind, before.key_algorithm) != (service.kind, service.key_algorithm):
                raise ValueError(f"service {service.key} exists as {before.kind} with {before.key_algorithm}")
        providers[provider.key] = (
            ProviderSpec(
                key=provider.key,
                name_ja=provider.name_ja,
                name_en=provider.name_en,
                corporate_number=provider.corporate_number,
                services=(*kept, *provider.services),
                country=provider.country,
            )
            if kept
            else provider
        )
    keys = [service.key for provider in providers.values() for service in provider.services]
    doubled = sorted({key for key in keys if keys.count(key) > 1})
    if doubled:
        raise ValueError(f"service keys used twice: {', '.join(doubled)}")
    return tuple(providers.values())


def _revocation(path: Path) -> Revocation:
    data = json.loads(path.read_bytes())
    return Revocation(
        serial_number=int(path.stem, 16),
        revoked_at=datetime.fromisoformat(data["revoked_at"]),
        reason=x509.ReasonFlags[data["reason"]],
    )
