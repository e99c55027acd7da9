"""Strict reading of what callers send: one meaning for every body, or a 4xx that says what was expected."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO, Any, Final, cast

from django.core.files.uploadedfile import UploadedFile
from django.db.models import TextChoices
from django.http import HttpRequest, QueryDict
from django.utils.http import parse_header_parameters
from rest_framework import parsers, serializers
from rest_framework.request import Request

from trustreg.base.errors import InvalidInput, LengthRequired, MalformedRequest, TooLarge

MAX_DEPTH: Final = 32
_ENDING: Final = 4096
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SURROGATE = re.compile("[\ud800-\udfff]")


def malformed(en: str, ja: str) -> MalformedRequest:
    return MalformedRequest(
        f"The body is not the JSON that is expected here: {en}", f"本文が、ここで必要なJSONではありません: {ja}"
    )


def strict_json(raw: bytes) -> Any:
    """JSON text (RFC 8259) with one meaning: UTF-8, no duplicate names, finite numbers, at most 32 levels.

    Raises MalformedRequest; InvalidInput when a text holds NUL or a lone surrogate.
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            raise malformed("a name occurs twice in one object.", "同じ名前が一つのオブジェクトに二度あります。")
        return found

    def constant(name: str) -> float:
        raise malformed(f"{name} is not a JSON number.", f"{name} はJSONの数ではありません。")

    def finite(text: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            raise malformed("a number is out of range.", "数が範囲を超えています。")
        return value

    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant, parse_float=finite)
    except UnicodeDecodeError as error:
        raise malformed(
            f"byte {error.start} is not UTF-8.", f"{error.start} バイト目がUTF-8ではありません。"
        ) from error
    except RecursionError as error:
        raise malformed("it is nested too deeply.", "入れ子が深すぎます。") from error
    except json.JSONDecodeError as error:
        raise malformed(
            f"{error.msg} at line {error.lineno}, column {error.colno}.",
            f"{error.lineno} 行 {error.colno} 文字目に構文の誤りがあります。",
        ) from error
    except ValueError as error:  # an integer of thousands of digits
        raise malformed("a number is out of range.", "数が範囲を超えています。") from error
    check_texts(value)
    return value


def _walk(value: Any) -> Iterator[tuple[str, str]]:
    """(path, text) of every string inside, names included; refuses what is nested too deeply."""
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack:
        path, item, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise malformed(
                f"it is nested more than {MAX_DEPTH} levels deep.", f"入れ子が {MAX_DEPTH} 段を超えています。"
            )
        if isinstance(item, str):
            yield path, item
        elif isinstance(item, UploadedFile):
            yield path, item.name or ""
        elif isinstance(item, Mapping):
            for name, inner in item.items():
                yield "", str(name)
                stack.append((f"{path}.{name}" if path else str(name), inner, depth + 1))
        elif isinstance(item, (list, tuple)):
            stack.extend(
                (f"{path}.{index}" if path else str(index), inner, depth + 1) for index, inner in enumerate(item)
            )


def check_texts(value: Any) -> None:
    """Raise InvalidInput when any text inside holds NUL or a lone surrogate: neither can be stored or shown."""
    for path, text in _walk(value):
        if "\x00" in text or _SURROGATE.search(text):
            raise InvalidInput(
                "A text holds a NUL character or half of a surrogate pair. Remove it and send again.",
                "文字列に NUL またはサロゲートの片方が含まれています。取り除いて送り直してください。",
                fields={
                    path or "body": {
                        "en": "Holds a NUL character or half of a surrogate pair.",
                        "ja": "NUL またはサロゲートの片方が含まれています。",
                    }
                },
            )


def read_utc(text: str) -> datetime:
    """`2026-01-31T09:00:00Z`, the only form of time at this API. Raises ValueError."""
    if not _UTC.fullmatch(text):
        raise ValueError(text)
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def announced_length(request: HttpRequest | Request) -> int:
    """Bytes of the body as the request line's headers announce them; 0 without a body.

    Raises LengthRequired for a body of unknown end (chunked), MalformedRequest for what is no number.
    """
    raw = request.META.get("CONTENT_LENGTH") or ""
    if not raw and "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise LengthRequired(
            "The body comes in chunks, without a Content-Length. Send it with its length.",
            "本文が長さ（Content-Length）なしに分割して送られました。長さをつけて送ってください。",
        )
    if raw and not (raw.isascii() and raw.isdigit()):
        raise MalformedRequest("Content-Length must be a whole number.", "Content-Length は整数でなければなりません。")
    return int(raw or 0)


def check_size(size: int, limit: int) -> None:
    """Raise TooLarge, naming both, when `size` bytes exceed `limit`."""
    if size > limit:
        raise TooLarge(
            f"Got {size} bytes; the limit here is {limit} bytes. Send less.",
            f"{size} バイトを受け取りましたが、上限は {limit} バイトです。小さくして送ってください。",
            extra={"limit_bytes": limit, "got_bytes": size},
        )


