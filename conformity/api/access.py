"""Who may know of which case: everybody else gets 404, so that nobody learns what exists."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from conformity import selectors
from conformity.models import Accreditation, AccreditationDecision, Assessment, Finding
from trustreg.base.problems import not_found
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import AB_ROLES, CAB_ROLES, PROVIDER_ROLES, Role
from trustreg.parties.selectors import organisations_of


def _held(actor: Actor, at: datetime, roles: Collection[Role]) -> frozenset[UUID]:
    return organisations_of(actor.person_id, at, roles=roles)


def assessments_visible_to(actor: Actor, at: datetime) -> QuerySet[Assessment]:
    """Assessments by the actor's body, of the actor's own organisation, or any for an accreditation body."""
    rows = Assessment.objects.select_related("provider", "cab", "criteria_set")
    if _held(actor, at, AB_ROLES):
        return rows
    cabs, providers = _held(actor, at, CAB_ROLES), _held(actor, at, PROVIDER_ROLES)
    return rows.filter(Q(cab_id__in=cabs) | Q(provider_id__in=providers))


def assessment_visible(assessment_id: UUID, /, *, actor: Actor, at: datetime) -> Assessment:
    """The assessment. Raises NotFound, also for whoever may not know of it."""
    found = assessments_visible_to(actor, at).filter(pk=assessment_id).first()
    if found is None:
        raise not_found()
    return found


def is_of_body(assessment: Assessment, *, actor: Actor, at: datetime) -> bool:
    """Whether the actor belongs to the body that assesses: only it reads its own notes."""
    return assessment.cab_id in _held(actor, at, CAB_ROLES)


def finding_visible(finding_id: UUID, /, *, actor: Actor, at: datetime) -> Finding:
    """The finding. Raises NotFound, also for whoever may not know of it."""
    found = (
        Finding.objects.select_related("criterion")
        .prefetch_related("answers")
        .filter(pk=finding_id, assessment__in=assessments_visible_to(actor, at).values("pk"))
        .first()
    )
    if found is None:
        raise not_found()
    return found


def accreditation_visible(accreditation_id: UUID, /, *, actor: Actor | None, at: datetime) -> Accreditation:
    """An accreditation of the public register; one under examination for its two bodies. Raises NotFound."""
    found = selectors.accreditations_public().filter(pk=accreditation_id).first()
    if found is None and actor is not None:
        bodies = _held(actor, at, AB_ROLES | CAB_ROLES)
        mine = Q(ab_id__in=bodies) | Q(cab_id__in=bodies)
        rows = Accreditation.objects.select_related("ab", "cab").prefetch_related("scope")
        found = rows.filter(mine, pk=accreditation_id).first()
    if found is None:
        raise not_found()
    return found


def accreditation_of_body(accreditation_id: UUID, /, *, actor: Actor, at: datetime) -> Accreditation:
    """For acts: the accreditation, if the actor belongs to its accreditation body. Raises NotFound."""
    found = Accreditation.objects.filter(pk=accreditation_id, ab_id__in=_held(actor, at, AB_ROLES)).first()
    if found is None:
        raise not_found()
    return found


def accreditation_decision_visible(decision_id: UUID, /, *, actor: Actor, at: datetime) -> AccreditationDecision:
    """A decision on a body, for people of the accreditation body. Raises NotFound."""
    rows = AccreditationDecision.objects.filter(accreditation__ab_id__in=_held(actor, at, AB_ROLES))
    found = rows.filter(pk=decision_id).first()
    if found is None:
        raise not_found()
    return found
