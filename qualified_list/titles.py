"""How what the list says is called on pages (docs/glossary.md, ui.md 3 and 5); no value appears as its code."""

from __future__ import annotations

from typing import Final

from certification.domain.lifecycle import DecisionKind
from conformity.domain.service_kinds import ServiceKind
from qualified_list.domain import effect
from trustreg.base.words import Words
from trustreg.parties.domain.roles import OrganisationKind
from trustreg.pki.trust import ServiceType, Usage

KINDS: Final[dict[str, tuple[str, Words]]] = {
    ServiceKind.ESIGN_CERT: ("pen", Words("電子署名", "E-signature")),
    ServiceKind.REMOTE_SIGN: ("pen", Words("リモート署名", "Remote signing")),
    ServiceKind.ESEAL_CERT: ("stamp", Words("eシール（組織）", "E-seal (organisation)")),
    ServiceKind.DEVICE_CERT: ("device", Words("eシール（機器）", "E-seal (device)")),
    ServiceKind.TIMESTAMP: ("clock", Words("タイムスタンプ", "Time-stamp")),
    ServiceKind.WEB_AUTH: ("globe", Words("ウェブサイト認証", "Website authentication")),
    ServiceKind.EDELIVERY: ("file", Words("電子配達", "Electronic delivery")),
}
"""Kind of service -> (icon, short words), in the order in which they are offered."""

OTHER_KIND: Final = ("list", Words("その他の種類", "Another kind"))

_KIND_OF_TYPE: Final = {
    ServiceType.TSA: ServiceKind.TIMESTAMP,
    ServiceType.TSA_QTST: ServiceKind.TIMESTAMP,
}
_KIND_OF_USAGE: Final = {
    Usage.ESIGN: ServiceKind.ESIGN_CERT,
    Usage.ESEAL: ServiceKind.ESEAL_CERT,
    Usage.WEB: ServiceKind.WEB_AUTH,
}

STATES: Final[dict[str, tuple[str, Words]]] = {
    effect.VALID: ("ok", Words("有効", "Valid")),
    effect.RECOGNISED: ("recognised", Words("相互承認", "Recognised")),
    effect.SUSPENDED: ("warn", Words("一時停止", "Suspended")),
    effect.WITHDRAWN: ("bad", Words("取消し", "Withdrawn")),
    effect.CEASED: ("idle", Words("終了", "Ceased")),
    effect.EXPIRED: ("idle", Words("期限満了", "Expired")),
    effect.UNKNOWN: ("idle", Words("確かめられません", "Cannot be confirmed")),
    effect.UNLISTED: ("idle", Words("載っていません", "Not listed")),
}
"""State -> (tone of its band in the lane, words)."""

LEVELS: Final = {"qualified": Words("クオリファイド", "Qualified"), "specified": Words("特定", "Specified")}

HAPPENED: Final = {
    DecisionKind.UPGRADE: Words("クオリファイドサービスに引き上げました", "Raised to a qualified service"),
    DecisionKind.RENEW: Words("認定を更新しました", "Certification renewed"),
    DecisionKind.CHANGE: Words("載せる内容を変更しました", "Entry changed"),
    DecisionKind.DOWNGRADE: Words("特定サービスに引き下げました", "Lowered to a specified service"),
    DecisionKind.SUSPEND: Words("認定を一時停止しました", "Certification suspended"),
    DecisionKind.CONFIRM_SUSPENSION: Words("緊急の一時停止を追認しました", "Urgent suspension confirmed"),
    DecisionKind.REINSTATE: Words("認定を再開しました", "Certification resumed"),
    DecisionKind.WITHDRAW: Words("認定を取り消しました", "Certification withdrawn"),
    DecisionKind.CEASE: Words("サービスを終了しました", "Service ceased"),
}
"""What happened in the history of a service, by the kind of its decision; a grant is told by its level."""

GRANTED: Final = {
    "qualified": Words("クオリファイドサービスとして認定しました", "Certified as a qualified service"),
    "specified": Words("特定サービスとして認定しました", "Certified as a specified service"),
}
STATE_BEGAN: Final = {
    effect.SUSPENDED: Words("認定を一時停止しました", "Certification suspended"),
    effect.WITHDRAWN: Words("認定を取り消しました", "Certification withdrawn"),
    effect.CEASED: Words("サービスを終了しました", "Service ceased"),
    effect.EXPIRED: Words("認定の期限が満了しました", "Certification expired"),
}
"""What happened where no decision tells it."""

