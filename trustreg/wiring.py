"""Composition: the one module that knows all apps. What an app needs from above is put together here.

Trust is injected from the published lists; the validating engine from the pool of children, enriched by eseal,
qualified_list and certification.
"""

from __future__ import annotations

import functools
import hashlib
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import structlog

from certification.domain.acts import MATRIX as CERTIFICATION_ACTS
from certification.selectors.register import document_levels
from conformity.domain.roles import MATRIX as CONFORMITY_ACTS
from eseal.domain.identity import RegisteredOrganisation
from qualified_list.domain.errors import ListSignatureError, ListUnreadable
from qualified_list.domain.signature import verify_list
from qualified_list.domain.status.index import PublishedList
from qualified_list.domain.status.source import ListTrustSource
from qualified_list.domain.xml.parse import parse_list
from qualified_list.selectors.published import published_path
from qualified_list.services.release import signer_certificates
from signing.domain.policies import policy_names
from signing.limits import Limits
from signing.pool import Document, Pool, Snapshot
from signing.services import ValidationRequest
from trustreg import verdicts
from trustreg.base.errors import InvalidInput, NotFound, TrustregError
from trustreg.conf import settings as conf
from trustreg.parties.domain.roles import MATRIX as PARTY_ACTS
from trustreg.parties.selectors import organisations, registered_arcs
from trustreg.pki.certificates import load_certificate

log = structlog.get_logger(__name__)

ACTS: Final = (*PARTY_ACTS, *CONFORMITY_ACTS, *CERTIFICATION_ACTS)

KNOWN_SCOPES: Final = frozenset(rule.act for rule in ACTS) | {"conflict:declare", "case:read"}


class _Lists:
    """The published list as a relying party holds it: read from the public file, believed only with a pinned signer.

    The last good copy survives a file that is missing or wrong. Safe for threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._source = ListTrustSource([])

    def current(self) -> ListTrustSource:
        """The source for the list in force; one without a list when none was ever published here."""
        path = published_path("current", "tl.xml")
        try:
            status = path.stat()
        except FileNotFoundError:
            return self._source
        mark = (status.st_mtime_ns, status.st_size, status.st_ino)
        if mark == self._seen:
            return self._source
        with self._lock:
            if mark != self._seen:
                try:
                    found = _read(path)
                except TrustregError as error:
                    log.error("list_not_believed", code=error.code, error=error.en)
                    return self._source
                held = self._source.list_reference
                if held is not None and found.list.sequence < held.sequence:
                    log.error("list_rolled_back", held=held.sequence, found=found.list.sequence)
                    return self._source
                self._source = ListTrustSource([found], arrangements=())
                self._seen = mark
        return self._source


def _read(path: Path) -> PublishedList:
    verified = verify_list(path.read_bytes(), signer_keys=signer_certificates(), demand_tsl_signing=True)
    return PublishedList(parse_list(verified.root, sha256=verified.sha256).list, verified.sha256)


_lists: Final = _Lists()


def trust_source() -> ListTrustSource:
    """What is listed, by the list in force."""
    return _lists.current()


@functools.lru_cache(maxsize=32)
def _issue(sequence: int) -> ListTrustSource:
    try:
        return ListTrustSource([_read(published_path(sequence, "tl.xml"))], arrangements=())
    except (FileNotFoundError, ListSignatureError, ListUnreadable) as error:
        raise NotFound(
            f"There is no list with the number {sequence}.", f"第 {sequence} 号のリストはありません。"
        ) from error


def trust_source_as_of(sequence: int) -> ListTrustSource:
    """What was listed, as the issue `sequence` said it. Raises NotFound."""
    if not 1 <= sequence <= 2_000_000_000:
        raise NotFound(f"There is no list with the number {sequence}.", f"第 {sequence} 号のリストはありません。")
    return _issue(sequence)


REGISTER_SECONDS: Final = 30.0


@functools.cache
def pool() -> Pool:
    """The children of this process, started on first use."""
    return Pool(
        conf.pool_size,
        Limits(
            memory_bytes=conf.pool_memory_bytes, wall_seconds=float(conf.pool_seconds), cpu_seconds=conf.pool_seconds
        ),
        settings={
            "trust_loader": "trustreg.verdicts:load",
            "enrichers": ["trustreg.verdicts:seal_identity", "trustreg.verdicts:qualification"],
            "requirement": "trustreg.verdicts:requirement",
            "egress": {"enabled": True, "allow": list(conf.egress_allow)},
        },
    )


class _Snapshots:
    """What the children know, made anew when the list, the register or the document levels changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._trust: str | None = None
        self._looked = float("-inf")

    def refresh(self) -> None:
        """Hand the pool the snapshot in force. The register is looked at every 30 s, the list every time."""
        source = trust_source()
        moment = time.monotonic()
        if source.version == self._trust and moment - self._looked < REGISTER_SECONDS:
            return
        with self._lock:
            data = verdicts.pack(source, register=_register(), arcs=registered_arcs(), levels=document_levels())
            version = hashlib.sha256(data).hexdigest()
            if version != pool().trust_version:
                pool().set_trust(Snapshot(version, data, _extra_anchors()))
            self._trust, self._looked = source.version, moment


def _register() -> list[RegisteredOrganisation]:
    rows = organisations().exclude(corporate_number=None).order_by("corporate_number")
    return [
        RegisteredOrganisation(str(pk), number or "", ja, en)
        for pk, number, ja, en in rows.values_list("pk", "corporate_number", "name_ja", "name_en")
    ]


@functools.cache
def _extra_anchors() -> tuple[bytes, ...]:
    """Private roots that the operator trusts as well (level `other`); a file that is no certificate stops the start."""
    if conf.extra_anchors is None:
        return ()
    return tuple(
        load_certificate(path.read_bytes()).der for path in sorted(conf.extra_anchors.iterdir()) if path.is_file()
    )


_snapshots: Final = _Snapshots()


def validate(request: ValidationRequest, *, now: datetime) -> Mapping[str, Any]:
    """The engine behind `signing.services`: one document through the warm pool. Raises InvalidInput, Unavailable."""
    if request.document_type and request.document_type not in {row.code for row in document_levels()}:
        raise InvalidInput(
            f"There is no document type {request.document_type!r}. GET /api/v1/document-levels lists them.",
            f"文書の種類「{request.document_type}」はありません。GET /api/v1/document-levels で確かめてください。",
            fields={"document_type": {"en": "Unknown document type.", "ja": "不明な文書の種類です。"}},
        )
    if request.policy and request.policy not in policy_names():
        known = ", ".join(policy_names())
        raise InvalidInput(
            f"There is no policy {request.policy!r}. Policies that exist: {known}.",
            f"ポリシー「{request.policy}」はありません。使えるもの: {known}。",
            fields={"policy": {"en": "Unknown policy.", "ja": "不明なポリシーです。"}},
        )
    _snapshots.refresh()
    return pool().validate(
        Document(request.document, request.filename, request.detached),
        {
            "now": now.isoformat(),
            "at": request.at.isoformat() if request.at else None,
            "policy": request.policy,
            "document_type": request.document_type,
            "level": request.level,
            "anonymous": not request.trusted_caller,
        },
    )
