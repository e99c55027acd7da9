"""The scheme information of the list, as its operator described it."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Max, Min, QuerySet

from qualified_list.compilation import scheme_from_json
from qualified_list.domain.model import Scheme
from qualified_list.models import IssueState, ListIssue, SchemeVersion


def scheme_of(row: SchemeVersion) -> Scheme:
    """The scheme that a version holds."""
    return scheme_from_json(row.content, row.next_update_days)


def latest_scheme() -> Scheme | None:
    """The scheme in force, None before its operator described it."""
    row = SchemeVersion.objects.order_by("-version").first()
    return scheme_of(row) if row else None


def scheme_versions() -> QuerySet[SchemeVersion]:
    """Every version, newest first."""
    return SchemeVersion.objects.order_by("-version")


def issues_of_versions(versions: Collection[int]) -> dict[int, tuple[int, int]]:
    """(first, last) released issue that carries each of these versions; versions that no issue carries are left out."""
    rows = ListIssue.objects.filter(state=IssueState.RELEASED, scheme_version__in=list(versions))
    found = rows.order_by().values("scheme_version").annotate(first=Min("sequence"), last=Max("sequence"))
    return {row["scheme_version"]: (row["first"], row["last"]) for row in found}
