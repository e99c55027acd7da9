"""Signature dictionaries of a file (ISO 32000-2, 12.8) and the Document Security Store (12.8.4.3)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

from trustreg.base.effort import spend

from .byterange import ByteRange, Coverage, coverage, gap_is_contents, read_byte_range
from .document import Document
from .forms import form_fields, is_shown, is_signature, same
from .permissions import Permissions, permissions
from .syntax import PdfError, Reference, Stream, String, Value, read_indirect

MAX_SIGNATURES = 500
MAX_EVIDENCE = 5_000
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(?:(\d\d)'?)?)?")
_ORPHAN = re.compile(rb"/ByteRange[\x00\t\n\x0c\r ]*+\[")
_OBJECT_BEFORE = re.compile(rb"(?<![0-9])\d{1,10} \d{1,5} obj\Z")


@dataclass(frozen=True, slots=True)
class PdfSignature:
    """One signature dictionary, read from the file as it is now.

    `revision` indexes the document's sections and names the signed revision (None when none is complete);
    `faults` are codes of what is wrong with range, gap or dictionary: any of them is a FORMAT_FAILURE.
    """

    name: str
    dictionary: dict[str, Value]
    sub_filter: str
    contents: bytes
    span: ByteRange | None
    coverage: Coverage
    revision: int | None
    timestamp: bool
    faults: tuple[str, ...] = ()
    permissions: Permissions = field(default_factory=Permissions)
    shown: bool = False
    """Whether its field may draw on a page (12.5.2)."""

    @property
    def vri_key(self) -> str:
        """The name under which a security store keeps what is about this signature alone (EN 319 142-1, 5.4.2.3)."""
        return hashlib.sha1(self.contents, usedforsecurity=False).hexdigest().upper()

    @property
    def claimed_time(self) -> datetime | None:
        """The /M entry."""
        value = self.dictionary.get("M")
        return pdf_date(value.text) if isinstance(value, String) else None

    def text(self, key: str) -> str | None:
        """A text entry such as /Reason, /Name or /Location."""
        value = self.dictionary.get(key)
        return value.text[:500] or None if isinstance(value, String) else None


@dataclass(slots=True)
class SecurityStore:
    """DER values of one revision's /DSS; `revision` indexes the sections."""

    revision: int
    certificates: list[bytes] = field(default_factory=list)
    ocsp_responses: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    stamps: dict[str, bytes] = field(default_factory=dict)
    """Time-stamps over the value of one signature: /TS by the key of the VRI entry."""


