"""The Qualifications extension (TS 119 612 5.5.9.2) read from a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from lxml import etree

from qualified_list.domain.model import Criteria, Qualification
from qualified_list.domain.xml import names

_S = f"{{{names.SIE}}}"
_X = f"{{{names.TSLX}}}"
_XADES = f"{{{names.XADES}}}"

_MAX_DEPTH = 16
"""CriteriaLists nest; the deepest in any known list has three levels."""


class Warn(Protocol):
    """Takes note of something odd."""

    def __call__(self, code: str, element: etree._Element, detail: str = "") -> None: ...


def text_of(element: etree._Element | None) -> str:
    """The character data of an element without that of comments, stripped."""
    if element is None:
        return ""
    if len(element) == 0:
        return (element.text or "").strip()
    parts = [element.text or ""]
    parts += [child.tail or "" for child in element]
    return "".join(parts).strip()


def read_qualifications(element: etree._Element, warn: Warn) -> Iterator[Qualification]:
    """The QualificationElements of a Qualifications extension; one without qualifier or criteria is skipped."""
    for part in element.iterchildren(f"{_S}QualificationElement"):
        qualifiers = tuple(
            (qualifier.get("uri") or "").rpartition("/")[2]
            for qualifier in part.iterfind(f"{_S}Qualifiers/{_S}Qualifier")
        )
        criteria = part.find(f"{_S}CriteriaList")
        if not qualifiers or criteria is None:
            warn("qualification_skipped", part)
            continue
        for name in qualifiers:
            if name not in names.QUALIFIERS:
                warn("qualifier_unknown", part, name)
        yield Qualification(qualifiers, _criteria(criteria, 1, warn))


def _criteria(element: etree._Element, depth: int, warn: Warn) -> Criteria:
    unknown = depth > _MAX_DEPTH
    usages: list[tuple[tuple[str, bool], ...]] = []
    policies: list[tuple[str, ...]] = []
    lists: list[Criteria] = []
    extended: list[tuple[str, ...]] = []
    attributes: list[tuple[str, ...]] = []
    description: str | None = None
    for part in () if unknown else element.iterchildren(etree.Element):
        if part.tag == f"{_S}KeyUsage":
            bits = [(bit.get("name") or "", text_of(bit)) for bit in part.iterchildren(f"{_S}KeyUsageBit")]
            usages.append(tuple((name, value in ("true", "1")) for name, value in bits))
            if any(
                name not in names.KEY_USAGE_BITS or value not in ("true", "1", "false", "0") for name, value in bits
            ):
                unknown = True
                warn("criterion_unknown", part)
        elif part.tag == f"{_S}PolicySet":
            policies.append(_oids(part))
        elif part.tag == f"{_S}CriteriaList":
            lists.append(_criteria(part, depth + 1, warn))
        elif part.tag == f"{_S}Description":
            description = text_of(part) or None
        elif part.tag == f"{_S}otherCriteriaList":
            for other in part.iterchildren(etree.Element):
                if other.tag == f"{_X}ExtendedKeyUsage":
                    extended.append(_oids(other))
                elif other.tag == f"{_X}CertSubjectDNAttribute":
                    attributes.append(_oids(other))
                else:
                    unknown = True
                    warn("criterion_unknown", other)
        else:
            unknown = True
            warn("criterion_unknown", part)
    assertion = element.get("assert") or "all"
    if assertion not in ("all", "atLeastOne", "none"):
        unknown = True
        warn("criterion_unknown", element, assertion)
    return Criteria(
        assertion=assertion,
        key_usages=tuple(usages),
        policy_sets=tuple(policies),
        lists=tuple(lists),
        extended_key_usages=tuple(extended),
        subject_attributes=tuple(attributes),
        description=description,
        unknown=unknown,
    )


def _oids(element: etree._Element) -> tuple[str, ...]:
    return tuple(text_of(oid).removeprefix("urn:oid:") for oid in element.iter(f"{_XADES}Identifier"))
