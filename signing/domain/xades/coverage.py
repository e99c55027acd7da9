"""How much of what was handed in a signature covers: the whole, or a part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml import etree

from .hardened import is_comment, is_element
from .names import BASE64, SIGNATURE, SIGNED_PROPERTIES_TYPE, ds
from .references import Detached, Kind, Outcome
from .structure import Signature

_QUALIFYING = tuple(f"{{{namespace}}}QualifyingProperties" for namespace in SIGNED_PROPERTIES_TYPE)
_APPARATUS = (ds("Manifest"), ds("SignatureProperties"))
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


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
    data = [one for one in _verified(outcomes) if one.kind in (Kind.DATA, Kind.OBJECT)]
    beside = {one.target.detached for one in data if one.target is not None and one.target.detached is not None}
    inside = [one for one in data if one.target is not None and one.target.nodes is not None]
    if not beside and not inside:
        return "none"
    every = all(number in beside for number, one in enumerate(detached) if one.demanded)
    if root is not signature.element and any(_is_document(one, root) for one in inside):
        return "whole" if every else "partial"
    carriers = _carriers(root)
    if carriers is None or not every:
        return "partial"
    objects = [one for carrier in carriers for one in _objects(carrier)]
    covered = _covered(inside)
    if not objects and not beside:
        return "partial"
    return "whole" if all(_object_covered(one, covered) for one in objects) else "partial"


def unsigned_objects(signature: Signature, outcomes: Iterable[Outcome]) -> list[etree._Element]:
    """The Objects of a signature with data in them that it does not cover, nor what contains it."""
    good = [one for one in _verified(outcomes) if one.target is not None and one.target.nodes is not None]
    covered = _covered(good)
    return [one for one in _objects(signature.element) if not _object_covered(one, covered)]


def _verified(outcomes: Iterable[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if one.intact and one.target is not None]


def _is_document(outcome: Outcome, root: etree._Element) -> bool:
    """The whole document with its markup; by the identifier of the root, only where no instruction stands outside."""
    nodes = outcome.target.nodes if outcome.target is not None else None
    if nodes is None or _text_alone(outcome):
        return False
    if nodes.document:
        return True
    around = [*root.itersiblings(), *root.itersiblings(preceding=True)]
    return nodes.apex is root and all(map(is_comment, around))


def _text_alone(outcome: Outcome) -> bool:
    """Whether what is signed is the text of the target, decoded, and not its markup."""
    return any(one.get("Algorithm") == BASE64 for one in outcome.reference.transforms)


def _covered(outcomes: Iterable[Outcome]) -> set[etree._Element]:
    """The elements that are covered with everything in them."""
    found = set()
    for one in outcomes:
        nodes = one.target.nodes if one.target is not None else None
        if nodes is not None and not (_text_alone(one) and any(map(is_element, nodes.apex))):
            found.add(nodes.apex)
    return found


def _carriers(root: etree._Element) -> list[etree._Element] | None:
    """The signatures of a file that holds nothing else: one, or a wrapper of several (EN 319 162-1, 4.3.3.2)."""
    if root.tag == SIGNATURE:
        return [root]
    children = [child for child in root if not is_comment(child)]
    text = [root.text, *(child.tail for child in root)]
    named = any(not str(name).startswith(_XSI) for name in root.attrib)
    if not children or named or any((one or "").strip() for one in text):
        return None
    return children if all(child.tag == SIGNATURE for child in children) else None


def _objects(carrier: etree._Element) -> list[etree._Element]:
    """The Objects of a signature with data in them."""
    found = []
    for one in carrier.iterchildren(ds("Object")):
        tags = [child.tag for child in filter(is_element, one)]
        qualifying = len(tags) == 1 and tags[0] in _QUALIFYING
        if not qualifying and not (tags and all(tag in _APPARATUS for tag in tags)):
            found.append(one)
    return found


def _object_covered(one: etree._Element, covered: set[etree._Element]) -> bool:
    """The Object itself is covered, or everything in it."""
    if one in covered:
        return True
    children = list(filter(is_element, one))
    text = [one.text, *(child.tail for child in one)]
    return bool(children) and all(child in covered for child in children) and not any((t or "").strip() for t in text)
