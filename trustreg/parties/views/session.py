"""Signing in and out, and the role in use."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import login, logout
from django.forms import CharField, EmailField, EmailInput, PasswordInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from trustreg.base import clock
from trustreg.base.errors import NotAuthenticated, RateLimited
from trustreg.base.forms import PageForm
from trustreg.base.words import either, lazy_say
from trustreg.parties import demo_roles, drafts
from trustreg.parties.authentication import password_authenticate
from trustreg.parties.visitors import for_roles, take_first_seat, take_seat, visitor_of


class SignInForm(PageForm):
    """E-mail address and password."""

    email = EmailField(
        label=lazy_say("E-mail address"),
        widget=EmailInput(attrs={"autocomplete": "username"}),
        error_messages={
            "invalid": lazy_say(
                "Enter an e-mail address, like name@example.jp.",
            )
        },
    )
    password = CharField(
        label=lazy_say("Password"),
        strip=False,
        max_length=200,
        widget=PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def _onward(request: HttpRequest) -> str:
    """Where the reader was going; an address of another host counts for nothing."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    known = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return wanted if known else reverse("pages:inbox")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and the session that it starts; then on to the page that was wanted."""
    if request.method != "POST":
        if visitor_of(request):
            return HttpResponseRedirect(_onward(request))
        return _sign_in_page(request, SignInForm())
    form = SignInForm(_typed(request))
    if not form.is_valid():
        return _sign_in_page(request, form, status=422)
    try:
        account = password_authenticate(request, **form.cleaned_data)
    except NotAuthenticated as error:
        form.add_error("password", either(error.ja, error.en))
        return _sign_in_page(request, form, status=422)
    except RateLimited as error:
        form.refuse(error)
        response = _sign_in_page(request, form, status=error.status)
        response["Retry-After"] = str(error.extra["retry_after"])
        return response
    login(request, account)
    take_first_seat(request)
    response = HttpResponseRedirect(_onward(request))
    drafts.expect(request, response, account.pk)
    return response


def _typed(request: HttpRequest) -> Any:
    """The form as it was sent; a button of the demo sends a person's address, and the demo knows the password."""
    password = demo_roles.password_of(request.POST.get("demo", ""))
    return {"email": request.POST["demo"], "password": password} if password else request.POST


def _sign_in_page(request: HttpRequest, form: SignInForm, *, status: int = 200) -> HttpResponse:
    shown: dict[str, Any] = {"form": form, "next": _onward(request), "people": demo_roles.demo_roles(clock.now())}
    return render(request, "parties/sign_in.html", shown, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return HttpResponseRedirect(reverse("pages:home"))


@for_roles()
@require_http_methods(["GET", "HEAD", "POST"])
def roles(request: HttpRequest) -> HttpResponse:
    """One's roles; choosing one acts in it from then on."""
    if request.method == "POST":
        try:
            chosen = UUID(request.POST.get("seat", ""))
        except ValueError:
            return render(request, "parties/roles.html", {"missing": True}, status=422)
        take_seat(request, chosen)
        return HttpResponseRedirect(reverse("pages:inbox"))
    return render(request, "parties/roles.html")


patterns = [
    path("sign-in", sign_in, name="sign-in"),
    path("sign-out", sign_out, name="sign-out"),
    path("roles", roles, name="roles"),
]
