"""Who calls: a session of the pages, or `Authorization: Bearer trk_…`; in the API `request.auth` is the Actor."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.request import Request

from trustreg.base import clock
from trustreg.base.errors import NotAuthenticated, RateLimited
from trustreg.parties import selectors, services
from trustreg.parties.domain.actors import Actor
from trustreg.parties.models import Account


class AccountBackend(ModelBackend):
    """Passwords in our own table; an account comes with its person, whom every page names."""

    def get_user(self, user_id: UUID) -> Account | None:
        """The active account of a session; None for one that is gone."""
        account = Account.objects.select_related("person").filter(pk=user_id).first()
        return account if account is not None and self.user_can_authenticate(account) else None


LOCKED_SECONDS: Final = 15 * 60


def password_authenticate(request: HttpRequest, *, email: str, password: str) -> Account:
    """The account of an address and a password. Raises NotAuthenticated; RateLimited after ten failures."""
    account = authenticate(request, email=email.strip().lower(), password=password)
    if getattr(request, "axes_locked_out", False):
        request.axes_locked_out = False  # type: ignore[attr-defined] # set by django-axes, whose own answer is not ours
        raise RateLimited(
            "Too many failed attempts. Try again in 15 minutes.",
            "失敗が続いたため、サインインを一時的に止めています。15 分後にもう一度試してください。",
            extra={"retry_after": LOCKED_SECONDS},
        )
    if not isinstance(account, Account):
        raise NotAuthenticated(
            "This e-mail address and password do not match. Check both.",
            "メールアドレスとパスワードの組み合わせが正しくありません。確かめてください。",
        )
    return account


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <API key>`; another scheme is left to others."""

    def authenticate(self, request: Request) -> tuple[Account, Actor] | None:
        """(account, actor), None without a bearer key. Raises NotAuthenticated for a key that does not hold."""
        scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        return services.api_key_authenticate(text.strip(), at=clock.now())

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="trustreg"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of the pages, with its protection against forged requests; `auth` is the Actor."""

    def authenticate(self, request: Request) -> tuple[Account, Actor] | None:
        """(account, actor), None when nobody is signed in."""
        found = super().authenticate(request)
        if found is None:
            return None
        account: Account = found[0]
        return account, selectors.actor_of(account)


def actor_if_any(request: Request) -> Actor | None:
    """The actor of an API request, None for an anonymous one."""
    return request.auth if isinstance(request.auth, Actor) else None


def actor_of_request(request: Request) -> Actor:
    """The actor of an API request. Raises NotAuthenticated for an anonymous one."""
    if isinstance(request.auth, Actor):
        return request.auth
    raise NotAuthenticated("Sign in or send an API key.", "サインインするか、APIキーを送ってください。")


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # untyped there
    """How the API key stands in OpenAPI."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "`trk_…`, made by POST /api/v1/api-keys. Its scopes name the acts that it may do.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # untyped there
    """How the session stands in OpenAPI."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "Started by POST /api/v1/session. Writes also need X-CSRFToken.",
        }
