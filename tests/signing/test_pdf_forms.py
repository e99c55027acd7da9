"""New fields, values and looks of a form after signing: what is no plain signature or time-stamp is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.signers import cms_embedder

from tests.pki.factories import T0
from tests.signing.signing_world import Stamper, blank_pdf, pyhanko_signer, sign, update, validate, world
from trustreg.pki.indications import Indication

N = generic.pdf_name
Writer = IncrementalPdfFileWriter
Change = Callable[[Writer, Any], None]
WHEN = T0 + timedelta(days=30)
EVIL = b"BT /F1 40 Tf 72 400 Td (PAY ONE MILLION) Tj ET"
WHOLE_PAGE = (0, 0, 595, 842)
LEVELS = [None, MDPPerm.NO_CHANGES, MDPPerm.FILL_FORMS]


def numbers(*values: int) -> generic.ArrayObject:
    return generic.ArrayObject(map(generic.NumberObject, values))


def dictionary(**entries: Any) -> generic.DictionaryObject:
    return generic.DictionaryObject({N("/" + key): value for key, value in entries.items()})


def look(writer: Writer, data: bytes = EVIL, *, box: tuple[int, ...] | None = WHOLE_PAGE) -> Any:
    stream = generic.StreamObject(stream_data=data)
    stream[N("/Type")], stream[N("/Subtype")] = N("/XObject"), N("/Form")
    if box is not None:
        stream[N("/BBox")] = numbers(*box)
    return writer.add_object(stream)


def evidence(writer: Writer, value: Any) -> None:
    """The object is called a certificate of the security store."""
    writer.root[N("/DSS")] = writer.add_object(dictionary(Certs=generic.ArrayObject([value])))
    writer.update_root()


def page_of(writer: Writer) -> Any:
    return writer.root["/Pages"]["/Kids"][0]


def with_field(pdf: bytes, change: Change | None = None, *, on_page: bool = True) -> Writer:
    """A writer that adds a field for a signature, which takes no room, after `change` of it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    field = dictionary(FT=N("/Sig"), T=generic.pdf_string("New"), Type=N("/Annot"), Subtype=N("/Widget"))
    field[N("/F")], field[N("/Rect")] = generic.NumberObject(4), numbers(0, 0, 0, 0)
    reference = writer.add_object(field)
    if change:
        change(writer, field)
    form = writer.root["/AcroForm"]
    form["/Fields"].append(reference)
    writer.update_container(form["/Fields"])
    if on_page:
        page = page_of(writer)
        if "/Annots" not in page:
            page[N("/Annots")] = generic.ArrayObject()
        page["/Annots"].append(reference)
        writer.update_container(page["/Annots"])
        writer.update_container(page)
    return writer


def stamped(pdf: bytes, change: Change | None = None, *, on_page: bool = True) -> bytes:
    """A document time-stamp in such a field."""
    stamper = signers.PdfTimeStamper(Stamper(world().tsa, WHEN), field_name="New")
    return stamper.timestamp_pdf(with_field(pdf, change, on_page=on_page), "sha256", bytes_reserved=20000).getvalue()


def _five_sides(writer: Writer, field: Any) -> None:
    """Readers take the first four."""
    field[N("/Rect")] = numbers(*WHOLE_PAGE, 0)
    field[N("/AP")] = dictionary(N=look(writer))
    evidence(writer, field["/AP"].raw_get("/N"))


def _a_side_that_is_a_string(writer: Writer, field: Any) -> None:
    _five_sides(writer, field)
    field[N("/Rect")] = generic.ArrayObject([generic.pdf_string("0"), *numbers(0, 595, 842)])


def _no_bounding_box(writer: Writer, field: Any) -> None:
    """PDFium draws it as large as it likes, in whatever rectangle."""
    field[N("/AP")] = dictionary(N=look(writer, box=None))


def _no_bounding_box_in_evidence(writer: Writer, field: Any) -> None:
    _no_bounding_box(writer, field)
    evidence(writer, field["/AP"].raw_get("/N"))


