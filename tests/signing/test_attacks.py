"""Documents made to be taken for what they are not: nothing of this may pass (reliability: threats T4 to T8)."""

from __future__ import annotations

import io
import re
import struct
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from signing.domain.pdf.document import Document
from signing.domain.pdf.syntax import Reference
from signing.domain.report import SignatureReport, ValidationReport
from signing.wire import WireError, unpack
from tests.signing.signing_world import add_evidence, blank_pdf, sign, update, validate, world
from trustreg.pki.indications import Indication

EVIL = b"BT /F1 40 Tf 72 400 Td (PAY ONE MILLION) Tj ET"
N = generic.pdf_name


def only(report: ValidationReport) -> SignatureReport:
    assert len(report.signatures) == 1
    return report.signatures[0]


def refused(data: bytes) -> SignatureReport:
    """The first signature, after making sure that neither it nor the document passed."""
    report = validate(data)
    assert report.indication is not Indication.TOTAL_PASSED
    assert report.signatures[0].indication is not Indication.TOTAL_PASSED
    return report.signatures[0]


@pytest.fixture(scope="module")
def signed() -> bytes:
    return sign(blank_pdf())


def _span(data: bytes) -> tuple[int, int, int]:
    match = re.search(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)
    assert match
    return int(match[1]), int(match[2]), int(match[3])


def _startxref(data: bytes) -> int:
    return int(re.findall(rb"startxref\s+(\d+)", data)[-1])


def _pages(first: int, extra: bytes) -> list[bytes]:
    """A catalog with `extra` and a page that shows something else, as objects from number `first`."""
    return [
        b"<< /Type /Catalog /Pages %d 0 R %s >>" % (first + 1, extra),
        b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (first + 2),
        b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R >>" % (first + 1, first + 3),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(EVIL), EVIL),
    ]


def wrapped(data: bytes, size: int = 120_000) -> bytes:
    """Another document inside the gap. The signed octets are all there; the signature dictionary stands in an object
    stream, in which /Contents has by contrivance the positions of the gap."""
    first, gap_end, length = _span(data)
    cms, announced = data[first + 1 : gap_end - 1], _startxref(data)
    end = first + size
    head = b"50 0 "
    dictionary = (
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 %d %d %d] /Contents "
        % (first, end, length)
    )
    begin = first - len(dictionary)
    packed = head.ljust(begin) + dictionary + b"<" + cms.ljust(size - 2) + b"> >>"
    squeezed = zlib.compress(packed)
    objects = dict(enumerate(_pages(40, b"/AcroForm << /SigFlags 3 /Fields [45 0 R] >>"), 40))
    objects[45] = b"<< /FT /Sig /T (Sig1) /V 50 0 R >>"
    objects[60] = b"<< /Type /ObjStm /N 1 /First %d /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (
        begin,
        len(squeezed),
        squeezed,
    )
    gap = bytearray(b"<00>\n")
    rows = {50: (2, 60, 0), 70: (1, announced, 0)}
    for number, body in objects.items():
        rows[number] = (1, first + len(gap), 0)
        gap += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    assert first + len(gap) < announced
    gap = gap.ljust(announced - first)
    index = b" ".join(b"%d 1" % number for number in sorted(rows))
    table = b"".join(
        bytes([kind]) + where.to_bytes(4, "big") + item.to_bytes(2, "big")
        for _, (kind, where, item) in sorted(rows.items())
    )
    gap += b"70 0 obj\n<< /Type /XRef /Size 71 /W [1 4 2] /Index [%s] /Root 40 0 R /Length %d >>\nstream\n" % (
        index,
        len(table),
    )
    gap += table + b"\nendstream\nendobj\n"
    return data[:first] + bytes(gap.ljust(size)) + data[gap_end:]


