"""Levels, criteria, deadlines, lifecycles and names of evidence, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformity.domain import lifecycle
from conformity.domain.canonical import canonical
from conformity.domain.criteria import Applicability, Tier, missing, parse_kinds, parse_levels
from conformity.domain.evidence import clean_filename, contradicts, media_type
from conformity.domain.findings import Grade, deadlines
from conformity.domain.periods import legal_bases, scheme_periods
from conformity.domain.roles import MATRIX
from conformity.domain.service_kinds import SERVICE_KINDS, Level, ServiceKind, TrustElement
from conformity.services.criteria import read_catalogue
from trustreg.base.errors import TransitionNotAllowed

AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_every_kind_has_names_and_an_element_and_delivery_is_not_qualified_yet() -> None:
    assert set(SERVICE_KINDS) == set(ServiceKind)
    assert {facts.element for facts in SERVICE_KINDS.values()} == set(TrustElement)
    assert Level.QUALIFIED not in SERVICE_KINDS[ServiceKind.EDELIVERY].levels


def test_the_catalogue_has_a_hundred_criteria_with_known_words() -> None:
    rows = read_catalogue()
    assert len({row["id"] for row in rows}) == 100
    for row in rows:
        Tier(row["group"].partition(":")[0])
        parse_levels(row["level"])
        parse_kinds(row["service_types"])
        assert row["title_ja"]
        assert row["text_en"]


def catalogue(kind: ServiceKind, level: Level) -> set[str]:
    return {
        row["id"]
        for row in read_catalogue()
        if Applicability(
            Tier(row["group"].partition(":")[0]), parse_levels(row["level"]), parse_kinds(row["service_types"])
        ).covers(kind, level)
    }


@pytest.mark.parametrize("kind", [kind for kind in ServiceKind if kind is not ServiceKind.EDELIVERY])
def test_qualified_is_specified_and_more(kind: ServiceKind) -> None:
    specified, qualified = catalogue(kind, Level.SPECIFIED), catalogue(kind, Level.QUALIFIED)
    assert specified < qualified
    assert not any(code.startswith("QUA-") for code in specified)
    assert "QUA-03" in qualified


def test_criteria_apply_by_kind_and_those_for_bodies_to_no_service() -> None:
    timestamp = catalogue(ServiceKind.TIMESTAMP, Level.QUALIFIED)
    assert {"COM-ORG-01", "COM-TEC-01", "TSA-01", "TSA-05", "QUA-02"} <= timestamp
    assert not {code for code in timestamp if code.startswith(("SIG-", "SEAL-", "CAB-", "WEB-"))}
    assert {"SIG-03", "SEAL-01"} <= catalogue(ServiceKind.ESEAL_CERT, Level.SPECIFIED), (
        "a criterion may serve several kinds"
    )
    assert catalogue(ServiceKind.TIMESTAMP, Level.OTHER) == set()


def test_missing_criteria_are_named() -> None:
    assert missing(["b", "a", "c"], ["b", "x"]) == ("a", "c")


def test_deadlines_follow_the_grade_and_observations_owe_nothing() -> None:
    periods = scheme_periods()
    major, minor = deadlines(Grade.MAJOR, AT, periods), deadlines(Grade.MINOR, AT, periods)
    assert major.close_due == AT + timedelta(days=periods.major_close_days)
    assert major.plan_due is not None
    assert minor.plan_due is not None
    assert major.plan_due < minor.plan_due
    assert deadlines(Grade.OBSERVATION, AT, periods) == type(major)(None, None)


def test_a_legal_basis_overrides_the_scheme_and_an_unknown_one_does_not() -> None:
    assert scheme_periods("esign_act").validity_months == 12
    assert scheme_periods("esign_act").cooling_off_months == scheme_periods().cooling_off_months
    assert scheme_periods("no such law") == scheme_periods()
    assert "esign_act" in legal_bases()


TABLES = {
    "criteria set": (lifecycle.CRITERIA_SET, lifecycle.CriteriaSetStatus),
    "accreditation": (lifecycle.ACCREDITATION, lifecycle.AccreditationStatus),
    "assessment": (lifecycle.ASSESSMENT, lifecycle.AssessmentStatus),
    "finding": (lifecycle.FINDING, lifecycle.FindingStatus),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_status_is_reached_and_every_arrow_leaves_only_its_sources(name: str) -> None:
    arrows, statuses = TABLES[name]
    assert {arrow.to for arrow in arrows} == set(statuses)
    assert [arrow.name for arrow in arrows if lifecycle.NEW in arrow.sources] == [arrows[0].name]
    for arrow in arrows:
        for status in [lifecycle.NEW, *statuses]:
            if status in arrow.sources:
                arrow.check(status)
            else:
                with pytest.raises(TransitionNotAllowed):
                    arrow.check(status)


def test_ends_of_lifecycles_are_final() -> None:
    for arrows, finals in (
        (lifecycle.CRITERIA_SET, {"retired"}),
        (lifecycle.ACCREDITATION, {"withdrawn", "refused", "expired"}),
        (lifecycle.ASSESSMENT, {"concluded", "cancelled"}),
        (lifecycle.FINDING, {"verified_closed"}),
    ):
        assert {arrow.to for arrow in arrows} - {source for arrow in arrows for source in arrow.sources} == finals


def test_every_act_is_named_once_and_has_roles() -> None:
    assert len({rule.act for rule in MATRIX}) == len(MATRIX)
    assert all(rule.roles and rule.ja and rule.en for rule in MATRIX)


@pytest.mark.parametrize("name", ["規程 第3版.pdf", "a.b.c", "CP-CPS_1.0.pdf", "か\u3099.txt"])
def test_plain_names_of_evidence(name: str) -> None:
    assert clean_filename(name)


def test_names_are_composed() -> None:
    assert clean_filename("か\u3099.txt") == "が.txt"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        ".htaccess",
        "a/b",
        "a\\b",
        "a\x00b",
        "a\nb",
        "C:x",
        "invoice\u202efdp.exe",
        "a\u200bb",
        "x" * 256,
        "漢" * 86,
        "end.",
    ],
)
def test_deceptive_names_of_evidence_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        clean_filename(name)


@given(st.text())
def test_a_name_is_clean_or_refused(name: str) -> None:
    try:
        clean = clean_filename(name)
    except ValueError:
        return
    assert "/" not in clean
    assert "\x00" not in clean
    assert 0 < len(clean.encode()) <= 255
    assert clean_filename(clean) == clean


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04....", "application/zip"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"<?xml version='1.0'?>", "application/xml"),
        (b'{"a": 1}', "application/json"),
        ("規程".encode(), "text/plain"),
        ("規程".encode()[:-1], "text/plain"),
        (b"MZ\x90\x00\x03", "application/octet-stream"),
        (b"\xff\xfe\x00", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_media_types_come_from_the_content(head: bytes, expected: str) -> None:
    assert media_type(head) == expected


@given(st.binary(max_size=200))
def test_any_content_has_a_media_type(head: bytes) -> None:
    assert "/" in media_type(head)


def test_a_name_must_not_promise_another_format() -> None:
    assert contradicts("a.PDF", "text/plain")
    assert not contradicts("a.pdf", "application/pdf")
    assert not contradicts("a.log", "text/plain")


def test_canonical_json_is_rfc_8785_for_what_it_takes() -> None:
    assert canonical({"b": [1, None, True], "a": 'é\u2028"\\\n'}) == '{"a":"é\u2028\\"\\\\\\n","b":[1,null,true]}'
    with pytest.raises(TypeError):
        canonical({"a": 1.5})
    with pytest.raises(TypeError):
        canonical({"é": 1})
