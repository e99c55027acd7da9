"""The page of the scheme information: reading, editing with the difference first, two editors at once, history."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from list_registry import SCHEME
from test_publication_pages import HTML, MOST, text, visitor  # noqa: F401 - a fixture

from qualified_list.models import SchemeVersion
from qualified_list.scheme_forms import scheme_as_typed
from qualified_list.selectors import scheme_of

pytestmark = pytest.mark.django_db(transaction=True)


def typed(**changes: str) -> dict[str, str]:
    held = {name: str(value) for name, value in scheme_as_typed(SCHEME).items()}
    return {**held, "legal_notice_ja": "お知らせ", "legal_notice_en": "Notice", "seen": "1", **changes}


@pytest.fixture
def operator(visitor: Callable[[str], Client]) -> Client:  # noqa: F811
    return visitor("list_operator")


def test_who_may_read_and_who_may_edit(registry, visitor, operator):  # noqa: F811
    for address in ("/scheme", "/scheme/edit"):
        response = Client(headers=HTML).get(address)
        assert (response.status_code, "sign-in" in response["Location"]) == (302, True)
    reader = visitor("ab_clerk")
    assert "直せるのは、リスト運用者だけです" in text(reader.get("/scheme"))
    assert reader.get("/scheme/edit").status_code == 403
    assert reader.post("/scheme/edit", typed(save="1")).status_code == 403
    assert 'href="/scheme/edit"' in text(operator.get("/scheme"))


def test_it_is_read_in_both_languages(registry, operator, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOST):
        page = text(operator.get("/en/scheme"))
    for part in (
        "Trust Service Accreditation Body",
        "トラストサービス認定機関",
        "Scheme information",
        "Not on a list yet",
    ):
        assert part in page
    assert operator.get("/scheme?version=9").status_code == 404
    with django_assert_max_num_queries(MOST):
        assert operator.get("/scheme/edit").status_code == 200
    with django_assert_max_num_queries(MOST):
        operator.post("/scheme/edit", typed())  # the difference before saving


def test_before_there_is_one_the_operator_writes_it(registry, operator):
    from list_registry import past_the_walls

    with past_the_walls("qualified_list_schemeversion"):
        SchemeVersion.objects.all().delete()
    assert "まだ登録されていません" in text(operator.get("/scheme"))
    assert operator.post("/scheme/edit", typed(seen="0", save="1")).status_code == 302
    assert SchemeVersion.objects.get().version == 1


def test_the_difference_is_shown_before_anything_is_saved(registry, operator):
    response = operator.post("/scheme/edit", typed(locality_ja="千代田区<b>", next_update_days="90"))
    page = text(response)
    assert response.status_code == 200
    assert "<ins>千代田区&lt;b&gt;</ins>" in page
    assert "<ins>90</ins>" in page
    assert SchemeVersion.objects.count() == 1
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page))
    assert hidden["next_update_days"] == "90"
    assert operator.post("/scheme/edit", typed(next_update_days="90", back="1")).status_code == 200
    assert SchemeVersion.objects.count() == 1
    response = operator.post("/scheme/edit", typed(next_update_days="90", save="1"))
    assert response["Location"] == "/scheme"
    saved = SchemeVersion.objects.order_by("-version").first()
    assert (saved.version, saved.next_update_days) == (2, 90)
    assert scheme_of(saved).policy == SCHEME.policy  # what the form does not hold stays
    page = text(operator.get("/scheme"))
    assert "第 2 版" in page
    assert "<ins>90</ins>" in page
    assert "これは以前の版です" in text(operator.get("/scheme?version=1"))


def test_nothing_changed_is_no_new_version(registry, operator):
    operator.post("/scheme/edit", typed(save="1"))
    assert operator.post("/scheme/edit", typed(seen="2", save="1")).status_code == 302
    assert SchemeVersion.objects.count() == 2
    assert "変わったところがないため" in text(operator.get("/scheme"))


def test_two_editors_do_not_overwrite_each_other(registry, operator, visitor):  # noqa: F811
    other = visitor("list_operator")
    assert other.post("/scheme/edit", typed(locality_ja="港区", save="1")).status_code == 302
    response = operator.post("/scheme/edit", typed(locality_ja="中央区", save="1"))
    page = text(response)
    assert response.status_code == 409
    assert "人 list_operator さんが" in page
    assert "<del>港区</del> → <ins>中央区</ins>" in page
    assert 'value="中央区"' in page
    assert 'name="seen" value="2"' in page
    assert operator.post("/scheme/edit", typed(locality_ja="中央区", seen="2", save="1")).status_code == 302
    assert SchemeVersion.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "control"),
    [
        ({"name_ja": "リスト"}, "id_name_ja"),
        ({"operator_name_en": ""}, "id_operator_name_en"),
        ({"electronic_addresses": "example.jp"}, "id_electronic_addresses"),
        ({"next_update_days": "181"}, "id_next_update_days"),
        ({"country_ja": "日本"}, "id_country_ja"),
        ({"legal_notice_ja": "番号 123456789018 です"}, "id_legal_notice_ja"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(registry, operator, changes, control):
    response = operator.post("/scheme/edit", typed(**changes, save="1"))
    page = text(response)
    assert response.status_code == 422
    assert f'href="#{control}"' in page
    assert "エラー：" in page
    assert "123456789018" not in page
    assert SchemeVersion.objects.count() == 1


def test_another_territory_has_its_own_rules(registry, operator):
    changed = typed(territory="FR", name_ja="FR:リスト", name_en="FR:List", save="1")
    assert operator.post("/scheme/edit", changed).status_code == 302
    saved = scheme_of(SchemeVersion.objects.order_by("-version").first())
    assert saved == replace(saved, territory="FR")
    assert saved.policy == ()
