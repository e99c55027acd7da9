"""Forms with files: refused by their length before a byte is read, and only taken when every byte arrived."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from trustreg.base.errors import InvalidInput, TooLarge
from trustreg.base.parsing import announced_length

View = Callable[..., HttpResponseBase]
MARGIN = 1 << 20  # for the other fields of the form
MAX_FILES = 50
ABANDONED = timedelta(hours=1)  # no request takes longer


def forget_abandoned(folder: Path, *, at: datetime) -> int:
    """Delete what a process that was killed left of an upload; how many files there were."""
    count = 0
    for file in folder.glob("*.upload*"):
        with suppress(FileNotFoundError):  # the process that it belongs to was quicker
            if file.stat().st_mtime < (at - ABANDONED).timestamp():
                file.unlink()
                count += 1
    return count


class _Counted:
    """The body of a request, counting what was read of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.count = 0

    def read(self, *size: int) -> bytes:
        piece: bytes = self._stream.read(*size)
        self.count += len(piece)
        return piece

    def close(self) -> None:
        self._stream.close()

    def readline(self, *size: int) -> bytes:
        piece: bytes = self._stream.readline(*size)
        self.count += len(piece)
        return piece


def takes_files(limit: int) -> Callable[[View], View]:
    """A view whose form carries files of `limit` bytes in all. Raises TooLarge, InvalidInput (broken off)."""

    def wrap(view: View) -> View:
        protected = csrf_protect(view)

        # Exempt outside and protected inside: the check of the token would read the body before its length is known.
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                _require_whole(request, limit)
            return _not_followed(request, protected(request, *args, **kwargs))

        return guarded

    return wrap


def _not_followed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """For the script that sends files one by one: where to go next, as a header.

    A browser follows a redirect by itself, and the page that it gets then has used up the sentence that confirms.
    """
    if request.headers.get("X-Upload") and 300 <= response.status_code < 400:
        return HttpResponse(status=201, headers={"Location": response["Location"]})
    return response


def _require_whole(request: HttpRequest, limit: int) -> None:
    expected = announced_length(request)
    if expected > limit + MARGIN:
        raise TooLarge(
            f"What was sent has {_size(expected)}; up to {_size(limit)} can be sent at a time. "
            "Nothing was kept. Go back and send fewer or smaller files.",
            f"送られたデータは {_size(expected)} です。一度に送れるのは {_size(limit)} までです。"
            "何も保存していません。戻って、ファイルを減らすか小さくしてください。",
            extra={"limit": limit},
        )
    body = _Counted(vars(request)["_stream"])  # what Django reads the body from
    vars(request)["_stream"] = body
    try:
        require_few_files(request)
    except UnreadablePostError:
        arrived = body.count
    else:
        arrived = body.count if body.count else expected  # nothing was read: somebody had read it before
    if arrived < expected:
        raise InvalidInput(
            f"The connection broke off: {_size(arrived)} of {_size(expected)} arrived. "
            "Nothing was kept. Go back and send it again.",
            f"通信が途中で切れました。{_size(expected)} のうち {_size(arrived)} が届きました。"
            "何も保存していません。戻って、もう一度送ってください。",
            extra={"arrived": arrived, "expected": expected},
        )


def require_few_files(request: HttpRequest) -> None:
    """Read a form that may carry 50 files. Raises InvalidInput when it carries more."""
    try:
        request.POST  # noqa: B018 - reads all of it
        few = sum(len(files) for _, files in request.FILES.lists()) <= MAX_FILES
    except TooManyFilesSent:
        few = False
    if not few:
        raise InvalidInput(
            f"More than {MAX_FILES} files were sent; up to {MAX_FILES} can be sent at a time. Nothing was kept. "
            "Go back and send them in several parts.",
            f"{MAX_FILES} 個を超えるファイルが送られました。一度に送れるのは {MAX_FILES} 個までです。"
            "何も保存していません。戻って、何回かに分けて送ってください。",
            extra={"limit": MAX_FILES},
        )


def _size(count: int) -> str:
    """In the units of the limits that pages name: 50 MB are 50,000,000 bytes."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e3:.1f} KB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"
