"""The model as unsigned TS 119 612 v2.4.1 XML.

Strings are joined rather than a tree built: a list of 10,000 services is a million elements. Every value passes
through `_text` or `_attribute`, the only two places that escape; nothing else writes a value.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator

from cryptography import x509

from qualified_list.domain.model import (
    TSL_TAG,
    TSL_VERSION,
    Address,
    Criteria,
    Equivalence,
    ListedServiceEntry,
    Pointer,
    Provider,
    Qualification,
    Scheme,
    State,
    Status,
    Texts,
    TrustedList,
    utc_text,
)
from qualified_list.domain.xml import names
from trustreg.pki.trust import ServiceType

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[^ !#-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Anything that has to be escaped or refused; most values hold nothing of the kind."""

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)

END = "</TrustServiceStatusList>"


def render_list(trusted_list: TrustedList) -> bytes:
    """`trusted_list` as unsigned XML. States without a start get the issue time.

    Raises ValueError for what XML cannot carry (control characters, naive times) and for a missing provider list
    part that the schema demands.
    """
    stamped = trusted_list.stamped(
        sequence=trusted_list.sequence, issued_at=trusted_list.issued_at, next_update=trusted_list.next_update
    )
    return "".join(_document(stamped)).encode()


def _document(issue: TrustedList) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield (
        f'<TrustServiceStatusList xmlns="{names.TSL}" xmlns:tslx="{names.TSLX}" xmlns:sie="{names.SIE}" '
        f'xmlns:xades="{names.XADES}" xmlns:mra="{names.MRA}" xmlns:reg="{names.REGISTRY}" '
        f'Id="list-{issue.sequence}" TSLTag="{TSL_TAG}">\n'
    )
    yield _scheme_information(issue)
    if issue.providers:
        yield "<TrustServiceProviderList>\n"
        for provider in issue.providers:
            yield from _provider(provider, issue.scheme)
        yield "</TrustServiceProviderList>\n"
    yield END + "\n"


def _text(value: str) -> str:
    return _escaped(value, _TEXT) if _SPECIAL.search(value) else value


def _attribute(value: str) -> str:
    return _escaped(value, _ATTRIBUTE) if _SPECIAL.search(value) else value


def _escaped(value: str, table: dict[int, str]) -> str:
    if _FORBIDDEN.search(value):
        raise ValueError(f"{value!r} holds a character that XML cannot carry")
    return value.translate(table)


def _element(tag: str, value: str) -> str:
    return f"<{tag}>{_text(value)}</{tag}>"


def _languages(tag: str, values: Texts) -> str:
    return "".join(f'<{tag} xml:lang="{_attribute(text.lang)}">{_text(text.value)}</{tag}>' for text in values)


def _block(tag: str, child: str, values: Texts) -> str:
    return f"<{tag}>{_languages(child, values)}</{tag}>"


def _base64(der: bytes) -> str:
    return base64.b64encode(der).decode()


def _address(tag: str, address: Address) -> str:
    postal = "".join(
        f'<PostalAddress xml:lang="{_attribute(entry.lang)}">'
        + _element("StreetAddress", entry.street)
        + _element("Locality", entry.locality)
        + (_element("StateOrProvince", entry.region) if entry.region else "")
        + (_element("PostalCode", entry.postal_code) if entry.postal_code else "")
        + _element("CountryName", entry.country)
        + "</PostalAddress>"
        for entry in address.postal
    )
    electronic = _block("ElectronicAddress", "URI", address.electronic)
    return f"<{tag}><PostalAddresses>{postal}</PostalAddresses>{electronic}</{tag}>"


# Scheme information, 5.3.


