"""JAdES (TS 119 182-1) and JWS (RFC 7515): from bytes to `DocumentMaterial`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm

from signing.domain.cms_evidence import evidence_of
from signing.domain.jades.header import (
    algorithm_of,
    certificates_of,
    claims,
    fits,
    form_findings,
    references_of,
    signature_policy,
    signing_time,
    verify,
)
from signing.domain.jades.level import level_of
from signing.domain.jades.payload import Payload, payload_of
from signing.domain.jades.serialization import MAX_SIGNATURES, Jws, JwsError, parse
from signing.domain.jades.unsigned import STAMPS, Component, components_of, imprint, tokens_in, values_in
from signing.domain.procedure.findings import (
    BAD_VALUE,
    NO_CERTIFICATE,
    SOME_DOCUMENTS,
    UNREADABLE_TIME_STAMP,
    partial_coverage,
)
from signing.domain.procedure.material import (
    MAX_TOKENS,
    CryptographicResult,
    DocumentMaterial,
    Evidence,
    SignatureMaterial,
    TokenMaterial,
    format_failure,
)
from timestamp.domain.tokens import TimeStampToken, parse_token, verify_token
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import PkiError
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.signatures import digest

_MAX_NESTING = 8
"""Counter-signatures of counter-signatures."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A token with the place where it stands: component number (None in the protected header), number in it."""

    id: str
    type: str
    position: int | None
    token: TimeStampToken | None


@dataclass(frozen=True, slots=True)
class _Item:
    """One signature on its way. `fault`: its unsigned part cannot be read."""

    id: str
    jws: Jws
    payload: Payload
    components: tuple[Component, ...]
    tokens: tuple[_Token, ...]
    parent: str | None = None
    fault: str | None = None


def read(
    data: bytes, *, detached: Sequence[tuple[str, bytes]] = (), digests: Mapping[str, bytes] | None = None
) -> DocumentMaterial:
    """Everything signed or stamped in a JWS. Raises `PkiError` when it cannot be read.

    `detached`: (name, octets) of the documents that it may be over, `digests` (hashlib name -> value) of one.
    """
    items: list[_Item] = []
    for number, jws in enumerate(parse(data), 1):
        identifier = f"S{number}-{hashlib.sha256(jws.signature_text.encode()).hexdigest()[:16]}"
        items += _items(identifier, jws, payload_of(jws, detached, digests or {}), None, 0)
        if len(items) > MAX_SIGNATURES:
            raise JwsError(f"it holds more than the {MAX_SIGNATURES} signatures that are validated")
    values = [values_in(item.components) for item in items]
    evidence = evidence_of(
        [token.token.signed_data for item in items for token in item.tokens if token.token is not None],
        certificates=[
            *(certificate.der for item in items for certificate in certificates_of(item.jws)),
            *(der for value in values for der in value.certificates),
        ],
        crls=[crl for value in values for crl in value.crls],
        ocsps=[ocsp for value in values for ocsp in value.ocsps],
    )
    results = {item.id: _cryptography(item, evidence.certificates) for item in items}
    return DocumentMaterial(
        format="JAdES",
        signatures=tuple(_material(item, results, detached) for item in items),
        tokens=tuple(token for item in items for token in _tokens(item, items, evidence.certificates)),
        evidence=evidence,
    )


def _items(identifier: str, jws: Jws, payload: Payload, parent: str | None, depth: int) -> Iterator[_Item]:
    """The signature and its counter-signatures."""
    if depth > _MAX_NESTING:
        raise JwsError(f"counter-signatures are nested more than {_MAX_NESTING} levels deep")
    fault: str | None = None
    components: tuple[Component, ...] = ()
    try:
        components = components_of(jws)
    except JwsError as error:
        fault = str(error)
    yield _Item(identifier, jws, payload, components, tuple(_read_tokens(identifier, jws, components)), parent, fault)
    counter = (component.value for component in components if component.name == "cSig")
    for number, value in enumerate(counter, 1):
        inner = _counter(value)
        over = payload_of(inner, [("", jws.signature)], {})
        yield from _items(f"{identifier}-C{number}", inner, over, identifier, depth + 1)


def _counter(value: Any) -> Jws:
    found = parse(value.encode("utf-8") if isinstance(value, str) else json.dumps(value).encode())
    if len(found) != 1:
        raise JwsError("a counter-signature is one signature")
    return found[0]


def _read_tokens(identifier: str, jws: Jws, components: Sequence[Component]) -> Iterator[_Token]:
    number = 0
    places: list[tuple[int | None, str, Any]] = []
    if "adoTst" in jws.protected:
        places.append((None, "content", jws.protected["adoTst"]))
    places += [(at, STAMPS[one.name], one.value) for at, one in enumerate(components) if one.name in STAMPS]
    for position, kind, value in places:
        for der in tokens_in(value):
            number += 1
            if number > MAX_TOKENS:
                raise JwsError(f"it holds more than the {MAX_TOKENS} time-stamps that are validated")
            try:
                token = parse_token(der) if der is not None else None
            except PkiError:
                token = None
            yield _Token(f"{identifier}-T{number}", kind, position, token)


