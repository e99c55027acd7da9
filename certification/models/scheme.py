"""What the operator of the scheme sets: periods for each legal basis, and document levels that an authority adopted."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from certification.domain.document_levels import RequiredLevel
from certification.domain.values import LegalBasis
from certification.models.fields import choices
from conformity.domain.periods import SchemePeriods, scheme_periods
from trustreg.base.constraints import known_value


class Scheme(models.Model):
    """One version of the periods that decisions use, for one legal basis; the latest version counts. Rows never change.

    Where the operator stored none, the shipped periods (`conformity/data/periods.json`) hold; those of findings always.

    The web process reads only: whoever could shorten a cooling-off period there would take the wall down from inside.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    legal_basis = models.CharField(max_length=20, choices=choices(LegalBasis))
    version = models.PositiveIntegerField()
    validity_months = models.PositiveSmallIntegerField()
    cooling_off_months = models.PositiveSmallIntegerField()
    surveillance_months = models.PositiveSmallIntegerField()
    ratification_days = models.PositiveSmallIntegerField()  # working days
    incident_report_hours = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=500)
    amended_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["legal_basis", "-version"]
        constraints = [
            known_value("scheme_legal_basis_is_known", "legal_basis", LegalBasis),
            models.UniqueConstraint(fields=["legal_basis", "version"], name="scheme_version_is_unique"),
            models.CheckConstraint(condition=Q(validity_months__gte=1), name="scheme_grants_end"),
            models.CheckConstraint(condition=~Q(note=""), name="scheme_amendment_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.legal_basis} v{self.version}"

    @property
    def periods(self) -> SchemePeriods:
        """The shipped periods of the legal basis with this version's values over them."""
        names = (
            "validity_months",
            "cooling_off_months",
            "surveillance_months",
            "ratification_days",
            "incident_report_hours",
        )
        return replace(scheme_periods(self.legal_basis), **{name: getattr(self, name) for name in names})


class DocumentLevelVersion(models.Model):
    """A row of the table of document levels that an authority consulted on or adopted, replacing the shipped one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    document_ja = models.CharField(max_length=200)
    document_en = models.CharField(max_length=200)
    issuer_kind = models.CharField(max_length=100)
    trust_elements = models.CharField(max_length=200)  # the wording of the table: `esign+timestamp`
    level = models.CharField(max_length=20, choices=choices(RequiredLevel))
    rationale = models.TextField()
    status = models.CharField(max_length=20, choices=choices(("consulted", "adopted")))
    source = models.CharField(max_length=500)
    adopted_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            known_value("document_level_is_known", "level", RequiredLevel),
            known_value("document_level_status_is_known", "status", ("consulted", "adopted")),
            models.UniqueConstraint(fields=["code", "version"], name="document_level_version_is_unique"),
            models.CheckConstraint(condition=~Q(source=""), name="document_level_names_its_source"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"
