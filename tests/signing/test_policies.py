"""Validation policies: what they may weigh, what they demand, and what none of them can give up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import signing.domain
import timestamp.domain
import trustreg.pki
from certification.domain.document_levels import RequiredLevel
from signing.domain.enrich import Enrichment, SignatureFacts
from signing.domain.formats import DetachedDocument
from signing.domain.pades.messages import FAULTS
from signing.domain.policies import (
    DEFAULT,
    LEVELS,
    Level,
    PolicyError,
    level_asked,
    load_policy,
    policy_names,
    read_policy,
)
from signing.domain.policies.vocabulary import CHECKS, DECISIVE, INTEGRITY, TRUST, WEIGHED
from tests.pki.factories import T0, make_leaf, make_token
from tests.signing.signing_world import CRL_URL, blank_pdf, sign, trust, validate, world
from trustreg.base.errors import InvalidInput
from trustreg.pki.indications import Indication

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = {"en": "Words.", "ja": "言葉。"}
SIGNED = sign(blank_pdf())


def draft(**members: Any) -> dict[str, Any]:
    return {"name": "draft", "extends": DEFAULT, "title": WORDS, "description": WORDS, **members}


class TestFiles:
    def test_every_shipped_policy_loads_and_speaks_both_languages(self) -> None:
        assert policy_names()[0] == DEFAULT
        assert {"default-2026", "qualified-only", *(f"level-{level}" for level in LEVELS)} == set(policy_names())
        for name in policy_names():
            policy = load_policy(name)
            assert policy.name == name
            assert set(policy.title) == set(policy.description) == {"en", "ja"}

    def test_the_default_demands_neither_qualification_nor_level(self) -> None:
        assert (load_policy().qualification, load_policy().document_level) == (frozenset(), None)

    def test_levels_are_those_of_documents(self) -> None:
        assert set(LEVELS) == {level.value for level in RequiredLevel} - {"not_applicable"}
        assert {load_policy(f"level-{level}").document_level for level in LEVELS} == set(LEVELS)

    @pytest.mark.parametrize("check", sorted(DECISIVE))
    def test_integrity_and_trust_cannot_be_made_milder(self, check: str) -> None:
        for level in ("WARN", "INFORM", "IGNORE"):
            with pytest.raises(PolicyError, match=f"{check}.*only FAIL"):
                read_policy(draft(constraints={check: level}))
        assert read_policy(draft(constraints={check: "FAIL"})).level(check) is Level.FAIL

    @pytest.mark.parametrize(
        ("members", "reason"),
        [
            ({"constraints": {"no_such_check": "WARN"}}, "no check 'no_such_check'"),
            ({"constraints": {"signing_time": "LOUD"}}, "'LOUD' is not one of FAIL"),
            ({"constraints": []}, "form of a policy"),
            ({"limits": {"patience": 1}}, "its limits"),
            ({"limits": {"clock_skew_seconds": 10**9}}, "clock_skew_seconds must be"),
            ({"limits": {"clock_skew_seconds": -1}}, "clock_skew_seconds must be"),
            ({"limits": {"change_reads": True}}, "change_reads must be"),
            ({"qualification": ["BEST"]}, "'BEST' is not one of QESIG"),
            ({"level": "highest"}, "'highest' is not one of qualified"),
            ({"extends": "nothing"}, "no policy 'nothing'"),
            ({"extends": "qualified-only"}, "itself extends"),
            ({"surprise": 1}, "unknown members: surprise"),
            ({"title": {"en": "Only English"}}, "Japanese"),
        ],
    )
    def test_a_file_that_is_not_right_is_refused_and_says_why(self, members: dict[str, Any], reason: str) -> None:
        with pytest.raises(PolicyError, match=reason):
            read_policy(draft(**members))

    def test_a_policy_made_in_code_is_bound_as_well(self) -> None:
        loose = replace(load_policy(), constraints=dict.fromkeys(CHECKS, Level.IGNORE))
        broken = SIGNED.replace(b"/MediaBox", b"/MediaBax", 1)
        assert validate(broken, policy=loose).indication is Indication.TOTAL_FAILED
        assert validate(SIGNED, policy=loose, fetcher=None).sub_indication == "TRY_LATER"
        assert (
            validate(SIGNED, policy=loose, trust=trust(ca=[(T0, "withdrawn")])).indication is Indication.INDETERMINATE
        )

    def test_an_unknown_one_is_an_invalid_request(self) -> None:
        with pytest.raises(InvalidInput) as raised:
            load_policy("../default-2026")
        assert set(raised.value.fields) == {"policy"}


class TestVocabulary:
    """Every check that any reader or procedure can name is in the vocabulary, and nothing else is."""

    MAKERS = {"Finding": {0}, "Check": {0}, "passed": {0}, "skipped": {0}}
    """Callables whose arguments name a check; others are found by a parameter called `check`."""

    def _trees(self) -> Iterator[ast.Module]:
        for package in (signing.domain, timestamp.domain, trustreg.pki):
            for file in sorted(Path(package.__path__[0]).rglob("*.py")):
                yield ast.parse(file.read_text("utf-8"))

    def _emitted(self) -> set[str]:
        trees = list(self._trees())
        makers = {name: set(places) for name, places in self.MAKERS.items()}
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    names = [argument.arg for argument in node.args.args if argument.arg != "self"]
                    if "check" in names:
                        makers.setdefault(node.name, set()).add(names.index("check"))
        found = {fault[0] for fault in FAULTS.values()}
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and len(node.args) >= 3:
                    called = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
                    for place in makers.get(called or "", ()):
                        value = getattr(node.args[place], "value", None) if place < len(node.args) else None
                        if isinstance(value, str) and re.fullmatch("[a-z0-9_]+", value):
                            found.add(value)
        return found

    def test_every_check_that_is_named_anywhere_is_known(self) -> None:
        emitted = self._emitted()
        assert len(emitted) > 90
        assert emitted - CHECKS == set()
        assert CHECKS - emitted == set()

    def test_groups_are_apart(self) -> None:
        assert not INTEGRITY & TRUST
        assert not DECISIVE & WEIGHED

    def test_checks_of_real_reports_are_known(self) -> None:
        reports = [validate(SIGNED), validate(SIGNED, fetcher=None), validate(SIGNED.replace(b"/Media", b"/Medla", 1))]
        names = {check.name for report in reports for part in report.signatures for check in part.checks}
        assert names
        assert names <= CHECKS


class TestWeights:
    @staticmethod
    def _claims_the_future() -> bytes:
        from tests.signing import cades_parts as parts

        return parts.cades(signing_time=datetime(2026, 12, 1, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("level", "indication", "result"),
        [
            ("FAIL", "INDETERMINATE", "fail"),
            ("WARN", "TOTAL-PASSED", "warn"),
            ("INFORM", "TOTAL-PASSED", "info"),
            ("IGNORE", "TOTAL-PASSED", None),
        ],
    )
    def test_what_each_level_does(self, level: str, indication: str, result: str | None) -> None:
        policy = read_policy(draft(constraints={"signing_time": level}))
        signature = validate(self._claims_the_future(), policy=policy, filename="a.p7m").signatures[0]
        assert signature.indication.value == indication
        assert next((one.result for one in signature.checks if one.name == "signing_time"), None) == result
        assert ("SIGNING_TIME" in {one.code for one in signature.warnings}) is (level == "WARN")
        assert ("SIGNING_TIME" in {one.code for one in signature.errors}) is (level == "FAIL")

    @pytest.mark.parametrize(("level", "sub_indication"), [("FAIL", "SIGNATURE_POLICY_NOT_AVAILABLE"), ("WARN", None)])
    def test_a_signature_policy_that_the_signer_names(self, level: str, sub_indication: str | None) -> None:
        """EN 319 102-1, 5.2.4: this validator applies its own; whether that suffices is for the policy to say."""
        from tests.pki.factories import attribute
        from tests.signing import cades_parts as parts
        from trustreg.pki import asn1

        named = asn1.encode(asn1.SEQUENCE, asn1.encode_oid("1.2.392.1.1"))
        data = parts.cades(extra_signed=[attribute("1.2.840.113549.1.9.16.2.15", named)])
        policy = read_policy(draft(constraints={"signature_policy": level}))
        signature = validate(data, policy=policy, filename="a.p7m").signatures[0]
        assert signature.sub_indication == sub_indication
        assert any("1.2.392.1.1" in (one.detail.en if one.detail else "") for one in signature.checks)


def as_qualified(word: str) -> Any:
    def enrich(facts: SignatureFacts) -> Enrichment | None:
        return Enrichment(qualification=word) if facts.kind != "timestamp" else None

    return enrich


class TestQualifiedOnly:
    @pytest.mark.parametrize("word", ["ADESIG_QC", "ADESIG", "NOT_ADES", "INDETERMINATE", "QESIG"])
    def test_nothing_but_a_qualified_signature_passes(self, word: str) -> None:
        report = validate(SIGNED, policy="qualified-only", enrichers=[as_qualified(word)])
        signature = report.signatures[0]
        if word == "QESIG":
            assert (report.indication, signature.indication) == (Indication.TOTAL_PASSED, Indication.TOTAL_PASSED)
            return
        for part in (report, signature):
            assert (part.indication.value, part.sub_indication) == ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")
        assert [one.code for one in signature.errors] == ["QUALIFICATION"]
        assert signature.qualification == word

    def test_a_validator_that_knows_no_qualification_passes_nothing(self) -> None:
        assert validate(SIGNED, policy="qualified-only").indication is Indication.INDETERMINATE

    def test_a_seal(self) -> None:
        sealer = make_leaf(world().ca, "Policy Sealer", kind="rsa2048", qc=["eseal"], crl_urls=[CRL_URL])
        data = sign(blank_pdf(), signer=sealer)
        assert (
            validate(data, policy="qualified-only", enrichers=[as_qualified("QESEAL")]).indication.value
            == "TOTAL-PASSED"
        )
        assert (
            validate(data, policy="qualified-only", enrichers=[as_qualified("ADESEAL_QC")]).indication.value
            == "INDETERMINATE"
        )

    @pytest.mark.parametrize(("status", "passes"), [("qualified", True), ("specified", False)])
    def test_a_time_stamp_that_stands_alone(self, status: str, passes: bool) -> None:
        token = make_token(world().tsa, b"data", gen_time=MARCH)
        beside = [DetachedDocument("d", b"data")]
        report = validate(token, policy="qualified-only", detached=beside, trust=trust(tsa=[(T0, status)]))
        assert (report.indication is Indication.TOTAL_PASSED) is passes
        assert validate(token, detached=beside, trust=trust(tsa=[(T0, status)])).indication is Indication.TOTAL_PASSED

    def test_what_failed_stays_failed(self) -> None:
        broken = SIGNED.replace(b"/MediaBox", b"/MediaBax", 1)
        report = validate(broken, policy="qualified-only", enrichers=[as_qualified("NOT_ADES")])
        assert (report.indication.value, report.sub_indication) == ("TOTAL-FAILED", "HASH_FAILURE")

    def test_an_assumed_time_gives_no_qualification_and_so_no_pass(self) -> None:
        report = validate(SIGNED, policy="qualified-only", at=MARCH, enrichers=[as_qualified("QESIG")])
        assert report.indication is Indication.INDETERMINATE
        assert report.signatures[0].assuming == "QESIG"


class TestLevels:
    """A level policy asks what `level` asks: it passes only what `requirement` says is met."""

    @staticmethod
    def _met(level: str, met: bool | None) -> Any:
        return lambda report: {"document_type": None, "level": level, "met": met, "missing": []}

    @pytest.mark.parametrize(("met", "passes"), [(True, True), (False, False), (None, False)])
    def test_it_agrees_with_the_requirement(self, met: bool | None, passes: bool) -> None:
        report = validate(SIGNED, policy="level-specified", requirement=self._met("specified", met))
        assert (report.indication is Indication.TOTAL_PASSED) is passes
        assert report.requirement is not None
        assert report.requirement["met"] is met
        if not passes:
            assert (report.sub_indication, [one.code for one in report.errors]) == (
                "SIG_CONSTRAINTS_FAILURE",
                ["LEVEL_NOT_REACHED"],
            )
        assert report.signatures[0].indication is Indication.TOTAL_PASSED

    def test_an_answer_to_another_question_is_none(self) -> None:
        report = validate(SIGNED, policy="level-qualified", requirement=self._met("specified", True))
        assert report.indication is Indication.INDETERMINATE
        assert validate(SIGNED, policy="level-qualified").indication is Indication.INDETERMINATE

    def test_policy_and_request_may_not_contradict_each_other(self) -> None:
        assert level_asked("level-qualified", None) == level_asked("level-qualified", "qualified") == "qualified"
        assert level_asked(None, "specified") == "specified"
        assert level_asked(None, None) is None
        with pytest.raises(InvalidInput):
            level_asked("level-qualified", "specified")


def test_the_page_says_that_the_level_was_not_reached() -> None:
    from signing.verdict import verdict_of

    requirement = {"document_type": None, "level": "qualified", "met": False, "missing": []}
    report = validate(SIGNED, policy="level-qualified", requirement=lambda report: requirement)
    assert verdict_of(report.to_json()).key == "requirement_not_met"
