"""What the operator of the scheme amends. The database lets only the owner role do so (management commands)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from certification.domain.document_levels import RequiredLevel, read_elements
from certification.domain.tags import Tag
from certification.domain.values import LegalBasis
from certification.models import DocumentLevelVersion, Scheme
from certification.selectors.register import periods_for
from trustreg.base import events
from trustreg.base.errors import InvalidInput

AMENDABLE = (
    "validity_months",
    "cooling_off_months",
    "surveillance_months",
    "ratification_days",
    "incident_report_hours",
)


@transaction.atomic
def scheme_amend(*, legal_basis: LegalBasis, changes: dict[str, int], note: str, at: datetime) -> Scheme:
    """Store a new version of the periods of a legal basis; what `changes` does not name goes on.

    Raises InvalidInput for an unknown name, a negative length, a grant without end, or no note.
    """
    unknown = sorted(set(changes) - set(AMENDABLE))
    if unknown or any(value < 0 for value in changes.values()) or changes.get("validity_months", 1) < 1:
        raise InvalidInput(
            f"Expected lengths for: {', '.join(AMENDABLE)}; got {changes}.",
            f"期間は次の項目に 0 以上の整数で指定してください: {', '.join(AMENDABLE)}。",
        )
    if not note.strip():
        raise InvalidInput("Say why the period changes.", "変更の理由を入力してください。")
    now = {name: value for name, value in asdict(periods_for(legal_basis)).items() if name in AMENDABLE}
    last = Scheme.objects.filter(legal_basis=legal_basis).order_by("-version").first()
    scheme = Scheme.objects.create(
        legal_basis=legal_basis, version=(last.version if last else 0) + 1, note=note.strip(), **{**now, **changes}
    )
    events.record(
        Tag.SCHEME_AMENDED,
        actor=None,
        at=at,
        subject=("scheme", scheme.pk),
        data={"legal_basis": str(legal_basis), "changes": changes, "note": note.strip()},
    )
    return scheme


@transaction.atomic
def document_level_adopt(
    *,
    code: str,
    document_ja: str,
    document_en: str,
    issuer_kind: str,
    trust_elements: str,
    level: RequiredLevel,
    rationale: str,
    status: str,
    source: str,
    at: datetime,
) -> DocumentLevelVersion:
    """Replace (or add) a row of the document levels; `status` is consulted or adopted, `source` the instrument.

    Raises InvalidInput for trust elements that cannot be read, or without a source.
    """
    try:
        read_elements(trust_elements)
    except ValueError as error:
        raise InvalidInput(
            f"{trust_elements!r} is not a wording such as 'esign+timestamp'.",
            f"「{trust_elements}」は、esign+timestamp のような書き方ではありません。",
        ) from error
    if status not in ("consulted", "adopted") or not source.strip():
        raise InvalidInput(
            "Give the status (consulted or adopted) and the instrument that says so.",
            "状態（consulted または adopted）と、根拠を指定してください。",
        )
    last = DocumentLevelVersion.objects.filter(code=code).order_by("-version").first()
    row = DocumentLevelVersion.objects.create(
        code=code,
        version=(last.version if last else 0) + 1,
        document_ja=document_ja,
        document_en=document_en,
        issuer_kind=issuer_kind,
        trust_elements=trust_elements,
        level=level,
        rationale=rationale,
        status=status,
        source=source.strip(),
    )
    events.record(
        Tag.DOCUMENT_LEVEL_ADOPTED, actor=None, at=at, subject=("document_level", row.pk), data={"code": code}
    )
    return row
