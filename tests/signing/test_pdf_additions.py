"""Revisions that plainly add something, told without pyHanko's analysis; and that pyHanko's analysis agrees."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field

from signing.domain.pdf.additions import Additions
from signing.domain.pdf.document import Document
from signing.domain.pdf.modifications import Budget, Change, ChangeAnalysis, Modifications
from signing.domain.pdf.revision import Addition
from signing.domain.pdf.signatures import find_signatures
from signing.domain.pdf.syntax import PdfError
from tests.conftest import SHARED
from tests.pki.factories import T0
from tests.signing.signing_world import add_evidence, blank_pdf, sign, stamp, update, world

N = generic.pdf_name
NEVER = 1e12
WHEN = T0 + timedelta(days=30)
AMPLE = Budget(seconds=30.0)

Writer = IncrementalPdfFileWriter


@pytest.fixture(scope="module")
def signed() -> bytes:
    return sign(blank_pdf())


def addition(data: bytes) -> Addition | None:
    """What the last revision of a file plainly adds."""
    return Additions(Document(data), objects=60_000, deadline=NEVER).of(0)


def changes(data: bytes, budget: Budget = AMPLE) -> list[Change]:
    document = Document(data)
    signatures = find_signatures(document)
    analysis = ChangeAnalysis(document, signatures, budget)
    return [analysis.since(signature) for signature in signatures]


def changes_by_pyhanko(data: bytes, patch: pytest.MonkeyPatch) -> list[Change]:
    """The same when nothing is recognised as plain."""
    with patch.context() as only:
        only.setattr(Additions, "of", lambda self, newer: None)
        return changes(data)


def prepared_field(pdf: bytes) -> bytes:
    return update(pdf, lambda writer: append_signature_field(writer, SigFieldSpec("Second", box=(10, 10, 90, 60))))


def evidence_twice(pdf: bytes) -> bytes:
    return add_evidence(add_evidence(pdf, certificates=[world().ca]), certificates=[world().tsa_ca])


PLAIN: dict[str, tuple[Callable[[bytes], bytes], Addition]] = {
    "signature": (lambda pdf: sign(pdf, field_name="Second"), Addition.SIGNATURE),
    "visible-signature": (lambda pdf: sign(pdf, field_name="Second", box=(10, 10, 90, 60)), Addition.SIGNATURE),
    "name-in-japanese": (lambda pdf: sign(pdf, field_name="承認欄"), Addition.SIGNATURE),
    "evidence": (lambda pdf: add_evidence(pdf, certificates=[world().ca]), Addition.EVIDENCE),
    "more-evidence": (evidence_twice, Addition.EVIDENCE),
    "time-stamp": (lambda pdf: stamp(pdf, WHEN), Addition.EVIDENCE),
    "nothing": (lambda pdf: update(pdf, lambda writer: writer.update_root()), Addition.EVIDENCE),
}


class TestPlain:
    @pytest.mark.parametrize("streams", [False, True], ids=["tables", "streams"])
    @pytest.mark.parametrize("name", PLAIN)
    def test_recognised_and_pyhanko_agrees(self, name: str, streams: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        make, expected = PLAIN[name]
        data = make(sign(blank_pdf(stream_xrefs=streams)))
        assert addition(data) is expected
        assert changes(data) == changes_by_pyhanko(data, monkeypatch)

    def test_a_field_that_waited_for_its_signature(self, monkeypatch: pytest.MonkeyPatch) -> None:
        waiting = sign(prepared_field(blank_pdf()))

        def fill(writer: Writer) -> None:
            (field,) = [one for one in writer.root["/AcroForm"]["/Fields"] if one.get_object()["/T"] == "Second"]
            value = generic.DictionaryObject(
                {
                    N("/Type"): N("/Sig"),
                    N("/SubFilter"): N("/ETSI.CAdES.detached"),
                    N("/ByteRange"): generic.ArrayObject(map(generic.NumberObject, (0, 1, 2, 3))),
                    N("/Contents"): generic.ByteStringObject(b"\x30\x00"),
                }
            )
            field.get_object()[N("/V")] = writer.add_object(value)
            writer.update_container(field.get_object())

        data = update(waiting, fill)
        assert addition(data) is Addition.SIGNATURE
        assert changes(data)[0].modifications is Modifications.SIGNING
        assert changes(data)[0] == changes_by_pyhanko(data, monkeypatch)[0]

    def test_after_a_certification_signatures_are_left_to_the_full_analysis(self) -> None:
        certified = sign(blank_pdf(), certify=MDPPerm.FILL_FORMS)
        visible = sign(certified, field_name="Second", box=(10, 10, 90, 60))
        assert addition(visible) is Addition.SIGNATURE
        assert changes(visible)[0].reason == "CHANGE_NOT_PERMITTED"
        assert changes(add_evidence(certified, certificates=[world().ca]))[0].modifications is Modifications.LTA

    @pytest.mark.parametrize("level", [MDPPerm.NO_CHANGES, MDPPerm.FILL_FORMS, None])
    def test_defaults_of_the_form_are_no_evidence(self, level: MDPPerm | None, monkeypatch: pytest.MonkeyPatch) -> None:
        data = update(sign(blank_pdf(), certify=level), _defaults)
        assert addition(data) is Addition.SIGNATURE
        assert [one.modifications for one in changes(data)] == [
            one.modifications for one in changes_by_pyhanko(data, monkeypatch)
        ]
        assert (changes(data)[0].reason is None) is (level is not MDPPerm.NO_CHANGES)

    def test_defaults_of_a_form_that_draws_values_are_left_to_the_full_analysis(self) -> None:
        assert addition(update(sign(blank_pdf(text_field=True)), _defaults)) is None

    def test_a_file_that_must_not_be_read_for_long(self, signed: bytes) -> None:
        data = PLAIN["evidence"][0](signed)
        assert Additions(Document(data), objects=3, deadline=NEVER).of(0) is None
        assert Additions(Document(data), objects=60_000, deadline=0).of(0) is None


def _defaults(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    form[N("/DA")] = generic.pdf_string("/Helv 0 Tf")
    font = generic.DictionaryObject({N("/Type"): N("/Font"), N("/Subtype"): N("/Type1")})
    fonts = generic.DictionaryObject({N("/Helv"): writer.add_object(font)})
    form[N("/DR")] = generic.DictionaryObject({N("/Font"): fonts})
    writer.update_container(form)


def _page(writer: Writer) -> Any:
    return writer.root["/Pages"]["/Kids"][0]


def _evil(writer: Writer) -> Any:
    return writer.add_object(generic.StreamObject(stream_data=b"BT (PAY ONE MILLION) Tj ET"))


def _other_content(writer: Writer) -> None:
    page = _page(writer)
    page[N("/Contents")] = _evil(writer)
    writer.update_container(page)


def _content_in_place(writer: Writer) -> None:
    reference = _page(writer).raw_get("/Contents")
    writer.objects[(0, reference.idnum)] = generic.StreamObject(stream_data=b"BT (PAY ONE MILLION) Tj ET")


def _content_that_is_evidence(writer: Writer) -> None:
    """The page's content is also called a certificate of the security store, and then changed as such."""
    reference = _page(writer).raw_get("/Contents")
    certificates = generic.ArrayObject([reference])
    writer.root[N("/DSS")] = writer.add_object(generic.DictionaryObject({N("/Certs"): certificates}))
    writer.update_root()
    _content_in_place(writer)