def _added(data: bytes, objects: dict[int, bytes], size: int) -> bytes:
    """A later revision with these objects."""
    trailer = Document(data).sections[0].trailer
    out, rows = bytearray(data), b""
    for number, body in objects.items():
        rows += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    keys = b"/Size %d /Root %d 0 R /Prev %d" % (size, trailer["Root"].number, _startxref(data))
    return bytes(out) + b"xref\n%strailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (rows, keys, len(out))


class TestChildren:
    def test_an_answer_that_nests_for_ever_is_no_answer(self) -> None:
        frame = struct.pack(">QI", 5_000_000, 0) + b"[" * 5_000_000
        with pytest.raises(WireError):
            unpack(io.BytesIO(frame).read, max_part=0)


class TestWrapping:
    def test_another_document_in_the_gap(self, signed: bytes) -> None:
        signature = refused(wrapped(signed))
        assert signature.intact is not True
        assert signature.coverage == "none"


def _content_of_page(document: Document) -> int:
    """The number of the object that the first page shows."""
    page = document.dictionary(document.array(document.dictionary(document.catalog()["Pages"])["Kids"])[0])
    found = page["Contents"]
    assert isinstance(found, Reference)
    return found.number


class TestLaterRevisions:
    @pytest.mark.parametrize(
        "disguise",
        [b"", b"/X (/AdditionalStreams [) %s /Y (])", b"/X /AdditionalStreams %% [\n %s %% ]\n"],
        ids=["open", "between-strings", "in-comments"],
    )
    def test_another_catalog(self, signed: bytes, disguise: bytes) -> None:
        """The root is exchanged where a reader that looks for a trailer entry by its text does not see it."""
        trailer = Document(signed).sections[0].trailer
        size, form = trailer["Size"], Document(signed).catalog()["AcroForm"]
        out = bytearray(signed)
        rows = b""
        for number, body in enumerate(_pages(size, b"/AcroForm %d 0 R" % form.number), size):
            rows += b"%010d 00000 n \n" % len(out)
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        root = b"/Root %d 0 R" % size
        entries = disguise % root if disguise else root
        start = len(out)
        out += b"xref\n%d 4\n%strailer\n<< /Size %d %s /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
            size,
            rows,
            size + 4,
            entries,
            _startxref(signed),
            start,
        )
        assert refused(bytes(out)).modifications == "other"

    @pytest.mark.parametrize("passed_over", [True, False], ids=["passed-over", "behind-the-end"])
    def test_a_revision_that_no_cross_reference_accounts_for(self, signed: bytes, passed_over: bool) -> None:
        """A harmless update, then another page for readers that repair, then again the address of the harmless one."""
        harmless = add_evidence(signed, certificates=[world().ca])
        assert only(validate(harmless)).indication is Indication.TOTAL_PASSED
        evil = harmless + b"4 0 obj\n%s\nendobj\n" % _stream(b"", EVIL)
        if passed_over:
            evil += b"xref\n0 0\ntrailer\n<< /Size 9 >>\nstartxref\n%d\n%%%%EOF\n" % (len(evil) + 1)
            evil += b"startxref\n%d\n%%%%EOF\n" % _startxref(harmless)
        assert refused(evil).modifications == "other"

    @pytest.mark.parametrize("inside", [False, True], ids=["bare", "in a stream"])
    def test_an_object_that_no_cross_reference_names(self, signed: bytes, inside: bool) -> None:
        """Readers that find something to repair take the last definition, wherever it stands."""
        evil = b"4 0 obj\n%s\nendobj\n" % _stream(b"", EVIL)
        new = b"900 0 obj\n%s\nendobj\n" % _stream(b"", evil) if inside else evil
        data = signed if signed.endswith(b"\n") else signed + b"\n"
        rows = b"900 1\n%010d 00000 n \n" % len(data) if inside else b""
        root = re.findall(rb"/Root (\d+) 0 R", signed)[-1]
        trailer = b"<< /Root %s 0 R /Size 901 /Prev %d >>" % (root, _startxref(signed))
        later = new + b"xref\n" + rows + b"trailer\n" + trailer
        later += b"\nstartxref\n%d\n%%%%EOF\n" % (len(data) + len(new))
        assert refused(data + later).modifications == "other"

    @pytest.mark.parametrize("row", [b"", b"%d 1\n0000000000 65535 f \n"], ids=["left-out", "free"])
    def test_content_replaced_by_a_hybrid_cross_reference(self, signed: bytes, row: bytes) -> None:
        document = Document(signed)
        content, trailer = _content_of_page(document), document.sections[0].trailer
        size, root = trailer["Size"], trailer["Root"].number
        out = bytearray(signed)
        places = [len(out)]
        out += b"%d 0 obj\n%s\nendobj\n" % (content, _stream(b"", EVIL))
        places.append(len(out))
        table = b"".join(b"\1" + place.to_bytes(4, "big") + b"\0\0" for place in places)
        entries = b"/Type /XRef /Size %d /W [1 4 2] /Index [%d 1 %d 1] /Root %d 0 R" % (size + 1, content, size, root)
        out += b"%d 0 obj\n%s\nendobj\n" % (size, _stream(entries, table))
        start = len(out)
        out += b"xref\n" + (row % content if row else b"0 0\n")
        out += b"trailer\n<< /Size %d /Root %d 0 R /Prev %d /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n" % (
            size + 1,
            root,
            _startxref(signed),
            places[1],
            start,
        )
        assert refused(bytes(out)).modifications == "other"

    @pytest.mark.parametrize("key", [b"/Pages", b"/P#61ges"])
    def test_a_key_that_stands_twice(self, signed: bytes, key: bytes) -> None:
        """A catalog with two page trees, of which some readers take the first and most the last."""
        document = Document(signed)
        size, root = document.sections[0].trailer["Size"], document.sections[0].trailer["Root"].number
        begin = document.entry(root).offset
        catalog = signed[signed.index(b"<<", begin) : signed.index(b"endobj", begin)].strip()
        objects = dict(enumerate(_pages(size, b"")[1:], size + 1))
        objects[root] = catalog[:-2] + key + b" %d 0 R >>" % (size + 1)
        assert refused(_added(signed, objects, size + 4)).modifications == "other"

    @pytest.mark.parametrize(
        "header",
        [b"%d 0 %d %d", b"%d 0 %%\n%d %d", b"%d 0 +%d %d", b"%d 0 0%d %d"],
        ids=["plain", "comment", "sign", "zero"],
    )
    def test_an_object_that_stands_twice_in_an_object_stream(self, signed: bytes, header: bytes) -> None:
        """Some readers take the item that the cross-reference names, others the last with that number."""
        document = Document(signed)
        page = document.array(document.dictionary(document.catalog()["Pages"])["Kids"])[0].number
        begin = document.entry(page).offset
        kept = signed[signed.index(b"<<", begin) : signed.index(b"endobj", begin)].strip()
        trailer = document.sections[0].trailer
        size, root = trailer["Size"], trailer["Root"].number
        other = re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % size, kept)
        names = header % (page, page, len(kept) + 1) + b" "
        packed = _stream(b"/Type /ObjStm /N 2 /First %d" % len(names), names + kept + b" " + other)
        out, places = bytearray(signed), []
        for number, body in ((size, _stream(b"", EVIL)), (size + 1, packed)):
            places.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        start = len(out)
        rows = b"".join(
            bytes([kind]) + where.to_bytes(4) + b"\0"
            for kind, where in ((2, size + 1), (1, places[0]), (1, places[1]), (1, start))
        )
        keys = b"/Type /XRef /W [1 4 1] /Index [%d 1 %d 3] /Root %d 0 R" % (page, size, root)
        keys += b" /Prev %d /Size %d" % (_startxref(signed), size + 3)
        out += b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (size + 2, _stream(keys, rows), start)
        assert refused(bytes(out)).modifications == "other"

    @pytest.mark.parametrize("how", ["generation", "generation in a stream", "kind", "size", "index twice"])
    def test_an_object_that_only_some_readers_see_replaced(self, signed: bytes, how: str) -> None:
        """Content of a generation that some readers heed, of no known kind, above the /Size, in one /Index of two."""
        document = Document(signed)
        content, trailer = _content_of_page(document), document.sections[0].trailer
        size, root = trailer["Size"], trailer["Root"].number
        out = bytearray(signed)
        evil = len(out)
        if how not in ("kind", "size"):
            out += b"%d 0 obj\n%s\nendobj\n" % (content, _stream(b"", EVIL))
        start = len(out)
        keys = b"/Root %d 0 R /Prev %d /Size %d" % (root, _startxref(signed), 2 if how == "size" else size + 1)
        if how in ("generation", "size"):
            row = b"%d 1\n%010d 65537 n \n" % (content, evil) if how == "generation" else b"0 1\n0000000000 65535 f \n"
            out += b"xref\n%strailer\n<< %s >>\n" % (row, keys)
        else:
            first = {"kind": (3, 0, 0), "index twice": (1, evil, 0)}.get(how, (1, evil, 1 << 32))
            rows = [kind.to_bytes(1) + a.to_bytes(4) + b.to_bytes(5) for kind, a, b in (first, (1, start, 0))]
            entries = b"/Type /XRef /W [1 4 5] /Index [%d 1 %d 1] %s" % (content, size, keys)
            if how == "index twice":
                entries = b"/Index [%d 1] " % size + entries
            out += b"%d 0 obj\n%s\nendobj\n" % (size, _stream(entries, b"".join(rows)))
        out += b"startxref\n%d\n%%%%EOF\n" % start
        assert refused(bytes(out)).modifications == "other"

    def test_an_object_that_was_missing_when_it_was_signed(self) -> None:
        def point(writer: IncrementalPdfFileWriter) -> None:
            page = writer.root["/Pages"]["/Kids"][0]
            page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), generic.IndirectObject(900, 0, writer)])
            writer.update_container(page)

        def supply(writer: IncrementalPdfFileWriter) -> None:
            writer.objects[(0, 900)] = generic.StreamObject(stream_data=EVIL)
            store = generic.DictionaryObject(
                {N("/Certs"): generic.ArrayObject([generic.IndirectObject(900, 0, writer)])}
            )
            writer.root["/DSS"] = writer.add_object(store)
            writer.update_root()

        assert refused(update(sign(update(blank_pdf(), point)), supply)).modifications == "other"


