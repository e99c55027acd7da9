"""How a piece of evidence can be looked at: a PDF page by page, pictures, plain text; all else is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformity import evidence_store
from conformity.models import Evidence
from conformity.page_images import page_count
from trustreg.base.errors import InvalidInput, Unavailable
from trustreg.base.words import either, say

LARGEST_TEXT: Final = 1 << 20
LARGEST_PDF: Final = 64 << 20
_TEXTS: Final = ("text/plain", "application/json", "application/xml", "application/x-pem-file")
_PICTURES: Final = ("image/png", "image/jpeg")


class Kind(StrEnum):
    """By what means a file is shown."""

    PAGES = "pages"
    PICTURE = "picture"
    TEXT = "text"
    DOWNLOAD = "download"


def kind_of(row: Evidence) -> Kind:
    """The means for this file, by its content as it was found when it was handed in."""
    if row.media_type == "application/pdf" and row.size <= LARGEST_PDF:
        return Kind.PAGES
    if row.media_type in _PICTURES:
        return Kind.PICTURE
    if row.media_type in _TEXTS and row.size <= LARGEST_TEXT:
        return Kind.TEXT
    return Kind.DOWNLOAD


@dataclass(frozen=True, slots=True)
class Viewing:
    """What the viewer shows: `page` of `pages` for a PDF; `trouble` says why a file cannot be shown."""

    evidence: Evidence
    title: str
    kind: Kind
    page: int = 1
    pages: int = 1
    trouble: str = ""


def viewing_of(row: Evidence, title: str, page: str | None) -> Viewing:
    """What to show of a file at `page` as a reader asked for it. The content itself is fetched by the viewer's parts,
    each of which records the reading; here the number of pages is looked up and nothing is handed out."""
    kind = kind_of(row)
    if kind is not Kind.PAGES:
        return Viewing(row, title, kind)
    try:
        pages = page_count(row.sha256)
        if pages is None:
            with evidence_store.open_content(row.storage_name) as content:
                pages = page_count(row.sha256, content.read()) or 1
    except (InvalidInput, Unavailable) as error:
        return Viewing(row, title, kind, trouble=either(error.ja, error.en))
    except OSError:
        return Viewing(
            row,
            title,
            kind,
            trouble=say("The file could not be read from the store."),
        )
    asked = int(page) if page and page.isascii() and page.isdigit() and len(page) < 6 else 1
    return Viewing(row, title, kind, page=min(max(asked, 1), pages), pages=pages)
