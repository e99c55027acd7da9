"""What was changed after a signature (ISO 32000-2, 12.8.2.2; EN 319 102-1, 5.2.2).

It runs only for signatures that do not cover the whole file, under a budget of time and objects. Successive revisions
are compared pairwise, once for the whole file: a change that is permitted relative to its predecessor in every step
is at least as harmless as the sum of the steps, and n signatures cost n comparisons instead of n².

Revisions that plainly add signatures or evidence are told by `additions`; all others by pyHanko's difference analysis.
"""

from __future__ import annotations

import io
import re
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import islice
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    FormUpdatingRule,
    GenericFieldModificationRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    WhitelistRule,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.rules_api import Context, ReferenceUpdate
from pyhanko.sign.fields import MDPPerm

from trustreg.base.effort import EffortExceeded

from .additions import Additions
from .agreement import Agreement
from .annotations import rearranged
from .byterange import Coverage
from .document import Document
from .forms import form_change
from .overlooked import overlooked
from .permissions import Permissions
from .revision import Addition
from .signatures import PdfSignature
from .stowaways import outside_streams, stowaways
from .syntax import Reference, ambiguous
from .uses import IGNORED_TRAILER_KEYS, Links
from .xref import MAX_SECTIONS


class ValidationDataRule(WhitelistRule):
    """Anything below /DSS may change: it is evidence that is verified by itself, and nothing that a reader sees.

    (pyHanko's own rule refuses rewritten /VRI entries, which several products make when they extend a signature.)
    An object that is also used elsewhere is cleared only for its uses below /DSS.
    """

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        try:
            store = new.root.raw_get("/DSS")
        except KeyError:
            return
        references = new.collect_dependencies(store)
        if isinstance(store, generic.IndirectObject):
            references.add(store.reference)
        for reference in references & _untyped(new.explicit_refs_in_revision):
            usages = old._get_usages_of_ref(reference)  # noqa: SLF001  # no public way asks where an object is used
            if not usages:
                yield ReferenceUpdate(reference)
            for path in usages:
                if path.path[:2] == ("/Root", "/DSS"):
                    yield ReferenceUpdate(reference, context_checked=Context.from_absolute(old, path))


def _seen_by(old: HistoricalResolver) -> Callable[[int], bool]:
    """Which objects pyHanko's analysis found in a revision; no public way asks for that."""
    return lambda number: bool(old._get_usages_of_ref(generic.Reference(number, 0)))  # noqa: SLF001


def _untyped(function: Any, *arguments: Any) -> Any:
    """Calls a function of pyHanko that has no types."""
    return function(*arguments)


_POLICY = StandardDiffPolicy(
    global_rules=[
        _untyped(CatalogModificationRule),
        *(
            rule.as_qualified(ModificationLevel.LTA_UPDATES)
            for rule in (
                DocInfoRule(),
                XrefStreamRule(),
                ObjectStreamRule(),
                ValidationDataRule(),
                _untyped(MetadataUpdateRule),
            )
        ),
    ],
    form_rule=FormUpdatingRule(
        field_rules=[_untyped(SigFieldCreationRule), SigFieldModificationRule(), GenericFieldModificationRule()]
    ),
)
"""pyHanko's default policy, with `ValidationDataRule` in place of its own rule for the DSS."""


_BLANK = re.compile(rb"[\x00\t\n\x0c\r ]*+")
_STARTXREF = re.compile(rb"startxref")
_END = re.compile(rb"startxref[\x00\t\n\x0c\r ]++\d++[\x00\t\n\x0c\r ]++%%EOF[\x00\t\n\x0c\r ]*+\Z")


class Modifications(IntEnum):
    """Classes of changes, from harmless to unknown."""

    NONE = 0
    LTA = 1
    SIGNING = 2
    FORM_FILLING = 3
    OTHER = 4

    @property
    def word(self) -> str:
        """The word of the report."""
        return ("none", "lta", "signing", "form-filling", "other")[self]


