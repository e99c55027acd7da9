"""What was typed into a form when the session had ended: kept until the same person has signed in again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict

_KEY = "draft"
_LARGEST = 200_000  # characters; nobody types more
WHO = "acting"  # hidden field of every form of a signed-in page: whose form it is


def keep(request: HttpRequest) -> None:
    """Remember the form of a POST that came too late; files cannot be kept."""
    if request.method != "POST":
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
