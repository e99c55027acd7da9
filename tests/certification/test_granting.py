"""The way from an application to what stands."""

from __future__ import annotations

import pytest
from certification_world import World

from certification import selectors
from certification.domain.lifecycle import ServiceStatus
from trustreg.base.models import OutboxMessage

pytestmark = pytest.mark.django_db


def test_two_people_grant_what_was_assessed(world: World) -> None:
    service = world.service()
    case = world.case(service)
    decision = world.decide(world.draft_grant(case))
    case.refresh_from_db()
    assert case.status == "granted"
    assert decision.status == "approved"
    state = selectors.standing_state(service.pk)
    assert state is not None
    assert state.status is ServiceStatus.QUALIFIED
    assert OutboxMessage.objects.filter(
        topic="certification.decision.approved", payload={"decision": str(decision.pk)}
    ).exists()
