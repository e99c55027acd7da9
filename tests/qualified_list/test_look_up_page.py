"""The one box: every identifier leads to its record, certificates and documents to their answers, secrets nowhere."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from list_registry import certificate, past_the_walls

from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.models import Decision
from qualified_list.models import ListedService, ListIssue
from qualified_list.selectors import snapshot as snapshots
from trustreg.parties.models import OidArc, Organisation

pytestmark = pytest.mark.django_db(transaction=True)
HTML = {"accept": "text/html"}
KEY = ec.generate_private_key(ec.SECP256R1())
SECRET = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(autouse=True)
def _nothing_of_another_test(monkeypatch):
    cache.clear()  # what was asked so far counts for the rate that strangers have
    monkeypatch.setattr(snapshots, "_current", None)


def issued(name: str = "Taro", *, by: bytes, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """A certificate of a person, signed by an authority."""
    subject = x509.Name([x509.NameAttribute(NameOID.GIVEN_NAME, name), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return x509.CertificateBuilder(
        x509.load_der_x509_certificate(by).subject,
        subject,
        ec.generate_private_key(ec.SECP256R1()).public_key(),
        x509.random_serial_number(),
        start,
        start + timedelta(days=900),
    ).sign(key, hashes.SHA256())


@pytest.fixture
def listed(registry, publish):
    """A qualified service whose key is `KEY`, on list 1."""
    provider = registry.provider("さくら")
    authority = certificate("Sakura", "CA", key=KEY)
    states = registry.services(provider, der=authority)
    states = registry.decide(states, DecisionKind.GRANT, ServiceStatus.QUALIFIED)
    publish()
    return states, provider, authority


def ask(text: str, *, lang: str = "", method: str = "get", **more: str):
    return getattr(Client(), method)(f"{lang}/look-up", {"q": text, **more}, headers=HTML)


def words(response) -> str:
    return html.unescape(response.content.decode())


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("lang", ["", "/en"])
def test_each_identifier_leads_to_its_record(listed, method, lang):
    _states, provider, authority = listed
    entry = ListedService.objects.get()
    digest = x509.load_der_x509_certificate(authority).fingerprint(hashes.SHA256()).hex()
    decision = Decision.objects.get()
    leads = {
        "さくら": f"/services?q={quote('さくら')}",
        provider.corporate_number: f"/services?q={provider.corporate_number}",
        f"T{provider.corporate_number}": f"/services?q={provider.corporate_number}",
        str(entry.pk): f"/services/{entry.pk}",
        str(entry.members.get().service_id): f"/services/{entry.pk}",
        str(provider.pk): f"/organisations/{provider.pk}",
        str(decision.pk): f"/decisions/{decision.pk}",
        decision.number: f"/decisions/{decision.pk}",
        digest.upper(): f"/certificates/{digest}",
        ":".join(digest[at : at + 2] for at in range(0, 64, 2)): f"/certificates/{digest}",
        ListIssue.objects.get().sha256: "/lists/1",
        "第 1 号": "/lists/1",
        "issue 1": "/lists/1",
    }
    for text, target in leads.items():
        response = ask(text, lang=lang, method=method)
        assert (response.status_code, response["Location"]) == (302, f"{lang}{target}"), text


def test_what_leads_nowhere_is_named_with_the_kinds_and_examples(listed):
    provider = listed[1]
    cases = {
        "": (422, "Enter what you want"),
        "12345": (422, "could not tell"),
        "8" + provider.corporate_number[1:]: (422, "The check digit does not match: you entered 8"),
        "issue 7": (404, "no issue 7"),
        "D-2026-9999": (404, "D-2026-9999"),
        "f" * 32: (404, "no result with this number"),
        "00000000-0000-4000-8000-000000000000": (404, "No public record"),
        "1.2.392.200091.100": (404, "does not lie under any arc"),
        "-----BEGIN CERTIFICATE-----MIIB": (422, "a part may be missing"),
    }
    if provider.corporate_number.startswith("8"):
        cases.pop("8" + provider.corporate_number[1:])
    for text, (status, sentence) in cases.items():
        response = ask(text, lang="/en", method="post")
        shown = words(response)
        assert response.status_code == status, text
        assert sentence in shown
        assert 'role="alert"' in shown
        assert "Error: " in shown
        assert f"/look-up?q={provider.corporate_number}" in shown


def test_the_kinds_are_a_page_of_their_own_within_few_queries(listed, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        response = Client().get("/identifiers", headers=HTML)
    assert "機器の OID" in words(response)
    assert Client().get("/look-up")["Location"] == "/identifiers"


def test_an_oid_is_told_whose_arc_it_is(listed):
    provider = listed[1]
    with past_the_walls("parties_oidarc"):
        OidArc.objects.create(arc="1.2.392.200091", organisation=provider)
        OidArc.objects.create(arc="1.2.392", organisation=Organisation.objects.get(kind="ab"))
    for oid in ("1.2.392.200091.100.7", "urn:oid:1.2.392.200091"):
        shown = words(ask(oid, lang="/en"))
        assert f"lies in an arc that {provider.name_en} registered" in shown
        assert 'role="alert"' not in shown


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_private_key_and_a_my_number_are_refused_and_never_shown(listed, method):
    response = ask(SECRET, method=method)
    shown = words(response)
    assert response.status_code == 422
    assert "秘密鍵" in shown
    assert SECRET.splitlines()[1] not in shown
    assert quote(SECRET.splitlines()[1], safe="") not in response.content.decode()
    response = ask("123456789018", method=method)
    assert response.status_code == 422
    assert "個人番号らしい" in words(response)
    assert "123456789018" not in response.content.decode()


def send(data: bytes, name: str = "x", lang: str = ""):
    return Client().post(f"{lang}/look-up", {"document": SimpleUploadedFile(name, data)}, headers=HTML)


def test_files_are_told_apart(listed, monkeypatch):
    authority = listed[2]
    parsed = x509.load_der_x509_certificate(authority)
    target = f"/certificates/{parsed.fingerprint(hashes.SHA256()).hex()}"
    assert send(authority)["Location"] == target
    assert send(parsed.public_bytes(Encoding.PEM))["Location"] == target
    assert send(SECRET.encode()).status_code == 422
    assert SECRET.splitlines()[1] not in words(send(SECRET.encode()))
    assert Client().post("/look-up", {}, headers=HTML).status_code == 422
    assert "Choose a file." in words(Client().post("/en/look-up", {"document": ""}, headers=HTML))

    started = []
    monkeypatch.setattr(
        "signing.views.check.services.validate",
        lambda wanted, **rest: started.append(wanted.document) or {"id": "ab" * 16},
    )
    assert send(b"%PDF-1.7 a document", "contract.pdf")["Location"] == f"/check/{'ab' * 16}"
    assert started == [b"%PDF-1.7 a document"]


@pytest.mark.parametrize(
    ("content", "status", "ja", "en"),
    [
        (b"", 422, "空", "empty"),
        (
            b"%PDF-1.7 " + b"a" * 3000,
            413,
            "受け取ったのは 3,009 バイト、上限は 3 KB",
            "got 3,009 bytes, the limit is 3 KB",
        ),
    ],
)
def test_a_file_that_cannot_be_checked_is_refused_beside_the_form(setting, content, status, ja, en):
    setting(max_document_bytes=3001)
    for prefix, said in (("", ja), ("/en", en)):
        file = SimpleUploadedFile("a.pdf", content)
        response = Client().post(f"{prefix}/look-up", {"document": file}, headers=HTML)
        text = response.content.decode()
        assert response.status_code == status
        assert said in text
        assert 'href="#doc"' in text
        assert 'id="doc"' in text
        assert re.search("<title>(エラー：|Error: )", text)


def test_a_listed_certificate_is_told_with_its_service_and_records(listed, django_assert_max_num_queries):
    _states, provider, authority = listed
    digest = x509.load_der_x509_certificate(authority).fingerprint(hashes.SHA256()).hex()
    with django_assert_max_num_queries(12):
        shown = words(Client().get(f"/en/certificates/{digest}", headers=HTML))
    assert "The service is valid now." in shown
    assert 'data-tone="ok"' in shown
    assert provider.corporate_number in shown
    assert Decision.objects.get().number in shown
    assert 'href="/en/lists/1"' in shown
    before = words(Client().get(f"/en/certificates/{digest}?at=2020-01-01T00:00", headers=HTML))
    assert "was not on the trusted list at that time" in before
    assert '"at": "2019-12-31T15:00:00Z"' in before
    assert Client().get(f"/certificates/{digest.upper()}")["Location"] == f"/certificates/{digest}"
    assert Client().get("/certificates/abc", headers=HTML).status_code == 404
    future = Client().get(f"/en/certificates/{digest}?at=2999-01-01T00:00", headers=HTML)
    assert future.status_code == 422
    assert "lies in the future" in words(future)


def test_what_is_not_on_the_list_is_not_called_bad(listed):
    shown = words(Client().get(f"/en/certificates/{'ab' * 32}", headers=HTML))
    assert "No certificate with this SHA-256 is on the trusted list." in shown
    assert "That does not make it a forgery." in shown
    verdict = re.search(r'<section class="tr-verdict"[^>]*>', shown)
    assert verdict is not None
    assert "data-tone" not in verdict[0]
    stranger = certificate("Nobody", "CA")
    shown = words(ask(x509.load_der_x509_certificate(stranger).public_bytes(Encoding.PEM).decode(), lang="/en"))
    assert "does not come from a service on the trusted list" in shown


def test_a_persons_certificate_is_told_by_its_issuer_and_at_any_time(listed, registry, publish):
    states, _provider, authority = listed
    person = issued(by=authority, key=KEY)
    pem = person.public_bytes(Encoding.PEM).decode()
    for text in (pem, pem.replace("\n", "")):
        shown = words(ask(text, lang="/en", method="post"))
        assert "This certificate was issued by the service" in shown
        assert "The service is valid now." in shown
        assert "revoked is not looked up here" in shown
    assert "This certificate was issued" in words(send(person.public_bytes(Encoding.DER), lang="/en"))
    registry.suspend(states)
    publish()
    shown = words(ask(pem, lang="/en", method="post"))
    assert "The service is suspended now." in shown
    assert "(not in effect now)" in shown
    assert 'data-tone="ok"' not in shown.partition("tr-split")[0].partition("tr-verdict")[2]
    first = ListIssue.objects.get(pk=1).issued_at
    then = words(ask(pem, lang="/en", method="post", at=f"{first:%Y-%m-%dT%H:%M:%SZ}"))
    assert "The service was valid at that time." in then
    hidden = re.search(r'name="q" value="(-----BEGIN[^"]*)"', then)
    assert hidden is not None  # the certificate goes along, so that the next time is one click away
    assert "was issued by" in words(ask(hidden[1], lang="/en", method="post"))


def test_without_a_list_nothing_is_claimed():
    shown = words(Client().get(f"/en/certificates/{'ab' * 32}", headers=HTML))
    assert "cannot be confirmed" in shown
    assert "is not on the trusted list" not in shown
