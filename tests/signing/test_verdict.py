"""The one sentence that a report comes to: true for each sub-indication, in both languages, and never too good."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from signing.next_steps import next_steps
from signing.verdict import part_verdict, verdict_of
from trustreg.pki.indications import Indication, SubIndication


def signature(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kind": "signature",
        "indication": "TOTAL-PASSED",
        "sub_indication": None,
        "intact": True,
        "coverage": "whole",
        "modifications": "none",
        "qualification": "QESIG",
        "trust": "list",
        "service": {"status_at_best_time": "qualified"},
        "signer": {"common_name": "見本 太郎", "organization": None, "device_oid": None, "subject": "CN=x"},
        "timestamps": [],
        "errors": [],
    }
    return {**found, **changes}


def stamp(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "document",
        "indication": "TOTAL-PASSED",
        "sub_indication": None,
        "intact": True,
        "proof": True,
        "qualification": "QTSA",
        "time": "2026-11-16T01:12:08Z",
        "modifications": "none",
        "errors": [],
    }
    return {**found, **changes}


def report(*signatures: dict[str, Any], stamps: tuple[dict[str, Any], ...] = (), **changes: Any) -> dict[str, Any]:
    order = {"TOTAL-PASSED": 0, "INDETERMINATE": 1, "TOTAL-FAILED": 2}
    parts = signatures or stamps
    worst = max(parts, key=lambda part: order[part["indication"]]) if parts else {}
    found: dict[str, Any] = {
        "indication": worst.get("indication", "INDETERMINATE"),
        "sub_indication": worst.get("sub_indication", "NO_SIGNATURE_FOUND"),
        "hypothetical": False,
        "requirement": None,
        "document": {"format": "PAdES"},
        "signatures": list(signatures),
        "timestamps": list(stamps),
        "errors": [],
        "warnings": [],
    }
    return {**found, **changes}


def both(body: dict[str, Any]) -> tuple[str, str]:
    found = verdict_of(body)
    with translation.override("ja"):
        japanese = str(found.sentence)
    with translation.override("en"):
        return japanese, str(found.sentence)


SEAL = {
    "kind": "seal",
    "qualification": "QESEAL",
    "signer": {"common_name": "x", "organization": "見本商事株式会社", "device_oid": None, "subject": ""},
}


def test_the_sentences_of_the_brief_stand_word_for_word():
    assert both(report(signature())) == (
        "この署名は有効です。見本 太郎 さんが署名し、そのあと変更されていません。",
        "The signature is valid. 見本 太郎 signed this document, and it has not changed since.",
    )
    assert both(report(signature(**SEAL))) == (
        "このeシールは有効です。見本商事株式会社が発行し、そのあと変更されていません。",
        "The seal is valid. 見本商事株式会社 issued this document, and it has not changed since.",
    )
    plain = signature(qualification="ADESIG", trust="operator", service=None)
    assert both(report(plain)) == (
        "署名は有効ですが、認定されたサービスによるものではありません。",
        "The signature is valid, but not from a certified service.",
    )
    needed = {"document_type": None, "level": "qualified", "met": False, "missing": []}
    assert both(report(signature(qualification="ADESIG_QC"), requirement=needed)) == (
        "署名は有効ですが、この文書に求めるレベル（クオリファイド）を満たしません。",
        "The signature is valid, but below the level this document needs (qualified).",
    )
    partial = signature(indication="TOTAL-FAILED", sub_indication="FORMAT_FAILURE", coverage="partial")
    assert both(report(partial)) == (
        "署名は文書の一部だけを対象にしています。",
        "The signature covers only part of the document.",
    )
    tampered = signature(indication="TOTAL-FAILED", sub_indication="HASH_FAILURE", intact=False)
    assert both(report(tampered)) == (
        "この文書は、署名のあとに書き換えられています。",
        "This document was altered after it was signed.",
    )
    assert both(report(signature(indication="TOTAL-FAILED", sub_indication="REVOKED"))) == (
        "署名者の証明書は、署名の前に失効していました。",
        "The signer certificate had been revoked before signing.",
    )
    assert both(report(signature(indication="INDETERMINATE", sub_indication="TRY_LATER"))) == (
        "文書は変わっていませんが、証明書が失効していないことを確認できません。",
        "The document is unchanged, but we cannot confirm that the certificate was not revoked.",
    )
    nothing = report(errors=[{"code": "NO_SIGNATURE_FOUND"}])
    assert both(nothing) == ("この文書には、署名もeシールもありません。", "This document has no signature or seal.")
    unreadable = report(indication="TOTAL-FAILED", sub_indication="FORMAT_FAILURE", errors=[{"code": "UNREADABLE"}])
    assert both(unreadable) == (
        "文書を読み取れませんでした。ファイルが壊れている可能性があります。",
        "We could not read this document. The file may be damaged.",
    )


@pytest.mark.parametrize("sub", [sub for sub in SubIndication if sub is not SubIndication.NO_SIGNATURE_FOUND])
@pytest.mark.parametrize("part", [signature(), signature(**SEAL), stamp()])
def test_every_sub_indication_has_a_sentence_of_its_own_that_grants_nothing(sub, part):
    found = part_verdict({**part, "indication": sub.indication.value, "sub_indication": sub.value})
    assert found.tone == ("bad" if sub.indication is Indication.TOTAL_FAILED else "warn")
    assert found.advice
    for lang, never in (("ja", "有効です"), ("en", "is valid")):
        with translation.override(lang):
            text = f"{found.sentence} {found.advice}"
            assert never not in text
            assert "{" not in text
    with translation.override("en"):
        assert "cannot be judged" not in str(found.sentence)


@pytest.mark.parametrize(
    "part",
    [
        signature(modifications="form-filling", coverage="revision"),
        signature(modifications="form-filling", coverage="revision", qualification="ADESIG_QC"),
        stamp(modifications="form-filling"),
    ],
)
def test_what_was_filled_in_later_is_never_called_unchanged(part):
    body = report(part) if "kind" in part else report(stamps=(part,))
    japanese, english = both(body)
    assert "変更されていません" not in japanese
    assert "not changed" not in english
    assert "記入" in japanese


@pytest.mark.parametrize("coverage", ["partial", "none"])
def test_what_is_not_covered_is_never_called_valid(coverage):
    part = signature(coverage=coverage)
    for body in (report(part), report(signature(), part)):
        found = verdict_of(body)
        assert found.tone == "warn"
        with translation.override("en"):
            assert "valid" not in str(found.sentence)
    unsure = signature(indication="INDETERMINATE", sub_indication="SIG_CONSTRAINTS_FAILURE", coverage="partial")
    assert both(report(unsure))[1] == "The signature covers only part of the document."


def test_try_later_says_unchanged_only_of_what_is():
    changed = signature(indication="INDETERMINATE", sub_indication="TRY_LATER", modifications="other")
    assert "unchanged" not in both(report(changed))[1]
    unknown = signature(indication="INDETERMINATE", sub_indication="TRY_LATER", intact=None)
    assert "unchanged" not in both(report(unknown))[1]


@pytest.mark.parametrize(
    ("code", "part_of_it"),
    [("SERVICE_SUSPENDED", "一時停止"), ("SERVICE_WITHDRAWN", "取り消"), ("LIST_STALE", "発行期限")],
)
def test_a_service_without_trust_is_named_with_its_reason(code, part_of_it):
    part = signature(
        indication="INDETERMINATE", sub_indication="NO_CERTIFICATE_CHAIN_FOUND", errors=[{"code": code}], trust=None
    )
    assert part_of_it in both(report(part))[0]


def test_the_worst_of_several_decides_and_is_counted():
    bad = signature(indication="TOTAL-FAILED", sub_indication="HASH_FAILURE", intact=False)
    found = verdict_of(report(signature(), bad))
    assert found.tone == "bad"
    with translation.override("en"):
        assert "There are 2 signatures and seals; 1 passed" in str(found.advice)
    good = verdict_of(report(signature(coverage="revision", modifications="signing"), signature(**SEAL)))
    assert good.tone == "ok"
    with translation.override("en"):
        assert "All 2 signatures and seals are valid, and the document has not changed" in str(good.sentence)
        assert "qualified" in str(good.advice)
    mixed = verdict_of(report(signature(), signature(qualification="ADESIG", trust="operator", service=None)))
    assert mixed.tone == "warn"


def test_what_nobody_knows_is_not_green():
    unknown = verdict_of(report(signature(qualification="INDETERMINATE")))
    assert unknown.tone == "warn"
    needed = {"document_type": "DOC-004", "level": "specified", "met": None, "missing": ["esign"]}
    assert verdict_of(report(signature(), requirement=needed)).tone == "warn"
    assert verdict_of(report(signature(), hypothetical=True)).tone == "warn"
    assert verdict_of(report(stamps=(stamp(proof=False, qualification="TSA"),))).tone == "warn"


def test_a_missing_element_is_named_instead_of_a_level():
    needed = {"document_type": "DOC-001", "level": "specified", "met": False, "missing": ["eseal", "timestamp"]}
    japanese, english = both(report(signature(), requirement=needed))
    assert "eシールとタイムスタンプ" in japanese
    assert "also needs an e-seal and a time-stamp" in english


def test_a_time_stamp_says_when_and_not_who():
    japanese, english = both(report(stamps=(stamp(),)))
    assert "2026-11-16 10:12:08 JST" in japanese
    assert "2026-11-16 10:12:08 JST" in english
    assert "署名" not in japanese


@pytest.mark.parametrize("code", ["FORMAT_NOT_SUPPORTED", "RESOURCE_LIMIT", "INTERNAL_ERROR"])
def test_what_is_our_limit_is_not_the_documents_fault(code):
    found = verdict_of(report(indication="TOTAL-FAILED", sub_indication="FORMAT_FAILURE", errors=[{"code": code}]))
    assert (found.tone, found.key) == ("warn", code)


def test_names_are_taken_as_they_are():
    hostile = signature(signer={"common_name": "{0.__class__} <b>", "organization": None, "subject": ""})
    assert "{0.__class__} <b>" in both(report(hostile))[0]


def said(body: dict[str, Any]) -> str:
    """Sentence, advice and steps in English."""
    found = verdict_of(body)
    with translation.override("en"):
        return " ".join(str(text) for text in (found.sentence, found.advice, *sum(next_steps(body), ())))


def failing(sub: str, *codes: str, **changes: Any) -> dict[str, Any]:
    errors = [{"code": code} for code in codes]
    return signature(indication="INDETERMINATE", sub_indication=sub, errors=errors, **changes)


def test_a_seal_and_a_time_stamp_are_told_of_their_own_certificate():
    revoked = {"indication": "TOTAL-FAILED", "sub_indication": "REVOKED"}
    assert "The certificate of the seal had been revoked before sealing" in said(report(signature(**SEAL, **revoked)))
    assert "The certificate of the time-stamp had been revoked" in said(report(stamps=(stamp(**revoked),)))
    altered = stamp(indication="TOTAL-FAILED", sub_indication="HASH_FAILURE", intact=False)
    assert "Ask the sender" in said(report(stamps=(altered,)))


def test_a_counter_signature_confirms_and_issues_nothing():
    confirming = signature(**{**SEAL, "countersigns": "S1"})
    with translation.override("en"):
        text = str(part_verdict(confirming).sentence)
    assert "見本商事株式会社 confirmed another signature" in text
    assert "issued" not in text


def test_an_evidence_record_is_called_one():
    record = stamp(type="evidence-record", evidence_record={"id": "E1", "renewal": None})
    assert both(report(stamps=(record,)))[0].startswith("このエビデンスレコードは有効です。文書は 2026-11-16")
    assert "The evidence record is valid" in said(report(stamps=(record,)))


def test_what_only_the_policy_refuses_is_said_to_be_too_little():
    body = report(failing("SIG_CONSTRAINTS_FAILURE", "QUALIFICATION", qualification="ADESIG"))
    assert verdict_of(body).tone == "warn"
    assert "not qualified, as the chosen policy demands" in said(body)
    other = report(failing("SIG_CONSTRAINTS_FAILURE", "QUALIFICATION", "KEY_USAGE"))
    assert "chosen policy" not in said(other)


def test_what_opens_with_a_password_may_be_signed():
    body = report(
        indication="INDETERMINATE",
        sub_indication="NO_SIGNATURE_FOUND",
        errors=[{"code": "NO_SIGNATURE_FOUND"}],
        warnings=[{"code": "ENCRYPTED"}],
    )
    assert verdict_of(body).tone == "warn"
    assert "cannot tell whether it is signed" in said(body)
    assert "has no signature" not in said(body)


def test_the_next_steps_fit_what_is_missing():
    assert "Add a file with revocation information" in said(report(failing("TRY_LATER")))
    unlisted = said(report(failing("NO_CERTIFICATE_CHAIN_FOUND", "NO_CERTIFICATE_CHAIN_FOUND", trust=None)))
    assert "which services there are" in unlisted
    assert "copy with a time-stamp" not in unlisted
    withdrawn = failing("NO_CERTIFICATE_CHAIN_FOUND", "SERVICE_WITHDRAWN", trust=None)
    assert "copy with a time-stamp" in said(report({**withdrawn, "timestamps": []}))
    assert "copy with a time-stamp" not in said(report({**withdrawn, "timestamps": [stamp(proof=True)]}))
    assert next_steps(report(signature())) == []
    assert next_steps(report({**withdrawn, "timestamps": []}, hypothetical=True)) == ()


@pytest.mark.parametrize(
    "body",
    [
        report(failing("TRY_LATER")),
        report(failing("NO_CERTIFICATE_CHAIN_FOUND", "NO_CERTIFICATE_CHAIN_FOUND", trust=None)),
        report(failing("OUT_OF_BOUNDS_NO_POE")),
        report(failing("REVOKED_NO_POE")),
        report(failing("CRYPTO_CONSTRAINTS_FAILURE_NO_POE")),
        report(signature(indication="TOTAL-FAILED", sub_indication="HASH_FAILURE", intact=False)),
        report(signature(indication="TOTAL-FAILED", sub_indication="REVOKED")),
    ],
)
def test_the_commonest_failures_say_what_can_be_done(body):
    """No chain, expired or revoked without proof, too weak, not known, altered, revoked."""
    text = said(body)
    assert any(word in text for word in ("Ask ", "Check again", "Do not rely", "check that one"))
