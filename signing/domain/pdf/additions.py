"""Revisions that plainly only add: signatures, document time-stamps, validation data (ISO 32000-2, 12.8; 7.5.6).

Most later revisions are of this kind, and can be told by looking at the objects that they define, once. Whatever is not
recognised here, down to the letter, is left to the full analysis of `modifications`; nothing is refused here. What is
accepted, that analysis accepts too, but for what nobody sees: metadata that no revision touched, evidence that only an
older security store held, a revision that defines nothing.
"""

from __future__ import annotations

import time

from .document import Document
from .revision import Addition, History, NotPlainError, Section, Step
from .syntax import PdfError, Value
from .uses import IGNORED_TRAILER_KEYS, OBJECT_STREAMS, TRAILER, Use, collect


class Additions:
    """Answers for the revisions of one file; they are looked at once each, oldest first."""

    def __init__(self, document: Document, *, objects: int, deadline: float) -> None:
        """`objects`: how many definitions are read at most; `deadline`: `thread_time` at which it gives up."""
        self._document = document
        self._objects = objects
        self._deadline = deadline
        self._answers: dict[int, Addition | None] = {}
        self._history = History()
        self._next = len(document.sections) - 1
        """The oldest section that `_history` does not hold yet."""
        self._sections: set[int] = set()
        """Object numbers of cross-reference streams."""
        self._usable: bool | None = None

    def of(self, newer: int) -> Addition | None:
        """What section `newer` adds to its predecessor; None when that is not plain."""
        if self._usable is None:
            self._usable = self._readers_agree()
        while self._usable and self._next >= newer:
            try:
                self._answers[self._next] = self._step(self._next)
                self._next -= 1
            except (PdfError, RecursionError):  # an object of the file that cannot be read: its uses are unknown
                self._usable = False
        return self._answers.get(newer) if self._usable else None

    def _readers_agree(self) -> bool:
        """Whether the file leaves no choice of where objects stand (offsets may be counted from a later header)."""
        document = self._document
        return (
            document.data.startswith(b"%PDF-")
            and not document.recovered
            and not document.encrypted
            and not any(section.irregular for section in document.sections)
            and sum(len(section.numbers()) for section in document.sections) <= self._objects
        )

    def _step(self, index: int) -> Addition | None:
        """Takes in section `index`, after judging it against everything older. Raises `PdfError`."""
        section, history = self._read(index), self._history
        answer = None
        try:
            if index + 1 < len(self._document.sections):
                answer = Step(self._document, section, history).judge()
        except NotPlainError:
            history.names = None
        for number, places in section.uses.items():
            history.uses.setdefault(number, set()).update(places)
        if not self._sections.isdisjoint(history.uses):
            raise PdfError("a cross-reference stream is used as something else")  # which has its /Info and the like
        history.known |= section.numbers
        return answer

    def _read(self, index: int) -> Section:
        section = self._document.sections[index]
        trailer = section.trailer
        uses: dict[int, set[Use]] = {}
        collect({key: trailer[key] for key in trailer.keys() - IGNORED_TRAILER_KEYS}, TRAILER, uses)
        values: dict[int, Value] = {}
        numbers = section.numbers()
        for number in numbers:
            if time.thread_time() > self._deadline:
                raise PdfError("out of time")
            entry = section.find(number)
            if entry is None or entry.free:
                continue
            values[number] = self._document.definition(number, index)
            if entry.offset == section.offset:
                self._sections.add(number)  # its dictionary is the trailer
            else:
                collect(values[number], number, uses)
            if entry.container >= 0:
                uses.setdefault(entry.container, set()).add((OBJECT_STREAMS, ()))
        return Section(index, numbers, values, uses)
