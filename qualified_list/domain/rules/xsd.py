"""The XML schemas of TS 119 612, from a folder of the operator: they are not ours to ship."""

from __future__ import annotations

import functools
from pathlib import Path

from lxml import etree

from qualified_list.domain.rules.book import NotRun
from qualified_list.domain.xml import names

_FILES = {
    "xmldsig-core-schema.xsd": "xmldsig-core-schema.xsd",
    "xml.xsd": "xml.xsd",
    "xades01903v132-201601.xsd": "1913201-XAdES01903v132.xsd",
    "xades.xsd": "1913201-XAdES01903v132.xsd",
    "19612_xsd.xsd": "19612_xsd.xsd",
    "19612_additionaltypes_xsd.xsd": "19612_additionaltypes_xsd.xsd",
    "19612_sie_xsd.xsd": "19612_sie_xsd.xsd",
}
"""Last part of the address in an import (lower case) -> file in the folder."""

_IMPORTS = (
    (names.TSL, "19612_xsd.xsd"),
    (names.TSLX, "19612_additionaltypes_xsd.xsd"),
    (names.SIE, "19612_sie_xsd.xsd"),
    (names.XADES, "1913201-XAdES01903v132.xsd"),
)


class _FolderResolver(etree.Resolver):
    """Answers every import from the folder; nothing is fetched."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def resolve(self, system_url: str, public_id: str, context: object) -> object:  # type: ignore[override]
        name = _FILES.get(system_url.rsplit("/", 1)[-1].lower())
        if name is None:
            return self.resolve_empty(context)  # type: ignore[attr-defined]
        return self.resolve_filename(str(self._folder / name), context)  # type: ignore[attr-defined]


@functools.cache
def list_schema(folder: Path) -> etree.XMLSchema:
    """The compiled schema from `folder` (19612_xsd.xsd and what it imports). Raises `NotRun` when it is not usable."""
    missing = sorted(name for name in set(_FILES.values()) if not (folder / name).is_file())
    if missing:
        raise NotRun(f"the folder {folder.name} lacks {', '.join(missing)}")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(_FolderResolver(folder))
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{(folder / name).absolute().as_uri()}"/>'
        for namespace, name in _IMPORTS
    )
    wrapper = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    try:
        return etree.XMLSchema(etree.fromstring(wrapper.encode(), parser))
    except etree.XMLSchemaParseError as error:
        raise NotRun(f"the folder {folder.name} holds no usable schema: {error}") from error
