"""Decisions written past the services, for the walls that PostgreSQL holds without them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from certification_world import World
from django.db import IntegrityError, connection, transaction

from certification import selectors
from certification.domain.decisions import DecisionContent, canonical_text, text_sha256
from certification.domain.lifecycle import DecisionStatus
from certification.models import (
    Application,
    ApplicationEvent,
    Decision,
    DecisionApproval,
    DecisionProposal,
    Service,
    StatusChange,
)


@contextmanager
def refused(*rules: str) -> Iterator[None]:
    """The database itself refuses the body, by one of these rules."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    assert caught.value.__cause__.diag.constraint_name in rules  # type: ignore[union-attr]


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("trustreg_web",)
        cursor.execute(statement, values)


def raw_decision(draft: DecisionContent, world: World, **changes: object) -> Decision:
    """A decision row written past the services."""
    facts = {
        "id": uuid.UUID(draft.decision),
        "kind": draft.kind,
        "service_id": draft.service,
        "application_id": draft.cites.application,
        "body": world.ab,
        "status": DecisionStatus.PROPOSED,
    }
    return Decision.objects.create(**{**facts, **changes})


def raw_proposal(
    decision: Decision, draft: DecisionContent, proposer_id: uuid.UUID, revision: int = 1
) -> DecisionProposal:
    return DecisionProposal.objects.create(
        decision=decision,
        revision=revision,
        content=draft.text,
        content_sha256=draft.sha256,
        proposer_id=proposer_id,
    )


def raw_approval(decision: Decision, approver_id: uuid.UUID, **changes: object) -> DecisionApproval:
    proposal = selectors.decision_proposal(decision.pk)
    facts = {
        "decision": decision,
        "proposal": proposal,
        "content_sha256": proposal.content_sha256,
        "proposer_id": proposal.proposer_id,
        "approver_id": approver_id,
    }
    return DecisionApproval.objects.create(**{**facts, **changes})


def raw_change(service: Service, decision: Decision, **changes: object) -> StatusChange:
    content = selectors.decision_proposal(decision.pk).frozen
    assert content.state is not None
    text = canonical_text(content.state.as_json())
    last = selectors.standing_change(service.pk)
    facts = {
        "service": service,
        "sequence": (last.sequence if last else 0) + 1,
        "transition": str(content.kind),
        "from_status": str(content.from_status),
        "to_status": str(content.state.status),
        "content": text,
        "content_sha256": text_sha256(text),
        "decision": decision,
    }
    facts.update(changes)
    if "content" in changes and "content_sha256" not in changes:
        facts["content_sha256"] = text_sha256(str(changes["content"]))
    return StatusChange.objects.create(**facts)


def raw_event(application: Application, name: str, source: str, to: str, who: uuid.UUID | None) -> ApplicationEvent:
    last = application.events.order_by("-sequence").first()
    return ApplicationEvent.objects.create(
        application=application,
        sequence=last.sequence + 1,
        transition=name,
        from_status=source,
        to_status=to,
        person_id=who,
        reasons="because",
    )
