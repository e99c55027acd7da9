"""Every address of the API, every method, every kind of caller: a documented answer, and never a 500."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from trustreg.base import clock
from trustreg.base.api import Endpoint
from trustreg.parties import services as parties
from trustreg.parties.domain.roles import ROLE_KINDS, Role
from trustreg.parties.models import Appointment, Organisation, Person

pytestmark = pytest.mark.django_db

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
SAMPLES = {"uuid": str(uuid.uuid4()), "int": "7", "slug": "x", "str": "x"}


def routes() -> list[tuple[str, str, type[Endpoint]]]:
    """(address with sample parameters, its template in OpenAPI, view class) of every endpoint."""
    found: list[tuple[str, str, type[Endpoint]]] = []

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> None:
        for pattern in patterns:
            place = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, place)
            elif (view := getattr(pattern.callback, "cls", None)) is not None and issubclass(view, Endpoint):
                sample = re.sub(r"<(\w+):\w+>", lambda match: SAMPLES[match[1]], place)
                template = re.sub(r"<\w+:(\w+)>", r"{\1}", place)
                found.append((f"/{sample}", f"/{template}", view))

    walk(get_resolver().url_patterns, "")
    return found


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(Client().get("/api/v1/openapi.json").content)


@pytest.fixture
def callers(administrator, signed_in) -> dict[str, APIClient]:
    """A stranger, and a person in each role."""
    found = {"stranger": APIClient()}
    at = clock.now()
    for role in Role:
        kind = sorted(ROLE_KINDS[role])[0]
        number = {"foreign_registration_id": "X1"} if kind in ("provider", "foreign") else {}
        organisation = Organisation.objects.filter(kind=kind).first() or Organisation.objects.create(
            kind=kind, name_ja=kind, name_en=kind, **number
        )
        person = Person.objects.create(name_ja=role, name_en=role)
        Appointment.objects.create(
            person=person, organisation=organisation, role=role, starts_at=at, appointed_by=administrator.person
        )
        from trustreg.parties import selectors

        account = parties.account_create(
            person_id=person.pk,
            email=f"{role.replace('_', '-')}@example.jp",
            password=None,
            actor=selectors.actor_of(administrator),
            at=at,
        )
        found[role] = signed_in(account)
    return found


def test_there_are_endpoints():
    assert len(routes()) > 80
    assert len({view for _, _, view in routes()}) == len(routes())


def errors_of(view: type[Endpoint]) -> str:
    """The media type of its errors: problem details, but for the addresses that speak SiVa's language."""
    return "application/json" if view.__module__ == "signing.siva.api" else "application/problem+json"


def answers(client: APIClient, document: dict[str, Any], body: Any) -> list[tuple[Any, ...]]:
    """What `client` was answered that the description does not say."""
    wrong: list[tuple[Any, ...]] = []
    for address, template, view in routes():
        for method in ("get", "head", "post", "put", "patch", "delete"):
            if not (hasattr(view, method) or (method == "head" and hasattr(view, "get"))):
                continue
            if (method, template) == ("delete", "/api/v1/session"):
                continue  # it would end the session of all that follows
            send = getattr(client, method)
            plain = body is None or (isinstance(body, list) and method in ("get", "head"))
            response = send(address) if plain else send(address, body, format="json")
            described = document["paths"][template]["get" if method == "head" else method]["responses"]
            if str(response.status_code) not in described:
                wrong.append((method, address, response.status_code, sorted(described)))
            elif response.status_code >= 400 and response["Content-Type"] != errors_of(view):
                wrong.append((method, address, response["Content-Type"]))
    return wrong


def test_every_answer_to_every_role_is_documented(callers, document):
    wrong = {who: found for who, client in callers.items() if (found := answers(client, document, {}))}
    assert not wrong


@pytest.mark.parametrize("body", [None, {"x": 1}, [1]], ids=["nothing", "unknown", "list"])
def test_every_answer_to_an_odd_body_is_documented(administrator, signed_in, document, body):
    assert not answers(signed_in(administrator), document, body)


def test_methods_that_do_not_exist_are_405_for_everybody(stranger):
    for address, _, view in routes():
        for method in METHODS:
            if method == "options" or not (hasattr(view, method) or (method == "head" and hasattr(view, "get"))):
                response = getattr(stranger, method)(address)
                assert response.status_code == 405, (method, address)
                assert method.upper() not in response["Allow"], (method, address)


def test_writes_of_strangers_are_refused_but_for_questions_and_signing_in(document):
    open_to_all = {
        (template, method)
        for _, template, view in routes()
        for method in ("post", "put", "patch", "delete")
        if hasattr(view, method) and method.upper() in view.open_to_all
    }
    assert open_to_all == {
        ("/api/v1/session", "post"),
        ("/api/v1/status-queries", "post"),
        ("/api/v1/validations", "post"),
        ("/api/v1/validations/{report_id}/cancel", "post"),
        ("/validate", "post"),
        ("/validateHashcode", "post"),
    }


def test_the_document_is_openapi_3_1_and_describes_every_endpoint(document):
    assert document["openapi"].startswith("3.1")
    for _, template, view in routes():
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(view, method):
                described = document["paths"][template][method]
                assert described["summary"], template
                assert described["operationId"], template
    names = [
        operation["operationId"]
        for path in document["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    assert len(names) == len(set(names))


def test_pages_of_the_reference_obey_the_policy():
    response = Client().get("/api/v1/docs")
    assert response.status_code == 200
    text = response.content.decode()
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)", text)
    assert "<style" not in text
    assert "style=" not in text
    for asset in re.findall(r'(?:src|href)="(/static/[^"]+)"', text):
        assert Client().get(asset).status_code == 200, asset
