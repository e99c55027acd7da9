"""What the foot of every page says of the system."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from qualified_list.models import ListIssue
from trustreg import health
from trustreg.pages import navigation

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html"}


@pytest.fixture(autouse=True)
def _looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has just begun, with a queue that works."""
    monkeypatch.setattr(navigation, "STATE_SECONDS", 15.0)
    monkeypatch.setattr(navigation, "_state", navigation._State())
    monkeypatch.setitem(health.CHECKS, "broker", lambda: {"ok": True})


def said(address: str) -> bytes:
    return Client().get(address, headers=HTML).content


@pytest.mark.parametrize(
    ("parts", "ja", "en"),
    [
        ({}, "すべての機能は正常です", "All systems are working"),
        ({"list": False}, "公開リストを読めないか", "The list cannot be read"),
        ({"signer": False}, "署名を止めています", "The list is not being signed"),
        ({"signer": None}, "すべての機能は正常です", "All systems are working"),
        ({"broker": False}, "一部の機能が止まっています", "Some functions are not available"),
    ],
)
def test_it_names_what_does_not_work(parts: dict[str, bool | None], ja: str, en: str, monkeypatch: Any) -> None:
    for name in ("list", "signer"):
        monkeypatch.setitem(health.CHECKS, name, lambda: {"ok": True})
    for name, ok in parts.items():
        monkeypatch.setitem(health.CHECKS, name, lambda ok=ok: {"ok": ok})
    assert ja.encode() in said("/about")
    assert en.encode() in said("/en/about")


def test_without_any_list_it_does_not_say_that_all_is_well() -> None:
    assert not ListIssue.objects.exists()
    assert b"The list cannot be read, is overdue or not yet published" in said("/en/about")


def test_a_list_that_cannot_be_read_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError

    monkeypatch.setitem(health.CHECKS, "list", broken)
    assert b"The list cannot be read" in said("/en/about")


def test_one_page_in_fifteen_seconds_looks_with_two_queries_at_most(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    moment = [100.0]
    monkeypatch.setattr("trustreg.pages.navigation.time.monotonic", lambda: moment[0])
    looks: list[str] = []
    inner = health.CHECKS["list"]
    monkeypatch.setitem(health.CHECKS, "list", lambda: looks.append("list") or inner())
    with django_assert_max_num_queries(2):
        said("/en/about")
    moment[0] += 14
    with django_assert_num_queries(0):
        said("/en/about")
    assert len(looks) == 1
    moment[0] += 2
    said("/en/about")
    assert len(looks) == 2
