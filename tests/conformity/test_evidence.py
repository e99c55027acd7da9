"""Evidence: named by its digest, stored whole or not at all, versioned, in a recorded chain of custody."""

from __future__ import annotations

import errno
import hashlib
import io
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from conformity import evidence_store, selectors, services
from conformity.models import CustodyEntry, Evidence
from tests.factories import conformity as factory
from tests.factories import parties
from tests.factories.conformity import Scheme
from trustreg.base import clock, problems
from trustreg.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooLarge, Unavailable
from trustreg.parties.domain.roles import OrganisationKind, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Scheme:
    return factory.scheme()


def refused(sql: str, *values: object) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_content_lies_under_its_digest(case: Scheme, evidence_folder: Path) -> None:
    content = "運用規程".encode()
    row = factory.evidence(case, content)
    digest = hashlib.sha256(content).hexdigest()
    assert (row.sha256, row.size, row.media_type, row.version) == (digest, len(content), "text/plain", 1)
    assert row.classification == "confidential"
    assert files(evidence_folder) == [f"{digest[:2]}/{digest[2:4]}/{digest}"]
    found, file = services.evidence_open(evidence_id=row.pk, purpose="review", actor=case.officer, at=clock.now())
    with file:
        assert file.read() == content
    assert [entry.action for entry in found.custody.all()] == ["stored", "read"]


def test_the_same_content_again_is_the_same_row(case: Scheme, evidence_folder: Path) -> None:
    first, second = factory.evidence(case, b"same"), factory.evidence(case, b"same", "other-name.txt")
    assert first == second
    assert len(files(evidence_folder)) == 1


def test_two_organisations_share_a_content_and_not_a_row(case: Scheme, evidence_folder: Path) -> None:
    row = factory.evidence(case, b"same")
    other = parties.organisation(case.admin, OrganisationKind.PROVIDER)
    officer = parties.actor(case.admin, other, Role.PROVIDER_OFFICER)
    theirs = services.evidence_store_file(
        organisation_id=other.pk, content=io.BytesIO(b"same"), filename="x.txt", actor=officer, at=clock.now()
    )
    assert theirs != row
    assert len(files(evidence_folder)) == 1
    with pytest.raises(NotFound):
        services.evidence_open(evidence_id=row.pk, actor=officer, at=clock.now())


def test_a_new_version_is_a_new_row_after_the_last(case: Scheme) -> None:
    first = factory.evidence(case, b"one")

    def next_version(content: bytes, previous: Evidence) -> Evidence:
        return services.evidence_store_file(
            organisation_id=case.provider.pk,
            content=io.BytesIO(content),
            filename="policy.txt",
            previous_id=previous.pk,
            actor=case.officer,
            at=clock.now(),
        )

    second = next_version(b"two", first)
    assert (second.version, second.previous) == (2, first)
    with pytest.raises(Conflict):
        next_version(b"three", first)
    with pytest.raises(Conflict):
        next_version(b"two", second)
    assert next_version(b"three", second).version == 3


class Broken(io.BytesIO):
    """An upload that breaks off."""

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        if not chunk:
            raise ConnectionError("the client went away")
        return chunk


