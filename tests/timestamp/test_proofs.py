"""A token proves its time when its authority stood at genTime and at the token's own proof of existence."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from timestamp.domain.proofs import CoveredToken, TimeStampQualification, TokenCheck, accept_proofs
from trustreg.pki.trust import Reason, Result, ServiceType, Standing


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = day("2026-09-15")

HISTORY = {
    "qualified": [("2026-01-01", Result.QUALIFIED)],
    "specified": [("2026-01-01", Result.SPECIFIED)],
    "recognised": [("2026-01-01", Result.RECOGNISED)],
    "lowered": [("2026-01-01", Result.QUALIFIED), ("2026-03-01", Result.SPECIFIED)],
    "withdrawn": [("2026-01-01", Result.QUALIFIED), ("2026-08-01", Result.NOT_VALID)],
    "fallen early": [("2026-01-01", Result.QUALIFIED), ("2026-04-01", Result.NOT_VALID)],
    "stale": [("2026-01-01", Result.QUALIFIED), ("2026-07-01", Result.LIST_STALE)],
    "specified, stale": [("2026-01-01", Result.SPECIFIED), ("2026-07-01", Result.LIST_STALE)],
    "conflict": [("2026-01-01", Result.CONFLICT)],
}


@dataclass
class Register:
    """A TrustSource over `HISTORY`: a key is the name of its history."""

    version: str = "test"
    list_reference: None = None
    asked: list[frozenset[str] | None] = field(default_factory=list)

    def identities(self):
        return ()

    def standing(self, *, spki_sha256, at, service_types=None, usage=None):
        self.asked.append(service_types)
        result = Result.NOT_LISTED
        for start, value in HISTORY.get(spki_sha256.decode(), ()):
            if at >= day(start):
                result = value
        reasons = {Result.NOT_VALID: Reason.SERVICE_WITHDRAWN, Result.NOT_LISTED: Reason.NOT_LISTED}
        return Standing(at=at, result=result, list=None, reason=reasons.get(result))


def token(name, key, time, *covers, passed=True, seen=None):
    def check(at, lowest):
        if seen is not None:
            seen.append(at)
        return TokenCheck(passed=passed, listed_key=key.encode() if key else None)

    return CoveredToken(name, day(time), frozenset(covers), check)


def decide(*tokens, now=NOW):
    return accept_proofs(tokens, trust=Register(), now=now)


@pytest.mark.parametrize(
    ("key", "time", "qualification", "proves", "reason"),
    [
        ("qualified", "2026-03-01", "QTSA", True, None),
        ("recognised", "2026-03-01", "QTSA", True, None),
        ("specified", "2026-03-01", "TSA", True, None),
        ("lowered", "2026-02-01", "TSA", True, None),
        ("lowered", "2026-03-15", "TSA", True, None),
        ("qualified", "2025-12-31", "TSA", False, Reason.NOT_LISTED),
        ("withdrawn", "2026-05-01", "TSA", False, Reason.SERVICE_WITHDRAWN),
        ("unheard of", "2026-05-01", "TSA", False, Reason.NOT_LISTED),
        ("", "2026-05-01", "TSA", False, Reason.NOT_LISTED),
        ("stale", "2026-05-01", "INDETERMINATE", False, Reason.LIST_STALE),
        ("specified, stale", "2026-05-01", "TSA", False, Reason.LIST_STALE),
        ("conflict", "2026-05-01", "INDETERMINATE", False, Reason.CONFLICT),
    ],
)
def test_one_token_alone(key, time, qualification, proves, reason):
    decision = decide(token("t", key, time, "signature")).decisions["t"]
    assert decision.qualification == TimeStampQualification(qualification)
    assert decision.proves is proves
    assert decision.reason is reason
    assert decision.lowest_proof_of_existence == NOW


def test_no_token_proves_nothing_before_now():
    proofs = decide()
    assert proofs.lowest("signature") == NOW
    assert not proofs.is_proven("signature")


@pytest.mark.parametrize(
    ("tokens", "best"),
    [
        ([("qualified", "2026-03-02", "signature")], "2026-03-02"),
        ([("withdrawn", "2026-03-02", "signature")], None),
        ([("withdrawn", "2026-03-02", "signature"), ("qualified", "2026-07-15", "all")], "2026-03-02"),
        ([("withdrawn", "2026-03-02", "signature"), ("qualified", "2026-08-15", "all")], "2026-08-15"),
        ([("fallen early", "2026-03-02", "signature"), ("qualified", "2026-03-20", "all")], "2026-03-02"),
        ([("unheard of", "2026-03-02", "signature")], None),
        ([("unheard of", "2026-03-02", "signature"), ("qualified", "2026-03-03", "signature")], "2026-03-03"),
        ([("qualified", "2026-03-02", "something else")], None),
        (
            [
                ("fallen early", "2026-03-02", "signature"),
                ("withdrawn", "2026-03-20", "all"),
                ("qualified", "2026-07-01", "all"),
            ],
            "2026-03-02",
        ),
        (
            [
                ("fallen early", "2026-03-02", "signature"),
                ("withdrawn", "2026-03-20", "all"),
                ("qualified", "2026-08-02", "all"),
            ],
            "2026-08-02",
        ),
    ],
)
def test_the_best_signature_time(tokens, best):
    names = [f"token {position}" for position in range(len(tokens))]
    built = []
    for position, (key, time, covers) in enumerate(tokens):
        covered = ("signature", *names[:position]) if covers == "all" else (covers,)
        built.append(token(names[position], key, time, *covered))
    for order in (built, built[::-1]):
        assert decide(*order).lowest("signature") == (day(best) if best else NOW)


def test_each_token_is_checked_once_at_its_own_proof():
    seen_old, seen_new = [], []
    decide(
        token("old", "qualified", "2026-03-02", "signature", seen=seen_old),
        token("new", "qualified", "2026-07-15", "signature", "old", seen=seen_new),
    )
    assert seen_old == [day("2026-07-15")]
    assert seen_new == [NOW]


def test_a_token_that_does_not_stand_by_itself_proves_nothing():
    decision = decide(token("t", "qualified", "2026-03-02", "signature", passed=False)).decisions["t"]
    assert not decision.proves
    assert decision.qualification is TimeStampQualification.TSA
    assert decision.reason is None, "the list is not at fault"


def test_a_token_from_the_future_proves_nothing():
    proofs = decide(token("t", "qualified", "2026-12-01", "signature"))
    assert not proofs.decisions["t"].proves
    assert proofs.lowest("signature") == NOW


def test_an_older_token_cannot_prove_a_newer_one():
    proofs = decide(
        token("older", "qualified", "2026-02-01", "newer"), token("newer", "withdrawn", "2026-05-01", "signature")
    )
    assert proofs.decisions["newer"].lowest_proof_of_existence == NOW
    assert not proofs.decisions["newer"].proves


def test_tokens_of_one_instant():
    archive = token("archive", "qualified", "2026-05-01", "signature", "first")
    first = token("first", "withdrawn", "2026-05-01", "signature")
    for order in ((archive, first), (first, archive)):
        decision = decide(*order).decisions["first"]
        assert decision.lowest_proof_of_existence == day("2026-05-01")
        assert decision.qualification is TimeStampQualification.QTSA


def test_a_token_does_not_prove_itself():
    decision = decide(token("t", "withdrawn", "2026-05-01", "signature", "t")).decisions["t"]
    assert decision.lowest_proof_of_existence == NOW


def test_only_time_stamping_services_are_asked_for():
    register = Register()
    accept_proofs([token("t", "qualified", "2026-03-02", "signature")], trust=register, now=NOW)
    assert set(register.asked) == {frozenset({ServiceType.TSA.value, ServiceType.TSA_QTST.value})}


def test_decisions_are_newest_first():
    proofs = decide(
        *(token(str(n), "qualified", (day("2026-03-01") + timedelta(days=n)).isoformat()[:10]) for n in range(5))
    )
    assert list(proofs.decisions) == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("second", "third", "proves"),
    [
        ("qualified", "qualified", [True, True, True]),
        ("qualified", "unheard of", [False, False, False]),
        ("unheard of", "qualified", [False, False, True]),
    ],
)
def test_what_must_be_renewed_proves_only_while_every_renewal_does(second, third, proves):
    tokens = [
        replace(token("t1", "qualified", "2026-03-02", "signature"), renewed_by=frozenset({"t2", "t3"})),
        replace(token("t2", second, "2026-04-02", "t1"), renewed_by=frozenset({"t3"})),
        token("t3", third, "2026-05-02", "t1", "t2"),
    ]
    for order in (tokens, tokens[::-1]):
        proofs = decide(*order)
        assert [proofs.decisions[name].proves for name in ("t1", "t2", "t3")] == proves
        assert proofs.is_proven("signature") is proves[0]
        assert proofs.decisions["t1"].renewed is proves[0]


def test_a_renewal_that_is_not_there_leaves_nothing_proven():
    alone = replace(token("t1", "qualified", "2026-03-02", "signature"), renewed_by=frozenset({"t2"}))
    assert not decide(alone).is_proven("signature")


def test_renewals_of_one_instant_are_judged_newest_first():
    first = replace(token("t1", "qualified", "2026-03-02", "signature", "other"), renewed_by=frozenset({"t2"}))
    second = token("t2", "qualified", "2026-03-02", "t1")
    assert decide(first, second).is_proven("signature")
