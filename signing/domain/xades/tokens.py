"""The time-stamps of the signatures of a document: read, verified over their input, and what each covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from signing.domain.cms_evidence import evidence_of
from signing.domain.procedure.findings import UNREADABLE_TIME_STAMP
from signing.domain.procedure.material import MAX_TOKENS, Evidence, TokenMaterial
from timestamp.domain.tokens import TimeStampToken, parse_token, verify_token
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import PkiError

from .hardened import XmlError
from .items import Item, Stamp
from .properties import Qualifying, read_values
from .references import Resolver, Unresolved, digest_of
from .stamps import KINDS, containers, imprint_input, tokens
from .structure import local_name


def read_tokens(items: Sequence[Item]) -> None:
    """Give every item its time-stamps. Raises `XmlError` for more than are validated."""
    count = 0
    for item in items:
        if item.signature is None:
            continue
        signed = _content_stamps(item.qualifying)
        for container in containers(item.qualifying.unsigned if item.qualifying else (), signed):
            try:
                encoded = tokens(container)
            except XmlError:
                encoded = [None]
            for der in encoded or [None]:
                count += 1
                if count > MAX_TOKENS:
                    raise XmlError("it holds more time-stamps than are validated")
                item.stamps.append(Stamp(f"{item.id}-T{len(item.stamps) + 1}", container, _token(der)))


def _content_stamps(qualifying: Qualifying | None) -> tuple[etree._Element, ...]:
    """Time-stamps among the signed properties; those of unsigned ones are shown too, for they prove nothing else."""
    if qualifying is None or qualifying.signed is None:
        return ()
    path = f"{{{qualifying.namespace}}}SignedDataObjectProperties"
    return tuple(
        one
        for group in qualifying.signed.iterchildren(path)
        for one in group.iterchildren("*")
        if KINDS.get(local_name(one)) == "content"
    )


def _token(der: bytes | None) -> TimeStampToken | None:
    try:
        return parse_token(der) if der else None
    except PkiError:
        return None


def signature_stamps(item: Item) -> list[list[TimeStampToken | None]]:
    """The tokens of each SignatureTimeStamp."""
    found: dict[etree._Element, list[TimeStampToken | None]] = {}
    for stamp in item.stamps:
        if stamp.container.name == "SignatureTimeStamp":
            found.setdefault(stamp.container.element, []).append(stamp.token)
    return list(found.values())


def token_materials(
    item: Item, items: Sequence[Item], resolver: Resolver, certificates: tuple[Certificate, ...]
) -> Iterator[TokenMaterial]:
    inputs: dict[etree._Element, bytes | None] = {}
    for stamp in item.stamps:
        if stamp.token is None or item.signature is None or item.verified is None:
            yield TokenMaterial(
                stamp.id, KINDS[stamp.container.name], None, None, format_findings=(UNREADABLE_TIME_STAMP,)
            )
            continue
        element = stamp.container.element
        if element not in inputs:
            try:
                inputs[element] = imprint_input(stamp.container, item.signature, item.verified.outcomes, resolver)
            except (XmlError, Unresolved):
                inputs[element] = None
        octets, name = inputs[element], stamp.token.imprint_algorithm
        value = digest_of(name, octets) if octets is not None and name else None
        yield TokenMaterial(
            id=stamp.id,
            type=KINDS[stamp.container.name],
            token=stamp.token,
            verification=verify_token(
                stamp.token, digests={name: value} if name and value else {}, extra_certificates=certificates
            ),
            covers=_covers(stamp, item, items) if value else frozenset(),
            accompanies=frozenset({item.id}) if KINDS[stamp.container.name] == "content" else frozenset(),
            evidence=_stamped_evidence(stamp, item) if value else Evidence(),
        )


def _stamped_evidence(stamp: Stamp, item: Item) -> Evidence:
    """Certificates and revocation data that an archive time-stamp is over: those of KeyInfo and of what is before."""
    if stamp.container.name != "ArchiveTimeStamp":
        return Evidence()
    values = read_values(stamp.container.before)
    return evidence_of(
        [],
        certificates=[*(certificate.der for certificate in item.key_info), *values.certificates],
        crls=[*item.crls, *values.crls],
        ocsps=values.ocsps,
    )


def _covers(stamp: Stamp, item: Item, items: Sequence[Item]) -> frozenset[str]:
    """Ids of the signature, and of the tokens and counter-signatures that the imprint covers with it."""
    container = stamp.container
    if not container.covers_signature:
        return frozenset()
    found = {item.id}
    before = set(container.before)
    for other in item.stamps:
        in_front = other.container.element in before
        if in_front and (container.name == "ArchiveTimeStamp" or other.container.name == "SignatureTimeStamp"):
            found.add(other.id)
    if container.name == "ArchiveTimeStamp":
        found |= {one.id for one in item.stamps if KINDS[one.container.name] == "content"}
        for other_item in items:
            if other_item.parent is item and other_item.element.getparent() in before:
                found |= {other_item.id, *(one.id for one in other_item.stamps)}
    return frozenset(found)
