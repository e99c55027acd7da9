"""The order in which annotations lie over each other is what was signed as well."""

from __future__ import annotations

from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.sign.fields import MDPPerm

from tests.signing.signing_world import blank_pdf, sign, update, validate
from tests.signing.test_pdf_forms import (
    EVIL,
    LEVELS,
    WHOLE_PAGE,
    N,
    Writer,
    dictionary,
    look,
    numbers,
    page_of,
    stamped,
)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("array", ["in the page", "of its own"])
def test_annotations_in_another_order(array: str, level: MDPPerm | None) -> None:
    """What lay above lies below, when a time-stamp comes."""

    def prepare(writer: Writer) -> None:
        page, notes = page_of(writer), generic.ArrayObject()
        for data in (EVIL, b"1 g 0 0 595 842 re f"):
            note = dictionary(Type=N("/Annot"), Subtype=N("/Stamp"), Rect=numbers(*WHOLE_PAGE))
            note[N("/AP")] = dictionary(N=look(writer, data))
            notes.append(writer.add_object(note))
        page[N("/Annots")] = writer.add_object(notes) if array == "of its own" else notes
        writer.update_container(page)

    def turn(writer: Writer, field: Any) -> None:
        notes = page_of(writer)["/Annots"]
        notes.insert(0, notes.pop(1))
        writer.update_container(notes)

    signed = sign(update(blank_pdf(), prepare), certify=level)
    assert validate(stamped(signed, turn)).signatures[0].modifications == "other"
