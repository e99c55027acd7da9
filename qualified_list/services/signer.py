"""What the signer does: believe nothing it is given, then sign once.

It runs as a process and database role of its own. It may read what was decided and write signatures and refusals,
nothing else; and it alone can reach the key.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction

from qualified_list.domain.errors import ListSignatureError, ListUnreadable
from qualified_list.domain.signature import sign_list, verify_list
from qualified_list.models import IssueState, ListIssue, ListSignature, Refusal, RefusalSource
from qualified_list.selectors.decided import latest_changes
from qualified_list.services.findings import Findings, finding
from qualified_list.services.freeze import ListRefused, freeze
from qualified_list.services.intent import bytes_findings, database_time
from qualified_list.services.memory import without_collector
from signing.keys.backend import KeyBackend
from trustreg.base.errors import TrustregError
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)

_SETTLED_SECONDS = 30
"""A change decided longer than this before the issue time must be in the list; a later one may wait for the next."""


@without_collector()
def sign_waiting(*, key: KeyBackend) -> int | None:
    """Sign the issue that waits for it, if it deserves it. Returns its sequence when a signature was stored."""
    issue = ListIssue.objects.filter(state=IssueState.CHECKED, signature=None).first()
    if issue is None or database_time() - issue.issued_at >= timedelta(seconds=conf.intent_seconds):
        return None  # an old intent is stamped anew first: nothing is dated long before it is public
    if Refusal.objects.filter(
        source=RefusalSource.SIGNER, sequence=issue.pk, unsigned_sha256=issue.unsigned_sha256
    ).exists():
        return None
    found = issue_findings(issue=issue)
    if found:
        _refuse(issue, found)
        return None
    at = database_time().replace(microsecond=0)
    signed = sign_list(bytes(issue.unsigned), key=key, at=at)
    found = _own_work(signed, key)
    if found:
        _refuse(issue, found)
        return None
    try:
        with transaction.atomic():
            # The database stores it only if the bytes of the issue are still these, and only once.
            ListSignature.objects.create(
                issue_id=issue.pk,
                unsigned_sha256=hashlib.sha256(bytes(issue.unsigned)).hexdigest(),
                signed=signed,
                sha256=hashlib.sha256(signed).hexdigest(),
                signer_certificate=key.certificate,
                signer_sha256=hashlib.sha256(key.certificate).hexdigest(),
            )
    except IntegrityError as error:
        log.warning("signature_not_stored", sequence=issue.pk, reason=str(error).splitlines()[0])
        return None
    log.info("list_signed", sequence=issue.pk, unsigned_sha256=issue.unsigned_sha256)
    return issue.pk


def issue_findings(*, issue: ListIssue) -> Findings:
    """Why the issue must not be signed. Empty when its bytes follow from decisions that hold.

    Checked again from the ground up: the bytes read back give H; sequence and time follow the list in force; every
    decision was approved by two people on its hash; and the content is what these decisions give when compiled here.
    """
    try:
        found = bytes_findings(issue)
        if found:
            return found
        changes = [int(decision["change"]) for decision in issue.decisions]
        compiled = freeze(changes=changes, scheme_version=issue.scheme_version_id)
    except ListRefused as refused:
        return refused.findings
    except (TrustregError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [_finding("UNREADABLE", f"The issue cannot be checked: {type(error).__name__}: {str(error)[:200]}.")]
    if compiled.compiled.trusted_list.sequence != issue.sequence:
        return [_finding("SEQUENCE_DIFFERS", f"Sequence {issue.sequence} does not follow the list in force.")]
    if compiled.previous and issue.issued_at <= compiled.previous.issued_at:
        return [_finding("TIME_NOT_LATER", "The issue time is not later than that of the list in force.")]
    stated = {(item["decision"], item["sha256"], item["change"]) for item in issue.decisions}
    if stated != {(item["decision"], item["sha256"], item["change"]) for item in compiled.decisions}:
        return [_finding("DECISIONS_DIFFER", "The decisions of the issue are not those that were approved.")]
    if compiled.content_hash != issue.content_hash:
        return [_finding("CONTENT_NOT_DECIDED", "The content is not what its decisions give.")]
    return _overtaken(issue)


def _overtaken(issue: ListIssue) -> Findings:
    """Decisions that are settled and missing: a list may not leave out what two people decided."""
    age = (database_time() - issue.issued_at).total_seconds()
    settled = latest_changes(older_than_seconds=int(age) + _SETTLED_SECONDS)
    contained = {item["service"]: int(item["change"]) for item in issue.decisions}
    missing = [str(service) for service, change in settled.items() if contained.get(str(service), 0) < change]
    return (
        [_finding("DECISION_MISSING", f"Services with a later decision: {', '.join(missing[:5])}.")] if missing else []
    )


def _own_work(signed: bytes, key: KeyBackend) -> Findings:
    try:
        verify_list(signed, signer_keys=[key.certificate], demand_tsl_signing=True)
    except (ListSignatureError, ListUnreadable) as error:
        return [finding(error.code.upper(), "signature", error.en, error.ja)]
    return []


def _refuse(issue: ListIssue, found: Findings) -> None:
    try:
        with transaction.atomic():
            Refusal.objects.create(
                source=RefusalSource.SIGNER,
                sequence=issue.pk,
                content_hash=issue.content_hash,
                unsigned_sha256=issue.unsigned_sha256,
                mark=issue.mark,
                findings=found,
            )
    except IntegrityError:
        return
    log.error("signing_refused", sequence=issue.pk, codes=[item["code"] for item in found])


def _finding(code: str, en: str) -> dict[str, object]:
    return finding(code, "signer", en, _JA[code])


_JA = {
    "UNREADABLE": "リストを確認できません。",
    "SEQUENCE_DIFFERS": "通番が、現行リストの次の番号ではありません。",
    "TIME_NOT_LATER": "発行日時が、現行リストより後ではありません。",
    "DECISIONS_DIFFER": "リストに記録された決定が、承認された決定と異なります。",
    "CONTENT_NOT_DECIDED": "リストの内容が、決定の内容と一致しません。",
    "DECISION_MISSING": "すでに決定された変更が、リストに含まれていません。",
}