@dataclass(frozen=True, slots=True)
class Change:
    """What came after a signature; `reason` is a code when it is not acceptable (always so for OTHER)."""

    modifications: Modifications
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one file's analysis: objects of all revisions, objects read, seconds of processor time.

    Reading that many objects takes a second or two. The time is the last line, against objects that are slow to read:
    what is counted gives the same answer on every machine, however busy.
    """

    objects: int = 60_000
    reads: int = 20_000
    seconds: float = 3.0


class _BudgetError(Exception):
    """The analysis took too long."""


class _Reader(PdfFileReader):
    """Counts what the analysis reads."""

    deadline: float = 0.0
    reads_left: int = 0

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        self.reads_left -= 1
        if self.reads_left < 0 or time.thread_time() > self.deadline:
            raise _BudgetError
        return super().get_object(*args, **kwargs)  # type: ignore[no-untyped-call]  # pyHanko has no types here


def _for_comparison(document: Document, signatures: list[PdfSignature]) -> io.BytesIO:
    """The file with the /Contents of its well-formed signatures emptied in place: positions stay.

    The comparison does not need signature values, and pyHanko parses hexadecimal digit by digit.
    """
    blank = bytearray(document.data)
    stretches: dict[int, int] = {}
    for signature in signatures:
        if signature.span is not None and not signature.faults:
            width = signature.span.gap_end - signature.span.first
            blank[signature.span.first : signature.span.gap_end] = (
                b"<00>".ljust(width) if width > 4 else b"<".ljust(width - 1) + b">"
            )
            if width > 5:
                stretches[signature.span.first + 4] = signature.span.gap_end - 1
    return _Skipping(bytes(blank), stretches)


class _Skipping(io.BytesIO):
    """Bytes in which reading one octet at the start of a blank stretch reads its last one.

    pyHanko skips white space octet by octet, and the blanked signature values are most of a file with many signatures.
    """

    def __init__(self, data: bytes, stretches: dict[int, int]) -> None:
        super().__init__(data)
        self._stretches = stretches

    def read(self, size: int | None = -1, /) -> bytes:
        if size == 1:
            end = self._stretches.get(self.tell())
            if end is not None:
                self.seek(end)
        return super().read(size)


class ChangeAnalysis:
    """Lazily compares the revisions of one file; answers are per signature."""

    def __init__(self, document: Document, signatures: list[PdfSignature], budget: Budget) -> None:
        self._document = document
        self._signatures = signatures
        self._budget = budget
        self._deadline = time.thread_time() + budget.seconds
        self._additions = Additions(document, objects=budget.objects, deadline=self._deadline)
        self._ends: list[int] | None = None
        self._stowaways: list[int] | None = None
        self._trapped = False
        self._reader: _Reader | None = None
        self._steps: dict[tuple[int, Permissions], Change] = {}

    def since(self, signature: PdfSignature) -> Change:
        """Everything that came after `signature`; OTHER with a reason when it is not permitted or not known."""
        if signature.coverage is Coverage.WHOLE:
            return Change(Modifications.NONE)
        if signature.coverage is not Coverage.REVISION or signature.revision is None or signature.span is None:
            return Change(Modifications.OTHER, "NO_COMPLETE_REVISION")
        if _BLANK.fullmatch(self._document.data, signature.span.end):
            return Change(Modifications.NONE)
        if not self._accounted_for(signature.span.end, signature.revision):
            return Change(Modifications.OTHER, "TRAILING_DATA")
        worst = Change(Modifications.NONE)
        try:
            if self._hides(signature.span.end):
                return Change(Modifications.OTHER, "TRAILING_DATA")
            for newer in range(signature.revision - 1, -1, -1):
                step = self._step(newer, signature.permissions)
                worst = max(worst, step, key=lambda change: change.modifications)
        except _BudgetError:
            return Change(Modifications.OTHER, "CHANGE_ANALYSIS_BUDGET")
        except (KeyboardInterrupt, SystemExit, EffortExceeded):
            raise
        except BaseException as error:  # a crash of the analysis is ours, and never a pass
            return Change(Modifications.OTHER, "CHANGE_ANALYSIS_FAILED", type(error).__name__)
        if signature.permissions.level == 1 and worst.modifications in (
            Modifications.SIGNING,
            Modifications.FORM_FILLING,
        ):
            return Change(Modifications.OTHER, "CHANGE_FORBIDDEN_BY_CERTIFICATION")
        if worst.modifications is Modifications.FORM_FILLING and not self._filling_permitted(signature):
            return Change(Modifications.FORM_FILLING, "FORM_FILLING_NOT_PERMITTED")
        return worst

    def _accounted_for(self, start: int, revisions: int) -> bool:
        """Whether as many `startxref` follow as there are later sections, and nothing comes after the last one.

        A revision that a later startxref passes over, or objects behind the end, are seen by readers that repair files.
        """
        data = self._document.data
        if self._ends is None:
            found = islice(_STARTXREF.finditer(data), MAX_SECTIONS + 1)
            self._ends = [match.start() for match in found]
        later = len(self._ends) - bisect_left(self._ends, start)
        return (
            revisions > 0
            and len(self._ends) <= MAX_SECTIONS
            and later == revisions
            and bool(_END.search(data, len(data) - 128))
        )

    def _hides(self, start: int) -> bool:
        """Whether there are objects that no cross-reference names, which readers that repair files would take.

        In what was signed they are as harmful: a later revision can be one that makes readers repair the file. There,
        files that are embedded in streams are nothing that a reader would look through.
        """
        if self._stowaways is None:
            self._affordable()
            self._stowaways = stowaways(self._document)
            self._trapped = bool(outside_streams(self._document, self._stowaways))
        return self._trapped or (bool(self._stowaways) and self._stowaways[-1] >= start)

    def _affordable(self) -> None:
        if sum(len(section.numbers()) for section in self._document.sections) > self._budget.objects:
            raise _BudgetError

    def _open(self) -> _Reader:
        if self._reader is None:
            self._affordable()
            _Reader.deadline = self._deadline
            _Reader.reads_left = self._budget.reads
            reader = _Reader(_for_comparison(self._document, self._signatures), strict=False)
            for trailer in reader.trailer._trailer_revisions:  # noqa: SLF001  # no public way takes an entry out
                # LibreOffice's note of its source points, after other products wrote a revision, to objects that do
                # not exist or are something else; no PDF reader looks at it.
                trailer.pop("/AdditionalStreams", None)
            if reader.encrypted:
                reader.decrypt("")
            self._reader = reader
        return self._reader

    def _step(self, newer: int, permissions: Permissions) -> Change:
        """The change from section `newer + 1` to section `newer`."""
        plain = self._additions.of(newer)
        if plain is Addition.EVIDENCE:
            return Change(Modifications.LTA)
        if plain is Addition.SIGNATURE and not permissions.locks and permissions.level is None:
            return Change(Modifications.SIGNING)
        key = (newer, permissions)
        if key not in self._steps:
            self._steps[key] = self._compare(newer, permissions)
        return self._steps[key]

    def _compare(self, newer: int, permissions: Permissions) -> Change:
        reader = self._open()
        count = len(self._document.sections)
        if (
            reader.xrefs.total_revisions != count
            or not self._same_root(reader, newer)
            or not self._same_encryption(newer)
            or not self._document.data.startswith(b"%PDF-")  # else some count offsets from there
            or self._bent
        ):
            return Change(Modifications.OTHER, "REVISIONS_DISAGREE")
        if time.thread_time() > reader.deadline:
            raise _BudgetError
        old = reader.get_historical_resolver(count - 2 - newer)
        new = reader.get_historical_resolver(count - 1 - newer)
        try:
            result = _POLICY.apply(
                old,
                new,
                field_mdp_spec=permissions,  # type: ignore[arg-type]  # it is asked for is_locked alone
                doc_mdp=MDPPerm(permissions.level) if permissions.level else None,
            )
        except SuspiciousModification as finding:
            return Change(Modifications.OTHER, "CHANGE_NOT_PERMITTED", str(finding)[:300])
        if result.modification_level > ModificationLevel.FORM_FILLING:
            return Change(Modifications.OTHER, "CHANGE_NOT_PERMITTED")
        if overlooked(self._document, newer + 1, newer, _seen_by(old)):
            return Change(Modifications.OTHER, "CHANGE_NOT_PERMITTED")
        form = form_change(self._document, newer + 1, newer)
        if form.replaced:
            return Change(Modifications.OTHER, "APPEARANCE_REPLACED")
        if rearranged(self._document, newer + 1, newer):
            return Change(Modifications.OTHER, "CHANGE_NOT_PERMITTED")
        if form.filled:
            return Change(Modifications.FORM_FILLING)
        harmless = result.modification_level <= ModificationLevel.LTA_UPDATES and not form.signed
        return Change(Modifications.LTA if harmless else Modifications.SIGNING)

    @cached_property
    def _bent(self) -> bool:
        """Whether syntax is bent somewhere so that readers may take different objects: pyHanko reads one differently, a
        dictionary has a key twice, a reference has another generation than its object, an object of a revision after
        signing does not end plainly, or older ones refer to it before it exists.

        In what was signed it matters as well: what hangs from the value that only some see could be exchanged later.
        Raises `PdfError`, or an error of pyHanko's, for an object that cannot be read.
        """
        document, reader = self._document, self._open()
        readers = Agreement(document, [one.span for one in self._signatures if one.span is not None])
        signed = max((one.revision for one in self._signatures if one.revision is not None), default=0)
        links = Links()
        for index, section in reversed(list(enumerate(document.sections))):
            awaited = links.awaited(section)  # as usual inside of a linearized file
            if ambiguous(section.trailer) or (awaited and index < signed):
                return True
            links.add({key: section.trailer[key] for key in section.trailer.keys() - IGNORED_TRAILER_KEYS})
            theirs = reader.get_historical_resolver(len(document.sections) - 1 - index)
            for number in section.numbers():
                entry = section.find(number)
                if entry is None or entry.free:
                    continue
                ours = document.load(Reference(number, entry.generation), index)
                other = theirs.get_object(generic.Reference(number, entry.generation))
                if ambiguous(ours) or not readers.on(ours, other):
                    return True
                links.add(ours)
                if index < signed and not document.ends_plainly(number, index):
                    return True
        return links.stale()

    def _same_root(self, reader: _Reader, newer: int) -> bool:
        """Whether both readers take the same object for the catalog of section `newer`."""
        ours = next((s.trailer["Root"] for s in self._document.sections[newer:] if "Root" in s.trailer), None)
        try:
            theirs = reader.trailer.raw_get("/Root", revision=len(self._document.sections) - 1 - newer)
        except KeyError:
            return False
        return isinstance(ours, Reference) and ours == Reference(theirs.idnum, theirs.generation)

    def _same_encryption(self, newer: int) -> bool:
        """Whether a revision continues the encryption: readers take it from the newest trailer alone."""
        now, before = (section.trailer.get("Encrypt") for section in self._document.sections[newer : newer + 2])
        return now == before

    def _filling_permitted(self, signature: PdfSignature) -> bool:
        """Whether a certification that stands in the signed revision lets people fill in the form (DocMDP 2 or 3)."""
        return any(
            other.permissions.certifies
            and other.permissions.level in (2, 3)
            and not other.faults
            and other.span
            and other.span.end <= signature.span.end
            for other in self._signatures
            if signature.span
        )