def _marker(writer: Writer, field: Any) -> None:
    """PDFium paints what is between the points, in whatever rectangle."""
    field[N("/Subtype")], field[N("/C")] = N("/Highlight"), numbers(0, 0, 0)
    field[N("/QuadPoints")] = numbers(0, 842, 595, 842, 0, 0, 595, 0)


def _script(writer: Writer, field: Any) -> None:
    field[N("/AA")] = dictionary(PO=dictionary(S=N("/JavaScript"), JS=generic.pdf_string("app.alert(1)")))


def _link(writer: Writer, field: Any) -> None:
    field[N("/A")] = dictionary(S=N("/URI"), URI=generic.pdf_string("https://example.org"))


def _kid_of_another_kind(writer: Writer, field: Any) -> None:
    """A widget that has no name but a kind of its own."""
    kid = dictionary(Type=N("/Annot"), Subtype=N("/Widget"), FT=N("/Btn"), Rect=numbers(0, 0, 0, 0))
    field[N("/Kids")] = generic.ArrayObject([writer.add_object(kid)])


class TestNewField:
    @pytest.mark.parametrize("level", LEVELS)
    def test_a_time_stamp_that_shows_nothing(self, level: MDPPerm | None) -> None:
        report = validate(stamped(sign(blank_pdf(), certify=level)))
        assert report.indication is Indication.TOTAL_PASSED
        assert report.signatures[0].modifications == "lta"

    @pytest.mark.parametrize("level", LEVELS)
    @pytest.mark.parametrize(
        "change",
        [
            _five_sides,
            _a_side_that_is_a_string,
            _no_bounding_box,
            _no_bounding_box_in_evidence,
            _marker,
            _script,
            _link,
            _kid_of_another_kind,
        ],
        ids=lambda change: change.__name__.strip("_"),
    )
    def test_a_time_stamp_that_shows_or_does_more(self, change: Change, level: MDPPerm | None) -> None:
        on_page = change is not _kid_of_another_kind
        signature = validate(stamped(sign(blank_pdf(), certify=level), change, on_page=on_page)).signatures[0]
        if level is None and change in (_five_sides, _a_side_that_is_a_string):  # after an approval it may be seen
            assert "LATER_SIGNATURE_IS_SHOWN" in [notice.code for notice in signature.warnings]
        else:
            assert signature.indication is not Indication.TOTAL_PASSED
            assert signature.modifications == "other"

    @pytest.mark.parametrize("key", ["BC", "BG"])
    def test_a_field_that_readers_paint_and_that_is_not_signed(self, key: str) -> None:
        def change(writer: Writer, field: Any) -> None:
            field[N("/Rect")], field[N("/MK")] = numbers(*WHOLE_PAGE), dictionary(**{key: numbers(1, 1, 1)})

        output = io.BytesIO()
        with_field(sign(blank_pdf()), change).write(output)
        assert validate(output.getvalue()).signatures[0].modifications == "other"

    def test_a_widget_below_the_field_is_seen(self) -> None:
        def change(writer: Writer, field: Any) -> None:
            kid = dictionary(Type=N("/Annot"), Subtype=N("/Widget"), Rect=numbers(*WHOLE_PAGE))
            kid[N("/AP")] = dictionary(N=look(writer))
            field[N("/Kids")] = generic.ArrayObject([writer.add_object(kid)])
            for key in ("/Rect", "/Subtype", "/Type", "/F"):
                del field[key]

        first = validate(stamped(sign(blank_pdf()), change, on_page=False)).signatures[0]
        assert "LATER_SIGNATURE_IS_SHOWN" in [notice.code for notice in first.warnings]


def test_a_signature_that_is_called_evidence_is_a_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    """A certification that permits no changes permits no signature either."""
    certified = sign(blank_pdf(), certify=MDPPerm.NO_CHANGES)
    monkeypatch.setattr(cms_embedder.SigMDPSetup, "apply", lambda _, reference, writer: evidence(writer, reference))
    monkeypatch.setattr(signers.PdfSigner, "_enforce_certification_constraints", lambda *_: None)
    metadata = signers.PdfSignatureMetadata(field_name="New", md_algorithm="sha256", signer_key_usage=set())
    engine = signers.PdfSigner(metadata, pyhanko_signer(world().signer, [world().ca]))
    signature = validate(engine.sign_pdf(with_field(certified), bytes_reserved=20000).getvalue()).signatures[0]
    assert signature.modifications == "other"


