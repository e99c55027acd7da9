"""What the page around a validation shows of the rest of the house; the wiring provides it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from trustreg.base.words import Words


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A kind of document that one may name; `level` is `qualified`, `specified`, `other` or `not_applicable`."""

    code: str
    names: Mapping[str, str]
    level: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A document to try: what it is, what it shows, and the file (with another one that belongs to it)."""

    name: str
    title: Words
    shows: Words
    icon: str = "file"
    main: bool = False
    detached: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What the list says of a service from `start` until before `end` (None: it goes on).

    `status` as in reports (`qualified`, `suspended`, …), also `expired` (the grant) and `recognised` (abroad); None for
    one that this version does not know.
    """

    start: datetime
    end: datetime | None
    status: str | None


class Surroundings(Protocol):
    """The rest of the house, as the page needs it."""

    def document_types(self) -> Sequence[DocumentType]:
        """The kinds of documents, in the order of the table."""

    def samples(self) -> Sequence[Sample]:
        """Documents to try; none outside the demo."""

    def sample_bytes(self, name: str) -> bytes:
        """The content of a sample, or of a file that belongs to one. Raises NotFound."""

    def states(self, service_id: str, until: datetime, sequence: int) -> Sequence[ServiceState]:
        """What the issue `sequence` says of a service up to `until`, in order; empty for what it does not list."""

    def decision(self, service_id: str, at: datetime, sequence: int) -> UUID | None:
        """The decision behind what the issue `sequence` says of a service at a time; None for what it does not list."""


@functools.cache
def surroundings() -> Surroundings:
    """What the wiring names (`TRUSTREG_CHECK_SURROUNDINGS`)."""
    found: Surroundings = import_string(
        getattr(settings, "TRUSTREG_CHECK_SURROUNDINGS", "trustreg.pages.checking.surroundings")
    )
    return found
