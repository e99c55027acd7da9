"""The level of an XML signature by what is present (EN 319 132-1, 6; EN 319 132-2, 4), and what it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from signing.domain.levels import has_validation_data, reached
from timestamp.domain.tokens import TimeStampToken
from trustreg.pki.certificates import Certificate

from .canonical import METHODS
from .names import XADES_132
from .properties import Qualifying, SignedProperties, named, read_values
from .references import Kind, Outcome
from .structure import Signature

NOT_ETSI = "NOT_ETSI"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the level is told from. `stamps`: the tokens of each SignatureTimeStamp, None for an unreadable one."""

    signature: Signature
    qualifying: Qualifying | None
    properties: SignedProperties | None
    outcomes: Sequence[Outcome]
    certificate: Certificate | None
    bound: bool | None
    key_info: Sequence[Certificate]
    stamps: Sequence[Sequence[TimeStampToken | None]]
    countersignature: bool


def level_of(facts: Facts) -> tuple[str, list[str]]:
    """`BASELINE-B` … `BASELINE-LTA`, an older level (`BES`, `EPES`, `T`, `C`, `X`, `XL`, `LT`, `A`), `NOT_ETSI`.

    With it the requirements that keep it from the baseline. Levels say what is present, not what is valid. A plain
    XMLDSig signature is `NOT_ETSI`.
    """
    properties, qualifying = facts.properties, facts.qualifying
    if properties is None or qualifying is None:
        return NOT_ETSI, [] if qualifying is None else ["SIGNED_PROPERTIES"]
    obstacles = _obstacles(facts, properties)
    if not _is_bes(facts, properties):
        return NOT_ETSI, obstacles
    baseline = not obstacles
    policy = properties.policies[0] if properties.policies else None
    unsigned = qualifying.unsigned
    if not _stamped(facts):
        if baseline:
            return "BASELINE-B", []
        return ("EPES" if policy and policy.identifier and policy.digest else "BES"), obstacles
    if any(len(container) != 1 for container in facts.stamps):
        obstacles.append("ONE_TOKEN_PER_SIGNATURE_TIMESTAMP")
        baseline = False
    return _long_term(unsigned, facts.certificate, baseline=baseline), obstacles


def _long_term(unsigned: tuple[etree._Element, ...], certificate: Certificate | None, *, baseline: bool) -> str:
    archived = bool(named(unsigned, "ArchiveTimeStamp"))
    certificate_refs = named(unsigned, "CompleteCertificateRefs", "CompleteCertificateRefsV2")
    revocation_refs = named(unsigned, "CompleteRevocationRefs")
    refs_stamps = named(
        unsigned, "SigAndRefsTimeStamp", "SigAndRefsTimeStampV2", "RefsOnlyTimeStamp", "RefsOnlyTimeStampV2"
    )
    values = _has_values(unsigned, certificate)
    once = all(
        len(named(unsigned, name)) <= 1
        for name in ("CertificateValues", "RevocationValues", "AttrAuthoritiesCertValues", "AttributeRevocationValues")
    )
    if baseline and values and once and not (certificate_refs or revocation_refs or refs_stamps):
        return f"BASELINE-{reached(stamped=True, validated=True, archived=archived)}"
    if len(certificate_refs) == 1 and len(revocation_refs) == 1:
        if values:
            return "A" if archived else "XL" if refs_stamps else "C"
        return "X" if refs_stamps else "C"
    if values:
        return "A" if archived else "LT"
    return "BASELINE-T" if baseline else "T"


def _has_values(unsigned: tuple[etree._Element, ...], certificate: Certificate | None) -> bool:
    found = read_values(
        tuple(
            named(
                unsigned,
                "CertificateValues",
                "RevocationValues",
                "AttrAuthoritiesCertValues",
                "AttributeRevocationValues",
                "TimeStampValidationData",
                "AnyValidationData",
            )
        )
    )
    return has_validation_data(certificate, found.certificates, found.crls, found.ocsps)


def _stamped(facts: Facts) -> bool:
    """EN 319 132-1, 6.3: a signature time-stamp made before the signing certificate ended."""
    tokens = [token for container in facts.stamps for token in container if token is not None]
    end = facts.certificate.not_after if facts.certificate else None
    return bool(tokens) and all(end is None or token.gen_time <= end for token in tokens)


def _is_bes(facts: Facts, properties: SignedProperties) -> bool:
    return (
        len(properties.signing_times) <= 1
        and properties.certificate_properties <= 1
        and facts.bound is True
        and properties.places <= 1
        and properties.roles <= 1
        and not {"DATA_OBJECT_FORMAT_VALID"} & set(_format_obstacles(facts, properties))
    )


def _obstacles(facts: Facts, properties: SignedProperties) -> list[str]:
    """EN 319 132-1, 6.3: what is not met of level B."""
    rules = {
        "NAMESPACE": properties.namespace == XADES_132,
        "KEY_INFO_CERTIFICATE": facts.certificate is not None and facts.certificate in facts.key_info,
        "CANONICALIZATION": facts.signature.method_uri in METHODS,
        "TWO_REFERENCES": len(facts.signature.references) >= 2,
        "SIGNING_TIME": len(properties.signing_times) == 1 and properties.signing_times[0] is not None,
        "SIGNING_CERTIFICATE": properties.certificate_properties == 1
        and bool(properties.references)
        and facts.bound is True,
        "NO_CERTIFICATE_URI": not any(one.has_uri for one in properties.references),
        "ONE_ROLE": properties.roles <= 1,
        "ONE_PLACE": properties.places <= 1,
        "ONE_POLICY": len(properties.policies) <= 1,
    }
    return [name for name, kept in rules.items() if not kept] + _format_obstacles(facts, properties)


def _format_obstacles(facts: Facts, properties: SignedProperties) -> list[str]:
    """DataObjectFormat: each names a reference and says something; each reference to data has one with a MimeType."""
    ids = {one.reference.id for one in facts.outcomes if one.reference.id}
    found = []
    if not all(one.reference and one.reference in ids and one.described for one in properties.formats):
        found.append("DATA_OBJECT_FORMAT_VALID")
    if facts.countersignature:
        return found
    typed = {one.reference for one in properties.formats if one.mime_types == 1}
    data = [one for one in facts.outcomes if one.kind in (Kind.DATA, Kind.OBJECT)]
    if not all(one.reference.id in typed for one in data):
        found.append("DATA_OBJECT_FORMAT")
    return found
