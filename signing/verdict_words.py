"""What verdicts say: looks, sentences and advice, by sub-indication and by reason (ui.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from trustreg.base.words import Words

OK = ("ok", "check", Words("合格", "Passed"))
BAD = ("bad", "close", Words("不合格", "Failed"))
UNKNOWN = ("warn", "question", Words("判定できません", "Indeterminate"))
BELOW = ("warn", "alert", Words("要件を満たしません", "Requirement not met"))
NOT_CERTIFIED = ("warn", "alert", Words("認定されていません", "Not certified"))
NOTHING = ("idle", "info", Words("署名がありません", "No signature"))
ASSUMED = ("warn", "clock", Words("仮の結果", "Hypothetical result"))

AGAIN = Words(
    "{whom}に連絡し、元の文書をもう一度受け取ってください。この文書の内容を根拠にしないでください。",
    "Do not rely on what this document says. Ask {whom} for the original again.",
)
NEITHER = Words(
    "有効とも無効とも言えません。{whom}か、証明書を発行したサービスに確かめてください。",
    "It is neither valid nor invalid. Ask {whom} or the service that issued the certificate.",
)
LATER = Words(
    "有効とも無効とも言えません。30 分ほど待って、もう一度判定してください。",
    "It is neither valid nor invalid. Wait for half an hour and check again.",
)
STAMP_IN_TIME = Words(
    "有効とも無効とも言えません。早い時刻を証明するタイムスタンプが付いた文書があれば、それを判定してください。",
    "It is neither valid nor invalid. If there is a copy whose time-stamp proves an earlier time, check that one.",
)

# sub-indication -> the sentence and what to do; {thing} as THINGS, {done}, {doing}, {whose}, {whom} as below.
BY_SUB_INDICATION: Final[Mapping[str, tuple[Words, Words]]] = {
    "HASH_FAILURE": (
        Words("この文書は、{thing}のあとに書き換えられています。", "This document was altered after it was {done}."),
        AGAIN,
    ),
    "SIG_CRYPTO_FAILURE": (
        Words(
            "この{thing}は正しくありません。文書が書き換えられたか、証明書とは別の鍵で作られています。",
            "The {thing} does not hold: the document was altered, or made with another key than its certificate's.",
        ),
        AGAIN,
    ),
    "FORMAT_FAILURE": (
        Words(
            "{thing}の形が規格に合っていないため、確かめられません。",
            "The {thing} does not have the form that the standard demands, so it cannot be verified.",
        ),
        AGAIN,
    ),
    "REVOKED": (
        Words("{whose}は、{thing}の前に失効していました。", "{whose} had been revoked before {doing}."),
        Words("この{thing}を根拠にしないでください。", "Do not rely on this {thing}."),
    ),
    "EXPIRED": (
        Words(
            "{whose}は、{thing}の前に有効期間が終わっていました。",
            "{whose} had expired before {doing}.",
        ),
        Words("この{thing}を根拠にしないでください。", "Do not rely on this {thing}."),
    ),
    "NOT_YET_VALID": (
        Words(
            "{whose}は、{thing}のとき、まだ有効期間に入っていませんでした。",
            "{whose} was not yet valid then.",
        ),
        Words("この{thing}を根拠にしないでください。", "Do not rely on this {thing}."),
    ),
    "SIG_CONSTRAINTS_FAILURE": (
        Words(
            "{thing}は、判定の規則が求める条件を満たしません。",
            "The {thing} does not meet the conditions of the policy.",
        ),
        NEITHER,
    ),
    "CHAIN_CONSTRAINTS_FAILURE": (
        Words(
            "証明書は、この{thing}に使うことを認められていません。",
            "The certificate is not meant to be used for this {thing}.",
        ),
        NEITHER,
    ),
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": (
        Words("証明書のつながりを確かめられません。", "The chain of the certificate cannot be verified."),
        NEITHER,
    ),
    "CRYPTO_CONSTRAINTS_FAILURE": (
        Words(
            "{thing}に使われた暗号方式は、もう十分に強くありません。",
            "The cryptography of the {thing} is no longer strong enough.",
        ),
        NEITHER,
    ),
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": (
        Words(
            "{thing}に使われた暗号方式はもう十分に強くなく、強かったころのものだと証明できません。",
            "The cryptography of the {thing} is no longer strong enough, and nothing proves that it is from earlier.",
        ),
        STAMP_IN_TIME,
    ),
    "POLICY_PROCESSING_ERROR": (
        Words("判定の規則を当てはめられませんでした。", "The policy could not be applied."),
        NEITHER,
    ),
    "SIGNATURE_POLICY_NOT_AVAILABLE": (
        Words(
            "{thing}が指定する規則を入手できませんでした。", "The policy that the {thing} names could not be obtained."
        ),
        NEITHER,
    ),
    "TIMESTAMP_ORDER_FAILURE": (
        Words("タイムスタンプの時刻の順序が合いません。", "The times of the time-stamps contradict each other."),
        NEITHER,
    ),
    "NO_SIGNING_CERTIFICATE_FOUND": (
        Words(
            "だれの{thing}か分かりません。証明書が見つかりません。",
            "We cannot tell whose {thing} this is: its certificate was not found.",
        ),
        NEITHER,
    ),
    "NO_CERTIFICATE_CHAIN_FOUND": (
        Words(
            "証明書を発行したサービスが公開リストにないため、信頼できるかどうか分かりません。",
            "The service that issued the certificate is not on the trusted list, so we cannot tell.",
        ),
        NEITHER,
    ),
    "NO_CERTIFICATE_CHAIN_FOUND_NO_POE": (
        Words(
            "証明書を発行したサービスは、いまは信頼の根拠になりません。以前のものだと証明もできません。",
            "The issuing service gives no trust now, and nothing proves that the {thing} is from earlier.",
        ),
        STAMP_IN_TIME,
    ),
    "REVOKED_NO_POE": (
        Words(
            "{whose}は失効しています。失効の前のものだとは証明できません。",
            "{whose} is revoked, and nothing proves that the {thing} is older than that.",
        ),
        STAMP_IN_TIME,
    ),
    "REVOKED_CA_NO_POE": (
        Words(
            "証明書を発行した側の証明書が失効しています。失効の前のものだとは証明できません。",
            "The certificate of the issuer is revoked, and nothing proves that the {thing} is older than that.",
        ),
        STAMP_IN_TIME,
    ),
    "OUT_OF_BOUNDS_NOT_REVOKED": (
        Words(
            "{whose}は有効期間が終わっています。期間内のものだとは証明できません。",
            "{whose} has expired, and nothing proves that the {thing} was made before.",
        ),
        STAMP_IN_TIME,
    ),
    "OUT_OF_BOUNDS_NO_POE": (
        Words(
            "いまは{whose}の有効期間の外です。期間内のものだとは証明できません。",
            "{whose} is not valid now, and nothing proves that the {thing} was made while it was.",
        ),
        STAMP_IN_TIME,
    ),
    "REVOCATION_OUT_OF_BOUNDS_NO_POE": (
        Words(
            "失効情報が古く、証明書が失効していないことを確認できません。",
            "The revocation information is too old to tell that the certificate was not revoked.",
        ),
        LATER,
    ),
    "NO_POE": (
        Words("{thing}がいつからあるかを証明できません。", "Nothing proves since when the {thing} exists."),
        STAMP_IN_TIME,
    ),
    "TRY_LATER": (
        Words(
            "証明書が失効していないことを確認できません。", "We cannot confirm that the certificate was not revoked."
        ),
        LATER,
    ),
    "SIGNED_DATA_NOT_FOUND": (
        Words(
            "{thing}の対象になった文書がないため、判定できません。",
            "What the {thing} is about was not given, so we cannot tell.",
        ),
        Words(
            "対象の文書を加えて、もう一度判定してください。",
            "Check again and add the document that it belongs to.",
        ),
    ),
}

UNCHANGED_TRY_LATER = Words(
    "文書は変わっていませんが、証明書が失効していないことを確認できません。",
    "The document is unchanged, but we cannot confirm that the certificate was not revoked.",
)
UNREADABLE = Words(
    "文書を読み取れませんでした。ファイルが壊れている可能性があります。",
    "We could not read this document. The file may be damaged.",
)
PART = Words("{thing}は文書の一部だけを対象にしています。", "The {thing} covers only part of the document.")
ELSEWHERE = Words("この{thing}は、文書そのものを対象にしていません。", "This {thing} is not about the document itself.")
CHANGED = Words(
    "この文書には、{thing}のあとに、許されない変更が加えられています。",
    "This document was changed after it was {done}, in a way that is not permitted.",
)
NOT_QUALIFIED_ENOUGH = Words(
    "この{thing}は、選ばれた規則が求めるクオリファイドのものではありません。",
    "This {thing} is not qualified, as the chosen policy demands.",
)
ANOTHER_POLICY = Words(
    "この規則では不足です。ほかの規則でどう判定されるかは、規則を変えて判定すると分かります。",
    "It is not enough under this policy. Check again under another one to see what holds there.",
)
CONFIRMS = Words(
    "この{thing}は有効です。{name}が、この文書にある別の署名を確認したものです。",
    "The {thing} is valid. With it, {name} confirmed another signature of this document.",
)
ANOTHER_TOKEN = Words(
    "このタイムスタンプは、渡された文書のものではないか、書き換えられています。",
    "This time-stamp does not belong to the document that was given, or it was altered.",
)

# Why an issuing service gives no trust: code of the error -> sentence.
BY_CODE: Final[Mapping[str, Words]] = {
    "SERVICE_SUSPENDED": Words(
        "証明書を発行したサービスは、{thing}の時点で一時停止していました。",
        "The service that issued the certificate was suspended at the time of the {thing}.",
    ),
    "SERVICE_WITHDRAWN": Words(
        "証明書を発行したサービスの認定は取り消されており、それより前の{thing}だとは証明できません。",
        "The service that issued the certificate is withdrawn, and the {thing} is not proven to be older than that.",
    ),
    "EXPIRED": Words(
        "証明書を発行したサービスの認定は期限を過ぎており、それより前の{thing}だとは証明できません。",
        "The grant of the issuing service has expired, and the {thing} is not proven to be older than that.",
    ),
    "NOT_YET_LISTED": Words(
        "証明書を発行したサービスは、{thing}の時点では、まだ公開リストにありませんでした。",
        "The service that issued the certificate was not yet on the trusted list at the time of the {thing}.",
    ),
    "LIST_STALE": Words(
        "公開リストが次回の発行期限を過ぎているため、発行したサービスの状態を確かめられません。",
        "The trusted list is past its next update, so the status of the issuing service cannot be confirmed.",
    ),
    "CONFLICT": Words(
        "発行したサービスについて、リストの記載が互いに矛盾しています。",
        "The lists contradict each other about the issuing service.",
    ),
}

# What the engine says with codes in it, for people: code of the error or warning -> sentence; {held} as QUALIFICATIONS.
REASONS: Final[Mapping[str, Words]] = {
    "QUALIFICATION": Words(
        "規則はクオリファイドを求めますが、判定は「{held}」です。",
        "The policy demands a qualified one; this is: {held}.",
    ),
    "HYPOTHETICAL_TIME": Words(
        "指定された時点での判定のため、クオリファイドかどうかは確定しません。",
        "At a time that was chosen, whether it is qualified is not settled.",
    ),
}

# Reports without any signature or time-stamp: code of the error (or of a warning) -> (look, sentence, advice).
UNREAD: Final[Mapping[str, tuple[tuple[str, str, Words], Words, Words]]] = {
    "NO_SIGNATURE_FOUND": (
        NOTHING,
        Words("この文書には、署名もeシールもありません。", "This document has no signature or seal."),
        Words(
            "署名が別のファイルにある場合は、そのファイルを選び、この文書を「元の文書」に加えてください。",
            "If the signature is in a file of its own, choose that file and add this document as the original.",
        ),
    ),
    "ENCRYPTED": (
        UNKNOWN,
        Words(
            "開くのにパスワードが必要な文書のため、署名があるかどうかを確かめられません。",
            "A password is needed to open this document, so we cannot tell whether it is signed.",
        ),
        Words(
            "有効とも無効とも言えません。送った人に、パスワードのない文書を求めてください。"
            "自分でパスワードを外すと、署名が壊れることがあります。",
            "It is neither valid nor invalid. Ask the sender for the document without a password; if you remove it "
            "yourself, a signature in it may break.",
        ),
    ),
    "FORMAT_NOT_SUPPORTED": (
        UNKNOWN,
        Words(
            "この形式（{format}）の判定には、まだ対応していません。",
            "This version cannot check documents of this format ({format}) yet.",
        ),
        Words("文書が正しいかどうかは分かりません。", "Whether the document is genuine is not known."),
    ),
    "RESOURCE_LIMIT": (
        UNKNOWN,
        Words(
            "この文書は大きいか複雑すぎて、判定を終えられませんでした。",
            "This document is too large or too complex, so the check could not be finished.",
        ),
        Words(
            "有効とも無効とも言えません。理由は下に示します。",
            "It is neither valid nor invalid. The reason stands below.",
        ),
    ),
    "INTERNAL_ERROR": (
        UNKNOWN,
        Words(
            "こちらの不具合で、判定を終えられませんでした。", "Something failed on our side, so there is no verdict."
        ),
        Words(
            "有効とも無効とも言えません。少し待って、もう一度判定してください。",
            "It is neither valid nor invalid. Wait a little and check again.",
        ),
    ),
}
DONE: Final = {
    "signature": Words("signed", "signed"),
    "seal": Words("sealed", "sealed"),
    "timestamp": Words("time-stamped", "time-stamped"),
    "evidence-record": Words("put on record", "put on record"),
}

DOING: Final = {
    "signature": Words("署名", "signing"),
    "seal": Words("eシールの付与", "sealing"),
    "timestamp": Words("タイムスタンプの付与", "time-stamping"),
    "evidence-record": Words("記録", "it was made"),
}
WHOSE: Final = {
    "signature": Words("署名者の証明書", "The signer certificate"),
    "seal": Words("eシールの証明書", "The certificate of the seal"),
    "timestamp": Words("タイムスタンプの証明書", "The certificate of the time-stamp"),
    "evidence-record": Words("タイムスタンプの証明書", "The certificate of the time-stamp"),
}
WHOM: Final = {
    "signature": Words("署名者", "the signer"),
    "seal": Words("eシールの発行元", "the issuer of the seal"),
    "timestamp": Words("送った人", "the sender"),
    "evidence-record": Words("送った人", "the sender"),
}

VALID = Words("この{thing}は有効です。", "The {thing} is valid.")
VALID_NOT_QUALIFIED = Words(
    "{thing}は有効ですが、クオリファイドではありません。", "The {thing} is valid, but not qualified."
)
WHO_SIGNED = Words(
    "{name} さんが署名し、そのあと変更されていません。", "{name} signed this document, and it has not changed since."
)
WHO_SEALED = Words(
    "{name}が発行し、そのあと変更されていません。", "{name} issued this document, and it has not changed since."
)
WHICH_DEVICE = Words(
    "機器「{name}」が発行し、そのあと変更されていません。",
    "The device {name} issued this document, and it has not changed since.",
)
