"""A validation that is answered at once, and the report of it that is kept for a while."""

from __future__ import annotations

import functools
import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from signing.models import ValidationReport, new_id
from signing.services import files
from trustreg.base.clock import utc_text
from trustreg.base.errors import InvalidInput, TooLarge
from trustreg.conf import settings as conf

MAX_EVIDENCE_FILES: Final = 50
MAX_EVIDENCE_BYTES: Final = 16 << 20
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """A document and the questions about it. `at` None means now; `trusted_caller` lifts the limits of strangers.

    `digests` are (hashlib name, hexadecimal) of a document that stays with the caller, beside a time-stamp token.
    `absent` are several such documents, (file name, hashlib name, hexadecimal), beside an XML signature;
    `assume_digests` takes those that the signature states. `particulars` asks for certificates, scopes and claims too.
    `evidence` are files with certificates, CRLs and OCSP responses that the document need not hold.
    """

    document: bytes
    filename: str
    detached: tuple[tuple[str, bytes], ...] = ()
    policy: str | None = None
    at: datetime | None = None
    document_type: str | None = None
    level: str | None = None
    trusted_caller: bool = False
    digests: tuple[tuple[str, str], ...] = ()
    absent: tuple[tuple[str, str, str], ...] = ()
    assume_digests: bool = False
    particulars: bool = False
    evidence: tuple[bytes, ...] = ()

    @property
    def files(self) -> list[bytes]:
        """Everything that was sent: the document, what is detached, the evidence."""
        return [self.document, *(content for _, content in self.detached), *self.evidence]


class Validator(Protocol):
    """The engine, composed by the wiring. Any bytes get a report; raises Unavailable when it cannot work now."""

    def __call__(self, request: ValidationRequest, *, now: datetime) -> Mapping[str, Any]: ...


@functools.cache
def validator() -> Validator:
    """The engine that the wiring names (`TRUSTREG_VALIDATOR`)."""
    found: Validator = import_string(getattr(settings, "TRUSTREG_VALIDATOR", "trustreg.wiring.validate"))
    return found


def check(request: ValidationRequest, *, now: datetime) -> None:
    """Refuse what no engine can answer. Raises InvalidInput, TooLarge."""
    if not request.document:
        raise InvalidInput(
            "The document is empty (0 bytes). Choose the file again.",
            "文書が空です（0 バイト）。ファイルを選び直してください。",
            fields={
                "document": {
                    "en": "The file is empty: got 0 bytes. Choose it again.",
                    "ja": "ファイルが空です（0 バイトでした）。選び直してください。",
                }
            },
        )
    size = len(request.document) + sum(len(content) for _, content in request.detached)
    if len(request.document) > conf.max_document_bytes or size > 2 * conf.max_document_bytes:
        raise TooLarge(
            f"Got {size} bytes; a document may have {conf.max_document_bytes}, with its detached files twice that.",
            f"{size} バイトでした。文書は {conf.max_document_bytes} バイト、合計はその 2 倍までです。",
            extra={"limit_bytes": conf.max_document_bytes, "got_bytes": size},
        )
    _check_evidence(request.evidence)
    if request.at is not None and request.at > now:
        raise InvalidInput(
            f"'at' is {utc_text(request.at)}, which lies in the future. Nobody knows that yet; ask for now or earlier.",
            f"at の {utc_text(request.at)} は未来の時刻です。現在以前を指定してください。",
            fields={"at": {"en": "Expected now or earlier.", "ja": "現在以前を指定してください。"}},
        )


def _check_evidence(evidence: Sequence[bytes]) -> None:
    if len(evidence) > MAX_EVIDENCE_FILES:
        raise InvalidInput(
            f"Got {len(evidence)} files of evidence; up to {MAX_EVIDENCE_FILES} are taken.",
            f"失効情報などのファイルが {len(evidence)} 個でした。{MAX_EVIDENCE_FILES} 個までです。",
            fields={
                "evidence": {
                    "en": f"Expected up to {MAX_EVIDENCE_FILES} files.",
                    "ja": f"{MAX_EVIDENCE_FILES} 個までです。",
                }
            },
        )
    size = sum(map(len, evidence))
    if size > MAX_EVIDENCE_BYTES:
        raise TooLarge(
            f"The evidence has {size} bytes; the limit is {MAX_EVIDENCE_BYTES}.",
            f"失効情報などが {size} バイトでした。合計 {MAX_EVIDENCE_BYTES} バイトまでです。",
            fields={
                "evidence": {
                    "en": f"Expected up to {MAX_EVIDENCE_BYTES} bytes in all.",
                    "ja": f"合計 {MAX_EVIDENCE_BYTES} バイトまでです。",
                }
            },
            extra={"limit_bytes": MAX_EVIDENCE_BYTES, "got_bytes": size},
        )


def report_create(
    body: Mapping[str, Any], *, report_id: str | None = None, account_id: UUID | None, at: datetime, kept: int = 0
) -> ValidationReport:
    """Keep a report for the days that the settings say; `kept` is the number of files that stay beside it."""
    expires_at = at + timedelta(days=conf.report_days)
    return ValidationReport.objects.create(
        pk=report_id or new_id(),
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        account_id=account_id,
        expires_at=expires_at,
        files=kept,
        files_until=min(expires_at, at + timedelta(days=conf.keep_documents_days)) if kept else None,
    )


def validate(request: ValidationRequest, *, account_id: UUID | None, at: datetime) -> dict[str, Any]:
    """The report of a document, with the id under which it is kept; None as id when it rests on an assumed time.

    Raises InvalidInput, TooLarge, Unavailable.
    """
    check(request, now=at)
    body = dict(validator()(request, now=at))
    if body.get("hypothetical"):
        return {"id": None, **body}
    report_id, kept = new_id(), 0
    if conf.keep_documents_days:
        kept = files.save(report_id, request.files)
    report_create(body, report_id=report_id, account_id=account_id, at=at, kept=kept)
    return {"id": report_id, **body}


def plain_name(name: str | None) -> str:
    """The last part of a file name, without control characters; `document` when nothing is left."""
    last = posixpath.basename((name or "").replace("\\", "/"))
    return _CONTROL.sub("", last).strip()[:255] or "document"


def time_of_validation(moment: datetime) -> datetime:
    """The next whole second: reports say whole ones, and rounding down would put a time-stamp into the future."""
    return moment.replace(microsecond=0) + timedelta(seconds=1 if moment.microsecond else 0)
