"""How the values of a validation report are called on pages; the codes themselves are shown beside them, verbatim."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from trustreg.base.words import Words

THINGS: Final[Mapping[str, Words]] = {
    "signature": Words("署名", "signature"),
    "seal": Words("eシール", "seal"),
    "timestamp": Words("タイムスタンプ", "time-stamp"),
    "evidence-record": Words("エビデンスレコード", "evidence record"),
}

ELEMENTS: Final[Mapping[str, Words]] = {
    "esign": Words("電子署名", "an electronic signature"),
    "eseal": Words("eシール", "an e-seal"),
    "timestamp": Words("タイムスタンプ", "a time-stamp"),
}

LEVELS: Final[Mapping[str, Words]] = {
    "qualified": Words("クオリファイド", "qualified"),
    "specified": Words("特定", "specified"),
    "other": Words("その他", "other"),
}

WANTED: Final[Mapping[str, Words]] = {
    "qualified": LEVELS["qualified"],
    "specified": Words("特定以上", "specified or higher"),
}

QUALIFICATIONS: Final[Mapping[str, Words]] = {
    "QESIG": Words("クオリファイドの電子署名", "Qualified electronic signature"),
    "QESEAL": Words("クオリファイドのeシール", "Qualified e-seal"),
    "ADESIG_QC": Words(
        "クオリファイドの証明書による電子署名（鍵の装置は確かめられません）",
        "Signature with a qualified certificate (the device of its key is not confirmed)",
    ),
    "ADESEAL_QC": Words(
        "クオリファイドの証明書によるeシール（鍵の装置は確かめられません）",
        "Seal with a qualified certificate (the device of its key is not confirmed)",
    ),
    "ADESIG": Words("電子署名（クオリファイドではありません）", "Electronic signature, not qualified"),
    "ADESEAL": Words("eシール（クオリファイドではありません）", "E-seal, not qualified"),
    "NOT_ADES": Words("署名として成り立っていません", "Does not hold as a signature"),
    "QTSA": Words("クオリファイドのタイムスタンプ", "Qualified time-stamp"),
    "TSA": Words("タイムスタンプ（クオリファイドではありません）", "Time-stamp, not qualified"),
    "INDETERMINATE": Words("確かめられません", "Cannot be confirmed"),
}

FORMATS: Final[Mapping[str, Words]] = {
    "PAdES": Words("PDF", "PDF"),
    "RFC3161": Words("タイムスタンプ（.tst、.tsr）", "time-stamps (.tst, .tsr)"),
    "ASiC": Words("ASiC（.asice、.asics）", "ASiC (.asice, .asics)"),
    "CAdES": Words("CAdES（.p7m、.p7s）", "CAdES (.p7m, .p7s)"),
    "XAdES": Words("XML（XAdES）", "XML (XAdES)"),
    "JAdES": Words("JSON（JAdES）", "JSON (JAdES)"),
    "EvidenceRecord": Words("エビデンスレコード（.ers、.xml）", "evidence records (.ers, .xml)"),
}

STAMPS: Final[Mapping[str, Words]] = {
    "signature": Words("署名へのタイムスタンプ", "Time-stamp on the signature"),
    "document": Words("文書へのタイムスタンプ", "Time-stamp on the document"),
    "content": Words("内容へのタイムスタンプ", "Time-stamp on the content"),
    "archive": Words("長期保存のタイムスタンプ", "Archive time-stamp"),
    "evidence-record": Words("エビデンスレコードの最初のタイムスタンプ", "First time-stamp of an evidence record"),
    "standalone": Words("タイムスタンプ", "Time-stamp"),
}

STAMP_OF_SEAL: Final = Words("eシールへのタイムスタンプ", "Time-stamp on the seal")

PROVES: Final[Mapping[str, Words]] = {
    "signature": Words("署名がこの時刻にあったことを証明します", "proves that the signature existed then"),
    "document": Words("文書がこの時刻にあったことを証明します", "proves that the document existed then"),
    "content": Words("署名する内容がこの時刻にあったことを証明します", "proves that what is signed existed then"),
    "archive": Words(
        "署名と検証の情報がこの時刻にあったことを証明します",
        "proves that the signature and its validation data existed then",
    ),
    "evidence-record": Words("対象がこの時刻にあったことを証明します", "proves that its objects existed then"),
    "standalone": Words("対象がこの時刻にあったことを証明します", "proves that its object existed then"),
}
"""What the time of an accepted time-stamp is a proof of."""

PROVES_OF_SEAL: Final = Words("eシールがこの時刻にあったことを証明します", "proves that the seal existed then")

RENEWALS: Final[Mapping[str, Words]] = {
    "timestamp": Words("エビデンスレコードの更新（タイムスタンプ）", "Time-stamp renewal in an evidence record"),
    "hash-tree": Words("エビデンスレコードの更新（ハッシュ木）", "Hash-tree renewal in an evidence record"),
}

SYNTAXES: Final[Mapping[str, Words]] = {
    "ERS": Words("ASN.1（RFC 4998）", "ASN.1 (RFC 4998)"),
    "XMLERS": Words("XML（RFC 6283）", "XML (RFC 6283)"),
}

SOURCES: Final[Mapping[str, Words]] = {
    "ocsp": Words("OCSP応答", "OCSP response"),
    "crl": Words("CRL（失効リスト）", "CRL"),
}

ORIGINS: Final[Mapping[str, Words]] = {
    "embedded": Words("文書に含まれていたもの", "in the document"),
    "supplied": Words("文書と一緒に受け取ったもの", "handed in with the document"),
    "fetched": Words("発行者に問い合わせて取得", "asked of the issuer"),
}

REVOCATION_STATES: Final[Mapping[str, Words]] = {
    "good": Words("失効していません", "Not revoked"),
    "revoked": Words("失効しています", "Revoked"),
    "unknown": Words("確かめられません", "Cannot be confirmed"),
}

REVOCATION_REASONS: Final[Mapping[str, Words]] = {
    "keyCompromise": Words("鍵の危殆化", "key compromised"),
    "cACompromise": Words("発行者の鍵の危殆化", "key of the issuer compromised"),
    "affiliationChanged": Words("所属などの変更", "affiliation changed"),
    "superseded": Words("新しい証明書への置換え", "superseded"),
    "cessationOfOperation": Words("利用の終了", "cessation of operation"),
    "certificateHold": Words("一時的な停止", "on hold"),
    "privilegeWithdrawn": Words("権限の取消し", "privilege withdrawn"),
    "aACompromise": Words("属性認証局の鍵の危殆化", "key of the attribute authority compromised"),
    "unspecified": Words("理由の記載なし", "no reason given"),
}
"""RFC 5280 5.3.1."""

IDENTITIES: Final[Mapping[str, Words]] = {
    "registered": Words("登録簿にある番号です", "the register knows this number"),
    "not_registered": Words("登録簿にない番号です", "the register does not know this number"),
    "invalid": Words("正しい法人番号ではありません", "not a valid corporate number"),
    "foreign": Words("国外の番号です。登録簿では確かめていません", "a number from abroad, not checked in the register"),
    "under_arc": Words("登録された体系の機器です", "under a registered arc"),
    "unknown_arc": Words("登録された体系にない機器です", "under no registered arc"),
}

MODIFICATIONS: Final[Mapping[str, Words]] = {
    "lta": Words(
        "署名のあとに加わったのは、検証のための情報（失効情報とタイムスタンプ）だけです。",
        "Only validation data (revocation data and time-stamps) was added after signing.",
    ),
    "signing": Words(
        "署名のあとに加わったのは、別の署名とその情報だけです。", "Only further signatures were added after signing."
    ),
    "form-filling": Words(
        "署名のあとに、文書が許している欄への記入があります。",
        "After signing, form fields were filled in as the document permits.",
    ),
}

RESULTS: Final[Mapping[str, tuple[str, str, Words]]] = {
    "pass": ("ok", "check-circle", Words("合格：", "Pass: ")),
    "fail": ("bad", "x", Words("不合格：", "Fail: ")),
    "unknown": ("warn", "question", Words("確認できません：", "Not confirmed: ")),
    "warn": ("warn", "alert", Words("注意：", "Note: ")),
    "info": ("info", "info", Words("参考：", "For information: ")),
    "skip": ("idle", "dash", Words("対象外：", "Not applied: ")),
}
"""Result of a check -> tone, icon, hidden word."""


_ALGORITHMS: Final[Mapping[str, str]] = {
    "ecdsa": "ECDSA",
    "ecdsa-plain": "ECDSA",
    "eddsa": "EdDSA",
    "ed25519": "Ed25519",
    "ed448": "Ed448",
    "rsa": "RSA",
    "rsa-pss": "RSA-PSS",
    "dsa": "DSA",
    "secp256r1": "P-256",
    "secp384r1": "P-384",
    "secp521r1": "P-521",
    "md5": "MD5",
    "sha1": "SHA-1",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
}


_SIZE: Final = re.compile(r"[a-z]+-([0-9]{3,5})")


def algorithm(name: str) -> str:
    """`ECDSA P-256 SHA-256` for `ecdsa sha256 secp256r1`: as people write it; unknown parts as they are."""
    return " ".join(_ALGORITHMS.get(part) or _SIZE.sub(r"\1 bit", part) for part in name.split())


def stamp_title(stamp: Mapping[str, Any], kind: str = "") -> str:
    """What a time-stamp of a report is; `kind` is that of the signature or seal that has it.

    For one in an evidence record it is what it renews.
    """
    renewal = (stamp.get("evidence_record") or {}).get("renewal")
    if renewal:
        return title(RENEWALS, renewal)
    return str(STAMP_OF_SEAL) if (kind, stamp["type"]) == ("seal", "signature") else title(STAMPS, stamp["type"])


def proves(stamp: Mapping[str, Any], kind: str = "") -> str:
    """What the time of an accepted time-stamp is a proof of; `kind` as above."""
    return str(PROVES_OF_SEAL) if (kind, stamp["type"]) == ("seal", "signature") else title(PROVES, stamp["type"])


def title(table: Mapping[str, Words], value: Any) -> str:
    """The words for a value; the value itself where this version knows no words for it."""
    found = table.get(str(value))
    return str(found) if found else str(value or "")
