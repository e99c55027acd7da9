"""What an evidence record is worth when all its time-stamps are judged (EN 319 102-1 5.6, RFC 4998 5.3)."""

from __future__ import annotations

from signing.domain.report import EvidenceRecordReport, worst

from .material import EvidenceRecordMaterial
from .timestamps import Stamps


def conclude_record(material: EvidenceRecordMaterial, stamps: Stamps) -> EvidenceRecordReport:
    """The worst of its time-stamps decides, the oldest among equals; its time is that of the first one."""
    reports = [stamps.results[token].report for token in material.tokens]
    indication, sub_indication = worst([(report.indication, report.sub_indication) for report in reports])
    return EvidenceRecordReport(
        id=material.id,
        name=material.name,
        syntax=material.syntax,
        indication=indication,
        sub_indication=sub_indication,
        time=reports[0].time,
        proof=reports[0].proof,
        objects=material.objects,
        signatures=tuple(sorted(material.covers)),
    )