DECIDED: Final = {
    DecisionKind.UPGRADE: Words("「{name}」をクオリファイドにする", "Raise “{name}” to qualified"),
    DecisionKind.RENEW: Words("「{name}」の認定を更新する", "Renew the certification of “{name}”"),
    DecisionKind.CHANGE: Words("「{name}」の載せる内容を変更する", "Change the entry of “{name}”"),
    DecisionKind.DOWNGRADE: Words("「{name}」を特定にする", "Lower “{name}” to specified"),
    DecisionKind.SUSPEND: Words("「{name}」の認定を一時停止する", "Suspend the certification of “{name}”"),
    DecisionKind.CONFIRM_SUSPENSION: Words(
        "「{name}」の緊急の一時停止を追認する", "Confirm the urgent suspension of “{name}”"
    ),
    DecisionKind.REINSTATE: Words("「{name}」の認定を再開する", "Resume the certification of “{name}”"),
    DecisionKind.WITHDRAW: Words("「{name}」の認定を取り消す", "Withdraw the certification of “{name}”"),
    DecisionKind.CEASE: Words("「{name}」の終了を記録する", "Record that “{name}” has ceased"),
}
"""What a public decision decides, by its kind; a grant is told by its level."""

GRANTS: Final = {
    "qualified": Words("「{name}」をクオリファイドサービスとして認定する", "Certify “{name}” as a qualified service"),
    "specified": Words("「{name}」を特定サービスとして認定する", "Certify “{name}” as a specified service"),
}

DUTIES: Final = {
    OrganisationKind.PROVIDER: Words(
        "トラストサービスを提供し、認定を申請します。", "Provides trust services and applies for their certification."
    ),
    OrganisationKind.CAB: Words(
        "サービスが基準に適合しているかを審査します。", "Assesses whether services conform to the criteria."
    ),
    OrganisationKind.AB: Words(
        "適合性評価機関を認定し、サービスの認定を決定します。",
        "Accredits assessment bodies and decides on the certification of services.",
    ),
    OrganisationKind.AUTHORITY: Words("制度を定め、見守ります。", "Sets up the scheme and watches over it."),
    OrganisationKind.GOVERNMENT_ISSUER: Words(
        "行政機関が関わる証明書を発行します。認定を受けたサービスだけが公開リストに載ります。",
        "Issues certificates in which the government takes part. Only certified services are on the trusted list.",
    ),
    OrganisationKind.FOREIGN: Words(
        "外国の機関です。公開リストに載ったサービスか、相互承認されたサービスだけが有効です。",
        "An organisation abroad. Only services on the trusted list, or recognised ones, are valid.",
    ),
}
"""What an organisation does here, by its kind."""

ACCREDITATION_MOVES: Final = {
    "accredit": Words("認定しました", "Accredited"),
    "suspend": Words("認定を一時停止しました", "Accreditation suspended"),
    "lift": Words("一時停止を解除しました", "Suspension ended"),
    "withdraw": Words("認定を取り消しました", "Accreditation withdrawn"),
    "expire": Words("認定の期限が満了しました", "Accreditation expired"),
}
"""What happened to an accreditation, by its transition."""

CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
KEY_TYPES: Final = {"ec": "ECDSA", "rsa": "RSA", "rsa-pss": "RSA-PSS", "ed25519": "Ed25519", "ed448": "Ed448"}


def kind_of_service(kinds: tuple[str, ...], service_type: str, scope: tuple[str, ...]) -> tuple[str, Words]:
    """(icon, words) of a service: by what its provider registered, else by what the list says of it."""
    known = [kind for kind in KINDS if kind in kinds]
    if not known and service_type in _KIND_OF_TYPE:
        known = [_KIND_OF_TYPE[ServiceType(service_type)]]
    if not known:
        known = [_KIND_OF_USAGE[usage] for usage in Usage if usage in scope]
    if not known:
        return OTHER_KIND
    words = [KINDS[kind][1] for kind in known]
    if len(words) == 1:
        return KINDS[known[0]]
    return KINDS[known[0]][0], Words("・".join(word.ja for word in words), ", ".join(word.en for word in words))
