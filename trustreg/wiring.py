"""Composition: the one module that knows all apps. What an app needs from above is put together here.

Trust is injected from the published lists; the validating engine from the pool of children, enriched by eseal,
qualified_list and certification.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from certification.domain.acts import MATRIX as CERTIFICATION_ACTS
from certification.domain.document_levels import DocumentLevel, RequiredLevel, requirement_met
from certification.selectors.register import document_levels
from conformity.domain.roles import MATRIX as CONFORMITY_ACTS
from eseal.domain.identity import RegisteredOrganisation
from qualified_list.selectors import trust_source
from qualified_list.services.scheme import PUBLISH_LIST, UPDATE_SCHEME
from signing.domain.policies import level_asked
from signing.limits import Limits
from signing.pool import Document, Pool, Snapshot
from signing.services import ValidationRequest
from trustreg import verdicts
from trustreg.base.errors import InvalidInput
from trustreg.conf import settings as conf
from trustreg.parties.domain.roles import MATRIX as PARTY_ACTS
from trustreg.parties.selectors import organisations, registered_arcs
from trustreg.pki.certificates import load_certificate

ACTS: Final = (*PARTY_ACTS, *CONFORMITY_ACTS, *CERTIFICATION_ACTS, UPDATE_SCHEME, PUBLISH_LIST)

KNOWN_SCOPES: Final = frozenset(rule.act for rule in ACTS) | {"conflict:declare", "case:read", "validation:batch"}


REGISTER_SECONDS: Final = 30.0


@functools.cache
def pool() -> Pool:
    """The children of this process, started on first use."""
    found = Pool(
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
    atexit.register(found.close)
    return found


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
            anchors = _extra_anchors()
            version = hashlib.sha256(b"".join((data, *anchors))).hexdigest()
            if version != pool().trust_version:
                pool().set_trust(Snapshot(version, data, anchors))
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
    wanted = _document_level(request.document_type)
    level = level_asked(request.policy, request.level)
    _snapshots.refresh()
    report = pool().validate(
        Document(request.document, request.filename, request.detached, request.evidence),
        {
            "now": now.isoformat(),
            "at": request.at.isoformat() if request.at else None,
            "policy": request.policy,
            "document_type": request.document_type,
            "level": level,
            "digests": dict(request.digests),
            "absent": [[name, {algorithm: value}] for name, algorithm, value in request.absent],
            "assume_digests": request.assume_digests,
            "particulars": request.particulars,
            "anonymous": not request.trusted_caller,
        },
    )
    if report["requirement"] is None and (wanted or level):
        # What could not be read proves nothing, and that is an answer too.
        needed = RequiredLevel(level) if level else None
        report["requirement"] = verdicts.requirement_json(requirement_met(wanted, proofs=(), level=needed))
    return report


def _document_level(code: str | None) -> DocumentLevel | None:
    if code is None:
        return None
    found = next((row for row in document_levels() if row.code == code), None)
    if found is None:
        raise InvalidInput(
            f"There is no document type {code!r}. GET /api/v1/document-levels lists them.",
            f"文書の種類「{code}」はありません。GET /api/v1/document-levels で確かめてください。",
            fields={"document_type": {"en": "Unknown document type.", "ja": "不明な文書の種類です。"}},
        )
    return found
