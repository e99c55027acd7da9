"""Making the samples: signed documents and time-stamp tokens, one for each interesting verdict.

Two phases, because lists are published between them: in the first every service in use is in force; after it, lists
say that one service is withdrawn and another suspended; in the second those two are used once more. A file that exists
is left alone, so that an interrupted build goes on where it stopped and a second run changes nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from trustreg.demo.pki.authority import Credential, DemoPki
from trustreg.demo.pki.certificates import DEVICE_ARC, Subject
from trustreg.demo.pki.client import time_stamper, timestamp, timestamp_reply
from trustreg.demo.pki.cms_signer import sign_cms
from trustreg.demo.pki.container_signer import extended, recorded, simple, stamped, with_another_file
from trustreg.demo.pki.document import blank_pdf
from trustreg.demo.pki.json_signer import sign_json
from trustreg.demo.pki.signer import Level, document_timestamp, sign_pdf
from trustreg.demo.pki.specs import UNLISTED_CA, UNLISTED_TSA, corporate_number
from trustreg.demo.pki.xml_signer import XmlSigner, countersigned, detached, enveloped, enveloping
from trustreg.demo.samples.alterations import (
    with_earlier_time,
    with_hidden_page,
    with_other_payload,
    with_overpainted_text,
    with_replaced_page,
    with_replaced_text,
    with_wrapped_root,
)
from trustreg.demo.samples.expected import EXPECTED, write_expected

ROLES = ("esign", "eseal", "device", "specified", "withdrawn", "suspended", "tsa")
"""Roles of services in the samples. All are listed as qualified in phase one, `specified` as specified."""

PERSON = Subject("山田 花子", given_name="花子", surname="山田", serial_number="DEMO-0001")
ORGANISATION = Subject(
    "株式会社見本商事",
    organization="株式会社見本商事",
    organization_identifier=f"NTRJP-{corporate_number('010401000001')}",
)
DEVICE = Subject(
    "見本スマートメーター 0001",
    organization="株式会社見本商事",
    organization_identifier=f"NTRJP-{corporate_number('010401000001')}",
    device_oid=f"{DEVICE_ARC}.1.1",
)
AMOUNT, OTHER_AMOUNT = "Total: JPY 1,000,000", "Total: JPY 9,000,000"
READING = b'{"meter": "0001", "kWh": 42.1, "at": "2026-01-31T09:00:00Z"}\n'
STAMPED = "この文書の存在時刻を証明します。\nThis is what the time-stamp is over.\n".encode()


def next_second() -> None:
    """Wait until the clock shows another second: certificates, time-stamps and lists count in whole ones."""
    time.sleep(1.02 - time.time() % 1)


def build_samples(
    pki: DemoPki,
    out: Path,
    *,
    services: Mapping[str, str],
    between: Callable[[], None],
    settle: Callable[[], None] = next_second,
) -> Path:
    """Both phases with `between` (which publishes the withdrawal and the suspension) in the middle.

    Returns the path of `expected.json`; arguments as in `build_phase_one`.
    """
    build_phase_one(pki, out, services=services, settle=settle)
    between()
    return build_phase_two(pki, out, services=services, settle=settle)


def build_phase_one(
    pki: DemoPki, out: Path, *, services: Mapping[str, str], settle: Callable[[], None] = next_second
) -> None:
    """Everything that is made while the services are in force, written under `out`.

    `services` maps every role of `ROLES` to the key of a service in `pki`, whose server must be running. `settle` is
    called before, after, and where a second must pass. Raises ValueError for a missing role, OSError when the server
    can't be reached.
    """
    samples = _Samples(pki, out, services)
    settle()
    _write_passing(samples)
    _write_for_later(samples)
    _write_refused(samples)
    _write_tokens(samples)
    _write_xml(samples)
    _write_cms(samples)
    _write_json(samples)
    _write_containers(samples)
    samples.pdf("revoked-after-stamp.pdf", samples.person("esign", label="revoked-later"), "T")
    unstamped = samples.person("esign", label="revoked")
    samples.pdf("revoked-certificate.pdf", unstamped, "B")
    settle()
    for label in ("revoked-later", "revoked"):
        pki.revoke(services["esign"], samples.person("esign", label=label).serial_number)


def build_phase_two(
    pki: DemoPki, out: Path, *, services: Mapping[str, str], settle: Callable[[], None] = next_second
) -> Path:
    """What is made once the lists name the withdrawn and the suspended service. Returns the path of `expected.json`.

    Raises FileNotFoundError unless phase one was built.
    """
    samples = _Samples(pki, out, services)
    if not samples.has("withdrawn-service-stamped-before.pdf"):
        raise FileNotFoundError(out / "withdrawn-service-stamped-before.pdf")
    settle()
    samples.pdf("withdrawn-service-signed-after.pdf", samples.person("withdrawn"), "T")
    samples.pdf("suspended-service.pdf", samples.person("suspended"), "T")
    return write_expected(out, EXPECTED)


class _Samples:
    """Where the samples go and who signs them."""

    def __init__(self, pki: DemoPki, out: Path, services: Mapping[str, str]) -> None:
        missing = [role for role in ROLES if services.get(role) not in pki.services()]
        if missing:
            raise ValueError(f"no service for the roles {', '.join(missing)}")
        self.pki = pki
        self.out = out
        self.services = {**services, "unlisted": UNLISTED_CA}
        self.tsa = time_stamper(pki.url(services["tsa"], "tsa"))
        self.unlisted_tsa = time_stamper(pki.url(UNLISTED_TSA, "tsa"))
        out.mkdir(parents=True, exist_ok=True)

    def has(self, name: str) -> bool:
        return (self.out / name).exists()

    def add(self, name: str, make: Callable[[], bytes]) -> None:
        if not self.has(name):
            temporary = self.out / f".{name}.new"
            temporary.write_bytes(make())
            temporary.replace(self.out / name)

    def read(self, name: str) -> bytes:
        return (self.out / name).read_bytes()

    def pdf(self, name: str, credential: Credential, level: Level, *, unlisted_stamp: bool = False) -> None:
        tsa = self.unlisted_tsa if unlisted_stamp else self.tsa
        self.add(name, lambda: sign_pdf(contract(name), credential=credential, level=level, tsa=tsa))

    def person(self, role: str, *, label: str = "person", qualified: bool = True, qscd: bool = True) -> Credential:
        service = self.services[role]
        return self.pki.issue(service, PERSON, label=f"sample-{label}", qualified=qualified, qscd=qscd)

    def organisation(self) -> Credential:
        return self.pki.issue(self.services["eseal"], ORGANISATION, "seal", label="sample-organisation")

    def device(self) -> Credential:
        return self.pki.issue(self.services["device"], DEVICE, "device", label="sample-device")


def contract(name: str) -> bytes:
    """The document behind a sample; its file name stands on it."""
    return blank_pdf(
        "業務委託契約書（見本）",
        [
            "Sample contract",
            "",
            "委託者と受託者は、下記の金額で業務を委託し、受託する。",
            AMOUNT,
            "",
            f"File: {name}",
        ],
    )


def invoice(name: str, amount: str = "1000000") -> bytes:
    """The XML document behind a sample; its root has an Id."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<invoice xmlns="urn:trustreg:demo:invoice" Id="invoice">\n'
        f"  <title>請求書（見本）</title>\n  <file>{name}</file>\n"
        f'  <total currency="JPY">{amount}</total>\n</invoice>\n'
    ).encode()


