"""What the page that checks documents shows of certification, of the lists, and of the demo's samples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from certification.selectors.register import document_levels
from qualified_list.selectors import chain, trust_source_as_of
from signing.surroundings import DocumentType, Sample, ServiceState
from trustreg.base.errors import NotFound
from trustreg.conf import settings as conf
from trustreg.pki.trust import Reason, Result, Standing

_MOST_STATES: Final = 20
_BEFORE: Final = timedelta(microseconds=1)


class House:
    """`signing.surroundings.Surroundings`, from the database and the demo's folder."""

    def document_types(self) -> Sequence[DocumentType]:
        """The table of document levels."""
        return [DocumentType(row.code, row.names, row.level.value) for row in document_levels()]

    def samples(self) -> Sequence[Sample]:
        """The demo's samples that exist, the main ones first."""
        if not conf.demo:
            return ()
        from trustreg.demo.samples.titles import SAMPLES  # the demo is no part of a production process

        there = {path.name for path in _folder().glob("*")}
        return [sample for sample in SAMPLES if {sample.name, sample.detached or sample.name} <= there]

    def sample_bytes(self, name: str) -> bytes:
        """The file of a sample. Raises NotFound."""
        known = {file for sample in self.samples() for file in (sample.name, sample.detached)}
        if name not in known:
            raise NotFound("There is no such sample.", "その見本はありません。")
        return (_folder() / name).read_bytes()

    def states(self, service_id: str, until: datetime, sequence: int) -> Sequence[ServiceState]:
        """The states of a service up to `until`, as the issue `sequence` has them: the newest, in order."""
        found: list[ServiceState] = []
        try:
            source = trust_source_as_of(sequence)
        except NotFound:
            return ()
        at, end = until, None
        while len(found) < _MOST_STATES:
            standing = source.standing_of_service(service_id, at=at)
            if standing.since is None:
                break
            found.append(ServiceState(standing.since, end, _status(standing)))
            at, end = standing.since - _BEFORE, standing.since
        return found[::-1]

    def decision(self, service_id: str, at: datetime, sequence: int) -> UUID | None:
        """The decision behind the state of a service at a time, as the issue `sequence` has it."""
        try:
            standing = trust_source_as_of(sequence).standing_of_service(service_id, at=at)
        except NotFound:
            return None
        found = chain(service_id, standing.since) if standing.since else None
        decision = found["decision"] if found else None
        return UUID(decision) if decision else None


def _status(standing: Standing) -> str | None:
    if standing.reason is Reason.EXPIRED:
        return "expired"
    return "recognised" if standing.result is Result.RECOGNISED else standing.status


def _folder() -> Path:
    return conf.var / "demo" / "samples"


surroundings: Final = House()