def _cryptography(item: _Item, certificates: tuple[Certificate, ...]) -> CryptographicResult:
    """Clauses 5.2.3 and 5.2.7 of EN 319 102-1 for one signature."""
    jws, payload = item.jws, item.payload
    findings = [finding for finding in payload.findings if finding.sub_indication is not SubIndication.FORMAT_FAILURE]
    own = certificates_of(jws)
    references = references_of(jws)
    candidates = own or certificates
    named = next((one for one in candidates if references and fits(references[0], one)), None)
    chosen = named or (candidates[0] if candidates else None)
    bound: bool | None = bool(named) if references else (True if own else None)
    if chosen is None:
        findings.append(NO_CERTIFICATE)
    elif bound is False:
        findings.append(_OTHER_CERTIFICATE)
    elif bound is None:
        findings.append(_UNBOUND)
    signing = None if payload.signing is None else jws.protected_text.encode("ascii") + b"." + payload.signing
    value = verify(chosen, jws, signing) if chosen is not None and signing is not None else None
    algorithm = algorithm_of(jws)
    if value is False:
        findings.append(BAD_VALUE)
    elif value is None and signing is not None and chosen is not None:
        findings.append(_unknown(algorithm.oid))
    parts = (value, payload.intact)
    return CryptographicResult(
        intact=False if False in parts else (None if None in parts else True),
        certificate=chosen,
        findings=tuple(findings),
        algorithm=algorithm,
        digests=payload.digests,
        references=references,
        certificate_reference=bound,
    )


def _material(
    item: _Item, results: Mapping[str, CryptographicResult], given: Sequence[tuple[str, bytes]]
) -> SignatureMaterial:
    cryptography = results[item.id]
    level, obstacles = level_of(
        item.jws, item.components, cryptography.certificate, countersignature=item.parent is not None
    )
    findings = [*form_findings(item.jws)]
    findings += [one for one in item.payload.findings if one.sub_indication is SubIndication.FORMAT_FAILURE]
    if item.fault is not None:
        findings.append(format_failure("format_parsed", f"{item.fault}.", f"{item.fault}。"))
    coverage = "none"
    if cryptography.intact is True and (item.parent is None or results[item.parent].intact is True):
        left = [] if item.parent else [document for document in given if document not in item.payload.used]
        coverage = "partial" if left or item.payload.joined else "whole"
        if left:
            findings.append(SOME_DOCUMENTS)
        if item.payload.joined:
            findings.append(_JOINED)
    return SignatureMaterial(
        id=item.id,
        format="JAdES",
        level=level,
        coverage=coverage,
        modifications="none",
        cryptography=cryptography,
        format_findings=tuple(findings),
        signing_time=signing_time(item.jws),
        level_findings=tuple(obstacles),
        signature_policy=signature_policy(item.jws),
        countersigns=item.parent,
        claims=claims(item.jws),
        value=item.jws.signature,
    )


def _tokens(item: _Item, items: Sequence[_Item], certificates: tuple[Certificate, ...]) -> Iterator[TokenMaterial]:
    for place in item.tokens:
        if place.token is None:
            yield TokenMaterial(place.id, place.type, None, None, format_findings=(UNREADABLE_TIME_STAMP,))
            continue
        octets = (
            item.payload.stamped
            if place.position is None
            else imprint(item.jws, item.payload, item.components, place.position)
        )
        name = place.token.imprint_algorithm
        yield TokenMaterial(
            id=place.id,
            type=place.type,
            token=place.token,
            verification=verify_token(place.token, digests=_digests(name, octets), extra_certificates=certificates),
            covers=_covers(place, item, items) if octets is not None else frozenset(),
            accompanies=frozenset({item.id}) if place.type == "content" else frozenset(),
            evidence=_stamped_evidence(place, item) if octets is not None else Evidence(),
        )


def _stamped_evidence(place: _Token, item: _Item) -> Evidence:
    """Certificates and revocation data that an archive time-stamp is over: of the header and of what is before."""
    if place.position is None or item.components[place.position].name != "arcTst":
        return Evidence()
    values = values_in(item.components[: place.position])
    return evidence_of(
        [],
        certificates=[*(certificate.der for certificate in certificates_of(item.jws)), *values.certificates],
        crls=values.crls,
        ocsps=values.ocsps,
    )


def _digests(name: str | None, octets: bytes | None) -> dict[str, bytes]:
    if name is None or octets is None:
        return {}
    try:
        return {name: digest(name, octets)}
    except UnsupportedAlgorithm:
        return {}


def _covers(place: _Token, item: _Item, items: Sequence[_Item]) -> frozenset[str]:
    """Ids of the signature, and of the tokens and counter-signatures that stand before the time-stamp."""
    if place.position is None or item.components[place.position].name == "rfsTst":
        return frozenset()
    found = {item.id}
    name = item.components[place.position].name
    if name == "sigTst":
        return frozenset(found)
    for other in item.tokens:
        before = other.position is not None and other.position < place.position
        if before and (name == "arcTst" or item.components[other.position or 0].name == "sigTst"):
            found.add(other.id)
    if name == "arcTst":
        found |= {other.id for other in item.tokens if other.position is None}
        counters = [at for at, one in enumerate(item.components) if one.name == "cSig"]
        early = {f"{item.id}-C{number}" for number, at in enumerate(counters, 1) if at < place.position}
        for other_item in items:
            if other_item.id in early:
                found |= {other_item.id, *(token.id for token in other_item.tokens)}
    return frozenset(found)


_JOINED = partial_coverage(
    "The signature is over several documents joined to one: where each ends is not signed, so text may have moved.",
    "署名は、複数の文書をつなげた全体を対象としています。文書の境目は署名されておらず、文字が移されても分かりません。",
)
_OTHER_CERTIFICATE = Finding(
    "signing_certificate_reference",
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    "The certificate is not the one that the protected header refers to.",
    "証明書が、署名されたヘッダーの参照するものと一致しません。",
)
_UNBOUND = Finding(
    "signing_certificate_reference",
    None,
    "Nothing in the protected header binds the signer's certificate.",
    "署名されたヘッダーに、署名者の証明書を特定するものがありません。",
)


def _unknown(name: str) -> Finding:
    return Finding(
        "algorithm_known",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        f"The algorithm {name!r} is not known here.",
        f"アルゴリズム {name!r} には対応していません。",
    )
