"""QCStatements of ETSI EN 319 412-5 and RFC 3739, in DER."""

from __future__ import annotations

from asn1crypto import core
from cryptography import x509

QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
QC_COMPLIANCE = "0.4.0.1862.1.1"
QC_SSCD = "0.4.0.1862.1.4"
QC_TYPE = "0.4.0.1862.1.6"
QC_TYPE_ESIGN = "0.4.0.1862.1.6.1"
QC_TYPE_ESEAL = "0.4.0.1862.1.6.2"
QC_CCLEGISLATION = "0.4.0.1862.1.7"


class _QcType(core.SequenceOf):  # type: ignore[misc] # asn1crypto has no types
    _child_spec = core.ObjectIdentifier


class _CountryNames(core.SequenceOf):  # type: ignore[misc] # asn1crypto has no types
    _child_spec = core.PrintableString


class _QcStatement(core.Sequence):  # type: ignore[misc] # asn1crypto has no types
    _fields = [  # the form that asn1crypto demands
        ("statement_id", core.ObjectIdentifier),
        ("statement_info", core.Any, {"optional": True}),
    ]


class _QcStatements(core.SequenceOf):  # type: ignore[misc] # asn1crypto has no types
    _child_spec = _QcStatement


def qc_statements(*, qc_type: str, qualified: bool, qscd: bool, legislation: str = "JP") -> x509.UnrecognizedExtension:
    """The extension that says what a certificate claims to be.

    `qc_type` (QcType) is always there, since certificates that claim nothing may name their purpose too; `qualified`
    adds QcCompliance together with QcCClegislation of `legislation` (ISO 3166-1), because QcCompliance alone claims the
    law of the European Union; `qscd` adds QcSSCD.
    """
    statements = []
    if qualified:
        statements.append({"statement_id": QC_COMPLIANCE})
    if qscd:
        statements.append({"statement_id": QC_SSCD})
    statements.append({"statement_id": QC_TYPE, "statement_info": _QcType([qc_type])})
    if qualified:
        statements.append({"statement_id": QC_CCLEGISLATION, "statement_info": _CountryNames([legislation])})
    return x509.UnrecognizedExtension(QC_STATEMENTS, _QcStatements(statements).dump())
