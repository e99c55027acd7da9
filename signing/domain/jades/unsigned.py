"""`etsiU` (TS 119 182-1 5.3): what was added to a signature later, and what its time-stamps are over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from signing.domain.jades.payload import Payload
from signing.domain.jades.serialization import Jws, JwsError, decode, decode_base64, load_object

MAX_COMPONENTS: Final = 500
REFERENCES: Final = ("xRefs", "rRefs", "axRefs", "arRefs")
STAMPS: Final = {"sigTst": "signature", "sigRTst": "archive", "rfsTst": "archive", "arcTst": "archive"}


@dataclass(frozen=True, slots=True)
class Component:
    """One member of the array. `text` is the string as received; None where the object itself stands there."""

    name: str
    value: Any
    text: bytes | None


@dataclass(slots=True)
class Values:
    """Certificates and revocation data (DER), in order of occurrence."""

    certificates: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    ocsps: list[bytes] = field(default_factory=list)


def components_of(jws: Jws) -> tuple[Component, ...]:
    """The components in order. Raises `JwsError` when the array is not of the form."""
    rows = jws.unprotected.get("etsiU", [])
    if not isinstance(rows, list) or len(rows) > MAX_COMPONENTS:
        raise JwsError("etsiU is not a list, or too long")
    return tuple(map(_component, rows))


def _component(row: Any) -> Component:
    text = row.encode("ascii", "replace") if isinstance(row, str) else None
    found = load_object(decode(row, "a component of etsiU")) if isinstance(row, str) else row
    if not isinstance(found, Mapping) or len(found) != 1:
        raise JwsError("a component of etsiU is not one named value")
    ((name, value),) = found.items()
    return Component(str(name), value, text)


def tokens_in(value: Any) -> list[bytes | None]:
    """The tokens of a container; None for one that is not base64 or not of the RFC 3161 kind."""
    rows = value.get("tstTokens") if isinstance(value, Mapping) else None
    found: list[bytes | None] = []
    for row in rows if isinstance(rows, list) else []:
        plain = isinstance(row, Mapping) and str(row.get("encoding") or "DER").rpartition("#")[2].upper() == "DER"
        found.append(decode_base64(row.get("val")) if plain else None)
    return found


def imprint(jws: Jws, payload: Payload, components: Sequence[Component], position: int) -> bytes | None:
    """What the tokens of the component at `position` are over; None when it cannot be told.

    Components are hashed as the texts in which they came. Where they stand as objects a canonicalization would be
    needed that nobody has defined for JSON here, and nothing is proven.
    """
    component = components[position]
    before = components[:position]
    value = component.value if isinstance(component.value, Mapping) else {}
    if set(value) - {"canonAlg", "tstTokens"}:
        return None  # members of drafts change what is stamped
    signature = jws.signature_text.encode("ascii")
    if component.name == "sigTst":
        return signature
    if component.name in ("sigRTst", "rfsTst"):
        wanted = REFERENCES if component.name == "rfsTst" else ("sigTst", *REFERENCES)
        texts = [one.text for one in before if one.name in wanted]
        if any(text is None for text in texts):
            return None
        body = b"".join(text for text in texts if text is not None)
        return body if component.name == "rfsTst" else signature + b"." + body
    texts = [one.text for one in before]
    if payload.stamped is None or any(text is None for text in texts):
        return None
    parts = (payload.stamped, jws.protected_text.encode("ascii"), signature)
    return b".".join(parts) + b"." + b"".join(text for text in texts if text is not None)


def values_in(components: Sequence[Component]) -> Values:
    """Every certificate, CRL and OCSP response that was added."""
    found = Values()
    for component in components:
        if component.name in ("xVals", "axVals"):
            found.certificates += _certificates(component.value)
        elif component.name in ("rVals", "arVals"):
            _revocation(component.value, found)
        elif component.name in ("tstVD", "anyValData") and isinstance(component.value, Mapping):
            found.certificates += _certificates(component.value.get("xVals"))
            _revocation(component.value.get("rVals"), found)
    return found


def _certificates(rows: Any) -> list[bytes]:
    found = []
    for row in rows if isinstance(rows, list) else []:
        holder = row.get("x509Cert") if isinstance(row, Mapping) else None
        der = decode_base64(holder.get("val")) if isinstance(holder, Mapping) else None
        if der is not None:
            found.append(der)
    return found


def _revocation(value: Any, found: Values) -> None:
    if isinstance(value, Mapping):
        found.crls += _vals(value.get("crlVals"))
        found.ocsps += _vals(value.get("ocspVals"))


def _vals(rows: Any) -> Iterator[bytes]:
    for row in rows if isinstance(rows, list) else []:
        der = decode_base64(row.get("val")) if isinstance(row, Mapping) else None
        if der is not None:
            yield der
