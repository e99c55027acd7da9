"""Who plays in the demo: organisations, people and services, all invented. Data only; `story.py` lets them act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trustreg.demo.pki.specs import KeyAlgorithm, ProviderSpec, ServiceSpec, corporate_number
from trustreg.demo.pki.specs import ServiceKind as Issues
from trustreg.parties.domain.roles import OrganisationKind, Role


@dataclass(frozen=True, slots=True)
class OrganisationSpec:
    """An organisation that is not a provider; `number` is its corporate number."""

    key: str
    kind: OrganisationKind
    name_ja: str
    name_en: str
    number: str
    locality_ja: str = "東京都千代田区"
    locality_en: str = "Chiyoda-ku, Tokyo"


@dataclass(frozen=True, slots=True)
class PersonSpec:
    """A person with one account and the roles held for one organisation."""

    key: str
    organisation: str
    name_ja: str
    name_en: str
    roles: tuple[Role, ...]

    @property
    def email(self) -> str:
        return f"{self.key}@demo.example.jp"

    @property
    def password(self) -> str:
        """A password that anybody may know: the demo holds nothing of worth."""
        return f"demo-{self.key}-2026"


@dataclass(frozen=True, slots=True)
class Part:
    """What happens to one service.

    `ends` is granted, refused, open, suspended, withdrawn or registered (a government issuer is not assessed).
    """

    service: str
    provider: str
    kind: str
    level: str
    usages: tuple[str, ...]
    cab: str
    ends: str


AUTHORITY: Final = "trust-policy"
AB: Final = "trust-ab"
ORGANISATIONS: Final = (
    OrganisationSpec(
        AUTHORITY,
        OrganisationKind.AUTHORITY,
        "トラスト政策庁（架空）",
        "Trust Policy Agency (fictional)",
        corporate_number("000012999001"),
    ),
    OrganisationSpec(
        AB,
        OrganisationKind.AB,
        "一般財団法人トラスト認定機構",
        "Trust Accreditation Organization",
        corporate_number("010005999002"),
    ),
    OrganisationSpec(
        "minato",
        OrganisationKind.CAB,
        "みなと適合性評価センター",
        "Minato Conformity Assessment Center",
        corporate_number("010405999003"),
        "東京都港区",
        "Minato-ku, Tokyo",
    ),
    OrganisationSpec(
        "tozai",
        OrganisationKind.CAB,
        "東西監査認証株式会社",
        "Tozai Audit and Certification K.K.",
        corporate_number("120001999004"),
        "大阪府大阪市",
        "Osaka",
    ),
)

PROVIDERS: Final = (
    ProviderSpec(
        "asahi",
        "あさひ電子認証株式会社",
        "Asahi Digital Certification K.K.",
        corporate_number("010401999005"),
        (
            ServiceSpec(
                "asahi-sign",
                "あさひ電子署名用証明書発行サービス",
                "Asahi Signature Certificates",
                Issues.ESIGN_CA,
                KeyAlgorithm.P_256,
            ),
            ServiceSpec(
                "asahi-legacy",
                "あさひ電子署名用証明書発行サービス（旧）",
                "Asahi Signature Certificates (Legacy)",
                Issues.ESIGN_CA,
                KeyAlgorithm.RSA_3072,
            ),
            ServiceSpec(
                "asahi-basic",
                "あさひ電子署名用証明書発行サービス（ベーシック）",
                "Asahi Signature Certificates Basic",
                Issues.ESIGN_CA,
                KeyAlgorithm.P_256,
            ),
            ServiceSpec(
                "asahi-new",
                "あさひ法人シール証明書サービス",
                "Asahi Corporate Seal Certificates",
                Issues.ESEAL_CA,
                KeyAlgorithm.P_384,
            ),
        ),
    ),
    ProviderSpec(
        "sakura",
        "さくらシール株式会社",
        "Sakura Seal K.K.",
        corporate_number("180001999006"),
        (
            ServiceSpec(
                "sakura-seal",
                "さくら組織シール証明書サービス",
                "Sakura Organisation Seals",
                Issues.ESEAL_CA,
                KeyAlgorithm.P_256,
            ),
            ServiceSpec(
                "sakura-device",
                "さくら機器シール証明書サービス",
                "Sakura Device Seals",
                Issues.DEVICE_CA,
                KeyAlgorithm.P_256,
            ),
        ),
    ),
    ProviderSpec(
        "hokuto",
        "北斗タイムスタンプ株式会社",
        "Hokuto Time-Stamp K.K.",
        corporate_number("430001999007"),
        (
            ServiceSpec("hokuto-tsa", "北斗時刻認証サービス", "Hokuto Time-Stamping", Issues.TSA, KeyAlgorithm.P_256),
            ServiceSpec(
                "hokuto-tsa-lite",
                "北斗時刻認証サービス・ライト",
                "Hokuto Time-Stamping Lite",
                Issues.TSA,
                KeyAlgorithm.RSA_3072,
            ),
        ),
    ),
    ProviderSpec(
        "midori",
        "みどり自治体情報センター",
        "Midori Municipal Information Center",
        corporate_number("800020999008"),
        (
            ServiceSpec(
                "midori-office",
                "みどり職責署名用証明書サービス",
                "Midori Official Signature Certificates",
                Issues.ESIGN_CA,
                KeyAlgorithm.P_256,
            ),
        ),
    ),
    ProviderSpec(
        "nordlicht",
        "ノルトリヒト・トラスト有限会社",
        "Nordlicht Trust GmbH",
        "HRB999009",
        (
            ServiceSpec(
                "nordlicht-sign",
                "ノルトリヒト署名用証明書サービス",
                "Nordlicht Signature Certificates",
                Issues.ESIGN_CA,
                KeyAlgorithm.P_384,
            ),
        ),
        country="DE",
    ),
)
PROVIDER_KINDS: Final = {"midori": OrganisationKind.GOVERNMENT_ISSUER, "nordlicht": OrganisationKind.FOREIGN}

PEOPLE: Final = (
    PersonSpec("admin", AUTHORITY, "藤田 みのり", "Minori Fujita", (Role.SYSTEM_ADMIN,)),
    PersonSpec("proposer", AB, "佐伯 亮", "Ryo Saeki", (Role.AB_PROPOSER, Role.SCHEME_EDITOR)),
    PersonSpec("approver", AB, "森 由紀", "Yuki Mori", (Role.AB_APPROVER, Role.SCHEME_APPROVER)),
    PersonSpec("operator", AB, "大野 健", "Ken Ono", (Role.LIST_OPERATOR,)),
    PersonSpec("minato-lead", "minato", "内田 真", "Makoto Uchida", (Role.CAB_LEAD, Role.CAB_CLERK)),
    PersonSpec("minato-assessor", "minato", "吉村 葵", "Aoi Yoshimura", (Role.CAB_ASSESSOR,)),
    PersonSpec("minato-decider", "minato", "小川 直樹", "Naoki Ogawa", (Role.CAB_DECIDER,)),
    PersonSpec("tozai-lead", "tozai", "高橋 恵", "Megumi Takahashi", (Role.CAB_LEAD, Role.CAB_CLERK)),
    PersonSpec("tozai-assessor", "tozai", "西村 誠", "Makoto Nishimura", (Role.CAB_ASSESSOR,)),
    PersonSpec("tozai-decider", "tozai", "原田 薫", "Kaoru Harada", (Role.CAB_DECIDER,)),
    PersonSpec("asahi", "asahi", "石井 朝子", "Asako Ishii", (Role.PROVIDER_OFFICER,)),
    PersonSpec("sakura", "sakura", "桜井 翔", "Sho Sakurai", (Role.PROVIDER_OFFICER,)),
    PersonSpec("hokuto", "hokuto", "北川 望", "Nozomi Kitagawa", (Role.PROVIDER_OFFICER,)),
    PersonSpec("midori", "midori", "緑川 進", "Susumu Midorikawa", (Role.PROVIDER_OFFICER,)),
    PersonSpec("nordlicht", "nordlicht", "ヨナス・ベルク", "Jonas Berg", (Role.PROVIDER_OFFICER,)),
)

ROLE_WORDS: Final = {
    "admin": ("登録簿の管理者", "registry administrator"),
    "proposer": ("認定機関・提案者", "proposer (AB)"),
    "approver": ("認定機関・承認者", "approver (AB)"),
    "operator": ("公開リストの運用者", "list operator (AB)"),
}

PARTS: Final = (
    Part("hokuto-tsa", "hokuto", "timestamp", "qualified", (), "minato", "granted"),
    Part("asahi-sign", "asahi", "esign_cert", "qualified", ("esign",), "minato", "granted"),
    Part("sakura-seal", "sakura", "eseal_cert", "qualified", ("eseal",), "minato", "granted"),
    Part("sakura-device", "sakura", "device_cert", "qualified", ("eseal",), "tozai", "granted"),
    Part("asahi-basic", "asahi", "esign_cert", "specified", ("esign",), "tozai", "granted"),
    Part("hokuto-tsa-lite", "hokuto", "timestamp", "qualified", (), "tozai", "refused"),
    Part("asahi-legacy", "asahi", "esign_cert", "qualified", ("esign",), "minato", "withdrawn"),
    Part("nordlicht-sign", "nordlicht", "esign_cert", "qualified", ("esign",), "tozai", "suspended"),
    Part("asahi-new", "asahi", "eseal_cert", "qualified", ("eseal",), "minato", "open"),
    Part("midori-office", "midori", "esign_cert", "other", ("esign",), "", "registered"),
)

SAMPLE_ROLES: Final = {
    "esign": "asahi-sign",
    "eseal": "sakura-seal",
    "device": "sakura-device",
    "specified": "asahi-basic",
    "withdrawn": "asahi-legacy",
    "suspended": "nordlicht-sign",
    "tsa": "hokuto-tsa",
}
