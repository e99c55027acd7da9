"""Who calls the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from tests.factories import parties as factory
from trustreg.base import clock
from trustreg.base.errors import NotAuthenticated
from trustreg.parties import services
from trustreg.parties.authentication import ApiKeyAuthentication, SessionAuthentication, actor_of_request

pytestmark = pytest.mark.django_db


def request(**headers: str) -> Request:
    plain: HttpRequest = APIRequestFactory().get("/", headers=headers)
    return Request(plain, authenticators=[ApiKeyAuthentication(), SessionAuthentication()])


def test_a_bearer_key_names_its_actor() -> None:
    admin = factory.administrator()
    _, text = services.api_key_issue(
        name="k", scopes=["a:b"], expires_at=clock.now() + timedelta(hours=1), actor=admin, at=clock.now()
    )
    actor = actor_of_request(request(authorization=f"Bearer {text}"))
    assert (actor.person_id, actor.scopes, actor.via) == (admin.person_id, {"a:b"}, "api_key")


@pytest.mark.parametrize("header", ["Bearer trk_x", "bearer ", "Bearer trk_aaaaaaaa_" + "a" * 49])
def test_a_bad_key_is_refused_and_not_taken_for_anonymous(header: str) -> None:
    with pytest.raises(NotAuthenticated):
        _ = request(authorization=header).user


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic YTpi"}])
def test_without_a_key_nobody_acts(headers: dict[str, str]) -> None:
    with pytest.raises(NotAuthenticated):
        actor_of_request(request(**headers))


def test_a_session_acts_without_scopes() -> None:
    admin = factory.administrator()
    from trustreg.parties.models import Account

    plain = APIRequestFactory().get("/")
    plain.user = Account.objects.get(pk=admin.account_id)
    actor = actor_of_request(Request(plain, authenticators=[SessionAuthentication()]))
    assert (actor.account_id, actor.scopes, actor.via) == (admin.account_id, None, "session")
