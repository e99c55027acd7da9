"""ASiCManifest (EN 319 162-1 A.4): the files, with digests, that a signature or time-stamp in a container is over."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import unquote

from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree

from signing.domain.asic.container import Container, Entry
from signing.domain.xades.algorithms import digest_of
from signing.domain.xades.hardened import XmlError, parse
from trustreg.pki.signatures import digest

_DS = "http://www.w3.org/2000/09/xmldsig#"
_MAX_REFERENCES = 2000


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file that the manifest names. `found` None: it is not there; `matches` None: its digest cannot be computed."""

    name: str
    found: Entry | None
    matches: bool | None
    algorithm: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`target` is the signature or time-stamp that is over the manifest's octets."""

    entry: Entry
    target: str
    references: tuple[FileReference, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of files that are not there."""
        return tuple(reference.name for reference in self.references if reference.found is None)

    @property
    def altered(self) -> tuple[str, ...]:
        """Names of files that are not what the manifest says."""
        return tuple(reference.name for reference in self.references if reference.matches is False)

    @property
    def intact(self) -> bool:
        """Whether every file is there and is what the manifest says."""
        return all(reference.matches is True for reference in self.references)

    @property
    def covered(self) -> frozenset[str]:
        """Names of the files that are there and match."""
        return frozenset(reference.name for reference in self.references if reference.matches is True)


def is_manifest(entry: Entry) -> bool:
    """Whether it is a manifest of signatures or time-stamps, by its name."""
    name = entry.name
    return entry.inside_meta and "ASiC" in name and "Manifest" in name and name.endswith(".xml")


def read_manifest(container: Container, entry: Entry) -> Manifest:
    """Read one manifest. Raises `XmlError`."""
    root = parse(entry.data).root
    if _local(root) != "ASiCManifest":
        raise XmlError(f"{entry.name} is no ASiCManifest")
    targets = [child for child in root if _local(child) == "SigReference"]
    # Some producers nest them in SigReference; the signature is over all octets of the manifest either way.
    references = [child for child in root.iter() if _local(child) == "DataObjectReference"]
    if len(targets) != 1 or not references or len(references) > _MAX_REFERENCES:
        raise XmlError(f"{entry.name} does not name one signature and the files that it is over")
    if any(child.get("Critical") in ("true", "1") for child in root.iter() if _local(child) == "Extension"):
        raise XmlError(f"{entry.name} holds a critical extension that is not known")
    found = tuple(_reference(container, reference) for reference in references)
    if len({reference.name for reference in found}) != len(found):
        raise XmlError(f"{entry.name} names a file twice")
    return Manifest(entry, _name(targets[0]), found)


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""  # type: ignore[redundant-expr] # a comment has a function there


def _name(element: etree._Element) -> str:
    uri = unquote(element.get("URI") or "")
    return uri.removeprefix("./").removeprefix("/")


def _reference(container: Container, element: etree._Element) -> FileReference:
    name = _name(element)
    methods = element.findall(f"{{{_DS}}}DigestMethod")
    values = element.findall(f"{{{_DS}}}DigestValue")
    if len(methods) != 1 or len(values) != 1:
        raise XmlError(f"the reference to {name[:80]!r} has no digest")
    uri = methods[0].get("Algorithm") or ""
    algorithm = digest_of(methods[0])
    entry = container.get(name)
    if entry is None:
        return FileReference(name, None, None, algorithm or uri)
    if algorithm is None:
        return FileReference(name, entry, None, uri)
    try:
        expected = base64.b64decode("".join((values[0].text or "").split()), validate=True)
        return FileReference(name, entry, compare_digest(digest(algorithm, entry.data), expected), algorithm)
    except (binascii.Error, UnsupportedAlgorithm):
        return FileReference(name, entry, None, algorithm)
