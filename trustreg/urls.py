"""Addresses of the whole product; each app owns its own."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

import certification.urls
import conformity.urls
import qualified_list.urls
import signing.urls
import trustreg.parties.urls
from trustreg.conf import settings as conf
from trustreg.health import healthz, readyz
from trustreg.pages import components, errors, home, reference
from trustreg.parties.api import ApiKeysEndpoint
from trustreg.wiring import KNOWN_SCOPES

api: list[URLPattern | URLResolver] = [
    path("openapi.json", reference.openapi, name="openapi"),
    path("docs", reference.docs, name="docs"),
    path("api-keys", ApiKeysEndpoint.as_view(known_scopes=KNOWN_SCOPES), name="api-keys"),
    path("", include("trustreg.parties.urls")),
    path("", include("signing.urls")),
    path("", include("conformity.urls")),
    path("", include("certification.urls")),
    path("", include("qualified_list.urls")),
]

pages: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("about", home.about, name="about"),
    path("accessibility", home.accessibility, name="accessibility"),
    *trustreg.parties.urls.page_patterns,
    *signing.urls.page_patterns,
    *conformity.urls.page_patterns,
    *certification.urls.page_patterns,
    *qualified_list.urls.page_patterns,
]

if conf.demo:
    pages.append(path("components", components.components, name="components"))

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("problems/<slug:code>", reference.problem, name="problem"),
    path("samples/<str:name>", reference.sample, name="sample"),
    path("tl/", include(qualified_list.urls.file_patterns)),
    path("api/v1/", include(api)),
    *signing.urls.siva_patterns,
    *i18n_patterns(path("", include((pages, "pages"))), prefix_default_language=False),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