def _scheme_information(issue: TrustedList) -> str:
    scheme = issue.scheme
    if scheme.policy:
        notice = _languages("TSLPolicy", scheme.policy)
    else:
        notice = _languages("TSLLegalNotice", scheme.legal_notice)
    next_update = _element("dateTime", utc_text(issue.next_update)) if issue.next_update else ""
    parts = [
        _element("TSLVersionIdentifier", str(TSL_VERSION)),
        _element("TSLSequenceNumber", str(issue.sequence)),
        _element("TSLType", scheme.tsl_type),
        _block("SchemeOperatorName", "Name", scheme.operator_name),
        _address("SchemeOperatorAddress", scheme.operator_address),
        _block("SchemeName", "Name", scheme.name),
        _block("SchemeInformationURI", "URI", scheme.information_uri),
        _element("StatusDeterminationApproach", scheme.status_determination),
        _block("SchemeTypeCommunityRules", "URI", scheme.community_rules),
        _element("SchemeTerritory", scheme.territory),
        f"<PolicyOrLegalNotice>{notice}</PolicyOrLegalNotice>" if notice else "",
        _element("HistoricalInformationPeriod", "65535"),
        _pointers(issue),
        _element("ListIssueDateTime", utc_text(issue.issued_at)),
        f"<NextUpdate>{next_update}</NextUpdate>",
        _distribution_points(scheme.distribution_points),
        _scheme_extensions(scheme),
    ]
    return "<SchemeInformation>\n" + "\n".join(part for part in parts if part) + "\n</SchemeInformation>\n"


def _scheme_extensions(scheme: Scheme) -> str:
    base = _attribute(scheme.status_base)
    extension = f'<Extension Critical="false"><reg:Scheme StatusBase="{base}"/></Extension>'
    return f"<SchemeExtensions>{extension}</SchemeExtensions>"


def _distribution_points(points: tuple[str, ...]) -> str:
    return (
        f"<DistributionPoints>{''.join(_element('URI', uri) for uri in points)}</DistributionPoints>" if points else ""
    )


def _pointers(issue: TrustedList) -> str:
    if not issue.pointers:
        return ""
    pointers = "\n".join(_pointer(pointer, issue.scheme) for pointer in issue.pointers)
    return f"<PointersToOtherTSL>{pointers}</PointersToOtherTSL>"


def _pointer(pointer: Pointer, scheme: Scheme) -> str:
    identities = "".join(
        f"<ServiceDigitalIdentity><DigitalId><X509Certificate>{_base64(der)}</X509Certificate></DigitalId>"
        "</ServiceDigitalIdentity>"
        for der in pointer.signers
    )
    information = [
        _element("TSLType", pointer.tsl_type),
        _element("SchemeTerritory", pointer.territory),
        _element("tslx:MimeType", pointer.mime_type),
        _block("SchemeOperatorName", "Name", pointer.operator_name),
        _block("SchemeTypeCommunityRules", "URI", pointer.community_rules) if pointer.community_rules else "",
        mutual_recognition(pointer, scheme) if pointer.equivalences else "",
    ]
    others = "".join(f"<OtherInformation>{part}</OtherInformation>" for part in information if part)
    listed = f"<ServiceDigitalIdentities>{identities}</ServiceDigitalIdentities>" if identities else ""
    return (
        f"<OtherTSLPointer>{listed}{_element('TSLLocation', pointer.location)}"
        f"<AdditionalInformation>{others}</AdditionalInformation></OtherTSLPointer>"
    )


def mutual_recognition(pointer: Pointer, scheme: Scheme) -> str:
    """The arrangement as `mra:MutualRecognitionAgreementInformation`: own (type, status) for each foreign one."""
    pointed = pointer.community_rules[0].value if pointer.community_rules else pointer.tsl_type
    lines = "".join(_equivalence(line, scheme) for line in pointer.equivalences)
    return (
        '<mra:MutualRecognitionAgreementInformation technicalType="1" version="1" MRADepth="1" '
        f'pointingContractingPartyLegislation="{_attribute(scheme.community_rules[0].value)}" '
        f'pointedContractingPartyLegislation="{_attribute(pointed)}">{lines}'
        "</mra:MutualRecognitionAgreementInformation>"
    )


