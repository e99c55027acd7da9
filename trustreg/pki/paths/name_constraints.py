"""Name constraints (RFC 5280 4.2.1.10) along a path.

What cannot be compared is taken for the worst: outside every permitted subtree and inside every excluded one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from trustreg.base.effort import spend
from trustreg.pki import asn1, names
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import MalformedASN1
from trustreg.pki.extensions import NameConstraints
from trustreg.pki.names import GeneralName

_EMAIL_ADDRESS = "1.2.840.113549.1.9.1"
_SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9"
_NOT_COMPARABLE = "\ufffd"


def name_violation(certificate: Certificate, constraints: Iterable[NameConstraints]) -> str | None:
    """The first name of the certificate that a constraint forbids, None when all are allowed.

    A constraint on a form of name that is not understood forbids every name of that form. Mail addresses are judged
    wherever they stand: as rfc822Name, as SmtpUTF8Mailbox (RFC 9598) and as emailAddress of the subject.
    """
    constraints = list(constraints)
    if not constraints:
        return None
    for kind, value in _names_of(certificate):
        for one in constraints:
            spend(len(one.permitted) + len(one.excluded))
            permitted = [base for base in one.permitted if base.kind == kind]
            if permitted and not any(_within(kind, value, base) for base in permitted):
                return f"{kind} {_shown(kind, value)}"
            if any(_within(kind, value, base) is not False for base in one.excluded if base.kind == kind):
                return f"{kind} {_shown(kind, value)}"
    return None


def _names_of(certificate: Certificate) -> list[tuple[str, str]]:
    found = [(name.kind, name.value) for name in certificate.subject_alternative_names]
    found += [
        ("email", _mailbox(name))
        for name in certificate.subject_alternative_names
        if name.kind == "other" and name.value == _SMTP_UTF8_MAILBOX
    ]
    rdns = names.attributes(certificate.subject)
    if rdns:
        found.append(("directory", certificate.subject.hex()))
    found.extend(
        ("email", _NOT_COMPARABLE if text is None else text)
        for rdn in rdns
        for oid, _, text in rdn
        if oid == _EMAIL_ADDRESS
    )
    return found


def _mailbox(name: GeneralName) -> str:
    try:
        return asn1.read(name.raw).children()[1].children()[0].content.decode()
    except (ValueError, IndexError):
        return _NOT_COMPARABLE


def _shown(kind: str, value: str) -> str:
    try:
        return names.rfc4514(bytes.fromhex(value)) if kind == "directory" else value
    except MalformedASN1:
        return "?"


def _within(kind: str, value: str, base: GeneralName) -> bool | None:
    """Whether a name lies in a subtree; None when that cannot be told."""
    compare = _COMPARISONS.get(kind)
    return compare(value, base.value) if compare else None


def _directory(value: str, base: str) -> bool | None:
    try:
        limit, name = names.comparable(bytes.fromhex(base)), names.comparable(bytes.fromhex(value))
    except MalformedASN1:
        return None
    if name[: len(limit)] == limit:
        return True
    # Octets that are no text of their type were replaced: which name was meant is anybody's guess.
    unreadable = any(isinstance(text, str) and _NOT_COMPARABLE in text for rdn in name[: len(limit)] for _, text in rdn)
    return None if unreadable else False


_HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def _host_name(text: str) -> str | None:
    """A host name in lower case without the dot of the root; None for what no resolver takes for one."""
    text = text.lower().removesuffix(".")
    return text if _HOST.fullmatch(text) else None


def _dns(value: str, base: str) -> bool | None:
    host, limit = _host_name(value), base.lower().removesuffix(".")
    if host is None:
        return None
    if not limit:
        return True
    if limit.startswith("."):
        # Not in RFC 5280, but written: only what lies below.
        return host.endswith(limit) or (None if host == limit[1:] else False)
    if host == limit or host.endswith("." + limit):
        return True
    # A wildcard above the subtree covers names inside it: neither in nor out.
    return None if host.startswith("*.") and f".{limit}".endswith(host[1:]) else False


def _email(value: str, base: str) -> bool | None:
    local, at, domain = value.rpartition("@")
    host = _host_name(domain)
    if not local or not at or host is None or "@" in local:
        return None
    base_local, at, base_domain = base.rpartition("@")
    if at:
        # The local part is case-sensitive, the host is not.
        return local == base_local and host == base_domain.lower()
    return _host_within(host, base_domain.lower())


def _uri(value: str, base: str) -> bool | None:
    if not value.isascii() or not value.isprintable() or "\\" in value or " " in value:
        return None
    try:
        host = _host_name(urlsplit(value).hostname or "")
    except ValueError:
        return None
    # RFC 5280: the constraint is on a host name, and a URI without one, or with an address, cannot meet it.
    if host is None or _is_address(host):
        return None
    return _host_within(host, base.lower())


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rpartition(".")[2].isdigit()
    return True


def _host_within(host: str, limit: str) -> bool:
    limit = limit.removesuffix(".")
    return host.endswith(limit) if limit.startswith(".") else host == limit


def _ip(value: str, base: str) -> bool | None:
    address, limit = bytes.fromhex(value), bytes.fromhex(base)
    if len(address) not in (4, 16) or len(limit) not in (8, 32):
        return None
    if len(limit) != 2 * len(address):
        return False
    network, mask = limit[: len(address)], limit[len(address) :]
    return all(a & m == n & m for a, n, m in zip(address, network, mask, strict=True))


_COMPARISONS: Mapping[str, Callable[[str, str], bool | None]] = {
    "directory": _directory,
    "dns": _dns,
    "email": _email,
    "uri": _uri,
    "ip": _ip,
}
