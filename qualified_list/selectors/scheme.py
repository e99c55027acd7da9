"""The scheme information of the list, as its operator described it."""

from __future__ import annotations

from qualified_list.compilation import scheme_from_json
from qualified_list.domain.model import Scheme
from qualified_list.models import SchemeVersion


def scheme_of(row: SchemeVersion) -> Scheme:
    """The scheme that a version holds."""
    return scheme_from_json(row.content, row.next_update_days)


def latest_scheme() -> Scheme | None:
    """The scheme in force, None before its operator described it."""
    row = SchemeVersion.objects.order_by("-version").first()
    return scheme_of(row) if row else None
