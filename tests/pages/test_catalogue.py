"""The catalogues: no page says anything that has not both languages."""

from __future__ import annotations

from babel.messages import Catalog
from django.utils import translation

from trustreg import catalogue
from trustreg.base.words import say


def wanted(*texts: str) -> Catalog:
    found = Catalog()
    for text in texts:
        found.add(text, locations=[("templates/home.html", 1)])
    return found


def test_every_text_of_the_pages_is_there_in_both_languages_and_compiled():
    assert catalogue.faults(catalogue.catalogue(), catalogue.texts()) == []
    assert catalogue.PO.with_suffix(".mo").read_bytes() == catalogue.compiled(catalogue.catalogue())


def test_a_missing_a_fuzzy_and_an_unused_text_are_faults():
    known = Catalog(locale="ja")
    known.add("Home", "ホーム")
    known.add("Lists", "リスト", flags=["fuzzy"])
    known.add("Old", "古い")
    assert catalogue.faults(known, wanted("Home", "Lists", "New")) == [
        "fuzzy: 'Lists'",
        "missing: 'New' (templates/home.html)",
        "nobody uses: 'Old'",
    ]


def test_a_translation_that_loses_a_value_is_a_fault():
    known = Catalog(locale="ja")
    known.add("Issue %(n)s of {name}", "第 %(n)s 号")
    assert len(catalogue.faults(known, wanted("Issue %(n)s of {name}"))) == 1


def test_a_text_is_said_in_the_language_that_is_active():
    for lang, text in (("ja", "ホーム"), ("en", "Home")):
        with translation.override(lang):
            assert say("Home") == text
