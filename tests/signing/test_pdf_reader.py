"""The byte-level reader of PDFs: objects, cross-references, revisions, coverage."""

from __future__ import annotations

import contextlib
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing.domain.pdf import filters
from signing.domain.pdf.byterange import ByteRange, Coverage, read_byte_range
from signing.domain.pdf.document import Document
from signing.domain.pdf.signatures import find_signatures, pdf_date, security_stores
from signing.domain.pdf.syntax import Name, PdfError, Reference, String, read_indirect, read_value
from tests.signing.signing_world import blank_pdf, sign, stamp, update


def value(text: bytes):
    return read_value(text, 0)[0]


class TestSyntax:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (b" 12 ", 12),
            (b"-7", -7),
            (b"1.5", 1.5),
            (b".5 ", 0.5),
            (b"true", True),
            (b"null", None),
            (b"12 0 R", Reference(12, 0)),
            (b"[1 2 R 3 4 R]", [1, 2, None]),
            (b"/Na#6de", Name("Name")),
            (b"[]", []),
            (b"% comment\n 5", 5),
        ],
    )
    def test_values(self, text: bytes, expected: object) -> None:
        if text == b"[1 2 R 3 4 R]":
            assert value(text) == [Reference(1, 2), Reference(3, 4)]
        else:
            assert value(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (b"(a(b)c)", b"a(b)c"),
            (rb"(\(\101\n\\)", b"(A\n\\"),
            (b"(a\\\nb)", b"ab"),
            (b"<41 4>", b"A@"),
            (b"<>", b""),
        ],
    )
    def test_strings_know_where_they_stand(self, text: bytes, expected: bytes) -> None:
        found = value(b"  " + text)
        assert isinstance(found, String)
        assert (found.value, found.start, found.end) == (expected, 2, 2 + len(text))

    @pytest.mark.parametrize(
        "text", [b"", b"<<", b"[1", b"(a", b"<<1 2>>", b"<zz>", b"[" * 200, b"<</A" * 200, b"bogus"]
    )
    def test_damage_is_named(self, text: bytes) -> None:
        with pytest.raises(PdfError):
            value(text)

    @pytest.mark.parametrize("key", [b"ByteRange", b"Contents", b"V"])
    def test_a_key_that_decides_must_not_stand_twice(self, key: bytes) -> None:
        with pytest.raises(PdfError):
            value(b"<</" + key + b" 1 /" + key + b" 2>>")

    def test_text_strings(self) -> None:
        assert value(b"<FEFF65E5672C>").text == "日本"
        assert value(b"<EFBBBFE697A5>").text == "日"
        assert value(b"(abc)").text == "abc"

    @given(st.binary(max_size=200))
    def test_any_octets_raise_only_our_error(self, data: bytes) -> None:
        for read in (
            lambda: read_value(data, 0),
            lambda: read_indirect(data, 0),
            lambda: Document(b"%PDF-1.7\n" + data),
        ):
            with contextlib.suppress(PdfError):
                read()

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("D:20260131090000Z", datetime(2026, 1, 31, 9, tzinfo=UTC)),
            ("D:20260131180000+09'00'", datetime(2026, 1, 31, 9, tzinfo=UTC)),
            ("D:20260131180000+09'00", datetime(2026, 1, 31, 9, tzinfo=UTC)),
            ("D:2026", datetime(2026, 1, 1, tzinfo=UTC)),
            ("D:20261331", None),
            ("yesterday", None),
            ("D:00000000000000+99'99'", None),
        ],
    )
    def test_dates(self, text: str, expected: datetime | None) -> None:
        assert pdf_date(text) == expected


