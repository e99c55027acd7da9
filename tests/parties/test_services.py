"""Acts on parties and their refusals, as the web process."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.http import HttpRequest
from pytest_django.fixtures import DjangoAssertNumQueries

from tests.factories import parties as factory
from trustreg.base import clock
from trustreg.base.errors import (
    Conflict,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    SeparationViolated,
)
from trustreg.base.models import Event
from trustreg.parties import selectors, services
from trustreg.parties.domain.actors import SYSTEM, Actor
from trustreg.parties.domain.roles import APPOINT, REGISTER_ORGANISATION, OrganisationKind, Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.models import Account, ApiKey, Appointment, Person
from trustreg.parties.services.register import Address

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Actor:
    return factory.administrator()


def test_there_is_one_first_administrator(admin: Actor) -> None:
    with pytest.raises(Conflict):
        factory.administrator()


def test_the_command_makes_the_first_administrator_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTREG_ADMIN_PASSWORD", factory.PASSWORD)
    names = ["--name-ja=管理", "--name-en=Admin", "--organisation-ja=庁", "--organisation-en=Authority"]
    call_command("create_admin", "Root@Example.JP", *names)
    assert Account.objects.get().email == "root@example.jp"
    with pytest.raises(CommandError, match="first administrator already"):
        call_command("create_admin", "other@example.jp", *names)


def test_an_organisation_is_registered_with_an_event(admin: Actor) -> None:
    number = factory.corporate_number()
    row = services.organisation_register(
        kind=OrganisationKind.PROVIDER,
        name_ja=" 株式会社例 ",
        name_en="Example K.K.",
        corporate_number=number,
        address=Address(postal_code="100-0001", region_ja="東京都", region_en="Tokyo"),
        emails=["contact@example.jp"],
        web_uris=["https://example.jp/"],
        actor=admin,
        at=clock.now(),
    )
    row.refresh_from_db()
    assert (row.name_ja, row.region_en, row.registrant_identifier) == ("株式会社例", "Tokyo", f"NTRJP-{number}")
    event = Event.objects.get(tag="parties:organisation:registered", subject_id=str(row.pk))
    assert event.person_id == admin.person_id


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"corporate_number": "1234567890123"}, "corporate_number"),
        ({"corporate_number": None}, "corporate_number"),
        ({"name_ja": "  "}, "name_ja"),
        ({"name_en": "x" * 201}, "name_en"),
        ({"name_en": "a\x00b"}, "name_en"),
        ({"emails": ["no-address"]}, "emails"),
        ({"web_uris": ["javascript:alert(1)"]}, "web_uris"),
        ({"parent_id": "00000000-0000-0000-0000-000000000001"}, "parent_id"),
    ],
)
def test_bad_facts_of_an_organisation_are_refused_by_field(admin: Actor, facts: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        factory.organisation(admin, OrganisationKind.PROVIDER, **facts)
    assert set(refusal.value.fields) == {field}
    assert set(refusal.value.fields[field]) == {"ja", "en"}


def test_a_corporate_number_is_used_once_and_stays(admin: Actor) -> None:
    row = factory.organisation(admin, OrganisationKind.CAB)
    with pytest.raises(Conflict):
        factory.organisation(admin, OrganisationKind.CAB, corporate_number=row.corporate_number)
    with pytest.raises(InvalidInput):
        services.organisation_update(
            organisation_id=row.pk, corporate_number=factory.corporate_number(), actor=admin, at=clock.now()
        )
    changed = services.organisation_update(
        organisation_id=row.pk,
        texts={"name_en": "New name"},
        web_uris=["https://x.example/"],
        actor=admin,
        at=clock.now(),
    )
    changed.refresh_from_db()
    assert (changed.name_en, changed.web_uris) == ("New name", ["https://x.example/"])
    with pytest.raises(InvalidInput):
        services.organisation_update(organisation_id=row.pk, texts={"kind": "ab"}, actor=admin, at=clock.now())


@pytest.mark.parametrize("field", ["name_ja", "name_en", "name_kana", "note"])
def test_a_my_number_is_refused_in_every_field_of_a_person(admin: Actor, field: str) -> None:
    facts = {"name_ja": "山田", "name_en": "Yamada", field: "1234-5678-9018"}
    with pytest.raises(InvalidInput) as refusal:
        services.person_register(**facts, actor=admin, at=clock.now())
    assert set(refusal.value.fields) == {field}
    assert refusal.value.status == 422
    assert "9018" not in refusal.value.en + str(refusal.value.fields), "the number itself is not repeated"
    assert not Person.objects.filter(name_en="Yamada").exists()


def test_a_my_number_is_refused_in_an_address_and_a_declaration(admin: Actor) -> None:
    someone = factory.person(admin)
    with pytest.raises(InvalidInput):
        services.account_create(
            person_id=someone.pk, email="123456789018@example.jp", password=None, actor=admin, at=clock.now()
        )
    cab = factory.organisation(admin, OrganisationKind.CAB)
    with pytest.raises(InvalidInput):
        services.conflict_declare(
            organisation_id=cab.pk, kind=Tie.OTHER, text="私は 123456789018", actor=admin, at=clock.now()
        )


def test_an_appointment_holds_from_its_start_to_before_its_end(admin: Actor) -> None:
    cab, someone = factory.organisation(admin, OrganisationKind.CAB), factory.person(admin)
    at = clock.now()
    row = services.appointment_start(
        person_id=someone.pk,
        organisation_id=cab.pk,
        role=Role.CAB_LEAD,
        ends_at=at + timedelta(days=1),
        actor=admin,
        at=at,
    )

    def held(moment: object) -> frozenset[Role]:
        return selectors.roles_at(someone.pk, cab.pk, moment)  # type: ignore[arg-type]

    assert held(at) == {Role.CAB_LEAD}
    assert held(at - timedelta(microseconds=1)) == frozenset()
    assert held(at + timedelta(days=1)) == frozenset()
    ended = services.appointment_end(appointment_id=row.pk, actor=admin, at=clock.now())
    assert held(ended.ends_at) == frozenset()
    with pytest.raises(Conflict):
        services.appointment_end(appointment_id=row.pk, actor=admin, at=clock.now())


def test_an_end_in_the_past_is_refused(admin: Actor) -> None:
    cab, someone = factory.organisation(admin, OrganisationKind.CAB), factory.person(admin)
    factory.appoint(admin, someone, cab, Role.CAB_LEAD)
    row = Appointment.objects.get(person=someone)
    at = clock.now()
    with pytest.raises(InvalidInput):
        services.appointment_end(appointment_id=row.pk, ends_at=at - timedelta(days=1), actor=admin, at=at)


def test_a_role_must_exist_in_the_kind_of_organisation(admin: Actor) -> None:
    cab, someone = factory.organisation(admin, OrganisationKind.CAB), factory.person(admin)
    with pytest.raises(InvalidInput):
        factory.appoint(admin, someone, cab, Role.AB_APPROVER)


def test_nobody_is_appointed_for_the_past(admin: Actor) -> None:
    body, someone = factory.organisation(admin, OrganisationKind.AB), factory.person(admin)
    at = clock.now()
    with pytest.raises(InvalidInput) as refused:
        services.appointment_start(
            person_id=someone.pk,
            organisation_id=body.pk,
            role=Role.AB_APPROVER,
            starts_at=at - timedelta(days=1),
            actor=admin,
            at=at,
        )
    assert "starts_at" in refused.value.fields


def test_nobody_appoints_themselves_and_a_role_is_held_once(admin: Actor) -> None:
    ab = factory.organisation(admin, OrganisationKind.AB)
    with pytest.raises(SeparationViolated):
        services.appointment_start(
            person_id=admin.person_id, organisation_id=ab.pk, role=Role.AB_APPROVER, actor=admin, at=clock.now()
        )
    someone = factory.person(admin)
    factory.appoint(admin, someone, ab, Role.AB_PROPOSER)
    with pytest.raises(Conflict):
        factory.appoint(admin, someone, ab, Role.AB_PROPOSER)


def test_an_officer_appoints_staff_of_the_own_provider_only(admin: Actor) -> None:
    provider, other = (factory.organisation(admin, OrganisationKind.PROVIDER) for _ in range(2))
    officer = factory.actor(admin, provider, Role.PROVIDER_OFFICER)
    someone = factory.person(admin)
    facts = {"person_id": someone.pk, "role": Role.PROVIDER_STAFF, "actor": officer}
    services.appointment_start(organisation_id=provider.pk, at=clock.now(), **facts)
    with pytest.raises(NotPermitted):
        services.appointment_start(organisation_id=other.pk, at=clock.now(), **facts)


def test_the_system_and_strangers_may_nothing(admin: Actor) -> None:
    provider = factory.organisation(admin, OrganisationKind.PROVIDER)
    stranger = factory.actor(admin, provider)
    for actor in (SYSTEM, stranger):
        with pytest.raises(NotPermitted) as refusal:
            selectors.authorise(actor, REGISTER_ORGANISATION, clock.now())
        assert refusal.value.extra["roles"] == ["ab_clerk", "system_admin"]


def test_a_role_counts_for_its_own_organisation(admin: Actor) -> None:
    one, two = (factory.organisation(admin, OrganisationKind.AB) for _ in range(2))
    clerk = factory.actor(admin, one, Role.AB_CLERK)
    assert selectors.authorise(clerk, REGISTER_ORGANISATION, clock.now(), organisation_id=one.pk).organisation == one
    with pytest.raises(NotPermitted):
        selectors.authorise(clerk, REGISTER_ORGANISATION, clock.now(), organisation_id=two.pk)


def test_a_group_is_linked_through_ownership_up_and_down(admin: Actor) -> None:
    top = factory.organisation(admin, OrganisationKind.PROVIDER)
    left = factory.organisation(admin, OrganisationKind.PROVIDER, parent_id=top.pk)
    right = factory.organisation(admin, OrganisationKind.CAB, parent_id=top.pk)
    alone = factory.organisation(admin, OrganisationKind.CAB)
    assert selectors.organisation_group(left.pk) == {top.pk, left.pk, right.pk}
    assert selectors.organisation_group(alone.pk) == {alone.pk}


def test_the_latest_declaration_of_a_kind_counts_for_independence(admin: Actor) -> None:
    provider = factory.organisation(admin, OrganisationKind.PROVIDER)
    cab = factory.organisation(admin, OrganisationKind.CAB)
    someone = factory.actor(admin, cab, Role.CAB_ASSESSOR)
    at = clock.now()

    def require(months: int = 24) -> None:
        selectors.require_independent(someone.person_id, [provider.pk], clock.now(), cooling_off_months=months)

    require()
    services.conflict_declare(organisation_id=provider.pk, kind=Tie.CONSULTING, actor=someone, at=at)
    with pytest.raises(SeparationViolated) as refusal:
        require()
    assert refusal.value.extra["ties"] == ["consulting"]
    services.conflict_declare(
        organisation_id=provider.pk, kind=Tie.CONSULTING, until=at - timedelta(days=400), actor=someone, at=clock.now()
    )
    with pytest.raises(SeparationViolated):
        require()
    require(months=12)


def test_membership_of_a_sister_company_counts(admin: Actor) -> None:
    top = factory.organisation(admin, OrganisationKind.PROVIDER)
    sister = factory.organisation(admin, OrganisationKind.PROVIDER, parent_id=top.pk)
    someone = factory.actor(admin, sister, Role.PROVIDER_STAFF)
    assert selectors.memberships_since(someone.person_id, top.pk, clock.now())
    with pytest.raises(SeparationViolated):
        selectors.require_independent(someone.person_id, [top.pk], clock.now(), cooling_off_months=0)


def test_a_person_has_one_account_and_signs_in_whatever_the_case(admin: Actor) -> None:
    someone = factory.person(admin)
    made = services.account_create(
        person_id=someone.pk, email="Hanako@Example.JP", password=factory.PASSWORD, actor=admin, at=clock.now()
    )
    assert authenticate(HttpRequest(), username="HANAKO@example.jp", password=factory.PASSWORD) == made
    assert authenticate(HttpRequest(), username="hanako@example.jp", password="wrong password") is None
    assert not made.has_perm("parties.add_account")
    with pytest.raises(Conflict):
        services.account_create(
            person_id=someone.pk, email="second@example.jp", password=None, actor=admin, at=clock.now()
        )


def test_a_weak_password_is_refused(admin: Actor) -> None:
    with pytest.raises(InvalidInput) as refusal:
        factory.account(admin, factory.person(admin), password="password")
    assert set(refusal.value.fields) == {"password"}


def test_a_password_is_set_by_its_owner_or_a_manager(admin: Actor) -> None:
    provider = factory.organisation(admin, OrganisationKind.PROVIDER)
    owner, stranger = factory.actor(admin, provider), factory.actor(admin, provider)
    act = {"account_id": owner.account_id, "password": "another long passphrase", "at": clock.now()}
    with pytest.raises(NotPermitted):
        services.account_password_set(actor=stranger, **act)
    for actor in (owner, admin):
        services.account_password_set(actor=actor, **act)
    assert Account.objects.get(pk=owner.account_id).check_password("another long passphrase")
    with pytest.raises(InvalidInput) as refusal:
        services.account_password_set(actor=owner, **(act | {"password": "password"}))
    sentences = refusal.value.fields["password"]
    assert sentences["ja"] != sentences["en"]


def test_a_key_is_shown_once_and_names_its_person_and_scopes(admin: Actor) -> None:
    row, text = services.api_key_issue(
        name="script",
        scopes=["validation:create"],
        expires_at=clock.now() + timedelta(days=90),
        actor=admin,
        at=clock.now(),
    )
    account, actor = services.api_key_authenticate(text, at=clock.now())
    assert (account.pk, actor.person_id, actor.via) == (admin.account_id, admin.person_id, "api_key")
    assert actor.scopes == {"validation:create"}
    row.refresh_from_db()
    assert row.last_used_at is not None
    assert text not in repr(ApiKey.objects.values().get())
    with pytest.raises(NotPermitted):
        selectors.authorise(actor, APPOINT, clock.now())
    with pytest.raises(NotPermitted):
        services.api_key_issue(
            name="another", scopes=[], expires_at=clock.now() + timedelta(days=1), actor=actor, at=clock.now()
        )


def test_a_key_with_the_scope_still_needs_the_role(admin: Actor) -> None:
    provider = factory.organisation(admin, OrganisationKind.PROVIDER)
    stranger = factory.actor(admin, provider)
    _, text = services.api_key_issue(
        name="x", scopes=[APPOINT.act], expires_at=clock.now() + timedelta(days=1), actor=stranger, at=clock.now()
    )
    _, actor = services.api_key_authenticate(text, at=clock.now())
    with pytest.raises(NotPermitted):
        selectors.authorise(actor, APPOINT, clock.now())


def test_keys_that_are_unknown_expired_revoked_or_of_a_closed_account_are_refused_alike(admin: Actor) -> None:
    provider = factory.organisation(admin, OrganisationKind.PROVIDER)
    owner = factory.actor(admin, provider)
    at = clock.now()

    def issue() -> tuple[ApiKey, str]:
        return services.api_key_issue(name="k", scopes=[], expires_at=at + timedelta(hours=1), actor=owner, at=at)

    row, text = issue()
    sentences = set()

    def refused(key: str, moment: object = at) -> None:
        with pytest.raises(NotAuthenticated) as refusal:
            services.api_key_authenticate(key, at=moment)  # type: ignore[arg-type]
        sentences.add(refusal.value.en)

    refused("trk_nonsense")
    refused(text[:-1] + ("0" if text[-1] != "0" else "1"))
    refused(text, at + timedelta(hours=1))
    services.api_key_revoke(api_key_id=row.pk, actor=owner, at=clock.now())
    services.api_key_revoke(api_key_id=row.pk, actor=owner, at=clock.now())
    refused(text)
    _, second = issue()
    services.account_deactivate(account_id=owner.account_id, actor=admin, at=clock.now())
    refused(second)
    assert len(sentences) == 1


def test_only_its_owner_or_an_account_manager_revokes_a_key(admin: Actor) -> None:
    provider = factory.organisation(admin, OrganisationKind.PROVIDER)
    owner, stranger = factory.actor(admin, provider), factory.actor(admin, provider)
    row, _ = services.api_key_issue(
        name="k", scopes=[], expires_at=clock.now() + timedelta(hours=1), actor=owner, at=clock.now()
    )
    with pytest.raises(NotPermitted):
        services.api_key_revoke(api_key_id=row.pk, actor=stranger, at=clock.now())
    assert services.api_key_revoke(api_key_id=row.pk, actor=admin, at=clock.now()).revoked_at is not None


def test_an_oid_arc_is_dotted_and_registered_once(admin: Actor) -> None:
    provider = factory.organisation(admin, OrganisationKind.PROVIDER)
    services.oid_arc_register(arc="1.2.392.200.999", organisation_id=provider.pk, actor=admin, at=clock.now())
    assert selectors.registered_arcs() == {"1.2.392.200.999"}
    with pytest.raises(Conflict):
        services.oid_arc_register(arc="1.2.392.200.999", organisation_id=provider.pk, actor=admin, at=clock.now())
    with pytest.raises(InvalidInput):
        services.oid_arc_register(arc="1.2.0392", organisation_id=provider.pk, actor=admin, at=clock.now())


def test_what_does_not_exist_is_not_found(admin: Actor) -> None:
    with pytest.raises(NotFound):
        selectors.organisation_get(admin.person_id)
    with pytest.raises(NotFound):
        selectors.person_get(admin.account_id)


def test_questions_ask_the_database_once(admin: Actor, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cab = factory.organisation(admin, OrganisationKind.CAB)
    lead = factory.actor(admin, cab, Role.CAB_LEAD)
    with django_assert_num_queries(1):
        selectors.roles_at(lead.person_id, cab.pk, clock.now())
    with django_assert_num_queries(1):
        assert list(selectors.organisations(q="Organisation", kind="cab")) == [cab]
    with django_assert_num_queries(2):
        selectors.memberships_since(lead.person_id, cab.pk, clock.now())
