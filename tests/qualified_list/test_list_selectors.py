"""What can be asked of the published list: issues, differences, status at a time, the catalogue."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.test.utils import CaptureQueriesContext
from list_registry import certificate

from certification.domain.lifecycle import DecisionKind, ServiceStatus
from qualified_list import selectors
from qualified_list.domain.status import ListTrustSource
from qualified_list.models import ListedService, ListIssue
from qualified_list.selectors import ServiceFilter
from qualified_list.selectors import snapshot as snapshots
from trustreg.base.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_list_of_another_test(monkeypatch):
    monkeypatch.setattr(snapshots, "_current", None)


def now() -> datetime:
    return datetime.now(UTC)


def entry_of(state):
    return str(ListedService.objects.get(spki_sha256=state.identities[0].spki_sha256).pk)


@pytest.fixture
def history(registry, publish):
    """List 1: granted and another; list 2: suspended; list 3: reinstated and a time-stamp service."""
    registry.grant(1, level="specified")
    states = registry.grant(1)
    publish()
    states = registry.suspend(states)
    publish()
    states = registry.decide(states, DecisionKind.REINSTATE, ServiceStatus.QUALIFIED)
    registry.grant(1, kind="timestamp")
    publish()
    return states[0]


def times() -> dict[int, datetime]:
    return dict(ListIssue.objects.values_list("sequence", "issued_at"))


def test_status_at_every_time(history):
    issued = times()
    service = entry_of(history)

    def ask(at):
        return selectors.status_by_service(service, now=now(), at=at)

    assert ask(issued[1] - timedelta(seconds=1))["result"] == "NOT_YET_LISTED"
    first = ask(issued[1])
    assert (first["result"], first["level"], first["matched_by"]) == ("QUALIFIED", "qualified", "service")
    assert first["status"]["uri"].endswith("/Svcstatus/qualified")
    assert (first["status"]["since"], first["status"]["until"]) == (
        f"{issued[1]:%Y-%m-%dT%H:%M:%SZ}",
        f"{issued[2]:%Y-%m-%dT%H:%M:%SZ}",
    )
    suspended = ask(issued[2])
    assert (suspended["result"], suspended["level"]) == ("NOT_VALID", None)
    assert suspended["reasons"][0]["code"] == "SERVICE_SUSPENDED"
    assert suspended["reasons"][0]["message"]["ja"]
    assert ask(issued[3])["result"] == ask(None)["result"] == "QUALIFIED"
    assert ask(None)["list"]["sequence"] == 3
    assert ask(None)["status"]["until"] == "2036-01-01T00:00:00Z", "the end of the grant"


def test_status_as_a_list_said_it(history):
    service = entry_of(history)
    answer = selectors.status_by_service(service, now=now(), as_of=2)
    assert (answer["result"], answer["list"]["sequence"]) == ("NOT_VALID", 2)
    assert selectors.status_by_service(service, now=now(), as_of=1)["result"] == "QUALIFIED"
    with pytest.raises(NotFound):
        selectors.status_by_service(service, now=now(), as_of=9)


def test_a_registry_service_is_found_by_its_own_id(history):
    assert selectors.status_by_service(history.service, now=now())["service"]["id"] == entry_of(history)
    for unknown in (str(uuid.uuid4()), "no uuid"):
        assert selectors.status_by_service(unknown, now=now())["result"] == "NOT_LISTED"


def test_the_chain_behind_an_answer(history):
    issued = times()
    chain = selectors.status_by_service(entry_of(history), now=now(), at=issued[2])["chain"]
    assert chain["list_sequence"] == 2
    assert chain["assessment_report_sha256"] == "0" * 64
    assert uuid.UUID(chain["decision"])
    assert chain["log_index"] is None


def test_a_fingerprint_finds_listed_identities_only(history):
    digest = history.identities[0].certificate_sha256
    assert selectors.status_by_fingerprint(digest, now=now())["matched_by"] == "identity"
    unknown = selectors.status_by_fingerprint("0" * 64, now=now())
    assert (unknown["result"], unknown["reasons"][0]["code"]) == ("NOT_LISTED", "UNKNOWN_FINGERPRINT")
    with pytest.raises(InvalidInput):
        selectors.status_by_fingerprint("xyz", now=now())


def test_a_certificate_is_matched_through_its_issuer(registry, publish):
    key = ec.generate_private_key(ec.SECP256R1())
    provider = registry.provider()
    listed = certificate(provider.name_en, "issuing", key=key)
    registry.decide(registry.services(provider, der=listed), DecisionKind.GRANT, ServiceStatus.QUALIFIED)
    publish()
    authority = x509.load_der_x509_certificate(listed)
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Hanako")]))
        .issuer_name(authority.subject)
        .public_key(ec.generate_private_key(ec.SECP256R1()).public_key())
        .serial_number(7)
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    answer = selectors.status_by_certificate(leaf, now=now())
    assert (answer["result"], answer["matched_by"]) == ("QUALIFIED", "issuer")
    stranger = selectors.status_by_certificate(certificate("Nobody", "else"), now=now())
    assert (stranger["result"], stranger["reasons"][0]["code"]) == ("NOT_LISTED", "ISSUER_NOT_PROVEN")


def test_the_future_is_not_known(history):
    with pytest.raises(InvalidInput):
        selectors.status_by_service(entry_of(history), now=now(), at=now() + timedelta(minutes=1))


def test_before_the_first_list_nothing_is_known(registry):
    answer = selectors.status_by_service(str(uuid.uuid4()), now=now())
    assert (answer["result"], answer["list"]) == ("LIST_STALE", None)
    assert selectors.current_issue() is None


def test_the_snapshot_follows_the_list_with_one_query(registry, publish, django_assert_num_queries):
    registry.grant(1)
    publish()
    data, version = selectors.current_snapshot()
    assert ListTrustSource.from_bytes(data).version == version
    with django_assert_num_queries(1):
        assert selectors.current_snapshot() == (data, version)
    registry.grant(1)
    assert selectors.current_snapshot()[1] == version, "decided is not published"
    publish()
    assert selectors.current_snapshot()[1] != version
    assert selectors.trust_source().list_reference.sequence == 2


def test_the_list_in_force_is_loaded_once_whoever_asks_first(registry, publish, django_assert_num_queries):
    registry.grant(1)
    publish()
    selectors.trust_source()
    registry.grant(1)
    publish()
    asked_by_number = selectors.trust_source_as_of(2)
    assert asked_by_number is selectors.trust_source()
    with django_assert_num_queries(1):
        assert selectors.trust_source_as_of(2) is asked_by_number
    before = selectors.trust_source_as_of(1)
    with django_assert_num_queries(1):
        assert selectors.trust_source_as_of(1) is before


def test_issues_come_newest_first_in_pages(history):
    page, cursor = selectors.issues(limit=2)
    assert [issue.sequence for issue in page] == [3, 2]
    page, cursor = selectors.issues(before=cursor, limit=2)
    assert ([issue.sequence for issue in page], cursor) == ([1], None)
    shown = selectors.issue_as_json(selectors.list_issue(3))
    assert shown["services"] == 3
    assert len(shown["sha256"]) == len(shown["signer_sha256"]) == 64
    assert shown["urls"]["tl.xml"].endswith("/tl/3/tl.xml")
    with pytest.raises(NotFound):
        selectors.list_issue(4)


def test_an_intent_is_no_list_yet(registry, as_role):
    from qualified_list import services

    registry.grant(1)
    with as_role("worker"):
        services.intent_begin(reissue=False)
    assert selectors.issues() == ([], None)
    assert selectors.publication_under_way().sequence == 1
    with pytest.raises(NotFound):
        selectors.list_issue(1)


def test_differences_in_words_and_data(history):
    changes = selectors.diff(1, 2)["changes"]
    assert [change["kind"] for change in changes] == ["status_changed", "details_changed"]
    assert changes[0]["before"]["status"] == "qualified"
    assert changes[0]["after"]["status"] == "suspended"
    assert "一時停止" in changes[0]["message"]["ja"]
    assert "suspended" in changes[0]["message"]["en"]
    assert {change["kind"] for change in selectors.diff(2, 3)["changes"]} >= {"service_added", "status_changed"}
    assert selectors.diff(2, 2)["changes"] == []


def test_the_catalogue_is_filtered(history):
    issued = times()

    def found(**criteria):
        page, _ = selectors.listed_services(ServiceFilter(**criteria), now=now())
        return {row["id"] for row in page}

    everything = found()
    assert len(everything) == 3
    assert found(level="specified") < everything
    assert len(found(level="qualified")) == 2
    assert found(status="suspended", at=issued[2]) == {entry_of(history)}
    assert found(status="suspended") == set()
    assert len(found(at=issued[1])) == 2
    assert len(found(trust_element="existence")) == 1
    assert len(found(trust_element="intent")) == 2
    assert found(q=history.names["en"]) == {entry_of(history)}
    assert found(q=history.names["ja"]) == {entry_of(history)}
    assert found(certificate_sha256=history.identities[0].certificate_sha256) == {entry_of(history)}
    assert found(certificate_sha256="0" * 64) == set()
    shown = selectors.listed_service(uuid.UUID(entry_of(history)), now=now())
    assert found(corporate_number=shown["provider"]["corporate_number"]) == {entry_of(history)}
    with pytest.raises(InvalidInput):
        found(trust_element="love")


def test_the_catalogue_is_paged_with_as_many_queries_for_many_as_for_few(registry, publish):
    from django.db import connection

    registry.grant(5)
    publish()
    seen: list[str] = []
    cursor = None
    counts = set()
    while True:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page, cursor = selectors.listed_services(ServiceFilter(), now=now(), after=cursor, limit=2)
        counts.add(len(queries))
        seen += [row["id"] for row in page]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert counts == {2}


def test_a_service_with_its_history_and_chain(history):
    shown = selectors.listed_service(uuid.UUID(history.service), now=now())
    assert shown["id"] == entry_of(history)
    assert [state["status"] for state in shown["history"]] == ["qualified", "suspended", "qualified"]
    assert [state["sequence"] for state in shown["history"]] == [3, 2, 1]
    assert shown["history"][0]["until"] is None
    assert shown["history"][1]["until"] == shown["history"][0]["since"]
    assert shown["identities"][0]["certificate_sha256"] == history.identities[0].certificate_sha256
    assert shown["services"] == [history.service]
    with pytest.raises(NotFound):
        selectors.listed_service(uuid.uuid4(), now=now())


def test_what_was_never_published_is_not_there(registry, publish):
    registry.grant(1)
    publish()
    (secret,) = registry.grant(1)
    with pytest.raises(NotFound):
        selectors.listed_service(uuid.UUID(secret.service), now=now())
    assert selectors.status_by_service(secret.service, now=now())["result"] == "NOT_LISTED"
    assert len(selectors.listed_services(ServiceFilter(), now=now())[0]) == 1


def test_only_known_files_have_a_path(public):
    assert selectors.published_path(3, "tl.xml") == public / "tl/3/tl.xml"
    assert selectors.published_path("current", "tl.sha2") == public / "tl/tl.sha2"
    for name in ("../secret", "tl.xml/..", "", "tl.xm"):
        with pytest.raises(NotFound):
            selectors.published_path(1, name)
