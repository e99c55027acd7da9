"""Steps 4 and 5 of publication: believe the signed bytes only as a relying party would, then make them public."""

from __future__ import annotations

import hashlib
import itertools
import time
import uuid
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection, transaction

from qualified_list.compilation import new_states, state_as_json
from qualified_list.domain.errors import ListSignatureError, ListUnreadable
from qualified_list.domain.model import TrustedList
from qualified_list.domain.signature import verify_list
from qualified_list.models import (
    IssueState,
    ListedService,
    ListedServiceMember,
    ListedState,
    ListIssue,
    ListSignature,
    RefusalSource,
)
from qualified_list.selectors.published import published_path, signer_certificate_path
from qualified_list.services.crash import crash_point
from qualified_list.services.files import artefacts, replace_atomically, write_once
from qualified_list.services.findings import Findings, finding
from qualified_list.services.freeze import ListRefused, list_of, previous_list
from qualified_list.services.intent import database_time, refuse
from qualified_list.services.memory import without_collector
from qualified_list.services.rules import file_findings
from trustreg.base import events, outbox
from trustreg.base.errors import Unavailable
from trustreg.pki.certificates import parse_certificate

log = structlog.get_logger(__name__)

_FILES_LOCK = 0x66696C65
_LOOK_SECONDS = 0.05
_turns = itertools.count()


def signer_certificates() -> tuple[bytes, ...]:
    """The DER certificates that may sign the list, from the configured file (two during a rollover).

    Raises Unavailable when the file is missing or holds no certificate: without a pin nothing is believed.
    """
    path = signer_certificate_path()
    try:
        return _certificates(path, path.stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"The certificate of the list signer cannot be read from {path.name}: {type(error).__name__}.",
            f"リスト署名者の証明書（{path.name}）を読み込めません。",
        ) from error


@lru_cache(maxsize=4)
def _certificates(path: Path, _modified: int) -> tuple[bytes, ...]:
    found = x509.load_pem_x509_certificates(path.read_bytes())
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in found)


def signature_accept(*, sequence: int) -> bool:
    """Note that the one signature of the issue is stored. False while there is none."""
    digest = ListSignature.objects.filter(issue_id=sequence).values_list("sha256", flat=True).first()
    if digest is None:
        return False
    ListIssue.objects.filter(pk=sequence, state=IssueState.CHECKED).update(
        state=IssueState.SIGNED, signed_at=database_time(), sha256=digest
    )
    return True


@without_collector()
def issue_verify(*, sequence: int) -> None:
    """Verify the signed list with the code of a relying party, pinned to the configured signer, and the rules.

    Raises `ListRefused` (stored) when the list must not be released.
    """
    issue = ListIssue.objects.select_related("signature").get(pk=sequence)
    if issue.state != IssueState.SIGNED:
        return
    found = _signed_findings(issue)
    if found:
        refuse(
            RefusalSource.VERIFICATION,
            sequence=sequence,
            content_hash=issue.content_hash,
            unsigned_sha256=issue.unsigned_sha256,
            findings=found,
        )
        raise ListRefused(found, content_hash=issue.content_hash)
    ListIssue.objects.filter(pk=sequence, state=IssueState.SIGNED).update(
        state=IssueState.VERIFIED, verified_at=database_time()
    )


def _signed_findings(issue: ListIssue) -> Findings:
    signed = bytes(issue.signature.signed)
    if hashlib.sha256(signed).hexdigest() != issue.sha256:
        return [
            finding(
                "BYTES_CHANGED",
                "list",
                "The signed bytes are others than recorded.",
                "署名済みデータが記録と異なります。",
            )
        ]
    try:
        verify_list(signed, signer_keys=signer_certificates(), demand_tsl_signing=True)
    except (ListSignatureError, ListUnreadable) as error:
        return [finding(error.code.upper(), "signature", error.en, error.ja)]
    return file_findings(list_of(issue), previous=previous_list(), xml=signed, signed=True)


def log_append(*, issue: ListIssue) -> int | None:
    """The place of the issue in the public log, None while the registry keeps no log.

    This is where a transparency log joins: it appends the entry of the list (sequence, digests), integrates it, reads
    its tiles back and returns the index. It is called with the row of the issue locked, before any file of the issue
    exists, may be called again for the same issue after a crash, and must then return the same index.
    """
    del issue
    return None


@without_collector()
def issue_release(*, sequence: int) -> None:
    """Make a verified issue public: log, files, current files, states and the mark of release.

    The row of the issue is locked throughout, so that of two workers one waits and then finds the work done; a worker
    that was stopped in between does no harm later. Files that are found are compared, never rewritten.
    """
    with transaction.atomic():
        issue = ListIssue.objects.select_for_update().get(pk=sequence)
        if issue.state != IssueState.VERIFIED:
            return
        _lock_files()
        signed = bytes(ListSignature.objects.values_list("signed", flat=True).get(pk=sequence))
        log_index = log_append(issue=issue)
        crash_point("log")
        files = artefacts(signed)
        for name, data in files.items():
            write_once(published_path(sequence, name), data)
        crash_point("files")
        for name, data in files.items():
            replace_atomically(published_path("current", name), data)
        crash_point("current")
        issued = list_of(issue)
        _store_states(issue, issued)
        moment = database_time()
        ListIssue.objects.filter(pk=sequence).update(
            state=IssueState.RELEASED,
            released_at=moment,
            log_index=log_index,
            lease_owner="",
            lease_until=None,
        )
        events.record(
            "qualified_list:list:published",
            actor=None,
            at=moment,
            subject=("list", sequence),
            data={"sha256": issue.sha256, "content_hash": issue.content_hash, "services": issue.services},
        )
        outbox.emit("qualified_list.published", {"sequence": sequence})
    log.info("list_published", sequence=sequence, sha256=issue.sha256, services=issue.services)


