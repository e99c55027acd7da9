"""The limits of validation by name, as they hold in this process: what may be sent, what one document may cost."""

from __future__ import annotations

from signing.domain.asic import container
from signing.domain.jades import serialization
from signing.domain.pdf import filters, forms, syntax, xref
from signing.domain.pdf import signatures as pdf_signatures
from signing.domain.xades import hardened, items, structure
from signing.services.batches import MAX_DOCUMENTS
from signing.services.validating import MAX_EVIDENCE_BYTES, MAX_EVIDENCE_FILES
from trustreg.base import effort
from trustreg.base.uploads import MAX_FILES
from trustreg.conf import settings as conf
from trustreg.pki import asn1
from trustreg.pki.paths import building


def limits_in_force() -> dict[str, dict[str, object]]:
    """`request`, `document` and `formats` (each format with its own), names and whole numbers."""
    return {
        "request": {
            "document_bytes": conf.max_document_bytes,
            "with_detached_bytes": 2 * conf.max_document_bytes,
            "detached_files": MAX_FILES,
            "evidence_files": MAX_EVIDENCE_FILES,
            "evidence_bytes": MAX_EVIDENCE_BYTES,
            "inline_document_bytes": conf.inline_document_bytes,
            "batch_documents": MAX_DOCUMENTS,
            "batch_bytes": conf.max_batch_bytes,
            "batches_at_a_time": conf.max_batches,
            "report_days": conf.report_days,
            "keep_documents_days": conf.keep_documents_days,
        },
        "document": {
            "time": conf.pool_seconds,
            "cpu": conf.pool_seconds,
            "memory": conf.pool_memory_bytes,
            "effort": effort.DOCUMENT,
        },
        "formats": {
            "pdf": {
                "revisions": xref.MAX_SECTIONS,
                "objects": xref.MAX_OBJECTS,
                "depth": syntax.MAX_DEPTH,
                "decoded_bytes": filters.MAX_DECODED,
                "signatures": pdf_signatures.MAX_SIGNATURES,
                "fields": forms.MAX_FIELDS,
            },
            "asic": {"entries": container.MAX_ENTRIES, "ratio": container.MAX_RATIO, "name": container.MAX_NAME},
            "xml": {
                "markup": hardened.MAX_MARKUP,
                "signatures": items.MAX_SIGNATURES,
                "references": structure.MAX_REFERENCES,
                "transforms": structure.MAX_TRANSFORMS,
            },
            "json": {"signatures": serialization.MAX_SIGNATURES},
            "asn1": {"depth": asn1.MAX_DEPTH, "elements": asn1.MAX_ELEMENTS},
            "path": {"depth": building.MAX_DEPTH, "paths": building.MAX_PATHS},
        },
    }
