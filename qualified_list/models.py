"""Tables of the list: the scheme in versions, issues with their one signature, listed services with their states.

Facts and invariants only. PostgreSQL repeats the law (migration 0001): sequences have no gap, issue times are the
database's and strictly increase, a content is what its hash says, a signature belongs to the bytes that it names,
a state starts with the issue that first carries it, and what was released never changes.
"""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from trustreg.base.constraints import known_value
from trustreg.base.lifecycle import Arrow, arrow

MAX_NEXT_UPDATE_DAYS: Final = 180
"""Within the six months of TS 119 612 5.3.15, whatever the months."""


class IssueState(StrEnum):
    """How far the publication of an issue has come."""

    COMPILED = "compiled"  # sequence, time and unsigned bytes are stored: the intent
    CHECKED = "checked"  # the rules hold for those bytes; the signer may sign
    SIGNED = "signed"  # the one signature is stored
    VERIFIED = "verified"  # accepted by the code of a relying party
    RELEASED = "released"  # public, for ever


_S = IssueState
ISSUE: Final[tuple[Arrow, ...]] = (
    arrow("stamp", sources=[_S.COMPILED, _S.CHECKED], to=_S.COMPILED),
    arrow("check", sources=[_S.COMPILED], to=_S.CHECKED),
    arrow("sign", sources=[_S.CHECKED], to=_S.SIGNED),
    arrow("verify", sources=[_S.SIGNED], to=_S.VERIFIED),
    arrow("release", sources=[_S.VERIFIED], to=_S.RELEASED),
)


class RefusalSource(StrEnum):
    """Who refused a list."""

    RULES = "rules"
    SIGNER = "signer"
    VERIFICATION = "verification"


def _sha256(name: str, field: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__regex": "^[0-9a-f]{64}$"}), name=name)


class SchemeVersion(models.Model):
    """One version of the scheme information (TS 119 612 5.3); the latest counts. Append-only.

    `content` is the `scheme` member of the list's content model.
    """

    version = models.PositiveIntegerField(primary_key=True)
    content = models.JSONField()
    next_update_days = models.PositiveSmallIntegerField()
    person_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_update_days__gte=1, next_update_days__lte=MAX_NEXT_UPDATE_DAYS),
                name="scheme_next_update_within_six_months",
            ),
        ]

    def __str__(self) -> str:
        return f"scheme {self.version}"


