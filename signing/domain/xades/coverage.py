"""How much of what was handed in a signature covers: the whole, or a part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml import etree

from .hardened import is_comment, is_element
from .names import SIGNATURE, SIGNED_PROPERTIES_TYPE
from .references import Detached, Kind, Outcome
from .structure import Signature

_QUALIFYING = tuple(f"{{{namespace}}}QualifyingProperties" for namespace in SIGNED_PROPERTIES_TYPE)


def coverage_of(
    signature: Signature,
    outcomes: Iterable[Outcome],
    root: etree._Element,
    *,
    detached: Sequence[Detached],
) -> str:
    """`whole`, `partial` or `none`, from the references that verified.

    `whole` means: the whole document that holds the signature; or, where the file is nothing but signatures, every
    Object in it and every one of the `detached` documents that is demanded. An element somewhere in a document is
    `partial`, for whoever reads the document reads the rest of it too.
    """
    good = [one for one in outcomes if one.intact and one.target is not None and one.kind is not Kind.COUNTERSIGNED]
    data = [one for one in good if one.kind in (Kind.DATA, Kind.OBJECT)]
    beside = {one.target.detached for one in data if one.target is not None and one.target.detached is not None}
    nodes = [one.target.nodes for one in data if one.target is not None and one.target.nodes is not None]
    if not beside and not nodes:
        return "none"
    every = all(number in beside for number, one in enumerate(detached) if one.demanded)
    if any(one.document or one.apex is root for one in nodes) and root is not signature.element:
        return "whole" if every else "partial"
    carriers = _carriers(root)
    if carriers is None or not every:
        return "partial"
    covered = {one.apex for one in nodes}
    return "whole" if all(_object_covered(one, covered) for one in _objects(carriers)) else "partial"


def _carriers(root: etree._Element) -> list[etree._Element] | None:
    """The signatures of a file that holds nothing else: one, or a wrapper of several (EN 319 162-1, 4.3.3.2)."""
    if root.tag == SIGNATURE:
        return [root]
    children = [child for child in root if not is_comment(child)]
    text = [root.text, *(child.tail for child in root)]
    if not children or root.attrib or any((one or "").strip() for one in text):
        return None
    return children if all(child.tag == SIGNATURE for child in children) else None


def _objects(carriers: Sequence[etree._Element]) -> list[etree._Element]:
    """The Objects with data in them."""
    found = []
    for carrier in carriers:
        for one in carrier.iterchildren(f"{SIGNATURE[:-9]}Object"):
            children = list(filter(is_element, one))
            if not (len(children) == 1 and children[0].tag in _QUALIFYING) and not _is_manifest(children):
                found.append(one)
    return found


def _is_manifest(children: list[etree._Element]) -> bool:
    names = {f"{SIGNATURE[:-9]}Manifest", f"{SIGNATURE[:-9]}SignatureProperties"}
    return bool(children) and all(child.tag in names for child in children)


def _object_covered(one: etree._Element, covered: set[etree._Element]) -> bool:
    """The Object itself is covered, or everything in it."""
    if one in covered:
        return True
    children = list(filter(is_element, one))
    text = [one.text, *(child.tail for child in one)]
    return bool(children) and all(child in covered for child in children) and not any((t or "").strip() for t in text)
