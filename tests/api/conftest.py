"""Clients of the API: a stranger, people with roles signed in, scripts with keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

import trustreg.celery  # noqa: F401 - jobs are sent through the application, not to a default broker
from trustreg.base import clock


@pytest.fixture
def stranger() -> APIClient:
    """Nobody in particular; asks for English so that sentences can be compared."""
    return APIClient(headers={"accept-language": "en"})


@pytest.fixture
def administrator(db):
    """The first administrator's account (password `correct horse battery`)."""
    from trustreg.parties import services

    return services.first_administrator_create(
        organisation_ja="制度所管庁",
        organisation_en="Scheme Authority",
        name_ja="管理 一郎",
        name_en="Ichiro Kanri",
        email="admin@example.jp",
        password="correct horse battery",
        at=clock.now(),
    )


@pytest.fixture
def signed_in() -> Callable[..., APIClient]:
    """`signed_in(account)`: a client with the session of that account."""

    def make(account) -> APIClient:
        client = APIClient(headers={"accept-language": "en"})
        client.force_login(account, backend="trustreg.parties.authentication.AccountBackend")
        return client

    return make


@pytest.fixture
def with_key() -> Callable[..., APIClient]:
    """`with_key(account, scopes)`: a client that sends an API key of that account."""
    from trustreg.parties import selectors, services

    def make(account, *scopes: str) -> APIClient:
        at = clock.now()
        _, text = services.api_key_issue(
            name="script", scopes=scopes, expires_at=at + timedelta(days=1), actor=selectors.actor_of(account), at=at
        )
        client = APIClient(headers={"accept-language": "en"})
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return client

    return make
