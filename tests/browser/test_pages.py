"""Every page: accessible, as wide as its window, valid, quiet, and light."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser import kit
from tests.browser.pages import LANGUAGES, NO_PAGE, PAGES, Addresses, Page, routes

pytestmark = pytest.mark.live


def test_every_route_of_pages_is_in_the_table():
    assert routes() - {page.route for page in PAGES} - set(NO_PAGE) == set()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.slug)
def test_a_page_has_no_fault(browser: Browser, addresses: Addresses, page: Page, lang: str) -> None:
    path = addresses.of(page, lang)
    assert path is not None, f"no link leads {page.who or 'the public'} to {page.route}"
    with kit.context(browser, addresses, page.who) as context:
        opened = kit.Opened(context.new_page(), addresses.demo.base).open(path)
        assert opened.status == page.status
        assert opened.faults() == []


@pytest.mark.parametrize("route", ["home", "check", "services"])
def test_a_first_visit_is_light(browser: Browser, addresses: Addresses, route: str) -> None:
    page = next(page for page in PAGES if page.slug == route)
    with kit.context(browser, addresses, "") as context:
        opened = kit.Opened(context.new_page(), addresses.demo.base).open(str(addresses.of(page)))
        context.pages[0].wait_for_load_state("networkidle")
        assert opened.requests <= 10
        assert opened.transferred <= 60_000