def _kinds(writer: Writer, kind: str, **entries: Any) -> None:
    """The text field of the form is of another kind."""
    field = writer.root["/AcroForm"]["/Fields"][0].get_object()
    del field["/V"]
    field[N("/FT")] = N(kind)
    for key, value in entries.items():
        field[N("/" + key)] = value
    writer.update_container(field)


def _push_button(writer: Writer) -> None:
    _kinds(
        writer,
        "/Btn",
        Ff=generic.NumberObject(1 << 16),
        MK=dictionary(CA=generic.pdf_string("900")),
        AP=dictionary(N=look(writer, b"0 g")),
    )


def _list_box(writer: Writer) -> None:
    _kinds(writer, "/Ch", Opt=generic.ArrayObject([generic.pdf_string("900")]), AP=dictionary(N=look(writer, b"0 g")))


@pytest.mark.parametrize("prepare", [_push_button, _list_box], ids=lambda change: change.__name__.strip("_"))
def test_what_fields_without_a_value_show_is_drawn_anew(prepare: Callable[[Writer], None]) -> None:
    def wanted(writer: Writer) -> None:
        form = writer.root["/AcroForm"]
        form[N("/NeedAppearances")] = generic.BooleanObject(True)
        writer.update_container(form)

    report = validate(update(sign(update(blank_pdf(text_field=True), prepare)), wanted))
    assert report.signatures[0].modifications == "other"


def _filled(key: str, value: Callable[[Writer], Any]) -> Callable[[Writer], None]:
    def change(writer: Writer) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0].get_object()
        field[N("/V")] = N("/Yes") if field["/FT"] == "/Btn" else generic.pdf_string("x")
        field[N(key)] = value(writer)
        writer.update_container(field)

    return change


def test_filling_in_a_form_that_is_certified_for_it() -> None:
    certified = sign(blank_pdf(text_field=True), certify=MDPPerm.FILL_FORMS)
    (signature,) = validate(update(certified, _filled("/AP", lambda writer: dictionary(N=look(writer))))).signatures
    assert signature.modifications == "form-filling"
    assert signature.indication is Indication.TOTAL_PASSED


def test_a_value_that_is_drawn_outside_of_its_field() -> None:
    certified = sign(blank_pdf(text_field=True), certify=MDPPerm.FILL_FORMS)
    change = _filled("/AP", lambda writer: dictionary(N=look(writer, box=None)))
    assert validate(update(certified, change)).signatures[0].modifications == "other"


def test_a_push_button_has_no_value_that_answers_for_its_look() -> None:
    certified = sign(update(blank_pdf(text_field=True), _push_button), certify=MDPPerm.FILL_FORMS)
    change = _filled("/AP", lambda writer: dictionary(N=look(writer)))
    assert validate(update(certified, change)).signatures[0].modifications == "other"


def test_fields_below_a_signature_field_are_drawn_by_the_defaults_of_the_form() -> None:
    def prepare(writer: Writer) -> None:
        kid = dictionary(FT=N("/Tx"), T=generic.pdf_string("sum"), V=generic.pdf_string("900"))
        kid[N("/Subtype")], kid[N("/Rect")] = N("/Widget"), numbers(*WHOLE_PAGE)
        parent = dictionary(FT=N("/Sig"), T=generic.pdf_string("group"))
        parent[N("/Kids")] = generic.ArrayObject([writer.add_object(kid)])
        writer.root[N("/AcroForm")] = dictionary(Fields=generic.ArrayObject([writer.add_object(parent)]))
        writer.update_root()

    def defaults(writer: Writer) -> None:
        form = writer.root["/AcroForm"]
        form[N("/DA")] = generic.pdf_string("/F 40 Tf")
        font = dictionary(Type=N("/Font"), Subtype=N("/Type1"), BaseFont=N("/Helvetica"))
        form[N("/DR")] = dictionary(Font=dictionary(F=writer.add_object(font)))
        writer.update_container(form)

    assert validate(update(sign(update(blank_pdf(), prepare)), defaults)).signatures[0].modifications == "other"
