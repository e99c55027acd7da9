"""Tables of conformity assessment.

Facts and invariants only; acts are in `services`, further walls in the migrations.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from conformity.domain import lifecycle
from conformity.domain.criteria import Applicability, Conclusion, Outcome, Tier
from conformity.domain.findings import AnswerKind, Grade
from conformity.domain.service_kinds import ASSESSED_LEVELS, Level, ServiceKind
from trustreg.base.constraints import known_value, legal_transition
from trustreg.base.lifecycle import Arrow
from trustreg.parties.models import ConflictDeclaration, Organisation, Person

SHA256 = r"^[0-9a-f]{64}$"


def _choices(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(str(value), str(value)) for value in values]


class Moving(models.Model):
    """A record with a lifecycle: its last move stands on it, every move in `Movement`, which only a trigger writes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=20)
    transition = models.CharField(max_length=20)
    previous_status = models.CharField(max_length=20, blank=True)
    revision = models.PositiveIntegerField(default=0)
    moved_at = models.DateTimeField()
    moved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")  # null: the system

    class Meta:
        abstract = True


def _legal(name: str, transitions: Iterable[Arrow]) -> models.CheckConstraint:
    return legal_transition(name, transitions, transition="transition", source="previous_status", to="status")


class Movement(models.Model):
    """One move of one record along its lifecycle. Append-only; written by the database itself."""

    id = models.BigAutoField(primary_key=True)
    subject_type = models.CharField(max_length=60)  # name of the table
    subject_id = models.UUIDField()
    revision = models.PositiveIntegerField()
    transition = models.CharField(max_length=20)
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "revision"], name="movement_revision_is_used_once")
        ]


class CriteriaSet(Moving):
    """A version of the criteria. In force it never changes; its digest is what assessments and reports refer to."""

    code = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    title_ja = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    editor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True)  # of the canonical JSON of its criteria, from approval on
    in_force_from = models.DateTimeField(null=True)
    transition_until = models.DateTimeField(null=True)  # a superseded set may still be used before this moment
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["code", "-created_at"]
        constraints = [
            _legal("criteria_set_move_is_legal", lifecycle.CRITERIA_SET),
            models.UniqueConstraint(fields=["code", "version"], name="criteria_set_version_is_used_once"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(status="in_force"), name="criteria_set_in_force_is_one"
            ),
            models.CheckConstraint(condition=~Q(approver=F("editor")), name="criteria_set_editor_is_not_approver"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "public_comment"]) | Q(approver__isnull=False, sha256__regex=SHA256),
                name="criteria_set_approved_has_approver_and_digest",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["in_force", "superseded", "retired"]) | Q(in_force_from__isnull=False),
                name="criteria_set_in_force_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class Criterion(models.Model):
    """One criterion of a set: an objective, technology neutral; standards are referred to, never copied."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="criteria")
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    tier = models.CharField(max_length=20, choices=_choices(Tier))
    family = models.CharField(max_length=40)
    title_ja = models.CharField(max_length=200)
    title_en = models.CharField(max_length=500)
    text_en = models.TextField()
    levels = ArrayField(models.CharField(max_length=20), default=list)  # empty: asked of assessment bodies
    service_kinds = ArrayField(models.CharField(max_length=20), default=list)  # empty: every kind
    reference_family = models.CharField(max_length=300, blank=True)
    evidence_expected = models.CharField(max_length=500, blank=True)
    basis = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["criteria_set", "position"]
        constraints = [
            known_value("criterion_tier_is_known", "tier", Tier),
            models.UniqueConstraint(fields=["criteria_set", "code"], name="criterion_code_is_used_once"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def applicability(self) -> Applicability:
        """The rule that says which assessments must answer it."""
        return Applicability(
            Tier(self.tier),
            frozenset(Level(level) for level in self.levels),
            frozenset(ServiceKind(kind) for kind in self.service_kinds),
        )


class Accreditation(Moving):
    """An accreditation body says that a conformity assessment body is competent for a scope (ISO/IEC 17011)."""

    ab = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="accreditations_given")
    cab = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="accreditations_held")
    number = models.CharField(max_length=40, unique=True)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            _legal("accreditation_move_is_legal", lifecycle.ACCREDITATION),
            models.CheckConstraint(condition=~Q(ab=F("cab")), name="accreditation_is_of_another_body"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="accreditation_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["accredited", "suspended", "withdrawn", "expired"])
                | Q(valid_from__isnull=False, valid_until__isnull=False),
                name="accreditation_granted_has_validity",
            ),
            models.UniqueConstraint(
                fields=["ab", "cab"],
                condition=~Q(status__in=["withdrawn", "refused", "expired"]),
                name="accreditation_of_a_body_is_one",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AccreditationDecisionKind(models.TextChoices):
    """What two people of an accreditation body decide."""

    GRANT = "grant"
    SCOPE = "scope"
    SUSPEND = "suspend"
    LIFT = "lift"
    WITHDRAW = "withdraw"


class AccreditationDecision(models.Model):
    """Proposed by one person, approved or rejected by another, on the hash of what they were shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    accreditation = models.ForeignKey(Accreditation, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=20, choices=AccreditationDecisionKind.choices)
    payload = models.JSONField(default=dict)
    reasons = models.TextField()
    draft_sha256 = models.CharField(max_length=64)
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, blank=True)  # approved, rejected; blank while it waits
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["proposed_at", "id"]
        constraints = [
            known_value("accreditation_decision_kind_is_known", "kind", AccreditationDecisionKind.values),
            models.CheckConstraint(
                condition=~Q(decided_by=F("proposed_by")), name="accreditation_decision_has_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_by=None, decided_at=None)
                | Q(outcome__in=["approved", "rejected"], decided_by__isnull=False, decided_at__isnull=False),
                name="accreditation_decision_is_whole",
            ),
            models.UniqueConstraint(
                fields=["accreditation"], condition=Q(outcome=""), name="accreditation_decision_waits_alone"
            ),
        ]


