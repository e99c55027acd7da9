"""Applications: what each side may see and do, and what is kept."""

from __future__ import annotations

import io

import pytest
from certification_world import REASONS, World, actor, appoint, certificate, organisation, person

from certification import selectors, services
from certification.domain.lifecycle import ApplicationStatus
from certification.domain.values import ApplicationKind, DocumentKind
from certification.models import ApplicationEvent
from conformity import services as conformity
from conformity.domain.criteria import Conclusion
from conformity.domain.service_kinds import Level, ServiceKind
from trustreg.base import clock
from trustreg.base.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    PreconditionFailed,
    TransitionNotAllowed,
)
from trustreg.base.models import Event
from trustreg.parties.domain.roles import Role

pytestmark = pytest.mark.django_db

SIDES = ("officer", "staff", "lead", "decider", "clerk", "proposer", "approver", "other_lead", "stranger")


def seen_by(world: World, application_id: object) -> set[str]:
    found = set()
    for name in SIDES:
        try:
            selectors.application_get(application_id, actor=getattr(world, name), at=clock.now())  # type: ignore[arg-type]
        except NotFound:
            continue
        found.add(name)
    return found


def test_a_case_is_seen_by_its_sides_alone(world: World) -> None:
    application = world.draft_application(world.service())
    assert seen_by(world, application.pk) == {"officer", "staff"}
    world.submit(application)
    sides = {"officer", "staff", "lead", "decider", "clerk", "proposer", "approver"}
    assert seen_by(world, application.pk) == sides
    rival = person("rival")
    appoint(rival, organisation("provider", "競合"), Role.PROVIDER_OFFICER)
    with pytest.raises(NotFound):
        selectors.application_get(application.pk, actor=actor(rival), at=clock.now())
    # Acts leak no more than reading does.
    with pytest.raises(NotFound):
        services.application_accept(application_id=application.pk, actor=world.other_lead, at=clock.now())


def test_a_draft_that_was_withdrawn_stays_the_applicants_own(world: World) -> None:
    application = world.draft_application(world.service())
    services.application_withdraw(application_id=application.pk, actor=world.officer, at=clock.now())
    assert seen_by(world, application.pk) == {"officer", "staff"}


def test_the_inbox_says_whose_turn_it_is(world: World) -> None:
    application = world.draft_application(world.service())

    def turns() -> dict[str, str]:
        found = {}
        for name in ("officer", "lead", "proposer"):
            box = selectors.inbox(getattr(world, name), clock.now())
            found[name] = "mine" if box.mine else "waiting" if box.waiting else "done" if box.done else ""
        return found

    assert turns() == {"officer": "mine", "lead": "", "proposer": ""}
    world.submit(application)
    assert turns() == {"officer": "waiting", "lead": "mine", "proposer": "waiting"}
    world.accept(application)
    world.assess(application)
    world.forward(application)
    assert turns() == {"officer": "waiting", "lead": "waiting", "proposer": "mine"}
    decision = world.propose(world.draft_grant(application))
    assert selectors.decision_inbox(world.approver, clock.now()).to_approve == (decision,)
    assert selectors.decision_inbox(world.proposer, clock.now()).to_approve == ()
    assert selectors.decision_inbox(world.officer, clock.now()).to_approve == ()
    world.approve(decision)
    assert turns() == {"officer": "done", "lead": "done", "proposer": "done"}


def test_an_incomplete_application_says_what_is_missing(world: World) -> None:
    service = services.service_register(
        provider_id=world.provider.pk,
        kind=ServiceKind.TIMESTAMP,
        name_ja="時刻",
        name_en="Time",
        actor=world.officer,
        at=clock.now(),
    )
    application = services.application_start(
        service_id=service.pk,
        kind=ApplicationKind.NEW,
        cab_id=world.cab.pk,
        target_level=Level.SPECIFIED,
        actor=world.officer,
        at=clock.now(),
    )
    assert application.usages == []
    with pytest.raises(PreconditionFailed) as caught:
        services.application_submit(
            application_id=application.pk, declares_no_disqualification=False, actor=world.officer, at=clock.now()
        )
    assert caught.value.extra["missing"] == ["evidence", "identity", "declaration"]


def test_evidence_gets_versions_and_ends_with_the_conclusion(world: World) -> None:
    application = world.draft_application(world.service())
    second = conformity.evidence_store_file(
        organisation_id=world.provider.pk,
        content=io.BytesIO(b"second edition"),
        filename="cps2.txt",
        actor=world.officer,
        at=clock.now(),
    )

    def add() -> object:
        return services.application_add_evidence(
            application_id=application.pk,
            evidence_id=second.pk,
            kind=DocumentKind.PRACTICE_STATEMENT,
            title="CPS",
            actor=world.staff,
            at=clock.now(),
        )

    world.submit(application)
    add()
    assert [row.version for row in selectors.application_evidence(application, latest=False)] == [1, 2]
    assert [row.evidence for row in selectors.application_evidence(application)] == [second]
    world.accept(application)
    world.assess(application)
    with pytest.raises(Conflict):
        add()


def test_evidence_of_another_organisation_is_refused(world: World) -> None:
    application = world.draft_application(world.service())
    other = organisation("provider", "別の事業者")
    owner = person("owner")
    appoint(owner, other, Role.PROVIDER_OFFICER)
    foreign = conformity.evidence_store_file(
        organisation_id=other.pk, content=io.BytesIO(b"x"), filename="x.txt", actor=actor(owner), at=clock.now()
    )
    with pytest.raises(InvalidInput):
        services.application_add_evidence(
            application_id=application.pk,
            evidence_id=foreign.pk,
            kind=DocumentKind.OTHER,
            title="x",
            actor=world.officer,
            at=clock.now(),
        )