def _look(writer: IncrementalPdfFileWriter, text: bytes = EVIL) -> generic.DictionaryObject:
    stream = generic.StreamObject(stream_data=text)
    stream[N("/Type")], stream[N("/Subtype")] = N("/XObject"), N("/Form")
    stream[N("/BBox")] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842)))
    return generic.DictionaryObject({N("/N"): writer.add_object(stream)})


def _field(writer: IncrementalPdfFileWriter, name: str) -> Any:
    fields = [field.get_object() for field in writer.root["/AcroForm"]["/Fields"]]
    return next(field for field in fields if field["/T"] == name)


def _set(name: str, key: str, value: Callable[[IncrementalPdfFileWriter], Any]) -> Callable[[Any], None]:
    def change(writer: IncrementalPdfFileWriter) -> None:
        field = _field(writer, name)
        field[N(key)] = value(writer)
        writer.update_container(field)

    return change


def _without_value(writer: IncrementalPdfFileWriter) -> None:
    field = _field(writer, "Text1")
    del field["/V"]
    writer.update_container(field)


def _of_form(key: str) -> Callable[[IncrementalPdfFileWriter], None]:
    """Gives the form another default."""
    values = {
        "/NeedAppearances": generic.BooleanObject(True),
        "/DR": generic.DictionaryObject({N("/Font"): generic.DictionaryObject({N("/Helv"): N("/Other")})}),
        "/DA": generic.pdf_string("/Other 0 Tf"),
        "/Q": generic.NumberObject(2),
    }

    def change(writer: IncrementalPdfFileWriter) -> None:
        form = writer.root["/AcroForm"]
        form[N(key)] = values[key]
        writer.update_container(form)

    return change