class TestFilters:
    def test_a_stream_that_grows_without_end_is_refused(self) -> None:
        bomb = zlib.compress(b"\0" * (filters.MAX_DECODED + 1))
        with pytest.raises(PdfError):
            filters.decode(bomb, ["FlateDecode"], [])

    @pytest.mark.parametrize("kind", range(5))
    def test_row_predictors(self, kind: int) -> None:
        rows = [bytes((1, 2, 3, 4)), bytes((9, 8, 7, 6)), bytes((0, 255, 3, 4))]
        encoded = bytearray()
        above = bytes(4)
        for row in rows:
            encoded.append(kind)
            for i, octet in enumerate(row):
                left, up, corner = row[i - 1] if i else 0, above[i], above[i - 1] if i else 0
                estimate = left + up - corner
                paeth = min((left, up, corner), key=lambda v: abs(estimate - v))
                encoded.append((octet - (0, left, up, (left + up) // 2, paeth)[kind]) & 0xFF)
            above = row
        parameters = {"Predictor": 12, "Columns": 4}
        assert filters.decode(zlib.compress(bytes(encoded)), ["FlateDecode"], [parameters]) == b"".join(rows)

    @pytest.mark.parametrize("name", ["LZWDecode", "JBIG2Decode", "Crypt"])
    def test_other_filters_are_refused(self, name: str) -> None:
        with pytest.raises(PdfError):
            filters.decode(b"", [name], [])


class TestByteRange:
    @pytest.mark.parametrize(
        ("numbers", "code"),
        [
            (None, "BYTE_RANGE_NOT_FOUR_NUMBERS"),
            ([0, 1], "BYTE_RANGE_NOT_FOUR_NUMBERS"),
            ([0, 1, 5, -1], "BYTE_RANGE_NOT_FOUR_NUMBERS"),
            ([0, 1, True, 2], "BYTE_RANGE_NOT_FOUR_NUMBERS"),
            ([0, 1.0, 5, 2], "BYTE_RANGE_NOT_FOUR_NUMBERS"),
            ([0, 1, 5, 1 << 64], "BYTE_RANGE_NOT_FOUR_NUMBERS"),
            ([1, 1, 5, 2], "BYTE_RANGE_NOT_FROM_START"),
            ([0, 5, 6, 2], "BYTE_RANGE_OVERLAPS"),
            ([0, 5, 4, 2], "BYTE_RANGE_OVERLAPS"),
            ([0, 5, 50, 51], "BYTE_RANGE_OUTSIDE_FILE"),
            ([0, 5, 1 << 62, 1 << 62], "BYTE_RANGE_OUTSIDE_FILE"),
        ],
    )
    def test_rules(self, numbers: object, code: str) -> None:
        assert read_byte_range(numbers, 100) == code

    def test_a_good_one(self) -> None:
        assert read_byte_range([0, 5, 10, 90], 100) == ByteRange(5, 10, 100)


class TestDocuments:
    @pytest.mark.parametrize("stream_xrefs", [False, True])
    def test_both_kinds_of_cross_reference(self, stream_xrefs: bool) -> None:
        data = sign(blank_pdf(stream_xrefs=stream_xrefs))
        document = Document(data)
        assert (document.recovered, len(document.sections)) == (False, 2)
        (signature,) = find_signatures(document)
        assert (signature.coverage, signature.faults, signature.name) == (Coverage.WHOLE, (), "Sig1")
        assert data[signature.span.first : signature.span.gap_end][1:-1].lower() == signature.contents.hex().encode()

    def test_revisions(self) -> None:
        first = sign(blank_pdf())
        data = stamp(sign(first, field_name="Sig2"), datetime(2026, 5, 1, tzinfo=UTC))
        document = Document(data)
        assert document.revision_ending_at(len(first)) == 2
        assert document.revision_ending_at(len(data)) == 0
        assert document.revision_ending_at(len(first) - 10) is None
        found = find_signatures(document)
        assert [s.coverage for s in found] == [Coverage.REVISION, Coverage.REVISION, Coverage.WHOLE]
        assert [s.timestamp for s in found] == [False, False, True]

    def test_a_damaged_cross_reference_is_recovered_but_has_no_revisions(self) -> None:
        data = sign(blank_pdf())
        broken = data[: data.rindex(b"startxref")] + b"startxref\n99999999\n%%EOF\n"
        document = Document(broken)
        assert document.recovered
        assert document.revision_ending_at(len(broken)) is None
        assert len(find_signatures(document)) == 1

    def test_a_signed_revision_that_points_behind_its_end_is_not_complete(self) -> None:
        data = sign(blank_pdf())
        section = Document(data).sections[0]
        position, count = next((at, count) for _, count, at in section.runs if count)
        row = f"{len(data) + 50:010d} 00000 n".encode()
        forged = data[:position] + row + data[position + len(row) :]
        assert count
        assert Document(forged + b"1 0 obj null endobj\n" * 10).revision_ending_at(len(data)) is None

    def test_a_form_that_goes_in_circles_ends(self) -> None:
        def change(writer) -> None:
            from pyhanko.pdf_utils import generic

            field = generic.DictionaryObject({generic.pdf_name("/T"): generic.pdf_string("x")})
            reference = writer.add_object(field)
            field["/Kids"] = generic.ArrayObject([reference, reference])
            writer.root["/AcroForm"] = generic.DictionaryObject(
                {generic.pdf_name("/Fields"): generic.ArrayObject([reference])}
            )
            writer.update_root()

        assert find_signatures(Document(update(blank_pdf(), change))) == []

    def test_two_fields_with_one_dictionary_are_one_signature(self) -> None:
        def change(writer) -> None:
            from pyhanko.pdf_utils import generic

            fields = writer.root["/AcroForm"]["/Fields"]
            value = fields[0].raw_get("/V")
            twin = generic.DictionaryObject(
                {
                    generic.pdf_name("/FT"): generic.pdf_name("/Sig"),
                    generic.pdf_name("/T"): generic.pdf_string("Twin"),
                    generic.pdf_name("/V"): generic.IndirectObject(value.idnum, value.generation, writer),
                }
            )
            fields.append(writer.add_object(twin))
            writer.update_container(fields)

        assert len(find_signatures(Document(update(sign(blank_pdf()), change)))) == 1

    def test_a_signature_that_no_field_names_is_not_kept_silent(self) -> None:
        def change(writer) -> None:
            from pyhanko.pdf_utils import generic

            writer.root["/AcroForm"]["/Fields"] = generic.ArrayObject()
            writer.update_container(writer.root["/AcroForm"])
            writer.update_root()

        (signature,) = find_signatures(Document(update(sign(blank_pdf()), change)))
        assert "NOT_IN_FORM" in signature.faults

    def test_evidence_of_all_revisions(self) -> None:
        from tests.pki.factories import make_crl
        from tests.signing.signing_world import add_evidence, world

        one, two = make_crl(world().ca), make_crl(world().tsa_ca)
        data = add_evidence(add_evidence(sign(blank_pdf()), crls=[one]), crls=[two])
        assert {crl for store in security_stores(Document(data)) for crl in store.crls} == {one, two}


SIGNED = sign(blank_pdf(text_field=True), stamped_at=datetime(2026, 3, 1, tzinfo=UTC))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_reading_a_mutated_file_never_breaks(position: int, change: int) -> None:
    data = SIGNED[:position] + bytes((SIGNED[position] ^ change,)) + SIGNED[position + 1 :]
    with contextlib.suppress(PdfError):
        find_signatures(Document(data))