def test_a_returned_case_is_completed_and_assessed_again(world: World) -> None:
    case = world.case(world.service())
    proposed = world.propose(world.draft_grant(case))
    with pytest.raises(InvalidInput):
        services.application_return(application_id=case.pk, reasons=" ", actor=world.clerk, at=clock.now())
    services.application_return(application_id=case.pk, reasons="一部不足", actor=world.clerk, at=clock.now())
    proposed.refresh_from_db()
    assert proposed.status == "dropped"
    services.application_edit(application_id=case.pk, target_level=Level.SPECIFIED, actor=world.officer, at=clock.now())
    world.submit(case)
    world.accept(case)
    world.assess(case)
    world.forward(case)
    assert selectors.assessments_of(case.pk).count() == 2
    world.decide(world.draft_grant(case))
    state = selectors.standing_state(case.service_id)
    assert state is not None
    assert state.status == "specified"
    moves = list(ApplicationEvent.objects.filter(application=case).values_list("transition", flat=True))
    assert moves == [
        "start", "submit", "accept", "assess", "conclude", "forward", "return",
        "submit", "accept", "assess", "conclude", "forward", "grant",
    ]  # fmt: skip


def test_the_body_returns_and_refuses_with_reasons(world: World) -> None:
    application = world.draft_application(world.service())
    world.submit(application)
    services.application_return(application_id=application.pk, reasons="署名がない", actor=world.lead, at=clock.now())
    world.submit(application)
    services.application_refuse(application_id=application.pk, reasons="人員不足", actor=world.decider, at=clock.now())
    application.refresh_from_db()
    assert application.status == ApplicationStatus.REFUSED
    with pytest.raises(TransitionNotAllowed):
        world.submit(application)


def test_an_applicant_withdraws_until_the_decision(world: World) -> None:
    case = world.case(world.service())
    proposed = world.propose(world.draft_grant(case))
    with pytest.raises(NotPermitted):
        services.application_withdraw(application_id=case.pk, actor=world.staff, at=clock.now())
    services.application_withdraw(application_id=case.pk, actor=world.officer, at=clock.now())
    with pytest.raises(TransitionNotAllowed):
        world.approve(proposed)
    assert selectors.standing_state(case.service_id) is None


def test_one_open_application_for_a_service(world: World) -> None:
    service = world.service()
    world.draft_application(service)
    with pytest.raises(Conflict):
        world.draft_application(service)


@pytest.mark.parametrize("kind", [ApplicationKind.UPGRADE, ApplicationKind.RENEWAL, ApplicationKind.CHANGE])
def test_an_application_fits_what_stands(world: World, kind: ApplicationKind) -> None:
    with pytest.raises(PreconditionFailed):
        world.draft_application(world.service(), kind=kind)


def test_a_renewal_and_a_wider_scope_go_through_an_assessment(world: World) -> None:
    service = world.granted()
    before = selectors.standing_state(service.pk)
    with pytest.raises(PreconditionFailed):
        world.draft_application(service)
    with pytest.raises(InvalidInput):
        world.draft_application(service, kind=ApplicationKind.RENEWAL, level=Level.SPECIFIED)
    later = clock.now().replace(year=clock.now().year + 5)
    renewal = world.case(service, kind=ApplicationKind.RENEWAL)
    world.decide(world.draft_grant(renewal, valid_until=later))
    services.identity_add(
        service_id=service.pk, certificate=certificate("新しい鍵"), actor=world.officer, at=clock.now()
    )
    standing = selectors.standing_state(service.pk)
    assert standing is not None
    assert before is not None
    assert standing.identities == before.identities  # a registered key stands only once it was decided
    change = world.case(service, kind=ApplicationKind.CHANGE)
    world.decide(world.draft_grant(change))
    after = selectors.standing_state(service.pk)
    assert after is not None
    assert len(after.identities) == 2
    assert after.valid_until == standing.valid_until == later.replace(microsecond=0)
    assert [row.transition for row in selectors.status_changes(service.pk)] == ["grant", "renew", "change"]


def test_a_change_of_names_needs_two_people_and_no_assessment(world: World) -> None:
    service = world.granted()
    names = {"ja": "新名称", "en": "New name"}
    services.service_update(
        service_id=service.pk, name_ja="新名称", name_en="New name", actor=world.officer, at=clock.now()
    )
    still = selectors.standing_state(service.pk)
    assert still is not None
    assert still.names["en"] == "Sakura Sign"
    world.decide(selectors.draft_change(service.pk, reasons=REASONS, names=names))
    state = selectors.standing_state(service.pk)
    assert state is not None
    assert state.names == names
    assert state.status == "qualified"


def test_every_act_leaves_an_event(world: World) -> None:
    case = world.case(world.service())
    world.decide(world.draft_grant(case))
    tags = set(Event.objects.values_list("tag", flat=True))
    assert {
        "certification:service:registered",
        "certification:identity:added",
        "certification:application:started",
        "certification:application:moved",
        "certification:application:evidence_added",
        "certification:decision:proposed",
        "certification:decision:approved",
    } <= tags


def test_a_nonconforming_report_is_concluded_too(world: World) -> None:
    case = world.case(world.service(), conclusion=Conclusion.NONCONFORM)
    event = ApplicationEvent.objects.get(application=case, transition="conclude")
    report = selectors.report_of(case.pk)
    assert report is not None
    assert event.data["conclusion"] == "nonconform"
    assert event.data["report_sha256"] == report.sha256
