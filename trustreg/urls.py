"""Addresses of the whole product; each app owns its own."""

from __future__ import annotations

from django.contrib.staticfiles.views import serve as static_files
from django.urls import URLPattern, URLResolver, include, path

import qualified_list.urls
from trustreg import pages
from trustreg.conf import settings as conf
from trustreg.health import healthz, readyz
from trustreg.parties.api import ApiKeysEndpoint
from trustreg.wiring import KNOWN_SCOPES

api: list[URLPattern | URLResolver] = [
    path("openapi.json", pages.openapi, name="openapi"),
    path("docs", pages.docs, name="docs"),
    path("api-keys", ApiKeysEndpoint.as_view(known_scopes=KNOWN_SCOPES), name="api-keys"),
    path("", include("trustreg.parties.urls")),
    path("", include("signing.urls")),
    path("", include("conformity.urls")),
    path("", include("certification.urls")),
    path("", include("qualified_list.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", pages.home, name="home"),
    path("en/", pages.home, {"lang": "en"}, name="home-en"),
    path("services", pages.services, name="services-page"),
    path("en/services", pages.services, {"lang": "en"}, name="services-page-en"),
    path("lists", pages.lists, name="lists-page"),
    path("en/lists", pages.lists, {"lang": "en"}, name="lists-page-en"),
    path("problems/<slug:code>", pages.problem, name="problem"),
    path("samples/<str:name>", pages.sample, name="sample"),
    path("tl/", include(qualified_list.urls.file_patterns)),
    path("api/v1/", include(api)),
]

if conf.demo:
    # The demo has no build step; in production `collectstatic` fills the folder that WhiteNoise or nginx serves from.
    urlpatterns.append(path("static/<path:path>", static_files, {"insecure": True}, name="static"))

handler400 = pages.bad_request
handler403 = pages.forbidden
handler404 = pages.not_found
handler500 = pages.server_error
