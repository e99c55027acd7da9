"""The edge of the API: what every endpoint shares (RFC 9457 problems, limits, scopes, ETag, Idempotency-Key)."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trustreg.base import idempotency, problems
from trustreg.base.errors import NotPermitted
from trustreg.base.openapi import ProblemSchema
from trustreg.base.parsing import Input, StrictJSONParser, announced_length, check_size, check_texts

MAX_BODY: Final = 1 << 20
SAFE: Final = frozenset({"GET", "HEAD"})
TAKES_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
ALL: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


class Caller(Protocol):
    """What this edge needs of an actor."""

    @property
    def account_id(self) -> UUID: ...

    @property
    def scopes(self) -> frozenset[str] | None: ...


def caller(request: Request) -> Caller | None:
    """Who calls, None for a stranger: what our authentication classes put beside the account."""
    known: Any = getattr(request, "auth", None)
    return known if known is not None else None


def django_request(request: Request) -> HttpRequest:
    """Django's own request, which sessions, sign-in and ETag work on."""
    return request._request  # noqa: SLF001 - REST framework has no other name for it


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response:
    """REST framework's exception handler: every error leaves as `application/problem+json`."""
    known = problems.as_error(error) or problems.internal(error)
    return Response(
        problems.document(known),
        status=known.status,
        content_type=problems.CONTENT_TYPE,
        headers=problems.headers(known),
    )


class AlwaysJSON(BaseContentNegotiation):
    """There is one representation, so every Accept gets it (RFC 9110 12.5.1 allows that)."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        from rest_framework.negotiation import DefaultContentNegotiation

        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class Allowed(BasePermission):
    """Methods in `open_to_all` need nobody; all others need a caller, and an API key the scope of the act.

    What the person behind it may do is decided by the services, in one place for pages and API.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        assert isinstance(view, Endpoint)  # noqa: S101 - this class serves endpoints only
        method = request.method or ""
        if method in view.open_to_all:
            return True
        known = caller(request)
        if known is None:
            raise problems.not_authenticated()
        scope = view.scopes.get(method)
        if known.scopes is not None and scope is not None and scope not in known.scopes:
            raise NotPermitted(
                f"This API key lacks the scope '{scope}'. Use one that has it.",
                f"このAPIキーには「{scope}」の権限がありません。権限のあるキーを使ってください。",
                extra={"scope": scope},
            )
        return True


class Endpoint(APIView):
    """One address. `scopes` names, for each method that needs a caller, what an API key must be allowed."""

    open_to_all: ClassVar[frozenset[str]] = frozenset()
    scopes: ClassVar[Mapping[str, str]] = {}
    max_body: ClassVar[int] = MAX_BODY
    answers_secret: ClassVar[bool] = False  # an answer that is shown once is not kept for Idempotency-Key

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    metadata_class = None
    content_negotiation_class = AlwaysJSON
    parser_classes: Sequence[type[BaseParser]] = (StrictJSONParser,)
    permission_classes = (Allowed,)
    renderer_classes = (JSONRenderer,)
    schema = ProblemSchema()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before anything is read: lengths and texts of the request line; then who it is; then a repeated write."""
        method = (request.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            self.http_method_not_allowed(request)
        check_length(request, self.max_body)
        check_texts({name: request.query_params.getlist(name) for name in request.query_params})
        check_texts(kwargs)
        super().initial(request, *args, **kwargs)
        if request.method in TAKES_BODY:
            request.data  # noqa: B018 - all of it, however long it takes: only then a handler asks what time it is
        known = caller(request)
        if request.method in SAFE or known is None or self.answers_secret:
            return
        key = idempotency.read_key(request)
        name = (request.method or "").lower()
        if key is not None and name in self.http_method_names and hasattr(self, name):
            act = functools.partial(getattr(self, name), request, *args, **kwargs)
            repeatable = functools.partial(idempotency.once, request, account_id=known.account_id, key=key, act=act)
            setattr(
                self, name, lambda *_args, **_kwargs: repeatable()
            )  # the dispatcher looks the handler up after this

    def read(self, serializer: type[Input], request: Request) -> dict[str, Any]:
        """The validated body. Raises REST framework's ValidationError, which leaves as a 422 problem."""
        found = serializer(data=request.data)
        found.is_valid(raise_exception=True)
        values: dict[str, Any] = found.validated_data
        return values

    def read_query(self, serializer: type[Input], request: Request) -> dict[str, Any]:
        """The validated query parameters; `cursor` and `limit` belong to the pager."""
        found = serializer(
            data={name: value for name, value in request.query_params.items() if name not in ("cursor", "limit")}
        )
        found.is_valid(raise_exception=True)
        values: dict[str, Any] = found.validated_data
        return values

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        final: Any = super().finalize_response(request, response, *args, **kwargs)
        if not isinstance(final, Response):  # a download: its address names no changing thing
            final.headers.setdefault("Cache-Control", "private, no-store")
        elif request.method in SAFE and final.status_code == 200:
            final.headers.setdefault("Cache-Control", "private, no-cache" if caller(request) else "no-cache")
            patch_vary_headers(final, ("Authorization", "Cookie"))
            final.add_post_render_callback(functools.partial(_conditional, django_request(request)))
        else:
            final.headers.setdefault("Cache-Control", "no-store")
        answer: Response = final
        return answer


def check_length(request: Request, limit: int) -> None:
    """Refuse by Content-Length, before a byte of the body is read."""
    check_size(announced_length(request), limit)


def _conditional(request: HttpRequest, response: Response) -> HttpResponseBase | None:
    etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response)
