"""How much a form may send, and who may keep a page."""

from __future__ import annotations

import pytest
from django.test import Client

from trustreg.base.edges import LONGEST_FORM

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("address", ["/sign-in", "/en/sign-in", "/sign-out", "/look-up", "/check", "/services", "/"])
def test_a_form_that_is_too_long_is_refused_before_it_is_read(address):
    client = Client(enforce_csrf_checks=True)
    response = client.post(address, b"q=" + b"a" * LONGEST_FORM, content_type=FORM, headers={"accept": "text/html"})
    assert response.status_code == 413
    assert len(response.content) < 20_000
    assert ("too long" in response.content.decode()) is address.startswith("/en")


def test_fields_of_a_form_without_files_are_no_way_around():
    response = Client(enforce_csrf_checks=True).post("/sign-in", {"email": "a" * LONGEST_FORM})
    assert response.status_code == 413


def test_a_page_that_takes_documents_takes_long_ones():
    assert Client(enforce_csrf_checks=True).post("/check", {"document": "a" * LONGEST_FORM}).status_code == 403


@pytest.mark.parametrize("address", ["/", "/en/services", "/lists", "/check", "/about", "/en/nothing"])
def test_no_shared_cache_keeps_a_page(address):
    kept = Client().get(address, headers={"accept": "text/html"})["Cache-Control"]
    assert "private" in kept or kept == "no-store"


def test_a_page_that_says_more_strictly_who_may_keep_it_is_heard():
    assert "no-store" in Client().get("/sign-in")["Cache-Control"]


@pytest.mark.parametrize(
    ("address", "ja", "en"),
    [
        ("/en//example.com/x", "/example.com/x", "/en/example.com/x"),
        ("/%2F%2Fexample.com", "/example.com", "/en/example.com"),
        ("/%5Cexample.com", "/%5Cexample.com", "/en/%5Cexample.com"),
        ("/en/%E8%A1%A8?q=1", "/%E8%A1%A8?q=1", "/en/%E8%A1%A8?q=1"),
    ],
)
def test_the_language_switch_never_leads_to_another_host(address, ja, en):
    text = Client().get(address, headers={"accept": "text/html"}).content.decode()
    assert f'href="{ja}"' in text
    assert f'href="{en}"' in text
    assert 'href="//' not in text


@pytest.mark.parametrize("address", ["/sign-in", "/check", "/api/v1/validations", "/validate"])
@pytest.mark.parametrize("form", [FORM, "multipart/form-data; boundary=x", "application/json"])
def test_a_body_without_a_length_is_not_taken_for_an_empty_one(address, form):
    """Whoever sends in chunks would hear that the document is missing."""
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    response = Client().generic("POST", address, b"", content_type=form, **chunked)
    assert response.status_code == 411, response.content
    assert "Content-Length" in response.content.decode()