class AccreditationScope(models.Model):
    """What a body is accredited for over [starts_at, ends_at): a kind of service at a level by a criteria set."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    accreditation = models.ForeignKey(Accreditation, on_delete=models.PROTECT, related_name="scope")
    service_kind = models.CharField(max_length=20, choices=_choices(ServiceKind))
    level = models.CharField(max_length=20, choices=_choices(ASSESSED_LEVELS))
    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    decision = models.ForeignKey(AccreditationDecision, on_delete=models.PROTECT, related_name="scope_added")
    ended_by_decision = models.ForeignKey(
        AccreditationDecision, on_delete=models.PROTECT, null=True, related_name="scope_ended"
    )

    class Meta:
        ordering = ["service_kind", "level", "starts_at"]
        constraints = [
            known_value("accreditation_scope_kind_is_known", "service_kind", ServiceKind),
            known_value("accreditation_scope_level_is_assessed", "level", ASSESSED_LEVELS),
            models.CheckConstraint(
                condition=Q(ends_at=None, ended_by_decision=None)
                | Q(ends_at__gte=F("starts_at"), ended_by_decision__isnull=False),
                name="accreditation_scope_ends_by_decision",
            ),
            models.UniqueConstraint(
                fields=["accreditation", "service_kind", "level", "criteria_set"],
                condition=Q(ends_at=None),
                name="accreditation_scope_is_open_once",
            ),
        ]


class Assessment(Moving):
    """A body assesses one service of a provider by a frozen criteria set.

    Once concluded, it and all in it is frozen.
    """

    cab = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="assessments_made")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="assessments_received")
    scope = models.ForeignKey(AccreditationScope, on_delete=models.PROTECT, related_name="assessments")
    service_kind = models.CharField(max_length=20, choices=_choices(ServiceKind))
    level = models.CharField(max_length=20, choices=_choices(ASSESSED_LEVELS))
    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="assessments")
    cooling_off_months = models.PositiveSmallIntegerField()  # the scheme's at opening
    legal_basis = models.CharField(max_length=40, default="scheme")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-opened_at", "id"]
        constraints = [
            _legal("assessment_move_is_legal", lifecycle.ASSESSMENT),
            known_value("assessment_kind_is_known", "service_kind", ServiceKind),
            known_value("assessment_level_is_assessed", "level", ASSESSED_LEVELS),
            models.CheckConstraint(condition=~Q(cab=F("provider")), name="assessment_is_of_another_body"),
        ]


class MemberRole(models.TextChoices):
    """What a person does in a team."""

    LEAD = "lead"
    ASSESSOR = "assessor"
    EXPERT = "expert"


class AssessmentMember(models.Model):
    """A person of the body assesses; declared to be free of conflicts before being assigned."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assessment_memberships")
    role = models.CharField(max_length=10, choices=MemberRole.choices)
    declaration = models.ForeignKey(ConflictDeclaration, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["assigned_at", "id"]
        constraints = [
            known_value("assessment_member_role_is_known", "role", MemberRole.values),
            models.UniqueConstraint(
                fields=["assessment", "person"], condition=Q(removed_at=None), name="assessment_member_is_assigned_once"
            ),
            models.UniqueConstraint(
                fields=["assessment"], condition=Q(removed_at=None, role="lead"), name="assessment_lead_is_one"
            ),
        ]


class Evidence(models.Model):
    """A file that a provider handed in, named by its SHA-256. Immutable; a new version is a new row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="evidence")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    filename = models.CharField(max_length=255)
    classification = models.CharField(max_length=20, default="confidential")
    previous = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="next")
    version = models.PositiveIntegerField(default=1)
    uploaded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    receipt = models.BinaryField(null=True)  # DER of an RFC 3161 TimeStampToken over sha256
    receipt_time = models.DateTimeField(null=True)

    class Meta:
        ordering = ["uploaded_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=SHA256), name="evidence_is_named_by_digest"),
            known_value("evidence_classification_is_known", "classification", ["confidential", "restricted", "public"]),
            models.UniqueConstraint(
                fields=["organisation", "sha256"], name="evidence_of_an_organisation_is_stored_once"
            ),
            models.CheckConstraint(
                condition=Q(previous=None, version=1) | Q(previous__isnull=False, version__gt=1),
                name="evidence_version_is_counted",
            ),
            models.CheckConstraint(
                condition=Q(receipt=None, receipt_time=None) | Q(receipt__isnull=False, receipt_time__isnull=False),
                name="evidence_receipt_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} {self.sha256[:12]}"

    @property
    def storage_name(self) -> str:
        """Where the content lies in the evidence store."""
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}"


class CustodyEntry(models.Model):
    """Who had a piece of evidence in hand, and why. Append-only."""

    id = models.BigAutoField(primary_key=True)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="custody")
    action = models.CharField(max_length=20)  # stored, read, cited, receipt
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [known_value("custody_action_is_known", "action", ["stored", "read", "cited", "receipt"])]


class CriterionResult(models.Model):
    """What the team found about one criterion; the latest version counts. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="results")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="results")
    version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=20, choices=_choices(Outcome))
    reason = models.TextField(blank=True)
    notes = models.TextField(blank=True)  # the team's own, never shown to the provider
    evidence = ArrayField(
        models.CharField(max_length=64), default=list, blank=True
    )  # SHA-256 of evidence of the provider
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["assessment", "criterion", "version"]
        constraints = [
            known_value("criterion_result_outcome_is_known", "outcome", Outcome),
            models.UniqueConstraint(
                fields=["assessment", "criterion", "version"], name="criterion_result_version_is_used_once"
            ),
            models.CheckConstraint(
                condition=Q(outcome="conform") | ~Q(reason=""), name="criterion_result_not_conform_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="conform") | Q(evidence__len__gte=1),
                name="criterion_result_conform_cites_evidence",
            ),
        ]