AMOUNT_POSITION = (64, 842 - 150 - 22 * 3)
"""Where `contract` writes the amount, in points."""


def _write_passing(samples: _Samples) -> None:
    person = samples.person("esign")
    samples.pdf("qualified-no-timestamp.pdf", person, "B")
    samples.pdf("qualified-signature.pdf", person, "T")
    samples.pdf("qualified-lt.pdf", person, "LT")
    samples.pdf("qualified-lta.pdf", person, "LTA")
    samples.pdf("organisation-seal.pdf", samples.organisation(), "T")
    samples.pdf("device-seal.pdf", samples.device(), "T")
    samples.pdf("not-qualified-device.pdf", samples.person("esign", label="no-device", qscd=False), "T")
    specified = samples.person("specified", qualified=False, qscd=False)
    samples.pdf("specified-service.pdf", specified, "T")
    samples.pdf("unlisted-timestamp.pdf", person, "T", unlisted_stamp=True)
    samples.add(
        "two-signatures.pdf",
        lambda: sign_pdf(
            sign_pdf(contract("two-signatures.pdf"), credential=person, level="T", tsa=samples.tsa),
            credential=samples.organisation(),
            level="T",
            tsa=samples.tsa,
            field_name="Seal1",
        ),
    )


def _write_for_later(samples: _Samples) -> None:
    """Samples whose verdict the lists of phase two decide, and the certificates that sign then."""
    person = samples.person("withdrawn")
    samples.pdf("withdrawn-service-stamped-before.pdf", person, "T")
    samples.pdf("withdrawn-service-unstamped.pdf", person, "B")
    samples.pdf("withdrawn-service-unlisted-timestamp.pdf", person, "T", unlisted_stamp=True)
    samples.person("suspended")


