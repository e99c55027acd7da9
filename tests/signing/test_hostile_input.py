"""Property: whatever the bytes, there is a report; and nothing that was changed is ever called intact."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing.domain.pdf.document import Document
from signing.domain.pdf.signatures import find_signatures
from signing.domain.report import ValidationReport
from tests.signing.signing_world import blank_pdf, network, sign, stamp, trust, validate
from trustreg.pki.indications import Indication

SIGNED = sign(blank_pdf(), stamped_at=datetime(2026, 3, 1, tzinfo=UTC))
TWICE = stamp(sign(SIGNED, field_name="Sig2"), datetime(2026, 4, 1, tzinfo=UTC))
SPAN = find_signatures(Document(SIGNED))[0].span
TRUST = trust()
NETWORK = network()

QUIET = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def report_of(data: bytes) -> ValidationReport:
    report = validate(data, trust=TRUST, fetcher=NETWORK)
    report.to_json()
    return report


@QUIET
@given(st.binary(min_size=1, max_size=400), st.sampled_from([b"", b"%PDF-1.7\n", b"\x30\x82", b"PK\x03\x04", b"<"]))
def test_any_octets_get_a_report(data: bytes, prefix: bytes) -> None:
    assert report_of(prefix + data).indication is not Indication.TOTAL_PASSED


@QUIET
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_no_changed_octet_is_called_intact(position: int, change: int) -> None:
    data = SIGNED[:position] + bytes((SIGNED[position] ^ change,)) + SIGNED[position + 1 :]
    report = report_of(data)
    if position < SPAN.first or position >= SPAN.gap_end:
        assert not any(signature.intact for signature in report.signatures)
        assert report.indication is not Indication.TOTAL_PASSED


@QUIET
@given(
    st.integers(0, len(TWICE) - 1),
    st.integers(0, 60),
    st.binary(max_size=60) | st.sampled_from([b"endobj", b"%%EOF", b"<<", b"/ByteRange [0 1 2 3]", b"stream"]),
)
def test_cutting_and_inserting_never_passes(position: int, cut: int, put: bytes) -> None:
    data = TWICE[:position] + put + TWICE[position + cut :]
    report = report_of(data) if data else None
    if report is not None and data != TWICE and position < SPAN.first:
        assert not any(signature.intact for signature in report.signatures)


@QUIET
@given(st.integers(0, len(TWICE)))
def test_a_truncated_file_never_passes_as_more_than_it_is(length: int) -> None:
    if length == 0:
        return
    report = report_of(TWICE[:length])
    for signature in report.signatures:
        if signature.intact:
            assert signature.coverage in ("whole", "revision", "partial")
            if signature.coverage == "partial":
                assert signature.indication is not Indication.TOTAL_PASSED
