"""Parties over HTTP: sessions, keys, organisations, people, appointments, declarations."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth import login, logout
from django.middleware.csrf import get_token
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trustreg.base import clock
from trustreg.base.api import SAFE, Endpoint, django_request
from trustreg.base.errors import InvalidInput
from trustreg.base.openapi import paged
from trustreg.base.pagination import page
from trustreg.parties import selectors, services
from trustreg.parties.authentication import actor_of_request, password_authenticate
from trustreg.parties.domain.roles import APPOINT, REGISTER_PERSON, OrganisationKind, Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.models import Account, ApiKey, Appointment, OidArc, Person
from trustreg.parties.serializers import (
    AccountIn,
    AccountOut,
    ApiKeyIn,
    ApiKeyPage,
    AppointmentEndIn,
    AppointmentIn,
    AppointmentOut,
    AppointmentPage,
    AppointmentQuery,
    ConflictIn,
    ConflictOut,
    NewApiKeyOut,
    OidArcIn,
    OidArcOut,
    OrganisationChangeIn,
    OrganisationIn,
    OrganisationOut,
    OrganisationPage,
    OrganisationQuery,
    PersonIn,
    PersonOut,
    PersonPage,
    SessionOut,
    SignIn,
    account_json,
    api_key_json,
    appointment_json,
    organisation_json,
    person_json,
)
from trustreg.parties.services.register import Address


def _session_json(request: Request) -> dict[str, Any]:
    account = request.user if isinstance(request.user, Account) else None
    held = (
        selectors.appointments_at(account.person_id, clock.now()).select_related("organisation").order_by("role")
        if account
        else []
    )
    return {
        "account": account_json(account) if account else None,
        "name": account.person.name_ja if account else None,
        "appointments": [
            {
                "id": str(row.pk),
                "role": row.role,
                "organisation": str(row.organisation_id),
                "organisation_name": {"ja": row.organisation.name_ja, "en": row.organisation.name_en},
            }
            for row in held
        ],
        "csrf_token": get_token(django_request(request)),
    }


class SessionEndpoint(Endpoint):
    open_to_all = frozenset({"GET", "HEAD", "POST"})

    @extend_schema(operation_id="session_get", tags=["session"], responses=SessionOut)
    def get(self, request: Request) -> Response:
        """Who is signed in, and the token that writes of the session need."""
        return Response(_session_json(request))

    @extend_schema(operation_id="session_start", tags=["session"], request=SignIn, responses=SessionOut)
    def post(self, request: Request) -> Response:
        """Sign in with e-mail and password.

        After ten failures for one address from one place, further attempts are refused for 15 minutes (429).
        """
        values = self.read(SignIn, request)
        http = django_request(request)
        account = password_authenticate(http, **values)
        login(http, account)
        request.user = account
        return Response(_session_json(request))

    @extend_schema(operation_id="session_end", tags=["session"], request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Sign out."""
        logout(django_request(request))
        return Response(status=204)


class ApiKeysEndpoint(Endpoint):
    """Keys of one's own account. The wiring names the scopes that exist: the acts of all apps."""

    answers_secret = True
    known_scopes: ClassVar[frozenset[str]] = frozenset()

    @extend_schema(operation_id="api_keys_list", tags=["api-keys"], responses=ApiKeyPage, parameters=paged())
    def get(self, request: Request) -> Response:
        """My API keys, newest first; never their secrets."""
        actor = actor_of_request(request)
        rows = ApiKey.objects.filter(account_id=actor.account_id)
        return Response(page(rows, request, order=("-created_at", "-id"), serialize=api_key_json))

    @extend_schema(operation_id="api_key_issue", tags=["api-keys"], request=ApiKeyIn, responses={201: NewApiKeyOut})
    def post(self, request: Request) -> Response:
        """Issue an API key; its text is shown this once. A key cannot issue keys.

        An answer with a secret is not kept, so `Idempotency-Key` has no effect here.
        """
        values = self.read(ApiKeyIn, request)
        unknown = sorted(set(values["scopes"]) - self.known_scopes)
        if unknown:
            known = ", ".join(sorted(self.known_scopes))
            raise InvalidInput(
                f"There is no scope {', '.join(unknown)}. Scopes that exist: {known}.",
                f"スコープ {', '.join(unknown)} はありません。使えるもの: {known}。",
                fields={
                    "scopes": {"en": f"Unknown: {', '.join(unknown)}.", "ja": f"不明なスコープ: {', '.join(unknown)}。"}
                },
            )
        row, key = services.api_key_issue(**values, actor=actor_of_request(request), at=clock.now())
        row.refresh_from_db()
        return Response({**api_key_json(row), "key": key}, status=201)


