"""A small PDF document to sign: one A4 page of text."""

from __future__ import annotations

from collections.abc import Sequence

PAGE = (595, 842)
MARGIN = 64

JAPANESE_FONT = """<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiKakuGo-W5 /Encoding /UniJIS-UTF16-H
/DescendantFonts [ << /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiKakuGo-W5
/CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /DW 1000 /W [ 1 230 500 ]
/FontDescriptor << /Type /FontDescriptor /FontName /HeiseiKakuGo-W5 /Flags 4 /FontBBox [ -92 -250 1010 922 ]
/ItalicAngle 0 /Ascent 752 /Descent -221 /CapHeight 737 /StemV 114 >> >> ] >>"""
"""One of the Japanese fonts that PDF viewers supply themselves (ISO 32000-1 9.7.5.2), so that none is embedded."""


def blank_pdf(title_ja: str, lines: Sequence[str]) -> bytes:
    """A one-page PDF 1.7 with a title and lines of text, Japanese or ASCII. Same arguments, same bytes.

    Text in ASCII stands readable in the page's stream, which is not compressed.
    """
    width, height = PAGE
    content = [_text(title_ja, x=MARGIN, y=height - 96, size=20)]
    content.append(f"0.75 w 0.35 G {MARGIN} {height - 114} m {width - MARGIN} {height - 114} l S")
    content += [_text(line, x=MARGIN, y=height - 150 - 22 * row, size=11) for row, line in enumerate(lines) if line]
    content.append("0.45 g")
    content.append(_text("trustreg demo / このデータはデモ用の架空のものです", x=MARGIN, y=48, size=8))
    stream = "\n".join(content).encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (ja-JP) /ViewerPreferences << /DisplayDocTitle true >> >>",
        b"<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 {width} {height} ] /Contents 4 0 R "
        "/Resources << /Font << /Latin 5 0 R /Japanese 6 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        JAPANESE_FONT.encode("ascii"),
        b"<< /Title <FEFF%s> /Producer (trustreg demo) >>" % title_ja.encode("utf-16-be").hex().upper().encode(),
    ]
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects))
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def _text(text: str, *, x: int, y: int, size: int) -> str:
    if text.isascii():
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"BT /Latin {size} Tf {x} {y} Td ({escaped}) Tj ET"
    return f"BT /Japanese {size} Tf {x} {y} Td <{text.encode('utf-16-be').hex().upper()}> Tj ET"
