"""The frame of every page, home and the error page, in both languages."""

from __future__ import annotations

import re

import pytest
from django.template import Context, Template
from django.test import Client

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html"}
PAGES = [
    ("/", "ja"),
    ("/en/", "en"),
    ("/services", "ja"),
    ("/en/services", "en"),
    ("/lists", "ja"),
    ("/en/lists", "en"),
    ("/criteria", "ja"),
    ("/en/criteria", "en"),
    ("/identifiers", "ja"),
    ("/en/identifiers", "en"),
    ("/about", "ja"),
    ("/en/about", "en"),
    ("/accessibility", "ja"),
    ("/en/accessibility", "en"),
    (f"/certificates/{'ab' * 32}", "ja"),
    (f"/en/certificates/{'ab' * 32}", "en"),
]


@pytest.mark.parametrize(("address", "lang"), PAGES)
def test_a_page_has_its_language_one_heading_and_nothing_inline(address, lang, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        response = Client().get(address, headers=HTML)
    text = response.content.decode()
    assert (response.status_code, response["Content-Language"]) == (200, lang)
    assert f'<html lang="{lang}">' in text
    assert text.count("<h1") == 1
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", text)
    assert len(response.content) < 60_000


@pytest.mark.parametrize(("address", "lang"), PAGES)
def test_links_lead_somewhere(address, lang):
    text = Client().get(address, headers=HTML).content.decode()
    links = set(re.findall(r'<a [^>]*href="([^"#]+)"', text)) - {"/readyz"}  # nothing is published here
    assert len(links) > 4
    assert {link: Client().get(link, headers=HTML).status_code for link in links} == dict.fromkeys(links, 200)


def test_the_language_switch_keeps_the_query_and_escapes_it():
    text = Client().get('/?a=1&b="><b>', headers=HTML).content.decode()
    assert 'href="/en/?a=1&amp;b=' in text
    assert "><b>" not in text


@pytest.mark.parametrize(
    ("address", "lang", "title"), [("/no", "ja", "ページが見つかり"), ("/en/no", "en", "Page not")]
)
def test_what_is_not_there_is_said_in_the_language_of_the_address(address, lang, title):
    response = Client().get(address, headers={**HTML, "accept-language": "ja"})
    text = response.content.decode()
    assert (response.status_code, response["Content-Language"]) == (404, lang)
    assert f'<html lang="{lang}">' in text
    assert title in text
    assert "not_found" in text


def test_hostile_text_is_shown_as_text():
    page = Template(
        "{% load i18n ui %}{% blocktranslate with y=x %}{{ y }}{% endblocktranslate %}"
        "{{ x|hash_groups }}{% icon x %}{% chip x x x %}"
    )
    assert "<b>" not in page.render(Context({"x": '"><b>'}))


@pytest.mark.parametrize("query", ["at=yesterday", "at=2999-01-01T00:00", "at=0001-01-01T00:00", "page=x", "q=%00"])
def test_what_cannot_be_read_is_refused_in_a_sentence(query):
    response = Client().get(f"/services?{query}", headers=HTML)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()


@pytest.mark.parametrize("q", ["x", "7000012050002", "ab" * 32, "%3Cb%3E"])
def test_a_service_that_is_not_there_is_called_not_certified(q):
    text = Client().get(f"/en/services?q={q}&at=2026-01-01T09:00", headers=HTML).content.decode()
    assert "A service that is not here is not certified." in text
    assert "<b>" not in text


def test_without_a_list_in_time_the_page_says_that_it_cannot_tell():
    text = Client().get("/en/services", headers=HTML).content.decode()
    assert "the status cannot be confirmed" in text