def _equivalence(line: Equivalence, scheme: Scheme) -> str:
    own_type = ServiceType.TSA if line.usage is None else ServiceType.CA_PKC
    information = _usage(names.USAGE_URIS[line.usage]) if line.usage else ""

    def types(party: str, uri: str) -> str:
        return (
            f"<mra:TrustServiceTSLTypeList{party}Party><mra:TrustServiceTSLType>"
            f"{_element('ServiceTypeIdentifier', uri)}{information}"
            f"</mra:TrustServiceTSLType></mra:TrustServiceTSLTypeList{party}Party>"
        )

    def statuses(party: str, uris: Iterable[str]) -> str:
        listed = "".join(_element("ServiceStatus", uri) for uri in uris)
        return f"<mra:TrustServiceTSLStatusList{party}Party>{listed}</mra:TrustServiceTSLStatusList{party}Party>"

    if line.start is None:
        raise ValueError("an equivalence is rendered only after it was stamped with the issue time")
    identifier = f"{line.foreign_type.rsplit('/Svctype/')[-1]}{f' {line.usage}' if line.usage else ''}"
    valid = statuses("Pointing", [scheme.status_uri(Status.QUALIFIED)]) + statuses("Pointed", line.valid_statuses)
    not_valid = [scheme.status_uri(Status.SUSPENDED), scheme.status_uri(Status.WITHDRAWN)]
    invalid = statuses("Pointing", not_valid) + statuses("Pointed", line.invalid_statuses)
    return (
        "<mra:TrustServiceEquivalenceInformation>"
        f"{_element('mra:TrustServiceLegalIdentifier', identifier)}"
        f"<mra:TrustServiceTSLTypeEquivalenceList>{types('Pointing', own_type)}{types('Pointed', line.foreign_type)}"
        "</mra:TrustServiceTSLTypeEquivalenceList>"
        f"{_element('mra:TrustServiceEquivalenceStatus', names.MRA_ENACTED)}"
        f"{_element('mra:TrustServiceEquivalenceStatusStartingTime', utc_text(line.start))}"
        "<mra:TrustServiceTSLStatusEquivalenceList>"
        f"<mra:TrustServiceTSLStatusValidEquivalence>{valid}</mra:TrustServiceTSLStatusValidEquivalence>"
        f"<mra:TrustServiceTSLStatusInvalidEquivalence>{invalid}</mra:TrustServiceTSLStatusInvalidEquivalence>"
        "</mra:TrustServiceTSLStatusEquivalenceList>"
        "</mra:TrustServiceEquivalenceInformation>"
    )


# Providers and services, 5.4 to 5.6.


def _provider(provider: Provider, scheme: Scheme) -> Iterator[str]:
    yield "<TrustServiceProvider>\n<TSPInformation>"
    yield _block("TSPName", "Name", provider.names)
    if provider.trade_names:
        yield _block("TSPTradeName", "Name", provider.trade_names)
    yield _address("TSPAddress", provider.address)
    yield _block("TSPInformationURI", "URI", provider.information_uri)
    yield (
        '<TSPInformationExtensions><Extension Critical="false">'
        f'<reg:Provider Id="{_attribute(provider.provider_id)}"/></Extension></TSPInformationExtensions>'
    )
    yield "</TSPInformation>\n<TSPServices>\n"
    for service in provider.services:
        yield from _service(service, scheme)
    yield "</TSPServices>\n</TrustServiceProvider>\n"


def _service(service: ListedServiceEntry, scheme: Scheme) -> Iterator[str]:
    certificates = "".join(
        f"<DigitalId><X509Certificate>{_base64(der)}</X509Certificate></DigitalId>" for der in service.identities
    )
    states = len(service.history) + 1
    yield "<TSPService>\n<ServiceInformation>"
    yield _state(service.state, service, certificates, states, scheme)
    yield "</ServiceInformation>\n"
    if service.history:
        identity = _history_identity(service)
        yield "<ServiceHistory>"
        for age, state in enumerate(service.history, start=1):
            yield "<ServiceHistoryInstance>"
            yield _state(state, service, identity, states - age, scheme, past=True)
            yield "</ServiceHistoryInstance>\n"
        yield "</ServiceHistory>\n"
    yield "</TSPService>\n"


def _history_identity(service: ListedServiceEntry) -> str:
    """5.6.3: a past state names the service by subject key identifier, without a certificate."""
    if not service.identities:
        return ""
    return f"<DigitalId><X509SKI>{_base64(subject_key_identifier(service.identities[0]))}</X509SKI></DigitalId>"


def subject_key_identifier(certificate: bytes) -> bytes:
    """The subject key identifier that the certificate states, else SHA-1 of its public key (RFC 5280 4.2.1.2)."""
    parsed = x509.load_der_x509_certificate(certificate)
    try:
        return parsed.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (x509.ExtensionNotFound, ValueError):
        return x509.SubjectKeyIdentifier.from_public_key(parsed.public_key()).digest