def _write_refused(samples: _Samples) -> None:
    person = samples.person("esign")
    samples.pdf("unlisted-issuer.pdf", samples.person("unlisted"), "T")
    samples.add(
        "tampered.pdf",
        lambda: with_replaced_text(
            sign_pdf(contract("tampered.pdf"), credential=person, level="T", tsa=samples.tsa),
            AMOUNT.encode(),
            OTHER_AMOUNT.encode(),
        ),
    )
    x, y = AMOUNT_POSITION
    samples.add(
        "appended-after-signing.pdf",
        lambda: with_overpainted_text(
            sign_pdf(contract("appended-after-signing.pdf"), credential=person, level="T", tsa=samples.tsa),
            x=x,
            y=y,
            text=OTHER_AMOUNT,
        ),
    )
    samples.add(
        "hide-and-replace.pdf",
        lambda: with_replaced_page(
            sign_pdf(
                with_hidden_page(contract("hide-and-replace.pdf"), x=x, y=y, text=OTHER_AMOUNT),
                credential=person,
                level="T",
                tsa=samples.tsa,
            )
        ),
    )
    samples.add(
        "sha-1.pdf",
        lambda: sign_pdf(contract("sha-1.pdf"), credential=person, digest="sha1"),
    )
    samples.add("unsigned.pdf", lambda: contract("unsigned.pdf"))
    samples.add("not-a-pdf.pdf", lambda: hashlib.shake_256(b"not a PDF").digest(2048))


def _write_tokens(samples: _Samples) -> None:
    samples.add("timestamped.txt", lambda: STAMPED)
    samples.add("token.tst", lambda: timestamp(STAMPED, samples.tsa))
    samples.add("response.tsr", lambda: timestamp_reply(STAMPED, samples.tsa))
    samples.add("token-altered.tst", lambda: with_earlier_time(samples.read("token.tst")))
    samples.add(
        "document-timestamp.pdf", lambda: document_timestamp(contract("document-timestamp.pdf"), tsa=samples.tsa)
    )


