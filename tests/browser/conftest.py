"""One browser for each module, the demo of the session, and where its pages are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import kit
from tests.browser.pages import Addresses
from tests.live.demo import RunningDemo


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; not for the whole session, because Django's database refuses to work beside its event loop."""
    if kit.chromium() is None:
        pytest.skip("Chromium is not installed (on Debian: apt-get install chromium)")
    with kit.browser() as started:
        yield started


@pytest.fixture(scope="session")
def addresses(demo: RunningDemo) -> Addresses:
    """Where each page of the table is in this demo."""
    return Addresses(demo)
