"""Questions about issues: one, all of them, what changed between two, what was refused."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from qualified_list.differences import differences
from qualified_list.models import IssueState, ListIssue, Refusal
from qualified_list.selectors.published import PUBLISHED_NAMES
from qualified_list.selectors.snapshot import published_list
from trustreg.base.clock import utc_text
from trustreg.base.errors import NotFound
from trustreg.conf import settings as conf

PAGE = 50


def _released() -> QuerySet[ListIssue]:
    return (
        ListIssue.objects.filter(state=IssueState.RELEASED)
        .select_related("signature")
        .only(
            "sequence",
            "issued_at",
            "next_update",
            "sha256",
            "services",
            "log_index",
            "content_hash",
            "released_at",
            "signature__signer_sha256",
        )
    )


def list_issue(sequence: int) -> ListIssue:
    """A released issue with its signature's `signer_sha256`, without the large columns. Raises NotFound."""
    found = _released().filter(pk=sequence).first()
    if found is None:
        raise NotFound(f"There is no list with the number {sequence}.", f"連番{sequence}のリストはありません。")
    return found


def current_issue() -> ListIssue | None:
    """The list in force, None before the first."""
    return _released().order_by("-sequence").first()


def issues(*, before: int | None = None, limit: int = PAGE) -> tuple[list[ListIssue], int | None]:
    """Released issues, newest first, below the sequence `before`; and the cursor of the next page (None: no more)."""
    found = _released().order_by("-sequence")
    if before is not None:
        found = found.filter(sequence__lt=before)
    page = list(found[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    return page, page[-1].sequence if more else None


def issue_as_json(issue: ListIssue) -> dict[str, Any]:
    """A list as the HTTP contract shows it (design 6)."""
    return {
        "sequence": issue.sequence,
        "issued_at": utc_text(issue.issued_at),
        "next_update": utc_text(issue.next_update),
        "sha256": issue.sha256,
        "signer_sha256": issue.signature.signer_sha256,
        "services": issue.services,
        "log_index": issue.log_index,
        "urls": {name: f"{conf.base_url}/tl/{issue.sequence}/{name}" for name in sorted(PUBLISHED_NAMES)},
    }


def diff(first: int, second: int) -> dict[str, Any]:
    """What changed from issue `first` to issue `second`, in words (ja, en) and data. Raises NotFound."""
    before, after = published_list(first), published_list(second)
    return {
        "from": {"sequence": first, "sha256": before.sha256, "issued_at": utc_text(before.list.issued_at)},
        "to": {"sequence": second, "sha256": after.sha256, "issued_at": utc_text(after.list.issued_at)},
        "changes": differences(before.list, after.list),
    }


def refusals(*, limit: int = PAGE) -> list[Refusal]:
    """Lists that were refused, newest first, with their findings: for the operator of the list."""
    return list(Refusal.objects.order_by("-id")[:limit])


def publication_under_way() -> ListIssue | None:
    """The intent that is not released yet, for the operator's page."""
    return ListIssue.objects.exclude(state=IssueState.RELEASED).defer("content", "unsigned", "decisions").first()