def _write_xml(samples: _Samples) -> None:
    """XAdES: enveloped, detached and counter-signed; altered and wrapped."""
    person, seal = XmlSigner.of(samples.person("esign"), samples.tsa), XmlSigner.of(samples.organisation(), samples.tsa)
    samples.add("organisation-seal.xml", lambda: enveloped(invoice("organisation-seal.xml"), seal, level="T"))
    samples.add("qualified-no-timestamp.xml", lambda: enveloped(invoice("qualified-no-timestamp.xml"), person))
    samples.add("qualified-signature.xml", lambda: enveloping(STAMPED, person, level="T"))
    samples.add("qualified-lt.xml", lambda: enveloped(invoice("qualified-lt.xml"), person, level="LT"))
    samples.add("qualified-lta.xml", lambda: enveloped(invoice("qualified-lta.xml"), person, level="LTA"))
    samples.add("detached-signature.xml", lambda: detached({"timestamped.txt": STAMPED}, person, level="T"))
    samples.add(
        "countersigned.xml",
        lambda: countersigned(enveloped(invoice("countersigned.xml"), person, level="T"), seal, level="T"),
    )
    samples.add(
        "tampered.xml",
        lambda: enveloped(invoice("tampered.xml"), person, level="T").replace(b">1000000<", b">9000000<"),
    )
    samples.add(
        "wrapped.xml",
        lambda: with_wrapped_root(
            enveloped(invoice("wrapped.xml"), person, level="T", by_identifier=True),
            invoice("wrapped.xml", "9000000").replace(b'Id="invoice"', b'Id="other"'),
        ),
    )


def _write_cms(samples: _Samples) -> None:
    """CAdES: attached at every level, and beside its document."""
    person = XmlSigner.of(samples.person("esign"), samples.tsa)
    samples.add("qualified-no-timestamp.p7m", lambda: sign_cms(STAMPED, person))
    samples.add("qualified-signature.p7m", lambda: sign_cms(STAMPED, person, level="T"))
    samples.add("qualified-lt.p7m", lambda: sign_cms(STAMPED, person, level="LT"))
    samples.add("qualified-lta.p7m", lambda: sign_cms(STAMPED, person, level="LTA"))
    samples.add("detached-signature.p7s", lambda: sign_cms(STAMPED, person, level="T", detached=True))
    samples.add("another-document.p7s", lambda: sign_cms(STAMPED[:-2], person, level="T", detached=True))


def _write_json(samples: _Samples) -> None:
    """JAdES: compact and flattened, of a person and of a device."""
    person, device = (XmlSigner.of(one, samples.tsa) for one in (samples.person("esign"), samples.device()))
    samples.add("qualified-no-timestamp.jws", lambda: sign_json(READING, person, compact=True))
    samples.add("qualified-signature.json", lambda: sign_json(READING, person, level="T"))
    samples.add("qualified-lt.json", lambda: sign_json(READING, person, level="LT"))
    samples.add("qualified-lta.json", lambda: sign_json(READING, person, level="LTA"))
    samples.add("device-seal.json", lambda: sign_json(READING, device, level="T"))
    samples.add(
        "tampered.json",
        lambda: with_other_payload(sign_json(READING, device, level="T"), READING.replace(b"42.1", b"92.1")),
    )


def _write_containers(samples: _Samples) -> None:
    """ASiC: with XAdES, CAdES, a time-stamp or an evidence record; and with a file that nobody signed."""
    person, seal = (XmlSigner.of(one, samples.tsa) for one in (samples.person("esign"), samples.organisation()))
    files = {"contract.pdf": contract("contract.pdf"), "annex/reading.json": READING}
    samples.add("container-xades.asice", lambda: extended(files, person, level="LTA"))
    samples.add("container-cades.asice", lambda: extended(files, seal, inner="cades", level="LT"))
    samples.add("container-xades.asics", lambda: simple("reading.json", READING, seal, level="T"))
    samples.add("container-cades.asics", lambda: simple("reading.json", READING, person, inner="cades", level="LTA"))
    samples.add("container-timestamp.asics", lambda: stamped("reading.json", READING, person))
    samples.add("container-evidence-record.asics", lambda: recorded("reading.json", READING, person))
    samples.add(
        "container-added-file.asice",
        lambda: with_another_file(extended(files, person, level="T"), "annex/price.txt", b"JPY 9,000,000\n"),
    )
