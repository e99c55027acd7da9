"""Organisations, accreditations and decisions as anybody may read them; what is not public does not exist."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from list_registry import TABLES, past_the_walls

from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.models import Decision
from certification.selectors import decision_proposal, draft_reject
from conformity import services as conformity
from conformity.models import Accreditation, AccreditationDecisionKind
from qualified_list.models import ListedService
from qualified_list.selectors import snapshot as snapshots
from tests.certification import certification_world as worlds
from trustreg.base import clock
from trustreg.parties.models import Account, Organisation

HTML = {"accept": "text/html"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_list_of_another_test(monkeypatch):
    monkeypatch.setattr(snapshots, "_current", None)


@pytest.fixture
def world(registry):
    """Everything that leads to a decision, beside a scheme from which a list can be published."""
    found = worlds.build()
    with past_the_walls(*TABLES):  # a list demands an address
        Organisation.objects.filter(pk=found.provider.pk).update(
            locality_ja="千代田区",
            locality_en="Chiyoda-ku",
            street_ja="1-1",
            street_en="1-1",
            emails=["info@provider.example"],
            web_uris=["https://provider.example/"],
        )
    return found


def get(address: str, client: Client | None = None) -> tuple[int, str]:
    response = (client or Client()).get(address, headers=HTML)
    return response.status_code, response.content.decode()


def signed_in(someone) -> Client:
    client = Client()
    client.force_login(Account.objects.create(person=someone, email=f"{uuid.uuid4().hex[:8]}@example.jp"))
    return client


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text.partition("<main")[2]).split())


# Decisions


def test_a_grant_leads_to_its_whole_chain(world, publish, django_assert_max_num_queries):
    service = world.granted()
    decision = Decision.objects.get()
    _, waiting = get(f"/en/decisions/{decision.pk}")
    assert "The next issue will carry it." in waiting
    assert "This service is not on the trusted list yet." in waiting
    assert 'data-level="qualified" data-lapsed' in waiting, "decided is not listed"
    publish()
    with django_assert_max_num_queries(12):
        status, text = get(f"/en/decisions/{decision.pk}")
    assert status == 200
    said = words(text)
    assert "Certify “Sakura Sign” as a qualified service" in said
    assert worlds.REASONS["en"] in said
    assert "A proposer and an approver, two people" in said
    assert decision_proposal(decision.pk).content_sha256 in re.sub(r"</?span>|<wbr>", "", text)
    assert "First in issue 1" in said
    assert "Conforms with the criteria (1)" in said
    assert "AC-1" in said
    for name in ("proposer", "approver", "lead", "decider", "officer"):
        assert f">{name}<" not in text, "no people"
    entry = ListedService.objects.get()
    links = set(re.findall(r'href="(/en/(?:services|organisations|accreditations|decisions)/[^"]+)"', text))
    assert f"/en/services/{entry.pk}" in links
    assert len([link for link in links if "/organisations/" in link]) == 3, "accreditation body, assessor, provider"
    assert {link: get(link)[0] for link in links} == dict.fromkeys(links, 200)
    assert worlds.REASONS["ja"] in get(f"/decisions/{decision.pk}")[1]
    assert service.name_ja in get(f"/decisions/{decision.pk}")[1]


def test_an_old_grant_does_not_look_as_if_it_still_held(world, publish):
    service = world.granted()
    publish()
    grant = Decision.objects.get()
    assert 'data-level="qualified">' in get(f"/decisions/{grant.pk}")[1]
    world.step(service, DecisionKind.WITHDRAW)
    publish()
    _, text = get(f"/decisions/{grant.pk}")
    assert 'data-level="qualified">' not in text
    assert "取消し" in text
    _, later = get(f"/en/decisions/{Decision.objects.exclude(pk=grant.pk).get().pk}")
    assert "Withdraw the certification of “Sakura Sign”" in later
    assert "First in issue 2" in later
    assert "AC-1" in later, "it rests on the assessment before it"
    assert "Conforms with the criteria" in later


def test_an_urgent_suspension_says_that_one_person_decided(registry, publish):
    states = registry.grant(1)
    publish()
    registry.suspend(states, urgent=True)
    publish()
    _, text = get(f"/en/decisions/{Decision.objects.get(status='urgent').pk}")
    assert "It awaits confirmation by two." in text
    assert "This decision cites no accreditation." in text
    assert "Suspend the certification of" in text


@pytest.mark.parametrize("kind", [kind for kind in DecisionKind if kind is not DecisionKind.REJECT])
def test_every_kind_of_decision_has_words(registry, kind):
    after = {
        "suspend": "suspended_qualified",
        "confirm_suspension": "suspended_qualified",
        "downgrade": "specified",
        "withdraw": "withdrawn",
        "cease": "ceased",
    }
    states = registry.grant(1, level="specified" if kind is DecisionKind.UPGRADE else "qualified")
    if kind in (DecisionKind.CONFIRM_SUSPENSION, DecisionKind.REINSTATE):
        states = registry.suspend(states)
    if kind is not DecisionKind.GRANT:
        registry.decide(states, kind, ServiceStatus(after.get(kind, "qualified")))
    decision = Decision.objects.get(kind=kind)
    for address in (f"/decisions/{decision.pk}", f"/en/decisions/{decision.pk}"):
        code, text = get(address)
        assert code == 200
        assert kind.value not in words(text).split(), "no codes"


def test_what_is_not_public_does_not_exist_for_strangers(world):
    service = world.service()
    application = world.case(service)
    proposed = world.propose(world.draft_grant(application))
    assert get(f"/decisions/{proposed.pk}")[0] == 404
    assert get(f"/decisions/{uuid.uuid4()}")[0] == 404
    assert get(f"/decisions/{proposed.pk}", signed_in(world.people["officer"]))[0] == 404
    assert service.name_ja not in get(f"/decisions/{proposed.pk}")[1]


def test_people_of_the_body_are_sent_to_their_own_page(world):
    application = world.case(world.service())
    proposed = world.propose(world.draft_grant(application))
    client = signed_in(world.people["approver"])
    answer = client.get(f"/en/decisions/{proposed.pk}", headers=HTML)
    assert (answer.status_code, answer["Location"]) == (302, f"/en/decisions/{proposed.pk}/approve")
    assert client.get(answer["Location"], headers=HTML).status_code == 200


def test_a_rejection_is_never_public(world):
    application = world.case(world.service(), conclusion=worlds.Conclusion.NONCONFORM)
    rejected = world.decide(draft_reject(application.pk, reasons=worlds.REASONS, at=clock.now()))
    assert rejected.status == "approved"
    assert get(f"/decisions/{rejected.pk}")[0] == 404


# Organisations


def test_a_provider_with_its_services_and_decisions(world, publish, django_assert_max_num_queries):
    service = world.granted()
    publish()
    world.step(service, DecisionKind.SUSPEND)
    publish()
    with django_assert_max_num_queries(12):
        status, text = get(f"/en/organisations/{world.provider.pk}")
    assert status == 200
    said = words(text)
    assert "Provider" in said
    assert world.provider.corporate_number in said
    assert "Suspended" in said
    assert "data-lapsed" in text
    assert 'data-level="qualified">' not in text
    assert text.count('<a href="/en/decisions/') == 2
    assert "Certification" in said
    assert "Suspension" in said


def test_an_assessment_body_with_its_accreditation(world):
    _, text = get(f"/en/organisations/{world.cab.pk}")
    said = words(text)
    assert "Conformity assessment body" in said
    assert "AC-1" in said
    assert "Valid" in said
    accredited = Accreditation.objects.get(number="AC-1")
    assert f'href="/en/accreditations/{accredited.pk}"' in text
    assert f'href="/en/organisations/{world.ab.pk}"' in text


def test_an_accreditation_body_with_what_it_decided_page_by_page(world, publish, monkeypatch):
    monkeypatch.setattr("qualified_list.views.register.PAGE", 1)
    service = world.granted()
    world.step(service, DecisionKind.SUSPEND)
    address = f"/en/organisations/{world.ab.pk}"
    _, text = get(address)
    assert "AC-1" in text
    assert "AC-2" in text
    assert "Suspension" in text
    assert f'rel="next" href="{address}?page=2#decisions"' in text
    _, second = get(f"{address}?page=2")
    assert "Certification" in words(second)
    assert f'rel="prev" href="{address}#decisions"' in second
    assert 'rel="next"' not in second
    assert get(f"{address}?page=x")[0] == 422


@pytest.mark.parametrize(
    ("kind", "ja", "en"),
    [
        ("authority", "国の機関", "Authority"),
        ("government_issuer", "行政機関が関わる証明書発行機関", "Government issuer"),
        ("foreign", "外国の機関", "Foreign organisation"),
        ("cab", "適合性評価機関", "Conformity assessment body"),
        ("provider", "事業者", "Provider"),
    ],
)
def test_every_kind_of_organisation_has_its_page(world, kind, ja, en):
    row = worlds.organisation(kind, f"<b>組織 {kind}</b>")
    status, text = get(f"/organisations/{row.pk}")
    assert status == 200
    assert ja in text
    assert "<b>組織" not in text
    _, english = get(f"/en/organisations/{row.pk}")
    assert en in english
    if kind in ("government_issuer", "foreign", "provider"):
        assert "A service that is not there is not certified." in english


def test_an_organisation_shows_nothing_of_what_is_not_listed(world):
    world.case(world.service(name="ひみつの申請"))
    assert "ひみつの申請" not in get(f"/organisations/{world.provider.pk}")[1]
    assert get(f"/organisations/{uuid.uuid4()}")[0] == 404


# Accreditations


def test_scope_with_dates_and_history(world, django_assert_max_num_queries):
    row = Accreditation.objects.get(number="AC-1")
    with django_assert_max_num_queries(12):
        status, text = get(f"/en/accreditations/{row.pk}")
    assert status == 200
    said = words(text)
    assert f"Accreditation of {world.cab.name_en}" in said
    assert text.partition("<tbody")[2].partition("</tbody>")[0].count("<tr ") == 4, "two kinds, two levels"
    assert "Time-stamping" in said
    assert "Qualified" in said
    assert "Accredited" in said
    assert "Renewal due" in said
    assert "Office assessment" not in said, "the examination is not public"
    assert get(f"/accreditations/{uuid.uuid4()}")[0] == 404


def test_a_suspended_or_expired_accreditation_says_that_it_is_not_in_effect(world, monkeypatch):
    row = Accreditation.objects.get(number="AC-1")
    proposal = conformity.accreditation_decision_propose(
        accreditation_id=row.pk,
        kind=AccreditationDecisionKind.SUSPEND,
        reasons="under review",
        actor=world.proposer,
        at=clock.now(),
    )
    conformity.accreditation_decision_approve(
        decision_id=proposal.pk, draft_sha256=proposal.draft_sha256, actor=world.approver, at=clock.now()
    )
    _, text = get(f"/en/accreditations/{row.pk}")
    assert "This accreditation is not in effect now." in text
    assert "Accreditation suspended" in text
    assert "under review" not in text, "the reasons are not public"
    row.refresh_from_db()
    later = row.valid_until + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "Expired" in get(f"/en/accreditations/{row.pk}")[1]
    assert "期限満了" in get(f"/organisations/{world.cab.pk}")[1]


def test_an_examination_is_known_to_its_two_bodies_alone(world):
    third = worlds.organisation("cab", "第三審査")
    row = conformity.accreditation_apply(
        ab_id=world.ab.pk, cab_id=third.pk, number="AC-3", actor=world.proposer, at=clock.now()
    )
    address = f"/en/accreditations/{row.pk}"
    assert get(address)[0] == 404
    assert get(address, signed_in(world.people["officer"]))[0] == 404
    client = signed_in(world.people["clerk"])
    status, text = get(address, client)
    assert status == 200
    assert "Applied for" in text
    assert "no-store" in client.get(address, headers=HTML)["Cache-Control"]
    assert "This body is not accredited." in get(f"/en/organisations/{third.pk}")[1]
