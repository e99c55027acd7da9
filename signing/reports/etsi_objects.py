"""The validation objects of ETSI TS 119 102-2 (4.4): document, certificates, revocation data, time-stamps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from lxml import etree

from signing.reports.xml import add, add_digest

Part = Mapping[str, Any]
_TYPES: Final = {"crl": "CRL", "ocsp": "OCSPResponse"}
_OF_A_RECORD: Final[Part] = {"signer": None, "qualification": None, "checks": (), "errors": (), "warnings": ()}
"""What the validation of a time-stamp has and that of an evidence record has not."""


class Objects:
    """Objects get a name when they are first referred to, and are written once, in that order.

    Each is represented by its digest alone: the report holds no certificate, and the document is not kept.
    """

    def __init__(self, report: Part, *, nested: Callable[[etree._Element, Part, Objects], None]) -> None:
        self._report = report
        self._nested = nested
        self._signatures: dict[str, str] = {}  # id in the JSON -> name
        self._digests: dict[str, tuple[str, str]] = {}  # name -> type, SHA-256
        self._tokens: dict[int, tuple[str, Part, list[str]]] = {}  # of the part in the JSON -> name, part, proven names
        for part in (*report["signatures"], report):
            for stamp in part["timestamps"]:
                self._tokens[id(stamp)] = (f"T-{len(self._tokens) + 1}", stamp, [])

    def name_signature(self, part: Part, number: int) -> str:
        """The name of a signature; its proving time-stamps are noted."""
        name = self._signatures[part["id"]] = f"S-{number}"
        for stamp in part["timestamps"]:
            if stamp["proof"]:
                self._tokens[id(stamp)][2].append(name)
        return name

    def certificate(self, sha256: str) -> str:
        """The name of a certificate."""
        return self._digest("C", "certificate", sha256)

    def evidence(self, revocation: Mapping[str, str]) -> str:
        """A CRL or an OCSP response."""
        return self._digest("R", _TYPES[revocation["source"]], revocation["sha256"])

    def token(self, stamp: Part) -> str:
        """The name of a time-stamp of the report."""
        return self._tokens[id(stamp)][0]

    def _digest(self, prefix: str, kind: str, sha256: str) -> str:
        name = f"{prefix}-{sha256}"
        self._digests.setdefault(name, (kind, sha256))
        return name

    def write(self, root: etree._Element) -> None:
        """Append SignatureValidationObjects: the document, time-stamps with their validation, then all the rest."""
        holder = add(root, "SignatureValidationObjects")
        document = self._report["document"]["sha256"]
        self._write(holder, f"D-{document}", "other", document)
        for name, stamp, proven in self._tokens.values():
            found = self._write(holder, name, "timestamp", stamp.get("sha256"))
            if proven:
                provision = add(found, "POEProvisioning")
                add(provision, "POETime", stamp["time"])
                for one in proven:
                    add(provision, "ValidationObject", VOReference=one)
            self._nested(add(found, "ValidationReport"), stamp, self)
        for number, record in enumerate(self._report.get("evidence_records", ()), 1):
            self._record(self._write(holder, f"E-{number}", "evidencerecord", None), record)
        for name, (kind, sha256) in self._digests.items():
            self._write(holder, name, kind, sha256)

    def _record(self, found: etree._Element, record: Part) -> None:
        """Of an evidence record: what it proves, and the conclusion; its time-stamps are objects of their own."""
        if record["proof"]:
            provision = add(found, "POEProvisioning")
            add(provision, "POETime", record["time"])
            for one in record["signatures"]:
                add(provision, "ValidationObject", VOReference=self._signatures[one])
        self._nested(add(found, "ValidationReport"), {**_OF_A_RECORD, **record}, self)

    @staticmethod
    def _write(holder: etree._Element, name: str, kind: str, sha256: str | None) -> etree._Element:
        found = add(holder, "ValidationObject", id=name)
        add(found, "ObjectType", f"urn:etsi:019102:validationObject:{kind}")
        representation = add(found, "ValidationObjectRepresentation")
        if sha256:
            add_digest(representation, "sha256", bytes.fromhex(sha256))
        else:
            add(representation, "direct")  # no digest is known, and the schema wants something
        return found
