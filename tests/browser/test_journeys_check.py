"""What people come for: is this signature from a certified service? With JavaScript and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live.demo import RunningDemo

pytestmark = pytest.mark.live


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(browser: Browser, demo: RunningDemo, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab of somebody who came for the first time."""
    with browser.new_context(java_script_enabled=request.param, base_url=demo.base) as context:
        shown = context.new_page()
        shown.set_default_timeout(30_000)
        yield shown


def check_from_home(page: Page, demo: RunningDemo, sample: str) -> None:
    page.goto("/en/")
    page.locator("main input[type=file]").set_input_files(demo.samples / sample)
    page.get_by_role("button", name="Check", exact=True).click()
    page.wait_for_url("**/en/check/*")


def test_somebody_checks_a_document_and_follows_the_answer_to_its_records(page: Page, demo: RunningDemo) -> None:
    check_from_home(page, demo, "qualified-signature.pdf")
    expect(page.locator(".tr-verdict[data-tone=ok]")).to_contain_text("The signature is valid")
    expect(page.locator("main")).to_contain_text("TOTAL-PASSED")
    page.locator("main a[href*='/en/services/']").first.click()
    expect(page.locator("h1")).to_contain_text("Asahi")
    page.get_by_role("link", name="D-", exact=False).first.click()
    page.wait_for_url("**/en/decisions/*")


def test_an_altered_document_is_called_altered_and_never_valid(page: Page, demo: RunningDemo) -> None:
    check_from_home(page, demo, "tampered.pdf")
    expect(page.locator(".tr-verdict[data-tone=bad]")).to_contain_text("This document was altered after it was signed.")
    expect(page.locator(".tr-verdict")).not_to_contain_text("is valid")


def test_who_sends_nothing_is_told_at_the_field(page: Page) -> None:
    page.goto("/en/check")
    page.get_by_role("button", name="Check", exact=True).first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.title().startswith("Error: ")
    page.get_by_role("alert").get_by_role("link").first.click()
    assert page.url.endswith("#id_document")


def test_a_sample_is_one_click_away(page: Page) -> None:
    page.goto("/check")
    page.locator("#samples ~ form button").first.click()
    page.wait_for_url("**/check/*")
    expect(page.locator(".tr-verdict")).to_be_visible()


def test_somebody_looks_up_a_provider_and_finds_what_it_was_at_another_time(page: Page) -> None:
    page.goto("/en/")
    page.get_by_role("searchbox").first.fill("Nordlicht")
    page.get_by_role("button", name="Look up").click()
    page.get_by_role("link", name="Nordlicht", exact=False).first.click()
    expect(page.locator("main")).to_contain_text("Suspended")
    page.locator("input[name=at]").fill("2026-01-01T09:00")
    page.locator("form:has(input[name=at]) button").click()
    expect(page.locator("main")).to_contain_text("2026-01-01 09:00")
    assert "at=2026-01-01" in page.url


def test_the_keyboard_reaches_the_content_first_and_the_language_switch_keeps_the_page(page: Page) -> None:
    page.goto("/services?level=qualified")
    page.keyboard.press("Tab")
    expect(page.locator(".tr-skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.get_by_role("link", name="English").first.click()
    assert page.url.endswith("/en/services?level=qualified")
    expect(page.locator("html")).to_have_attribute("lang", "en")
