"""The published attacks on PDF signatures, by the names under which they were published.

Universal Signature Forgery, Incremental Saving and Signature Wrapping (Mladenov et al., CCS 2019), Shadow Attacks
(NDSS 2021), attacks on certified documents (IEEE S&P 2021). Each file here is what the attacker hands over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PdfFileWriter
from pyhanko.sign.fields import MDPPerm

from tests.signing.signing_world import blank_pdf, sign, update, validate
from trustreg.pki.indications import Indication

N = generic.pdf_name
EVIL = b"BT /F1 40 Tf 72 400 Td (PAY ONE MILLION) Tj ET"


def refused(data: bytes) -> None:
    """Neither the document nor any signature over it passes."""
    report = validate(data)
    assert report.indication is not Indication.TOTAL_PASSED
    assert all(one.indication is not Indication.TOTAL_PASSED for one in report.signatures)


@pytest.fixture(scope="module")
def signed() -> bytes:
    return sign(blank_pdf())


def test_what_is_attacked_is_sound(signed: bytes) -> None:
    assert validate(signed).indication is Indication.TOTAL_PASSED


def _replaced(pattern: bytes, by: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        found = re.search(pattern, data, re.DOTALL)
        assert found
        return data[: found.start()] + by.ljust(found.end() - found.start()) + data[found.end() :]

    return change


CONTENTS, RANGE = rb"/Contents <[0-9a-fA-F]+>", rb"/ByteRange \[[0-9 ]+\]"


class TestUniversalSignatureForgery:
    """Entries of the signature dictionary are missing or senseless, in the hope that a verifier gives up kindly."""

    @pytest.mark.parametrize(
        "by", [b"", b"/Contents", b"/Contents null", b"/Contents <00>", b"/Contents <>", b"/Contents 0 0 R"]
    )
    def test_contents(self, signed: bytes, by: bytes) -> None:
        refused(_replaced(CONTENTS, by)(signed))

    @pytest.mark.parametrize(
        "by",
        [
            b"",
            b"/ByteRange",
            b"/ByteRange null",
            b"/ByteRange [a b c d]",
            b"/ByteRange [0 0 0 0]",
            b"/ByteRange [0 -1 0 -1]",
            b"/ByteRange [0 9 9 -9]",
            b"/ByteRange []",
        ],
    )
    def test_byte_range(self, signed: bytes, by: bytes) -> None:
        refused(_replaced(RANGE, by)(signed))


class TestIncrementalSaving:
    """Content is appended behind the signed octets."""

    def _page(self, signed: bytes) -> bytes:
        number = int(re.findall(rb"/Contents (\d+) 0 R", signed)[0])
        return b"%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (number, len(EVIL), EVIL)

    def _end(self, signed: bytes, trailer: bytes) -> bytes:
        return trailer + b"startxref\n%d\n%%%%EOF\n" % int(re.findall(rb"startxref\s+(\d+)", signed)[-1])

    def test_objects_without_a_cross_reference(self, signed: bytes) -> None:
        refused(signed + self._page(signed))

    def test_objects_and_a_trailer_without_a_cross_reference(self, signed: bytes) -> None:
        size = re.findall(rb"/Size (\d+)", signed)[-1]
        trailer = b"trailer\n<< /Root 1 0 R /Size %s >>\n" % size
        refused(signed + self._page(signed) + self._end(signed, trailer))

    def test_a_copy_of_the_signature_object_behind_the_change(self, signed: bytes) -> None:
        byte_range = signed.index(b"/ByteRange")
        begin = signed.rindex(b"\n", 0, signed.rindex(b" obj", 0, byte_range)) + 1
        copy = signed[begin : signed.index(b"endobj", byte_range) + 7]
        refused(signed + self._page(signed) + copy + self._end(signed, b""))

    def test_a_proper_revision_with_other_content(self, signed: bytes) -> None:
        def change(writer: IncrementalPdfFileWriter) -> None:
            page = writer.root["/Pages"]["/Kids"][0]
            page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=EVIL))
            writer.update_container(page)

        refused(update(signed, change))


class TestSignatureWrapping:
    """The second signed part is moved back, and what lies between is the attacker's."""

    @pytest.mark.parametrize("keep_range", [True, False], ids=["old-range", "moved-range"])
    def test_the_second_part_moves(self, signed: bytes, keep_range: bool) -> None:
        found = re.search(RANGE, signed)
        assert found
        first, gap_end, length = map(int, re.findall(rb"\d+", found[0])[1:])
        between = b"1 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (len(EVIL), EVIL)
        moved = signed[:gap_end] + between + signed[gap_end:]
        if not keep_range:
            entry = b"/ByteRange [0 %d %d %d]" % (first, gap_end + len(between), length)
            moved = moved[: found.start()] + entry.ljust(len(found[0])) + moved[found.end() :]
        refused(moved)


