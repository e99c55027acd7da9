"""Documents in which a few octets ask for much work, by multiplying what each single limit allows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from signing.domain import validation
from signing.domain.asic import container
from signing.domain.asic.container import ContainerError, open_container
from signing.domain.cades.attributes import ARCHIVE_TIME_STAMP_V2, ARCHIVE_TIME_STAMP_V3, HASH_INDEX_V3
from signing.domain.pdf.document import Document
from signing.domain.pdf.xref import Section
from signing.domain.procedure.material import MAX_TOKENS
from signing.domain.procedure.signature import TOLD
from signing.domain.report import ValidationReport
from signing.services.limits import limits_in_force
from tests.pki.factories import attribute, issue, key, make_ca, make_leaf, make_token, sign_cms
from tests.signing import jades_parts, test_asic, xml_world
from tests.signing.cades_parts import (
    CONTENT,
    cades,
    countersigned,
    data_with_signers,
    hash_index,
    opened,
    stamped,
    with_unsigned,
)
from tests.signing.signing_world import NOW, Schedule, blank_pdf, sign, stamp, validate, world
from trustreg.base import effort
from trustreg.pki import asn1
from trustreg.pki.cms.model import SIGNATURE_TIME_STAMP
from trustreg.pki.indications import Indication, SubIndication
from trustreg.pki.signatures import SignatureAlgorithm, verify

LITTLE = 100_000
STAMPED = NOW - timedelta(days=2)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch, units: int = effort.DOCUMENT) -> Iterator[list[effort.Effort]]:
    """The effort of every validation inside, which may take `units`."""
    found: list[effort.Effort] = []
    bounded = effort.bounded

    @contextmanager
    def told(_: int) -> Iterator[effort.Effort]:
        with bounded(units) as one:
            found.append(one)
            yield one

    monkeypatch.setattr(effort, "bounded", told)
    yield found
    monkeypatch.undo()


def _archives(count: int = 60) -> bytes:
    """Each archive time-stamp of the second kind is over what is older than it, so each reads all."""
    return with_unsigned(cades(), attribute(ARCHIVE_TIME_STAMP_V2, *_tokens(count)))


def _indexed_archives(count: int = 250) -> bytes:
    data = cades()
    index = attribute(HASH_INDEX_V3, hash_index(*opened(data)))
    return with_unsigned(data, attribute(ARCHIVE_TIME_STAMP_V3, *_tokens(count, unsigned=[index])))


def _tokens(count: int, **options: Any) -> list[bytes]:
    token = make_token(world().tsa, b"other", gen_time=STAMPED, certificates=[], **options)
    return [token] * count


def _long_name(count: int = 30) -> bytes:
    """Every counter-signature of one signer tells who that is."""
    subject = x509.Name([x509.NameAttribute(x509.ObjectIdentifier("2.5.4.13"), "n" * 1_000) for _ in range(8)])
    signer = issue(subject, key(), make_ca("Long"), [])
    data = countersigned(cades(signer=signer, certificates=[signer.der]), signer=signer)
    [counter] = opened(data)[1].unsigned_attributes
    return with_unsigned(data, *[counter.raw] * count)


def _unended_strings(count: int = 300) -> bytes:
    return b"%PDF-1.7\n" + b"".join(b"%d 0 obj (%s\n" % (number, b"(" * 20) for number in range(count))


def _unended_comments(count: int = 500) -> bytes:
    return b"%PDF-1.7\n" + b"".join(b"%d 0 obj%%%s" % (number, b"x" * 10) for number in range(count))


def _unended_trailers(count: int = 400) -> bytes:
    return b"%PDF-1.7\n" + b"trailer(" * count + b"(" * 4_000


def _form(fields: bytes, *objects: tuple[int, bytes]) -> bytes:
    """A PDF without a cross-reference, which is then made from its objects."""
    catalog = b"<</Type/Catalog/AcroForm<</Fields[%s]>>>>" % fields
    every = ((1, catalog), *objects)
    return b"%PDF-1.7\n" + b"".join(b"%d 0 obj%s endobj\n" % one for one in every) + b"trailer<</Root 1 0 R>>"


SIGNATURE = b"<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 9 9]/Contents<00>%s>>"


def _signatures(count: int, *others: tuple[int, bytes], more: bytes = b"", fields: bytes = b"") -> bytes:
    widgets = [(10 + number, b"<</FT/Sig/T(s%d)/V %d 0 R>>" % (number, 500 + number)) for number in range(count)]
    values = [(500 + number, SIGNATURE % more) for number in range(count)]
    return _form(fields or b" ".join(b"%d 0 R" % number for number, _ in widgets), *widgets, *values, *others)


def _long_field_name(count: int = 40) -> bytes:
    """The name of a field begins with that of the one above, and each signature tells its own."""
    kids = b" ".join(b"%d 0 R" % (10 + number) for number in range(count))
    return _signatures(count, (5, b"<</T(%s)/Kids[%s]>>" % (b"t" * 10_000, kids)), fields=b"5 0 R")


def _shared_array(count: int = 40) -> bytes:
    return _signatures(count, (5, b"[" + b"<</TransformMethod/X>>" * 3_000 + b"]"), more=b"/Reference 5 0 R")


def _packed_in_one_place(count: int = 500) -> bytes:
    """Every object of an object stream is the same large array."""
    header = b" ".join(b"%d 0" % (100 + number) for number in range(count))
    body = header + b" [" + b"1 " * 500 + b"]"
    data = b"%%PDF-1.7\n5 0 obj<</Type/ObjStm/N %d/First %d/Length %d>>stream\n" % (count, len(header) + 1, len(body))
    data += body + b"\nendstream endobj\n"
    rows = b"\1" + (9).to_bytes(2, "big") + b"\0" + b"\2\0\5\0"
    section = b"6 0 obj<</Type/XRef/W[1 2 1]/Index[5 1 100 1]/Size 999/Root 100 0 R/Length %d>>stream\n" % len(rows)
    return data + section + rows + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % len(data)


def _canonical_forms(count: int = 20) -> bytes:
    """Every signature is over the whole document, less itself, with more namespaces than the library is good at."""
    one = etree.fromstring(xml_world.signed(xml_world.DOCUMENT))
    signature = etree.tostring(xml_world.find(one, "Signature"), with_tail=False)
    again = [signature.replace(b'Id="', b'Id="n%d-' % number) for number in range(count)]
    return b"<order>" + b"<item/>" * 2_000 + b"<n xmlns:n='urn:n'/>" * 40 + b"".join(again) + b"</order>"


def _references(count: int = 1_500) -> bytes:
    """What is looked for in a list of references, many times in a list of signatures."""
    data = xml_world.signed(xml_world.DOCUMENT)
    start, end = data.index(b"<ds:Reference"), data.index(b"</ds:Reference>") + len(b"</ds:Reference>")
    signature = data[data.index(b"<ds:Signature ") : data.index(b"</ds:Signature>") + len(b"</ds:Signature>")]
    more = signature.replace(data[start:end], data[start:end] * count)
    return b"<order>" + more * 4 + b"</order>"


SHAPES: dict[str, Callable[[], bytes]] = {
    "archive time-stamps over each other": _archives,
    "archive time-stamps with a hash index each": _indexed_archives,
    "one long name of many signers": _long_name,
    "objects that are strings without an end": _unended_strings,
    "objects that are comments without an end": _unended_comments,
    "trailers that are strings without an end": _unended_trailers,
    "one long name of many fields": _long_field_name,
    "one array of many signatures": _shared_array,
    "one array for every object of a stream": _packed_in_one_place,
    "canonical forms of one document": _canonical_forms,
    "references of many signatures": _references,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_multiplies_comes_to_its_limit(monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    data = SHAPES[shape]()
    with counted(monkeypatch, LITTLE):
        report = validate(data, trust=Schedule(), fetcher=None)
    assert _refused(report), report


def _refused(report: ValidationReport) -> bool:
    [error] = report.to_json()["errors"] or [{}]
    return (
        report.indication is Indication.INDETERMINATE
        and not report.signatures
        and error.get("code") == "RESOURCE_LIMIT"
        and error["limit"] == {"name": "effort", "value": effort.DOCUMENT}
    )


def test_every_time_stamp_in_the_report_of_every_signature_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Document time-stamps stand in the report of each signature that they are over."""
    once = stamp(sign(blank_pdf()), STAMPED)
    twice = stamp(sign(once, field_name="Sig2"), STAMPED + timedelta(days=1))
    with counted(monkeypatch) as found:
        report = validate(twice)
    assert [len(part.timestamps) for part in report.signatures] == [2, 1]
    assert effort.DOCUMENT - found[-1].left > 3 * TOLD


