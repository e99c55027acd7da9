"""Best-signature time and the order of time-stamps (EN 319 102-1, 5.5.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations

from trustreg.base.effort import spend
from trustreg.pki.indications import Finding, SubIndication

from .ledger import Ledger
from .timestamps import Stamps, TokenResult


def younger_than(stamps: Stamps, signature_id: str) -> datetime | None:
    """When the last accepted content time-stamp was made: the signature that holds it did not exist before."""
    times = (
        result.report.time
        for result in stamps.covering(signature_id)
        if result.material.type == "content" and result.report.proof
    )
    return max((time for time in times if time is not None), default=None)


def time_stamps(ledger: Ledger, signature_id: str, stamps: Stamps) -> None:
    """Which time-stamps prove, and whether their times agree with what they cover."""
    own = stamps.covering(signature_id)
    if any(not result.report.proof for result in own):
        ledger.record(
            Finding(
                "timestamps",
                None,
                "A time-stamp is shown but not used as a proof; its own checks say why.",
                "時刻の証明に用いていないタイムスタンプがあります。理由はその検査結果にあります。",
            )
        )
    if any(_contradict(inner, outer) for inner, outer in _nested(own, signature_id)):
        ledger.record(
            Finding(
                "timestamp_order",
                SubIndication.TIMESTAMP_ORDER_FAILURE,
                "A time-stamp is older than another that it covers.",
                "あるタイムスタンプが、それに覆われる別のタイムスタンプより古い時刻です。",
            )
        )
    if stamps.proven(signature_id) is not None:
        ledger.passed(
            "best_signature_time",
            "An accepted time-stamp proves when the signature existed.",
            "受け入れられたタイムスタンプが、署名の存在時刻を証明しています。",
        )
    else:
        ledger.skipped(
            "best_signature_time",
            "No accepted time-stamp proves when the signature existed, so the time of validation counts.",
            "署名の存在時刻を証明するタイムスタンプがないため、検証時刻で判断します。",
        )


def _nested(own: Sequence[TokenResult], signature_id: str) -> Iterator[tuple[TokenResult, TokenResult]]:
    """Intact time-stamps of which the first was there when the second was made. What is signed was there before any
    time-stamp over the signature."""
    intact = [result for result in own if result.report.intact]
    spend(len(intact) ** 2)
    for one, other in combinations(intact, 2):
        for inner, outer in ((one, other), (other, one)):
            signed = inner.material.type == "content" and signature_id in outer.material.covers
            if signed or inner.material.id in outer.material.covers:
                yield inner, outer


def _contradict(inner: TokenResult, outer: TokenResult) -> bool:
    """Whether the outer one is older for certain: times are known up to their accuracies (RFC 3161, 2.4.2)."""
    first, second = inner.material.token, outer.material.token
    if first is None or second is None:
        return False
    unsure = max(first.accuracy + second.accuracy, timedelta())
    return first.gen_time - second.gen_time > unsure
