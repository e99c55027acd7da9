"""The page of the criteria: what is in force, by family, with filters that the server counts."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from conformity import services
from conformity.models import CriteriaSet
from tests.factories import parties
from trustreg.base import clock
from trustreg.parties.domain.roles import OrganisationKind, Role

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html"}


def _in_force(version: str) -> CriteriaSet:
    admin = parties.administrator()
    body = parties.organisation(admin, OrganisationKind.AB)
    editor = parties.actor(admin, body, Role.SCHEME_EDITOR)
    approver = parties.actor(admin, body, Role.SCHEME_APPROVER)
    row = services.criteria_load(
        code="T", version=version, title_ja="基準", title_en="Criteria T", actor=editor, at=clock.now()
    )
    services.criteria_set_open_comment(criteria_set_id=row.pk, actor=editor, at=clock.now())
    services.criteria_set_approve(criteria_set_id=row.pk, actor=approver, at=clock.now())
    return services.criteria_set_put_in_force(criteria_set_id=row.pk, actor=approver, at=clock.now())


def get(address: str, status: int = 200) -> str:
    response = Client().get(address, headers=HTML)
    assert response.status_code == status
    return html.unescape(response.content.decode())


def codes(text: str) -> list[str]:
    return re.findall(r'<tr role="row" id="([^"]+)"', text)


def test_all_criteria_by_family_each_with_its_own_address(django_assert_max_num_queries):
    row = _in_force("1")
    with django_assert_max_num_queries(6):
        text = get("/criteria")
    assert len(codes(text)) == 100
    assert len(set(codes(text))) == 100
    assert "組織と方針" in text
    assert "法的実体と責任の所在" in text
    assert "ETSI EN 319 401 (organisation)" in text
    assert row.sha256 in re.sub(r"<.*?>", "", text)
    assert "seed" not in text
    english = get("/en/criteria")
    assert "Organisation and policies" in english
    assert "100 criteria" in english


def test_filters_leave_what_an_assessment_would_ask_and_count_the_rest():
    _in_force("1")
    text = get("/en/criteria?kind=timestamp&level=qualified")
    found = codes(text)
    assert 0 < len(found) < 100
    assert not any(code.startswith("CAB") for code in found)
    assert f"{len(found)} criteria" in text
    assert 'value="timestamp" selected' in text
    # The number beside an option is what choosing it leaves.
    number = int(re.search(r"Qualified</span><span class=\"tr-filters__count\">([0-9]+)<", get("/en/criteria"))[1])
    assert len(codes(get("/en/criteria?level=qualified"))) == number
    assert codes(get("/en/criteria?q=legal+ENTITY+accountable")) == ["COM-ORG-01"]
    assert codes(get("/en/criteria?q=COM-ORG-02")) == ["COM-ORG-02"]
    assert len(codes(get("/en/criteria?tier=cab_designation"))) == 19


def test_a_filter_that_is_not_offered_is_passed_over_and_hostile_text_is_text():
    _in_force("1")
    assert len(codes(get("/criteria?level=royal&kind=x&tier=y"))) == 100
    raw = Client().get("/criteria?q=%22%3E%3Cb%3E", headers=HTML).content.decode()
    assert "<b>" not in raw
    assert "条件に合う基準はありません" in raw


def test_drafts_are_not_shown_and_without_a_set_the_page_says_so():
    assert "施行中の基準集は、まだありません。" in get("/criteria")
    admin = parties.administrator()
    body = parties.organisation(admin, OrganisationKind.AB)
    editor = parties.actor(admin, body, Role.SCHEME_EDITOR)
    draft = services.criteria_load(
        code="T", version="9", title_ja="下書き", title_en="Draft", actor=editor, at=clock.now()
    )
    assert "No criteria set is in force yet." in get("/en/criteria")
    get(f"/criteria?set={draft.pk}", 404)
    get("/criteria?set=x", 404)
