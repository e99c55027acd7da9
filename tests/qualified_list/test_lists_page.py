"""The pages of the list: the issue in force, every issue for ever, and what changed between two."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.models import Decision
from qualified_list.models import ListIssue
from qualified_list.selectors import published_path
from qualified_list.selectors import snapshot as snapshots
from trustreg.base import clock

pytestmark = pytest.mark.django_db(transaction=True)
HTML = {"accept": "text/html"}


@pytest.fixture(autouse=True)
def _no_list_of_another_test(monkeypatch):
    monkeypatch.setattr(snapshots, "_current", None)


@pytest.fixture
def history(registry, publish):
    """List 1: two services; 2: one suspended; 3: it goes on, a time-stamp service comes; 4: it ceases; 5: re-issue."""
    registry.grant(1, level="specified")
    states = registry.grant(1)
    publish()
    states = registry.suspend(states)
    publish()
    states = registry.decide(states, DecisionKind.REINSTATE, ServiceStatus.QUALIFIED)
    registry.grant(1, kind="timestamp")
    publish()
    states = registry.decide(states, DecisionKind.CEASE, ServiceStatus.CEASED, valid_until=None)
    publish()
    publish(reissue=True)
    return states[0]


def get(address: str, status: int = 200) -> str:
    response = Client().get(address, headers=HTML)
    assert response.status_code == status, response.content.decode()[:500]
    return html.unescape(response.content.decode())


def test_the_issue_in_force_is_verified_at_sight_and_all_issues_follow(history, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        text = get("/en/lists")
    assert "Issue 5 (in force)" in text
    assert "Signature verified" in text
    assert "In time" in text
    assert [f"/en/lists/{n}" in text for n in range(1, 6)] == [True] * 5
    newest = ListIssue.objects.get(pk=5)
    assert re.sub(r"<.*?>", "", text).count(newest.sha256) == 1
    assert "First issue (2)" in text
    assert text.count("1 ended") == 1
    assert "1 added, 1 changed" in text


@pytest.mark.parametrize(
    ("address", "words"), [("/lists", "署名を確認できません"), ("/en/lists/5", "Signature not verified")]
)
def test_a_file_that_is_not_the_one_on_record_is_called_so(history, address, words):
    path = published_path(5, "tl.xml")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"Provider", b"Prouider"))
    text = get(address)
    assert words in text
    assert "署名を確認済み" not in text
    assert "Signature verified" not in text


def test_a_missing_file_is_neither_verified_nor_broken(history):
    published_path(5, "tl.xml").unlink()
    text = get("/en/lists/5")
    assert "Signature verified" not in text
    assert "Signature not verified" not in text
    assert "/tl/5/tl.xml" not in text.partition("Verify it yourself")[0]


def test_an_overdue_list_says_so(history, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(days=400))
    text = get("/en/lists")
    assert "The status now cannot be confirmed." in text
    assert "In time" not in text
    assert "次回の発行期限を過ぎています" in get("/")


def test_one_issue_has_its_hash_signer_changes_and_neighbours(history, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        text = get("/en/lists/2")
    issue = ListIssue.objects.get(pk=2)
    assert issue.sha256 in re.sub(r"<.*?>", "", text)
    assert issue.signature.signer_sha256 in re.sub(r"<.*?>", "", text)
    assert "Not the issue in force" in text
    assert "was suspended" in text
    assert "(not in effect now)" in text  # the level of a suspended service never looks granted
    assert 'href="/en/lists/1"' in text
    assert 'href="/en/lists/3"' in text
    assert "This is the first issue" in get("/en/lists/1")
    assert "No service changed" in get("/en/lists/5")
    assert "サービスを終了しました" in get("/lists/4")


def test_the_signers_certificate_is_the_one_in_the_list(history):
    response = Client().get("/lists/1/signer.pem")
    assert response["Content-Type"] == "application/x-pem-file"
    assert response.content.startswith(b"-----BEGIN CERTIFICATE-----")
    body = b"".join(response.content.splitlines()[1:-1])
    assert body in published_path(1, "tl.xml").read_bytes().replace(b"\n", b"")


def test_a_difference_is_told_by_meaning_with_its_decision(history, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        text = get("/en/lists/1/diff/2")
    assert "Changes from issue 1 to issue 2" in text
    assert "<del>qualified, valid</del> → <ins>suspended</ins>" in text
    assert Decision.objects.get(kind="suspend").number in text
    assert "End of the grant" not in text  # what is suspended has no end: the status says it
    assert "Unchanged services: 1" in text
    assert 'href="/api/v1/lists/1/diff/2"' in text
    ended = get("/lists/1/diff/5")
    assert "<del>クオリファイド・有効</del> → <ins>終了</ins>" in ended
    assert 'data-op="add"' in ended
    assert "サービスの変更はありません。" in get("/lists/4/diff/5")


def test_reversed_same_and_unknown_issues(history):
    client = Client()
    assert client.get("/en/lists/3/diff/1", headers=HTML)["Location"] == "/en/lists/1/diff/3"
    assert client.get("/lists?a=3&b=1", headers=HTML)["Location"] == "/lists/3/diff/1"
    assert "This is one and the same issue." in get("/en/lists/3/diff/3")
    addresses = (
        "/lists/99 /lists/0 /lists/99999999999999999999 /lists/1/diff/99 /lists/0/diff/1 /lists/99/signer.pem "
        "/lists?before=x /lists?a=x&b=1"
    )
    for address in addresses.split():
        assert client.get(address, headers=HTML).status_code == 404, address


def test_many_issues_come_page_by_page(history, monkeypatch):
    monkeypatch.setattr("qualified_list.views.lists.PAGE", 2)
    text = get("/en/lists")
    assert 'href="/en/lists?before=4"' in text
    older = get("/en/lists?before=4")
    assert "Issue 3" in older
    assert "Issue 5" not in older
    assert "Verify it yourself" not in older


def test_before_the_first_list_the_pages_say_so():
    assert "公開リストは、まだありません。" in get("/lists")
    assert "No list has been published yet." in get("/en/")
