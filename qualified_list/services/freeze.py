"""Step 1 of publication: the content of the next list and its hash, from the previous list and what was decided."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from qualified_list.compilation import Compiled, compile_list, scheme_from_json
from qualified_list.domain.canonical import canonical_json
from qualified_list.domain.content import content_model, from_content_model
from qualified_list.domain.model import TrustedList
from qualified_list.models import IssueState, ListIssue, SchemeVersion
from qualified_list.selectors.decided import Unapproved, decided, mark, provider_headers
from qualified_list.services.findings import Findings
from trustreg.base.errors import PreconditionFailed


class ListRefused(PreconditionFailed):
    """A list is not to be published; `findings` say why."""

    code = "list_refused"

    def __init__(self, findings: Findings, *, content_hash: str = "") -> None:
        super().__init__(
            f"The list was refused: {len(findings)} finding(s), the first is {findings[0]['code']}.",
            f"リストは発行できません。指摘{len(findings)}件（最初の指摘: {findings[0]['code']}）。",
            extra={"findings": findings},
        )
        self.findings = findings
        self.content_hash = content_hash


@dataclass(frozen=True, slots=True)
class Frozen:
    """A content ready for an issue: `content` is its RFC 8785 text, `content_hash` H; `decisions` as in `ListIssue`."""

    compiled: Compiled
    content: str
    content_hash: str
    decisions: list[dict[str, Any]]
    scheme_version: int
    mark: str
    previous: TrustedList | None


def scheme_in_force() -> SchemeVersion:
    """The latest version of the scheme. Raises PreconditionFailed when the operator has not described it yet."""
    found = SchemeVersion.objects.order_by("-version").first()
    if found is None:
        raise PreconditionFailed(
            "The scheme of the list is not described yet; a list operator must do that before the first list.",
            "リストのスキーム情報がまだ登録されていません。最初の発行の前に、リスト運用担当者が登録してください。",
        )
    return found


def present_mark() -> str:
    """Names what there is to compile: the decided changes and the version of the scheme."""
    version = SchemeVersion.objects.order_by("-version").values_list("version", flat=True).first() or 0
    return f"{mark()}/{version}"


def last_released() -> ListIssue | None:
    """The list in force, without its large columns."""
    return (
        ListIssue.objects.filter(state=IssueState.RELEASED)
        .defer("content", "unsigned", "decisions")
        .order_by("-sequence")
        .first()
    )


def list_of(issue: ListIssue) -> TrustedList:
    """The model of an issue from its stored content."""
    return from_content_model(
        json.loads(issue.content), sequence=issue.sequence, issued_at=issue.issued_at, next_update=issue.next_update
    )


def previous_list() -> TrustedList | None:
    """The model of the list in force; kept between questions, because a released list never changes."""
    issue = last_released()
    return _released(issue.sequence, issue.sha256) if issue else None


@lru_cache(maxsize=1)
def _released(sequence: int, _sha256: str) -> TrustedList:
    return list_of(ListIssue.objects.defer("unsigned", "decisions").get(pk=sequence))


def freeze(*, changes: Collection[int] | None = None, scheme_version: int | None = None) -> Frozen:
    """Compile what stands now (or what these status changes and this version of the scheme say).

    Raises `ListRefused` when a change was not approved by two people as it stands, PreconditionFailed without a scheme.
    """
    marked = present_mark()
    scheme = scheme_in_force() if scheme_version is None else SchemeVersion.objects.get(pk=scheme_version)
    standing, failed = decided(changes)
    if failed:
        raise ListRefused(_unapproved(failed))
    previous = previous_list()
    providers = {item.provider_id for item in standing}
    if previous:
        providers |= {uuid.UUID(provider.provider_id) for provider in previous.providers}
    compiled = compile_list(
        previous=previous,
        scheme=scheme_from_json(scheme.content, scheme.next_update_days),
        decided=standing,
        providers=provider_headers(providers),
    )
    content = canonical_json(content_model(compiled.trusted_list))
    entries: dict[int, list[str]] = {}
    for identifier, sharing in compiled.members.items():
        for item in sharing:
            entries.setdefault(item.change, []).append(identifier)
    return Frozen(
        compiled=compiled,
        content=content.decode(),
        content_hash=hashlib.sha256(content).hexdigest(),
        decisions=[
            {
                "decision": str(item.decision),
                "sha256": item.approved_sha256,
                "change": item.change,
                "service": str(item.service_id),
                "entries": sorted(entries.get(item.change, ())),
            }
            for item in sorted(standing, key=lambda item: item.change)
        ],
        scheme_version=scheme.version,
        mark=marked,
        previous=previous,
    )


def _unapproved(failed: Sequence[Unapproved]) -> Findings:
    return [
        {
            "code": item.code,
            "where": f"decision {item.decision}",
            "message": {
                "en": f"Change {item.change} of decision {item.decision} was not approved by two people as it stands.",
                "ja": f"決定{item.decision}の変更{item.change}は、この内容で二人に承認されたものではありません。",
            },
        }
        for item in failed
    ]
