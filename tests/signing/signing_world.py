"""A world to validate in: authorities, a list of them, and PDFs signed by pyHanko with throwaway keys."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.domain.report import ValidationReport
from signing.domain.validation import validate_document
from tests.pki.factories import T0, Identity, make_ca, make_crl, make_leaf, make_token, make_tsa
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import EgressFailed
from trustreg.pki.trust import ListedIdentity, ListReference, Reason, Result, Standing

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CRL_URL = "http://crl.test/ca.crl"
TSA_CRL_URL = "http://crl.test/tsa.crl"

_RESULTS = {
    "qualified": (Result.QUALIFIED, None),
    "specified": (Result.SPECIFIED, None),
    "suspended": (Result.NOT_VALID, Reason.SERVICE_SUSPENDED),
    "withdrawn": (Result.NOT_VALID, Reason.SERVICE_WITHDRAWN),
}


LIST = ListReference("JP", 7, "ab" * 32, NOW, None)


@dataclass
class Schedule:
    """A trust source by table: for each key its type and (start, status), ascending."""

    entries: Mapping[bytes, tuple[bytes, str, Sequence[tuple[datetime, str]]]] = field(default_factory=dict)
    version: str = "schedule"
    list_reference: ListReference | None = LIST

    def identities(self) -> list[ListedIdentity]:
        return [ListedIdentity(der, kind, "JP", f"service-{kind[-3:]}") for der, kind, _ in self.entries.values()]

    def standing(
        self,
        *,
        spki_sha256: bytes,
        at: datetime,
        service_types: frozenset[str] | None = None,
        usage: Any = None,
    ) -> Standing:
        found = self.entries.get(spki_sha256)
        if found is None or (service_types is not None and found[1] not in service_types):
            return Standing(at=at, result=Result.NOT_LISTED, list=self.list_reference, reason=Reason.NOT_LISTED)
        status = next((state for start, state in reversed(found[2]) if start <= at), None)
        if status is None:
            return Standing(at, Result.NOT_YET_LISTED, self.list_reference, Reason.NOT_YET_LISTED)
        result, reason = _RESULTS[status]
        return Standing(at, result, self.list_reference, reason, status=status, service_id="SVC-1", territory="JP")


CA_TYPE = "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC"
TSA_TYPE = "http://uri.etsi.org/TrstSvc/Svctype/TSA"


def listed(*services: tuple[Identity, str, Sequence[tuple[datetime, str]]]) -> Schedule:
    """A list of these services; its version names its content."""
    entries = {identity.spki_sha256: (identity.der, kind, states) for identity, kind, states in services}
    return Schedule(entries, version=repr(sorted((v[0].hex(), v[1], list(v[2])) for v in entries.values())))


@dataclass(frozen=True)
class World:
    ca: Identity
    signer: Identity
    tsa_ca: Identity
    tsa: Identity


@lru_cache(maxsize=1)
def world() -> World:
    """One CA with one signer, one TSA under its own root; CRLs at fixed addresses."""
    ca = make_ca("World CA", kind="rsa2048")
    tsa_ca = make_ca("World TSA CA", kind="rsa2048")
    return World(
        ca,
        make_leaf(
            ca, "World Signer", kind="rsa2048", qc=["esign"], crl_urls=[CRL_URL], not_after=T0 + timedelta(days=400)
        ),
        tsa_ca,
        make_tsa(tsa_ca, "World TSA", extensions=[_crl_pointer(TSA_CRL_URL)]),
    )


def _crl_pointer(url: str) -> Any:
    from cryptography import x509

    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return x509.CRLDistributionPoints([point]), False


def trust(
    ca: Sequence[tuple[datetime, str]] = ((T0, "qualified"),),
    tsa: Sequence[tuple[datetime, str]] = ((T0, "qualified"),),
) -> Schedule:
    """The world's CA and TSA root on a list."""
    here = world()
    return listed((here.ca, CA_TYPE, tuple(ca)), (here.tsa_ca, TSA_TYPE, tuple(tsa)))


def network(revoked: Mapping[int, tuple[datetime, str | None]] | None = None, *, at: datetime = NOW) -> Any:
    """A fetcher with the CRLs of the world, fresh at `at`."""
    here = world()
    answers = {
        CRL_URL: make_crl(here.ca, dict(revoked or {}), this_update=at - timedelta(hours=1)),
        TSA_CRL_URL: make_crl(here.tsa_ca, this_update=at - timedelta(hours=1)),
    }

    def fetch(url: str, *, body: bytes | None = None, content_type: str | None = None) -> bytes:
        if url not in answers:
            raise EgressFailed("nothing there")
        return answers[url]

    return fetch


def validate(data: bytes, **options: Any) -> ValidationReport:
    """`validate_document` in this world; every argument may be overridden."""
    chosen: dict[str, Any] = {"filename": "a.pdf", "trust": trust(), "now": NOW, "fetcher": network(), **options}
    return validate_document(data, **chosen)


