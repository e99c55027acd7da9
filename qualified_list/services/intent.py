"""Steps 2 and 3 of publication: the intent is stored before anything is signed, and stamped anew when it gets old."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from qualified_list.compilation import same_content
from qualified_list.domain.content import content_hash
from qualified_list.domain.model import TrustedList
from qualified_list.domain.xml import parse_list, render_list
from qualified_list.models import IssueState, ListIssue, ListSignature, Refusal, RefusalSource
from qualified_list.services.findings import Findings, finding
from qualified_list.services.freeze import Frozen, ListRefused, freeze, list_of, present_mark, previous_list
from qualified_list.services.memory import without_collector
from qualified_list.services.rules import file_findings
from trustreg.base import events, outbox

_LOCK = 0x7175616C  # the advisory lock of publication: one transaction at a time gives out sequences
SIGN_CHANNEL = "trustreg_list_to_sign"


def database_time() -> datetime:
    """The clock that all issue times come from."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def unreleased() -> int | None:
    """The sequence of the intent that waits to be finished, if there is one; there is never a second."""
    return ListIssue.objects.exclude(state=IssueState.RELEASED).values_list("sequence", flat=True).first()


@without_collector()
def intent_begin(*, reissue: bool) -> int | None:
    """Store the intent of the next list: one transaction for sequence, issue time, unsigned bytes and outbox message.

    Returns its sequence. None when another intent is under way (see `unreleased`), or when the list in force says the
    same already and `reissue` does not ask for it again. Raises `ListRefused` (the refusal is stored) when the rules
    refuse.
    """
    marked = present_mark()
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            if unreleased() is not None:
                return None
            frozen = freeze()
            if not reissue and frozen.previous and same_content(frozen.previous, frozen.compiled.trusted_list):
                return None
            issue = _stamp(frozen)
            issue.save(force_insert=True)
            outbox.emit("qualified_list.compiled", {"sequence": issue.sequence})
            return issue.sequence
    except ListRefused as refused:
        refuse(
            RefusalSource.RULES,
            sequence=(last_sequence() or 0) + 1,
            content_hash=refused.content_hash,
            mark=marked,
            findings=refused.findings,
        )
        raise


@without_collector()
def intent_stamp(*, sequence: int, minimum_age: timedelta | None) -> bool:
    """Compile and stamp an unsigned intent anew, so that nothing is dated long before it is public.

    With `minimum_age` only when its issue time is at least so old. The row lock decides the race with the signer: once
    a signature is stored, this returns False; once this has committed, a signature over the older bytes is refused.
    """
    with transaction.atomic():
        issue = _locked(sequence)
        if issue is None or issue.state not in (IssueState.COMPILED, IssueState.CHECKED):
            return False
        if ListSignature.objects.filter(issue_id=sequence).exists():
            return False
        if minimum_age is not None and database_time() - issue.issued_at < minimum_age:
            return False
        fresh = _stamp(freeze(), not_before=issue.issued_at)
        if fresh.sequence != sequence:
            return False
        fresh.lease_owner, fresh.lease_until = issue.lease_owner, issue.lease_until
        fresh.save(force_update=True)
        return True


@without_collector()
def intent_check(*, sequence: int) -> None:
    """Read the stored bytes back, hold them to the content whose rules were checked, and let the signer have them.

    Raises `ListRefused` (stored) when they say anything else.
    """
    issue = ListIssue.objects.get(pk=sequence)
    if issue.state != IssueState.COMPILED:
        return
    found = _differences(issue)
    if found:
        refuse(
            RefusalSource.RULES,
            sequence=sequence,
            content_hash=issue.content_hash,
            unsigned_sha256=issue.unsigned_sha256,
            mark=issue.mark,
            findings=found,
        )
        raise ListRefused(found, content_hash=issue.content_hash)
    with transaction.atomic():
        moved = ListIssue.objects.filter(
            pk=sequence, state=IssueState.COMPILED, unsigned_sha256=issue.unsigned_sha256
        ).update(state=IssueState.CHECKED, checked_at=database_time())
        if moved:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, %s)", [SIGN_CHANNEL, str(sequence)])


def _differences(issue: ListIssue) -> Findings:
    """Whether the stored bytes are the content whose rules held, read back (H, sequence and times)."""
    unsigned = bytes(issue.unsigned)
    read = parse_list(unsigned).list
    says = (content_hash(read), read.sequence, read.issued_at, read.next_update)
    if says == (issue.content_hash, issue.sequence, issue.issued_at, issue.next_update):
        return []
    return [
        finding(
            "CONTENT_DIFFERS",
            "list",
            "The unsigned list read back does not say what the content says.",
            "未署名リストを読み戻した内容が、凍結した内容と異なります。",
        )
    ]


