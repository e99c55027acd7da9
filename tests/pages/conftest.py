"""Every test of a page begins with the full rate that strangers have."""

from __future__ import annotations

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _full_rate() -> None:
    cache.clear()
