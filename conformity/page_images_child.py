"""The child of `conformity.page_images`: a PDF on standard input, one page of it on standard output. No Django here.

Run as `python -m conformity.page_images_child NUMBER`; NUMBER 0 asks for the number of pages alone. Scripts, forms,
links and attachments of the file are never run or followed: PDFium draws the page and nothing else.
"""

from __future__ import annotations

import struct
import sys
import zlib

from signing.limits import Limits, apply_document_limits, apply_process_limits

WIDTH = 1240  # dots: A4 at 150 dots to the inch
MOST_DOTS = 6_000_000
MOST_TEXT = 40_000  # characters
_LIMITS = Limits(memory_bytes=768 << 20, cpu_seconds=10)


def main() -> None:
    """Draw. Any failure ends the process with a status that is not 0."""
    apply_process_limits(_LIMITS)
    import pypdfium2  # type: ignore[import-untyped]

    content = sys.stdin.buffer.read()
    apply_document_limits(_LIMITS)
    document = pypdfium2.PdfDocument(content)
    pages = len(document)
    number = int(sys.argv[1])
    text, picture = "", b""
    if number:
        if number > pages:
            raise SystemExit(3)
        page = document[number - 1]
        width, height = page.get_size()
        scale = WIDTH / width
        if width * height * scale * scale > MOST_DOTS:
            scale = (MOST_DOTS / (width * height)) ** 0.5
        text = page.get_textpage().get_text_range()[:MOST_TEXT]
        bitmap = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True, prefer_bgrx=False)
        picture = _png(bitmap.width, bitmap.height, bitmap.n_channels, bitmap.stride, bytes(bitmap.buffer))
    said = text.encode("utf-8", "replace")
    sys.stdout.buffer.write(struct.pack(">II", pages, len(said)) + said + picture)
    sys.stdout.buffer.flush()


def _png(width: int, height: int, channels: int, stride: int, dots: bytes) -> bytes:
    """Rows of RGB (or grey) dots as PNG."""
    colour = {1: 0, 3: 2, 4: 6}[channels]
    row = width * channels
    lines = b"".join(b"\x00" + dots[start : start + row] for start in range(0, stride * height, stride))
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
    )


if __name__ == "__main__":
    main()
