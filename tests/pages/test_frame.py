"""The frame of every page, home and the error page, in both languages."""

from __future__ import annotations

import re

import pytest
from django.template import Context, Template
from django.test import Client

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html"}
PAGES = [("/", "ja"), ("/en/", "en")]


@pytest.mark.parametrize(("address", "lang"), PAGES)
def test_a_page_has_its_language_one_heading_and_nothing_inline(address, lang, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        response = Client().get(address, headers=HTML)
    text = response.content.decode()
    assert (response.status_code, response["Content-Language"]) == (200, lang)
    assert f'<html lang="{lang}">' in text
    assert text.count("<h1") == 1
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", text)
    assert len(response.content) < 60_000


@pytest.mark.parametrize(("address", "lang"), PAGES)
def test_links_lead_somewhere(address, lang):
    text = Client().get(address, headers=HTML).content.decode()
    links = set(re.findall(r'<a [^>]*href="([^"#]+)"', text))
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
    page = Template("{% load ui %}{% words x x %}{{ x|hash_groups }}{% icon x %}")
    assert "<b>" not in page.render(Context({"lang": "ja", "x": '"><b>'}))