class ApiKeyEndpoint(Endpoint):
    @extend_schema(operation_id="api_key_revoke", tags=["api-keys"], request=None, responses={204: None})
    def delete(self, request: Request, api_key_id: UUID) -> Response:
        """Revoke a key, at once and for ever."""
        services.api_key_revoke(api_key_id=api_key_id, actor=actor_of_request(request), at=clock.now())
        return Response(status=204)


class OrganisationsEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="organisations_list",
        tags=["organisations"],
        responses=OrganisationPage,
        parameters=[
            OpenApiParameter("q", str, description="Part of a name in Japanese, English or kana"),
            OpenApiParameter("kind", str, enum=[kind.value for kind in OrganisationKind]),
            OpenApiParameter("corporate_number", str, description="13 digits"),
            *paged(),
        ],
    )
    def get(self, request: Request) -> Response:
        """The public register of organisations."""
        rows = selectors.organisations(**self.read_query(OrganisationQuery, request))
        return Response(page(rows, request, order=("name_ja", "id"), serialize=organisation_json))

    @extend_schema(
        operation_id="organisation_register",
        tags=["organisations"],
        request=OrganisationIn,
        responses={201: OrganisationOut},
    )
    def post(self, request: Request) -> Response:
        """Register an organisation."""
        values = self.read(OrganisationIn, request)
        values["kind"] = OrganisationKind(values["kind"])
        if "address" in values:
            values["address"] = Address(**values["address"])
        row = services.organisation_register(**values, actor=actor_of_request(request), at=clock.now())
        return Response(organisation_json(row), status=201, headers={"Location": f"/api/v1/organisations/{row.pk}"})


class OrganisationEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="organisation_get", tags=["organisations"], responses=OrganisationOut)
    def get(self, request: Request, organisation_id: UUID) -> Response:
        """One organisation."""
        return Response(organisation_json(selectors.organisation_get(organisation_id)))

    @extend_schema(
        operation_id="organisation_update",
        tags=["organisations"],
        request=OrganisationChangeIn,
        responses=OrganisationOut,
    )
    def patch(self, request: Request, organisation_id: UUID) -> Response:
        """Correct facts of an organisation; what is left out stays."""
        values = self.read(OrganisationChangeIn, request)
        texts: dict[str, str] = {
            name: values.pop(name) for name in ("name_ja", "name_en", "name_kana", "source") if name in values
        }
        texts |= values.pop("address", {})
        row = services.organisation_update(
            organisation_id=organisation_id, texts=texts, **values, actor=actor_of_request(request), at=clock.now()
        )
        return Response(organisation_json(row))


class PersonsEndpoint(Endpoint):
    @extend_schema(operation_id="persons_list", tags=["people"], responses=PersonPage, parameters=paged())
    def get(self, request: Request) -> Response:
        """People of the register, for those who register people."""
        selectors.authorise(actor_of_request(request), REGISTER_PERSON, clock.now())
        return Response(page(Person.objects.all(), request, order=("name_ja", "id"), serialize=person_json))

    @extend_schema(operation_id="person_register", tags=["people"], request=PersonIn, responses={201: PersonOut})
    def post(self, request: Request) -> Response:
        """Register a person. A My Number in any field is refused and not stored."""
        row = services.person_register(**self.read(PersonIn, request), actor=actor_of_request(request), at=clock.now())
        return Response(person_json(row), status=201)


