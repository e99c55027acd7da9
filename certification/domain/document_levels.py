"""Which document needs which trust, and whether what was proved is enough (seed R40 to R42).

The shipped table is illustrative: not law, not advice. An authority replaces a row by adopting a version of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from trustreg.base.errors import InvalidInput, NotFound

SHIPPED: Final = Path(__file__).resolve().parent.parent / "data" / "document_levels.csv"


class RequiredLevel(StrEnum):
    """The level that a document asks for. `NOT_APPLICABLE`: its form is fixed elsewhere; no level is recommended."""

    QUALIFIED = "qualified"
    SPECIFIED = "specified"
    OTHER = "other"
    NOT_APPLICABLE = "not_applicable"


class Element(StrEnum):
    """What has to be proved: intent, origin, existence in time."""

    ESIGN = "esign"
    ESEAL = "eseal"
    TIMESTAMP = "timestamp"


_RANK: Final = {RequiredLevel.OTHER: 0, RequiredLevel.SPECIFIED: 1, RequiredLevel.QUALIFIED: 2}


@dataclass(frozen=True, slots=True)
class DocumentLevel:
    """One row. `elements` must all be proved, each at `level` or above; `elements_text` is the row's own wording.

    `government` means that the seal is one of a public body. `status` is illustrative, consulted or adopted.
    """

    code: str
    names: Mapping[str, str]
    issuer_kind: str
    elements: frozenset[Element]
    elements_text: str
    level: RequiredLevel
    rationale: str
    status: str
    disclaimer: str
    government: bool = False


def read_elements(text: str) -> tuple[frozenset[Element], bool]:
    """The elements of a wording such as `eseal(government)+timestamp`, and whether it asks for a public body's seal.

    A wording that leaves a choice (`none or eseal`) demands nothing; a condition (`esign where a signature is
    required`) demands the unconditional parts only.
    """
    if " or " in text or text == "outside the table":
        return frozenset(), False
    found: set[Element] = set()
    for part in text.split("+"):
        if " where " in part:
            continue
        word = part.split("(")[0].strip().removeprefix("device ").split(" ")[0]
        found.add(Element(word))
    return frozenset(found), "(government)" in text


def read_table(path: Path = SHIPPED) -> tuple[DocumentLevel, ...]:
    """The rows of a CSV of this shape, in its order. Raises ValueError or KeyError for another shape."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(_read_row(row) for row in csv.DictReader(file))


def _read_row(row: Mapping[str, str]) -> DocumentLevel:
    elements, government = read_elements(row["recommended_trust_elements"])
    return DocumentLevel(
        code=row["id"],
        names={"ja": row["document_ja"], "en": row["document_en"]},
        issuer_kind=row["issuer_kind"],
        elements=elements,
        elements_text=row["recommended_trust_elements"],
        level=RequiredLevel(row["default_level"]),
        rationale=row["rationale"],
        status=row["status"],
        disclaimer=row["disclaimer"],
        government=government,
    )


@dataclass(frozen=True, slots=True)
class Proof:
    """What one signature, seal or time-stamp of a document proved. `level` None: nobody knows (INDETERMINATE).

    `government`: the seal is one of a public body.
    """

    element: Element
    level: RequiredLevel | None
    government: bool = False


def proven_level(*, qualification: str, service_status: str | None, passed: bool = True) -> RequiredLevel | None:
    """The level that a signature, seal or token proved, None when that cannot be known.

    `qualification` is a word of the report (`QESIG`, `ADESEAL`, `QTSA`, `INDETERMINATE`, …), `service_status` what the
    service was at best-signature time (`qualified`, `specified`, …). One that did not pass proves nothing: `other`.
    """
    if not passed:
        return RequiredLevel.OTHER
    if qualification == "INDETERMINATE":
        return None
    if qualification in ("QESIG", "QESEAL", "QTSA"):
        return RequiredLevel.QUALIFIED
    if service_status in ("qualified", "specified") and qualification != "NOT_ADES":
        return RequiredLevel.SPECIFIED
    return RequiredLevel.OTHER


@dataclass(frozen=True, slots=True)
class Requirement:
    """The answer. `met` None: cannot be said; `missing` are the elements not (or not surely) proved."""

    document_type: str | None
    level: RequiredLevel
    met: bool | None
    missing: tuple[Element, ...] = ()


def requirement_met(
    document: DocumentLevel | None, *, proofs: Collection[Proof], level: RequiredLevel | None = None
) -> Requirement:
    """Whether `proofs` fulfil what `document` asks for; `level` replaces the level of the row.

    Without a document, at least one proof of any element must reach `level`. What a document of level `other` asks for
    is met by any service, and by none. A row that is not applicable gives no answer.

    Raises InvalidInput when neither a document nor a level is given.
    """
    if document is None and level is None:
        raise InvalidInput(
            "Give a document type, a level, or both.", "文書の種類かレベル、またはその両方を指定してください。"
        )
    wanted = level if level is not None else document.level if document is not None else RequiredLevel.OTHER
    code = document.code if document else None
    if wanted is RequiredLevel.NOT_APPLICABLE or (document and document.level is RequiredLevel.NOT_APPLICABLE):
        return Requirement(code, RequiredLevel.NOT_APPLICABLE, None)
    if wanted is RequiredLevel.OTHER:
        return Requirement(code, wanted, True)
    elements = document.elements if document else frozenset()
    if not elements:
        return Requirement(code, wanted, _reached(proofs, wanted))
    answers = {}
    for element in sorted(elements):
        public = bool(document and document.government and element is Element.ESEAL)
        fitting = [proof for proof in proofs if proof.element is element and (proof.government or not public)]
        answers[element] = _reached(fitting, wanted)
    missing = tuple(e for e, answer in answers.items() if answer is not True)
    if False in answers.values():
        return Requirement(code, wanted, False, missing)
    return Requirement(code, wanted, None if missing else True, missing)


def _reached(proofs: Collection[Proof], wanted: RequiredLevel) -> bool | None:
    if any(proof.level is not None and _RANK[proof.level] >= _RANK[wanted] for proof in proofs):
        return True
    return None if any(proof.level is None for proof in proofs) else False


def find(table: Collection[DocumentLevel], code: str) -> DocumentLevel:
    """The row `code`. Raises NotFound."""
    for row in table:
        if row.code == code:
            return row
    raise NotFound(f"There is no document type {code!r}.", f"文書の種類「{code}」はありません。")
