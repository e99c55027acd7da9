"""Downloads of a kept report: their addresses, their caching, and what there is instead while there is none."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from lxml import etree

from signing import services
from signing.models import JobState, ValidationJob
from signing.reports.xml import NAMESPACES
from tests.signing.report_shapes import report
from trustreg.base import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("japanese")]

PLACE = "/api/v1/validations"


@pytest.fixture
def kept() -> str:
    return services.report_create(report("pades-t"), account_id=None, at=clock.now()).pk


def words(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def test_the_xml_is_that_of_the_report(client: Client, kept: str) -> None:
    response = client.get(f"{PLACE}/{kept}/report.xml")
    assert (response.status_code, response["Content-Type"]) == (200, "application/xml")
    assert f'filename="validation-report-{kept[:8]}.xml"' in response["Content-Disposition"]
    root = etree.fromstring(response.content)
    assert root.findtext(".//vr:MainIndication", namespaces=NAMESPACES) is not None
    assert root.findtext("vr:SignatureValidator/vr:DigitalId/tsl:Other/tr:Address", namespaces=NAMESPACES)


@pytest.mark.parametrize(
    ("query", "accepted", "said"),
    [
        ("?lang=ja", "en", "判定結果の報告書"),
        ("?lang=en", "ja", "Validation report"),
        ("", "en", "Validation report"),
        ("", "ja", "判定結果の報告書"),
    ],
)
def test_the_pdf_is_in_the_language_asked_for(client: Client, kept: str, query: str, accepted: str, said: str) -> None:
    response = client.get(f"{PLACE}/{kept}/report.pdf{query}", headers={"Accept-Language": accepted})
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert said in words(response.content)
    assert kept in words(response.content).replace("\n", "").replace("\r", "").replace(" ", "")
    with pypdfium2.PdfDocument(io.BytesIO(response.content)) as document:
        attached = json.loads(bytes(document.get_attachment(0).get_data()))
    assert attached == client.get(f"{PLACE}/{kept}").json()


@pytest.mark.parametrize("form", ["report.xml", "report.pdf?lang=ja"])
def test_what_a_reader_has_already_is_not_written_again(client: Client, kept: str, form: str) -> None:
    first = client.get(f"{PLACE}/{kept}/{form}")
    assert "immutable" in first["Cache-Control"]
    assert "private" in first["Cache-Control"]
    again = client.get(f"{PLACE}/{kept}/{form}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(f"{PLACE}/{kept}/{form}").status_code == 200


def test_languages_have_tags_of_their_own(client: Client, kept: str) -> None:
    tags = {client.get(f"{PLACE}/{kept}/report.pdf?lang={one}")["ETag"] for one in ("ja", "en")}
    assert len(tags) == 2


def test_another_language_is_refused(client: Client, kept: str) -> None:
    response = client.get(f"{PLACE}/{kept}/report.pdf?lang=fr")
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("form", ["report.xml", "report.pdf"])
def test_there_is_none_of_what_is_not_kept(client: Client, form: str) -> None:
    expired = services.report_create(report("pades-b"), account_id=None, at=clock.now() - timedelta(days=400)).pk
    for identifier in ("0" * 32, "nonsense", expired):
        response = client.get(f"{PLACE}/{identifier}/{form}")
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("form", ["report.xml", "report.pdf"])
@pytest.mark.parametrize(("state", "status"), [(JobState.QUEUED, 202), (JobState.RUNNING, 202), (JobState.FAILED, 503)])
def test_while_it_runs_the_answer_is_that_of_the_report(client: Client, form: str, state: str, status: int) -> None:
    job = ValidationJob.objects.create(size=1, state=state)
    response = client.get(f"{PLACE}/{job.pk}/{form}")
    assert response.status_code == client.get(f"{PLACE}/{job.pk}").status_code == status
    if status == 202:
        assert response["Location"] == f"{PLACE}/{job.pk}"


def test_both_are_described(client: Client) -> None:
    paths: dict[str, Any] = client.get("/api/v1/openapi.json").json()["paths"]
    for form, kind in (("xml", "application/xml"), ("pdf", "application/pdf")):
        answers = paths[f"/api/v1/validations/{{report_id}}/report.{form}"]["get"]["responses"]
        assert kind in answers["200"]["content"]
        assert "202" in answers


@pytest.mark.parametrize(
    ("prefix", "lang", "names"),
    [
        ("", "ja", ("報告書（PDF）", "報告書（ETSI XML）", "報告書（JSON）")),
        ("/en", "en", ("Report (PDF)", "Report (ETSI XML)", "Report (JSON)")),
    ],
)
def test_the_page_of_the_result_links_to_them(client: Client, kept: str, prefix: str, lang: str, names: Any) -> None:
    text = client.get(f"{prefix}/check/{kept}", headers={"accept": "text/html"}).content.decode()
    assert f'href="{PLACE}/{kept}/report.pdf?lang={lang}"' in text
    assert f'href="{PLACE}/{kept}/report.xml"' in text
    for name in names:
        assert name in text
