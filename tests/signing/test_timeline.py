"""What happened when: in order, with what each time-stamp proves and where each revocation answer came from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation

from signing.surroundings import ServiceState
from signing.views.lanes import lanes
from signing.views.timeline import events, revocation_rows
from tests.signing.report_shapes import report

CHECKED = "2026-11-23T12:46:34Z"
SIGNER, ISSUER = "42" * 32, "43" * 32


def at(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)


def used(**changes: Any) -> dict[str, Any]:
    found = {
        "certificate_sha256": SIGNER,
        "state": "good",
        "source": "ocsp",
        "origin": "embedded",
        "sha256": "aa" * 32,
        "this_update": "2026-11-20T00:00:00Z",
        "next_update": None,
        "revoked_at": None,
        "reason": None,
    }
    return {**found, **changes}


def stamp(**changes: Any) -> dict[str, Any]:
    found = {
        "type": "signature",
        "time": "2026-11-16T01:00:00Z",
        "proof": True,
        "service": {"name": {"ja": "時刻", "en": "Time"}},
        "signer": None,
        "evidence_record": None,
        "revocation": [],
        "path": [],
    }
    return {**found, **changes}


def part(**changes: Any) -> dict[str, Any]:
    found = {
        "kind": "signature",
        "signing_time": "2026-11-16T00:00:00Z",
        "signer": {
            "common_name": "山田 花子",
            "not_before": "2026-11-10T00:00:00Z",
            "not_after": "2028-11-10T00:00:00Z",
        },
        "service": {"name": {"ja": "証明", "en": "Certificates"}},
        "timestamps": [stamp()],
        "path": [
            {"subject": "CN=Sato\\, Hanako,O=Sample,C=JP", "certificate_sha256": SIGNER},
            {"subject": "O=Sample CA,C=JP", "certificate_sha256": ISSUER},
        ],
        "revocation": [used(), used(certificate_sha256=ISSUER, source="crl", origin="fetched", sha256="bb" * 32)],
    }
    return {**found, **changes}


STATES = (
    ServiceState(at(1), at(18), "qualified"),
    ServiceState(at(18), at(19), "suspended"),
    ServiceState(at(19), None, "qualified"),
)


def told(of: dict[str, Any], states: Any = (), lang: str = "en") -> list[tuple[str, str]]:
    with translation.override(lang):
        return [(event.what, event.note) for event in events(of, states, CHECKED)]


def test_everything_stands_in_the_order_of_time_newest_first():
    assert told(part(), STATES) == [
        ("Not revoked, according to the issuer", "Sato, Hanako, OCSP response (in the document)"),
        ("An issuer's certificate not revoked", "Sample CA, CRL (asked of the issuer)"),
        ("Issuing service: Qualified", "Certificates"),
        ("Issuing service: Suspended", "Certificates"),
        ("Time-stamp on the signature", "Time: proves that the signature existed then"),
        ("Signed (claimed by signer)", "山田 花子"),
        ("Validity of the signer certificate began", "Certificates"),
    ]


def test_nothing_is_told_of_the_service_after_the_check_or_before_the_certificate():
    states = (ServiceState(at(1), at(25), "qualified"), ServiceState(at(25), None, "withdrawn"))
    assert not [what for what, _ in told(part(), states) if what.startswith("Issuing service")]


def test_a_time_that_proves_nothing_says_so():
    assert told(part(timestamps=[stamp(proof=False)]))[2][1] == "Time: not used as proof of time"


def test_a_time_stamp_on_a_seal_is_called_one():
    found = told(part(kind="seal"))
    assert ("Time-stamp on the seal", "Time: proves that the seal existed then") in found
    assert ("Sealed (claimed by the issuer)", "山田 花子") in found


def test_a_revocation_stands_at_its_own_time_with_its_reason():
    revoked = used(state="revoked", revoked_at="2026-11-21T00:00:00Z", reason="keyCompromise", origin="supplied")
    assert told(part(revocation=[revoked]), lang="ja")[0] == (
        "証明書が失効",
        "Sato, Hanako、鍵の危殆化、OCSP応答（文書と一緒に受け取ったもの）",
    )


def test_fractions_of_seconds_are_ordered_as_times():
    first, second = stamp(time="2026-11-16T01:00:00.500Z"), stamp(time="2026-11-16T01:00:00Z", type="content")
    assert [what for what, _ in told(part(timestamps=[first, second]))[2:4]] == [
        "Time-stamp on the signature",
        "Time-stamp on the content",
    ]


def test_each_piece_of_revocation_data_is_listed_once_about_each_certificate():
    with translation.override("en"):
        rows = revocation_rows(
            [part(), part(revocation=[used()]), stamp(revocation=[used(state="unknown", sha256="c")])]
        )
    assert [(row["about"], row["state"], row["where"]) for row in rows] == [
        ("Sato, Hanako", "Not revoked", "OCSP response (in the document)"),
        ("Sample CA", "Not revoked", "CRL (asked of the issuer)"),
        ("", "Cannot be confirmed", "OCSP response (in the document)"),
    ]


def test_the_status_of_the_service_is_drawn_over_the_time_that_is_shown():
    with translation.override("ja"):
        drawn = lanes(part(), "2026-11-20T00:00:00Z", STATES)
    assert drawn is not None
    assert drawn["statuses"] == "クオリファイド、一時停止、クオリファイド"
    assert 'x="2.0%"' in drawn["service"]
    assert 'class="tr-svg-hatch" x="78.8%" y="1" width="9.6%"' in drawn["service"]
    assert lanes(part(), "2026-11-20T00:00:00Z")["service"] == ""


def test_neighbours_that_read_the_same_are_one_band():
    states = (ServiceState(at(1), at(12), "qualified"), ServiceState(at(12), None, "qualified"))
    assert lanes(part(), "2026-11-20T00:00:00Z", states)["service"].count("<rect") == 1


@pytest.mark.parametrize("name", ["cades-evidence-record", "evidence-record", "pades-revoked", "token"])
def test_reports_of_the_engine_are_told_without_raw_values(name):
    body = report(name)
    for one in (*body["signatures"], *body["timestamps"]):
        for what, note in told(one, lang="ja"):
            assert what
            assert not any(raw in note for raw in ("embedded", "fetched", "ocsp", "keyCompromise", "CN="))