def _page_that_is_evidence(writer: Writer) -> None:
    writer.root[N("/DSS")] = writer.add_object(
        generic.DictionaryObject({N("/Certs"): generic.ArrayObject([writer.root["/Pages"]["/Kids"].raw_get(0)])})
    )
    writer.update_root()
    _other_content(writer)


def _note(writer: Writer) -> None:
    page = _page(writer)
    note = generic.DictionaryObject({N("/Type"): N("/Annot"), N("/Subtype"): N("/Text")})
    page[N("/Annots")] = generic.ArrayObject([*page.get("/Annots", []), writer.add_object(note)])
    writer.update_container(page)


def _no_annotations(writer: Writer) -> None:
    page = _page(writer)
    page[N("/Annots")] = generic.ArrayObject()
    writer.update_container(page)


def _action(writer: Writer) -> None:
    script = generic.DictionaryObject({N("/S"): N("/JavaScript"), N("/JS"): generic.pdf_string("app.alert(1)")})
    writer.root[N("/OpenAction")] = script
    writer.update_root()


def _new_text_field(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    field = generic.DictionaryObject({N("/FT"): N("/Tx"), N("/T"): generic.pdf_string("Sum")})
    form["/Fields"].append(writer.add_object(field))
    writer.update_container(form)


def _same_name(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    first = form["/Fields"][0]
    field = generic.DictionaryObject(first)
    form["/Fields"].append(writer.add_object(field))
    writer.update_container(form)


def _signature_cleared(writer: Writer) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    del field["/V"]
    writer.update_container(field)


def _appearances_wanted(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    form[N("/NeedAppearances")] = generic.BooleanObject(True)
    writer.update_container(form)


def _flags_lowered(writer: Writer) -> None:
    form = writer.root["/AcroForm"]
    form[N("/SigFlags")] = generic.NumberObject(0)
    writer.update_container(form)


HARMFUL = [
    _other_content,
    _content_in_place,
    _content_that_is_evidence,
    _page_that_is_evidence,
    _note,
    _no_annotations,
    _action,
    _new_text_field,
    _same_name,
    _signature_cleared,
    _appearances_wanted,
    _flags_lowered,
]


class TestNotPlain:
    @pytest.mark.parametrize("change", HARMFUL, ids=lambda change: change.__name__.strip("_"))
    def test_left_to_the_full_analysis(self, change: Callable[[Writer], None]) -> None:
        visible = sign(blank_pdf(), box=(10, 70, 90, 120))
        assert addition(update(visible, change)) is None

    @pytest.mark.parametrize("change", HARMFUL, ids=lambda change: change.__name__.strip("_"))
    def test_evidence_in_the_same_revision_hides_nothing(self, change: Callable[[Writer], None]) -> None:
        def both(writer: Writer) -> None:
            certificate = writer.add_object(generic.StreamObject(stream_data=world().ca.der))
            store = generic.DictionaryObject({N("/Certs"): generic.ArrayObject([certificate])})
            writer.root[N("/DSS")] = writer.add_object(store)
            writer.update_root()
            change(writer)

        assert addition(update(sign(blank_pdf(), box=(10, 70, 90, 120)), both)) is None

    def test_an_object_that_older_ones_await(self) -> None:
        def await_one(writer: Writer) -> None:
            page = _page(writer)
            page[N("/Contents")] = generic.ArrayObject(
                [page.raw_get("/Contents"), generic.IndirectObject(900, 0, writer)]
            )
            writer.update_container(page)

        def supply(writer: Writer) -> None:
            writer.objects[(0, 900)] = generic.StreamObject(stream_data=world().ca.der)
            evidence = generic.ArrayObject([generic.IndirectObject(900, 0, writer)])
            writer.root[N("/DSS")] = writer.add_object(generic.DictionaryObject({N("/Certs"): evidence}))
            writer.update_root()

        assert addition(update(sign(update(blank_pdf(), await_one)), supply)) is None

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (rb"/Type /Catalog", rb"/Pages 99 0 R /Type /Catalog"),
            (rb"/Prev ", rb"/Prev 1 /Prev "),
            (rb"/Size (\d+)", rb"/Size 1"),
            (rb"/Root (\d+) 0 R", rb"/Root \1 1 R"),
            (rb" 00000 n", rb" 00001 n"),
            (rb"\nxref\n", rb"\nxref\n0 1\n0000000000 65535 f \n"),
        ],
        ids=["two-pages", "two-predecessors", "size", "generation-of-root", "generation", "two-rows"],
    )
    def test_what_readers_take_differently(self, signed: bytes, old: bytes, new: bytes) -> None:
        data = PLAIN["evidence"][0](signed)
        assert data.startswith(signed)
        later, count = re.subn(old, new, data[len(signed) :], count=1)
        assert count
        start = re.search(rb"xref", later)
        assert start
        later = re.sub(rb"startxref\n\d+", b"startxref\n%d" % (len(signed) + start.start()), later)
        assert addition(signed + later) is None

    def test_a_header_that_is_not_at_the_beginning(self, signed: bytes) -> None:
        data = PLAIN["evidence"][0](signed)
        assert addition(b"%!\n" + data) is None

    def test_mutations_of_a_later_revision(self, signed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing passes as plain that the full analysis finds a change in that it does not permit."""
        chance = random.Random(4)
        originals = [PLAIN[name][0](signed) for name in ("visible-signature", "evidence", "more-evidence")]
        words = [
            b"/Annots",
            b"/Contents",
            b"/AP",
            b"/V",
            b"/Kids",
            b"/DSS",
            b" 0 R",
            b"/Page",
            b"<<",
            b">>",
            b"%",
            b"(",
        ]
        accepted = 0
        for _ in range(150):
            original = chance.choice(originals)
            # What stands in signature values is of no interest here.
            values = [match.span() for match in re.finditer(rb"<[0-9a-fA-F]{200,}>|stream\n.*?endstream", original)]
            data = bytearray(original)
            place = chance.randrange(len(signed), len(data))
            if any(start <= place < end for start, end in values):
                continue
            word = chance.choice(words) if chance.random() < 0.4 else bytes([chance.choice(b"0123456789/<>[]() R")])
            data[place : place + len(word)] = word
            try:
                found = changes(bytes(data))
            except PdfError:
                continue
            if not any(change.reason is None and change.modifications for change in found):
                continue
            accepted += 1
            for change, judged in zip(found, changes_by_pyhanko(bytes(data), monkeypatch), strict=True):
                if change.reason is None and judged.reason != "CHANGE_ANALYSIS_FAILED":
                    assert judged.reason is None, data[place - 40 : place + 40]
                    assert change.modifications >= judged.modifications
        assert accepted > 10


@pytest.mark.parametrize("limit", [Budget(objects=5), Budget(reads=5), Budget(seconds=0.0)], ids=repr)
def test_what_takes_more_than_the_budget_is_not_known(signed: bytes, limit: Budget) -> None:
    data = update(signed, _new_text_field)
    assert changes(data)[0].reason == "CHANGE_NOT_PERMITTED"
    assert changes(data, limit) == [Change(Modifications.OTHER, "CHANGE_ANALYSIS_BUDGET")]


@pytest.mark.corpus
def test_agrees_with_pyhanko_on_every_pdf_of_the_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    for path in sorted((SHARED / "corpus" / "documents").glob("*.pdf")):
        data = path.read_bytes()
        try:
            found = changes(data)
        except PdfError:
            continue
        if any(change.modifications for change in found):
            compared += 1
            judged = changes_by_pyhanko(data, monkeypatch)
            assert [(one.modifications, one.reason) for one in found] == [
                (one.modifications, one.reason) for one in judged
            ], path.name
    assert compared >= 20
