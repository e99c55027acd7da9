"""One browser for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import kit


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; not for the whole session, because Django's database refuses to work beside its event loop."""
    if kit.chromium() is None:
        pytest.skip("Chromium is not installed (on Debian: apt-get install chromium)")
    with kit.browser() as started:
        yield started
