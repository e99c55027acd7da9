"""Qualifications of a service (TS 119 612 5.5.9.2): which certificates of its key a qualifier is for.

What is decided is later rendered on the signed list, so anything that could not be rendered is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trustreg.base.errors import InvalidInput

QUALIFIERS: Final = frozenset(
    {
        "QCWithSSCD", "QCNoSSCD", "QCSSCDStatusAsInCert", "QCWithQSCD", "QCNoQSCD", "QCQSCDStatusAsInCert",
        "QCQSCDManagedOnBehalf", "QCForLegalPerson", "QCForESig", "QCForESeal", "QCForWSA", "NotQualified",
        "QCStatement",
    }
)  # fmt: skip
"""5.5.9.2.3, by local name."""

KEY_USAGES: Final = frozenset(
    {
        "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign",
        "crlSign", "encipherOnly", "decipherOnly",
    }
)  # fmt: skip

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_OID_SETS: Final = ("policy_sets", "extended_key_usages", "subject_attributes")
_DEPTH: Final = 5


def read_qualifications(values: Sequence[Any]) -> list[dict[str, Any]]:
    """`values` in full shape: `[{"qualifiers": [...], "criteria": {"assert", "key_usages", "policy_sets", …}}]`.

    Members of criteria that are left out are empty. Raises InvalidInput for an unknown qualifier, key usage or member,
    an OID that is none, or criteria that demand nothing.
    """
    if not isinstance(values, list | tuple):
        raise _wrong("expected a list")
    return [_qualification(value) for value in values]


def _qualification(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) != {"qualifiers", "criteria"}:
        raise _wrong("each needs qualifiers and criteria")
    names = value["qualifiers"]
    if not isinstance(names, list | tuple) or not names or not {str(name) for name in names} <= QUALIFIERS:
        raise _wrong(f"qualifiers are one or more of {', '.join(sorted(QUALIFIERS))}")
    return {"qualifiers": [str(name) for name in names], "criteria": _criteria(value["criteria"], _DEPTH)}


def _criteria(value: Any, depth: int) -> dict[str, Any]:
    known = {"assert", "key_usages", "lists", "description", "unknown", *_OID_SETS}
    if not isinstance(value, Mapping) or not set(value) <= known or depth == 0 or value.get("unknown"):
        raise _wrong("the criteria hold something unknown or are nested too deep")
    if value.get("assert") not in ("all", "atLeastOne", "none"):
        raise _wrong("criteria assert all, atLeastOne or none")
    description = value.get("description")
    if description is not None and not isinstance(description, str):
        raise _wrong("a description is a text")
    read: dict[str, Any] = {
        "assert": value["assert"],
        "key_usages": [_key_usage(bits) for bits in _list(value.get("key_usages"))],
        "lists": [_criteria(inner, depth - 1) for inner in _list(value.get("lists"))],
        "description": description,
        "unknown": False,
        **{name: [_oids(oids) for oids in _list(value.get(name))] for name in _OID_SETS},
    }
    if not any(read[name] for name in ("key_usages", "lists", *_OID_SETS)):
        raise _wrong("criteria without any condition")
    return read


def _list(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise _wrong("expected a list")
    return value


def _key_usage(bits: Any) -> list[list[Any]]:
    read = [list(bit) if isinstance(bit, list | tuple) else [] for bit in _list(bits)]
    if not read or any(len(bit) != 2 or bit[0] not in KEY_USAGES or not isinstance(bit[1], bool) for bit in read):
        raise _wrong("a key usage is a list of [bit name, true or false]")
    return read


def _oids(oids: Any) -> list[str]:
    read = list(_list(oids))
    if not read or any(not isinstance(oid, str) or not _OID.fullmatch(oid) for oid in read):
        raise _wrong("expected dotted OIDs")
    return read


def _wrong(why: str) -> InvalidInput:
    return InvalidInput(
        f"The qualifications cannot be read: {why}.",
        f"修飾子（Qualifications）を読み取れません: {why}。",
        fields={"qualifications": {"en": why, "ja": "TS 119 612 5.5.9.2 の形で指定してください。"}},
    )