def bytes_findings(issue: ListIssue) -> Findings:
    """What is wrong with the unsigned bytes of an issue: they must say what the content says, and keep the rules."""
    unsigned = bytes(issue.unsigned)
    if hashlib.sha256(unsigned).hexdigest() != issue.unsigned_sha256:
        return [
            finding(
                "BYTES_CHANGED",
                "list",
                "The unsigned bytes are others than recorded.",
                "未署名のデータが記録と異なります。",
            )
        ]
    if hashlib.sha256(issue.content.encode()).hexdigest() != issue.content_hash:
        return [
            finding(
                "CONTENT_CHANGED",
                "list",
                "The content does not have the hash H.",
                "内容のハッシュが、記録されたHと一致しません。",
            )
        ]
    return file_findings(list_of(issue), previous=previous_list(), xml=unsigned, signed=False)


def refuse(
    source: RefusalSource,
    *,
    sequence: int,
    content_hash: str,
    findings: Findings,
    unsigned_sha256: str = "",
    mark: str = "",
) -> None:
    """Store why a list was not published. The same refusal is stored once; the previous list stays in force."""
    at = database_time()
    try:
        with transaction.atomic():
            Refusal.objects.create(
                source=source,
                sequence=sequence,
                content_hash=content_hash,
                unsigned_sha256=unsigned_sha256,
                mark=mark,
                findings=findings,
            )
            events.record(
                "qualified_list:list:refused",
                actor=None,
                at=at,
                subject=("list", sequence),
                data={"source": str(source), "codes": sorted({item["code"] for item in findings})},
            )
    except IntegrityError:
        return


def last_sequence() -> int | None:
    """The highest sequence given out."""
    return ListIssue.objects.order_by("-sequence").values_list("sequence", flat=True).first()


def _locked(sequence: int) -> ListIssue | None:
    return ListIssue.objects.select_for_update().filter(pk=sequence).defer("content", "unsigned", "decisions").first()


def _stamp(frozen: Frozen, *, not_before: datetime | None = None) -> ListIssue:
    """An unsaved issue of this content: next sequence, the database's time in whole seconds, rendered.

    The issue time is that at which rendering ends, however long it takes, and later than every earlier one: the time
    is waited for, never dated ahead.
    """
    compiled = frozen.compiled.trusted_list
    earliest = max(
        (moment for moment in (not_before, frozen.previous.issued_at if frozen.previous else None) if moment),
        default=None,
    )
    issue = _issue_of(compiled, _moment_after(earliest))
    begun = time.monotonic()
    draft = render_list(issue)
    expected = timedelta(seconds=time.monotonic() - begun)
    found = file_findings(issue, previous=frozen.previous, xml=draft, signed=False)
    if found:
        raise ListRefused(found, content_hash=frozen.content_hash)
    issue = _issue_of(compiled, database_time() + expected)
    unsigned = render_list(issue)
    while (ahead := (issue.issued_at - database_time()).total_seconds()) > 0:
        time.sleep(ahead)
    return ListIssue(
        sequence=issue.sequence,
        scheme_version_id=frozen.scheme_version,
        content=frozen.content,
        content_hash=frozen.content_hash,
        decisions=frozen.decisions,
        mark=frozen.mark,
        services=sum(1 for _ in issue.services()),
        issued_at=issue.issued_at,
        next_update=issue.issued_at + timedelta(days=compiled.scheme.next_update_days),
        unsigned=unsigned,
        unsigned_sha256=hashlib.sha256(unsigned).hexdigest(),
        state=IssueState.COMPILED,
        compiled_at=database_time(),
    )


def _moment_after(earliest: datetime | None) -> datetime:
    """The database's time once its whole seconds are later than `earliest`."""
    while True:
        now = database_time()
        if earliest is None or now.replace(microsecond=0) > earliest:
            return now
        time.sleep((earliest + timedelta(seconds=1) - now).total_seconds())


def _issue_of(compiled: TrustedList, moment: datetime) -> TrustedList:
    issued_at = moment.replace(microsecond=0)
    days = compiled.scheme.next_update_days
    return compiled.stamped(
        sequence=compiled.sequence, issued_at=issued_at, next_update=issued_at + timedelta(days=days)
    )