class Finding(Moving):
    """Something a team found wanting. The provider answers, the team verifies; never the same person."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="findings")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="findings")
    number = models.PositiveIntegerField()
    grade = models.CharField(max_length=20, choices=_choices(Grade))
    statement = models.TextField()
    raised_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    plan_due = models.DateTimeField(null=True)
    close_due = models.DateTimeField(null=True)
    corrected_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    verified_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["assessment", "number"]
        constraints = [
            _legal("finding_move_is_legal", lifecycle.FINDING),
            known_value("finding_grade_is_known", "grade", Grade),
            models.UniqueConstraint(fields=["assessment", "number"], name="finding_number_is_used_once"),
            models.CheckConstraint(
                condition=~Q(verified_by=F("corrected_by")), name="finding_verifier_is_not_corrector"
            ),
            models.CheckConstraint(
                condition=Q(status="verified_closed", verified_by__isnull=False, corrected_by__isnull=False)
                | (~Q(status="verified_closed") & Q(verified_by=None)),
                name="finding_closed_was_corrected_and_verified",
            ),
        ]
        indexes = [models.Index(fields=["close_due"], condition=~Q(status="verified_closed"), name="finding_due")]


class FindingAnswer(models.Model):
    """What one side said about a finding. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=20, choices=_choices(AnswerKind))
    text = models.TextField()
    evidence = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [known_value("finding_answer_kind_is_known", "kind", AnswerKind)]


class Report(models.Model):
    """The conclusion of an assessment by a person outside its team; `sha256` is of `body`, its canonical JSON.

    Append-only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.OneToOneField(Assessment, on_delete=models.PROTECT, related_name="report")
    conclusion = models.CharField(max_length=20, choices=_choices(Conclusion))
    summary = models.TextField(blank=True)
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    concluded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    concluded_at = models.DateTimeField()

    class Meta:
        constraints = [
            known_value("report_conclusion_is_known", "conclusion", Conclusion),
            models.CheckConstraint(condition=Q(sha256__regex=SHA256), name="report_is_named_by_digest"),
        ]
