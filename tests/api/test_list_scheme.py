"""The operator edits the scheme of the list over HTTP; everybody reads it."""

from __future__ import annotations

from typing import Any

import pytest

from qualified_list.models import SchemeVersion
from tests.factories import parties as factory
from trustreg.parties import selectors
from trustreg.parties.domain.roles import OrganisationKind, Role

pytestmark = pytest.mark.django_db

URL = "/api/v1/list-scheme"


def scheme(**changes: Any) -> dict[str, Any]:
    both = {"ja": "https://example.jp/ja", "en": "https://example.jp/en"}
    return {
        "territory": "JP",
        "operator_name": {"ja": "認定機構", "en": "Accreditation Organization"},
        "name": {"ja": "JP:登録簿", "en": "JP:Registry"},
        "information_uri": both,
        "legal_notice": {"ja": "お知らせ", "en": "Notice"},
        "postal_addresses": [
            {"lang": lang, "street": "1-1", "locality": "Tokyo", "country": "JP"} for lang in ("ja", "en")
        ],
        "electronic_addresses": ["mailto:list@example.jp", "https://example.jp/"],
        "status_base": "https://example.jp/uri",
        "distribution_points": ["https://example.jp/tl/tl.xml"],
        "next_update_days": 90,
        **changes,
    }


@pytest.fixture
def operator(administrator, signed_in):
    admin = selectors.actor_of(administrator)
    someone = factory.person(admin)
    factory.appoint(admin, someone, factory.organisation(admin, OrganisationKind.AB), Role.LIST_OPERATOR)
    return signed_in(factory.account(admin, someone))


def test_before_the_operator_wrote_one_the_answer_says_who_must(stranger):
    answer = stranger.get(URL)
    assert answer.status_code == 422
    assert "operator" in answer.json()["detail"]


def test_what_the_operator_writes_everybody_reads(operator, client):
    answer = operator.put(URL, scheme(), format="json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["version"] == 1
    assert client.get(URL).json() == answer.json()


def test_the_same_again_is_no_new_version(operator):
    operator.put(URL, scheme(), format="json")
    assert operator.put(URL, scheme(), format="json").json()["version"] == 1
    assert operator.put(URL, scheme(next_update_days=30), format="json").json()["version"] == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": {"ja": "登録簿", "en": "Registry"}}, "name"),
        ({"operator_name": {"ja": "認定機構"}}, "operator_name"),
        ({"next_update_days": 200}, "next_update_days"),
        ({"electronic_addresses": ["not an address"]}, "electronic_addresses"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(operator, changes, field):
    answer = operator.put(URL, scheme(**changes), format="json")
    assert answer.status_code == 422
    assert any(name.startswith(field) for name in answer.json()["fields"])
    assert not SchemeVersion.objects.exists()


def test_others_may_not_write(client, administrator, signed_in):
    assert client.put(URL, scheme(), content_type="application/json").status_code in (401, 403)
    assert signed_in(administrator).put(URL, scheme(), format="json").status_code == 403
