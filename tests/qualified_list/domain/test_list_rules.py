"""Every rule of publication accepts what is right and names what is wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import trusted_list_factory as factory
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from qualified_list.domain.model import (
    Criteria,
    Equivalence,
    ListedServiceEntry,
    Pointer,
    Qualification,
    Text,
    TrustedList,
    texts,
)
from qualified_list.domain.rules import Severity, check, rules
from qualified_list.domain.rules.ts119612 import months_later
from qualified_list.domain.signature import sign_list
from qualified_list.domain.xml import render_list
from signing.keys.file import FileKey
from signing.keys.list_signer import list_signer_certificate
from trustreg.pki.trust import ServiceType, Usage

DAY = timedelta(days=1)
YESTERDAY = factory.ISSUED - DAY
SCHEMAS = factory.SCHEMAS
QUALIFIED_PERSONS = Qualification(
    ("QCStatement", "QCWithQSCD"), Criteria("all", key_usages=((("nonRepudiation", True),),))
)
POINTER = Pointer(
    territory="XX",
    location="https://xx.example/tl.xml",
    tsl_type="http://uri.etsi.org/TrstSvc/TrustedList/TSLType/XXlist",
    operator_name=texts({"en": "XX operator"}),
    community_rules=texts({"en": "http://uri.etsi.org/TrstSvc/TrustedList/schemerules/XX"}),
    signers=(factory.ca_certificate("xx signer"),),
    equivalences=(
        Equivalence(
            "http://uri.etsi.org/TrstSvc/Svctype/CA/QC",
            Usage.ESIGN,
            ("https://xx.example/granted",),
            ("https://xx.example/withdrawn",),
            factory.ISSUED,
        ),
    ),
)


def previous() -> TrustedList:
    """Issue 1: two services."""
    return factory.issue(
        factory.service("S1", current=factory.state(start=factory.ISSUED - DAY, valid_until=factory.NEXT)),
        factory.service(
            "T1", service_type=ServiceType.TSA, current=factory.state(start=factory.ISSUED - DAY, scope=())
        ),
        issued_at=factory.ISSUED - DAY,
    )


def good() -> TrustedList:
    """Issue 2: one service suspended, one new, one arrangement."""
    before = previous().providers[0].services
    return factory.issue(
        replace(before[0], state=factory.state("suspended"), history=(before[0].state,)),
        before[1],
        factory.service("S2", current=factory.state(qualifications=(QUALIFIED_PERSONS,))),
        sequence=2,
        pointers=(POINTER,),
    )


def in_scheme(**members: object) -> Callable[[TrustedList], TrustedList]:
    return lambda issue: replace(issue, scheme=replace(issue.scheme, **members))  # type: ignore[arg-type]


def in_provider(**members: object) -> Callable[[TrustedList], TrustedList]:
    return lambda issue: replace(issue, providers=(replace(issue.providers[0], **members),))  # type: ignore[arg-type]


def in_service(
    number: int, change: Callable[[ListedServiceEntry], ListedServiceEntry]
) -> Callable[[TrustedList], TrustedList]:
    def apply(issue: TrustedList) -> TrustedList:
        services = list(issue.providers[0].services)
        services[number] = change(services[number])
        return replace(issue, providers=(replace(issue.providers[0], services=tuple(services)),))

    return apply


def in_state(number: int, **members: object) -> Callable[[TrustedList], TrustedList]:
    return in_service(number, lambda service: replace(service, state=replace(service.state, **members)))  # type: ignore[arg-type]


def in_pointer(**members: object) -> Callable[[TrustedList], TrustedList]:
    return lambda issue: replace(issue, pointers=(replace(POINTER, **members),))  # type: ignore[arg-type]


def in_line(**members: object) -> Callable[[TrustedList], TrustedList]:
    return in_pointer(equivalences=(replace(POINTER.equivalences[0], **members),))  # type: ignore[arg-type]


def qualified_by(*qualifiers: str, criteria: Criteria | None = None) -> Callable[[TrustedList], TrustedList]:
    element = Qualification(qualifiers, criteria or QUALIFIED_PERSONS.criteria)
    return in_state(2, qualifications=(element,))


def without(text: str) -> tuple[Text, ...]:
    return tuple(one for one in factory.scheme().operator_name if one.lang != text)


ADDRESS = factory.address()
OFFENCES: list[tuple[str, Callable[[TrustedList], TrustedList]]] = [
    ("ts119612.languages", in_scheme(operator_name=without("ja"))),
    ("ts119612.languages", in_state(2, names=texts({"ja": "例示"}))),
    ("ts119612.language_tags", in_provider(names=texts({"en": "A", "ja": "B", "JA_jp": "C"}))),
    ("ts119612.text_form", in_provider(names=texts({"en": "A ", "ja": "B"}))),
    ("ts119612.text_form", in_state(2, names=texts({"en": "A\nB", "ja": "B"}))),
    ("ts119612.sequence", lambda issue: replace(issue, sequence=0)),
    ("ts119612.type", in_scheme(tsl_type="http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric")),
    ("ts119612.operator_address", in_scheme(operator_address=replace(ADDRESS, postal=()))),
    ("ts119612.operator_address", in_scheme(operator_address=replace(ADDRESS, electronic=ADDRESS.electronic[::-1]))),
    ("ts119612.operator_address", in_scheme(operator_address=replace(ADDRESS, electronic=ADDRESS.electronic[:1]))),
    ("ts119612.scheme_name", in_scheme(name=texts({"en": "Example", "ja": "JP:例"}))),
    ("ts119612.status_determination", in_scheme(status_determination="urn:x")),
    ("ts119612.community_rules", in_scheme(community_rules=texts({"en": "https://example.jp/rules"}))),
    ("ts119612.territory", in_scheme(territory="jp")),
    ("ts119612.notice", in_scheme(legal_notice=())),
    ("ts119612.notice", in_scheme(policy=texts({"en": "https://example.jp/policy"}))),
    ("ts119612.notice", in_scheme(legal_notice=texts({"en": "English only."}))),
    ("ts119612.pointers", in_pointer(signers=())),
    ("ts119612.pointers", in_pointer(signers=(b"0\x00",))),
    ("ts119612.pointers", in_pointer(location="")),
    ("ts119612.equivalences", in_line(valid_statuses=())),
    ("ts119612.equivalences", in_line(invalid_statuses=POINTER.equivalences[0].valid_statuses)),
    ("ts119612.equivalences", in_pointer(equivalences=POINTER.equivalences * 2)),
    ("ts119612.next_update", lambda issue: replace(issue, next_update=None)),
    ("ts119612.next_update", lambda issue: replace(issue, next_update=issue.issued_at)),
    ("ts119612.next_update", lambda issue: replace(issue, next_update=issue.issued_at + 184 * DAY)),
    ("ts119612.next_update", lambda issue: replace(issue, issued_at=issue.issued_at.replace(microsecond=1))),
    ("ts119612.distribution_points", in_scheme(distribution_points=("http://example.jp/tl.xml",))),
    ("ts119612.trade_name", in_provider(trade_names=texts({"en": "Example Trust"}))),
    ("ts119612.provider_address", in_provider(address=replace(ADDRESS, postal=()))),
    ("ts119612.provider_address", in_provider(information_uri=())),
    ("ts119612.provider_services", in_provider(services=())),
    ("ts119612.provider_services", lambda issue: replace(issue, providers=issue.providers * 2)),
    ("ts119612.service_type", in_service(2, lambda one: replace(one, type=ServiceType.CA_QC))),
    ("ts119612.service_type", in_service(1, lambda one: replace(one, type="https://example.jp/type"))),
    ("ts119612.identity", in_service(2, lambda one: replace(one, identities=()))),
    ("ts119612.identity", in_service(2, lambda one: replace(one, identities=(b"0\x00",)))),
    (
        "ts119612.identity",
        in_service(2, lambda one: replace(one, identities=(*one.identities, factory.ca_certificate("other")))),
    ),
    ("ts119612.unique", in_service(2, lambda one: replace(one, identities=(factory.ca_certificate("S1"),)))),
    ("ts119612.unique", in_service(2, lambda one: replace(one, service_id="S1"))),
    ("ts119612.status", in_state(2, status="granted")),
    ("ts119612.status", in_state(2, status="http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted")),
    ("ts119612.start", in_state(2, start=factory.ISSUED + DAY)),
    ("ts119612.scope", in_state(2, scope=())),
    ("ts119612.scope", in_state(1, scope=(Usage.ESIGN,))),
    ("ts119612.qualifications", in_state(1, qualifications=(QUALIFIED_PERSONS,))),
    ("ts119612.qualifications", qualified_by("QCStatement", "NotQualified")),
    ("ts119612.qualifications", qualified_by("QCWithQSCD", "QCNoQSCD")),
    ("ts119612.qualifications", qualified_by("QCImagined")),
    ("ts119612.qualifications", qualified_by("QCStatement", criteria=Criteria("all"))),
    ("ts119612.history_order", in_state(0, start=factory.ISSUED - DAY)),
    (
        "ts119612.history_changes",
        in_service(0, lambda one: replace(one, state=replace(one.history[0], start=factory.ISSUED))),
    ),
    ("continuity.sequence", lambda issue: replace(issue, sequence=3)),
    ("continuity.issue_time", lambda issue: replace(issue, issued_at=factory.ISSUED - DAY)),
    ("continuity.territory", in_scheme(status_base="https://elsewhere.jp")),
    ("continuity.nothing_disappears", in_service(1, lambda one: replace(one, service_id="T2"))),
    ("continuity.history_kept", in_service(0, lambda one: replace(one, history=()))),
    ("continuity.history_kept", in_service(0, lambda one: replace(one, history=(replace(one.history[0], scope=()),)))),
    (
        "continuity.history_kept",
        in_service(2, lambda one: replace(one, history=(factory.state("specified", start=factory.ISSUED - DAY),))),
    ),
    ("continuity.no_back_dating", in_state(2, start=factory.ISSUED - timedelta(seconds=1))),
    ("continuity.no_back_dating", in_state(0, start=factory.ISSUED - timedelta(hours=1))),
    ("continuity.key_unchanged", in_service(1, lambda one: replace(one, identities=(factory.ca_certificate("new"),)))),
    ("continuity.valid_until", in_state(0, valid_until=factory.NEXT)),
    ("continuity.valid_until", in_state(2, valid_until=factory.ISSUED)),
    ("continuity.arrangement_start", in_line(start=factory.ISSUED - DAY)),
]


def found(issue: TrustedList, before: TrustedList | None) -> set[str]:
    return {finding.rule for finding in check(issue, before) if finding.severity is not Severity.NOT_RUN}


def test_a_good_list_has_no_finding() -> None:
    assert found(good(), previous()) == set()


def test_a_good_first_list_has_no_finding() -> None:
    assert found(previous(), None) == set()


@pytest.mark.parametrize(("rule", "spoil"), OFFENCES, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(OFFENCES)])
def test_an_offence_is_named(rule: str, spoil: Callable[[TrustedList], TrustedList]) -> None:
    assert rule in found(spoil(good()), previous())


def test_a_first_list_that_is_not_the_first_is_refused() -> None:
    assert {"continuity.sequence", "continuity.no_back_dating"} <= found(good(), None)


def test_two_steps_at_once_are_refused() -> None:
    before = previous()
    first = before.providers[0].services[0]
    twice = (factory.state("withdrawn"), factory.state("suspended", start=factory.ISSUED - timedelta(hours=1)))
    jumped = replace(first, state=twice[0], history=(twice[1], first.state))
    issue = factory.issue(jumped, before.providers[0].services[1], sequence=2)
    assert {"continuity.history_kept", "continuity.no_back_dating"} <= found(issue, before)


def test_a_reissue_without_changes_is_good() -> None:
    again = replace(previous(), sequence=2, issued_at=factory.ISSUED, next_update=factory.NEXT)
    assert found(again, previous()) == set()


def test_months_are_calendar_months() -> None:
    assert months_later(factory.moment("2026-08-31T10:00:00Z"), 6) == factory.moment("2027-02-28T10:00:00Z")
    assert months_later(factory.moment("2026-12-01T00:00:00Z"), 6) == factory.moment("2027-06-01T00:00:00Z")


# The file and its signature.


def file_findings(xml: bytes, issue: TrustedList | None = None, **members: object) -> dict[str, Severity]:
    return {finding.rule: finding.severity for finding in check(issue or good(), previous(), xml, **members)}  # type: ignore[arg-type]


def signed(key: FileKey | None = None, *, issue: TrustedList | None = None, at: timedelta = timedelta(0)) -> bytes:
    issue = issue or good()
    return sign_list(render_list(issue), key=key or factory.signer(), at=issue.issued_at + at)


@factory.needs_schemas
@pytest.mark.corpus
def test_a_good_file_passes_with_its_schema() -> None:
    assert file_findings(signed(), schemas=SCHEMAS) == {}


@factory.needs_schemas
@pytest.mark.corpus
def test_the_schema_is_applied() -> None:
    xml = render_list(good()).replace(b"<TSPServices>", b"<TSPServices><Surprise/>")
    assert file_findings(xml, schemas=SCHEMAS)["document.schema"] is Severity.ERROR
    assert file_findings(signed(), schemas=SCHEMAS.parent)["document.schema"] is Severity.NOT_RUN


def test_what_could_not_be_checked_is_said() -> None:
    assert file_findings(signed()) == {"document.schema": Severity.NOT_RUN}
    unsigned = file_findings(render_list(good()))
    assert set(unsigned.values()) == {Severity.NOT_RUN}
    assert "document.signature" in unsigned
    assert {finding.rule for finding in check(good(), previous())} == {
        rule.id for rule in rules() if rule.id.startswith("document.")
    }


def test_a_file_that_says_something_else_is_refused() -> None:
    xml = signed()
    other = replace(good(), providers=(replace(good().providers[0], names=texts({"en": "X", "ja": "Y"})),))
    assert file_findings(xml, other)["document.same_content"] is Severity.ERROR
    later = replace(good(), next_update=factory.NEXT - DAY)
    assert file_findings(xml, later)["document.same_content"] is Severity.ERROR


def test_comments_and_other_versions_are_refused() -> None:
    xml = render_list(good())
    assert "document.plain" in file_findings(xml.replace(b"<TSPServices>", b"<!-- x --><TSPServices>"))
    assert "document.plain" in file_findings(xml.replace(b"<TSPServices>", b"<?x y?><TSPServices>"))
    other = xml.replace(b"<TSLVersionIdentifier>6", b"<TSLVersionIdentifier>5")
    assert file_findings(other)["document.version"] is Severity.ERROR


def test_a_broken_signature_is_refused() -> None:
    broken = file_findings(signed().replace(b"Svcstatus/suspended<", b"Svcstatus/qualified<"))
    assert broken["document.signature"] is Severity.ERROR
    assert broken["document.signing_time"] is Severity.NOT_RUN


def test_another_signature_profile_is_refused() -> None:
    xml = signed().replace(b"xades:DataObjectFormat", b"xades:AnotherFormat")
    assert file_findings(xml)["document.signature_profile"] is Severity.ERROR
    inclusive = b'CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"'
    xml = signed().replace(b'CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"', inclusive)
    assert file_findings(xml)["document.signature_profile"] is Severity.ERROR


@pytest.mark.parametrize("at", [-DAY, timedelta(seconds=-1), 180 * DAY])
def test_the_signing_time_lies_within_the_issue(at: timedelta) -> None:
    assert file_findings(signed(at=at))["document.signing_time"] is Severity.ERROR


def test_the_signer_is_valid_when_it_signs() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    expired = _signer_certificate(key, not_after=factory.ISSUED - DAY)
    assert file_findings(signed(FileKey(key, expired)))["document.signing_time"] is Severity.ERROR


def _signer_certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, **members: object) -> bytes:
    members = {
        "territory": "JP",
        "operator_name": factory.OPERATOR,
        "common_name": "Signer",
        "not_before": factory.ISSUED - 30 * DAY,
        "not_after": factory.NEXT,
        **members,
    }
    return list_signer_certificate(key, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize("members", [{"territory": "DE"}, {"operator_name": "Another body"}])
def test_the_signer_is_the_operator(members: dict[str, str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signer_certificate(key, **members)
    assert file_findings(signed(FileKey(key, certificate)))["document.signer_name"] is Severity.ERROR


def test_a_ca_does_not_sign_lists() -> None:
    key = FileKey(factory.key("S1"), factory.ca_certificate("S1"))
    offences = [
        finding.detail for finding in check(good(), previous(), signed(key)) if finding.rule == "document.signer_usage"
    ]
    assert offences == ["CA", "key usage ['cRLSign', 'keyCertSign']", "no tslSigning"]


@functools.cache
def weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_a_weak_key_does_not_sign_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key backend refuses such a key; the rule stands on its own."""
    monkeypatch.setattr("signing.keys.backend.MINIMUM_RSA_BITS", 2048)
    key = FileKey(weak_key(), _signer_certificate(weak_key()))
    assert file_findings(signed(key))["document.signer_key"] is Severity.ERROR


def test_a_signer_without_key_identifier_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    template = x509.load_der_x509_certificate(_signer_certificate(key))
    builder = x509.CertificateBuilder(
        template.issuer, template.subject, key.public_key(), 5, factory.ISSUED - DAY, factory.NEXT
    )
    for extension in template.extensions:
        if not isinstance(extension.value, x509.SubjectKeyIdentifier):
            builder = builder.add_extension(extension.value, extension.critical)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    assert file_findings(signed(FileKey(key, certificate)))["document.signer_usage"] is Severity.ERROR


# The rule books as a whole.


def test_every_rule_has_a_failing_test() -> None:
    tested = {rule for rule, _ in OFFENCES}
    document = {rule.id for rule in rules() if rule.id.startswith("document.")}
    assert tested | document == {rule.id for rule in rules()}
    assert len({rule.id for rule in rules()}) == len(rules())


def test_every_rule_speaks_both_languages() -> None:
    for rule in rules():
        assert rule.en.endswith(".")
        assert rule.ja.endswith("。")
        assert rule.clause
