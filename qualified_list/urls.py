"""Addresses of the list: files under `/tl/`, questions under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from qualified_list.api import files, issues, scheme, services, status
from qualified_list.views import lists, look_up, publications, register
from qualified_list.views import scheme as scheme_
from qualified_list.views import services as services_

file_patterns = [
    path("<int:sequence>/<str:name>", files.of_issue, name="list-file"),
    path("<str:name>", files.current, name="current-list-file"),
]

urlpatterns = [
    path("lists", issues.ListsEndpoint.as_view(), name="lists"),
    path("lists/<int:sequence>", issues.ListEndpoint.as_view(), name="list"),
    path("lists/<int:first>/diff/<int:second>", issues.DiffEndpoint.as_view(), name="list-diff"),
    path("list-scheme", scheme.SchemeEndpoint.as_view(), name="list-scheme"),
    path("publications/<int:sequence>", issues.PublicationEndpoint.as_view(), name="publication"),
    path("services", services.ServicesEndpoint.as_view(), name="services"),
    path("services/<uuid:service_id>", services.ServiceEndpoint.as_view(), name="service"),
    path("status-queries", status.StatusQueriesEndpoint.as_view(), name="status-queries"),
]

page_patterns = [
    *services_.patterns,
    *look_up.patterns,
    *register.patterns,
    *lists.patterns,
    *publications.patterns,
    *scheme_.patterns,
]
