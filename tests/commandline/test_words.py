"""One sentence for a file, in both languages, which never says more than the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from signing.client.report import Report, Signature, Signer, Timestamp
from trustreg.commandline.words import lines, printable

AT = datetime(2026, 1, 31, 9, tzinfo=UTC)
REASON = {"ja": "文書が変更されています。", "en": "The document was changed."}
STAMP = Timestamp("TOTAL-PASSED", None, AT, "QTSA", True, ())
SIGNATURE = Signature(
    id="S1",
    kind="signature",
    format="PAdES",
    level="BASELINE-T",
    indication="TOTAL-PASSED",
    sub_indication=None,
    qualification="QESIG",
    signer=Signer("山田 花子", "CN=山田 花子", "ab"),
    signing_time=AT,
    proven_at=AT,
    timestamps=(STAMP,),
    reasons=(),
)
REPORT = Report(None, "TOTAL-PASSED", None, "a.pdf", "PAdES", False, (SIGNATURE,), (), (), {})


def say(report: Report, language: str = "en") -> str:
    return "\n".join(lines("a.pdf", report, language))


def changed(**values: object) -> Report:
    part = replace(SIGNATURE, **values)  # type: ignore[arg-type]
    return replace(REPORT, indication=part.indication, sub_indication=part.sub_indication, signatures=(part,))


def test_what_passed() -> None:
    assert say(REPORT) == (
        "✓ a.pdf: passed. Qualified electronic signature of 山田 花子, proved to exist at 2026-01-31T09:00:00Z."
    )
    assert say(REPORT, "ja") == (
        "✓ a.pdf: 合格。山田 花子 のクオリファイドの電子署名（2026-01-31T09:00:00Z に存在したことを証明）。"
    )
    assert "who says to have signed at" in say(changed(proven_at=None))
    assert "an unknown time" in say(changed(proven_at=None, signing_time=None))
    assert "electronic signature (qualification not known)" in say(changed(qualification="INDETERMINATE")).lower()


@pytest.mark.parametrize(
    ("indication", "head"), [("TOTAL-FAILED", "✗ a.pdf: failed"), ("INDETERMINATE", "? a.pdf: not known")]
)
def test_what_did_not_pass_is_called_nobodys_and_nothing_qualified(indication: str, head: str) -> None:
    report = changed(indication=indication, sub_indication="HASH_FAILURE", reasons=(REASON,))
    text = say(report)
    assert text == (
        f"{head} (HASH_FAILURE). Electronic signature that names 山田 花子 as its signer, of 2026-01-31T09:00:00Z. "
        "The document was changed."
    )
    assert "クオリファイド" not in say(report, "ja")
    assert REASON["ja"] in say(report, "ja")


def test_several_signatures_have_a_line_each() -> None:
    broken = replace(SIGNATURE, indication="TOTAL-FAILED", sub_indication="HASH_FAILURE", signer=None)
    report = replace(REPORT, indication="TOTAL-FAILED", sub_indication="HASH_FAILURE", signatures=(SIGNATURE, broken))
    head, first, second = say(report).splitlines()
    assert head == "✗ a.pdf: failed (HASH_FAILURE). 1 of 2 signatures or time-stamps passed."
    assert first.startswith("    ✓ passed. Qualified")
    assert second.startswith("    ✗ failed (HASH_FAILURE). Electronic signature that names nobody")


def test_time_stamps_and_documents_without_any() -> None:
    stamp = replace(REPORT, signatures=(), timestamps=(STAMP,))
    assert say(stamp) == "✓ a.pdf: passed. Qualified time-stamp of 2026-01-31T09:00:00Z."
    proves_nothing = replace(stamp, timestamps=(replace(STAMP, proof=False, qualification="TSA"),))
    assert "which proves nothing" in say(proves_nothing)
    nothing = replace(
        REPORT, indication="INDETERMINATE", sub_indication="NO_SIGNATURE_FOUND", signatures=(), reasons=(REASON,)
    )
    assert say(nothing) == "? a.pdf: not known (NO_SIGNATURE_FOUND). The document was changed."


def test_an_assumed_time_is_said_to_be_one() -> None:
    assert "(at the time asked about)" in say(replace(REPORT, hypothetical=True))
    assert "仮の結果" in say(replace(REPORT, hypothetical=True), "ja")


def test_a_name_cannot_command_a_terminal() -> None:
    hostile = "\x1b[2J\x1b]0;x\x07evil\u202etxt.exe\r\n✓ other.pdf: passed"
    assert printable(hostile).isprintable()
    text = say(changed(signer=Signer(hostile, "", "")))
    assert len(text.splitlines()) == 1
    assert "\x1b" not in text
