"""How requests, answers and errors of SiVa V3 look, for the description of the API."""

from __future__ import annotations

from typing import Any, Final

from signing.siva.request import HASH_ALGORITHMS, POLICIES, REPORT_TYPES

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_COMMON: Final[dict[str, Any]] = {
    "signaturePolicy": {"type": "string", "enum": list(POLICIES), "default": "POLv4"},
    "reportType": {"type": "string", "enum": list(REPORT_TYPES), "default": "Simple"},
}
_FILENAME: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 260}
_BASE64: Final[dict[str, Any]] = {"type": "string", "format": "byte", "minLength": 1}

DOCUMENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["document", "filename"],
    "properties": {"document": _BASE64, "filename": _FILENAME, **_COMMON},
}
HASHCODE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["signatureFiles"],
    "properties": {
        "signatureFiles": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["signature"],
                "properties": {
                    "signature": _BASE64,
                    "datafiles": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["filename", "hashAlgo", "hash"],
                            "properties": {
                                "filename": _FILENAME,
                                "hashAlgo": {"type": "string", "enum": list(HASH_ALGORITHMS)},
                                "hash": _BASE64,
                            },
                        },
                    },
                },
            },
        },
        **_COMMON,
    },
}
_NOTES: Final[dict[str, Any]] = {
    "type": "array",
    "items": {"type": "object", "required": ["content"], "properties": {"content": _TEXT}},
}
_SIGNATURE_TEXTS: Final = (
    "id",
    "signatureFormat",
    "signatureMethod",
    "signatureLevel",
    "signedBy",
    "indication",
    "subIndication",
    "claimedSigningTime",
)
_SIGNATURE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["id", "signatureFormat", "signedBy", "indication", "claimedSigningTime"],
    "properties": {
        **dict.fromkeys(_SIGNATURE_TEXTS, _TEXT),
        "subjectDistinguishedName": {"type": "object", "additionalProperties": _TEXT},
        "errors": _NOTES,
        "warnings": _NOTES,
        "signatureScopes": {"type": "array", "items": {"type": "object", "additionalProperties": _TEXT}},
        "info": {"type": "object"},
        "certificates": {"type": "array", "items": {"type": "object"}},
    },
}
ANSWER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["validationReport"],
    "properties": {
        "validationReport": {
            "type": "object",
            "required": ["validationConclusion"],
            "properties": {
                "validationConclusion": {
                    "type": "object",
                    "required": ["policy", "validationTime", "signaturesCount", "validSignaturesCount"],
                    "properties": {
                        "policy": {
                            "type": "object",
                            "required": ["policyName", "policyDescription", "policyUrl"],
                            "additionalProperties": _TEXT,
                        },
                        "validationTime": _TEXT,
                        "validationLevel": _TEXT,
                        "validationWarnings": _NOTES,
                        "validatedDocument": {"type": "object", "additionalProperties": _TEXT},
                        "signatureForm": {"type": "string", "enum": ["ASiC-E", "ASiC-S"]},
                        "signaturesCount": {"type": "integer"},
                        "validSignaturesCount": {"type": "integer"},
                        "signatures": {"type": "array", "items": _SIGNATURE},
                        "timeStampTokens": {"type": "array", "items": {"type": "object"}},
                    },
                }
            },
        }
    },
}
ERRORS: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What is wrong with the request, in the words of SiVa.",
    "required": ["requestErrors"],
    "properties": {
        "requestErrors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "message"],
                "properties": {"key": _TEXT, "message": _TEXT},
            },
        }
    },
}
