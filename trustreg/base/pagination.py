"""Collections by cursor, `{"results": […], "next": …}`: keyset, so that a page never shifts while rows arrive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request

from trustreg.base.errors import InvalidInput

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")

DEFAULT_SIZE: Final = 50
MAX_SIZE: Final = 200
_SALT: Final = "trustreg.cursor"


def page_size(request: Request) -> int:
    """The `limit` asked for: 1 to 200, 50 by default."""
    raw = request.query_params.get("limit")
    if raw is None:
        return DEFAULT_SIZE
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 3 and 1 <= int(raw) <= MAX_SIZE):
        raise InvalidInput(
            f"'limit' must be a whole number from 1 to {MAX_SIZE}.",
            f"limit には 1 から {MAX_SIZE} までの整数を入れてください。",
            fields={"limit": {"en": f"Expected 1 to {MAX_SIZE}.", "ja": f"1 から {MAX_SIZE} までの整数です。"}},
        )
    return int(raw)


def _bad_cursor() -> InvalidInput:
    return InvalidInput(
        "This cursor is not one of this collection. Take 'next' of the page before, or leave it out to start again.",
        "このカーソルはこの一覧のものではありません。前のページの next を使うか、省いて最初から読んでください。",
        fields={
            "cursor": {"en": "Expected the 'next' of an earlier page.", "ja": "前のページの next を入れてください。"}
        },
    )


def _load(request: Request, name: str) -> list[Any] | None:
    raw = request.query_params.get("cursor")
    if raw is None:
        return None
    try:
        found = signing.loads(raw, salt=f"{_SALT}.{name}")
    except (signing.BadSignature, ValueError) as error:
        raise _bad_cursor() from error
    if not isinstance(found, list):
        raise _bad_cursor()
    return found


def _dump(values: Sequence[Any], name: str) -> str:
    plain = [
        value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
        for value in values
    ]
    return signing.dumps(plain, salt=f"{_SALT}.{name}")


def page(
    queryset: QuerySet[Row], request: Request, *, order: Sequence[str], serialize: Callable[[Row], Any]
) -> dict[str, Any]:
    """One page of `queryset` in `order` (field names, `-` for descending; together unique, none of them null)."""
    meta = queryset.model._meta  # noqa: SLF001 - the documented model _meta API
    name = meta.label_lower
    after = _load(request, name)
    fields = [field.lstrip("-") for field in order]
    rows = queryset.order_by(*order)
    if after is not None:
        if len(after) != len(fields):
            raise _bad_cursor()
        condition = Q()
        same: dict[str, Any] = {}
        try:
            for field, directed, value in zip(fields, order, after, strict=True):
                column: Any = meta.get_field(field)
                typed = column.to_python(value)
                condition |= Q(**same, **{f"{field}__{'lt' if directed.startswith('-') else 'gt'}": typed})
                same[field] = typed
        except (ValidationError, TypeError, ValueError) as error:
            raise _bad_cursor() from error
        rows = rows.filter(condition)
    size = page_size(request)
    found = list(rows[: size + 1])
    more = len(found) > size
    found = found[:size]
    cursor = _dump([getattr(found[-1], field) for field in fields], name) if more else None
    return {"results": [serialize(row) for row in found], "next": cursor}


def page_sequence(
    items: Sequence[Item], request: Request, *, name: str, key: Callable[[Item], Any], serialize: Callable[[Item], Any]
) -> dict[str, Any]:
    """One page of `items`, which are sorted ascending by `key` (unique, one JSON-able value)."""
    after = _load(request, name)
    size = page_size(request)
    if after is not None:
        try:
            items = [item for item in items if key(item) > after[0]]
        except (TypeError, IndexError) as error:
            raise _bad_cursor() from error
    found = items[:size]
    cursor = _dump([key(found[-1])], name) if len(items) > size else None
    return {"results": [serialize(item) for item in found], "next": cursor}


def page_after(
    request: Request,
    *,
    name: str,
    kind: type,
    find: Callable[[Any, int], tuple[Sequence[Item], Any]],
    serialize: Callable[[Item], Any],
) -> dict[str, Any]:
    """One page of what `find(after, limit)` returns with its own next position (of type `kind`, None: no more)."""
    after = _load(request, name)
    if after is not None and not (len(after) == 1 and isinstance(after[0], int if kind is int else str)):
        raise _bad_cursor()
    try:
        position = kind(after[0]) if after is not None else None
    except ValueError as error:
        raise _bad_cursor() from error
    found, following = find(position, page_size(request))
    return {
        "results": [serialize(item) for item in found],
        "next": _dump([following], name) if following is not None else None,
    }