def _store_states(issue: ListIssue, issued: TrustedList) -> None:
    """The rows behind queries: entries and members that are new, and every state that starts with this issue."""
    started = new_states(issued)
    members: dict[str, list[dict[str, Any]]] = {}
    for decision in issue.decisions:
        for identifier in decision["entries"]:
            members.setdefault(identifier, []).append(decision)
    ListedService.objects.bulk_create(
        [
            ListedService(
                id=uuid.UUID(entry.service_id),
                type=entry.type,
                spki_sha256=parse_certificate(entry.identities[0]).spki_sha256.hex(),
                provider_id=uuid.UUID(provider.provider_id),
                first_sequence=issue.sequence,
            )
            for provider, entry in started
            if not entry.history
        ],
        batch_size=1000,
    )
    known = set(ListedServiceMember.objects.values_list("listed_service_id", "service_id"))
    pairs = {
        (uuid.UUID(identifier), uuid.UUID(decision["service"]))
        for identifier, decisions in members.items()
        for decision in decisions
    }
    ListedServiceMember.objects.bulk_create(
        [ListedServiceMember(listed_service_id=entry, service_id=service) for entry, service in sorted(pairs - known)],
        batch_size=1000,
    )
    rows = []
    for _, entry in started:
        shaped = state_as_json(entry.state)
        rows.append(
            ListedState(
                listed_service_id=uuid.UUID(entry.service_id),
                issue_id=issue.sequence,
                start=issue.issued_at,
                status=entry.state.status,
                level=entry.state.level or "",
                names=shaped["names"],
                scope=shaped["scope"],
                extensions=shaped["qualifications"],
                valid_until=entry.state.valid_until,
                decisions=sorted({decision["decision"] for decision in members.get(entry.service_id, ())}),
            )
        )
    ListedState.objects.bulk_create(rows, batch_size=1000)


def current_files_restore() -> bool:
    """Put back published files that are missing or hold other bytes than those on record (T18, T24).

    Every call looks at the list in force and goes on through the others for a moment, so that it soon has looked at all
    of them. Returns whether anything had to be done; that is an event, because nobody should be able to cause it.
    """
    with transaction.atomic():
        _lock_files()
        digests = dict(ListIssue.objects.filter(state=IssueState.RELEASED).values_list("sequence", "sha256"))
        if not digests or ListIssue.objects.filter(state=IssueState.VERIFIED).exists():
            return False  # a release that was interrupted writes the files when it goes on
        newest = max(digests)
        found = _read(published_path("current", "tl.sha2")) or b""
        wrong = {one for one in _in_turn(sorted(digests)) if not _stands(one, digests[one])}
        if not (_stands("current", digests[newest]) and _stands(newest, digests[newest])):
            wrong.add(newest)
        if not wrong:
            return False
        for sequence in sorted(wrong):
            signed = bytes(ListSignature.objects.values_list("signed", flat=True).get(pk=sequence))
            for name, data in artefacts(signed).items():
                replace_atomically(published_path(sequence, name), data)
                if sequence == newest:
                    replace_atomically(published_path("current", name), data)
        events.record(
            "qualified_list:files:restored",
            actor=None,
            at=database_time(),
            subject=("list", newest),
            data={"found": found.decode("ascii", "replace")[:64], "restored": sorted(wrong)},
        )
    log.error("published_files_restored", sequences=sorted(wrong))
    return True


def _in_turn(sequences: Sequence[int]) -> Iterator[int]:
    """Some of the sequences, each call after those of the call before, until `_LOOK_SECONDS` have passed."""
    end = time.monotonic() + _LOOK_SECONDS
    for _ in sequences:
        yield sequences[next(_turns) % len(sequences)]
        if time.monotonic() > end:
            return


def _stands(issue: int | Literal["current"], digest: str) -> bool:
    """Whether the files of an issue are there and hold the bytes of this digest."""
    return (
        _read(published_path(issue, "tl.sha2")) == digest.encode()
        and _digest_of(published_path(issue, "tl.xml")) == digest
    )


def _digest_of(path: Path) -> str | None:
    try:
        status = path.stat()
        return _hashed(path, (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    except FileNotFoundError:
        return None


@lru_cache(maxsize=4096)
def _hashed(path: Path, _mark: tuple[int, ...]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lock_files() -> None:
    """One writer of published files at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FILES_LOCK])


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
