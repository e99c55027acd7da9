"""Names that are markup, templates or formats stay text on every page that shows them."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

import pytest
from django.test import Client
from list_registry import TABLES, past_the_walls

from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.models import Decision, Service
from qualified_list.selectors import snapshot as snapshots

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=1>{{ 7|add:7 }}{n}{0.__class__}%(a)s{name}"


@pytest.fixture
def service(registry, publish, monkeypatch):
    """A service with such a name, granted in issue 1 and suspended in issue 2."""
    monkeypatch.setattr(snapshots, "_current", None)
    provider = registry.provider(HOSTILE)
    state = registry.services(provider)[0]
    with past_the_walls(*TABLES):
        Service.objects.filter(pk=state.service).update(name_ja=HOSTILE, name_en=HOSTILE)
    state = replace(state, names=Service.objects.get(pk=state.service).names)
    granted = registry.decide([state], DecisionKind.GRANT, ServiceStatus.QUALIFIED)
    publish()
    registry.suspend(granted)
    publish()
    return state


@pytest.mark.parametrize("lang", ["", "/en"])
def test_a_hostile_name_stays_text(service, lang):
    (key,) = service.identities
    decisions = list(Decision.objects.values_list("pk", flat=True))
    addresses = [
        "/",
        "/services",
        f"/services/{service.service}",
        f"/organisations/{service.provider}",
        f"/certificates/{key.certificate_sha256}",
        "/identifiers",
        "/lists",
        "/lists/1",
        "/lists/2",
        "/lists/1/diff/2",
        *(f"/decisions/{decision}" for decision in decisions),
    ]
    shown = 0
    for address in addresses:
        response = Client().get(lang + address, headers={"accept": "text/html"})
        text = response.content.decode()
        assert response.status_code == 200, address
        assert not re.search(r"<script>|<img", text), address
        if "&lt;script&gt;alert(1)" in text:
            shown += 1
            assert "{{ 7|add:7 }}{n}{0.__class__}%(a)s{name}" in text, address
    assert shown >= 7


def test_a_hostile_question_stays_text(service):
    for address in ("/services", "/look-up", "/criteria"):
        response = Client().get(
            address, {"q": f"{HOSTILE} {uuid.uuid4()}"}, headers={"accept": "text/html"}, follow=True
        )
        text = response.content.decode()
        assert not re.search(r"<script>alert|<img", text), address
