"""One service at any time: what held then and holds now, its history, its basis, its keys; never granted by mistake."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from django.test import Client
from list_registry import TABLES, certificate, past_the_walls

from certification.domain.decisions import canonical_text, text_sha256
from certification.domain.lifecycle import EXPIRE, DecisionKind, ServiceStatus
from certification.models import StatusChange
from qualified_list.models import ListedService, ListIssue
from qualified_list.selectors import record as records
from qualified_list.selectors import snapshot as snapshots
from trustreg.base import clock
from trustreg.parties.models import Account
from trustreg.pki.trust import ListedIdentity, ListReference, Reason, Result, Standing

HTML = {"accept": "text/html"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_list_of_another_test(monkeypatch):
    monkeypatch.setattr(snapshots, "_current", None)


def entry_of(state) -> str:
    return str(ListedService.objects.get(spki_sha256=state.identities[0].spki_sha256).pk)


def get(address: str, **query: object) -> tuple[int, str]:
    response = Client().get(address, query, headers=HTML)
    return response.status_code, response.content.decode()


def head(text: str) -> str:
    return text.partition("tr-pagehead")[2].partition("tr-split")[0]


def verdict(text: str) -> str:
    """The sentence about the time that was asked for."""
    found = re.search(r'tr-notice__title">(.*?)</p>', text, re.S)
    assert found
    return " ".join(re.sub(r"<[^>]+>", "", found[1]).split())


def issued(sequence: int) -> str:
    return ListIssue.objects.get(pk=sequence).issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def expire(state) -> None:
    """The change that the system makes when a grant has reached its end: it cites the grant."""
    text = canonical_text(state.as_expired().as_json())
    granted = StatusChange.objects.get(service_id=state.service)
    with past_the_walls(*TABLES):
        StatusChange.objects.create(
            service_id=state.service,
            sequence=2,
            transition=EXPIRE,
            from_status=state.status,
            to_status=ServiceStatus.EXPIRED,
            content=text,
            content_sha256=text_sha256(text),
            decision=granted.decision,
        )


@pytest.fixture
def suspended(registry, publish):
    """Granted in issue 1, suspended by one person in issue 2."""
    states = registry.grant(1)
    publish()
    registry.suspend(states, urgent=True)
    publish()
    return states[0]


def test_now_and_at_a_time(suspended, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        status, now = get(f"/en/services/{entry_of(suspended)}")
    assert status == 200
    assert verdict(now) == "This service is suspended now."
    assert 'data-level="qualified" data-size="l"' not in head(now)
    assert 'data-level="qualified" data-lapsed' in head(now)
    assert "Suspended" in head(now)
    with django_assert_max_num_queries(12):
        _, then = get(f"/en/services/{entry_of(suspended)}", at=issued(1))
    assert "this service was valid as a qualified service" in verdict(then)
    assert "Suspended" in head(then), "the head says what holds now"
    before = (ListIssue.objects.get(pk=1).issued_at - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    _, early = get(f"/services/{entry_of(suspended)}", at=before)
    assert "まだ公開リストに載っていませんでした" in verdict(early)
    assert "まで 載っていません" in early, "the band begins before the first list"
    assert "認定の根拠" not in early


def test_history_and_chain_lead_to_their_records(suspended):
    _, text = get(f"/services/{entry_of(suspended)}")
    timeline = text.partition('class="tr-timeline')[2].partition("</ol>")[0]
    first, second = timeline.split("<li ")[1:]
    assert "認定を一時停止しました" in first
    assert "第 2 号" in first
    assert "理由" in first, "with the reasons of the decision"
    assert "クオリファイドサービスとして認定しました" in second
    decisions = re.findall(r'href="(/decisions/[0-9a-f-]{36})"', text)
    assert len(set(decisions)) == 2
    assert {get(address)[0] for address in decisions} == {200}
    assert "緊急の一時停止（二人による確認を待っています）" in text
    assert "この状態の根拠" in text
    assert 'role="img"' in text.partition("tr-lanes")[2]
    table = text.partition("状態の帯を表で見る")[2].partition("</table>")[0]
    assert table.count("<tr>") == 3, "the head and both periods"


def test_a_valid_service_says_so_in_both_languages(registry, publish):
    state = registry.grant(1, level="specified")[0]
    publish()
    address = f"/services/{entry_of(state)}"
    assert verdict(get(f"/en{address}")[1]) == "This service is valid as a specified service now."
    _, text = get(address)
    assert verdict(text) == "いま、特定サービスとして有効です。"
    assert 'data-level="specified" data-size="l"' in head(text)
    assert text.count("<h1") == 1
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)
    assert "認定の根拠" in text


@pytest.mark.parametrize(
    ("kind", "status", "sentence", "chip"),
    [
        (DecisionKind.WITHDRAW, ServiceStatus.WITHDRAWN, "The certification has been withdrawn.", "Withdrawn"),
        (DecisionKind.CEASE, ServiceStatus.CEASED, "This service has ceased.", "Ceased"),
        (EXPIRE, ServiceStatus.EXPIRED, "The certification has expired.", "Expired"),
    ],
)
def test_an_ended_service_is_called_as_it_ended(registry, publish, kind, status, sentence, chip):
    states = registry.grant(1)
    publish()
    if kind == EXPIRE:
        expire(states[0])
    else:
        registry.decide(states, kind, status)
    publish()
    _, text = get(f"/en/services/{entry_of(states[0])}")
    assert verdict(text) == sentence
    assert chip in head(text)
    assert "data-lapsed" in head(text)


def test_past_its_end_a_grant_is_expired_before_the_list_says_so(registry, publish, monkeypatch):
    end = clock.now().replace(microsecond=0) + timedelta(days=5)
    state = registry.decide(
        registry.services(registry.provider()), DecisionKind.GRANT, ServiceStatus.QUALIFIED, valid_until=end
    )[0]
    publish()
    later = end + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    _, text = get(f"/en/services/{entry_of(state)}")
    assert verdict(text) == "The certification has expired."
    assert "Certification expired" in text
    assert "Certified until" not in text


def test_an_overdue_list_confirms_nothing(suspended, monkeypatch):
    later = clock.now() + timedelta(days=200)
    monkeypatch.setattr(clock, "now", lambda: later)
    _, text = get(f"/en/services/{entry_of(suspended)}")
    assert verdict(text) == "The status now cannot be confirmed."
    assert "Cannot be confirmed" in head(text)
    assert "data-level" not in head(text)
    assert "overdue" in text
    _, then = get(f"/en/services/{entry_of(suspended)}", at=issued(1))
    assert "was valid as a qualified service" in verdict(then), "of then the list still knows"


@pytest.mark.parametrize("at", ["yesterday", "2999-01-01T00:00", "2026-06-05", '"><b>'])
def test_a_time_that_cannot_be_read_is_refused_and_kept(suspended, at):
    status, text = get(f"/services/{entry_of(suspended)}", at=at)
    assert status == 422
    assert 'aria-invalid="true"' in text
    assert "<title>エラー：" in text
    assert "><b>" not in text
    assert verdict(text) == "いま、一時停止しています。"


def test_both_ids_and_the_short_address_lead_to_the_service(suspended):
    entry = entry_of(suspended)
    assert get(f"/services/{suspended.service}")[0] == 200
    answer = Client().get(f"/en/s/{entry}?at=2026-01-01T00:00", headers=HTML)
    assert (answer.status_code, answer["Location"]) == (302, f"/en/services/{entry}?at=2026-01-01T00:00")


def test_certificates_are_downloaded_as_they_are_listed(suspended):
    digest = suspended.identities[0].certificate_sha256
    _, text = get(f"/services/{entry_of(suspended)}")
    links = re.findall(r'href="(/services/[^"]+\.(?:pem|der))"', text)
    assert [link.rpartition(".")[2] for link in links] == ["pem", "der"]
    pem, der = (Client().get(link, headers=HTML) for link in links)
    assert x509.load_pem_x509_certificate(pem.content) == x509.load_der_x509_certificate(der.content)
    assert digest in links[0]
    assert (der["Content-Type"], "attachment" in der["Content-Disposition"]) == ("application/pkix-cert", True)
    for wrong in (
        links[0].replace(digest, "0" * 64),
        f"{links[0]}x",
        links[0].replace(entry_of(suspended), str(uuid.uuid4())),
    ):
        assert get(wrong)[0] == 404


def test_the_command_shown_asks_about_the_same_time(suspended):
    at = issued(1)
    _, text = get(f"/services/{entry_of(suspended)}", at=at)
    command = text.partition("<code>curl")[2].partition("</code>")[0].replace("&quot;", '"')
    assert f'"at": "{at}"' in command
    assert "/api/v1/status-queries" in command


def test_what_no_list_carries_does_not_exist_for_strangers(registry, publish):
    registry.grant(1)
    waiting = registry.services(registry.provider())[0]
    publish()
    for address in (f"/services/{waiting.service}", f"/services/{uuid.uuid4()}", "/services/DE:CA/QC:" + "0" * 24):
        status, text = get(address)
        assert status == 404
        assert waiting.names["ja"] not in text


def test_a_registered_service_is_shown_to_those_who_may_know_of_it(world_and_account):
    service, insider, outsider = world_and_account
    for account, expected in ((insider, 200), (outsider, 404)):
        client = Client()
        client.force_login(account)
        answer = client.get(f"/en/services/{service.pk}", headers=HTML)
        assert answer.status_code == expected
        assert ("not on the trusted list" in answer.content.decode()) is (expected == 200)
        if expected == 200:
            assert "Valid" not in answer.content.decode()
            assert "no-store" in answer["Cache-Control"]


@pytest.fixture
def world_and_account(transactional_db, _database_tests_run_as_web):
    """A service of a government issuer that nobody assessed, its officer, and the officer of another provider."""
    from tests.certification import certification_world as worlds
    from trustreg.parties.domain.roles import Role

    world = worlds.build()
    issuer = worlds.organisation("government_issuer", "みどり自治体情報センター")
    worlds.appoint(world.people["stranger"], issuer, Role.PROVIDER_OFFICER)
    service = world.service(name="みどり職責署名", provider=issuer, by=world.stranger)
    accounts = [
        Account.objects.create(person=world.people[name], email=f"{name}@example.jp")
        for name in ("stranger", "officer")
    ]
    return service, *accounts


class Recognising:
    """A source of trust that recognises one service of a foreign list."""

    def __init__(self, standing: Standing, der: bytes) -> None:
        self.answer, self.der = standing, der
        self.list_reference = standing.list

    def standing_of_service(self, identifier: str, *, at):
        if identifier != self.answer.service_id:
            return Standing(at, Result.NOT_LISTED, self.list_reference, Reason.NOT_LISTED)
        return replace(self.answer, at=at)

    def identities(self):
        return [ListedIdentity(self.der, self.answer.service_type, "DE", self.answer.service_id)]


@pytest.mark.parametrize(
    ("result", "reason", "sentence"),
    [
        (Result.RECOGNISED, None, "This service is recognised now."),
        (Result.NOT_VALID, Reason.SERVICE_WITHDRAWN, "The certification has been withdrawn."),
        (Result.CONFLICT, Reason.CONFLICT, "The status now cannot be confirmed."),
    ],
)
def test_a_service_of_a_foreign_list(db, monkeypatch, result, reason, sentence):
    now = clock.now()
    reference = ListReference("DE", 12, "ab" * 32, now - timedelta(days=1), now + timedelta(days=90))
    identifier = "DE:TSA/QTST:" + "0" * 24
    standing = Standing(
        now,
        result,
        reference,
        reason,
        status="granted",
        since=now - timedelta(days=400),
        service_id=identifier,
        service_type="http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST",
        service_name={"de": "Nordlicht Zeitstempel"},
        provider_name={"de": "Nordlicht GmbH"},
        territory="DE",
    )
    source = Recognising(standing, certificate("Nordlicht", "TSA"))
    monkeypatch.setattr(records, "trust_source", lambda: source)
    status, text = get(f"/en/services/{identifier}")
    assert status == 200
    assert verdict(text) == sentence
    assert "Nordlicht Zeitstempel" in text
    assert ('data-level="qualified" data-size="l"' in head(text)) is (result is Result.RECOGNISED)
    assert get("/en/services/DE:TSA/QTST:" + "1" * 24)[0] == 404
    link = re.search(r'href="([^"]+\.der)"', text)
    assert link
    assert Client().get(link[1], headers=HTML).content == source.der