def _new_field(writer: IncrementalPdfFileWriter) -> None:
    append_signature_field(writer, SigFieldSpec("Other", box=(0, 0, 595, 842)))


class TestShadows:
    """What a reader sees changes, and no value or signature answers for it."""

    @pytest.mark.parametrize("prepare", [None, _without_value], ids=["value", "no-value"])
    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("/AP", _look),
            ("/F", lambda _: generic.NumberObject(2)),
            ("/Ff", lambda _: generic.NumberObject(1 << 13)),
        ],
        ids=["appearance", "hidden", "as-a-password"],
    )
    def test_another_look_of_a_text_field(self, prepare: Any, key: str, value: Any) -> None:
        base = blank_pdf(text_field=True)
        base = update(base, prepare) if prepare else base
        assert refused(update(sign(base), _set("Text1", key, value))).modifications == "other"

    @pytest.mark.parametrize("key", ["/NeedAppearances", "/DR", "/DA", "/Q"])
    @pytest.mark.parametrize("drawn", ["by readers", "as signed"])
    def test_a_form_that_has_readers_draw_its_values_in_another_way(self, key: str, drawn: str) -> None:
        """Values that nobody saw are shown, or those that were there in a font that has other figures."""

        def prepare(writer: IncrementalPdfFileWriter) -> None:
            _set("Text1", "/V", lambda _: generic.pdf_string("900"))(writer)
            if drawn == "as signed":
                _set("Text1", "/AP", _look)(writer)

        base = sign(update(blank_pdf(text_field=True), prepare))
        report = validate(update(base, _of_form(key)))
        passes = drawn == "as signed" and key != "/NeedAppearances"
        assert (report.indication is Indication.TOTAL_PASSED) is passes
        assert passes or only(report).modifications == "other"

    def test_another_look_of_an_unsigned_signature_field(self) -> None:
        refused(update(sign(update(blank_pdf(), _new_field)), _set("Other", "/AP", _look)))

    def test_a_new_field_that_draws_and_is_not_signed(self, signed: bytes) -> None:
        def change(writer: IncrementalPdfFileWriter) -> None:
            _new_field(writer)
            _set("Other", "/AP", _look)(writer)

        assert refused(update(signed, change)).modifications == "other"

    def test_a_new_field_with_a_value_that_is_no_signature(self, signed: bytes) -> None:
        def change(writer: IncrementalPdfFileWriter) -> None:
            _new_field(writer)
            _set("Other", "/AP", _look)(writer)
            empty = generic.DictionaryObject({N("/Type"): N("/Sig")})
            _set("Other", "/V", lambda w: w.add_object(empty))(writer)

        assert refused(update(signed, change)).modifications == "other"

    def test_an_empty_field_for_the_next_signature_is_fine(self, signed: bytes) -> None:
        signature = only(validate(update(signed, _new_field)))
        assert signature.indication is Indication.TOTAL_PASSED
        assert signature.modifications == "signing"

    def test_the_next_visible_signature_is_fine(self) -> None:
        report = validate(sign(sign(blank_pdf(), box=(10, 10, 100, 60)), field_name="Sig2", box=(10, 70, 100, 120)))
        assert [signature.modifications for signature in report.signatures] == ["signing", "none"]
        assert report.indication is Indication.TOTAL_PASSED


