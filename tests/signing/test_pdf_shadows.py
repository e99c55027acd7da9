"""Documents prepared before signing so that a harmless-looking revision changes what some reader shows (threat T5)."""

from __future__ import annotations

import re
import zlib

import pytest

from signing.domain.pdf.document import Document
from signing.domain.pdf.modifications import Budget, ChangeAnalysis
from signing.domain.pdf.signatures import find_signatures
from signing.domain.pdf.syntax import Reference
from tests.signing.signing_world import sign

EVIL = b"BT /F1 40 Tf 72 400 Td (PAY ONE MILLION) Tj ET"
FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources 6 0 R"
NEW, PACKED, SECTION = 60, 90, 91


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def _base(*, section: bytes | None = None, **changed: bytes) -> bytes:
    """A signed page. `o4=…` gives object 4 another body; with `section`, object 9 is a cross-reference stream."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources 6 0 R /Contents 5 0 R >>",
        4: _stream(b"BT /F1 12 Tf 72 700 Td (Page) Tj ET"),
        5: b"[4 0 R]",
        6: b"<< /Font << /F1 7 0 R >> >>",
        7: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    } | {int(name[1:]): body for name, body in changed.items()}
    out, rows = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", {}
    for number, body in objects.items():
        rows[number] = (1, len(out), 0)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    if section is None:
        start, trailer = len(out), b"<< /Size 20 /Root 1 0 R /ID [<01> <02>] >>"
        table = b"".join(b"%d 1\n%010d 00000 n \n" % (number, row[1]) for number, row in rows.items())
        out += b"xref\n0 1\n0000000000 65535 f \n" + table
        return sign(out + b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, start))
    return sign(_with_section(out, 9, rows, b"/Size 20 /Root 1 0 R /ID [<01> <02>] " + section))


def _with_section(out: bytes, number: int, rows: dict[int, tuple[int, int, int]], entries: bytes) -> bytes:
    start, rows = len(out), {**rows, number: (1, len(out), 0)}
    index = b" ".join(b"%d 1" % key for key in sorted(rows))
    table = b"".join(bytes([k]) + a.to_bytes(4, "big") + b.to_bytes(2, "big") for _, (k, a, b) in sorted(rows.items()))
    body = _stream(table, b"/Type /XRef /W [1 4 2] /Index [%s] %s" % (index, entries))
    return out + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, body, start)


def _root(data: bytes) -> int:
    found = Document(data).sections[0].trailer["Root"]
    assert isinstance(found, Reference)
    return found.number


def _catalog(data: bytes) -> bytes:
    """The catalog with a security store that holds object 60."""
    document = Document(data)
    entry = document.entry(_root(data))
    assert entry is not None
    body = data[data.index(b"<<", entry.offset) : data.index(b"endobj", entry.offset)].strip()
    return body[:-2] + b"/DSS << /Certs [%d 0 R] >> >>" % NEW


def _startxref(data: bytes) -> int:
    return int(re.findall(rb"startxref\s+(\d+)", data)[-1])


def _later(data: bytes, objects: dict[int, bytes]) -> bytes:
    out, rows = data + b"\n", b""
    for number, body in sorted(objects.items()):
        rows += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    trailer = b"<< /Size 99 /Root %d 0 R /Prev %d >>" % (_root(data), _startxref(data))
    return out + b"xref\n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (rows, trailer, len(out))


def _packed(
    data: bytes, *, entries: bytes = b"", between: bytes = b"", plain: bool = True, size: int = 99, columns: int = 16
) -> bytes:
    """A revision with evidence, whose catalog stands in an object stream."""
    out, root = data + b"\n", _root(data)
    rows = {NEW: (1, len(out), 0)}
    out += b"%d 0 obj\n%s\nendobj\n" % (NEW, _stream(b"evidence"))
    rows |= {PACKED: (1, len(out), 0), root: (2, PACKED, 0)}
    header = b"%d 0 " % root
    content = header + _catalog(data) + between
    if not plain:
        content = content.ljust(-(-len(content) // columns) * columns)
        content = zlib.compress(b"".join(b"\0" + content[at : at + columns] for at in range(0, len(content), columns)))
    body = _stream(content, b"/Type /ObjStm /N 1 /First %d %s" % (len(header), entries))
    out += b"%d 0 obj\n%s\nendobj\n" % (PACKED, body)
    return _with_section(out, SECTION, rows, b"/Size %d /Root %d 0 R /Prev %d" % (size, root, _startxref(data)))


def _evidence(data: bytes) -> bytes:
    """A revision that adds evidence: a stream that would draw, were it shown."""
    return _later(data, {_root(data): _catalog(data), NEW: _stream(EVIL, FORM)})


def _judged(data: bytes) -> str:
    document = Document(data)
    (signature,) = find_signatures(document)
    return ChangeAnalysis(document, [signature], Budget(seconds=30.0)).since(signature).modifications.word


def test_evidence_alone_is_harmless() -> None:
    assert _judged(_evidence(_base())) == "lta"
    assert _judged(_evidence(_base(section=b""))) == "lta"
    assert _judged(_packed(_base())) == "lta"


@pytest.mark.parametrize(
    "reference", [b"60 0 R", b"60 1 R", b"60 65535 R", b"/A\xff60\xff0\xffR", b"/A\x8060\x800\x80R"]
)
def test_a_page_that_waits_for_content_in_evidence(reference: bytes) -> None:
    """PDFium takes references by their number alone, and the octets 80 and FF for white space."""
    assert _judged(_evidence(_base(o5=b"[4 0 R %s]" % reference))) == "other"


@pytest.mark.parametrize("number", [PACKED, SECTION])
def test_a_page_that_waits_for_the_streams_of_a_revision(number: int) -> None:
    """Between the objects of an object stream there is room for content."""
    assert _judged(_packed(_base(o5=b"[4 0 R %d 0 R]" % number), between=b" " + EVIL)) == "other"


@pytest.mark.parametrize("key", [b"DocChecksum", b"AdditionalStreams"])
def test_a_trailer_that_serves_as_resources(key: bytes) -> None:
    """The dictionary of a cross-reference stream is an object like others, which a page can use."""
    base = _base(
        section=b"/%s %d 0 R" % (key, NEW),
        o4=_stream(b"/%s Do" % key),
        o6=b"<< /Font << /F1 7 0 R >> /XObject 9 0 R >>",
    )
    assert _judged(_evidence(base)) == "other"


def test_document_information_that_serves_as_a_font() -> None:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica %s >>"
    base = _base(
        section=b"/Info 8 0 R",
        o4=_stream(b"BT /Info 12 Tf 72 700 Td (Page) Tj ET"),
        o6=b"<< /Font 9 0 R >>",
        o8=font % b"",
    )
    encoding = b"/Encoding << /Differences [80 /E /V /I /L] >>"
    assert _judged(_later(base, {8: font % encoding})) == "other"


@pytest.mark.parametrize(
    "filters",
    [
        b"/Filter /FlateDecode /DP << /Predictor 12 /Columns 16 >>",
        b"/Filter [/FlateDecode] /DecodeParms << /Predictor 12 /Columns 16 >>",
        b"/Filter /FlateDecode /DecodeParms [<< /Predictor 12 /Columns 16 >>]",
        b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 32 /BitsPerComponent 4 >>",
    ],
)
def test_object_streams_that_readers_unpack_differently(filters: bytes) -> None:
    plainly = b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 16 >>"
    assert _judged(_packed(_base(), entries=plainly, plain=False)) == "lta"
    columns = 32 if b"Bits" in filters else 16
    assert _judged(_packed(_base(), entries=filters, plain=False, columns=columns)) == "other"


@pytest.mark.parametrize("instead", [b"xref", b"xref\0"])
def test_a_table_that_some_readers_do_not_find(instead: bytes) -> None:
    """They repair the file, and take what was hidden in it."""
    data = _evidence(_base())
    start = _startxref(data)
    assert _judged(data[:start] + data[start:].replace(b"xref\n", instead, 1)) == "other"


def test_a_size_that_some_readers_do_not_take() -> None:
    assert _judged(_packed(_base(), size=99_999_999)) == "other"


@pytest.mark.parametrize("name", [b"X", b"P", b"Parent", b"Data"])
def test_a_value_that_looks_different_by_a_resource_of_any_name(name: bytes) -> None:
    widget = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (Text1) /V (x) /Rect [50 500 500 600] /F 4 /AP << /N %d 0 R >> >>"
    )
    look = FORM.replace(b"6 0 R", b"<< /XObject << /%s %%d 0 R >> >>" % name)
    draw = b"/%s Do" % name
    base = _base(
        o1=b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [10 0 R] >> >>",
        o10=widget % 11,
        o11=_stream(draw, look % 12),
        o12=_stream(b"BT /F1 12 Tf 10 10 Td (ten) Tj ET", FORM),
    )
    later = {10: widget % 61, 61: _stream(draw, look % 62), 62: _stream(EVIL, FORM)}
    assert _judged(_later(base, later)) == "other"


FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica %s >>"
OTHER_FIGURES = b"/Encoding << /Differences [80 /E /V /I /L] >>"


def _evidence_is(data: bytes, number: int, body: bytes) -> bytes:
    """A security store that holds an object that was there already, and that object anew."""
    catalog = _catalog(data).replace(b"[%d 0 R]" % NEW, b"[%d 0 R]" % number)
    return _later(data, {_root(data): catalog, number: body})


@pytest.mark.parametrize("name", [b"Parent", b"P", b"X"])
@pytest.mark.parametrize("through", ["page", "structure tree", "another object"])
def test_content_that_is_evidence_by_another_name(name: bytes, through: str) -> None:
    """pyHanko does not follow /Parent, nor /P in the structure tree."""
    changed = {
        "page": {"o6": b"<< /Font << /F1 7 0 R >> /XObject << /%s 8 0 R >> >>" % name},
        "structure tree": {
            "o1": b"<< /Type /Catalog /Pages 2 0 R /StructTreeRoot 12 0 R >>",
            "o6": b"<< /Font << /F1 7 0 R >> /XObject 13 0 R >>",
            "o12": b"<< /Type /StructTreeRoot /K [13 0 R] >>",
            "o13": b"<< /%s 8 0 R >>" % name,
        },
        "another object": {
            "o1": b"<< /Type /Catalog /Pages 2 0 R /DSS << /Certs [12 0 R] >> >>",
            "o4": _stream(b"/%s Do" % name),
            "o6": b"<< /XObject << /%s 12 0 R >> >>" % name,
            "o12": _stream(b"/X Do", FORM.replace(b"6 0 R", b"<< /XObject << /X 8 0 R >> >>")),
        },
    }[through]
    base = _base(**{"o4": _stream(b"/%s Do" % name), "o8": _stream(b"0 g", FORM)} | changed)
    body = _stream(EVIL, FORM)
    assert _judged(_later(base, {8: body}) if through == "another object" else _evidence_is(base, 8, body)) == "other"


def test_a_page_that_passes_for_an_element_of_the_structure() -> None:
    """pyHanko enters page and structure tree in one way each, and what is in both not at all."""
    base = _base(
        o1=b"<< /Type /Catalog /Pages 2 0 R /StructTreeRoot 12 0 R >>",
        o2=b"<< /Type /Pages /Kids [3 0 R 13 0 R] /Count 2 >>",
        o8=_stream(b"0 g", FORM),
        o12=b"<< /Type /StructTreeRoot /K [13 0 R] >>",
        o13=b"<< /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << /XObject << /X 8 0 R >> >> /Contents 14 0 R >>",
        o14=_stream(b"/X Do"),
    )
    assert _judged(_evidence_is(base, 8, _stream(EVIL, FORM))) == "other"


@pytest.mark.parametrize("between", [False, True])
def test_document_information_that_serves_as_a_font_by_another_name(between: bool) -> None:
    fonts = {"o8": FONT % b"/Encoding 12 0 R", "o12": b"<< /Differences [80 /P] >>"} if between else {"o8": FONT % b""}
    number, body = (12, b"<< /Differences [80 /E] >>") if between else (8, FONT % OTHER_FIGURES)
    base = _base(
        section=b"/Info %d 0 R" % number,
        o4=_stream(b"BT /Parent 12 Tf 72 700 Td (Page) Tj ET"),
        o6=b"<< /Font << /Parent 8 0 R >> >>",
        **fonts,
    )
    assert _judged(_later(base, {number: body})) == "other"