class ListedService(models.Model):
    """What is listed: one service type and one public key. Append-only; a new key is a new row.

    The id follows from type and key, so that every compilation finds the same one.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    type = models.CharField(max_length=200)
    spki_sha256 = models.CharField(max_length=64)
    provider_id = models.UUIDField()
    first_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["type", "spki_sha256"], name="listed_service_is_type_and_key"),
            _sha256("listed_service_key_is_sha256", "spki_sha256"),
        ]
        indexes = [models.Index(fields=["spki_sha256"], name="listed_service_by_key")]

    def __str__(self) -> str:
        return f"{self.type} {self.spki_sha256[:16]}"


class ListedServiceMember(models.Model):
    """A registry service that is listed under this type and key. Services that share a key share the entry."""

    id = models.BigAutoField(primary_key=True)
    listed_service = models.ForeignKey(ListedService, on_delete=models.PROTECT, related_name="members")
    service_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listed_service", "service_id"], name="listed_service_member_once"),
        ]
        indexes = [models.Index(fields=["service_id"], name="listed_service_by_member")]

    def __str__(self) -> str:
        return f"{self.service_id} in {self.listed_service_id}"


class ListIssue(models.Model):
    """One issue of the list, from the intent to the release.

    `content` is RFC 8785 text of the content model without sequence and times, `content_hash` its SHA-256 (H);
    `decisions` are `[{"decision", "sha256", "change", "service", "entries"}]` of everything that was decided and stands
    in it; `mark` names the state of the register that was compiled; `unsigned` is the XML that is to be signed. They
    can be stamped anew while there is no signature, never afterwards.
    """

    sequence = models.PositiveIntegerField(primary_key=True)
    scheme_version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="issues")
    content = models.TextField()
    content_hash = models.CharField(max_length=64)
    decisions = models.JSONField(default=list)
    mark = models.CharField(max_length=60)
    services = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    next_update = models.DateTimeField()
    unsigned = models.BinaryField()
    unsigned_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, blank=True)
    log_index = models.PositiveBigIntegerField(null=True)
    state = models.CharField(max_length=10, default=IssueState.COMPILED)
    compiled_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-sequence"]
        constraints = [
            known_value("list_issue_state_is_known", "state", IssueState),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="list_issue_sequence_from_1"),
            models.CheckConstraint(condition=Q(next_update__gt=F("issued_at")), name="list_issue_next_update_later"),
            models.UniqueConstraint(fields=["issued_at"], name="list_issue_time_once"),
            _sha256("list_issue_content_hash_is_sha256", "content_hash"),
            models.CheckConstraint(
                condition=~Q(state=IssueState.RELEASED) | Q(released_at__isnull=False, sha256__regex="^[0-9a-f]{64}$"),
                name="list_issue_released_is_dated",
            ),
        ]
        indexes = [
            models.Index(fields=["sequence"], condition=~Q(state="released"), name="list_issue_unreleased"),
        ]

    def __str__(self) -> str:
        return f"list {self.sequence} ({self.state})"


class ListSignature(models.Model):
    """The one signature of an issue: the whole signed list. Written by the signer alone; append-only.

    `unsigned_sha256` names the bytes that were signed; the database compares it with the issue when it is stored.
    """

    issue = models.OneToOneField(ListIssue, on_delete=models.PROTECT, primary_key=True, related_name="signature")
    unsigned_sha256 = models.CharField(max_length=64)
    signed = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    signer_certificate = models.BinaryField()
    signer_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            _sha256("list_signature_unsigned_is_sha256", "unsigned_sha256"),
            _sha256("list_signature_is_sha256", "sha256"),
            _sha256("list_signature_signer_is_sha256", "signer_sha256"),
        ]

    def __str__(self) -> str:
        return f"signature of list {self.issue_id}"


class ListedState(models.Model):
    """What the list says of a listed service from `start` until its next state starts. Append-only.

    Only starts are stored, ends follow from them. `start` is the issue time of the issue that first carries the state.
    `scope` are usages, `extensions` the qualifications in the shape of the content model, `names` `[[lang, text]]`.
    `decisions` are the ids of what decided it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    listed_service = models.ForeignKey(ListedService, on_delete=models.PROTECT, related_name="states")
    issue = models.ForeignKey(ListIssue, on_delete=models.PROTECT, related_name="states")
    start = models.DateTimeField()
    status = models.CharField(max_length=20)
    level = models.CharField(max_length=20, blank=True)
    names = models.JSONField()
    scope = models.JSONField(default=list)
    extensions = models.JSONField(default=list)
    valid_until = models.DateTimeField(null=True)
    decisions = models.JSONField(default=list)

    class Meta:
        ordering = ["listed_service", "-start"]
        constraints = [
            models.UniqueConstraint(fields=["listed_service", "start"], name="listed_state_starts_once"),
            models.UniqueConstraint(fields=["listed_service", "issue"], name="listed_state_once_an_issue"),
            known_value("listed_state_status_is_known", "status", ["qualified", "specified", "suspended", "withdrawn"]),
            models.CheckConstraint(
                condition=Q(level=F("status"), status__in=["qualified", "specified"])
                | Q(level="", status__in=["suspended", "withdrawn"]),
                name="listed_state_level_is_status",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} since list {self.issue_id}"


class Refusal(models.Model):
    """A list that was not published, signed or released, and why. Append-only; the previous list stays.

    `findings` are `[{"code", "where", "message": {"ja", "en"}}]`. `unsigned_sha256` is empty when the refusal is of the
    content, whatever its time.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=20)
    sequence = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    unsigned_sha256 = models.CharField(max_length=64, blank=True)
    mark = models.CharField(max_length=60, blank=True)
    findings = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            known_value("refusal_source_is_known", "source", RefusalSource),
            models.UniqueConstraint(
                fields=["source", "sequence", "content_hash", "unsigned_sha256"], name="refusal_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} refused list {self.sequence}"
