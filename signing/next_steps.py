"""What the reader can do about a verdict that says that nobody knows, and how that helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from signing.verdict import deciding_part, verdict_of
from trustreg.base.words import Words

_CHECK_AGAIN = (
    Words("あとでもう一度判定する", "Check again later"),
    Words("失効情報は、決まった間隔で新しくなります。", "Revocation information is renewed at intervals."),
)
_LONG_TERM = (
    Words("署名者に、長期署名（LT）を頼む", "Ask the signer for a long-term signature (LT)"),
    Words(
        "失効情報を含めた形式なら、配信が止まっても判定できます。",
        "With its revocation data inside, it can be checked even when nobody answers.",
    ),
)
_STAMPED_COPY = (
    Words("タイムスタンプが付いた文書がないか、送った人に尋ねる", "Ask the sender for a copy with a time-stamp"),
    Words(
        "早い時刻が証明できれば、その時点の状態で判定します。",
        "If it proves an earlier time, the status at that time counts.",
    ),
)
_SEE_LIST = (
    Words("どのサービスが載っているかを公開リストで見る", "See on the trusted list which services there are"),
    Words(
        "リストにないサービスの証明書が正しいかどうかは、この登録簿では分かりません。",
        "Whether certificates of other services are genuine, this registry cannot know.",
    ),
)
_SIGN_ANEW = (
    Words("署名し直してもらう", "Ask for a new signature"),
    Words(
        "いま有効なサービスの証明書で署名し、タイムスタンプを付けた文書なら判定できます。",
        "Made with a certificate from a service in force, and with a time-stamp, it can be checked.",
    ),
)
_ADD_EVIDENCE = (
    Words("失効情報のファイルを加えて判定する", "Add a file with revocation information"),
    Words(
        "署名者などからCRLやOCSP応答を受け取った場合は、「くわしい条件」の「証明書と失効情報のファイル」で選びます。",
        "If you were given a CRL or an OCSP response, choose it under “More conditions”, “Files with certificates and "
        "revocation information”.",
    ),
)
_ADD_DOCUMENT = (
    Words("対象の文書を加えて判定する", "Add the document that it belongs to"),
    Words(
        "「くわしい条件」の「署名が別ファイルの場合の元の文書」で選びます。",
        "Choose it under “More conditions”, “The original, if the signature is a file of its own”.",
    ),
)

_STEPS: Final[Mapping[str, tuple[tuple[Words, Words], ...]]] = {
    "TRY_LATER": (_CHECK_AGAIN, _ADD_EVIDENCE, _LONG_TERM),
    "REVOCATION_OUT_OF_BOUNDS_NO_POE": (_CHECK_AGAIN, _ADD_EVIDENCE, _LONG_TERM),
    "SIGNED_DATA_NOT_FOUND": (_ADD_DOCUMENT,),
    "NOT_LISTED": (_SEE_LIST, _SIGN_ANEW),
    **dict.fromkeys(
        (
            "NO_CERTIFICATE_CHAIN_FOUND",
            "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
            "REVOKED_NO_POE",
            "REVOKED_CA_NO_POE",
            "OUT_OF_BOUNDS_NOT_REVOKED",
            "OUT_OF_BOUNDS_NO_POE",
            "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            "NO_POE",
        ),
        (_STAMPED_COPY, _SIGN_ANEW),
    ),
}
"""By the key of the verdict."""
_NEED_EARLIER_TIME: Final = (_STAMPED_COPY,)
"""Steps that make no sense where an accepted time-stamp proves the time already."""


def next_steps(report: Mapping[str, Any]) -> Sequence[tuple[Words, Words]]:
    """What the reader can do about the verdict, and how that helps; empty where its advice says all there is."""
    if report.get("hypothetical") or not (report["signatures"] or report["timestamps"]):
        return ()
    steps = _STEPS.get(verdict_of(report).key, ())
    proven = any(stamp["proof"] for stamp in deciding_part(report).get("timestamps", ()))
    return [step for step in steps if not (proven and step in _NEED_EARLIER_TIME)]
