"""Fixtures that the tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture
def japanese() -> Iterator[None]:
    """A request leaves its language behind; the next test must not find it."""
    with translation.override("ja"):
        yield
