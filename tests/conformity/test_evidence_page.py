"""The evidence store of a provider: list, search, versions, receipts, and who may see it."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conformity import services
from conformity.models import Evidence
from tests.factories import conformity as factory
from tests.factories import parties
from trustreg.base import clock
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.models import Account

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html"}


def guest(actor: Actor) -> Client:
    client = Client(headers=HTML)
    client.get("/about")  # the state of the system is looked at now and then; it is not to be counted
    client.force_login(
        Account.objects.get(pk=actor.account_id), backend="trustreg.parties.authentication.AccountBackend"
    )
    return client


def store(scheme: factory.Scheme, name: str, content: bytes, previous: Evidence | None = None) -> Evidence:
    return services.evidence_store_file(
        organisation_id=scheme.provider.pk,
        content=io.BytesIO(content),
        filename=name,
        previous_id=previous.pk if previous else None,
        actor=scheme.officer,
        at=clock.now(),
    )


@pytest.fixture
def scheme() -> factory.Scheme:
    return factory.scheme()


def plain(page: str) -> str:
    return re.sub(r"</?(span|wbr)>", "", page)


def test_the_store_lists_the_latest_versions_with_what_proves_them(scheme, django_assert_max_num_queries):
    first = store(scheme, "方針.txt", b"one")
    second = store(scheme, "方針.txt", b"two", first)
    store(scheme, "<b>.txt".replace("<", "").replace(">", ""), b"three")
    client = guest(scheme.officer)
    with django_assert_max_num_queries(12):
        page = client.get("/evidence").content.decode()
    assert "2 件あります" in page
    assert "前の版 1 件" in page
    for row in (first, second):
        assert row.sha256 in plain(page)
    assert "受領の証明を待っています" in page
    english = client.get("/en/evidence").content.decode()
    assert "2 in all, newest first." in english
    assert "Who may see it" in english


@pytest.mark.parametrize(("q", "found"), [("方針", True), ("hoshin", False), ("%00", False), ("<b>", False)])
def test_search_by_name(scheme, q, found):
    row = store(scheme, "方針.txt", b"one")
    page = guest(scheme.officer).get("/evidence", {"q": q}).content.decode()
    assert (row.sha256 in plain(page)) is found
    assert "<b>" not in page
    assert found or "条件に合う証拠はありません。" in page


def test_search_by_the_beginning_of_a_hash(scheme):
    row = store(scheme, "方針.txt", b"one")
    assert row.sha256 in plain(guest(scheme.officer).get("/evidence", {"q": row.sha256[:10].upper()}).content.decode())


def test_the_receipt_is_handed_out_once_it_is_there(scheme):
    row = store(scheme, "方針.txt", b"one")
    client = guest(scheme.officer)
    address = f"/evidence/{row.pk}/receipt"
    assert client.get(address).status_code == 404
    services.evidence_receipt_store(
        evidence_id=row.pk, token=b"\x30\x00", token_time=datetime(2026, 11, 23, tzinfo=UTC), at=clock.now()
    )
    response = client.get(address)
    assert response.content == b"\x30\x00"
    assert response["Content-Disposition"] == f'attachment; filename="{row.sha256[:16]}.tst"'
    assert address in client.get("/evidence").content.decode()


def test_files_are_handed_in_and_get_newer_versions(scheme):
    client = guest(scheme.officer)
    two = {"uploads": [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"b")]}
    assert client.post("/evidence/upload", two)["Location"] == "/evidence"
    first = Evidence.objects.get(filename="a.txt")
    page = client.get(f"/evidence/upload?previous={first.pk}").content.decode()
    assert f'value="{first.pk}" selected' in page
    newer = {"uploads": [SimpleUploadedFile("a2.txt", b"aa")], "previous": str(first.pk)}
    assert client.post("/evidence/upload", newer).status_code == 302
    assert Evidence.objects.get(filename="a2.txt").previous == first
    assert "「a2.txt」を受け取りました。" in client.get("/evidence").content.decode()


def test_a_script_that_sends_files_one_by_one_leaves_the_confirmation_to_the_next_page(scheme):
    client = guest(scheme.officer)
    sent = client.post(
        "/evidence/upload", {"uploads": SimpleUploadedFile("方針.txt", b"one")}, headers={"X-Upload": "1"}
    )
    assert (sent.status_code, sent["Location"]) == (201, "/evidence")
    assert "「方針.txt」を受け取りました。" in client.get(sent["Location"]).content.decode()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "「ファイル」のファイルを選んでください。"),
        ([("空.txt", b"")], "「空.txt」（届いた大きさ 0 バイト）を受け取れませんでした。ファイルが空です。"),
        ([("x.pdf", b"no pdf")], "一致しません"),
    ],
)
def test_what_is_not_taken_says_why(scheme, files, sentence):
    data = {"uploads": [SimpleUploadedFile(*one) for one in files]} if files else {}
    response = guest(scheme.officer).post("/evidence/upload", data)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Evidence.objects.exists()


def test_more_files_than_are_taken_at_once_are_refused_in_a_sentence(scheme):
    files = [SimpleUploadedFile(f"{n}.txt", b"%d" % n) for n in range(51)]
    response = guest(scheme.officer).post("/evidence/upload", {"uploads": files})
    assert response.status_code == 422
    assert "一度に送れるのは 50 個までです。" in response.content.decode()
    assert not Evidence.objects.exists()


def test_the_same_content_is_no_newer_version(scheme):
    first = store(scheme, "a.txt", b"a")
    response = guest(scheme.officer).post(
        "/evidence/upload", {"uploads": [SimpleUploadedFile("a.txt", b"a")], "previous": str(first.pk)}
    )
    assert response.status_code == 422
    assert "同じ内容がすでに提出されています" in response.content.decode()


def test_an_empty_store_says_so(scheme):
    page = guest(scheme.officer).get("/en/evidence").content.decode()
    assert "No evidence yet." in page


def test_nobody_reads_the_store_of_another(scheme):
    row = store(scheme, "方針.txt", b"one")
    services.evidence_receipt_store(evidence_id=row.pk, token=b"\x30\x00", token_time=clock.now(), at=clock.now())
    other = parties.organisation(scheme.admin, OrganisationKind.PROVIDER)
    neighbour = guest(parties.actor(scheme.admin, other, Role.PROVIDER_OFFICER))
    assert "方針.txt" not in neighbour.get("/evidence").content.decode()
    assert neighbour.get(f"/evidence/{row.pk}/receipt").status_code == 404
    previous = neighbour.post(
        "/evidence/upload", {"uploads": [SimpleUploadedFile("x.txt", b"x")], "previous": str(row.pk)}
    )
    assert previous.status_code in (302, 422)
    assert not Evidence.objects.filter(previous=row).exists()
    assert guest(scheme.lead).get("/evidence").status_code == 403, "the store is the provider's"
    assert guest(scheme.lead).get(f"/evidence/{row.pk}/receipt").status_code == 404, "it does not assess this provider"
    assert guest(scheme.proposer).get(f"/evidence/{row.pk}/receipt").status_code == 200
    stranger = Client(headers=HTML)
    assert stranger.get("/evidence")["Location"] == "/sign-in?next=%2Fevidence"
