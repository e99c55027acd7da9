"""What the list says of its scheme: read by those who work on the list, edited by its operator."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from qualified_list import services
from qualified_list.domain.model import Scheme
from qualified_list.models import SchemeVersion
from qualified_list.scheme_forms import SchemeForm, differences, read_sections, scheme_as_typed
from qualified_list.selectors.scheme import issues_of_versions, scheme_of, scheme_versions
from trustreg.base import clock
from trustreg.base.errors import Conflict, TrustregError
from trustreg.base.words import name_of, say
from trustreg.parties import drafts
from trustreg.parties.domain.roles import AB_ROLES, Role
from trustreg.parties.models import Person
from trustreg.parties.visitors import actor_of_page, for_roles, visitor_of

READERS: Final = (*sorted(AB_ROLES), Role.LIST_OPERATOR, Role.SCHEME_EDITOR, Role.SCHEME_APPROVER, Role.SYSTEM_ADMIN)
_JST: Final = ZoneInfo("Asia/Tokyo")


@for_roles(*READERS)
@require_safe
def scheme(request: HttpRequest) -> HttpResponse:
    """The scheme information in force, or an earlier version of it (`?version=`), and its history."""
    rows = list(scheme_versions())
    chosen = _chosen(rows, request.GET.get("version", ""))
    people = Person.objects.in_bulk({row.person_id for row in rows if row.person_id})
    visitor = visitor_of(request)
    issues = issues_of_versions([row.version for row in rows])
    shown: dict[str, Any] = {
        "wide": True,
        "chosen": chosen,
        "is_latest": bool(rows) and chosen is rows[0],
        "sections": read_sections(scheme_as_typed(scheme_of(chosen))) if chosen else [],
        "history": [
            {
                "row": row,
                "by": name_of(people[row.person_id]) if row.person_id in people else "",
                "issues": issues.get(row.version),
                "shown": row is chosen,
            }
            for row in rows
        ],
        "may_edit": visitor is not None and visitor.role is Role.LIST_OPERATOR,
        "changes": _changes_of(rows, chosen) if chosen else [],
    }
    return render(request, "qualified_list/scheme.html", shown)


def _chosen(rows: list[SchemeVersion], asked: str) -> SchemeVersion | None:
    if not asked:
        return rows[0] if rows else None
    found = next((row for row in rows if str(row.version) == asked), None)
    if found is None:
        raise Http404
    return found


def _changes_of(rows: list[SchemeVersion], chosen: SchemeVersion) -> list[dict[str, str]]:
    before = next((row for row in rows if row.version < chosen.version), None)
    return differences(scheme_as_typed(scheme_of(before)), scheme_as_typed(scheme_of(chosen))) if before else []


@for_roles(Role.LIST_OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def scheme_edit(request: HttpRequest) -> HttpResponse:
    """The form; then the difference; then the new version, which the next issue carries."""
    row = scheme_versions().first()
    before = scheme_of(row) if row else None
    stands = scheme_as_typed(before) if before else {"territory": "JP", "country_ja": "JP", "country_en": "JP"}
    shown: dict[str, Any] = {"seen": row.version if row else "0", "before": before}
    if request.method != "POST":
        form = SchemeForm(initial=drafts.initial(request, **stands))
        return render(request, "qualified_list/scheme_edit.html", shown | {"form": form})
    form = SchemeForm(request.POST)
    if not form.is_valid():
        return render(request, "qualified_list/scheme_edit.html", shown | {"form": form}, status=422)
    if "back" in request.POST:
        return render(request, "qualified_list/scheme_edit.html", shown | {"form": form})
    wanted = form.scheme(before)
    overtaken = request.POST.get("seen", "") != str(shown["seen"])
    if "save" in request.POST and not overtaken:
        try:
            saved = services.list_scheme_update(
                scheme=wanted,
                seen_version=int(shown["seen"]),
                actor=actor_of_page(request),
                at=clock.now(),
            )
        except Conflict:
            overtaken = True
        except TrustregError as error:
            form.refuse(error)
            status = error.status if error.status == 403 else 422
            return render(request, "qualified_list/scheme_edit.html", shown | {"form": form}, status=status)
        else:
            messages.success(request, _saved(saved, row))
            return HttpResponseRedirect(reverse("pages:scheme"))
    if overtaken:
        return render(request, "qualified_list/scheme_edit.html", _overtaken(form, wanted), status=409)
    rows = differences(stands if before else {}, scheme_as_typed(wanted))
    context = shown | {"form": form, "rows": rows, "sections": form.sections()}
    return render(request, "qualified_list/scheme_confirm.html", context)


def _saved(saved: SchemeVersion, before: SchemeVersion | None) -> str:
    if before is not None and saved.version == before.version:
        return say("Nothing had changed, so nothing was saved.")
    return say(
        "Version {n} is saved. The next issue carries it.",
        n=saved.version,
    )


def _overtaken(form: SchemeForm, wanted: Scheme) -> dict[str, Any]:
    """Who saved first, when, and what is different from what was typed; a second send works."""
    row = scheme_versions().first()
    context: dict[str, Any] = {"form": form, "seen": row.version if row else "0"}
    if row is None:
        return context
    person = Person.objects.filter(pk=row.person_id).first() if row.person_id else None
    context["rows"] = differences(scheme_as_typed(scheme_of(row)), scheme_as_typed(wanted))
    context["overtaken"] = say(
        "{name} saved first at {time}. Compare, then save again.",
        name=name_of(person) if person else say("Somebody"),
        time=row.created_at.astimezone(_JST).strftime("%Y-%m-%d %H:%M"),
    )
    return context


patterns = [path("scheme", scheme, name="scheme"), path("scheme/edit", scheme_edit, name="scheme-edit")]