def _with_hidden_pages() -> bytes:
    """A document that holds another page and another form from the start, shown by nothing."""

    def change(writer: PdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        hidden = generic.DictionaryObject(dict(page))
        hidden[N("/Contents")] = writer.add_object(generic.StreamObject(stream_data=EVIL))
        kids = generic.ArrayObject([writer.add_object(hidden)])
        pages = generic.DictionaryObject(
            {N("/Type"): N("/Pages"), N("/Kids"): kids, N("/Count"): generic.NumberObject(1)}
        )
        hidden[N("/Parent")] = writer.add_object(pages)
        writer.root["/Hidden"] = hidden.raw_get("/Parent")
        writer.update_root()

    return update(blank_pdf(), change)


def _overlay(writer: Any) -> None:
    """An image over the page, drawn after its content."""
    page = writer.root["/Pages"]["/Kids"][0]
    cover = writer.add_object(generic.StreamObject(stream_data=b"0.5 g 0 0 595 842 re f"))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), cover])
    writer.update_container(page)


class TestShadowAttacks:
    """The document is prepared before it is signed, so that a small later change shows something else."""

    def test_hide(self) -> None:
        """What covers the content is taken away: the cross-reference loses the object."""
        prepared = sign(update(blank_pdf(), _overlay))
        cover = int(re.findall(rb"(\d+) 0 obj\n<<[^>]*>>\nstream\n0.5 g 0 0", prepared)[-1])
        size, root = re.findall(rb"/Size (\d+)", prepared)[-1], re.findall(rb"/Root (\d+ 0 R)", prepared)[-1]
        begin = len(prepared)
        table = b"xref\n0 1\n0000000000 65535 f \n%d 1\n0000000000 00001 f \n" % cover
        trailer = b"trailer\n<< /Size %s /Root %s /Prev %s >>\n" % (
            size,
            root,
            re.findall(rb"startxref\s+(\d+)", prepared)[-1],
        )
        refused(prepared + table + trailer + b"startxref\n%d\n%%%%EOF\n" % begin)

    def test_replace(self) -> None:
        """The look of a form field is exchanged while its value stays."""
        base = blank_pdf(text_field=True)

        def change(writer: IncrementalPdfFileWriter) -> None:
            field = writer.root["/AcroForm"]["/Fields"][0].get_object()
            look = generic.StreamObject(stream_data=EVIL)
            look[N("/Type")], look[N("/Subtype")] = N("/XObject"), N("/Form")
            look[N("/BBox")] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842)))
            field[N("/AP")] = generic.DictionaryObject({N("/N"): writer.add_object(look)})
            writer.update_container(field)

        refused(update(sign(base), change))

    @pytest.mark.parametrize("key", ["/Pages", "/Hidden"])
    def test_hide_and_replace(self, key: str) -> None:
        """The hidden pages become those of the catalog, or the hidden object gets the number of the shown one."""
        prepared = sign(_with_hidden_pages())
        assert validate(prepared).indication is Indication.TOTAL_PASSED

        def change(writer: IncrementalPdfFileWriter) -> None:
            if key == "/Pages":
                writer.root["/Pages"] = writer.root.raw_get("/Hidden")
                writer.update_root()
            else:
                shown = writer.root["/Pages"]
                shown["/Kids"] = writer.root["/Hidden"]["/Kids"]
                writer.update_container(shown)

        refused(update(prepared, change))


class TestCertifiedDocuments:
    """A certification permits something, and the attacker takes it for permission to show anything."""

    @pytest.mark.parametrize("level", list(MDPPerm), ids=lambda level: level.name)
    def test_evil_annotation(self, level: MDPPerm) -> None:
        def change(writer: IncrementalPdfFileWriter) -> None:
            look = generic.StreamObject(stream_data=EVIL)
            look[N("/Type")], look[N("/Subtype")] = N("/XObject"), N("/Form")
            look[N("/BBox")] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842)))
            note = generic.DictionaryObject(
                {
                    N("/Type"): N("/Annot"),
                    N("/Subtype"): N("/FreeText"),
                    N("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842))),
                    N("/AP"): generic.DictionaryObject({N("/N"): writer.add_object(look)}),
                }
            )
            page = writer.root["/Pages"]["/Kids"][0]
            page["/Annots"] = generic.ArrayObject([*page.get("/Annots", []), writer.add_object(note)])
            writer.update_container(page)

        refused(update(sign(blank_pdf(), certify=level), change))

    def test_sneaky_signature(self) -> None:
        """A field is signed that covers the whole page, where forms may be filled in."""
        report = validate(_signed_across(sign(blank_pdf(), certify=MDPPerm.FILL_FORMS)))
        assert report.indication is not Indication.TOTAL_PASSED
        assert report.signatures[0].modifications == "other"

    def test_sneaky_signature_after_an_approval(self) -> None:
        """Nothing forbids a further signature there; that it is shown is pointed out."""
        first, second = validate(_signed_across(sign(blank_pdf()))).signatures
        assert "LATER_SIGNATURE_IS_SHOWN" in [notice.code for notice in first.warnings]
        assert "LATER_SIGNATURE_IS_SHOWN" not in [notice.code for notice in second.warnings]

    def test_a_later_signature_that_shows_nothing_is_not_pointed_out(self) -> None:
        first, _ = validate(sign(sign(blank_pdf(), box=(0, 0, 100, 50)), field_name="Sig2")).signatures
        assert "LATER_SIGNATURE_IS_SHOWN" not in [notice.code for notice in first.warnings]


def _signed_across(certified: bytes) -> bytes:
    """Another signature whose field covers the whole page."""
    return sign(certified, field_name="Sig2", box=(0, 0, 595, 842))