def blank_pdf(*, text_field: bool = False, stream_xrefs: bool = False, pages: int = 1) -> bytes:
    """A small PDF; with a text field `Text1` when asked."""
    writer = PdfFileWriter(stream_xrefs=stream_xrefs)
    for number in range(pages):
        content = RawContent(b"BT /F1 12 Tf 72 700 Td (Page) Tj ET", box=BoxConstraints(width=595, height=842))
        page = PageObject(
            contents=writer.add_object(generic.StreamObject(stream_data=content.render())), media_box=(0, 0, 595, 842)
        )
        reference = writer.insert_page(page)
        if text_field and number == 0:
            widget = generic.DictionaryObject(
                {
                    generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
                    generic.pdf_name("/Subtype"): generic.pdf_name("/Widget"),
                    generic.pdf_name("/FT"): generic.pdf_name("/Tx"),
                    generic.pdf_name("/T"): generic.pdf_string("Text1"),
                    generic.pdf_name("/V"): generic.pdf_string(""),
                    generic.pdf_name("/DA"): generic.pdf_string("/Helv 0 Tf 0 g"),
                    generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (72, 600, 200, 620))),
                    generic.pdf_name("/P"): reference,
                }
            )
            kept = writer.add_object(widget)
            writer.root["/AcroForm"] = writer.add_object(
                generic.DictionaryObject({generic.pdf_name("/Fields"): generic.ArrayObject([kept])})
            )
            reference.get_object()["/Annots"] = generic.ArrayObject([kept])
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


class Stamper(TimeStamper):
    """A TSA that answers at a fixed time."""

    def __init__(self, tsa: Identity, when: datetime) -> None:
        super().__init__(include_nonce=False)
        self._tsa, self._when = tsa, when

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        imprint = req["message_imprint"]["hashed_message"].native
        name = req["message_imprint"]["hash_algorithm"]["algorithm"].native
        token = make_token(self._tsa, imprint=imprint, gen_time=self._when, hash_name=name)
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": tsp.ContentInfo.load(token)})

    def request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        raise AssertionError("pyHanko asks asynchronously")


def _asn1(identity: Identity) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(identity.der)


def pyhanko_signer(identity: Identity, chain: Sequence[Identity] = ()) -> signers.SimpleSigner:
    raw = identity.private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    store = SimpleCertificateStore()
    store.register_multiple([_asn1(one) for one in chain])
    return signers.SimpleSigner(
        signing_cert=_asn1(identity), signing_key=asn1_keys.PrivateKeyInfo.load(raw), cert_registry=store
    )


def sign(
    pdf: bytes,
    *,
    signer: Identity | None = None,
    stamped_at: datetime | None = None,
    tsa: Identity | None = None,
    field_name: str = "Sig1",
    pades: bool = True,
    certify: fields.MDPPerm | None = None,
    claimed: datetime | None = None,
    box: tuple[int, int, int, int] | None = None,
) -> bytes:
    """One more signature on a PDF, as an incremental update, with a signature time-stamp when `stamped_at`."""
    here = world()
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    metadata = signers.PdfSignatureMetadata(
        field_name=field_name,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES if pades else fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
        certify=certify is not None,
        docmdp_permissions=certify or fields.MDPPerm.FILL_FORMS,
        signer_key_usage=set(),
        name="Signer",
    )
    engine = signers.PdfSigner(
        metadata,
        pyhanko_signer(signer or here.signer, [here.ca]),
        timestamper=Stamper(tsa or here.tsa, stamped_at) if stamped_at else None,
        new_field_spec=fields.SigFieldSpec(field_name, box=box),
    )
    return engine.sign_pdf(writer, bytes_reserved=20000).getvalue()


def stamp(pdf: bytes, when: datetime, *, tsa: Identity | None = None) -> bytes:
    """A document time-stamp as an incremental update."""
    stamper = signers.PdfTimeStamper(Stamper(tsa or world().tsa, when))
    return stamper.timestamp_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), "sha256", bytes_reserved=20000).getvalue()


def add_evidence(
    pdf: bytes, *, crls: Sequence[bytes] = (), ocsps: Sequence[bytes] = (), certificates: Sequence[Identity] = ()
) -> bytes:
    """A Document Security Store as an incremental update."""
    from asn1crypto import crl as asn1_crl
    from asn1crypto import ocsp as asn1_ocsp

    stream = io.BytesIO(pdf)
    DocumentSecurityStore.add_dss(
        stream,
        None,
        certs=[_asn1(one) for one in certificates],
        crls=[asn1_crl.CertificateList.load(one) for one in crls],
        ocsps=[asn1_ocsp.OCSPResponse.load(one) for one in ocsps],
    )
    return stream.getvalue()


def update(pdf: bytes, change: Any) -> bytes:
    """An incremental update: `change(writer)` edits."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def certificate(identity: Identity) -> Certificate:
    return identity.certificate
