"""The protocol step by step: what stands in the database and in the files after each."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from list_registry import SCHEME, VALID_UNTIL, certificate, in_days

from certification.domain.lifecycle import DecisionKind, ServiceStatus
from qualified_list import services
from qualified_list.domain.model import Text
from qualified_list.models import (
    ListedService,
    ListedServiceMember,
    ListedState,
    ListIssue,
    ListSignature,
    Refusal,
    SchemeVersion,
)
from qualified_list.selectors import published_list
from qualified_list.services import publication
from qualified_list.services.files import PublishedFileDiffers
from trustreg.base.models import Event, OutboxMessage
from trustreg.parties.models import Organisation
from trustreg.pki.trust import Usage

pytestmark = pytest.mark.django_db(transaction=True)


def states_of(entry):
    return list(ListedState.objects.filter(listed_service=entry).order_by("start").values_list("status", flat=True))


def test_the_first_list_is_whole_and_everywhere(registry, publish, public, check_list):
    registry.grant(2)
    registry.grant(1, kind="timestamp", level="specified")
    assert publish() == 1
    issue = ListIssue.objects.get()
    signed = (public / "tl/1/tl.xml").read_bytes()
    assert issue.state == "released"
    assert signed == bytes(ListSignature.objects.get().signed)
    assert (public / "tl/1/tl.sha2").read_bytes() == hashlib.sha256(signed).hexdigest().encode()
    assert (public / "tl/tl.xml").read_bytes() == signed
    assert (public / "tl/tl.sha2").read_bytes() == (public / "tl/1/tl.sha2").read_bytes()
    assert {state.start for state in ListedState.objects.all()} == {issue.issued_at}
    assert sorted(ListedState.objects.values_list("status", flat=True)) == ["qualified", "qualified", "specified"]
    assert issue.next_update - issue.issued_at == timedelta(days=180)
    assert hashlib.sha256(issue.content.encode()).hexdigest() == issue.content_hash
    assert {item["sha256"] for item in issue.decisions} == {
        hashlib.sha256(text.encode()).hexdigest() for text in registry.approved_texts()
    }
    assert [message.topic for message in OutboxMessage.objects.order_by("id")] == [
        "qualified_list.compiled",
        "qualified_list.published",
    ]
    check_list(public / "tl/1/tl.xml")


def test_nothing_decided_publishes_nothing(registry, publish, as_role):
    registry.grant(1)
    publish()
    assert publish() is None
    with as_role("worker"):
        assert not services.unpublished_changes()


def test_a_decision_that_changes_nothing_on_the_list_is_compiled_once(registry, publish, as_role, monkeypatch):
    states = registry.suspend(registry.grant(1))
    publish()
    registry.decide(states, DecisionKind.CONFIRM_SUSPENSION, states[0].status)
    with as_role("worker"):
        assert services.unpublished_changes()
        assert services.publish() is None
        assert not services.unpublished_changes()
    assert ListIssue.objects.count() == 1


def test_a_provider_who_moves_is_described_anew(registry, publish, as_role):
    registry.grant(1)
    publish()
    with as_role("owner"):
        Organisation.objects.filter(kind="provider").update(street_en="2-2 Chiyoda")
    with as_role("worker"):
        assert services.unpublished_changes()
    assert publish() == 2
    assert ListedState.objects.count() == 1


def test_lost_files_are_put_back_from_the_database(registry, publish, public, as_role):
    registry.grant(1)
    publish()
    publish(reissue=True)
    before = {path: path.read_bytes() for path in sorted(public.rglob("tl.*"))}
    shutil.rmtree(public)
    with as_role("worker"):
        services.sweep()
    assert {path: path.read_bytes() for path in sorted(public.rglob("tl.*"))} == before


def test_a_reissue_that_was_asked_for_once_is_done_once_however_often_it_is_told(registry, publish, as_role):
    registry.grant(1)
    publish()
    publish(reissue=True)  # what the first message asked for
    with as_role("worker"):
        for _ in range(3):
            assert services.publish(reissue=True, after=1, wait_seconds=0.1) is None
        assert ListIssue.objects.count() == 2
        services.publish(reissue=True, after=2, wait_seconds=0.1)
    assert ListIssue.objects.count() == 3


def test_a_reissue_says_the_same_under_a_new_number(registry, publish, public, check_list):
    registry.grant(2)
    publish()
    assert publish(reissue=True) == 2
    first, second = published_list(1).list, published_list(2).list
    assert first.providers == second.providers
    assert second.issued_at > first.issued_at
    assert ListedState.objects.count() == 2
    check_list(public / "tl/2/tl.xml")


def test_a_change_starts_a_new_state_at_its_issue_and_leaves_the_others(registry, publish, public, check_list):
    kept, changed = registry.grant(2)
    publish()
    (changed,) = registry.suspend([changed])
    publish()
    entries = {entry.spki_sha256: entry for entry in ListedService.objects.all()}
    assert states_of(entries[kept.identities[0].spki_sha256]) == ["qualified"]
    assert states_of(entries[changed.identities[0].spki_sha256]) == ["qualified", "suspended"]
    (changed,) = registry.decide([changed], DecisionKind.REINSTATE, ServiceStatus.QUALIFIED)
    publish()
    (changed,) = registry.withdraw([changed])
    publish()
    history = ListedState.objects.filter(listed_service=entries[changed.identities[0].spki_sha256]).order_by("start")
    issues = dict(ListIssue.objects.values_list("sequence", "issued_at"))
    assert [(row.status, row.level) for row in history] == [
        ("qualified", "qualified"),
        ("suspended", ""),
        ("qualified", "qualified"),
        ("withdrawn", ""),
    ]
    assert [row.start for row in history] == [issues[sequence] for sequence in (1, 2, 3, 4)]
    check_list(public / "tl/4/tl.xml")


@pytest.mark.parametrize(
    "changes",
    [
        {"names": {"ja": "新名称", "en": "New name"}},
        {"usages": (Usage.ESIGN, Usage.ESEAL)},
        {"valid_until": in_days(400)},
        {
            "qualifications": (
                {
                    "qualifiers": ["QCWithQSCD"],
                    "criteria": {
                        "assert": "atLeastOne",
                        "key_usages": [],
                        "policy_sets": [["1.2.392.200000.1"]],
                        "lists": [],
                        "extended_key_usages": [],
                        "subject_attributes": [],
                        "description": None,
                        "unknown": False,
                    },
                },
            )
        },
    ],
    ids=["names", "scope", "valid_until", "qualifications"],
)
def test_any_change_of_what_is_said_is_a_new_state(registry, publish, public, check_list, changes):
    states = registry.grant(1)
    publish()
    registry.decide(states, DecisionKind.CHANGE, ServiceStatus.QUALIFIED, **changes)
    publish()
    assert states_of(ListedService.objects.get()) == ["qualified", "qualified"]
    check_list(public / "tl/2/tl.xml")


def test_another_address_changes_the_list_and_no_state(registry, publish):
    states = registry.grant(1)
    publish()
    registry.decide(states, DecisionKind.CHANGE, ServiceStatus.QUALIFIED, supply_points=("https://ca.example/crl",))
    assert publish() == 2
    assert ListedState.objects.count() == 1


def test_services_that_share_a_key_share_the_entry(registry, publish, public, check_list):
    provider = registry.provider()
    der = certificate(provider.name_en, "shared")
    sign = registry.services(provider, der=der)
    seal = registry.services(provider, kind="eseal_cert", der=der)
    sign = registry.decide(sign, DecisionKind.GRANT, ServiceStatus.QUALIFIED)
    registry.decide(seal, DecisionKind.GRANT, ServiceStatus.QUALIFIED)
    publish()
    assert ListedService.objects.count() == 1
    assert ListedServiceMember.objects.count() == 2
    assert ListedState.objects.get().scope == ["eseal", "esign"]
    assert len(ListedState.objects.get().decisions) == 2
    registry.suspend(sign)
    publish()
    newest = ListedState.objects.order_by("-start").first()
    assert (newest.status, newest.scope) == ("qualified", ["eseal"])
    check_list(public / "tl/2/tl.xml")


def test_a_key_that_is_given_up_stays_as_withdrawn(registry, publish):
    provider = registry.provider()
    states = registry.decide(registry.services(provider), DecisionKind.GRANT, ServiceStatus.QUALIFIED)
    publish()
    other = registry.services(provider)[0]
    replaced = registry.add_key(states[0], other.identities[0])
    registry.decide([replaced], DecisionKind.CHANGE, ServiceStatus.QUALIFIED, identities=other.identities)
    publish()
    by_key = {entry.spki_sha256: states_of(entry) for entry in ListedService.objects.all()}
    assert by_key == {
        states[0].identities[0].spki_sha256: ["qualified", "withdrawn"],
        other.identities[0].spki_sha256: ["qualified"],
    }


def test_an_urgent_suspension_needs_one_signature_only(registry, publish):
    states = registry.grant(1)
    publish()
    registry.suspend(states, urgent=True)
    publish()
    assert states_of(ListedService.objects.get()) == ["qualified", "suspended"]


def test_what_was_withdrawn_before_any_list_never_appears(registry, publish):
    registry.withdraw(registry.grant(1))
    registry.grant(1)
    publish()
    assert ListedService.objects.count() == 1


def test_a_decision_that_one_person_made_reaches_no_list(registry, as_role):
    registry.grant(1)
    registry.decide(
        registry.services(registry.provider()),
        DecisionKind.GRANT,
        ServiceStatus.QUALIFIED,
        approver=registry.approver,
        approved_sha256="0" * 64,
    )
    with as_role("worker"):
        with pytest.raises(services.ListRefused) as refused:
            services.intent_begin(reissue=False)
        assert [item["code"] for item in refused.value.findings] == ["APPROVED_HASH_DIFFERS"]
        assert Refusal.objects.get().findings == refused.value.findings
        assert not services.unpublished_changes(), "the same is not tried again and again"
    assert not ListIssue.objects.exists()


def test_a_list_that_breaks_a_rule_is_not_published_and_the_previous_stays(registry, publish, public, as_role):
    registry.grant(1)
    publish()
    before = (public / "tl/tl.xml").read_bytes()
    registry.new_scheme(replace(SCHEME, name=(Text("en", "JP:x"), Text("ja", "Name without its country"))))
    with as_role("worker"):
        assert services.unpublished_changes()
        with pytest.raises(services.ListRefused):
            services.publish(wait_seconds=0)
        refusal = Refusal.objects.get()
        assert refusal.source == "rules"
        assert {"ja", "en"} <= set(refusal.findings[0]["message"])
        assert Event.objects.filter(tag="qualified_list:list:refused").count() == 1
        assert services.sweep() is None
    assert ListIssue.objects.count() == 1
    assert (public / "tl/tl.xml").read_bytes() == before
    registry.new_scheme(SCHEME)
    assert publish() is None, "the scheme is what it was"


def test_steps_can_be_repeated(registry, as_role, key, public):
    registry.grant(1)
    with as_role("worker"):
        assert services.intent_begin(reissue=False) == 1
        assert services.intent_begin(reissue=True) is None
        services.intent_check(sequence=1)
        services.intent_check(sequence=1)
        assert not services.signature_accept(sequence=1)
    with as_role("signer"):
        assert services.sign_waiting(key=key) == 1
        assert services.sign_waiting(key=key) is None
    with as_role("worker"):
        for _ in range(2):
            assert services.signature_accept(sequence=1)
        for _ in range(2):
            services.issue_verify(sequence=1)
        for _ in range(2):
            services.issue_release(sequence=1)
    assert ListSignature.objects.count() == 1
    assert OutboxMessage.objects.filter(topic="qualified_list.published").count() == 1


def test_an_old_intent_is_stamped_anew_and_a_late_signature_refused(registry, as_role, key, setting, monkeypatch):
    registry.grant(1)
    with as_role("worker"):
        services.intent_begin(reissue=False)
        services.intent_check(sequence=1)
    old = ListIssue.objects.get()

    from qualified_list.services import signer

    original = signer.sign_list

    def sign_slowly(unsigned, *, key, at):
        signed = original(unsigned, key=key, at=at)
        with as_role("worker"):  # while the signer works, a worker finds the intent old
            assert services.intent_stamp(sequence=1, minimum_age=None)
        return signed

    monkeypatch.setattr(signer, "sign_list", sign_slowly)
    with as_role("signer"):
        assert services.sign_waiting(key=key) is None
    assert not ListSignature.objects.exists()
    new = ListIssue.objects.get()
    assert new.issued_at > old.issued_at
    assert (new.state, new.content_hash) == ("compiled", old.content_hash)
    monkeypatch.setattr(signer, "sign_list", original)
    with as_role("worker"):
        services.intent_check(sequence=1)
    with as_role("signer"):
        assert services.sign_waiting(key=key) == 1
    with as_role("worker"):
        assert not services.intent_stamp(sequence=1, minimum_age=None), "a signed list is never stamped anew"


def test_the_signer_leaves_an_old_intent_alone(registry, as_role, key, setting):
    registry.grant(1)
    with as_role("worker"):
        services.intent_begin(reissue=False)
        services.intent_check(sequence=1)
    setting(intent_seconds=0)
    with as_role("signer"):
        assert services.sign_waiting(key=key) is None
    assert not Refusal.objects.exists()


def test_a_later_decision_is_taken_along_when_the_intent_is_stamped_anew(registry, as_role):
    registry.grant(1)
    with as_role("worker"):
        services.intent_begin(reissue=False)
    registry.grant(1)
    with as_role("worker"):
        assert services.intent_stamp(sequence=1, minimum_age=None)
    assert ListIssue.objects.get().services == 2


def test_published_bytes_are_compared_and_never_rewritten(registry, as_role, key, public):
    registry.grant(1)
    with as_role("worker"):
        services.intent_begin(reissue=False)
        services.intent_check(sequence=1)
    with as_role("signer"):
        services.sign_waiting(key=key)
    (public / "tl/1").mkdir(parents=True)
    (public / "tl/1/tl.xml").write_bytes(b"other")
    with as_role("worker"):
        services.signature_accept(sequence=1)
        services.issue_verify(sequence=1)
        with pytest.raises(PublishedFileDiffers):
            services.issue_release(sequence=1)
    assert (public / "tl/1/tl.xml").read_bytes() == b"other"
    assert ListIssue.objects.get().state == "verified"
    assert not ListedState.objects.exists()


def test_an_older_list_in_place_of_the_current_one_is_noticed_and_put_right(registry, publish, public, as_role):
    registry.grant(1)
    publish()
    old = {name: (public / "tl" / name).read_bytes() for name in ("tl.xml", "tl.sha2")}
    publish(reissue=True)
    for name, data in old.items():
        (public / "tl" / name).write_bytes(data)
    with as_role("worker"):
        assert services.current_files_restore()
        assert not services.current_files_restore()
    assert (public / "tl/tl.xml").read_bytes() == (public / "tl/2/tl.xml").read_bytes()
    assert Event.objects.filter(tag="qualified_list:files:restored").count() == 1


@pytest.mark.parametrize("place", ["tl/tl.xml", "tl/2/tl.xml", "tl/1/tl.xml"])
@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_a_published_file_that_was_altered_or_removed_comes_back(registry, publish, public, as_role, place, harm):
    registry.grant(1)
    publish()
    registry.grant(2)
    publish()
    file = public / place
    true = file.read_bytes()
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(true.replace(b"specified", b"qualified").replace(b"</", b"<!-- --></", 1))
    with as_role("worker"):
        for _ in range(3):  # an earlier list is looked at when its turn comes
            services.current_files_restore()
    assert file.read_bytes() == true
    assert Event.objects.filter(tag="qualified_list:files:restored").count() == 1


def test_a_list_signed_by_another_key_is_not_released(registry, as_role, key, setting, tmp_path):
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from list_registry import OPERATOR

    from signing.keys.list_signer import create_list_signer

    other = create_list_signer(None, territory="JP", operator_name=OPERATOR, at=datetime.now(UTC), key_type="p256")
    pin = tmp_path / "other.crt"
    pin.write_bytes(x509.load_der_x509_certificate(other.certificate).public_bytes(Encoding.PEM))
    registry.grant(1)
    with as_role("worker"):
        services.intent_begin(reissue=False)
        services.intent_check(sequence=1)
    with as_role("signer"):
        services.sign_waiting(key=key)
    setting(list_signer_certificate=pin)
    with as_role("worker"):
        services.signature_accept(sequence=1)
        with pytest.raises(services.ListRefused) as refused:
            services.issue_verify(sequence=1)
    assert refused.value.findings[0]["code"] == "LIST_SIGNER_UNKNOWN"
    assert ListIssue.objects.get().state == "signed"


def test_eight_publishers_get_one_sequence_each(registry, as_role, key, public):
    """A real signer thread and eight workers that all want a list of their own."""
    registry.grant(1)
    results: list[int | None] = []
    stop = threading.Event()

    def sign():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE trustreg_signer")
            while not stop.wait(0.02):
                services.sign_waiting(key=key)
        finally:
            connection.close()

    def work():
        try:
            results.append(services.publish(reissue=True, wait_seconds=60))
        finally:
            connection.close()

    with as_role("worker"):
        signer = threading.Thread(target=sign)
        signer.start()
        workers = [threading.Thread(target=work) for _ in range(8)]
        for thread in workers:
            thread.start()
        for thread in workers:
            thread.join()
        stop.set()
        signer.join()
    issues = list(ListIssue.objects.order_by("sequence"))
    assert [issue.sequence for issue in issues] == list(range(1, len(issues) + 1))
    assert len(issues) >= 8
    assert all(issue.state == "released" for issue in issues)
    assert all(later.issued_at > earlier.issued_at for earlier, later in pairwise(issues))
    assert ListSignature.objects.count() == len(issues)
    assert all(result is not None for result in results)
    current = (public / "tl/tl.sha2").read_text()
    assert current == issues[-1].sha256


def test_a_lost_message_costs_two_seconds_only(registry, as_role, key):
    """Nothing but the sweeper runs, and it finds what was decided."""
    registry.grant(1)
    with as_role("worker"):
        assert publication.unpublished_changes()
        services.intent_begin(reissue=False)
        services.intent_check(sequence=1)
    with as_role("signer"):
        services.sign_waiting(key=key)
    with as_role("worker"):
        assert services.sweep() == 1


def test_a_list_near_its_next_update_is_issued_anew_or_the_alarm_rings(
    registry, publish, as_role, setting, monkeypatch
):
    registry.grant(1)
    publish()
    with as_role("worker"):
        assert services.reissue_when_due() is None
        moment = ListIssue.objects.get().next_update - timedelta(days=5)
        monkeypatch.setattr(publication, "database_time", lambda: moment)
        monkeypatch.setattr(publication, "publish", lambda **_: None)
        assert services.reissue_when_due() is None
        assert Event.objects.filter(tag="qualified_list:reissue:overdue").count() == 1


def test_the_stored_content_is_canonical(registry, publish):
    registry.grant(1)
    publish()
    content = ListIssue.objects.get().content
    assert content == json.dumps(json.loads(content), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert VALID_UNTIL.strftime("%Y") in content
    assert SchemeVersion.objects.get().version == 1
