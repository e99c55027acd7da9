"""Make the vectors: `python -m tests.vectors.build FOLDER`.

Each file is named by its fault, `expected.json` says the verdict. Keys are made anew for each run, so the files are
no part of the repository; `signers.pem` holds the two roots.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic

from tests.pki.factories import make_token
from tests.signing.signing_world import NOW, blank_pdf, sign, stamp, update, world
from tests.signing.test_attacks import wrapped
from tests.signing.xml_vectors import XML_VECTORS

STAMPED: Final = NOW - timedelta(hours=2)
DATA: Final = b"What the token is over."


def _good() -> bytes:
    return sign(blank_pdf())


def _swapped(old: bytes, new: bytes) -> Callable[[], bytes]:
    def build() -> bytes:
        data = _good()
        assert old in data
        return data.replace(old, new, 1)

    return build


def _altered_signature() -> bytes:
    data = bytearray(_good())
    start = data.index(b"/Contents <")
    # The signature value ends the CMS object, before the zeros that fill /Contents.
    place = start + len(bytes(data[start : data.index(b">", start)]).rstrip(b"0")) - 40
    data[place] = ord("0") if data[place] != ord("0") else ord("1")
    return bytes(data)


def _page_rotated(writer: Any) -> None:
    writer.root["/Pages"]["/Kids"][0]["/Rotate"] = generic.NumberObject(90)
    writer.update_container(writer.root["/Pages"]["/Kids"][0])


VECTORS: Final[dict[str, tuple[Callable[[], bytes], dict[str, Any]]]] = {
    "good-b.pdf": (_good, {"intact": True, "coverage": "whole", "passes": True}),
    "good-t.pdf": (
        lambda: sign(blank_pdf(), stamped_at=STAMPED),
        {"intact": True, "coverage": "whole", "passes": True},
    ),
    "good-two-signatures.pdf": (
        lambda: sign(_good(), field_name="Sig2"),
        {"intact": True, "coverage": "revision", "passes": True},
    ),
    "good-document-timestamp-after.pdf": (
        lambda: stamp(_good(), STAMPED),
        {"intact": True, "coverage": "revision", "passes": True},
    ),
    "bad-content-altered.pdf": (_swapped(b"/MediaBox", b"/MediaBex"), {"intact": False, "passes": False}),
    "bad-signature-value-altered.pdf": (_altered_signature, {"passes": False}),
    "bad-byte-range-negative.pdf": (_swapped(b"/ByteRange [0 ", b"/ByteRange [-0"), {"passes": False}),
    "bad-page-turned-after-signing.pdf": (
        lambda: update(_good(), _page_rotated),
        {"intact": True, "coverage": "revision", "passes": False},
    ),
    "bad-document-wrapped-in-gap.pdf": (lambda: wrapped(_good()), {"passes": False}),
    "bad-cut-off.pdf": (lambda: _good()[:-4000], {"passes": False}),
    "none-unsigned.pdf": (blank_pdf, {"passes": False, "signatures": 0}),
    "none-no-pdf.pdf": (lambda: b"no document at all", {"passes": False, "signatures": 0}),
    "good-token.tst": (lambda: make_token(world().tsa, DATA, gen_time=STAMPED), {"passes": True, "signatures": 0}),
    **XML_VECTORS,
}
"""Name -> (how it is made, what holds of its first signature and of the document)."""


def build(folder: Path) -> dict[str, dict[str, Any]]:
    """Write every vector, the data of the token, the roots and `expected.json`; return the expectations."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, (make, verdict) in VECTORS.items():
        (folder / name).write_bytes(make())
        expected[name] = verdict
    (folder / "token-data.txt").write_bytes(DATA)
    pem = [one.x509.public_bytes(Encoding.PEM) for one in (world().ca, world().tsa_ca)]
    (folder / "signers.pem").write_bytes(b"".join(pem))
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    return expected


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.vectors.build FOLDER")
    print(f"{len(build(Path(sys.argv[1])))} vectors in {sys.argv[1]}")  # noqa: T201 - a command speaks
