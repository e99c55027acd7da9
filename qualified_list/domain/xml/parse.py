"""TS 119 612 XML (versions 5 and 6, own and foreign) as the model, tolerantly: what is odd becomes a warning.

Importers warn, publishers refuse (`rules`): real lists repeat statuses, order histories badly and forget elements.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from qualified_list.domain.errors import ListUnreadable
from qualified_list.domain.model import (
    Address,
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
)
from qualified_list.domain.xml import names
from qualified_list.domain.xml.hardened import parse_xml
from qualified_list.domain.xml.qualifications import read_qualifications, text_of
from trustreg.pki.trust import Usage

_T = f"{{{names.TSL}}}"
_X = f"{{{names.TSLX}}}"
_S = f"{{{names.SIE}}}"
_XADES = f"{{{names.XADES}}}"
_M = f"{{{names.MRA}}}"
_R = f"{{{names.REGISTRY}}}"
_INFORMATION, _TYPE, _NAME = f"{_T}ServiceInformation", f"{_T}ServiceTypeIdentifier", f"{_T}ServiceName"
_IDENTITY, _STATUS, _START = f"{_T}ServiceDigitalIdentity", f"{_T}ServiceStatus", f"{_T}StatusStartingTime"
_HISTORY, _INSTANCE = f"{_T}ServiceHistory", f"{_T}ServiceHistoryInstance"
_POINTS, _DEFINITION = f"{_T}ServiceSupplyPoints", f"{_T}TSPServiceDefinitionURI"
_EXTENSIONS, _EXTENSION = f"{_T}ServiceInformationExtensions", f"{_T}Extension"
_ADDITIONAL = f"{_T}AdditionalServiceInformation"


@dataclass(frozen=True, slots=True)
class ListWarning:
    """Something odd on a list that was read nevertheless; `where` is the path of the element, `line` its line."""

    code: str
    where: str
    line: int
    detail: str


@dataclass(frozen=True, slots=True)
class ParsedList:
    """A list as it was read. `list` is the model of it; nothing in here says that the list is genuine.

    States of others keep their status URI verbatim. Identifiers of services and providers are the registry's own where
    the list carries them, else derived (`XX:<type>:<key digest>`), stable from issue to issue.
    """

    list: TrustedList
    version: int
    sha256: str
    warnings: tuple[ListWarning, ...]


def parse_list(source: bytes | etree._Element, *, sha256: str = "") -> ParsedList:
    """Read a list from bytes, or from the root element that `verify_list` returned (with the digest of its file).

    Raises `ListUnreadable` when there is no list to be had: not XML, another root, no scheme information, no sequence
    number or no issue time. Every lesser defect is a `ListWarning`.
    """
    if isinstance(source, bytes):
        sha256 = hashlib.sha256(source).hexdigest()
        root = parse_xml(source)
    else:
        root = source
    if root.tag != f"{_T}TrustServiceStatusList":
        raise ListUnreadable(
            f"The root element is {root.tag!r}, expected TrustServiceStatusList of TS 119 612.",
            f"ルート要素が{root.tag!r}です。TS 119 612のTrustServiceStatusListが必要です。",
        )
    reader = _Reader()
    trusted_list, version = reader.document(root)
    return ParsedList(trusted_list, version, sha256, tuple(reader.warnings))


@functools.lru_cache(maxsize=4096)
def parse_time(value: str) -> datetime | None:
    """An xsd:dateTime as UTC, fractions cut; one without a zone is read as UTC. None when it is no time."""
    value = value.strip()
    if not _TIME.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\d*(Z|[+-]\d\d:\d\d)?")


class _Reader:
    """Walks one document; collects warnings on the way."""

    def __init__(self) -> None:
        self.warnings: list[ListWarning] = []
        self._territory = ""
        self._seen: dict[str, int] = {}

    def warn(self, code: str, element: etree._Element, detail: str = "") -> None:
        path = etree.QName(element).localname
        line: int = element.sourceline or 0  # type: ignore[assignment, truthy-bool, unreachable] # the stubs say Ellipsis
        self.warnings.append(ListWarning(code, path, line, detail[:200]))

    # Small parts.

    def _texts(self, parent: etree._Element | None, child: str) -> Texts:
        if parent is None:
            return ()
        found = []
        for element in parent.iterchildren(f"{_T}{child}"):
            lang = element.get(names.XML_LANG)
            if lang is None:
                self.warn("language_missing", element)
            value = text_of(element)
            if value:
                found.append(_text((lang or "en").lower(), value))
            else:
                self.warn("text_empty", element)
        return tuple(found)

    def _address(self, parent: etree._Element | None) -> Address:
        if parent is None:
            return Address((), ())
        postal = [
            PostalAddress(
                lang=(entry.get(names.XML_LANG) or "en").lower(),
                street=_child(entry, "StreetAddress"),
                locality=_child(entry, "Locality"),
                country=_child(entry, "CountryName"),
                region=_child(entry, "StateOrProvince") or None,
                postal_code=_child(entry, "PostalCode") or None,
            )
            for entry in parent.iterfind(f"{_T}PostalAddresses/{_T}PostalAddress")
        ]
        return Address(tuple(postal), self._texts(parent.find(f"{_T}ElectronicAddress"), "URI"))

    def _certificates(self, parent: etree._Element | None) -> tuple[bytes, ...]:
        if parent is None:
            return ()
        found: dict[bytes, None] = {}
        for element in parent.iter(f"{_T}X509Certificate"):
            try:
                der = base64.b64decode("".join(text_of(element).split()), validate=True)
            except (binascii.Error, ValueError):
                self.warn("certificate_not_base64", element)
                continue
            if der[:1] != b"\x30":
                self.warn("certificate_not_der", element)
                continue
            if der in found:
                self.warn("certificate_twice", element)
            found[der] = None
        return tuple(found)

    def _time(self, element: etree._Element | None) -> datetime | None:
        if element is None:
            return None
        text = text_of(element)
        moment = parse_time(text)
        if moment is None:
            self.warn("time_unreadable", element, text)
        elif not text.endswith("Z"):
            self.warn("time_not_utc", element, text)
        return moment

    # The document.

    def document(self, root: etree._Element) -> tuple[TrustedList, int]:
        info = root.find(f"{_T}SchemeInformation")
        if info is None:
            raise ListUnreadable("The list has no scheme information.", "リストにスキーム情報がありません。")
        if root.get("TSLTag") != "http://uri.etsi.org/19612/TSLTag":
            self.warn("tag", root, root.get("TSLTag") or "")
        version = _integer(_child(info, "TSLVersionIdentifier"))
        if version not in (5, 6):
            self.warn("version", info, str(version))
        sequence = _integer(_child(info, "TSLSequenceNumber"))
        issued_at = self._time(info.find(f"{_T}ListIssueDateTime"))
        if sequence is None or sequence < 1 or issued_at is None:
            raise ListUnreadable(
                "The list has no readable sequence number or issue time.",
                "リストの連番または発行日時を読み取れません。",
            )
        end = info.find(f"{_T}NextUpdate/{_T}dateTime")
        next_update = self._time(end)
        if next_update is None and text_of(end):
            # Without one a list is closed and holds for ever; that has to be meant.
            raise ListUnreadable("The list's next update is no time.", "リストの次回更新日時を読み取れません。")
        self._territory = _child(info, "SchemeTerritory")
        scheme = self._scheme(info)
        return (
            TrustedList(
                scheme=scheme,
                sequence=sequence,
                issued_at=issued_at,
                next_update=next_update,
                providers=tuple(
                    self._provider(element, scheme)
                    for element in root.iterfind(f"{_T}TrustServiceProviderList/{_T}TrustServiceProvider")
                ),
                pointers=tuple(
                    self._pointer(element) for element in info.iterfind(f"{_T}PointersToOtherTSL/{_T}OtherTSLPointer")
                ),
            ),
            version or 0,
        )

    def _scheme(self, info: etree._Element) -> Scheme:
        own = info.find(f"{_T}SchemeExtensions/{_T}Extension/{_R}Scheme")
        for extension in info.iterfind(f"{_T}SchemeExtensions/{_T}Extension"):
            self._unknown_critical(extension, known=extension.find(f"{_R}Scheme") is not None)
        notice = info.find(f"{_T}PolicyOrLegalNotice")
        return Scheme(
            territory=self._territory,
            operator_name=self._texts(info.find(f"{_T}SchemeOperatorName"), "Name"),
            operator_address=self._address(info.find(f"{_T}SchemeOperatorAddress")),
            name=self._texts(info.find(f"{_T}SchemeName"), "Name"),
            information_uri=self._texts(info.find(f"{_T}SchemeInformationURI"), "URI"),
            status_base=(own.get("StatusBase") or "") if own is not None else "",
            legal_notice=self._texts(notice, "TSLLegalNotice"),
            policy=self._texts(notice, "TSLPolicy"),
            community_rules=self._texts(info.find(f"{_T}SchemeTypeCommunityRules"), "URI"),
            tsl_type=_child(info, "TSLType"),
            status_determination=_child(info, "StatusDeterminationApproach"),
            distribution_points=tuple(text_of(uri) for uri in info.iterfind(f"{_T}DistributionPoints/{_T}URI")),
        )

    def _unknown_critical(self, extension: etree._Element, *, known: bool) -> bool:
        critical = extension.get("Critical")
        if critical is None:
            self.warn("critical_missing", extension)
        unknown = not known and critical in ("true", "1")
        if unknown:
            first = next(extension.iterchildren(etree.Element), None)
            self.warn("critical_unknown", extension, str(first.tag) if first is not None else "")
        return unknown

    def _pointer(self, element: etree._Element) -> Pointer:
        others: dict[str, etree._Element] = {}
        for other in element.iterfind(f"{_T}AdditionalInformation/{_T}OtherInformation"):
            for part in other.iterchildren(etree.Element):
                others.setdefault(str(part.tag), part)
        agreement = others.get(f"{_M}MutualRecognitionAgreementInformation")
        return Pointer(
            territory=text_of(others.get(f"{_T}SchemeTerritory")),
            location=_child(element, "TSLLocation"),
            tsl_type=text_of(others.get(f"{_T}TSLType")),
            operator_name=self._texts(others.get(f"{_T}SchemeOperatorName"), "Name"),
            community_rules=self._texts(others.get(f"{_T}SchemeTypeCommunityRules"), "URI"),
            signers=self._certificates(element.find(f"{_T}ServiceDigitalIdentities")),
            mime_type=text_of(others.get(f"{_X}MimeType")),
            equivalences=tuple(self._equivalences(agreement)) if agreement is not None else (),
        )

    def _equivalences(self, agreement: etree._Element) -> Iterator[Equivalence]:
        for line in agreement.iterchildren(f"{_M}TrustServiceEquivalenceInformation"):
            status = text_of(line.find(f"{_M}TrustServiceEquivalenceStatus"))
            start = self._time(line.find(f"{_M}TrustServiceEquivalenceStatusStartingTime"))
            types = line.find(f"{_M}TrustServiceTSLTypeEquivalenceList")
            if not status.endswith("/enacted") or start is None or types is None:
                self.warn("equivalence_skipped", line, status)
                continue
            usages, pointed = (
                dict.fromkeys(
                    names.URI_USAGES.get(text_of(uri))
                    for uri in types.iterfind(f"{_M}TrustServiceTSLTypeList{party}Party//{_T}URI")
                )
                for party in ("Pointing", "Pointed")
            )
            if None in usages or None in pointed or (pointed and pointed.keys() != usages.keys()):
                self.warn("equivalence_skipped", line, "usage")
                continue
            for uri in _all(types, f"{_M}TrustServiceTSLTypeListPointedParty//{_T}ServiceTypeIdentifier"):
                for usage in usages or (None,):
                    yield Equivalence(
                        foreign_type=text_of(uri),
                        usage=usage,
                        valid_statuses=self._pointed(line, "Valid"),
                        invalid_statuses=self._pointed(line, "Invalid"),
                        start=start,
                    )

    def _pointed(self, line: etree._Element, kind: str) -> tuple[str, ...]:
        path = (
            f"{_M}TrustServiceTSLStatusEquivalenceList/{_M}TrustServiceTSLStatus{kind}Equivalence/"
            f"{_M}TrustServiceTSLStatusListPointedParty/{_T}ServiceStatus"
        )
        return tuple(text_of(status) for status in line.iterfind(path))

    # Providers and services.

    def _provider(self, element: etree._Element, scheme: Scheme) -> Provider:
        info = element.find(f"{_T}TSPInformation")
        if info is None:
            self.warn("provider_information_missing", element)
            info = etree.Element(f"{_T}TSPInformation")
        own = info.find(f"{_T}TSPInformationExtensions/{_T}Extension/{_R}Provider")
        for extension in info.iterfind(f"{_T}TSPInformationExtensions/{_T}Extension"):
            self._unknown_critical(extension, known=extension.find(f"{_R}Provider") is not None)
        provider_names = self._texts(info.find(f"{_T}TSPName"), "Name")
        trade_names = self._texts(info.find(f"{_T}TSPTradeName"), "Name")
        return Provider(
            provider_id=(own.get("Id") or "") if own is not None else self._provider_id(provider_names, trade_names),
            names=provider_names,
            trade_names=trade_names,
            address=self._address(info.find(f"{_T}TSPAddress")),
            information_uri=self._texts(info.find(f"{_T}TSPInformationURI"), "URI"),
            services=tuple(
                service
                for child in element.iterfind(f"{_T}TSPServices/{_T}TSPService")
                if (service := self._service(child, scheme)) is not None
            ),
        )

    def _provider_id(self, provider_names: Texts, trade_names: Texts) -> str:
        """The registration identifier where the list names one, else a digest of the first name."""
        for text in trade_names:
            if text.value.startswith(("VAT", "NTR")):
                return f"{self._territory}:{text.value}"
        first = provider_names[0].value if provider_names else ""
        return f"{self._territory}:{hashlib.sha256(first.encode()).hexdigest()[:16]}"

    def _service(self, element: etree._Element, scheme: Scheme) -> ListedServiceEntry | None:
        service = _parts(element)
        information = service.get(_INFORMATION)
        if information is None:
            self.warn("service_information_missing", element)
            return None
        info = _parts(information)
        service_type = text_of(info.get(_TYPE))
        identity = info.get(_IDENTITY)
        certificates = self._certificates(identity)
        if not certificates:
            self.warn("identity_without_certificate", information, service_type)
        state = self._state(information, info, scheme)
        if state is None:
            return None
        history: list[State] = []
        for instance in _each(element, _HISTORY, _INSTANCE):
            older = self._state(instance, _parts(instance), scheme)
            if older is None:
                history = []  # when the others ended is not known: what cannot be read may have ended any of them
                break
            history.append(older)
        self._history_warnings(element, state, history)
        own = None if _EXTENSIONS not in info else information.find(f"{_EXTENSIONS}/{_EXTENSION}/{_R}State")
        service_id = own.get("ServiceId") if own is not None else None
        return ListedServiceEntry(
            service_id=service_id or self._service_id(service_type, certificates, identity),
            type=service_type,
            identities=certificates,
            state=state,
            history=tuple(history),
            supply_points=tuple(map(text_of, _each(information, _POINTS, f"{_T}ServiceSupplyPoint"))),
            definition_uri=self._texts(info.get(_DEFINITION), "URI"),
        )

    def _service_id(self, service_type: str, certificates: tuple[bytes, ...], identity: etree._Element | None) -> str:
        basis = certificates[0] if certificates else _everything(identity).encode()
        local = service_type.partition("/Svctype/")[2] or service_type
        base = f"{self._territory}:{local}:{hashlib.sha256(basis).hexdigest()[:24]}"
        count = self._seen[base] = self._seen.get(base, 0) + 1
        return base if count == 1 else f"{base}:{count}"

    def _history_warnings(self, element: etree._Element, state: State, history: list[State]) -> None:
        newer = state
        for older in history:
            if newer.start is not None and older.start is not None and older.start >= newer.start:
                self.warn("history_order", element, f"{older.start} is not before {newer.start}")
            if older.same_content(newer):
                self.warn("history_repeats", element, older.status)
            newer = older

    def _state(self, info: etree._Element, parts: Mapping[str, etree._Element], scheme: Scheme) -> State | None:
        """A state by its element and the parts of that."""
        start = self._time(parts.get(_START))
        status = text_of(parts.get(_STATUS))
        if start is None or not status:
            self.warn("state_skipped", info, status)
            return None
        scope: dict[Usage, None] = {}
        qualifications: list[Qualification] = []
        valid_until: datetime | None = None
        unknown = False
        for extension in _each(info, _EXTENSIONS, _EXTENSION) if _EXTENSIONS in parts else ():
            known = False
            for part in extension.iterchildren(etree.Element):
                tag = part.tag
                if tag == _ADDITIONAL:
                    known = True
                    uri = text_of(_first(part, f"{_T}URI"))
                    if uri in names.URI_USAGES:
                        scope[names.URI_USAGES[uri]] = None
                elif tag == f"{_S}Qualifications":
                    known = True
                    qualifications += read_qualifications(part, self.warn)
                elif tag == f"{_R}State":
                    known = True
                    valid_until = parse_time(part.get("ValidUntil") or "")
                    if part.get("ValidUntil") and valid_until is None:
                        unknown = True  # a condition that was not understood
                        self.warn("time_unreadable", part, part.get("ValidUntil") or "")
                elif tag in (f"{_T}ExpiredCertsRevocationInfo", f"{_X}TakenOverBy"):
                    known = True
            unknown = self._unknown_critical(extension, known=known) or unknown
        if unknown:
            # Nobody may rely on a state with a condition that was not understood (5.5.9): kept, it counts for nothing.
            status = f"{UNKNOWN_CRITICAL}{status}"
        return State(
            status=scheme.status_name(status) if scheme.status_base else status,
            names=self._texts(parts.get(_NAME), "Name"),
            start=start,
            scope=tuple(scope),
            qualifications=tuple(qualifications),
            valid_until=valid_until,
        )


UNKNOWN_CRITICAL = "urn:unknown-critical-extension:"
"""Prefix of the status of a state with a critical extension that was not understood: it equals no status at all."""


def _everything(element: etree._Element | None) -> str:
    return "" if element is None else "".join(str(part) for part in element.itertext())


def _parts(element: etree._Element) -> dict[str, etree._Element]:
    """The children by tag, the first of each: one walk instead of a search for each."""
    found: dict[str, etree._Element] = {}
    for child in element.iterchildren(etree.Element):
        found.setdefault(str(child.tag), child)
    return found


def _each(parent: etree._Element, outer: str, inner: str) -> Iterator[etree._Element]:
    """The grandchildren with these tags, in every such child."""
    for child in parent.iterchildren(outer):
        yield from child.iterchildren(inner)


def _first(parent: etree._Element, tag: str) -> etree._Element | None:
    """The first child with that tag, found without a path."""
    return next(parent.iterchildren(tag), None)


@functools.lru_cache(maxsize=4096)
def _text(lang: str, value: str) -> Text:
    """Names and addresses are said again in every state of a history."""
    return Text(lang, value)


def _child(parent: etree._Element, name: str) -> str:
    return text_of(_first(parent, f"{_T}{name}"))


def _all(element: etree._Element | None, path: str) -> list[etree._Element]:
    return [] if element is None else element.findall(path)


def _integer(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
