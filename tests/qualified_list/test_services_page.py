"""Finding a service: filters by what holds at the time asked about, counts, search, pages and sentences for errors."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from list_registry import TABLES, past_the_walls

from certification.domain.lifecycle import DecisionKind, ServiceStatus
from qualified_list.models import ListIssue
from qualified_list.selectors import finder
from qualified_list.selectors import snapshot as snapshots
from trustreg.base import clock
from trustreg.parties.models import Organisation

HTML = {"accept": "text/html"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_list_of_another_test(monkeypatch):
    monkeypatch.setattr(snapshots, "_current", None)


def page(address: str, **query: object) -> tuple[int, str]:
    response = Client().get(address, query, headers=HTML)
    return response.status_code, response.content.decode()


def rows(text: str) -> list[str]:
    """Each row of the table as text without markup."""
    body = text.partition("<tbody")[2].partition("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("<tr ")[1:]]


def counts(text: str) -> dict[str, int]:
    """What stands behind each option of the filters."""
    found = re.findall(r'name="\w+" value="(\w+)"[^>]*><span>[^<]*</span><span class="tr-filters__count">(\d+)', text)
    return {value: int(number) for value, number in found}


@pytest.fixture
def history(registry, publish):
    """Issue 1: a qualified and a specified signature service and a time-stamp service; issue 2: the first suspended,
    the time-stamp service withdrawn; issue 3: a seal service that has expired since."""
    provider = registry.provider("みなと")
    first = registry.grant(1, provider=provider)
    registry.grant(1, level="specified")
    stamp = registry.grant(1, kind="timestamp", level="specified")
    publish()
    registry.suspend(first)
    registry.withdraw(stamp)
    publish()
    registry.decide(
        registry.services(registry.provider("ゆき"), kind="eseal_cert"),
        DecisionKind.GRANT,
        ServiceStatus.QUALIFIED,
        valid_until=clock.now().replace(microsecond=0) + timedelta(days=30),
    )
    publish()
    return provider, first[0]


def issued(sequence: int) -> str:
    return ListIssue.objects.get(pk=sequence).issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_every_service_stands_with_what_holds_now(history, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        status, text = page("/en/services")
    assert status == 200
    assert "4 found" in text
    found = rows(text)
    assert len(found) == 4
    suspended = next(row for row in found if "Suspended" in row)
    assert "not in effect now" in suspended
    assert "Valid" not in suspended
    withdrawn = next(row for row in found if "Withdrawn" in row)
    assert "not in effect now" in withdrawn
    assert sum("Valid" in row for row in found) == 2
    assert text.count('data-level="qualified" data-lapsed') == 1
    assert text.count('data-level="specified" data-lapsed') == 1
    assert counts(text) == {
        "esign_cert": 2,
        "eseal_cert": 1,
        "timestamp": 1,
        "qualified": 1,
        "specified": 1,
        "valid": 2,
        "suspended": 1,
        "ended": 1,
    }


def test_filters_apply_to_what_holds_at_the_time(history):
    _, now = page("/en/services", level="qualified")
    assert len(rows(now)) == 1, "the suspended one has no level now"
    _, then = page("/en/services", level="qualified", at=issued(1))
    assert len(rows(then)) == 1
    assert "Valid" in rows(then)[0]
    assert counts(then)["valid"] == 1, "counted among the qualified ones"
    assert counts(then)["specified"] == 2
    _, at_first = page("/en/services", at=issued(1))
    assert len(rows(at_first)) == 3, "the seal service was listed later"
    assert "Suspended" not in " ".join(rows(at_first))
    _, expired = page("/en/services", at=issued(3), status="valid", kind="eseal_cert")
    assert len(rows(expired)) == 1


def test_an_expired_grant_is_ended_whatever_the_list_says(history, monkeypatch):
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    _, text = page("/en/services", kind="eseal_cert")
    assert "Expired" in rows(text)[0]
    assert 'data-level="qualified" data-lapsed' in text
    assert counts(text)["ended"] == 1
    assert rows(page("/en/services", kind="eseal_cert", status="valid")[1]) == []
    assert len(rows(page("/en/services", kind="eseal_cert", status="ended")[1])) == 1


def test_several_values_of_a_filter_widen_and_filters_together_narrow(history):
    assert len(rows(page("/services", kind=["esign_cert", "timestamp"])[1])) == 3
    assert len(rows(page("/services", kind=["esign_cert", "timestamp"], status="valid")[1])) == 1
    _, text = page("/services", status=["suspended", "ended"])
    assert len(rows(text)) == 2
    assert '<details class="tr-fold tr-split__sticky" open>' in text
    assert 'value="suspended" checked' in text


def test_a_list_that_is_overdue_confirms_nothing(history, monkeypatch):
    later = clock.now() + timedelta(days=181)
    monkeypatch.setattr(clock, "now", lambda: later)
    _, text = page("/en/services")
    assert "the status cannot be confirmed" in text
    assert all("Cannot be confirmed" in row for row in rows(text))
    assert "data-level" not in text
    assert rows(page("/en/services", status="valid")[1]) == []
    assert rows(page("/en/services", level="qualified")[1]) == []


def test_names_numbers_and_fingerprints_find(history):
    provider, state = history
    digest = state.identities[0].certificate_sha256
    colons = ":".join(digest[at : at + 2] for at in range(0, 64, 2)).upper()
    for q in (state.names["en"], state.names["ja"], "みなと", provider.corporate_number, digest, colons):
        found = rows(page("/en/services", q=q)[1])
        assert len(found) == 1, q
        assert state.names["en"] in found[0]
    assert rows(page("/en/services", q=f"{digest[:-1]}x")[1]) == []


def test_a_fingerprint_is_found_even_when_the_list_is_overdue(history, monkeypatch):
    later = clock.now() + timedelta(days=181)
    monkeypatch.setattr(clock, "now", lambda: later)
    found = rows(page("/en/services", q=history[1].identities[0].certificate_sha256)[1])
    assert len(found) == 1
    assert "Cannot be confirmed" in found[0]


def test_rows_lead_to_the_service_at_the_same_time(history):
    _, text = page("/en/services", at=issued(1))
    link = re.search(r'<a href="(/en/services/[0-9a-f-]{36}\?at=[^"]+)"', text)
    assert link
    answer = Client().get(link[1].replace("&amp;", "&"), headers=HTML)
    assert answer.status_code == 200
    assert "was valid as a" in answer.content.decode()


def test_pages_go_both_ways_and_keep_the_filters(history, monkeypatch):
    monkeypatch.setattr(finder.find_services, "__kwdefaults__", {**finder.find_services.__kwdefaults__, "size": 1})
    monkeypatch.setattr("qualified_list.views.services.PAGE", 1)
    seen = []
    address = "/en/services?status=valid&q=Service"
    for step in range(2):
        text = Client().get(address, headers=HTML).content.decode()
        seen += rows(text)
        links = dict(re.findall(r'rel="(prev|next)" href="([^"]+)"', text))
        assert set(links) == ({"next"}, {"prev"})[step]
        assert "status=valid" in next(iter(links.values()))
        address = links.get("next", "").replace("&amp;", "&")
    assert len(set(seen)) == 2
    beyond = Client().get("/en/services?status=valid&page=9", headers=HTML).content.decode()
    assert "nothing more here" in beyond
    assert 'rel="prev"' in beyond


def test_services_stand_by_the_reading_of_their_provider_or_by_date(registry, publish):
    for name, kana in (("北斗", "ほくと"), ("朝日", "あさひ")):
        provider = registry.provider(name)
        with past_the_walls(*TABLES):
            Organisation.objects.filter(pk=provider.pk).update(name_kana=kana)
        registry.grant(1, provider=provider)
        publish()
    by_name = rows(page("/services")[1])
    assert ["朝日" in row for row in by_name] == [True, False]
    assert 'aria-sort="descending"' in page("/services", sort="since")[1]
    assert "朝日" in rows(page("/services", sort="since")[1])[0], "the newest first"


def test_before_the_first_list_there_is_nothing(db):
    status, text = page("/services")
    assert status == 200
    assert "載っていないサービスは、認定されていません" in text
    assert "確かめられません" in text


def test_filters_are_kept_beside_an_error(db):
    _, text = page("/services", level="qualified", q="8000012050002")
    assert 'value="qualified" checked' in text
    assert 'value="8000012050002"' in text


@pytest.mark.parametrize("q", ["D-2026-0001", "第 7 号", "ab" * 32, "3e7fc4f3-3f9d-569a-8f30-a3a3367dd136"])
def test_what_is_no_name_of_a_service_is_looked_up_elsewhere(db, q):
    _, text = page("/services", q=q)
    link = re.search(r'href="(/look-up[^"]+)"', text)
    assert link
    assert Client().get(link[1], headers=HTML).status_code in (200, 302, 404)
    assert "/look-up" not in page("/services", q="さくら")[1].partition("<main")[2]


@pytest.mark.parametrize("at", ["2026-06-05", "2026-06-05T10:00+09:00", "2026-06-05T10:00xyz", "0001-01-01T00:00"])
def test_other_forms_of_time_are_refused_with_a_sentence(db, at):
    status, text = page("/en/services", at=at)
    assert status == 422
    assert "could not be read" in text
    assert "<title>Error: " in text


@pytest.mark.parametrize(
    "query",
    [
        {"level": "super"},
        {"status": "granted"},
        {"kind": "x"},
        {"sort": "-pk"},
        {"page": "0"},
        {"page": "x"},
        {"page": "99999"},
        {"q": "a" * 201},
        {"q": "\x00"},
    ],
)
def test_what_is_not_offered_is_refused(db, query):
    status, text = page("/services", **query)
    assert status == 422
    assert 'role="alert"' in text
    assert "<title>エラー：" in text


def test_a_wrong_check_digit_is_named(db):
    status, text = page("/en/services", q="8000012050002")
    assert status == 422
    assert "it should be 7" in text


def test_a_my_number_is_never_shown_again(db):
    status, text = page("/services", q="123456789018")
    assert status == 422
    assert "個人番号らしい 12 桁の数字" in text
    assert "123456789018" not in text
