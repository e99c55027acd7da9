"""Name constraints (RFC 5280 4.2.1.10) and certificate policies (RFC 5280 6.1) along a path."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from trustreg.pki import names
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import MalformedASN1
from trustreg.pki.extensions import NameConstraints
from trustreg.pki.names import GeneralName

_EMAIL_ADDRESS = "1.2.840.113549.1.9.1"


def name_violation(certificate: Certificate, constraints: Iterable[NameConstraints]) -> str | None:
    """The first name of the certificate that a constraint forbids, None when all are allowed.

    A constraint on a form of name that is not understood forbids every name of that form.
    """
    constraints = list(constraints)
    if not constraints:
        return None
    for kind, value in _names_of(certificate):
        for one in constraints:
            permitted = [base for base in one.permitted if base.kind == kind]
            if permitted and not any(_within(kind, value, base) for base in permitted):
                return f"{kind} {_shown(kind, value)}"
            if any(_within(kind, value, base, unknown=True) for base in one.excluded if base.kind == kind):
                return f"{kind} {_shown(kind, value)}"
    return None


def _names_of(certificate: Certificate) -> list[tuple[str, str]]:
    found = [(name.kind, name.value) for name in certificate.subject_alternative_names]
    rdns = names.attributes(certificate.subject)
    if rdns:
        found.append(("directory", certificate.subject.hex()))
    if not any(kind == "email" for kind, _ in found):
        found.extend(("email", text) for rdn in rdns for oid, _, text in rdn if oid == _EMAIL_ADDRESS and text)
    return found


def _shown(kind: str, value: str) -> str:
    return names.rfc4514(bytes.fromhex(value)) if kind == "directory" else value


def _within(kind: str, value: str, base: GeneralName, *, unknown: bool = False) -> bool:
    """Whether a name lies in a subtree; `unknown` is the answer for forms and values that cannot be compared."""
    try:
        if kind == "directory":
            limit = names.comparable(bytes.fromhex(base.value))
            return names.comparable(bytes.fromhex(value))[: len(limit)] == limit
    except MalformedASN1:
        return unknown
    limit_text, text = base.value.lower(), value.lower()
    if kind == "dns":
        limit_text = limit_text.lstrip(".")
        return not limit_text or text == limit_text or text.endswith("." + limit_text)
    if kind == "email":
        if "@" in limit_text:
            # The local part is case-sensitive, the host is not.
            mailbox, base_mailbox = value.rpartition("@"), base.value.rpartition("@")
            return mailbox[0] == base_mailbox[0] and mailbox[2].lower() == base_mailbox[2].lower()
        return _host_within(text.rpartition("@")[2], limit_text)
    if kind == "uri":
        try:
            host = urlsplit(text).hostname
        except ValueError:
            return unknown
        return unknown if not host else _host_within(host, limit_text)
    if kind == "ip":
        address, limit_octets = bytes.fromhex(value), bytes.fromhex(base.value)
        if len(limit_octets) != 2 * len(address):
            return False
        network, mask = limit_octets[: len(address)], limit_octets[len(address) :]
        return all(a & m == n & m for a, n, m in zip(address, network, mask, strict=True))
    return unknown


def _host_within(host: str, limit: str) -> bool:
    return host.endswith(limit) if limit.startswith(".") else host == limit
