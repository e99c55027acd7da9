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
SOME_DOCUMENTS = format_failure(
    "coverage",
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
