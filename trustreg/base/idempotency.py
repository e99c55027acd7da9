"""`Idempotency-Key`: a write that is repeated gives the answer of the first time, whatever the network lost.

The key is claimed, the act is done and its answer is kept in one transaction: an act that was rolled back leaves no
key, and of two requests that race, the second waits and then reads the first one's answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from trustreg.base.errors import Conflict, InvalidInput
from trustreg.base.models import IdempotencyKey

HEADER: Final = "Idempotency-Key"
KEPT: Final = timedelta(days=1)
_FORM = re.compile(r"[\x21-\x7e]{1,200}")


def read_key(request: Request) -> str | None:
    """The key of this request; None without one. Raises InvalidInput when it is malformed."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _FORM.fullmatch(key):
        raise InvalidInput(
            "The Idempotency-Key must have 1 to 200 visible ASCII characters, such as a UUID.",
            "Idempotency-Key は、空白を含まない半角英数記号 1 から 200 文字（UUID など）にしてください。",
            fields={
                HEADER: {
                    "en": "Expected 1 to 200 visible ASCII characters.",
                    "ja": "半角英数記号 1 から 200 文字です。",
                }
            },
        )
    return key


def fingerprint(request: Request) -> str:
    """SHA-256 (hex) of method, path and body; a multipart body by its parts, since its boundary changes every time."""
    return hashlib.sha256(f"{request.method} {request.path}\n{_plain(request.data)}".encode()).hexdigest()


def _plain(data: Any) -> str:
    def part(value: Any) -> Any:
        if isinstance(value, UploadedFile):
            digest = hashlib.sha256()
            for chunk in value.chunks():
                digest.update(chunk)
            value.seek(0)
            return {"file": value.name, "sha256": digest.hexdigest()}
        return value

    if isinstance(data, QueryDict):
        data = {name: [part(value) for value in data.getlist(name)] for name in data}
    return json.dumps(data, sort_keys=True, default=str)


def forget(*, at: datetime) -> int:
    """Delete keys a day after their first use, with the answers beside them; return how many there were.

    An answer may be all that is left of something else that has been deleted: it is no archive.
    """
    count, _ = IdempotencyKey.objects.filter(created_at__lte=at - KEPT).delete()
    return count


def once(request: Request, *, account_id: UUID, key: str, act: Callable[[], Response]) -> Response:
    """Do `act` unless this key was used before; then repeat its answer.

    Raises Conflict when the key came with another request before.
    """
    sent = fingerprint(request)
    with transaction.atomic():
        IdempotencyKey.objects.bulk_create(
            [IdempotencyKey(account_id=account_id, key=key, request_sha256=sent)], ignore_conflicts=True
        )
        row = IdempotencyKey.objects.select_for_update().get(account_id=account_id, key=key)
        if row.request_sha256 != sent:
            raise Conflict(
                "This Idempotency-Key was used for another request. Use a new key for a new act.",
                "この Idempotency-Key は別の要求に使われています。新しい操作には新しい値を使ってください。",
            )
        if row.status is not None:
            kept = row.body or {}
            return Response(
                kept.get("body"), status=row.status, headers={**kept.get("headers", {}), "Idempotent-Replay": "true"}
            )
        response = act()
        body = json.loads(JSONRenderer().render(response.data)) if response.data is not None else None
        kept_headers = {name: response[name] for name in ("Location",) if response.has_header(name)}
        row.status, row.body = response.status_code, {"body": body, "headers": kept_headers}
        row.save(update_fields=["status", "body"])
    return response