def test_an_upload_that_breaks_off_leaves_nothing(case: Scheme, evidence_folder: Path) -> None:
    with pytest.raises(ConnectionError):
        services.evidence_store_file(
            organisation_id=case.provider.pk,
            content=Broken(b"x" * 3_000_000),
            filename="a.txt",
            actor=case.officer,
            at=clock.now(),
        )
    assert files(evidence_folder) == []
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("content", "filename", "error"),
    [
        (b"", "a.txt", InvalidInput),
        (b"plain", "a.pdf", InvalidInput),
        (b"plain", "../a.txt", InvalidInput),
        (b"plain", "a\u202etxt.exe", InvalidInput),
    ],
)
def test_what_cannot_be_accepted_leaves_nothing(
    case: Scheme, evidence_folder: Path, content: bytes, filename: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        factory.evidence(case, content, filename)
    assert not evidence_folder.exists() or files(evidence_folder) == []
    assert not Evidence.objects.exists()


def test_more_than_the_limit_is_refused_while_it_arrives(evidence_folder: Path) -> None:
    with pytest.raises(TooLarge) as refusal, evidence_store.receive(io.BytesIO(b"x" * 100), limit=99):
        raise AssertionError("it was accepted")
    assert refusal.value.extra == {"limit": 99}
    assert files(evidence_folder) == []
    with evidence_store.receive(io.BytesIO(b"x" * 99), limit=99) as received:
        assert received.size == 99


def test_only_people_of_the_organisation_hand_in(case: Scheme) -> None:
    for someone in (case.lead, case.approver, case.admin):
        with pytest.raises(NotPermitted):
            services.evidence_store_file(
                organisation_id=case.provider.pk,
                content=io.BytesIO(b"x"),
                filename="a.txt",
                actor=someone,
                at=clock.now(),
            )


def test_readers_are_the_owner_its_assessors_and_the_accreditation_body(case: Scheme) -> None:
    row = factory.evidence(case)
    assert services.may_read(row, case.officer, clock.now())
    assert services.may_read(row, case.approver, clock.now())
    assert not services.may_read(row, case.lead, clock.now()), "not before it assesses this provider"
    factory.assessment(case, team=False)
    assert services.may_read(row, case.lead, clock.now())
    assert not services.may_read(row, case.admin, clock.now())
    with pytest.raises(NotFound):
        services.evidence_open(evidence_id=row.pk, actor=case.admin, at=clock.now())
    assert not CustodyEntry.objects.filter(evidence=row, action="read").exists()


def test_a_receipt_is_kept_once(case: Scheme) -> None:
    row = factory.evidence(case)
    assert list(selectors.evidence_without_receipt()) == [row]
    services.evidence_receipt_store(evidence_id=row.pk, token=b"token", token_time=clock.now(), at=clock.now())
    with pytest.raises(Conflict):
        services.evidence_receipt_store(evidence_id=row.pk, token=b"other", token_time=clock.now(), at=clock.now())
    refused("UPDATE conformity_evidence SET receipt = 'x' WHERE id = %s", row.pk)
    assert not selectors.evidence_without_receipt().exists()


def test_evidence_and_its_custody_never_change(case: Scheme) -> None:
    row = factory.evidence(case)
    for change in ("sha256 = repeat('0', 64)", "classification = 'public'", "filename = 'x'", "size = 1"):
        refused(f"UPDATE conformity_evidence SET {change} WHERE id = %s", row.pk)
    refused("UPDATE conformity_evidence SET receipt = 'x' WHERE id = %s", row.pk)  # a receipt has a time
    refused("DELETE FROM conformity_evidence WHERE id = %s", row.pk)
    refused("UPDATE conformity_custodyentry SET action = 'read'")
    refused("DELETE FROM conformity_custodyentry")
    insert = (
        "INSERT INTO conformity_evidence (id, organisation_id, sha256, size, media_type, filename,"
        " classification, previous_id, version,"
        " uploaded_by_id, uploaded_at) VALUES (gen_random_uuid(), %s, repeat('a', 64), 1, 'text/plain', 'a',"
        " 'confidential', %s, %s, %s, {})"
    )
    person = case.officer.person_id
    refused(insert.format("now() - interval '1 hour'"), case.provider.pk, None, 1, person)
    refused(insert.format("clock_timestamp()"), case.provider.pk, row.pk, 3, person)
    refused(insert.format("clock_timestamp()"), case.cab.pk, row.pk, 2, person)
    refused(insert.format("clock_timestamp()"), case.provider.pk, None, 2, person)


def test_a_body_that_has_concluded_reads_nothing_that_was_handed_in_later(case: Scheme) -> None:
    report = factory.concluded(case)
    before = Evidence.objects.filter(organisation=case.provider).latest("uploaded_at")
    assert services.may_read(before, case.lead, clock.now())
    later = factory.evidence(case, b"for another body")
    assert not services.may_read(later, case.lead, clock.now())
    again = factory.assessment(case)
    assert again.pk != report.assessment_id
    assert services.may_read(later, case.lead, clock.now())
    services.assessment_cancel(assessment_id=again.pk, actor=case.lead, at=clock.now())
    assert not services.may_read(later, case.lead, clock.now())


def test_a_full_disk_stores_nothing_and_is_said_to_be_ours(
    case: Scheme, evidence_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(evidence_store.os, "fsync", full)
    with pytest.raises(OSError, match="No space") as caught:
        factory.evidence(case, b"too much")
    assert isinstance(problems.as_error(caught.value), Unavailable)
    assert files(evidence_folder) == []
    assert not Evidence.objects.exists()