def test_ordinary_documents_take_a_hundredth(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [stamp(sign(blank_pdf(), stamped_at=STAMPED), NOW - timedelta(days=1)), stamped(cades(), STAMPED)]
    with counted(monkeypatch) as found:
        for data in documents:
            assert validate(data).signatures[0].intact
    assert all(0 < effort.DOCUMENT - one.left < effort.DOCUMENT / 100 for one in found)


def test_a_limit_that_somebody_passed_over_is_one_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    conclude = validation._conclude

    def passes_over(*everything: Any) -> ValidationReport:
        report = conclude(*everything)
        with contextlib.suppress(effort.EffortExceeded):
            effort.spend(effort.DOCUMENT + 1)
        return report

    monkeypatch.setattr(validation, "_conclude", passes_over)
    assert _refused(validate(cades(), trust=Schedule()))


@pytest.mark.parametrize("count", [MAX_TOKENS, MAX_TOKENS + 1])
def test_as_many_time_stamps_are_read_as_in_every_format(count: int) -> None:
    token = make_token(world().tsa, b"other", gen_time=STAMPED, certificates=[])
    signer = attribute(SIGNATURE_TIME_STAMP, *[token] * (count - 1))
    cms = with_unsigned(cades(), signer, attribute(ARCHIVE_TIME_STAMP_V2, token))
    jws = jades_parts.octets(
        jades_parts.with_unsigned(
            jades_parts.signed(), jades_parts.component("sigTst", jades_parts.container(*[token] * count))
        )
    )
    for data in (cms, jws):
        report = validate(data, trust=Schedule(), fetcher=None)
        told = str(report.to_json())
        assert (f"more than the {MAX_TOKENS} time-stamps" in told) is (count > MAX_TOKENS)
        assert report.indication is not Indication.TOTAL_PASSED


def test_a_key_costs_what_its_size_and_its_exponent_cost() -> None:
    def cost(bits: int, exponent: int) -> int:
        public = rsa.RSAPublicNumbers(exponent, (1 << bits) - 1).public_key()
        algorithm = SignatureAlgorithm("1.2.840.113549.1.1.11", None, "rsa", "sha256")
        with effort.bounded(10**9) as left:
            assert not verify(public, algorithm, b"\1" * (bits // 8), b"data")
        return 10**9 - left.left

    usual = cost(2048, 65_537)
    assert 1 <= usual < 100
    assert cost(3072, (1 << 3071) + 1) > 100 * usual


def test_authorities_of_one_name_cost_every_signer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key of the issuer's name is tried on each signer: without a list, and without any trust."""
    authorities = [make_ca("Same", number=number) for number in range(1, 21)]
    issuer = make_ca("Same")
    signers = [make_leaf(issuer, f"Signer {number}") for number in range(10)]
    certificates = [one.der for one in (*authorities, *signers)]
    spent = []
    for some in (signers[:3], signers[3:]):
        infos = [opened(sign_cms(one, CONTENT))[1].raw for one in some]
        data = data_with_signers(opened(cades(certificates=certificates))[0], infos)
        with counted(monkeypatch) as found:
            assert len(validate(data, trust=Schedule(), fetcher=None).signatures) == len(some)
        spent.append(effort.DOCUMENT - found[-1].left)
    assert spent[1] - spent[0] > 3 * len(authorities) * 250


def test_a_serial_number_that_nobody_can_print_is_no_fault_of_ours() -> None:
    signer = world().signer
    tbs, *rest = asn1.read(signer.der).children()
    parts = [part.raw for part in tbs.children()]
    parts[1] = asn1.encode(asn1.INTEGER, b"\1" * 5_000)
    certificate = asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.SEQUENCE, *parts), *(part.raw for part in rest))
    report = validate(cades(certificates=[certificate], by_key_identifier=True), trust=Schedule(), fetcher=None)
    assert [one.sub_indication for one in report.signatures] == [SubIndication.NO_SIGNING_CERTIFICATE_FOUND]


def test_the_limit_is_one_of_those_in_force() -> None:
    assert limits_in_force()["document"]["effort"] == effort.DOCUMENT


def test_a_container_unpacks_to_what_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    data = test_asic.archive(test_asic.asic_e())
    assert open_container(data).entries
    monkeypatch.setattr(container, "MAX_UNPACKED", 1_000)
    with pytest.raises(ContainerError, match="1000 octets"):
        open_container(data)


def test_revisions_that_are_walked_through_count() -> None:
    document = Document(blank_pdf())
    document.sections = [Section(0, 0, {}) for _ in range(400)] + document.sections
    with effort.bounded(150):
        assert document.entry(1) is not None
        with pytest.raises(effort.EffortExceeded):
            document.entry(1)
