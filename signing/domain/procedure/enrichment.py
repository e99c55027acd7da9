"""Applying enrichers to a finished part of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from signing.domain.enrich import Enrichment, SignatureFacts
from signing.domain.report import Notice, SignatureReport, Text, TimestampReport

from .context import Context

Part = TypeVar("Part", SignatureReport, TimestampReport)

_HYPOTHETICAL = Notice(
    "HYPOTHETICAL_TIME",
    Text(
        "検証時刻が現在ではなく指定された時刻のため、適格性は確定しません。指定時刻での結果は assuming にあります。",
        "The time asked about is not now, so no qualification is stated; the one at that time is in `assuming`.",
    ),
)


def enrich(context: Context, part: Part, facts: SignatureFacts) -> Part:
    """Every enricher in turn; a failing one is our error and must not pass for an answer, so it is not caught here."""
    for enricher in context.enrichers:
        part = _add(part, enricher(facts))
    if facts.hypothetical and part.qualification != "INDETERMINATE":
        part = replace(part, assuming=part.assuming or part.qualification, qualification="INDETERMINATE")
    if facts.hypothetical and _HYPOTHETICAL not in part.warnings:
        part = replace(part, warnings=(*part.warnings, _HYPOTHETICAL))
    return part


def _add(part: Part, addition: Enrichment | None) -> Part:
    if addition is None:
        return part
    signer = part.signer
    if signer is not None and addition.signer_identity is not None:
        signer = replace(signer, identity={**(signer.identity or {}), **addition.signer_identity})
    new: tuple[Notice, ...] = tuple(notice for notice in addition.reasons if notice not in part.warnings)
    return replace(
        part,
        signer=signer,
        qualification=addition.qualification if addition.qualification is not None else part.qualification,
        assuming=addition.assuming if addition.assuming is not None else part.assuming,
        service={**(part.service or {}), **addition.service} if addition.service is not None else part.service,
        warnings=(*part.warnings, *new),
    )
