"""Home shows the list in force, what changed, and examples that lead somewhere."""

from __future__ import annotations

import html
import re
from itertools import pairwise

import pytest
from django.test import Client

HTML = {"accept": "text/html"}


@pytest.mark.django_db
def test_home_without_a_list_claims_nothing():
    text = Client().get("/en/", headers=HTML).content.decode()
    assert "No list has been published yet." in text
    assert "Signature verified" not in text
    assert "For example" not in text
    assert 'action="/en/look-up" method="post"' in text


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/about", "/en/about", "/accessibility", "/en/accessibility"])
def test_what_the_site_says_of_itself(address, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        text = html.unescape(Client().get(address, headers=HTML).content.decode())
    assert text.count("<h1") == 1
    levels = [int(level) for level in re.findall(r"<h([1-6])", text.partition("<footer")[0])]
    assert all(after - before <= 1 for before, after in pairwise(levels))