def _state(
    state: State, service: ListedServiceEntry, identity: str, number: int, scheme: Scheme, *, past: bool = False
) -> str:
    if state.start is None:
        raise ValueError(f"state {number} of service {service.service_id} has no start: only the newest may lack it")
    parts = [
        _element("ServiceTypeIdentifier", service.type),
        _block("ServiceName", "Name", state.names),
        f"<ServiceDigitalIdentity>{identity}</ServiceDigitalIdentity>",
        _element("ServiceStatus", scheme.status_uri(state.status)),
        _element("StatusStartingTime", utc_text(state.start)),
    ]
    if not past and service.supply_points:
        points = "".join(_element("ServiceSupplyPoint", uri) for uri in service.supply_points)
        parts.append(f"<ServiceSupplyPoints>{points}</ServiceSupplyPoints>")
    if not past and service.definition_uri:
        parts.append(_block("TSPServiceDefinitionURI", "URI", service.definition_uri))
    parts.append(_extensions(state, service, number))
    return "".join(parts)


def _extensions(state: State, service: ListedServiceEntry, number: int) -> str:
    """Scope and qualifications are critical: a reader that skipped them would believe too much. Ours is not."""
    parts = [f'<Extension Critical="true">{_usage(names.USAGE_URIS[usage])}</Extension>' for usage in state.scope]
    if state.qualifications:
        elements = "".join(_qualification(element) for element in state.qualifications)
        parts.append(f'<Extension Critical="true"><sie:Qualifications>{elements}</sie:Qualifications></Extension>')
    until = f' ValidUntil="{utc_text(state.valid_until)}"' if state.valid_until else ""
    parts.append(
        '<Extension Critical="false">'
        f'<reg:State ServiceId="{_attribute(service.service_id)}" Number="{number}"{until}/></Extension>'
    )
    return f"<ServiceInformationExtensions>{''.join(parts)}</ServiceInformationExtensions>"


def _usage(uri: str) -> str:
    return f'<AdditionalServiceInformation><URI xml:lang="en">{_text(uri)}</URI></AdditionalServiceInformation>'


def _qualification(element: Qualification) -> str:
    qualifiers = "".join(
        f'<sie:Qualifier uri="{_attribute(names.QUALIFIER_BASE + name)}"/>' for name in element.qualifiers
    )
    return (
        f"<sie:QualificationElement><sie:Qualifiers>{qualifiers}</sie:Qualifiers>{_criteria(element.criteria)}"
        "</sie:QualificationElement>"
    )


def _criteria(criteria: Criteria) -> str:
    if criteria.unknown:
        raise ValueError("criteria that were not understood can't be published")
    usages = "".join(
        "<sie:KeyUsage>"
        + "".join(
            f'<sie:KeyUsageBit name="{_attribute(name)}">{"true" if value else "false"}</sie:KeyUsageBit>'
            for name, value in bits
        )
        + "</sie:KeyUsage>"
        for bits in criteria.key_usages
    )
    policies = "".join(
        f"<sie:PolicySet>{_oids('sie:PolicyIdentifier', oids)}</sie:PolicySet>" for oids in criteria.policy_sets
    )
    others = "".join(
        f"<tslx:ExtendedKeyUsage>{_oids('tslx:KeyPurposeId', oids)}</tslx:ExtendedKeyUsage>"
        for oids in criteria.extended_key_usages
    ) + "".join(
        f"<tslx:CertSubjectDNAttribute>{_oids('tslx:AttributeOID', oids)}</tslx:CertSubjectDNAttribute>"
        for oids in criteria.subject_attributes
    )
    return (
        f'<sie:CriteriaList assert="{_attribute(criteria.assertion)}">{usages}{policies}'
        + "".join(_criteria(inner) for inner in criteria.lists)
        + (_element("sie:Description", criteria.description) if criteria.description else "")
        + (f"<sie:otherCriteriaList>{others}</sie:otherCriteriaList>" if others else "")
        + "</sie:CriteriaList>"
    )


def _oids(tag: str, oids: tuple[str, ...]) -> str:
    return "".join(
        f'<{tag}><xades:Identifier Qualifier="OIDAsURN">urn:oid:{_text(oid)}</xades:Identifier></{tag}>' for oid in oids
    )