def pdf_date(text: str) -> datetime | None:
    """A date string (7.9.4) in UTC; without an offset it is taken as UTC. None when it is not a date."""
    match = _DATE.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (
        int(part) if part else default for part, default in zip(match.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    try:
        offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
        zone = timezone(-offset if match[8] == "-" else offset)
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _contents(document: Document, dictionary: dict[str, Value]) -> String | None:
    value = document.resolve(dictionary.get("Contents"))
    return value if isinstance(value, String) else None


def _dictionary_faults(
    document: Document,
    value: Value,
    dictionary: dict[str, Value],
    revision: int | None,
    span: ByteRange,
    contents: String,
) -> list[str]:
    """Whether the dictionary in the final document is the one that was signed (spoofing, DSS PdfSigDictWrapper)."""
    if not contents.stands_at(document.data, span.first, span.gap_end):
        return ["DICTIONARY_IS_NOT_THE_SIGNED_ONE"]
    if revision:
        try:
            before = document.resolve(value, revision)
            unchanged = isinstance(before, dict) and same(document, dictionary, 0, before, revision)
        except PdfError:
            unchanged = False
        if not unchanged:
            return ["DICTIONARY_IS_NOT_THE_SIGNED_ONE"]
    return []


def _read(document: Document, label: str, value: Value) -> PdfSignature | None:
    dictionary = document.dictionary(value)
    if not dictionary:
        return None
    sub_filter = document.resolve(dictionary.get("SubFilter"))
    kind = document.resolve(dictionary.get("Type"))
    contents = _contents(document, dictionary)
    if not is_signature(document, value, 0):
        return None
    spend(len(label) >> 1)  # which the report tells
    faults: list[str] = []
    span: ByteRange | None = None
    covers, revision = Coverage.NONE, None
    byte_range = document.resolve(dictionary.get("ByteRange"))
    if isinstance(byte_range, list):
        byte_range = [document.resolve(item) for item in byte_range]
    found = read_byte_range(byte_range, len(document.data))
    if isinstance(found, str):
        faults.append(found)
    elif contents is None:
        faults.append("CONTENTS_MISSING")
    else:
        fault = gap_is_contents(document.data, found, contents)
        if fault:
            faults.append(fault)
        else:
            span = found
            covers, revision = coverage(document, found)
            faults += _dictionary_faults(document, value, dictionary, revision, found, contents)
    timestamp = sub_filter == "ETSI.RFC3161"
    if kind is not None and kind != ("DocTimeStamp" if timestamp else "Sig") and not (timestamp and kind == "Sig"):
        faults.append("TYPE_CONTRADICTS_SUBFILTER")
    return PdfSignature(
        name=label,
        dictionary=dictionary,
        sub_filter=str(sub_filter) if sub_filter is not None else "",
        contents=contents.value if contents else b"",
        span=span,
        coverage=covers,
        revision=revision,
        timestamp=timestamp,
        faults=tuple(faults),
    )


def _orphans(document: Document) -> Iterator[tuple[str, Value]]:
    """Signature dictionaries that no form field names: found by their /ByteRange, so that they are not kept silent."""
    for count, match in enumerate(_ORPHAN.finditer(document.data)):
        if count >= MAX_SIGNATURES:
            raise PdfError(f"it has more than {MAX_SIGNATURES} signatures")
        keyword = document.data.rfind(b" obj", max(0, match.start() - (1 << 20)), match.start())
        header = _OBJECT_BEFORE.search(document.data, max(0, keyword - 16), keyword + 4) if keyword >= 0 else None
        if header is None:
            continue
        try:
            reference, value, _ = read_indirect(document.data, header.start())
        except PdfError:
            continue
        if isinstance(value, dict) and "ByteRange" in value and "Contents" in value:
            yield f"object {reference.number}", value


def find_signatures(document: Document) -> list[PdfSignature]:
    """All signatures and document time-stamps, oldest first; several fields with one dictionary are one signature.

    Raises `PdfError` when the form cannot be walked.
    """
    signatures: dict[object, PdfSignature] = {}
    shown: set[object] = set()
    locks: dict[object, list[Value]] = {}
    values: dict[object, Value] = {}
    for label, terminal, value in form_fields(document):
        if terminal["FT"] != "Sig" or value is None:
            continue
        key = value.number if isinstance(value, Reference) else id(value)
        if is_shown(document, terminal):  # any widget of the field
            shown.add(key)
        if "Lock" in terminal:
            locks.setdefault(key, []).append(terminal["Lock"])
        if key in values:
            continue
        values[key] = value
        try:
            signature = _read(document, label, value)
        except PdfError:
            signature = PdfSignature(label, {}, "", b"", None, Coverage.NONE, None, False, ("DICTIONARY_DAMAGED",))
        if signature is not None:
            signatures[key] = signature
        if len(signatures) > MAX_SIGNATURES:
            # A report that leaves one out could pass where that one fails.
            raise PdfError(f"it has more than {MAX_SIGNATURES} signatures")
    found = [
        _permitting(document, replace(signature, shown=key in shown), values[key], locks.get(key, []))
        for key, signature in signatures.items()
    ]
    if not found:
        for label, value in _orphans(document):
            signature = _read(document, label, value)
            if signature is not None:
                found.append(replace(signature, faults=(*signature.faults, "NOT_IN_FORM")))
    return sorted(found, key=lambda s: (s.span.end if s.span else len(document.data) + 1, s.name))


def _permitting(document: Document, signature: PdfSignature, value: Value, locks: list[Value]) -> PdfSignature:
    """The signature with its permissions; `locks` are those of its field."""
    try:
        found = permissions(document, value, locks, signature.revision, timestamp=signature.timestamp)
    except PdfError:
        return replace(signature, faults=(*signature.faults, "DICTIONARY_DAMAGED"))
    return replace(signature, permissions=found)


def security_stores(document: Document) -> list[SecurityStore]:
    """The /DSS of every revision that brought a new one, oldest first; damaged streams are skipped one by one."""
    stores: list[SecurityStore] = []
    seen: set[object] = set()
    taken = 0
    for revision in range(len(document.sections) - 1, -1, -1):
        try:
            catalog = document.catalog(revision)
        except PdfError:
            continue
        value = catalog.get("DSS")
        if value is None:
            continue
        key = document.entry(value.number, revision) if isinstance(value, Reference) else id(value)
        dss = document.dictionary(value, revision)
        store = SecurityStore(revision)
        for name, values in (("Certs", store.certificates), ("OCSPs", store.ocsp_responses), ("CRLs", store.crls)):
            for item in document.array(dss.get(name), revision):
                where = document.entry(item.number, revision) if isinstance(item, Reference) else id(item)
                if (name, where) in seen or taken >= MAX_EVIDENCE:
                    continue
                seen.add((name, where))
                try:
                    stream = document.resolve(item, revision)
                    if isinstance(stream, Stream):
                        values.append(document.stream_data(stream, revision))
                        taken += 1
                except PdfError:
                    continue
        taken += _read_stamps(document, dss, store, MAX_EVIDENCE - taken)
        if key not in seen or store.certificates or store.ocsp_responses or store.crls or store.stamps:
            seen.add(key)
            stores.append(store)
    return stores


def _read_stamps(document: Document, dss: dict[str, Value], store: SecurityStore, room: int) -> int:
    """Reads /TS of the VRI entries; returns how many. Damaged ones are skipped one by one."""
    for name, value in islice(document.dictionary(dss.get("VRI"), store.revision).items(), max(room, 0)):
        try:
            stream = document.resolve(document.dictionary(value, store.revision).get("TS"), store.revision)
            if isinstance(stream, Stream):
                store.stamps[name.upper()] = document.stream_data(stream, store.revision)
        except PdfError:
            continue
    return len(store.stamps)
