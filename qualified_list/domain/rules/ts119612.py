"""ETSI TS 119 612 v2.4.1, clauses 5.1 to 5.4: the scheme and its providers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from qualified_list.domain.model import (
    ETSI,
    Address,
    Texts,
    TrustedList,
)
from qualified_list.domain.rules.book import Book, Offences, Severity, Subject
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.errors import MalformedCertificate

BOOK = Book("ts119612")

MAXIMUM_MONTHS = 6

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_IDENTIFIER = re.compile(r"(VAT|NTR)[A-Z]{2}-\S+")


def named_texts(issue: TrustedList) -> Iterator[tuple[str, Texts]]:
    """The multilingual blocks that a reader sees, with where they stand. Past service names are history: left alone."""
    scheme = issue.scheme
    yield "SchemeOperatorName", scheme.operator_name
    yield "SchemeName", scheme.name
    yield "SchemeInformationURI", scheme.information_uri
    for provider in issue.providers:
        yield f"{provider.provider_id} TSPName", provider.names
        for service in provider.services:
            yield f"{service.service_id} ServiceName", service.state.names


@BOOK.rule(
    "languages",
    "5.1.4",
    "Every public text is given in English and in the languages of the scheme.",
    "公開するすべての文言は、英語と制度の言語で記載します。",
)
def languages(subject: Subject) -> Offences:
    wanted = {"en", *subject.list.scheme.languages}
    for where, values in named_texts(subject.list):
        missing = wanted - {text.lang for text in values}
        if missing:
            yield where, f"missing {', '.join(sorted(missing))}"


@BOOK.rule(
    "language_tags",
    "5.1.4",
    "Language tags are lower-case BCP 47.",
    "言語タグは小文字のBCP 47形式です。",
)
def language_tags(subject: Subject) -> Offences:
    for where, values in named_texts(subject.list):
        for text in values:
            if not _LANGUAGE.fullmatch(text.lang):
                yield where, text.lang


@BOOK.rule(
    "text_form",
    "5.1.4",
    "Texts are not empty, and have no line breaks and no white space at either end.",
    "文言は空でなく、改行や前後の空白を含みません。",
)
def text_form(subject: Subject) -> Offences:
    for where, values in named_texts(subject.list):
        for text in values:
            if not text.value or text.value != text.value.strip() or re.search("[\t\r\n]", text.value):
                yield where, repr(text.value)


@BOOK.rule(
    "sequence",
    "5.3.2",
    "The sequence number is at least 1.",
    "連番は1以上です。",
)
def sequence(subject: Subject) -> Offences:
    if subject.list.sequence < 1:
        yield "TSLSequenceNumber", str(subject.list.sequence)


@BOOK.rule(
    "type",
    "5.3.3",
    "The list type is the one of the territory.",
    "リストの種類は、対象国・地域のものです。",
)
def list_type(subject: Subject) -> Offences:
    scheme = subject.list.scheme
    if scheme.tsl_type != f"{ETSI}/TrustedList/TSLType/{scheme.territory}list":
        yield "TSLType", scheme.tsl_type


@BOOK.rule(
    "operator_address",
    "5.3.5",
    "The operator has a postal address, an e-mail address (first) and a web address.",
    "運営者には、住所、メールアドレス（先頭）、ウェブサイトのアドレスが必要です。",
)
def operator_address(subject: Subject) -> Offences:
    yield from _address_offences("SchemeOperatorAddress", subject.list.scheme.operator_address)


def _address_offences(where: str, address: Address) -> Offences:
    for postal in address.postal:
        if not (postal.street and postal.locality and _COUNTRY.fullmatch(postal.country)):
            yield where, f"{postal.street}, {postal.locality}, {postal.country}"
    if not address.postal:
        yield where, "no postal address"
    uris = [text.value for text in address.electronic]
    if not uris or not uris[0].startswith("mailto:"):
        yield where, "no e-mail address in the first place"
    if not any(uri.startswith(("https://", "http://")) for uri in uris):
        yield where, "no web address"


@BOOK.rule(
    "scheme_name",
    "5.3.6",
    "Each scheme name begins with the territory and a colon.",
    "制度の名称は、国・地域コードとコロンで始まります。",
)
def scheme_name(subject: Subject) -> Offences:
    scheme = subject.list.scheme
    for text in scheme.name:
        if not text.value.startswith(f"{scheme.territory}:"):
            yield "SchemeName", text.value


@BOOK.rule(
    "status_determination",
    "5.3.8",
    "The status determination approach is the one of the territory.",
    "ステータス決定方式は、対象国・地域のものです。",
)
def status_determination(subject: Subject) -> Offences:
    scheme = subject.list.scheme
    if scheme.status_determination != f"{ETSI}/TrustedList/StatusDetn/{scheme.territory}determination":
        yield "StatusDeterminationApproach", scheme.status_determination


@BOOK.rule(
    "community_rules",
    "5.3.9",
    "The community rules name those of the territory.",
    "共通ルールに、対象国・地域のルールが含まれます。",
)
def community_rules(subject: Subject) -> Offences:
    scheme = subject.list.scheme
    if f"{ETSI}/TrustedList/schemerules/{scheme.territory}" not in {text.value for text in scheme.community_rules}:
        yield "SchemeTypeCommunityRules", scheme.territory


@BOOK.rule(
    "territory",
    "5.3.10",
    "The territory is an upper-case ISO 3166-1 code of two letters.",
    "国・地域コードは、ISO 3166-1の大文字2文字です。",
)
def territory(subject: Subject) -> Offences:
    if not _COUNTRY.fullmatch(subject.list.scheme.territory):
        yield "SchemeTerritory", subject.list.scheme.territory


@BOOK.rule(
    "notice",
    "5.3.11",
    "The list has either a policy or a legal notice, in every language of the scheme.",
    "方針または法的通知のいずれか一方を、制度のすべての言語で記載します。",
)
def notice(subject: Subject) -> Offences:
    scheme = subject.list.scheme
    if bool(scheme.policy) == bool(scheme.legal_notice):
        yield "PolicyOrLegalNotice", "both" if scheme.policy else "neither"
    elif not {"en", *scheme.languages} <= {text.lang for text in scheme.policy or scheme.legal_notice}:
        yield "PolicyOrLegalNotice", "a language is missing"


@BOOK.rule(
    "pointers",
    "5.3.13",
    "A pointer names territory, address, operator and at least one signer certificate of the other list.",
    "他のリストへの参照には、国・地域、所在、運営者、署名者証明書が必要です。",
)
def pointers(subject: Subject) -> Offences:
    for pointer in subject.list.pointers:
        complete = pointer.territory and pointer.location and pointer.operator_name and pointer.tsl_type
        if not complete or not pointer.signers:
            yield pointer.territory or pointer.location, "incomplete"
        for der in pointer.signers:
            if readable(der) is None:
                yield pointer.territory, "signer certificate unreadable"


@BOOK.rule(
    "equivalences",
    "5.3.13",
    "A line of an arrangement names foreign statuses that count and ones that do not, none of them twice.",
    "相互承認の各行には、有効・無効とする外国のステータスを重複なく示します。",
)
def equivalences(subject: Subject) -> Offences:
    for pointer in subject.list.pointers:
        seen = set()
        for line in pointer.equivalences:
            valid, invalid = set(line.valid_statuses), set(line.invalid_statuses)
            if not valid or not invalid or valid & invalid:
                yield pointer.territory, f"{line.foreign_type} {line.usage or ''}"
            if (line.foreign_type, line.usage) in seen:
                yield pointer.territory, f"{line.foreign_type} {line.usage or ''} twice"
            seen.add((line.foreign_type, line.usage))


@BOOK.rule(
    "next_update",
    "5.3.15",
    "Issue time and next update are UTC times of whole seconds; the next update is later, by at most six months.",
    "発行日時と次回更新日時はUTC（秒単位）とし、次回更新は発行より後、6か月以内です。",
)
def next_update(subject: Subject) -> Offences:
    issue = subject.list
    for moment in (issue.issued_at, issue.next_update):
        if moment is not None and (moment.tzinfo is None or moment.microsecond):
            yield "ListIssueDateTime", repr(moment)
            return
    if issue.next_update is None:
        yield "NextUpdate", "missing"
    elif not issue.issued_at < issue.next_update <= months_later(issue.issued_at, MAXIMUM_MONTHS):
        yield "NextUpdate", issue.next_update.isoformat()


def months_later(moment: datetime, months: int) -> datetime:
    """The same day and time `months` later, or the last day of that month."""
    moment = moment.astimezone(UTC)
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    for day in range(moment.day, 0, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise ValueError(moment)


@BOOK.rule(
    "distribution_points",
    "5.3.16",
    "Distribution points are https addresses of .xml or .xtsl files.",
    "配布点は、.xmlまたは.xtslファイルのHTTPSアドレスです。",
    severity=Severity.WARNING,
)
def distribution_points(subject: Subject) -> Offences:
    for uri in subject.list.scheme.distribution_points:
        if not uri.startswith("https://") or not uri.endswith((".xml", ".xtsl")):
            yield "DistributionPoints", uri


# Providers, 5.4.


@BOOK.rule(
    "trade_name",
    "5.4.2",
    "A provider's trade names hold its registration identifier (NTR or VAT, country, number).",
    "事業者の商号欄に登録番号（NTRまたはVAT＋国コード＋番号）が必要です。",
)
def trade_name(subject: Subject) -> Offences:
    for provider in subject.list.providers:
        if not any(_IDENTIFIER.fullmatch(text.value) for text in provider.trade_names):
            yield provider.provider_id, ", ".join(text.value for text in provider.trade_names)


@BOOK.rule(
    "provider_address",
    "5.4.3",
    "A provider has a postal address, an e-mail address (first), a web address and an information page.",
    "事業者には、住所、メールアドレス（先頭）、ウェブサイト、案内ページが必要です。",
)
def provider_address(subject: Subject) -> Offences:
    for provider in subject.list.providers:
        yield from _address_offences(provider.provider_id, provider.address)
        if not provider.information_uri:
            yield provider.provider_id, "no information page"


@BOOK.rule(
    "provider_services",
    "5.4.6",
    "A provider on the list has at least one service, and providers are listed once.",
    "リストに載る事業者には1つ以上のサービスがあり、事業者は重複しません。",
)
def provider_services(subject: Subject) -> Offences:
    seen = set()
    for provider in subject.list.providers:
        if not provider.services:
            yield provider.provider_id, "no service"
        if provider.provider_id in seen:
            yield provider.provider_id, "twice"
        seen.add(provider.provider_id)


def readable(der: bytes) -> Certificate | None:
    try:
        return parse_certificate(der)
    except MalformedCertificate:
        return None
