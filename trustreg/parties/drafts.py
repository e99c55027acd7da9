"""What was typed into a form when the session had ended: kept until the same person has signed in again.

Only for a browser in which that person was signed in before, which a signed cookie tells: nobody else can have
anything stored, and nothing that somebody else typed is ever handed to a person.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

_KEY = "draft"
_LARGEST = 200_000  # characters; nobody types more
WHO = "acting"  # hidden field of every form of a signed-in page: whose form it is
_COOKIE = "writer"
_COOKIE_SECONDS = 7 * 86_400  # a page that stood open over a weekend, and the days after


def _writer(request: HttpRequest) -> str:
    """The account that was signed in here last; empty when there was none for a long time."""
    return str(request.get_signed_cookie(_COOKIE, default="", salt=_COOKIE, max_age=_COOKIE_SECONDS))


def expect(request: HttpRequest, response: HttpResponseBase, account_id: object) -> None:
    """From now on what this account types in this browser is kept when it comes too late. Gives no other right."""
    if _writer(request) != str(account_id):
        response.set_signed_cookie(
            _COOKIE,
            str(account_id),
            salt=_COOKIE,
            max_age=_COOKIE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def keep(request: HttpRequest) -> None:
    """Remember the form of a POST that came too late; files cannot be kept."""
    if request.method != "POST" or not _writer(request) or request.POST.get(WHO) != _writer(request):
        return
    typed = request.POST.urlencode()
    if len(typed) <= _LARGEST:
        request.session[_KEY] = {"path": request.path, "typed": typed}


def take(request: HttpRequest) -> QueryDict | None:
    """The form that this person typed on this page before the session ended; handed out once."""
    kept = request.session.get(_KEY)
    if not kept or kept.get("path") != request.path or request.method != "GET":
        return None
    del request.session[_KEY]
    typed = QueryDict(kept["typed"], mutable=True)
    whose = typed.pop(WHO, [""])[-1]
    if not request.user.is_authenticated or str(request.user.pk) != whose:
        return None
    typed.pop("csrfmiddlewaretoken", None)
    return typed


def initial(request: HttpRequest, **otherwise: Any) -> dict[str, Any]:
    """The initial values of this page's form: what was typed before the session ended, else `otherwise`."""
    typed = take(request)
    if typed is None:
        return otherwise
    return otherwise | {name: values[0] if len(values) == 1 else values for name, values in typed.lists() if values}