def _file(objects: dict[int, bytes], rows: dict[int, tuple[int, int]] | None = None) -> bytes:
    """A PDF of these objects with a cross-reference stream; `rows` adds items of object streams."""
    out = bytearray(b"%PDF-1.7\n")
    entries: dict[int, tuple[int, int, int]] = {number: (2, *where) for number, where in (rows or {}).items()}
    for number, body in objects.items():
        entries[number] = (1, len(out), 0)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(
        bytes([kind]) + where.to_bytes(4, "big") + item.to_bytes(2, "big")
        for _, (kind, where, item) in sorted(entries.items())
    )
    index = b" ".join(b"%d 1" % number for number in sorted(entries))
    start = len(out)
    out += b"90000 0 obj\n%s\nendobj\n" % _stream(
        b"/Type /XRef /W [1 4 2] /Size 90001 /Root 1 0 R /Index [%s]" % index, table
    )
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def _cross_reference_bomb(entries: bytes, data: bytes) -> bytes:
    entries = b"/Type /XRef /Size 100000000 /W [1 4 2] /Root 1 0 R /Filter /FlateDecode " + entries
    return b"%%PDF-1.7\n9 0 obj\n%s\nendobj\nstartxref\n9\n%%%%EOF\n" % _stream(entries, zlib.compress(data, 9))


