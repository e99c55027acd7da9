"""Applications, as those who write, receive and follow them see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path, register_converter
from django.views.decorators.http import require_http_methods

from certification.views.applications import sections
from certification.views.applications.acts import ACTS, act
from certification.views.applications.common import READERS, Case, case_of
from certification.views.applications.findings import findings
from certification.views.applications.lists import applications, new
from certification.views.applications.overview import application
from certification.views.applications.review import review
from trustreg.base.uploads import takes_files
from trustreg.conf import settings as conf
from trustreg.parties.visitors import for_roles

SECTIONS: Final[dict[str, Callable[[HttpRequest, Case], HttpResponse]]] = {
    "service": sections.service,
    "identity": sections.identity,
    "level": sections.level,
    "evidence": sections.evidence,
}


@takes_files(conf.max_evidence_bytes)
@for_roles(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, application_id: UUID, name: str) -> HttpResponse:
    """One section of an application, or one act on it, with its form."""
    case = case_of(request, application_id)
    if name in SECTIONS:
        return SECTIONS[name](request, case)
    return act(request, case, name)


class SectionConverter:
    """The names of sections and acts, and no others: what else stands under an application has pages of its own."""

    regex = "|".join((*SECTIONS, *ACTS))

    def to_python(self, value: str) -> str:
        """The name itself."""
        return value

    def to_url(self, value: str) -> str:
        """The name itself."""
        return value


register_converter(SectionConverter, "application_section")

_APPLICATION: Final = "applications/<uuid:application_id>"

patterns = [
    path("applications", applications, name="applications"),
    path("applications/new", new, name="application-new"),
    path(_APPLICATION, application, name="application"),
    path(f"{_APPLICATION}/review", review, name="application-review"),
    path(f"{_APPLICATION}/findings", findings, name="application-findings"),
    path(f"{_APPLICATION}/<application_section:name>", section, name="application-section"),
]
