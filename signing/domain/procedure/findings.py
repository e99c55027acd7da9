"""What every format finds in the same words."""

from __future__ import annotations

from trustreg.pki.indications import Finding, SubIndication

from .material import format_failure

NO_CERTIFICATE = Finding(
    "signing_certificate",
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    "The signer's certificate was not found.",
    "署名者の証明書が見つかりません。",
)
BAD_VALUE = Finding(
    "signature",
    SubIndication.SIG_CRYPTO_FAILURE,
    "The signature does not verify with the signer's key.",
    "署名値を署名者の鍵で検証できません。",
)


def partial_coverage(en: str, ja: str) -> Finding:
    """A sound signature (or time-stamp) that leaves out part of what was handed in.

    It is of its form and cryptography could judge it, so that by EN 319 102-1 5.1.3 it is no FORMAT_FAILURE: that all
    be covered is a constraint of this validator (5.2.8), which no policy may give up.
    """
    return Finding("coverage", SubIndication.SIG_CONSTRAINTS_FAILURE, en, ja)


SOME_COVERED = partial_coverage(
    "The signature covers only part of what was handed in: the rest may be anybody's.",
    "署名は、渡された文書の一部だけを対象としています。残りの部分は誰が書いたものか分かりません。",
)
SOME_DOCUMENTS = partial_coverage(
    "The signature covers only some of the documents that were handed in.",
    "署名は、渡された文書の一部だけを対象としています。",
)
UNREADABLE_TIME_STAMP = format_failure(
    "format_parsed", "The time-stamp cannot be read.", "タイムスタンプを読み取れません。"
)


def unreadable_time_stamp(reason: object) -> Finding:
    """The same with what the parser says."""
    return format_failure(
        "format_parsed", f"The time-stamp cannot be read ({reason}).", f"タイムスタンプを読み取れません({reason})。"
    )