def _fields_in_a_bomb() -> bytes:
    fields = b" ".join(b"%d 0 R" % number for number in range(100, 5100))
    return _file(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s] >> >>" % fields,
            2: b"<< /Type /Pages /Kids [] /Count 0 >>",
            3: _stream(b"/Type /ObjStm /N 1 /First 10 /Filter /FlateDecode", zlib.compress(bytes(65 << 20), 9)),
        },
        dict.fromkeys(range(100, 5100), (3, 0)),
    )


def _evidence_of_bombs() -> bytes:
    certificates = b" ".join(b"%d 0 R" % number for number in range(10, 510))
    bomb = _stream(b"/Filter /FlateDecode", zlib.compress(bytes(60 << 20), 9))
    dictionary = b"<< /Type /Sig /SubFilter /ETSI.CAdES.detached /ByteRange [0 10 20 30] /Contents <3000> >>"
    return _file(
        {
            1: b"<< /Type /Catalog /AcroForm << /Fields [3 0 R] >> /DSS << /Certs [%s] >> >>" % certificates,
            3: b"<< /FT /Sig /T (S) /V 4 0 R >>",
            4: dictionary,
            **dict.fromkeys(range(10, 510), bomb),
        }
    )


_CATALOG = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"


class TestExhaustion:
    """Small documents that ask for much work: each is answered in seconds, within the memory of a child."""

    @pytest.mark.parametrize(
        "make",
        [
            lambda: _cross_reference_bomb(b"", bytes(60 << 20)),
            lambda: _cross_reference_bomb(b"/DecodeParms << /Predictor 15 /Columns 1 >>", bytes(60 << 20)),
            lambda: _cross_reference_bomb(
                b"/DecodeParms << /Predictor 15 /Columns 60000 >>", (b"\4" + bytes(60_000)) * 900
            ),
            _fields_in_a_bomb,
            _evidence_of_bombs,
            lambda: _CATALOG + b"/ByteRange [" * 800_000,
            lambda: _CATALOG + b"5 0 obj << /ByteRange [0 1 2 3] /Contents <00> >> endobj\n" * 200_000,
            lambda: b"%PDF-1.7\n" + b"1 0 obj\n" * 5_000_000,
            lambda: b"%PDF-1.7\n" + b"trailer<<" * 4_000_000,
        ],
        ids=[
            "entries",
            "predictor",
            "predictor-by-octet",
            "object-stream",
            "evidence",
            "byte-ranges",
            "orphans",
            "objects",
            "trailers",
        ],
    )
    def test_the_answer_comes_soon(self, make: Callable[[], bytes]) -> None:
        data = make()
        began = time.process_time()
        report = validate(data)
        assert time.process_time() - began < 5
        assert report.indication is not Indication.TOTAL_PASSED
