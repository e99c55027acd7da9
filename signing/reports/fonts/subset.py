"""Makes the fonts of the PDF report: Noto Sans CJK JP, cut down to what Japanese and Western texts need.

Run by hand, not by the product: `python signing/reports/fonts/subset.py /usr/share/fonts/opentype/noto` with fontTools
installed. The input is that of Debian's package `fonts-noto-cjk`; see README.md beside this file.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path
from typing import Final

from fontTools import subset  # type: ignore[import-not-found]  # not a dependency of the product
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-not-found]  # the same

FAMILY: Final = "Noto Sans CJK JP"
HERE: Final = Path(__file__).resolve().parent
SYMBOLS: Final = (
    *range(0x0020, 0x007F),  # ASCII
    *range(0x00A0, 0x0180),  # Latin of Europe
    *range(0x2010, 0x2028),  # dashes, quotation marks, dots
    *range(0x3000, 0x3100),  # punctuation, kana
    0x20AC,
    0x2713,
    0x2715,
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


def main(folder: Path) -> None:
    """Write the two fonts beside this file."""
    for weight in ("Regular", "Bold"):
        font = _japanese(folder / f"NotoSansCJK-{weight}.ttc")
        options = subset.Options(
            layout_features=["kern", "ccmp"],
            name_IDs=["*"],
            notdef_outline=True,
            hinting=False,
            desubroutinize=False,
            drop_tables=["DSIG", "VORG", "vhea", "vmtx", "BASE"],
        )
        cut = subset.Subsetter(options)
        cut.populate(unicodes=characters())
        cut.subset(font)
        target = HERE / f"NotoSansCJKjp-{weight}-subset.otf"
        font.save(target)
        sys.stdout.write(f"{target.name}: {target.stat().st_size} bytes, {len(font.getBestCmap())} characters\n")


def _japanese(path: Path) -> TTFont:
    return next(font for font in TTCollection(path).fonts if font["name"].getDebugName(1).startswith(FAMILY))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