class StrictJSONParser(parsers.BaseParser):
    """`application/json`, read by `strict_json`."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return strict_json(stream.read())


class _Ending:
    """A body that remembers how it ended."""

    def __init__(self, stream: IO[Any]) -> None:
        self._stream = stream
        self.last = b""

    def read(self, *size: int) -> bytes:
        piece: bytes = self._stream.read(*size)
        self.last = (self.last + piece)[-_ENDING:]
        return piece


class StrictMultiPartParser(parsers.MultiPartParser):
    """`multipart/form-data` that is whole and has no NUL in names and texts.

    Django reads a form that breaks off as one with fewer parts: half of a batch, a document without its question.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        if "boundary" not in (media_type or ""):
            raise MalformedRequest(
                "multipart/form-data needs a boundary in its Content-Type.",
                "multipart/form-data の Content-Type に boundary がありません。",
            )
        body = _Ending(stream)
        parsed = super().parse(cast("IO[Any]", body), media_type, parser_context)
        _, parameters = parse_header_parameters(media_type or "")
        if body.last and f"--{parameters['boundary']}--".encode() not in body.last:
            raise MalformedRequest(
                "The form breaks off before its closing boundary. Nothing was stored; send it again.",
                "フォームが終わりの boundary の前で切れています。何も保存していません。もう一度送ってください。",
            )
        check_texts({name: parsed.data.getlist(name) for name in parsed.data})
        check_texts({name: parsed.files.getlist(name) for name in parsed.files})
        return parsed


class UtcField(serializers.Field):  # type: ignore[type-arg] # the stubs want four parameters that say nothing here
    """A time in the one form of this API, as an aware datetime."""

    def to_internal_value(self, data: Any) -> datetime:
        try:
            return read_utc(data if isinstance(data, str) else "")
        except ValueError:
            got = repr(data)[:60]
            raise serializers.ValidationError(
                _both(
                    f"Got {got}, expected UTC such as 2026-01-31T09:00:00Z.",
                    f"{got} は受け付けません。2026-01-31T09:00:00Z の形（UTC）で入れてください。",
                )
            ) from None

    def to_representation(self, value: Any) -> str | None:
        from trustreg.base.clock import utc_text

        return utc_text(value) if isinstance(value, datetime) else value


class Base64Field(serializers.Field):  # type: ignore[type-arg] # as above
    """Bytes: base64 (RFC 4648 section 4, padded), or a file of a multipart form. Raises TooLarge above `max_bytes`."""

    def __init__(self, *, max_bytes: int, **options: Any) -> None:
        super().__init__(**options)
        self.max_bytes = max_bytes

    def to_internal_value(self, data: Any) -> bytes:
        if isinstance(data, UploadedFile):
            check_size(data.size or 0, self.max_bytes)
            content: bytes = data.read()
            return content
        if not isinstance(data, str):
            raise serializers.ValidationError(_both("Expected base64 text.", "base64の文字列を入れてください。"))
        try:
            content = base64.b64decode(data.encode("ascii"), validate=True)
        except (binascii.Error, ValueError):
            raise serializers.ValidationError(
                _both(
                    "This is not base64 (RFC 4648 section 4, padded, no line breaks).",
                    "base64（RFC 4648 4節、パディングあり、改行なし）ではありません。",
                )
            ) from None
        check_size(len(content), self.max_bytes)
        return content

    def to_representation(self, value: bytes) -> str:
        return base64.b64encode(value).decode()


def _both(en: str, ja: str) -> str:
    from trustreg.base.problems import language

    return ja if language() == "ja" else en


class Input(serializers.Serializer):  # type: ignore[type-arg] # as above
    """A request body: unknown members are refused, so that a typing error is never silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [name for name in (data.keys() if isinstance(data, QueryDict) else data) if name not in known]
            if unknown:
                expected = ", ".join(sorted(known))
                raise serializers.ValidationError(
                    {
                        str(name)[:60]: [
                            _both(
                                f"Unknown member. Known ones: {expected}.",
                                f"この名前の項目はありません。使えるもの: {expected}。",
                            )
                        ]
                        for name in unknown[:10]
                    }
                )
        if isinstance(data, QueryDict):
            self._require_one_of_each(data)
        return super().to_internal_value(data)

    def _require_one_of_each(self, form: QueryDict) -> None:
        """Which of two files or answers was meant, nobody can tell: a reader before us may have taken the other."""
        single = (name for name, field in self.fields.items() if not isinstance(field, serializers.ListField))
        repeated = {name: len(form.getlist(name)) for name in single if len(form.getlist(name)) > 1}
        if repeated:
            raise serializers.ValidationError(
                {
                    name: [
                        _both(f"Got {count} of them, expected one.", f"{count} 個ありました。1 個だけにしてください。")
                    ]
                    for name, count in repeated.items()
                }
            )


class EnumField(serializers.ChoiceField):
    """A word of an enumeration, as its member."""

    def __init__(self, words: type[StrEnum] | type[TextChoices], **options: Any) -> None:
        super().__init__(choices=[str(word.value) for word in words], **options)
        self.words = words

    def to_internal_value(self, data: Any) -> Any:
        return self.words(super().to_internal_value(data))
