"""Makes the fonts of the PDF report: Noto Sans CJK JP and Noto Sans, cut down to what texts of its two languages need.

Run by hand, not by the product: `python subset.py /usr/share/fonts/opentype/noto /usr/share/fonts/truetype/noto` with
fontTools installed; see README.md beside this file.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from fontTools import subset  # type: ignore[import-not-found]  # not a dependency of the product
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-not-found]  # the same

FAMILY: Final = "Noto Sans CJK JP"
HERE: Final = Path(__file__).resolve().parent
SYMBOLS: Final = (
    *range(0x0020, 0x007F),  # ASCII
    *range(0x00A0, 0x0100),  # Latin of Western Europe
    *range(0x2010, 0x2028),  # dashes, quotation marks, dots
    *range(0x3000, 0x3100),  # punctuation, kana
    0x20AC,
    0x2713,
    0x2715,
    0x20BB7,  # 𠮷, in no Japanese standard and in many names
)
ALPHABETS: Final = (
    *range(0x0020, 0x007F),
    *range(0x00A0, 0x0250),  # Latin of all Europe
    *range(0x0300, 0x0340),  # accents
    *range(0x0370, 0x0400),  # Greek
    *range(0x0400, 0x0530),  # Cyrillic
    *range(0x1E00, 0x1F00),  # Latin of Vietnam and others
)


def characters() -> set[int]:
    """JIS X 0208 and 0213 with the extensions of CP932, which names of people and places need, and Latin."""
    found = set(SYMBOLS)
    for lead in (*range(0x81, 0xA0), *range(0xE0, 0xFD)):
        for trail in range(0x40, 0xFD):
            for encoding in ("cp932", "shift_jis_2004"):
                try:
                    text = bytes((lead, trail)).decode(encoding)
                except UnicodeDecodeError:
                    continue
                found.update(ord(one) for one in text if unicodedata.category(one) != "Co")
    return found


def main(opentype: Path, truetype: Path) -> None:
    """Write the fonts and the list of their characters beside this file."""
    covered: set[int] = set()
    for weight in ("Regular", "Bold"):
        japanese = _japanese(opentype / f"NotoSansCJK-{weight}.ttc")
        covered |= _write(japanese, characters(), f"NotoSansCJKjp-{weight}-subset.otf")
        covered |= _write(TTFont(truetype / f"NotoSans-{weight}.ttf"), ALPHABETS, f"NotoSans-{weight}-subset.ttf")
    (HERE / "characters.txt").write_text("".join(map(chr, sorted(covered))), "utf-8")


def _write(font: TTFont, wanted: Iterable[int], name: str) -> set[int]:
    cut = subset.Subsetter(
        subset.Options(
            layout_features=["kern", "ccmp", "mark", "mkmk"],
            name_IDs=["*"],
            notdef_outline=True,
            hinting=False,
            drop_tables=["DSIG", "VORG", "vhea", "vmtx", "BASE"],
        )
    )
    cut.populate(unicodes=wanted)
    cut.subset(font)
    font.save(HERE / name)
    sys.stdout.write(f"{name}: {(HERE / name).stat().st_size} bytes, {len(font.getBestCmap())} characters\n")
    return set(font.getBestCmap())


def _japanese(path: Path) -> TTFont:
    return next(font for font in TTCollection(path).fonts if font["name"].getDebugName(1).startswith(FAMILY))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
