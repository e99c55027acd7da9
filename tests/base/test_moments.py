"""A time without a zone is Japanese; nobody may ask about the future."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trustreg.base.errors import InvalidInput
from trustreg.base.moments import local_text, read_moment

NOW = datetime(2026, 6, 10, tzinfo=UTC)


def test_the_field_is_japanese_and_the_api_is_utc():
    assert read_moment("2026-06-05T10:00", NOW) == datetime(2026, 6, 5, 1, tzinfo=UTC)
    assert read_moment(" 2026-06-05T01:00:00Z ", NOW) == datetime(2026, 6, 5, 1, tzinfo=UTC)
    assert read_moment("", NOW) is None


@pytest.mark.parametrize(
    "text", ["2026-06-05", "2026-06-05T10:00+09:00", "2026-06-05T10:00xyz", "0001-01-01T00:00", "2026-13-01T00:00"]
)
def test_another_form_is_refused(text):
    with pytest.raises(InvalidInput, match="could not be read"):
        read_moment(text, NOW)


def test_the_future_is_refused():
    with pytest.raises(InvalidInput, match="future"):
        read_moment("2026-06-10T09:01", NOW)


def test_what_was_read_can_be_shown_again():
    for text in ("2026-06-05T10:00", "2026-06-05T10:00:07"):
        at = read_moment(text, NOW)
        assert at is not None
        assert local_text(at) == text
