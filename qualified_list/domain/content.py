"""The content of a list without its sequence and times: what two people approve and what the signer checks.

`content_hash` is SHA-256 over RFC 8785 canonical JSON. A state that starts with the issue has start null, so the
hash is known before the issue time is. `from_content_model` reads a model back.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from qualified_list.domain.canonical import canonical_text
from qualified_list.domain.model import (
    Address,
    Criteria,
    Equivalence,
    ListedServiceEntry,
    Pointer,
    PostalAddress,
    Provider,
    Qualification,
    Scheme,
    State,
    Text,
    Texts,
    TrustedList,
    utc_text,
)
from trustreg.pki.trust import Usage

CONTENT_VERSION = 1


def content_model(trusted_list: TrustedList) -> dict[str, Any]:
    """The list as JSON-able values, without sequence, issue time and next update.

    The start of a state that begins with this very issue is null, whether it was stamped yet or not.
    """
    return {
        "version": CONTENT_VERSION,
        "scheme": _scheme(trusted_list.scheme),
        "pointers": [_pointer(pointer, trusted_list.issued_at) for pointer in trusted_list.pointers],
        "providers": [_provider(provider, trusted_list.issued_at) for provider in trusted_list.providers],
    }


def content_hash(trusted_list: TrustedList) -> str:
    """Lower-case hexadecimal SHA-256 of the canonical content model (design 4, step 1 of publication).

    The providers are hashed one by one: the model of a large list need not stand in memory at once.
    """
    rest = content_model(replace(trusted_list, providers=()))
    before, after = canonical_text(rest).split('"providers":[]')
    digest = hashlib.sha256(f'{before}"providers":['.encode())
    separator = ""
    for provider in trusted_list.providers:
        digest.update(f"{separator}{canonical_text(_provider(provider, trusted_list.issued_at))}".encode())
        separator = ","
    digest.update(f"]{after}".encode())
    return digest.hexdigest()


def from_content_model(
    content: Mapping[str, Any], *, sequence: int, issued_at: datetime, next_update: datetime | None
) -> TrustedList:
    """The inverse of `content_model`: the issue `sequence`, its new states stamped with `issued_at`.

    Raises ValueError for another version, KeyError or TypeError for another shape.
    """
    if content["version"] != CONTENT_VERSION:
        raise ValueError(f"content version {content['version']!r}, expected {CONTENT_VERSION}")
    unstamped = TrustedList(
        scheme=_read_scheme(content["scheme"]),
        sequence=sequence,
        issued_at=issued_at,
        next_update=next_update,
        providers=tuple(_read_provider(provider) for provider in content["providers"]),
        pointers=tuple(_read_pointer(pointer) for pointer in content["pointers"]),
    )
    return unstamped.stamped(sequence=sequence, issued_at=issued_at, next_update=next_update)


# Writing.


def _texts(values: Texts) -> list[list[str]]:
    return [[text.lang, text.value] for text in values]


def _der(values: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(value).decode() for value in values]


def _start(start: datetime | None, issued_at: datetime) -> str | None:
    return None if start is None or start == issued_at else utc_text(start)


def _address(address: Address) -> dict[str, Any]:
    return {
        "postal": [
            {
                "lang": postal.lang,
                "street": postal.street,
                "locality": postal.locality,
                "region": postal.region,
                "postal_code": postal.postal_code,
                "country": postal.country,
            }
            for postal in address.postal
        ],
        "electronic": _texts(address.electronic),
    }


def _scheme(scheme: Scheme) -> dict[str, Any]:
    return {
        "territory": scheme.territory,
        "operator_name": _texts(scheme.operator_name),
        "operator_address": _address(scheme.operator_address),
        "name": _texts(scheme.name),
        "information_uri": _texts(scheme.information_uri),
        "status_base": scheme.status_base,
        "legal_notice": _texts(scheme.legal_notice),
        "policy": _texts(scheme.policy),
        "community_rules": _texts(scheme.community_rules),
        "tsl_type": scheme.tsl_type,
        "status_determination": scheme.status_determination,
        "distribution_points": list(scheme.distribution_points),
    }


def _pointer(pointer: Pointer, issued_at: datetime) -> dict[str, Any]:
    return {
        "territory": pointer.territory,
        "location": pointer.location,
        "tsl_type": pointer.tsl_type,
        "operator_name": _texts(pointer.operator_name),
        "community_rules": _texts(pointer.community_rules),
        "signers": _der(pointer.signers),
        "mime_type": pointer.mime_type,
        "equivalences": [
            {
                "foreign_type": line.foreign_type,
                "usage": line.usage,
                "valid_statuses": list(line.valid_statuses),
                "invalid_statuses": list(line.invalid_statuses),
                "start": _start(line.start, issued_at),
            }
            for line in pointer.equivalences
        ],
    }


def _provider(provider: Provider, issued_at: datetime) -> dict[str, Any]:
    return {
        "id": provider.provider_id,
        "names": _texts(provider.names),
        "trade_names": _texts(provider.trade_names),
        "address": _address(provider.address),
        "information_uri": _texts(provider.information_uri),
        "services": [
            {
                "id": service.service_id,
                "type": service.type,
                "identities": _der(service.identities),
                "supply_points": list(service.supply_points),
                "definition_uri": _texts(service.definition_uri),
                "states": [_state(state, issued_at) for state in service.states()],
            }
            for service in provider.services
        ],
    }


def _state(state: State, issued_at: datetime) -> dict[str, Any]:
    return {
        "status": state.status,
        "names": _texts(state.names),
        "start": _start(state.start, issued_at),
        "scope": [str(usage) for usage in state.scope],
        "qualifications": [
            {"qualifiers": list(element.qualifiers), "criteria": _criteria(element.criteria)}
            for element in state.qualifications
        ],
        "valid_until": utc_text(state.valid_until) if state.valid_until else None,
    }


def _criteria(criteria: Criteria) -> dict[str, Any]:
    return {
        "assert": criteria.assertion,
        "key_usages": [[[name, value] for name, value in bits] for bits in criteria.key_usages],
        "policy_sets": [list(oids) for oids in criteria.policy_sets],
        "lists": [_criteria(inner) for inner in criteria.lists],
        "extended_key_usages": [list(oids) for oids in criteria.extended_key_usages],
        "subject_attributes": [list(oids) for oids in criteria.subject_attributes],
        "description": criteria.description,
        "unknown": criteria.unknown,
    }


# Reading.


def _read_texts(values: Sequence[Sequence[str]]) -> Texts:
    return tuple(Text(lang, value) for lang, value in values)


def _read_der(values: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(value, validate=True) for value in values)


def _read_time(value: str | None) -> datetime | None:
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if value else None


def _read_address(address: Mapping[str, Any]) -> Address:
    return Address(tuple(PostalAddress(**postal) for postal in address["postal"]), _read_texts(address["electronic"]))


def _read_scheme(scheme: Mapping[str, Any]) -> Scheme:
    return Scheme(
        territory=scheme["territory"],
        operator_name=_read_texts(scheme["operator_name"]),
        operator_address=_read_address(scheme["operator_address"]),
        name=_read_texts(scheme["name"]),
        information_uri=_read_texts(scheme["information_uri"]),
        status_base=scheme["status_base"],
        legal_notice=_read_texts(scheme["legal_notice"]),
        policy=_read_texts(scheme["policy"]),
        community_rules=_read_texts(scheme["community_rules"]),
        tsl_type=scheme["tsl_type"],
        status_determination=scheme["status_determination"],
        distribution_points=tuple(scheme["distribution_points"]),
    )


def _read_pointer(pointer: Mapping[str, Any]) -> Pointer:
    return Pointer(
        territory=pointer["territory"],
        location=pointer["location"],
        tsl_type=pointer["tsl_type"],
        operator_name=_read_texts(pointer["operator_name"]),
        community_rules=_read_texts(pointer["community_rules"]),
        signers=_read_der(pointer["signers"]),
        mime_type=pointer["mime_type"],
        equivalences=tuple(
            Equivalence(
                line["foreign_type"],
                Usage(line["usage"]) if line["usage"] else None,
                tuple(line["valid_statuses"]),
                tuple(line["invalid_statuses"]),
                _read_time(line["start"]),
            )
            for line in pointer["equivalences"]
        ),
    )


def _read_provider(provider: Mapping[str, Any]) -> Provider:
    return Provider(
        provider_id=provider["id"],
        names=_read_texts(provider["names"]),
        trade_names=_read_texts(provider["trade_names"]),
        address=_read_address(provider["address"]),
        information_uri=_read_texts(provider["information_uri"]),
        services=tuple(_read_service(service) for service in provider["services"]),
    )


def _read_service(service: Mapping[str, Any]) -> ListedServiceEntry:
    state, *history = (_read_state(state) for state in service["states"])
    return ListedServiceEntry(
        service_id=service["id"],
        type=service["type"],
        identities=_read_der(service["identities"]),
        state=state,
        history=tuple(history),
        supply_points=tuple(service["supply_points"]),
        definition_uri=_read_texts(service["definition_uri"]),
    )


def _read_state(state: Mapping[str, Any]) -> State:
    return State(
        status=state["status"],
        names=_read_texts(state["names"]),
        start=_read_time(state["start"]),
        scope=tuple(Usage(usage) for usage in state["scope"]),
        qualifications=tuple(
            Qualification(tuple(element["qualifiers"]), _read_criteria(element["criteria"]))
            for element in state["qualifications"]
        ),
        valid_until=_read_time(state["valid_until"]),
    )


def _read_criteria(criteria: Mapping[str, Any]) -> Criteria:
    return Criteria(
        assertion=criteria["assert"],
        key_usages=tuple(tuple((name, value) for name, value in bits) for bits in criteria["key_usages"]),
        policy_sets=tuple(tuple(oids) for oids in criteria["policy_sets"]),
        lists=tuple(_read_criteria(inner) for inner in criteria["lists"]),
        extended_key_usages=tuple(tuple(oids) for oids in criteria["extended_key_usages"]),
        subject_attributes=tuple(tuple(oids) for oids in criteria["subject_attributes"]),
        description=criteria["description"],
        unknown=criteria["unknown"],
    )
