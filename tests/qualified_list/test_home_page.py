"""Home with a list: the issue, the figures, the newest changes and examples, all from the record."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from certification.domain.lifecycle import DecisionKind, ServiceStatus
from qualified_list.selectors import snapshot as snapshots
from trustreg.base import clock

pytestmark = pytest.mark.django_db(transaction=True)
HTML = {"accept": "text/html"}


@pytest.fixture(autouse=True)
def _nothing_of_another_test(monkeypatch):
    cache.clear()  # what was asked so far counts for the rate that strangers have
    monkeypatch.setattr(snapshots, "_current", None)


def test_home_tells_what_stands_and_what_changed(registry, publish, django_assert_max_num_queries):
    states = registry.grant(3)
    registry.grant(1, level="specified")
    publish()
    registry.suspend(states[:1])
    registry.decide(states[1:2], DecisionKind.WITHDRAW, ServiceStatus.WITHDRAWN, valid_until=None)
    publish()
    Client().get("/", headers=HTML)  # reads what a process keeps for a while: the list and the health of its parts
    with django_assert_max_num_queries(12):
        text = html.unescape(Client().get("/en/", headers=HTML).content.decode())
    values = re.findall(r'tr-tile__value">([0-9 /]+)<', text)
    assert values == ["1", "1", "1", "2 / 2"]
    assert "Issue 2" in text
    assert "Signature verified" in text
    feed = text.partition('id="news"')[2].partition("</section>")[0]
    assert feed.count("tr-feed__item") == 5
    assert "was suspended" in feed
    assert "was withdrawn" in feed
    fallen = {text for state in states[:2] for text in dict(state.names).values()}
    for item in feed.split("tr-feed__item")[1:]:
        of_fallen = any(name in item for name in fallen)
        assert ("(not in effect now)" in item) is of_fallen
        assert ("Valid" in item) is not of_fallen
    examples = re.findall(r'href="(/en/(?:look-up|certificates)[^"]+)"', text)
    assert len(examples) == 3
    for address in examples:
        assert Client().get(address, headers=HTML, follow=True).status_code == 200


@pytest.mark.parametrize("address", ["/en/", "/en/lists/1"])
def test_the_news_of_an_overdue_list_show_nothing_as_granted(registry, publish, monkeypatch, address):
    registry.grant(2)
    publish()
    later = clock.now() + timedelta(days=400)
    monkeypatch.setattr(clock, "now", lambda: later)
    feed = Client().get(address, headers=HTML).content.decode().partition('class="tr-feed"')[2].partition("</ul>")[0]
    assert feed.count("became a") == 2
    assert feed.count("Cannot be confirmed") == 2
    assert "Valid" not in feed
    assert "tr-level" not in feed
