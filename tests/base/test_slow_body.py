"""A body that takes its time to arrive makes nothing late: an act is dated when all of it is there."""

from __future__ import annotations

import io
import time

from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response

from trustreg.base.api import Endpoint


class _Slow(io.BytesIO):
    """The body of a client with a slow line."""

    ended = 0.0

    def read(self, size: int | None = -1) -> bytes:
        time.sleep(0.05)
        data = super().read(size)
        self.ended = time.monotonic()
        return data


class _Dated(Endpoint):
    open_to_all = frozenset({"POST"})
    began = 0.0

    def post(self, request: Request) -> Response:
        type(self).began = time.monotonic()
        return Response(request.data)


def test_an_act_begins_when_its_body_has_arrived() -> None:
    body = _Slow(b'{"a": 1}')
    environ = RequestFactory().post("/", content_type="application/json").environ
    environ |= {"wsgi.input": body, "CONTENT_LENGTH": "8"}
    response = _Dated.as_view()(WSGIRequest(environ))
    assert (response.status_code, response.data) == (200, {"a": 1})
    assert 0 < body.ended <= _Dated.began
