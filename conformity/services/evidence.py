"""Providers hand in evidence; every hand it passes through is recorded; a time-stamp says since when it exists."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.db.models import Q

from conformity import evidence_store, selectors
from conformity.domain.evidence import clean_filename, contradicts, media_type
from conformity.domain.lifecycle import AssessmentStatus
from conformity.domain.roles import READ_EVIDENCE, STORE_EVIDENCE
from conformity.domain.tags import Tag
from conformity.models import Assessment, CustodyEntry, Evidence
from conformity.titles import MEDIA
from trustreg.base import events, jobs
from trustreg.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from trustreg.conf import settings as conf
from trustreg.parties import selectors as parties
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import AB_ROLES, CAB_ROLES, PROVIDER_ROLES


def evidence_store_file(
    *,
    organisation_id: UUID,
    content: BinaryIO,
    filename: str,
    previous_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> Evidence:
    """Hand in a file for an organisation; the row is confidential, its content named by its SHA-256.

    The same content again returns the row that is there. `previous_id` makes it the next version of that evidence. An
    upload that breaks off leaves nothing. Raises InvalidInput (name, empty, content contradicts the name), TooLarge,
    Conflict (already superseded), NotFound, NotPermitted.
    """
    parties.authorise(actor, STORE_EVIDENCE, at, organisation_id=organisation_id)
    organisation = parties.organisation_get(organisation_id)
    try:
        name = clean_filename(filename)
    except ValueError as error:
        raise InvalidInput(
            f"The file name cannot be accepted: {error}.",
            "ファイル名を受け付けられません。パスや制御文字を含まない短い名前にしてください。",
            fields={"filename": {"en": str(error), "ja": "パスや制御文字を含まない短い名前にしてください。"}},
        ) from error
    with evidence_store.receive(content, limit=conf.max_evidence_bytes) as received:
        found = media_type(received.head)
        if contradicts(name, found):
            raise InvalidInput(
                f"The name “{name}” promises another format than the content, which is: {MEDIA[found].en}.",
                f"ファイル名「{name}」と内容（{MEDIA[found].ja}）が一致しません。",
                fields={
                    "file": {
                        "en": f"The content is: {MEDIA[found].en} ({found}).",
                        "ja": f"内容は{MEDIA[found].ja}（{found}）です。",
                    }
                },
            )
        with transaction.atomic():
            same = Evidence.objects.filter(organisation=organisation, sha256=received.sha256).first()
            if same is not None:
                if previous_id is not None:
                    raise Conflict("This content was handed in already.", "同じ内容がすでに提出されています。")
                return same
            previous = None
            if previous_id is not None:
                previous = (
                    Evidence.objects.select_for_update().filter(pk=previous_id, organisation=organisation).first()
                )
                if previous is None:
                    raise NotFound(f"There is no evidence {previous_id}.", f"証拠 {previous_id} はありません。")
                if Evidence.objects.filter(previous=previous).exists():
                    raise Conflict("A later version was handed in already.", "より新しい版がすでに提出されています。")
            row = Evidence.objects.create(
                organisation=organisation,
                sha256=received.sha256,
                size=received.size,
                media_type=found,
                filename=name,
                previous=previous,
                version=previous.version + 1 if previous else 1,
                uploaded_by_id=actor.person_id,
                uploaded_at=at,
            )
            CustodyEntry.objects.create(evidence=row, action="stored", by_id=actor.person_id, at=at)
            events.record(
                Tag.EVIDENCE_STORED,
                actor=actor,
                at=at,
                subject=("evidence", row.pk),
                data={"sha256": row.sha256, "size": row.size},
            )
            evidence_store.keep(received, row.storage_name)
            jobs.enqueue("conformity.tasks.stamp_evidence", evidence_id=str(row.pk))
    return row


@transaction.atomic
def evidence_open(*, evidence_id: UUID, purpose: str = "", actor: Actor, at: datetime) -> tuple[Evidence, File[bytes]]:
    """The evidence row and its content for reading; every reading is written into the custody log first.

    Readers: the organisation itself, the bodies that assess it (what was handed in by their conclusion, or cited to
    them afterwards), and the accreditation body.
    Others get NotFound, so that nobody learns what exists.
    """
    row = selectors.evidence_get(evidence_id)
    if not may_read(row, actor, at):
        raise NotFound(f"There is no evidence {evidence_id}.", f"証拠 {evidence_id} はありません。")
    content = evidence_store.open_content(row.storage_name)
    CustodyEntry.objects.create(evidence=row, action="read", by_id=actor.person_id, at=at, note=purpose[:200])
    events.record(Tag.EVIDENCE_READ, actor=actor, at=at, subject=("evidence", row.pk))
    return row, content


def may_read(row: Evidence, actor: Actor, at: datetime) -> bool:
    """Whether a person may read a piece of evidence now."""
    try:
        parties.authorise(actor, READ_EVIDENCE, at)
    except NotPermitted:
        return False
    held = set(parties.appointments_at(actor.person_id, at).values_list("role", "organisation_id"))
    if any(role in PROVIDER_ROLES and organisation == row.organisation_id for role, organisation in held):
        return True
    if any(role in AB_ROLES for role, _ in held):
        return True
    bodies = {organisation for role, organisation in held if role in CAB_ROLES}
    known = ~Q(status=AssessmentStatus.CONCLUDED) | Q(moved_at__gte=row.uploaded_at)
    cited = Q(findings__answers__evidence__contains=[row.sha256])
    assessed = Assessment.objects.filter(known | cited, provider_id=row.organisation_id, cab_id__in=bodies)
    return assessed.exclude(status=AssessmentStatus.CANCELLED).exists()


@transaction.atomic
def evidence_receipt_store(*, evidence_id: UUID, token: bytes, token_time: datetime, at: datetime) -> Evidence:
    """Keep the RFC 3161 token over a piece of evidence, once. The caller has verified that it covers its hash.

    Raises Conflict when there is one, NotFound.
    """
    row = Evidence.objects.select_for_update().filter(pk=evidence_id).first()
    if row is None:
        raise NotFound(f"There is no evidence {evidence_id}.", f"証拠 {evidence_id} はありません。")
    if row.receipt is not None:
        raise Conflict("This evidence has its receipt already.", "この証拠にはすでに受領証があります。")
    row.receipt, row.receipt_time = token, token_time
    row.save(update_fields=["receipt", "receipt_time"])
    CustodyEntry.objects.create(evidence=row, action="receipt", by_id=None, at=at)
    events.record(Tag.EVIDENCE_RECEIPT, actor=None, at=at, subject=("evidence", row.pk))
    return row