class AppointmentsEndpoint(Endpoint):
    @extend_schema(
        operation_id="appointments_list",
        tags=["people"],
        responses=AppointmentPage,
        parameters=[OpenApiParameter("organisation", UUID), OpenApiParameter("person", UUID), *paged()],
    )
    def get(self, request: Request) -> Response:
        """Appointments: one's own, or all of them for those who appoint."""
        actor = actor_of_request(request)
        values = self.read_query(AppointmentQuery, request)
        rows = Appointment.objects.all()
        if values.get("person") != actor.person_id:
            selectors.authorise(actor, APPOINT, clock.now())
        if "person" in values:
            rows = rows.filter(person_id=values["person"])
        if "organisation" in values:
            rows = rows.filter(organisation_id=values["organisation"])
        return Response(page(rows, request, order=("starts_at", "id"), serialize=appointment_json))

    @extend_schema(
        operation_id="appointment_start", tags=["people"], request=AppointmentIn, responses={201: AppointmentOut}
    )
    def post(self, request: Request) -> Response:
        """Appoint a person to a role in an organisation."""
        values = self.read(AppointmentIn, request)
        values["role"] = Role(values["role"])
        row = services.appointment_start(**values, actor=actor_of_request(request), at=clock.now())
        return Response(appointment_json(row), status=201)


class AppointmentEndEndpoint(Endpoint):
    @extend_schema(operation_id="appointment_end", tags=["people"], request=AppointmentEndIn, responses=AppointmentOut)
    def post(self, request: Request, appointment_id: UUID) -> Response:
        """End an appointment now, or announce its end."""
        values = self.read(AppointmentEndIn, request)
        row = services.appointment_end(
            appointment_id=appointment_id, **values, actor=actor_of_request(request), at=clock.now()
        )
        return Response(appointment_json(row))


class ConflictDeclarationsEndpoint(Endpoint):
    scopes: ClassVar = {"POST": "conflict:declare"}

    @extend_schema(operation_id="conflict_declare", tags=["people"], request=ConflictIn, responses={201: ConflictOut})
    def post(self, request: Request) -> Response:
        """Declare one's own tie to an organisation, or that there is none."""
        values = self.read(ConflictIn, request)
        values["kind"] = Tie(values["kind"])
        row = services.conflict_declare(**values, actor=actor_of_request(request), at=clock.now())
        shown = {
            "id": row.pk,
            "organisation": row.organisation_id,
            "kind": row.kind,
            "text": row.text,
            "since": row.since,
            "until": row.until,
            "declared_at": row.declared_at,
        }
        return Response(ConflictOut(shown).data, status=201)


class AccountsEndpoint(Endpoint):
    @extend_schema(operation_id="account_create", tags=["accounts"], request=AccountIn, responses={201: AccountOut})
    def post(self, request: Request) -> Response:
        """Give a person the one account they may have."""
        values = {"password": None, **self.read(AccountIn, request)}
        row = services.account_create(**values, actor=actor_of_request(request), at=clock.now())
        return Response(account_json(row), status=201)


class AccountDeactivateEndpoint(Endpoint):
    @extend_schema(operation_id="account_deactivate", tags=["accounts"], request=None, responses=AccountOut)
    def post(self, request: Request, account_id: UUID) -> Response:
        """Close an account and revoke its keys."""
        return Response(
            account_json(
                services.account_deactivate(account_id=account_id, actor=actor_of_request(request), at=clock.now())
            )
        )


class OidArcsEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="oid_arcs_list",
        tags=["organisations"],
        parameters=paged(),
        responses=OpenApiResponse(description="Arcs under which organisations name their devices."),
    )
    def get(self, request: Request) -> Response:
        """OID arcs under which organisations name their devices."""
        return Response(
            page(
                OidArc.objects.all(),
                request,
                order=("arc",),
                serialize=lambda row: {"id": str(row.pk), "arc": row.arc, "organisation": str(row.organisation_id)},
            )
        )

    @extend_schema(
        operation_id="oid_arc_register", tags=["organisations"], request=OidArcIn, responses={201: OidArcOut}
    )
    def post(self, request: Request) -> Response:
        """Register an OID arc of an organisation."""
        row = services.oid_arc_register(**self.read(OidArcIn, request), actor=actor_of_request(request), at=clock.now())
        return Response({"id": str(row.pk), "arc": row.arc, "organisation": str(row.organisation_id)}, status=201)
