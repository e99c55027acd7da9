"""The names of all checks, and which of them a policy may weigh.

What decides integrity and trust fails under every policy: a verdict that passes means the same whoever asked, and
qualification, requirements and seals rest on it. The rest is for a policy to weigh.
"""

from __future__ import annotations

from typing import Final

INTEGRITY: Final = frozenset(
    [
        "algorithm_known",
        "algorithm_named",
        "algorithm_protection",
        "algorithms_agree",
        "attributes_unique",
        "b64",
        "byte_range",
        "certificate_encoding",
        "container_documents",
        "content",
        "content_detached",
        "content_type",
        "countersignature",
        "coverage",
        "critical_header",
        "digest",
        "digest_algorithm",
        "evidence_record",
        "evidence_record_algorithm",
        "evidence_record_hash_tree",
        "evidence_record_objects",
        "evidence_record_order",
        "evidence_record_place",
        "evidence_record_renewal",
        "evidence_record_sequence",
        "format_parsed",
        "hash_index",
        "identifiers_unique",
        "imprint",
        "imprint_algorithm",
        "message_digest",
        "modifications",
        "more_findings",
        "protected_header",
        "pss_mask_digest",
        "reference_budget",
        "signature",
        "signature_algorithm",
        "signature_intact",
        "signed_attributes",
        "signed_data",
        "signed_data_place",
        "signed_dictionary",
        "signed_properties",
        "signed_properties_known",
        "signing_certificate",
        "signing_certificate_reference",
        "single_signer",
        "substitution",
        "timestamp_extensions",
        "timestamp_intact",
        "timestamp_signing_certificate_reference",
        "timestamped_data",
        "trailing_octets",
        "transforms",
    ]
)
"""Form, cryptography, what is covered, and whose certificate it is."""

TRUST: Final = frozenset(
    [
        "algorithms",
        "basic_constraints",
        "certificate_path",
        "certificate_signature",
        "chain",
        "critical_extensions",
        "crl_algorithms",
        "crl_expired_certificates",
        "crl_extensions",
        "crl_format",
        "crl_issuer",
        "crl_key_usage",
        "crl_scope",
        "crl_signature",
        "crl_signer_revocation",
        "crl_time",
        "issuer_name",
        "key_usage",
        "name_constraints",
        "not_revoked",
        "ocsp_algorithms",
        "ocsp_cert_hash",
        "ocsp_expired_certificates",
        "ocsp_extensions",
        "ocsp_format",
        "ocsp_nonce",
        "ocsp_responder",
        "ocsp_responder_revocation",
        "ocsp_responder_validity",
        "ocsp_subject",
        "ocsp_time",
        "ocsp_unknown",
        "path_length",
        "policies",
        "revocation",
        "revocation_fetch",
        "revocation_issuer_validity",
        "revocation_time",
        "timestamp_algorithms",
        "timestamp_certificate_validity",
        "timestamp_key_usage",
        "timestamp_revocation",
        "timestamp_service",
        "timestamp_time",
        "validity",
    ]
)
"""Paths, revocation, algorithms with their dates, standing of services."""

WEIGHED: Final = frozenset(
    [
        "baseline_level",
        "best_signature_time",
        "container_mimetype",
        "container_other_files",
        "encrypted",
        "hash_index_complete",
        "qualification",
        "signature_policy",
        "signature_policy_hash",
        "signed_attributes_der",
        "signing_certificate_issuer_serial",
        "signing_time",
        "timestamp_order",
        "timestamp_tsa_name",
        "timestamps",
    ]
)
"""Levels, claims and order: what a policy may call a failure, a warning, an information or nothing."""

DECISIVE: Final = INTEGRITY | TRUST
CHECKS: Final = DECISIVE | WEIGHED
